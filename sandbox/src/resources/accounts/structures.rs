//! The legal structures of businesses: which kind of business and which country has each, and what follows for its people.

use crate::engine::{ApiError, Json, Peek};

/// A legal structure.
struct Structure {
    name: &'static str,
    /// The `business_type` that has it.
    business_type: &'static str,
    /// The countries that have it; empty for all.
    countries: &'static [&'static str],
    /// Whether there are owners, directors and executives to be named.
    people: People,
}

/// Whom a business of a structure has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum People {
    /// Owners, and directors where the country asks for them.
    Owners,
    /// Directors, but no owners: the business belongs to the public, to the state or to nobody.
    Directors,
    /// Nobody beside the person who runs it.
    Nobody,
}

const fn structure(
    name: &'static str,
    business_type: &'static str,
    countries: &'static [&'static str],
    people: People,
) -> Structure {
    Structure { name, business_type, countries, people }
}

const STRUCTURES: [Structure; 23] = [
    structure("free_zone_establishment", "company", &["AE"], People::Owners),
    structure("free_zone_llc", "company", &["AE"], People::Owners),
    structure("government_instrumentality", "government_entity", &["US"], People::Nobody),
    structure("governmental_unit", "government_entity", &["US"], People::Nobody),
    structure("incorporated_non_profit", "non_profit", &[], People::Directors),
    structure("incorporated_partnership", "company", &[], People::Owners),
    structure("limited_liability_partnership", "company", &[], People::Owners),
    structure("llc", "company", &[], People::Owners),
    structure("multi_member_llc", "company", &["US"], People::Owners),
    structure("private_company", "company", &[], People::Owners),
    structure("private_corporation", "company", &[], People::Owners),
    structure("private_partnership", "company", &[], People::Owners),
    structure("public_company", "company", &[], People::Directors),
    structure("public_corporation", "company", &[], People::Directors),
    structure("public_partnership", "company", &[], People::Directors),
    structure("registered_charity", "non_profit", &[], People::Directors),
    structure("single_member_llc", "company", &["US"], People::Owners),
    structure("sole_establishment", "company", &["AE"], People::Nobody),
    structure("sole_proprietorship", "company", &[], People::Nobody),
    structure("tax_exempt_government_instrumentality", "government_entity", &["US"], People::Nobody),
    structure("unincorporated_association", "company", &[], People::Owners),
    structure("unincorporated_non_profit", "non_profit", &[], People::Directors),
    structure("unincorporated_partnership", "company", &[], People::Owners),
];

fn find(name: &str) -> Option<&'static Structure> {
    STRUCTURES.iter().find(|structure| structure.name == name)
}

/// Whether a company has owners to be named.
pub(crate) fn has_owners(company: &Json) -> bool {
    find(company.text("structure")).is_none_or(|found| found.people == People::Owners)
}

/// Whether a company has directors to be named.
pub(crate) fn has_directors(company: &Json) -> bool {
    find(company.text("structure")).is_none_or(|found| found.people != People::Nobody)
}

/// Refuses a structure that businesses of this type or country do not have. An association can be of any type.
pub(crate) fn check(name: &str, business_type: &str, country: &str) -> Result<(), ApiError> {
    let Some(found) = find(name) else { return Ok(()) };
    let param = "company[structure]";
    if !found.countries.is_empty() && !found.countries.contains(&country) {
        let message = format!("Businesses in {country} cannot have the structure {name}.");
        return Err(ApiError::invalid(message).param(param));
    }
    let any_type = business_type.is_empty() || name == "unincorporated_association";
    if any_type || found.business_type == business_type {
        return Ok(());
    }
    let message = format!(
        "The structure {name} is for the business type {}, not for {business_type}.",
        found.business_type
    );
    Err(ApiError::invalid(message).param(param))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;
    use serde_json::json;
    use std::collections::BTreeSet;

    #[test]
    fn every_structure_of_the_document_is_in_the_table() {
        let schema = spec::schema("legal_entity_company").unwrap();
        let listed = schema.pointer("/properties/structure/enum").and_then(Json::as_array).unwrap();
        let listed: BTreeSet<&str> = listed.iter().filter_map(Json::as_str).collect();
        let known: BTreeSet<&str> = STRUCTURES.iter().map(|structure| structure.name).collect();
        assert_eq!(known, listed);
    }

    #[test]
    fn a_structure_fits_its_business_type_and_country() {
        for structure in &STRUCTURES {
            let home = structure.countries.first().copied().unwrap_or("DE");
            assert!(check(structure.name, structure.business_type, home).is_ok(), "{}", structure.name);
            assert!(check(structure.name, "", home).is_ok(), "{}", structure.name);
            let abroad = check(structure.name, structure.business_type, "JP").is_err();
            assert_eq!(abroad, !structure.countries.is_empty(), "{}", structure.name);
            let other = check(structure.name, "individual", home).is_err();
            assert_eq!(other, structure.name != "unincorporated_association", "{}", structure.name);
        }
    }

    #[test]
    fn owners_and_directors_depend_on_the_structure() {
        for (name, owners, directors) in [
            ("private_company", true, true),
            ("public_company", false, true),
            ("registered_charity", false, true),
            ("sole_proprietorship", false, false),
            ("governmental_unit", false, false),
            ("", true, true),
        ] {
            let company = json!({ "structure": name });
            assert_eq!((has_owners(&company), has_directors(&company)), (owners, directors), "{name}");
        }
    }
}
