//! Amounts of a balance, by currency.

use crate::balance::{Amount, Balance};
use crate::{Currency, Money};

impl Balance {
    /// The amount that can be paid out, transferred or refunded now, in one currency; zero if the balance does not
    /// have the currency.
    ///
    /// Can be negative, for example after a refund or a dispute.
    pub fn available_in(&self, currency: Currency) -> Money {
        sum(&self.available, currency)
    }

    /// The amount that has not settled yet, in one currency.
    pub fn pending_in(&self, currency: Currency) -> Money {
        sum(&self.pending, currency)
    }

    /// The amount that cards can spend now, in one currency: the Issuing part of the balance.
    pub fn issuing_in(&self, currency: Currency) -> Money {
        sum(self.issuing.iter().flat_map(|issuing| &issuing.available), currency)
    }
}

fn sum<'a>(amounts: impl IntoIterator<Item = &'a Amount>, currency: Currency) -> Money {
    let of_currency = amounts.into_iter().filter(|amount| amount.currency == currency);
    Money::new(of_currency.map(|amount| amount.amount).fold(0, i64::saturating_add), currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_found_by_currency() {
        let balance: Balance = serde_json::from_str(
            r#"{"object":"balance","livemode":false,"available":[{"amount":5,"currency":"usd"},{"amount":7,"currency":"eur"}],
                "pending":[{"amount":-3,"currency":"usd"}],"issuing":{"available":[{"amount":11,"currency":"usd"}]}}"#,
        )
        .unwrap();
        assert_eq!(balance.available_in(Currency::EUR), Money::new(7, Currency::EUR));
        assert_eq!(balance.pending_in(Currency::USD), Money::new(-3, Currency::USD));
        assert_eq!(balance.issuing_in(Currency::USD), Money::new(11, Currency::USD));
        assert_eq!(balance.issuing_in(Currency::GBP), Money::new(0, Currency::GBP));
    }
}
