//! Compares a run on the sandbox with a replay: the requests are equal, and replies contain everything that the
//! replay has.
//!
//! Both sides generate ids, so ids are equal if they are consistently renamed from their first occurrence on. Times
//! are ignored unless a request contains them, since they depend on the clock.

use super::fixture::Step;
use super::recorder::Exchange;
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};
use std::fmt;

/// A difference between the sandbox and the replay in a step.
pub struct Difference {
    pub flow: String,
    pub step: String,
    /// Members and positions, separated by dots. Places outside of the reply start with a word in angle brackets.
    pub path: String,
    replayed: String,
    sandbox: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flow, step, path, replayed, sandbox } = self;
        write!(f, "{flow}, {step}, {path}: {replayed} in the replay, {sandbox} in the sandbox")
    }
}

/// All differences between the steps of a flow and the calls of a run.
pub fn compare(flow: &str, steps: &[Step], log: &[Exchange]) -> Vec<Difference> {
    let said =
        steps.iter().flat_map(|step| step.params.values()).filter_map(|value| value.parse().ok()).collect();
    let mut comparison =
        Comparison { flow, step: "", said, forth: HashMap::new(), back: HashMap::new(), found: Vec::new() };
    for (step, call) in steps.iter().zip(log) {
        comparison.step = &step.name;
        comparison.request(step, call);
        comparison.differ_unless(step.status == call.status, "<status>", step.status, call.status);
        comparison.json("", &step.body, &call.body);
    }
    comparison.step = "*";
    comparison.differ_unless(steps.len() == log.len(), "<calls>", steps.len(), log.len());
    comparison.found
}

struct Comparison<'a> {
    flow: &'a str,
    step: &'a str,
    /// Times in requests.
    said: BTreeSet<i64>,
    /// Maps ids of the replay to ids of the sandbox, and back.
    forth: HashMap<String, String>,
    back: HashMap<String, String>,
    found: Vec<Difference>,
}

impl Comparison<'_> {
    fn request(&mut self, step: &Step, call: &Exchange) {
        let same = step.method == call.method && self.text(&step.path, &call.path);
        self.differ_unless(same, "<path>", &step.path, &call.path);
        let (wanted, account) =
            (step.account.as_deref().unwrap_or_default(), call.account.as_deref().unwrap_or_default());
        let same = self.text(wanted, account);
        self.differ_unless(same, "<account>", wanted, account);
        if step.uploads {
            return;
        }
        let names: BTreeSet<&String> = step.params.keys().chain(call.params.keys()).collect();
        for name in names {
            let [wanted, sent] = [&step.params, &call.params]
                .map(|params| params.get(name).map(String::as_str).unwrap_or_default());
            let same = self.text(wanted, sent);
            self.differ_unless(same, &format!("<{name}>"), wanted, sent);
        }
    }

    /// Checks that the sandbox's reply contains everything in the replay's reply; additional members are ignored.
    fn json(&mut self, path: &str, replayed: &Json, sandbox: &Json) {
        let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match (replayed, sandbox) {
            (Json::Object(members), Json::Object(others)) => {
                for (name, value) in members {
                    self.json(&at(name), value, others.get(name).unwrap_or(&Json::Null));
                }
            }
            (Json::Array(items), Json::Array(others)) if items.iter().chain(others).all(Json::is_string) => {
                let [mut left, mut right] =
                    [items, others].map(|list| list.iter().filter_map(Json::as_str).collect::<Vec<_>>());
                left.sort_unstable();
                right.sort_unstable();
                let same = left.len() == right.len()
                    && left.iter().zip(&right).all(|(left, right)| self.text(left, right));
                self.differ_unless(same, path, replayed, sandbox);
            }
            (Json::Array(items), Json::Array(others)) if items.len() == others.len() => {
                for (index, (item, other)) in items.iter().zip(others).enumerate() {
                    self.json(&at(&index.to_string()), item, other);
                }
            }
            (Json::String(text), Json::String(other)) => {
                let same = self.text(text, other);
                self.differ_unless(same, path, replayed, sandbox);
            }
            (Json::Number(_), Json::Number(_)) => {
                let same = replayed.as_f64() == sandbox.as_f64()
                    || (self.is_time(replayed) && self.is_time(sandbox));
                self.differ_unless(same, path, replayed, sandbox);
            }
            _ => self.differ_unless(replayed == sandbox, path, replayed, sandbox),
        }
    }

    /// Whether a number is a time that occurs in no request.
    fn is_time(&self, number: &Json) -> bool {
        number.as_i64().is_some_and(|seconds| seconds > 1_600_000_000 && !self.said.contains(&seconds))
    }

    /// Whether two strings are equal except for ids.
    fn text(&mut self, replayed: &str, sandbox: &str) -> bool {
        if replayed.split('/').count() != sandbox.split('/').count() {
            return false;
        }
        replayed.split('/').zip(sandbox.split('/')).all(|(left, right)| self.word(left, right))
    }

    fn word(&mut self, replayed: &str, sandbox: &str) -> bool {
        match (prefix(replayed), prefix(sandbox)) {
            (Some(left), Some(right)) if left == right => {
                let forth = self.forth.entry(replayed.to_owned()).or_insert_with(|| sandbox.to_owned());
                let back = self.back.entry(sandbox.to_owned()).or_insert_with(|| replayed.to_owned());
                forth == sandbox && back == replayed
            }
            _ => replayed == sandbox,
        }
    }

    fn differ_unless(&mut self, same: bool, path: &str, replayed: impl ToString, sandbox: impl ToString) {
        if !same {
            self.found.push(Difference {
                flow: self.flow.to_owned(),
                step: self.step.to_owned(),
                path: path.to_owned(),
                replayed: replayed.to_string(),
                sandbox: sandbox.to_string(),
            });
        }
    }
}

/// The prefix of an id, such as `tu`; `None` if the text is not an id.
fn prefix(text: &str) -> Option<&str> {
    let (prefix, rest) = text.rsplit_once('_')?;
    let made_up = rest.len() >= 10
        && rest.chars().all(|c| c.is_ascii_alphanumeric())
        && rest.contains(|c: char| c.is_ascii_digit());
    (made_up && prefix.chars().all(|c| c.is_ascii_lowercase() || c == '_')).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(replayed: &Json, sandbox: &Json) -> Vec<String> {
        let mut comparison = Comparison {
            flow: "flow",
            step: "step",
            said: BTreeSet::from([1_794_475_920]),
            forth: HashMap::new(),
            back: HashMap::new(),
            found: Vec::new(),
        };
        comparison.json("", replayed, sandbox);
        comparison.found.into_iter().map(|difference| difference.path).collect()
    }

    #[test]
    fn ids_are_renamed_and_times_are_ignored_unless_requested() {
        let replayed = json!({ "id": "tu_1AAAAAAAAAA", "again": "tu_1AAAAAAAAAA", "other": "tu_1BBBBBBBBBB", "url": "/v1/topups/tu_1AAAAAAAAAA",
            "created": 1_794_000_000, "accepted": 1_794_475_920 });
        let sandbox = json!({ "id": "tu_1xxxxxxxxxx", "again": "tu_1xxxxxxxxxx", "other": "tu_1yyyyyyyyyy", "url": "/v1/topups/tu_1xxxxxxxxxx",
            "created": 1_795_000_000, "accepted": 1_794_475_920, "more": true });
        assert_eq!(found(&replayed, &sandbox), [""; 0]);
        let wrong = json!({ "id": "tu_1xxxxxxxxxx", "again": "tu_1yyyyyyyyyy", "other": "po_1yyyyyyyyyy", "url": "/v1/topups/tu_1zzzzzzzzzz",
            "created": 5, "accepted": 1_794_475_921 });
        assert_eq!(found(&replayed, &wrong), ["accepted", "created", "id", "other", "url"]);
    }

    #[test]
    fn keyword_lists_are_unordered_and_others_are_ordered() {
        let replayed = json!({ "due": ["a", "b"], "data": [{ "amount": 1 }, { "amount": 2 }], "none": null });
        assert_eq!(
            found(&replayed, &json!({ "due": ["b", "a"], "data": [{ "amount": 1 }, { "amount": 2 }] })),
            [""; 0]
        );
        assert_eq!(
            found(&replayed, &json!({ "due": ["b"], "data": [{ "amount": 2 }, { "amount": 1 }], "none": 0 })),
            ["data.0.amount", "data.1.amount", "due", "none"]
        );
        assert_eq!(found(&replayed, &json!({ "due": [], "data": [] })), ["data", "due"]);
    }
}
