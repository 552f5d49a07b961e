use super::Task;
use crate::engine::Clock;
use std::time::Duration;

/// When a transition happens that Stripe does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Only when the test says so.
    Manual,
    /// As soon as the request is answered.
    Immediate,
    /// After so much time on the sandbox's clock.
    After(Duration),
}

impl Policy {
    /// After so many days.
    pub const fn days(days: u64) -> Self {
        Self::After(Duration::from_secs(days * 86_400))
    }

    /// How long it takes, if it happens by itself.
    pub fn wait(self) -> Option<Duration> {
        match self {
            Self::Manual => None,
            Self::Immediate => Some(Duration::ZERO),
            Self::After(wait) => Some(wait),
        }
    }
}

/// A kind of transition whose policy can be chosen, with Stripe's own timing as the default.
#[derive(Debug)]
pub struct Rule {
    /// Its name, unique: `topup.settle`.
    pub name: &'static str,
    /// The policy unless another is set.
    pub default: Policy,
    /// What the transition is about.
    pub(crate) about: About,
    /// What it does.
    pub(crate) task: Task,
}

/// What a transition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An object of one of these kinds, by its id.
    Object(&'static [&'static str]),
    /// A part of an account, by this name.
    Account(&'static str),
}

/// What happens to a parameter that the sandbox does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownParameters {
    /// The request is refused, as Stripe does.
    #[default]
    Refuse,
    /// The request is done without the parameter, and the reply says so in a `Stripe-Notice` header.
    Warn,
    /// The request is done without the parameter.
    Ignore,
}

/// How the clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClockMode {
    /// It stands still until it is moved.
    #[default]
    Fixed,
    /// It runs as this machine's clock does, and can be moved ahead of it.
    Real,
}

/// What Stripe takes of payments. There are no fees unless a test sets some.
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
    /// What the pages of Stripe calculate with for cards in the United States: 2.9 % and 30 cents, and 15 dollars for a
    /// dispute.
    pub const UNITED_STATES: Self = Self { basis_points: 290, fixed: 30, dispute: 1500 };

    /// The fee of a payment of an amount in minor units: rounded to the nearest, at most the amount.
    pub fn of(self, amount: i64) -> i64 {
        let part = (i128::from(amount) * i128::from(self.basis_points) + 5_000) / 10_000;
        i64::try_from(part).unwrap_or(i64::MAX).saturating_add(self.fixed).clamp(0, amount.max(0))
    }
}

/// Switches of a sandbox. Those that stand for behaviour of Stripe that could not be confirmed are in [`UNCONFIRMED`].
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the sandbox answers: addresses of hosted pages and files begin with it.
    pub base_url: String,
    /// What the clock shows first, in Unix seconds.
    pub start: i64,
    /// How the clock runs. A [`Server`](crate::server::Server) moves a real one.
    pub clock: ClockMode,
    /// The API version of requests that name none.
    pub api_version: String,
    /// What happens to parameters that are newer than the sandbox, or unknown for another reason.
    pub unknown_parameters: UnknownParameters,
    /// Whether to keep a journal of calls, events and clock moves.
    pub journal: bool,
    /// How many entries the journal keeps, the latest ones.
    pub journal_limit: usize,
    /// How many requests and webhooks are kept in full, the latest ones; 0 for none.
    pub kept_exchanges: usize,
    /// How many replies are kept for their idempotency keys, the latest ones; `None` for all that have not expired.
    pub kept_replies: Option<usize>,
    /// How many events are kept, the latest ones; `None` for all. What is not kept is not delivered either.
    pub kept_events: Option<usize>,
    /// Whether keys of the live mode are accepted. By default they are refused, so that a program that was set up with one by
    /// mistake is told at its first request.
    pub live_keys: bool,
    /// Whether a capability must be active for what needs it, as in test mode.
    pub strict_capabilities: bool,
    /// Whether accounts with the full Dashboard receive transfers before any capability was asked for.
    pub standard_accounts_receive_unasked: bool,
    /// Whether times are compared with the real time too, if that is later: for callers that send and expect it.
    pub follows_real_time: bool,
    /// Whether an account that its platform rejects says so: `rejected.platform_fraud` instead of `rejected.fraud`.
    pub rejection_names_platform: bool,
    /// Whether `charges_enabled` follows `transfers` while no capability for payments is requested.
    pub transfers_enable_charges: bool,
    /// The error type of the 409 for a key in use: `idempotency_error`, otherwise `invalid_request_error`.
    pub key_in_use_is_idempotency_error: bool,
    /// How often the amounts of microdeposits may be guessed.
    pub verification_attempts: i64,
    /// Whether a payout to a bank account that refuses money is paid first and fails later.
    pub payouts_fail_after_paid: bool,
    /// What Stripe takes of payments.
    pub payment_fees: PaymentFees,
    /// Whether an intent with automatic payment methods is confirmed only with a `return_url`, unless it allows no redirects.
    pub return_url_is_required: bool,
    /// The daily limit of a card that sets none, in minor units of its currency; `None` for no such limit.
    pub default_card_limit: Option<i64>,
    /// Whether cardholders in the United States must give their name and accept the terms before their cards work.
    pub cardholder_requirements: bool,
    /// Whether an authorization is approved when the endpoint answers late or wrongly; a setting of Stripe's Dashboard.
    pub approve_without_answer: bool,
    /// How long account links and login links can be opened.
    pub link_lifetime: Duration,
    /// How long API v2 remembers an idempotency key.
    pub v2_key_lifetime: Duration,
    /// The `type` of the two balance transactions of a balance transfer.
    pub balance_transfer_line: &'static str,
    /// The waits after failed attempts to deliver a webhook of test mode; after the last one it is given up.
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
            payment_fees: PaymentFees::default(),
            return_url_is_required: false,
            default_card_limit: Some(50_000),
            cardholder_requirements: true,
            approve_without_answer: false,
            link_lifetime: Duration::from_secs(300),
            v2_key_lifetime: Duration::from_secs(30 * 86_400),
            balance_transfer_line: "transfer",
            webhook_retries: minutes(&[60, 180]),
            webhook_retries_live: minutes(&[5, 30, 120, 300, 600, 720, 720, 720, 720]),
        }
    }
}

fn minutes(waits: &[u64]) -> Vec<Duration> {
    waits.iter().map(|minutes| Duration::from_secs(minutes * 60)).collect()
}

/// What is a guess at what Stripe does: an option or the name of a rule, with what is not known.
pub const UNCONFIRMED: &[(&str, &str)] = &[
    ("strict_capabilities", "which actions Stripe's sandboxes allow while a capability is inactive"),
    (
        "standard_accounts_receive_unasked",
        "which accounts receive transfers in test mode before they have asked for a capability",
    ),
    ("rejection_names_platform", "which of two sets of reasons a rejection by the platform shows"),
    (
        "transfers_enable_charges",
        "what charges_enabled says of accounts with the full agreement that only receive transfers",
    ),
    (
        "account.review",
        "how long capabilities in the United States wait after the checks; 20 to 60 seconds were seen",
    ),
    ("key_in_use_is_idempotency_error", "the error type that goes with code idempotency_key_in_use"),
    ("verification_attempts", "how many wrong microdeposit amounts a source survives"),
    ("default_card_limit", "the amount of the spending limit that Stripe gives new cards"),
    ("cardholder_requirements", "which details of a cardholder block a card in test mode"),
    ("webhook_retries", "the exact waits between the attempts to deliver a webhook"),
    ("link_lifetime", "how many minutes an account link lives"),
    ("v2_key_lifetime", "how long API v2 remembers an idempotency key"),
    ("balance_transfer_line", "which type the balance transactions of a balance transfer have"),
    (
        "balance_transfer.settle",
        "whether money moved back from the Issuing balance waits too; here it does not",
    ),
    ("account.deadline", "how many days an account that was active has to send what is asked for then"),
    (
        "dispute.win",
        "how and when a dispute of test mode is decided; here by the test, or won when this rule says",
    ),
    (
        "return_url_is_required",
        "whether a confirmation with automatic payment methods and without return_url is refused",
    ),
    ("charge.capture", "how long after its reply a payment with capture_method automatic_async is booked"),
    (
        "payment_intent.debit",
        "how long the debit of a test bank account takes; Stripe's page says that its money does not wait",
    ),
    (
        "charge_dispute.expire",
        "how many days an account has to answer a dispute; Stripe's pages speak of 7 to 21",
    ),
    ("refund.finish", "when the refunds of the cards 4000000000007726 and 4000000000005126 end"),
    ("payouts_fail_after_paid", "whether the test bank accounts fail a payout before or after it was paid"),
];
