//! Finds IBANs. Their check digits distinguish them from other text.

use super::{Hidden, MASKED, gap};
use crate::error::mask::echo::begins;

/// The minimum and maximum length of an IBAN.
const SHORTEST: usize = 15;
const LONGEST: usize = 34;

/// Finds IBANs in any case, with or without separators.
pub(crate) fn find(text: &str, hidden: &mut Vec<Hidden>) {
    let mut done = 0;
    for (from, _) in text.match_indices(|c: char| c.is_ascii_alphabetic()) {
        if from >= done
            && begins(text, from)
            && let Some(to) = end(text, from)
        {
            hidden.push(Hidden { from, to, by: MASKED });
            done = to;
        }
    }
}

/// The end of the IBAN that starts here, if any.
fn end(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let [a, b, c, d, ..] = rest.as_bytes() else { return None };
    if !(a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit()) {
        return None;
    }
    let mut number = Vec::with_capacity(LONGEST);
    let (mut at, mut found) = (0, None);
    while number.len() < LONGEST {
        match rest.as_bytes().get(at) {
            Some(byte) if byte.is_ascii_alphanumeric() => {
                number.push(*byte);
                at += 1;
                let ends = !rest.get(at..).unwrap_or_default().starts_with(char::is_alphanumeric);
                if ends && number.len() >= SHORTEST && is_valid(&number) {
                    found = Some(from + at);
                }
            }
            Some(_) => match gap(rest.get(at..).unwrap_or_default()) {
                0 => break,
                width => at += width,
            },
            None => break,
        }
    }
    found
}

/// Whether the check digits are valid: with the first four characters moved to the end and letters as numbers from
/// 10, the remainder modulo 97 is 1.
fn is_valid(number: &[u8]) -> bool {
    let rotated = number.iter().cycle().skip(4).take(number.len());
    let rest = rotated.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    rest == 1
}
