pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod assertions;
pub(crate) mod card;
pub(crate) mod client;
pub(crate) mod dispatcher;
pub(crate) mod exchange;
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
pub use crate::handles::dispatcher::WebhookDispatcher;
pub use crate::handles::faults::FaultPlan;
pub use crate::handles::funds::{ChargeDisputes, Payments, Refunds, Sources};
pub use crate::handles::issuing::{Authorizations, Cards, Disputes, Transactions};
pub use crate::handles::ledger::LedgerView;
pub use crate::handles::report::Report;
pub use crate::handles::time::{days, hours, minutes};
pub use crate::handles::treasury::{FinancialAccountHandle, InboundTransfers, OutboundFlows};
pub use crate::handles::webhooks::Webhooks;

use crate::delivery::DeliveryQueue;
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

/// How often a thread that finds the state locked yields before it sleeps: a request takes less time than putting a
/// thread to sleep and waking it.
const TRIES: u32 = 100;

/// An offline Stripe. Clones share one state.
#[derive(Clone)]
pub struct Sandbox {
    state: Arc<Mutex<State>>,
    queue: Arc<DeliveryQueue>,
}

impl fmt::Debug for Sandbox {
    /// Omits the state, which contains keys, numbers and links.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Creates a sandbox with a platform account and a fixed seed, so that every run is the same.
    pub fn start() -> Self {
        Self::new(1)
    }

    /// Creates a sandbox with a platform account. The seed determines all ids.
    pub fn new(seed: u64) -> Self {
        Self::with(seed, Options::default())
    }

    /// Creates a sandbox with other options.
    pub fn with(seed: u64, options: Options) -> Self {
        let mut state = State::new(seed, options);
        state.react_by(crate::resources::REACTIONS);
        state.follow_accounts_by(crate::resources::ACCOUNT_HOOKS);
        Self { state: Arc::new(Mutex::new(state)), queue: Arc::default() }
    }

    pub(crate) fn queue(&self) -> &Arc<DeliveryQueue> {
        &self.queue
    }

    /// The dispatcher of its webhooks.
    pub fn courier(&self) -> WebhookDispatcher {
        WebhookDispatcher::new(self)
    }

    /// The locked state. A panic of another thread that held the lock is ignored.
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

    /// Resets the state to a new platform account, for all clones. A server keeps its address, unless the options set
    /// another.
    pub fn reset(&self, seed: u64, mut options: Options) {
        if options.base_url == Options::default().base_url {
            options.base_url.clone_from(&self.state().options.base_url);
        }
        let fresh = Self::with(seed, options);
        std::mem::swap(&mut *self.state(), &mut *fresh.state());
        self.queue.clear();
    }

    /// Processes a request immediately. Planned delays and authorization requests to endpoints are left to the
    /// caller.
    pub fn handle(&self, request: &Request) -> Response {
        router::handle(&mut self.state(), request)
    }

    /// The current options.
    pub fn options(&self) -> Options {
        self.state().options.clone()
    }

    /// Changes options at runtime.
    pub fn change_options(&self, change: impl FnOnce(&mut Options)) -> &Self {
        change(&mut self.state().options);
        self
    }

    /// The number of answered requests, whether or not the reply was received; 0 without a journal.
    pub fn answered(&self) -> usize {
        let state = self.state();
        state.journal.iter().filter(|(_, what)| matches!(what, LogEntry::Answered { .. })).count()
    }

    /// The time of the clock.
    pub fn now(&self) -> Timestamp {
        Timestamp::new(self.state().clock.now())
    }

    /// Advances the clock and runs the tasks that become due. Webhooks are sent after it has stopped;
    /// [`Webhooks::advance`] delivers each at its time.
    pub fn advance(&self, wait: Duration) {
        self.state().advance(wait);
        self.wake();
    }

    /// Sets the policy of one of the [`rules`](super::rules).
    pub fn policy(&self, rule: &'static Rule, policy: Policy) -> &Self {
        self.state().set_policy(rule, policy);
        self
    }

    /// Makes the transition of a rule now, even under [`Policy::Manual`]. The id is that of the object, or of the
    /// account if the rule is about a part of an account.
    ///
    /// # Errors
    /// If the object does not exist, or its state does not allow the transition.
    pub fn trigger(&self, rule: &'static Rule, id: impl AsRef<str>) -> Result<(), ApiError> {
        let done = self.state().trigger(rule, id.as_ref());
        self.wake();
        done
    }

    /// Runs the scheduled tasks of an object now, in order. Returns their number. The clock does not move.
    ///
    /// # Errors
    /// If a task fails; later tasks stay scheduled.
    pub fn hurry(&self, id: impl AsRef<str>) -> Result<usize, ApiError> {
        self.state().hurry(id.as_ref(), i64::MAX)
    }

    /// Creates an onboarded and verified connected account, which can issue cards and receive payments. It has no
    /// bank account, so `payouts_enabled` is `false`. Unlike accounts created through the API its payout interval is
    /// `manual`, so that balances only change by the test.
    pub fn connect(&self) -> AccountHandle {
        let id = self.state().ids.id("acct");
        self.connect_as(&id);
        self.account(id)
    }

    /// As [`Sandbox::connect`], with a given id: `acct_seller`.
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

    /// The object with this id, of any account, as the API shows it.
    pub fn object(&self, id: impl AsRef<str>) -> Option<Json> {
        resources::shown_by_id(&mut self.state(), id.as_ref())
    }

    /// A balance of an account, in test mode and minor units.
    ///
    /// # Panics
    /// If the account or the currency does not exist.
    #[track_caller]
    pub fn balance(&self, account: impl AsRef<str>, kind: BalanceKind, currency: impl Into<Currency>) -> i64 {
        let currency = validate::demand_currency(currency);
        self.demand_account(account.as_ref());
        self.state().context(self.test_scope(account.as_ref())).balance(kind, currency)
    }

    /// Adds money to a balance from outside, without a request.
    ///
    /// # Errors
    /// If the account or the currency does not exist, or the balance is derived from other objects: the message names
    /// an alternative.
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

    /// All events of all accounts, oldest first.
    pub fn events(&self) -> Vec<Json> {
        self.state().events()
    }

    /// The types of all events, oldest first.
    pub fn event_types(&self) -> Vec<String> {
        self.events().iter().map(|event| event.text("type").to_owned()).collect()
    }

    /// Checks that the ledger balances: every entry is balanced and no account is below its limit.
    pub fn audit(&self) -> Result<(), String> {
        self.state().ledger.audit()
    }

    /// Actions on top-ups from outside Stripe.
    pub fn topups(&self) -> Topups<'_> {
        Topups(self)
    }

    /// Actions on payouts from outside Stripe.
    pub fn payouts(&self) -> Payouts<'_> {
        Payouts(self)
    }

    /// Runs `work` with the account that owns the object with this id.
    pub(crate) fn on<T>(
        &self,
        id: &str,
        context: impl FnOnce(&mut AccountContext<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let scope = self.owner(id)?;
        self.within(scope, context)
    }

    /// Runs `work` with an account in test mode.
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

    /// Makes a POST with a form for an account, usually to a test helper. No key is needed, and planned faults do not
    /// apply.
    pub(crate) fn perform(
        &self,
        scope: &Scope,
        path: &str,
        form: &[(String, String)],
    ) -> Result<Json, ApiError> {
        self.perform_by("POST", scope, path, form)
    }

    /// As `perform`, with another method.
    pub(crate) fn perform_by(
        &self,
        method: &str,
        scope: &Scope,
        path: &str,
        form: &[(String, String)],
    ) -> Result<Json, ApiError> {
        let done = router::perform(&mut self.state(), scope, (method, path), form);
        self.wake();
        done
    }
}

/// Rejects an account that is neither the platform nor connected to it, so that a mistyped id does not create an
/// account.
pub(crate) fn known(state: &State, account: &str) -> Result<(), ApiError> {
    let is_known = *account == *state.platform() || state.is_connected(account);
    if is_known { Ok(()) } else { Err(ApiError::missing("account", account, "account")) }
}

/// Converts a currency.
fn code(currency: impl Into<Currency>) -> Result<CurrencyCode, ApiError> {
    let currency = currency.into();
    CurrencyCode::parse(currency.as_str())
        .ok_or_else(|| ApiError::invalid(format!("Unknown currency '{currency}'.")).param("currency"))
}

/// Rejects balances that cannot be funded from outside, with an alternative.
fn fundable(kind: &BalanceKind) -> Result<(), ApiError> {
    let instead = match kind {
        BalanceKind::Available
        | BalanceKind::BankAvailable
        | BalanceKind::FpxAvailable
        | BalanceKind::Issuing
        | BalanceKind::Risk
        | BalanceKind::Prefunding => return Ok(()),
        BalanceKind::Pending => "receive a payment with `payments().receive`",
        BalanceKind::Incoming => "create a top-up",
        BalanceKind::IssuingIncoming => {
            "create a balance transfer in EUR or GBP, or top up the Issuing balance"
        }
        BalanceKind::IssuingHolds => "fund the Issuing balance and make a purchase with a card",
        BalanceKind::ConnectReserved => "it is computed from the negative balances of the connected accounts",
        BalanceKind::Financial(_) | BalanceKind::FinancialInbound(_) => "use `financial_account(id).receive`",
        BalanceKind::FinancialOutbound(_) => "create an outbound payment or transfer",
        BalanceKind::Outside => "it is the source of funds",
    };
    let message = format!("The balance '{}' cannot be funded directly; {instead}.", kind.name());
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
    /// Completes a pending top-up as its source defines.
    pub fn settle(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| topups::settle(context, id.as_ref()))
    }

    /// Fails a pending top-up, with Stripe's code of the reason such as `insufficient_funds`.
    ///
    /// # Errors
    /// If the top-up is not pending, or the reason is not one of Stripe's.
    pub fn fail(&self, id: impl AsRef<str>, code: &str) -> Result<(), ApiError> {
        bank_accounts::known_failure(code)?;
        self.0.on(id.as_ref(), |context| topups::fail(context, id.as_ref(), code))
    }

    /// Reverses a succeeded top-up.
    pub fn reverse(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| topups::reverse(context, id.as_ref()))
    }
}

/// Direct transitions of payouts.
#[derive(Debug)]
pub struct Payouts<'s>(&'s Sandbox);

impl Payouts<'_> {
    /// Sends a pending payout to the bank.
    pub fn send(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| payouts::send(context, id.as_ref()))
    }

    /// Pays a payout in transit.
    pub fn pay(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| payouts::pay(context, id.as_ref()))
    }

    /// Fails a payout, also a paid one, with Stripe's code of the reason such as `account_closed`.
    ///
    /// # Errors
    /// If its state does not allow it, or the reason is not one of Stripe's.
    pub fn fail(&self, id: impl AsRef<str>, code: &str) -> Result<(), ApiError> {
        bank_accounts::known_failure(code)?;
        self.0.on(id.as_ref(), |context| payouts::fail(context, id.as_ref(), code))
    }
}
