//! The double-entry ledger. All money of a sandbox is stored here and nowhere else.

use super::account_scope::Scope;
use super::api_error::ApiError;
use super::compact::slab::{Labelled, Slab};
use super::currency::CurrencyCode;
use super::ids::Ids;
use super::json::Json;
use super::log::AppendLog;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The purpose of a ledger account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BalanceKind {
    /// Payments balance that can be spent.
    Available,
    /// The part of the available balance that was paid in by source-based ACH debits, which is spent separately.
    BankAvailable,
    /// The part of the available balance that was paid in by FPX, which is spent separately.
    FpxAvailable,
    /// Payments balance that has a balance transaction but cannot be spent yet.
    Pending,
    /// Money announced to the payments balance that has no balance transaction yet (a pending top-up).
    Incoming,
    /// The Issuing balance.
    Issuing,
    /// Money announced to the Issuing balance.
    IssuingIncoming,
    /// The part of the Issuing balance that is held by approved authorizations.
    IssuingHolds,
    /// The reserve that a platform must keep for the negative balances of its accounts.
    ConnectReserved,
    /// The reserve that Stripe keeps against risk.
    Risk,
    /// Money set aside for refunds and disputes.
    Prefunding,
    /// A Treasury financial account, by its id.
    Financial(Arc<str>),
    /// Money on its way into a financial account.
    FinancialInbound(Arc<str>),
    /// Money on its way out of a financial account.
    FinancialOutbound(Arc<str>),
    /// Banks, card networks and everything else outside of Stripe.
    Outside,
}

impl BalanceKind {
    /// The human-readable name, such as `issuing holds`.
    pub fn name(&self) -> String {
        let name = match self {
            Self::Available => "available",
            Self::BankAvailable => "available (bank accounts)",
            Self::FpxAvailable => "available (FPX)",
            Self::Pending => "pending",
            Self::Incoming => "incoming",
            Self::Issuing => "issuing",
            Self::IssuingIncoming => "issuing incoming",
            Self::IssuingHolds => "issuing holds",
            Self::ConnectReserved => "connect reserved",
            Self::Risk => "risk reserved",
            Self::Prefunding => "refund prefunding",
            Self::Financial(id) => return format!("financial account {id}"),
            Self::FinancialInbound(id) => return format!("into {id}"),
            Self::FinancialOutbound(id) => return format!("out of {id}"),
            Self::Outside => "outside Stripe",
        };
        name.to_owned()
    }

    /// The statement that must account for every change of this balance.
    fn statement(&self) -> Option<Statement> {
        match self {
            Self::Available | Self::BankAvailable | Self::FpxAvailable | Self::Pending => {
                Some(Statement::Payments)
            }
            Self::Issuing => Some(Statement::Issuing),
            Self::Risk => Some(Statement::RiskReserved),
            Self::Prefunding => Some(Statement::Prefunding),
            _ => None,
        }
    }
}

/// The balance that a balance transaction belongs to: its `balance_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Statement {
    /// `payments`
    Payments,
    /// `issuing`
    Issuing,
    /// `risk_reserved`
    RiskReserved,
    /// `refund_and_dispute_prefunding`
    Prefunding,
}

impl Statement {
    /// The name that Stripe's API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Issuing => "issuing",
            Self::RiskReserved => "risk_reserved",
            Self::Prefunding => "refund_and_dispute_prefunding",
        }
    }
}

/// A ledger account: its owner, its purpose and its currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LedgerAccount {
    /// The owner.
    pub scope: Scope,
    /// The purpose.
    pub kind: BalanceKind,
    /// Its currency.
    pub currency: CurrencyCode,
}

/// A balance transaction: one entry on the statement of one balance.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    /// `txn_…`; assigned when the journal entry is posted.
    pub id: Arc<str>,
    /// The account whose statement it is on.
    pub(crate) scope: Scope,
    /// The `type` of the balance transaction, such as `topup`.
    pub kind: &'static str,
    /// The balance that it belongs to.
    pub statement: Statement,
    /// Its currency.
    pub currency: CurrencyCode,
    /// Before fees, in minor units; negative when money leaves.
    pub amount: i64,
    /// Fees in minor units, those of Stripe and of an application together.
    pub fee: i64,
    /// The part of the fees that an application takes.
    pub application: Option<Box<ApplicationShare>>,
    /// The object that caused it.
    pub source: Option<Arc<str>>,
    /// The human-readable description.
    pub description: Option<Box<str>>,
    /// When it was posted, in Unix seconds.
    pub created: i64,
    /// When the money becomes available, in Unix seconds; immediately if `None`.
    pub available_on: Option<i64>,
}

/// The part of a fee that goes to an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationShare {
    /// Minor units.
    pub amount: i64,
    /// The id of the application.
    pub application: Box<str>,
}

impl Labelled for LedgerEntry {
    type Label = str;

    fn label(&self) -> &str {
        &self.id
    }
}

impl LedgerEntry {
    /// Creates an entry of type `kind` over `amount` on the statement of a ledger account.
    pub fn new(kind: &'static str, purse: &LedgerAccount, amount: i64) -> Self {
        Self {
            id: "".into(),
            scope: purse.scope.clone(),
            kind,
            statement: purse.kind.statement().unwrap_or(Statement::Payments),
            currency: purse.currency,
            amount,
            fee: 0,
            application: None,
            source: None,
            description: None,
            created: 0,
            available_on: None,
        }
    }

    /// Sets the object that caused the entry.
    pub fn source(mut self, id: impl Into<Arc<str>>) -> Self {
        self.source = Some(id.into());
        self
    }

    /// Sets the human-readable description.
    pub fn description(mut self, text: Option<&str>) -> Self {
        self.description = text.map(Into::into);
        self
    }

    /// Sets the fee in minor units. The fee must also be one of the legs.
    pub fn fee(mut self, fee: i64) -> Self {
        self.fee += fee;
        self
    }

    /// Sets a fee that is collected by an application.
    pub fn application_fee(mut self, fee: i64, application: &str) -> Self {
        self.fee += fee;
        self.application = Some(Box::new(ApplicationShare { amount: fee, application: application.into() }));
        self
    }

    /// Sets when the money becomes available, in Unix seconds; immediately if `None`.
    pub fn available_on(mut self, seconds: impl Into<Option<i64>>) -> Self {
        self.available_on = seconds.into();
        self
    }

    /// The change of the balance in minor units: the amount without the fee.
    pub fn net(&self) -> i64 {
        self.amount - self.fee
    }

    /// The members of Stripe's `balance_transaction` object that are not constant.
    pub fn object(&self, now: i64) -> Json {
        let available_on = self.available_on.unwrap_or(self.created);
        let mut details = Vec::new();
        let share = self.application.as_deref();
        let detail = |amount: i64, kind: &str, application: Option<&str>, description: Option<&str>| {
            json!({ "amount": amount, "application": application, "description": description,
                "currency": self.currency.as_str(), "type": kind })
        };
        if let Some(share) = share {
            let description = Some("application fee");
            details.push(detail(share.amount, "application_fee", Some(&share.application), description));
        }
        let rest = self.fee - share.map_or(0, |share| share.amount);
        if rest != 0 {
            details.push(detail(rest, "stripe_fee", None, Some("Stripe fee")));
        }
        json!({
            "id": &*self.id, "object": "balance_transaction", "amount": self.amount, "available_on": available_on,
            "balance_type": self.statement.as_str(), "created": self.created, "currency": self.currency.as_str(),
            "description": self.description, "exchange_rate": null, "fee": self.fee, "fee_details": details,
            "net": self.net(), "reporting_category": self.reporting_category(), "source": self.source.as_deref(),
            "status": if available_on <= now { "available" } else { "pending" }, "type": self.kind,
        })
    }
}

/// The prefix of the ids of disputes of charges.
const DISPUTE: &str = "du_";

impl LedgerEntry {
    /// The group of the entry in reports. The type alone does not identify money of disputes: it is `adjustment`.
    fn reporting_category(&self) -> &'static str {
        match (self.kind, &self.source) {
            ("adjustment", Some(source)) if source.starts_with(DISPUTE) => {
                if self.amount < 0 {
                    "dispute"
                } else {
                    "dispute_reversal"
                }
            }
            (kind, _) => reporting_category(kind),
        }
    }
}

/// The reporting category of a type of balance transaction.
fn reporting_category(kind: &'static str) -> &'static str {
    match kind {
        "payout_failure" | "payout_cancel" => "payout_reversal",
        "transfer_refund" | "transfer_cancel" | "transfer_failure" => "transfer_reversal",
        "payment" => "charge",
        "payment_refund" => "refund",
        "refund_failure" | "payment_failure_refund" => "refund_failure",
        "application_fee" => "platform_earning",
        "application_fee_refund" => "platform_earning_refund",
        "stripe_fee" | "stripe_fx_fee" => "fee",
        "reserve_transaction" => "connect_reserved_funds",
        "adjustment" => "other_adjustment",
        other => other,
    }
}

/// A transfer of money between ledger accounts: legs that sum to zero, and the statement entries that account for
/// them.
#[derive(Debug, Clone, Default)]
pub struct JournalEntry {
    legs: Vec<(LedgerAccount, i64)>,
    lines: Vec<LedgerEntry>,
}

impl JournalEntry {
    /// Moves `amount` from one ledger account to another.
    pub fn between(from: LedgerAccount, to: LedgerAccount, amount: i64) -> Self {
        Self::default().leg(from, -amount).leg(to, amount)
    }

    /// Adds a leg: the change of one ledger account, negative if it loses money.
    pub fn leg(mut self, purse: LedgerAccount, amount: i64) -> Self {
        self.legs.push((purse, amount));
        self
    }

    /// Adds a statement entry.
    pub fn line(mut self, line: LedgerEntry) -> Self {
        self.lines.push(line);
        self
    }

    /// Why this journal entry cannot be posted: its legs do not sum to zero, or a statement does not account for
    /// them.
    fn flaw(&self) -> Option<String> {
        let mut totals: BTreeMap<CurrencyCode, i128> = BTreeMap::new();
        let mut statements: BTreeMap<(&Scope, Statement, CurrencyCode), i128> = BTreeMap::new();
        for (purse, amount) in &self.legs {
            *totals.entry(purse.currency).or_default() += i128::from(*amount);
            if let Some(statement) = purse.kind.statement() {
                *statements.entry((&purse.scope, statement, purse.currency)).or_default() +=
                    i128::from(*amount);
            }
        }
        if let Some((currency, total)) = totals.iter().find(|(_, total)| **total != 0) {
            return Some(format!("the legs sum to {total} {currency} instead of zero"));
        }
        for line in &self.lines {
            let total = statements.entry((&line.scope, line.statement, line.currency)).or_default();
            *total -= i128::from(line.amount) - i128::from(line.fee);
        }
        let ((scope, statement, currency), rest) = statements.iter().find(|(_, rest)| **rest != 0)?;
        Some(format!(
            "{rest} {currency} on the {} statement of {scope} have no statement entry",
            statement.as_str()
        ))
    }
}

/// A posted journal entry.
#[derive(Debug, Clone)]
pub struct Posting {
    /// When it was posted, in Unix seconds.
    pub at: i64,
    /// The change of each ledger account.
    pub legs: Box<[(Arc<LedgerAccount>, i64)]>,
    /// The ids of its balance transactions.
    pub lines: Box<[Arc<str>]>,
}

/// All postings of a sandbox, and the balances, which always equal the sum of the postings.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    postings: AppendLog<Posting>,
    /// Numbered in ascending order; only the newest are ever removed.
    lines: Slab<LedgerEntry>,
    lines_of: HashMap<Scope, Vec<u32>>,
    balances: BTreeMap<Arc<LedgerAccount>, i64>,
    touched: BTreeSet<(Scope, CurrencyCode)>,
    trail: Option<Mark>,
}

/// The lengths of all lists at the start of a transaction, for rollback.
#[derive(Debug, Clone)]
struct Mark {
    postings: usize,
    touched: BTreeSet<(Scope, CurrencyCode)>,
    new_purses: Vec<Arc<LedgerAccount>>,
}

impl Ledger {
    /// Posts a journal entry and returns the ids of its balance transactions.
    ///
    /// # Errors
    /// An entry that does not balance is a bug of the sandbox: status 500, and nothing is posted.
    pub fn post(&mut self, now: i64, ids: &mut Ids, movement: JournalEntry) -> Result<Vec<String>, ApiError> {
        if let Some(flaw) = movement.flaw() {
            return Err(ApiError::internal(format!(
                "The sandbox's ledger rejected a journal entry: {flaw}."
            )));
        }
        let mut sums: Vec<(Arc<LedgerAccount>, i64)> = Vec::with_capacity(movement.legs.len());
        for (purse, amount) in &movement.legs {
            let known = sums.iter().rev().find(|(known, _)| **known == *purse);
            let (purse, before) = match known {
                Some((purse, sum)) => (purse.clone(), *sum),
                None => match self.balances.get_key_value(purse) {
                    Some((purse, balance)) => (purse.clone(), *balance),
                    None => (Arc::new(purse.clone()), 0),
                },
            };
            let sum = before
                .checked_add(*amount)
                .ok_or_else(|| ApiError::internal("A balance of the sandbox exceeds 64 bits."))?;
            sums.push((purse, sum));
        }
        for (purse, _) in &movement.legs {
            if matches!(
                purse.kind,
                BalanceKind::Available | BalanceKind::BankAvailable | BalanceKind::FpxAvailable
            ) {
                self.touched.insert((purse.scope.clone(), purse.currency));
            }
        }
        if let Some(mark) = &mut self.trail {
            let new = sums.iter().map(|(purse, _)| purse).filter(|purse| !self.balances.contains_key(*purse));
            mark.new_purses.extend(new.cloned());
        }
        let amounts = movement.legs.iter().map(|(_, amount)| *amount);
        let legs = sums.iter().map(|(purse, _)| purse.clone()).zip(amounts).collect();
        self.balances.extend(sums);
        let mut posted = Vec::with_capacity(movement.lines.len());
        let mut lines: Vec<Arc<str>> = Vec::with_capacity(movement.lines.len());
        for mut line in movement.lines {
            let id = ids.id("txn");
            (line.id, line.created) = (id.as_str().into(), now);
            posted.push(id);
            lines.push(line.id.clone());
            let number = self.lines.number();
            self.lines_of.entry(line.scope.clone()).or_default().push(number);
            self.lines.set(number, line);
        }
        self.postings.push(Posting { at: now, legs, lines: lines.into() });
        Ok(posted)
    }

    /// Returns the accounts whose available payments balance changed since the last call, each with the currency.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<(Scope, CurrencyCode)> {
        std::mem::take(&mut self.touched)
    }

    /// The balance of a ledger account, in minor units.
    pub fn balance(&self, purse: &LedgerAccount) -> i64 {
        self.balances.get(purse).copied().unwrap_or_default()
    }

    /// All ledger accounts that ever held money, with their balances.
    pub fn purses(&self) -> impl Iterator<Item = (&LedgerAccount, i64)> {
        self.balances.iter().map(|(purse, amount)| (&**purse, *amount))
    }

    /// The ledger accounts of one account.
    pub fn purses_of(&self, scope: &Scope) -> impl Iterator<Item = (&LedgerAccount, i64)> {
        let first = LedgerAccount {
            scope: scope.clone(),
            kind: BalanceKind::Available,
            currency: CurrencyCode::FIRST,
        };
        let scope = scope.clone();
        let all = self.balances.range::<LedgerAccount, _>(first..).map(|(purse, amount)| (&**purse, *amount));
        all.take_while(move |(purse, _)| purse.scope == scope)
    }

    /// Makes the money of a balance transaction available at `now` (Unix seconds), regardless of the planned time.
    pub(crate) fn mature(&mut self, id: &str, now: i64) {
        let line = self.lines.find(id).and_then(|number| self.lines.get_mut(number));
        if let Some(at) = line.and_then(|line| line.available_on.as_mut()) {
            *at = now.min(*at);
        }
    }

    /// Starts a transaction: from here on postings can be rolled back.
    pub(crate) fn begin(&mut self) {
        self.trail.get_or_insert_with(|| Mark {
            postings: self.postings.len(),
            touched: self.touched.clone(),
            new_purses: Vec::new(),
        });
    }

    /// Ends the transaction started by [`Ledger::begin`]: keeps its postings, or removes them.
    pub(crate) fn end(&mut self, keep: bool) {
        let Some(mark) = self.trail.take().filter(|_| !keep) else { return };
        while self.postings.len() > mark.postings {
            let Some(posting) = self.postings.pop() else { break };
            for (purse, amount) in posting.legs {
                if let Some(balance) = self.balances.get_mut(&purse) {
                    *balance = balance.saturating_sub(amount);
                }
            }
            for id in posting.lines.iter().rev() {
                self.take_line(id);
            }
        }
        for purse in &mark.new_purses {
            self.balances.remove(purse);
        }
        self.touched = mark.touched;
    }

    /// Removes the newest entry.
    fn take_line(&mut self, id: &str) {
        let line = self.lines.find(id).and_then(|number| self.lines.take(number));
        if let Some(numbers) = line.and_then(|line| self.lines_of.get_mut(&line.scope)) {
            numbers.pop();
        }
    }

    /// All postings, oldest first.
    pub fn postings(&self) -> &AppendLog<Posting> {
        &self.postings
    }

    /// All balance transactions of an account, newest first.
    pub fn lines(&self, scope: &Scope) -> impl Iterator<Item = &LedgerEntry> {
        self.lines_of.get(scope).into_iter().flatten().rev().filter_map(|number| self.lines.get(*number))
    }

    /// The balance transactions of an account that were posted before `id`, or all of them; newest first.
    pub fn lines_before(&self, scope: &Scope, id: Option<&str>) -> impl Iterator<Item = &LedgerEntry> {
        let numbers = self.lines_of.get(scope).map(Vec::as_slice).unwrap_or_default();
        let end = id.and_then(|id| self.lines.find(id));
        let end = end.map(|end| numbers.partition_point(|number| *number < end));
        let before = numbers.get(..end.unwrap_or(numbers.len())).unwrap_or_default();
        before.iter().rev().filter_map(|number| self.lines.get(*number))
    }

    /// The balance transactions of an account that were posted after `id`; oldest first.
    pub fn lines_after(&self, scope: &Scope, id: &str) -> impl Iterator<Item = &LedgerEntry> {
        let numbers = self.lines_of.get(scope).map(Vec::as_slice).unwrap_or_default();
        let start = self.lines.find(id).map(|start| numbers.partition_point(|number| *number <= start));
        let after = numbers.get(start.unwrap_or(numbers.len())..).unwrap_or_default();
        after.iter().filter_map(|number| self.lines.get(*number))
    }

    /// A balance transaction of an account.
    pub fn line(&self, scope: &Scope, id: &str) -> Option<&LedgerEntry> {
        self.lines.find(id).and_then(|number| self.lines.get(number)).filter(|line| line.scope == *scope)
    }

    /// Recomputes everything from the postings: every posting sums to zero, every balance is the sum of its legs,
    /// every statement is the sum of its entries, and all balances together sum to zero.
    pub fn audit(&self) -> Result<(), String> {
        let mut sums: BTreeMap<&LedgerAccount, i128> = BTreeMap::new();
        let mut totals: BTreeMap<CurrencyCode, i128> = BTreeMap::new();
        let mut statements: BTreeMap<(&Scope, Statement, CurrencyCode), i128> = BTreeMap::new();
        for posting in self.postings.iter() {
            for (purse, amount) in &posting.legs {
                *sums.entry(purse).or_default() += i128::from(*amount);
                *totals.entry(purse.currency).or_default() += i128::from(*amount);
                if let Some(statement) = purse.kind.statement() {
                    *statements.entry((&purse.scope, statement, purse.currency)).or_default() +=
                        i128::from(*amount);
                }
            }
            if let Some((currency, total)) = totals.iter().find(|(_, total)| **total != 0) {
                return Err(format!("a posting at {} creates {total} {currency}", posting.at));
            }
        }
        for (purse, sum) in &sums {
            if *sum != i128::from(self.balance(purse)) {
                return Err(format!(
                    "the balance of {purse:?} is {}, but its legs sum to {sum}",
                    self.balance(purse)
                ));
            }
        }
        if sums.len() != self.balances.len() {
            return Err("a ledger account has a balance but no legs".to_owned());
        }
        let numbers = self.lines_of.values().flatten();
        for line in numbers.filter_map(|number| self.lines.get(*number)) {
            *statements.entry((&line.scope, line.statement, line.currency)).or_default() -=
                i128::from(line.net());
        }
        match statements.iter().find(|(_, rest)| **rest != 0) {
            Some(((scope, ..), rest)) => Err(format!("{rest} of {scope} have no statement entry")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purse(account: &str, kind: BalanceKind) -> LedgerAccount {
        LedgerAccount { scope: Scope::new(account, false), kind, currency: CurrencyCode::USD }
    }

    #[test]
    fn posting_moves_money_and_appears_on_the_statement() {
        let (mut ledger, mut ids) = (Ledger::default(), Ids::new(1));
        let available = purse("acct_a", BalanceKind::Available);
        let movement = JournalEntry::between(purse("acct_a", BalanceKind::Outside), available.clone(), 500)
            .line(LedgerEntry::new("topup", &available, 500).source("tu_1"));
        let lines = ledger.post(7, &mut ids, movement).unwrap();
        assert_eq!(ledger.balance(&available), 500);
        let line = ledger.line(&available.scope, &lines[0]).unwrap();
        assert_eq!((line.net(), line.created, line.source.as_deref()), (500, 7, Some("tu_1")));
        assert!(ledger.line(&Scope::new("acct_b", false), &lines[0]).is_none());
        assert!(ledger.line(&Scope::new("acct_a", true), &lines[0]).is_none());
        ledger.audit().unwrap();
    }

    #[test]
    fn reporting_categories_differ_from_types() {
        for (kind, category) in [
            ("topup", "topup"),
            ("payment_refund", "refund"),
            ("application_fee", "platform_earning"),
            ("application_fee_refund", "platform_earning_refund"),
            ("transfer_refund", "transfer_reversal"),
        ] {
            assert_eq!(reporting_category(kind), category);
        }
    }

    #[test]
    fn unbalanced_or_unexplained_entries_are_rejected() {
        let (mut ledger, mut ids) = (Ledger::default(), Ids::new(1));
        let available = purse("acct_a", BalanceKind::Available);
        let wrong = [
            JournalEntry::default().leg(available.clone(), 5),
            JournalEntry::between(purse("acct_a", BalanceKind::Outside), available.clone(), 5),
            JournalEntry::between(purse("acct_a", BalanceKind::Outside), available.clone(), 5)
                .line(LedgerEntry::new("topup", &available, 4)),
            JournalEntry::between(
                purse("acct_a", BalanceKind::Available),
                purse("acct_b", BalanceKind::Available),
                5,
            )
            .line(LedgerEntry::new("transfer", &available, -5)),
        ];
        for movement in wrong {
            assert_eq!(ledger.post(0, &mut ids, movement).unwrap_err().status, 500);
        }
        assert!(ledger.postings().is_empty() && ledger.purses().next().is_none());
        let pending = purse("acct_a", BalanceKind::Pending);
        let inside = JournalEntry::between(pending, available, 5);
        assert!(ledger.post(0, &mut ids, inside).is_ok(), "a move within one statement needs no entry");
    }

    #[test]
    fn changes_can_be_rolled_back() {
        let (mut ledger, mut ids) = (Ledger::default(), Ids::new(1));
        let available = purse("acct_a", BalanceKind::Available);
        let earn = |amount: i64| {
            JournalEntry::between(purse("acct_a", BalanceKind::Outside), available.clone(), amount)
                .line(LedgerEntry::new("topup", &available, amount))
        };
        ledger.post(1, &mut ids, earn(5)).unwrap();
        let _ = ledger.take_touched();
        for (keep, balance, lines) in [(false, 5, 1), (true, 11, 2)] {
            ledger.begin();
            ledger.post(2, &mut ids, earn(6)).unwrap();
            let issuing = purse("acct_b", BalanceKind::IssuingHolds);
            let inside = JournalEntry::between(issuing, purse("acct_b", BalanceKind::Outside), 1);
            ledger.post(2, &mut ids, inside).unwrap();
            ledger.end(keep);
            assert_eq!(
                (ledger.balance(&available), ledger.lines(&available.scope).count()),
                (balance, lines)
            );
            assert_eq!(ledger.purses_of(&Scope::new("acct_b", false)).count(), usize::from(keep) * 2);
            assert_eq!(ledger.take_touched().len(), usize::from(keep));
            ledger.audit().unwrap();
        }
    }
}
