//! The words that packed JSON names by number: values that the document lists, and names of members.

use hashbrown::HashMap;
use std::sync::Arc;

/// The words that were met so far. There are never more than [`MOST`], so that what a program sends cannot fill the memory.
#[derive(Debug, Default)]
pub(crate) struct StringTable {
    numbers: HashMap<Arc<str>, usize>,
    texts: Vec<Arc<str>>,
}

const MOST: usize = 8192;
/// A text that is longer is hardly one of few.
const LONGEST: usize = 48;

impl StringTable {
    /// The number of a text, if it looks like a name or like a value that the document lists, which no id does.
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

    /// The text with a number.
    pub(crate) fn text(&self, number: usize) -> Option<&str> {
        self.texts.get(number).map(Arc::as_ref)
    }
}

/// Whether there are only small letters, `_` and `.`, or only capitals and spaces. Looks at every byte, which is quicker
/// than to stop.
pub(crate) fn is_word(text: &str) -> bool {
    let small = |byte: u8| byte.wrapping_sub(b'a') < 26 || byte == b'_' || byte == b'.';
    let capital = |byte: u8| byte.wrapping_sub(b'A') < 26 || byte == b' ';
    let all = |(smalls, capitals), byte| (smalls & small(byte), capitals & capital(byte));
    let (smalls, capitals) = text.bytes().fold((true, true), all);
    smalls | capitals
}
