use crate::engine::{ApiError, Ids};
use crate::spec;
use crate::state::wire::{Ending, Wire};
use std::ops::RangeInclusive;
use std::time::Duration;

/// The name of the download of a file, which is not in the API document.
pub(crate) const CONTENTS: &str = "GET /v1/files/{file}/contents";

/// Whether a request is processed before the fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The request is not processed.
    Before,
    /// The request is processed and its idempotency key kept; only the reply fails.
    After,
}

/// The limit that a 429 names in `Stripe-Rate-Limited-Reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimit {
    /// Requests per second, of the account.
    GlobalRate,
    /// Concurrent requests, of the account.
    GlobalConcurrency,
    /// Requests per second, of the endpoint.
    EndpointRate,
    /// Concurrent requests, of the endpoint.
    EndpointConcurrency,
    /// A limit of a single object.
    ResourceSpecific,
}

impl RateLimit {
    /// The value of the header.
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

/// The effect of a fault.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// An error with this status, and optional headers about retries.
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
        /// `Stripe-Should-Retry`.
        should_retry: Option<bool>,
    },
    /// 429, a limit was exceeded.
    RateLimited(RateLimit),
    /// 429 with code `lock_timeout`: another request holds the object.
    LockTimeout,
    /// 409: the idempotency key is in use.
    KeyInUse,
    /// The reply is delayed.
    Delay(Duration),
    /// No reply is sent.
    Stall,
    /// The reply ends after this many bytes of the body.
    Truncate(usize),
    /// The connection is reset.
    Reset,
}

/// The effect of a planned fault on a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoiled {
    /// The reply is the planned error.
    Refused,
    /// The reply was delayed.
    Late,
    /// No reply was sent.
    Stalled,
    /// The reply was truncated.
    Truncated,
    /// The connection was reset instead of a reply.
    Reset,
}

/// The statuses that a planned error may have.
pub(crate) const ERRORS: RangeInclusive<u16> = 400..=599;

/// A planned fault: where, how often, when, and with which effect.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The id of the operation, or `GET /v1/files/{file}/contents`; `None` for any.
    pub operation: Option<String>,
    /// The account; `None` for any.
    pub account: Option<String>,
    /// The number of matching requests that are skipped first.
    pub skip: u32,
    /// How many requests it hits.
    pub times: u32,
    /// The percentage of matching requests that it hits.
    pub percent: u8,
    /// Before or after the request is processed.
    pub phase: Phase,
    /// The effect.
    pub effect: Effect,
}

impl Fault {
    /// Creates a fault that hits the next request to any operation.
    pub fn new(phase: Phase, effect: Effect) -> Self {
        Self { operation: None, account: None, skip: 0, times: 1, percent: 100, phase, effect }
    }

    /// Resolves the value of [`Fault::operation`]: an operation by its id or by its method and path, or the download
    /// of a file, which is not in the API document.
    ///
    /// # Errors
    /// The closest match, if there is none.
    pub fn target(name: &str) -> Result<String, String> {
        if name == CONTENTS {
            Ok(name.to_owned())
        } else {
            spec::named(name).map(|found| found.id.to_owned())
        }
    }

    /// Whether it only delays the request before processing.
    pub(crate) fn waits_first(&self) -> bool {
        self.phase == Phase::Before && matches!(self.effect, Effect::Delay(_))
    }
}

/// The planned faults.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    planned: Vec<Fault>,
}

impl Faults {
    /// Plans a fault.
    pub fn plan(&mut self, fault: Fault) {
        self.planned.push(fault);
    }

    /// Removes all planned faults.
    pub fn clear(&mut self) {
        self.planned.clear();
    }

    /// The planned faults, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.planned.iter()
    }

    /// Whether no fault is left.
    pub fn is_empty(&self) -> bool {
        self.planned.is_empty()
    }

    /// Takes the fault that hits a request, among those that `wanted` accepts, and counts its use.
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
    /// The error that replaces the reply, if any.
    pub(crate) fn refusal(&self, in_use_kind: &'static str) -> Option<ApiError> {
        Some(match self {
            Self::Status { status, retry_after, should_retry } => {
                let kind = match status {
                    402 => "card_error",
                    500.. => "api_error",
                    _ => "invalid_request_error",
                };
                let mut refusal =
                    ApiError::new(*status, kind, "This error was planned as a fault in the sandbox.");
                if let Some(seconds) = retry_after {
                    refusal = refusal.header("retry-after", seconds.to_string());
                }
                if let Some(should) = should_retry {
                    refusal = refusal.header("stripe-should-retry", should.to_string());
                }
                refusal
            }
            Self::RateLimited(limit) => ApiError::new(429, "invalid_request_error", "Too many requests.")
                .code("rate_limit")
                .header("stripe-rate-limited-reason", limit.as_str()),
            Self::LockTimeout => {
                let message = "The object is locked by another request. Try again later.";
                ApiError::new(429, "invalid_request_error", message).code("lock_timeout")
            }
            Self::KeyInUse => {
                let message = "Another request with this idempotency key is in progress.";
                ApiError::new(409, in_use_kind, message).code("idempotency_key_in_use")
            }
            _ => return None,
        })
    }

    /// The effect on the reply.
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

    /// The instructions to the transport.
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
