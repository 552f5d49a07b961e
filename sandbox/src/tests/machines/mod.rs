//! Every pair of state and event of every machine: an object is brought into the state, and the event is caused.
//! Either the effects of the table's transition happen and no others, or the request fails with 400 and has no
//! effect.

mod bench;
mod cases;

use crate::engine::{StateMachine, Transition};
use crate::resources::RESOURCES;
use crate::tests::state::state as whole_state;
use bench::Bench;
use cases::{CASES, Case};
use std::collections::{BTreeSet, VecDeque};

/// Types of events or balance transactions, in order.
type Names = &'static [&'static str];

/// States that are not reached by the shortest path.
const WAYS: &[(&str, &str, &[&str])] = &[("authorization", "closed", &["close"])];

/// Events that require another event first: a bank can only return money that it has received.
const THROUGH: &[(&str, &str, &str, &str)] = &[
    ("outbound payment", "processing", "return", "post"),
    ("outbound transfer", "processing", "return", "post"),
    ("payment intent", "requires_payment_method", "ask", "attach"),
    ("payment intent", "requires_payment_method", "process", "attach"),
    ("payment intent", "requires_payment_method", "hold", "attach"),
    ("payment intent", "requires_payment_method", "succeed", "attach"),
    ("payment intent", "requires_payment_method", "decline", "attach"),
];

/// Requests that set a state which the object already has: they have no effect.
const AGAIN: &[(&str, Names)] = &[
    ("capability", &["request", "withdraw"]),
    ("card", &["activate", "deactivate", "cancel"]),
    ("cardholder", &["activate", "deactivate"]),
    ("payment intent", &["ask"]),
    ("token", &["activate", "suspend", "delete"]),
];

/// Further effects of a transition in one state or in any (`*`): events that depend on more than the state, and
/// balance transactions.
const BESIDE: &[(&str, &str, &str, Names, Names)] = &[
    ("topup", "*", "settle", &["balance.available"], &[]),
    // The balance transactions of a payment belong to its charge.
    ("payment intent", "processing", "succeed", &["balance.available"], &["payment"]),
    ("payment intent", "*", "succeed", &[], &["charge"]),
    ("payment intent", "*", "capture", &[], &["charge"]),
    ("payout", "*", "fail", &["account.external_account.updated"], &[]),
    ("source", "*", "consume", &["topup.created"], &[]),
    ("shipment", "*", "cancel", &["issuing_card.updated"], &[]),
    ("dispute", "*", "win", &["issuing_dispute.funds_reinstated"], &["issuing_dispute"]),
    // A review of the account emits the events of all transitions caused by one request.
    ("capability", "*", "request", REVIEWED, &[]),
    ("capability", "*", "withdraw", REVIEWED, &[]),
    ("capability", "*", "disable", REVIEWED, &[]),
    ("capability", "*", "check", PERSON_GIVEN, &[]),
    ("capability", "inactive", "activate", PERSON_GIVEN, &[]),
    ("capability", "pending", "activate", &["person.updated", "capability.updated", "account.updated"], &[]),
    ("account link", "*", "complete", FILLED_IN, &[]),
    ("inbound transfer", "*", "return", &["treasury.received_debit.created"], &[]),
];
const REVIEWED: Names = &["capability.updated", "account.updated"];
const PERSON_GIVEN: Names =
    &["person.created", "capability.updated", "account.updated", "account.external_account.created"];
const FILLED_IN: Names = &[
    "account.external_account.created",
    "account.application.authorized",
    "person.created",
    "capability.updated",
    "capability.updated",
    "account.updated",
];

#[test]
fn every_machine_has_a_driver() {
    let driven: BTreeSet<&str> = CASES.iter().map(|case| case.machine.object).collect();
    let machines: Vec<&str> =
        RESOURCES.iter().flat_map(|system| system.machines).map(|machine| machine.object).collect();
    assert_eq!(driven, machines.iter().copied().collect());
    assert_eq!((machines.len(), driven.len()), (27, 27), "no two machines have one name");
}

/// The events that bring a new object into a state: the shortest path through the table.
fn way(machine: &StateMachine, to: &str) -> Vec<&'static str> {
    if let Some(way) = WAYS.iter().find(|way| (way.0, way.1) == (machine.object, to)) {
        return way.2.to_vec();
    }
    let mut ways = VecDeque::from([(machine.states()[0], Vec::new())]);
    while let Some((state, way)) = ways.pop_front() {
        if state == to {
            return way;
        }
        for step in machine.steps.iter().filter(|step| step.from == state && step.to != state) {
            ways.push_back((step.to, [way.as_slice(), &[step.event]].concat()));
        }
    }
    panic!("the state {to} of a {} is not reachable", machine.object)
}

/// The expected transitions on an event in a state: usually one, none if it must be rejected.
fn steps(machine: &StateMachine, state: &str, event: &str) -> Vec<&'static Transition> {
    let through =
        THROUGH.iter().find(|through| (through.0, through.1, through.2) == (machine.object, state, event));
    let first = through.and_then(|through| machine.find(state, through.3));
    let state = first.map_or(state, |first| first.to);
    first.into_iter().chain(machine.find(state, event)).collect()
}

/// Runs a case. Returns what differs from the table.
fn check(case: &Case, state: &str, event: &'static str) -> Result<&'static str, String> {
    let machine = case.machine;
    let bench = Bench::new();
    let way = way(machine, state);
    let id = (case.make)(&bench, &[way.as_slice(), &[event]].concat());
    for past in way {
        assert_eq!((case.fire)(&bench, &id, past), Some(200), "{} {past} on the way", machine.object);
    }
    assert_eq!(bench.state(machine, &id), state, "{} before {event}", machine.object);

    let (before, told) = (whole_state(&bench.sandbox), bench.told());
    let outcome = (case.fire)(&bench, &id, event);
    let (after, now, told) =
        (whole_state(&bench.sandbox), bench.state(machine, &id), bench.told().since(&told));
    bench.sandbox.audit()?;

    let steps = steps(machine, state, event);
    let Some(last) = steps.last() else {
        return match outcome {
            Some(_) if before != after => {
                Err(format!("is not in the table, but the state is {now} with {told:?}"))
            }
            Some(400) => Ok("refused"),
            Some(200)
                if AGAIN
                    .iter()
                    .any(|(object, events)| *object == machine.object && events.contains(&event)) =>
            {
                Ok("idle")
            }
            None => Ok("closed"),
            Some(status) => Err(format!("{status}")),
        };
    };
    if outcome != Some(200) || now != last.to {
        return Err(format!("{outcome:?}, {now} instead of {}", last.to));
    }
    let beside = BESIDE.iter().find(|(object, place, what, ..)| {
        (*object, *what) == (machine.object, event) && ["*", state].contains(place)
    });
    let (events, moves) = beside.map_or((&[][..], &[][..]), |beside| (beside.3, beside.4));
    let events: Vec<&str> = steps.iter().flat_map(|step| step.emits).chain(events).copied().collect();
    let moves: Vec<&str> = steps.iter().flat_map(|step| step.moves).chain(moves).copied().collect();
    if told.0 != events || told.1 != moves {
        return Err(format!("{told:?} instead of {events:?} and {moves:?}"));
    }
    Ok("stepped")
}

#[test]
fn every_state_and_event_follows_the_table_or_fails() {
    let (mut wrong, mut all) = (Vec::new(), Vec::new());
    for case in CASES {
        for state in case.machine.states() {
            for event in case.machine.events() {
                match check(case, state, event) {
                    Ok(done) => all.push(done),
                    Err(what) => wrong.push(format!("{} {state} {event}: {what}", case.machine.object)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let count = |what| all.iter().filter(|done| **done == what).count();
    let counts = ["stepped", "refused", "idle", "closed"].map(count);
    assert!(counts[0] > 80 && counts[1] > 100 && counts[2] < 20 && counts[3] < 20, "{counts:?}");
}
