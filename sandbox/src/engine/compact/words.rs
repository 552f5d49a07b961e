//! The string table of encoded JSON: enum values of the API document and member names.

use hashbrown::HashMap;
use std::sync::Arc;

/// The strings seen so far, at most [`MOST`], so that requests cannot exhaust the memory.
#[derive(Debug, Default)]
pub(crate) struct StringTable {
    numbers: HashMap<Arc<str>, usize>,
    texts: Vec<Arc<str>>,
}

const MOST: usize = 8192;
/// Longer texts are unlikely to be repeated.
const LONGEST: usize = 48;

impl StringTable {
    /// The number of a text that has the form of a member name or an enum value. Ids never have it.
    pub(crate) fn number(&mut self, text: &str) -> Option<usize> {
        if text.len() > LONGEST || !is_word(text) {
            return None;
        }
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        let number = Some(self.texts.len()).filter(|number| *number < MOST)?;
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        Some(number)
    }

    /// The text with this number.
    pub(crate) fn text(&self, number: usize) -> Option<&str> {
        self.texts.get(number).map(Arc::as_ref)
    }
}

/// Whether the text consists only of lower-case letters, `_` and `.`, or only of capitals and spaces. Checks every
/// byte without an early return, which is faster.
pub(crate) fn is_word(text: &str) -> bool {
    let small = |byte: u8| byte.wrapping_sub(b'a') < 26 || byte == b'_' || byte == b'.';
    let capital = |byte: u8| byte.wrapping_sub(b'A') < 26 || byte == b' ';
    let all = |(smalls, capitals), byte| (smalls & small(byte), capitals & capital(byte));
    let (smalls, capitals) = text.bytes().fold((true, true), all);
    smalls | capitals
}
