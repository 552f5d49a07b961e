//! Encodes a value as JSON, through any serde serializer.

use super::is_number;
use super::{EncodeField, FieldRef, IN_PATH, NULLABLE, NUMERIC, REQUIRED, Record};
use crate::wire::json_value::Number;
use crate::wire::unknown::UnknownFields;
use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};

/// How to encode absent and secret values.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    pub(crate) secrets: Secrets,
    /// Encodes only values that are set: no path parameters, and no `null` for absent values.
    pub(crate) body: bool,
}

/// How to encode a secret.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Secrets {
    /// An error: the caller has not chosen how to treat secrets.
    Refused,
    /// In clear text.
    Exposed,
    /// Replaced by a fixed text.
    Masked,
}

/// Replaces a secret.
const MASK: &str = "[redacted]";

/// Encodes the JSON body of a request.
pub(crate) fn body(record: &dyn Record) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&RecordWriter { record, mode: Mode { secrets: Secrets::Exposed, body: true } })
}

/// Implements `Serialize`.
pub(crate) fn serialize<S: Serializer>(value: &dyn EncodeField, serializer: S) -> Result<S::Ok, S::Error> {
    Writer { value, mode: Mode { secrets: Secrets::Refused, body: false }, numeric: false }
        .serialize(serializer)
}

/// Serializes a value including its secrets.
///
/// The types of this crate refuse to be serialized while they contain a secret (a card number, a client secret, a
/// link that grants access). Wrap a reference in this type to include the secrets, or in [`Redacted`] to mask them.
///
/// ```
/// use stripe_platform::{Exposed, Secret, token};
///
/// let request = token::Create::new().pii(token::PiiParams::new().id_number("000000000"));
/// let text = serde_json::to_string(&Exposed(&request))?;
/// assert_eq!(text, r#"{"pii":{"id_number":"000000000"}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub struct Exposed<'a, T>(pub &'a T);

impl<T: EncodeField> Serialize for Exposed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::write(self.0, serializer)
    }
}

/// Serializes a value with its secrets replaced by a fixed text: for returning or logging a reply.
///
/// All other data is unchanged, including names and addresses, and the members are the same. In untyped JSON (members
/// of later API versions, objects of unknown types), strings and numbers are masked as well, since any of them may be
/// secret.
///
/// ```
/// use stripe_platform::{Redacted, token};
///
/// let request = token::Create::new().pii(token::PiiParams::new().id_number("000000000"));
/// let text = serde_json::to_string(&Redacted(&request))?;
/// assert_eq!(text, r#"{"pii":{"id_number":"[redacted]"}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// An axum handler can return `Json(Redacted(&topup))`; a struct can contain a reply like this:
///
/// ```
/// use stripe_platform::{Redacted, topup::Topup};
///
/// #[derive(serde::Serialize)]
/// struct Shown {
///     #[serde(serialize_with = "Redacted::write")]
///     topup: Topup,
/// }
/// ```
pub struct Redacted<'a, T>(pub &'a T);

impl<T: EncodeField> Serialize for Redacted<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::write(self.0, serializer)
    }
}

#[allow(private_bounds)]
impl<T: EncodeField> Redacted<'_, T> {
    /// Serializes a value with its secrets masked: for `#[serde(serialize_with = "Redacted::write")]`.
    ///
    /// # Errors
    /// Returns the errors of the serializer.
    pub fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        let mode = Mode { secrets: Secrets::Masked, body: false };
        Writer { value, mode, numeric: false }.serialize(serializer)
    }
}

#[allow(private_bounds)]
impl<T: EncodeField> Exposed<'_, T> {
    /// Serializes a value with its secrets: for `#[serde(serialize_with = "Exposed::write")]`.
    ///
    /// # Errors
    /// Returns the errors of the serializer.
    pub fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        let mode = Mode { secrets: Secrets::Exposed, body: false };
        Writer { value, mode, numeric: false }.serialize(serializer)
    }
}

/// JSON of unknown content: its shape, without strings and numbers.
struct Masked<'a>(&'a crate::Json);

impl Serialize for Masked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            crate::Json::Null => serializer.serialize_unit(),
            crate::Json::Bool(value) => serializer.serialize_bool(*value),
            crate::Json::Number(_) => serializer.serialize_i64(0),
            crate::Json::String(_) => serializer.serialize_str(MASK),
            crate::Json::Array(items) => serializer.collect_seq(items.iter().map(Masked)),
            crate::Json::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, Masked(value))))
            }
        }
    }
}

struct Writer<'a> {
    value: &'a dyn EncodeField,
    mode: Mode,
    numeric: bool,
}

impl Serialize for Writer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mode = self.mode;
        match self.value.view() {
            FieldRef::Absent | FieldRef::Clear => serializer.serialize_unit(),
            FieldRef::Bool(value) => serializer.serialize_bool(value),
            FieldRef::Int(value) => serializer.serialize_i64(value),
            FieldRef::Decimal(digits) if self.numeric => number(digits, serializer),
            FieldRef::Decimal(text) | FieldRef::Str(text) | FieldRef::Text(text) => {
                serializer.serialize_str(text)
            }
            FieldRef::Record(record) => RecordWriter { record, mode }.serialize(serializer),
            FieldRef::List(list) => {
                let mut items = serializer.serialize_seq(Some(list.len()))?;
                for value in (0..list.len()).filter_map(|index| list.item(index)) {
                    items.serialize_element(&Writer { value, mode, numeric: self.numeric })?;
                }
                items.end()
            }
            FieldRef::Map(map) => {
                let mut members = serializer.serialize_map(Some(map.len()))?;
                for (name, value) in map.entries() {
                    members.serialize_entry(name, &Writer { value, mode, numeric: self.numeric })?;
                }
                members.end()
            }
            FieldRef::Json(json) if mode.secrets == Secrets::Masked => Masked(json).serialize(serializer),
            FieldRef::Json(json) => json.serialize(serializer),
            FieldRef::File(_) => Err(S::Error::custom("a file cannot be encoded as JSON")),
            FieldRef::Secret(value) => match mode.secrets {
                Secrets::Exposed => Writer { value, mode, numeric: self.numeric }.serialize(serializer),
                Secrets::Masked => serializer.serialize_str(MASK),
                Secrets::Refused => Err(refused("the value")),
            },
        }
    }
}

fn refused<E: Error>(what: &str) -> E {
    E::custom(format_args!(
        "{what} is secret; wrap the value in `Redacted` to mask it, or in `Exposed` to include it"
    ))
}

fn number<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if !is_number(digits) {
        return Err(S::Error::custom("a decimal is not a valid number"));
    }
    Number::of_text(digits).serialize(serializer)
}

struct RecordWriter<'a> {
    record: &'a dyn Record,
    mode: Mode,
}

impl Serialize for RecordWriter<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        let table = self.record.table();
        if !table.object.is_empty() {
            members.serialize_entry("object", table.object)?;
        }
        let mut done = Ok(());
        self.record.visit(&mut |fields, extra| done = self.members(&mut members, fields, extra));
        done?;
        members.end()
    }
}

impl RecordWriter<'_> {
    fn members<M: SerializeMap>(
        &self,
        members: &mut M,
        fields: &[&dyn EncodeField],
        extra: Option<&UnknownFields>,
    ) -> Result<(), M::Error> {
        let (mode, table) = (self.mode, self.record.table());
        for (field, value) in table.fields.iter().zip(fields) {
            if mode.body && field.has(IN_PATH) {
                continue;
            }
            // An absent value in a reply is `null` if the document declares it nullable, and omitted otherwise. In a
            // request body `null` would clear a field, so absent values are omitted.
            let is_written = !mode.body && field.has(NULLABLE | REQUIRED);
            if matches!(value.view(), FieldRef::Absent) && !is_written {
                continue;
            }
            if mode.secrets == Secrets::Refused && matches!(value.view(), FieldRef::Secret(_)) {
                return Err(refused(&format!("member `{}` of {}", field.name, table.name)));
            }
            members
                .serialize_entry(field.name, &Writer { value: *value, mode, numeric: field.has(NUMERIC) })?;
        }
        for (name, json) in extra.into_iter().flat_map(|extra| extra.iter()) {
            match mode.secrets {
                Secrets::Masked => members.serialize_entry(name, &Masked(json))?,
                _ => members.serialize_entry(name, json)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::token;

    #[test]
    fn serializing_a_secret_is_an_error_with_its_member() {
        let request = token::Create::new().pii(token::PiiParams::new().id_number("000000000"));
        let error = super::serialize(&request, serde_json::value::Serializer).unwrap_err().to_string();
        assert!(error.starts_with("member `id_number` of PiiParams is secret"), "{error}");
        assert!(error.contains("`Redacted`") && error.contains("`Exposed`"), "{error}");
    }
}
