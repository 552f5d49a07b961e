use std::collections::{BTreeMap, HashMap, HashSet};

/// A balance of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Payments,
    Issuing,
    /// A financial account, by its id.
    Financial(String),
}

/// Facts that a client knows from its own requests and cannot query: charges and their refunds, balance transfers, and the
/// balances of top-ups and payouts.
#[derive(Debug, Default)]
pub struct Told {
    /// The sum of movements into each balance (negative: out of it).
    pub moved: BTreeMap<(usize, Place, String), i64>,
    /// The sum of movements into Stripe from outside.
    pub came: BTreeMap<String, i64>,
    /// The account of a charge, and its currency.
    pub charges: HashMap<String, (usize, &'static str)>,
    pub issuing_topups: HashSet<String>,
    pub issuing_payouts: HashSet<String>,
    /// Transfers into Issuing balances: account, id, currency and amount. Afterwards the API shows only their balance
    /// transactions.
    pub to_issuing: Vec<(usize, String, &'static str, i64)>,
    /// Disputes whose money was returned before the decision.
    pub reinstated: HashSet<String>,
}

impl Told {
    /// Records a movement within Stripe.
    pub fn inside(&mut self, who: usize, place: Place, currency: &str, amount: i64) {
        *self.moved.entry((who, place, currency.to_owned())).or_default() += amount;
    }

    /// Records a movement from outside (negative: to the outside).
    pub fn outside(&mut self, who: usize, place: Place, currency: &str, amount: i64) {
        *self.came.entry(currency.to_owned()).or_default() += amount;
        self.inside(who, place, currency, amount);
    }
}
