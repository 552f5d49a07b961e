//! The operations on accounts.

use super::errors::refuse;
use super::projection::{account as shown, reply};
use super::responsibilities::Chosen;
use super::translation::{self, Translation};
use super::{closing, errors, fields, memory, tokens};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts;
use crate::resources::accounts::{Opening, internal, revision};
use crate::resources::events::v2::page;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The books of the account that the path names, for those who may see it.
pub(super) fn books<'c>(
    call: &'c mut RequestContext<'_>,
    placeholder: &str,
) -> Result<AccountContext<'c>, ApiError> {
    let id = call.in_path(placeholder);
    if id.starts_with("cus_") {
        let message = "This is the id of a customer of API v1; send the id of an account.";
        return Err(refuse("v1_customer_instead_of_v2_account", message).param(placeholder));
    }
    let known = *id == *call.account() || (call.is_platform() && call.state.is_connected(&id));
    if !known {
        return Err(ApiError::missing("account", &id, placeholder));
    }
    let mut books = call.of_account(&id);
    let made_here = memory::is_made_here(&memory::of_account(&mut books));
    let Some(account) =
        internal::account(&books).filter(|_| made_here || books.state.options.v2_reads_v1_accounts)
    else {
        let message = "This account is available in API v1 only.";
        return Err(refuse("v1_account_instead_of_v2_account", message).param(placeholder));
    };
    let wait = i64::try_from(books.state.options.v2_compatible_after.as_secs()).unwrap_or(i64::MAX);
    if !made_here && account.int("created").saturating_add(wait) > books.now() {
        let message = "The account was created by API v1 moments ago and is not available in API v2 yet. Try again later.";
        return Err(refuse("account_not_yet_compatible_with_v2", message).param(placeholder));
    }
    Ok(books)
}

fn included(call: &RequestContext<'_>) -> Vec<Json> {
    call.params.items("include").to_vec()
}

pub(super) fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let (id, included) = (call.in_path("id"), included(call));
    let closed = if call.is_platform() { closing::of(call, &id) } else { None };
    if let Some(closed) = closed {
        return reply(closed, &included);
    }
    let mut books = books(call, "id")?;
    let found = shown(&mut books).ok_or_else(|| ApiError::missing("account", &id, "id"))?;
    reply(found, &included)
}

/// A page holds at most so many accounts.
const MOST: i64 = 20;

pub(super) fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    if call.int("limit").is_some_and(|limit| limit > MOST) {
        let message = format!("A page holds at most {MOST} accounts.");
        return Err(refuse("parameter_invalid_integer", message).param("limit"));
    }
    let applied = call.params.items("applied_configurations").to_vec();
    let mut found = Vec::new();
    if call.flag("closed") {
        found = closing::all(call);
    } else {
        let ids: Vec<String> = call.all("account").map(|account| account.text("id").to_owned()).collect();
        for id in ids {
            found.extend(shown(&mut call.of_account(&id)));
        }
    }
    let has = |account: &Json| {
        let mine = account.items("applied_configurations");
        applied.is_empty() || applied.iter().any(|wanted| mine.contains(wanted))
    };
    found.retain(has);
    let mut list = page(call, found)?;
    if let Some(Json::Array(accounts)) = list.get_mut("data") {
        for account in accounts {
            *account = reply(std::mem::take(account), &[])?;
        }
    }
    Ok(list)
}

/// The parameters, including those of a token.
fn sent(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut sent = call.params.clone();
    if let Some(token) = call.text("account_token") {
        let beside = ["contact_email", "contact_phone", "display_name"];
        let named = sent.at("identity").and_then(Json::as_object);
        let in_identity = named.is_some_and(|identity| identity.keys().any(|name| name != "country"));
        if in_identity || beside.iter().any(|name| sent.get(*name).is_some()) {
            let message = "Parameters of a token cannot be sent together with the token.";
            return Err(refuse("param_alongside_account_token", message).param("account_token"));
        }
        let redeemed = tokens::redeem(call, &token, tokens::ACCOUNT, "account_token")?;
        fields::merge(&mut sent, &redeemed);
    }
    Ok(sent)
}

pub(super) fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    if !call.is_platform() {
        let message = "Only a platform can create accounts, but this request is for a connected account.";
        return Err(refuse("cannot_create_connected_account", message));
    }
    let included = included(call);
    let sent = sent(call)?;
    let chosen = Chosen::default().with(Chosen::of(&sent))?;
    chosen.check(call.state.options.v2_any_responsibilities)?;
    let mut translated = translation::read(&sent)?;
    not_at_creation(&sent)?;
    needs(&translated, &chosen, &sent, None)?;
    let country = sent.text("identity.country").to_ascii_uppercase();
    let country = if country.is_empty() { "US".to_owned() } else { country };
    accounts::can_be_opened(call, &country, &json!({}))
        .map_err(|refusal| errors::of_v1(refusal, &country))?;
    let mut unset = chosen.unset();
    if sent.at("identity.country").is_none() {
        unset.push("country");
    }
    let mut v1 = translated.v1.clone();
    set(&mut v1, "country", country.as_str());
    let (own, metadata) = translated.take_initial();
    let opening = Opening {
        sent: v1,
        controller: chosen.controller(),
        kind: "none",
        external: None,
        metadata,
        notes: memory::opened(own),
    };
    let id = accounts::establish(call, opening, |books| {
        let mut known = memory::of_account(books);
        set(&mut known, "unset", unset);
        memory::keep(books, known);
        translated.apply_rest(books)
    });
    let id = id.map_err(|refusal| errors::of_v1(refusal, &country))?;
    let account = shown(&mut call.of_account(&id)).ok_or_else(|| ApiError::missing("account", &id, "id"))?;
    reply(account, &included)
}

/// Refuses declarations that only an account can have that exists.
fn not_at_creation(sent: &Json) -> Result<(), ApiError> {
    for (name, code) in [
        ("ownership_declaration", "ownership_declaration_not_allowed_during_account_creation"),
        ("directorship_declaration", "directorship_declaration_not_allowed_during_account_creation"),
    ] {
        if sent.at(&format!("identity.attestations.{name}")).is_some() {
            let message = "Declarations are not allowed at creation. Add the persons first, then send the declaration with an update.";
            return Err(refuse(code, message).param(format!("identity[attestations][{name}]")));
        }
    }
    Ok(())
}

/// Refuses a configuration without what it needs, and an identity that no configuration needs. `known` is the account if it
/// exists.
fn needs(
    translated: &Translation,
    chosen: &Chosen,
    sent: &Json,
    known: Option<&Json>,
) -> Result<(), ApiError> {
    let merchant = translated.turns("merchant") == Some(true);
    let transfers = translated.v1.flag("capabilities.transfers.requested");
    if (merchant || transfers) && !chosen.is_whole() {
        let message =
            "Choose `dashboard` and `defaults.responsibilities` for an account that receives money.";
        return Err(refuse("configuration_creation_invalid", message).param("defaults[responsibilities]"));
    }
    let applied = known.map_or(&[][..], |known| known.items("applied_configurations"));
    let has =
        |name: &str| translated.turns(name).unwrap_or_else(|| applied.iter().any(|applied| applied == name));
    let only_customer = has("customer") && !has("merchant") && !has("recipient");
    let details = ["attestations", "business_details", "individual"];
    let detail = details.iter().find(|name| sent.at(&format!("identity.{name}")).is_some());
    if let Some(name) = detail.filter(|_| only_customer) {
        let message = "Accounts that are customers only have no identity to verify.";
        return Err(
            refuse("unsupported_identity_field_for_configs", message).param(format!("identity[{name}]"))
        );
    }
    let country = known.is_some_and(|known| known.at("identity.country").is_some())
        || sent.at("identity.country").is_some();
    if !country && (merchant || transfers || detail.is_some()) {
        let message = "Missing identity.country: the requirements of an account depend on its country.";
        return Err(refuse("identity_country_required", message).param("identity[country]"));
    }
    Ok(())
}

pub(super) fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let (id, included) = (call.in_path("id"), included(call));
    let known = shown(&mut books(call, "id")?).ok_or_else(|| ApiError::missing("account", &id, "id"))?;
    let sent = sent(call)?;
    let any = call.state.options.v2_any_responsibilities;
    let mut books = books(call, "id")?;
    let chosen = Chosen::known(&known).with(Chosen::of(&sent))?;
    chosen.check(any)?;
    let country = known.text("identity.country").to_owned();
    immutable(&known, &sent)?;
    let mut translated = translation::read(&sent)?;
    needs(&translated, &chosen, &sent, Some(&known))?;
    deactivation(&mut translated, &known, &sent)?;
    let account = internal::account(&books).unwrap_or_default();
    let in_v2 = |refusal: ApiError| errors::of_v1(refusal, &country);
    accounts::check(&mut books, &account, &translated.v1).map_err(in_v2)?;
    let mut unset = chosen.unset();
    if known.at("identity.country").is_none() && sent.at("identity.country").is_none() {
        unset.push("country");
    }
    let first = sent.at("identity.country").is_some() && known.at("identity.country").is_none();
    revision::revise(&mut books, |books| {
        let mut memory = memory::of_account(books);
        if !memory.items("unset").is_empty() {
            let mut account = internal::account(books).unwrap_or_default();
            set(&mut account, "controller", chosen.controller());
            if first {
                let country = translated.v1.text("country").to_owned();
                set(&mut account, "default_currency", accounts::country_table::currency(&country));
                set(&mut account, "country", country);
            }
            internal::keep(books, account)?;
            set(&mut memory, "unset", unset);
            memory::keep(books, memory);
        }
        translated.apply(books)
    })
    .map_err(in_v2)?;
    let account = shown(&mut books).ok_or_else(|| ApiError::missing("account", &id, "id"))?;
    reply(account, &included)
}

/// Refuses to change what an account has for good.
fn immutable(known: &Json, sent: &Json) -> Result<(), ApiError> {
    let country = sent.text("identity.country").to_ascii_uppercase();
    if !country.is_empty() && known.at("identity.country").is_some_and(|known| *known != country) {
        let message = "The country of an account cannot be changed.";
        return Err(refuse("immutable_identity_param", message).param("identity[country]"));
    }
    let currency = sent.text("defaults.currency");
    if !currency.is_empty() && known.text("defaults.currency") != currency {
        let active = capability_statuses(known).any(|status| status == "active");
        if active {
            let message =
                "The default currency of an account with an active configuration cannot be changed.";
            return Err(refuse("default_currency_immutable", message).param("defaults[currency]"));
        }
    }
    Ok(())
}

fn capability_statuses(known: &Json) -> impl Iterator<Item = &str> {
    let texts =
        ["merchant.capabilities.card_payments", "recipient.capabilities.stripe_balance.stripe_transfers"];
    texts.into_iter().map(|path| known.text(&format!("configuration.{path}.status")))
}

/// A configuration that is deactivated gives up its capabilities; one that was deactivated takes no settings until it is
/// applied again.
fn deactivation(translated: &mut Translation, known: &Json, sent: &Json) -> Result<(), ApiError> {
    for (name, on) in translated.turned().to_vec() {
        let path = format!("configuration.{name}");
        let was = known.at(&format!("{path}.applied")).and_then(Json::as_bool);
        let named = sent.at(&format!("{path}.applied")).is_some();
        if was == Some(false) && !named {
            let message =
                format!("The configuration {name} is deactivated. Set its `applied` to true first.");
            return Err(refuse("configuration_cannot_be_updated_while_deactivated", message)
                .param(fields::bracketed(&path)));
        }
        if on {
            continue;
        }
        if was.is_none() {
            let message = format!("The account has no configuration {name}.");
            return Err(
                refuse("configuration_cannot_be_deactivated", message).param(fields::bracketed(&path))
            );
        }
        let requested = known.at(&format!("{path}.capabilities")).cloned().unwrap_or_default();
        for v1 in super::capabilities::in_v1(name, &requested) {
            fields::place(&mut translated.v1, &format!("capabilities.{v1}.requested"), false.into());
        }
    }
    Ok(())
}

pub(super) fn close(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("id");
    let mut named: Vec<Json> = call.params.items("applied_configurations").to_vec();
    if !call.is_platform() {
        let message = "Only the platform of an account can close it.";
        return Err(refuse("accounts_v2_access_blocked", message).param("id"));
    }
    let mut books = books(call, "id")?;
    let account = shown(&mut books).ok_or_else(|| ApiError::missing("account", &id, "id"))?;
    let mut applied = account.items("applied_configurations").to_vec();
    let order = |all: &mut Vec<Json>| {
        all.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        all.dedup();
    };
    order(&mut named);
    order(&mut applied);
    if named != applied {
        let message = "To close an account, name all configurations that are applied to it.";
        return Err(refuse("configs_must_match_to_close", message)
            .param("applied_configurations")
            .detail("applied_configurations", account.items("applied_configurations").to_vec()));
    }
    let losses = account.text("defaults.responsibilities.losses_collector");
    let has_dashboard = !matches!(account.text("dashboard"), "" | "none");
    if losses == "stripe" && has_dashboard {
        let message = "An account for whose losses Stripe is liable, and whose holder has a Dashboard, cannot be closed by its platform.";
        return Err(refuse("stripe_loss_liable_cannot_be_deleted", message));
    }
    if accounts::holds_money(&books) {
        let message = "An account can be closed only if all its balances are zero.";
        return Err(refuse("cannot_delete_account_with_balance", message));
    }
    accounts::close(&mut books)?;
    let closed =
        closing::of(&books.of_platform(), &id).ok_or_else(|| ApiError::missing("account", &id, "id"))?;
    reply(closed, &[])
}
