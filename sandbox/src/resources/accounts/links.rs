//! Account links and login links: addresses of pages that Stripe hosts for account holders. The sandbox serves the
//! pages; see [`crate::router`].

use super::{application, internal, profile, requested_information, requirements};
use super::{bank_accounts, capabilities, external_accounts, formats, persons};
use crate::engine::{ApiError, Json, Peek, Scope, StateMachine, set, step};
use crate::resources::accounts;
use crate::resources::accounts::revision;
use crate::resources::accounts::sample_places;
use crate::resources::accounts::test_values::GOOD_DOCUMENT;
use crate::resources::{Resource, entry};
use crate::spec;
use crate::spec::Node;
use crate::state::{AccountContext, RequestContext, State};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// The states of a link. It can be opened once.
pub static MACHINE: StateMachine = StateMachine {
    object: "account link",
    member: "state",
    steps: &[step("fresh", "open", "open"), step("open", "complete", "done"), step("open", "leave", "left")],
};

/// The internal object of a link, which no request can retrieve.
const MEMORY: &str = "sandbox.link";

/// The fields requested when the page was opened. They are accepted even if they are no longer required.
const ASKED: &str = "asked";

/// Where the memory of a link of API v2 has what the link is for; links of API v1 have nothing there.
pub(crate) const USE_CASE: &str = "use_case";

pub(crate) static RESOURCE: Resource = Resource {
    name: "account_links",
    entries: &[
        entry(
            "PostAccountLinks",
            create,
            &[
                "account.application.authorized",
                "account.updated",
                "person.created",
                "person.updated",
                "capability.updated",
            ],
        ),
        entry("PostAccountsAccountLoginLinks", login, &[]),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let account = call.text("account").unwrap_or_default();
    let found = call.get("account", &account, "account")?;
    let kind = call.text("type").unwrap_or_default();
    if kind == "account_update" && !profile::collects(&found) {
        let message = "Links of type account_update require that the platform collects the requirements.";
        return Err(ApiError::invalid(message).param("type"));
    }
    for name in ["refresh_url", "return_url"] {
        let Some(url) = call.text(name) else {
            let message = format!("Missing required param: {name}.");
            return Err(ApiError::invalid(message).code("parameter_missing").param(name));
        };
        returnable(call, &url, name)?;
    }
    if call.param("collect").is_some() && call.param("collection_options").is_some() {
        let message = "Both `collect` and `collection_options` were sent. Send only one of them.";
        return Err(ApiError::invalid(message).code("parameters_exclusive").param("collect"));
    }
    let fields = call.text("collection_options.fields").or_else(|| call.text("collect"));
    let terms = json!({
        "account": account, "return_url": call.param("return_url"), "refresh_url": call.param("refresh_url"),
        "eventually": fields.as_deref() == Some("eventually_due"), "type": kind,
    });
    let (url, expires_at) = issue(call, terms)?;
    call.build("account_link", "", json!({ "url": url, "expires_at": expires_at }))
}

/// Refuses an address to which a page cannot lead back.
pub(crate) fn returnable(context: &AccountContext<'_>, url: &str, param: &str) -> Result<(), ApiError> {
    let parsed = url::Url::parse(url).ok();
    let fits = |url: url::Url| url.scheme() == "https" || (url.scheme() == "http" && !context.scope().live);
    if parsed.is_some_and(fits) {
        return Ok(());
    }
    let message = "Invalid URL: must be an absolute address that begins with http:// or https://.";
    Err(ApiError::invalid(message).code("url_invalid").param(param))
}

/// Makes a link and returns its address, and when it expires in Unix seconds. `terms` are the account, the addresses to
/// return to, the type and what is asked for.
pub(crate) fn issue(context: &mut AccountContext<'_>, mut terms: Json) -> Result<(String, i64), ApiError> {
    let expires_at = context.state.promised_now() + seconds(context.state.options.link_lifetime);
    set(&mut terms, "state", "fresh");
    set(&mut terms, "expires_at", expires_at);
    let account = terms.text("account").to_owned();
    let url = remember(context, "setup", terms);
    revision::revise(&mut context.of_account(&account), |books| {
        internal::remember(books, "linked", true);
        offer(books)
    })?;
    Ok((url, expires_at))
}

/// A link of API v2 reports that its page was left or finished.
fn returned(state: &mut State, scope: &Scope, link: &Json) -> Result<(), ApiError> {
    let Some(use_case) = link.at(USE_CASE) else { return Ok(()) };
    let data = json!({ "account_id": link.text("account"), "configurations": link.items("configurations"),
        "use_case": use_case });
    let mut platform = state.context(scope.clone());
    platform.emit_thin_with("v2.core.account_link.returned", None, json!({ "data": data })).map(drop)
}

fn seconds(length: Duration) -> i64 {
    i64::try_from(length.as_secs()).unwrap_or(i64::MAX / 2)
}

/// Stores a link. Returns its address.
fn remember(context: &mut AccountContext<'_>, place: &str, mut memory: Json) -> String {
    let code = context.state.ids.text(24);
    set(&mut memory, "id", code.as_str());
    set(&mut memory, "object", MEMORY);
    let platform = Scope::new(context.state.platform(), context.scope().live);
    context.state.keep(&platform, &memory);
    format!("{}/{place}/{code}", context.state.options.base_url)
}

fn login(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let books = call.account_in_path()?;
    let account =
        internal::account(&books).ok_or_else(|| ApiError::missing("account", &books.account(), "account"))?;
    if account.text("controller.stripe_dashboard.type") != "express" {
        let message = "Login links are available only for accounts with the Express Dashboard.";
        return Err(ApiError::invalid(message).param("account"));
    }
    if !account.flag("details_submitted") {
        let message = "The account must complete onboarding before a login link can be created.";
        return Err(ApiError::invalid(message).param("account"));
    }
    let expires_at = call.state.promised_now() + seconds(call.state.options.link_lifetime);
    let memory = json!({ "account": account.text("id"), "state": "fresh", "expires_at": expires_at });
    let url = remember(call, "express", memory);
    call.build("login_link", "", json!({ "url": url }))
}

/// The content of a link's page.
#[derive(Debug)]
pub(crate) enum Page {
    /// The form of the link: see [`form`].
    Ask,
    /// The Express Dashboard of this account.
    Dashboard(String),
    /// A redirect.
    Go(String),
    /// The link does not exist.
    Nothing,
}

/// The last segment of an address: the code of the link.
pub(crate) fn code(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

fn memory(state: &State, code: &str) -> Option<(Scope, Json)> {
    [false, true].into_iter().find_map(|live| {
        let scope = Scope::new(state.platform(), live);
        let found = state.store(&scope)?.find(MEMORY, code)?.clone();
        Some((scope, found))
    })
}

/// Requests payments and transfers for accounts without requested capabilities, as Stripe's onboarding does.
fn offer(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    let by_platform = internal::account(books).is_none_or(|account| profile::collects(&account));
    if by_platform || !capabilities::requested(books).is_empty() {
        return Ok(());
    }
    ["card_payments", "transfers"].into_iter().try_for_each(|name| capabilities::ask(books, name, true))
}

fn turn(state: &mut State, scope: &Scope, code: &str, event: &str) -> Result<(), ApiError> {
    state.context(scope.clone()).step(&MACHINE, code, event, |_| {}).map(drop)
}

/// Whether a link is void, because the account was deleted or rejected.
fn is_void(state: &State, scope: &Scope, link: &Json) -> bool {
    let account = link.text("account");
    let found = state.store(scope).and_then(|store| store.find("account", account));
    !state.is_connected(account)
        || found.is_none_or(|found| found.text("requirements.disabled_reason").starts_with("rejected."))
}

/// Opens a link, once and before its expiry. Afterwards it redirects to the `refresh_url`.
pub(crate) fn open(state: &mut State, code: &str) -> Page {
    let Some((scope, link)) = memory(state, code) else { return Page::Nothing };
    let over = link.int("expires_at") <= state.promised_now() || is_void(state, &scope, &link);
    if link.at("return_url").is_none() {
        let fresh = !over && turn(state, &scope, code, "open").is_ok();
        return if fresh { Page::Dashboard(link.text("account").to_owned()) } else { Page::Nothing };
    }
    if over || turn(state, &scope, code, "open").is_err() {
        return Page::Go(link.text("refresh_url").to_owned());
    }
    let mut context = state.context(Scope::new(link.text("account"), scope.live));
    let mut asked = wanted(&mut context, link.flag("eventually"));
    if link.text("type") == "account_update" {
        let account = internal::account(&context).unwrap_or_default();
        let known =
            KNOWN.iter().filter(|field| !account.text(field).is_empty()).map(|field| (*field).to_owned());
        let known: Vec<_> = known.filter(|field| !asked.contains(field)).collect();
        asked.extend(known);
    }
    if let Some(link) = state.store_mut(&scope).get_mut(code) {
        set(link, ASKED, asked);
    }
    Page::Ask
}

/// The existing details that an update link shows, in addition to the requirements.
const KNOWN: [&str; 14] = [
    "business_profile.mcc",
    "business_profile.url",
    "company.name",
    "company.phone",
    "company.address.line1",
    "company.address.city",
    "company.address.state",
    "company.address.postal_code",
    "individual.email",
    "individual.phone",
    "individual.address.line1",
    "individual.address.city",
    "individual.address.state",
    "individual.address.postal_code",
];

/// The content of an open link's page.
#[derive(Debug)]
pub(crate) struct Form {
    /// The id of the account.
    pub(crate) account: String,
    pub(crate) country: String,
    /// `account_onboarding` or `account_update`.
    pub(crate) kind: String,
    /// The names of the fields, each with its current or suggested value.
    pub(crate) fields: Vec<(String, String)>,
}

/// The form of an open link.
pub(crate) fn form(state: &mut State, code: &str) -> Option<Form> {
    let (scope, link) = memory(state, code)?;
    let context = state.context(Scope::new(link.text("account"), scope.live));
    let (country, account) = (country(&context), internal::account(&context).unwrap_or_default());
    let fields = link.items(ASKED).iter().filter_map(Json::as_str).map(|field| {
        let known = Some(account.text(field)).filter(|text| !text.is_empty());
        (field.to_owned(), known.unwrap_or_else(|| sample(&country, field)).to_owned())
    });
    let fields = fields.collect();
    Some(Form {
        account: link.text("account").to_owned(),
        country,
        kind: link.text("type").to_owned(),
        fields,
    })
}

fn country(books: &AccountContext<'_>) -> String {
    internal::account(books).unwrap_or_default().text("country").to_owned()
}

fn wanted(books: &mut AccountContext<'_>, eventually: bool) -> Vec<String> {
    let name = if eventually { "requirements.eventually_due" } else { "requirements.currently_due" };
    let account = internal::account(books).unwrap_or_default();
    account.items(name).iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

/// Whether the page of a link can be completed or left; a login link has none.
fn is_open(state: &State, scope: &Scope, link: &Json) -> bool {
    MACHINE.allows(link.text("state"), "leave")
        && link.at("return_url").is_some()
        && !is_void(state, scope, link)
}

/// Leaves the page of an open link without completing it. Values filled in so far are saved.
pub(crate) fn leave(state: &mut State, code: &str, filled: &[(String, String)]) -> Result<Page, ApiError> {
    Ok(match memory(state, code) {
        Some((scope, link)) if is_open(state, &scope, &link) => {
            let mut books = state.context(Scope::new(link.text("account"), scope.live));
            revision::revise(&mut books, |books| fill(books, &link, filled, false))?;
            turn(state, &scope, code, "leave")?;
            returned(state, &scope, &link)?;
            Page::Go(link.text("return_url").to_owned())
        }
        Some((_, link)) if link.at("refresh_url").is_some() => Page::Go(link.text("refresh_url").to_owned()),
        _ => Page::Nothing,
    })
}

/// Saves the values of requested fields. If the `whole` page is completed, missing values are filled with the
/// suggested ones.
fn fill(
    books: &mut AccountContext<'_>,
    link: &Json,
    filled: &[(String, String)],
    whole: bool,
) -> Result<(), ApiError> {
    let eventually = link.flag("eventually");
    let alone = whole && is_alone(books, filled);
    let mut asked: Vec<String> =
        link.items(ASKED).iter().filter_map(Json::as_str).map(str::to_owned).collect();
    // Existing values can be changed as well.
    let due = wanted(books, eventually);
    let known = asked.iter().filter(|field| !due.contains(field));
    let known: Vec<String> =
        known.filter(|field| filled.iter().any(|(name, _)| name == *field)).cloned().collect();
    if link.text("type") == "account_update" && !known.is_empty() {
        supply(books, &known, filled, alone)?;
        revision::refresh(books)?;
    }
    // Each value can cause new requirements, such as the business type; a few rounds suffice.
    let rounds = if whole { 4 } else { filled.len().min(4) };
    for _ in 0..rounds {
        let mut fields = wanted(books, eventually);
        asked.extend(fields.iter().cloned());
        fields.retain(|field| whole || filled.iter().any(|(name, _)| name == field));
        if fields.is_empty() {
            break;
        }
        supply(books, &fields, filled, alone)?;
        revision::refresh(books)?;
    }
    if !whole {
        asked.extend(wanted(books, eventually));
    }
    all_asked(&asked, filled, alone)
}

/// Rejects values for fields that were not requested, which would be lost silently.
fn all_asked(asked: &[String], filled: &[(String, String)], alone: bool) -> Result<(), ApiError> {
    let stray = filled.iter().find(|(name, _)| !asked.iter().any(|field| is_called(field, name, alone)));
    let Some((name, _)) = stray else { return Ok(()) };
    let mut known: Vec<&str> = asked.iter().map(String::as_str).collect();
    known.sort_unstable();
    known.dedup();
    let known = spec::choices(&known, name);
    Err(ApiError::invalid(format!("The page has no field `{name}`. Allowed fields: {known}."))
        .param(name.as_str()))
}

/// Whether a name means this field: in a single-owner business the individual is the representative.
fn is_called(field: &str, name: &str, alone: bool) -> bool {
    let same = || field.strip_prefix("representative.") == name.strip_prefix("individual.");
    field == name || (alone && field.starts_with("representative.") && same())
}

/// Whether the business has a single owner, as far as it is known.
fn is_alone(books: &AccountContext<'_>, filled: &[(String, String)]) -> bool {
    let named = filled.iter().find(|(name, _)| name == "business_type").map(|(_, value)| value.clone());
    let kind = named
        .unwrap_or_else(|| internal::account(books).unwrap_or_default().text("business_type").to_owned());
    kind.is_empty() || kind == "individual"
}

/// Expires a link.
pub(crate) fn expire(state: &mut State, code: &str) -> Result<(), ApiError> {
    let (scope, _) = memory(state, code).ok_or_else(|| ApiError::missing("account link", code, "url"))?;
    let now = state.clock.now();
    if let Some(link) = state.store_mut(&scope).get_mut(code) {
        set(link, "expires_at", now);
    }
    Ok(())
}

/// Completes the page of an open link: requested fields get the filled in or the suggested values.
pub(crate) fn complete(state: &mut State, code: &str, filled: &[(String, String)]) -> Result<Page, ApiError> {
    let Some((scope, link)) = memory(state, code) else { return Ok(Page::Nothing) };
    if !is_open(state, &scope, &link) {
        // Nothing is required any more.
        return leave(state, code, &[]);
    }
    let mut books = state.context(Scope::new(link.text("account"), scope.live));
    revision::revise(&mut books, |books| {
        fill(books, &link, filled, true)?;
        internal::remember(books, "submitted", true);
        application::authorize(books)
    })?;
    turn(state, &scope, code, "complete")?;
    returned(state, &scope, &link)?;
    Ok(Page::Go(link.text("return_url").to_owned()))
}

/// Saves the values of fields.
fn supply(
    books: &mut AccountContext<'_>,
    fields: &[String],
    filled: &[(String, String)],
    alone: bool,
) -> Result<(), ApiError> {
    let country = country(books);
    let mut sent = json!({});
    let mut speaker = json!({});
    let mut persons: BTreeMap<String, Json> = BTreeMap::new();
    let mut owner = json!({});
    for field in fields {
        // If all owners are declared as known, none has to be added. No parameter provides a business VAT number.
        let tells_owner = filled.iter().any(|(name, _)| name.starts_with("owners."));
        if (field.starts_with("owners.") && !tells_owner) || field.ends_with("business_vat_id_number") {
            continue;
        }
        let value = filled
            .iter()
            .find(|(name, _)| is_called(field, name, alone))
            .map_or_else(|| sample(&country, field), |(_, value)| value);
        let value = match (field.as_str(), value) {
            (field, "now") if field.ends_with("tos_acceptance.date") => books.now().into(),
            (_, value) => Json::from(value),
        };
        if field == "external_account" {
            let object = bank_account(books, &country, value.as_str().unwrap_or_default())?;
            books.emit("account.external_account.created", &object)?;
        } else if field.ends_with(requirements::LIVENESS) {
            // The page takes the picture itself; no request can.
            requested_information::fulfil(books, field)?;
        } else if let Some(inner) = field.strip_prefix("owners.") {
            place(&mut owner, inner, value);
        } else if let Some(inner) = field.strip_prefix("representative.") {
            place(&mut speaker, inner, value);
        } else if let Some((id, inner)) = field.split_once('.').filter(|(id, _)| id.starts_with("person_")) {
            place(persons.entry(id.to_owned()).or_insert_with(|| json!({})), inner, value);
        } else {
            place(&mut sent, field, value);
        }
    }
    for (id, person) in persons {
        let person = checked("/v1/accounts/acct/persons/person", person)?;
        persons::check(books, &person, "", Some(&id))?;
        persons::change(books, &id, &person, None)?;
    }
    for (mut person, role, place_in_form) in
        [(speaker, "relationship.representative", "representative"), (owner, "relationship.owner", "owners")]
    {
        if person.as_object().is_none_or(|person| person.is_empty()) {
            continue;
        }
        place(&mut person, role, true.into());
        let person = checked("/v1/accounts/acct/persons", person)?;
        formats::check(&person, &country, place_in_form)?;
        persons::check(books, &person, place_in_form, None)?;
        persons::add(books, &person, json!({}))?;
    }
    let sent = checked("/v1/accounts/acct", sent)?;
    formats::check(&sent, &country, "")?;
    accounts::documents::check(books, &sent)?;
    if let Some(individual) = sent.get("individual") {
        let known = accounts::representative(books);
        persons::check(books, individual, "individual", known.as_deref())?;
    }
    accounts::apply(books, &sent)
}

/// Adds a bank account in the account's country and currency.
fn bank_account(books: &mut AccountContext<'_>, country: &str, number: &str) -> Result<Json, ApiError> {
    let mut given = json!({ "object": "bank_account", "country": country, "account_number": number,
        "account_holder_name": "Jenny Rosen", "account_holder_type": "individual",
        "currency": internal::account(books).unwrap_or_default().text("default_currency") });
    if let (_, Some(routing)) = bank_accounts::good(country) {
        set(&mut given, "routing_number", routing);
    }
    let given = checked("/v1/accounts/acct/external_accounts", json!({ "external_account": given }))?;
    let given = given.at("external_account").unwrap_or(&Json::Null);
    let (object, number) = bank_accounts::of(books, given, "external_account")?;
    external_accounts::put(books, object, json!({ "account_number": number }), json!({}), true)
}

/// Validates and converts filled in values like those of a request.
fn checked(path: &str, sent: Json) -> Result<Json, ApiError> {
    spec::parameters(spec::post(path)?.0, &Node::from(sent))
}

/// Sets a value at a dotted path; a document becomes its front side, or the only one of several files.
fn place(object: &mut Json, path: &str, value: Json) {
    let is_document = ["verification.document", "verification.additional_document"]
        .into_iter()
        .any(|document| path.ends_with(document));
    let path = if is_document { format!("{path}.front") } else { path.to_owned() };
    let value = if path.ends_with(".files") { json!([value]) } else { value };
    let nested = path.rsplit('.').fold(value, |inner, name| json!({ name: inner }));
    internal::merge(object, &nested);
}

/// The suggested value of a field for accounts in a country: test values that pass.
fn sample(country: &str, field: &str) -> &'static str {
    match field {
        "external_account" => return bank_accounts::good(country).0,
        "business_type" => return "individual",
        "business_profile.mcc" => return "5734",
        "business_profile.url" => return "https://accessible.stripe.com",
        "company.name" => return "Rosen Books",
        _ => {}
    }
    match field.split_once('.').map_or(field, |(_, rest)| rest) {
        "first_name" => "Jenny",
        "last_name" => "Rosen",
        "dob.day" | "dob.month" => "1",
        "dob.year" => "1901",
        "email" => "jenny@example.com",
        "phone" => "0000000000",
        "ssn_last_4" => "0000",
        "id_number" | "tax_id" => "000000000",
        "address.line1" => "address_full_match",
        "address.city" => sample_places::place(country).city,
        "address.state" => sample_places::place(country).state,
        "address.postal_code" => sample_places::place(country).postal_code,
        "relationship.title" => "Owner",
        "relationship.executive" => "true",
        "first_name_kana" | "last_name_kana" => "テスト",
        "first_name_kanji" | "last_name_kanji" => "試験",
        "address_kana.line1" | "address_kanji.line1" => "1-1",
        "address_kana.postal_code" | "address_kanji.postal_code" => "100-0000",
        "nationality" => "SG",
        "full_name_aliases" => "",
        "business_vat_id_number" => "000000000",
        "support_phone" => "0000000000",
        "product_description" => "Books about mathematics",
        "verification.document" | "verification.additional_document" => GOOD_DOCUMENT,
        rest if rest.ends_with(".files") => GOOD_DOCUMENT,
        rest if rest.ends_with("_provided") => "true",
        rest if rest.ends_with("ip") => "127.0.0.1",
        rest if rest.ends_with("date") => "now",
        _ => "provided",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::accounts::requirements;

    #[test]
    fn every_requirement_has_a_passing_sample() {
        for (country, business) in [("US", "individual"), ("US", "company"), ("DE", "company")] {
            for field in requirements::missing_of(&requirements::blank(country, business), "card_issuing") {
                assert_ne!(sample(country, &field), "provided", "{field}");
            }
        }
        let mut person = json!({});
        for document in ["verification.document", "verification.additional_document"] {
            assert_ne!(sample("US", &format!("individual.{document}")), "provided");
            place(&mut person, document, "file_1".into());
            assert_eq!(person.text(&format!("{document}.front")), "file_1");
        }
        assert_eq!(code("https://x/setup/abc"), "abc");
    }
}
