//! The messages of invalid requests and configurations. Each place that creates one has a row, or is listed as
//! unreachable.

use super::places::{NOTED, Site};
use super::table::check_form;
use crate::issuing::card;
use crate::v2::core::event_destination;
use crate::webhook::Decision;
use crate::{
    BoxFuture, Client, ClientBuilder, Currency, Error, Json, Method, Money, Options, RateLimits, Request,
    ReqwestTransport, SecretKey, Transport, TransportError, TransportErrorKind, TransportReply,
    TransportRequest, balance, topup, v2,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Messages that no test can cause, because another check comes first or the system would have to fail.
const UNREACHABLE: [&str; 6] = [
    "a root certificate requires TLS",
    "does not fit into a header",
    "is missing; set it on the request",
    "is not a valid HMAC key",
    "random number generator is unavailable",
    "the parameters cannot be encoded as JSON",
];

/// A transport that is never reached.
struct Nowhere;

impl Transport for Nowhere {
    fn execute(&self, _: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
        Box::pin(async { Err(TransportError::new(TransportErrorKind::Other)) })
    }
}

fn builder() -> ClientBuilder {
    Client::builder("sk_test_1").transport(Arc::new(Nowhere)).max_retries(0)
}

fn unbuilt(builder: ClientBuilder) -> Error {
    builder.build().map(drop).unwrap_err()
}

async fn unsent<R: Request>(request: R) -> Error {
    builder().build().unwrap().send(&request).await.map(drop).unwrap_err()
}

async fn unsent_with(options: Options) -> Error {
    unsent(topup::Create::new(500, Currency::USD).with_options(options)).await
}

fn unprepared(method: Method, path: &str, json: bool, param: bool) -> Error {
    let raw = builder().build().unwrap().raw(method, path);
    let raw = if json { raw.json(Json::from("x")) } else { raw };
    let raw = if param { raw.param("a", 1) } else { raw };
    raw.prepare().map(drop).unwrap_err()
}

/// The errors of a client's configuration.
fn configurations() -> Vec<(Error, &'static str)> {
    let unset = "STRIPE_PLATFORM_TEST_UNSET";
    let broken = reqwest::Client::builder().user_agent("\n");
    let tls = || Client::builder("sk_test_1");
    vec![
        (
            SecretKey::from_env(unset).map(drop).unwrap_err(),
            "environment variable STRIPE_PLATFORM_TEST_UNSET is not set; set it to a secret or restricted API key",
        ),
        (unbuilt(Client::builder("")), "the API key is empty; pass a secret or restricted API key"),
        (
            unbuilt(Client::builder("sk test")),
            "the API key contains whitespace, control or non-ASCII characters; pass it as the Dashboard shows it",
        ),
        (unbuilt(builder().base_url("stripe")), "the API base URL is not a valid URL"),
        (
            unbuilt(builder().api_version(" ")),
            "the API version is empty; set a value, or leave the option out",
        ),
        (
            unbuilt(builder().app_info("ö", None, None)),
            "the app info contains characters that are invalid in a header; only visible ASCII and spaces are allowed",
        ),
        (unbuilt(builder().header("a b", "x")), "`a b` is not a valid name of a header"),
        (
            unbuilt(builder().header("Stripe-Account", "acct_1")),
            "header `stripe-account` is reserved; set it with the dedicated option",
        ),
        (
            unbuilt(builder().limits(RateLimits::new().in_flight(0))),
            "the limit of requests in flight must be at least 1",
        ),
        (
            unbuilt(builder().limits(RateLimits::new().per_second(0.0))),
            "the rate limit must be at least 0.001 requests per second",
        ),
        (unbuilt(tls().root_certificate("none")), "root certificate 1 is not a certificate in PEM"),
        (
            ReqwestTransport::new(broken).map(drop).unwrap_err(),
            "the HTTP client cannot be built: failed to parse header value",
        ),
    ]
}

/// The errors of requests.
async fn requests() -> Vec<(Error, &'static str)> {
    let client = builder().build().unwrap();
    let careful = builder().require_account(true).build().unwrap();
    let plain = builder().base_url("http://stripe.example").build().unwrap();
    let live = Options::new().api_key("sk_live_1");
    let prepared = client.prepare(&balance::Retrieve::new()).unwrap();
    let mut spaced = prepared.clone();
    spaced.0.query = "a b".to_owned();
    let listed = event_destination::Update::new("ed_1").param("a[]", 1);
    vec![
        (
            plain.send(&balance::Retrieve::new().with_options(live)).await.map(drop).unwrap_err(),
            "the base URL must use https:// with a live key; http:// is allowed only with a test key",
        ),
        (
            client.replay::<Json>(&spaced).await.unwrap_err(),
            "the query contains characters that must be percent-encoded",
        ),
        (
            client.raw(Method::Get, "/v1/{x}").send().await.unwrap_err(),
            "the path must be percent-encoded and stay below the base URL",
        ),
        (unprepared(Method::Get, "v1", false, false), "the path must start with exactly one slash"),
        (
            unsent_with(Options::new().account("acct_1").context("acct_2")).await,
            "account and context are both set, but Stripe accepts only one of them; remove one",
        ),
        (
            unsent(v2::core::account::Create::new().with_options(Options::new().expand("a"))).await,
            "`expand` is not available in version 2 of the API; use `include` where the request has it",
        ),
        (
            unsent(topup::Create::new(500, Currency::USD).metadata([("", "x")])).await,
            "a key in `metadata` must not be empty",
        ),
        (unsent(topup::Retrieve::new("..")).await, "path parameter `topup` must not consist of dots"),
        (
            unsent_with(Options::new().idempotency_key("")).await,
            "the idempotency key must have 1 to 255 characters, but has 0",
        ),
        (
            unsent_with(Options::new().idempotency_key("a b")).await,
            "the idempotency key must contain only visible ASCII characters, without spaces",
        ),
        (
            careful.send(&balance::Retrieve::new()).await.map(drop).unwrap_err(),
            "the client requires a connected account, but the call has none; set it with `for_account`",
        ),
        (
            careful.replay::<Json>(&prepared).await.unwrap_err(),
            "the client requires a connected account, but the stored request has none; prepare it with `for_account`",
        ),
        (
            unsent(balance::Retrieve::new().with_options(Options::new().idempotency_key("k"))).await,
            "an idempotency key is not allowed on a GET request; remove it",
        ),
        (
            unsent_with(Options::new().param("a[", 1)).await,
            "parameter name `a[` is malformed; use the form `a[b][c]`",
        ),
        (unsent(listed).await, "parameter `a[]`: pass a list as one JSON value in version 2 of the API"),
        (
            unsent(card::Update::new("ic_1").param("a", 1).param("a", 2)).await,
            "parameter `a` is set twice; remove one of them",
        ),
        (
            unprepared(Method::Get, "/v1/x", true, false),
            "a GET request cannot have a body; set values with `param`",
        ),
        (
            unprepared(Method::Post, "/v2/x", false, true),
            "version 2 of the API requires parameters as JSON; set them with `json`",
        ),
    ]
}

/// The errors of answers to authorizations.
fn decisions() -> Vec<(Error, &'static str)> {
    use crate::webhook::authorization::Terms;
    let usd = |controllable| Terms { controllable, currency: Currency::USD };
    let answer = |decision: Decision, terms: Option<&Terms>| decision.answer_to(terms).map(drop).unwrap_err();
    let amount = |amount, currency| Decision::approve_amount(Money::new(amount, currency));
    let many = (0..51).fold(Decision::approve(), |decision, n| decision.metadata(n.to_string(), "x"));
    vec![
        (
            answer(amount(1, Currency::USD), Some(&usd(false))),
            "the amount of this authorization cannot be changed: approve all of it, or decline",
        ),
        (
            answer(amount(1, Currency::EUR), Some(&usd(true))),
            "the approved amount is in eur, but must be in the card's currency, usd",
        ),
        (
            answer(amount(0, Currency::USD), Some(&usd(true))),
            "the approved amount must be positive; to approve nothing, decline",
        ),
        (
            answer(amount(1, Currency::USD), None),
            "the authorization cannot be decoded, so no amount can be approved: approve all of it, or decline",
        ),
        (answer(many, None), "the metadata must have at most 50 keys, but has 51"),
        (
            answer(Decision::approve().metadata("x".repeat(41), ""), None),
            "a metadata key must have at most 40 characters",
        ),
        (
            answer(Decision::approve().metadata("x", "y".repeat(501)), None),
            "the metadata value of `x` must have at most 500 characters",
        ),
    ]
}

/// The places in the written code that create such an error, each with the beginning of its statement.
fn sites(folder: &Path, root: &Path, found: &mut Vec<(Site, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        let skipped = ["tests", "tests.rs", "generated", "contract"].contains(&name.as_str());
        if path.is_dir() && !skipped {
            sites(&path, root, found);
        } else if name.ends_with(".rs") && !skipped {
            let file = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            let text = fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            for (index, _) in
                lines.iter().enumerate().filter(|(_, line)| line.contains("Error::invalid_input("))
            {
                let statement = lines[index..].iter().take(2).copied().collect::<Vec<_>>().join("\n");
                found.push(((file.clone(), index + 1), statement));
            }
        }
    }
}

#[tokio::test]
async fn every_refusal_names_the_place_and_what_is_allowed() {
    let rows = [configurations(), requests().await, decisions()];
    for (error, expected) in rows.into_iter().flatten() {
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert_eq!(error.to_string(), format!("not sent: {expected}"));
        check_form(&error.to_string());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    sites(&root.join("src"), root, &mut all);
    assert!(all.len() > 30, "{all:?}");
    let noted = NOTED.take();
    let is_noted = |site: &Site| noted.iter().any(|(file, line)| file.ends_with(&site.0) && *line == site.1);
    for (site, statement) in all {
        let known = UNREACHABLE.iter().any(|message| statement.contains(message));
        assert!(is_noted(&site) || known, "no row for {site:?}: {statement}");
    }
}
