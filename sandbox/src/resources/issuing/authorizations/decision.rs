//! The decision on a request: by the platform's endpoint within two seconds, or by Stripe.

use super::{EXPIRE, EXPIRE_TRAVEL, permit, remember, show, test_helpers};
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::issuing::balance::Funds;
use crate::resources::issuing::{lifecycle, merchants, transactions};
use crate::spec;
use crate::state::{AccountContext, PendingAuthorization, RequestContext};
use serde_json::json;
use std::time::Duration;

/// The states of a fraud challenge.
pub static CHALLENGES: StateMachine = StateMachine {
    object: "fraud challenge",
    member: "fraud_challenges.0.status",
    steps: &[
        step("pending", "verify", "verified").emits(&["issuing_authorization.updated"]),
        step("pending", "reject", "rejected").emits(&["issuing_authorization.updated"]),
    ],
};

/// The endpoint's time limit.
const PATIENCE: Duration = Duration::from_secs(2);
/// The event that requests the platform's decision.
pub(crate) const REQUEST: &str = "issuing_authorization.request";

/// A decision and its reason.
#[derive(Debug)]
pub(crate) struct Verdict {
    approved: bool,
    reason: &'static str,
    /// The error in the endpoint's reply; only the reason `webhook_error` has a message.
    message: Option<String>,
    /// The approved amount in minor units; 0 if declined.
    amount: i64,
}

impl Verdict {
    pub(crate) fn approved(reason: &'static str, amount: i64) -> Self {
        Self { approved: true, reason, message: None, amount }
    }

    pub(crate) fn declined(reason: &'static str) -> Self {
        Self { approved: false, reason, message: None, amount: 0 }
    }
}

/// An endpoint's reply to `issuing_authorization.request`.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status of its reply.
    pub status: u16,
    /// Its `Stripe-Version` header: a published API version.
    pub version: Option<String>,
    /// Its `Content-Type` header. If missing, the body is parsed as JSON.
    pub content_type: Option<String>,
    /// Its body: `approved`, and optionally `amount`, `metadata`, `send_fraud_challenges`.
    pub body: Json,
}

impl Answer {
    /// Approves the complete amount.
    pub fn approve() -> Self {
        Self {
            status: 200,
            version: Some(stripe_platform::API_VERSION.to_owned()),
            content_type: Some("application/json".to_owned()),
            body: json!({ "approved": true }),
        }
    }

    /// Approves a part, in minor units of the card's currency.
    pub fn approve_part(amount: i64) -> Self {
        Self { body: json!({ "approved": true, "amount": amount }), ..Self::approve() }
    }

    /// Declines.
    pub fn decline() -> Self {
        Self { body: json!({ "approved": false }), ..Self::approve() }
    }

    /// Why the reply is invalid.
    fn flaw(&self, own_version: &str) -> Option<String> {
        if self.status != 200 {
            return Some(format!("The endpoint replied with status {}.", self.status));
        }
        match self.version.as_deref().unwrap_or_default() {
            "" => return Some("The reply has no Stripe-Version header.".to_owned()),
            version if version != own_version && !crate::state::is_version(version) => {
                return Some(format!("The Stripe-Version of the reply is not supported: {version}"));
            }
            _ => {}
        }
        let kind = self.content_type.as_deref().unwrap_or("application/json");
        if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
            return Some(format!("The Content-Type of the reply is not application/json: {kind}"));
        }
        if self.body.at("approved").and_then(Json::as_bool).is_none() {
            return Some("The reply does not contain `approved`.".to_owned());
        }
        let metadata = self.body.at("metadata")?;
        let texts = metadata.as_object().is_some_and(|members| members.values().all(Json::is_string));
        let checked = spec::metadata(metadata, "metadata").err().map(|refusal| String::from(refusal.message));
        checked
            .or_else(|| (!texts).then(|| "The `metadata` of the reply is not a map of strings.".to_owned()))
    }
}

/// Whether a decision is requested.
pub(crate) fn is_wanted(context: &AccountContext<'_>) -> bool {
    context.state.questions_asked || !context.state.listeners(context.scope(), REQUEST).is_empty()
}

/// The note with the time of an authorization's latest request.
const REQUESTED_AT: &str = "requested_at";

/// Stores the time of a request, for its history.
pub(crate) fn note_request(context: &mut AccountContext<'_>, id: &str) {
    let now = context.now();
    context.note(id, |notes| set(notes, REQUESTED_AT, now));
}

/// Requests a decision, and waits for two seconds of the sandbox's clock.
pub(crate) fn ask(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let authorization = context.get("issuing.authorization", id, "authorization")?;
    let shown = show(context, authorization)?;
    context.emit(REQUEST, &shown)?;
    let question = PendingAuthorization {
        scope: context.scope().clone(),
        authorization: id.to_owned(),
        due: context.state.clock.after(PATIENCE),
    };
    context.state.questions.push(question);
    context.later(PATIENCE, id, too_late);
    Ok(())
}

fn too_late(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    by_default(context, id, "webhook_timeout", None)
}

/// Decides by the account's default, if the endpoint did not.
fn by_default(
    context: &mut AccountContext<'_>,
    id: &str,
    reason: &'static str,
    message: Option<String>,
) -> Result<(), ApiError> {
    let asked = pending(context, id)?.int("amount");
    let approved = context.state.options.approve_without_answer;
    let amount = if approved { asked } else { 0 };
    conclude(context, id, &Verdict { approved, reason, message, amount })
}

fn pending(context: &AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let authorization = context.get("issuing.authorization", id, "authorization")?;
    let request = authorization.at("pending_request").cloned();
    request.ok_or_else(|| ApiError::invalid("The authorization is not pending a decision."))
}

/// Applies the endpoint's reply. An invalid reply counts as an error of the endpoint.
pub(crate) fn answer(context: &mut AccountContext<'_>, id: &str, answer: &Answer) -> Result<(), ApiError> {
    let request = pending(context, id)?;
    let amount = answer.body.at("amount");
    let flaw = answer.flaw(&context.state.options.api_version).or_else(|| {
        amount
            .and_then(|amount| part(&request, amount.as_i64().unwrap_or(-1)).err())
            .map(|refusal| String::from(refusal.message))
    });
    if let Some(flaw) = flaw {
        return by_default(context, id, "webhook_error", Some(flaw));
    }
    if let Some(metadata) = answer.body.at("metadata").and_then(Json::as_object).cloned() {
        context.change(id, |authorization| {
            for (name, value) in metadata.into_iter().filter(|(_, value)| value != "") {
                crate::resources::issuing::set_within(authorization, "metadata", &name, value);
            }
        })?;
    }
    if !answer.body.items("send_fraud_challenges").is_empty() {
        challenge(context, id)?;
    }
    let verdict = if answer.body.flag("approved") {
        Verdict::approved("webhook_approved", amount.and_then(Json::as_i64).unwrap_or(request.int("amount")))
    } else {
        Verdict::declined("webhook_declined")
    };
    conclude(context, id, &verdict)
}

/// Checks that a part of a request can be approved.
fn part(request: &Json, amount: i64) -> Result<i64, ApiError> {
    let message = if !request.flag("is_amount_controllable") && amount != request.int("amount") {
        "The merchant does not accept a partial amount."
    } else if !(request.int("amount").min(1)..=request.int("amount")).contains(&amount) {
        "The amount must be from 1 to the requested amount."
    } else {
        return Ok(amount);
    };
    Err(ApiError::invalid(message).param("amount"))
}

/// Sends the cardholder a text message to confirm the purchase.
fn challenge(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let authorization = context.get("issuing.authorization", id, "authorization")?;
    let cardholder = context.peek(authorization.id_at("cardholder"));
    let reachable = cardholder.is_some_and(|cardholder| cardholder.at("phone_number").is_some());
    let challenge = if reachable {
        json!({ "channel": "sms", "status": "pending", "undeliverable_reason": null })
    } else {
        json!({ "channel": "sms", "status": "undeliverable", "undeliverable_reason": "no_phone_number" })
    };
    context.change(id, |authorization| set(authorization, "fraud_challenges", json!([challenge])))?;
    Ok(())
}

/// The cardholder's answer to the text message.
pub(crate) fn respond(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("authorization");
    call.get("issuing.authorization", &id, "authorization")?;
    let event = if call.flag("confirmed") { "verify" } else { "reject" };
    let step = call.permit(&CHALLENGES, &id, event)?.shown(call, show)?;
    let authorization = call.take(step, |_| {})?;
    if event == "verify" {
        remember_verified(call, &authorization);
    }
    Ok(authorization)
}

/// The note with the merchants whose purchases the cardholder has confirmed.
const VERIFIED: &str = "verified_merchants";

/// Identifies a merchant.
fn merchant_key(merchant: &Json) -> String {
    format!("{} {}", merchant.text("network_id"), merchant.text("name"))
}

fn remember_verified(context: &mut AccountContext<'_>, authorization: &Json) {
    let key = merchant_key(authorization.at("merchant_data").unwrap_or(&Json::Null));
    context.note(authorization.id_at("card"), |notes| {
        let mut known = notes.items(VERIFIED).to_vec();
        if !known.iter().any(|verified| *verified == key) {
            known.push(key.into());
            set(notes, VERIFIED, known);
        }
    });
}

/// Whether the cardholder has confirmed an earlier purchase at this merchant.
pub(crate) fn verified_before(context: &AccountContext<'_>, card: &str, merchant: &Json) -> bool {
    let key = merchant_key(merchant);
    context.notes(card).items(VERIFIED).iter().any(|verified| *verified == key)
}

pub(crate) fn approve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("authorization");
    let request = pending(call, &id)?;
    let amount = part(&request, call.int("amount").unwrap_or(request.int("amount")))?;
    decided(call, &id, &Verdict::approved("webhook_approved", amount))
}

pub(crate) fn decline(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("authorization");
    pending(call, &id)?;
    decided(call, &id, &Verdict::declined("webhook_declined"))
}

fn decided(call: &mut RequestContext<'_>, id: &str, verdict: &Verdict) -> Result<Json, ApiError> {
    let before = call.get("issuing.authorization", id, "authorization")?;
    if let Some(metadata) = call.merged_metadata(&before)? {
        call.change(id, |authorization| set(authorization, "metadata", metadata))?;
    }
    conclude(call, id, verdict)?;
    let authorization = call.get("issuing.authorization", id, "authorization")?;
    show(call, authorization)
}

/// Ends a request: writes its history, holds the approved amount, closes a declined authorization. The balance is
/// checked again, since it may have changed meanwhile.
pub(crate) fn conclude(
    context: &mut AccountContext<'_>,
    id: &str,
    verdict: &Verdict,
) -> Result<(), ApiError> {
    let before = context.get("issuing.authorization", id, "authorization")?;
    let request = pending(context, id)?;
    let first = before.items("request_history").is_empty();
    let asked = context.state.questions.iter().any(|question| question.authorization == id);
    if !asked {
        // The request was never shown, so events do not show its removal.
        context.change(id, |authorization| set(authorization, "pending_request", Json::Null))?;
    }
    context.state.questions.retain(|question| question.authorization != id);
    context.forget(id);
    let funds = Funds::of_authorization(context, &before)?;
    let broke = verdict.approved && funds.spendable(context) < verdict.amount;
    let late = Verdict::declined("insufficient_funds");
    let verdict = if broke { &late } else { verdict };
    let event = match (verdict.approved, first) {
        (true, true) => "approve",
        (false, true) => "decline",
        (true, false) => "raise",
        (false, false) => "refuse_raise",
    };
    let step = permit(context, id, event)?;
    if verdict.approved {
        let lines = funds.hold(context, step.money()?, id, verdict.amount)?;
        remember(context, id, verdict.amount, 0, lines, None);
    }
    let requested_at = context.notes(id).int(REQUESTED_AT);
    let entry = entry(context, &request, requested_at, verdict);
    let foreign = entry.int("merchant_amount");
    match event {
        "approve" | "raise" => test_helpers::expire_later(context, id, &before),
        "refuse_raise" => test_helpers::expire_as_planned(context, id),
        _ => {}
    }
    let taken = context.take(step, |authorization| {
        set(authorization, "pending_request", Json::Null);
        if let Some(Json::Array(history)) = authorization.get_mut("request_history") {
            history.push(entry);
        }
        if verdict.approved {
            let sum = before.int("amount").saturating_add(verdict.amount);
            set(authorization, "approved", true);
            set(authorization, "amount", sum);
            let sum = before.int("merchant_amount").saturating_add(foreign);
            set(authorization, "merchant_amount", sum);
        } else if first {
            set(authorization, "amount", request.int("amount"));
            set(authorization, "merchant_amount", request.int("merchant_amount"));
        }
    });
    let taken = taken?;
    if verdict.approved { lifecycle::approved(context, &taken) } else { Ok(()) }
}

fn entry(context: &mut AccountContext<'_>, request: &Json, requested_at: i64, verdict: &Verdict) -> Json {
    let code = verdict.approved.then(|| format!("S{}", context.state.ids.digits(6)));
    let (asked, foreign) = (request.int("amount"), request.int("merchant_amount"));
    let (amount, foreign) = match verdict.approved {
        true => (verdict.amount, transactions::portion(foreign, verdict.amount, asked)),
        false => (asked, foreign),
    };
    json!({
        "amount": amount, "amount_details": request.at("amount_details"), "approved": verdict.approved,
        "authorization_code": code, "created": context.now(), "currency": request.text("currency"),
        "merchant_amount": foreign, "merchant_currency": request.text("merchant_currency"),
        "network_risk_score": null, "reason": verdict.reason, "reason_message": verdict.message,
        "requested_at": requested_at,
    })
}

/// The rule for the expiry of an authorization.
pub(crate) fn expiry(authorization: &Json) -> &'static crate::state::Rule {
    if merchants::is_travel(authorization.text("merchant_data.category")) { &EXPIRE_TRAVEL } else { &EXPIRE }
}
