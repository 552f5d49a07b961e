mod accounts;
mod client;
mod funds;
mod issuing;
mod report;
mod webhooks;

pub use accounts::{AccountLinks, Accounts};
pub use funds::{Payments, Sources};
pub use report::Report;
pub use webhooks::Webhooks;

use super::core::{CurrencyCode, Json, Kind, Line, Movement, Peek, Refusal, Scope};
use super::courier::{Courier, Desk};
use super::router::{self, Effect, Fault, Phase, Request, Response};
use super::systems::{accounts as account_system, payouts, topups};
use super::world::{Happening, Options, Policy, Rule, Work, World};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// An offline Stripe. Clones share one state.
#[derive(Debug, Clone)]
pub struct Sandbox {
    world: Arc<Mutex<World>>,
    desk: Arc<Desk>,
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
        let mut world = World::new(seed, options);
        world.react_by(super::systems::REACTIONS);
        Self { world: Arc::new(Mutex::new(world)), desk: Arc::default() }
    }

    pub(crate) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Who brings its webhooks to their endpoints.
    pub fn courier(&self) -> Courier {
        Courier::new(self)
    }

    /// The state, locked. A test that panicked while it held the lock does not spoil it for others.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts again with nothing but a platform account: all clones see the new state.
    pub fn start_again(&self, seed: u64, options: Options) {
        let fresh = Self::with(seed, options);
        std::mem::swap(&mut *self.world(), &mut *fresh.world());
        self.desk.clear();
    }

    /// Answers a request, at once: planned waits and endpoints that must be asked are left to the caller.
    pub fn handle(&self, request: &Request) -> Response {
        router::handle(&mut self.world(), request)
    }

    /// Moves the clock; what falls due on the way happens.
    pub fn advance(&self, wait: Duration) {
        self.world().advance(wait);
        self.wake();
    }

    /// Chooses when a kind of transition happens.
    pub fn policy(&self, rule: &'static Rule, policy: Policy) -> &Self {
        self.world().set_policy(rule, policy);
        self
    }

    /// A new connected account that was onboarded and verified and may issue cards, without a bank account.
    pub fn connect(&self) -> String {
        let mut world = self.world();
        let id = world.ids.id("acct");
        world.connect(id.as_str());
        let platform = Scope::new(world.platform(), false);
        if let Err(refusal) = account_system::open(&mut world.work(platform), &id) {
            world.note(Happening::Skipped(format!("{id}: {refusal}")));
        }
        id
    }

    /// The id of the platform's own account.
    pub fn platform(&self) -> String {
        self.world().platform().to_string()
    }

    /// What an account holds, in test mode and minor units.
    pub fn balance(&self, account: &str, kind: Kind, currency: CurrencyCode) -> i64 {
        self.world().work(Scope::new(account, false)).balance(kind, currency)
    }

    /// Puts money into a balance from outside, without a request: for tests that begin with money.
    pub fn fund(
        &self,
        account: &str,
        kind: Kind,
        currency: CurrencyCode,
        amount: i64,
    ) -> Result<(), Refusal> {
        let mut world = self.world();
        let mut work = world.work(Scope::new(account, false));
        let to = work.purse(kind, currency);
        let line = Line::new("adjustment", &to, amount);
        let outside = work.purse(Kind::Outside, currency);
        work.post(Movement::between(outside, to, amount).line(line)).map(drop)
    }

    /// The events so far, of all accounts, oldest first.
    pub fn events(&self) -> Vec<Json> {
        self.world().events()
    }

    /// The types of the events so far.
    pub fn event_types(&self) -> Vec<String> {
        self.events().iter().map(|event| event.text("type").to_owned()).collect()
    }

    /// Checks all books: see [`super::core::Ledger::audit`].
    pub fn audit(&self) -> Result<(), String> {
        self.world().ledger.audit()
    }

    /// Plans faults.
    pub fn faults(&self) -> Planner<'_> {
        Planner { sandbox: self, fault: Fault::new(Phase::Before, Effect::Reset) }
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
        work: impl FnOnce(&mut Work<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut world = self.world();
        let scope = world.owner(id).ok_or_else(|| Refusal::missing("object", id, "id"))?;
        let done = work(&mut world.work(scope));
        world.settle();
        drop(world);
        self.wake();
        done
    }

    /// Works in the books of an account in test mode.
    pub(crate) fn in_books<T>(
        &self,
        account: &str,
        work: impl FnOnce(&mut Work<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let done = {
            let mut world = self.world();
            let done = work(&mut world.work(Scope::new(account, false)));
            world.settle();
            done
        };
        self.wake();
        done
    }
}

/// Direct transitions of top-ups.
#[derive(Debug)]
pub struct Topups<'s>(&'s Sandbox);

impl Topups<'_> {
    /// Ends a pending top-up as its source decides.
    pub fn settle(&self, id: &str) -> Result<(), Refusal> {
        self.0.on(id, |work| topups::settle(work, id))
    }

    /// Fails a pending top-up.
    pub fn fail(&self, id: &str, code: &str) -> Result<(), Refusal> {
        self.0.on(id, |work| topups::fail(work, id, code))
    }

    /// Takes the money of a top-up that succeeded back.
    pub fn reverse(&self, id: &str) -> Result<(), Refusal> {
        self.0.on(id, |work| topups::reverse(work, id))
    }
}

/// Direct transitions of payouts.
#[derive(Debug)]
pub struct Payouts<'s>(&'s Sandbox);

impl Payouts<'_> {
    /// Hands a pending payout to the bank.
    pub fn send(&self, id: &str) -> Result<(), Refusal> {
        self.0.on(id, |work| payouts::send(work, id))
    }

    /// Pays a payout that is under way.
    pub fn pay(&self, id: &str) -> Result<(), Refusal> {
        self.0.on(id, |work| payouts::pay(work, id))
    }

    /// Fails a payout, also one that was paid.
    pub fn fail(&self, id: &str, code: &str) -> Result<(), Refusal> {
        self.0.on(id, |work| payouts::fail(work, id, code))
    }
}

/// Plans one fault: says where and how often, and last what.
#[derive(Debug)]
pub struct Planner<'s> {
    sandbox: &'s Sandbox,
    fault: Fault,
}

impl Planner<'_> {
    /// Only requests to this operation.
    pub fn on(mut self, operation: &str) -> Self {
        self.fault.operation = Some(operation.to_owned());
        self
    }

    /// Only requests for this account.
    pub fn account(mut self, account: &str) -> Self {
        self.fault.account = Some(account.to_owned());
        self
    }

    /// So many times.
    pub fn times(mut self, times: u32) -> Self {
        self.fault.times = times;
        self
    }

    /// After so many matching requests have passed.
    pub fn after(mut self, skip: u32) -> Self {
        self.fault.skip = skip;
        self
    }

    /// In so many of a hundred matching requests.
    pub fn percent(mut self, percent: u8) -> Self {
        self.fault.percent = percent;
        self
    }

    /// Plans it.
    pub fn plan(mut self, phase: Phase, effect: Effect) {
        self.fault.phase = phase;
        self.fault.effect = effect;
        self.sandbox.world().faults.plan(self.fault);
    }

    /// An error with this status, before anything is done.
    pub fn status(self, status: u16) {
        self.plan(Phase::Before, Effect::Status { status, retry_after: None, should_retry: None });
    }

    /// A connection that is reset before anything is done.
    pub fn reset(self) {
        self.plan(Phase::Before, Effect::Reset);
    }

    /// A connection that is reset after all was done: the client does not hear of it.
    pub fn reset_after_commit(self) {
        self.plan(Phase::After, Effect::Reset);
    }

    /// An answer that comes late.
    pub fn delay(self, delay: Duration) {
        self.plan(Phase::After, Effect::Delay(delay));
    }
}
