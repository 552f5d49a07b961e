//! That the fast reader is no other reader.

use super::fill;
use crate::wire::Typed;
use crate::{List, account, issuing};

fn takes<T: Typed>(text: &str) -> bool {
    fill(&mut T::empty(), text).is_some()
}

/// Otherwise nothing is wrong but the speed.
#[test]
fn replies_do_not_need_the_careful_reader() {
    assert!(takes::<account::Account>(include_str!("../../benches/data/account.json")));
    let authorization = include_str!("../../benches/data/authorization.json");
    assert!(takes::<issuing::authorization::Authorization>(authorization));
    let authorizations = format!(
        r#"{{"object":"list","data":[{authorization}],"has_more":false,"url":"/v1","more":[1.5e3,"\u00e9"]}}"#
    );
    assert!(takes::<List<issuing::authorization::Authorization>>(&authorizations));
}

fn both<T: Typed + PartialEq + std::fmt::Debug>(text: &str) -> bool {
    let mut fast = T::empty();
    if fill(&mut fast, text).is_none() {
        return false;
    }
    let mut careful = T::empty();
    let read = crate::wire::decode::fill_carefully(&mut careful, text.as_bytes());
    assert_eq!(read, Ok(()), "only the fast reader takes {text}");
    assert!(fast == careful, "the readers differ about {text}");
    true
}

/// What this reader takes, the careful one takes, and reads the same. Damaged texts are where they could differ.
#[test]
fn both_readers_read_the_same() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let account = include_str!("../../benches/data/account.json");
    let authorization = include_str!("../../benches/data/authorization.json");
    let pieces = [
        "", "\"", "\\", "\\u0041", "\\ud800", "{", "}", "[", "]", ",", ":", "0", "-", "1e3", "1.",
        "null", "true", " ", "é", "\u{1}",
    ];
    let (mut taken, mut refused) = (0, 0);
    for round in 0..6_000 {
        let text = if round % 2 == 0 { account } else { authorization };
        let mut damaged = text.to_owned();
        for _ in 0..=next(2) {
            let start = next(damaged.len());
            let end = (start + next(3)).min(damaged.len());
            if damaged.is_char_boundary(start) && damaged.is_char_boundary(end) {
                damaged.replace_range(start..end, pieces[next(pieces.len())]);
            }
        }
        let took = if round % 2 == 0 {
            both::<account::Account>(&damaged)
        } else {
            both::<issuing::authorization::Authorization>(&damaged)
        };
        *(if took { &mut taken } else { &mut refused }) += 1;
    }
    assert!(taken > 500 && refused > 500, "{taken} taken, {refused} refused");
}

#[test]
fn numbers_texts_and_ends_are_those_of_json() {
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
    let deep = "[".repeat(120) + &"]".repeat(120);
    assert!(takes(&deep));
}
