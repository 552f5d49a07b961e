//! The fast decoder gives the same results as the careful one.

use super::fill;
use crate::wire::WireType;
use crate::{List, account, issuing};

fn takes<T: WireType>(text: &str) -> bool {
    fill(&mut T::empty(), text).is_some()
}

/// A failure here affects only speed.
#[test]
fn replies_do_not_need_the_careful_decoder() {
    assert!(takes::<account::Account>(include_str!("data/account.json")));
    let authorization = include_str!("data/authorization.json");
    assert!(takes::<issuing::authorization::Authorization>(authorization));
    let authorizations = format!(
        r#"{{"object":"list","data":[{authorization}],"has_more":false,"url":"/v1","more":[1.5e3,"\u00e9"]}}"#
    );
    assert!(takes::<List<issuing::authorization::Authorization>>(&authorizations));
}

fn both<T: WireType + PartialEq + std::fmt::Debug>(text: &str) -> bool {
    let mut fast = T::empty();
    if fill(&mut fast, text).is_none() {
        return false;
    }
    let mut careful = T::empty();
    let read = crate::wire::decode::fill_carefully(&mut careful, text.as_bytes());
    assert_eq!(read, Ok(()), "only the fast decoder accepts {text}");
    assert!(fast == careful, "the decoders differ for {text}");
    true
}

/// Each event in its decoder: an event whose object does not match is accepted too, with the object as JSON.
#[cfg(feature = "webhook")]
#[test]
fn events_do_not_need_the_careful_decoder() {
    for text in [
        include_str!("../../../examples/webhook_server/events/authorization_request.json"),
        include_str!("../../../examples/webhook_server/events/topup_succeeded.json"),
        include_str!("../../../examples/webhook_server/events/account_updated.json"),
    ] {
        let mut event = crate::webhook::Envelope::empty();
        assert!(fill(&mut event, text).is_some(), "{text}");
        assert!(event.data.object.as_json().is_none(), "{text}");
        assert!(both::<crate::webhook::Envelope>(&text.replace("\"livemode\": false", "\"livemode\": true")));
    }
}

/// The member with the type can occur anywhere, twice, or with an unknown value.
#[cfg(feature = "webhook")]
#[test]
fn both_decoders_determine_the_same_object_type() {
    for object in [
        r#"{"id":"person_1","object":"person","deleted":true}"#,
        r#"{"id":"acct_1","deleted":true,"object":"account"}"#,
        r#"{"id":"acct_1","object":"account","object":"person"}"#,
        r#"{"object":"person","id":"x","object":"application"}"#,
        r#"{"name":null,"id":"ca_1","object":"application"}"#,
        r#"{"name":null,"id":"ca_1","object":"application","deleted":true}"#,
        r#"{"name":null,"id":"ca_1","object":"application","deleted":false}"#,
        r#"{"name":7,"id":"ca_1","object":"application"}"#,
        r#"{"name":"a","id":"ca_1","\u006fbject":"application","more":18446744073709551615}"#,
        r#"{"object":{"object":"application"},"id":"ca_1"}"#,
        r#"{"object":"no such thing","deep":[[{}]]}"#,
        "{}",
    ] {
        let event = format!(
            r#"{{"id":"evt_1","object":"event","type":"x","created":1,"data":{{"object":{object},"more":[{{}}]}}}}"#
        );
        assert!(both::<crate::webhook::Envelope>(&event), "{object}");
    }
}

/// Input accepted by the fast decoder is accepted by the careful one with the same result. Damaged texts are where
/// they could differ.
#[test]
fn both_decoders_agree() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let account = include_str!("data/account.json");
    let authorization = include_str!("data/authorization.json");
    let event = include_str!("../../../examples/webhook_server/events/authorization_request.json");
    let deleted = r#"{"id":"evt_1","object":"event","type":"person.deleted","created":1,"request":"req_1","data":{
        "object":{"id":"person_1","object":"person","deleted":true},"previous_attributes":{"a":[1]},"more":1}}"#;
    let pieces = [
        "", "\"", "\\", "\\u0041", "\\ud800", "{", "}", "[", "]", ",", ":", "0", "-", "1e3", "1.", "null",
        "true", " ", "é", "\u{1}",
    ];
    let (mut taken, mut refused) = (0, 0);
    for round in 0..9_000 {
        let text = [account, authorization, event, deleted][round % 4];
        let mut damaged = text.to_owned();
        for _ in 0..=next(2) {
            let start = next(damaged.len());
            let end = (start + next(3)).min(damaged.len());
            if damaged.is_char_boundary(start) && damaged.is_char_boundary(end) {
                damaged.replace_range(start..end, pieces[next(pieces.len())]);
            }
        }
        let took = match round % 4 {
            0 => both::<account::Account>(&damaged),
            1 => both::<issuing::authorization::Authorization>(&damaged),
            #[cfg(feature = "webhook")]
            _ => both::<crate::webhook::Envelope>(&damaged),
            #[cfg(not(feature = "webhook"))]
            _ => continue,
        };
        *(if took { &mut taken } else { &mut refused }) += 1;
    }
    assert!(taken > 500 && refused > 500, "{taken} taken, {refused} refused");
}

#[test]
fn numbers_strings_and_ends_follow_json() {
    let takes = both::<crate::Json>;
    for text in [
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "0x1",
        "tru",
        "nul",
        "\"",
        "\"\\x\"",
        "\"\n\"",
        "[1,]",
        "{\"a\":1,}",
        "1 1",
        "[",
        "]",
        "{\"a\" 1}",
        "",
    ] {
        assert!(!takes(text), "{text}");
    }
    for text in [
        "1",
        "-1",
        "0",
        "1.5",
        "1e3",
        "true",
        "false",
        "\"a\\n\\u00e9\"",
        " [ 1 , { \"a\" : [ ] } ] ",
        "{}",
        "[]",
    ] {
        assert!(takes(text), "{text}");
    }
    let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
    assert!(takes(&deep(120)) && !takes(&deep(128)));
    let inside = |levels| {
        format!(r#"{{"object":"list","data":[],"has_more":false,"url":"","more":{}}}"#, deep(levels))
    };
    assert!(both::<List<account::Account>>(&inside(120)) && !both::<List<account::Account>>(&inside(127)));
}
