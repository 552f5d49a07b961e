//! Writes a [`Value`] as JSON, through any serde serializer.

use super::{IN_PATH, NULLABLE, NUMERIC, REQUIRED, Record, Value, View};
use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};

/// What to do with the parts that are not meant for every reader.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    /// Write secrets instead of failing on the first one.
    pub(crate) secrets: bool,
    /// Leave out what travels in the path.
    pub(crate) body: bool,
}

/// The JSON body of a request.
pub(crate) fn body(record: &dyn Record) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&RecordWriter { record, mode: Mode { secrets: true, body: true } })
}

/// The body of every `Serialize` implementation.
pub(crate) fn serialize<S: Serializer>(value: &dyn Value, serializer: S) -> Result<S::Ok, S::Error> {
    Writer { value, mode: Mode { secrets: false, body: false }, numeric: false }.serialize(serializer)
}

/// Serializes a value together with the secrets that it holds.
///
/// The types of this crate refuse to be serialized while they hold a secret (a card number, a client secret, a link
/// that grants access). Wrap a reference to say that the destination is fit for it.
///
/// ```
/// use stripe_platform::{Exposed, Secret, token};
///
/// let request = token::Create::new().pii(token::PiiParams::new().id_number("000000000"));
/// assert!(serde_json::to_string(&request).is_err());
/// let text = serde_json::to_string(&Exposed(&request))?;
/// assert_eq!(text, r#"{"pii":{"id_number":"000000000"}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub struct Exposed<'a, T>(pub &'a T);

impl<T: Value> Serialize for Exposed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Writer { value: self.0, mode: Mode { secrets: true, body: false }, numeric: false }
            .serialize(serializer)
    }
}

struct Writer<'a> {
    value: &'a dyn Value,
    mode: Mode,
    numeric: bool,
}

impl Serialize for Writer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mode = self.mode;
        match self.value.view() {
            View::Absent | View::Clear => serializer.serialize_unit(),
            View::Bool(value) => serializer.serialize_bool(value),
            View::Int(value) => serializer.serialize_i64(value),
            View::Decimal(digits) if self.numeric => number(digits, serializer),
            View::Decimal(text) | View::Str(text) | View::Text(text) => serializer.serialize_str(text),
            View::Record(record) => RecordWriter { record, mode }.serialize(serializer),
            View::List(list) => {
                let mut items = serializer.serialize_seq(Some(list.len()))?;
                for value in (0..list.len()).filter_map(|index| list.item(index)) {
                    items.serialize_element(&Writer { value, mode, numeric: self.numeric })?;
                }
                items.end()
            }
            View::Map(map) => {
                let mut members = serializer.serialize_map(Some(map.len()))?;
                for (name, value) in map.entries() {
                    members.serialize_entry(name, &Writer { value, mode, numeric: self.numeric })?;
                }
                members.end()
            }
            View::Json(json) => json.serialize(serializer),
            View::File(_) => Err(S::Error::custom("a file cannot be written as JSON")),
            View::Secret(value) if mode.secrets => {
                Writer { value, mode, numeric: self.numeric }.serialize(serializer)
            }
            View::Secret(_) => {
                Err(S::Error::custom("holds a secret; wrap the value in `Exposed` to write it"))
            }
        }
    }
}

fn number<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match (digits.parse::<i64>(), digits.parse::<f64>()) {
        (Ok(integer), _) => serializer.serialize_i64(integer),
        (_, Ok(float)) => serializer.serialize_f64(float),
        _ => Err(S::Error::custom("a decimal that is not a number")),
    }
}

struct RecordWriter<'a> {
    record: &'a dyn Record,
    mode: Mode,
}

impl Serialize for RecordWriter<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mode = self.mode;
        let mut members = serializer.serialize_map(None)?;
        let table = self.record.table();
        if !table.object.is_empty() {
            members.serialize_entry("object", table.object)?;
        }
        for (index, field) in table.fields.iter().enumerate() {
            if mode.body && field.has(IN_PATH) {
                continue;
            }
            let Some(value) = self.record.field(index) else { continue };
            // An absent value is told apart by the document: `null` where it says so, else nothing.
            if matches!(value.view(), View::Absent) && !field.has(NULLABLE | REQUIRED) {
                continue;
            }
            members.serialize_entry(field.name, &Writer { value, mode, numeric: field.has(NUMERIC) })?;
        }
        for (name, json) in self.record.extra().into_iter().flat_map(|extra| extra.iter()) {
            members.serialize_entry(name, json)?;
        }
        members.end()
    }
}
