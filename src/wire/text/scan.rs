//! Scans eight bytes at a time: JSON text is mostly indentation and the content of strings.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

fn every(byte: u8) -> u64 {
    ONES * u64::from(byte)
}

/// Reads the eight bytes at a position, the first one lowest.
#[inline]
pub(crate) fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk::<8>().map(|chunk| u64::from_le_bytes(*chunk))
}

/// The number of bytes before the first marked one.
#[inline]
fn before(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

/// The number of leading spaces of a word.
#[inline]
pub(crate) fn spaces(word: u64) -> usize {
    before(word ^ every(b' '))
}

/// The number of bytes before one that ends a piece of a string: a quote, a backslash, a control character.
#[inline]
pub(crate) fn plain(word: u64) -> usize {
    // Marks the top bit of each byte that is below `limit`. Marks after the first may be wrong because of borrows.
    let below = |word: u64, limit: u8| word.wrapping_sub(every(limit)) & !word & TOPS;
    before(below(word ^ every(b'"'), 1) | below(word ^ every(b'\\'), 1) | below(word, b' '))
}

/// Whether two short texts are equal, without a function call.
#[inline]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match (one.first_chunk::<8>(), other.first_chunk::<8>(), one.last_chunk::<8>(), other.last_chunk::<8>()) {
        (Some(first), Some(other_first), Some(last), Some(other_last)) => {
            first == other_first && last == other_last && (one.len() <= 16 || one == other)
        }
        _ => one.iter().zip(other).all(|(one, other)| one == other),
    }
}

/// Whether a byte ends a piece of a string.
#[inline]
pub(crate) fn is_end(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..=0x1f)
}

/// The integer at the start of a text, and its length, if it is not too long and not a fraction.
#[inline]
pub(crate) fn integer(text: &[u8]) -> Option<(i64, usize)> {
    let (sign, first) = if text.first() == Some(&b'-') { (-1, 1) } else { (1, 0) };
    let mut value = 0_i64;
    let mut at = first;
    // Eighteen digits always fit.
    while let Some(digit @ b'0'..=b'9') = text.get(at).filter(|_| at < first + 18) {
        value = value * 10 + i64::from(digit - b'0');
        at += 1;
    }
    let zero_first = text.get(first) == Some(&b'0') && (at > first + 1 || sign < 0);
    let ends = !matches!(text.get(at), Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    (at > first && !zero_first && ends).then_some((sign * value, at))
}

/// Whether a text is a JSON number.
pub(crate) fn is_number(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, rest) = digits(text);
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with(b"0")) {
        return false;
    }
    let rest = match rest.strip_prefix(b".") {
        Some(rest) => match digits(rest) {
            ([], _) => return false,
            (_, rest) => rest,
        },
        None => rest,
    };
    match rest {
        [] => true,
        [b'e' | b'E', rest @ ..] => {
            let rest = rest.strip_prefix(b"+").or(rest.strip_prefix(b"-")).unwrap_or(rest);
            matches!(digits(rest), ([_, ..], []))
        }
        _ => false,
    }
}

/// Splits the leading digits from the rest.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte, at every position of a word, before and after every other.
    #[test]
    fn word_scan_equals_bytewise_scan() {
        for position in 0..8 {
            for byte in 0..=255_u8 {
                for other in 0..=255_u8 {
                    let mut bytes = [other; 8];
                    bytes[position] = byte;
                    let word = word(&bytes, 0).unwrap();
                    assert_eq!(plain(word), bytes.iter().take_while(|byte| !is_end(**byte)).count());
                    assert_eq!(spaces(word), bytes.iter().take_while(|byte| **byte == b' ').count());
                }
            }
        }
        let text = b"abcdefghijklmnopqrstuvwxyz";
        for length in 0..=text.len() {
            assert!(same(&text[..length], &text[..length]));
            for changed in 0..length {
                let mut other = text[..length].to_vec();
                other[changed] = b'-';
                assert!(!same(&text[..length], &other), "{length} {changed}");
            }
            assert!(!same(&text[..length], b"abcdefghijklmnopqrstuvwxyz-"));
        }
        assert_eq!((word(b"1234567", 0), word(b"12345678", 1)), (None, None));
    }
}
