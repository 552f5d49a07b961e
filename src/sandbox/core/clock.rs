use std::collections::{BTreeMap, BTreeSet};
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

/// What is to happen later: by time, and of two at one time the one that was asked for first. Each task is about
/// something, by which it is found.
#[derive(Debug, Clone)]
pub struct Agenda<K, T> {
    due: BTreeMap<Place, (K, T)>,
    places: BTreeSet<(K, Place)>,
    sequence: u64,
    /// What was put on (`None`) and taken off since [`Agenda::begin`].
    trail: Option<Trail<K, T>>,
}

/// Places, each with what was taken off there; `None` if something was put there.
type Trail<K, T> = Vec<(Place, Option<(K, T)>)>;

/// A time in Unix milliseconds, and which it is of those at that time.
type Place = (i64, u64);

const FIRST: Place = (i64::MIN, 0);

impl<K, T> Default for Agenda<K, T> {
    fn default() -> Self {
        Self { due: BTreeMap::new(), places: BTreeSet::new(), sequence: 0, trail: None }
    }
}

impl<K: Ord + Clone, T: Clone> Agenda<K, T> {
    /// Puts a task about something on the agenda for a time in Unix milliseconds.
    pub fn put(&mut self, at: i64, about: K, task: T) {
        let place = (at, self.sequence);
        self.sequence += 1;
        self.enter(place, about, task);
        if let Some(trail) = &mut self.trail {
            trail.push((place, None));
        }
    }

    fn enter(&mut self, place: Place, about: K, task: T) {
        self.places.insert((about.clone(), place));
        self.due.insert(place, (about, task));
    }

    fn leave(&mut self, place: Place) -> Option<(K, T)> {
        let (about, task) = self.due.remove(&place)?;
        let entry = (about, place);
        self.places.remove(&entry);
        Some((entry.0, task))
    }

    /// Takes the task at a place off.
    pub fn remove(&mut self, place: (i64, u64)) -> Option<(K, T)> {
        let (about, task) = self.leave(place)?;
        if let Some(trail) = &mut self.trail {
            trail.push((place, Some((about.clone(), task.clone()))));
        }
        Some((about, task))
    }

    /// Where the first task is that is due at `until` or before.
    pub fn first(&self, until: i64) -> Option<(i64, u64)> {
        self.due.keys().next().copied().filter(|(at, _)| *at <= until)
    }

    /// When the first task is due, in Unix milliseconds.
    pub fn next(&self) -> Option<i64> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    /// Where the tasks about the things are that `range` begins with and `wanted` says, in their order.
    pub fn about(&self, from: &K, wanted: impl Fn(&K) -> bool) -> Vec<(i64, u64)> {
        let all = self.places.range((from.clone(), FIRST)..).take_while(|(about, _)| wanted(about));
        let mut places: Vec<Place> = all.map(|(_, place)| *place).collect();
        places.sort_unstable();
        places
    }

    /// Drops the tasks about something.
    pub fn forget(&mut self, about: &K) {
        for place in self.about(about, |found| found == about) {
            self.remove(place);
        }
    }

    /// How many tasks wait.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// From now on what is changed can be taken back.
    pub(crate) fn begin(&mut self) {
        self.trail.get_or_insert_with(Vec::new);
    }

    /// What was changed since [`Agenda::begin`] stays, or is as it was before.
    pub(crate) fn end(&mut self, keep: bool) {
        let Some(trail) = self.trail.take().filter(|_| !keep) else { return };
        for (place, before) in trail.into_iter().rev() {
            match before {
                Some((about, task)) => self.enter(place, about, task),
                None => drop(self.leave(place)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agenda() -> Agenda<&'static str, &'static str> {
        let mut agenda = Agenda::default();
        for (at, about, name) in
            [(30, "a", "late"), (10, "b", "first"), (10, "a", "second"), (20, "c", "middle")]
        {
            agenda.put(at, about, name);
        }
        agenda
    }

    fn all(mut agenda: Agenda<&'static str, &'static str>, until: i64) -> Vec<&'static str> {
        std::iter::from_fn(|| agenda.first(until).and_then(|place| agenda.remove(place)))
            .map(|(_, task)| task)
            .collect()
    }

    #[test]
    fn tasks_come_by_time_and_then_in_the_order_of_asking() {
        let mut agenda = agenda();
        agenda.forget(&"c");
        assert_eq!((agenda.next(), agenda.len()), (Some(10), 3));
        assert_eq!(all(agenda.clone(), 29), ["first", "second"]);
        let about: Vec<i64> =
            agenda.about(&"a", |about| *about == "a").into_iter().map(|(at, _)| at).collect();
        assert_eq!(about, [10, 30]);
    }

    #[test]
    fn what_was_begun_can_be_taken_back() {
        for keep in [false, true] {
            let mut agenda = agenda();
            agenda.begin();
            agenda.put(5, "d", "new");
            agenda.forget(&"a");
            agenda.forget(&"d");
            agenda.put(6, "a", "newer");
            agenda.end(keep);
            let expected: &[&str] =
                if keep { &["newer", "first", "middle"] } else { &["first", "second", "middle", "late"] };
            assert_eq!(all(agenda, 99), expected);
        }
    }

    #[test]
    fn the_clock_never_goes_back_and_days_start_at_midnight() {
        let mut clock = Clock::at(Clock::START);
        clock.move_to(0);
        assert_eq!(clock.now(), Clock::START);
        assert_eq!(clock.day_after(Duration::from_secs(86_400)), 1_767_657_600);
    }
}
