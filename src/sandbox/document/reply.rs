use super::{alternatives, resolve, schema};
use crate::sandbox::core::{Json, Peek, Refusal};
use serde_json::{Map, json};

/// Completes an object that was authored in part: what the schema requires and can be known is filled in, a member that
/// may be `null` is `null`. An authored member that the schema does not have, or a required one that nobody gave, is a
/// mistake of the sandbox: a 500 that names it.
pub fn complete(name: &str, authored: Json) -> Result<Json, Refusal> {
    let found = schema(name).ok_or_else(|| Misfit::new("there is no such schema"));
    found.and_then(|found| value(found, authored)).map_err(|misfit| {
        let Misfit { place, what } = misfit;
        let message = "The sandbox made a reply that does not fit the document";
        Refusal::internal(format!("{message}: {name}{place}: {what}."))
    })
}

/// What does not fit, and where. The place is put together on the way out, so that what fits costs nothing.
#[derive(Debug)]
struct Misfit {
    place: String,
    what: String,
}

impl Misfit {
    fn new(what: impl Into<String>) -> Self {
        Self { place: String::new(), what: what.into() }
    }

    fn of(mut self, member: &str) -> Self {
        self.place.insert_str(0, &format!(".{member}"));
        self
    }

    fn at(mut self, index: usize) -> Self {
        self.place.insert_str(0, &format!("[{index}]"));
        self
    }
}

fn value(schema: &'static Json, authored: Json) -> Result<Json, Misfit> {
    let nullable = schema.get("nullable").is_some();
    let schema = resolve(schema);
    if authored.is_null() {
        let nullable = nullable || schema.get("nullable").is_some();
        return if nullable { Ok(Json::Null) } else { Err(Misfit::new("it cannot be null")) };
    }
    if let Some(options) = alternatives(schema) {
        return match choose(options, &authored) {
            Some(option) => value(option, authored),
            None => Err(Misfit::new("no alternative fits")),
        };
    }
    match authored {
        Json::Object(members) => object(schema, members),
        Json::Array(items) => {
            let Some(element) = schema.get("items") else { return Err(Misfit::new("it is not an array")) };
            let each = items.into_iter().enumerate();
            each.map(|(index, item)| value(element, item).map_err(|misfit| misfit.at(index))).collect()
        }
        scalar if type_fits(schema, &scalar) => Ok(scalar),
        scalar => Err(Misfit::new(format!("`{scalar}` has the wrong type"))),
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

fn object(schema: &'static Json, mut members: Map<String, Json>) -> Result<Json, Misfit> {
    let Some(Json::Object(properties)) = schema.get("properties") else { return Ok(Json::Object(members)) };
    let mut out = Map::new();
    let required = schema.items("required");
    for (name, property) in properties {
        let member = match members.remove(name) {
            Some(authored) => value(property, authored),
            None if nullable(property) => Ok(Json::Null),
            None if required.iter().any(|required| required == name.as_str()) => {
                let known = default(name, property).ok_or_else(|| Misfit::new("it is required"));
                known.and_then(|known| value(property, known))
            }
            None => continue,
        };
        out.insert(name.clone(), member.map_err(|misfit| misfit.of(name))?);
    }
    let others = schema.get("additionalProperties").filter(|others| others.is_object());
    match members.keys().next() {
        Some(name) if others.is_none() => Err(Misfit::new("the schema has no such member").of(name)),
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
