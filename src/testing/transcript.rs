//! The transcript of requests, equal on every run.

use super::operations::Known;
use super::session::{Logged, Sent, title_case};
use crate::API_VERSION;
use crate::types::hex::unescape;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Assigns names to ids, times and keys in the order of appearance.
#[derive(Default)]
struct Renamed {
    names: BTreeMap<String, String>,
    count: BTreeMap<String, usize>,
}

pub(crate) fn write(log: &[Logged]) -> String {
    let mut renamed = Renamed::default();
    let mut out = String::new();
    for (index, logged) in log.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        renamed.request(index + 1, logged, &mut out);
    }
    out
}

impl Renamed {
    fn request(&mut self, number: usize, logged: &Logged, out: &mut String) {
        let sent = &logged.sent;
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{number}. {} {} -> {}", sent.method, self.path(sent), logged.outcome);
        if logged.problem.is_some() {
            out.push_str("   (no step matches)\n");
        }
        for (name, value) in self.headers(sent) {
            let _ = writeln!(out, "   {name}: {value}");
        }
        let known = Known::by_call(&sent.method, &sent.path);
        for (name, value) in &sent.params {
            let value = match value {
                _ if known.is_some_and(|known| (known.hides)(name.segments())) => "[redacted]".to_owned(),
                Json::String(text) => self.text(name.last(), text),
                // A number in a JSON body; times there are strings.
                other => other.to_string(),
            };
            let _ = writeln!(out, "   {name} = {value}");
        }
    }

    fn path(&mut self, sent: &Sent) -> String {
        let template =
            Known::by_call(&sent.method, &sent.path).map_or(sent.path.as_str(), |known| known.operation.path);
        let segments = sent.path.split('/').zip(template.split('/')).map(|(segment, template)| {
            let segment = unescape(segment);
            match template.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => self.id(&segment).unwrap_or_else(|| self.rename(name, &segment)),
                None => segment,
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// The relevant headers: account, non-default version, idempotency key.
    fn headers(&mut self, sent: &Sent) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        for name in ["stripe-account", "stripe-context", "stripe-version", "idempotency-key"] {
            let Some(value) = sent.header(name) else { continue };
            let value = match name {
                "stripe-version" if value == API_VERSION => continue,
                "stripe-version" => value.to_owned(),
                "idempotency-key" if is_uuid(value) => self.rename("generated key", value),
                "idempotency-key" => self.rename("key", value),
                _ => value
                    .split('/')
                    .map(|id| self.id(id).unwrap_or_else(|| self.rename("account", id)))
                    .collect::<Vec<_>>()
                    .join("/"),
            };
            headers.push((title_case(name), value));
        }
        headers
    }

    /// The value of a parameter.
    fn text(&mut self, name: &str, value: &str) -> String {
        if let Some(known) = self.names.get(value) {
            return known.clone();
        }
        if is_time(name, value) {
            return self.rename("time", value);
        }
        self.id(value).unwrap_or_else(|| value.to_owned())
    }

    /// The name of an id, if it is one.
    fn id(&mut self, text: &str) -> Option<String> {
        match text.rsplit_once('_') {
            Some((prefix, rest)) if is_prefix(prefix) && is_random(rest) => Some(self.rename(prefix, text)),
            _ => self.names.get(text).cloned(),
        }
    }

    fn rename(&mut self, kind: &str, text: &str) -> String {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        let count = self.count.entry(kind.to_owned()).or_default();
        *count += 1;
        let name = format!("<{kind} {count}>");
        self.names.insert(text.to_owned(), name.clone());
        name
    }
}

fn is_prefix(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether the part after an id's prefix is random, unlike a word as in `btok_us_verified`.
fn is_random(text: &str) -> bool {
    text.len() >= 8
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_time(name: &str, value: &str) -> bool {
    let named = matches!(name, "date" | "created" | "timestamp" | "gt" | "gte" | "lt" | "lte")
        || name.ends_with("_at")
        || name.ends_with("_date");
    let seconds =
        value.len() == 10 && value.starts_with('1') && value.bytes().all(|byte| byte.is_ascii_digit());
    let rfc_3339 = value.len() >= 20 && value.as_bytes().get(10) == Some(&b'T') && value.ends_with('Z');
    named && (seconds || rfc_3339)
}

/// Whether a text has the format of keys generated by the client.
pub(crate) fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_times_and_keys_get_names_and_words_are_kept() {
        let mut renamed = Renamed::default();
        assert_eq!(renamed.text("source", "src_1SzQ7RB2kX9cTnVw"), "<src 1>");
        assert_eq!(renamed.text("source", "src_1SzQ7RB2kX9cTnVx"), "<src 2>");
        assert_eq!(renamed.text("other", "src_1SzQ7RB2kX9cTnVw"), "<src 1>");
        assert_eq!(renamed.text("token", "btok_us_verified"), "btok_us_verified");
        assert_eq!(renamed.text("type", "ach_debit"), "ach_debit");
        assert_eq!(renamed.text("file", "file_identity_document_success"), "file_identity_document_success");
        assert_eq!(renamed.text("date", "1794479400"), "<time 1>");
        assert_eq!(renamed.text("created", "2026-11-12T10:30:00Z"), "<time 2>");
        assert_eq!(renamed.text("amount", "1794479400"), "<time 1>");
        assert_eq!(renamed.text("amount", "1794479401"), "1794479401");
    }

    #[test]
    fn generated_keys_are_distinguished_from_explicit_keys() {
        assert!(is_uuid("0b7b1b4e-7d0c-4a53-9e0e-2f8e6a1c9d11"));
        assert!(!is_uuid("order-1042/top-up"));
    }
}
