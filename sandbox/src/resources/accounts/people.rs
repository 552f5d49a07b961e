//! The requirements of the persons of an account, by country.

/// When Stripe asks for a proof that an individual is a living person, which only its own pages can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// It does not.
    Never,
    /// Once all else is known of the person.
    AfterDetails,
    /// Once a document was sent. A second document will do instead.
    AfterDocument,
}

/// The fields required of the persons of accounts in a country.
#[derive(Debug)]
pub struct People {
    /// Of the representative, or of the individual.
    pub speaker: &'static [&'static str],
    /// Of the representative of a company.
    pub office: &'static [&'static str],
    /// Of owners, until all are declared as known. Empty if owners are not required.
    pub owners: &'static [&'static str],
    /// Whether directors are required.
    pub directors: bool,
    /// Whether addresses have a state.
    pub states: bool,
    /// Additional fields of companies.
    pub company: &'static [&'static str],
    /// Whether addresses have a city and a postal code.
    pub cities: bool,
    /// Fields of individuals that are due immediately, but only stop payouts.
    pub for_payouts: &'static [&'static str],
    /// Fields of individuals that Stripe verifies before the first payout.
    pub checked_for_payouts: &'static [&'static str],
    /// When individuals have to prove that they are alive; it stops payouts only.
    pub liveness: Liveness,
    /// Documents of the representative of a company, once the representative exists.
    pub documents: &'static [&'static str],
    /// Fields that are eventually due.
    pub later: &'static [&'static str],
    /// Fields that are eventually due of a company that has named nobody.
    pub later_of_companies: &'static [&'static str],
    /// Whether capabilities wait for the verifications; elsewhere they are active meanwhile.
    pub waits: bool,
}

const NAME_AND_BIRTH: [&str; 5] = ["first_name", "last_name", "dob.day", "dob.month", "dob.year"];

/// Joins two lists of fields at compile time.
const fn join<const A: usize, const B: usize, const N: usize>(
    first: [&'static str; A],
    second: [&'static str; B],
) -> [&'static str; N] {
    assert!(A + B == N);
    let mut all = [""; N];
    let mut place = 0;
    while place < N {
        all[place] = if place < A { first[place] } else { second[place - A] };
        place += 1;
    }
    all
}

const EUROPE: [&str; 10] =
    join(NAME_AND_BIRTH, ["address.line1", "address.city", "address.postal_code", "email", "phone"]);
const WITH_STATE: [&str; 11] = join(EUROPE, ["address.state"]);
const AMERICA: [&str; 12] = join(WITH_STATE, ["ssn_last_4"]);
const OWNERS: [&str; 9] =
    join(NAME_AND_BIRTH, ["address.line1", "address.city", "address.postal_code", "email"]);
const OFFICE: [&str; 2] = ["relationship.executive", "relationship.title"];

/// The default.
pub static EU: People = People {
    speaker: &EUROPE,
    office: &OFFICE,
    owners: &OWNERS,
    directors: true,
    states: false,
    company: &[],
    cities: true,
    for_payouts: &[],
    checked_for_payouts: &[],
    liveness: Liveness::Never,
    documents: &[],
    later: &[],
    later_of_companies: &[],
    waits: false,
};
/// The default, with states.
pub static EU_STATES: People = People { speaker: &WITH_STATE, states: true, ..EU };
/// Other countries with states.
pub static STATES: People = People { speaker: &WITH_STATE, states: true, ..EU };
/// Australia.
pub static AU: People = People { speaker: &WITH_STATE, states: true, ..EU };
/// The United States.
pub static US: People = People {
    speaker: &AMERICA,
    owners: &["email", "first_name", "last_name"],
    directors: false,
    states: true,
    waits: true,
    ..EU
};
/// Canada.
pub static CA: People = People {
    speaker: &join::<5, 4, 9>(
        NAME_AND_BIRTH,
        ["address.line1", "address.city", "address.postal_code", "address.state"],
    ),
    office: &[],
    owners: &[],
    states: true,
    checked_for_payouts: &[
        "verification.additional_document",
        "verification.document",
        "verification.proof_of_liveness",
    ],
    liveness: Liveness::AfterDocument,
    ..EU
};
/// Hong Kong.
pub static HK: People = People {
    speaker: &join::<5, 4, 9>(NAME_AND_BIRTH, ["address.line1", "address.city", "email", "phone"]),
    checked_for_payouts: &["verification.document"],
    ..EU
};
/// New Zealand.
pub static NZ: People =
    People { checked_for_payouts: &["verification.additional_document", "verification.document"], ..EU };
/// Singapore.
pub static SG: People = People {
    speaker: &join::<5, 7, 12>(
        NAME_AND_BIRTH,
        [
            "address.line1",
            "address.postal_code",
            "email",
            "phone",
            "full_name_aliases",
            "id_number",
            "nationality",
        ],
    ),
    owners: &[],
    cities: false,
    liveness: Liveness::AfterDetails,
    later: &["verification.proof_of_liveness"],
    ..EU
};
/// The United Arab Emirates.
pub static AE: People = People {
    speaker: &join::<5, 6, 11>(
        NAME_AND_BIRTH,
        ["address.line1", "address.state", "email", "phone", "id_number", "nationality"],
    ),
    owners: &join::<5, 4, 9>(NAME_AND_BIRTH, ["address.line1", "address.state", "id_number", "nationality"]),
    company: &["business_vat_id_number"],
    states: true,
    cities: false,
    documents: &["documents.passport.files", "documents.visa.files", "verification.document"],
    later: &["documents.passport.files"],
    later_of_companies: &[
        "documents.bank_account_ownership_verification.files",
        "documents.company_license.files",
        "documents.company_memorandum_of_association.files",
        "owners.documents.passport.files",
    ],
    ..EU
};
/// Japan, whose names and addresses have two scripts.
pub static JP: People = People {
    speaker: &[
        "first_name_kana",
        "first_name_kanji",
        "last_name_kana",
        "last_name_kanji",
        "dob.day",
        "dob.month",
        "dob.year",
        "address_kana.line1",
        "address_kana.postal_code",
        "address_kanji.line1",
        "address_kanji.postal_code",
        "email",
        "phone",
    ],
    owners: &[],
    for_payouts: &["verification.document"],
    ..EU
};
/// Countries whose accounts can only receive transfers.
pub static RECIPIENT: People =
    People { office: &[], owners: &[], directors: false, later: &["verification.document"], ..EU };
/// The same, where the id number of the person is required immediately.
pub static RECIPIENT_WITH_ID: People =
    People { speaker: &join::<10, 1, 11>(EUROPE, ["id_number"]), ..RECIPIENT };
