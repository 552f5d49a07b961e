use crate::engine::{Json, Peek};
use crate::tests::properties::run::{ACCOUNTS, PLATFORM, Run};
use std::collections::BTreeMap;

/// The balances that the API returns for all accounts, in minor units: account, name, currency (or financial
/// account).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balances(BTreeMap<(usize, &'static str, String), i64>);

/// The balances with their paths in the reply.
const PLACES: [(&str, &str); 4] = [
    ("available", "available"),
    ("pending", "pending"),
    ("issuing", "issuing.available"),
    ("connect_reserved", "connect_reserved"),
];

impl Balances {
    /// Retrieves the balances of all accounts.
    pub fn read(run: &Run) -> Result<Self, String> {
        let mut all = Self::default();
        (0..ACCOUNTS).try_for_each(|who| all.refresh(run, who))?;
        Ok(all)
    }

    /// Retrieves the balances of one account.
    pub fn refresh(&mut self, run: &Run, who: usize) -> Result<(), String> {
        self.0.retain(|(whose, ..), _| *whose != who);
        let reply = run.get(who, "/v1/balance")?;
        for (name, path) in PLACES {
            for entry in reply.items(path) {
                check_source_types(name, entry)?;
                self.0.insert((who, name, entry.text("currency").to_owned()), entry.int("amount"));
            }
        }
        for (_, id) in run.all("treasury.financial_account").iter().filter(|(owner, _)| *owner == who) {
            let cash = run.get(who, &format!("/v1/treasury/financial_accounts/{id}"))?;
            self.0.insert((who, "cash", id.clone()), cash.int("balance.cash.usd"));
        }
        // A listed zero balance equals an unlisted one.
        self.0.retain(|_, amount| *amount != 0);
        Ok(())
    }

    pub fn of(&self, who: usize, name: &'static str, currency: &str) -> i64 {
        self.0.get(&(who, name, currency.to_owned())).copied().unwrap_or_default()
    }

    /// The first balance that is negative and decreased since `before`. The platform's reserve follows the debt of
    /// its accounts, so it may overdraw the platform's balance.
    pub fn overdrawn_since(&self, before: &Self) -> Option<String> {
        let sunk = self.0.iter().find(|((who, name, currency), amount)| {
            let earlier = before.of(*who, name, currency);
            let reserve = |balances: &Self| balances.of(PLATFORM, "connect_reserved", currency);
            let reserved_more = *who == PLATFORM && *name == "available" && reserve(self) > reserve(before);
            // Refunded pending money that was transferred already leaves a debt in `pending`. It becomes due with that
            // money, and other money that becomes available does not pay it.
            let whole = |balances: &Self| {
                balances.of(*who, "available", currency) + balances.of(*who, "pending", currency)
            };
            let settled = ["available", "pending"].contains(name) && whole(self) >= whole(before);
            **amount < 0 && **amount < earlier && !reserved_more && !settled
        });
        sunk.map(|((who, name, currency), amount)| format!("account {who} has {amount} {currency} {name}"))
    }
}

/// Checks that the balances by source type sum to the total.
fn check_source_types(name: &str, entry: &Json) -> Result<(), String> {
    let Some(parts) = entry.get("source_types").and_then(Json::as_object) else { return Ok(()) };
    let sum: i64 = parts.values().filter_map(Json::as_i64).sum();
    if sum == entry.int("amount") {
        Ok(())
    } else {
        Err(format!("the source types of {name} sum to {sum}: {entry}"))
    }
}
