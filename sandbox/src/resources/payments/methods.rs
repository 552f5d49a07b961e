//! Payment methods: cards and bank accounts that customers pay with.

use super::declines::Decline;
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
    ) -> Option<Option<&'static Decline>> {
        let Behaviour::Card(Effect::Authenticates(when, after)) = self.behaviour else { return None };
        let asks = match when {
            When::Always => true,
            When::UnlessSetUp => !(off_session && was_set_up),
            When::OnSession => !off_session,
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

/// A payment method of the platform, copied to the account that the request is for.
fn clone(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.text("payment_method").unwrap_or_default();
    let platform = call.of_platform();
    let (object, notes) = (platform.get("payment_method", &id, "payment_method")?, platform.notes(&id));
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
        _ => Behaviour::Card(effect(notes.text("card_number"))),
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
            let message = format!(
                "The sandbox has payment methods of type card, us_bank_account and sepa_debit, not {other}."
            );
            Err(ApiError::invalid(message).param(inside("type")))
        }
    }
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
    let effect = effect(number);
    let mut checks = json!({ "address_line1_check": null, "address_postal_code_check": null,
        "cvc_check": if has_cvc { json!("pass") } else { Json::Null } });
    for (member, check) in
        [("address.line1", "address_line1_check"), ("address.postal_code", "address_postal_code_check")]
    {
        if details.at(member).is_some() {
            set(&mut checks, check, "pass");
        }
    }
    if let Effect::FailsChecks(failing) = effect {
        for check in failing {
            if checks.at(check).is_some() {
                set(&mut checks, check, "fail");
            }
        }
    }
    let card = json!({
        "brand": brand, "checks": checks, "country": known.map_or("US", |card| card.country), "display_brand": brand,
        "exp_month": month, "exp_year": year, "fingerprint": bank_accounts::fingerprint(number, "card"),
        "funding": known.map_or_else(|| debit_cards::funding(number), |card| card.funding), "generated_from": null,
        "last4": number.get(number.len().saturating_sub(4)..), "networks": { "available": [brand], "preferred": null },
        "regulated_status": "unregulated", "three_d_secure_usage": { "supported": brand != "amex" }, "wallet": null,
    });
    let object = keep(context, "card", card, details, metadata)?;
    context.set_notes(object.text("id"), json!({ "card_number": number }));
    Ok(Method { object, behaviour: Behaviour::Card(effect) })
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
    let Some(end) = test_debits::of_iban(iban) else {
        let message = "Test mode takes test IBANs only, such as DE89370400440532013000.";
        return Err(ApiError::invalid(message).code("invalid_iban").param(param));
    };
    let debit = json!({ "bank_code": iban.get(4..12), "branch_code": "", "country": iban.get(..2),
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

/// The owner of a bank account has proved that it is theirs.
pub(crate) fn verify(context: &mut AccountContext<'_>, id: &str) {
    context.note(id, |notes| set(notes, "verified", true));
}

/// Attaches a payment method to a customer; refused if its issuer declines the card.
pub(crate) fn attach(
    context: &mut AccountContext<'_>,
    method: &Method,
    customer: &str,
) -> Result<(), ApiError> {
    if let Behaviour::Card(Effect::Declines(decline)) = method.behaviour {
        let mut error = decline.error(Json::Null);
        error.lasting = false;
        return Err(error);
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
