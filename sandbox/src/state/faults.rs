use crate::engine::{ApiError, Ids};
use crate::spec;
use crate::state::wire::{Ending, Wire};
use std::ops::RangeInclusive;
use std::time::Duration;

/// The name of the download of a file, which the document does not have.
pub(crate) const CONTENTS: &str = "GET /v1/files/{file}/contents";

/// Whether the work of a request is done before the fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is done.
    Before,
    /// All is done, and kept under the idempotency key; only the answer suffers.
    After,
}

/// Which limit a 429 names in `Stripe-Rate-Limited-Reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimit {
    /// Requests a second, of the account.
    GlobalRate,
    /// Requests at a time, of the account.
    GlobalConcurrency,
    /// Requests a second, of the endpoint.
    EndpointRate,
    /// Requests at a time, of the endpoint.
    EndpointConcurrency,
    /// A limit of the one object.
    ResourceSpecific,
}

impl RateLimit {
    /// As the header says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GlobalRate => "global-rate",
            Self::GlobalConcurrency => "global-concurrency",
            Self::EndpointRate => "endpoint-rate",
            Self::EndpointConcurrency => "endpoint-concurrency",
            Self::ResourceSpecific => "resource-specific",
        }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// An error with this status, and perhaps headers that advise on a retry.
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
        /// `Stripe-Should-Retry`.
        should_retry: Option<bool>,
    },
    /// 429, over a limit.
    RateLimited(RateLimit),
    /// 429 with code `lock_timeout`: another request holds the object.
    LockTimeout,
    /// 409: the idempotency key is in use.
    KeyInUse,
    /// The answer comes late.
    Delay(Duration),
    /// The answer never comes.
    Stall,
    /// Only so many bytes of the body come.
    Truncate(usize),
    /// The connection is reset.
    Reset,
}

/// What a planned fault made of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoiled {
    /// It is an error that nothing but the plan caused.
    Refused,
    /// It came late.
    Late,
    /// It never came.
    Stalled,
    /// It broke off.
    Truncated,
    /// The connection was reset in its place.
    Reset,
}

/// The statuses that a planned error can have.
pub(crate) const ERRORS: RangeInclusive<u16> = 400..=599;

/// One planned fault: where, how often, when, and what.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The id of the operation, or `GET /v1/files/{file}/contents`; any if `None`.
    pub operation: Option<String>,
    /// The account; any if `None`.
    pub account: Option<String>,
    /// Matching requests that pass unharmed first.
    pub skip: u32,
    /// How often it hits.
    pub times: u32,
    /// In how many of a hundred matching requests it hits.
    pub percent: u8,
    /// Before or after the work.
    pub phase: Phase,
    /// What goes wrong.
    pub effect: Effect,
}

impl Fault {
    /// A fault that hits the next request to any operation.
    pub fn new(phase: Phase, effect: Effect) -> Self {
        Self { operation: None, account: None, skip: 0, times: 1, percent: 100, phase, effect }
    }

    /// What [`Fault::operation`] must be for what is called so: an operation by its id or by its method and path, or the
    /// contents of files, whose address no document tells.
    ///
    /// # Errors
    /// What comes nearest, if there is none.
    pub fn target(name: &str) -> Result<String, String> {
        if name == CONTENTS {
            Ok(name.to_owned())
        } else {
            spec::named(name).map(|found| found.id.to_owned())
        }
    }

    /// Whether it only lets the request lie before its work.
    pub(crate) fn waits_first(&self) -> bool {
        self.phase == Phase::Before && matches!(self.effect, Effect::Delay(_))
    }
}

/// The faults that are planned.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    planned: Vec<Fault>,
}

impl Faults {
    /// Plans a fault.
    pub fn plan(&mut self, fault: Fault) {
        self.planned.push(fault);
    }

    /// Forgets all that are planned.
    pub fn clear(&mut self) {
        self.planned.clear();
    }

    /// Whether any is still to come.
    pub fn is_empty(&self) -> bool {
        self.planned.is_empty()
    }

    /// The fault of those that `wanted` says which hits a request, used up by one.
    pub(crate) fn take(
        &mut self,
        operation: &str,
        account: &str,
        ids: &mut Ids,
        wanted: impl Fn(&Fault) -> bool,
    ) -> Option<Fault> {
        let mut hit = None;
        for fault in &mut self.planned {
            let fits = fault.operation.as_deref().is_none_or(|wanted| wanted == operation)
                && fault.account.as_deref().is_none_or(|wanted| wanted == account);
            if !fits || fault.times == 0 || !wanted(fault) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if fault.percent >= 100 || ids.below(100) < u64::from(fault.percent) {
                fault.times -= 1;
                hit = Some(fault.clone());
                break;
            }
        }
        self.planned.retain(|fault| fault.times > 0);
        hit
    }
}

impl Effect {
    /// The reply that takes the place of the real one, if there is one.
    pub(crate) fn refusal(&self, in_use_kind: &'static str) -> Option<ApiError> {
        Some(match self {
            Self::Status { status, retry_after, should_retry } => {
                let kind = match status {
                    402 => "card_error",
                    500.. => "api_error",
                    _ => "invalid_request_error",
                };
                let mut refusal = ApiError::new(*status, kind, "This fault was planned in the sandbox.");
                if let Some(seconds) = retry_after {
                    refusal = refusal.header("retry-after", seconds.to_string());
                }
                if let Some(should) = should_retry {
                    refusal = refusal.header("stripe-should-retry", should.to_string());
                }
                refusal
            }
            Self::RateLimited(limit) => {
                ApiError::new(429, "invalid_request_error", "Too many requests at once.")
                    .code("rate_limit")
                    .header("stripe-rate-limited-reason", limit.as_str())
            }
            Self::LockTimeout => {
                let message = "The object is in use by another request; it was not freed in time.";
                ApiError::new(429, "invalid_request_error", message).code("lock_timeout")
            }
            Self::KeyInUse => {
                let message = "Another request with this idempotency key is still under way.";
                ApiError::new(409, in_use_kind, message).code("idempotency_key_in_use")
            }
            _ => return None,
        })
    }

    /// What it makes of an answer.
    pub(crate) fn spoils(&self) -> Spoiled {
        match self {
            Self::Status { .. } | Self::RateLimited(_) | Self::LockTimeout | Self::KeyInUse => {
                Spoiled::Refused
            }
            Self::Delay(_) => Spoiled::Late,
            Self::Stall => Spoiled::Stalled,
            Self::Truncate(_) => Spoiled::Truncated,
            Self::Reset => Spoiled::Reset,
        }
    }

    /// What the transport does.
    pub(crate) fn wire(&self) -> Wire {
        let (delay, ending) = match self {
            Self::Delay(delay) => (*delay, Ending::Whole),
            Self::Stall => (Duration::ZERO, Ending::Stalled),
            Self::Truncate(bytes) => (Duration::ZERO, Ending::Truncated(*bytes)),
            Self::Reset => (Duration::ZERO, Ending::Reset),
            _ => (Duration::ZERO, Ending::Whole),
        };
        Wire { delay, ending }
    }
}
