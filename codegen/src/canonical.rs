//! The one way in which this project writes JSON: keys sorted, two spaces, short values on one line.

use serde_json::Value;

use crate::walk::sorted;

const WIDTH: usize = 110;

/// Serializes a document, with a final newline. The text depends only on the content, not on map order.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0, 0);
    out.push('\n');
    out
}

/// `before` is the number of columns already used after the indentation.
fn write(out: &mut String, value: &Value, depth: usize, before: usize) {
    // one column is left for the comma that may follow
    let room = WIDTH.saturating_sub(2 * depth + before + 1);
    let mut flat = String::new();
    if write_flat(&mut flat, value, room) {
        out.push_str(&flat);
        return;
    }
    match value {
        Value::Object(_) => {
            out.push('{');
            let mut separator = "\n";
            for (key, member) in sorted(Some(value)) {
                out.push_str(separator);
                indent(out, depth + 1);
                let key = quoted(key);
                out.push_str(&key);
                out.push_str(": ");
                write(out, member, depth + 1, key.chars().count() + 2);
                separator = ",\n";
            }
            out.push('\n');
            indent(out, depth);
            out.push('}');
        }
        Value::Array(entries) if entries.iter().all(is_scalar) => fill(out, entries, depth),
        Value::Array(entries) => {
            out.push('[');
            let mut separator = "\n";
            for entry in entries {
                out.push_str(separator);
                indent(out, depth + 1);
                write(out, entry, depth + 1, 0);
                separator = ",\n";
            }
            out.push('\n');
            indent(out, depth);
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// Writes a list of scalars (the values of an enum), as many per line as fit.
fn fill(out: &mut String, entries: &[Value], depth: usize) {
    out.push('[');
    let mut column = WIDTH;
    for (i, entry) in entries.iter().enumerate() {
        let text = entry.to_string();
        let width = text.chars().count() + 1;
        if column + 1 + width > WIDTH {
            out.push('\n');
            indent(out, depth + 1);
            column = 2 * (depth + 1);
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(&text);
        column += width;
        if i + 1 < entries.len() {
            out.push(',');
        }
    }
    out.push('\n');
    indent(out, depth);
    out.push(']');
}

/// Writes a value on one line; returns false as soon as it does not fit.
fn write_flat(out: &mut String, value: &Value, room: usize) -> bool {
    match value {
        Value::Object(_) => {
            out.push('{');
            let mut separator = " ";
            for (key, member) in sorted(Some(value)) {
                out.push_str(separator);
                out.push_str(&quoted(key));
                out.push_str(": ");
                if !write_flat(out, member, room) {
                    return false;
                }
                separator = ", ";
            }
            out.push_str(if separator == " " { "}" } else { " }" });
        }
        Value::Array(entries) => {
            out.push('[');
            for (i, entry) in entries.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                if !write_flat(out, entry, room) {
                    return false;
                }
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
    // bytes first: counting characters is needed only near the limit
    out.len() <= room || out.chars().count() <= room
}

fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn quoted(key: &str) -> String {
    Value::from(key).to_string()
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}
