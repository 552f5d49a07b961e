//! The messages of all public errors.

use super::table::{check_form, check_table, variants};
use super::{call, read};
use crate::error::transport::{TransportError, TransportErrorKind};
#[cfg(feature = "outbox")]
use crate::outbox::{OutboxError, Reason};
#[cfg(feature = "testing")]
use crate::testing::{Mismatch, ReplayError};
#[cfg(feature = "webhook")]
use crate::webhook::{LogError, Rejection};
use crate::{
    CallInfo, ConnectionError, DecodeError, Error, InvalidInputError, Money, ParseMoneyError, SignatureError,
    SignatureHint, SignatureProblem, TimeoutError, TimeoutKind,
};
use serde_json::json;
use std::time::Duration;

fn refused(status: u16, kind: &str, code: &str, message: &str) -> Error {
    let error = json!({ "type": kind, "code": code, "message": message, "param": "amount" });
    read(status, &json!({ "error": error }).to_string())
}

/// A call whose third attempt failed.
fn repeated() -> CallInfo {
    CallInfo { attempts: 3, ..call() }
}

fn broken(fault: TransportErrorKind) -> ConnectionError {
    ConnectionError { fault, status: None, request_id: None, call: call(), source: None }
}

fn late(kind: TimeoutKind, call: CallInfo) -> TimeoutError {
    let (status, request_id) = (Some(200), Some("req_123".to_owned()));
    TimeoutError { kind, limit: Duration::from_secs(30), status, request_id, call }
}

fn misfit() -> DecodeError {
    DecodeError::new("data[3].amount: expected an integer, found null")
}

fn unsigned(problem: SignatureProblem) -> SignatureError {
    SignatureError::new(problem)
}

#[test]
fn errors_of_calls() {
    let (invalid, api) = ("invalid_request_error", "api_error");
    let undecoded = DecodeError {
        status: Some(200),
        request_id: Some("req_123".to_owned()),
        call: Some(call()),
        ..misfit()
    };
    let rows = [
        (
            refused(400, invalid, "amount_too_small", "The amount is too small."),
            "Stripe rejected the request: The amount is too small (POST /v1/topups: 400, amount_too_small, param \
             amount, req_123)",
        ),
        (
            read(401, r#"{"error":{"type":"invalid_request_error","message":"No such key."}}"#),
            "Stripe rejected the API key: No such key (POST /v1/topups: 401, req_123)",
        ),
        (
            read(403, r#"{"error":{"type":"invalid_request_error"}}"#),
            "the API key lacks the required permission (POST /v1/topups: 403, req_123)",
        ),
        (
            read(429, r#"{"error":{"type":"invalid_request_error","code":"rate_limit"}}"#),
            "Stripe's rate limit was exceeded (POST /v1/topups: 429, rate_limit, req_123)",
        ),
        (
            read(400, r#"{"error":{"type":"idempotency_error","message":"The key was used."}}"#),
            "Stripe rejected the request: The key was used (POST /v1/topups: 400, req_123)",
        ),
        (
            read(
                402,
                r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"do_not_honor"}}"#,
            ),
            "declined (POST /v1/topups: 402, card_declined, decline code do_not_honor, req_123)",
        ),
        (
            refused(500, api, "unknown", "An error occurred."),
            "Stripe failed: An error occurred (POST /v1/topups: 500, unknown, param amount, req_123)",
        ),
        (
            read(502, "bad gateway"),
            "the reply does not come from Stripe: \"bad gateway\" (POST /v1/topups: 502, req_123)",
        ),
        (
            read(302, ""),
            "Stripe returned a redirect, which is never followed (POST /v1/topups: 302, req_123)",
        ),
        (
            Error::Connection(Box::new(ConnectionError {
                call: repeated(),
                ..broken(TransportErrorKind::Dns)
            })),
            "connection to Stripe failed: the server's name could not be resolved (POST /v1/topups, 3 attempts)",
        ),
        (
            Error::Timeout(Box::new(late(TimeoutKind::Attempt, call()))),
            "no complete reply from Stripe within 30s (POST /v1/topups: 200, req_123)",
        ),
        (
            Error::Timeout(Box::new(late(TimeoutKind::Deadline, repeated()))),
            "the call did not finish within its deadline of 30s (POST /v1/topups, 3 attempts: 200, req_123)",
        ),
        (
            Error::Decode(Box::new(undecoded)),
            "Stripe answered POST /v1/topups with 200, but the reply cannot be decoded: at data[3].amount: expected \
             an integer, found null [req_123]",
        ),
        (
            Error::Decode(Box::new(misfit())),
            "the JSON cannot be decoded: at data[3].amount: expected an integer, found null",
        ),
        (
            Error::Signature(Box::new(unsigned(SignatureProblem::NoHeader))),
            "the webhook has no Stripe-Signature header",
        ),
        (
            Error::InvalidInput(Box::new(InvalidInputError::new("the context is empty".to_owned()))),
            "not sent: the context is empty",
        ),
    ];
    let variants = variants!(
        Error: InvalidRequest, Authentication, Permission, RateLimit, Idempotency, Card, Api, Connection, Timeout,
        Decode, Signature, InvalidInput,
    );
    check_table(variants, &rows);
}

#[test]
fn failures_of_an_exchange() {
    use TransportErrorKind as Kind;
    let rows = [
        (Kind::Refused, "the server refused the connection"),
        (Kind::Dns, "the server's name could not be resolved"),
        (Kind::Connect, "the connection failed"),
        (Kind::ConnectTimeout, "connecting timed out"),
        (Kind::Tls, "the TLS handshake failed"),
        (Kind::Certificate, "the server's certificate is not valid"),
        (Kind::Reset, "the connection was reset"),
        (Kind::Closed, "the connection was closed before a reply"),
        (Kind::Body, "the connection broke while the reply was read"),
        (Kind::Protocol, "the reply is not HTTP"),
        (Kind::Timeout, "the server timed out"),
        (Kind::TooLarge, "the reply is too large"),
        (Kind::HeadTooLarge, "the reply has more than 100 headers, or they are too long"),
        (Kind::Request, "the request is invalid"),
        (Kind::Other, "the exchange failed"),
    ];
    let variants = variants!(
        Kind: Refused, Dns, Connect, ConnectTimeout, Tls, Certificate, Reset, Closed, Body, Protocol, Timeout,
        TooLarge, HeadTooLarge, Request, Other,
    );
    check_table(variants, &rows);
    for (kind, message) in rows {
        assert_eq!(TransportError::new(kind).to_string(), message);
        let whole = format!("connection to Stripe failed: {message} (POST /v1/topups)");
        assert_eq!(broken(kind).to_string(), whole);
    }
}

#[cfg(feature = "webhook")]
#[test]
fn problems_of_signatures() {
    use SignatureProblem as Problem;
    let (names, name_of) = variants!(
        Problem: NoHeader, NoTimestamp, NoSignature, EmptySecret, SpacesInSecret, Mismatch, TooOld, FromFuture,
    );
    let mismatch = unsigned(Problem::Mismatch).hinting(SignatureHint::NotJson);
    let rows = [
        (unsigned(Problem::NoHeader), "the webhook has no Stripe-Signature header"),
        (unsigned(Problem::NoTimestamp), "the Stripe-Signature header must have exactly one valid timestamp"),
        (unsigned(Problem::NoSignature), "the Stripe-Signature header has no v1 signature"),
        (
            unsigned(Problem::EmptySecret),
            "the webhook signing secret is empty; pass the secret of the endpoint, `whsec_…`",
        ),
        (
            unsigned(Problem::SpacesInSecret),
            "the webhook signing secret contains whitespace; pass it as the Dashboard shows it",
        ),
        (
            mismatch,
            "the webhook's signature does not match its body and the signing secret; the body is not JSON: it may be \
             compressed or truncated",
        ),
        (
            unsigned(Problem::TooOld).aged(400),
            "the webhook's signature is older than the tolerance (400 s old; check the clock of this machine)",
        ),
        (
            unsigned(Problem::FromFuture).aged(-400),
            "the webhook's signature is from the future (400 s ahead; check the clock of this machine)",
        ),
    ];
    check_table((names, |error: &SignatureError| name_of(&error.problem)), &rows);
}

#[test]
fn hints_of_signatures() {
    use SignatureHint as Hint;
    let rows = [
        (Hint::OtherScheme, "it is signed with another scheme only"),
        (Hint::DamagedHeader, "a signature in the header was truncated or changed"),
        (Hint::PaddedBody, "it matches the body without surrounding whitespace: pass the original bytes"),
        (Hint::NotJson, "the body is not JSON: it may be compressed or truncated"),
        (Hint::JsonStringBody, "the body is a JSON string: pass its content"),
        (Hint::Base64Body, "the body is in Base64: decode it first"),
        (
            Hint::ReserializedBody,
            "the body was parsed and serialized again: pass the original bytes, not a framework's JSON",
        ),
        (Hint::NotASigningSecret, "the secret does not start with `whsec_`: it may be an API key"),
        (
            Hint::OtherSecret,
            "check that the secret belongs to this endpoint (`stripe listen` uses another one), and pass the original \
             body",
        ),
    ];
    let variants = variants!(
        Hint: OtherScheme, DamagedHeader, PaddedBody, NotJson, JsonStringBody, Base64Body, ReserializedBody,
        NotASigningSecret, OtherSecret,
    );
    check_table(variants, &rows);
}

#[cfg(feature = "webhook")]
#[test]
fn errors_of_webhooks() {
    let rows = [
        (Rejection::TooLarge(1024), "the body exceeds 1024 bytes"),
        (Rejection::Interrupted("reset".into()), "the body was not received completely"),
        (Rejection::TooSlow, "the body was not received in time"),
        (
            Rejection::Refused(Error::Signature(Box::new(unsigned(SignatureProblem::NoHeader)))),
            "the webhook has no Stripe-Signature header",
        ),
    ];
    check_table(variants!(Rejection: TooLarge, Interrupted, TooSlow, Refused), &rows);
    let log = LogError::new("the disk is full").to_string();
    assert_eq!(log, "the event log failed: the disk is full");
    check_form(&log);
}

#[cfg(feature = "outbox")]
#[test]
fn errors_of_an_outbox() {
    let rows = [
        (
            OutboxError::Unsuitable("the request has no idempotency key; set one".to_owned()),
            "the request cannot be stored: the request has no idempotency key; set one",
        ),
        (
            OutboxError::KeyReused("payout-1".to_owned()),
            "idempotency key \"payout-1\" is stored with another request; use a new key for a new request",
        ),
        (OutboxError::store("the disk is full"), "the outbox failed: the disk is full"),
    ];
    check_table(variants!(OutboxError: Unsuitable, KeyReused, Store), &rows);
    let rows = [
        (Reason::KeyExpired, "it may have had an effect, and Stripe may have forgotten its idempotency key"),
        (Reason::ClockUnreliable, "the store's clock went back, so the age of its key is unknown"),
        (Reason::KeyReused, "its idempotency key was used for another request"),
        (Reason::Unsendable, "the client cannot send it"),
        (Reason::Unreadable, "the stored request cannot be read"),
        (Reason::WorkersLost, "its workers ended repeatedly without a result"),
    ];
    let variants =
        variants!(Reason: KeyExpired, ClockUnreliable, KeyReused, Unsendable, Unreadable, WorkersLost);
    check_table(variants, &rows);
}

#[cfg(feature = "testing")]
#[test]
fn errors_of_a_replay() {
    let mismatch = Mismatch {
        flow: "payout".to_owned(),
        unmatched: vec!["POST /v1/payouts matches no step".to_owned()],
        unused: vec!["2_payout".to_owned()],
    };
    let rows = [
        (
            ReplayError::Fixture { file: "flow.toml".into(), problem: "it cannot be read".to_owned() },
            "flow.toml: it cannot be read",
        ),
        (ReplayError::Recording("the folder is missing".to_owned()), "recording: the folder is missing"),
        (
            ReplayError::Mismatch(mismatch),
            "the requests differ from the flow `payout`\nPOST /v1/payouts matches no step\nstep 2_payout was not used",
        ),
    ];
    check_table(variants!(ReplayError: Fixture, Recording, Mismatch), &rows);
    for (error, message) in &rows {
        assert_eq!(format!("{error:?}"), *message);
    }
}

#[test]
fn errors_of_values() {
    let rows = [
        ("12.34", "expected a number, a space and a currency, such as `12.34 USD`"),
        ("12 dollars", "the currency must be a three-letter code"),
        ("12. USD", "the decimal point must be followed by digits"),
        ("1,200 USD", "the number must contain only digits and one decimal point"),
        ("1.5 JPY", "the number has more decimal places than the currency"),
        ("99999999999999999999 USD", "the number is too large"),
    ];
    let sites = include_str!("../../types/money.rs").matches("fail(\"").count();
    assert_eq!(rows.len(), sites, "one row for each problem");
    for (text, problem) in rows {
        let error = text.parse::<Money>().unwrap_err();
        assert_eq!(error, ParseMoneyError { problem });
        let message = error.to_string();
        assert_eq!(message, format!("invalid amount of money: {problem}"));
        check_form(&message);
    }
    #[cfg(feature = "chrono")]
    check_form(&crate::OutOfRange.to_string());
}
