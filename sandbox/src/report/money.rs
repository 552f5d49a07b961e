use crate::engine::{BalanceKind, LedgerAccount, Posting};
use crate::state::State;
use std::collections::BTreeMap;

/// An amount that moved from one balance to another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Payment {
    /// Unix seconds.
    pub(crate) at: i64,
    pub(crate) from: Place,
    pub(crate) to: Place,
    /// Minor units.
    pub(crate) amount: i64,
    pub(crate) currency: String,
    /// The type of its balance transaction; empty if there is none.
    pub(crate) kind: &'static str,
}

/// A balance of an account, or the outside of Stripe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Empty for the outside.
    pub(crate) account: String,
    pub(crate) balance: String,
}

impl Place {
    fn of(purse: &LedgerAccount) -> Self {
        if purse.kind == BalanceKind::Outside {
            return Self { account: String::new(), balance: String::new() };
        }
        Self { account: purse.scope.to_string(), balance: purse.kind.name() }
    }

    /// The human-readable owner.
    pub(crate) fn owner(&self) -> &str {
        if self.account.is_empty() { "outside Stripe" } else { &self.account }
    }
}

/// Sums of payments: payer, payee, currency.
pub(crate) type Totals = BTreeMap<(String, String, String), i64>;

/// Adds payments between accounts, and from and to the outside.
pub(crate) fn add(totals: &mut Totals, payment: &Payment) {
    if payment.from.account != payment.to.account {
        let pair = (payment.from.owner().to_owned(), payment.to.owner().to_owned(), payment.currency.clone());
        let sum = totals.entry(pair).or_default();
        *sum = sum.saturating_add(payment.amount);
    }
}

/// Splits a posting into payments from one balance to another: losses are assigned to gains in order.
pub(crate) fn split(state: &State, posting: &Posting) -> Vec<Payment> {
    let told = posting
        .lines
        .first()
        .and_then(|id| posting.legs.iter().find_map(|(purse, _)| state.ledger.line(&purse.scope, id)));
    let kind = told.map_or("", |line| line.kind);
    let mut gains: Vec<(&LedgerAccount, i64)> = posting
        .legs
        .iter()
        .filter(|(_, amount)| *amount > 0)
        .map(|(purse, amount)| (&**purse, *amount))
        .collect();
    let mut out = Vec::new();
    for (loser, loss) in posting.legs.iter().filter(|(_, amount)| *amount < 0) {
        let mut rest = loss.saturating_neg();
        for (gainer, gain) in gains.iter_mut().filter(|(gainer, _)| gainer.currency == loser.currency) {
            let amount = rest.min(*gain);
            if amount > 0 {
                let (from, to) = (Place::of(loser), Place::of(gainer));
                let currency = loser.currency.to_string();
                out.push(Payment { at: posting.at, from, to, amount, currency, kind });
                rest -= amount;
                *gain -= amount;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{CurrencyCode, JournalEntry, LedgerEntry, Scope};
    use crate::state::Options;

    #[test]
    fn posting_with_many_legs_is_split_into_payments() {
        let mut state = State::new(1, Options::default());
        let purse = |account: &str, kind| LedgerAccount {
            scope: Scope::new(account, false),
            kind,
            currency: CurrencyCode::USD,
        };
        let (own, fees) = (purse("acct_a", BalanceKind::Available), purse("acct_p", BalanceKind::Available));
        let movement = JournalEntry::default()
            .leg(purse("acct_a", BalanceKind::Outside), -100)
            .leg(own.clone(), 90)
            .leg(fees.clone(), 10)
            .line(LedgerEntry::new("charge", &own, 90))
            .line(LedgerEntry::new("application_fee", &fees, 10));
        state.ledger.post(5, &mut state.ids, movement).unwrap();
        let payments: Vec<_> =
            state.ledger.postings().iter().flat_map(|posting| split(&state, posting)).collect();
        assert_eq!(payments.iter().map(|payment| payment.amount).collect::<Vec<_>>(), [90, 10]);
        assert_eq!((payments[0].kind, payments[0].from.owner()), ("charge", "outside Stripe"));
        let mut totals = Totals::new();
        payments.iter().for_each(|payment| add(&mut totals, payment));
        let total = |payee: &str| totals[&("outside Stripe".to_owned(), payee.to_owned(), "usd".to_owned())];
        assert_eq!((totals.len(), total("acct_a"), total("acct_p")), (2, 90, 10));
    }
}
