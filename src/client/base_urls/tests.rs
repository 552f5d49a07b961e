use super::*;
use crate::Options;
use crate::client::request::defaults::Defaults;
use crate::types::method::Method;

fn request(path: &str, query: &str) -> Parts {
    let defaults =
        Defaults { account: None, context: None, version: "v", previews: "", require_account: false };
    let parts = Parts::new(Method::Get, path, None, &Options::new(), &defaults).unwrap();
    Parts { path: path.to_owned(), query: query.to_owned(), ..parts }
}

fn hosts(base: &str) -> Hosts {
    Hosts::new(base, base, base, true).unwrap()
}

#[test]
fn path_is_appended_to_base_url() {
    let cases = [
        ("https://api.stripe.com", "https://api.stripe.com/v1/topups?limit=1"),
        ("https://api.stripe.com/", "https://api.stripe.com/v1/topups?limit=1"),
        ("https://api.stripe.com/v1", "https://api.stripe.com/v1/topups?limit=1"),
        ("https://api.stripe.com/v1/", "https://api.stripe.com/v1/topups?limit=1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/topups?limit=1"),
        ("https://gateway.example/stripe/", "https://gateway.example/stripe/v1/topups?limit=1"),
    ];
    for (base, expected) in cases {
        assert_eq!(hosts(base).url(&request("/v1/topups", "limit=1")).unwrap().as_str(), expected);
    }
}

#[test]
fn invalid_paths_are_rejected() {
    let bad = [
        "",
        "v1/topups",
        "//evil.example/v1",
        "https://evil.example/v1",
        "/\\evil.example",
        "/v1//topups",
        "/v1/topups/",
        "/v1/../admin",
        "/v1/%2e%2E/admin",
        "/v1/.%2e/admin",
        "/v1/./topups",
        "/v1/topups?limit=1",
        "/v1/topups#x",
        "/v1/to pups",
        "/v1/töpups",
        "/v1/topups\r\nHost: evil",
        "@evil.example/v1",
        "/v1/topups\t",
    ];
    for path in bad {
        assert!(
            hosts("https://api.stripe.com").url(&request(path, "")).is_err(),
            "{path:?} must be rejected"
        );
    }
    for query in ["a=b c", "a=b\r\nx", "a#b"] {
        assert!(hosts("https://api.stripe.com").url(&request("/v1/topups", query)).is_err(), "{query:?}");
    }
}

#[test]
fn id_stays_one_path_segment() {
    for id in
        ["a/b", "a?b", "a#b", "..%2f", "é", "a b", "%2e%2e", "a\\b", "a\nb", "tu_1.", "x@y", "a:b", "a%00"]
    {
        let mut path = "/v1/topups/".to_owned();
        crate::client::request::path::push_segment(&mut path, "topup", id).unwrap();
        let url = hosts("https://api.stripe.com").url(&request(&path, "")).unwrap();
        let last = url.path_segments().unwrap().next_back().unwrap().to_owned();
        assert_eq!(url.path_segments().unwrap().count(), 3, "{id:?}");
        let decoded: String =
            url::form_urlencoded::parse(format!("x={}", last.replace('+', "%2B")).as_bytes())
                .map(|(_, value)| value.into_owned())
                .collect();
        assert_eq!(decoded, id);
    }
    for id in ["", ".", "..", "..."] {
        assert!(
            crate::client::request::path::push_segment(&mut String::new(), "topup", id).is_err(),
            "{id:?} must be rejected"
        );
    }
}

#[test]
fn base_urls_are_validated() {
    let bad = [
        "",
        "api.stripe.com",
        "ftp://api.stripe.com",
        "https://",
        "https://user:pass@api.stripe.com",
        "https://api.stripe.com?x=1",
        "https://api.stripe.com#x",
        "file:///etc/passwd",
    ];
    for base in bad {
        assert!(Hosts::new(base, base, base, true).is_err(), "{base:?} must be rejected");
    }
    let open = "http://stripe-mock:12111";
    assert!(Hosts::new(open, open, open, true).is_ok());
    assert!(Hosts::new(open, open, open, false).is_err(), "plain HTTP requires a test key");
    assert!(hosts("http://[::1]:80").are_loopback());
    assert!(hosts("http://localhost:80").are_loopback());
    assert!(!hosts("https://localhost.evil.example").are_loopback());
}
