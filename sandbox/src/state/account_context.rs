use super::rollback::Unsent;
use super::transitions::Show;
use super::{Policy, Rule, State};
use crate::engine::{
    ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, LedgerAccount, Peek, Scope, after_business_days,
    changed, date_time, set,
};
use crate::spec;
use crate::spec::ThinObject;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// A scheduled task, called with the account and the id of the subject.
pub type Task = fn(&mut AccountContext<'_>, &str) -> Result<(), ApiError>;

/// The id under which a deleted object's remains are stored. No object has such an id.
fn tombstone(id: &str) -> String {
    format!("deleted {id}")
}

/// The reply that confirmed the deletion of an object.
fn remains(state: &State, scope: &Scope, id: &str) -> Option<Json> {
    state.find(scope, &tombstone(id))?.at("reply").cloned()
}

/// An object after a change, with the replaced values.
#[derive(Debug, Clone)]
pub struct Change {
    /// The object now.
    pub object: Json,
    /// The old values of the changed members, in the form of `previous_attributes`.
    pub previous: Json,
}

/// The request that caused the work; events name it.
#[derive(Debug, Clone)]
pub(crate) struct Cause {
    pub(crate) request: String,
    pub(crate) key: Option<String>,
}

/// The data of one account in one mode: objects, money, time, events.
#[derive(Debug)]
pub struct AccountContext<'w> {
    /// The state of the sandbox.
    pub state: &'w mut State,
    scope: Scope,
    cause: Option<Cause>,
}

impl<'w> AccountContext<'w> {
    pub(crate) fn new(state: &'w mut State, scope: Scope) -> Self {
        Self { state, scope, cause: None }
    }

    pub(crate) fn caused_by(mut self, cause: Cause) -> Self {
        self.cause = Some(cause);
        self
    }

    /// The data of another account in the same mode, for the same request.
    pub fn of_account(&mut self, account: &str) -> AccountContext<'_> {
        let scope = Scope::new(account, self.scope.live);
        AccountContext { state: self.state, scope, cause: self.cause.clone() }
    }

    /// The data of the platform in the same mode.
    pub fn of_platform(&mut self) -> AccountContext<'_> {
        let platform = self.state.platform();
        self.of_account(&platform)
    }

    /// The account and mode.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The account's id.
    pub fn account(&self) -> Arc<str> {
        self.scope.account.clone()
    }

    /// Whether this is the platform's own account.
    pub fn is_platform(&self) -> bool {
        self.scope.account == self.state.platform()
    }

    /// The time in Unix seconds.
    pub fn now(&self) -> i64 {
        self.state.clock.now()
    }

    /// A new id.
    pub fn id(&mut self, prefix: &str) -> String {
        self.state.ids.id(prefix)
    }

    // Objects.

    /// Completes a partial object by the schema and stores it. `id` (with this prefix), `created`, `livemode` and
    /// `object` are filled in.
    pub fn create(&mut self, schema: &str, prefix: &str, authored: Json) -> Result<Json, ApiError> {
        let object = self.build(schema, prefix, authored)?;
        self.state.keep(&self.scope, &object);
        Ok(object)
    }

    /// As [`AccountContext::create`], without storing it.
    pub fn build(&mut self, schema: &str, prefix: &str, mut authored: Json) -> Result<Json, ApiError> {
        let properties = spec::schema(schema).and_then(|schema| schema.get("properties"));
        let has = |name: &str| properties.is_some_and(|properties| properties.get(name).is_some());
        if has("id") && authored.at("id").is_none() {
            set(&mut authored, "id", self.state.ids.id(prefix));
        }
        if has("created") && authored.at("created").is_none() {
            set(&mut authored, "created", self.now());
        }
        if has("livemode") {
            set(&mut authored, "livemode", self.scope.live);
        }
        let mut object = spec::complete(schema, authored)?;
        // Members that are shown only on request are stored only if they are set.
        spec::hide_nulls(&mut object);
        Ok(object)
    }

    /// The object with this id and kind (its `object` member).
    ///
    /// # Errors
    /// Stripe's error for a missing object, with `param` as the place of the id.
    pub fn get(&self, kind: &str, id: &str, param: &str) -> Result<Json, ApiError> {
        let found = self.state.store(&self.scope).and_then(|store| store.find(kind, id)).cloned();
        found.ok_or_else(|| ApiError::missing(kind, id, param))
    }

    /// The object with this id, of any kind.
    pub fn peek(&self, id: &str) -> Option<&Json> {
        self.state.store(&self.scope)?.get(id)
    }

    /// The objects of a kind, newest first.
    pub fn all(&self, kind: &str) -> impl Iterator<Item = &Json> {
        self.state.store(&self.scope).into_iter().flat_map(move |store| store.of_kind(kind))
    }

    /// Changes an object in place. Returns it with the replaced values.
    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut Json)) -> Result<Change, ApiError> {
        let store = self.state.store_mut(&self.scope);
        let before = store.shared(id).cloned().ok_or_else(|| ApiError::missing("object", id, "id"))?;
        let object = store.get_mut(id).ok_or_else(|| ApiError::missing("object", id, "id"))?;
        change(object);
        Ok(Change { previous: changed(&before.object, object), object: object.clone() })
    }

    /// As [`AccountContext::change`], for an object that events and replies show in the form of `show`: the result
    /// has this form.
    pub fn change_shown(
        &mut self,
        id: &str,
        show: Show,
        change: impl FnOnce(&mut Json),
    ) -> Result<Change, ApiError> {
        let before = self.peek(id).cloned().ok_or_else(|| ApiError::missing("object", id, "id"))?;
        let before = show(self, before)?;
        let object = self.change(id, change)?.object;
        let object = show(self, object)?;
        Ok(Change { previous: changed(&before, &object), object })
    }

    /// Removes an object. Returns the reply that confirms it.
    pub fn delete(&mut self, schema: &str, id: &str) -> Result<Json, ApiError> {
        let removed = self.state.store_mut(&self.scope).remove(id);
        let removed = removed.ok_or_else(|| ApiError::missing("object", id, "id"))?;
        let reply =
            spec::complete(schema, json!({ "id": id, "object": removed.text("object"), "deleted": true }))?;
        self.state.keep(&self.scope, &json!({ "id": tombstone(id), "object": "deleted", "reply": reply }));
        Ok(reply)
    }

    /// The remains of a deleted object, which are shown when its id is expanded.
    pub fn deleted(&self, id: &str) -> Option<Json> {
        let platform = Scope::new(self.state.platform(), self.scope.live);
        self.deleted_here(id).or_else(|| remains(self.state, &platform, id))
    }

    /// As [`AccountContext::deleted`], of the account's own objects only.
    pub(crate) fn deleted_here(&self, id: &str) -> Option<Json> {
        remains(self.state, &self.scope, id)
    }

    /// Internal data about an object that replies never show; `null` if there is none.
    pub fn notes(&self, id: &str) -> Json {
        self.state.store(&self.scope).map(|store| store.notes(id).clone()).unwrap_or_default()
    }

    /// Sets the internal data about an object.
    pub fn set_notes(&mut self, id: &str, notes: Json) {
        self.state.store_mut(&self.scope).set_notes(id, &notes);
    }

    /// Changes the internal data about an object.
    pub fn note(&mut self, id: &str, change: impl FnOnce(&mut Json)) {
        if let Some(notes) = self.state.store_mut(&self.scope).notes_mut(id) {
            change(notes);
        }
    }

    // Money.

    /// A ledger account of this account.
    pub fn purse(&self, kind: BalanceKind, currency: CurrencyCode) -> LedgerAccount {
        LedgerAccount { scope: self.scope.clone(), kind, currency }
    }

    /// The balance of a ledger account, in minor units.
    pub fn balance(&self, kind: BalanceKind, currency: CurrencyCode) -> i64 {
        self.state.ledger.balance(&self.purse(kind, currency))
    }

    /// Posts a journal entry. Returns the ids of its balance transactions.
    pub fn post(&mut self, movement: JournalEntry) -> Result<Vec<String>, ApiError> {
        let now = self.now();
        self.state.ledger.post(now, &mut self.state.ids, movement)
    }

    /// Posts a journal entry with one statement entry. Returns the id of its balance transaction.
    pub fn post_one(&mut self, movement: JournalEntry) -> Result<String, ApiError> {
        let lines = self.post(movement)?;
        lines
            .into_iter()
            .next()
            .ok_or_else(|| ApiError::internal("A journal entry of the sandbox has no statement entry."))
    }

    // Time.

    /// Schedules `task` for `subject` after a duration.
    pub fn later(&mut self, wait: Duration, subject: &str, task: Task) {
        self.state.put_due(wait, self.scope.clone(), subject, task);
    }

    /// Schedules the task of a rule for `subject` as its policy defines. Returns the delay; `None` if the policy is
    /// manual.
    pub fn by_rule(&mut self, rule: &'static Rule, subject: &str) -> Option<Duration> {
        let wait = self.state.policy(rule).wait()?;
        self.later(wait, subject, rule.task);
        Some(wait)
    }

    /// As [`AccountContext::by_rule`], for processes that take business days: weekends are added to the rule's
    /// default delay. A policy that was set is used unchanged.
    pub fn by_rule_on_business_days(&mut self, rule: &'static Rule, subject: &str) -> Option<Duration> {
        let mut wait = self.state.policy(rule).wait()?;
        if self.state.chosen(rule).is_none() {
            let days = i64::try_from(wait.as_secs() / 86_400).unwrap_or_default();
            let over = after_business_days(self.now(), days) - self.now();
            wait = Duration::from_secs(u64::try_from(over).unwrap_or_default());
        }
        self.later(wait, subject, rule.task);
        Some(wait)
    }

    /// The policy of a rule.
    pub fn policy(&self, rule: &'static Rule) -> Policy {
        self.state.policy(rule)
    }

    /// Removes all scheduled tasks about `subject`.
    pub fn forget(&mut self, subject: &str) {
        self.state.forget_due(&self.scope, subject);
    }

    // Events.

    /// Creates an event about an object in its current state.
    pub fn emit(&mut self, kind: &str, object: &Json) -> Result<(), ApiError> {
        self.event(kind, object, None)
    }

    /// Creates an event about a change; no event if nothing changed.
    pub fn emit_change(&mut self, kind: &str, change: &Change) -> Result<(), ApiError> {
        // Members that events omit cannot be among their previous values.
        let mut previous = change.previous.clone();
        spec::hide_members(change.object.text("object"), &mut previous);
        match &previous {
            Json::Object(members) if members.is_empty() => Ok(()),
            previous => self.event(kind, &change.object, Some(previous)),
        }
    }

    /// Creates and returns a thin event, which contains only the id of its object. With `only`, it is sent to that
    /// destination alone, regardless of subscriptions.
    pub fn emit_thin(
        &mut self,
        kind: &str,
        related: Option<&ThinObject>,
        only: Option<&str>,
    ) -> Result<Json, ApiError> {
        self.thin(kind, related, only, json!({}))
    }

    /// Creates a thin event with members that are only shown when the event is read (`data`, `changes`).
    pub fn emit_thin_with(
        &mut self,
        kind: &str,
        related: Option<&ThinObject>,
        members: Json,
    ) -> Result<Json, ApiError> {
        self.thin(kind, related, None, members)
    }

    fn thin(
        &mut self,
        kind: &str,
        related: Option<&ThinObject>,
        only: Option<&str>,
        mut event: Json,
    ) -> Result<Json, ApiError> {
        set(&mut event, "type", kind);
        set(&mut event, "created", date_time(self.now()));
        if let Some(related) = related {
            let mut object = json!({ "type": related.kind, "url": related.url });
            if let Some(id) = &related.id {
                set(&mut object, "id", id.as_str());
            }
            set(&mut event, "related_object", object);
        }
        if let Some(cause) = &self.cause {
            // An event contains the idempotency key as text; empty if the request has none.
            let request =
                json!({ "id": cause.request, "idempotency_key": cause.key.as_deref().unwrap_or_default() });
            set(&mut event, "reason", json!({ "type": "request", "request": request }));
        }
        if !self.is_platform() {
            set(&mut event, "context", &*self.scope.account);
        }
        let event = self.create("v2.core.event", "evt_test", event)?;
        let id = event.text("id").to_owned();
        let thin = Some(only.map(str::to_owned));
        self.state.made(Unsent { scope: self.scope.clone(), id, kind: kind.to_owned(), thin });
        Ok(event)
    }

    fn event(&mut self, kind: &str, object: &Json, previous: Option<&Json>) -> Result<(), ApiError> {
        if !spec::is_event(kind) {
            return Err(ApiError::internal(format!("Stripe has no events of type {kind}.")));
        }
        // The object is stored once, not again in the event.
        let mut data = json!({ "object": {} });
        if let Some(previous) = previous {
            set(&mut data, "previous_attributes", previous.clone());
        }
        let cause = self.cause.as_ref();
        let request = json!({ "id": cause.map(|cause| &cause.request), "idempotency_key": cause.and_then(|cause| cause.key.as_deref()) });
        // Endpoints receive the event in their API version; the stored event has the account's version.
        let version = self.state.options.api_version.clone();
        let mut event = json!({ "type": kind, "pending_webhooks": 0 });
        set(&mut event, "api_version", version);
        set(&mut event, "data", data);
        set(&mut event, "request", request);
        if !self.is_platform() {
            set(&mut event, "account", &*self.scope.account);
        }
        let event = self.build("event", "evt", event)?;
        let id = event.text("id").to_owned();
        let shown = {
            let mut shown = object.clone();
            spec::hide(&mut shown, &|_| false);
            shown
        };
        self.state.keep_event(&self.scope, &event, &shown);
        self.state.made(Unsent {
            scope: self.scope.clone(),
            id: id.clone(),
            kind: kind.to_owned(),
            thin: None,
        });
        self.thin_twin(kind, object, &id)
    }

    /// Creates the thin form of a v1 event, if a destination subscribes to it; otherwise it would not be visible.
    fn thin_twin(&mut self, kind: &str, object: &Json, snapshot: &str) -> Result<(), ApiError> {
        let thin = format!("v1.{kind}");
        if !spec::is_thin_event(&thin) || !self.state.wants_thin(&self.scope, &thin) {
            return Ok(());
        }
        let related = spec::thin_object(&thin, object, &self.scope.account);
        self.thin(&thin, related.as_ref(), None, json!({ "snapshot_event": snapshot })).map(drop)
    }
}
