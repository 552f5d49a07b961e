//! Hexadecimal digits, and the `%XX` escapes that consist of them.

use std::fmt::Write;

/// Appends a byte as two lower-case digits.
#[cfg(feature = "webhook")]
pub(crate) fn push(byte: u8, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(text, "{byte:02x}");
}

/// Appends a byte as `%XX`.
pub(crate) fn push_escape(byte: u8, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(text, "%{byte:02X}");
}

/// The value of one to eight digits, in either case. Unlike `from_str_radix`, it accepts no sign.
pub(crate) fn number(digits: &[u8]) -> Option<u32> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let value = digits.iter().try_fold(0_u32, |value, byte| value.checked_mul(16)?.checked_add(digit(byte)?));
    value.filter(|_| !digits.is_empty())
}

/// Decodes the `%XX` escapes of a path segment. Incomplete escapes are kept as they are.
#[cfg(feature = "testing")]
pub(crate) fn unescape(segment: &str) -> String {
    let mut out = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match tail {
            [high, low, after @ ..] if *first == b'%' => number(&[*high, *low]).map(|value| (value, after)),
            _ => None,
        };
        let (byte, after) = match escaped {
            Some((value, after)) => (u8::try_from(value).unwrap_or_default(), after),
            None => (*first, tail),
        };
        out.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_numbers() {
        for (text, expected) in [
            ("7f", Some(0x7f)),
            ("00E9", Some(0xe9)),
            ("ffffffff", Some(u32::MAX)),
            ("100000000", None),
            ("", None),
            ("+7", None),
            ("-7", None),
            ("g0", None),
        ] {
            assert_eq!(number(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn escape_has_two_upper_case_digits() {
        let mut text = String::new();
        [0, b'/', 0xff].into_iter().for_each(|byte| push_escape(byte, &mut text));
        assert_eq!(text, "%00%2F%FF");
    }

    #[cfg(feature = "testing")]
    #[test]
    fn segments_are_unescaped() {
        assert_eq!(unescape("a%2Fb%20+%zz%+7%"), "a/b +%zz%+7%");
    }
}
