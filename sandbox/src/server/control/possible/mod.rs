//! The transitions from outside and the requests that the state of an object allows, from the tables of the state
//! machines.

mod table;

use super::transitions::{TRANSITIONS, Transition};
use crate::engine::{Json, Peek, StateMachine};
use table::{REQUESTS, ROWS};

/// When a transition is possible.
enum When {
    /// If the state machine has a transition on this event from the object's state.
    Step(&'static StateMachine, &'static str),
    /// If a member has this value.
    Is(&'static str, &'static str),
    /// If it waits for a decision.
    Waits,
    /// In every state.
    Always,
}

use When::{Always, Is, Step, Waits};

/// A request that the state of an object allows.
pub(crate) struct Request {
    of: &'static str,
    when: When,
    pub(crate) label: &'static str,
    path: &'static str,
    /// The parameters: name and value.
    pub(crate) form: &'static [(&'static str, &'static str)],
}

impl Request {
    /// The path for an object.
    pub(crate) fn path(&self, object: &Json) -> String {
        self.path.replace("{id}", object.text("id"))
    }
}

const fn request(
    of: &'static str,
    when: When,
    label: &'static str,
    path: &'static str,
    form: &'static [(&'static str, &'static str)],
) -> Request {
    Request { of, when, label, path, form }
}

/// The transitions that an object currently allows.
pub(crate) fn transitions(object: &Json) -> impl Iterator<Item = &'static Transition> {
    let kind = object.text("object");
    let names = ROWS.iter().filter(move |(_, of, when)| *of == kind && when.is(object));
    let found: Vec<_> = names
        .filter_map(|(name, ..)| TRANSITIONS.iter().find(|transition| transition.name == *name))
        .collect();
    found.into_iter()
}

/// The requests that an object currently allows.
pub(crate) fn requests(object: &Json) -> impl Iterator<Item = &'static Request> {
    let kind = object.text("object");
    REQUESTS.iter().filter(move |request| request.of == kind && request.when.is(object))
}

/// All kinds of objects with transitions or requests.
#[cfg(test)]
pub(crate) fn kinds() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(_, of, _)| *of).chain(REQUESTS.iter().map(|request| request.of))
}

impl When {
    fn is(&self, object: &Json) -> bool {
        match self {
            Waits => object.at("pending_request").is_some_and(|request| !request.is_null()),
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
    fn every_request_is_an_operation_of_the_document() {
        for request in REQUESTS {
            let path = request.path(&json!({ "id": "id_1" }));
            let found = crate::spec::find("POST", &path);
            assert!(matches!(found, crate::spec::RouteMatch::Operation(..)), "{path}");
        }
    }

    /// Transitions that act on something without a page.
    const WITHOUT_A_PAGE: [&str; 1] = ["account_links.expire"];

    #[test]
    fn every_transition_is_offered_somewhere() {
        for transition in TRANSITIONS {
            let offered = ROWS.iter().any(|(name, ..)| *name == transition.name);
            assert!(offered || WITHOUT_A_PAGE.contains(&transition.name), "{}", transition.name);
        }
    }

    /// Events of machines that follow from another transition or request, from the details of an account, or from a
    /// scheduled task, which has its own button.
    const NOT_OFFERED: &[(&str, &[&str])] = &[
        ("account link", &["open", "complete", "leave"]),
        ("capability", &["request", "check", "activate", "disable", "withdraw"]),
        ("authorization", &["approve", "decline", "refuse_raise", "lower", "close", "reverse_rest"]),
        ("fraud challenge", &["verify", "reject"]),
        ("personalization design", &["change"]),
        ("dispute", &["expire"]),
        ("shipment", &["cancel"]),
        ("payment intent", &["ask", "process", "hold", "succeed", "decline", "expire"]),
        ("setup intent", &["ask", "succeed"]),
        ("source", &["consume"]),
        ("credit reversal", &["post"]),
        ("debit reversal", &["succeed", "fail"]),
        ("v2.core.event_destination", &["disable", "enable"]),
        ("webhook endpoint", &["disable", "enable"]),
        ("v2.core.vault.us_bank_account", &["send", "confirm", "fail"]),
    ];

    #[test]
    fn every_event_of_a_state_machine_is_offered_or_explained() {
        let rows = ROWS.iter().map(|(.., when)| when);
        let offered: Vec<_> = rows
            .chain(REQUESTS.iter().map(|request| &request.when))
            .filter_map(|when| match when {
                Step(machine, event) => Some((machine.object, *event)),
                _ => None,
            })
            .collect();
        let explained = |object: &str, event: &str| {
            NOT_OFFERED.iter().any(|(known, events)| *known == object && events.contains(&event))
        };
        for machine in crate::resources::RESOURCES.iter().flat_map(|resource| resource.machines) {
            for event in machine.events() {
                let known = offered.contains(&(machine.object, event)) || explained(machine.object, event);
                assert!(known, "{}: {event}", machine.object);
            }
        }
    }

    #[test]
    fn waiting_authorization_can_be_decided() {
        let labels = |pending: Json| {
            let object =
                json!({ "object": "issuing.authorization", "status": "pending", "pending_request": pending });
            requests(&object).map(|request| request.label).collect::<Vec<_>>()
        };
        assert_eq!(labels(json!({ "amount": 5 })), ["Approve", "Decline"]);
        assert!(labels(Json::Null).is_empty());
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
