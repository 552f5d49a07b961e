//! Decodes a value from any self-describing serde format, in one pass and without an intermediate tree (except for
//! unions). The decoder is generic over the format only: for JSON text it is compiled once for all types.

use super::text;
use super::{
    Container, DecodeField, DecodeFromJson, FieldRef, FieldTable, NULL_OK, NULLABLE, Path, RecordMut, Scalar,
    Slot, WireType,
};
use crate::Json;
use crate::wire::unknown::UnknownFields;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};
use std::collections::BTreeMap;
use std::fmt;

/// Decodes JSON text. The error contains the path: `data[3].amount: expected an integer, found null`.
pub(crate) fn from_slice<T: WireType>(bytes: &[u8]) -> Result<T, String> {
    let mut value = T::empty();
    fill(&mut value, bytes)?;
    Ok(value)
}

pub(crate) fn fill(value: &mut dyn DecodeField, bytes: &[u8]) -> Result<(), String> {
    if fill_fast(value, bytes) { Ok(()) } else { fill_carefully(value, bytes) }
}

/// Decodes JSON of the usual form. Otherwise returns false, and the value may be partially filled.
pub(crate) fn fill_fast(value: &mut dyn DecodeField, bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text::fill(value, text).is_some())
}

/// Decodes JSON with detailed errors.
pub(crate) fn fill_carefully(value: &mut dyn DecodeField, bytes: &[u8]) -> Result<(), String> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Seed { value, path: Path::Root, null: false, strict: true }
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(|e| e.to_string())
}

/// Decodes a value from buffered JSON (the variant of a union).
pub(crate) fn fill_from_json(value: &mut dyn DecodeField, json: Json, path: &Path<'_>) -> Result<(), String> {
    Seed { value, path: *path, null: false, strict: true }.deserialize(&json).map_err(|e| e.to_string())
}

/// Implements `Deserialize`.
pub(crate) fn deserialize<'de, T: WireType, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut value = T::empty();
    fill_from(&mut value, deserializer)?;
    Ok(value)
}

/// Decodes JSON in which required strings, lists and maps may be missing: they are empty then.
// Used by webhooks only.
#[allow(dead_code)]
pub(crate) fn fill_without_texts(value: &mut dyn DecodeField, json: &Json) -> Result<(), String> {
    let seed = Seed { value, path: Path::Root, null: false, strict: false };
    seed.deserialize(json).map_err(|e: serde_json::Error| e.to_string())
}

/// Decodes a value whose type may be determined while it is read (the object of an event).
pub(crate) fn fill_from<'de, D: Deserializer<'de>>(
    value: &mut dyn DecodeField,
    deserializer: D,
) -> Result<(), D::Error> {
    Seed { value, path: Path::Root, null: false, strict: true }.deserialize(deserializer)
}

/// Larger than any 64-bit integer.
const LARGEST: f64 = 9_223_372_036_854_775_808.0;

struct Seed<'a> {
    value: &'a mut dyn DecodeField,
    path: Path<'a>,
    /// Whether `null` is allowed here.
    null: bool,
    /// Whether all required members must be present.
    strict: bool,
}

impl Seed<'_> {
    fn put<E: Error>(self, scalar: Scalar<'_>, found: Unexpected<'_>) -> Result<(), E> {
        self.value.put(scalar).map_err(|_| self.misfit(found))
    }

    /// Stores a value with exact numbers.
    fn put_json<E: Error>(self, json: Json) -> Result<(), E> {
        match json {
            Json::Null => self.visit_unit(),
            Json::Bool(value) => self.visit_bool(value),
            Json::Number(number) => match number.as_i64() {
                Some(value) => self.visit_i64(value),
                None => {
                    let found = Unexpected::Float(number.as_f64().unwrap_or(f64::INFINITY));
                    self.put(Scalar::Number(&number.to_string()), found)
                }
            },
            Json::String(text) => self.visit_str(&text),
            Json::Array(_) | Json::Object(_) => {
                let is_array = json.is_array();
                let (opening, found) = if is_array {
                    (Container::Array, Unexpected::Seq)
                } else {
                    (Container::Object, Unexpected::Map)
                };
                match self.value.open(opening) {
                    Some(Slot::DecodeFromJson(whole)) => whole.take(json, &self.path).map_err(E::custom),
                    _ => Err(self.misfit(found)),
                }
            }
        }
    }

    /// Names the type of the unexpected value, never its content: it may be a card number.
    fn misfit<E: Error>(&self, found: Unexpected<'_>) -> E {
        let found = match found {
            Unexpected::Unit => "null",
            Unexpected::Bool(_) => "a boolean",
            Unexpected::Signed(_) => "an integer",
            Unexpected::Unsigned(_) => "an integer out of range",
            // Integers beyond 64 bits are passed as floats.
            Unexpected::Float(value) if value.fract() == 0.0 && value.abs() >= LARGEST => {
                "a number out of range"
            }
            Unexpected::Float(_) => "a number",
            Unexpected::Str(_) => "a string",
            Unexpected::Seq => "an array",
            Unexpected::Map => "an object",
            _ => "something else",
        };
        E::custom(format_args!("{}expected {}, found {found}", self.path.prefix(), self.value.expected()))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.value.is_exact() {
            return self.put_json(Json::deserialize(deserializer)?);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.value.expected())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if self.null { self.put(Scalar::Null, Unexpected::Unit) } else { Err(self.misfit(Unexpected::Unit)) }
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.put(Scalar::Bool(value), Unexpected::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.put(Scalar::Int(value), Unexpected::Signed(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => self.put(Scalar::Number(&value.to_string()), Unexpected::Unsigned(value)),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let digits = serde_json::Number::from_f64(value).map(|number| number.to_string());
        self.put(Scalar::Number(&digits.unwrap_or_default()), Unexpected::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.put(Scalar::Str(value), Unexpected::Str(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let list = match self.value.open(Container::Array) {
            Some(Slot::List(list)) => list,
            Some(Slot::DecodeFromJson(whole)) => {
                let mut array = Vec::new();
                while let Some(item) = items.next_element()? {
                    array.push(item);
                }
                return whole.take(Json::Array(array), &self.path).map_err(A::Error::custom);
            }
            _ => return Err(self.misfit(Unexpected::Seq)),
        };
        list.clear();
        loop {
            // An item is created before it is known to exist, and removed below at the end of the array.
            let path = Path::Item(&self.path, list.len());
            let Some(()) = items.next_element_seed(Item { list: &mut *list, path, strict: self.strict })?
            else {
                return Ok(());
            };
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        match self.value.open(Container::Object) {
            Some(Slot::Record(record)) => fill_record(record, &self.path, self.strict, members),
            Some(Slot::Map(map)) => {
                map.clear();
                while let Some(name) = members.next_key::<String>()? {
                    let path = Path::Member(&self.path, &name);
                    let strict = self.strict;
                    members.next_value_seed(Seed { value: map.at(&name), path, null: true, strict })?;
                }
                Ok(())
            }
            Some(Slot::DecodeFromJson(whole)) => take_object(whole, &self.path, members),
            Some(Slot::Tagged(tagged)) => take_object(tagged, &self.path, members),
            Some(Slot::List(_)) | None => Err(self.misfit(Unexpected::Map)),
        }
    }
}

fn take_object<'de, A: MapAccess<'de>>(
    whole: &mut dyn DecodeFromJson,
    path: &Path<'_>,
    mut members: A,
) -> Result<(), A::Error> {
    let mut object = BTreeMap::new();
    while let Some((name, value)) = members.next_entry()? {
        object.insert(name, value);
    }
    whole.take(Json::Object(object), path).map_err(A::Error::custom)
}

/// Grows a list only when there is an item.
struct Item<'a> {
    list: &'a mut dyn crate::wire::ListMut,
    path: Path<'a>,
    strict: bool,
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        Seed { value: self.list.grow(), path: self.path, null: false, strict: self.strict }
            .deserialize(deserializer)
    }
}

fn fill_record<'de, A: MapAccess<'de>>(
    record: &mut dyn RecordMut,
    path: &Path<'_>,
    strict: bool,
    members: A,
) -> Result<(), A::Error> {
    let table = record.table();
    let (mut members, mut done) = (Some(members), Ok(()));
    record.visit_mut(&mut |fields, extra| {
        if let Some(members) = members.take() {
            done = fill_fields(table, fields, extra, path, strict, members);
        }
    });
    done
}

fn fill_fields<'de, A: MapAccess<'de>>(
    table: &'static FieldTable,
    fields: &mut [&mut dyn DecodeField],
    mut extra: Option<&mut UnknownFields>,
    path: &Path<'_>,
    strict: bool,
    mut members: A,
) -> Result<(), A::Error> {
    let mut seen = 0_u128;
    let mut hint = 0;
    while let Some(key) = members.next_key_seed(KeySeed { table, hint, keep: extra.is_some() })? {
        match key {
            Key::Known(index) => {
                let (Some(field), Some(value)) = (table.fields.get(index), fields.get_mut(index)) else {
                    members.next_value::<IgnoredAny>()?;
                    continue;
                };
                let null = field.has(NULLABLE | NULL_OK);
                members.next_value_seed(Seed {
                    value: *value,
                    path: Path::Member(path, field.name),
                    null,
                    strict,
                })?;
                seen |= 1 << index;
                hint = index + 1;
            }
            Key::Object => {
                let found = members.next_value::<Json>()?;
                if found.as_str() != Some(table.object) {
                    let (path, wanted) = (Path::Member(path, "object"), table.object);
                    // The actual text comes from the server, with any length and content.
                    let found = if found.is_string() { "another string" } else { "another type" };
                    return Err(A::Error::custom(format_args!("{path}: expected `{wanted}`, found {found}")));
                }
            }
            Key::Unknown(name) => match extra.as_deref_mut() {
                Some(extra) if !name.is_empty() => extra.insert(name, members.next_value()?),
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            },
        }
    }
    let mut missing = table.required & !seen;
    if !strict {
        for (index, value) in fields.iter().enumerate() {
            if missing & (1 << index) != 0 && may_be_blank(*value) {
                missing &= !(1 << index);
            }
        }
    }
    if missing != 0 {
        let name = table.fields.get(missing.trailing_zeros() as usize).map_or("?", |field| field.name);
        return Err(A::Error::custom(format_args!(
            "{}the required member `{name}` of {} is missing",
            path.prefix(),
            table.name
        )));
    }
    Ok(())
}

/// Whether a missing value can keep its default. An amount without currency is meaningless.
fn may_be_blank(value: &dyn DecodeField) -> bool {
    matches!(
        value.view(),
        FieldRef::Absent | FieldRef::Str(_) | FieldRef::Text(_) | FieldRef::List(_) | FieldRef::Map(_)
    ) && value.expected() != super::CURRENCY
}

enum Key {
    Known(usize),
    /// The constant `object` member.
    Object,
    Unknown(String),
}

struct KeySeed {
    table: &'static FieldTable,
    hint: usize,
    keep: bool,
}

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        Ok(match self.table.index(name, self.hint) {
            Some(index) => Key::Known(index),
            None if name == "object" && !self.table.object.is_empty() => Key::Object,
            None => Key::Unknown(if self.keep { name.to_owned() } else { String::new() }),
        })
    }
}
