use crate::engine::Ids;

/// Where all chance of a run comes from; the same seed throws the same.
#[derive(Debug)]
pub struct Dice(Ids);

impl Dice {
    pub fn new(seed: u64) -> Self {
        // The sandbox draws its ids from the seed itself; the steps must not follow them.
        Self(Ids::new(seed ^ 0x5eed_5eed_5eed_5eed))
    }

    /// From nothing up to, but not including, `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.below(bound as u64)).unwrap()
    }

    /// Once in so many throws.
    pub fn once_in(&mut self, throws: usize) -> bool {
        self.below(throws) == 0
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// A legal amount in minor units.
    pub fn amount(&mut self) -> i64 {
        i64::try_from(self.below(600)).unwrap() + 1
    }

    /// An amount as a client sends it: now and then one that no client may send.
    pub fn sent_amount(&mut self) -> String {
        if self.once_in(16) {
            return self.one_of(&["0", "-5", "100000000", "many", ""]).to_owned();
        }
        self.amount().to_string()
    }

    /// Mostly dollars.
    pub fn currency(&mut self) -> &'static str {
        self.one_of(&["usd", "usd", "usd", "eur"])
    }
}
