//! Encodes a request with a file as `multipart/form-data`: one part per parameter, then the files.

use crate::Error;
use crate::client::files::body::Piece;
use crate::client::files::upload::FileUpload;
use crate::client::request::random_key::random_key;
use crate::types::hex;
use crate::wire::{FieldRef, Record, form};
use std::any::Any;

/// Returns the boundary, and the body in as few pieces as possible.
pub(crate) fn encode<'a>(
    record: &dyn Record,
    expand: impl IntoIterator<Item = &'a str>,
) -> Result<(String, Vec<Piece>), Error> {
    let boundary = random_key()?.replace('-', "");
    let mut pieces = Vec::new();
    let mut body = Vec::new();
    for (name, value) in form::pairs(record, expand) {
        body.extend(field(&boundary, &name, &value).into_bytes());
    }
    record.each(|field, value| {
        let FieldRef::File(file) = value.view() else { return };
        let file: &dyn Any = file;
        let Some(file) = file.downcast_ref::<FileUpload>() else { return };
        body.extend(file_head(&boundary, field.name, file).into_bytes());
        match &file.content {
            Piece::Bytes(bytes) => body.extend_from_slice(bytes),
            streamed @ Piece::File(_) => {
                pieces.push(Piece::Bytes(std::mem::take(&mut body).into()));
                pieces.push(streamed.clone());
            }
        }
        body.extend(b"\r\n");
    });
    body.extend(format!("--{boundary}--\r\n").into_bytes());
    pieces.push(Piece::Bytes(body.into()));
    Ok((boundary, pieces))
}

/// A text part.
pub(crate) fn field(boundary: &str, name: &str, value: &str) -> String {
    format!("--{boundary}\r\n{}\r\n\r\n{value}\r\n", disposition(name, None))
}

fn file_head(boundary: &str, field: &str, file: &FileUpload) -> String {
    // A media type that could terminate the header is invalid.
    let valid =
        !file.content_type.is_empty() && file.content_type.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    let media = if valid { &file.content_type } else { "application/octet-stream" };
    let disposition = disposition(field, Some(base_name(&file.name)));
    format!("--{boundary}\r\n{disposition}\r\nContent-Type: {media}\r\n\r\n")
}

/// The last component of a path, on any operating system; `blob` if there is none.
fn base_name(path: &str) -> &str {
    match path.rsplit(['/', '\\']).next() {
        Some(name) if !name.is_empty() => name,
        _ => "blob",
    }
}

fn disposition(name: &str, file: Option<&str>) -> String {
    let mut line = "Content-Disposition: form-data; name=\"".to_owned();
    escape(name, &mut line);
    line.push('"');
    if let Some(file) = file {
        line.push_str("; filename=\"");
        escape(file, &mut line);
        line.push('"');
    }
    line
}

/// Escapes characters that would terminate a quoted name or the header, as browsers do.
fn escape(text: &str, line: &mut String) {
    for c in text.chars() {
        match c {
            '"' => line.push_str("%22"),
            c if c.is_control() => {
                let mut buffer = [0; 4];
                c.encode_utf8(&mut buffer).bytes().for_each(|byte| hex::push_escape(byte, line));
            }
            c => line.push(c),
        }
    }
}
