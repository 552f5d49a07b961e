//! Connected accounts: created, updated, rejected and deleted by the platform.

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
pub(crate) mod sample_places;
pub(crate) mod sessions;
pub(crate) mod structures;
pub mod test_values;
pub(crate) mod tokens;
pub(crate) mod trigger_cards;
pub(crate) mod verification;

pub use crate::resources::accounts::issuing_application::{ISSUING_TERMS, ISSUING_TERMS_LIVE};

use super::{Resource, entry};
use crate::engine::calendar::DAY;
use crate::engine::{ApiError, Json, Peek, bracketed, set};
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
        let message = "Only a platform can create accounts, but this request is for a connected account.";
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
    let opening = Opening { sent, controller, kind, external, metadata: call.metadata(), notes: json!({}) };
    let id = establish(call, opening, |_| Ok(()))?;
    call.get("account", &id, "account")
}

/// What a new account is opened with.
pub(crate) struct Opening {
    /// What was told about it, as parameters of API v1.
    pub(crate) sent: Json,
    /// Who controls it.
    pub(crate) controller: Json,
    /// Its type in API v1.
    pub(crate) kind: &'static str,
    /// Where it is paid out to, with what is remembered of that.
    pub(crate) external: Option<(Json, Json)>,
    pub(crate) metadata: Json,
    /// What is remembered of it from the start.
    pub(crate) notes: Json,
}

/// Opens an account in the books of the platform and returns its id. `more` is done to the account before its first
/// review.
pub(crate) fn establish(
    call: &mut AccountContext<'_>,
    opening: Opening,
    more: impl FnOnce(&mut AccountContext<'_>) -> Result<(), ApiError>,
) -> Result<String, ApiError> {
    let Opening { sent, controller, kind, external, metadata, notes } = opening;
    let country = sent.at("country").and_then(Json::as_str).unwrap_or("US").to_owned();
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
        // Validated against the future account before it is created.
        let mut books = call.of_account(&id);
        check(&mut books, &account, &sent)?;
        let mut trial = account.clone();
        profile::merge_settings(&mut trial, sent.get("settings").unwrap_or(&json!({})))?;
    }
    call.create("account", "acct", account)?;
    call.set_notes(&id, notes);
    call.state.connect(id.as_str());
    let mut books = call.of_account(&id);
    (books.state.account_hooks().opened)(&mut books)?;
    // The initial details are not a change of the account, but their effects are.
    profile::apply(&mut books, &sent)?;
    revision::refresh(&mut books)?;
    let external = revision::revise(&mut books, |books| {
        apply(books, &sent)?;
        more(books)?;
        external
            .map(|(object, notes)| external_accounts::put(books, object, notes, json!({}), true))
            .transpose()
    })?;
    if let Some(object) = external {
        books.emit("account.external_account.created", &object)?;
    }
    Ok(id)
}

/// Checks the country: unsupported ones, and those with `recipient` accounts only.
pub(crate) fn can_be_opened(call: &RequestContext<'_>, country: &str, sent: &Json) -> Result<(), ApiError> {
    let refuse =
        |message: String| Err(ApiError::invalid(message).code("country_unsupported").param("country"));
    let Some(found) = country_table::find(country) else {
        return refuse(format!("Accounts cannot be created in {country}."));
    };
    if !found.recipients_only {
        return Ok(());
    }
    let home = read::memory(call).text("country").to_owned();
    if home != "US" {
        return refuse(format!("A platform in {home} cannot create accounts in {country}."));
    }
    if sent.text("tos_acceptance.service_agreement") != "recipient" {
        let message = format!("Accounts in {country} can only have the `recipient` service agreement.");
        return Err(ApiError::invalid(message).param("tos_acceptance[service_agreement]"));
    }
    Ok(())
}

/// The parameters, including those of a token.
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
    // The older parameter for requesting capabilities.
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

/// The account of the request.
fn retrieve_own(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    shown(call)
}

fn shown(books: &AccountContext<'_>) -> Result<Json, ApiError> {
    match internal::account(books) {
        None if books.is_platform() => platform(books),
        found => found.ok_or_else(|| ApiError::missing("account", &books.account(), "account")),
    }
}

/// The platform's account, which is managed in the Dashboard and can only be retrieved.
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

/// Rejects changes of the platform's account.
fn require_connected(call: &mut RequestContext<'_>) -> Result<(), ApiError> {
    if call.account_in_path()?.is_platform() {
        let message = "A platform's own account can be changed in the Dashboard only.";
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

/// The details that only the account holder can provide, after Stripe has started to collect them.
const HOLDERS: [&str; 6] =
    ["business_type", "company", "individual", "tos_acceptance", "external_account", "business_profile"];

/// Rejects parameters that the platform may not send, or that are invalid.
pub(crate) fn check(books: &mut AccountContext<'_>, account: &Json, sent: &Json) -> Result<(), ApiError> {
    let collects = profile::collects(account);
    if let Some(name) = HOLDERS.into_iter().find(|name| sent.get(*name).is_some()) {
        deals_with_holder(books, name)?;
    }
    for place in
        ["tos_acceptance", "settings.card_issuing.tos_acceptance", "settings.treasury.tos_acceptance"]
    {
        let Some(terms) = sent.at(place) else { continue };
        let param = bracketed(place);
        if terms.at("date").or_else(|| terms.at("ip")).is_some() && !collects {
            let message =
                "The terms of this account are accepted by the account holder, not by the platform.";
            return Err(ApiError::invalid(message).param(param));
        }
        if terms.int("date") > books.state.latest_now() + DAY {
            let message = "Invalid tos_acceptance.date: must not be in the future.";
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
        let message = format!("Invalid company address: must be in {country}, the country of the account.");
        let refusal = ApiError::invalid(message).code("account_country_invalid_address");
        return Err(refusal.param("company[address][country]"));
    }
    let agreement = sent.text("tos_acceptance.service_agreement");
    if !matches!(agreement, "" | "full" | "recipient") {
        let message = "Invalid service_agreement. Allowed values: full, recipient.";
        return Err(ApiError::invalid(message).param("tos_acceptance[service_agreement]"));
    }
    if agreement == "recipient" && sent.flag("capabilities.card_payments.requested") {
        let message =
            "Invalid capabilities: accounts with the recipient service agreement cannot have card_payments.";
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
    let message = "Stripe collects this information from the account holder; after an account link or session was created, the \
                   platform can neither read nor change it.";
    forbidden(message, param)
}

/// Checks that this is a connected account whose persons the platform may see.
pub(crate) fn may_see_holder(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    if internal::account(books).is_none() {
        return Err(ApiError::missing("account", &books.account(), "account"));
    }
    deals_with_holder(books, "account")
}

/// Rejects access to details between Stripe and the account holder: persons and external accounts.
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

/// Checks that the platform collects the requirements, so that it may change external accounts.
pub(crate) fn collected_by_platform(books: &AccountContext<'_>) -> Result<(), ApiError> {
    if stripe_collects(books) {
        let message =
            "Only a platform that collects the requirements of an account can change its external accounts.";
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

/// Applies the parameters, without a review.
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
    let live = call.scope().live;
    if live && account.text("controller.losses.payments") == "stripe" {
        return Err(ApiError::invalid("An account for whose losses Stripe is liable cannot be deleted.")
            .param("account"));
    }
    if live && holds_money(&call.account_in_path()?) {
        return Err(ApiError::invalid("An account can be deleted only if all its balances are zero.")
            .param("account"));
    }
    application::deauthorize(&mut call.account_in_path()?)?;
    close(&mut call.account_in_path()?)
}

/// Removes the account and its connection; returns what is left of it.
pub(crate) fn close(books: &mut AccountContext<'_>) -> Result<Json, ApiError> {
    (books.state.account_hooks().closing)(books)?;
    let id = books.account();
    let deleted = books.of_platform().delete("deleted_account", &id)?;
    books.state.disconnect(&id);
    Ok(deleted)
}

pub(crate) fn holds_money(books: &AccountContext<'_>) -> bool {
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
        let message = "A platform can only reject accounts for whose losses it is liable.";
        return Err(ApiError::invalid(message).param("account"));
    }
    let by = if call.state.options.rejection_names_platform { "platform_" } else { "" };
    // The request has more reasons than accounts show; `credit` has no equivalent.
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

/// Reverts [`reject`]. Other reasons that disable the account remain.
fn unreject(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    require_connected(call)?;
    retrieve(call)?;
    let mut books = call.account_in_path()?;
    if internal::notes(&mut books).at(internal::REJECTED).is_none() {
        let message = "Only an account that was rejected by its platform can be unrejected.";
        return Err(ApiError::invalid(message).param("account"));
    }
    revision::revise(&mut books, |books| {
        internal::remember(books, internal::REJECTED, Json::Null);
        internal::remember(books, internal::PAID_OUT, false);
        Ok(())
    })?;
    retrieve(call)
}

/// Creates an onboarded and verified US account that can issue cards and receive payments, but has no bank account:
/// the start of tests about other subjects. Payouts are manual, and no events are emitted.
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
