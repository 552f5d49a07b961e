//! Texts with placeholders: `{{account}}` in a fixture matches any text in the first request, and the same text from
//! then on.

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The bound names with their values.
pub(crate) type Bindings = BTreeMap<String, String>;

/// A text of a fixture.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Hole {
        name: String,
        /// Matches whole numbers only, and is a JSON number in a reply.
        number: bool,
    },
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inside, tail)) = after.split_once("}}") else {
                return Err(format!("`{text}` has an unclosed {{{{"));
            };
            if before.is_empty() && !pieces.is_empty() {
                return Err(format!("`{text}` has two adjacent names; put text between them"));
            }
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let (name, number) = match inside.split_once(':') {
                None => (inside, false),
                Some((name, "number")) => (name, true),
                Some((_, kind)) => {
                    return Err(format!("`{text}`: the kind of a name must be `number`, not `{kind}`"));
                }
            };
            if name.is_empty()
                || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            {
                return Err(format!(
                    "`{text}`: a name must consist of lower-case letters, digits and underscores"
                ));
            }
            pieces.push(Piece::Hole { name: name.to_owned(), number });
            rest = tail;
        }
        if !rest.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// Whether a text matches. New names are bound to the matched text.
    pub(crate) fn matches(&self, text: &str, bound: &mut Bindings) -> bool {
        let mut found = Bindings::new();
        let fits = self.take(text, bound, &mut found).is_some();
        if fits {
            bound.append(&mut found);
        }
        fits
    }

    fn take(&self, text: &str, bound: &Bindings, found: &mut Bindings) -> Option<()> {
        let mut rest = text;
        let mut pieces = self.0.iter().peekable();
        while let Some(piece) = pieces.next() {
            rest = match piece {
                Piece::Text(text) => rest.strip_prefix(text.as_str())?,
                Piece::Hole { name, number } => match bound.get(name).or_else(|| found.get(name)) {
                    Some(value) => rest.strip_prefix(value.as_str())?,
                    None => {
                        let end = match pieces.peek() {
                            Some(Piece::Text(next)) => rest.find(next.as_str())?,
                            _ => rest.len(),
                        };
                        let (value, tail) = rest.split_at_checked(end)?;
                        if value.is_empty() || (*number && value.parse::<i64>().is_err()) {
                            return None;
                        }
                        found.insert(name.clone(), value.to_owned());
                        tail
                    }
                },
            };
        }
        rest.is_empty().then_some(())
    }

    /// Whether it matches only a whole number.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.0.as_slice(), [Piece::Hole { number: true, .. }])
    }

    /// Replaces all names, or returns the first unbound one.
    fn fill(&self, bound: &Bindings) -> Result<String, String> {
        let mut out = String::new();
        for piece in &self.0 {
            out.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Hole { name, .. } => bound.get(name).ok_or_else(|| name.clone())?,
            });
        }
        Ok(out)
    }

    /// The text for output: unbound names are kept.
    pub(crate) fn show(&self, bound: &Bindings) -> String {
        let show = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Hole { name, .. } => bound.get(name).cloned().unwrap_or_else(|| format!("{{{{{name}}}}}")),
        };
        self.0.iter().map(show).collect()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Hole { name, .. } => Some(name.as_str()),
        })
    }
}

/// Replaces the names in all strings of a JSON value.
pub(crate) fn fill(json: &Json, bound: &Bindings) -> Result<Json, String> {
    Ok(match json {
        Json::String(text) => {
            let pattern = Pattern::parse(text)?;
            let missing = |name| format!("the name `{name}` in its reply is not bound yet");
            let text = pattern.fill(bound).map_err(missing)?;
            match pattern.0.as_slice() {
                [Piece::Hole { number: true, name }] => {
                    let number = text
                        .parse::<i64>()
                        .map_err(|_| format!("`{name}` is {text:?}, which is not a number"))?;
                    number.into()
                }
                _ => Json::String(text),
            }
        }
        Json::Array(items) => {
            Json::Array(items.iter().map(|item| fill(item, bound)).collect::<Result<_, _>>()?)
        }
        Json::Object(members) => {
            let filled = members.iter().map(|(name, value)| Ok((name.clone(), fill(value, bound)?)));
            Json::Object(filled.collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

/// Collects the names in all strings of a JSON value.
pub(crate) fn names(json: &Json, into: &mut Vec<String>) -> Result<(), String> {
    match json {
        Json::String(text) => into.extend(Pattern::parse(text)?.names().map(str::to_owned)),
        Json::Array(items) => items.iter().try_for_each(|item| names(item, into))?,
        Json::Object(members) => members.values().try_for_each(|value| names(value, into))?,
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn matched(pattern: &str, text: &str, bound: &[(&str, &str)]) -> Option<Bindings> {
        let mut bound = bound.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let fits = Pattern::parse(pattern).unwrap().matches(text, &mut bound);
        fits.then_some(bound)
    }

    #[test]
    fn name_is_bound_once_and_compared_afterwards() {
        let bound = matched("{{order}}/top-up", "o-1/top-up", &[]).unwrap();
        assert_eq!(bound["order"], "o-1");
        assert!(matched("{{order}}/top-up", "o-1/top-up", &[("order", "o-1")]).is_some());
        assert!(matched("{{order}}/top-up", "o-2/top-up", &[("order", "o-1")]).is_none());
        assert!(matched("{{a}}-{{a}}", "x-x", &[]).is_some());
        assert!(matched("{{a}}-{{a}}", "x-y", &[]).is_none());
        assert!(matched("{{a}}", "", &[]).is_none());
        assert!(matched("", "", &[]).is_some());
        assert!(matched("plain", "plainer", &[]).is_none());
    }

    #[test]
    fn failed_match_binds_nothing() {
        let mut bound = Bindings::new();
        assert!(!Pattern::parse("{{a}}-x").unwrap().matches("b-y", &mut bound));
        assert!(bound.is_empty());
    }

    #[test]
    fn numbers_are_validated_and_returned_as_numbers() {
        assert!(matched("{{amount:number}}", "12", &[]).is_some());
        assert!(matched("{{amount:number}}", "12.5", &[]).is_none());
        let bound = Bindings::from([("amount".to_owned(), "12".to_owned())]);
        let filled =
            fill(&json!({ "amount": "{{amount:number}}", "text": ["{{amount}} cents", null] }), &bound);
        assert_eq!(filled.unwrap(), json!({ "amount": 12, "text": ["12 cents", null] }));
        assert!(fill(&json!("{{other}}"), &bound).unwrap_err().contains("`other`"));
    }

    #[test]
    fn invalid_patterns_are_rejected() {
        for text in ["{{a", "{{}}", "{{A}}", "{{a:date}}", "{{a}}{{b}}"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
