//! Untyped JSON.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;

/// Untyped JSON: where the document defines no shape, or the shape is outside of this crate's model.
///
/// It is used like [`serde_json::Value`] and converts from and to it. Unlike there, numbers keep all digits: decoded
/// values are encoded unchanged.
///
/// ```
/// use stripe_platform::Json;
///
/// let text = r#"{"id":"fx_1","rate":1.0142571234567891,"units":20922337203685477580700}"#;
/// let json: Json = serde_json::from_str(text)?;
/// assert_eq!(json["id"], "fx_1");
/// assert_eq!(json["rate"].as_f64(), Some(1.0142571234567892));
/// assert_eq!(json.to_string(), text);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// Values in order.
    Array(Vec<Json>),
    /// Members by name.
    Object(BTreeMap<String, Json>),
}

/// A number in [`Json`], with all digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(Digits);

#[derive(Clone, PartialEq, Eq)]
enum Digits {
    /// Any number whose text is that of an `i64`.
    Int(i64),
    Text(Box<str>),
}

impl Number {
    /// Creates a number from a validated JSON number.
    pub(crate) fn of_text(text: &str) -> Self {
        // Minus zero is not an integer.
        match text.parse::<i64>() {
            Ok(value) if text != "-0" => Self(Digits::Int(value)),
            _ => Self(Digits::Text(text.into())),
        }
    }

    /// The number, if it is a 64-bit integer.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Digits::Int(value) => Some(*value),
            Digits::Text(_) => None,
        }
    }

    /// The number, if it is a non-negative 64-bit integer.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.0 {
            Digits::Int(value) => (*value).try_into().ok(),
            Digits::Text(text) => text.parse().ok(),
        }
    }

    /// The closest floating-point number; `None` if it is out of range.
    pub fn as_f64(&self) -> Option<f64> {
        match &self.0 {
            Digits::Int(value) => Some(*value as f64),
            Digits::Text(text) => text.parse().ok().filter(|value: &f64| value.is_finite()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Digits::Int(value) => value.fmt(f),
            Digits::Text(text) => f.pad(text),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An index into [`Json`]: the name of a member, or a position in an array. Sealed.
pub trait JsonIndex: sealed::Sealed {
    #[doc(hidden)]
    fn find<'a>(&self, json: &'a Json) -> Option<&'a Json>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for str {}
    impl Sealed for String {}
    impl Sealed for usize {}
    impl<T: Sealed + ?Sized> Sealed for &T {}
}

impl JsonIndex for str {
    fn find<'a>(&self, json: &'a Json) -> Option<&'a Json> {
        json.as_object()?.get(self)
    }
}

impl JsonIndex for String {
    fn find<'a>(&self, json: &'a Json) -> Option<&'a Json> {
        JsonIndex::find(self.as_str(), json)
    }
}

impl JsonIndex for usize {
    fn find<'a>(&self, json: &'a Json) -> Option<&'a Json> {
        json.as_array()?.get(*self)
    }
}

impl<T: JsonIndex + ?Sized> JsonIndex for &T {
    fn find<'a>(&self, json: &'a Json) -> Option<&'a Json> {
        (**self).find(json)
    }
}

impl Json {
    /// Returns the member with a name, or the item at a position.
    pub fn get(&self, index: impl JsonIndex) -> Option<&Json> {
        index.find(self)
    }

    /// Returns the value at a JSON pointer: `/data/object/id`.
    pub fn pointer(&self, pointer: &str) -> Option<&Json> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |json, step| match json {
            Json::Object(members) => members.get(&step.replace("~1", "/").replace("~0", "~")),
            // Without sign and leading zeros.
            Json::Array(items) if step == "0" || !step.starts_with(['0', '+']) => {
                items.get(step.parse::<usize>().ok()?)
            }
            _ => None,
        })
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The number, if it is a 64-bit integer.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// The number, if it is a non-negative 64-bit integer.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    /// The closest floating-point number, if it is a number in range.
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number()?.as_f64()
    }

    /// The items, if it is an array.
    pub fn as_array(&self) -> Option<&Vec<Json>> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&BTreeMap<String, Json>> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// Whether it is a string.
    pub fn is_string(&self) -> bool {
        self.as_str().is_some()
    }

    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        self.as_number().is_some()
    }

    /// Whether it is an array.
    pub fn is_array(&self) -> bool {
        self.as_array().is_some()
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.as_object().is_some()
    }

    /// Returns the value and leaves `null`.
    #[must_use]
    pub fn take(&mut self) -> Json {
        std::mem::take(self)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Json> {
        match self {
            Json::Object(members) => members.get_mut(name),
            _ => None,
        }
    }
}

impl<I: JsonIndex> Index<I> for Json {
    type Output = Json;

    /// The member or item; `null` if it does not exist.
    fn index(&self, index: I) -> &Json {
        static NULL: Json = Json::Null;
        self.get(index).unwrap_or(&NULL)
    }
}

impl fmt::Display for Json {
    /// Formats as JSON on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => value.fmt(f),
            Json::Number(number) => number.fmt(f),
            Json::String(text) => f.write_str(&quoted(text)),
            Json::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    item.fmt(f)?;
                }
                f.write_str("]")
            }
            Json::Object(members) => {
                f.write_str("{")?;
                for (index, (name, value)) in members.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    write!(f, "{}:{value}", quoted(name))?;
                }
                f.write_str("}")
            }
        }
    }
}

fn quoted(text: &str) -> String {
    // Encoding a string cannot fail.
    serde_json::to_string(text).unwrap_or_default()
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! from_integers {
    ($($type:ty)*) => {$(
        impl From<$type> for Json {
            fn from(value: $type) -> Self {
                Json::Number(match i64::try_from(value) {
                    Ok(value) => Number(Digits::Int(value)),
                    Err(_) => Number(Digits::Text(value.to_string().into())),
                })
            }
        }

        impl PartialEq<$type> for Json {
            #[allow(clippy::cmp_owned, reason = "a number is compared in one form")]
            fn eq(&self, other: &$type) -> bool {
                *self == Json::from(*other)
            }
        }
    )*};
}

from_integers!(i32 u32 i64 u64 usize);

impl From<f64> for Json {
    /// Non-finite numbers become `null`.
    fn from(value: f64) -> Self {
        match serde_json::Number::from_f64(value) {
            Some(number) => Json::Number(Number(Digits::Text(number.to_string().into()))),
            None => Json::Null,
        }
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::String(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::String(text)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

impl<T: Into<Json>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Json::Array(items.into_iter().map(Into::into).collect())
    }
}

impl<K: Into<String>, V: Into<Json>> FromIterator<(K, V)> for Json {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        Json::Object(members.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(value),
            Value::Number(number) => Json::Number(Number::of_text(&number.to_string())),
            Value::String(text) => Json::String(text),
            Value::Array(items) => items.into_iter().collect(),
            Value::Object(members) => members.into_iter().collect(),
        }
    }
}

impl From<Json> for serde_json::Value {
    /// Numbers are rounded to the range of `serde_json`; a number out of range becomes a string.
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => {
                let integer = number.as_i64().map(Self::from).or_else(|| number.as_u64().map(Self::from));
                integer
                    .or_else(|| number.as_f64().map(Self::from))
                    .unwrap_or_else(|| Self::String(number.to_string()))
            }
            Json::String(text) => Self::String(text),
            Json::Array(items) => items.into_iter().map(Self::from).collect(),
            Json::Object(members) => {
                Self::Object(members.into_iter().map(|(name, value)| (name, value.into())).collect())
            }
        }
    }
}

impl PartialEq<str> for Json {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Json {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}

impl PartialEq<bool> for Json {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

impl PartialEq<serde_json::Value> for Json {
    #[allow(clippy::cmp_owned, reason = "numbers are compared in one form")]
    fn eq(&self, other: &serde_json::Value) -> bool {
        *self == Json::from(other.clone())
    }
}

impl PartialEq<Json> for serde_json::Value {
    fn eq(&self, other: &Json) -> bool {
        other == self
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(value) = self.as_i64() {
            return serializer.serialize_i64(value);
        }
        let text = self.to_string();
        if let Some(value) = self.as_u64().filter(|value| value.to_string() == text) {
            return serializer.serialize_u64(value);
        }
        // Numbers that a float cannot represent are encoded digit by digit, if the format supports that.
        match self.as_f64().filter(|value| Json::from(*value) == Json::Number(self.clone())) {
            Some(value) => serializer.serialize_f64(value),
            None => RawValue::from_string(text).map_err(S::Error::custom)?.serialize(serializer),
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(number) => number.serialize(serializer),
            Json::String(text) => serializer.serialize_str(text),
            Json::Array(items) => serializer.collect_seq(items),
            Json::Object(members) => serializer.collect_map(members),
        }
    }
}

/// The name that makes `serde_json` pass the text of a value instead of its parts. Other formats, or a `serde_json`
/// that changed it, pass the parts: numbers then have the precision of the format.
const RAW: &str = "$serde_json::private::RawValue";

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW, Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        Json::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = BTreeMap::new();
        while let Some(name) = members.next_key::<String>()? {
            if name == RAW {
                let text: Box<str> = members.next_value()?;
                return crate::wire::parse_json(&text).map_err(A::Error::custom);
            }
            object.insert(name, members.next_value()?);
        }
        Ok(Json::Object(object))
    }
}

impl<'de> IntoDeserializer<'de, serde_json::Error> for &'de Json {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for &'de Json {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(value), ..) => visitor.visit_i64(value),
                (_, Some(value), _) => visitor.visit_u64(value),
                (_, _, Some(value)) => visitor.visit_f64(value),
                _ => Err(serde::de::Error::custom("number out of range")),
            },
            Json::String(text) => visitor.visit_borrowed_str(text),
            Json::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Json::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.as_str(), value));
                visitor.visit_map(MapDeserializer::new(members))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        if name == RAW {
            return visitor.visit_map(MapDeserializer::new(std::iter::once((RAW, self.to_string()))));
        }
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NUMBERS: [&str; 16] = [
        "0",
        "-0",
        "1",
        "-9223372036854775808",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "20922337203685477580700",
        "1.0142571234567891",
        "0.1",
        "1.0",
        "1.10",
        "1e400",
        "-1E-400",
        "123456789.123456789123456789",
    ];

    #[test]
    fn numbers_round_trip_exactly() {
        for number in NUMBERS {
            let text = format!(r#"{{"a":[{number}],"b":{number}}}"#);
            let json: Json = serde_json::from_str(&text).unwrap();
            assert_eq!(json.to_string(), text);
            assert_eq!(serde_json::to_string(&json).unwrap(), text);
            let copy = Json::deserialize(&json).unwrap();
            assert_eq!(copy, json);
            let bytes: Json = serde_json::from_slice(text.as_bytes()).unwrap();
            let read: Json = serde_json::from_reader(text.as_bytes()).unwrap();
            assert!(bytes == json && read == json);
        }
    }

    #[test]
    fn values_convert_from_and_to_serde_json() {
        let value = json!({ "a": [1, -2, 1.5, u64::MAX, null, true, "é\n\""], "b": {}, "": [] });
        let json = Json::from(value.clone());
        assert_eq!(json, value);
        assert_eq!(serde_json::Value::from(json.clone()), value);
        assert_eq!(serde_json::to_value(&json).unwrap(), value);
        assert_eq!(serde_json::from_value::<Json>(value.clone()).unwrap(), json);
        assert_eq!(json.to_string(), value.to_string());
        let huge: Json = serde_json::from_str("1e400").unwrap();
        assert_eq!(serde_json::Value::from(huge.clone()), json!("1e400"));
        assert_eq!((huge.as_i64(), huge.as_u64(), huge.as_f64()), (None, None, None));
    }

    #[test]
    fn values_are_accessed_like_serde_json() {
        let value = json!({ "a": { "b/c": [10, { "~": "x" }] }, "n": null });
        let json = Json::from(value.clone());
        for pointer in [
            "",
            "/a",
            "/a/b~1c/0",
            "/a/b~1c/1/~0",
            "/a/b~1c/00",
            "/a/b~1c/+1",
            "/a/b~1c/2",
            "/n",
            "a",
            "/x/y",
        ] {
            assert_eq!(
                json.pointer(pointer).map(Json::to_string),
                value.pointer(pointer).map(|v| v.to_string()),
                "{pointer}"
            );
        }
        assert_eq!(json["a"]["b/c"][0], 10);
        assert_eq!(json["a"]["b/c"][1]["~"], "x");
        assert!(json["missing"][7]["deep"].is_null() && json["n"].is_null());
    }
}
