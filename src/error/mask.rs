//! Keeps secrets out of error texts: Stripe's messages repeat what was sent, and bodies of other servers may
//! hold anything.

const MASKED: &str = "[masked]";
/// How much of a foreign body an error keeps.
const EXCERPT: usize = 200;
/// What keys, tokens and signing secrets begin with.
const PREFIXES: [&str; 11] =
    ["sk_", "rk_", "ek_", "pk_", "whsec_", "btok_", "tok_", "pii_", "ac_", "rt_", "cuvtok_"];
/// Hosts whose pages are for everybody; a link to any other may grant access.
const PUBLIC_HOSTS: [&str; 4] =
    ["stripe.com", "docs.stripe.com", "support.stripe.com", "dashboard.stripe.com"];

/// Masks the given secrets, and whatever looks like one: keys, tokens, client secrets, mail addresses, long
/// numbers, links.
pub(crate) fn mask(text: &str, secrets: &[String]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        text = mask_value(&text, secret);
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let end = rest.find(is_break).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        mask_word(word, &mut masked);
        let end = tail.find(|c| !is_break(c)).unwrap_or(tail.len());
        let (gap, tail) = tail.split_at(end);
        masked.push_str(gap);
        rest = tail;
    }
    mask_numbers(&masked)
}

/// The beginning of a body, on one line and masked.
pub(crate) fn excerpt(body: &[u8], secrets: &[String]) -> String {
    // A little more is masked than is shown, so that a secret cut at the end is still recognized.
    let shown = body.get(..EXCERPT * 8).unwrap_or(body);
    let text: String =
        String::from_utf8_lossy(shown).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = mask(&text, secrets).split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// What separates words: keys and links hold none of these.
fn is_break(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';')
}

fn mask_word(word: &str, out: &mut String) {
    if let Some(at) = word.find("://") {
        let host = word.get(at + 3..).unwrap_or_default();
        let host = host.get(..host.find(['/', '?', '#', ':']).unwrap_or(host.len())).unwrap_or_default();
        out.push_str(if PUBLIC_HOSTS.contains(&host) { word } else { "[masked link]" });
        return;
    }
    // A word may be `name=secret` or `name:secret`.
    for part in word.split_inclusive(['=', ':', '/', '&', '|']) {
        let core = part.trim_end_matches(['=', ':', '/', '&', '|']);
        let is_secret = core.contains("_secret_") || PREFIXES.iter().any(|prefix| begins(core, prefix));
        let is_mail = core.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if is_mail {
            out.push_str(MASKED);
            out.push_str(part.get(core.len()..).unwrap_or_default());
        } else if is_secret {
            let prefix = core.find('_').map_or("", |end| core.get(..=end).unwrap_or_default());
            out.push_str(prefix);
            out.push_str(MASKED);
            out.push_str(part.get(core.len()..).unwrap_or_default());
        } else {
            out.push_str(part);
        }
    }
}

/// Whether a word is a prefix with something behind it that is not just a name (`tok_` itself, `pk_` in
/// prose).
fn begins(word: &str, prefix: &str) -> bool {
    word.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty())
}

/// Masks a value where it stands alone: a CVC of 123 does not hide the middle of an id.
fn mask_value(text: &str, secret: &str) -> String {
    if secret.len() < 3 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(secret) {
        let (before, found) = rest.split_at(at);
        let after = found.get(secret.len()..).unwrap_or_default();
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let alone =
            !joined(before.chars().next_back().or(out.chars().next_back())) && !joined(after.chars().next());
        out.push_str(before);
        out.push_str(if alone || secret.len() >= 6 { MASKED } else { secret });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Masks numbers as long as an account, card or identity number, also with spaces or dashes in them. Times in
/// Unix seconds stay.
fn mask_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    let mut previous = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let goes_on = c.is_ascii_digit()
            || (matches!(c, ' ' | '-') && !run.is_empty() && chars.peek().is_some_and(char::is_ascii_digit));
        // Digits inside a word belong to an id.
        if goes_on && (!run.is_empty() || !(previous.is_alphanumeric() || previous == '_')) {
            run.push(c);
        } else {
            flush(&mut run, &mut out, c);
            out.push(c);
        }
        previous = c;
    }
    flush(&mut run, &mut out, ' ');
    out
}

fn flush(run: &mut String, out: &mut String, next: char) {
    let digits = run.chars().filter(char::is_ascii_digit).count();
    let is_time = digits == 10 && run.len() == 10 && run.starts_with('1');
    let is_word = next.is_alphabetic() || next == '_';
    if digits >= 9 && !is_time && !is_word {
        out.push_str(MASKED);
    } else {
        out.push_str(run);
    }
    run.clear();
}
