//! The latest requests and webhooks in full, for the pages of a running sandbox. An option sets how many are kept; a
//! sandbox used only by a program keeps none.

use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;

/// The maximum length of a stored body in bytes.
const LONGEST_BODY: usize = 16 * 1024;

/// A bounded list of the newest entries.
#[derive(Debug)]
pub struct Recent<T> {
    kept: VecDeque<Arc<T>>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { kept: VecDeque::new() }
    }
}

impl<T> Recent<T> {
    /// Adds an entry and drops the oldest beyond `most`.
    pub fn push(&mut self, entry: T, most: usize) {
        if most > 0 {
            self.kept.push_back(Arc::new(entry));
        }
        while self.kept.len() > most {
            self.kept.pop_front();
        }
    }

    /// All entries, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<T>> {
        self.kept.iter()
    }
}

/// A request and its reply.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The number of its journal entry, from 1; 0 without a journal.
    pub entry: usize,
    /// The value of `Request-Id`; empty for hosted pages.
    pub id: String,
    /// When it was answered, on the sandbox's clock in Unix seconds.
    pub at: i64,
    /// The account that the request was for.
    pub account: String,
    /// `GET`, `POST` or `DELETE`.
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// The headers of the request. Keys are masked.
    pub headers: Vec<(String, String)>,
    /// The body of the request, truncated if it is long.
    pub body: String,
    /// The status of the reply.
    pub status: u16,
    /// The headers of the reply.
    pub reply_headers: Vec<(String, String)>,
    /// The body of the reply, truncated if it is long.
    pub reply: String,
    /// The error code of the reply, or its type if it has no code.
    pub code: Option<String>,
}

/// An attempt to deliver a webhook.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When it ended, on the sandbox's clock in Unix seconds.
    pub at: i64,
    /// The id of the event.
    pub event: String,
    /// The type of the event.
    pub kind: String,
    /// The id of the endpoint.
    pub endpoint: String,
    /// The address of the endpoint.
    pub url: String,
    /// The number of the attempt, from 1.
    pub number: u32,
    /// The value of `Stripe-Signature`.
    pub signature: String,
    /// The status of the endpoint's reply, or why there was none.
    pub outcome: Result<u16, String>,
    /// The duration in real milliseconds.
    pub milliseconds: u64,
}

/// A body as text, truncated to the limit.
pub(crate) fn text(body: &Bytes) -> String {
    let end = body.len().min(LONGEST_BODY);
    let mut text = String::from_utf8_lossy(body.get(..end).unwrap_or_default()).into_owned();
    if end < body.len() {
        text.push_str(&format!("… ({} bytes in all)", body.len()));
    }
    text
}

/// The value of an `Authorization` header with a masked key: only the last four characters are shown.
pub(crate) fn masked(value: &str) -> String {
    let scheme = value.split(' ').next().unwrap_or_default();
    let tail: String = value.chars().skip(value.chars().count().saturating_sub(4)).collect();
    format!("{scheme} …{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_entries_are_dropped_beyond_the_limit() {
        let mut recent = Recent::default();
        (0..5).for_each(|number| recent.push(number, 3));
        assert!(recent.iter().map(|entry| **entry).eq([2, 3, 4]));
        recent.push(5, 0);
        assert_eq!(recent.iter().count(), 0);
    }

    #[test]
    fn long_bodies_and_keys_are_shortened() {
        assert!(text(&Bytes::from("x".repeat(LONGEST_BODY + 1))).ends_with("(16385 bytes in all)"));
        assert_eq!(text(&Bytes::from("a=b")), "a=b");
        assert_eq!(masked("Bearer secret0000"), "Bearer …0000");
    }
}
