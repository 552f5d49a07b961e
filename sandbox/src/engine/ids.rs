/// A small pseudorandom generator (SplitMix64): equal seeds give equal sequences.
#[derive(Debug, Clone)]
pub struct Ids {
    state: u64,
}

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Ids {
    /// Creates a generator with a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The state of the generator: [`Ids::new`] with this number continues the sequence.
    pub fn state(&self) -> u64 {
        self.state
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; zero if `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number().checked_rem(bound).unwrap_or(0)
    }

    /// A text of letters and digits.
    pub fn text(&mut self, length: usize) -> String {
        let mut out = String::with_capacity(length);
        for _ in 0..length {
            let index = usize::try_from(self.below(62)).unwrap_or(0);
            out.push(LETTERS.get(index).copied().map_or('0', char::from));
        }
        out
    }

    /// A text of digits, such as a bank account number.
    pub fn digits(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or(0))).collect()
    }

    /// A new id: `id("tu")` is `tu_1` and 23 more characters. Account ids have Stripe's shorter form.
    pub fn id(&mut self, prefix: &str) -> String {
        let length = if prefix == "acct" { 15 } else { 23 };
        format!("{prefix}_1{}", self.text(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_determines_every_id() {
        let make = |seed| {
            let mut ids = Ids::new(seed);
            [ids.id("tu"), ids.id("tu"), ids.id("acct")]
        };
        assert_eq!(make(7), make(7));
        assert_ne!(make(7), make(8));
        let [first, second, account] = make(7);
        assert_ne!(first, second);
        assert!(first.starts_with("tu_1") && first.len() == 27, "{first}");
        assert_eq!(account.len(), 21);
    }
}
