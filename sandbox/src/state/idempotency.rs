use crate::engine::{ApiError, Json, Labelled, Packed, Scope, Slab};
use crate::spec::Upload;
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::time::Duration;

/// How long v1 remembers a key at least.
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// The idempotency keys that were seen, per account and mode.
#[derive(Debug, Default)]
pub struct Keys {
    seen: Slab<Seen>,
    /// What has a result, in the order in which it came.
    order: VecDeque<u32>,
}

/// What stands for a longer text, so that little is kept of each request.
type Digest = [u8; 16];

fn digest<const N: usize>(text: String) -> [u8; N] {
    shortened(Sha256::new_with_prefix(text))
}

fn shortened<const N: usize>(digest: Sha256) -> [u8; N] {
    let whole: [u8; 32] = digest.finalize().into();
    std::array::from_fn(|place| whole.get(place).copied().unwrap_or_default())
}

/// Where a key is kept: whose it is, and its text.
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
    /// `None` while the first request has no result.
    result: Option<Outcome>,
}

impl Labelled for Seen {
    type Label = Digest;

    fn label(&self) -> &Digest {
        &self.key
    }
}

/// What came of a request: the status and the body of its reply.
#[derive(Debug)]
pub(crate) struct Outcome {
    status: u16,
    /// Whether the request is still under way for others.
    held: bool,
    body: Packed,
}

impl Outcome {
    pub(crate) fn of(status: u16, body: Packed) -> Self {
        Self { status, held: false, body }
    }
}

/// What was asked. It is only compared with what comes with the same key, so less of it is enough.
pub(crate) type Asked = [u8; 8];

/// What a key means for a request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is new: do the work.
    New,
    /// It was done: status, body and the id of the first request.
    Done(u16, Json, String),
}

impl Keys {
    /// One value per call: the operation with its path, and the parameters and the contents of files whatever their
    /// order.
    pub(crate) fn asked(method: &str, path: &str, sent: &Json, uploads: &[Upload]) -> Asked {
        let mut whole = Sha256::new_with_prefix(format!("{method} {path} {sent}"));
        let mut files: Vec<_> = uploads.iter().collect();
        files.sort_by_key(|file| &file.parameter);
        for file in files {
            // Digests are of one length, so nothing of one file can be taken for a part of the next.
            whole.update(Sha256::digest(&file.content));
        }
        shortened(whole)
    }

    /// What a key means for what is asked now.
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
                "An idempotency key has at most 255 characters.",
            ));
        }
        let seen = self.seen.find(&place.digest).and_then(|number| self.seen.get(number));
        let Some(seen) = seen else { return Ok(Verdict::New) };
        if seen.asked != *asked {
            let message = format!(
                "The idempotency key '{key}' was used before for a different request. A key goes with one endpoint and \
                 one set of parameters; a new request needs a new key."
            );
            return Err(ApiError::new(400, "idempotency_error", message));
        }
        match &seen.result {
            Some(Outcome { status, held: false, body }) => {
                Ok(Verdict::Done(*status, body.value(), seen.request.to_string()))
            }
            _ => {
                let message = format!("Another request with the idempotency key '{key}' is still under way.");
                Err(ApiError::new(409, in_use_kind, message).code("idempotency_key_in_use"))
            }
        }
    }

    /// Remembers that a request with a key has begun.
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

    /// What is remembered of a key, if it is of that request.
    fn of_request(&mut self, place: &IdempotencySlot, request: &str) -> Option<&mut Seen> {
        let seen = self.seen.get_mut(self.seen.find(&place.digest)?)?;
        Some(seen).filter(|seen| *seen.request == *request)
    }

    /// Remembers what came of it; nothing, if the result is not one to be kept.
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

    /// Lets a request that is done be under way for others, because its answer is not out yet. Tells whether it is.
    pub(crate) fn hold(&mut self, place: &IdempotencySlot, request: &str) -> bool {
        self.set_held(place, request, true)
    }

    /// The answer goes out now.
    pub(crate) fn release(&mut self, place: &IdempotencySlot, request: &str) {
        self.set_held(place, request, false);
    }

    fn set_held(&mut self, place: &IdempotencySlot, request: &str, held: bool) -> bool {
        let result = self.of_request(place, request).and_then(|seen| seen.result.as_mut());
        result.map(|result| result.held = held).is_some()
    }

    /// Puts another body in the place of what came of a request: what happened after it belongs to its answer.
    pub(crate) fn amend(&mut self, place: &IdempotencySlot, request: &str, body: &Json) {
        if let Some(kept) = self.of_request(place, request).and_then(|seen| seen.result.as_mut()) {
            kept.body = Packed::of(body, None);
        }
    }

    /// Forgets the oldest results beyond this many.
    pub(crate) fn keep(&mut self, most: usize) {
        while self.order.len() > most {
            let oldest = self.order.pop_front().and_then(|number| self.seen.get(number));
            if let Some(key) = oldest.map(|seen| seen.key) {
                self.forget(&key);
            }
        }
    }

    /// Forgets what has been kept long enough.
    pub(crate) fn forget_before(&mut self, now: i64) {
        self.seen.retain(|seen| seen.expires > now);
        self.order.retain(|number| self.seen.get(*number).is_some());
    }
}
