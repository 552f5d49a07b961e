use super::log::Log;

/// Things under small numbers. A number whose thing was taken is given out again.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    things: Log<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { things: Log::default(), free: Vec::new() }
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl<T> Shelf<T> {
    /// Gives a number out, for [`Shelf::set`].
    pub(crate) fn number(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.things.push(None);
            u32::try_from(self.things.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// Gives out this number, which was free.
    pub(crate) fn claim(&mut self, number: u32) {
        self.free.retain(|free| *free != number);
    }

    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.things.get(index(number))?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.things.get_mut(index(number))?.as_mut()
    }

    /// Puts a thing under a number that was given out and has none.
    pub(crate) fn set(&mut self, number: u32, thing: T) {
        if let Some(slot) = self.things.get_mut(index(number)) {
            *slot = Some(thing);
        }
    }

    pub(crate) fn take(&mut self, number: u32) -> Option<T> {
        let thing = self.things.get_mut(index(number))?.take()?;
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
