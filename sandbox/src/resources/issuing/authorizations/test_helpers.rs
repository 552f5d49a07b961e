//! Actions of merchants and networks on an approved authorization.

use super::requests::positive;
use super::{MACHINE, complete, decision, permit, remember, require_approved};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::issuing::balance::Funds;
use crate::resources::issuing::{lifecycle, transactions};
use crate::state::{AccountContext, RequestContext};
use std::time::Duration;

fn subject(call: &RequestContext<'_>) -> Result<(String, Json), ApiError> {
    let id = call.in_path("authorization");
    let authorization = call.get("issuing.authorization", &id, "authorization")?;
    Ok((id, authorization))
}

/// Lowers the authorized amount, and the merchant's amount in its currency.
fn lower(authorization: &mut Json, by: i64) {
    let (before, foreign) = (authorization.int("amount"), authorization.int("merchant_amount"));
    let rest = before.saturating_sub(by);
    let gone = transactions::portion(foreign, by, before);
    set(authorization, "amount", rest);
    set(authorization, "merchant_amount", foreign.saturating_sub(gone));
}

/// The note with the expiry of an authorization, in Unix milliseconds.
const END: &str = "end";

/// The note with the amount held at expiry, which is the default amount of a late capture.
const EXPIRED: &str = "expired";

/// Schedules the expiry of an authorization.
pub(crate) fn expire_later(context: &mut AccountContext<'_>, id: &str, authorization: &Json) {
    let wait = context.by_rule(decision::expiry(authorization), id);
    let end = wait.map(|wait| context.state.clock.after(wait));
    context.note(id, |notes| set(notes, END, end));
}

/// Reschedules the expiry at its former time: a declined increment does not extend it.
pub(crate) fn expire_as_planned(context: &mut AccountContext<'_>, id: &str) {
    let Some(end) = context.notes(id).at(END).and_then(Json::as_i64) else { return };
    let rest = u64::try_from(end.saturating_sub(context.state.clock.milliseconds())).unwrap_or_default();
    context.later(Duration::from_millis(rest), id, expire);
}

/// Captures the held amount, less or more; the rest of the hold is released if the capture is final.
pub(crate) fn capture(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let (id, authorization) = subject(call)?;
    require_approved(&authorization)?;
    let close = call.param("close_authorization").is_none() || call.flag("close_authorization");
    let event = if close { "close" } else { "capture" };
    let step = permit(call, &id, event)?;
    // An expired authorization holds nothing.
    let [release @ .., line] = step.moves() else {
        return Err(ApiError::internal("A capture has no balance transaction."));
    };
    let held = call.notes(&id).int("held");
    let whole = if held == 0 { call.notes(&id).int(EXPIRED) } else { held };
    let amount = if call.int("capture_amount").is_some() { positive(call, "capture_amount")? } else { whole };
    if amount == 0 {
        let message = "Missing capture_amount: nothing is held any more.";
        return Err(ApiError::invalid(message).param("capture_amount"));
    }
    let details = transactions::purchase_details(call);
    let released = if close { held } else { held.min(amount) };
    for kind in release {
        let lines =
            Funds::of_authorization(call, &authorization)?.release(call, kind, &id, released, true)?;
        remember(call, &id, -released, 0, lines, None);
    }
    let card = call.get("issuing.card", authorization.id_at("card"), "card")?;
    let capture = transactions::Capture {
        card: &card,
        authorization: Some(&authorization),
        merchant: authorization.at("merchant_data").cloned().unwrap_or_default(),
        details,
        kind: "capture",
        line,
        rate: transactions::Rate::of_authorization(&authorization),
    };
    let transaction = capture.record(call, -amount)?;
    let transaction_id = transaction.text("id").to_owned();
    remember(call, &id, 0, amount, Vec::new(), Some(transaction_id));
    if close {
        call.forget(&id);
    }
    let has_receipt = transactions::has_receipt(&transaction);
    let told = transaction.clone();
    let authorization = call.take(step.with(transaction), |authorization| lower(authorization, released))?;
    if has_receipt {
        transactions::tell_receipt(call, &told)?;
    }
    lifecycle::captured(call, &authorization)?;
    Ok(authorization)
}

/// Releases a part of the hold, or all of it.
pub(crate) fn reverse(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let (id, authorization) = subject(call)?;
    require_approved(&authorization)?;
    call.allow(&MACHINE, &id, "lower")?;
    let held = call.notes(&id).int("held");
    let amount = if call.int("reverse_amount").is_some() { positive(call, "reverse_amount")? } else { held };
    if amount > held {
        let message = format!("Invalid reverse_amount: at most {held} is held.");
        return Err(ApiError::invalid(message).code("amount_too_large").param("reverse_amount"));
    }
    let event = match (amount == held, call.notes(&id).int("captured") > 0) {
        (false, _) => "lower",
        (true, false) => "reverse",
        (true, true) => "reverse_rest",
    };
    let step = permit(call, &id, event)?;
    let lines =
        Funds::of_authorization(call, &authorization)?.release(call, step.money()?, &id, amount, false)?;
    remember(call, &id, -amount, 0, lines, None);
    if event != "lower" {
        call.forget(&id);
    }
    call.take(step, |authorization| lower(authorization, amount))
}

pub(crate) fn expire_now(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let (id, authorization) = subject(call)?;
    require_approved(&authorization)?;
    expire(call, &id)?;
    let authorization = call.get("issuing.authorization", &id, "authorization")?;
    crate::resources::issuing::authorizations::show(call, authorization)
}

/// Expires an authorization.
pub(crate) fn expire(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let authorization = context.get("issuing.authorization", id, "authorization")?;
    require_approved(&authorization)?;
    let step = permit(context, id, "expire")?;
    let held = context.notes(id).int("held");
    let lines =
        Funds::of_authorization(context, &authorization)?.release(context, step.money()?, id, held, false)?;
    remember(context, id, -held, 0, lines, None);
    context.note(id, |notes| set(notes, EXPIRED, held));
    context.forget(id);
    context.take(step, |authorization| lower(authorization, held)).map(drop)
}

/// Sets the final amount of a purchase with an estimated amount.
pub(crate) fn finalize(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let (id, authorization) = subject(call)?;
    require_approved(&authorization)?;
    call.allow(&MACHINE, &id, "raise")?;
    let amount = positive(call, "final_amount")?;
    let held = call.notes(&id).int("held");
    let funds = Funds::of_authorization(call, &authorization)?;
    let more = amount.saturating_sub(held);
    if more > funds.spendable(call) {
        return Err(
            ApiError::insufficient("The balance does not cover the final amount.").param("final_amount")
        );
    }
    let step = permit(call, &id, if more > 0 { "raise" } else { "lower" })?;
    let kind = step.money()?;
    let lines = if more > 0 {
        funds.hold(call, kind, &id, more)?
    } else {
        funds.release(call, kind, &id, -more, false)?
    };
    remember(call, &id, more, 0, lines, None);
    let mut after = call.get("issuing.authorization", &id, "authorization")?;
    lower(&mut after, -more);
    for name in ["fleet", "fuel"] {
        if let Some(sent) = call.param(name) {
            set(&mut after, name, sent);
        }
    }
    let after = complete(call, after)?;
    call.take(step, |authorization| *authorization = after)
}
