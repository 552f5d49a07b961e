//! Masks secrets in error texts: Stripe's messages repeat parameters, and bodies of other servers can contain
//! anything.

pub(crate) mod echo;
pub(crate) mod iban;

use super::printable::printable;
use crate::error::mask::echo::begins;

const MASKED: &str = "[masked]";
const MASKED_LINK: &str = "[masked link]";
/// The length of the excerpt of a foreign body.
const EXCERPT: usize = 200;
/// The length of the part that is scanned: masking shortens a text, and a secret truncated at the end is not
/// recognized.
const LOOKED_AT: usize = 64 << 10;
/// Prefixes of keys, recognized anywhere in a text.
const KEYS: [&str; 9] = [
    "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "pk_test_", "ek_live_", "ek_test_", "whsec_",
];
/// Prefixes of keys, tokens and signing secrets, recognized at the start of a word; elsewhere they are the end of a
/// name.
const PREFIXES: [&str; 11] =
    ["sk_", "rk_", "ek_", "pk_", "whsec_", "btok_", "tok_", "pii_", "ac_", "rt_", "cuvtok_"];
/// Hosts with public pages; links to any other host may grant access.
const PUBLIC_HOSTS: [&str; 4] =
    ["stripe.com", "docs.stripe.com", "support.stripe.com", "dashboard.stripe.com"];

/// Masks the given secrets in any encoding or spelling, and anything that looks like a secret: keys, tokens, client
/// secrets, email addresses, long numbers, bank accounts, links. Escapes control characters in the rest.
pub(crate) fn mask(text: &str, secrets: &[String]) -> String {
    printable(&hide(text, secrets))
}

fn hide(text: &str, secrets: &[String]) -> String {
    let mut hidden = Vec::new();
    echo::find(text, secrets, &mut hidden);
    tokens(text, &mut hidden);
    client_secrets(text, &mut hidden);
    mails(text, &mut hidden);
    numbers(text, &mut hidden);
    iban::find(text, &mut hidden);
    links(text, &mut hidden);
    hidden.sort_by_key(|part| part.from);
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    for part in hidden {
        if part.from >= shown {
            out.push_str(text.get(shown..part.from).unwrap_or_default());
            out.push_str(part.by);
        }
        shown = shown.max(part.to);
    }
    out.push_str(text.get(shown..).unwrap_or_default());
    out
}

/// The beginning of a body, on one line and masked.
pub(crate) fn excerpt(body: &[u8], secrets: &[String]) -> String {
    let looked_at = String::from_utf8_lossy(body.get(..LOOKED_AT).unwrap_or(body));
    let text: String =
        hide(&looked_at, secrets).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = printable(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// A masked part of a text, in bytes, with its replacement.
pub(crate) struct Hidden {
    from: usize,
    to: usize,
    by: &'static str,
}

/// The end of a run of matching characters.
fn run(text: &str, from: usize, is_part: impl Fn(char) -> bool) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find(|c| !is_part(c)).unwrap_or(rest.len())
}

/// The start of a run of matching characters that ends here.
fn run_back(text: &str, to: usize, is_part: impl Fn(char) -> bool) -> usize {
    let before = text.get(..to).unwrap_or_default();
    before.char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map_or(to, |(at, _)| at)
}

fn tokens(text: &str, hidden: &mut Vec<Hidden>) {
    let mut done = 0;
    for (underscore, _) in text.match_indices('_') {
        if underscore < done {
            continue;
        }
        let from = run_back(text, underscore, |c| c.is_ascii_lowercase());
        // If an escape precedes the prefix, the last letters before the underscore are the prefix.
        let Some((prefix, from)) = (from..=underscore).find_map(|at| {
            let rest = text.get(at..)?;
            let known = |prefixes: &[&'static str]| prefixes.iter().copied().find(|p| rest.starts_with(p));
            let prefix = known(&KEYS).or_else(|| begins(text, at).then(|| known(&PREFIXES)).flatten())?;
            Some((prefix, at))
        }) else {
            continue;
        };
        // Signing secrets are arbitrary Base64, keys are not.
        let is_any = prefix == "whsec_";
        let to = run(text, from + prefix.len(), |c| {
            c.is_ascii_alphanumeric() || "_-*".contains(c) || (is_any && "+/=%".contains(c))
        });
        if to > from + prefix.len() {
            hidden.push(Hidden { from: underscore + 1, to, by: MASKED });
            done = to;
        }
    }
}

/// `seti_123_secret_456`: the object prefix is kept.
fn client_secrets(text: &str, hidden: &mut Vec<Hidden>) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    for (at, middle) in text.match_indices("_secret_") {
        let from = run_back(text, at, is_part);
        let to = run(text, at, is_part);
        if to > at + middle.len() {
            let kind = run(text, from, |c| c != '_') + 1;
            hidden.push(Hidden { from: kind, to, by: MASKED });
        }
    }
}

fn mails(text: &str, hidden: &mut Vec<Hidden>) {
    let is_name = |c: char| c.is_alphanumeric() || "._+-%".contains(c);
    for sign in ["@", "%40", "\\u0040"] {
        for (at, _) in text.match_indices(sign) {
            let host = at + sign.len();
            let (from, to) =
                (run_back(text, at, is_name), run(text, host, |c| c.is_alphanumeric() || ".-".contains(c)));
            if from < at && text.get(host..to).is_some_and(|host| host.contains('.')) {
                hidden.push(Hidden { from, to, by: MASKED });
            }
        }
    }
}

/// The length of a group separator in bytes, if the text starts with one.
fn gap(text: &str) -> usize {
    match text.chars().next() {
        Some(
            c @ (' '
            | '-'
            | '+'
            | '.'
            | '_'
            | '/'
            | '\u{a0}'
            | '\u{2009}'
            | '\u{202f}'
            | '\u{2010}'..='\u{2015}'),
        ) => c.len_utf8(),
        _ => 0,
    }
}

/// Numbers as long as account, card or identity numbers, also with separators. Unix timestamps and the digits of ids
/// are kept.
fn numbers(text: &str, hidden: &mut Vec<Hidden>) {
    let digit_at = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut to = 0;
    for (from, _) in text.match_indices(|c: char| c.is_ascii_digit()) {
        if from < to || !begins(text, from) {
            continue;
        }
        to = from;
        loop {
            let gap = gap(text.get(to..).unwrap_or_default());
            match digit_at(to) {
                true => to += 1,
                false if gap > 0 && digit_at(to + gap) => to += gap,
                false => break,
            }
        }
        let number = text.get(from..to).unwrap_or_default();
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let is_time = digits == 10 && number.len() == 10 && number.starts_with('1');
        let is_word = text.get(to..).unwrap_or_default().starts_with(|c: char| c.is_alphabetic() || c == '_');
        if digits >= 9 && !is_time && !is_word {
            hidden.push(Hidden { from, to, by: MASKED });
        }
    }
}

fn links(text: &str, hidden: &mut Vec<Hidden>) {
    // The characters that end a link in prose, JSON or HTML.
    let is_end = |c: char| {
        c.is_whitespace()
            || matches!(c, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';')
    };
    for behind in ["://", ":\\/\\/", "%3A%2F%2F", "%3a%2f%2f"] {
        for (at, _) in text.match_indices(behind) {
            let from = run_back(text, at, |c| c.is_ascii_alphanumeric());
            let host = at + behind.len();
            let host = text.get(host..run(text, host, |c| !is_end(c) && !"/?#:\\%&".contains(c)));
            let is_escaped = behind.starts_with('%');
            let to = run(text, at, |c| !(is_end(c) || is_escaped && c == '&'));
            // A scheme without a host is not a link.
            if !host.is_some_and(|host| host.is_empty() || PUBLIC_HOSTS.contains(&host)) {
                hidden.push(Hidden { from, to, by: MASKED_LINK });
            }
        }
    }
}
