use super::refusal::Refusal;

/// One permitted step: in state `from`, on `event`, to state `to`.
pub type Step = (&'static str, &'static str, &'static str);

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
    /// The state after `event`, or Stripe's 400 if the table does not have the step.
    pub fn step(&self, from: &str, event: &str) -> Result<&'static str, Refusal> {
        let found = self.steps.iter().find(|(state, on, _)| *state == from && *on == event);
        let (_, _, to) = found.ok_or_else(|| {
            let from_where: Vec<_> =
                self.steps.iter().filter(|(_, on, _)| *on == event).map(|(state, ..)| *state).collect();
            Refusal::invalid(format!(
                "A {} with {} `{from}` does not allow `{event}`; that is possible only from: {}.",
                self.object,
                self.member,
                from_where.join(", ")
            ))
        })?;
        Ok(to)
    }

    /// Whether the table has the step.
    pub fn allows(&self, from: &str, event: &str) -> bool {
        self.steps.iter().any(|(state, on, _)| *state == from && *on == event)
    }

    /// Every state, in the order of first sight.
    pub fn states(&self) -> Vec<&'static str> {
        distinct(self.steps.iter().flat_map(|(from, _, to)| [*from, *to]))
    }

    /// Every event, in the order of first sight.
    pub fn events(&self) -> Vec<&'static str> {
        distinct(self.steps.iter().map(|(_, event, _)| *event))
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
        steps: &[("off", "press", "on"), ("on", "press", "off"), ("on", "break", "broken")],
    };

    #[test]
    fn every_pair_of_state_and_event_either_is_in_the_table_or_is_refused() {
        for state in LAMP.states() {
            for event in LAMP.events() {
                assert_eq!(LAMP.step(state, event).is_ok(), LAMP.allows(state, event));
            }
        }
        assert_eq!(LAMP.step("off", "press"), Ok("on"));
        let refused = LAMP.step("broken", "press").unwrap_err();
        assert_eq!((refused.status, refused.kind), (400, "invalid_request_error"));
        assert!(refused.message.contains("only from: off, on"), "{}", refused.message);
    }
}
