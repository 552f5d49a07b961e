//! Taking the steps of state machines. The table says what is permitted, which events tell it and what its money is called;
//! what a system does beside that stands in the system.
//!
//! A step with money is taken in three parts, because events show what the money did: [`AccountContext::permit`] looks it up, the
//! system posts its movements under [`PendingTransition::money`], [`AccountContext::take`] writes the new state and emits the events. Without
//! money, [`AccountContext::step`] does it in one.

use super::{AccountContext, Change};
use crate::engine::{ApiError, Json, Peek, StateMachine, Transition, changed};

/// How an object looks in events, where that is more than what is kept of it.
pub type Show = fn(&AccountContext<'_>, Json) -> Result<Json, ApiError>;

/// A step that the table has for an object in its state, and that is still to be taken.
#[derive(Debug)]
#[must_use = "a permitted step has not been taken yet"]
pub struct PendingTransition {
    machine: &'static StateMachine,
    step: &'static Transition,
    id: String,
    /// How events show the object, and how they would have shown it when the step was looked up.
    shown: Option<(Show, Json)>,
    others: Vec<Json>,
}

impl PendingTransition {
    /// The state that it leads to.
    pub fn to(&self) -> &'static str {
        self.step.to
    }

    /// The type of the one balance transaction that it makes, or of the entry of a financial account.
    pub fn money(&self) -> Result<&'static str, ApiError> {
        match *self.step.moves {
            [kind] => Ok(kind),
            _ => Err(self.broken("does not make one movement")),
        }
    }

    /// The types of all balance transactions that it makes.
    pub fn moves(&self) -> &'static [&'static str] {
        self.step.moves
    }

    /// Shown in events as `show` says. What the step changes is seen from here on, so this comes before its money moves.
    pub fn shown(mut self, context: &AccountContext<'_>, show: Show) -> Result<Self, ApiError> {
        let object = context.peek(&self.id).cloned().unwrap_or_default();
        self.shown = Some((show, show(context, object)?));
        Ok(self)
    }

    /// Comes with another object, which events of the step are about.
    pub fn with(mut self, other: Json) -> Self {
        self.others.push(other);
        self
    }

    /// A step whose table and code do not fit is a fault of the sandbox.
    fn broken(&self, what: &str) -> ApiError {
        let Transition { from, event, .. } = self.step;
        ApiError::internal(format!("The step of a {} from {from} on {event} {what}.", self.machine.object))
    }
}

impl AccountContext<'_> {
    /// The step of an object on `event`, or Stripe's 400 if its state does not allow it.
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

    /// Refuses what the state of an object does not allow, where the step itself is chosen or taken later.
    pub fn allow(&self, machine: &'static StateMachine, id: &str, event: &str) -> Result<(), ApiError> {
        self.permit(machine, id, event).map(drop)
    }

    /// Takes a step: `more` changes what changes with it, the new state is written, and the events of the table are made,
    /// about the object as it is then. Gives it as the events show it.
    pub fn take(
        &mut self,
        permit: PendingTransition,
        more: impl FnOnce(&mut Json),
    ) -> Result<Json, ApiError> {
        if self.peek(&permit.id).is_none_or(|object| permit.machine.state(object) != permit.step.from) {
            return Err(permit.broken("is taken when it is not permitted any more"));
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

    /// Takes a step that moves no money, in one go.
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

    /// Makes an event of a step: about what is new as it is, about what changed with what it was.
    fn tell(&mut self, kind: &str, change: &Change, permit: &PendingTransition) -> Result<(), ApiError> {
        if let Some(other) = permit.others.iter().find(|other| is_about(kind, other)) {
            return self.emit(kind, other);
        }
        if !is_about(kind, &change.object) {
            return Err(permit.broken(&format!("comes without the object of {kind}")));
        }
        if kind.ends_with(".created") {
            self.emit(kind, &change.object)
        } else {
            self.emit_change(kind, change)
        }
    }
}

/// Whether events of a type are about such an object: `issuing_card.updated` about an `issuing.card`,
/// `charge.dispute.created` about a `dispute`.
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
    fn a_step_writes_the_state_and_makes_the_events_of_the_table_about_the_objects_that_they_name() {
        let mut state = State::new(1, Options::default());
        let scope = Scope::new(state.platform(), false);
        state.keep(&scope, &json!({ "id": "po_1", "object": "payout", "status": "pending", "n": 1 }));
        let mut context = state.context(scope);
        let permit = context.permit(&PARCEL, "po_1", "send").unwrap();
        assert_eq!((permit.money(), permit.to()), (Ok("payout"), "sent"));
        // What is shown beside the object is remembered in its notes.
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
    fn what_does_not_fit_the_table_is_refused() {
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
