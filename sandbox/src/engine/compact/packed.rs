//! A compact binary encoding for JSON that is stored but rarely read. Member names and enum-like values are stored
//! once per process and referenced by number.

use super::shapes::ShapeTable;
use super::words::StringTable;
use crate::engine::json::Json;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Number};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// A JSON value in the encoding of this module. Clones share the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed(Arc<[u8]>);

impl Packed {
    /// Encodes a value. If the result equals `known`, its bytes are shared.
    pub(crate) fn of(value: &Json, known: Option<&Self>) -> Self {
        let mut bench = bench();
        let bytes = bench.pack(value);
        known.filter(|known| *known.0 == *bytes).cloned().unwrap_or_else(|| Self(bytes.into()))
    }

    /// Decodes the value.
    pub(crate) fn value(&self) -> Json {
        bench().reader(&self.0).value().unwrap_or_default()
    }
}

/// The encoder.
#[derive(Debug, Default)]
struct Encoder {
    words: StringTable,
    shapes: ShapeTable,
    out: Vec<u8>,
}

fn bench() -> MutexGuard<'static, Encoder> {
    static BENCH: LazyLock<Mutex<Encoder>> = LazyLock::new(Mutex::default);
    BENCH.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Encoder {
    fn pack(&mut self, value: &Json) -> &[u8] {
        self.out.clear();
        let (words, shapes, out) = (&mut self.words, &mut self.shapes, &mut self.out);
        Writer { words, shapes, out, bytes: [0; LONGEST_DIGITS] }.value(value);
        &self.out
    }

    fn reader<'p>(&'p self, bytes: &'p [u8]) -> Reader<'p> {
        Reader { words: &self.words, shapes: &self.shapes, rest: bytes }
    }
}

// A value starts with a byte: the type in four bits, then a number (the value itself, a length, or the number of a
// string or shape). A number that does not fit into three bits continues in further bytes, seven bits each. With the
// eighth bit set, the byte is one of the first strings and complete.
const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const WHOLE: u8 = 3;
const NEGATIVE: u8 = 4;
const DECIMAL: u8 = 5;
const TEXT: u8 = 6;
const WORD: u8 = 7;
const ARRAY: u8 = 8;
const OBJECT: u8 = 9;
const DIGITS: u8 = 10;
const SHAPED: u8 = 11;
const FOLLOWS: u8 = 7;
const FIRST_WORDS: u8 = 0x80;
/// The longest text that is encoded as base64 digits; longer texts are not ids.
const LONGEST_DIGITS: usize = 96;

struct Writer<'b> {
    words: &'b mut StringTable,
    shapes: &'b mut ShapeTable,
    out: &'b mut Vec<u8>,
    /// The values of base64 digits during encoding.
    bytes: [u8; LONGEST_DIGITS],
}

impl Writer<'_> {
    fn value(&mut self, value: &Json) {
        match value {
            Json::Null => self.head(NULL, 0),
            Json::Bool(false) => self.head(FALSE, 0),
            Json::Bool(true) => self.head(TRUE, 0),
            Json::Number(number) => self.number(number),
            Json::String(text) => self.text(text),
            Json::Array(items) => {
                self.head(ARRAY, length(items.len()));
                items.iter().for_each(|item| self.value(item));
            }
            Json::Object(members) => match self.shapes.number(members) {
                Some(shape) => {
                    self.head(SHAPED, length(shape));
                    members.values().for_each(|member| self.value(member));
                }
                None => {
                    self.head(OBJECT, length(members.len()));
                    for (name, member) in members {
                        self.text(name);
                        self.value(member);
                    }
                }
            },
        }
    }

    fn number(&mut self, number: &Number) {
        match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => self.head(WHOLE, whole),
            // Counts from -1 as 0, since zero is encoded as a positive number.
            (None, Some(negative)) => self.head(NEGATIVE, (!negative).unsigned_abs()),
            (None, None) => {
                self.head(DECIMAL, 0);
                let bits = number.as_f64().unwrap_or_default().to_bits();
                self.out.extend_from_slice(&bits.to_le_bytes());
            }
        }
    }

    fn text(&mut self, text: &str) {
        match self.words.number(text) {
            Some(number) => match u8::try_from(number).ok().filter(|number| *number < FIRST_WORDS) {
                Some(first) => self.out.push(first | FIRST_WORDS),
                None => self.head(WORD, length(number)),
            },
            None => {
                // Most characters of an id are base64 digits; four of them fit into three bytes.
                let (digits, rest) = text.as_bytes().split_at(text.len() - text.len() % 4);
                match URL_SAFE_NO_PAD.decode_slice(digits, &mut self.bytes) {
                    Ok(count @ 1..) => {
                        self.head(DIGITS, length(text.len()));
                        self.out.extend(self.bytes.iter().take(count));
                        self.out.extend_from_slice(rest);
                    }
                    _ => {
                        self.head(TEXT, length(text.len()));
                        self.out.extend_from_slice(text.as_bytes());
                    }
                }
            }
        }
    }

    fn head(&mut self, sort: u8, number: u64) {
        match u8::try_from(number).ok().filter(|number| *number < FOLLOWS) {
            Some(number) => self.out.push(sort | (number << 4)),
            None => {
                self.out.push(sort | (FOLLOWS << 4));
                let mut left = number;
                while left >= 0x80 {
                    self.out.push(low(left) | 0x80);
                    left >>= 7;
                }
                self.out.push(low(left));
            }
        }
    }
}

/// The seven lowest bits.
fn low(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

struct Reader<'p> {
    words: &'p StringTable,
    shapes: &'p ShapeTable,
    rest: &'p [u8],
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Json> {
        let (sort, number) = self.head()?;
        Some(match sort {
            FALSE => Json::Bool(false),
            TRUE => Json::Bool(true),
            WHOLE => number.into(),
            NEGATIVE => (!i64::try_from(number).ok()?).into(),
            DECIMAL => f64::from_bits(u64::from_le_bytes(self.take(8)?.try_into().ok()?)).into(),
            ARRAY => (0..number).map(|_| self.value()).collect::<Option<_>>()?,
            OBJECT => {
                let each = (0..number).map(|_| {
                    let (sort, number) = self.head()?;
                    Some((self.text(sort, number)?, self.value()?))
                });
                Json::Object(each.collect::<Option<Map<_, _>>>()?)
            }
            SHAPED => {
                let names = self.shapes.names(usize::try_from(number).ok()?)?.iter();
                let each = names.map(|name| Some((String::from(&**name), self.value()?)));
                Json::Object(each.collect::<Option<Map<_, _>>>()?)
            }
            NULL => Json::Null,
            _ => self.text(sort, number)?.into(),
        })
    }

    fn text(&mut self, sort: u8, number: u64) -> Option<String> {
        let number = usize::try_from(number).ok()?;
        match sort {
            WORD => self.words.text(number).map(str::to_owned),
            DIGITS => {
                let mut text = URL_SAFE_NO_PAD.encode(self.take(number / 4 * 3)?);
                text.push_str(std::str::from_utf8(self.take(number % 4)?).ok()?);
                Some(text)
            }
            _ => String::from_utf8(self.take(number)?.to_vec()).ok(),
        }
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn head(&mut self) -> Option<(u8, u64)> {
        let byte = *self.take(1)?.first()?;
        if byte >= FIRST_WORDS {
            return Some((WORD, u64::from(byte & !FIRST_WORDS)));
        }
        let (sort, small) = (byte & 0x0f, byte >> 4);
        if small < FOLLOWS {
            return Some((sort, u64::from(small)));
        }
        let (mut number, mut shift) = (0_u64, 0_u32);
        loop {
            let byte = *self.take(1)?.first()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some((sort, number));
            }
            shift += 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn packed_values_round_trip() {
        let numbers =
            json!([0, 6, 7, 14, 15, 127, 128, 70_000, u64::MAX, -1, -15, -16, i64::MIN, 0.1, -2.5e300]);
        let words: Vec<String> = (b'a'..=b'z')
            .flat_map(|a| (b'a'..=b'f').map(move |b| [a, b]))
            .map(|two| two.map(char::from).into_iter().collect())
            .collect();
        let texts = json!([
            words,
            "",
            "pending",
            "tu_1AbC",
            "tu_1",
            "tu_12",
            "tu_1AbCdEf-",
            "ABC",
            "Grüße",
            "A".repeat(127),
            "A".repeat(131),
            "x".repeat(49),
            "x".repeat(300),
            "A.B"
        ]);
        let object = json!({ "id": "tu_1", "metadata": { "Key 1": null }, "on": true, "off": false,
            "deep": [[{ "a": [] }], {}], "numbers": numbers, "texts": texts });
        let packed = Packed::of(&object, None);
        assert_eq!(packed.value(), object);
        assert_eq!(packed.value().to_string(), object.to_string());
        assert!(packed.0.len() < object.to_string().len());
    }

    #[test]
    fn equal_values_share_their_bytes() {
        let known = Packed::of(&json!({ "id": "tu_1", "amount": 1 }), None);
        let shares = |other: &Packed| Arc::ptr_eq(&known.0, &other.0);
        assert!(shares(&Packed::of(&known.value(), Some(&known))));
        assert!(!shares(&Packed::of(&json!({ "id": "tu_1", "amount": 2 }), Some(&known))));
    }

    #[test]
    fn damaged_bytes_decode_without_panic() {
        let whole = Packed::of(&json!({ "id": "tu_1", "amounts": [1, 2.5, "Text"] }), None);
        for length in 0..whole.0.len() {
            let broken = Packed(whole.0.iter().copied().take(length).collect());
            assert_eq!(broken.value(), Json::Null, "{length}");
        }
    }
}
