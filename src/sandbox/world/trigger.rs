use super::{Due, Rule, Task, Work, World};
use crate::sandbox::core::{Refusal, Scope};
use std::time::Duration;

impl World {
    /// Puts what a rule puts off on the agenda, or aside if the rule leaves it to the test.
    pub(super) fn put_by_rule(
        &mut self,
        rule: &'static Rule,
        wait: Option<Duration>,
        scope: Scope,
        subject: &str,
        task: Task,
    ) {
        let due = Due { scope, subject: subject.to_owned(), task, rule: Some(rule.name) };
        match wait {
            Some(wait) => self.agenda.put(self.clock.after(wait), due),
            None => self.parked.push(due),
        }
    }

    /// Does now what a rule puts off, or leaves to the test, with an object or with all of an account; tells how much
    /// it was.
    ///
    /// # Errors
    /// If nothing of the kind waits, or it cannot be done any more.
    pub fn trigger(&mut self, rule: &'static Rule, id: &str) -> Result<usize, Refusal> {
        let meant = |due: &Due| {
            due.rule == Some(rule.name)
                && (due.subject == id || (*due.scope.account == *id && !due.scope.live))
        };
        let mut waiting: Vec<Due> = self.parked.extract_if(.., |due| meant(due)).collect();
        waiting.extend(self.agenda.take_where(|_, due| meant(due)));
        if waiting.is_empty() {
            return Err(Refusal::invalid(format!("Nothing of {id} waits for `{}`.", rule.name)));
        }
        let count = waiting.len();
        for due in waiting {
            (due.task)(&mut Work::new(self, due.scope), &due.subject)?;
        }
        self.settle();
        Ok(count)
    }
}
