//! How long Stripe remembers idempotency keys.

use crate::types::method::Method;
use crate::{Prepared, Timestamp};
use std::time::Duration;

/// Version 1 of the API stores idempotency keys for at least 24 hours. One hour is reserved for clock differences and
/// the call.
const V1: Duration = Duration::from_secs(23 * 3600);
/// Version 2 stores them for 30 days. One day is reserved.
const V2: Duration = Duration::from_secs(29 * 24 * 3600);
/// The maximum clock difference between two machines.
const SKEW: i64 = 60;

/// Whether Stripe still stores the idempotency key of a prepared request; see [`Prepared::key_age`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)]
pub enum KeyAge {
    /// Stripe still stores the key if it received it: sending the request again has no second effect.
    Known,
    /// Stripe may have dropped the key and would repeat the operation. Look for its effect instead.
    Forgotten,
    /// Unknown, because the request was stored in the future: one of the clocks is wrong. Treat it as
    /// [`KeyAge::Forgotten`].
    Unclear,
}

impl Prepared {
    /// Whether a request stored at `stored` can be sent again at `now` without a second effect.
    ///
    /// Store the time together with the request, before the first attempt.
    ///
    /// ```
    /// # fn main() -> Result<(), stripe_platform::Error> {
    /// use stripe_platform::{Client, Currency, KeyAge, Timestamp, payout};
    ///
    /// let client = Client::new("sk_test_123")?;
    /// let request = client.prepare(&payout::Create::new(1000, Currency::USD))?;
    /// let stored = Timestamp::new(1_767_225_600);
    /// let hours = |hours: i64| Timestamp::new(stored.as_seconds() + hours * 3600);
    /// assert_eq!(request.key_age(stored, hours(1)), KeyAge::Known);
    /// assert_eq!(request.key_age(stored, hours(24)), KeyAge::Forgotten);
    /// assert_eq!(request.key_age(stored, hours(-1)), KeyAge::Unclear);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A read-only request can always be sent again; a request without an effective key (a DELETE of version 1) never
    /// can. Stored refusals are described at [`Prepared`].
    pub fn key_age(&self, stored: Timestamp, now: Timestamp) -> KeyAge {
        let is_v2 = self.0.template.starts_with("/v2/");
        if self.method() == Method::Get {
            return KeyAge::Known;
        }
        if self.idempotency_key().is_none() || (self.method() == Method::Delete && !is_v2) {
            return KeyAge::Forgotten;
        }
        let age = now.as_seconds().saturating_sub(stored.as_seconds());
        let kept = if is_v2 { V2 } else { V1 };
        match u64::try_from(age) {
            Ok(age) if age <= kept.as_secs() => KeyAge::Known,
            Ok(_) => KeyAge::Forgotten,
            Err(_) if age >= -SKEW => KeyAge::Known,
            Err(_) => KeyAge::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, Error};

    fn age(method: Method, path: &str, age: i64) -> Result<KeyAge, Error> {
        let request = Client::new("sk_test_1")?.raw(method, path).prepare()?;
        let now = 1_767_225_600_i64;
        Ok(request.key_age(Timestamp::new(now.saturating_sub(age)), Timestamp::new(now)))
    }

    #[test]
    fn keys_are_known_for_a_day_and_in_version_2_for_a_month() -> Result<(), Error> {
        let hour = 3600;
        let day = 24 * hour;
        for (method, path, seconds, expected) in [
            (Method::Post, "/v1/payouts", 0, KeyAge::Known),
            (Method::Post, "/v1/payouts", 23 * hour, KeyAge::Known),
            (Method::Post, "/v1/payouts", 23 * hour + 1, KeyAge::Forgotten),
            // Clocks differ by some seconds; a larger difference means a wrong clock.
            (Method::Post, "/v1/payouts", -60, KeyAge::Known),
            (Method::Post, "/v1/payouts", -61, KeyAge::Unclear),
            (Method::Post, "/v1/payouts", i64::MAX, KeyAge::Forgotten),
            (Method::Post, "/v1/payouts", -i64::MAX, KeyAge::Unclear),
            (Method::Post, "/v2/core/accounts", 29 * day, KeyAge::Known),
            (Method::Post, "/v2/core/accounts", 30 * day, KeyAge::Forgotten),
            (Method::Delete, "/v2/core/event_destinations/ed_1", hour, KeyAge::Known),
            (Method::Delete, "/v1/accounts/acct_1", 0, KeyAge::Forgotten),
            (Method::Get, "/v1/payouts", 99 * day, KeyAge::Known),
        ] {
            assert_eq!(age(method, path, seconds)?, expected, "{} {path} {seconds}", method.as_str());
        }
        Ok(())
    }
}
