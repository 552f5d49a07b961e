//! Currencies and amounts.

use std::fmt;

/// A currency: a three-letter ISO 4217 code in lower case, as Stripe writes it. Any code is accepted.
///
/// ```
/// use stripe_platform::Currency;
///
/// assert_eq!(Currency::from("EUR"), Currency::EUR);
/// assert_eq!(Currency::JPY.decimals(), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    /// The code and its length; a code that is no three letters is cut, which only Stripe could send.
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

    /// How many decimal places the minor unit has: 2 for most, 0 for `jpy`, 3 for `kwd`.
    ///
    /// This follows Stripe: `isk` and `ugx` have no minor unit in use but are written with two places.
    pub fn decimals(self) -> u32 {
        match self.as_str() {
            "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf" | "vnd" | "vuv"
            | "xaf" | "xof" | "xpf" => 0,
            "bhd" | "iqd" | "jod" | "kwd" | "lyd" | "omr" | "tnd" => 3,
            _ => 2,
        }
    }
}

impl From<&str> for Currency {
    fn from(code: &str) -> Self {
        // Only whole characters are kept, so that the code stays a text.
        let end = (0..=code.len().min(8)).rev().find(|&end| code.is_char_boundary(end)).unwrap_or(0);
        Self::literal(code.get(..end).unwrap_or_default())
    }
}

crate::wire::macros::text!(Currency, "a currency code", Self::literal(""));

/// An amount with its currency, for showing and comparing.
///
/// Stripe's objects carry amounts as integers in the minor unit of a currency beside them. This view joins the two.
///
/// ```
/// use stripe_platform::{Currency, Money};
///
/// assert_eq!(Money::new(50_000, Currency::USD).to_string(), "500.00 USD");
/// assert_eq!(Money::new(-500, Currency::JPY).to_string(), "-500 JPY");
/// assert_eq!(Money::new(1_234_567, Currency::KWD).to_string(), "1234.567 KWD");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Money {
    /// In the minor unit of the currency (cents for `usd`, yen for `jpy`).
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Joins an amount in minor units and its currency.
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The sum; `None` if the currencies differ or the sum is out of range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.with(other, i64::checked_add)
    }

    /// The difference; `None` if the currencies differ or the difference is out of range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.with(other, i64::checked_sub)
    }

    fn with(self, other: Self, apply: fn(i64, i64) -> Option<i64>) -> Option<Self> {
        let amount = (self.currency == other.currency).then(|| apply(self.amount, other.amount))??;
        Some(Self { amount, currency: self.currency })
    }
}

impl PartialOrd for Money {
    /// Amounts of different currencies have no order.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_code_is_kept_in_lower_case() {
        assert_eq!(Currency::from("USD").as_str(), "usd");
        assert_eq!(Currency::from("xyz").as_str(), "xyz");
        assert_eq!(Currency::from("").as_str(), "");
        assert_eq!(Currency::from("ééééé").as_str(), "éééé");
    }

    #[test]
    fn money_shows_every_kind_of_currency() {
        assert_eq!(Money::new(5, Currency::USD).to_string(), "0.05 USD");
        assert_eq!(Money::new(-5, Currency::USD).to_string(), "-0.05 USD");
        assert_eq!(Money::new(i64::MIN, Currency::KWD).to_string(), "-9223372036854775.808 KWD");
        assert_eq!(format!("[{:>10}]", Money::new(7, Currency::JPY)), "[     7 JPY]");
    }

    #[test]
    fn sums_stay_in_one_currency_and_in_range() {
        let one = Money::new(1, Currency::USD);
        assert_eq!(one.checked_add(one), Some(Money::new(2, Currency::USD)));
        assert_eq!(one.checked_sub(Money::new(1, Currency::EUR)), None);
        assert_eq!(Money::new(i64::MAX, Currency::USD).checked_add(one), None);
        assert_eq!(one.partial_cmp(&Money::new(1, Currency::EUR)), None);
    }
}
