use crate::engine::Ids;

/// The randomness of a run; equal seeds give equal runs.
#[derive(Debug)]
pub struct Dice(Ids);

impl Dice {
    pub fn new(seed: u64) -> Self {
        // The sandbox derives its ids from the seed; the steps must be independent of them.
        Self(Ids::new(seed ^ 0x5eed_5eed_5eed_5eed))
    }

    /// A number from 0 to `bound`, exclusive.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.below(bound as u64)).unwrap()
    }

    /// `true` once in `throws` throws on average.
    pub fn once_in(&mut self, throws: usize) -> bool {
        self.below(throws) == 0
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// A valid amount in minor units.
    pub fn amount(&mut self) -> i64 {
        i64::try_from(self.below(600)).unwrap() + 1
    }

    /// An amount as sent by a client; occasionally invalid.
    pub fn sent_amount(&mut self) -> String {
        if self.once_in(16) {
            return self.one_of(&["0", "-5", "100000000", "many", ""]).to_owned();
        }
        self.amount().to_string()
    }

    /// Mostly USD.
    pub fn currency(&mut self) -> &'static str {
        self.one_of(&["usd", "usd", "usd", "eur"])
    }
}
