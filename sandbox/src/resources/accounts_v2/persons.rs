//! Persons in API v2.

use super::errors::{self, refuse};
use super::handlers::books;
use super::persons_view::{self, KIND, Told};
use super::projection::completed;
use super::{memory, tokens};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts;
use crate::resources::accounts::{internal, revision};
use crate::resources::events::v2::{merge_metadata, page};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

const ACCOUNT: &str = "account_id";

pub(super) fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    books(call, ACCOUNT)?;
    let told = told(call)?;
    let mut books = books(call, ACCOUNT)?;
    accounts::may_see_holder(&mut books)?;
    let country = country(&books);
    if internal::account(&books).unwrap_or_default().text("business_type") == "individual"
        && books.all("person").next().is_some()
    {
        let message = "An account of an individual cannot have other persons.";
        return Err(refuse("individual_additional_person_not_allowed", message));
    }
    check(&mut books, &told.v1, None, &country)?;
    let metadata = merge_metadata(None, told.metadata.as_ref());
    let id = revision::revise(&mut books, |books| {
        let id = accounts::persons::add(books, &told.v1, metadata)?;
        memory::merge_person(books, &id, &told.own, told.numbers);
        Ok(id)
    })?;
    shown(&books, &id)
}

pub(super) fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let found: Vec<Json> = {
        let mut books = books(call, ACCOUNT)?;
        accounts::may_see_holder(&mut books)?;
        books.all("person").map(|person| json!({ "id": person.text("id") })).collect()
    };
    let mut list = page(call, found)?;
    let books = books(call, ACCOUNT)?;
    if let Some(Json::Array(persons)) = list.get_mut("data") {
        for person in persons {
            *person = shown(&books, person.text("id"))?;
        }
    }
    Ok(list)
}

pub(super) fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("id");
    let mut books = books(call, ACCOUNT)?;
    accounts::may_see_holder(&mut books)?;
    shown(&books, &id)
}

pub(super) fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("id");
    retrieve(call)?;
    let told = told(call)?;
    let mut books = books(call, ACCOUNT)?;
    let country = country(&books);
    check(&mut books, &told.v1, Some(&id), &country)?;
    let known = books.get("person", &id, "id")?;
    let metadata = told.metadata.as_ref().map(|sent| merge_metadata(known.get("metadata"), Some(sent)));
    revision::revise(&mut books, |books| {
        accounts::persons::change(books, &id, &told.v1, metadata)?;
        memory::merge_person(books, &id, &told.own, told.numbers);
        Ok(())
    })?;
    shown(&books, &id)
}

pub(super) fn delete(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("id");
    let person = retrieve(call)?;
    if person.flag("relationship.representative") {
        let message = "The representative of an account cannot be deleted; set another representative first.";
        return Err(
            refuse("invalid_relationship_for_identity_type_structure_and_country", message).param("id")
        );
    }
    accounts::persons::remove(&mut books(call, ACCOUNT)?, &id)?;
    completed("v2.deleted_object", json!({ "id": id, "object": KIND }))
}

fn shown(books: &AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let person = books.get("person", id, "id")?;
    completed(KIND, persons_view::show(books, &person, &country(books)))
}

fn country(books: &AccountContext<'_>) -> String {
    internal::account(books).unwrap_or_default().text("country").to_owned()
}

/// The parameters of a person, including those of a token.
fn told(call: &mut RequestContext<'_>) -> Result<Told, ApiError> {
    let mut sent = internal::without(&call.params, &["person_token"]);
    if let Some(token) = call.text("person_token") {
        if sent.as_object().is_some_and(|members| members.keys().any(|name| name != "metadata")) {
            let message = "Parameters of a token cannot be sent together with the token.";
            return Err(refuse("param_alongside_person_token", message).param("person_token"));
        }
        let mut redeemed = tokens::redeem(call, &token, tokens::PERSON, "person_token")?;
        if let Some(metadata) = sent.get("metadata") {
            set(&mut redeemed, "metadata", metadata.clone());
        }
        sent = redeemed;
    }
    persons_view::read(sent)
}

/// Refuses what cannot be true of a person. `id` is who is changed.
fn check(
    books: &mut AccountContext<'_>,
    sent: &Json,
    id: Option<&str>,
    country: &str,
) -> Result<(), ApiError> {
    let mut role = id.and_then(|id| books.peek(id)?.at("relationship").cloned()).unwrap_or_else(|| json!({}));
    internal::merge(&mut role, sent.at("relationship").unwrap_or(&json!({})));
    let others: Vec<Json> =
        books.all("person").filter(|other| id != Some(other.text("id"))).cloned().collect();
    let param = |name: &str| format!("relationship[{name}]");
    if role.flag("authorizer") && role.flag("representative") {
        let message = "The representative of an account cannot be its authorizer as well.";
        return Err(
            refuse("authorizer_relationship_invalid_for_representative", message).param(param("authorizer"))
        );
    }
    if role.flag("authorizer") && others.iter().any(|other| other.flag("relationship.authorizer")) {
        let message = "The account already has an authorizer; an account can have only one.";
        return Err(refuse("authorizer_duplicate", message).param(param("authorizer")));
    }
    let share = role.at("percent_ownership").and_then(Json::as_f64);
    if share.is_some_and(|share| role.flag("owner") && share <= 0.0) {
        let message = "Invalid percent_ownership: must be greater than 0 for an owner; leave it out for persons who own nothing.";
        return Err(refuse("person_percent_ownership_invalid", message).param(param("percent_ownership")));
    }
    let owned: f64 = others
        .iter()
        .filter_map(|other| other.at("relationship.percent_ownership").and_then(Json::as_f64))
        .sum();
    if share.is_some_and(|share| share <= 100.0 && share + owned > 100.0) {
        let message = "Invalid percent_ownership: the sum of all owners exceeds 100.";
        return Err(refuse("total_person_ownership_exceeded", message).param(param("percent_ownership")));
    }
    accounts::persons::check(books, sent, "", id).map_err(|refusal| errors::of_person(refusal, country))
}
