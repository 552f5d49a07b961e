use super::Task;
use crate::engine::Clock;
use std::time::Duration;

/// When a transition happens that Stripe makes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Only when the test triggers it.
    Manual,
    /// Right after the request.
    Immediate,
    /// After this duration on the sandbox's clock.
    After(Duration),
}

impl Policy {
    /// After this number of days.
    pub const fn days(days: u64) -> Self {
        Self::After(Duration::from_secs(days * 86_400))
    }

    /// The delay; `None` if it is manual.
    pub fn wait(self) -> Option<Duration> {
        match self {
            Self::Manual => None,
            Self::Immediate => Some(Duration::ZERO),
            Self::After(wait) => Some(wait),
        }
    }
}

/// A kind of automatic transition whose policy can be set; the default is Stripe's timing.
#[derive(Debug)]
pub struct Rule {
    /// The unique name: `topup.settle`.
    pub name: &'static str,
    /// The default policy.
    pub default: Policy,
    /// The subject of the transition.
    pub(crate) about: About,
    /// The task that makes the transition.
    pub(crate) task: Task,
}

/// The subject of a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An object of one of these kinds.
    Object(&'static [&'static str]),
    /// A part of an account, with this name.
    Account(&'static str),
}

/// How unknown parameters are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownParameters {
    /// The request is rejected, as by Stripe.
    #[default]
    Refuse,
    /// The parameter is ignored and reported in a `Stripe-Notice` header.
    Warn,
    /// The parameter is ignored.
    Ignore,
}

/// How the clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClockMode {
    /// It moves only when it is advanced.
    #[default]
    Fixed,
    /// It follows the system clock and can be advanced beyond it.
    Real,
}

/// Stripe's fees on payments. There are none by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PaymentFees {
    /// Hundredths of a percent of the amount.
    pub basis_points: i64,
    /// Minor units for each payment.
    pub fixed: i64,
    /// Minor units for each dispute.
    pub dispute: i64,
}

impl PaymentFees {
    /// Stripe's list prices for cards in the United States: 2.9 % and 30 cents for a payment, 15 dollars for a dispute.
    pub const UNITED_STATES: Self = Self { basis_points: 290, fixed: 30, dispute: 1500 };

    /// The fee of a payment of an amount in minor units: rounded to the nearest, at most the amount.
    pub fn of(self, amount: i64) -> i64 {
        let part = (i128::from(amount) * i128::from(self.basis_points) + 5_000) / 10_000;
        i64::try_from(part).unwrap_or(i64::MAX).saturating_add(self.fixed).clamp(0, amount.max(0))
    }
}

/// Options of a sandbox. Those that represent unconfirmed behaviour of Stripe are listed in [`UNCONFIRMED`].
#[derive(Debug, Clone)]
pub struct Options {
    /// The address of the sandbox: the beginning of the addresses of hosted pages and files.
    pub base_url: String,
    /// The initial time of the clock, in Unix seconds.
    pub start: i64,
    /// How the clock runs. A [`Server`](crate::server::Server) advances a real clock.
    pub clock: ClockMode,
    /// The API version of requests that do not name one.
    pub api_version: String,
    /// How parameters are handled that are newer than the sandbox or otherwise unknown.
    pub unknown_parameters: UnknownParameters,
    /// Whether to keep a journal of requests, events and clock moves.
    pub journal: bool,
    /// The maximum number of journal entries; the oldest are dropped.
    pub journal_limit: usize,
    /// The number of latest requests and webhooks kept in full; 0 for none.
    pub kept_exchanges: usize,
    /// The number of latest replies kept for idempotency keys; `None` for all that have not expired.
    pub kept_replies: Option<usize>,
    /// The number of latest events kept; `None` for all. Events that are dropped are not delivered.
    pub kept_events: Option<usize>,
    /// Whether live mode keys are accepted. By default they are rejected, so that a program with a live key by
    /// mistake fails at its first request.
    pub live_keys: bool,
    /// Whether an operation requires its capability to be active, as in test mode.
    pub strict_capabilities: bool,
    /// Whether accounts with the full Dashboard receive transfers before a capability was requested.
    pub standard_accounts_receive_unasked: bool,
    /// Whether times are also compared with the real time, if that is later, for clients that send the real time.
    pub follows_real_time: bool,
    /// Whether the reason of a rejection by the platform names the platform: `rejected.platform_fraud` instead of
    /// `rejected.fraud`.
    pub rejection_names_platform: bool,
    /// Whether `charges_enabled` follows `transfers` while no payments capability is requested.
    pub transfers_enable_charges: bool,
    /// Whether the error type of the 409 for a key in use is `idempotency_error`; otherwise `invalid_request_error`.
    pub key_in_use_is_idempotency_error: bool,
    /// The number of attempts to verify microdeposit amounts.
    pub verification_attempts: i64,
    /// Whether a payout to a failing test bank account is first paid and fails later.
    pub payouts_fail_after_paid: bool,
    /// Whether a card whose security code or postal code is wrong is declined: a setting of Radar in Stripe's Dashboard.
    pub failed_checks_decline: bool,
    /// Whether the fee of a dispute is returned when the dispute is won.
    pub won_disputes_return_fee: bool,
    /// Stripe's fees on payments.
    pub payment_fees: PaymentFees,
    /// Whether an intent with automatic payment methods is confirmed only with a `return_url`, unless it allows no redirects.
    pub return_url_is_required: bool,
    /// The default daily limit of a card, in minor units of its currency; `None` for no limit.
    pub default_card_limit: Option<i64>,
    /// Whether US cardholders must have a name and accept the terms before their cards work.
    pub cardholder_requirements: bool,
    /// Whether an authorization is approved when the endpoint's answer is late or invalid; a setting of Stripe's
    /// Dashboard.
    pub approve_without_answer: bool,
    /// The lifetime of account links and login links.
    pub link_lifetime: Duration,
    /// How long API v2 remembers an idempotency key.
    pub v2_key_lifetime: Duration,
    /// Whether API v2 can read accounts that were created with API v1.
    pub v2_reads_v1_accounts: bool,
    /// The delay until an account that was created with API v1 exists in API v2.
    pub v2_compatible_after: Duration,
    /// Whether API v2 accepts combinations of Dashboard, fees and losses that Stripe only offers by agreement.
    pub v2_any_responsibilities: bool,
    /// Whether API v2 refuses requests without the header `Stripe-Version`.
    pub v2_needs_version: bool,
    /// The `type` of the two balance transactions of a balance transfer.
    pub balance_transfer_line: &'static str,
    /// The waits between failed attempts to deliver a webhook of test mode; after the last one delivery ends.
    pub webhook_retries: Vec<Duration>,
    /// The same for live mode: about three days, with growing waits.
    pub webhook_retries_live: Vec<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base_url: "http://sandbox.localhost".to_owned(),
            start: Clock::START,
            api_version: stripe_platform::API_VERSION.to_owned(),
            unknown_parameters: UnknownParameters::Refuse,
            clock: ClockMode::Fixed,
            journal: true,
            journal_limit: 500_000,
            kept_exchanges: 0,
            kept_replies: None,
            kept_events: None,
            live_keys: false,
            strict_capabilities: true,
            standard_accounts_receive_unasked: true,
            follows_real_time: false,
            rejection_names_platform: false,
            transfers_enable_charges: true,
            key_in_use_is_idempotency_error: true,
            verification_attempts: 3,
            payouts_fail_after_paid: false,
            failed_checks_decline: true,
            won_disputes_return_fee: false,
            payment_fees: PaymentFees::default(),
            return_url_is_required: false,
            default_card_limit: Some(50_000),
            cardholder_requirements: true,
            approve_without_answer: false,
            link_lifetime: Duration::from_secs(300),
            v2_key_lifetime: Duration::from_secs(30 * 86_400),
            v2_reads_v1_accounts: true,
            v2_compatible_after: Duration::ZERO,
            v2_any_responsibilities: false,
            v2_needs_version: true,
            balance_transfer_line: "transfer",
            webhook_retries: minutes(&[60, 180]),
            webhook_retries_live: minutes(&[5, 30, 120, 300, 600, 720, 720, 720, 720]),
        }
    }
}

fn minutes(waits: &[u64]) -> Vec<Duration> {
    waits.iter().map(|minutes| Duration::from_secs(minutes * 60)).collect()
}

/// Unconfirmed behaviour of Stripe: the name of an option or of a rule, with the open question.
pub const UNCONFIRMED: &[(&str, &str)] = &[
    ("strict_capabilities", "which operations Stripe's sandboxes allow while a capability is inactive"),
    (
        "standard_accounts_receive_unasked",
        "which accounts receive transfers in test mode before a capability was requested",
    ),
    ("rejection_names_platform", "which of two `disabled_reason` values a rejection by the platform has"),
    (
        "transfers_enable_charges",
        "the value of charges_enabled for accounts with the full agreement that only receive transfers",
    ),
    (
        "account.review",
        "how long US capabilities stay pending after verification; 15 to 60 seconds were observed",
    ),
    ("key_in_use_is_idempotency_error", "the error type of code idempotency_key_in_use"),
    ("verification_attempts", "after how many wrong microdeposit amounts a source fails"),
    ("default_card_limit", "the amount of the spending limit that Stripe gives new cards"),
    ("cardholder_requirements", "which missing details of a cardholder block a card in test mode"),
    ("webhook_retries", "the exact waits between the attempts to deliver a webhook"),
    ("link_lifetime", "the lifetime of an account link"),
    ("v2_key_lifetime", "how long API v2 remembers an idempotency key"),
    ("v2_reads_v1_accounts", "on which platforms API v2 has accounts that were created with API v1"),
    (
        "v2_compatible_after",
        "how many minutes pass, up to ten, until an account created with API v1 exists in API v2; here none",
    ),
    (
        "v2_any_responsibilities",
        "whether API v2 accepts accounts without a Dashboard for whose losses Stripe is liable, and fees of the \
         platform with the full Dashboard",
    ),
    ("v2_needs_version", "how API v2 refuses a request without Stripe-Version, which its overview demands"),
    ("balance_transfer_line", "the type of the balance transactions of a balance transfer"),
    (
        "balance_transfer.settle",
        "whether money moved back from the Issuing balance is pending first; here it is not",
    ),
    ("account.deadline", "how many days an active account has to provide new requirements"),
    (
        "dispute.win",
        "how and when a test mode dispute is decided; here by the test, or won when this rule is due",
    ),
    (
        "return_url_is_required",
        "whether a confirmation with automatic payment methods and without return_url is refused",
    ),
    (
        "failed_checks_decline",
        "whether cards with a wrong security code or postal code are declined: it is a setting of Radar",
    ),
    (
        "won_disputes_return_fee",
        "whether the fee of a won dispute is returned: it was until 2024, and was not in 2026",
    ),
    ("charge.capture", "how long after its reply a payment with capture_method automatic_async is booked"),
    (
        "payment_intent.debit",
        "how long the debit of a test bank account takes; according to Stripe's page, its money is available at once",
    ),
    (
        "charge_dispute.expire",
        "how many days an account has to answer a dispute; Stripe's pages name 7 to 21",
    ),
    ("refund.finish", "when the refunds of the cards 4000000000007726 and 4000000000005126 end"),
    ("payouts_fail_after_paid", "whether the test bank accounts fail a payout before or after it was paid"),
];
