use super::api_error::ApiError;
use super::json::{Json, Peek};

/// A permitted transition: in state `from`, on `event`, to state `to`, with its effects. The code that takes it
/// (`AccountContext::permit`, `AccountContext::take`) reads the effects from here, so they are written once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The state before.
    pub from: &'static str,
    /// The event that triggers it.
    pub event: &'static str,
    /// The state after.
    pub to: &'static str,
    /// The types of the API events that it emits, in order. The first part of a type names the object that the event
    /// is about: the object that makes the transition, or another one passed with it.
    pub emits: &'static [&'static str],
    /// The types of the balance transactions, or of the entries of a financial account, that it posts, in order;
    /// entries over zero are omitted.
    pub moves: &'static [&'static str],
    /// The event name used in error messages, where it differs from `event`.
    pub asked: Option<&'static str>,
}

/// A transition without effects.
pub const fn step(from: &'static str, event: &'static str, to: &'static str) -> Transition {
    Transition { from, event, to, emits: &[], moves: &[], asked: None }
}

impl Transition {
    /// Sets the emitted events.
    pub const fn emits(mut self, kinds: &'static [&'static str]) -> Self {
        self.emits = kinds;
        self
    }

    /// Sets the event name used in error messages.
    pub const fn asked(mut self, name: &'static str) -> Self {
        self.asked = Some(name);
        self
    }

    /// Sets the types of the balance transactions.
    pub const fn moves(mut self, kinds: &'static [&'static str]) -> Self {
        self.moves = kinds;
        self
    }
}

/// A state machine as a table. Transitions that are not in the table are rejected.
#[derive(Debug)]
pub struct StateMachine {
    /// The kind of object, as Stripe's errors name it: `payout`.
    pub object: &'static str,
    /// The path of the member that holds the state: `status`, `shipping.status`.
    pub member: &'static str,
    /// All permitted transitions.
    pub steps: &'static [Transition],
}

impl StateMachine {
    /// The transition on `event` in state `from`, if the table has it.
    pub fn find(&self, from: &str, event: &str) -> Option<&'static Transition> {
        self.steps.iter().find(|step| step.from == from && step.event == event)
    }

    /// The transition on `event` in state `from`.
    ///
    /// # Errors
    /// Stripe's 400 if the table does not have it.
    pub fn step(&self, from: &str, event: &str) -> Result<&'static Transition, ApiError> {
        self.find(from, event).ok_or_else(|| {
            let possible: Vec<_> = self.steps.iter().filter(|step| step.event == event).collect();
            let from_where: Vec<_> = possible.iter().map(|step| step.from).collect();
            let asked = possible.iter().find_map(|step| step.asked).unwrap_or(event);
            let article = if self.object.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
            let member = self.member.rsplit('.').next().unwrap_or_default();
            ApiError::invalid(format!(
                "{article} {} with {member} `{from}` does not allow `{asked}`; it is allowed only from: {}.",
                self.object,
                from_where.join(", ")
            ))
        })
    }

    /// The state of an object; empty if it has none.
    pub fn state<'o>(&self, object: &'o Json) -> &'o str {
        object.text(self.member)
    }

    /// Writes the state into its member.
    pub fn write(&self, object: &mut Json, state: &str) {
        if let Some(member) = object.pointer_mut(&format!("/{}", self.member.replace('.', "/"))) {
            *member = state.into();
        }
    }

    /// Whether the table has the transition.
    pub fn allows(&self, from: &str, event: &str) -> bool {
        self.find(from, event).is_some()
    }

    /// All states, in the order of first occurrence.
    #[cfg(test)]
    pub fn states(&self) -> Vec<&'static str> {
        distinct(self.steps.iter().flat_map(|step| [step.from, step.to]))
    }

    /// All events, in the order of first occurrence.
    #[cfg(test)]
    pub fn events(&self) -> Vec<&'static str> {
        distinct(self.steps.iter().map(|step| step.event))
    }
}

#[cfg(test)]
fn distinct(names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut out = Vec::new();
    for name in names {
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    static LAMP: StateMachine = StateMachine {
        object: "lamp",
        member: "status",
        steps: &[
            step("off", "press", "on").emits(&["lamp.lit"]),
            step("on", "press", "off"),
            step("on", "break", "broken").moves(&["repair"]),
        ],
    };

    #[test]
    fn table_decides_transitions_and_their_effects() {
        assert_eq!(LAMP.step("off", "press").map(|step| step.to), Ok("on"));
        assert_eq!(LAMP.find("off", "press").map(|step| step.emits), Some(["lamp.lit"].as_slice()));
        let refused = LAMP.step("broken", "press").unwrap_err();
        assert_eq!((refused.status, refused.kind), (400, "invalid_request_error"));
        assert!(refused.message.contains("only from: off, on"), "{}", refused.message);
        assert!(LAMP.step("off", "break").is_err() && !LAMP.allows("off", "break"));
        assert_eq!((LAMP.states(), LAMP.events()), (vec!["off", "on", "broken"], vec!["press", "break"]));
    }

    #[test]
    fn errors_use_the_requested_event_name() {
        static EYE: StateMachine = StateMachine {
            object: "eye",
            member: "status",
            steps: &[step("open", "shut_for_good", "closed").asked("close")],
        };
        let refused = EYE.step("closed", "shut_for_good").unwrap_err().message;
        assert!(refused.starts_with("An eye with status `closed` does not allow `close`"), "{refused}");
    }

    #[test]
    fn state_can_be_a_nested_member() {
        let bulb = StateMachine { object: "bulb", member: "bulbs.0.status", steps: LAMP.steps };
        let mut lamp = serde_json::json!({ "bulbs": [{ "status": "off" }] });
        assert_eq!(bulb.state(&lamp), "off");
        bulb.write(&mut lamp, "on");
        assert_eq!(lamp.text("bulbs.0.status"), "on");
        let refused = bulb.step("on", "shake").unwrap_err();
        assert!(refused.message.starts_with("A bulb with status `on`"), "{}", refused.message);
        let mut none = serde_json::json!({});
        bulb.write(&mut none, "on");
        assert_eq!(bulb.state(&none), "");
        assert_eq!(none, serde_json::json!({}));
    }
}
