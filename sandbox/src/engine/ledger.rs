//! The double-entry ledger: the only place where money is.

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

/// What a purse is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BalanceKind {
    /// Payments balance that can be spent.
    Available,
    /// The part of it that came by old-style debits of US bank accounts, which is spent apart.
    BankAvailable,
    /// The part of it that came by FPX, which is spent apart.
    FpxAvailable,
    /// Payments balance that has a balance transaction, but cannot be spent yet.
    Pending,
    /// Money announced to the payments balance, without a balance transaction so far (a top-up under way).
    Incoming,
    /// The Issuing balance.
    Issuing,
    /// Money announced to the Issuing balance.
    IssuingIncoming,
    /// What approved authorizations hold back of the Issuing balance.
    IssuingHolds,
    /// What a platform must keep for the negative balances of its accounts.
    ConnectReserved,
    /// What Stripe keeps against risk.
    Risk,
    /// Money set aside for refunds and disputes.
    Prefunding,
    /// A Treasury financial account, by its id.
    Financial(Arc<str>),
    /// Money on its way into a financial account.
    FinancialInbound(Arc<str>),
    /// Money on its way out of a financial account.
    FinancialOutbound(Arc<str>),
    /// Banks, card networks and all else that is not Stripe.
    Outside,
}

impl BalanceKind {
    /// What it is called where people read it, such as `issuing holds`.
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

    /// The balance whose statement must explain every change of this purse.
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
    /// As Stripe writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Issuing => "issuing",
            Self::RiskReserved => "risk_reserved",
            Self::Prefunding => "refund_and_dispute_prefunding",
        }
    }
}

/// A place where money can be: whose, for what, in which currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LedgerAccount {
    /// Whose it is.
    pub scope: Scope,
    /// What it is for.
    pub kind: BalanceKind,
    /// Its currency.
    pub currency: CurrencyCode,
}

/// A balance transaction: one line on the statement of one balance.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    /// `txn_…`; given when the movement is posted.
    pub id: Arc<str>,
    /// Whose statement it is on.
    pub(crate) scope: Scope,
    /// The `type` of the balance transaction, such as `topup`.
    pub kind: &'static str,
    /// Which balance it belongs to.
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
    /// For people.
    pub description: Option<Box<str>>,
    /// When it was posted, in Unix seconds.
    pub created: i64,
    /// When its money can be spent; at once unless said otherwise.
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
    /// A line of `kind` over `amount` on the statement that a purse belongs to.
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

    /// Caused by the object with this id.
    pub fn source(mut self, id: impl Into<Arc<str>>) -> Self {
        self.source = Some(id.into());
        self
    }

    /// With a text for people.
    pub fn description(mut self, text: Option<&str>) -> Self {
        self.description = text.map(Into::into);
        self
    }

    /// With a fee of Stripe, which must be among the legs.
    pub fn fee(mut self, fee: i64) -> Self {
        self.fee += fee;
        self
    }

    /// With a fee that goes to an application, in addition to Stripe's.
    pub fn application_fee(mut self, fee: i64, application: &str) -> Self {
        self.fee += fee;
        self.application = Some(Box::new(ApplicationShare { amount: fee, application: application.into() }));
        self
    }

    /// Spendable only from this time on, in Unix seconds; at once if there is none.
    pub fn available_on(mut self, seconds: impl Into<Option<i64>>) -> Self {
        self.available_on = seconds.into();
        self
    }

    /// What the balance changed by.
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

/// Ids of disputes of charges begin so.
const DISPUTE: &str = "du_";

impl LedgerEntry {
    /// How reports group it. Money that a dispute takes or gives back has a type that says nothing about it.
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

/// How reports group a type of balance transaction.
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

/// Something that is to happen to money: legs that balance, and the statement lines that explain them.
#[derive(Debug, Clone, Default)]
pub struct JournalEntry {
    legs: Vec<(LedgerAccount, i64)>,
    lines: Vec<LedgerEntry>,
}

impl JournalEntry {
    /// Moves `amount` from one purse into another.
    pub fn between(from: LedgerAccount, to: LedgerAccount, amount: i64) -> Self {
        Self::default().leg(from, -amount).leg(to, amount)
    }

    /// One more leg: what a purse gains, negative if it loses.
    pub fn leg(mut self, purse: LedgerAccount, amount: i64) -> Self {
        self.legs.push((purse, amount));
        self
    }

    /// One more line.
    pub fn line(mut self, line: LedgerEntry) -> Self {
        self.lines.push(line);
        self
    }

    /// Why this cannot be posted: legs that do not add up to nothing, or a statement that does not tell what happened.
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
            return Some(format!("the legs leave {total} {currency} over"));
        }
        for line in &self.lines {
            let total = statements.entry((&line.scope, line.statement, line.currency)).or_default();
            *total -= i128::from(line.amount) - i128::from(line.fee);
        }
        let ((scope, statement, currency), rest) = statements.iter().find(|(_, rest)| **rest != 0)?;
        Some(format!(
            "{rest} {currency} on the {} statement of {scope} are not explained",
            statement.as_str()
        ))
    }
}

/// A movement that was posted.
#[derive(Debug, Clone)]
pub struct Posting {
    /// When, in Unix seconds.
    pub at: i64,
    /// What each purse gained.
    pub legs: Box<[(Arc<LedgerAccount>, i64)]>,
    /// The ids of the balance transactions that tell it.
    pub lines: Box<[Arc<str>]>,
}

/// All postings of a sandbox, and balances that are always their sum.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    postings: AppendLog<Posting>,
    /// Under numbers that grow: only the newest are ever taken away.
    lines: Slab<LedgerEntry>,
    lines_of: HashMap<Scope, Vec<u32>>,
    balances: BTreeMap<Arc<LedgerAccount>, i64>,
    touched: BTreeSet<(Scope, CurrencyCode)>,
    trail: Option<Mark>,
}

/// How much there was at the beginning of what can be taken back.
#[derive(Debug, Clone)]
struct Mark {
    postings: usize,
    touched: BTreeSet<(Scope, CurrencyCode)>,
    new_purses: Vec<Arc<LedgerAccount>>,
}

impl Ledger {
    /// Posts a movement and gives the ids of its balance transactions. One that does not balance is the sandbox's own
    /// fault: a 500, and nothing is posted.
    pub fn post(&mut self, now: i64, ids: &mut Ids, movement: JournalEntry) -> Result<Vec<String>, ApiError> {
        if let Some(flaw) = movement.flaw() {
            return Err(ApiError::internal(format!("The sandbox's ledger refused a movement: {flaw}.")));
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
                .ok_or_else(|| ApiError::internal("A balance of the sandbox is too large."))?;
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

    /// The accounts whose spendable payments balance changed since this was asked last, each with the currency.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<(Scope, CurrencyCode)> {
        std::mem::take(&mut self.touched)
    }

    /// What is in a purse, in minor units.
    pub fn balance(&self, purse: &LedgerAccount) -> i64 {
        self.balances.get(purse).copied().unwrap_or_default()
    }

    /// Every purse that ever held money, with what it holds.
    pub fn purses(&self) -> impl Iterator<Item = (&LedgerAccount, i64)> {
        self.balances.iter().map(|(purse, amount)| (&**purse, *amount))
    }

    /// The purses of one account.
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

    /// The money of a balance transaction can be spent from now (Unix seconds) on, whatever was planned.
    pub(crate) fn mature(&mut self, id: &str, now: i64) {
        let line = self.lines.find(id).and_then(|number| self.lines.get_mut(number));
        if let Some(at) = line.and_then(|line| line.available_on.as_mut()) {
            *at = now.min(*at);
        }
    }

    /// From now on what is posted can be taken back.
    pub(crate) fn begin(&mut self) {
        self.trail.get_or_insert_with(|| Mark {
            postings: self.postings.len(),
            touched: self.touched.clone(),
            new_purses: Vec::new(),
        });
    }

    /// What was posted since [`Ledger::begin`] stays, or was never posted.
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

    /// Takes the newest line away.
    fn take_line(&mut self, id: &str) {
        let line = self.lines.find(id).and_then(|number| self.lines.take(number));
        if let Some(numbers) = line.and_then(|line| self.lines_of.get_mut(&line.scope)) {
            numbers.pop();
        }
    }

    /// Every posting, oldest first.
    pub fn postings(&self) -> &AppendLog<Posting> {
        &self.postings
    }

    /// Every balance transaction of an account, newest first.
    pub fn lines(&self, scope: &Scope) -> impl Iterator<Item = &LedgerEntry> {
        self.lines_of.get(scope).into_iter().flatten().rev().filter_map(|number| self.lines.get(*number))
    }

    /// The balance transactions of an account that were posted before one of them, or all; newest first.
    pub fn lines_before(&self, scope: &Scope, id: Option<&str>) -> impl Iterator<Item = &LedgerEntry> {
        let numbers = self.lines_of.get(scope).map(Vec::as_slice).unwrap_or_default();
        let end = id.and_then(|id| self.lines.find(id));
        let end = end.map(|end| numbers.partition_point(|number| *number < end));
        let before = numbers.get(..end.unwrap_or(numbers.len())).unwrap_or_default();
        before.iter().rev().filter_map(|number| self.lines.get(*number))
    }

    /// The balance transactions of an account that were posted after one of them; oldest first.
    pub fn lines_after(&self, scope: &Scope, id: &str) -> impl Iterator<Item = &LedgerEntry> {
        let numbers = self.lines_of.get(scope).map(Vec::as_slice).unwrap_or_default();
        let start = self.lines.find(id).map(|start| numbers.partition_point(|number| *number <= start));
        let after = numbers.get(start.unwrap_or(numbers.len())..).unwrap_or_default();
        after.iter().filter_map(|number| self.lines.get(*number))
    }

    /// An account's balance transaction.
    pub fn line(&self, scope: &Scope, id: &str) -> Option<&LedgerEntry> {
        self.lines.find(id).and_then(|number| self.lines.get(number)).filter(|line| line.scope == *scope)
    }

    /// Adds everything up again from the postings: every posting balances, every balance is the sum of its legs, every
    /// statement is the sum of its lines, and nothing was made or lost.
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
                return Err(format!("{total} {currency} came from nowhere at {}", posting.at));
            }
        }
        for (purse, sum) in &sums {
            if *sum != i128::from(self.balance(purse)) {
                return Err(format!("{purse:?} shows {}, but its legs add up to {sum}", self.balance(purse)));
            }
        }
        if sums.len() != self.balances.len() {
            return Err("a balance has no legs".to_owned());
        }
        let numbers = self.lines_of.values().flatten();
        for line in numbers.filter_map(|number| self.lines.get(*number)) {
            *statements.entry((&line.scope, line.statement, line.currency)).or_default() -=
                i128::from(line.net());
        }
        match statements.iter().find(|(_, rest)| **rest != 0) {
            Some(((scope, ..), rest)) => Err(format!("{rest} of {scope} are on no statement")),
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
    fn a_posting_moves_money_and_appears_on_the_statement() {
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
    fn reports_have_names_of_their_own() {
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
    fn what_does_not_balance_or_is_not_explained_is_not_posted() {
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
        assert!(ledger.post(0, &mut ids, inside).is_ok(), "within one statement nothing needs to be told");
    }

    #[test]
    fn what_was_begun_can_be_taken_back() {
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
