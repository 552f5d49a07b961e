//! Authorizations: requested by a merchant, checked by Stripe, optionally decided by the platform, held, and captured
//! or released.

pub(crate) mod checks;
pub(crate) mod decision;
pub(crate) mod requests;
pub(crate) mod test_helpers;

pub use crate::resources::issuing::authorizations::decision::Answer;
pub(crate) use crate::resources::issuing::authorizations::decision::{REQUEST, answer};
pub(crate) use crate::resources::issuing::authorizations::requests::merchant_data;
pub(crate) use crate::resources::issuing::authorizations::test_helpers::expire;

use super::{card_state, spending_controls};
use crate::engine::{ApiError, Json, Peek, StateMachine, changed as difference, set, step};
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{About, AccountContext, Change, PendingTransition, Policy, RequestContext, Rule};
use serde_json::json;

/// The states of an authorization. An expired one can still be captured late.
pub static MACHINE: StateMachine = StateMachine {
    object: "authorization",
    member: "status",
    steps: &[
        step("pending", "approve", "pending")
            .emits(&["issuing_authorization.created"])
            .moves(&["issuing_authorization_hold"]),
        step("pending", "decline", "closed").emits(&["issuing_authorization.created"]),
        step("pending", "raise", "pending")
            .asked("increment")
            .emits(&["issuing_authorization.updated"])
            .moves(&["issuing_authorization_hold"]),
        step("pending", "refuse_raise", "pending").emits(&["issuing_authorization.updated"]),
        step("pending", "lower", "pending")
            .asked("reverse")
            .emits(&["issuing_authorization.updated"])
            .moves(&["issuing_authorization_release"]),
        step("pending", "reverse", "reversed")
            .emits(&["issuing_authorization.updated"])
            .moves(&["issuing_authorization_release"]),
        step("pending", "expire", "expired")
            .emits(&["issuing_authorization.updated"])
            .moves(&["issuing_authorization_release"]),
        step("pending", "capture", "pending")
            .emits(&["issuing_transaction.created", "issuing_authorization.updated"])
            .moves(&["issuing_authorization_release", "issuing_transaction"]),
        step("pending", "close", "closed")
            .asked("capture")
            .emits(&["issuing_transaction.created", "issuing_authorization.updated"])
            .moves(&["issuing_authorization_release", "issuing_transaction"]),
        step("pending", "reverse_rest", "closed")
            .asked("reverse")
            .emits(&["issuing_authorization.updated"])
            .moves(&["issuing_authorization_release"]),
        step("expired", "close", "closed")
            .asked("capture")
            .emits(&["issuing_transaction.created", "issuing_authorization.updated"])
            .moves(&["issuing_transaction"]),
    ],
};

/// How long a merchant may wait with the capture.
pub static EXPIRE: Rule = Rule {
    name: "authorization.expire",
    default: Policy::days(7),
    about: About::Object(&["issuing.authorization"]),
    task: expire,
};
/// The same for travel, lodging and rentals.
pub static EXPIRE_TRAVEL: Rule = Rule {
    name: "authorization.expire_travel",
    default: Policy::days(31),
    about: About::Object(&["issuing.authorization"]),
    task: expire,
};

const MADE: &[&str] = &[
    "issuing_authorization.request",
    "issuing_authorization.created",
    "issuing_authorization.updated",
    "issuing_token.created",
];
const UPDATED: &[&str] = &["issuing_authorization.updated"];
const CAPTURED: &[&str] = &[
    "issuing_authorization.updated",
    "issuing_transaction.created",
    "issuing_transaction.purchase_details_receipt_updated",
    "treasury.received_debit.created",
];

pub(crate) static RESOURCE: Resource = Resource {
    name: "issuing_authorizations",
    entries: &[
        entry("GetIssuingAuthorizations", list, &[]),
        entry("GetIssuingAuthorizationsAuthorization", retrieve, &[]),
        entry("PostIssuingAuthorizationsAuthorization", update, UPDATED),
        entry("PostIssuingAuthorizationsAuthorizationApprove", decision::approve, MADE),
        entry("PostIssuingAuthorizationsAuthorizationDecline", decision::decline, MADE),
        entry("PostTestHelpersIssuingAuthorizations", requests::create, MADE),
        entry("PostIssuingCardsCardTestAuthorizations", requests::create_by_card, MADE),
        entry("PostTestHelpersIssuingAuthorizationsAuthorizationIncrement", requests::increment, MADE),
        entry("PostTestHelpersIssuingAuthorizationsAuthorizationCapture", test_helpers::capture, CAPTURED),
        entry("PostTestHelpersIssuingAuthorizationsAuthorizationReverse", test_helpers::reverse, UPDATED),
        entry("PostTestHelpersIssuingAuthorizationsAuthorizationExpire", test_helpers::expire_now, UPDATED),
        entry(
            "PostTestHelpersIssuingAuthorizationsAuthorizationFinalizeAmount",
            test_helpers::finalize,
            UPDATED,
        ),
        entry(
            "PostTestHelpersIssuingAuthorizationsAuthorizationFraudChallengesRespond",
            decision::respond,
            UPDATED,
        ),
    ],
    machines: &[&MACHINE, &decision::CHALLENGES],
    rules: &[&EXPIRE, &EXPIRE_TRAVEL],
};

/// An authorization as shown, with its current card, transactions and balance transactions.
pub(crate) fn show(context: &AccountContext<'_>, mut authorization: Json) -> Result<Json, ApiError> {
    let id = authorization.text("id").to_owned();
    if let Some(card) = context.peek(authorization.id_at("card")).cloned() {
        set(&mut authorization, "card", card_state::show(context, card));
    }
    let notes = context.notes(&id);
    let ids =
        |name: &str| notes.items(name).iter().filter_map(Json::as_str).map(str::to_owned).collect::<Vec<_>>();
    let transactions: Vec<Json> =
        ids("transactions").iter().filter_map(|id| context.peek(id)).cloned().collect();
    set(&mut authorization, "transactions", transactions);
    let lines: Result<Vec<Json>, ApiError> = ids("lines")
        .iter()
        .filter_map(|id| context.state.ledger.line(context.scope(), id))
        .map(|line| spec::complete("balance_transaction", line.object(context.now())))
        .collect();
    set(&mut authorization, "balance_transactions", lines?);
    Ok(authorization)
}

/// An authorization completed by the schema, as stored: the card is added when it is shown, so only its id is stored.
fn complete(context: &mut AccountContext<'_>, mut authorization: Json) -> Result<Json, ApiError> {
    let card = authorization.id_at("card").to_owned();
    if let Some(whole) = context.peek(&card).cloned() {
        set(&mut authorization, "card", whole);
    }
    let mut complete = context.build("issuing.authorization", "iauth", authorization)?;
    set(&mut complete, "card", card);
    Ok(complete)
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut page = call.list("issuing.authorization")?;
    if let Some(Json::Array(authorizations)) = page.get_mut("data") {
        for authorization in authorizations {
            *authorization = show(call, authorization.take())?;
        }
    }
    Ok(page)
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let authorization = call.retrieve("issuing.authorization")?;
    show(call, authorization)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let authorization = call.retrieve("issuing.authorization")?;
    let metadata = call.merged_metadata(&authorization)?;
    changed(call, authorization.text("id"), |authorization| {
        if let Some(metadata) = metadata {
            set(authorization, "metadata", metadata);
        }
    })
}

/// A transition of an authorization, whose events have the form of replies.
fn permit(context: &AccountContext<'_>, id: &str, event: &str) -> Result<PendingTransition, ApiError> {
    context.permit(&MACHINE, id, event)?.shown(context, show)
}

/// Changes an authorization, emits the event and returns the authorization as shown.
pub(crate) fn changed(
    context: &mut AccountContext<'_>,
    id: &str,
    change: impl FnOnce(&mut Json),
) -> Result<Json, ApiError> {
    let change = context.change_shown(id, show, change)?;
    context.emit_change("issuing_authorization.updated", &change)?;
    Ok(change.object)
}

/// Emits the changes of an authorization since it was shown as `before`.
pub(crate) fn tell_changed(context: &mut AccountContext<'_>, before: &Json) -> Result<(), ApiError> {
    let id = before.text("id");
    let object = show(context, context.get("issuing.authorization", id, "authorization")?)?;
    let previous = difference(before, &object);
    context.emit_change("issuing_authorization.updated", &Change { object, previous })
}

/// Internal data about an authorization: `held` and `captured` in minor units, and the ids that it shows.
pub(crate) fn remember(
    context: &mut AccountContext<'_>,
    id: &str,
    held: i64,
    captured: i64,
    lines: Vec<String>,
    transaction: Option<String>,
) {
    context.note(id, |notes| {
        for (name, by) in [("held", held), ("captured", captured)] {
            let sum = notes.int(name).saturating_add(by);
            set(notes, name, sum);
        }
        for (name, ids) in [("lines", lines), ("transactions", transaction.into_iter().collect())] {
            if notes.at(name).is_none() {
                set(notes, name, json!([]));
            }
            if let Some(Json::Array(known)) = notes.get_mut(name) {
                known.extend(ids.into_iter().map(Json::from));
            }
        }
    });
    if let Some(authorization) = context.peek(id).cloned() {
        spending_controls::count(context, &authorization, held.saturating_add(captured));
    }
}

/// Checks that the authorization was approved.
fn require_approved(authorization: &Json) -> Result<(), ApiError> {
    if authorization.at("pending_request").is_some() {
        return Err(ApiError::invalid("The authorization is still pending a decision."));
    }
    if !authorization.flag("approved") {
        return Err(ApiError::invalid("The authorization was declined."));
    }
    Ok(())
}
