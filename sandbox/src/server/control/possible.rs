//! The transitions that the state of an object allows, from the tables of the state machines.

use super::transitions::{TRANSITIONS, Transition};
use crate::engine::{Json, Peek, StateMachine};
use crate::resources::issuing::{authorizations, cardholders, disputes, shipping};
use crate::resources::money::{payouts, sources, topups};
use crate::resources::payments::{attempts, disputes as charge_disputes, refunds, setup_intents};
use crate::resources::treasury::{inbound_transfers, outbound_flows};

/// When a transition is possible.
enum When {
    /// If the state machine has a transition on this event from the object's state.
    Step(&'static StateMachine, &'static str),
    /// If a member has this value.
    Is(&'static str, &'static str),
    /// In every state.
    Always,
}

use When::{Always, Is, Step};

/// The name of a transition, the type of object, and when it is possible.
const ROWS: &[(&str, &str, When)] = &[
    ("topups.settle", "topup", Step(&topups::MACHINE, "settle")),
    ("topups.fail", "topup", Step(&topups::MACHINE, "fail")),
    ("topups.reverse", "topup", Step(&topups::MACHINE, "reverse")),
    ("payouts.send", "payout", Step(&payouts::MACHINE, "send")),
    ("payouts.pay", "payout", Step(&payouts::MACHINE, "pay")),
    ("payouts.fail", "payout", Step(&payouts::MACHINE, "fail")),
    ("sources.receive", "source", Is("status", "pending")),
    ("sources.fail", "source", Step(&sources::MACHINE, "fail")),
    ("sources.cancel", "source", Step(&sources::MACHINE, "cancel")),
    ("accounts.verify", "account", Always),
    ("accounts.require", "account", Always),
    ("accounts.fulfil", "account", Always),
    ("accounts.receive", "account", Always),
    ("accounts.charge", "account", Always),
    ("accounts.pay_out", "account", Always),
    ("accounts.issue_card", "account", Always),
    ("payments.refund", "charge", Is("status", "succeeded")),
    ("payments.authenticate", "payment_intent", Step(&attempts::MACHINE, "return")),
    ("payments.fail_authentication", "payment_intent", Step(&attempts::MACHINE, "refuse")),
    ("payments.authenticate", "setup_intent", Step(&setup_intents::MACHINE, "refuse")),
    ("payments.fail_authentication", "setup_intent", Step(&setup_intents::MACHINE, "refuse")),
    ("payments.finish_debit", "payment_intent", Is("status", "processing")),
    ("payments.dispute", "charge", Is("status", "succeeded")),
    ("payments.inquire", "charge", Is("status", "succeeded")),
    ("refunds.succeed", "refund", Step(&refunds::MACHINE, "succeed")),
    ("refunds.fail", "refund", Step(&refunds::MACHINE, "fail")),
    ("charge_disputes.win", "dispute", Step(&charge_disputes::MACHINE, "win")),
    ("charge_disputes.lose", "dispute", Step(&charge_disputes::MACHINE, "lose")),
    ("charge_disputes.escalate", "dispute", Step(&charge_disputes::MACHINE, "escalate")),
    ("cardholders.block", "issuing.cardholder", Step(&cardholders::MACHINE, "block")),
    ("cardholders.review", "issuing.cardholder", Is("status", "active")),
    ("cards.authorize", "issuing.card", Is("status", "active")),
    ("cards.block_pin", "issuing.card", Is("status", "active")),
    ("cards.add_to_wallet", "issuing.card", Is("status", "active")),
    ("cards.ask_wallet", "issuing.card", Is("status", "active")),
    ("cards.ship", "issuing.card", Step(&shipping::MACHINE, "ship")),
    ("cards.deliver", "issuing.card", Step(&shipping::MACHINE, "deliver")),
    ("cards.give_back", "issuing.card", Step(&shipping::MACHINE, "return")),
    ("cards.lose", "issuing.card", Step(&shipping::MACHINE, "fail")),
    ("authorizations.capture", "issuing.authorization", Step(&authorizations::MACHINE, "capture")),
    ("authorizations.capture_part", "issuing.authorization", Step(&authorizations::MACHINE, "capture")),
    ("authorizations.increment", "issuing.authorization", Step(&authorizations::MACHINE, "raise")),
    ("authorizations.reverse", "issuing.authorization", Step(&authorizations::MACHINE, "reverse")),
    ("authorizations.expire", "issuing.authorization", Step(&authorizations::MACHINE, "expire")),
    ("authorizations.refund", "issuing.authorization", Is("status", "closed")),
    ("disputes.win", "issuing.dispute", Step(&disputes::MACHINE, "win")),
    ("disputes.lose", "issuing.dispute", Step(&disputes::MACHINE, "lose")),
    ("financial_accounts.receive", "treasury.financial_account", Is("status", "open")),
    ("financial_accounts.debit", "treasury.financial_account", Is("status", "open")),
    ("outbound_flows.post", "treasury.outbound_payment", Step(&outbound_flows::PAYMENTS, "post")),
    ("outbound_flows.fail", "treasury.outbound_payment", Step(&outbound_flows::PAYMENTS, "fail")),
    ("outbound_flows.give_back", "treasury.outbound_payment", Step(&outbound_flows::PAYMENTS, "return")),
    ("outbound_flows.post", "treasury.outbound_transfer", Step(&outbound_flows::TRANSFERS, "post")),
    ("outbound_flows.fail", "treasury.outbound_transfer", Step(&outbound_flows::TRANSFERS, "fail")),
    ("outbound_flows.give_back", "treasury.outbound_transfer", Step(&outbound_flows::TRANSFERS, "return")),
    ("inbound_transfers.succeed", "treasury.inbound_transfer", Step(&inbound_transfers::MACHINE, "succeed")),
    ("inbound_transfers.fail", "treasury.inbound_transfer", Step(&inbound_transfers::MACHINE, "fail")),
    ("inbound_transfers.give_back", "treasury.inbound_transfer", Step(&inbound_transfers::MACHINE, "return")),
];

/// The transitions that an object currently allows.
pub(crate) fn transitions(object: &Json) -> impl Iterator<Item = &'static Transition> {
    let kind = object.text("object");
    let names = ROWS.iter().filter(move |(_, of, when)| *of == kind && when.is(object));
    let found: Vec<_> = names
        .filter_map(|(name, ..)| TRANSITIONS.iter().find(|transition| transition.name == *name))
        .collect();
    found.into_iter()
}

impl When {
    fn is(&self, object: &Json) -> bool {
        match self {
            Step(machine, event) => machine.allows(machine.state(object), event),
            Is(member, value) => object.text(member) == *value,
            Always => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_row_refers_to_a_transition_and_an_event() {
        for (name, _, when) in ROWS {
            assert!(TRANSITIONS.iter().any(|transition| transition.name == *name), "{name}");
            if let Step(machine, event) = when {
                assert!(machine.events().contains(event), "{name}: {event}");
            }
        }
    }

    #[test]
    fn state_determines_possible_transitions() {
        let names = |object: Json| transitions(&object).map(|transition| transition.name).collect::<Vec<_>>();
        let topup = |status: &str| names(json!({ "object": "topup", "status": status }));
        assert_eq!(topup("pending"), ["topups.settle", "topups.fail"]);
        assert_eq!(topup("succeeded"), ["topups.reverse"]);
        assert!(topup("failed").is_empty());
        let card =
            json!({ "object": "issuing.card", "status": "active", "shipping": { "status": "shipped" } });
        assert!(names(card).contains(&"cards.deliver"));
    }
}
