use super::form::{Node, pairs};
use crate::sandbox::core::Refusal;
use bytes::Bytes;

/// A file that came in a multipart body.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// The parameter it was sent as.
    pub parameter: String,
    /// Its name.
    pub filename: String,
    /// What it contains.
    pub content: Bytes,
}

/// Reads a multipart body: its plain parameters, with the name of the file for each parameter that is a file, and the
/// files.
pub fn multipart(content_type: &str, body: &Bytes) -> Result<(Node, Vec<Upload>), Refusal> {
    let broken = || Refusal::invalid("The multipart body cannot be read.");
    let boundary =
        content_type.split(';').find_map(|part| part.trim().strip_prefix("boundary=")).ok_or_else(broken)?;
    let mark = format!("--{}", boundary.trim_matches('"')).into_bytes();
    let mut values = Vec::new();
    let mut uploads = Vec::new();
    let mut start = position(body, &mark, 0).ok_or_else(broken)? + mark.len();
    while !body.get(start..).is_some_and(|rest| rest.starts_with(b"--")) {
        let head_end = position(body, b"\r\n\r\n", start).ok_or_else(broken)?;
        let next = position(body, &[b"\r\n".as_slice(), &mark].concat(), head_end).ok_or_else(broken)?;
        let head = String::from_utf8_lossy(body.get(start..head_end).unwrap_or_default()).into_owned();
        let content = body.slice((head_end + 4).min(next)..next);
        let name = attribute(&head, "name").ok_or_else(broken)?;
        match attribute(&head, "filename") {
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

/// The value of `name="…"` in the head of a part.
fn attribute(head: &str, name: &str) -> Option<String> {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let value = line.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_its_purpose_are_read() {
        let body = "--b1\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ndispute_evidence\r\n--b1\r\n\
            content-disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n\
            %PDF\r\n--b\r\n--b1--\r\n";
        let (node, uploads) = multipart("multipart/form-data; boundary=b1", &Bytes::from(body)).unwrap();
        assert_eq!(node.canonical(), serde_json::json!({ "purpose": "dispute_evidence", "file": "a.pdf" }));
        assert_eq!(uploads[0].content, "%PDF\r\n--b");
        assert!(multipart("multipart/form-data", &Bytes::new()).is_err());
        assert!(multipart("multipart/form-data; boundary=x", &Bytes::from_static(b"--x\r\n")).is_err());
    }
}
