//! Connected accounts: made by the platform, updated by it as far as it may, rejected, deleted.

pub(crate) mod application;
pub mod bank_accounts;
pub mod bank_numbers;
pub mod capabilities;
pub(crate) mod capability_inactivity;
pub mod countries;
pub(crate) mod country_table;
pub(crate) mod deadlines;
pub mod debit_cards;
pub(crate) mod derived;
pub(crate) mod documents;
pub(crate) mod embedded_lists;
pub(crate) mod external_accounts;
pub(crate) mod files;
pub(crate) mod formats;
pub(crate) mod internal;
pub(crate) mod issuing_application;
pub(crate) mod issuing_closure;
pub mod links;
pub(crate) mod notices;
pub(crate) mod payout_destinations;
pub mod people;
pub(crate) mod persons;
pub(crate) mod profile;
pub(crate) mod read;
pub(crate) mod requested_information;
pub(crate) mod requirements;
pub(crate) mod revision;
pub(crate) mod sessions;
pub(crate) mod structures;
pub mod test_values;
pub(crate) mod tokens;
pub(crate) mod trigger_cards;
pub(crate) mod verification;

pub use crate::resources::accounts::issuing_application::{ISSUING_TERMS, ISSUING_TERMS_LIVE};

use super::{Resource, entry};
use crate::engine::calendar::DAY;
use crate::engine::{ApiError, Json, Peek, set};
use crate::spec;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
    name: "accounts",
    entries: &[
        entry(
            "PostAccounts",
            create,
            &["account.updated", "capability.updated", "person.created", "account.external_account.created"],
        ),
        entry("GetAccount", retrieve_own, &[]),
        entry("GetAccounts", list, &[]),
        entry("GetAccountsAccount", retrieve, &[]),
        entry(
            "PostAccountsAccount",
            update,
            &[
                "account.updated",
                "capability.updated",
                "person.created",
                "person.updated",
                "account.external_account.created",
                "account.external_account.deleted",
            ],
        ),
        entry("DeleteAccountsAccount", delete, &["account.application.deauthorized"]),
        entry("PostAccountsAccountReject", reject, &["account.updated", "capability.updated"]),
        entry("PostAccountsAccountUnreject", unreject, &["account.updated", "capability.updated"]),
    ],
    machines: &[],
    rules: &[
        &verification::VERIFY,
        &verification::REVIEW,
        &verification::DEADLINE,
        &ISSUING_TERMS,
        &ISSUING_TERMS_LIVE,
    ],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    if !call.is_platform() {
        let message =
            "Only a platform opens accounts; this request is for an account that is connected to one.";
        return Err(ApiError::invalid(message));
    }
    let sent = sent(call)?;
    let country = sent.at("country").and_then(Json::as_str).unwrap_or("US").to_owned();
    can_be_opened(call, &country, &sent)?;
    let (controller, kind) = profile::controller(&sent)?;
    let external = external_account(call)?;
    if let Some((object, _)) = &external {
        external_accounts::fits(&json!({ "country": country }), object, "external_account")?;
    }
    let metadata = call.metadata();
    let id = call.id("acct");
    let account = json!({
        "id": id, "type": kind, "controller": controller, "country": country,
        "default_currency": country_table::currency(&country), "charges_enabled": false, "payouts_enabled": false,
        "details_submitted": false, "capabilities": {}, "metadata": metadata, "business_profile": {},
        "future_requirements": nothing_ahead(), "requirements": nothing_ahead(), "tos_acceptance": {},
        "settings": profile::settings(&country, controller.text("requirement_collection") == "application"),
    });
    let account = call.build("account", "acct", account)?;
    {
        // Everything is checked against the account as it will be, before it exists.
        let mut books = call.of_account(&id);
        check(&mut books, &account, &sent)?;
        let mut trial = account.clone();
        profile::merge_settings(&mut trial, sent.get("settings").unwrap_or(&json!({})))?;
    }
    call.create("account", "acct", account)?;
    call.set_notes(&id, json!({}));
    call.state.connect(id.as_str());
    let mut books = call.of_account(&id);
    // What the account was opened with is no change of it; what follows from that is.
    profile::apply(&mut books, &sent)?;
    revision::refresh(&mut books)?;
    let external = revision::revise(&mut books, |books| {
        apply(books, &sent)?;
        external
            .map(|(object, notes)| external_accounts::put(books, object, notes, json!({}), true))
            .transpose()
    })?;
    if let Some(object) = external {
        books.emit("account.external_account.created", &object)?;
    }
    call.get("account", &id, "account")
}

/// Refuses countries that have no accounts, and those that only receive transfers to other accounts than those.
fn can_be_opened(call: &RequestContext<'_>, country: &str, sent: &Json) -> Result<(), ApiError> {
    let refuse =
        |message: String| Err(ApiError::invalid(message).code("country_unsupported").param("country"));
    let Some(found) = country_table::find(country) else {
        return refuse(format!("Accounts cannot be opened in {country}."));
    };
    if !found.recipients_only {
        return Ok(());
    }
    let home = read::memory(call).text("country").to_owned();
    if home != "US" {
        return refuse(format!("A platform in {home} cannot open accounts in {country}."));
    }
    if sent.text("tos_acceptance.service_agreement") != "recipient" {
        let message = format!("Accounts in {country} can only have the `recipient` service agreement.");
        return Err(ApiError::invalid(message).param("tos_acceptance[service_agreement]"));
    }
    Ok(())
}

/// The parameters, with those of a token filled in.
fn sent(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut sent = match call.text("account_token") {
        Some(token) => tokens::redeem(call, &token, "account", "account_token")?,
        None => json!({}),
    };
    let given = internal::without(&call.params, &["expand", "metadata", "account_token"]);
    internal::merge(&mut sent, &given);
    if let Some(individual) = sent.get_mut("individual") {
        tokens::reveal(call, individual)?;
    }
    // The older way to ask for capabilities.
    let older: Vec<String> =
        sent.items("requested_capabilities").iter().filter_map(Json::as_str).map(str::to_owned).collect();
    sent = internal::without(&sent, &["requested_capabilities"]);
    for name in older {
        internal::merge(&mut sent, &json!({ "capabilities": { name: { "requested": true } } }));
    }
    Ok(sent)
}

fn external_account(call: &mut RequestContext<'_>) -> Result<Option<(Json, Json)>, ApiError> {
    for name in ["external_account", "bank_account"] {
        if call.param(name).is_some() {
            return external_accounts::read(call, name).map(Some);
        }
    }
    Ok(None)
}

fn nothing_ahead() -> Json {
    requirements::nothing_ahead()
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let own = call.account();
    call.list_where("account", |account| account.text("id") != &*own)
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    shown(&call.account_in_path()?)
}

/// The account that the request is made for.
fn retrieve_own(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    shown(call)
}

fn shown(books: &AccountContext<'_>) -> Result<Json, ApiError> {
    match internal::account(books) {
        None if books.is_platform() => platform(books),
        found => found.ok_or_else(|| ApiError::missing("account", &books.account(), "account")),
    }
}

/// The platform's own account, which the Dashboard made; it can be read only.
fn platform(books: &AccountContext<'_>) -> Result<Json, ApiError> {
    let kept = read::memory(books);
    let controller = json!({ "type": "account" });
    spec::complete(
        "account",
        json!({
            "id": &*books.account(), "type": "standard", "controller": controller, "country": kept.text("country"),
            "created": books.state.options.start, "default_currency": country_table::currency(kept.text("country")),
            "charges_enabled": true, "payouts_enabled": true, "details_submitted": true, "capabilities": {},
            "metadata": {}, "business_profile": {}, "business_type": "company", "settings": kept.at("settings"),
        }),
    )
}

/// Refuses to change the platform's own account.
fn require_connected(call: &mut RequestContext<'_>) -> Result<(), ApiError> {
    if call.account_in_path()?.is_platform() {
        let message = "A platform changes its own account in the Dashboard.";
        return Err(forbidden(message, "account"));
    }
    Ok(())
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    require_connected(call)?;
    let account = retrieve(call)?;
    let sent = sent(call)?;
    let metadata = call.merged_metadata(&account)?;
    let mut books = call.account_in_path()?;
    check(&mut books, &account, &sent)?;
    let mut trial = account.clone();
    profile::merge_settings(&mut trial, sent.get("settings").unwrap_or(&json!({})))?;
    let external = external_account(call)?;
    if let Some((object, _)) = &external {
        external_accounts::fits(&account, object, "external_account")?;
    }
    let mut books = call.account_in_path()?;
    let external = revision::revise(&mut books, |books| {
        apply(books, &sent)?;
        let external = external
            .map(|(bank_account, notes)| external_accounts::replace(books, bank_account, notes))
            .transpose()?;
        if let (Some(metadata), Some(mut account)) = (metadata, internal::account(books)) {
            set(&mut account, "metadata", metadata);
            internal::keep(books, account)?;
        }
        Ok(external)
    })?;
    if let Some((made, gone)) = external {
        books.emit("account.external_account.created", &made)?;
        if let Some(gone) = gone {
            books.emit("account.external_account.deleted", &gone)?;
        }
    }
    if sent.at("settings.payouts.schedule").is_some() {
        crate::resources::money::automatic_payouts::plan_anew(&mut call.account_in_path()?);
    }
    retrieve(call)
}

/// What only the holder of an account says of it, once holder and Stripe deal with each other.
const HOLDERS: [&str; 6] =
    ["business_type", "company", "individual", "tos_acceptance", "external_account", "business_profile"];

/// Refuses what the platform may not say, or what cannot be.
fn check(books: &mut AccountContext<'_>, account: &Json, sent: &Json) -> Result<(), ApiError> {
    let collects = profile::collects(account);
    if let Some(name) = HOLDERS.into_iter().find(|name| sent.get(*name).is_some()) {
        deals_with_holder(books, name)?;
    }
    for place in
        ["tos_acceptance", "settings.card_issuing.tos_acceptance", "settings.treasury.tos_acceptance"]
    {
        let Some(terms) = sent.at(place) else { continue };
        let param = documents::bracketed(place);
        if terms.at("date").or_else(|| terms.at("ip")).is_some() && !collects {
            let message =
                "The holder accepts the terms with Stripe; the platform cannot do it for this account.";
            return Err(ApiError::invalid(message).param(param));
        }
        if terms.int("date") > books.state.latest_now() + DAY {
            let message = "Terms cannot have been accepted in the future.";
            return Err(ApiError::invalid(message).param(format!("{param}[date]")));
        }
    }
    for (name, ask) in sent.at("capabilities").and_then(Json::as_object).into_iter().flatten() {
        capabilities::allowed(account, name, ask.get("requested").and_then(Json::as_bool))?;
    }
    let country = account.text("country");
    formats::check(sent, country, "")?;
    let kind = sent.at("business_type").or_else(|| account.at("business_type")).and_then(Json::as_str);
    structures::check(sent.text("company.structure"), kind.unwrap_or_default(), country)?;
    let of_company = sent.text("company.address.country");
    if !of_company.is_empty() && of_company != country {
        let message = format!("The company of an account in {country} is there, too.");
        let refusal = ApiError::invalid(message).code("account_country_invalid_address");
        return Err(refusal.param("company[address][country]"));
    }
    let agreement = sent.text("tos_acceptance.service_agreement");
    if !matches!(agreement, "" | "full" | "recipient") {
        let message = "A service agreement is full or recipient.";
        return Err(ApiError::invalid(message).param("tos_acceptance[service_agreement]"));
    }
    if agreement == "recipient" && sent.flag("capabilities.card_payments.requested") {
        let message = "A recipient of transfers cannot take payments with cards.";
        return Err(ApiError::invalid(message).param("capabilities[card_payments]"));
    }
    documents::check(books, sent)?;
    if let Some(individual) = sent.get("individual") {
        let known = representative(books);
        persons::check(books, individual, "individual", known.as_deref())?;
    }
    Ok(())
}

fn withheld(param: &str) -> ApiError {
    let message = "Stripe collects this from the holder of the account; since an account link or session was made, the \
                   platform can neither read nor change it.";
    forbidden(message, param)
}

/// Refuses the persons of what is no connected account, and of an account whose holder deals with Stripe.
pub(crate) fn may_see_holder(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    if internal::account(books).is_none() {
        return Err(ApiError::missing("account", &books.account(), "account"));
    }
    deals_with_holder(books, "account")
}

/// Refuses what is between Stripe and the holder of an account: its persons, and where it is paid out to.
pub(crate) fn deals_with_holder(books: &mut AccountContext<'_>, param: &str) -> Result<(), ApiError> {
    if stripe_collects(books) && internal::notes(books).flag("linked") {
        Err(withheld(param))
    } else {
        Ok(())
    }
}

fn stripe_collects(books: &AccountContext<'_>) -> bool {
    internal::account(books).is_some_and(|account| !profile::collects(&account))
}

/// Refuses to change where an account is paid out to, unless the platform collects its requirements.
pub(crate) fn collected_by_platform(books: &AccountContext<'_>) -> Result<(), ApiError> {
    if stripe_collects(books) {
        let message =
            "Only a platform that collects the requirements of an account changes where it is paid out to.";
        return Err(forbidden(message, "account"));
    }
    Ok(())
}

fn forbidden(message: &str, param: &str) -> ApiError {
    ApiError::new(403, "invalid_request_error", message).param(param)
}

pub(crate) fn representative(books: &AccountContext<'_>) -> Option<String> {
    let mut persons = books.all("person");
    persons
        .find(|person| person.flag("relationship.representative"))
        .map(|person| person.text("id").to_owned())
}

/// Takes over what was sent, without a review.
pub(crate) fn apply(books: &mut AccountContext<'_>, sent: &Json) -> Result<(), ApiError> {
    let accepted = sent.at("settings.card_issuing.tos_acceptance.date").is_some();
    profile::apply(books, sent)?;
    requested_information::supply(books, sent, &[]);
    if let Some(individual) = sent.get("individual") {
        let mut individual = individual.clone();
        internal::merge(&mut individual, &json!({ "relationship": { "representative": true } }));
        match representative(books) {
            Some(id) => persons::change(books, &id, &individual, None)?,
            None => drop(persons::add(books, &individual, json!({}))?),
        }
    }
    for (name, ask) in sent.at("capabilities").and_then(Json::as_object).into_iter().flatten() {
        if let Some(wanted) = ask.get("requested").and_then(Json::as_bool) {
            capabilities::ask(books, name, wanted)?;
        }
    }
    if accepted {
        issuing_application::end(books);
        issuing_closure::apply_again(books);
    }
    Ok(())
}

fn delete(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    require_connected(call)?;
    let account = retrieve(call)?;
    let id = account.text("id").to_owned();
    let live = call.scope().live;
    if live && account.text("controller.losses.payments") == "stripe" {
        return Err(ApiError::invalid("An account for whose losses Stripe answers cannot be deleted.")
            .param("account"));
    }
    if live && holds_money(&call.account_in_path()?) {
        return Err(
            ApiError::invalid("An account is deleted only when its balances are zero.").param("account")
        );
    }
    application::deauthorize(&mut call.account_in_path()?)?;
    let deleted = call.of_platform().delete("deleted_account", &id)?;
    call.state.disconnect(&id);
    Ok(deleted)
}

fn holds_money(books: &AccountContext<'_>) -> bool {
    use crate::engine::BalanceKind;
    books
        .state
        .ledger
        .purses_of(books.scope())
        .any(|(purse, amount)| purse.kind != BalanceKind::Outside && amount != 0)
}

fn reject(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    require_connected(call)?;
    let account = retrieve(call)?;
    if account.text("controller.losses.payments") != "application" {
        let message = "Only accounts for whose losses the platform answers can be rejected by it.";
        return Err(ApiError::invalid(message).param("account"));
    }
    let by = if call.state.options.rejection_names_platform { "platform_" } else { "" };
    // The reasons of the request are finer than those that accounts show; `credit` has none of its own there.
    let cause = match call.text("reason").unwrap_or_default().as_str() {
        "terms_of_service" => "terms_of_service",
        fraud if fraud.starts_with("fraud") => "fraud",
        _ => "other",
    };
    let paid_out = call.text("payouts_action").as_deref() == Some("none") && account.flag("payouts_enabled");
    let mut books = call.account_in_path()?;
    revision::revise(&mut books, |books| {
        internal::remember(books, internal::REJECTED, format!("rejected.{by}{cause}"));
        internal::remember(books, internal::PAID_OUT, paid_out);
        Ok(())
    })?;
    retrieve(call)
}

/// Takes back what [`reject`] did. Whatever else disables the account stays.
fn unreject(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    require_connected(call)?;
    retrieve(call)?;
    let mut books = call.account_in_path()?;
    if internal::notes(&mut books).at(internal::REJECTED).is_none() {
        let message = "Only an account that its platform rejected can be unrejected.";
        return Err(ApiError::invalid(message).param("account"));
    }
    revision::revise(&mut books, |books| {
        internal::remember(books, internal::REJECTED, Json::Null);
        internal::remember(books, internal::PAID_OUT, false);
        Ok(())
    })?;
    retrieve(call)
}

/// An account of the United States that was onboarded and verified, may issue cards and can be charged, but has no bank
/// account yet, so that there are no payouts: where tests begin that are about something else. It is paid out only by hand,
/// and there are no events.
pub(crate) fn open(platform: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let now = platform.now();
    let accepted = json!({ "date": now, "ip": "127.0.0.1" });
    let (controller, kind) =
        profile::controller(&json!({ "controller": { "fees": { "payer": "application" },
        "losses": { "payments": "application" }, "requirement_collection": "application",
        "stripe_dashboard": { "type": "none" } } }))?;
    let mut settings = profile::settings("US", true);
    if let Some(schedule) = settings.pointer_mut("/payouts/schedule") {
        set(schedule, "interval", "manual");
    }
    let account = json!({
        "id": id, "type": kind, "controller": controller, "country": "US", "default_currency": "usd",
        "business_type": "individual", "charges_enabled": false, "payouts_enabled": false, "details_submitted": false,
        "capabilities": {}, "metadata": {}, "business_profile": { "mcc": "5734", "url": "https://accessible.stripe.com" },
        "future_requirements": nothing_ahead(), "requirements": nothing_ahead(), "tos_acceptance": accepted,
        "settings": settings,
    });
    platform.create("account", "acct", account)?;
    platform.set_notes(id, json!({ "submitted": true }));
    let mut books = platform.of_account(id);
    let terms = json!({ "tos_acceptance": accepted });
    let individual = json!({
        "first_name": "Jenny", "last_name": "Rosen", "email": "jenny@example.com", "phone": "0000000000",
        "dob": { "day": 1, "month": 1, "year": 1902 }, "id_number": "222222222",
        "address": { "line1": "address_full_match", "city": "South San Francisco", "state": "CA", "postal_code": "94080",
            "country": "US" },
    });
    let wanted = json!({ "requested": true });
    let capabilities =
        json!({ "card_issuing": wanted, "card_payments": wanted, "transfers": wanted, "treasury": wanted });
    let sent = json!({ "individual": individual, "capabilities": capabilities,
        "settings": { "card_issuing": terms, "treasury": terms } });
    apply(&mut books, &sent)?;
    revision::refresh(&mut books)
}
