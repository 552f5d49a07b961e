//! Strict JSON reader: duplicate keys are reported, where serde_json would keep the last value.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::pointer;

/// Reads a document. The second result holds the JSON pointers of duplicate keys.
pub fn read(bytes: &[u8]) -> serde_json::Result<(Value, Vec<String>)> {
    // A byte order mark is redundant in JSON, which is always UTF-8.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let state = State::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Node { state: &state }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((value, state.twice.into_inner()))
}

/// The position of the reader, and the duplicates found.
#[derive(Default)]
struct State {
    path: RefCell<Vec<String>>,
    twice: RefCell<Vec<String>>,
}

#[derive(Clone, Copy)]
struct Node<'a> {
    state: &'a State,
}

impl Node<'_> {
    fn inside<T>(self, token: String, read: impl FnOnce() -> T) -> T {
        self.state.path.borrow_mut().push(token);
        let value = read();
        self.state.path.borrow_mut().pop();
        value
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(value).ok_or_else(|| E::custom("number out of range"))?;
        Ok(number.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = self.inside(values.len().to_string(), || items.next_element_seed(self))? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = self.inside(key.clone(), || members.next_value_seed(self))?;
            if object.contains_key(&key) {
                let path = self.state.path.borrow();
                let place = path.iter().fold(String::new(), |place, token| pointer::join(&place, token));
                self.state.twice.borrow_mut().push(pointer::join(&place, &key));
            }
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn duplicate_key_is_reported_with_its_pointer() {
        let (_, twice) = read(br#"{"a":{"b/c":1,"b/c":2},"d":[{"e":0,"e":0}],"a":1}"#).expect("JSON");
        assert_eq!(twice, ["/a/b~1c", "/d/0/e", "/a"]);
    }

    #[test]
    fn byte_order_mark_is_ignored() {
        let (value, twice) = read(b"\xEF\xBB\xBF[1, -2, 1.5, null, true]").expect("JSON");
        assert_eq!(value, serde_json::json!([1, -2, 1.5, null, true]));
        assert!(twice.is_empty());
    }
}
