use std::fmt;

/// The codes of ISO 4217 that are in use, in lower case and in alphabetical order.
const CODES: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btn bwp byn bzd cad \
     cdf chf clp cny cop crc cup cve czk djf dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd \
     hnl htg huf idr ils inr iqd irr isk jmd jod jpy kes kgs khr kmf kpw krw kwd kyd kzt lak lbp lkr lrd lsl lyd mad \
     mdl mga mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar \
     ron rsd rub rwf sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt tnd top try ttd twd tzs \
     uah ugx usd uyu uzs ves vnd vuv wst xaf xcd xcg xof xpf yer zar zmw zwg";

/// A currency of ISO 4217, created only from a known code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CurrencyCode([u8; 3]);

impl CurrencyCode {
    /// United States dollar.
    pub const USD: Self = Self(*b"usd");
    /// Euro.
    pub const EUR: Self = Self(*b"eur");
    /// Pound sterling.
    pub const GBP: Self = Self(*b"gbp");

    /// A placeholder that sorts before all currencies and equals none.
    pub(crate) const FIRST: Self = Self([0; 3]);

    /// Parses a three-letter code, in either case.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        let lower = bytes.map(|byte| byte.to_ascii_lowercase());
        // Each code is followed by a space: four bytes.
        let known = CODES.as_bytes().chunks(4).any(|known| known.starts_with(&lower));
        known.then_some(Self(lower))
    }

    /// The step of amounts in this currency, in minor units: in currencies with three decimals the last digit is 0,
    /// and two currencies without decimals are written with two.
    pub fn step(&self) -> i64 {
        match self.as_str() {
            "isk" | "ugx" => 100,
            "bhd" | "jod" | "kwd" | "omr" | "tnd" => 10,
            _ => 1,
        }
    }

    /// The step of payouts in minor units: some currencies are paid out in whole units only.
    pub fn payout_step(&self) -> i64 {
        match self.as_str() {
            "huf" | "twd" => 100,
            _ => self.step(),
        }
    }

    /// The code in lower case, as in Stripe's API.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("xxx")
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_multiples_of_the_step() {
        for (code, step, payout_step) in [
            ("usd", 1, 1),
            ("jpy", 1, 1),
            ("isk", 100, 100),
            ("ugx", 100, 100),
            ("kwd", 10, 10),
            ("bhd", 10, 10),
            ("huf", 1, 100),
            ("twd", 1, 100),
        ] {
            let currency = CurrencyCode::parse(code).unwrap();
            assert_eq!((currency.step(), currency.payout_step()), (step, payout_step), "{code}");
        }
    }

    #[test]
    fn only_known_codes_parse_in_either_case() {
        assert_eq!(CurrencyCode::parse("USD"), Some(CurrencyCode::USD));
        assert_eq!(CurrencyCode::parse("jpy").map(|c| c.to_string()), Some("jpy".to_owned()));
        for wrong in ["", "us", "usdd", "xyz", "d k", "üs"] {
            assert_eq!(CurrencyCode::parse(wrong), None, "{wrong}");
        }
    }
}
