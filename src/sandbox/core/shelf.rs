/// Things under small numbers. A number whose thing was taken is given out again. What is kept grows by a row at a time, so
/// that hardly more room is held than is used.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    rows: Vec<Vec<Option<T>>>,
    free: Vec<u32>,
}

const ROW: usize = 32;

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), free: Vec::new() }
    }
}

impl<T> Shelf<T> {
    /// Gives a number out, for [`Shelf::set`].
    pub(super) fn number(&mut self) -> u32 {
        if let Some(free) = self.free.pop() {
            return free;
        }
        if self.rows.last().is_none_or(|row| row.len() == ROW) {
            self.rows.push(Vec::with_capacity(ROW));
        }
        let full = self.rows.len().saturating_sub(1) * ROW;
        let place = self.rows.last_mut().map_or(0, |row| {
            row.push(None);
            row.len() - 1
        });
        u32::try_from(full + place).unwrap_or(u32::MAX)
    }

    fn place(number: u32) -> Option<(usize, usize)> {
        let number = usize::try_from(number).ok()?;
        Some((number / ROW, number % ROW))
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        let (row, place) = Self::place(number)?;
        self.rows.get(row)?.get(place)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let (row, place) = Self::place(number)?;
        self.rows.get_mut(row)?.get_mut(place)?.as_mut()
    }

    /// Gives out this number, which was free.
    pub(super) fn claim(&mut self, number: u32) {
        self.free.retain(|free| *free != number);
    }

    /// Puts a thing under a number that was given out and has none.
    pub(super) fn set(&mut self, number: u32, thing: T) {
        let place = Self::place(number);
        let slot = place.and_then(|(row, place)| self.rows.get_mut(row)?.get_mut(place));
        if let Some(slot) = slot {
            *slot = Some(thing);
        }
    }

    pub(super) fn take(&mut self, number: u32) -> Option<T> {
        let (row, place) = Self::place(number)?;
        let thing = self.rows.get_mut(row)?.get_mut(place)?.take()?;
        self.free.push(number);
        Some(thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_out_again_and_can_be_taken_back() {
        let mut shelf = Shelf::default();
        let numbers: Vec<u32> = (0..100)
            .map(|thing| {
                let number = shelf.number();
                shelf.set(number, thing);
                number
            })
            .collect();
        assert_eq!(numbers, (0..100).collect::<Vec<_>>());
        assert_eq!(
            (shelf.take(40), shelf.take(40), shelf.get(40).copied(), shelf.take(7)),
            (Some(40), None, None, Some(7))
        );
        shelf.claim(40);
        shelf.set(40, 4000);
        assert_eq!((shelf.number(), shelf.number()), (7, 100));
        assert_eq!((shelf.get(40), shelf.get(99), shelf.get(1000)), (Some(&4000), Some(&99), None));
        *shelf.get_mut(99).unwrap() += 1;
        assert_eq!(shelf.get(99), Some(&100));
    }
}
