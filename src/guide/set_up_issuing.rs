//! Set up Issuing with Connect: accounts, requirements, cards, limits.
//!
//! # Open an account that can issue cards
//!
//! Issuing works with accounts that have no Stripe-hosted Dashboard and for which the platform collects requirements and bears losses.
//! Such an account has a `controller` with these four settings (or the older `kind(account::Kind::Custom)`), and requests the
//! capabilities `card_issuing` and `transfers`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let stripe = stripe_sandbox::Sandbox::start().client();
//! use stripe_platform::account;
//!
//! let controller = account::ControllerParams::new()
//!     .stripe_dashboard(account::StripeDashboardKind::None)
//!     .fees(account::Payer::Application)
//!     .losses(account::LossesPayments::Application)
//!     .requirement_collection(account::RequirementCollection::Application);
//! let business = account::Create::new()
//!     .country("US")
//!     .email("owner@example.com")
//!     .business_type(account::BusinessType::Individual)
//!     .controller(controller)
//!     .capabilities(account::CapabilitiesParams::new().card_issuing().transfers())
//!     .idempotency_key("onboard/tenant-42") // a repeated call returns the same account
//!     .send(&stripe)
//!     .await?;
//!
//! let requirements = business.requirements.as_ref().and_then(|all| all.currently_due.as_deref());
//! assert!(requirements.unwrap_or_default().contains(&"external_account".to_owned()));
//! # Ok(())
//! # }
//! ```
//!
//! An existing account of this kind gets Issuing by an [`account::Update`](crate::account::Update) with the capability. Accounts with
//! another Dashboard need a second account.
//!
//! # Let Stripe's form collect the requirements
//!
//! An account link leads the owner through Stripe's onboarding form. It works once, for minutes, so create it when the signed-in owner
//! opens the page, and redirect to it. Do not store or mail it: its URL is a [`Secret`](crate::Secret).
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let stripe = sandbox.client();
//! # let business = stripe_platform::account::Create::new()
//! #     .kind(stripe_platform::account::Kind::Custom).country("US")
//! #     .business_type(stripe_platform::account::BusinessType::Individual)
//! #     .capabilities(stripe_platform::account::CapabilitiesParams::new().card_issuing().transfers())
//! #     .send(&stripe).await?;
//! use stripe_platform::account_link::{self, Kind};
//!
//! let link = account_link::Create::new(&business.id, Kind::AccountOnboarding)
//!     .refresh_url("https://platform.example/onboarding/again") // the link was used or is too old: make a new one
//!     .return_url("https://platform.example/onboarding/back") // the owner left the form: read the account
//!     .send(&stripe)
//!     .await?;
//! let redirect_to = link.url.expose();
//! # sandbox.account_links().complete(redirect_to)?;
//! # Ok(())
//! # }
//! ```
//!
//! A return does not mean that the form is complete. Read [`Account::requirements`](crate::account::Account#structfield.requirements)
//! again, or wait for the event `account.updated`. The example `hosted_onboarding` follows an owner who comes too late, leaves halfway
//! and comes back.
//!
//! # Or collect them yourself
//!
//! The same fields can be sent through the API. Record the acceptance of the terms last: its date then is the date of the complete
//! application, from which Stripe's 29 days for verification count. The values below are Stripe's test values for a successful check.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let stripe = sandbox.client();
//! # let business = stripe_platform::account::Create::new()
//! #     .kind(stripe_platform::account::Kind::Custom).country("US").email("owner@example.com")
//! #     .business_type(stripe_platform::account::BusinessType::Individual)
//! #     .capabilities(stripe_platform::account::CapabilitiesParams::new().card_issuing().transfers())
//! #     .send(&stripe).await?;
//! # let now = sandbox.now();
//! use stripe_platform::account::{self, capability};
//! use stripe_platform::{AddressParams, Timestamp};
//!
//! let address = AddressParams::new()
//!     .line1("address_full_match")
//!     .city("San Francisco")
//!     .state("CA")
//!     .postal_code("94103")
//!     .country("US");
//! let born = account::RequiredBirthDateParams { day: 1, month: 1, year: 1901 };
//! let owner = account::IndividualParams::new()
//!     .first_name("Jenny")
//!     .last_name("Rosen")
//!     .email("jenny@example.com")
//!     .phone("0000000000")
//!     .dob(account::BirthDateParams::new(born))
//!     .address(address)
//!     .id_number("000000000");
//! let profile = account::BusinessProfileParams::new().mcc("5734").product_description("Office supplies");
//! let terms = account::TosAcceptanceParams::new().date(now).ip("203.0.113.24");
//! let issuing_terms = account::CardIssuingTosAcceptanceParams::new().date(now).ip("203.0.113.24");
//! let issuing = account::CardIssuingParams::new().tos_acceptance(issuing_terms);
//! account::Update::new(&business.id)
//!     .business_profile(profile)
//!     .individual(owner)
//!     .external_account("btok_us_verified")
//!     .tos_acceptance(terms)
//!     .settings(account::UpdateSettingsParams::new().card_issuing(issuing))
//!     .send(&stripe)
//!     .await?;
//!
//! # sandbox.advance(stripe_sandbox::minutes(10));
//! // Minutes later; a service waits for the event `capability.updated`.
//! let issuing = capability::Retrieve::new(&business.id, "card_issuing").send(&stripe).await?;
//! assert_eq!(issuing.status, capability::Status::Active);
//! # Ok(())
//! # }
//! ```
//!
//! Companies also need their people ([`account::person`](crate::account::person)) and sometimes documents ([`file`](crate::file)):
//! the example `verify_requirements` shows both.
//!
//! # React when requirements change
//!
//! Stripe can ask for more at any time. A requirement has a deadline; when it passes, the capability becomes inactive and cards stop
//! working. Handle `capability.updated` and `account.updated`, and decide by the capability:
//!
//! ```
//! use stripe_platform::account::capability::{Capability, Status};
//!
//! fn next_step(issuing: &Capability) -> &'static str {
//!     let Some(requirements) = &issuing.requirements else { return "nothing to do" };
//!     let terms_are_due = |field: &String| field.starts_with("settings.card_issuing.tos_acceptance");
//!     match issuing.status {
//!         // After 29 days without a successful check, Stripe clears the acceptance: correct the data, accept again.
//!         _ if requirements.currently_due.iter().any(terms_are_due) => "ask for correct data and a new acceptance",
//!         _ if !requirements.currently_due.is_empty() => "ask the owner for the fields",
//!         Status::Active => "nothing to do",
//!         _ => "wait: Stripe is checking, or has closed the account for inactivity",
//!     }
//! }
//! # let _ = next_step;
//! ```
//!
//! An account without a card transaction for 395 days loses the capability (`rejected.inactivity`). Stripe creates an account notice
//! ([`account_notice`](crate::account_notice)) when the law wants the account to be informed by email.
//!
//! # Issue a card and limit it
//!
//! A cardholder is a person or a company that gets cards. Limits can be set on the cardholder, for all of their cards, and on a card.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let business = sandbox.connect().client();
//! use stripe_platform::issuing::{self, MerchantCategory, card, cardholder};
//! use stripe_platform::{Currency, Timestamp};
//!
//! let address = issuing::AddressParams::new(issuing::RequiredAddressParams {
//!     line1: "510 Townsend Street".into(),
//!     city: "San Francisco".into(),
//!     postal_code: "94103".into(),
//!     country: "US".into(),
//! });
//! let accepted = cardholder::UserTermsAcceptanceParams::new().date(Timestamp::new(1_767_000_000)).ip("203.0.113.7");
//! let jenny = cardholder::IndividualParams::new()
//!     .first_name("Jenny")
//!     .last_name("Rosen")
//!     .card_issuing(cardholder::CardIssuingParams::new().user_terms_acceptance(accepted));
//! let policy = cardholder::SpendingControlsParams::new().blocked_categories([MerchantCategory::BettingCasinoGambling]);
//! let employee = cardholder::Create::new(cardholder::BillingParams::new(address.state("CA")), "Jenny Rosen")
//!     .kind(cardholder::Kind::Individual)
//!     .individual(jenny)
//!     .spending_controls(policy)
//!     .send(&business)
//!     .await?;
//!
//! let limit = issuing::SpendingLimitParams::new(25_000, issuing::SpendingInterval::Monthly);
//! let card = card::Create::new(Currency::USD, card::Kind::Virtual)
//!     .cardholder(&employee.id)
//!     .spending_controls(card::SpendingControlsParams::new().spending_limits([limit]))
//!     .status(card::Status::Active) // the default is inactive
//!     .send(&business)
//!     .await?;
//! assert_eq!(card.status, card::Status::Active);
//! # Ok(())
//! # }
//! ```
//!
//! A purchase that passes these rules can still be declined by your own: see
//! [`webhook::Responder`](../../webhook/struct.Responder.html). Examples: `cardholders_and_cards` (shipping, replacement, showing a number
//! in a browser), `spending_controls`, `authorizations_and_transactions`. Cards spend what the Issuing balance holds: [fund it](super::fund).
