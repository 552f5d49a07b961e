use std::collections::VecDeque;

/// An append-only list in fixed-size rows: little memory is allocated in advance, and existing entries never move.
#[derive(Debug, Clone)]
pub struct AppendLog<T> {
    rows: VecDeque<Vec<T>>,
    /// The number of entries dropped from the front.
    dropped: usize,
}

const ROW: usize = 32;

impl<T> Default for AppendLog<T> {
    fn default() -> Self {
        Self { rows: VecDeque::new(), dropped: 0 }
    }
}

impl<T> AppendLog<T> {
    /// Appends an entry.
    pub fn push(&mut self, thing: T) {
        match self.rows.back_mut().filter(|row| row.len() < ROW) {
            Some(row) => row.push(thing),
            None => {
                let mut row = Vec::with_capacity(ROW);
                row.push(thing);
                self.rows.push_back(row);
            }
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.rows.back().map_or(0, |row| (self.rows.len() - 1) * ROW + row.len())
    }

    /// Whether the list is empty.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The entry with this index, counted from the first entry ever added.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.rows.get(index / ROW)?.get(index % ROW)
    }

    /// As [`AppendLog::get`], mutable.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.rows.get_mut(index / ROW)?.get_mut(index % ROW)
    }

    /// All entries, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.iter().flatten()
    }

    /// The newest entry.
    #[cfg(test)]
    pub fn last(&self) -> Option<&T> {
        self.rows.back()?.last()
    }

    /// The number of entries dropped from the front so far.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Drops whole rows from the front until about `most` entries are left.
    pub(crate) fn drop_front(&mut self, most: usize) {
        while self.len() >= most.saturating_add(ROW) {
            let Some(row) = self.rows.pop_front() else { return };
            self.dropped += row.len();
        }
    }

    /// Removes the newest entry.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let row = self.rows.back_mut()?;
        let thing = row.pop();
        if row.is_empty() {
            self.rows.pop_back();
        }
        thing
    }

    /// Removes the newest entries until `length` are left.
    pub(crate) fn truncate(&mut self, length: usize) {
        while self.len() > length {
            self.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_order_and_are_popped_from_the_end() {
        let mut log = AppendLog::default();
        (0..3 * ROW).for_each(|thing| log.push(thing));
        assert!(log.iter().copied().eq(0..3 * ROW));
        assert_eq!((log.len(), log.get(ROW), log.get(3 * ROW)), (3 * ROW, Some(&ROW), None));
        log.truncate(ROW + 1);
        assert_eq!((log.len(), log.last()), (ROW + 1, Some(&ROW)));
        assert_eq!(log.pop(), Some(ROW));
        *log.get_mut(0).unwrap() = 7;
        assert_eq!((log.len(), log.last(), log.get(0)), (ROW, Some(&(ROW - 1)), Some(&7)));
        log.truncate(0);
        assert_eq!(log.dropped(), 0);
        (0..3 * ROW).for_each(|thing| log.push(thing));
        log.drop_front(ROW + 5);
        assert_eq!((log.len(), log.dropped(), log.get(0)), (2 * ROW, ROW, Some(&ROW)));
        log.truncate(0);
        assert!(log.is_empty() && log.pop().is_none());
    }
}
