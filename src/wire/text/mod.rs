//! The fast decoder of JSON text: it handles the usual form of replies, and gives up on anything else.
//!
//! A decoder spends nearly all of its time on tokens, and here a key is mostly known before it is read: replies are
//! in table order. Input that this decoder rejects (a syntax error, a type mismatch, a number that is not an `i64`)
//! is decoded again by the careful decoder in [`super::decode`], which reports errors.

pub(crate) mod scan;
#[cfg(test)]
pub(crate) mod tests;

use super::{
    Container, DecodeField, DecodeFromJson, FieldRef, FieldTable, NULL_OK, NULLABLE, Path, RecordMut, Scalar,
    Slot, Tagged,
};
use crate::Json;
use crate::wire::json_value::Number;
use crate::wire::unknown::UnknownFields;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Text nested deeper is left to the careful decoder: it is the limit of serde_json.
const DEEPEST: usize = 127;

/// Decodes a value; `None` if it needs the careful decoder. The value may be partially filled then.
pub(crate) fn fill(value: &mut dyn DecodeField, text: &str) -> Option<()> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.value(value, false)?;
    (reader.peek().is_none()).then_some(())
}

/// Whether a text is a JSON number.
pub(crate) fn is_number(text: &str) -> bool {
    scan::is_number(text.as_bytes())
}

/// Decodes any JSON; `None` if it is invalid or nested too deeply.
pub(crate) fn json(text: &str) -> Option<Json> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let json = reader.json()?;
    (reader.peek().is_none()).then_some(json)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    #[inline]
    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    /// The next byte that is not whitespace.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        match self.byte()? {
            b' ' | b'\n' | b'\r' | b'\t' => self.behind_space(),
            byte => Some(byte),
        }
    }

    fn behind_space(&mut self) -> Option<u8> {
        loop {
            match self.byte()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
            // Indentation.
            while let Some(word) = scan::word(self.bytes(), self.at) {
                let spaces = scan::spaces(word);
                self.at += spaces;
                if spaces < 8 {
                    break;
                }
            }
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Skips the colon between name and value.
    #[inline]
    fn colon(&mut self) -> Option<()> {
        if self.bytes().get(self.at..)?.starts_with(b": ") {
            self.at += 2;
            return Some(());
        }
        self.expect(b':')
    }

    /// Skips the end of an item: returns whether there is another one.
    #[inline]
    fn more(&mut self, end: u8) -> Option<bool> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b',' => Some(true),
            byte if byte == end => Some(false),
            _ => None,
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes().get(self.at..).unwrap_or_default()
    }

    /// The text since a position.
    fn since(&self, start: usize) -> Option<&'a str> {
        self.text.get(start..self.at)
    }

    fn value(&mut self, value: &mut dyn DecodeField, null: bool) -> Option<()> {
        let scalar = match self.peek()? {
            b'"' => {
                let text = self.string()?;
                return value.put(Scalar::Str(&text)).ok();
            }
            b'{' => return self.nested(|reader| reader.object(value)),
            b'[' => return self.nested(|reader| reader.array(value)),
            b't' => self.word("true", Scalar::Bool(true)),
            b'f' => self.word("false", Scalar::Bool(false)),
            b'n' if null => self.word("null", Scalar::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        };
        value.put(scalar?).ok()
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let read = if self.depth > DEEPEST { None } else { read(self) };
        self.depth -= 1;
        read
    }

    fn word<T>(&mut self, word: &str, scalar: T) -> Option<T> {
        self.rest().starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            scalar
        })
    }

    fn number(&mut self) -> Option<Scalar<'a>> {
        if let Some((value, length)) = scan::integer(self.rest()) {
            self.at += length;
            return Some(Scalar::Int(value));
        }
        let text = self.digits()?;
        match text.parse() {
            // Minus zero is not an integer.
            Ok(value) if text != "-0" => Some(Scalar::Int(value)),
            _ => Some(Scalar::Number(text)),
        }
    }

    /// The text of a number.
    fn digits(&mut self) -> Option<&'a str> {
        let start = self.at;
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        self.at += self.rest().iter().take_while(|byte| is_part(byte)).count();
        self.since(start).filter(|text| scan::is_number(text.as_bytes()))
    }

    /// Reads a string, including its closing quote.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let bytes = self.bytes();
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        loop {
            while let Some(word) = scan::word(bytes, self.at) {
                let plain = scan::plain(word);
                self.at += plain;
                if plain < 8 {
                    break;
                }
            }
            match self.byte()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                byte if scan::is_end(byte) => return None,
                // One of the last seven bytes of the text.
                _ => self.at += 1,
            }
        }
        self.at += 1;
        if escaped {
            return serde_json::from_str(self.since(start)?).ok().map(Cow::Owned);
        }
        self.text.get(start + 1..self.at - 1).map(Cow::Borrowed)
    }

    fn array(&mut self, value: &mut dyn DecodeField) -> Option<()> {
        let list = match value.open(Container::Array)? {
            Slot::List(list) => list,
            Slot::DecodeFromJson(whole) => return self.whole(whole),
            _ => return None,
        };
        list.clear();
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.value(list.grow(), false)?;
            if !self.more(b']')? {
                return Some(());
            }
        }
    }

    fn object(&mut self, value: &mut dyn DecodeField) -> Option<()> {
        match value.open(Container::Object)? {
            Slot::Record(record) => self.record(record),
            Slot::Map(map) => {
                map.clear();
                self.members(|reader| {
                    let name = reader.string()?;
                    reader.colon()?;
                    reader.value(map.at(&name), true)
                })
            }
            Slot::DecodeFromJson(whole) => self.whole(whole),
            Slot::Tagged(tagged) => self.tagged(tagged),
            Slot::List(_) => None,
        }
    }

    fn whole(&mut self, whole: &mut dyn DecodeFromJson) -> Option<()> {
        whole.take(self.json()?, &Path::Root).ok()
    }

    /// Decodes an object whose type is named by its `object` member. That is mostly the second member, so little is
    /// read twice.
    fn tagged(&mut self, tagged: &mut dyn Tagged) -> Option<()> {
        let start = self.at;
        if self.arm(tagged).is_some() {
            return Some(());
        }
        self.at = start;
        self.whole(tagged)
    }

    fn arm(&mut self, tagged: &mut dyn Tagged) -> Option<()> {
        let start = self.at;
        let kind = self.kind()?;
        self.at = start;
        let arm = tagged.arm(&kind, false)?;
        self.object(arm)?;
        // A deleted object has another type.
        let FieldRef::Record(record) = arm.view() else { return None };
        let deleted = record.extra().and_then(|extra| extra.get("deleted"));
        (deleted.is_none()).then_some(())
    }

    /// The `object` member of an object.
    fn kind(&mut self) -> Option<Cow<'a, str>> {
        self.at += 1;
        loop {
            (self.peek()? == b'"').then_some(())?;
            let name = self.string()?;
            self.colon()?;
            let first = self.peek()?;
            if name == "object" {
                return if first == b'"' { self.string() } else { None };
            }
            self.skipped()?;
            self.more(b'}')?.then_some(())?;
        }
    }

    /// The members of an object, one at a time.
    #[inline]
    fn members(&mut self, mut member: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            (self.peek()? == b'"').then_some(())?;
            member(self)?;
            if !self.more(b'}')? {
                return Some(());
            }
        }
    }

    fn record(&mut self, record: &mut dyn RecordMut) -> Option<()> {
        let table = record.table();
        let mut done = None;
        record.visit_mut(&mut |fields, extra| done = self.fields(table, fields, extra));
        done
    }

    fn fields(
        &mut self,
        table: &FieldTable,
        fields: &mut [&mut dyn DecodeField],
        mut extra: Option<&mut UnknownFields>,
    ) -> Option<()> {
        let mut seen = 0_u128;
        let mut hint = 0;
        self.members(|reader| {
            let index = match table.fields.get(hint) {
                Some(field) if reader.is_key(field.name) => {
                    reader.at += field.name.len() + 2;
                    reader.colon()?;
                    hint
                }
                _ => {
                    let name = reader.string()?;
                    reader.colon()?;
                    if name == "object" && !table.object.is_empty() {
                        return reader.constant(table);
                    }
                    match table.index(&name, hint) {
                        Some(index) => index,
                        None => return reader.unknown(extra.as_deref_mut(), &name),
                    }
                }
            };
            let field = table.fields.get(index)?;
            reader.value(*fields.get_mut(index)?, field.has(NULLABLE | NULL_OK))?;
            seen |= 1 << index;
            // The id comes first regardless of its position in the table, and the others continue from there.
            if hint != 0 || field.name != "id" {
                hint = index + 1;
            }
            Some(())
        })?;
        (table.required & !seen == 0).then_some(())
    }

    /// Whether the next token is this name in quotes.
    #[inline]
    fn is_key(&self, name: &str) -> bool {
        let key = self.bytes().get(self.at + 1..).unwrap_or_default();
        // Compares the quote first: most different names have different lengths.
        key.get(name.len()) == Some(&b'"')
            && key.get(..name.len()).is_some_and(|key| scan::same(key, name.as_bytes()))
    }

    /// The `object` member of a type.
    fn constant(&mut self, table: &FieldTable) -> Option<()> {
        (self.peek()? == b'"' && self.string()? == table.object).then_some(())
    }

    /// Stores a member that the table does not have.
    fn unknown(&mut self, extra: Option<&mut UnknownFields>, name: &str) -> Option<()> {
        match extra {
            Some(extra) if !name.is_empty() => extra.insert(name.to_owned(), self.json()?),
            _ => {
                self.peek()?;
                serde_json::from_str::<IgnoredAny>(self.skipped()?).ok()?;
            }
        }
        Some(())
    }

    /// Decodes a value of any type.
    fn json(&mut self) -> Option<Json> {
        match self.peek()? {
            b'"' => Some(Json::String(self.string()?.into_owned())),
            b'{' => self.nested(|reader| {
                let mut object = BTreeMap::new();
                reader.members(|reader| {
                    let name = reader.string()?.into_owned();
                    reader.colon()?;
                    object.insert(name, reader.json()?);
                    Some(())
                })?;
                Some(Json::Object(object))
            }),
            b'[' => self.nested(|reader| {
                let mut items = Vec::new();
                reader.at += 1;
                if reader.peek()? == b']' {
                    reader.at += 1;
                    return Some(Json::Array(items));
                }
                loop {
                    items.push(reader.json()?);
                    if !reader.more(b']')? {
                        return Some(Json::Array(items));
                    }
                }
            }),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            _ => self.digits().map(|text| Json::Number(Number::of_text(text))),
        }
    }

    /// The text of a value, skipped without validation: the consumer validates it.
    fn skipped(&mut self) -> Option<&'a str> {
        let start = self.at;
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    open += 1;
                    (self.depth + open <= DEEPEST).then_some(())?;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    open = open.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let ends = |byte: &u8| {
                        matches!(byte, b',' | b':' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t' | b'"')
                    };
                    let length = self.rest().iter().position(ends).unwrap_or(self.rest().len());
                    self.at += length.max(1);
                }
            }
            if open == 0 {
                return self.since(start);
            }
        }
    }
}
