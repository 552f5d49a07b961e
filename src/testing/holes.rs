//! Names for values that a recording does not store: the fixture contains the name, which a replay binds to the
//! actual value.

use super::params::Name;
use super::pattern::Bindings;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Shorter texts count as words: they are not searched for in other texts or in replies.
const SHORT: usize = 4;

/// The names assigned so far in a recording: one per value and place, since a name stands for one text.
#[derive(Default)]
pub(crate) struct Holes {
    names: BTreeMap<(String, String), String>,
    taken: BTreeSet<String>,
}

impl Holes {
    /// Assigns a name that matches any text at this place.
    pub(crate) fn text(&mut self, place: &str, value: &str, bound: &Bindings) -> String {
        format!("{{{{{}}}}}", self.name(place, value, bound))
    }

    /// Assigns a name that matches any whole number.
    pub(crate) fn number(&mut self, place: &Name, value: i64, bound: &Bindings) -> String {
        format!("{{{{{}:number}}}}", self.name(&place.to_string(), &value.to_string(), bound))
    }

    fn name(&mut self, place: &str, value: &str, bound: &Bindings) -> String {
        let key = (place.to_owned(), value.to_owned());
        if let Some(name) = self.names.get(&key) {
            return name.clone();
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let first: String = place.trim_end_matches(']').replace("][", "_").chars().map(plain).collect();
        let mut name = first.clone();
        let mut number = 1;
        while self.taken.contains(&name) || bound.contains_key(&name) {
            number += 1;
            name = format!("{first}_{number}");
        }
        self.taken.insert(name.clone());
        self.names.insert(key, name.clone());
        name
    }

    /// The name of a request value that a reply repeats.
    pub(crate) fn repeated(&self, text: &str) -> Option<Json> {
        let mut known = self.names.iter().filter(|((_, value), _)| value == text && value.len() >= SHORT);
        known.next().map(|(_, name)| format!("{{{{{name}}}}}").into())
    }
}

/// The names of the flow with values that are distinguishable from words.
fn telling(bound: &Bindings) -> impl Iterator<Item = (&String, &String)> {
    bound.iter().filter(|(_, value)| value.len() >= SHORT)
}

/// Replaces the values of the flow's names by the names.
pub(crate) fn named(text: &str, bound: &Bindings) -> String {
    telling(bound)
        .fold(text.to_owned(), |text, (name, value)| text.replace(value.as_str(), &format!("{{{{{name}}}}}")))
}

/// The rest of a text without the names of the flow.
pub(crate) fn beside(text: &str, bound: &Bindings) -> String {
    telling(bound).fold(text.to_owned(), |text, (_, value)| text.replace(value.as_str(), ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_in_each_place_has_a_separate_name() {
        let bound = Bindings::from([("account".to_owned(), "acct_1".to_owned())]);
        let mut holes = Holes::default();
        let mut text = |place, value| holes.text(place, value, &bound);
        assert_eq!(text("values[0]", "32"), "{{values_0}}");
        assert_eq!(text("values[0]", "45"), "{{values_0_2}}");
        assert_eq!(text("values[0]", "32"), "{{values_0}}");
        assert_eq!(text("a[b_c]", "1"), "{{a_b_c}}");
        assert_eq!(text("a_b[c]", "1"), "{{a_b_c_2}}");
        assert_eq!(text("account", "x"), "{{account_2}}");
    }

    #[test]
    fn replies_repeat_request_values_and_words_are_kept() {
        let mut holes = Holes::default();
        holes.text("name", "Jenny Rosen", &Bindings::new());
        holes.text("state", "CA", &Bindings::new());
        assert_eq!(holes.repeated("Jenny Rosen"), Some("{{name}}".into()));
        assert_eq!(holes.repeated("Jenny"), None);
        assert_eq!(holes.repeated("CA"), None);
    }

    #[test]
    fn names_of_the_flow_are_found_in_texts() {
        let bound =
            Bindings::from([("order".to_owned(), "order-7".to_owned()), ("x".to_owned(), "a".to_owned())]);
        assert_eq!(named("a card of order-7", &bound), "a card of {{order}}");
        assert_eq!(beside("order-7/top-up", &bound), "/top-up");
    }
}
