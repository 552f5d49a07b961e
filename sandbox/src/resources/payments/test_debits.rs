//! Stripe's test bank accounts: how a debit of each ends.

use crate::resources::accounts::bank_accounts;

/// How the debit of a bank account ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DebitEnd {
    /// The money comes.
    Succeeds,
    /// The money comes and is disputed.
    Disputed,
    /// The bank refuses, with this failure code.
    Fails(&'static str),
    /// It stays processing.
    Never,
}

/// The test payment methods of bank accounts in the United States begin so.
const US: &str = "pm_usBankAccount_";

/// Those of IBANs.
const SEPA: &str = "pm_sepaDebit_";

/// The bank account number that is disputed after it paid.
const DISPUTED: &str = "000555555559";

/// How the debit of an account number in the United States ends; `None` if it is not a test number.
pub(crate) fn of_us_number(number: &str) -> Option<DebitEnd> {
    match number {
        DISPUTED => Some(DebitEnd::Disputed),
        bank_accounts::PROCESSING => Some(DebitEnd::Never),
        number => bank_accounts::us_outcome(number)
            .map(|failure| failure.map_or(DebitEnd::Succeeds, DebitEnd::Fails)),
    }
}

/// The account number of a test payment method such as `pm_usBankAccount_success`.
pub(crate) fn us_number(id: &str) -> Option<&'static str> {
    match id.strip_prefix(US)? {
        "dispute" => Some(DISPUTED),
        name => bank_accounts::test_method(name),
    }
}

/// Test IBANs of a country: those that pay, fail and are disputed.
struct Ibans {
    country: &'static str,
    success: [&'static str; 2],
    failed: [&'static str; 2],
    disputed: &'static str,
}

const fn ibans(
    country: &'static str,
    success: [&'static str; 2],
    failed: [&'static str; 2],
    disputed: &'static str,
) -> Ibans {
    Ibans { country, success, failed, disputed }
}

/// How the debit of an IBAN ends; `None` if it is not a test IBAN.
pub(crate) fn of_iban(iban: &str) -> Option<DebitEnd> {
    let row = IBANS.iter().find(|row| iban.starts_with(row.country))?;
    if row.success.contains(&iban) {
        Some(DebitEnd::Succeeds)
    } else if row.failed.contains(&iban) {
        Some(DebitEnd::Fails("debit_not_authorized"))
    } else if row.disputed == iban {
        Some(DebitEnd::Disputed)
    } else if iban.ends_with("343434") {
        Some(DebitEnd::Fails("charge_exceeds_source_limit"))
    } else if iban.ends_with("121212") {
        Some(DebitEnd::Fails("charge_exceeds_weekly_limit"))
    } else if iban.ends_with("2222227") {
        Some(DebitEnd::Fails("insufficient_funds"))
    } else {
        None
    }
}

/// The bank and the branch in a valid IBAN or a test IBAN; `None` for other texts. Countries without branch numbers have
/// an empty one.
pub(crate) fn parts_of_iban(text: &str) -> Option<(String, String)> {
    if let Ok(iban) = text.parse::<iban::Iban>() {
        let part = |part: Option<&str>| part.unwrap_or_default().to_owned();
        return Some((part(iban.bank_identifier()), part(iban.branch_identifier())));
    }
    of_iban(text).and_then(|_| Some((text.get(4..12)?.to_owned(), String::new())))
}

/// The IBAN of a test payment method such as `pm_sepaDebit_success_de`.
pub(crate) fn iban(id: &str) -> Option<&'static str> {
    let (kind, country) = id.strip_prefix(SEPA)?.rsplit_once('_')?;
    let row = IBANS.iter().find(|row| row.country.eq_ignore_ascii_case(country))?;
    let [(success, late), (failed, late_failed)] = [row.success, row.failed].map(|[now, late]| (now, late));
    match kind {
        "success" => Some(success),
        "successDelayed" => Some(late),
        "failed" => Some(failed),
        "failedDelayed" => Some(late_failed),
        "disputed" => Some(row.disputed),
        _ => None,
    }
}

#[rustfmt::skip]
static IBANS: &[Ibans] = &[
    ibans("AT", ["AT611904300234573201", "AT321904300235473204"], ["AT861904300235473202", "AT051904300235473205"], "AT591904300235473203"),
    ibans("BE", ["BE62510007547061", "BE78510007547064"], ["BE68539007547034", "BE51510007547065"], "BE08510007547063"),
    ibans("HR", ["HR7624020064583467589", "HR6323600002337876649"], ["HR2725000096983499248", "HR6723600004878117427"], "HR8724840081455523553"),
    ibans("EE", ["EE382200221020145685", "EE222200221020145682"], ["EE762200221020145680", "EE922200221020145683"], "EE492200221020145681"),
    ibans("FI", ["FI2112345600000785", "FI3712345600000788"], ["FI9112345600000786", "FI1012345600000789"], "FI6412345600000787"),
    ibans("FR", ["FR1420041010050500013M02606", "FR3020041010050500013M02609"], ["FR8420041010050500013M02607", "FR7920041010050500013M02600"], "FR5720041010050500013M02608"),
    ibans("DE", ["DE89370400440532013000", "DE08370400440532013003"], ["DE62370400440532013001", "DE78370400440532013004"], "DE35370400440532013002"),
    ibans("GI", ["GI60MPFS599327643783385", "GI08RRNW626436291644533"], ["GI41SAFA461293238477751", "GI50LROG772261344693297"], "GI26KJBC361883934534696"),
    ibans("IE", ["IE29AIBK93115212345678", "IE24AIBK93115212345671"], ["IE02AIBK93115212345679", "IE94AIBK93115212345672"], "IE51AIBK93115212345670"),
    ibans("LI", ["LI0508800636123378777", "LI4408800387787111369"], ["LI1208800143823175626", "LI4908800356441975566"], "LI7708800125525347723"),
    ibans("LT", ["LT121000011101001000", "LT281000011101001003"], ["LT821000011101001001", "LT981000011101001004"], "LT551000011101001002"),
    ibans("LU", ["LU280019400644750000", "LU440019400644750003"], ["LU980019400644750001", "LU170019400644750004"], "LU710019400644750002"),
    ibans("NL", ["NL39RABO0300065264", "NL55RABO0300065267"], ["NL91ABNA0417164300", "NL28RABO0300065268"], "NL82RABO0300065266"),
    ibans("NO", ["NO9386011117947", "NO8886011117940"], ["NO6686011117948", "NO6186011117941"], "NO3986011117949"),
    ibans("PT", ["PT50000201231234567890154", "PT66000201231234567890157"], ["PT23000201231234567890155", "PT39000201231234567890158"], "PT93000201231234567890156"),
    ibans("ES", ["ES0700120345030000067890", "ES2300120345030000067893"], ["ES9121000418450200051332", "ES9300120345030000067894"], "ES5000120345030000067892"),
    ibans("SE", ["SE3550000000054910000003", "SE5150000000054910000006"], ["SE0850000000054910000004", "SE2450000000054910000007"], "SE7850000000054910000005"),
    ibans("CH", ["CH9300762011623852957", "CH8656663438253651553"], ["CH5362200119938136497", "CH1843597160341964438"], "CH1260378413965193069"),
    ibans("GB", ["GB82WEST12345698765432", "GB98WEST12345698765435"], ["GB55WEST12345698765433", "GB71WEST12345698765436"], "GB28WEST12345698765434"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_accounts_end_as_their_names_say() {
        for (id, end) in [
            ("pm_usBankAccount_success", DebitEnd::Succeeds),
            ("pm_usBankAccount_dispute", DebitEnd::Disputed),
            ("pm_usBankAccount_processing", DebitEnd::Never),
            ("pm_usBankAccount_accountClosed", DebitEnd::Fails("account_closed")),
        ] {
            assert_eq!(us_number(id).and_then(of_us_number), Some(end), "{id}");
        }
        for (id, end) in [
            ("pm_sepaDebit_success_ie", DebitEnd::Succeeds),
            ("pm_sepaDebit_successDelayed_AT", DebitEnd::Succeeds),
            ("pm_sepaDebit_failedDelayed_de", DebitEnd::Fails("debit_not_authorized")),
            ("pm_sepaDebit_disputed_gb", DebitEnd::Disputed),
        ] {
            assert_eq!(iban(id).and_then(of_iban), Some(end), "{id}");
        }
        assert_eq!(of_iban("DE65370400440002222227"), Some(DebitEnd::Fails("insufficient_funds")));
        for (iban, parts) in [
            ("DE89370400440532013000", Some(("37040044", ""))),
            ("DK5000400440116243", Some(("0040", ""))),
            ("GB82WEST12345698765432", Some(("WEST", "123456"))),
            ("DE65370400440002222227", Some(("37040044", ""))),
            ("DE00370400440532013000", None),
            ("000123456789", None),
        ] {
            let found = parts_of_iban(iban);
            assert_eq!(found.as_ref().map(|(bank, branch)| (&**bank, &**branch)), parts, "{iban}");
        }
        assert_eq!((of_iban("DE00"), of_us_number("1"), us_number("pm_usBankAccount_x")), (None, None, None));
    }
}
