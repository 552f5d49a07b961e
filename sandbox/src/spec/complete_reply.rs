use super::absent::{Absent, absent};
use super::document;
use super::shape::{Link, Property, Shape};
use crate::engine::{ApiError, Json};
use serde_json::Map;

/// Completes a partial object: required members with a known value are filled in, nullable members become `null`.
///
/// # Errors
/// A member that the schema does not have, or a missing required member, is a bug of the sandbox: a 500 that names
/// it.
pub fn complete(name: &str, authored: Json) -> Result<Json, ApiError> {
    let found = document::shape(name).ok_or_else(|| Misfit::new("there is no such schema"));
    found.and_then(|found| shaped(found, authored)).map_err(|misfit| {
        let Misfit { place, what } = misfit;
        ApiError::internal(format!(
            "The sandbox created a reply that does not match `{name}{place}`: {what}."
        ))
    })
}

/// The number of objects in a list that is part of another object.
const COUNT: &str = "total_count";

/// A mismatch and its place. The path is assembled while returning, so that valid values cost nothing.
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

fn value(link: &'static Link, authored: Json) -> Result<Json, Misfit> {
    if authored.is_null() {
        return if link.nullable() { Ok(Json::Null) } else { Err(Misfit::new("it cannot be null")) };
    }
    shaped(link.shape(), authored)
}

fn shaped(shape: &'static Shape, authored: Json) -> Result<Json, Misfit> {
    if let Some(options) = &shape.alternatives {
        return match Shape::choose(options, &authored) {
            Some(option) => shaped(option, authored),
            None => Err(Misfit::new("no alternative fits")),
        };
    }
    match authored {
        Json::Object(members) => object(shape, members),
        Json::Array(items) => {
            let Some(element) = &shape.items else { return Err(Misfit::new("it is not an array")) };
            let each = items.into_iter().enumerate();
            each.map(|(index, item)| value(element, item).map_err(|misfit| misfit.at(index))).collect()
        }
        scalar if shape.takes(&scalar) => Ok(scalar),
        scalar => Err(Misfit::new(format!("`{scalar}` has the wrong type"))),
    }
}

fn object(shape: &'static Shape, mut members: Map<String, Json>) -> Result<Json, Misfit> {
    let Some(properties) = &shape.properties else { return Ok(Json::Object(members)) };
    let mut missing: Vec<&'static Property> = Vec::new();
    // Both are sorted by name, so one pass is enough.
    let mut listed = properties.iter().peekable();
    for (name, member) in &mut members {
        missing.extend(std::iter::from_fn(|| listed.next_if(|property| property.name < name.as_str())));
        match listed.next_if(|property| property.name == name) {
            Some(Property { link, .. }) => {
                let given = std::mem::take(member);
                let known =
                    if given.is_null() && link.nullable() { nothing(name, link) } else { value(link, given) };
                *member = known.map_err(|misfit| misfit.of(name))?;
            }
            // The document does not list the count of lists inside of objects.
            None if shape.open || name == COUNT => {}
            None => return Err(Misfit::new("the schema has no such member").of(name)),
        }
    }
    for Property { name, required, link } in missing.into_iter().chain(listed) {
        let member = match link.nullable() {
            true => nothing(name, link).map_err(|misfit| misfit.of(name))?,
            false if *required => {
                let known = link.shape().default(name).ok_or_else(|| Misfit::new("it is required"));
                known.and_then(|known| value(link, known)).map_err(|misfit| misfit.of(name))?
            }
            false => continue,
        };
        members.insert((*name).to_owned(), member);
    }
    Ok(Json::Object(members))
}

/// The value shown for a nullable member without a value.
fn nothing(name: &str, link: &'static Link) -> Result<Json, Misfit> {
    match absent(name, link) {
        Absent::Null => Ok(Json::Null),
        Absent::EmptyList => Ok(Json::Array(Vec::new())),
        Absent::ObjectOfNulls => value(link, Json::Object(Map::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn partial_object_is_completed() {
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
    fn union_alternative_is_chosen_by_the_object() {
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
