pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod assertions;
pub(crate) mod card;
pub(crate) mod client;
pub(crate) mod faults;
pub(crate) mod funds;
pub(crate) mod issuing;
pub(crate) mod ledger;
pub(crate) mod report;
pub(crate) mod time;
pub(crate) mod treasury;
pub(crate) mod validate;
pub(crate) mod webhooks;
#[cfg(feature = "wiremock")]
pub(crate) mod wiremock;

pub use crate::handles::account::AccountHandle;
pub use crate::handles::accounts::{AccountLinks, Accounts};
pub use crate::handles::card::{AuthorizationHandle, CardHandle, Purchase};
pub use crate::handles::faults::FaultPlan;
pub use crate::handles::funds::{ChargeDisputes, Payments, Refunds, Sources};
pub use crate::handles::issuing::{Authorizations, Cards, Disputes, Transactions};
pub use crate::handles::ledger::LedgerView;
pub use crate::handles::report::Report;
pub use crate::handles::time::{days, hours, minutes};
pub use crate::handles::treasury::{FinancialAccountHandle, InboundTransfers, OutboundFlows};
pub use crate::handles::webhooks::Webhooks;

use crate::delivery::{DeliveryQueue, WebhookDispatcher};
use crate::engine::{
    ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, LedgerAccount, LedgerEntry, Peek, Scope,
};
use crate::resources;
use crate::resources::accounts as account_system;
use crate::resources::accounts::bank_accounts;
use crate::resources::money::{payouts, topups};
use crate::router;
use crate::router::{Request, Response};
use crate::state::{AccountContext, Funded, LogEntry, Options, Policy, Rule, State};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;
use stripe_platform::{Currency, Timestamp};

/// How often a thread that finds the state locked lets others go first before it sleeps: a request is done sooner than a
/// thread falls asleep and wakes up.
const TRIES: u32 = 100;

/// An offline Stripe. Clones share one state.
#[derive(Clone)]
pub struct Sandbox {
    state: Arc<Mutex<State>>,
    queue: Arc<DeliveryQueue>,
}

impl fmt::Debug for Sandbox {
    /// Without its state, which holds keys, numbers and links.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

impl Sandbox {
    /// A sandbox with a platform account and nothing else, the same in every run.
    pub fn start() -> Self {
        Self::new(1)
    }

    /// A sandbox with a platform account and nothing else. The seed decides every id.
    pub fn new(seed: u64) -> Self {
        Self::with(seed, Options::default())
    }

    /// A sandbox with other switches.
    pub fn with(seed: u64, options: Options) -> Self {
        let mut state = State::new(seed, options);
        state.react_by(crate::resources::REACTIONS);
        state.follow_accounts_by(crate::resources::ACCOUNT_HOOKS);
        Self { state: Arc::new(Mutex::new(state)), queue: Arc::default() }
    }

    pub(crate) fn queue(&self) -> &Arc<DeliveryQueue> {
        &self.queue
    }

    /// Who brings its webhooks to their endpoints.
    pub fn courier(&self) -> WebhookDispatcher {
        WebhookDispatcher::new(self)
    }

    /// The state, locked. A test that panicked while it held the lock does not spoil it for others.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        for _ in 0..TRIES {
            match self.state.try_lock() {
                Ok(state) => return state,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => std::thread::yield_now(),
            }
        }
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts again with nothing but a platform account: all clones see the new state. A server that runs on it keeps its
    /// address, unless the options name another.
    pub fn reset(&self, seed: u64, mut options: Options) {
        if options.base_url == Options::default().base_url {
            options.base_url.clone_from(&self.state().options.base_url);
        }
        let fresh = Self::with(seed, options);
        std::mem::swap(&mut *self.state(), &mut *fresh.state());
        self.queue.clear();
    }

    /// Answers a request, at once: planned waits and endpoints that must be asked are left to the caller.
    pub fn handle(&self, request: &Request) -> Response {
        router::handle(&mut self.state(), request)
    }

    /// The switches as they are now.
    pub fn options(&self) -> Options {
        self.state().options.clone()
    }

    /// Changes switches while the sandbox runs.
    pub fn change_options(&self, change: impl FnOnce(&mut Options)) -> &Self {
        change(&mut self.state().options);
        self
    }

    /// How many requests were answered, heard or not; none are counted without a journal.
    pub fn answered(&self) -> usize {
        let state = self.state();
        state.journal.iter().filter(|(_, what)| matches!(what, LogEntry::Answered { .. })).count()
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::new(self.state().clock.now())
    }

    /// Moves the clock; what falls due on the way happens. Webhooks go out when it has stopped: to have them arrive on the
    /// way, each at its time, there is [`Webhooks::advance`].
    pub fn advance(&self, wait: Duration) {
        self.state().advance(wait);
        self.wake();
    }

    /// Chooses when a kind of transition happens, of the [`rules`](super::rules).
    pub fn policy(&self, rule: &'static Rule, policy: Policy) -> &Self {
        self.state().set_policy(rule, policy);
        self
    }

    /// Does now what a rule puts off, or [`Policy::Manual`] leaves to the test. The id is that of the object, or of the
    /// account if the rule is about a part of one.
    ///
    /// # Errors
    /// If there is no such object, or its state does not allow it.
    pub fn trigger(&self, rule: &'static Rule, id: impl AsRef<str>) -> Result<(), ApiError> {
        let done = self.state().trigger(rule, id.as_ref());
        self.wake();
        done
    }

    /// Does now what waits for its time with an object, in the order in which it would come, and tells how much it was. The
    /// clock stands still.
    ///
    /// # Errors
    /// If something cannot be done; what comes after it is left to its time.
    pub fn hurry(&self, id: impl AsRef<str>) -> Result<usize, ApiError> {
        self.state().hurry(id.as_ref(), i64::MAX)
    }

    /// A new connected account that was onboarded and verified: it may issue cards, and it can be charged. It has no bank
    /// account, so `payouts_enabled` is `false` until it is given one. Unlike accounts that the API makes it pays nothing out
    /// by itself: the interval of its payouts is `manual`, so money stays where a test has put it.
    pub fn connect(&self) -> String {
        let id = self.state().ids.id("acct");
        self.connect_as(&id);
        id
    }

    /// The same with an id of the test's own: `acct_seller`.
    pub fn connect_as(&self, id: &str) {
        let mut state = self.state();
        state.connect(id);
        let platform = Scope::new(state.platform(), false);
        if let Err(refusal) = account_system::open(&mut state.context(platform), id) {
            state.note(LogEntry::Skipped(format!("{id}: {refusal}").into()));
        }
    }

    /// The id of the platform's own account.
    pub fn platform(&self) -> String {
        self.state().platform().to_string()
    }

    pub(crate) fn test_scope(&self, account: &str) -> Scope {
        Scope::new(account, false)
    }

    /// The object with an id, of any account, as the API shows it.
    pub fn object(&self, id: impl AsRef<str>) -> Option<Json> {
        resources::shown_by_id(&mut self.state(), id.as_ref())
    }

    /// What an account holds, in test mode and minor units.
    ///
    /// # Panics
    /// If there is no such account or currency.
    #[track_caller]
    pub fn balance(&self, account: impl AsRef<str>, kind: BalanceKind, currency: impl Into<Currency>) -> i64 {
        let currency = validate::demand_currency(currency);
        self.demand_account(account.as_ref());
        self.state().context(self.test_scope(account.as_ref())).balance(kind, currency)
    }

    /// Puts money into a balance from outside, without a request: for tests that begin with money.
    ///
    /// # Errors
    /// If there is no such account or currency, or if something else decides what is in the balance: the error tells how
    /// money gets there.
    pub fn fund(
        &self,
        account: impl AsRef<str>,
        kind: BalanceKind,
        currency: impl Into<Currency>,
        amount: i64,
    ) -> Result<(), ApiError> {
        let currency = code(currency)?;
        fundable(&kind)?;
        let mut state = self.state();
        known(&state, account.as_ref())?;
        let mut context = state.context(self.test_scope(account.as_ref()));
        let to = context.purse(kind, currency);
        let line = LedgerEntry::new("adjustment", &to, amount);
        let outside = context.purse(BalanceKind::Outside, currency);
        context.post(JournalEntry::between(outside, to.clone(), amount).line(line))?;
        let LedgerAccount { scope, kind, currency } = to;
        state.note(LogEntry::Funded(Box::new(Funded { scope, kind, currency, amount })));
        Ok(())
    }

    /// The events so far, of all accounts, oldest first.
    pub fn events(&self) -> Vec<Json> {
        self.state().events()
    }

    /// The types of the events so far.
    pub fn event_types(&self) -> Vec<String> {
        self.events().iter().map(|event| event.text("type").to_owned()).collect()
    }

    /// Checks that the ledger balances: every entry is balanced and no account is below its limit.
    pub fn audit(&self) -> Result<(), String> {
        self.state().ledger.audit()
    }

    /// What happens to top-ups outside Stripe.
    pub fn topups(&self) -> Topups<'_> {
        Topups(self)
    }

    /// What happens to payouts outside Stripe.
    pub fn payouts(&self) -> Payouts<'_> {
        Payouts(self)
    }

    /// Works in the books of whoever has the object with this id.
    pub(crate) fn on<T>(
        &self,
        id: &str,
        context: impl FnOnce(&mut AccountContext<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let scope = self.owner(id)?;
        self.within(scope, context)
    }

    /// Works in the books of an account in test mode.
    pub(crate) fn in_books<T>(
        &self,
        account: &str,
        context: impl FnOnce(&mut AccountContext<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        known(&self.state(), account)?;
        self.within(self.test_scope(account), context)
    }

    fn within<T>(
        &self,
        scope: Scope,
        context: impl FnOnce(&mut AccountContext<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let done = {
            let mut state = self.state();
            let done = context(&mut state.context(scope));
            state.settle();
            done
        };
        self.wake();
        done
    }

    fn owner(&self, id: &str) -> Result<Scope, ApiError> {
        self.state().owner(id).ok_or_else(|| ApiError::missing("object", id, "id"))
    }

    /// POSTs a form to a path of the API for an account, a test helper most likely. No key is needed, and no planned
    /// fault hits it.
    pub(crate) fn perform(
        &self,
        scope: &Scope,
        path: &str,
        form: &[(String, String)],
    ) -> Result<Json, ApiError> {
        let done = router::perform(&mut self.state(), scope, path, form);
        self.wake();
        done
    }
}

/// Refuses an account that is neither the platform nor connected to it: a mistyped id must not open books of its own.
pub(crate) fn known(state: &State, account: &str) -> Result<(), ApiError> {
    let is_known = *account == *state.platform() || state.is_connected(account);
    if is_known { Ok(()) } else { Err(ApiError::missing("account", account, "account")) }
}

/// The currency of the books.
fn code(currency: impl Into<Currency>) -> Result<CurrencyCode, ApiError> {
    let currency = currency.into();
    CurrencyCode::parse(currency.as_str())
        .ok_or_else(|| ApiError::invalid(format!("There is no currency '{currency}'.")).param("currency"))
}

/// Refuses what cannot be filled from outside, and tells what to use.
fn fundable(kind: &BalanceKind) -> Result<(), ApiError> {
    let instead = match kind {
        BalanceKind::Available
        | BalanceKind::BankAvailable
        | BalanceKind::FpxAvailable
        | BalanceKind::Issuing
        | BalanceKind::Risk
        | BalanceKind::Prefunding => return Ok(()),
        BalanceKind::Pending => "take a payment: `payments().receive`",
        BalanceKind::Incoming => "make a top-up",
        BalanceKind::IssuingIncoming => {
            "move euros or pounds by a balance transfer, or make a top-up of the Issuing balance"
        }
        BalanceKind::IssuingHolds => "put money into the Issuing balance and authorize with a card",
        BalanceKind::ConnectReserved => "it follows what the accounts of the platform owe",
        BalanceKind::Financial(_) | BalanceKind::FinancialInbound(_) => {
            "send money by `financial_account(id).receive`"
        }
        BalanceKind::FinancialOutbound(_) => "make an outbound payment or transfer",
        BalanceKind::Outside => "it is where money comes from",
    };
    let message = format!("Money cannot be put into '{}' directly; {instead}.", kind.name());
    Err(ApiError::invalid(message).param("kind"))
}

impl From<CurrencyCode> for Currency {
    fn from(code: CurrencyCode) -> Self {
        Self::from(code.as_str())
    }
}

/// Direct transitions of top-ups.
#[derive(Debug)]
pub struct Topups<'s>(&'s Sandbox);

impl Topups<'_> {
    /// Ends a pending top-up as its source decides.
    pub fn settle(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| topups::settle(context, id.as_ref()))
    }

    /// Fails a pending top-up, with Stripe's code of the reason such as `insufficient_funds`.
    ///
    /// # Errors
    /// If it is not a pending top-up, or banks have no such reason.
    pub fn fail(&self, id: impl AsRef<str>, code: &str) -> Result<(), ApiError> {
        bank_accounts::known_failure(code)?;
        self.0.on(id.as_ref(), |context| topups::fail(context, id.as_ref(), code))
    }

    /// Takes the money of a top-up that succeeded back.
    pub fn reverse(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| topups::reverse(context, id.as_ref()))
    }
}

/// Direct transitions of payouts.
#[derive(Debug)]
pub struct Payouts<'s>(&'s Sandbox);

impl Payouts<'_> {
    /// Hands a pending payout to the bank.
    pub fn send(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| payouts::send(context, id.as_ref()))
    }

    /// Pays a payout that is under way.
    pub fn pay(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| payouts::pay(context, id.as_ref()))
    }

    /// Fails a payout, also one that was paid, with Stripe's code of the reason such as `account_closed`.
    ///
    /// # Errors
    /// If its state does not allow it, or banks have no such reason.
    pub fn fail(&self, id: impl AsRef<str>, code: &str) -> Result<(), ApiError> {
        bank_accounts::known_failure(code)?;
        self.0.on(id.as_ref(), |context| payouts::fail(context, id.as_ref(), code))
    }
}
