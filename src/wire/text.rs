//! The fast way from JSON text into a value: it reads what replies look like, and gives up on all else.
//!
//! Nearly all of the time of a decoder goes into tokens, and here a key is mostly known before it is read: replies come in
//! table order. What this reader does not take (a syntax error, a value that does not fit, a number that is no `i64`) is read
//! again by the careful one in [`super::decode`], which says what is wrong.

use super::{Fill, NULL_OK, NULLABLE, Opening, Path, Place, RecordMut, Scalar};
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// Nested deeper than this, text is for the careful reader to refuse.
const DEEPEST: u8 = 100;

/// Fills a value; `None` if that needs the careful reader. The value may have been touched by then.
pub(super) fn fill(value: &mut dyn Fill, text: &str) -> Option<()> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.value(value, false)?;
    (reader.peek().is_none()).then_some(())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

impl<'a> Reader<'a> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// After an item: whether there is another one.
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
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// What was read since a position.
    fn since(&self, start: usize) -> Option<&'a str> {
        self.text.get(start..self.at)
    }

    fn value(&mut self, value: &mut dyn Fill, null: bool) -> Option<()> {
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

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        self.depth += 1;
        let read = if self.depth > DEEPEST { None } else { read(self) };
        self.depth -= 1;
        read
    }

    fn word(&mut self, word: &str, scalar: Scalar<'static>) -> Option<Scalar<'static>> {
        self.rest().starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            scalar
        })
    }

    fn number(&mut self) -> Option<Scalar<'static>> {
        let start = self.at;
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        self.at += self.rest().iter().take_while(|byte| is_part(byte)).count();
        let text = self.since(start)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            // No leading zeros; minus zero is no integer.
            let plain = !digits.starts_with('0') || text == "0";
            return text.parse().ok().filter(|_| plain).map(Scalar::Int);
        }
        serde_json::from_str(text).ok().map(Scalar::Float)
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        loop {
            let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            self.at += self.rest().iter().position(ends)?;
            match self.byte()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                _ => return None,
            }
        }
        self.at += 1;
        let text = self.since(start)?;
        if escaped {
            return serde_json::from_str(text).ok().map(Cow::Owned);
        }
        text.get(1..text.len().checked_sub(1)?).map(Cow::Borrowed)
    }

    fn array(&mut self, value: &mut dyn Fill) -> Option<()> {
        let list = match value.open(Opening::Array)? {
            Place::List(list) => list,
            Place::Whole(whole) => {
                let json = serde_json::from_str(self.skipped()?).ok()?;
                return whole.take(json, &Path::Root).ok();
            }
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

    fn object(&mut self, value: &mut dyn Fill) -> Option<()> {
        match value.open(Opening::Object)? {
            Place::Record(record) => self.record(record),
            Place::Map(map) => {
                map.clear();
                self.members(|reader| {
                    let name = reader.string()?;
                    reader.expect(b':')?;
                    reader.value(map.at(&name), true)
                })
            }
            Place::Whole(whole) => {
                let json = serde_json::from_str(self.skipped()?).ok()?;
                whole.take(json, &Path::Root).ok()
            }
            Place::List(_) => None,
        }
    }

    /// The members of an object, one at a time.
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
        let mut seen = 0_u128;
        let mut hint = 0;
        self.members(|reader| {
            let index = match table.fields.get(hint) {
                Some(field) if reader.is_key(field.name) => {
                    reader.at += field.name.len() + 2;
                    hint
                }
                _ => {
                    let name = reader.string()?;
                    match table.index(&name, hint) {
                        Some(index) => index,
                        None => {
                            reader.expect(b':')?;
                            return reader.unknown(record, &name);
                        }
                    }
                }
            };
            reader.expect(b':')?;
            let null = table.fields.get(index)?.has(NULLABLE | NULL_OK);
            reader.value(record.field_mut(index)?, null)?;
            seen |= 1 << index;
            hint = index + 1;
            Some(())
        })?;
        (table.required & !seen == 0).then_some(())
    }

    /// Whether the next thing is this name in quotes.
    fn is_key(&self, name: &str) -> bool {
        let key = self.rest().get(1..).unwrap_or_default();
        // The quote first: most names that differ differ in length.
        key.get(name.len()) == Some(&b'"') && key.starts_with(name.as_bytes())
    }

    /// A member that the table does not have.
    fn unknown(&mut self, record: &mut dyn RecordMut, name: &str) -> Option<()> {
        let object = record.table().object;
        if name == "object" && !object.is_empty() {
            return (self.peek()? == b'"' && self.string()? == object).then_some(());
        }
        self.peek()?;
        let text = self.skipped()?;
        match record.extra_mut() {
            Some(extra) if !name.is_empty() => {
                extra.insert(name.to_owned(), serde_json::from_str(text).ok()?)
            }
            _ => {
                serde_json::from_str::<IgnoredAny>(text).ok()?;
            }
        }
        Some(())
    }

    /// The text of a value, which is not looked into: whoever reads it finds out whether it is one.
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

#[cfg(test)]
mod tests {
    use super::fill;
    use crate::wire::Typed;
    use crate::{List, account, issuing};

    fn takes<T: Typed>(text: &str) -> bool {
        fill(&mut T::empty(), text).is_some()
    }

    /// Otherwise nothing is wrong but the speed.
    #[test]
    fn replies_do_not_need_the_careful_reader() {
        assert!(takes::<account::Account>(include_str!("../../benches/data/account.json")));
        let authorization = include_str!("../../benches/data/authorization.json");
        assert!(takes::<issuing::authorization::Authorization>(authorization));
        let authorizations = format!(
            r#"{{"object":"list","data":[{authorization}],"has_more":false,"url":"/v1","more":[1.5e3,"\u00e9"]}}"#
        );
        assert!(takes::<List<issuing::authorization::Authorization>>(&authorizations));
    }

    fn both<T: Typed + PartialEq + std::fmt::Debug>(text: &str) -> bool {
        let mut fast = T::empty();
        if fill(&mut fast, text).is_none() {
            return false;
        }
        let mut careful = T::empty();
        let read = crate::wire::decode::fill_carefully(&mut careful, text.as_bytes());
        assert_eq!(read, Ok(()), "only the fast reader takes {text}");
        assert!(fast == careful, "the readers differ about {text}");
        true
    }

    /// What this reader takes, the careful one takes, and reads the same. Damaged texts are where they could differ.
    #[test]
    fn both_readers_read_the_same() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % below as u64) as usize
        };
        let account = include_str!("../../benches/data/account.json");
        let authorization = include_str!("../../benches/data/authorization.json");
        let pieces = [
            "", "\"", "\\", "\\u0041", "\\ud800", "{", "}", "[", "]", ",", ":", "0", "-", "1e3", "1.",
            "null", "true", " ", "é", "\u{1}",
        ];
        let (mut taken, mut refused) = (0, 0);
        for round in 0..6_000 {
            let text = if round % 2 == 0 { account } else { authorization };
            let mut damaged = text.to_owned();
            for _ in 0..=next(2) {
                let start = next(damaged.len());
                let end = (start + next(3)).min(damaged.len());
                if damaged.is_char_boundary(start) && damaged.is_char_boundary(end) {
                    damaged.replace_range(start..end, pieces[next(pieces.len())]);
                }
            }
            let took = if round % 2 == 0 {
                both::<account::Account>(&damaged)
            } else {
                both::<issuing::authorization::Authorization>(&damaged)
            };
            *(if took { &mut taken } else { &mut refused }) += 1;
        }
        assert!(taken > 500 && refused > 500, "{taken} taken, {refused} refused");
    }

    #[test]
    fn numbers_texts_and_ends_are_those_of_json() {
        let takes = both::<crate::Json>;
        for text in [
            "01",
            "-",
            "+1",
            "1.",
            ".5",
            "1e",
            "0x1",
            "tru",
            "nul",
            "\"",
            "\"\\x\"",
            "\"\n\"",
            "[1,]",
            "{\"a\":1,}",
            "1 1",
            "[",
            "]",
            "{\"a\" 1}",
            "",
        ] {
            assert!(!takes(text), "{text}");
        }
        for text in [
            "1",
            "-1",
            "0",
            "1.5",
            "1e3",
            "true",
            "false",
            "\"a\\n\\u00e9\"",
            " [ 1 , { \"a\" : [ ] } ] ",
            "{}",
            "[]",
        ] {
            assert!(takes(text), "{text}");
        }
        let deep = "[".repeat(120) + &"]".repeat(120);
        assert!(takes(&deep));
    }
}
