//! Segments of paths, encoded, and paths without ids.

use crate::Error;
use std::fmt::Write;

/// Appends one segment of a path. An empty one, or one of dots only, would make it the path of something
/// else.
pub(crate) fn push_segment(path: &mut String, name: &str, text: &str) -> Result<(), Error> {
    if text.bytes().all(|byte| byte == b'.') {
        let problem = if text.is_empty() { "is empty" } else { "has only dots" };
        return Err(Error::invalid_input(format!("the path parameter `{name}` {problem}")));
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    Ok(())
}

/// The path without ids, for logs: what has a digit in it, beyond the version, is taken for one.
pub(crate) fn template_of(path: &str) -> String {
    let parts = path.split('/').enumerate().map(|(index, part)| {
        let is_id = index > 1
            && part.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || byte == b'%');
        if is_id { "{id}" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}
