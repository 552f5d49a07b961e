//! Settlements: the daily settlement between a card network and Stripe.

use crate::engine::{ApiError, Json, StateMachine, step};
use crate::resources::{Resource, entry};
use crate::state::RequestContext;
use serde_json::json;

/// The states of a settlement.
pub static MACHINE: StateMachine = StateMachine {
    object: "settlement",
    member: "status",
    steps: &[step("pending", "complete", "complete")],
};

pub(crate) static RESOURCE: Resource = Resource {
    name: "issuing_settlements",
    entries: &[
        entry("GetIssuingSettlementsSettlement", |call| call.retrieve("issuing.settlement"), &[]),
        entry(
            "PostIssuingSettlementsSettlement",
            |call| Ok(call.update("issuing.settlement", &[])?.object),
            &[],
        ),
        entry("PostTestHelpersIssuingSettlements", create, &[]),
        entry("PostTestHelpersIssuingSettlementsSettlementComplete", complete, &[]),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let bin = call.text("bin").unwrap_or_default();
    if bin.len() < 6 || !bin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::invalid("Invalid bin: must have at least 6 digits.").param("bin"));
    }
    let identifier = call.state.ids.digits(10);
    let settlement = json!({
        "bin": bin, "clearing_date": call.param("clearing_date"), "currency": call.currency()?.as_str(), "metadata": {},
        "interchange_fees_amount": call.int("interchange_fees_amount").unwrap_or_default(),
        "net_total_amount": call.param("net_total_amount"), "network_fees_amount": 0,
        "network": call.text("network").unwrap_or_else(|| "visa".to_owned()),
        "network_settlement_identifier": call.text("network_settlement_identifier").unwrap_or(identifier),
        "settlement_service": "international", "status": "pending",
        "transaction_amount": call.int("transaction_amount").unwrap_or_default(),
        "transaction_count": call.int("transaction_count").unwrap_or_default(),
    });
    call.create("issuing.settlement", "ise", settlement)
}

fn complete(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("settlement");
    call.get("issuing.settlement", &id, "settlement")?;
    call.step(&MACHINE, &id, "complete", |_| {})
}
