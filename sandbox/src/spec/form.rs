use crate::engine::{ApiError, Json};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// The maximum nesting; the document's parameters are far below it.
const DEPTH: usize = 16;

/// A parameter as received, before it is converted to the type in the document.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A form value.
    Text(String),
    /// A number, a boolean or `null` of a JSON body.
    Scalar(Json),
    /// `a[b]=…`; also `a[0]=…`, since only the document can distinguish the two.
    Map(BTreeMap<String, Node>),
    /// `a[]=…`, or an array of a JSON body.
    List(Vec<Node>),
}

impl Default for Node {
    fn default() -> Self {
        Self::Map(BTreeMap::new())
    }
}

impl Node {
    /// The same JSON for the same set of parameters, independent of the order of a form and of its notation of
    /// arrays.
    pub fn canonical(&self) -> Json {
        match self {
            Self::Text(text) => Json::from(text.as_str()),
            Self::Scalar(value) => value.clone(),
            Self::Map(members) => {
                members.iter().map(|(name, node)| (name.clone(), node.canonical())).collect()
            }
            Self::List(items) => {
                items.iter().enumerate().map(|(index, node)| (index.to_string(), node.canonical())).collect()
            }
        }
    }

    /// The JSON of a parameter whose type the document does not have: lists are lists in either notation.
    pub fn untyped(&self) -> Json {
        match self {
            Self::List(items) => items.iter().map(Self::untyped).collect(),
            Self::Map(members) => {
                let is_list =
                    !members.is_empty() && (0..members.len()).all(|n| members.contains_key(&n.to_string()));
                if is_list {
                    let items = (0..members.len()).filter_map(|n| members.get(&n.to_string()));
                    items.map(Self::untyped).collect()
                } else {
                    members.iter().map(|(name, node)| (name.clone(), node.untyped())).collect()
                }
            }
            _ => self.canonical(),
        }
    }

    /// Without the members, at any depth, that are empty texts.
    pub fn without_empty_texts(&self) -> Self {
        let Self::Map(members) = self else { return self.clone() };
        let kept = members.iter().filter(|(_, node)| !matches!(node, Self::Text(text) if text.is_empty()));
        Self::Map(kept.map(|(name, node)| (name.clone(), node.without_empty_texts())).collect())
    }

    /// Merges the members of another map.
    ///
    /// # Errors
    /// If both have a member of the same name.
    pub fn merge(&mut self, other: Self) -> Result<(), ApiError> {
        if let (Self::Map(mine), Self::Map(theirs)) = (self, other) {
            for (name, node) in theirs {
                if mine.contains_key(&name) {
                    return Err(twice(&name));
                }
                mine.insert(name, node);
            }
        }
        Ok(())
    }

    fn put(&mut self, steps: &[&str], value: String, key: &str) -> Result<(), ApiError> {
        let Some((step, rest)) = steps.split_first() else {
            *self = Self::Text(value);
            return Ok(());
        };
        if step.is_empty() {
            return self.push(rest, value, key);
        }
        let Self::Map(members) = self else { return Err(confused(key)) };
        if let Some(child) = members.get_mut(*step) {
            return if rest.is_empty() { Err(twice(key)) } else { child.put(rest, value, key) };
        }
        let mut child = Self::default();
        child.put(rest, value, key)?;
        members.insert((*step).to_owned(), child);
        Ok(())
    }

    fn has(&self, name: &str) -> bool {
        matches!(self, Self::Map(members) if members.contains_key(name))
    }

    /// `a[]=x` appends an element; `a[][k]=x` extends the last element, unless it already has `k`.
    fn push(&mut self, rest: &[&str], value: String, key: &str) -> Result<(), ApiError> {
        if matches!(self, Self::Map(members) if members.is_empty()) {
            *self = Self::List(Vec::new());
        }
        let Self::List(items) = self else { return Err(confused(key)) };
        if let (Some(last @ Self::Map(_)), Some(next)) = (items.last_mut(), rest.first())
            && !last.has(next)
        {
            return last.put(rest, value, key);
        }
        let mut item = Self::default();
        item.put(rest, value, key)?;
        items.push(item);
        Ok(())
    }
}

fn twice(key: &str) -> ApiError {
    ApiError::invalid(format!("The parameter {key} was sent more than once.")).param(key)
}

fn confused(key: &str) -> ApiError {
    ApiError::invalid(format!("The parameter {key} was sent both as a value and as an object.")).param(key)
}

/// Parses form pairs, from a body or from a query.
pub fn form(text: &[u8]) -> Result<Node, ApiError> {
    pairs(url::form_urlencoded::parse(text).map(|(key, value)| (key.into_owned(), value.into_owned())))
}

/// Nests decoded keys and values.
pub(crate) fn pairs(pairs: impl Iterator<Item = (String, String)>) -> Result<Node, ApiError> {
    let mut root = Node::default();
    for (key, value) in pairs.filter(|(key, _)| !key.is_empty()) {
        let steps = steps(&key).ok_or_else(|| {
            ApiError::invalid(format!("The brackets in the parameter name {key} do not match."))
                .param(key.as_str())
        })?;
        root.put(&steps, value, &key)?;
    }
    Ok(root)
}

/// `a[b][0]` is `a`, `b`, `0`.
fn steps(key: &str) -> Option<Vec<&str>> {
    let Some((first, rest)) = key.split_once('[') else { return (!key.contains(']')).then(|| vec![key]) };
    let inner = rest.strip_suffix(']')?;
    let mut steps = vec![first];
    steps.extend(inner.split("]["));
    let clean = steps.iter().all(|step| !step.contains(['[', ']']));
    (clean && !first.is_empty() && steps.len() <= DEPTH).then_some(steps)
}

/// Parses a JSON body.
pub fn from_json(body: &[u8]) -> Result<Node, ApiError> {
    if body.is_empty() {
        return Ok(Node::default());
    }
    let node: Node = serde_json::from_slice(body)
        .map_err(|error| ApiError::invalid(format!("The body must be a JSON object: {error}.")))?;
    match node {
        Node::Map(_) => Ok(node),
        _ => Err(ApiError::invalid("The body must be a JSON object.")),
    }
}

/// Implemented by hand to detect duplicate members, which must not be merged silently.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Json::Null))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, node)) = map.next_entry::<String, Node>()? {
            if members.contains_key(&name) {
                return Err(de::Error::custom(format!("duplicate member `{name}`")));
            }
            members.insert(name, node);
        }
        Ok(Node::Map(members))
    }
}

impl From<Json> for Node {
    fn from(value: Json) -> Self {
        match value {
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(members) => {
                Self::Map(members.into_iter().map(|(name, value)| (name, value.into())).collect())
            }
            scalar => Self::Scalar(scalar),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Json {
        form(text.as_bytes()).unwrap().canonical()
    }

    #[test]
    fn brackets_nest_and_both_array_notations_are_equal() {
        assert_eq!(
            read("a[b][c]=1&d=x+y&e%5Bf%5D=%26"),
            json!({ "a": { "b": { "c": "1" } }, "d": "x y", "e": { "f": "&" } })
        );
        assert_eq!(read("v[]=32&v[]=45"), read("v[1]=45&v[0]=32"));
        assert_eq!(
            read("l[][a]=1&l[][b]=2&l[][a]=3"),
            json!({ "l": { "0": { "a": "1", "b": "2" }, "1": { "a": "3" } } })
        );
        assert_eq!(read(""), json!({}));
    }

    #[test]
    fn json_bodies_are_parsed() {
        let body = json!({ "a": [1, -2, 3.5, null, true, "x"], "b": { "c": {} }, "d": "\u{e9}" });
        let sent = from_json(body.to_string().as_bytes()).unwrap();
        assert_eq!(sent, Node::from(body));
        assert_eq!(from_json(b"").unwrap(), Node::default());
    }

    #[test]
    fn contradictory_parameters_are_rejected() {
        let deep = format!("a{}=1", "[b]".repeat(40));
        for wrong in [
            "a=1&a=2",
            "a=1&a[b]=2",
            "a[b]=1&a=2",
            "a[b]=1&a[b]=2",
            "a[b=1",
            "a]b=1",
            "[b]=1",
            "a[b]c=1",
            "a[]=1&a[b]=2",
            &deep,
        ] {
            assert_eq!(form(wrong.as_bytes()).map_err(|e| e.status), Err(400), "{wrong}");
        }
        for wrong in
            ["[1]", "{", "{} {}", r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"b":1}}"#, r#"{"a":[{"b":1,"b":1}]}"#]
        {
            assert_eq!(from_json(wrong.as_bytes()).map_err(|e| e.status), Err(400), "{wrong}");
        }
    }
}
