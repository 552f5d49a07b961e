//! The bank accounts and debit cards for payouts, which are objects of the connected account.

use super::{bank_accounts, debit_cards, tokens};
use super::{internal, requested_information};
use crate::engine::{ApiError, Json, Peek, changed, set};
use crate::resources::accounts;
use crate::resources::accounts::payout_destinations::{default_for, refuses};
use crate::resources::accounts::revision;
use crate::resources::money::automatic_payouts;
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, Change, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
    name: "external_accounts",
    entries: &[
        entry(
            "PostAccountsAccountExternalAccounts",
            create,
            &["account.external_account.created", "account.updated", "capability.updated"],
        ),
        entry("GetAccountsAccountExternalAccounts", list, &[]),
        entry("GetAccountsAccountExternalAccountsId", retrieve, &[]),
        entry(
            "PostAccountsAccountExternalAccountsId",
            update,
            &["account.external_account.updated", "account.updated"],
        ),
        entry(
            "DeleteAccountsAccountExternalAccountsId",
            delete,
            &["account.external_account.deleted", "account.updated"],
        ),
    ],
    machines: &[],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    accounts::deals_with_holder(&mut call.account_in_path()?, "external_account")?;
    let name = if call.param("bank_account").is_some() { "bank_account" } else { "external_account" };
    let (object, notes) = read(call, name)?;
    let (metadata, wanted) = (call.metadata(), call.flag("default_for_currency"));
    let mut books = call.account_in_path()?;
    fits(&internal::account(&books).unwrap_or_default(), &object, name)?;
    let object = revision::revise(&mut books, |books| put(books, object, notes, metadata, wanted))?;
    books.emit("account.external_account.created", &object)?;
    Ok(object)
}

/// Checks that the account can have an external account.
pub(crate) fn fits(account: &Json, external: &Json, name: &str) -> Result<(), ApiError> {
    match external.text("object") {
        "bank_account" => bank_accounts::belongs(account.text("country"), external, name),
        _ => Ok(()),
    }
}

/// The bank account or card of a parameter, as details or as a token, with its internal data.
pub(crate) fn read(call: &mut RequestContext<'_>, name: &str) -> Result<(Json, Json), ApiError> {
    match call.param(name) {
        Some(Json::String(token)) if debit_cards::is_test_token(&token) => {
            debit_cards::of_test_token(call, &token, name)
        }
        Some(Json::String(token)) => match bank_accounts::of_test_token(call, &token)? {
            Some(found) => Ok(found),
            None => redeem(call, &token, name),
        },
        Some(given) if given.text("object") == "card" => {
            let (card, notes) = debit_cards::build(call, &given, name)?;
            debit_cards::for_payouts(card, name).map(|card| (card, notes))
        }
        Some(_) => {
            let (bank_account, number) = bank_accounts::read(call, name)?;
            Ok((bank_account, json!({ "account_number": number })))
        }
        None => Err(ApiError::invalid("Missing required param: external_account.")
            .code("parameter_missing")
            .param("external_account")),
    }
}

/// Takes the bank account or the card from a token.
fn redeem(call: &mut RequestContext<'_>, token: &str, name: &str) -> Result<(Json, Json), ApiError> {
    // Tokens of the platform and tokens of the account are accepted.
    let books: &mut AccountContext<'_> = call;
    if books.get("token", token, name)?.at("card").is_none() {
        return bank_accounts::redeem(books, token, name);
    }
    let notes = books.notes(token);
    let card = tokens::take(books, token, "card", name)?;
    debit_cards::for_payouts(card, name).map(|card| (card, notes))
}

/// The requirements of an external account without requirements.
fn nothing_due() -> Json {
    json!({ "currently_due": [], "errors": [], "past_due": [], "pending_verification": [] })
}

/// Stores a bank account or a card of the account.
pub(crate) fn put(
    books: &mut AccountContext<'_>,
    mut object: Json,
    notes: Json,
    metadata: Json,
    wanted: bool,
) -> Result<Json, ApiError> {
    let currency = object.text("currency").to_owned();
    let first = default_for(books, &currency).is_none();
    let owner = books.account();
    let instant = match object.text("object") {
        "card" => debit_cards::is_instant(notes.text("card_number")),
        // Accounts in other countries cannot receive instant payouts to US banks.
        _ => {
            internal::account(books).is_none_or(|account| account.text("country") == "US")
                && bank_accounts::is_instant(
                    object.text("country"),
                    notes.text("account_number"),
                    object.text("routing_number"),
                )
        }
    };
    let methods = if instant { json!(["standard", "instant"]) } else { json!(["standard"]) };
    let of_banks = object.text("object") == "bank_account";
    for (member, value) in [
        ("account", json!(&*owner)),
        ("metadata", metadata),
        ("default_for_currency", json!(first || wanted)),
        ("available_payout_methods", methods),
        ("requirements", nothing_due()),
        ("future_requirements", nothing_due()),
    ] {
        if of_banks || !member.ends_with("requirements") {
            set(&mut object, member, value);
        }
    }
    if wanted {
        clear_default(books, &currency)?;
    }
    let kind = object.text("object").to_owned();
    let object = books.create(&kind, "ba", object)?;
    books.set_notes(object.text("id"), notes.clone());
    requested_information::supply(books, &json!({ "external_account": object.text("id") }), &[]);
    requested_information::check_ownership(books, notes.text("account_number"));
    // The account's money may have had no destination before.
    automatic_payouts::plan(books);
    Ok(object)
}

/// Replaces the default external account of a currency. Returns both.
pub(crate) fn replace(
    books: &mut AccountContext<'_>,
    object: Json,
    notes: Json,
) -> Result<(Json, Option<Json>), ApiError> {
    let old = default_for(books, object.text("currency"));
    let new = put(books, object, notes, json!({}), true)?;
    if let Some(old) = &old {
        remove(books, old)?;
    }
    Ok((new, old))
}

pub(crate) fn remove(books: &mut AccountContext<'_>, object: &Json) -> Result<Json, ApiError> {
    books.delete(&format!("deleted_{}", object.text("object")), object.text("id"))
}

fn clear_default(books: &mut AccountContext<'_>, currency: &str) -> Result<(), ApiError> {
    if let Some(old) = default_for(books, currency) {
        books.change(old.text("id"), |external| set(external, "default_for_currency", false))?;
    }
    Ok(())
}

/// Makes an external account the default one of its currency.
pub(crate) fn prefer(books: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let currency = books.peek(id).map(|external| external.text("currency").to_owned()).unwrap_or_default();
    if default_for(books, &currency).is_some_and(|known| known.text("id") == id) {
        return Ok(());
    }
    clear_default(books, &currency)?;
    books.change(id, |external| set(external, "default_for_currency", true)).map(drop)
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let found = internal::external_accounts(&call.account_in_path()?);
    call.page(found)
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("id");
    let books = call.account_in_path()?;
    let found = internal::external_accounts(&books).into_iter().find(|external| external.text("id") == id);
    found.ok_or_else(|| ApiError::missing("external account", &id, "id"))
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let old = retrieve(call)?;
    accounts::collected_by_platform(&call.account_in_path()?)?;
    let metadata = call.merged_metadata(&old)?;
    let names: &[&str] = if old.text("object") == "card" {
        &[
            "address_city",
            "address_country",
            "address_line1",
            "address_line2",
            "address_state",
            "address_zip",
            "name",
        ]
    } else {
        &["account_holder_name", "account_holder_type", "account_type"]
    };
    let mut sent: Vec<(&str, Json)> =
        names.iter().filter_map(|name| Some((*name, call.params.get(*name)?.clone()))).collect();
    for name in ["exp_month", "exp_year"] {
        if let Some(text) = call.text(name) {
            let number = text.parse::<i64>();
            let number =
                number.map_err(|_| ApiError::invalid(format!("Invalid integer: {text}")).param(name))?;
            if old.text("object") == "card" {
                sent.push((name, number.into()));
            }
        }
    }
    let becomes_default = call.flag("default_for_currency");
    // After a payout failed, an update of the details enables payouts again, as does an empty update; an update of
    // metadata only does not.
    let is_mended = refuses(&old) && (becomes_default || !sent.is_empty() || metadata.is_none());
    let mut books = call.account_in_path()?;
    let object = revision::revise(&mut books, |books| {
        if becomes_default {
            clear_default(books, old.text("currency"))?;
        }
        books.change(old.text("id"), |external| {
            for (name, value) in sent {
                set(external, name, if value == "" { Json::Null } else { value });
            }
            if let Some(metadata) = metadata {
                set(external, "metadata", metadata);
            }
            if becomes_default {
                set(external, "default_for_currency", true);
            }
            if is_mended {
                set(external, "status", "new");
            }
        })
    })?
    .object;
    automatic_payouts::plan(&mut books);
    let previous = changed(&old, &object);
    books.emit_change("account.external_account.updated", &Change { object: object.clone(), previous })?;
    Ok(object)
}

fn delete(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let object = retrieve(call)?;
    let mut books = call.account_in_path()?;
    accounts::deals_with_holder(&mut books, "account")?;
    if object.flag("default_for_currency") {
        may_lose_default(&books, object.text("currency"))?;
    }
    let deleted = revision::revise(&mut books, |books| remove(books, &object))?;
    books.emit("account.external_account.deleted", &object)?;
    Ok(deleted)
}

/// Checks that a currency keeps a default external account, if there are others, or if it is the account's default
/// currency.
fn may_lose_default(books: &AccountContext<'_>, currency: &str) -> Result<(), ApiError> {
    let all = internal::external_accounts(books);
    if all.iter().filter(|external| external.text("currency") == currency).count() > 1 {
        let message =
            "The external account is the default for its currency; make another one the default first.";
        return Err(ApiError::invalid(message));
    }
    if internal::account(books).is_some_and(|account| account.text("default_currency") == currency) {
        let message = "The external account is the default for the account's default currency, which requires one; replace it \
                       by an update of the account.";
        return Err(ApiError::invalid(message));
    }
    Ok(())
}
