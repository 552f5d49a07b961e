use crate::sandbox::core::{Json, Refusal, Scope};
use bytes::Bytes;
use std::collections::HashMap;
use std::time::Duration;

/// How long v1 remembers a key at least.
pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// The idempotency keys that were seen, per account and mode.
#[derive(Debug, Default)]
pub struct Keys {
    seen: HashMap<(Scope, String), Seen>,
}

#[derive(Debug)]
struct Seen {
    asked: String,
    request: String,
    expires: i64,
    /// `None` while the first request is still under way.
    result: Option<(u16, Bytes)>,
}

/// What a key means for a request.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is new: do the work.
    New,
    /// It was done: status, body and the id of the first request.
    Done(u16, Bytes, String),
}

impl Keys {
    /// One text per call: the operation with its path, and the parameters whatever their order.
    pub(super) fn asked(method: &str, path: &str, sent: &Json) -> String {
        format!("{method} {path} {sent}")
    }

    /// What a key means for what is asked now.
    pub(super) fn check(
        &self,
        scope: &Scope,
        key: &str,
        asked: &str,
        in_use_kind: &'static str,
    ) -> Result<Verdict, Refusal> {
        if key.chars().count() > 255 {
            return Err(Refusal::new(
                400,
                "idempotency_error",
                "An idempotency key has at most 255 characters.",
            ));
        }
        let Some(seen) = self.seen.get(&(scope.clone(), key.to_owned())) else { return Ok(Verdict::New) };
        if seen.asked != asked {
            let message = format!(
                "The idempotency key '{key}' was used before for a different request. A key goes with one endpoint and \
                 one set of parameters; a new request needs a new key."
            );
            return Err(Refusal::new(400, "idempotency_error", message));
        }
        match &seen.result {
            Some((status, body)) => Ok(Verdict::Done(*status, body.clone(), seen.request.clone())),
            None => {
                let message = format!("Another request with the idempotency key '{key}' is still under way.");
                Err(Refusal::new(409, in_use_kind, message).code("idempotency_key_in_use"))
            }
        }
    }

    /// Remembers that a request with a key has begun.
    pub(super) fn begin(
        &mut self,
        scope: &Scope,
        key: &str,
        asked: String,
        request: &str,
        now: i64,
        lifetime: Duration,
    ) {
        let expires = now.saturating_add(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX));
        let seen = Seen { asked, request: request.to_owned(), expires, result: None };
        self.seen.insert((scope.clone(), key.to_owned()), seen);
    }

    /// Remembers what came of it; nothing, if the result is not one to be kept.
    pub(super) fn finish(&mut self, scope: &Scope, key: &str, result: Option<(u16, Bytes)>) {
        let place = (scope.clone(), key.to_owned());
        match result {
            Some(result) => drop(self.seen.get_mut(&place).map(|seen| seen.result = Some(result))),
            None => drop(self.seen.remove(&place)),
        }
    }

    /// Puts another body in the place of what came of a request: what happened after it belongs to its answer.
    pub(crate) fn amend(&mut self, request: &str, body: &Bytes) {
        for seen in self.seen.values_mut().filter(|seen| seen.request == request) {
            if let Some((_, kept)) = &mut seen.result {
                *kept = body.clone();
            }
        }
    }

    /// Forgets what has been kept long enough.
    pub(crate) fn forget_before(&mut self, now: i64) {
        self.seen.retain(|_, seen| seen.expires > now);
    }
}
