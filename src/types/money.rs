//! Currencies and amounts.

use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// A currency: a three-letter ISO 4217 code in lower case. Any code is accepted.
///
/// ```
/// use stripe_platform::Currency;
///
/// assert_eq!(Currency::from("EUR"), Currency::EUR);
/// assert_eq!(Currency::JPY.decimals(), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    /// The code and its length; a longer text is truncated, which only a reply from Stripe could contain.
    code: [u8; 8],
    length: u8,
}

macro_rules! currencies {
    ($($name:ident $code:literal),* $(,)?) => {
        impl Currency {
            $(#[doc = concat!("`", $code, "`")] pub const $name: Self = Self::literal($code);)*
        }
    };
}

currencies! {
    AED "aed", AUD "aud", BGN "bgn", BHD "bhd", BRL "brl", CAD "cad", CHF "chf", CLP "clp", CZK "czk", DKK "dkk",
    EUR "eur", GBP "gbp", GIP "gip", HKD "hkd", HUF "huf", INR "inr", ISK "isk", JOD "jod", JPY "jpy", KRW "krw",
    KWD "kwd", MXN "mxn", MYR "myr", NOK "nok", NZD "nzd", OMR "omr", PLN "pln", RON "ron", SEK "sek", SGD "sgd",
    THB "thb", TND "tnd", TWD "twd", UGX "ugx", USD "usd", VND "vnd",
}

impl Currency {
    const fn literal(code: &str) -> Self {
        let bytes = code.as_bytes();
        let mut out = [0; 8];
        let mut i = 0;
        while i < bytes.len() && i < out.len() {
            out[i] = bytes[i].to_ascii_lowercase();
            i += 1;
        }
        Self { code: out, length: i as u8 }
    }

    /// The code in lower case: `usd`.
    pub fn as_str(&self) -> &str {
        let code = self.code.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(code).unwrap_or_default()
    }

    /// The number of decimal places of the minor unit: 2 for most, 0 for `jpy`, 3 for `kwd`.
    ///
    /// Follows Stripe: `isk` and `ugx` have no minor unit in use, but are written with two places.
    pub fn decimals(self) -> u32 {
        match self.as_str() {
            "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf" | "vnd" | "vuv"
            | "xaf" | "xof" | "xpf" => 0,
            "bhd" | "iqd" | "jod" | "kwd" | "lyd" | "omr" | "tnd" => 3,
            _ => 2,
        }
    }

    /// The step that amounts in this currency must be a multiple of, in minor units: 100 for `isk` and `ugx`, which
    /// have no minor unit in use, 10 for currencies with three decimal places, otherwise 1.
    /// [Stripe's list](https://docs.stripe.com/currencies)
    pub fn amount_step(self) -> i64 {
        match (self.as_str(), self.decimals()) {
            ("isk" | "ugx", _) => 100,
            (_, 3) => 10,
            _ => 1,
        }
    }

    /// The step that payout amounts in this currency must be a multiple of, in minor units: 100 for `huf` and `twd`,
    /// which are charged with two decimal places but paid out in whole units, otherwise [`Currency::amount_step`].
    pub fn payout_step(self) -> i64 {
        match self.as_str() {
            "huf" | "twd" => 100,
            _ => self.amount_step(),
        }
    }
}

// Equal to the hash of the text, as `Borrow<str>` requires.
impl Hash for Currency {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Borrow<str> for Currency {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Currency {
    fn from(code: &str) -> Self {
        // Truncates at a character boundary, so that the code is valid UTF-8.
        let end = (0..=code.len().min(8)).rev().find(|&end| code.is_char_boundary(end)).unwrap_or(0);
        Self::literal(code.get(..end).unwrap_or_default())
    }
}

crate::wire::macros::text!(Currency, crate::wire::CURRENCY, Self::literal(""));

/// An amount with its currency, for display and comparison.
///
/// Stripe's objects contain amounts as integers in the minor unit of a separate currency field. This type combines
/// the two.
///
/// ```
/// use stripe_platform::{Currency, Money};
///
/// assert_eq!(Money::new(50_000, Currency::USD).to_string(), "500.00 USD");
/// assert_eq!(Money::new(-500, Currency::JPY).to_string(), "-500 JPY");
/// assert_eq!(Money::new(1_234_567, Currency::KWD).to_string(), "1234.567 KWD");
/// assert_eq!("500.00 USD".parse(), Ok(Money::new(50_000, Currency::USD)));
/// ```
///
/// Serialized as an object with the members `amount` and `currency`, as in Stripe's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Money {
    /// The amount in the minor unit of the currency (cents for `usd`, yen for `jpy`).
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Creates an amount of money from minor units and a currency.
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Whether Stripe accepts this as a payout amount by the rules of the currency: positive, and a multiple of
    /// [`Currency::payout_step`]. A minimum payout also applies per currency.
    pub fn is_payable(self) -> bool {
        self.amount > 0 && self.amount % self.currency.payout_step() == 0
    }

    /// Rounds down to an amount that can be paid out; the rest stays in the balance.
    ///
    /// ```
    /// use stripe_platform::{Currency, Money};
    ///
    /// let available = Money::new(36_050, Currency::HUF);
    /// assert_eq!(available.round_to_payable(), Money::new(36_000, Currency::HUF));
    /// ```
    pub fn round_to_payable(self) -> Self {
        Self { amount: self.amount - self.amount % self.currency.payout_step(), ..self }
    }

    /// Adds; `None` if the currencies differ or the sum is out of range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.with(other, i64::checked_add)
    }

    /// Subtracts; `None` if the currencies differ or the difference is out of range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.with(other, i64::checked_sub)
    }

    fn with(self, other: Self, apply: fn(i64, i64) -> Option<i64>) -> Option<Self> {
        let amount = (self.currency == other.currency).then(|| apply(self.amount, other.amount))??;
        Some(Self { amount, currency: self.currency })
    }
}

impl PartialOrd for Money {
    /// Amounts of different currencies are not ordered.
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (self.currency == other.currency).then(|| self.amount.cmp(&other.amount))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let scale = 10_u64.pow(decimals);
        let (sign, amount) = (if self.amount < 0 { "-" } else { "" }, self.amount.unsigned_abs());
        let mut text = format!("{sign}{}", amount / scale);
        if decimals > 0 {
            text.push_str(&format!(".{:0width$}", amount % scale, width = decimals as usize));
        }
        text.push(' ');
        text.push_str(&self.currency.as_str().to_ascii_uppercase());
        f.pad(&text)
    }
}

/// Why a text is not a valid [`Money`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseMoneyError {
    /// Description of the problem.
    pub problem: &'static str,
}

impl fmt::Display for ParseMoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid amount of money: {}", self.problem)
    }
}

impl std::error::Error for ParseMoneyError {}

impl FromStr for Money {
    type Err = ParseMoneyError;

    /// Parses the format of `Display`: `12.34 USD`. Decimal places can be omitted, but must not exceed the minor
    /// unit, and thousands separators are not accepted, so that nothing is rounded or guessed.
    fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
        let fail = |problem| Err(ParseMoneyError { problem });
        let Some((number, code)) = text.trim().split_once(' ') else {
            return fail("expected a number, a space and a currency, such as `12.34 USD`");
        };
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return fail("the currency must be a three-letter code");
        }
        let currency = Currency::from(code);
        let (sign, digits) = match number.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", number),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return fail("the decimal point must be followed by digits"),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
            return fail("the number must contain only digits and one decimal point");
        }
        let decimals = currency.decimals() as usize;
        if fraction.len() > decimals {
            return fail("the number has more decimal places than the currency");
        }
        match format!("{sign}{whole}{fraction:0<decimals$}").parse() {
            Ok(amount) => Ok(Self { amount, currency }),
            Err(_) => fail("the number is too large"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, HashMap};

    #[test]
    fn money_round_trips_through_text() {
        for currency in [Currency::USD, Currency::JPY, Currency::KWD, Currency::ISK] {
            for amount in [0, 1, -1, 99, 100, -1234, 1_234_567, i64::MAX, i64::MIN] {
                let money = Money::new(amount, currency);
                assert_eq!(money.to_string().parse(), Ok(money));
                let json = serde_json::to_string(&money).unwrap();
                assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
            }
        }
        assert_eq!("12.3 usd".parse(), Ok(Money::new(1230, Currency::USD)));
        assert_eq!(" 12 USD ".parse(), Ok(Money::new(1200, Currency::USD)));
        let json = serde_json::to_string(&Money::new(5, Currency::USD)).unwrap();
        assert_eq!(json, r#"{"amount":5,"currency":"usd"}"#);
    }

    #[test]
    fn invalid_money_is_rejected() {
        for text in [
            "",
            "12.34",
            "USD",
            "12,34 USD",
            "1,234.00 USD",
            "12.345 USD",
            "1.5 JPY",
            "12. USD",
            ".5 USD",
            "1e3 USD",
            "+1 USD",
            "--1 USD",
            "1 US",
            "1 USDT",
            "1  USD",
            "$1 USD",
            "92233720368547758.08 USD",
            "1 2 USD",
            "١ USD",
        ] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    #[test]
    fn payouts_follow_the_rules_of_their_currency() {
        for (code, step) in
            [("usd", 1), ("jpy", 1), ("huf", 100), ("twd", 100), ("isk", 100), ("ugx", 100), ("kwd", 10)]
        {
            let money = |amount| Money::new(amount, Currency::from(code));
            assert!(money(step).is_payable() && money(1200).is_payable(), "{code}");
            assert!(!money(0).is_payable() && !money(-step).is_payable(), "{code}");
            assert_eq!(money(1201).is_payable(), step == 1, "{code}");
            assert_eq!(money(1299).round_to_payable().amount, 1299 / step * step, "{code}");
        }
        assert_eq!((Currency::HUF.amount_step(), Currency::ISK.amount_step()), (1, 100));
    }

    #[test]
    fn currencies_are_found_by_their_text() {
        let sums = HashMap::from([(Currency::USD, 1), (Currency::JPY, 2)]);
        assert_eq!((sums.get("usd"), sums.get("jpy"), sums.get("eur")), (Some(&1), Some(&2), None));
        let sorted = BTreeMap::from([(Currency::USD, 1), (Currency::AUD, 2)]);
        assert_eq!(sorted.get("aud"), Some(&2));
        let text: &str = Currency::USD.as_ref();
        assert_eq!(text, "usd");
    }

    #[test]
    fn codes_are_kept_in_lower_case() {
        assert_eq!(Currency::from("USD").as_str(), "usd");
        assert_eq!(Currency::from("xyz").as_str(), "xyz");
        assert_eq!(Currency::from("").as_str(), "");
        assert_eq!(Currency::from("ééééé").as_str(), "éééé");
    }

    #[test]
    fn money_is_formatted_by_decimals_of_the_currency() {
        assert_eq!(Money::new(5, Currency::USD).to_string(), "0.05 USD");
        assert_eq!(Money::new(-5, Currency::USD).to_string(), "-0.05 USD");
        assert_eq!(Money::new(i64::MIN, Currency::KWD).to_string(), "-9223372036854775.808 KWD");
        assert_eq!(format!("[{:>10}]", Money::new(7, Currency::JPY)), "[     7 JPY]");
    }

    #[test]
    fn sums_require_one_currency_and_the_range() {
        let one = Money::new(1, Currency::USD);
        assert_eq!(one.checked_add(one), Some(Money::new(2, Currency::USD)));
        assert_eq!(one.checked_sub(Money::new(1, Currency::EUR)), None);
        assert_eq!(Money::new(i64::MAX, Currency::USD).checked_add(one), None);
        assert_eq!(one.partial_cmp(&Money::new(1, Currency::EUR)), None);
    }
}
