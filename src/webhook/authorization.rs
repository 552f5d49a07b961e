//! Real-time card authorizations.

use super::{Event, EventObject, EventType, Undecoded};
use crate::account::Account;
use crate::issuing::MerchantData;
use crate::issuing::authorization::{Authorization, Channel, PendingRequest};
use crate::issuing::card::Card;
use crate::wire::WireType as _;
use crate::wire::decode::fill_without_texts;
use crate::{API_VERSION, Error, Id, Json, Metadata, Money, Nested, Timestamp, event};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response};
use std::fmt::Write;
use std::sync::LazyLock;

const APPROVED: &str = r#"{"approved":true}"#;
const DECLINED: &str = r#"{"approved":false}"#;

/// Stripe's limits for metadata.
const MOST_METADATA: usize = 50;
const LONGEST_NAME: usize = 40;
const LONGEST_VALUE: usize = 500;

/// A real-time authorization: a merchant asks to charge a card, and Stripe waits two seconds for the decision.
///
/// Created from an `issuing_authorization.request` event with [`Event::into_authorization_request`]. A
/// [`Responder`](super::Responder) does that and answers in time.
/// [Stripe's guide](https://docs.stripe.com/issuing/controls/real-time-authorizations)
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AuthorizationRequest {
    /// The event of the request. Stripe may deliver it more than once.
    pub event: Id<event::Event>,
    /// The connected account that the card belongs to. None for a card of the platform.
    pub account: Option<Id<Account>>,
    /// When the request was made. In Unix seconds.
    pub created: Timestamp,
    /// True for live data, false for test data.
    pub livemode: bool,
    /// The request to decide on. The amounts of the authorization itself are still zero.
    pub pending: PendingRequest,
    /// The authorization with its card, cardholder, merchant and history. The amount to decide on is in `pending`.
    pub authorization: Nested<Authorization>,
}

impl AuthorizationRequest {
    /// The requested amount, in the currency of the card.
    pub fn amount(&self) -> Money {
        self.pending.money()
    }

    /// The requested amount, in the currency of the merchant.
    pub fn merchant_amount(&self) -> Money {
        Money::new(self.pending.merchant_amount, self.pending.merchant_currency)
    }

    /// Whether an approval may change the amount.
    pub fn is_amount_controllable(&self) -> bool {
        self.pending.is_amount_controllable
    }

    /// The merchant: category, name, location.
    pub fn merchant(&self) -> &MerchantData {
        &self.authorization.merchant_data
    }

    /// The card to be charged.
    pub fn card(&self) -> &Card {
        &self.authorization.card
    }
}

impl Event {
    /// Converts an event into an authorization request.
    ///
    /// # Errors
    /// Returns the event if it is of another type, or if its object could not be decoded.
    pub fn into_authorization_request(mut self) -> Result<AuthorizationRequest, Box<Event>> {
        if self.kind != EventType::IssuingAuthorizationRequest {
            return Err(Box::new(self));
        }
        self.object = match self.object {
            EventObject::Undecoded(undecoded) => read_what_decides(undecoded),
            object => object,
        };
        // Moved out, not cloned.
        let pending = match &mut self.object {
            EventObject::IssuingAuthorization(authorization) => authorization.pending_request.take(),
            _ => None,
        };
        match (self.object, pending) {
            (EventObject::IssuingAuthorization(authorization), Some(pending)) => Ok(AuthorizationRequest {
                event: self.id,
                account: self.account,
                created: self.created,
                livemode: self.livemode,
                pending: pending.into_inner(),
                authorization,
            }),
            (object, _) => Err(Box::new(Self { object, ..self })),
        }
    }
}

/// Decodes an authorization with missing strings, such as those that Stripe added after the version of the event:
/// they are empty then, and the policy still decides. Amounts are never filled in.
fn read_what_decides(undecoded: Box<Undecoded>) -> EventObject {
    let mut authorization = Nested::<Authorization>::empty();
    match fill_without_texts(&mut authorization, &undecoded.json) {
        Ok(()) if !authorization.id.as_str().is_empty() => EventObject::IssuingAuthorization(authorization),
        _ => EventObject::Undecoded(undecoded),
    }
}

/// The decision on an [`AuthorizationRequest`].
///
/// ```
/// use stripe_platform::webhook::{AuthorizationRequest, Decision};
///
/// fn decide(request: &AuthorizationRequest) -> Decision {
///     if request.amount().amount <= 10_000 {
///         Decision::approve().metadata("rule", "small")
///     } else {
///         Decision::decline().metadata("rule", "too much")
///     }
/// }
/// # let _ = decide;
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Decision {
    verdict: Verdict,
    metadata: Metadata,
    challenges: Vec<Channel>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Approve,
    ApproveAmount(Money),
    Decline,
}

impl Decision {
    /// Approves the request.
    pub fn approve() -> Self {
        Self::of(Verdict::Approve)
    }

    /// Approves another amount than requested: a part of it, or more at a fuel pump, which requests little or nothing
    /// first. Allowed only if [`AuthorizationRequest::is_amount_controllable`] is true.
    pub fn approve_amount(amount: Money) -> Self {
        Self::of(Verdict::ApproveAmount(amount))
    }

    /// Declines the request.
    pub fn decline() -> Self {
        Self::of(Verdict::Decline)
    }

    fn of(verdict: Verdict) -> Self {
        Self { verdict, metadata: Metadata::new(), challenges: Vec::new() }
    }

    /// Sets metadata of the authorization: up to 50 keys of up to 40 characters, with values of up to 500 characters.
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name, value);
        self
    }

    /// Lets Stripe ask the cardholder by message to confirm the purchase. A preview feature that must be enabled for
    /// the account.
    pub fn send_fraud_challenges(mut self, channels: impl IntoIterator<Item = Channel>) -> Self {
        self.challenges = channels.into_iter().collect();
        self
    }

    /// Whether it approves the request, fully or with another amount.
    pub fn is_approval(&self) -> bool {
        self.verdict != Verdict::Decline
    }

    /// The amount, if the decision sets one.
    pub fn amount(&self) -> Option<Money> {
        match self.verdict {
            Verdict::ApproveAmount(amount) => Some(amount),
            _ => None,
        }
    }

    /// The metadata that it sets.
    pub fn metadata_set(&self) -> &Metadata {
        &self.metadata
    }

    /// The HTTP reply to the webhook.
    ///
    /// # Errors
    /// Returns [`Error::InvalidInput`] if Stripe would reject it and decide by itself: an amount where none is
    /// allowed, an amount that is not positive or in another currency, or metadata beyond the limits.
    pub fn answer(&self, request: &AuthorizationRequest) -> Result<Response<Bytes>, Error> {
        self.answer_to(Some(&Terms::of(request)))
    }

    /// The same, given only the terms of the request.
    pub(crate) fn answer_to(&self, terms: Option<&Terms>) -> Result<Response<Bytes>, Error> {
        let verdict: &'static str = if self.is_approval() { APPROVED } else { DECLINED };
        if self.metadata.is_empty() && self.amount().is_none() && self.challenges.is_empty() {
            return Ok(answer(Bytes::from_static(verdict.as_bytes())));
        }
        // Without the closing brace.
        let mut body = verdict.trim_end_matches('}').to_owned();
        if let Some(amount) = self.amount() {
            check_amount(amount, terms)?;
            let _ = write!(body, ",\"amount\":{}", amount.amount);
        }
        if !self.challenges.is_empty() {
            let channels: Vec<&str> = self.challenges.iter().map(Channel::as_str).collect();
            let _ = write!(body, ",\"send_fraud_challenges\":{}", Json::from(channels));
        }
        if !self.metadata.is_empty() {
            check_metadata(&self.metadata)?;
            body.push_str(",\"metadata\":{");
            for (index, (name, value)) in self.metadata.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let _ = write!(body, "{comma}{}:{}", Json::from(name), Json::from(value));
            }
            body.push('}');
        }
        body.push('}');
        Ok(answer(Bytes::from(body)))
    }
}

/// The constraints on a decision.
pub(crate) struct Terms {
    pub(crate) controllable: bool,
    pub(crate) currency: crate::Currency,
}

impl Terms {
    pub(crate) fn of(request: &AuthorizationRequest) -> Self {
        Self { controllable: request.is_amount_controllable(), currency: request.pending.currency }
    }
}

fn answer(body: Bytes) -> Response<Bytes> {
    static HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
        let version = HeaderName::from_static("stripe-version");
        HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (version, HeaderValue::from_static(API_VERSION)),
        ])
    });
    let mut response = Response::new(body);
    response.headers_mut().clone_from(&HEADERS);
    response
}

fn check_amount(amount: Money, terms: Option<&Terms>) -> Result<(), Error> {
    match terms {
        Some(terms) if !terms.controllable => Err(Error::invalid_input(
            "the amount of this authorization cannot be changed: approve all of it, or decline",
        )),
        Some(terms) if terms.currency != amount.currency => Err(Error::invalid_input(format!(
            "the approved amount is in {}, but must be in the card's currency, {}",
            amount.currency, terms.currency
        ))),
        Some(_) if amount.amount <= 0 => {
            Err(Error::invalid_input("the approved amount must be positive; to approve nothing, decline"))
        }
        Some(_) => Ok(()),
        None => Err(Error::invalid_input(
            "the authorization cannot be decoded, so no amount can be approved: approve all of it, or decline",
        )),
    }
}

fn check_metadata(metadata: &Metadata) -> Result<(), Error> {
    if metadata.len() > MOST_METADATA {
        let number = metadata.len();
        return Err(Error::invalid_input(format!(
            "the metadata must have at most 50 keys, but has {number}"
        )));
    }
    for (name, value) in metadata.iter() {
        let problem = crate::types::metadata::check_name(name).err();
        let problem = problem.or(is_longer(name, LONGEST_NAME).then_some("must have at most 40 characters"));
        if let Some(problem) = problem {
            return Err(Error::invalid_input(format!("a metadata key {problem}")));
        }
        if is_longer(value, LONGEST_VALUE) {
            return Err(Error::invalid_input(format!(
                "the metadata value of `{name}` must have at most 500 characters"
            )));
        }
    }
    Ok(())
}

/// Whether a text has more than this number of characters.
fn is_longer(text: &str, characters: usize) -> bool {
    // A character takes at least one byte, so most texts need not be counted.
    text.len() > characters && text.chars().count() > characters
}
