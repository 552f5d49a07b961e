use crate::engine::log::AppendLog;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::{BuildHasher, Hash};

/// A value with a label, by which a [`Slab`] finds it. The label must not change while the value is stored.
pub(crate) trait Labelled {
    type Label: ?Sized + Hash + Eq;

    fn label(&self) -> &Self::Label;
}

/// A table of values under small numbers, indexed by label. Numbers of removed values are reused.
#[derive(Debug, Clone)]
pub(crate) struct Slab<T> {
    things: AppendLog<Option<T>>,
    free: Vec<u32>,
    by_label: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        let hasher = DefaultHashBuilder::default();
        Self { things: AppendLog::default(), free: Vec::new(), by_label: HashTable::new(), hasher }
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl<T: Labelled> Slab<T> {
    /// Reserves a number for [`Slab::set`].
    pub(crate) fn number(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.things.push(None);
            u32::try_from(self.things.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// Reserves this number, which must be free.
    pub(crate) fn claim(&mut self, number: u32) {
        self.free.retain(|free| *free != number);
    }

    /// The number of the value with this label.
    pub(crate) fn find(&self, label: &T::Label) -> Option<u32> {
        let has = |number: &u32| self.get(*number).is_some_and(|thing| thing.label() == label);
        self.by_label.find(self.hasher.hash_one(label), has).copied()
    }

    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.things.get(index(number))?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.things.get_mut(index(number))?.as_mut()
    }

    /// Stores a value with a unique label under a reserved number.
    pub(crate) fn set(&mut self, number: u32, thing: T) {
        let hash = self.hasher.hash_one(thing.label());
        if let Some(slot) = self.things.get_mut(index(number)) {
            *slot = Some(thing);
        }
        let (things, hasher) = (&self.things, &self.hasher);
        self.by_label.insert_unique(hash, number, |number| {
            let thing = things.get(index(*number)).and_then(Option::as_ref);
            thing.map_or(0, |thing| hasher.hash_one(thing.label()))
        });
    }

    pub(crate) fn take(&mut self, number: u32) -> Option<T> {
        let thing = self.things.get_mut(index(number))?.take()?;
        let hash = self.hasher.hash_one(thing.label());
        if let Ok(entry) = self.by_label.find_entry(hash, |other| *other == number) {
            entry.remove();
        }
        self.free.push(number);
        Some(thing)
    }

    /// Removes the values that do not match.
    pub(crate) fn retain(&mut self, fits: impl Fn(&T) -> bool) {
        for number in 0..u32::try_from(self.things.len()).unwrap_or(u32::MAX) {
            if self.get(number).is_some_and(|thing| !fits(thing)) {
                self.take(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Labelled for u64 {
        type Label = Self;

        fn label(&self) -> &Self {
            self
        }
    }

    fn full() -> Slab<u64> {
        let mut shelf = Slab::default();
        for thing in 1000..1100 {
            let number = shelf.number();
            assert_eq!(u64::from(number) + 1000, thing);
            shelf.set(number, thing);
        }
        shelf
    }

    #[test]
    fn numbers_are_reused_and_can_be_reserved() {
        let mut shelf = full();
        assert_eq!(
            (shelf.take(40), shelf.take(40), shelf.get(40).copied(), shelf.take(7)),
            (Some(1040), None, None, Some(1007))
        );
        shelf.claim(40);
        shelf.set(40, 4000);
        assert_eq!((shelf.number(), shelf.number()), (7, 100));
        assert_eq!((shelf.get(40), shelf.get(99), shelf.get(1000)), (Some(&4000), Some(&1099), None));
        assert_eq!(shelf.get_mut(99).copied(), Some(1099));
    }

    #[test]
    fn values_are_found_by_label_until_removed() {
        let mut shelf = full();
        assert!((1000..1100).all(|label| shelf.find(&label).and_then(|at| shelf.get(at)) == Some(&label)));
        shelf.take(40);
        shelf.retain(|thing| thing % 2 == 1);
        let found: Vec<u64> = (900..1200).filter(|label| shelf.find(label).is_some()).collect();
        assert_eq!(found, (1000..1100).filter(|thing| thing % 2 == 1).collect::<Vec<_>>());
    }
}
