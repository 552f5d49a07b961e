//! All state of one sandbox, and the two views that systems work through: [`AccountContext`] (an account's books) and [`RequestContext`]
//! (a request on them).

pub(crate) mod account_context;
pub(crate) mod api_version;
pub(crate) mod faults;
pub(crate) mod idempotency;
pub(crate) mod inputs;
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

/// Something that happened, for reports and for the delivery of webhooks.
#[derive(Debug, Clone, PartialEq)]
pub enum LogEntry {
    /// A request was answered.
    Answered {
        /// Who it was for.
        scope: Arc<Scope>,
        /// The method and the path, without its query: `POST /v1/topups`.
        call: Box<str>,
        /// The status of the reply.
        status: u16,
        /// What else became of the reply.
        manner: ReplyInfo,
    },
    /// Why the next [`LogEntry::Answered`] is an error: its code, or its type if it has no code.
    Refused(Box<str>),
    /// Money was put into a balance from outside, without a request.
    Funded(Box<Funded>),
    /// An event was made; it is an object of that account.
    Event {
        /// Whose event it is.
        scope: Arc<Scope>,
        /// Its id.
        id: Arc<str>,
    },
    /// A webhook was sent.
    Webhook(Box<SentWebhook>),
    /// The clock was moved to the time of this entry.
    Clock,
    /// A due transition could not be done any more.
    Skipped(Box<str>),
}

/// What became of a reply, beside its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplyInfo {
    /// Whether it is what came of an earlier request with the same idempotency key.
    pub replayed: bool,
    /// Whether the request lay for a planned time before anything was done.
    pub lay: bool,
    /// What a planned fault made of it, before or after the work.
    pub fault: Option<(Phase, Spoiled)>,
}

/// Money that came from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funded {
    /// Whose it is.
    pub scope: Scope,
    /// The balance.
    pub kind: BalanceKind,
    /// Its currency.
    pub currency: CurrencyCode,
    /// Minor units.
    pub amount: i64,
}

/// A webhook that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct SentWebhook {
    /// Whose event it carried.
    pub scope: Arc<Scope>,
    /// The id of the event.
    pub event: Arc<str>,
    /// The id of the endpoint.
    pub endpoint: Box<str>,
    /// How the endpoint answered; `None` if it did not.
    pub status: Option<u16>,
}

/// A task about an object or a part of an account, and in whose books.
type Due = (Arc<Scope>, Task);

/// What follows from a change of balances: gets whose spendable payments balance changed, in which currency.
pub(crate) type Reaction = fn(&mut State, &BTreeSet<(Scope, CurrencyCode)>);

/// What follows from a change of an account; registered by the resources, so that nobody has to import them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccountHooks {
    /// Recomputes capabilities, persons and requirements.
    pub(crate) review: fn(&mut AccountContext<'_>) -> Result<(), ApiError>,
    /// Plans the next automatic payout, because the schedule was changed.
    pub(crate) schedule_changed: fn(&mut AccountContext<'_>),
}

/// What the reactions remember between two changes.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// Who owes money, in which currency.
    pub(crate) negative: BTreeSet<(Scope, CurrencyCode)>,
    /// Whose next automatic payout is on the agenda.
    pub(crate) paid_out: BTreeSet<Scope>,
}

/// The state of one sandbox.
pub struct State {
    /// The time.
    pub clock: Clock,
    /// Where ids and all else that looks random comes from.
    pub ids: Ids,
    /// The money.
    pub ledger: Ledger,
    /// The switches.
    pub options: Options,
    /// What is to go wrong.
    pub faults: Faults,
    /// What happened: Unix seconds and what, oldest first.
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
    /// The authorizations that wait for the platform's endpoint.
    pub questions: Vec<PendingAuthorization>,
    /// Whether the platform is asked about authorizations even when no endpoint listens; a test answers then.
    pub questions_asked: bool,
    /// The events that are kept, oldest first, if not all are.
    latest_events: VecDeque<(Arc<Scope>, Arc<str>)>,
    agenda: Scheduler<Due>,
    stores: BTreeMap<Arc<Scope>, Store>,
    /// The place in time of the newest object.
    place: u64,
    /// What can be taken back, while a request is being done.
    trail: Option<rollback::UndoLog>,
    platform: Arc<str>,
    connected: BTreeSet<Arc<str>>,
    policies: HashMap<&'static str, Policy>,
    pub(crate) watched: Watched,
    reactions: &'static [Reaction],
    account_hooks: AccountHooks,
}

impl fmt::Debug for State {
    /// Without objects, events and files: they hold keys, numbers and links.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("clock", &self.clock)
            .field("accounts", &self.stores.len())
            .finish_non_exhaustive()
    }
}

impl State {
    /// An empty world that a seed decides.
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
            account_hooks: AccountHooks { review: |_| Ok(()), schedule_changed: |_| () },
        }
    }

    /// Sets what follows from changes of balances.
    pub(crate) fn react_by(&mut self, reactions: &'static [Reaction]) {
        self.reactions = reactions;
    }

    /// Sets what follows from changes of accounts.
    pub(crate) fn follow_accounts_by(&mut self, hooks: AccountHooks) {
        self.account_hooks = hooks;
    }

    pub(crate) fn account_hooks(&self) -> AccountHooks {
        self.account_hooks
    }

    /// Does what follows from changes of balances, and from that in turn.
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

    /// The later of the sandbox's time and the real one, in Unix seconds: what a caller sends as the present time is not in
    /// the future, whatever the sandbox's clock shows.
    pub fn latest_now(&self) -> i64 {
        self.clock.now().max(Clock::real())
    }

    /// From when times that replies promise are counted, in Unix seconds.
    pub fn promised_now(&self) -> i64 {
        if self.options.follows_real_time { self.latest_now() } else { self.clock.now() }
    }

    /// The id of the platform's own account.
    pub fn platform(&self) -> Arc<str> {
        self.platform.clone()
    }

    /// Connects an account to the platform, so that keys of the platform may act for it.
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

    /// Sets when a kind of transition happens by itself.
    pub fn set_policy(&mut self, rule: &'static Rule, policy: Policy) {
        self.policies.insert(rule.name, policy);
    }

    /// When a kind of transition happens by itself.
    pub fn policy(&self, rule: &'static Rule) -> Policy {
        self.policies.get(rule.name).copied().unwrap_or(rule.default)
    }

    /// The policy that was set for a kind of transition; `None` if it goes by Stripe's own timing.
    pub fn chosen(&self, rule: &'static Rule) -> Option<Policy> {
        self.policies.get(rule.name).copied()
    }

    /// The objects of an account; empty for one that has none.
    pub fn store(&self, scope: &Scope) -> Option<&Store> {
        self.stores.get(scope)
    }

    /// The accounts that have objects.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.stores.keys().map(Arc::as_ref)
    }

    /// A scope as it is kept here, to be shared instead of copied.
    pub(crate) fn shared_scope(&self, scope: &Scope) -> Arc<Scope> {
        self.stores.get_key_value(scope).map_or_else(|| Arc::new(scope.clone()), |(scope, _)| scope.clone())
    }

    /// An id as it is kept with its object, to be shared instead of copied.
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

    /// Lets objects of an account that were not looked at lately go to sleep.
    pub(crate) fn rest(&mut self, scope: &Scope) {
        if let Some(store) = self.stores.get_mut(scope) {
            store.rest();
        }
    }

    /// A reply packed, sharing what is kept of the object that it shows.
    pub(crate) fn pack(&mut self, scope: &Scope, reply: &Json) -> Packed {
        self.stores.get_mut(scope).map_or_else(|| Packed::of(reply, None), |store| store.pack(reply))
    }

    /// Keeps an object of an account.
    pub(crate) fn keep(&mut self, scope: &Scope, object: &Json) {
        self.place += 1;
        let place = self.place;
        self.store_mut(scope).put(place, object);
    }

    /// Keeps an event about an object of an account.
    pub(crate) fn keep_event(&mut self, scope: &Scope, event: &Json, object: &Json) {
        self.place += 1;
        let place = self.place;
        self.store_mut(scope).put_event(place, event, object);
    }

    /// The account that has the object with this id.
    pub fn owner(&self, id: &str) -> Option<Scope> {
        self.stores.iter().find(|(_, store)| store.get(id).is_some()).map(|(scope, _)| (**scope).clone())
    }

    /// An account's books.
    pub fn context(&mut self, scope: Scope) -> AccountContext<'_> {
        AccountContext::new(self, scope)
    }

    /// An object of an account, or its balance transaction, by id.
    pub fn find(&self, scope: &Scope, id: &str) -> Option<Json> {
        let object = self.stores.get(scope).and_then(|store| store.get(id)).cloned();
        object.or_else(|| self.ledger.line(scope, id).map(|line| line.object(self.clock.now())))
    }

    /// Moves the clock, and does on the way what falls due, each at its time.
    pub fn advance(&mut self, wait: Duration) {
        self.move_clock(self.clock.after(wait));
        self.note(LogEntry::Clock);
    }

    /// Moves the clock to a time in Unix milliseconds as [`State::advance`] does, without an entry in the journal: a clock
    /// that runs by itself moves all the time.
    pub(crate) fn move_clock(&mut self, until: i64) {
        self.run_due(until);
        self.clock.move_to(until);
        self.keys.forget_before(self.clock.now());
        self.outbox.release(self.clock.milliseconds());
    }

    /// What is due next, oldest first: when (Unix milliseconds), whose it is and what it is about.
    pub fn agenda(&self, most: usize) -> Vec<(i64, Arc<Scope>, Arc<str>)> {
        let due = self.agenda.iter().take(most);
        due.map(|(at, about, (scope, _))| (at, scope.clone(), about.clone())).collect()
    }

    /// When the next thing after now is due, a transition or a webhook, in Unix milliseconds.
    pub fn next_due(&self) -> Option<i64> {
        let now = self.clock.milliseconds();
        self.agenda.next().into_iter().chain(self.outbox.next_after(now)).min()
    }

    /// Does now what waits for its time with this object until then (Unix milliseconds), in the order in which it would
    /// come; tells how much it was. The clock stands still. What cannot be done stays on the agenda, with all after it.
    pub fn hurry(&mut self, subject: &str, until: i64) -> Result<usize, ApiError> {
        let mut waiting = self.agenda.about(subject, |_| true);
        waiting.retain(|(at, _)| *at <= until);
        let mut count = 0;
        for place in waiting {
            let done = self.attempt(|state| match state.agenda.remove(place) {
                Some((subject, (scope, task))) => {
                    task(&mut AccountContext::new(state, (*scope).clone()), &subject).map(|()| 1)
                }
                // What was done before took it off.
                None => Ok(0),
            });
            count += done?;
        }
        self.settle();
        Ok(count)
    }

    /// Does the transition of a rule now, whatever its policy. `id` is the object that it is about, or the account if it
    /// is about a part of one.
    pub fn trigger(&mut self, rule: &'static Rule, id: &str) -> Result<(), ApiError> {
        let missing = |kind: &str| ApiError::missing(kind, id, "id");
        let is_account = *id == *self.platform || self.is_connected(id);
        // Accounts are in both modes; the one that has the object is meant.
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

    /// Does what is due by now.
    pub fn settle(&mut self) {
        self.run_due(self.clock.milliseconds());
        self.forget_events();
    }

    /// Forgets the oldest events beyond those that are kept.
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

    /// Writes to the journal, if one is kept.
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

    /// The events that were made, oldest first, of all accounts.
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
