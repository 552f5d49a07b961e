//! Finds known secrets in a text in any encoding: verbatim, or escaped for a URL, a form, JSON or HTML.

use super::{Hidden, MASKED, gap};
use crate::types::hex;

/// Shorter secrets carry no information, and occur everywhere.
const SHORTEST: usize = 3;
/// Shorter secrets match only as whole words: a CVC of 123 must not mask the middle of an id.
const LONG: usize = 6;

/// Finds the positions of the secrets.
pub(crate) fn find(text: &str, secrets: &[String], hidden: &mut Vec<Hidden>) {
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        let mut done = 0;
        for (from, _) in text.char_indices() {
            if from < done {
                continue;
            }
            let rest = text.as_bytes().get(from..).unwrap_or_default();
            let length = length_of(secret.as_bytes(), rest);
            let Some(length) = length.or_else(|| respelt(secret, text.get(from..)?)) else { continue };
            let to = from + length;
            if secret.len() >= LONG || (begins(text, from) && ends(text, to)) {
                hidden.push(Hidden { from, to, by: MASKED });
                done = to;
            }
        }
    }
}

/// Whether a word can start here: not after a letter, digit or underscore, except after an escape.
pub(crate) fn begins(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let is_word = before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
    !is_word || ends_with_escape(before.as_bytes())
}

/// Whether a word can end here.
pub(crate) fn ends(text: &str, at: usize) -> bool {
    !text.get(at..).unwrap_or_default().starts_with(char::is_alphanumeric)
}

fn ends_with_escape(text: &[u8]) -> bool {
    let is_hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    matches!(text, [.., b'%', a, b] if is_hex(&[*a, *b]))
        || matches!(text, [.., b'\\', b'u', a, b, c, d] if is_hex(&[*a, *b, *c, *d]))
        || matches!(text, [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'])
}

/// The number of text bytes that match the secret, if the text starts with it.
fn length_of(secret: &[u8], text: &[u8]) -> Option<usize> {
    if text.starts_with(secret) {
        return Some(secret.len());
    }
    let (mut secret, mut rest) = (secret, text);
    while let Some(next) = secret.first() {
        let (written, read) = match escaped(secret, rest) {
            Some(lengths) => lengths,
            None if rest.first() == Some(next) => (1, 1),
            None => return None,
        };
        rest = rest.get(written..)?;
        secret = secret.get(read..)?;
    }
    Some(text.len() - rest.len())
}

/// The same for another spelling: different case, or different or no group separators.
fn respelt(secret: &str, text: &str) -> Option<usize> {
    let mut letters = secret.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    if letters.clone().count() < LONG || !text.starts_with(char::is_alphanumeric) {
        return None;
    }
    let mut next = letters.next();
    let mut rest = text;
    while let Some(wanted) = next {
        let c = rest.chars().next()?;
        if c.to_lowercase().eq([wanted]) {
            next = letters.next();
            rest = rest.get(c.len_utf8()..)?;
        } else {
            let width = gap(rest);
            let width = if width > 0 { width } else { escaped_gap(rest)? };
            rest = rest.get(width..)?;
        }
    }
    Some(text.len() - rest.len())
}

/// The length of an escaped space in bytes.
fn escaped_gap(text: &str) -> Option<usize> {
    ["%C2%A0", "%c2%a0", "%20", "\\u00a0", "\\u00A0", "&nbsp;"]
        .into_iter()
        .find(|gap| text.starts_with(gap))
        .map(str::len)
}

/// Decodes one escape, if it matches the beginning of the secret: its length, and the length of the match.
fn escaped(secret: &[u8], text: &[u8]) -> Option<(usize, usize)> {
    let next = *secret.first()?;
    match text {
        // Escaped twice, where one URL is inside another.
        [b'%', b'2', b'5', a, b, ..] if hex::number(&[*a, *b]) == Some(next.into()) => Some((5, 1)),
        [b'%', a, b, ..] if hex::number(&[*a, *b]) == Some(next.into()) => Some((3, 1)),
        [b'+', ..] if next == b' ' => Some((1, 1)),
        [b'\\', b'u', digits @ ..] => {
            let first = hex::number(digits.get(..4)?)?;
            let second = match digits.get(4..6) {
                Some(b"\\u") => digits.get(6..10).and_then(hex::number),
                _ => None,
            };
            let units =
                [Some(first), second].into_iter().flatten().filter_map(|unit| u16::try_from(unit).ok());
            let read = char::decode_utf16(units).next()?.ok()?;
            let written = if read.len_utf16() == 2 { 12 } else { 6 };
            let mut buffer = [0; 4];
            let read = read.encode_utf8(&mut buffer).as_bytes();
            secret.starts_with(read).then_some((written, read.len()))
        }
        [b'\\', letter, ..] => {
            let read = match letter {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'b' => 8,
                b'f' => 12,
                other => *other,
            };
            (read == next).then_some((2, 1))
        }
        [b'&', ..] => {
            let entities: [(&[u8], u8); 7] = [
                (b"&amp;", b'&'),
                (b"&lt;", b'<'),
                (b"&gt;", b'>'),
                (b"&quot;", b'"'),
                (b"&#34;", b'"'),
                (b"&#39;", b'\''),
                (b"&#x27;", b'\''),
            ];
            let (entity, _) =
                entities.iter().find(|(entity, read)| *read == next && text.starts_with(entity))?;
            Some((entity.len(), 1))
        }
        _ => None,
    }
}
