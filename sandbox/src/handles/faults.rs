use super::Sandbox;
use crate::router::{ERRORS, Effect, Fault, Phase, RateLimit};
use std::time::Duration;
use stripe_platform::Request;

impl Sandbox {
    /// Plans faults.
    ///
    /// ```
    /// use stripe_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::start();
    /// sandbox.faults().on("PostTopups").times(2).reset_after_commit();
    /// sandbox.faults().on_request::<stripe_platform::payout::Create>().lock_timeout();
    /// ```
    pub fn faults(&self) -> FaultPlan<'_> {
        FaultPlan { sandbox: self, fault: Fault::new(Phase::Before, Effect::Reset) }
    }
}

/// Plans one fault: first where and how often, then the effect. By default it hits the next request to any operation
/// of the API, but not hosted pages. Several faults can be planned; of those that match a request, the oldest is
/// used.
#[derive(Debug)]
#[must_use = "no fault is planned until an effect is chosen"]
pub struct FaultPlan<'s> {
    sandbox: &'s Sandbox,
    fault: Fault,
}

impl FaultPlan<'_> {
    /// Whether all planned faults have happened.
    pub fn is_empty(&self) -> bool {
        self.sandbox.state().faults.is_empty()
    }

    /// Limits it to an operation, by id (`PostTopups`) or by method and path (`POST /v1/topups`). The contents of
    /// files are `GET /v1/files/{file}/contents`.
    ///
    /// # Panics
    /// If the operation does not exist; the message names the closest one.
    #[track_caller]
    pub fn on(mut self, operation: impl AsRef<str>) -> Self {
        match Fault::target(operation.as_ref()) {
            Ok(target) => self.fault.operation = Some(target),
            Err(nearest) => {
                panic!("unknown operation `{}`; the closest is `{nearest}`", operation.as_ref())
            }
        }
        self
    }

    /// Limits it to requests of this type.
    pub fn on_request<R: Request>(mut self) -> Self {
        self.fault.operation = Some(R::OPERATION.id.to_owned());
        self
    }

    /// Limits it to requests for this account.
    ///
    /// # Panics
    /// If the account does not exist.
    #[track_caller]
    pub fn account(mut self, account: impl AsRef<str>) -> Self {
        self.sandbox.demand_account(account.as_ref());
        self.fault.account = Some(account.as_ref().to_owned());
        self
    }

    /// Hits this number of requests.
    pub fn times(mut self, times: u32) -> Self {
        self.fault.times = times;
        self
    }

    /// Skips this number of matching requests first.
    pub fn after(mut self, skip: u32) -> Self {
        self.fault.skip = skip;
        self
    }

    /// Hits this percentage of matching requests.
    ///
    /// # Panics
    /// If it exceeds 100.
    #[track_caller]
    pub fn percent(mut self, percent: u8) -> Self {
        assert!(percent <= 100, "`percent` must be at most 100, not {percent}");
        self.fault.percent = percent;
        self
    }

    /// Plans any effect, before or after processing.
    ///
    /// # Panics
    /// If it is a status outside of 400 to 599.
    #[track_caller]
    pub fn plan(mut self, phase: Phase, effect: Effect) {
        if let Effect::Status { status, .. } = &effect {
            assert!(
                ERRORS.contains(status),
                "the status of a planned error must be from 400 to 599, not {status}"
            );
        }
        self.fault.phase = phase;
        self.fault.effect = effect;
        self.sandbox.state().faults.plan(self.fault);
    }

    /// An error with this status, before the request is processed.
    ///
    /// # Panics
    /// If it is not from 400 to 599.
    #[track_caller]
    pub fn status(self, status: u16) {
        self.plan(Phase::Before, Effect::Status { status, retry_after: None, should_retry: None });
    }

    /// An error with this status, after the request is processed.
    ///
    /// # Panics
    /// If it is not from 400 to 599.
    #[track_caller]
    pub fn status_after_commit(self, status: u16) {
        self.plan(Phase::After, Effect::Status { status, retry_after: None, should_retry: None });
    }

    /// An error with this status and a `Retry-After` header, in whole seconds.
    ///
    /// # Panics
    /// If it is not from 400 to 599.
    #[track_caller]
    pub fn retry_after(self, status: u16, wait: Duration) {
        let retry_after = Some(wait.as_secs());
        self.plan(Phase::Before, Effect::Status { status, retry_after, should_retry: None });
    }

    /// An error with this status and a `Stripe-Should-Retry` header.
    ///
    /// # Panics
    /// If it is not from 400 to 599.
    #[track_caller]
    pub fn should_retry(self, status: u16, should: bool) {
        self.plan(Phase::Before, Effect::Status { status, retry_after: None, should_retry: Some(should) });
    }

    /// 429: a limit was exceeded.
    pub fn rate_limited(self, reason: RateLimit) {
        self.plan(Phase::Before, Effect::RateLimited(reason));
    }

    /// 429 with code `lock_timeout`: another request holds the object.
    pub fn lock_timeout(self) {
        self.plan(Phase::Before, Effect::LockTimeout);
    }

    /// 409: another request with the same idempotency key is in progress.
    pub fn key_in_use(self) {
        self.plan(Phase::Before, Effect::KeyInUse);
    }

    /// Resets the connection before the request is processed.
    pub fn reset(self) {
        self.plan(Phase::Before, Effect::Reset);
    }

    /// Resets the connection after the request is processed, so that the client does not receive the reply.
    pub fn reset_after_commit(self) {
        self.plan(Phase::After, Effect::Reset);
    }

    /// Sends no reply and does not process the request.
    pub fn stall(self) {
        self.plan(Phase::Before, Effect::Stall);
    }

    /// Processes the request, but sends no reply.
    pub fn stall_after_commit(self) {
        self.plan(Phase::After, Effect::Stall);
    }

    /// Processes the request and truncates the body of the reply after this number of bytes.
    pub fn truncate(self, bytes: usize) {
        self.plan(Phase::After, Effect::Truncate(bytes));
    }

    /// Processes the request immediately and delays the reply.
    pub fn delay(self, delay: Duration) {
        self.plan(Phase::After, Effect::Delay(delay));
    }

    /// Delays the processing of the request.
    pub fn delay_before(self, delay: Duration) {
        self.plan(Phase::Before, Effect::Delay(delay));
    }

    /// Removes all planned faults.
    pub fn clear(self) {
        self.sandbox.state().faults.clear();
    }
}
