//! Finds the international numbers of bank accounts. Their check digits tell them from other texts.

use super::{Hidden, MASKED, gap};
use crate::error::mask::echo::begins;

/// The lengths that such numbers have.
const SHORTEST: usize = 15;
const LONGEST: usize = 34;

/// Where such numbers are, in capitals or not, with or without separators.
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

/// Where the number ends that begins here, if one does.
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

/// Whether the check digits are right: with the first four characters at the end, and letters as numbers from 10, the rest
/// of a division by 97 is 1.
fn is_valid(number: &[u8]) -> bool {
    let rotated = number.iter().cycle().skip(4).take(number.len());
    let rest = rotated.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    rest == 1
}
