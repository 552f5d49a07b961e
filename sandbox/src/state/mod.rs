//! All state of one sandbox, and the two views that resources work with: [`AccountContext`] (the data of an account)
//! and [`RequestContext`] (a request on it).

pub(crate) mod account_context;
pub(crate) mod api_version;
pub(crate) mod faults;
pub(crate) mod idempotency;
pub(crate) mod inputs;
mod named_objects;
pub(crate) mod names;
pub(crate) mod options;
pub(crate) mod outbox;
pub(crate) mod pending_authorizations;
pub(crate) mod recent;
pub(crate) mod request_context;
pub(crate) mod rollback;
pub(crate) mod transitions;
pub(crate) mod wire;

pub use crate::state::account_context::{AccountContext, Change, Task};
pub use crate::state::api_version::{is_other_version, is_preview, is_version};
pub(crate) use crate::state::inputs::{Decision, Input, Recorded, Recorder, Sent, wall};
pub use crate::state::options::{
    About, ClockMode, Options, PaymentFees, Policy, Rule, UNCONFIRMED, UnknownParameters,
};
pub use crate::state::outbox::{DeliveryFault, Outbox, Timing, WebhookDelivery, is_question, signature};
pub use crate::state::pending_authorizations::PendingAuthorization;
pub use crate::state::recent::{Attempt, Exchange, Recent};
pub(crate) use crate::state::request_context::Envelope;
pub use crate::state::request_context::RequestContext;
pub use crate::state::transitions::PendingTransition;

use crate::engine::{
    ApiError, AppendLog, BalanceKind, Clock, CurrencyCode, Ids, Json, Ledger, Packed, Peek, Scheduler, Scope,
    Store,
};
use crate::router::{Faults, Keys, Phase, Spoiled};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// An entry of the journal, for reports and the delivery of webhooks.
#[derive(Debug, Clone, PartialEq)]
pub enum LogEntry {
    /// A request was answered.
    Answered {
        /// The account.
        scope: Arc<Scope>,
        /// The method and the path, without its query: `POST /v1/topups`.
        call: Box<str>,
        /// The status of the reply.
        status: u16,
        /// Further details of the reply.
        manner: ReplyInfo,
    },
    /// Why the next [`LogEntry::Answered`] is an error: the error's code, or its type if it has no code.
    Refused(Box<str>),
    /// Money was added to a balance by the test, without a request.
    Funded(Box<Funded>),
    /// An event was created; it is stored as an object of the account.
    Event {
        /// The account.
        scope: Arc<Scope>,
        /// Its id.
        id: Arc<str>,
    },
    /// A webhook was sent.
    Webhook(Box<SentWebhook>),
    /// The clock was moved to the time of this entry.
    Clock,
    /// A due transition was no longer possible.
    Skipped(Box<str>),
}

/// Details of a reply in addition to its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplyInfo {
    /// Whether the reply repeats that of an earlier request with the same idempotency key.
    pub replayed: bool,
    /// Whether a planned fault delayed the request before it was processed.
    pub lay: bool,
    /// The effect of a planned fault on the reply, and whether it hit before or after processing.
    pub fault: Option<(Phase, Spoiled)>,
}

/// Money added by the test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funded {
    /// The account.
    pub scope: Scope,
    /// The balance.
    pub kind: BalanceKind,
    /// Its currency.
    pub currency: CurrencyCode,
    /// The amount in minor units.
    pub amount: i64,
}

/// A webhook that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct SentWebhook {
    /// The account of the event.
    pub scope: Arc<Scope>,
    /// The id of the event.
    pub event: Arc<str>,
    /// The id of the endpoint.
    pub endpoint: Box<str>,
    /// The status of the endpoint's reply; `None` if it did not reply.
    pub status: Option<u16>,
}

/// A task and the account of its subject.
type Due = (Arc<Scope>, Task);

/// Called when available balances change, with the accounts and the currencies.
pub(crate) type Reaction = fn(&mut State, &BTreeSet<(Scope, CurrencyCode)>);

/// Called when an account changes; registered by the resources, to avoid importing them here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccountHooks {
    /// Recomputes capabilities, persons and requirements.
    pub(crate) review: fn(&mut AccountContext<'_>) -> Result<(), ApiError>,
    /// Plans the next automatic payout, because the schedule was changed.
    pub(crate) schedule_changed: fn(&mut AccountContext<'_>),
    /// Called when an account was opened.
    pub(crate) opened: fn(&mut AccountContext<'_>) -> Result<(), ApiError>,
    /// Returns the account in the form of API v2 before a change; `null` if no event destination needs it.
    pub(crate) look: fn(&mut AccountContext<'_>) -> Json,
    /// Called after a change, with what `look` returned before it.
    pub(crate) changed: fn(&mut AccountContext<'_>, &Json) -> Result<(), ApiError>,
    /// Called before an account is closed.
    pub(crate) closing: fn(&mut AccountContext<'_>) -> Result<(), ApiError>,
}

impl AccountHooks {
    /// No hooks.
    const NONE: Self = Self {
        review: |_| Ok(()),
        schedule_changed: |_| (),
        opened: |_| Ok(()),
        look: |_| Json::Null,
        changed: |_, _| Ok(()),
        closing: |_| Ok(()),
    };
}

/// State that the reactions keep between calls.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// The accounts with a negative balance, with the currency.
    pub(crate) negative: BTreeSet<(Scope, CurrencyCode)>,
    /// The accounts whose next automatic payout is scheduled.
    pub(crate) paid_out: BTreeSet<Scope>,
}

/// The state of one sandbox.
pub struct State {
    /// The clock.
    pub clock: Clock,
    /// The source of ids and other pseudorandom values.
    pub ids: Ids,
    /// The ledger.
    pub ledger: Ledger,
    /// The options.
    pub options: Options,
    /// The planned faults.
    pub faults: Faults,
    /// The journal: Unix seconds and entry, oldest first.
    pub journal: AppendLog<(i64, LogEntry)>,
    /// The latest requests in full.
    pub exchanges: Recent<Exchange>,
    /// The latest attempts to deliver webhooks.
    pub attempts: Recent<Attempt>,
    pub(crate) recorder: Option<Arc<dyn Recorder>>,
    /// The webhooks that are to be sent.
    pub outbox: Outbox,
    pub(crate) keys: Keys,
    /// The contents of files, by id.
    pub(crate) contents: HashMap<String, bytes::Bytes>,
    /// The authorizations that wait for the decision of the platform's endpoint.
    pub questions: Vec<PendingAuthorization>,
    /// Whether authorization requests are queued even when no endpoint is registered, to be answered by the test.
    pub questions_asked: bool,
    /// The stored events, oldest first, if their number is limited.
    latest_events: VecDeque<(Arc<Scope>, Arc<str>)>,
    agenda: Scheduler<Due>,
    stores: BTreeMap<Arc<Scope>, Store>,
    /// The position of the newest object.
    place: u64,
    /// The changes to roll back, while a request is processed.
    trail: Option<rollback::UndoLog>,
    platform: Arc<str>,
    connected: BTreeSet<Arc<str>>,
    policies: HashMap<&'static str, Policy>,
    pub(crate) watched: Watched,
    reactions: &'static [Reaction],
    account_hooks: AccountHooks,
}

impl fmt::Debug for State {
    /// Omits objects, events and files, which contain keys, numbers and links.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("clock", &self.clock)
            .field("accounts", &self.stores.len())
            .finish_non_exhaustive()
    }
}

impl State {
    /// Creates an empty state with a seed.
    pub fn new(seed: u64, options: Options) -> Self {
        let mut ids = Ids::new(seed);
        let platform = ids.id("acct").into();
        Self {
            clock: Clock::at(options.start),
            ids,
            ledger: Ledger::default(),
            options,
            faults: Faults::default(),
            journal: AppendLog::default(),
            exchanges: Recent::default(),
            attempts: Recent::default(),
            recorder: None,
            outbox: Outbox::default(),
            keys: Keys::default(),
            contents: HashMap::new(),
            questions: Vec::new(),
            questions_asked: false,
            latest_events: VecDeque::new(),
            agenda: Scheduler::default(),
            stores: BTreeMap::new(),
            place: 0,
            trail: None,
            platform,
            connected: BTreeSet::new(),
            policies: HashMap::new(),
            watched: Watched::default(),
            reactions: &[],
            account_hooks: AccountHooks::NONE,
        }
    }

    /// Registers the reactions to changes of balances.
    pub(crate) fn react_by(&mut self, reactions: &'static [Reaction]) {
        self.reactions = reactions;
    }

    /// Registers the hooks for changes of accounts.
    pub(crate) fn follow_accounts_by(&mut self, hooks: AccountHooks) {
        self.account_hooks = hooks;
    }

    pub(crate) fn account_hooks(&self) -> AccountHooks {
        self.account_hooks
    }

    /// Runs the reactions to changes of balances, until no balance changes.
    fn react(&mut self) {
        loop {
            let touched = self.ledger.take_touched();
            if touched.is_empty() {
                return;
            }
            for reaction in self.reactions {
                reaction(self, &touched);
            }
        }
    }

    /// The later of the sandbox's time and the real time, in Unix seconds: a timestamp that a client takes from its
    /// own clock is not in the future, regardless of the sandbox's clock.
    pub fn latest_now(&self) -> i64 {
        self.clock.now().max(Clock::real())
    }

    /// The base of times promised in replies, in Unix seconds.
    pub fn promised_now(&self) -> i64 {
        if self.options.follows_real_time { self.latest_now() } else { self.clock.now() }
    }

    /// The id of the platform's own account.
    pub fn platform(&self) -> Arc<str> {
        self.platform.clone()
    }

    /// Connects an account to the platform, which gives the platform's keys access to it.
    pub fn connect(&mut self, account: impl Into<Arc<str>>) {
        let account = account.into();
        let was = !self.connected.insert(account.clone());
        self.note_connection(account, was);
    }

    /// Ends the platform's access to an account.
    pub fn disconnect(&mut self, account: &str) {
        let was = self.connected.remove(account);
        self.note_connection(account.into(), was);
    }

    /// Whether an account is connected to the platform.
    pub fn is_connected(&self, account: &str) -> bool {
        self.connected.contains(account)
    }

    /// The connected accounts.
    pub fn connected(&self) -> impl Iterator<Item = &Arc<str>> {
        self.connected.iter()
    }

    /// Sets the policy of a rule.
    pub fn set_policy(&mut self, rule: &'static Rule, policy: Policy) {
        self.policies.insert(rule.name, policy);
    }

    /// The policy of a rule.
    pub fn policy(&self, rule: &'static Rule) -> Policy {
        self.policies.get(rule.name).copied().unwrap_or(rule.default)
    }

    /// The policy that was set for a rule; `None` if the default applies.
    pub fn chosen(&self, rule: &'static Rule) -> Option<Policy> {
        self.policies.get(rule.name).copied()
    }

    /// The objects of an account; `None` if it has none.
    pub fn store(&self, scope: &Scope) -> Option<&Store> {
        self.stores.get(scope)
    }

    /// The accounts that have objects.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.stores.keys().map(Arc::as_ref)
    }

    /// The stored scope, shared instead of cloned.
    pub(crate) fn shared_scope(&self, scope: &Scope) -> Arc<Scope> {
        self.stores.get_key_value(scope).map_or_else(|| Arc::new(scope.clone()), |(scope, _)| scope.clone())
    }

    /// The stored id of an object, shared instead of cloned.
    pub(crate) fn shared_id(&self, scope: &Scope, id: &str) -> Arc<str> {
        let known = self.store(scope).and_then(|store| store.id(id));
        known.map_or_else(|| id.into(), Arc::clone)
    }

    pub(crate) fn store_mut(&mut self, scope: &Scope) -> &mut Store {
        let shared = self.shared_scope(scope);
        let store = self.stores.entry(shared).or_default();
        if let Some(trail) = &mut self.trail {
            trail.touch(scope);
            store.begin();
        }
        store
    }

    /// Packs the objects of an account that were not used recently.
    pub(crate) fn rest(&mut self, scope: &Scope) {
        if let Some(store) = self.stores.get_mut(scope) {
            store.rest();
        }
    }

    /// Packs a reply; bytes are shared with the stored object that it shows.
    pub(crate) fn pack(&mut self, scope: &Scope, reply: &Json) -> Packed {
        self.stores.get_mut(scope).map_or_else(|| Packed::of(reply, None), |store| store.pack(reply))
    }

    /// Stores an object of an account.
    pub(crate) fn keep(&mut self, scope: &Scope, object: &Json) {
        self.place += 1;
        let place = self.place;
        self.store_mut(scope).put(place, object);
    }

    /// Stores an event about an object of an account.
    pub(crate) fn keep_event(&mut self, scope: &Scope, event: &Json, object: &Json) {
        self.place += 1;
        let place = self.place;
        self.store_mut(scope).put_event(place, event, object);
    }

    /// The account that owns the object with this id.
    pub fn owner(&self, id: &str) -> Option<Scope> {
        self.stores.iter().find(|(_, store)| store.get(id).is_some()).map(|(scope, _)| (**scope).clone())
    }

    /// The data of an account.
    pub fn context(&mut self, scope: Scope) -> AccountContext<'_> {
        AccountContext::new(self, scope)
    }

    /// An object of an account, or its balance transaction, by id.
    pub fn find(&self, scope: &Scope, id: &str) -> Option<Json> {
        let object = self.stores.get(scope).and_then(|store| store.get(id)).cloned();
        object.or_else(|| self.ledger.line(scope, id).map(|line| line.object(self.clock.now())))
    }

    /// Advances the clock and runs the tasks that become due, each at its time.
    pub fn advance(&mut self, wait: Duration) {
        self.move_clock(self.clock.after(wait));
        self.note(LogEntry::Clock);
    }

    /// Moves the clock to a time in Unix milliseconds as [`State::advance`] does, but without a journal entry: a real
    /// clock moves continuously.
    pub(crate) fn move_clock(&mut self, until: i64) {
        self.run_due(until);
        self.clock.move_to(until);
        self.keys.forget_before(self.clock.now());
        self.outbox.release(self.clock.milliseconds());
    }

    /// The next scheduled tasks, at most `most`: due time (Unix milliseconds), account and subject.
    pub fn agenda(&self, most: usize) -> Vec<(i64, Arc<Scope>, Arc<str>)> {
        let due = self.agenda.iter().take(most);
        due.map(|(at, about, (scope, _))| (at, scope.clone(), about.clone())).collect()
    }

    /// When the next task or webhook after now is due, in Unix milliseconds.
    pub fn next_due(&self) -> Option<i64> {
        let now = self.clock.milliseconds();
        self.agenda.next().into_iter().chain(self.outbox.next_after(now)).min()
    }

    /// Runs the scheduled tasks of an object that are due until then (Unix milliseconds) now, in order. Returns their
    /// number. The clock does not move. If a task fails, it and all later ones stay scheduled.
    pub fn hurry(&mut self, subject: &str, until: i64) -> Result<usize, ApiError> {
        let mut waiting = self.agenda.about(subject, |_| true);
        waiting.retain(|(at, _)| *at <= until);
        let mut count = 0;
        for place in waiting {
            let done = self.attempt(|state| match state.agenda.remove(place) {
                Some((subject, (scope, task))) => {
                    task(&mut AccountContext::new(state, (*scope).clone()), &subject).map(|()| 1)
                }
                // An earlier task removed it.
                None => Ok(0),
            });
            count += done?;
        }
        self.settle();
        Ok(count)
    }

    /// Makes the transition of a rule now, regardless of its policy. `id` is the object, or the account if the rule
    /// is about a part of an account.
    pub fn trigger(&mut self, rule: &'static Rule, id: &str) -> Result<(), ApiError> {
        let missing = |kind: &str| ApiError::missing(kind, id, "id");
        let is_account = *id == *self.platform || self.is_connected(id);
        // Accounts exist in both modes; the mode that has the object is used.
        let has = |live| {
            let platform = Scope::new(self.platform(), live);
            self.stores.get(&platform).is_some_and(|store| store.find("account", id).is_some())
        };
        let own = Scope::new(id, !has(false) && has(true));
        let (scope, subject) = match rule.about {
            About::Account(_) if !is_account => return Err(missing("account")),
            About::Account(part) => (own, part),
            About::Object(kinds) if is_account && kinds.contains(&"account") => (own, id),
            About::Object(kinds) => {
                let owner = self.owner(id).filter(|scope| {
                    let store = self.stores.get(scope);
                    kinds.iter().any(|kind| store.is_some_and(|store| store.find(kind, id).is_some()))
                });
                (owner.ok_or_else(|| missing(kinds.first().copied().unwrap_or("object")))?, id)
            }
        };
        let done = self.attempt(|state| {
            state.forget_due(&scope, subject);
            (rule.task)(&mut AccountContext::new(state, scope), subject)
        });
        self.settle();
        done
    }

    /// Runs the tasks that are due by now.
    pub fn settle(&mut self) {
        self.run_due(self.clock.milliseconds());
        self.forget_events();
    }

    /// Drops the oldest events beyond the limit.
    fn forget_events(&mut self) {
        let Some(most) = self.options.kept_events else { return };
        while self.latest_events.len() > most {
            let Some((scope, id)) = self.latest_events.pop_front() else { return };
            self.store_mut(&scope).forget(&id);
        }
    }

    fn run_due(&mut self, until: i64) {
        self.react();
        while let Some(place) = self.agenda.first(until) {
            self.clock.move_to(place.0);
            let Some((subject, (scope, task))) = self.agenda.remove(place) else { continue };
            if let Err(refusal) =
                self.attempt(|state| task(&mut AccountContext::new(state, (*scope).clone()), &subject))
            {
                self.note(LogEntry::Skipped(format!("{subject}: {refusal}").into()));
            }
            self.react();
        }
    }

    /// Adds an entry to the journal, if one is kept.
    pub fn note(&mut self, what: LogEntry) {
        if let (LogEntry::Event { scope, id }, Some(_)) = (&what, self.options.kept_events) {
            self.latest_events.push_back((scope.clone(), id.clone()));
        }
        if self.options.journal {
            self.journal.push((self.clock.now(), what));
            if self.trail.is_none() {
                self.journal.drop_front(self.options.journal_limit);
            }
        }
    }

    /// All events of all accounts, oldest first.
    pub fn events(&self) -> Vec<Json> {
        let mut events = Vec::new();
        for store in self.stores.values() {
            for event in store.after("event", 0) {
                events.push((store.place(event.text("id")).unwrap_or_default(), event.into_owned()));
            }
        }
        events.sort_by_key(|(place, _)| *place);
        events.into_iter().map(|(_, event)| event).collect()
    }

    pub(crate) fn put_due(&mut self, wait: Duration, scope: Scope, subject: &str, task: Task) {
        let at = self.clock.after(wait);
        self.agenda.put(at, self.shared_id(&scope, subject), (self.shared_scope(&scope), task));
    }

    pub(crate) fn forget_due(&mut self, scope: &Scope, subject: &str) {
        self.agenda.forget(subject, |(owner, _)| **owner == *scope);
    }
}
