use std::collections::BTreeMap;
use std::time::Duration;

/// The sandbox's time. It stands still until somebody moves it.
#[derive(Debug, Clone)]
pub struct Clock {
    milliseconds: i64,
}

impl Clock {
    /// Where every sandbox starts unless told otherwise: 2026-01-05, 09:00 UTC, a Monday.
    pub const START: i64 = 1_767_603_600;

    /// A clock that shows `seconds` since 1970.
    pub fn at(seconds: i64) -> Self {
        Self { milliseconds: seconds.saturating_mul(1000) }
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        self.milliseconds.div_euclid(1000)
    }

    /// Unix milliseconds.
    pub fn milliseconds(&self) -> i64 {
        self.milliseconds
    }

    /// What the clock will show after `wait`, in milliseconds.
    pub fn after(&self, wait: Duration) -> i64 {
        self.milliseconds.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
    }

    /// Unix seconds at the start (midnight UTC) of the day that is `wait` from now.
    pub fn day_after(&self, wait: Duration) -> i64 {
        let seconds = self.after(wait).div_euclid(1000);
        seconds - seconds.rem_euclid(86_400)
    }

    /// Moves on to `milliseconds`; never back.
    pub fn move_to(&mut self, milliseconds: i64) {
        self.milliseconds = self.milliseconds.max(milliseconds);
    }
}

/// What is to happen later: by time, and of two at one time the one that was asked for first.
#[derive(Debug, Clone)]
pub struct Agenda<T> {
    due: BTreeMap<(i64, u64), T>,
    sequence: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { due: BTreeMap::new(), sequence: 0 }
    }
}

impl<T> Agenda<T> {
    /// Puts `task` on the agenda for a time in Unix milliseconds.
    pub fn put(&mut self, at: i64, task: T) {
        self.due.insert((at, self.sequence), task);
        self.sequence += 1;
    }

    /// Takes the first task that is due at `until` or before, with its time.
    pub fn take(&mut self, until: i64) -> Option<(i64, T)> {
        let entry = self.due.first_entry()?;
        let (at, _) = *entry.key();
        (at <= until).then(|| (at, entry.remove()))
    }

    /// When the first task is due, in Unix milliseconds.
    pub fn next(&self) -> Option<i64> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    /// Takes the tasks that `wanted` says off the agenda, by their time in Unix milliseconds and what they are, in their
    /// order.
    pub fn take_where(&mut self, wanted: impl Fn(i64, &T) -> bool) -> Vec<T> {
        let all = std::mem::take(&mut self.due);
        let (taken, left): (Vec<_>, Vec<_>) = all.into_iter().partition(|((at, _), task)| wanted(*at, task));
        self.due = left.into_iter().collect();
        taken.into_iter().map(|(_, task)| task).collect()
    }

    /// Drops the tasks that `unwanted` says.
    pub fn drop_where(&mut self, mut unwanted: impl FnMut(&T) -> bool) {
        self.due.retain(|_, task| !unwanted(task));
    }

    /// How many tasks wait.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_come_by_time_and_then_in_the_order_of_asking() {
        let mut agenda = Agenda::default();
        for (at, name) in [(30, "late"), (10, "first"), (10, "second"), (20, "middle")] {
            agenda.put(at, name);
        }
        agenda.drop_where(|name| *name == "middle");
        let taken: Vec<_> = std::iter::from_fn(|| agenda.take(29)).collect();
        assert_eq!(taken, [(10, "first"), (10, "second")]);
        assert_eq!(agenda.len(), 1);
    }

    #[test]
    fn the_clock_never_goes_back_and_days_start_at_midnight() {
        let mut clock = Clock::at(Clock::START);
        clock.move_to(0);
        assert_eq!(clock.now(), Clock::START);
        assert_eq!(clock.day_after(Duration::from_secs(86_400)), 1_767_657_600);
    }
}
