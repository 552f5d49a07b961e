//! Payment methods: cards and bank accounts that customers pay with.

use super::checks::{self, UNCHECKED};
use super::declines::{self, Decline};
use super::test_cards::{self, Effect, TestCard, When};
use super::test_debits::{self, DebitEnd};
use crate::engine::calendar::date;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::{bank_accounts, debit_cards, tokens};
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
    name: "payment_methods",
    entries: &[
        entry("PostPaymentMethods", create, &[]),
        entry("GetPaymentMethodsPaymentMethod", retrieve, &[]),
    ],
    machines: &[],
    rules: &[],
};

/// A payment method with what decides about its payments.
#[derive(Debug, Clone)]
pub(crate) struct Method {
    /// The `payment_method` object.
    pub(crate) object: Json,
    /// The behaviour of the number of the card or bank account.
    pub(crate) behaviour: Behaviour,
}

/// The behaviour of a payment method in test mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// A card.
    Card(Effect),
    /// A bank account that is debited.
    Debit {
        end: DebitEnd,
        /// Whether its owner has proved that it is theirs.
        verified: bool,
    },
    /// Of a type that the sandbox describes and cannot pay with.
    Described,
}

impl Method {
    pub(crate) fn id(&self) -> &str {
        self.object.text("id")
    }

    pub(crate) fn kind(&self) -> &str {
        self.object.text("type")
    }

    pub(crate) fn is_card(&self) -> bool {
        matches!(self.behaviour, Behaviour::Card(_))
    }

    /// Whether the holder of the card has to authenticate now, and how the payment is declined after that.
    pub(crate) fn authentication(
        &self,
        off_session: bool,
        was_set_up: bool,
        requested: bool,
    ) -> Option<Option<&'static Decline>> {
        let Behaviour::Card(Effect::Authenticates(when, after)) = self.behaviour else { return None };
        let asks = match when {
            When::Always => true,
            When::UnlessSetUp => !(off_session && was_set_up),
            When::OnSession => !off_session,
            When::IfRequested => requested,
        };
        asks.then_some(after)
    }
}

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    if call.text("payment_method").is_some() {
        return clone(call);
    }
    let params = call.params.clone();
    let metadata = call.metadata();
    Ok(of_data(call, &params, "", metadata)?.object)
}

/// A payment method of the platform, copied to the account that the request is for. One that no customer has is used up
/// by that.
fn clone(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.text("payment_method").unwrap_or_default();
    let customer = call.text("customer");
    let mut platform = call.of_platform();
    let (object, notes) = (platform.get("payment_method", &id, "payment_method")?, platform.notes(&id));
    let owner = object.id_at("customer");
    if let Some(customer) = &customer {
        platform.get("customer", customer, "customer")?;
        if customer != owner {
            let message = format!("The payment method does not belong to the customer {customer}.");
            return Err(ApiError::invalid(message).param("payment_method"));
        }
    }
    if notes.flag(USED) && owner.is_empty() {
        return Err(used_up());
    }
    if owner.is_empty() {
        use_up(&mut platform, &id);
    }
    let mut copy = object;
    let new = call.id("pm");
    for (name, value) in [("id", json!(new)), ("created", json!(call.now())), ("customer", Json::Null)] {
        set(&mut copy, name, value);
    }
    let scope = call.scope().clone();
    call.state.keep(&scope, &copy);
    call.set_notes(&new, notes);
    Ok(copy)
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("payment_method");
    find(call, &id, "payment_method").map(|method| method.object)
}

/// The payment method with an id. One of the test methods becomes a new payment method of the account.
pub(crate) fn find(context: &mut AccountContext<'_>, id: &str, param: &str) -> Result<Method, ApiError> {
    if let Some(card) = test_cards::named(id).filter(|_| id.starts_with("pm_")) {
        return of_card(context, card);
    }
    if let Some(number) = test_debits::us_number(id) {
        let account = json!({ "account_number": number, "routing_number": "110000000",
            "account_holder_type": "individual", "account_type": "checking" });
        return of_us_bank_account(context, &account, true, &Json::Null, json!({}), param);
    }
    if let Some(iban) = test_debits::iban(id) {
        return of_iban(context, iban, &Json::Null, json!({}), param);
    }
    let object = context.get("payment_method", id, param)?;
    let notes = context.notes(id);
    let behaviour = match object.text("type") {
        "us_bank_account" => Behaviour::Debit {
            end: test_debits::of_us_number(notes.text("account_number")).unwrap_or(DebitEnd::Succeeds),
            verified: notes.flag("verified"),
        },
        "sepa_debit" => Behaviour::Debit {
            end: test_debits::of_iban(notes.text("iban")).unwrap_or(DebitEnd::Succeeds),
            verified: true,
        },
        "card" => Behaviour::Card(effect(notes.text("card_number"))),
        _ => Behaviour::Described,
    };
    Ok(Method { object, behaviour })
}

/// The new payment method that parameters describe: `payment_method_data`, or those of a new payment method.
pub(crate) fn of_data(
    context: &mut AccountContext<'_>,
    data: &Json,
    place: &str,
    metadata: Json,
) -> Result<Method, ApiError> {
    let inside = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}[{name}]") };
    let details = data.at("billing_details").cloned().unwrap_or_default();
    let given = |kind: &str| {
        data.at(kind).cloned().ok_or_else(|| {
            ApiError::invalid(format!("Missing required param: {}.", inside(kind)))
                .code("parameter_missing")
                .param(inside(kind))
        })
    };
    match data.text("type") {
        "card" => {
            let card = given("card")?;
            of_card_data(context, &card, &details, metadata, &inside("card"))
        }
        "us_bank_account" => {
            let account = given("us_bank_account")?;
            let place = inside("us_bank_account");
            of_us_bank_account(context, &account, false, &details, metadata, &place)
        }
        "sepa_debit" => {
            let iban: String =
                given("sepa_debit")?.text("iban").chars().filter(|c| !c.is_whitespace()).collect();
            of_iban(context, &iban, &details, metadata, &format!("{}[iban]", inside("sepa_debit")))
        }
        "" => Err(ApiError::invalid("Missing required param: type.")
            .code("parameter_missing")
            .param(inside("type"))),
        other => {
            let content = described(other, data.at(other));
            let object = keep(context, other, content, &details, metadata)?;
            Ok(Method { object, behaviour: Behaviour::Described })
        }
    }
}

/// What a payment method of another type shows of its details.
fn described(kind: &str, sent: Option<&Json>) -> Json {
    let mut content = sent.cloned().unwrap_or_else(|| json!({}));
    let Json::Object(members) = &mut content else { return json!({}) };
    if let Some(number) = members.remove("account_number") {
        let number = number.as_str().unwrap_or_default().to_owned();
        set(&mut content, "last4", number.get(number.len().saturating_sub(4)..));
        set(&mut content, "fingerprint", bank_accounts::fingerprint(&number, kind));
        if kind == "acss_debit" {
            set(&mut content, "bank_name", "STRIPE TEST BANK");
        }
    }
    content
}

/// The payment method of a token: one of the test tokens of cards, or one that was made of a card.
pub(crate) fn of_token(
    context: &mut AccountContext<'_>,
    token: &str,
    details: &Json,
    metadata: Json,
    param: &str,
) -> Result<Method, ApiError> {
    if let Some(card) = test_cards::named(token).filter(|_| token.starts_with("tok_")) {
        return of_card(context, card);
    }
    let (card, notes) = if debit_cards::is_test_token(token) {
        debit_cards::of_test_token(context, token, param)?
    } else {
        (tokens::take(context, token, "card", param)?, context.notes(token))
    };
    let given = json!({ "number": notes.text("card_number"), "exp_month": card.int("exp_month"),
        "exp_year": card.int("exp_year"), "cvc": card.at("cvc_check").map(|_| "123") });
    of_card_data(context, &given, details, metadata, param)
}

fn of_card_data(
    context: &mut AccountContext<'_>,
    given: &Json,
    details: &Json,
    metadata: Json,
    param: &str,
) -> Result<Method, ApiError> {
    if let Some(token) = given.at("token").and_then(Json::as_str) {
        let (token, param) = (token.to_owned(), format!("{param}[token]"));
        return of_token(context, &token, details, metadata, &param);
    }
    if given.at("cvc").is_some_and(|cvc| !(3..=4).contains(&cvc.as_str().map_or(3, str::len))) {
        let refusal = ApiError::new(402, "card_error", "The security code of the card is invalid.");
        return Err(refusal.code("invalid_cvc").param(format!("{param}[cvc]")));
    }
    let (card, notes) = debit_cards::build(context, given, param)?;
    let number = notes.text("card_number").to_owned();
    let expires = (card.int("exp_month"), card.int("exp_year"));
    keep_card(context, &number, expires, given.at("cvc").is_some(), details, metadata)
}

/// A test card as Stripe hands it out: valid for a year from now.
fn of_card(context: &mut AccountContext<'_>, card: &TestCard) -> Result<Method, ApiError> {
    let today = date(context.now().div_euclid(86_400));
    let expires = (i64::from(today.month()), i64::from(today.year()) + 1);
    keep_card(context, card.number, expires, true, &Json::Null, json!({}))
}

/// The behaviour of a card number: numbers that are not test cards succeed.
fn effect(number: &str) -> Effect {
    test_cards::of_number(number).map_or(Effect::Pays, |card| card.effect)
}

fn keep_card(
    context: &mut AccountContext<'_>,
    number: &str,
    (month, year): (i64, i64),
    has_cvc: bool,
    details: &Json,
    metadata: Json,
) -> Result<Method, ApiError> {
    let known = test_cards::of_number(number);
    let brand = known.map_or_else(|| debit_cards::network(number), |card| card.brand);
    let check = |sent: bool| if sent { json!(UNCHECKED) } else { Json::Null };
    let checks = json!({
        "address_line1_check": check(details.at("address.line1").is_some()),
        "address_postal_code_check": check(details.at("address.postal_code").is_some()),
        "cvc_check": check(has_cvc),
    });
    let card = json!({
        "brand": brand, "checks": checks, "country": test_cards::country(number), "display_brand": brand,
        "exp_month": month, "exp_year": year, "fingerprint": bank_accounts::fingerprint(number, "card"),
        "funding": known.map_or_else(|| debit_cards::funding(number), |card| card.funding), "generated_from": null,
        "last4": number.get(number.len().saturating_sub(4)..), "networks": { "available": [brand], "preferred": null },
        "regulated_status": "unregulated", "three_d_secure_usage": { "supported": brand != "amex" }, "wallet": null,
    });
    let object = keep(context, "card", card, details, metadata)?;
    context.set_notes(object.text("id"), json!({ "card_number": number }));
    Ok(Method { object, behaviour: Behaviour::Card(effect(number)) })
}

fn of_us_bank_account(
    context: &mut AccountContext<'_>,
    given: &Json,
    verified: bool,
    details: &Json,
    metadata: Json,
    param: &str,
) -> Result<Method, ApiError> {
    bank_accounts::check_us(given, param).or_else(|refusal| {
        test_debits::of_us_number(given.text("account_number")).map(drop).ok_or(refusal)
    })?;
    let (number, routing) = (given.text("account_number"), given.text("routing_number"));
    for (name, value) in [("account_number", number), ("routing_number", routing)] {
        if value.is_empty() {
            let place = format!("{param}[{name}]");
            return Err(ApiError::invalid(format!("Missing required param: {place}."))
                .code("parameter_missing")
                .param(place));
        }
    }
    let account = json!({
        "account_holder_type": given.at("account_holder_type").cloned().unwrap_or_else(|| "individual".into()),
        "account_type": given.at("account_type").cloned().unwrap_or_else(|| "checking".into()),
        "bank_name": bank_accounts::bank_name(routing), "fingerprint": bank_accounts::fingerprint(number, routing),
        "last4": number.get(number.len().saturating_sub(4)..), "routing_number": routing,
        "networks": { "preferred": "ach", "supported": ["ach"] },
    });
    let object = keep(context, "us_bank_account", account, details, metadata)?;
    let notes = json!({ "account_number": number, "verified": verified });
    context.set_notes(object.text("id"), notes);
    let end = test_debits::of_us_number(number).unwrap_or(DebitEnd::Succeeds);
    Ok(Method { object, behaviour: Behaviour::Debit { end, verified } })
}

fn of_iban(
    context: &mut AccountContext<'_>,
    iban: &str,
    details: &Json,
    metadata: Json,
    param: &str,
) -> Result<Method, ApiError> {
    let Some((bank, branch)) = test_debits::parts_of_iban(iban) else {
        let message = "The IBAN is invalid. Test mode has test IBANs, such as DE89370400440532013000.";
        return Err(ApiError::invalid(message).code("invalid_iban").param(param));
    };
    let end = test_debits::of_iban(iban).unwrap_or(DebitEnd::Succeeds);
    let debit = json!({ "bank_code": bank, "branch_code": branch, "country": iban.get(..2),
        "fingerprint": bank_accounts::fingerprint(iban, "iban"), "generated_from": { "charge": null, "setup_attempt": null },
        "last4": iban.get(iban.len().saturating_sub(4)..) });
    let object = keep(context, "sepa_debit", debit, details, metadata)?;
    context.set_notes(object.text("id"), json!({ "iban": iban }));
    Ok(Method { object, behaviour: Behaviour::Debit { end, verified: true } })
}

fn keep(
    context: &mut AccountContext<'_>,
    kind: &str,
    content: Json,
    details: &Json,
    metadata: Json,
) -> Result<Json, ApiError> {
    let mut method = json!({ "type": kind, "billing_details": billing_details(details), "metadata": metadata,
        "allow_redisplay": "unspecified", "customer": null });
    set(&mut method, kind, content);
    context.create("payment_method", "pm", method)
}

/// Billing details with all their members.
pub(crate) fn billing_details(given: &Json) -> Json {
    let mut details = json!({ "address": {}, "email": null, "name": null, "phone": null, "tax_id": null });
    for name in ["email", "name", "phone", "tax_id"] {
        if let Some(value) = given.at(name) {
            set(&mut details, name, value.clone());
        }
    }
    let mut address = json!({});
    for name in ["city", "country", "line1", "line2", "postal_code", "state"] {
        set(&mut address, name, given.at(&format!("address.{name}")).cloned().unwrap_or_default());
    }
    set(&mut details, "address", address);
    details
}

/// The note whether a payment method was used by a payment.
const USED: &str = "used";

/// Remembers that a payment was tried with a payment method.
pub(crate) fn use_up(context: &mut AccountContext<'_>, id: &str) {
    context.note(id, |notes| set(notes, USED, true));
}

/// Whether a payment method cannot be used again: without a customer it is used once.
pub(crate) fn is_used_up(context: &AccountContext<'_>, method: &Method) -> bool {
    method.object.at("customer").is_none() && context.notes(method.id()).flag(USED)
}

/// The refusal of a payment method that cannot be used again.
pub(crate) fn used_up() -> ApiError {
    ApiError::invalid("The payment method was used before without a customer, and cannot be used again.")
}

/// The owner of a bank account has proved that it is theirs.
pub(crate) fn verify(context: &mut AccountContext<'_>, id: &str) {
    context.note(id, |notes| set(notes, "verified", true));
}

/// The refusal of a payment with a method that the sandbox only describes.
pub(crate) fn not_payable(method: &Method) -> ApiError {
    let kind = method.kind();
    let message =
        format!("The sandbox pays with methods of type card, us_bank_account and sepa_debit, not {kind}.");
    ApiError::not_implemented(message).param("payment_method")
}

/// The use of a payment method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// A customer keeps it.
    Attach,
    /// It pays.
    Pay,
}

/// Shows a card's issuer the card: its checks have results after that. Returns the payment method, and why the issuer
/// declines the card, if it does.
pub(crate) fn present(
    context: &mut AccountContext<'_>,
    method: &Method,
    purpose: Use,
) -> Result<(Method, Option<&'static Decline>), ApiError> {
    let Behaviour::Card(effect) = method.behaviour else { return Ok((method.clone(), None)) };
    let mut method = method.clone();
    if checks::wait(&method.object) {
        method.object = context.change(method.id(), |object| checks::finish(object, effect))?.object;
    }
    let declined = match effect {
        Effect::Declines(reason) => Some(reason),
        Effect::DeclinesLater if purpose == Use::Pay => Some(&declines::GENERIC),
        _ => checks::failed(context, &method.object),
    };
    Ok((method, declined))
}

/// Attaches a payment method to a customer; refused if its issuer declines the card.
pub(crate) fn attach(
    context: &mut AccountContext<'_>,
    method: &Method,
    customer: &str,
) -> Result<(), ApiError> {
    let (method, declined) = present(context, method, Use::Attach)?;
    if let Some(decline) = declined {
        return Err(decline.of_attachment());
    }
    if method.object.id_at("customer") == customer {
        return Ok(());
    }
    if method.object.at("customer").is_some() {
        return Err(ApiError::invalid("The payment method belongs to another customer.").param("customer"));
    }
    let change = context.change(method.id(), |method| set(method, "customer", customer))?;
    context.emit("payment_method.attached", &change.object)
}
