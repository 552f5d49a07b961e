//! The money behind cards: held for authorizations, taken by captures, given back by refunds.

use super::currency_of;
use crate::sandbox::core::{CurrencyCode, Json, Kind, Line, Movement, Peek, Refusal};
use crate::sandbox::world::Work;

/// What a card is paid from, and where its holds are.
#[derive(Debug, Clone)]
pub(super) struct Funds {
    available: Kind,
    held: Kind,
    currency: CurrencyCode,
}

impl Funds {
    /// The Issuing balance, or the financial account that the card belongs to.
    pub(super) fn of(card: &Json) -> Result<Self, Refusal> {
        let currency = currency_of(card)?;
        Ok(match card.at("financial_account").and_then(Json::as_str) {
            Some(id) => Self {
                available: Kind::Financial(id.into()),
                held: Kind::FinancialOutbound(id.into()),
                currency,
            },
            None => Self { available: Kind::Issuing, held: Kind::IssuingHolds, currency },
        })
    }

    /// What can be spent.
    pub(super) fn spendable(&self, work: &Work<'_>) -> i64 {
        work.balance(self.available.clone(), self.currency)
    }

    /// Holds an amount for an authorization.
    pub(super) fn hold(&self, work: &mut Work<'_>, id: &str, amount: i64) -> Result<Vec<String>, Refusal> {
        self.shift(work, "issuing_authorization_hold", id, -amount)
    }

    /// Lets go of a part of a hold.
    pub(super) fn release(&self, work: &mut Work<'_>, id: &str, amount: i64) -> Result<Vec<String>, Refusal> {
        self.shift(work, "issuing_authorization_release", id, amount)
    }

    fn shift(
        &self,
        work: &mut Work<'_>,
        kind: &'static str,
        id: &str,
        amount: i64,
    ) -> Result<Vec<String>, Refusal> {
        let held = work.purse(self.held.clone(), self.currency);
        self.post(work, held, kind, id, amount)
    }

    /// Takes money for the merchant (negative), or gives back what came from there; also when that is more than there is.
    pub(super) fn settle(
        &self,
        work: &mut Work<'_>,
        kind: &'static str,
        id: &str,
        amount: i64,
    ) -> Result<Option<String>, Refusal> {
        let outside = work.purse(Kind::Outside, self.currency);
        Ok(self.post(work, outside, kind, id, amount)?.into_iter().next())
    }

    /// Adds an amount to what can be spent, from another purse. The statement of a financial account is its own affair.
    fn post(
        &self,
        work: &mut Work<'_>,
        other: crate::sandbox::core::Purse,
        kind: &'static str,
        id: &str,
        amount: i64,
    ) -> Result<Vec<String>, Refusal> {
        if amount == 0 {
            return Ok(Vec::new());
        }
        let available = work.purse(self.available.clone(), self.currency);
        let line = Line::new(kind, &available, amount).source(id);
        let movement = Movement::between(other, available, amount);
        work.post(if matches!(self.available, Kind::Issuing) { movement.line(line) } else { movement })
    }
}
