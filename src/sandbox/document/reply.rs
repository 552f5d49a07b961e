use super::{alternatives, resolve, schema};
use crate::sandbox::core::{Json, Peek, Refusal};
use serde_json::{Map, json};

/// Completes an object that was authored in part: what the schema requires and can be known is filled in, a member that
/// may be `null` is `null`. An authored member that the schema does not have, or a required one that nobody gave, is a
/// mistake of the sandbox: a 500 that names it.
pub fn complete(name: &str, authored: Json) -> Result<Json, Refusal> {
    let found = schema(name).ok_or_else(|| mistake(name, "there is no such schema"))?;
    value(found, authored, name)
}

fn mistake(place: &str, what: &str) -> Refusal {
    Refusal::internal(format!("The sandbox made a reply that does not fit the document: {place}: {what}."))
}

fn value(schema: &'static Json, authored: Json, place: &str) -> Result<Json, Refusal> {
    let nullable = schema.get("nullable").is_some();
    let schema = resolve(schema);
    if authored.is_null() {
        let nullable = nullable || schema.get("nullable").is_some();
        return if nullable { Ok(Json::Null) } else { Err(mistake(place, "it cannot be null")) };
    }
    if let Some(options) = alternatives(schema) {
        return match choose(options, &authored) {
            Some(option) => value(option, authored, place),
            None => Err(mistake(place, "no alternative fits")),
        };
    }
    match authored {
        Json::Object(members) => object(schema, members, place),
        Json::Array(items) => {
            let Some(element) = schema.get("items") else { return Err(mistake(place, "it is not an array")) };
            let each = items.into_iter().enumerate();
            each.map(|(index, item)| value(element, item, &format!("{place}[{index}]"))).collect()
        }
        scalar if type_fits(schema, &scalar) => Ok(scalar),
        scalar => Err(mistake(place, &format!("`{scalar}` has the wrong type"))),
    }
}

fn type_fits(schema: &Json, value: &Json) -> bool {
    match schema.text("type") {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => false,
    }
}

/// The alternative for an authored value: by its `object` or `type`, else by its members, else by its type.
fn choose(options: &'static [Json], authored: &Json) -> Option<&'static Json> {
    let resolved = || {
        options.iter().map(|option| {
            alternatives(resolve(option))
                .map_or(resolve(option), |inner| choose(inner, authored).map_or(resolve(option), resolve))
        })
    };
    let Json::Object(members) = authored else {
        return resolved().find(|option| match authored {
            Json::Array(_) => option.text("type") == "array",
            scalar => type_fits(option, scalar),
        });
    };
    let says = |option: &Json, name: &str| {
        let permitted = option.items(&format!("properties.{name}.enum"));
        members.get(name).is_some_and(|value| permitted.contains(value))
    };
    let has_all = |option: &Json| {
        let properties = option.get("properties").and_then(Json::as_object);
        match properties {
            Some(properties) => members.keys().all(|name| properties.contains_key(name)),
            None => option.get("additionalProperties").is_some() || option.text("type") == "object",
        }
    };
    let fits = |option: &&'static Json| option.text("type") == "object" && has_all(option);
    resolved().find(|option| fits(option) && says(option, "object")).or_else(|| resolved().find(fits))
}

fn object(schema: &'static Json, mut members: Map<String, Json>, place: &str) -> Result<Json, Refusal> {
    let Some(Json::Object(properties)) = schema.get("properties") else { return Ok(Json::Object(members)) };
    let mut out = Map::new();
    for (name, property) in properties {
        let inner = || format!("{place}.{name}");
        let required = schema.items("required").iter().any(|required| required == name.as_str());
        match members.remove(name) {
            Some(authored) => drop(out.insert(name.clone(), value(property, authored, &inner())?)),
            None if nullable(property) => drop(out.insert(name.clone(), Json::Null)),
            None if required => {
                let known = default(name, property).ok_or_else(|| mistake(&inner(), "it is required"))?;
                out.insert(name.clone(), value(property, known, &inner())?);
            }
            None => {}
        }
    }
    let others = schema.get("additionalProperties").filter(|others| others.is_object());
    match members.keys().next() {
        Some(name) if others.is_none() => {
            Err(mistake(&format!("{place}.{name}"), "the schema has no such member"))
        }
        _ => {
            out.extend(members);
            Ok(Json::Object(out))
        }
    }
}

fn nullable(property: &'static Json) -> bool {
    property.get("nullable").is_some() || resolve(property).get("nullable").is_some()
}

/// What a required member is when nobody says: its only value, nothing, or an object of such.
fn default(name: &str, property: &'static Json) -> Option<Json> {
    let property = match alternatives(resolve(property)).map(Vec::as_slice) {
        Some([only]) => resolve(only),
        Some(_) => return None,
        None => resolve(property),
    };
    match (property.items("enum"), property.text("type"), name) {
        ([only], ..) => Some(only.clone()),
        (_, "array", _) => Some(json!([])),
        (_, "object", _) => Some(json!({})),
        (_, "boolean", "livemode" | "has_more") => Some(false.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_object_becomes_a_full_one() {
        let topup =
            json!({ "id": "tu_1", "amount": 5, "currency": "usd", "created": 7, "status": "pending" });
        let topup = complete("topup", topup).unwrap();
        assert_eq!(topup["object"], "topup");
        assert_eq!(
            (&topup["metadata"], &topup["livemode"], &topup["failure_code"]),
            (&json!({}), &json!(false), &Json::Null)
        );
        assert!(topup.as_object().unwrap().contains_key("balance_transaction"));
        assert_eq!(complete("topup", topup.clone()).unwrap(), topup, "completing again changes nothing");
    }

    #[test]
    fn unions_are_chosen_by_what_the_object_says() {
        let token = json!({ "id": "btok_1", "created": 1, "type": "bank_account", "used": false, "bank_account":
            { "id": "ba_1", "country": "US", "currency": "usd", "last4": "6789", "status": "new" } });
        assert_eq!(complete("token", token).unwrap()["bank_account"]["object"], "bank_account");
        let deleted = json!({ "id": "card_1", "object": "card", "deleted": true });
        assert_eq!(complete("deleted_external_account", deleted).unwrap()["object"], "card");
    }

    #[test]
    fn mistakes_are_named() {
        let cases = [
            (json!({ "id": "tu_1" }), "topup.amount"),
            (
                json!({ "id": "tu_1", "amount": 5, "colour": "red", "currency": "usd", "created": 7, "status": "pending" }),
                "topup.colour",
            ),
            (json!({ "id": "tu_1", "amount": "5" }), "topup.amount"),
            (json!({ "amount": 5, "currency": null }), "topup.c"),
        ];
        for (authored, place) in cases {
            let refusal = complete("topup", authored).unwrap_err();
            assert!(refusal.status == 500 && refusal.message.contains(place), "{refusal}");
        }
        assert!(complete("nothing", json!({})).is_err());
    }
}
