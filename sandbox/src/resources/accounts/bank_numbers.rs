//! The banks of test mode: the details of bank accounts in each country, and the test numbers.

/// The bank accounts of a country in test mode.
#[derive(Debug)]
pub struct Banks {
    /// The country.
    pub country: &'static str,
    /// The format of routing numbers: `9` is a digit, `A` a letter, `X` either, `BIC` a bank identifier of 8 or 11
    /// characters. Dashes and spaces are optional. Empty if the account number is sufficient.
    pub routing: &'static str,
    /// The working account number.
    pub number: &'static str,
    /// The matching routing number, also shown if none is sent.
    pub example: &'static str,
    /// The IBAN whose payouts fail with `no_account`, if the country has a particular one.
    pub missing: Option<&'static str>,
}

const fn banks(
    country: &'static str,
    routing: &'static str,
    number: &'static str,
    example: &'static str,
    missing: Option<&'static str>,
) -> Banks {
    Banks { country, routing, number, example, missing }
}

/// All countries with bank accounts in test mode.
pub static BANKS: &[Banks] = &[
    banks("AE", "", "AE070331234567890123456", "110000000", None),
    banks("AG", "BIC", "000123456789", "AAAAAGAGXYZ", None),
    banks("AL", "BIC", "AL35202111090000000001234567", "AAAAALTXXXX", None),
    banks("AM", "BIC", "00001234567", "AAAAAMNNXXX", None),
    banks("AO", "BIC", "AO06004400006729503010102", "AAAAAOAOXXX", None),
    banks("AR", "", "0110000600000000000000", "011", None),
    banks("AT", "", "AT611904300234573201", "110000000", Some("AT861904300235473202")),
    banks("AU", "999999", "000123456", "110000", None),
    banks("AZ", "999999-999999", "AZ77ADJE12345678901234567890", "123456-123456", None),
    banks("BA", "BIC", "BA095520001234567812", "AAAABABAXXX", None),
    banks("BD", "999999999", "0000123456789", "110000000", None),
    banks("BE", "", "BE62510007547061", "110000000", Some("BE68539007547034")),
    banks("BG", "", "BG80BNBG96611020345678", "110000000", None),
    banks("BH", "BIC", "BH29BMAG1299123456BH00", "AAAABHBMXYZ", None),
    banks("BJ", "", "BJ66BJ0610100100144390000769", "110000000", None),
    banks("BN", "BIC", "0000123456789", "AAAABNBBXXX", None),
    banks("BO", "999", "000123456789", "040", None),
    banks("BR", "999-9999", "000123456789", "110-0000", None),
    banks("BS", "BIC", "0001234", "AAAABSNSXXX", None),
    banks("BT", "BIC", "0000123456789", "AAAABTBTXXX", None),
    banks("BW", "BIC", "000123456789", "AAAABWBWXXX", None),
    banks("CA", "99999-999", "000123456789", "11000-000", None),
    banks("CH", "", "CH9300762011623852957", "110000000", Some("CH5362200119938136497")),
    banks("CI", "", "CI93CI0080111301134291200589", "110000000", None),
    banks("CL", "999", "000123456789", "999", None),
    banks("CO", "999", "000123456789", "060", None),
    banks("CR", "", "CR04010212367856709123", "110000000", None),
    banks("CY", "", "CY17002001280000001200527600", "110000000", None),
    banks("CZ", "", "CZ6508000000192000145399", "110000000", None),
    banks("DE", "", "DE89370400440532013000", "110000000", Some("DE62370400440532013001")),
    banks("DK", "", "DK5000400440116243", "110000000", None),
    banks("DO", "999", "000123456789", "999", None),
    banks("DZ", "BIC", "00001234567890123456", "AAAADZDZXXX", None),
    banks("EC", "BIC", "000123456789", "AAAAECE1XXX", None),
    banks("EE", "", "EE382200221020145685", "110000000", Some("EE762200221020145680")),
    banks("EG", "BIC", "EG800002000156789012345180002", "NBEGEGCX331", None),
    banks("ES", "", "ES0700120345030000067890", "110000000", Some("ES9121000418450200051332")),
    banks("ET", "BIC", "0000000012345", "AAAAETETXXX", None),
    banks("FI", "", "FI2112345600000785", "110000000", Some("FI9112345600000786")),
    banks("FR", "", "FR1420041010050500013M02606", "110000000", Some("FR8420041010050500013M02607")),
    banks("GA", "BIC", "00001234567890123456789", "AAAAGAGAXXX", None),
    banks("GB", "99-99-99", "00012345", "108800", None),
    banks("GH", "999999", "000123456789", "022112", None),
    banks("GI", "", "GI75NWBK000000007099453", "11-00-00000", None),
    banks("GR", "", "GR1601101250000000012300695", "110000000", None),
    banks("GT", "BIC", "GT20AGRO00000000001234567890", "AAAAGTGCXYZ", None),
    banks("GY", "BIC", "000123456789", "AAAAGYGGXYZ", None),
    banks("HK", "999-999", "000123456", "110-000", None),
    banks("HR", "", "HR7624020064583467589", "110000000", Some("HR2725000096983499248")),
    banks("HU", "", "HU42117730161111101800000000", "110000000", None),
    banks("ID", "9999", "000123456789", "000", None),
    banks("IE", "", "IE29AIBK93115212345678", "110000000", Some("IE02AIBK93115212345679")),
    banks("IL", "", "IL620108000000099999999", "110000000", None),
    banks("IN", "AAAA9XXXXXX", "000123456789", "HDFC0004051", None),
    banks("IS", "", "IS140159260076545510730339", "110000000", None),
    banks("IT", "", "IT40S0542811101000000123456", "110000000", None),
    banks("JM", "999-99999", "000123456789", "111-00000", None),
    banks("JO", "BIC", "JO32ABCJ0010123456789012345678", "AAAAJOJOXXX", None),
    banks("JP", "9999999", "0001234", "1100000", None),
    banks("KE", "BIC", "000123456789", "BARCKENXMDR", None),
    banks("KH", "BIC", "000123456789", "AAAAKHKHXXX", None),
    banks("KR", "BIC", "000123456789", "SGSEKRSLXXX", None),
    banks("KW", "BIC", "KW81CBKU0000000000001234560101", "AAAAKWKWXYZ", None),
    banks("KZ", "BIC", "KZ221251234567890123", "AAAAKZKZXXX", None),
    banks("LA", "BIC", "000123456789", "AAAALALAXXX", None),
    banks("LC", "BIC", "000123456789", "AAAALCLCXYZ", None),
    banks("LI", "", "LI0508800636123378777", "110000000", Some("LI1208800143823175626")),
    banks("LK", "BIC-9999999", "0000012345", "AAAALKLXXXX-7010999", None),
    banks("LT", "", "LT121000011101001000", "110000000", Some("LT821000011101001001")),
    banks("LU", "", "LU280019400644750000", "110000000", Some("LU980019400644750001")),
    banks("LV", "", "LV80BANK0000435195001", "110000000", None),
    banks("MA", "BIC", "MA64011519000001205000534921", "AAAAMAMAXXX", None),
    banks("MC", "", "MC5810096180790123456789085", "110000000", None),
    banks("MD", "BIC", "MD07AG123456789012345678", "AAAAMDMDXXX", None),
    banks("MG", "BIC", "MG4800005000011234567890123", "AAAAMGMGXXX", None),
    banks("MK", "BIC", "MK49250120000058907", "AAAAMK2XXXX", None),
    banks("MN", "BIC", "0002222001", "AAAAMNUBXXX", None),
    banks("MO", "BIC", "0000000001234567897", "AAAAMOMXXXX", None),
    banks("MT", "", "MT84MALT011000012345MTLCAST001S", "110000000", None),
    banks("MU", "BIC", "MU17BOMM0101101030300200000MUR", "AAAAMUMUXYZ", None),
    banks("MX", "", "000000001234567897", "110000000", None),
    banks("MY", "BIC", "000123456000", "HBMBMYKL", None),
    banks("MZ", "BIC", "001234567890123456789", "AAAAMZMXXXX", None),
    banks("NA", "BIC", "000123456789", "AAAANANXXYZ", None),
    banks("NE", "", "NE58NE0380100100130305000268", "110000000", None),
    banks("NG", "BIC", "1111111112", "AAAANGLAXXX", None),
    banks("NL", "", "NL39RABO0300065264", "110000000", Some("NL91ABNA0417164300")),
    banks("NO", "", "NO9386011117947", "110000000", Some("NO6686011117948")),
    banks("NZ", "", "1100000000000010", "110000", None),
    banks("OM", "BIC", "000123456789", "AAAAOMOMXXX", None),
    banks("PA", "BIC", "000123456789", "AAAAPAPAXXX", None),
    banks("PE", "", "99934500012345670024", "999", None),
    banks("PH", "BIC", "01567890123456789", "BCDEFGHI123", None),
    banks("PK", "BIC", "PK36SCBL0000001123456702", "AAAAPKKAXXX", None),
    banks("PL", "", "PL61109010140000071219812874", "110000000", None),
    banks("PT", "", "PT50000201231234567890154", "110000000", Some("PT23000201231234567890155")),
    banks("PY", "99", "0567890123456789", "0", None),
    banks("QA", "BIC", "QA87CITI123456789012345678901", "AAAAQAQAXXX", None),
    banks("RO", "", "RO49AAAA1B31007593840000", "110000000", None),
    banks("RS", "BIC", "RS35105008123123123173", "TESTSERBXXX", None),
    banks("RW", "BIC", "000123456789", "AAAARWRWXXX", None),
    banks("SA", "BIC", "SA4420000001234567891234", "RIBLSARIXXX", None),
    banks("SE", "", "SE3550000000054910000003", "110000000", Some("SE0850000000054910000004")),
    banks("SG", "9999-999", "000123456", "1100-000", None),
    banks("SI", "", "SI56263300012039086", "110000000", None),
    banks("SK", "", "SK3112000000198742637541", "110000000", None),
    banks("SM", "BIC", "SM86U0322509800000000270100", "AAAASMSMXXX", None),
    banks("SN", "", "SN08SN0100152000048500003035", "110000000", None),
    banks("SV", "BIC", "SV44BCIE12345678901234567890", "AAAASVS1XXX", None),
    banks("TH", "999", "000123456789", "999", None),
    banks("TN", "", "TN5904018104004942712345", "110000000", None),
    banks("TR", "BIC", "TR320010009999901234567890", "ADABTRIS", None),
    banks("TT", "999-99999", "00567890123456789", "99900001", None),
    banks("TW", "BIC", "0001234567", "AAAATWTXXXX", None),
    banks("TZ", "BIC", "0000123456789", "AAAATZTXXXX", None),
    banks("US", "999999999", "000123456789", "110000000", None),
    banks("UY", "999", "000123456789", "999", None),
    banks("UZ", "BIC-99999", "99934500012345670024", "AAAAUZUZXXX-00000", None),
    banks("VN", "99999999", "000123456789", "01101100", None),
    banks("ZA", "BIC", "000001234", "FIRNZAJJ", None),
];

/// How transfers of test accounts fail, and the suffixes of their numbers.
const FAILURES: [(&str, &str, &str); 5] = [
    ("no_account", "1116", "1"),
    ("account_closed", "1113", "2"),
    ("insufficient_funds", "2227", "3"),
    ("debit_not_authorized", "3335", "4"),
    ("invalid_currency", "4440", "5"),
];

/// The US number that fails instant payouts only, and those whose ownership is verified.
pub const NOT_INSTANT: &str = "000888888883";
/// The number whose owner is verified after a delay, and the one whose owner must send documents.
pub const OWNERSHIP: [&str; 2] = ["000999999991", "000999999992"];

/// The IBAN of all euro countries: prefixed by the country, with a last digit that determines the failure.
const SHARED_IBAN: &str = "8937040044053201300";

/// US routing numbers of test mode, whose check digits may be wrong.
const TEST_BANKS: [&str; 2] = ["110000000", "111000000"];

/// The banks of a country.
pub fn find(country: &str) -> Option<&'static Banks> {
    BANKS.iter().find(|banks| banks.country == country)
}

impl Banks {
    fn has_ibans(&self) -> bool {
        self.number.starts_with(self.country)
    }

    /// The number that fails with a suffix, filled with the repeated digit to the length of the country's numbers.
    fn failing(&self, ending: &str) -> String {
        let digit = ending.chars().next().unwrap_or('0');
        // Longer numbers start with zeros, like the working number.
        let zeros =
            self.number.chars().take_while(|c| *c == '0').count().min(self.number.len().saturating_sub(9));
        let fill = self.number.len().saturating_sub(zeros + ending.len());
        "0".repeat(zeros) + &digit.to_string().repeat(fill) + ending
    }

    /// The effect of an account number in test mode: `None` if it is not a test number, otherwise how it fails.
    pub fn outcome(&self, number: &str) -> Option<Option<&'static str>> {
        if number == self.number
            || (self.country == "US"
                && (number == NOT_INSTANT
                    || number == super::bank_accounts::PROCESSING
                    || OWNERSHIP.contains(&number)))
        {
            return Some(None);
        }
        if self.missing == Some(number) {
            return Some(Some("no_account"));
        }
        if self.has_ibans() {
            let last = number.strip_prefix(self.country)?.strip_prefix(SHARED_IBAN)?;
            return match last {
                "0" => Some(None),
                _ => FAILURES.iter().find(|(.., digit)| *digit == last).map(|(code, ..)| Some(*code)),
            };
        }
        FAILURES.iter().find(|(_, ending, _)| self.failing(ending) == number).map(|(code, ..)| Some(*code))
    }

    /// Whether a number is valid in live mode: an IBAN with correct check digits, or digits and letters.
    pub fn fits(&self, number: &str) -> bool {
        if self.has_ibans() {
            return number.starts_with(self.country) && number.parse::<iban::BaseIban>().is_ok();
        }
        (4..=24).contains(&number.len()) && number.chars().all(|c| c.is_ascii_alphanumeric())
    }

    /// The routing number in the format in which it is shown; `None` if it is invalid in this country.
    pub fn routing_number(&self, sent: &str) -> Option<String> {
        if self.routing.is_empty() {
            return Some(self.example.to_owned());
        }
        let bare: String = sent.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        let bare = bare.to_ascii_uppercase();
        let fits = match self.routing.strip_prefix("BIC") {
            Some(rest) => {
                let rest = rest.trim_start_matches('-').len();
                let split = bare.len().saturating_sub(rest);
                let (bic, branch) = bare.split_at_checked(split).unwrap_or((&bare, ""));
                is_bic(bic) && branch.chars().all(|c| c.is_ascii_digit())
            }
            // Some banks have shorter numbers.
            None => {
                let shape: String = self.routing.chars().filter(|c| *c != '-').collect();
                let least = if shape.len() <= 4 { 1 } else { shape.len() };
                (least..=shape.len()).contains(&bare.len())
                    && shape.chars().zip(bare.chars()).all(|(shape, c)| match shape {
                        '9' => c.is_ascii_digit(),
                        'A' => c.is_ascii_alphabetic(),
                        _ => c.is_ascii_alphanumeric(),
                    })
            }
        };
        let checks = self.country != "US" || TEST_BANKS.contains(&&*bare) || has_aba_checksum(&bare);
        if !fits || !checks {
            return None;
        }
        Some(match self.country {
            "AU" => {
                bare.get(..2).zip(bare.get(2..)).map(|(bank, rest)| format!("{bank} {rest}")).unwrap_or(bare)
            }
            "AZ" => bare,
            "MY" => "TESTMYKLXXX".to_owned(),
            "ZA" if bare.len() == 8 => bare + "XXX",
            _ => sent.to_owned(),
        })
    }
}

/// The US test number that fails with a code.
pub fn failing_us(code: &str) -> String {
    let ending = FAILURES.iter().find(|(known, ..)| *known == code).map_or("6789", |(_, ending, _)| *ending);
    find("US").map(|banks| banks.failing(ending)).unwrap_or_default()
}

/// Whether a text is a bank identifier: four letters, a country, a location, and optionally a branch.
fn is_bic(text: &str) -> bool {
    matches!(text.len(), 8 | 11)
        && text.chars().enumerate().all(|(place, c)| match place {
            0..4 => c.is_ascii_alphabetic(),
            _ => c.is_ascii_alphanumeric(),
        })
}

/// The check digit of US routing numbers.
fn has_aba_checksum(routing: &str) -> bool {
    let digits: Vec<u32> = routing.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 =
        digits.iter().zip([3, 7, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    digits.len() == 9 && sum.is_multiple_of(10)
}

/// Bank names by routing number in Stripe's directory; all others are the test bank.
const DIRECTORY: [(&str, &str); 10] = [
    ("01101100", "STATE BANK OF VIETNAM"),
    ("060", "Banco Pichincha"),
    ("122105155", "US BANK NA"),
    ("23-14-70", "WISE PAYMENTS LTD"),
    ("AAAALKLXXXX-7010999", "BANK OF CEYLON"),
    ("ADABTRIS", "DUNYA KATILIM BANKASI A.S."),
    ("HDFC0004051", "HDFC BANK - INDIRANAGAR KRISHNA TEMPLE ROAD"),
    ("NBEGEGCX331", "NATIONAL BANK OF EGYPT"),
    ("RIBLSARIXXX", "RIYAD BANK"),
    ("SGSEKRSLXXX", "SG SECURITIES KOREA CO., LTD."),
];

/// The name of the bank with a routing number.
pub fn bank_name(routing: &str) -> &'static str {
    DIRECTORY.iter().find(|(known, _)| *known == routing).map_or("STRIPE TEST BANK", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_country_has_working_bank_numbers() {
        let mut seen = HashSet::new();
        for banks in BANKS {
            assert!(seen.insert(banks.country), "{} twice", banks.country);
            assert_eq!(banks.outcome(banks.number), Some(None), "{}", banks.country);
            assert!(banks.routing_number(banks.example).is_some(), "{}", banks.country);
            assert_eq!(banks.outcome("0987"), None, "{}", banks.country);
            if !banks.routing.is_empty() {
                assert!(
                    banks.routing_number("?").is_none() && banks.routing_number("").is_none(),
                    "{}",
                    banks.country
                );
            }
        }
        for country in crate::resources::accounts::country_table::COUNTRIES
            .iter()
            .chain(crate::resources::accounts::country_table::RECIPIENTS)
        {
            let known = seen.contains(country.code);
            assert!(known || country.code == "GM", "{}", country.code);
        }
    }

    #[test]
    fn every_country_has_failing_bank_numbers() {
        for (country, number, code) in [
            ("US", "000111111116", "no_account"),
            ("US", "000111111113", "account_closed"),
            ("US", "000222222227", "insufficient_funds"),
            ("US", "000333333335", "debit_not_authorized"),
            ("US", "000444444440", "invalid_currency"),
            ("CA", "000111111116", "no_account"),
            ("AU", "111111113", "account_closed"),
            ("GB", "22222227", "insufficient_funds"),
            ("GB", "11111116", "no_account"),
            ("DE", "DE62370400440532013001", "no_account"),
            ("DE", "DE89370400440532013004", "debit_not_authorized"),
            ("FR", "FR89370400440532013002", "account_closed"),
            ("PT", "PT23000201231234567890155", "no_account"),
            ("NL", "NL91ABNA0417164300", "no_account"),
        ] {
            assert_eq!(
                find(country).and_then(|banks| banks.outcome(number)),
                Some(Some(code)),
                "{country} {number}"
            );
        }
        for banks in BANKS.iter().filter(|banks| banks.has_ibans()) {
            let number = format!("{}{SHARED_IBAN}2", banks.country);
            assert_eq!(banks.outcome(&number), Some(Some("account_closed")), "{}", banks.country);
        }
    }

    #[test]
    fn routing_numbers_have_their_countrys_format() {
        for (country, sent, shown) in [
            ("US", "110000000", Some("110000000")),
            ("US", "111000000", Some("111000000")),
            ("US", "021000021", Some("021000021")),
            ("US", "021000022", None),
            ("US", "11000000", None),
            ("CA", "11000-000", Some("11000-000")),
            ("CA", "11000000", Some("11000000")),
            ("CA", "1100-000", None),
            ("AU", "110000", Some("11 0000")),
            ("GB", "10-88-00", Some("10-88-00")),
            ("GB", "1088", None),
            ("DE", "", Some("110000000")),
            ("IN", "HDFC0004051", Some("HDFC0004051")),
            ("IN", "12340004051", None),
            ("KR", "SGSEKRSLXXX", Some("SGSEKRSLXXX")),
            ("KR", "SGSEKR", None),
            ("ZA", "FIRNZAJJ", Some("FIRNZAJJXXX")),
            ("LK", "AAAALKLXXXX-7010999", Some("AAAALKLXXXX-7010999")),
            ("LK", "AAAALKLXXXX", None),
            ("CO", "060", Some("060")),
            ("PY", "0", Some("0")),
        ] {
            let found = find(country).and_then(|banks| banks.routing_number(sent));
            assert_eq!(found.as_deref(), shown, "{country} {sent}");
        }
    }
}
