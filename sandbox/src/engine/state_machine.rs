use super::api_error::ApiError;
use super::json::{Json, Peek};

/// One permitted step: in state `from`, on `event`, to state `to`, and what happens with it. Whoever takes the step takes
/// it all from here (`AccountContext::permit`, `AccountContext::take`); nothing of it is written a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The state before.
    pub from: &'static str,
    /// What happens.
    pub event: &'static str,
    /// The state after.
    pub to: &'static str,
    /// The types of the events that tell it, in their order. The first part names what they are about: the object that
    /// takes the step, or another one that comes with it.
    pub emits: &'static [&'static str],
    /// The types of the balance transactions, or of the entries of a financial account, that it makes, in their order; of
    /// those, none over nothing.
    pub moves: &'static [&'static str],
    /// What whoever asks for the step calls it, where the table tells two kinds of that apart.
    pub asked: Option<&'static str>,
}

/// A step without effects.
pub const fn step(from: &'static str, event: &'static str, to: &'static str) -> Transition {
    Transition { from, event, to, emits: &[], moves: &[], asked: None }
}

impl Transition {
    /// With the events that tell it.
    pub const fn emits(mut self, kinds: &'static [&'static str]) -> Self {
        self.emits = kinds;
        self
    }

    /// Asked for by another name.
    pub const fn asked(mut self, name: &'static str) -> Self {
        self.asked = Some(name);
        self
    }

    /// With the money that it moves.
    pub const fn moves(mut self, kinds: &'static [&'static str]) -> Self {
        self.moves = kinds;
        self
    }
}

/// A state machine as a table. What is not in the table is refused.
#[derive(Debug)]
pub struct StateMachine {
    /// What is in these states, as Stripe's errors call it: `payout`.
    pub object: &'static str,
    /// The path of the member that holds the state: `status`, `shipping.status`.
    pub member: &'static str,
    /// Every permitted step.
    pub steps: &'static [Transition],
}

impl StateMachine {
    /// The step on `event` in a state, if the table has it.
    pub fn find(&self, from: &str, event: &str) -> Option<&'static Transition> {
        self.steps.iter().find(|step| step.from == from && step.event == event)
    }

    /// The step on `event` in a state, or Stripe's 400 if the table does not have it.
    pub fn step(&self, from: &str, event: &str) -> Result<&'static Transition, ApiError> {
        self.find(from, event).ok_or_else(|| {
            let possible: Vec<_> = self.steps.iter().filter(|step| step.event == event).collect();
            let from_where: Vec<_> = possible.iter().map(|step| step.from).collect();
            let asked = possible.iter().find_map(|step| step.asked).unwrap_or(event);
            let article = if self.object.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
            let member = self.member.rsplit('.').next().unwrap_or_default();
            ApiError::invalid(format!(
                "{article} {} with {member} `{from}` does not allow `{asked}`; that is possible only from: {}.",
                self.object,
                from_where.join(", ")
            ))
        })
    }

    /// The state that an object is in; empty if it is in none.
    pub fn state<'o>(&self, object: &'o Json) -> &'o str {
        object.text(self.member)
    }

    /// Writes a state into the member that holds it.
    pub fn write(&self, object: &mut Json, state: &str) {
        if let Some(member) = object.pointer_mut(&format!("/{}", self.member.replace('.', "/"))) {
            *member = state.into();
        }
    }

    /// Whether the table has the step.
    pub fn allows(&self, from: &str, event: &str) -> bool {
        self.find(from, event).is_some()
    }

    /// Every state, in the order of first sight.
    #[cfg(test)]
    pub fn states(&self) -> Vec<&'static str> {
        distinct(self.steps.iter().flat_map(|step| [step.from, step.to]))
    }

    /// Every event, in the order of first sight.
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
    fn the_table_decides_and_says_what_else_happens() {
        assert_eq!(LAMP.step("off", "press").map(|step| step.to), Ok("on"));
        assert_eq!(LAMP.find("off", "press").map(|step| step.emits), Some(["lamp.lit"].as_slice()));
        let refused = LAMP.step("broken", "press").unwrap_err();
        assert_eq!((refused.status, refused.kind), (400, "invalid_request_error"));
        assert!(refused.message.contains("only from: off, on"), "{}", refused.message);
        assert!(LAMP.step("off", "break").is_err() && !LAMP.allows("off", "break"));
        assert_eq!((LAMP.states(), LAMP.events()), (vec!["off", "on", "broken"], vec!["press", "break"]));
    }

    #[test]
    fn a_refusal_calls_things_as_whoever_asks_does() {
        static EYE: StateMachine = StateMachine {
            object: "eye",
            member: "status",
            steps: &[step("open", "shut_for_good", "closed").asked("close")],
        };
        let refused = EYE.step("closed", "shut_for_good").unwrap_err().message;
        assert!(refused.starts_with("An eye with status `closed` does not allow `close`"), "{refused}");
    }

    #[test]
    fn a_state_can_lie_deep_in_an_object() {
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
