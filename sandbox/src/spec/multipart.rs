//! Reads multipart bodies of any client. Written by hand, because multer distinguishes case in the names of attributes and
//! finds `name=` inside of a quoted file name.

use super::form::{Node, pairs};
use crate::engine::ApiError;
use bytes::Bytes;

/// A file in a multipart body.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// The name of the parameter.
    pub parameter: String,
    /// The file name.
    pub filename: String,
    /// The content.
    pub content: Bytes,
}

/// Parses a multipart body into its plain parameters (for a file, the file name) and its files.
pub fn multipart(content_type: &str, body: &Bytes) -> Result<(Node, Vec<Upload>), ApiError> {
    let boundary = attribute(content_type, "boundary").filter(|text| !text.is_empty());
    let boundary = boundary.ok_or_else(|| {
        ApiError::invalid("Invalid header Content-Type: a multipart body requires a `boundary`.")
    })?;
    let no_begin = || ApiError::invalid("The multipart body does not contain its boundary.");
    let no_end = || ApiError::invalid("The multipart body does not end with its boundary.");
    let no_name =
        || ApiError::invalid("A part of the multipart body has no `Content-Disposition` with a name.");
    let mark = format!("--{boundary}").into_bytes();
    let mut values = Vec::new();
    let mut uploads = Vec::new();
    let mut start = position(body, &mark, 0).ok_or_else(no_begin)? + mark.len();
    while !body.get(start..).is_some_and(|rest| rest.starts_with(b"--")) {
        let head_end = position(body, b"\r\n\r\n", start).ok_or_else(no_end)?;
        let next = position(body, &[b"\r\n".as_slice(), &mark].concat(), head_end).ok_or_else(no_end)?;
        let head = String::from_utf8_lossy(body.get(start..head_end).unwrap_or_default()).into_owned();
        let content = body.slice((head_end + 4).min(next)..next);
        let disposition = disposition(&head).ok_or_else(no_name)?;
        let name = attribute(disposition, "name").ok_or_else(no_name)?;
        match attribute(disposition, "filename") {
            Some(filename) => {
                values.push((name.clone(), filename.clone()));
                uploads.push(Upload { parameter: name, filename, content });
            }
            None => values.push((name, String::from_utf8_lossy(&content).into_owned())),
        }
        start = next + 2 + mark.len();
    }
    Ok((pairs(values.into_iter())?, uploads))
}

fn position(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    body.get(from..)?.windows(wanted.len()).position(|window| window == wanted).map(|at| at + from)
}

/// The `Content-Disposition` of a part.
fn disposition(head: &str) -> Option<&str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))
        .map(|(_, value)| value)
}

/// The value of the attribute `wanted` in a header value. Attribute names are case-insensitive.
fn attribute(header: &str, wanted: &str) -> Option<String> {
    let (_, mut rest) = header.split_once(';')?;
    loop {
        let (name, text) = rest.split_once('=')?;
        let (value, behind) = value(text.trim_start());
        // The text before `=` ends with the name of the attribute.
        if name.rsplit(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(wanted)) {
            return Some(value);
        }
        (_, rest) = behind.split_once(';')?;
    }
}

/// Splits a text into its leading value and the rest. In quotes a backslash escapes a quote or a backslash only,
/// because some clients send complete Windows paths.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (value, behind) = text.split_at(end);
        return (value.trim_end().to_owned(), behind);
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' if characters.as_str().starts_with(['"', '\\']) => value.extend(characters.next()),
            other => value.push(other),
        }
    }
    (value, characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multipart_file_and_purpose_are_parsed() {
        let body = "--b1\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ndispute_evidence\r\n--b1\r\n\
            content-disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n\
            %PDF\r\n--b\r\n--b1--\r\n";
        let (node, uploads) = multipart("multipart/form-data; boundary=b1", &Bytes::from(body)).unwrap();
        assert_eq!(node.canonical(), serde_json::json!({ "purpose": "dispute_evidence", "file": "a.pdf" }));
        assert_eq!(uploads[0].content, "%PDF\r\n--b");
        assert!(multipart("multipart/form-data", &Bytes::new()).is_err());
        assert!(multipart("multipart/form-data; boundary=", &Bytes::from_static(b"--\r\n")).is_err());
        assert!(multipart("multipart/form-data; boundary=x", &Bytes::from_static(b"--x\r\n")).is_err());
    }

    #[test]
    fn malformed_body_is_an_error_that_names_the_fault() {
        const FORM: &str = "multipart/form-data; boundary=x";
        for (content_type, body, fault) in [
            ("multipart/form-data", "", "requires a `boundary`"),
            (FORM, "", "does not contain its boundary"),
            (FORM, "--x\r\nContent-Disposition: form-data; name=a\r\n", "does not end with its boundary"),
            (
                FORM,
                "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n",
                "does not end with its boundary",
            ),
            (FORM, "--x\r\nContent-Type: text/plain\r\n\r\n1\r\n--x--\r\n", "no `Content-Disposition`"),
            (FORM, "--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n", "no `Content-Disposition`"),
        ] {
            let refusal = multipart(content_type, &Bytes::from(body)).unwrap_err();
            assert!(refusal.message.contains(fault), "{body:?}: {refusal}");
        }
    }

    #[test]
    fn attribute_notations_are_parsed() {
        for (sent, name) in [
            (r#"filename="a;b.pdf""#, "a;b.pdf"),
            (r#"filename="a\"b.pdf""#, r#"a"b.pdf"#),
            (r#"filename="C:\dir\a.pdf""#, r"C:\dir\a.pdf"),
            (r#"filename="back\\slash"; other=1"#, r"back\slash"),
            (r#"flag; FileName = "name=x; y""#, "name=x; y"),
            ("filename=plain.pdf ; other=1", "plain.pdf"),
            (r#"filename="never closed"#, "never closed"),
        ] {
            let disposition = format!("form-data; name=\"file\"; {sent}");
            assert_eq!(attribute(&disposition, "filename").as_deref(), Some(name), "{sent}");
            assert_eq!(attribute(&disposition, "name").as_deref(), Some("file"), "{sent}");
        }
        let body = "--b;1\r\nCONTENT-DISPOSITION: form-data; NAME=purpose\r\n\r\nx\r\n--b;1--\r\n";
        let (node, _) = multipart("Multipart/Form-Data; BOUNDARY=\"b;1\"", &Bytes::from(body)).unwrap();
        assert_eq!(node.canonical(), serde_json::json!({ "purpose": "x" }));
    }
}
