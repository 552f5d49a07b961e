use crate::engine::{ApiError, Json, Labelled, Packed, Scope, Slab};
use crate::spec::Upload;
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::time::Duration;

/// The minimum time that API v1 remembers a key.
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// The idempotency keys seen so far, by account and mode.
#[derive(Debug, Default)]
pub struct Keys {
    seen: Slab<Seen>,
    /// The keys with a result, in order of completion.
    order: VecDeque<u32>,
}

/// A hash in place of a longer text, to store little per request.
type Digest = [u8; 16];

fn digest<const N: usize>(text: String) -> [u8; N] {
    shortened(Sha256::new_with_prefix(text))
}

fn shortened<const N: usize>(digest: Sha256) -> [u8; N] {
    let whole: [u8; 32] = digest.finalize().into();
    std::array::from_fn(|place| whole.get(place).copied().unwrap_or_default())
}

/// The position of a key: the account and the key.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencySlot {
    digest: Digest,
    key: Box<str>,
}

impl IdempotencySlot {
    pub(crate) fn new(scope: &Scope, key: &str) -> Self {
        Self { digest: digest(format!("{} {} {key}", scope.account, scope.live)), key: key.into() }
    }
}

#[derive(Debug)]
struct Seen {
    key: Digest,
    asked: Asked,
    request: Box<str>,
    expires: i64,
    /// `None` while the first request is in progress.
    result: Option<Outcome>,
}

impl Labelled for Seen {
    type Label = Digest;

    fn label(&self) -> &Digest {
        &self.key
    }
}

/// The outcome of a request: the status and the body of its reply.
#[derive(Debug)]
pub(crate) struct Outcome {
    status: u16,
    /// Whether the request still counts as in progress for others.
    held: bool,
    body: Packed,
}

impl Outcome {
    pub(crate) fn of(status: u16, body: Packed) -> Self {
        Self { status, held: false, body }
    }
}

/// A hash of the request. It is only compared with requests with the same key, so few bytes suffice.
pub(crate) type Asked = [u8; 8];

/// The effect of a key on a request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The key is new: process the request.
    New,
    /// The request was processed: status, body and the id of the first request.
    Done(u16, Json, String),
}

impl Keys {
    /// A hash of the method, the path, the parameters and the files, independent of the order of parameters.
    pub(crate) fn asked(method: &str, path: &str, sent: &Json, uploads: &[Upload]) -> Asked {
        let mut whole = Sha256::new_with_prefix(format!("{method} {path} {sent}"));
        let mut files: Vec<_> = uploads.iter().collect();
        files.sort_by_key(|file| &file.parameter);
        for file in files {
            // Digests have a fixed length, so the boundary between files is unambiguous.
            whole.update(Sha256::digest(&file.content));
        }
        shortened(whole)
    }

    /// The effect of a key on this request.
    pub(crate) fn check(
        &self,
        place: &IdempotencySlot,
        asked: &Asked,
        in_use_kind: &'static str,
    ) -> Result<Verdict, ApiError> {
        let key = &place.key;
        if key.chars().count() > 255 {
            return Err(ApiError::new(
                400,
                "idempotency_error",
                "The idempotency key is longer than 255 characters.",
            ));
        }
        let seen = self.seen.find(&place.digest).and_then(|number| self.seen.get(number));
        let Some(seen) = seen else { return Ok(Verdict::New) };
        if seen.asked != *asked {
            let message = format!(
                "The idempotency key '{key}' was used before for a different request. A key belongs to one endpoint and \
                 one set of parameters; a new request needs a new key."
            );
            return Err(ApiError::new(400, "idempotency_error", message));
        }
        match &seen.result {
            Some(Outcome { status, held: false, body }) => {
                Ok(Verdict::Done(*status, body.value(), seen.request.to_string()))
            }
            _ => {
                let message = format!("Another request with the idempotency key '{key}' is in progress.");
                Err(ApiError::new(409, in_use_kind, message).code("idempotency_key_in_use"))
            }
        }
    }

    /// Records that a request with a key has begun.
    pub(crate) fn begin(
        &mut self,
        place: &IdempotencySlot,
        asked: Asked,
        request: &str,
        now: i64,
        lifetime: Duration,
    ) {
        let expires = now.saturating_add(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX));
        let key = place.digest;
        self.forget(&key);
        let number = self.seen.number();
        self.seen.set(number, Seen { key, asked, request: request.into(), expires, result: None });
    }

    fn forget(&mut self, key: &Digest) {
        if let Some(number) = self.seen.find(key) {
            self.seen.take(number);
        }
    }

    /// The record of a key, if it belongs to that request.
    fn of_request(&mut self, place: &IdempotencySlot, request: &str) -> Option<&mut Seen> {
        let seen = self.seen.get_mut(self.seen.find(&place.digest)?)?;
        Some(seen).filter(|seen| *seen.request == *request)
    }

    /// Records the result of a request; `None` removes the key, if the result must not be kept.
    pub(crate) fn finish(&mut self, place: &IdempotencySlot, result: Option<Outcome>) {
        match result {
            Some(result) => {
                let Some(number) = self.seen.find(&place.digest) else { return };
                if let Some(seen) = self.seen.get_mut(number) {
                    seen.result = Some(result);
                    self.order.push_back(number);
                }
            }
            None => self.forget(&place.digest),
        }
    }

    /// Makes a completed request count as in progress until its reply is sent. Returns whether it was completed.
    pub(crate) fn hold(&mut self, place: &IdempotencySlot, request: &str) -> bool {
        self.set_held(place, request, true)
    }

    /// The reply is sent: ends the hold.
    pub(crate) fn release(&mut self, place: &IdempotencySlot, request: &str) {
        self.set_held(place, request, false);
    }

    fn set_held(&mut self, place: &IdempotencySlot, request: &str, held: bool) -> bool {
        let result = self.of_request(place, request).and_then(|seen| seen.result.as_mut());
        result.map(|result| result.held = held).is_some()
    }

    /// Replaces the stored body of a request's reply with one that includes later changes.
    pub(crate) fn amend(&mut self, place: &IdempotencySlot, request: &str, body: &Json) {
        if let Some(kept) = self.of_request(place, request).and_then(|seen| seen.result.as_mut()) {
            kept.body = Packed::of(body, None);
        }
    }

    /// Drops the oldest results beyond `most`.
    pub(crate) fn keep(&mut self, most: usize) {
        while self.order.len() > most {
            let oldest = self.order.pop_front().and_then(|number| self.seen.get(number));
            if let Some(key) = oldest.map(|seen| seen.key) {
                self.forget(&key);
            }
        }
    }

    /// Drops the results that have expired.
    pub(crate) fn forget_before(&mut self, now: i64) {
        self.seen.retain(|seen| seen.expires > now);
        self.order.retain(|number| self.seen.get(*number).is_some());
    }
}
