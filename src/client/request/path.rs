//! Encoding of path segments, and paths without ids.

use crate::Error;
use crate::types::hex;

/// Appends one path segment. An empty segment or a dot segment would change the target.
pub(crate) fn push_segment(path: &mut String, name: &str, text: &str) -> Result<(), Error> {
    if text.bytes().all(|byte| byte == b'.') {
        let problem = if text.is_empty() { "must not be empty" } else { "must not consist of dots" };
        return Err(Error::invalid_input(format!("path parameter `{name}` {problem}")));
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            hex::push_escape(byte, path);
        }
    }
    Ok(())
}

/// The path without ids, for logs: any segment with a digit, except the version, counts as an id.
pub(crate) fn template_of(path: &str) -> String {
    let parts = path.split('/').enumerate().map(|(index, part)| {
        let is_id = index > 1
            && part.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || byte == b'%');
        if is_id { "{id}" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}
