use std::time::Duration;

/// A number of days, for [`Sandbox::advance`](super::Sandbox::advance).
pub const fn days(count: u64) -> Duration {
    hours(count.saturating_mul(24))
}

/// A number of hours.
pub const fn hours(count: u64) -> Duration {
    minutes(count.saturating_mul(60))
}

/// A number of minutes.
pub const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count.saturating_mul(60))
}
