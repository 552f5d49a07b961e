use super::refusal::Refusal;

/// One permitted step: in state `from`, on `event`, to state `to`, and what always happens with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The state before.
    pub from: &'static str,
    /// What happens.
    pub event: &'static str,
    /// The state after.
    pub to: &'static str,
    /// The types of the events that tell it, in their order.
    pub emits: &'static [&'static str],
    /// The types of the balance transactions, or of the entries of a financial account, that it makes.
    pub moves: &'static [&'static str],
}

/// A step without effects.
pub const fn step(from: &'static str, event: &'static str, to: &'static str) -> Step {
    Step { from, event, to, emits: &[], moves: &[] }
}

impl Step {
    /// With the events that tell it.
    pub const fn emits(mut self, kinds: &'static [&'static str]) -> Self {
        self.emits = kinds;
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
pub struct Machine {
    /// What is in these states, as Stripe's errors call it: `payout`.
    pub object: &'static str,
    /// The member that holds the state.
    pub member: &'static str,
    /// Every permitted step.
    pub steps: &'static [Step],
}

impl Machine {
    /// The step on `event` in a state, if the table has it.
    pub fn find(&self, from: &str, event: &str) -> Option<&'static Step> {
        self.steps.iter().find(|step| step.from == from && step.event == event)
    }

    /// The state after `event`, or Stripe's 400 if the table does not have the step.
    pub fn step(&self, from: &str, event: &str) -> Result<&'static str, Refusal> {
        self.find(from, event).map(|step| step.to).ok_or_else(|| {
            let possible = self.steps.iter().filter(|step| step.event == event);
            let from_where: Vec<_> = possible.map(|step| step.from).collect();
            Refusal::invalid(format!(
                "A {} with {} `{from}` does not allow `{event}`; that is possible only from: {}.",
                self.object,
                self.member,
                from_where.join(", ")
            ))
        })
    }

    /// Whether the table has the step.
    pub fn allows(&self, from: &str, event: &str) -> bool {
        self.find(from, event).is_some()
    }

    /// Every state, in the order of first sight.
    pub fn states(&self) -> Vec<&'static str> {
        distinct(self.steps.iter().flat_map(|step| [step.from, step.to]))
    }

    /// Every event, in the order of first sight.
    pub fn events(&self) -> Vec<&'static str> {
        distinct(self.steps.iter().map(|step| step.event))
    }
}

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

    static LAMP: Machine = Machine {
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
        assert_eq!(LAMP.step("off", "press"), Ok("on"));
        assert_eq!(LAMP.find("off", "press").map(|step| step.emits), Some(["lamp.lit"].as_slice()));
        let refused = LAMP.step("broken", "press").unwrap_err();
        assert_eq!((refused.status, refused.kind), (400, "invalid_request_error"));
        assert!(refused.message.contains("only from: off, on"), "{}", refused.message);
        assert!(LAMP.step("off", "break").is_err() && !LAMP.allows("off", "break"));
        assert_eq!((LAMP.states(), LAMP.events()), (vec!["off", "on", "broken"], vec!["press", "break"]));
    }
}
