//! Atomic requests: the changes of a request are rolled back if it fails.

use super::{LogEntry, PendingAuthorization, State};
use crate::engine::{ApiError, Scope};
use std::sync::Arc;

/// The changes since a request began. Objects, money and scheduled tasks have separate logs.
#[derive(Debug, Default)]
pub(crate) struct UndoLog {
    scopes: Vec<Scope>,
    connections: Vec<(Arc<str>, bool)>,
    plans: Vec<(Scope, bool)>,
    questions: Vec<PendingAuthorization>,
    journal: usize,
    events: usize,
    unsent: Vec<Unsent>,
}

/// An event that is sent to listeners after the request succeeded.
#[derive(Debug, Clone)]
pub(crate) struct Unsent {
    pub(crate) scope: Scope,
    pub(crate) id: String,
    pub(crate) kind: String,
    /// For a v2 event: the only destination that receives it, if it is limited to one.
    pub(crate) thin: Option<Option<String>>,
}

impl UndoLog {
    /// Logs that notes of this scope's objects change.
    pub(crate) fn touch(&mut self, scope: &Scope) {
        if !self.scopes.contains(scope) {
            self.scopes.push(scope.clone());
        }
    }
}

impl State {
    /// Runs `work` atomically: its changes are rolled back if it fails, unless the error is marked as lasting.
    pub fn attempt<T>(
        &mut self,
        context: impl FnOnce(&mut Self) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if !self.begin() {
            return context(self);
        }
        let done = context(self);
        self.end(done.as_ref().map_or_else(|refusal| refusal.lasting, |_| true));
        done
    }

    /// Starts a transaction; returns `false` if one is active.
    pub(crate) fn begin(&mut self) -> bool {
        if self.trail.is_some() {
            return false;
        }
        let (questions, journal, events) =
            (self.questions.clone(), self.journal.len(), self.latest_events.len());
        self.trail = Some(UndoLog { questions, journal, events, ..UndoLog::default() });
        self.ledger.begin();
        self.agenda.begin();
        true
    }

    /// Ends the transaction started by [`State::begin`]: keeps its changes and sends its events, or reverts them.
    pub(crate) fn end(&mut self, keep: bool) {
        let Some(trail) = self.trail.take() else { return };
        self.ledger.end(keep);
        self.agenda.end(keep);
        for scope in &trail.scopes {
            if let Some(store) = self.stores.get_mut(scope) {
                store.end(keep);
                store.rest();
            }
        }
        if keep {
            trail.unsent.iter().for_each(|event| self.send_event(event));
            return;
        }
        for (account, was) in trail.connections.into_iter().rev() {
            let _ = if was { self.connected.insert(account) } else { self.connected.remove(&account) };
        }
        for (scope, was) in trail.plans.into_iter().rev() {
            self.plan_is_known(scope, was);
        }
        self.questions = trail.questions;
        self.journal.truncate(trail.journal);
        self.latest_events.truncate(trail.events);
    }

    /// Sends an event to listeners, now or when the transaction ends.
    pub(crate) fn tell(&mut self, event: Unsent) {
        match &mut self.trail {
            Some(trail) => trail.unsent.push(event),
            None => self.send_event(&event),
        }
    }

    pub(crate) fn note_connection(&mut self, account: Arc<str>, was: bool) {
        if let Some(trail) = &mut self.trail {
            trail.connections.push((account, was));
        }
    }

    /// Remembers whether the next automatic payout of an account is scheduled.
    pub(crate) fn plan_is_known(&mut self, scope: Scope, is: bool) {
        let was = match is {
            true => !self.watched.paid_out.insert(scope.clone()),
            false => self.watched.paid_out.remove(&scope),
        };
        if let Some(trail) = &mut self.trail {
            trail.plans.push((scope, was));
        }
    }

    /// Adds an event to the journal and sends it to listeners.
    pub(crate) fn made(&mut self, event: Unsent) {
        let id = self.shared_id(&event.scope, &event.id);
        let scope = self.shared_scope(&event.scope);
        self.note(LogEntry::Event { scope, id });
        self.tell(event);
    }
}
