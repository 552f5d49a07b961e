//! Confirmation of payment intents: the result is a charge, an action of the customer, or a decline.

use super::charges::{self, Attempt};
use super::declines::{self, Decline};
use super::method_options;
use super::methods::{self, Behaviour, Method, Use};
use super::test_debits::DebitEnd;
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::accounts::bank_accounts;
use crate::state::{About, AccountContext, Policy, Rule};
use serde_json::json;

/// The states of a payment intent.
pub static MACHINE: StateMachine = StateMachine {
    object: "payment intent",
    member: "status",
    steps: &[
        step("requires_payment_method", "attach", "requires_confirmation"),
        step("requires_payment_method", "cancel", "canceled").emits(CANCELED),
        step("requires_confirmation", "attach", "requires_confirmation"),
        step("requires_confirmation", "ask", "requires_action").asked("confirm").emits(ASKED),
        step("requires_confirmation", "process", "processing").asked("confirm").emits(PROCESSING),
        step("requires_confirmation", "hold", "requires_capture").asked("confirm").emits(HELD),
        step("requires_confirmation", "succeed", "succeeded").asked("confirm").emits(PAID),
        step("requires_confirmation", "decline", "requires_payment_method").asked("confirm").emits(FAILED),
        step("requires_confirmation", "cancel", "canceled").emits(CANCELED),
        step("requires_action", "attach", "requires_confirmation"),
        step("requires_action", "process", "processing").asked("authenticate").emits(PROCESSING),
        step("requires_action", "hold", "requires_capture").asked("authenticate").emits(HELD),
        step("requires_action", "succeed", "succeeded").asked("authenticate").emits(PAID),
        step("requires_action", "return", "requires_confirmation").asked("authenticate"),
        step("requires_action", "decline", "requires_payment_method").asked("authenticate").emits(FAILED),
        step("requires_action", "refuse", "requires_payment_method").asked("authenticate").emits(REFUSED),
        step("requires_action", "cancel", "canceled").emits(CANCELED),
        step("processing", "succeed", "succeeded").emits(PAID),
        step("processing", "decline", "requires_payment_method").emits(FAILED),
        step("processing", "cancel", "canceled").emits(&["charge.failed", "payment_intent.canceled"]),
        step("requires_capture", "capture", "succeeded")
            .emits(&["charge.captured", "payment_intent.succeeded"]),
        step("requires_capture", "expire", "canceled").emits(&["charge.expired", "payment_intent.canceled"]),
        step("requires_capture", "cancel", "canceled").emits(&["charge.refunded", "payment_intent.canceled"]),
    ],
};

const ASKED: &[&str] = &["payment_intent.requires_action"];
const PROCESSING: &[&str] = &["charge.pending", "payment_intent.processing"];
const HELD: &[&str] = &["charge.succeeded", "payment_intent.amount_capturable_updated"];
const PAID: &[&str] = &["charge.succeeded", "payment_intent.succeeded"];
const FAILED: &[&str] = &["charge.failed", "payment_intent.payment_failed"];
const REFUSED: &[&str] = &["payment_intent.payment_failed"];
const CANCELED: &[&str] = &["payment_intent.canceled"];

/// When the debit of a bank account ends: the days are business days.
pub static DEBIT: Rule = Rule {
    name: "payment_intent.debit",
    default: Policy::days(4),
    about: About::Object(&["payment_intent"]),
    task: finish_debit,
};

/// When an uncaptured payment expires.
pub static EXPIRE: Rule = Rule {
    name: "payment_intent.expire",
    default: Policy::days(7),
    about: About::Object(&["payment_intent"]),
    task: expire,
};

/// How a confirmation was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Confirmation {
    /// The customer is not there.
    pub(crate) off_session: bool,
    /// A customer who has to act is an error.
    pub(crate) refuses_action: bool,
    pub(crate) return_url: Option<String>,
    /// The customer has acted.
    pub(crate) authenticated: bool,
}

/// The result of an attempt.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) intent: Json,
    /// Why the payment was declined, as the request is answered.
    pub(crate) declined: Option<ApiError>,
}

impl Outcome {
    fn done(intent: Json) -> Self {
        Self { intent, declined: None }
    }

    /// The intent, or the decline as an error.
    pub(crate) fn into_reply(self) -> Result<Json, ApiError> {
        self.declined.map_or(Ok(self.intent), Err)
    }
}

/// The refusal of a step that the state of an intent does not allow: it shows the intent.
pub(crate) fn unexpected_state(refusal: ApiError, intent: &Json) -> ApiError {
    refusal.code("payment_intent_unexpected_state").members(json!({ "payment_intent": intent }))
}

/// Tries to pay a confirmed intent.
pub(crate) fn pay(
    context: &mut AccountContext<'_>,
    intent: &Json,
    method: &Method,
    confirmation: &Confirmation,
) -> Result<Outcome, ApiError> {
    let set_up = context.notes(method.id()).flag("set_up");
    let asks = method.authentication(confirmation.off_session, set_up, method_options::requests_3ds(intent));
    let unverified = matches!(method.behaviour, Behaviour::Debit { verified: false, .. });
    if (asks.is_some() || unverified) && !confirmation.authenticated {
        if confirmation.off_session || confirmation.refuses_action {
            return decline(context, intent, method, &declines::AUTHENTICATION_REQUIRED);
        }
        return ask(context, intent, method, confirmation).map(Outcome::done);
    }
    let (method, declined) = methods::present(context, method, Use::Pay)?;
    match method.behaviour {
        Behaviour::Described => Err(methods::not_payable(&method)),
        Behaviour::Debit { end, .. } => debit(context, intent, &method, end).map(Outcome::done),
        Behaviour::Card(_) => match declined.or(asks.flatten()) {
            Some(reason) => decline(context, intent, &method, reason),
            None => succeed(context, intent, &method).map(Outcome::done),
        },
    }
}

/// The customer has to do something first.
fn ask(
    context: &mut AccountContext<'_>,
    intent: &Json,
    method: &Method,
    confirmation: &Confirmation,
) -> Result<Json, ApiError> {
    let id = intent.text("id");
    let page = format!("{}/authenticate/{id}", context.state.options.base_url);
    let action = match (&confirmation.return_url, method.is_card()) {
        (_, false) => json!({ "type": "verify_with_microdeposits", "verify_with_microdeposits": {
            "arrival_date": context.now() + 86_400, "hosted_verification_url": page, "microdeposit_type": "descriptor_code" } }),
        (Some(url), true) => {
            json!({ "type": "redirect_to_url", "redirect_to_url": { "return_url": url, "url": page } })
        }
        (None, true) => json!({ "type": "use_stripe_sdk", "use_stripe_sdk": {
            "type": "three_d_secure_redirect", "stripe_js": page } }),
    };
    context.note(id, |notes| set(notes, "off_session", confirmation.off_session));
    context.step(&MACHINE, id, "ask", |intent| {
        set(intent, "payment_method", method.id());
        set(intent, "next_action", action);
        set(intent, "last_payment_error", Json::Null);
    })
}

fn succeed(context: &mut AccountContext<'_>, intent: &Json, method: &Method) -> Result<Json, ApiError> {
    let id = intent.text("id");
    let manual = intent.text("capture_method") == "manual";
    let step = context.permit(&MACHINE, id, if manual { "hold" } else { "succeed" })?;
    let attempt = if manual { Attempt::Held } else { Attempt::Paid };
    let mut charge = charges::make(context, intent, Some(method), attempt, |_| ())?;
    let charge_id = charge.text("id").to_owned();
    if manual {
        context.by_rule(&EXPIRE, id);
    } else if intent.text("capture_method") == "automatic_async" {
        context.by_rule(&charges::CAPTURE, &charge_id);
    } else {
        charge = charges::collect(context, &charge_id)?.object;
    }
    used(context, intent, method)?;
    let amount = intent.int("amount");
    let group = group(intent, &charge);
    let group_of_charge = group.clone();
    let charge = context.change(&charge_id, |charge| set(charge, "transfer_group", group_of_charge))?.object;
    context.take(step.with(charge), |intent| {
        paid_with(intent, method, &charge_id);
        set(intent, "transfer_group", group);
        set(intent, if manual { "amount_capturable" } else { "amount_received" }, amount);
    })
}

/// The transfer group of a payment: its own, or the one that a destination charge gets.
fn group(intent: &Json, charge: &Json) -> Json {
    match intent.at("transfer_group").or_else(|| charge.at("transfer_group")) {
        Some(group) => group.clone(),
        None if intent.at("transfer_data").is_some() => format!("group_{}", intent.text("id")).into(),
        None => Json::Null,
    }
}

fn paid_with(intent: &mut Json, method: &Method, charge: &str) {
    set(intent, "payment_method", method.id());
    set(intent, "latest_charge", charge);
    set(intent, "next_action", Json::Null);
    set(intent, "last_payment_error", Json::Null);
}

/// Remembers that a payment method has paid: without a customer it does so once.
fn used(context: &mut AccountContext<'_>, intent: &Json, method: &Method) -> Result<(), ApiError> {
    let customer = intent.id_at("customer");
    let keeps = intent.at("setup_future_usage").is_some();
    if keeps && !customer.is_empty() {
        methods::attach(context, method, customer)?;
    }
    methods::use_up(context, method.id());
    if keeps {
        context.note(method.id(), |notes| set(notes, "set_up", true));
    }
    Ok(())
}

fn decline(
    context: &mut AccountContext<'_>,
    intent: &Json,
    method: &Method,
    reason: &Decline,
) -> Result<Outcome, ApiError> {
    let id = intent.text("id");
    let step = context.permit(&MACHINE, id, "decline")?;
    methods::use_up(context, method.id());
    let charge = charges::make(context, intent, Some(method), Attempt::Failed, |charge| reason.show(charge))?;
    let charge_id = charge.text("id").to_owned();
    let mut members = reason.members(Some(&charge_id), &method.object);
    let shown = members.clone();
    let intent = context.take(step.with(charge), |intent| {
        set(intent, "payment_method", Json::Null);
        set(intent, "latest_charge", charge_id.as_str());
        set(intent, "next_action", Json::Null);
        set(intent, "last_payment_error", shown);
    })?;
    set(&mut members, "payment_intent", intent.clone());
    Ok(Outcome { intent, declined: Some(reason.error(members)) })
}

/// Debits a bank account, which takes days.
fn debit(
    context: &mut AccountContext<'_>,
    intent: &Json,
    method: &Method,
    end: DebitEnd,
) -> Result<Json, ApiError> {
    let id = intent.text("id");
    let step = context.permit(&MACHINE, id, "process")?;
    let charge = charges::make(context, intent, Some(method), Attempt::Pending, |_| ())?;
    let charge_id = charge.text("id").to_owned();
    used(context, intent, method)?;
    if end != DebitEnd::Never {
        context.by_rule_on_business_days(&DEBIT, id);
    }
    context.take(step.with(charge), |intent| paid_with(intent, method, &charge_id))
}

/// The debit of a bank account ends as its number says.
pub(crate) fn finish_debit(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let intent = context.get("payment_intent", id, "intent")?;
    let method = methods::find(context, intent.id_at("payment_method"), "payment_method")?;
    let charge = intent.id_at("latest_charge").to_owned();
    match method.behaviour {
        Behaviour::Debit { end: DebitEnd::Fails(code), .. } => refuse_debit(context, &intent, &charge, code),
        _ => {
            let step = context.permit(&MACHINE, id, "succeed")?;
            context.forget(id);
            context.change(&charge, |charge| {
                set(charge, "status", "succeeded");
                set(charge, "paid", true);
            })?;
            let object = charges::collect(context, &charge)?.object;
            let amount = intent.int("amount");
            let group = group(&intent, &object);
            context
                .take(step.with(object), |intent| {
                    set(intent, "amount_received", amount);
                    set(intent, "transfer_group", group);
                })
                .map(drop)
        }
    }
}

fn refuse_debit(
    context: &mut AccountContext<'_>,
    intent: &Json,
    charge: &str,
    code: &'static str,
) -> Result<(), ApiError> {
    let step = context.permit(&MACHINE, intent.text("id"), "decline")?;
    context.forget(intent.text("id"));
    let message = bank_accounts::failure_message(code);
    let charge = fail_charge(context, charge, code, message)?;
    let method = context.peek(intent.id_at("payment_method")).cloned().unwrap_or_default();
    let error = json!({ "type": "invalid_request_error", "code": code, "message": message, "payment_method": method,
        "charge": charge.text("id") });
    context
        .take(step.with(charge), |intent| {
            set(intent, "payment_method", Json::Null);
            set(intent, "last_payment_error", error);
        })
        .map(drop)
}

fn fail_charge(
    context: &mut AccountContext<'_>,
    charge: &str,
    code: &str,
    message: &str,
) -> Result<Json, ApiError> {
    let change = context.change(charge, |charge| {
        for (name, value) in [("failure_code", code), ("failure_message", message), ("status", "failed")] {
            set(charge, name, value);
        }
        set(charge, "captured", false);
        set(charge, "amount_captured", 0);
        set(charge, "paid", false);
    })?;
    Ok(change.object)
}

/// The customer does what an intent in `requires_action` waits for.
pub(crate) fn authenticate(context: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let intent = context.get("payment_intent", id, "intent")?;
    let back = context.permit(&MACHINE, id, "return")?;
    let method = intent.id_at("payment_method").to_owned();
    methods::verify(context, &method);
    if intent.text("confirmation_method") == "manual" {
        context.note(id, |notes| set(notes, "authenticated", method.as_str()));
        return context.take(back, |intent| set(intent, "next_action", Json::Null));
    }
    let method = methods::find(context, &method, "payment_method")?;
    let off_session = context.notes(id).flag("off_session");
    let confirmation = Confirmation { off_session, authenticated: true, ..Confirmation::default() };
    pay(context, &intent, &method, &confirmation).map(|outcome| outcome.intent)
}

/// The customer fails to do it.
pub(crate) fn fail_authentication(context: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let intent = context.get("payment_intent", id, "intent")?;
    let step = context.permit(&MACHINE, id, "refuse")?;
    let method = context.peek(intent.id_at("payment_method")).cloned().unwrap_or_default();
    let error = json!({ "type": "invalid_request_error", "code": "payment_intent_authentication_failure",
        "message": "The customer did not authenticate the payment.", "payment_method": method });
    context.take(step, |intent| {
        set(intent, "payment_method", Json::Null);
        set(intent, "next_action", Json::Null);
        set(intent, "last_payment_error", error);
    })
}

fn expire(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    give_up(context, id, "expire", Some("automatic")).map(drop)
}

/// Ends an intent without a payment. Returns it.
pub(crate) fn give_up(
    context: &mut AccountContext<'_>,
    id: &str,
    event: &str,
    reason: Option<&str>,
) -> Result<Json, ApiError> {
    let intent = context.get("payment_intent", id, "intent")?;
    let mut step =
        context.permit(&MACHINE, id, event).map_err(|refusal| unexpected_state(refusal, &intent))?;
    let charge = intent.id_at("latest_charge").to_owned();
    match intent.text("status") {
        "requires_capture" => step = step.with(charges::release(context, &charge)?),
        "processing" => {
            step = step.with(fail_charge(context, &charge, "canceled", "The payment was canceled.")?);
        }
        _ => {}
    }
    context.forget(id);
    let now = context.now();
    context.take(step, |intent| {
        set(intent, "amount_capturable", 0);
        set(intent, "canceled_at", now);
        set(intent, "cancellation_reason", reason);
        set(intent, "next_action", Json::Null);
    })
}
