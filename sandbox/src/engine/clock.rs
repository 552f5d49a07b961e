use crate::engine::calendar::DAY;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

/// The clock of a sandbox. It only moves when it is advanced.
#[derive(Debug, Clone)]
pub struct Clock {
    milliseconds: i64,
}

impl Clock {
    /// The default start: 2026-01-05, 09:00 UTC, a Monday.
    pub const START: i64 = 1_767_603_600;

    /// The real time in Unix seconds.
    pub fn real() -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }

    /// Creates a clock at `seconds` since 1970.
    pub fn at(seconds: i64) -> Self {
        Self { milliseconds: seconds.saturating_mul(1000) }
    }

    /// The time in Unix seconds.
    pub fn now(&self) -> i64 {
        self.milliseconds.div_euclid(1000)
    }

    /// The time in Unix milliseconds.
    pub fn milliseconds(&self) -> i64 {
        self.milliseconds
    }

    /// The time after `wait`, in Unix milliseconds.
    pub fn after(&self, wait: Duration) -> i64 {
        self.milliseconds.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
    }

    /// The start (midnight UTC) of the day after `wait`, in Unix seconds.
    pub fn day_after(&self, wait: Duration) -> i64 {
        let seconds = self.after(wait).div_euclid(1000);
        seconds - seconds.rem_euclid(DAY)
    }

    /// Moves the clock forward to `milliseconds`; an earlier time is ignored.
    pub fn move_to(&mut self, milliseconds: i64) {
        self.milliseconds = self.milliseconds.max(milliseconds);
    }
}

/// Scheduled tasks, ordered by time and, at the same time, by insertion. Each task has a subject, by whose id it is
/// found.
#[derive(Debug, Clone)]
pub struct Scheduler<T> {
    /// Boxed, because a tree allocates half as much again as it uses.
    due: BTreeMap<Place, Box<(Arc<str>, T)>>,
    /// The positions of the tasks, by subject.
    places: HashTable<Place>,
    hasher: DefaultHashBuilder,
    sequence: u64,
    /// The tasks added (`None`) and removed since [`Scheduler::begin`].
    trail: Option<Trail<T>>,
}

/// Positions, each with the task removed there; `None` if a task was added.
type Trail<T> = Vec<(Place, Option<(Arc<str>, T)>)>;

/// A time in Unix milliseconds, and a sequence number among the tasks at that time.
type Place = (i64, u64);

impl<T> Default for Scheduler<T> {
    fn default() -> Self {
        let hasher = DefaultHashBuilder::default();
        Self { due: BTreeMap::new(), places: HashTable::new(), hasher, sequence: 0, trail: None }
    }
}

impl<T: Clone> Scheduler<T> {
    /// Schedules a task about a subject for a time in Unix milliseconds.
    pub fn put(&mut self, at: i64, about: Arc<str>, task: T) {
        let place = (at, self.sequence);
        self.sequence += 1;
        self.enter(place, about, task);
        if let Some(trail) = &mut self.trail {
            trail.push((place, None));
        }
    }

    fn enter(&mut self, place: Place, about: Arc<str>, task: T) {
        let hash = self.hasher.hash_one(&*about);
        self.due.insert(place, Box::new((about, task)));
        let (due, hasher) = (&self.due, &self.hasher);
        let rehash = |place: &Place| due.get(place).map_or(0, |due| hasher.hash_one(&*due.0));
        self.places.insert_unique(hash, place, rehash);
    }

    fn leave(&mut self, place: Place) -> Option<(Arc<str>, T)> {
        let (about, task) = *self.due.remove(&place)?;
        if let Ok(entry) = self.places.find_entry(self.hasher.hash_one(&*about), |found| *found == place) {
            entry.remove();
        }
        Some((about, task))
    }

    /// Removes and returns the task at a position.
    pub fn remove(&mut self, place: (i64, u64)) -> Option<(Arc<str>, T)> {
        let (about, task) = self.leave(place)?;
        if let Some(trail) = &mut self.trail {
            trail.push((place, Some((about.clone(), task.clone()))));
        }
        Some((about, task))
    }

    /// The position of the first task that is due at `until` or before.
    pub fn first(&self, until: i64) -> Option<(i64, u64)> {
        self.due.keys().next().copied().filter(|(at, _)| *at <= until)
    }

    /// When the next task is due, in Unix milliseconds.
    pub fn next(&self) -> Option<i64> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    /// All tasks in order: due time (Unix milliseconds), subject, task.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Arc<str>, &T)> {
        self.due.iter().map(|((at, _), due)| (*at, &due.0, &due.1))
    }

    /// The positions of the tasks about a subject that `wanted` accepts, in order.
    pub fn about(&self, about: &str, wanted: impl Fn(&T) -> bool) -> Vec<(i64, u64)> {
        let fits =
            |place: &&Place| self.due.get(*place).is_some_and(|due| *due.0 == *about && wanted(&due.1));
        let found = self.places.iter_hash(self.hasher.hash_one(about)).filter(fits);
        let mut places: Vec<Place> = found.copied().collect();
        places.sort_unstable();
        places
    }

    /// Drops the tasks about a subject that `wanted` accepts.
    pub fn forget(&mut self, about: &str, wanted: impl Fn(&T) -> bool) {
        for place in self.about(about, wanted) {
            self.remove(place);
        }
    }

    /// The number of scheduled tasks.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Starts a transaction: from here on changes can be rolled back.
    pub(crate) fn begin(&mut self) {
        self.trail.get_or_insert_with(Vec::new);
    }

    /// Ends the transaction started by [`Scheduler::begin`]: keeps its changes, or reverts them.
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

    fn agenda() -> Scheduler<&'static str> {
        let mut agenda = Scheduler::default();
        for (at, about, name) in
            [(30, "a", "late"), (10, "b", "first"), (10, "a", "second"), (20, "c", "middle")]
        {
            agenda.put(at, about.into(), name);
        }
        agenda
    }

    fn all(mut agenda: Scheduler<&'static str>, until: i64) -> Vec<&'static str> {
        std::iter::from_fn(|| agenda.first(until).and_then(|place| agenda.remove(place)))
            .map(|(_, task)| task)
            .collect()
    }

    #[test]
    fn tasks_are_ordered_by_time_then_insertion() {
        let mut agenda = agenda();
        agenda.forget("c", |_| true);
        assert_eq!((agenda.next(), agenda.len()), (Some(10), 3));
        assert_eq!(all(agenda.clone(), 29), ["first", "second"]);
        let about: Vec<i64> = agenda.about("a", |_| true).into_iter().map(|(at, _)| at).collect();
        assert_eq!(about, [10, 30]);
    }

    #[test]
    fn changes_can_be_rolled_back() {
        for keep in [false, true] {
            let mut agenda = agenda();
            agenda.begin();
            agenda.put(5, "d".into(), "new");
            agenda.forget("a", |task| *task != "late");
            agenda.forget("a", |_| true);
            agenda.forget("d", |_| true);
            agenda.put(6, "a".into(), "newer");
            agenda.end(keep);
            let expected: &[&str] =
                if keep { &["newer", "first", "middle"] } else { &["first", "second", "middle", "late"] };
            assert_eq!(all(agenda, 99), expected);
        }
    }

    #[test]
    fn clock_never_goes_back_and_days_start_at_midnight() {
        let mut clock = Clock::at(Clock::START);
        clock.move_to(0);
        assert_eq!(clock.now(), Clock::START);
        assert_eq!(clock.day_after(Duration::from_secs(86_400)), 1_767_657_600);
    }
}
