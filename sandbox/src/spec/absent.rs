//! The value shown for a nullable member that has no value.
//!
//! Stripe shows `null` for most of them, `[]` for lists, and an object whose members are all `null` for a few. The
//! document does not specify which, so the exceptions are listed here.

use super::shape::{Kind, Link};

/// The value shown for a member without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// `null`.
    Null,
    /// `[]`.
    EmptyList,
    /// An object with all its members, each without a value.
    ObjectOfNulls,
}

/// Lists that are `null`: those of recorded replies (`minority_owned_business_designation`,
/// `default_account_tax_ids`), and lists in objects that were sent in part.
const NULL_LISTS: [&str; 10] = [
    "default_account_tax_ids",
    "ethnicity",
    "excluded_payment_method_types",
    "flow_directions",
    "fraud_challenges",
    "items",
    "minority_owned_business_designation",
    "race",
    "receipt",
    "segments",
];

/// Objects that are always present.
const OBJECTS_OF_NULLS: [&str; 1] = ["amount_details"];

/// The value shown for a nullable member of this name.
pub(crate) fn absent(name: &str, link: &'static Link) -> Absent {
    if OBJECTS_OF_NULLS.contains(&name) {
        Absent::ObjectOfNulls
    } else if link.shape().kind == Kind::Array && !NULL_LISTS.contains(&name) {
        Absent::EmptyList
    } else {
        Absent::Null
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Json;
    use crate::spec::shape::Shape;
    use crate::spec::{complete, document};
    use std::collections::BTreeSet;

    /// Every nullable member of the document, including nested ones, with the value shown for it.
    fn nullable_members() -> Vec<(String, &'static str, &'static Link, Absent)> {
        fn walk(
            place: &str,
            shape: &'static Shape,
            found: &mut Vec<(String, &'static str, &'static Link, Absent)>,
            depth: u8,
        ) {
            if depth == 0 {
                return;
            }
            for link in shape.alternatives.iter().flatten().chain(shape.items.as_deref()) {
                if !link.is_named() {
                    walk(place, link.shape(), found, depth - 1);
                }
            }
            for property in shape.properties.iter().flatten() {
                let place = format!("{place}.{}", property.name);
                if property.link.nullable() {
                    found.push((
                        place.clone(),
                        property.name,
                        &property.link,
                        absent(property.name, &property.link),
                    ));
                }
                if !property.link.is_named() {
                    walk(&place, property.link.shape(), found, depth - 1);
                }
            }
        }
        let mut found = Vec::new();
        for name in document::schema_names() {
            if let Some(shape) = document::shape(name) {
                walk(name, shape, &mut found, 8);
            }
        }
        found
    }

    #[test]
    fn nullable_lists_are_empty_unless_listed_as_null() {
        let (mut empty, mut null) = (0, BTreeSet::new());
        for (place, name, link, shown) in nullable_members() {
            if link.shape().kind != Kind::Array {
                continue;
            }
            match shown {
                Absent::EmptyList => empty += 1,
                Absent::Null => drop(null.insert(name)),
                Absent::ObjectOfNulls => panic!("{place} is a list"),
            }
        }
        assert!(empty > 30, "{empty}");
        assert_eq!(
            null.into_iter().collect::<Vec<_>>(),
            NULL_LISTS,
            "a name that is not a list in the document"
        );
    }

    #[test]
    fn objects_of_nulls_are_nullable_objects_without_required_values() {
        let places: Vec<_> =
            nullable_members().into_iter().filter(|(.., shown)| *shown == Absent::ObjectOfNulls).collect();
        assert_eq!(places.len(), 4, "{places:?}");
        for (schema, member) in [
            ("issuing_authorization_pending_request", "amount_details"),
            ("issuing_authorization_request", "amount_details"),
        ] {
            let shape = document::shape(schema).unwrap();
            assert!(shape.place(member).is_some(), "{schema}.{member}");
        }
    }

    #[test]
    fn completed_objects_show_lists_and_objects_of_nulls() {
        let controls = complete("issuing_card_authorization_controls", serde_json::json!({})).unwrap();
        assert_eq!(
            controls,
            serde_json::json!({ "allowed_card_presences": [], "allowed_categories": [], "allowed_merchant_countries": [],
                "blocked_card_presences": [], "blocked_categories": [], "blocked_merchant_countries": [], "spending_limits": [], "spending_limits_currency": null })
        );
        let given = serde_json::json!({ "allowed_categories": Json::Null });
        assert_eq!(
            complete("issuing_card_authorization_controls", given).unwrap()["allowed_categories"],
            serde_json::json!([])
        );
        let reasons =
            complete("issuing_personalization_design_rejection_reasons", serde_json::json!({})).unwrap();
        assert_eq!(reasons, serde_json::json!({ "card_logo": [], "carrier_text": [] }));
    }
}
