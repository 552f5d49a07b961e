use super::*;
use crate::error::headers::{LONGEST_ASKED, http_date, retry_after};
use http::HeaderValue;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| ((*name).try_into().unwrap(), HeaderValue::from_str(value).unwrap()))
        .collect()
}

#[test]
fn should_retry_header_overrides_the_status() {
    let none = HeaderMap::new();
    let no = headers(&[("stripe-should-retry", "false")]);
    let yes = headers(&[("stripe-should-retry", "true")]);
    let cases = [
        (409, &none, None, true),
        (409, &no, None, false),
        (500, &none, None, true),
        (500, &no, None, false),
        (503, &none, None, true),
        (400, &none, None, false),
        (400, &yes, None, true),
        (402, &none, None, false),
        (429, &none, None, false),
        (429, &none, Some("rate_limit"), false),
        (429, &none, Some("lock_timeout"), true),
        (429, &no, Some("lock_timeout"), false),
        (429, &yes, None, true),
        (302, &none, None, false),
    ];
    for (status, headers, code, expected) in cases {
        assert_eq!(wants_retry(status, headers, code), expected, "{status} {headers:?} {code:?}");
    }
}

#[test]
fn wait_is_in_the_upper_half_of_a_growing_interval() {
    let spans: Vec<_> = (1..=7).map(|retry| span(retry).as_millis()).collect();
    assert_eq!(spans, [1000, 2000, 4000, 8000, 8000, 8000, 8000]);
    assert_eq!(span(u32::MAX), LONGEST);
    for retry in 1..=6 {
        let waits: Vec<_> = (0..2000).map(|_| delay(retry, None)).collect();
        assert!(
            waits.iter().all(|wait| *wait <= span(retry) && *wait >= span(retry) / 2 && *wait >= SHORTEST)
        );
        // The whole upper half is used.
        assert!(waits.iter().any(|wait| *wait < span(retry) * 5 / 8));
        assert!(waits.iter().any(|wait| *wait > span(retry) * 7 / 8));
    }
    assert_eq!(delay(1, Some(Duration::from_secs(7))), Duration::from_secs(7));
    // With a zero wait, all clients would retry at once.
    assert!((0..100).any(|_| delay(1, Some(Duration::ZERO)) > span(1) / 4));
}

#[test]
fn retry_after_is_seconds_or_a_date_up_to_a_minute() {
    let asked = |text: &str| retry_after(&headers(&[("retry-after", text)]));
    assert_eq!(asked("0"), Some(Duration::ZERO));
    assert_eq!(asked(" 3 "), Some(Duration::from_secs(3)));
    assert_eq!(asked("3600"), Some(LONGEST_ASKED));
    assert_eq!(asked("99999999999999999999999"), Some(LONGEST_ASKED));
    assert_eq!(asked("-1"), None);
    assert_eq!(asked("soon"), None);
    assert_eq!(asked(""), None);
    assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
    assert_eq!(asked("Fri, 31 Dec 9999 23:59:59 GMT"), Some(LONGEST_ASKED));
    assert_eq!(retry_after(&HeaderMap::new()), None);
}

#[test]
fn http_dates() {
    assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
    assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
    assert_eq!(http_date("Thu, 29 Feb 2024 12:00:00 GMT"), Some(1_709_208_000));
    assert_eq!(http_date("Fri, 01 Mar 2024 00:00:00 GMT"), Some(1_709_251_200));
    assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 CET"), None);
    assert_eq!(http_date("Sun, 06 Nov 1994 25:49:37 GMT"), None);
    assert_eq!(http_date("Sun, 99 Nov 1994 08:49:37 GMT"), None);
    assert_eq!(http_date("Sunday"), None);
}
