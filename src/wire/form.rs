//! Encodes a request as `application/x-www-form-urlencoded`, as in version 1 of the API: nested members as `a[b]`,
//! items as `a[0]`, an empty value to unset a parameter or for an empty list or map. The order is that of the table,
//! so equal requests have equal bytes.

use super::{EncodeField, FieldRef, IN_PATH, Record};
use std::fmt::Write;
use url::form_urlencoded::byte_serialize;

/// The target of the encoded text: brackets stay literal in bodies, and are escaped in queries.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Target {
    Query,
    Body,
}

/// Encodes all parameters except those of the path, followed by the `expand` list.
pub(crate) fn encode<'a>(
    record: &dyn Record,
    expand: impl IntoIterator<Item = &'a str>,
    target: Target,
) -> String {
    let mut form = Form { out: String::new(), key: String::new(), target };
    form.record(record);
    for (index, path) in expand.into_iter().enumerate() {
        form.inside("expand", |form| form.inside_index(index, |form| form.pair(path)));
    }
    form.out
}

/// The same pairs, unescaped: parts of a multipart body.
pub(crate) fn pairs<'a>(
    record: &dyn Record,
    expand: impl IntoIterator<Item = &'a str>,
) -> Vec<(String, String)> {
    // Decoding our output keeps the nesting rules in one place.
    url::form_urlencoded::parse(encode(record, expand, Target::Body).as_bytes()).into_owned().collect()
}

/// Encodes pairs whose names are already nested, by the same rules.
pub(crate) fn encode_pairs(params: &[(String, String)], expand: &[&str], query: bool) -> String {
    let expand =
        expand.iter().enumerate().map(|(index, path)| (format!("expand[{index}]"), (*path).to_owned()));
    let mut out = String::new();
    for (name, value) in params.iter().cloned().chain(expand) {
        if !out.is_empty() {
            out.push('&');
        }
        let name: String = byte_serialize(name.as_bytes()).collect();
        out.push_str(&if query { name } else { name.replace("%5B", "[").replace("%5D", "]") });
        out.push('=');
        out.extend(byte_serialize(value.as_bytes()));
    }
    out
}

struct Form {
    out: String,
    /// The encoded key of the current value.
    key: String,
    target: Target,
}

impl Form {
    fn record(&mut self, record: &dyn Record) {
        record.each(|field, value| {
            if !field.has(IN_PATH) {
                self.inside(field.name, |form| form.value(value));
            }
        });
    }

    fn value(&mut self, value: &dyn EncodeField) {
        match value.view() {
            FieldRef::Absent | FieldRef::File(_) => {}
            FieldRef::Clear => self.pair(""),
            FieldRef::Bool(value) => self.pair(if value { "true" } else { "false" }),
            FieldRef::Int(value) => self.pair(&value.to_string()),
            FieldRef::Decimal(text) | FieldRef::Str(text) | FieldRef::Text(text) => self.pair(text),
            FieldRef::Record(record) => self.record(record),
            FieldRef::List(list) if list.len() == 0 => self.pair(""),
            FieldRef::List(list) => {
                for (index, item) in (0..list.len()).filter_map(|i| Some((i, list.item(i)?))) {
                    self.inside_index(index, |form| form.value(item));
                }
            }
            FieldRef::Map(map) if map.len() == 0 => self.pair(""),
            FieldRef::Map(map) => {
                for (name, value) in map.entries() {
                    self.inside(name, |form| form.member(value));
                }
            }
            FieldRef::Json(json) => self.json(json),
            FieldRef::Secret(value) => self.value(value),
        }
    }

    /// Encodes a value of a map. A key without a value is encoded too.
    fn member(&mut self, value: &dyn EncodeField) {
        match value.view() {
            FieldRef::Absent => self.pair(""),
            _ => self.value(value),
        }
    }

    fn json(&mut self, json: &crate::Json) {
        match json {
            crate::Json::Null => self.pair(""),
            crate::Json::Bool(value) => self.pair(if *value { "true" } else { "false" }),
            crate::Json::Number(number) => self.pair(&number.to_string()),
            crate::Json::String(text) => self.pair(text),
            crate::Json::Array(items) if items.is_empty() => self.pair(""),
            crate::Json::Object(members) if members.is_empty() => self.pair(""),
            crate::Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.inside_index(index, |form| form.json(item));
                }
            }
            crate::Json::Object(members) => {
                for (name, value) in members {
                    self.inside(name, |form| form.json(value));
                }
            }
        }
    }

    fn inside(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        let length = self.key.len();
        let nested = length > 0;
        if nested {
            self.key.push_str(self.bracket("[", "%5B"));
        }
        self.key.extend(byte_serialize(name.as_bytes()));
        if nested {
            self.key.push_str(self.bracket("]", "%5D"));
        }
        write(self);
        self.key.truncate(length);
    }

    fn inside_index(&mut self, index: usize, write: impl FnOnce(&mut Self)) {
        let length = self.key.len();
        let (open, close) = (self.bracket("[", "%5B"), self.bracket("]", "%5D"));
        // Writing to a String cannot fail.
        let _ = write!(self.key, "{open}{index}{close}");
        write(self);
        self.key.truncate(length);
    }

    fn bracket(&self, literal: &'static str, escaped: &'static str) -> &'static str {
        match self.target {
            Target::Body => literal,
            Target::Query => escaped,
        }
    }

    fn pair(&mut self, value: &str) {
        if !self.out.is_empty() {
            self.out.push('&');
        }
        self.out.push_str(&self.key);
        self.out.push('=');
        self.out.extend(byte_serialize(value.as_bytes()));
    }
}
