//! Requests to the sandbox, as a client would make them, with forms.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use stripe_sandbox::{Request, Response, Sandbox};

/// A secret test mode key.
pub fn key() -> String {
    ["sk", "test", "sandbox0000"].join("_")
}

/// The size of a long test: a sample, or with `SANDBOX_TESTS=whole` (as in `.ci/run`) all of it.
pub fn size(of: &str, sample: u64, whole: u64) -> u64 {
    let size =
        if std::env::var("SANDBOX_TESTS").is_ok_and(|tests| tests == "whole") { whole } else { sample };
    println!("{of}: {size} of {whole}");
    size
}

/// Paths that exist only in a preview version.
const PREVIEWS: [&str; 2] = ["/v1/balance_transfers", "/v1/account_notices"];

/// A request with a key, for an account unless it is empty.
pub fn request(method: Method, path: &str, form: &str, account: &str, headers: &[(&str, &str)]) -> Request {
    let mut map = HeaderMap::new();
    let authorization = format!("Bearer {}", key());
    let mut put = |name: &str, value: &str| {
        map.insert(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
    };
    put("authorization", &authorization);
    if !account.is_empty() {
        put("stripe-account", account);
    }
    if path.starts_with("/v2/") {
        put("stripe-version", stripe_platform::API_VERSION);
    }
    for (name, value) in headers {
        put(name, value);
    }
    if PREVIEWS.iter().any(|preview| path.starts_with(preview)) {
        put("stripe-version", "2026-01-28.preview");
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    Request { method, path, query, headers: map, body: form.to_owned().into() }
}

/// Makes a POST with a form.
pub fn post(sandbox: &Sandbox, account: &str, path: &str, form: &str) -> Response {
    sandbox.handle(&request(Method::POST, path, form, account, &[]))
}

/// Makes a POST with a form and an idempotency key.
pub fn post_once(sandbox: &Sandbox, account: &str, path: &str, form: &str, key: &str) -> Response {
    sandbox.handle(&request(Method::POST, path, form, account, &[("idempotency-key", key)]))
}

/// Makes a GET.
pub fn get(sandbox: &Sandbox, account: &str, path: &str) -> Response {
    sandbox.handle(&request(Method::GET, path, "", account, &[]))
}

/// A complete cardholder as a form.
#[allow(dead_code, reason = "the tests inside of the crate have others")]
pub const HOLDER: &str = "name=Ada+Example&email=ada%40example.com&individual[first_name]=Ada&individual[last_name]=Example\
    &individual[card_issuing][user_terms_acceptance][date]=1767000000\
    &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1\
    &billing[address][line1]=1+Street&billing[address][city]=Town&billing[address][country]=US\
    &billing[address][postal_code]=94103";
