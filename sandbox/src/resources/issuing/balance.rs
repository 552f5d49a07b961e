//! The money behind cards: held for authorizations, taken by captures, given back by refunds.

use super::currency_of;
use crate::engine::{
    ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, LedgerAccount, LedgerEntry, Peek,
};
use crate::resources::treasury;
use crate::state::AccountContext;

/// What a card is paid from.
#[derive(Debug, Clone)]
pub(crate) enum Funds {
    /// The Issuing balance in a currency.
    Issuing(CurrencyCode),
    /// A financial account, by its id.
    Financial(String),
}

impl Funds {
    /// The Issuing balance, or the financial account that the card belongs to.
    pub(crate) fn of(card: &Json) -> Result<Self, ApiError> {
        match card.at("financial_account").and_then(Json::as_str) {
            Some(id) => Ok(Self::Financial(id.to_owned())),
            None => currency_of(card).map(Self::Issuing),
        }
    }

    /// Where the notes of an authorization have the financial account of its card: the card may move to another.
    pub(crate) const NOTE: &str = "financial_account";

    /// Those that an authorization was made on.
    pub(crate) fn of_authorization(
        context: &AccountContext<'_>,
        authorization: &Json,
    ) -> Result<Self, ApiError> {
        match context.notes(authorization.text("id")).at(Self::NOTE).and_then(Json::as_str) {
            Some(id) => Ok(Self::Financial(id.to_owned())),
            None => Self::of(context.peek(authorization.id_at("card")).unwrap_or(&Json::Null)),
        }
    }

    /// What can be spent.
    pub(crate) fn spendable(&self, context: &AccountContext<'_>) -> i64 {
        match self {
            Self::Issuing(currency) => context.balance(BalanceKind::Issuing, *currency),
            Self::Financial(id) => treasury::card_spending::spendable(context, id),
        }
    }

    /// Holds an amount for an authorization; `kind` is what the step calls that. Gives the ids of balance transactions, which
    /// financial accounts do not have.
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

    /// Lets go of a part of a hold, in whole or because it is captured.
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

    /// Takes money for the merchant (negative), or gives back what came from there, for an Issuing transaction; also when
    /// that is more than there is. Gives the balance transaction, or the received debit or credit.
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

    /// Gives back what is disputed, or takes it again (negative). Gives the balance transaction, if there is one.
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

/// What tells of money that was really taken or given back.
#[derive(Debug)]
pub(crate) struct Settled {
    /// The balance transaction of the Issuing balance.
    pub(crate) line: Option<String>,
    /// The received debit or credit of the financial account.
    pub(crate) flow: Option<String>,
}

/// Adds an amount to what can be spent of the Issuing balance, from another purse.
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
