use std::collections::{BTreeMap, HashMap, HashSet};

/// Where an account has money.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Payments,
    Issuing,
    /// A financial account, by its id.
    Financial(String),
}

/// What a client knows because it did it, and cannot ask the API for: charges and what became of them, transfers between
/// balances, and which balance a top-up or a payout was for.
#[derive(Debug, Default)]
pub struct Told {
    /// What came to a place (negative: left it).
    pub moved: BTreeMap<(usize, Place, String), i64>,
    /// What came to Stripe from outside.
    pub came: BTreeMap<String, i64>,
    /// Whose a charge is, and its currency.
    pub charges: HashMap<String, (usize, &'static str)>,
    pub issuing_topups: HashSet<String>,
    pub issuing_payouts: HashSet<String>,
    /// Transfers into Issuing balances: whose, the id, the currency and the amount. The API tells them no more once they
    /// were made, except by their balance transactions.
    pub to_issuing: Vec<(usize, String, &'static str, i64)>,
    /// Disputes whose money was given back before they were decided.
    pub reinstated: HashSet<String>,
}

impl Told {
    /// Money moved within Stripe.
    pub fn inside(&mut self, who: usize, place: Place, currency: &str, amount: i64) {
        *self.moved.entry((who, place, currency.to_owned())).or_default() += amount;
    }

    /// Money came from outside, or left.
    pub fn outside(&mut self, who: usize, place: Place, currency: &str, amount: i64) {
        *self.came.entry(currency.to_owned()).or_default() += amount;
        self.inside(who, place, currency, amount);
    }
}
