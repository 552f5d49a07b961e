//! Executes transitions of state machines. A machine's table has the permitted transitions, their events and the types of
//! their balance transactions; all other effects are in the resource.
//!
//! A transition that moves money takes three steps, because its events show the balances after the move:
//! [`AccountContext::permit`] looks it up, the resource posts its journal entries with [`PendingTransition::money`],
//! [`AccountContext::take`] writes the new state and emits the events. Without money, [`AccountContext::step`] does
//! all at once.

use super::{AccountContext, Change};
use crate::engine::{ApiError, Json, Peek, StateMachine, Transition, changed};

/// Converts a stored object to the form shown in events, where the two differ.
pub type Show = fn(&AccountContext<'_>, Json) -> Result<Json, ApiError>;

/// A permitted transition of an object that was not taken yet.
#[derive(Debug)]
#[must_use = "a permitted step has not been taken yet"]
pub struct PendingTransition {
    machine: &'static StateMachine,
    step: &'static Transition,
    id: String,
    /// The conversion for events, and its result when the transition was looked up.
    shown: Option<(Show, Json)>,
    others: Vec<Json>,
}

impl PendingTransition {
    /// The target state.
    pub fn to(&self) -> &'static str {
        self.step.to
    }

    /// The type of its only balance transaction, or of its only entry of a financial account.
    pub fn money(&self) -> Result<&'static str, ApiError> {
        match *self.step.moves {
            [kind] => Ok(kind),
            _ => Err(self.broken("does not have exactly one balance transaction")),
        }
    }

    /// The types of all its balance transactions.
    pub fn moves(&self) -> &'static [&'static str] {
        self.step.moves
    }

    /// Sets the conversion for events. Must be called before money moves, since changes are detected from here on.
    pub fn shown(mut self, context: &AccountContext<'_>, show: Show) -> Result<Self, ApiError> {
        let object = context.peek(&self.id).cloned().unwrap_or_default();
        self.shown = Some((show, show(context, object)?));
        Ok(self)
    }

    /// Adds another object, which some events of the transition are about.
    pub fn with(mut self, other: Json) -> Self {
        self.others.push(other);
        self
    }

    /// A mismatch of table and code, which is a bug of the sandbox.
    fn broken(&self, what: &str) -> ApiError {
        let Transition { from, event, .. } = self.step;
        ApiError::internal(format!(
            "The transition of a {} from {from} on {event} {what}.",
            self.machine.object
        ))
    }
}

impl AccountContext<'_> {
    /// Looks up the transition of an object on `event`.
    ///
    /// # Errors
    /// Stripe's 400 if the state of the object does not allow it.
    pub fn permit(
        &self,
        machine: &'static StateMachine,
        id: &str,
        event: &str,
    ) -> Result<PendingTransition, ApiError> {
        let object = self.peek(id).ok_or_else(|| ApiError::missing("object", id, "id"))?;
        let step = machine.step(machine.state(object), event)?;
        Ok(PendingTransition { machine, step, id: id.to_owned(), shown: None, others: Vec::new() })
    }

    /// Checks that the state of an object allows `event`, for transitions that are taken later.
    pub fn allow(&self, machine: &'static StateMachine, id: &str, event: &str) -> Result<(), ApiError> {
        self.permit(machine, id, event).map(drop)
    }

    /// Takes a transition: applies `more`, writes the new state and emits the events of the table with the resulting
    /// object. Returns the object as the events show it.
    pub fn take(
        &mut self,
        permit: PendingTransition,
        more: impl FnOnce(&mut Json),
    ) -> Result<Json, ApiError> {
        if self.peek(&permit.id).is_none_or(|object| permit.machine.state(object) != permit.step.from) {
            return Err(permit.broken("was taken after the state had changed"));
        }
        let mut change = self.change(&permit.id, |object| {
            more(object);
            permit.machine.write(object, permit.step.to);
        })?;
        if let Some((show, before)) = &permit.shown {
            change.object = show(self, change.object)?;
            change.previous = changed(before, &change.object);
        }
        for kind in permit.step.emits {
            self.tell(kind, &change, &permit)?;
        }
        Ok(change.object)
    }

    /// Takes a transition that moves no money.
    pub fn step(
        &mut self,
        machine: &'static StateMachine,
        id: &str,
        event: &str,
        more: impl FnOnce(&mut Json),
    ) -> Result<Json, ApiError> {
        let permit = self.permit(machine, id, event)?;
        self.take(permit, more)
    }

    /// Emits an event of a transition: with the object if it is new, with the previous values if it changed.
    fn tell(&mut self, kind: &str, change: &Change, permit: &PendingTransition) -> Result<(), ApiError> {
        if let Some(other) = permit.others.iter().find(|other| is_about(kind, other)) {
            return self.emit(kind, other);
        }
        if !is_about(kind, &change.object) {
            return Err(permit.broken(&format!("lacks the object of {kind}")));
        }
        if kind.ends_with(".created") {
            self.emit(kind, &change.object)
        } else {
            self.emit_change(kind, change)
        }
    }
}

/// Whether events of this type are about such an object: `issuing_card.updated` about an `issuing.card`.
fn is_about(kind: &str, object: &Json) -> bool {
    let subject = kind.rsplit_once('.').map_or("", |(subject, _)| subject);
    let object = object.text("object");
    subject.replace('.', "_") == object.replace('.', "_")
        || subject.rsplit_once('.').is_some_and(|(_, last)| last == object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Scope, set, step};
    use crate::state::{Options, State};
    use serde_json::json;

    static PARCEL: StateMachine = StateMachine {
        object: "parcel",
        member: "status",
        steps: &[
            step("pending", "send", "sent").emits(&["payout.updated", "topup.created"]).moves(&["payout"]),
            step("sent", "wait", "sent").emits(&["payout.updated"]).moves(&["payout", "topup"]),
        ],
    };

    fn types(state: &State) -> Vec<String> {
        state.events().iter().map(|event| event.text("type").to_owned()).collect()
    }

    #[test]
    fn transition_writes_the_state_and_emits_the_events_of_the_table() {
        let mut state = State::new(1, Options::default());
        let scope = Scope::new(state.platform(), false);
        state.keep(&scope, &json!({ "id": "po_1", "object": "payout", "status": "pending", "n": 1 }));
        let mut context = state.context(scope);
        let permit = context.permit(&PARCEL, "po_1", "send").unwrap();
        assert_eq!((permit.money(), permit.to()), (Ok("payout"), "sent"));
        // Shown from the notes of the object.
        let show: Show = |context, mut object| {
            set(&mut object, "seen", context.notes("po_1").items("seen"));
            Ok(object)
        };
        let with = permit.with(json!({ "id": "tu_1", "object": "topup" })).shown(&context, show).unwrap();
        context.set_notes("po_1", json!({ "seen": [1] }));
        let now = context.take(with, |object| set(object, "n", 2)).unwrap();
        assert_eq!(now, json!({ "id": "po_1", "object": "payout", "status": "sent", "n": 2, "seen": [1] }));
        assert_eq!(types(&state), ["payout.updated", "topup.created"]);
        let events = state.events();
        let data = |at: usize| events.get(at).and_then(|event| event.at("data")).cloned().unwrap();
        assert_eq!(
            data(0),
            json!({ "object": now, "previous_attributes": { "status": "pending", "n": 1, "seen": [] } })
        );
        assert_eq!(data(1), json!({ "object": { "id": "tu_1", "object": "topup" } }));
    }

    #[test]
    fn mismatches_of_table_and_code_are_errors() {
        let mut state = State::new(1, Options::default());
        let scope = Scope::new(state.platform(), false);
        state.keep(&scope, &json!({ "id": "po_1", "object": "payout", "status": "pending" }));
        let mut context = state.context(scope);
        assert_eq!(context.permit(&PARCEL, "po_1", "wait").unwrap_err().status, 400);
        assert_eq!(context.permit(&PARCEL, "po_2", "send").unwrap_err().status, 404);
        let (permit, again) =
            (context.permit(&PARCEL, "po_1", "send"), context.permit(&PARCEL, "po_1", "send").unwrap());
        assert_eq!(
            context.take(permit.unwrap(), |_| {}).unwrap_err().status,
            500,
            "an event lacks its object"
        );
        assert_eq!(context.take(again, |_| {}).unwrap_err().status, 500, "it was taken in the meantime");
        assert_eq!(
            context.permit(&PARCEL, "po_1", "wait").unwrap().money().unwrap_err().status,
            500,
            "it makes two"
        );
    }
}
