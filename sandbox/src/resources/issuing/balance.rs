//! The funds of cards: held for authorizations, debited by captures, credited by refunds.

use super::currency_of;
use crate::engine::{
    ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, LedgerAccount, LedgerEntry, Peek,
};
use crate::resources::treasury;
use crate::state::AccountContext;

/// The funds that a card spends.
#[derive(Debug, Clone)]
pub(crate) enum Funds {
    /// The Issuing balance in a currency.
    Issuing(CurrencyCode),
    /// A financial account, by its id.
    Financial(String),
}

impl Funds {
    /// The funds of a card: the Issuing balance, or its financial account.
    pub(crate) fn of(card: &Json) -> Result<Self, ApiError> {
        match card.at("financial_account").and_then(Json::as_str) {
            Some(id) => Ok(Self::Financial(id.to_owned())),
            None => currency_of(card).map(Self::Issuing),
        }
    }

    /// The note with the financial account of an authorization, since its card may be moved to another one.
    pub(crate) const NOTE: &str = "financial_account";

    /// The funds of an authorization.
    pub(crate) fn of_authorization(
        context: &AccountContext<'_>,
        authorization: &Json,
    ) -> Result<Self, ApiError> {
        match context.notes(authorization.text("id")).at(Self::NOTE).and_then(Json::as_str) {
            Some(id) => Ok(Self::Financial(id.to_owned())),
            None => Self::of(context.peek(authorization.id_at("card")).unwrap_or(&Json::Null)),
        }
    }

    /// The available amount.
    pub(crate) fn spendable(&self, context: &AccountContext<'_>) -> i64 {
        match self {
            Self::Issuing(currency) => context.balance(BalanceKind::Issuing, *currency),
            Self::Financial(id) => treasury::card_spending::spendable(context, id),
        }
    }

    /// Holds an amount for an authorization; `kind` is the type of the balance transaction. Returns the ids of
    /// balance transactions; financial accounts have none.
    pub(crate) fn hold(
        &self,
        context: &mut AccountContext<'_>,
        kind: &'static str,
        id: &str,
        amount: i64,
    ) -> Result<Vec<String>, ApiError> {
        match self {
            _ if amount == 0 => Ok(Vec::new()),
            Self::Issuing(currency) => {
                let held = context.purse(BalanceKind::IssuingHolds, *currency);
                shift(context, held, kind, id, -amount)
            }
            Self::Financial(account) => {
                treasury::card_spending::hold(context, kind, account, id, amount).map(|_| Vec::new())
            }
        }
    }

    /// Releases a part of a hold, or all of it.
    pub(crate) fn release(
        &self,
        context: &mut AccountContext<'_>,
        kind: &'static str,
        id: &str,
        amount: i64,
        captured: bool,
    ) -> Result<Vec<String>, ApiError> {
        match self {
            _ if amount == 0 => Ok(Vec::new()),
            Self::Issuing(currency) => {
                let held = context.purse(BalanceKind::IssuingHolds, *currency);
                shift(context, held, kind, id, amount)
            }
            Self::Financial(_) => {
                let rest = context.notes(id).int("held").saturating_sub(amount);
                let captured = captured || context.notes(id).int("captured") > 0;
                treasury::card_spending::release(context, kind, id, amount, (rest, captured))
                    .map(|()| Vec::new())
            }
        }
    }

    /// Pays the merchant (negative) or receives money from it, for an Issuing transaction; the balance may become
    /// negative. Returns the balance transaction, or the received debit or credit.
    pub(crate) fn settle(
        &self,
        context: &mut AccountContext<'_>,
        kind: &'static str,
        spent: &Json,
        amount: i64,
    ) -> Result<Settled, ApiError> {
        match self {
            Self::Issuing(currency) => {
                let outside = context.purse(BalanceKind::Outside, *currency);
                let lines = shift(context, outside, kind, spent.text("id"), amount)?;
                Ok(Settled { line: lines.into_iter().next(), flow: None })
            }
            Self::Financial(account) => {
                let flow = treasury::card_spending::settle(context, account, spent, amount)?;
                Ok(Settled { line: None, flow: Some(flow) })
            }
        }
    }

    /// Credits a disputed amount, or debits it again (negative). Returns the balance transaction, if there is one.
    pub(crate) fn dispute(
        &self,
        context: &mut AccountContext<'_>,
        id: &str,
        amount: i64,
    ) -> Result<Option<String>, ApiError> {
        match self {
            Self::Issuing(currency) => {
                let outside = context.purse(BalanceKind::Outside, *currency);
                Ok(shift(context, outside, "issuing_dispute", id, amount)?.into_iter().next())
            }
            Self::Financial(account) => {
                treasury::card_spending::disputed(context, account, id, amount).map(|()| None)
            }
        }
    }
}

/// The record of a settled amount.
#[derive(Debug)]
pub(crate) struct Settled {
    /// The balance transaction of the Issuing balance.
    pub(crate) line: Option<String>,
    /// The received debit or credit of the financial account.
    pub(crate) flow: Option<String>,
}

/// Moves an amount from another ledger account to the available Issuing balance.
fn shift(
    context: &mut AccountContext<'_>,
    other: LedgerAccount,
    kind: &'static str,
    id: &str,
    amount: i64,
) -> Result<Vec<String>, ApiError> {
    let available = context.purse(BalanceKind::Issuing, other.currency);
    let line = LedgerEntry::new(kind, &available, amount).source(id);
    context.post(JournalEntry::between(other, available, amount).line(line))
}
