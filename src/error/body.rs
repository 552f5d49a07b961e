//! Describes an unexpected body in an error.

use super::mask;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// The beginning of a body, or a description if it is not text.
pub(crate) fn shown(headers: &HeaderMap, body: &[u8], secrets: &[String]) -> Option<String> {
    hint(headers, body).or_else(|| excerpt(body, secrets))
}

/// The beginning of a body, masked and on one line. `None` if it is empty.
pub(crate) fn excerpt(body: &[u8], secrets: &[String]) -> Option<String> {
    Some(mask::excerpt(body, secrets)).filter(|text| !text.is_empty())
}

/// Whether a body looks like JSON. A success reply in JSON can contain any data, so it is not quoted.
pub(crate) fn is_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Why a body cannot be read as text, if detectable.
pub(crate) fn hint(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let encoding = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b" ,-_".contains(&byte);
    if !matches!(encoding.trim(), "" | "identity") && encoding.len() < 40 && encoding.bytes().all(is_token) {
        return Some(format!(
            "the body is compressed (content-encoding: {encoding}), which was not requested"
        ));
    }
    let kind = match body {
        [0x1f, 0x8b, ..] => "the body is compressed with gzip, but has no content-encoding header",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            "the body is compressed with zstd, but has no content-encoding header"
        }
        [0xef, 0xbb, 0xbf, ..] => "the body starts with a byte order mark, which is not allowed in JSON",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the body is UTF-16, but JSON must be UTF-8",
        _ if is_binary(body) => "the body is not text; it may be compressed (content-encoding)",
        _ => return None,
    };
    Some(kind.to_owned())
}

/// Whether a body contains bytes that text never contains.
fn is_binary(body: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && !b"\t\r\n\x0c".contains(byte);
    match std::str::from_utf8(body) {
        Ok(_) => body.iter().any(is_control),
        // A truncated body can end within a character.
        Err(error) => error.error_len().is_some() || body.iter().any(is_control),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn binary_bodies_are_described_instead_of_quoted() {
        let mut headers = HeaderMap::new();
        let gzip: &[u8] = &[0x1f, 0x8b, 8, 0, 0xff, 0x80];
        for (body, hint) in [
            (gzip, "compressed with gzip"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (b"\xff\xfe{\0}\0", "UTF-16"),
            (b"\x80\x81\x82", "not text"),
            (b"a\0b", "not text"),
        ] {
            let text = shown(&headers, body, &[]).unwrap();
            assert!(text.contains(hint), "{text}");
            assert!(text.is_ascii() && !text.contains(|c: char| c.is_control()), "{text}");
        }
        assert_eq!(shown(&headers, b"plain \xc3", &[]).as_deref(), Some("plain \u{fffd}"));
        assert_eq!(shown(&headers, b" ", &[]), None);
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        assert!(shown(&headers, b"any", &[]).unwrap().contains("content-encoding: br"));
    }
}
