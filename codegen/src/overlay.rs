//! Overlays: OpenAPI Overlay 1.0 documents, applied strictly.
//!
//! Each action says where its fact comes from and when it was looked up. A target that matches nothing is an
//! error, and an action that changes nothing, because upstream has caught up, is reported as removable.

use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::error::{Error, Result};
use crate::pointer;
use crate::problems::Problems;

/// A parsed overlay document.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlay {
    /// The file's name, for errors.
    pub file: String,
    /// What the overlay is for.
    pub title: String,
    /// Its actions, in file order.
    pub actions: Vec<Action>,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// JSON pointer of the action in its file.
    pub pointer: String,
    /// The JSONPath as written.
    pub target: String,
    /// Where the fact comes from.
    pub source: String,
    /// When it was looked up, `YYYY-MM-DD`.
    pub date: String,
    path: JsonPath,
    change: Change,
}

#[derive(Debug, Clone, PartialEq)]
enum Change {
    Update(Value),
    Remove,
}

/// What an action did.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The overlay's file.
    pub file: String,
    /// JSON pointer of the action in its file.
    pub pointer: String,
    /// The JSONPath as written.
    pub target: String,
    /// Where the fact comes from.
    pub source: String,
    /// When it was looked up.
    pub date: String,
    /// True when the document already said so.
    pub removable: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOverlay {
    overlay: String,
    info: RawInfo,
    #[serde(default, rename = "extends")]
    _extends: Option<String>,
    actions: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInfo {
    title: String,
    #[serde(rename = "version")]
    _version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAction {
    target: String,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    update: Option<Value>,
    #[serde(default)]
    remove: bool,
    #[serde(rename = "x-source")]
    source: String,
    #[serde(rename = "x-date")]
    date: String,
}

impl Overlay {
    /// Parses the file's text; `file` is its name in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        // through YAML's own value, which refuses a key that is given twice
        let value: serde_yaml_ng::Value =
            serde_yaml_ng::from_str(text).map_err(|e| Error::file(file, format!("is not YAML: {e}")))?;
        let value =
            serde_json::to_value(value).map_err(|e| Error::file(file, format!("is not JSON-like: {e}")))?;
        let raw: RawOverlay = serde_json::from_value(value).map_err(|e| Error::file(file, e))?;
        if !raw.overlay.starts_with("1.0.") {
            let message = format!("overlay version `{}` is not 1.0", raw.overlay);
            return Err(Error::at(file, "/overlay", message));
        }
        let actions = raw
            .actions
            .into_iter()
            .enumerate()
            .map(|(i, action)| Action::parse(file, format!("/actions/{i}"), action))
            .collect::<Result<_>>()?;
        Ok(Self { file: file.to_owned(), title: raw.info.title, actions })
    }

    /// Applies the actions in order. A target that matches nothing is a problem.
    pub fn apply(&self, document: &mut Value, problems: &mut Problems) -> Result<Vec<Applied>> {
        let mut applied = Vec::new();
        for action in &self.actions {
            let targets: Vec<String> = action
                .path
                .query_located(document)
                .locations()
                .map(|place| place.to_json_pointer())
                .collect();
            if targets.is_empty() {
                let message = format!("nothing matches `{}`", action.target);
                problems.report(Error::at(&self.file, &action.pointer, message));
                continue;
            }
            let changed = match &action.change {
                Change::Remove => remove(document, targets),
                Change::Update(update) => {
                    let mut changed = false;
                    for target in targets {
                        if let Some(node) = document.pointer_mut(&target) {
                            changed |= self.update(action, node, update)?;
                        }
                    }
                    changed
                }
            };
            applied.push(Applied {
                file: self.file.clone(),
                pointer: action.pointer.clone(),
                target: action.target.clone(),
                source: action.source.clone(),
                date: action.date.clone(),
                removable: !changed,
            });
        }
        Ok(applied)
    }

    fn update(&self, action: &Action, node: &mut Value, update: &Value) -> Result<bool> {
        match (node, update) {
            (node @ Value::Object(_), Value::Object(_)) => Ok(merge(node, update)),
            (Value::Array(entries), entry) if !entry.is_array() => Ok(append(entries, entry)),
            _ => {
                let message = "an update must be an object for an object, or one entry for an array";
                Err(Error::at(&self.file, &action.pointer, message))
            }
        }
    }
}

impl Action {
    fn parse(file: &str, at: String, value: Value) -> Result<Self> {
        let raw: RawAction = serde_json::from_value(value).map_err(|e| Error::at(file, &at, e))?;
        let path = JsonPath::parse(&raw.target)
            .map_err(|e| Error::at(file, format!("{at}/target"), format!("`{}`: {e}", raw.target)))?;
        if raw.source.trim().is_empty() {
            return Err(Error::at(file, format!("{at}/x-source"), "the text is empty"));
        }
        if !is_date(&raw.date) {
            let message = format!("`{}` is not a date of the form YYYY-MM-DD", raw.date);
            return Err(Error::at(file, format!("{at}/x-date"), message));
        }
        let change = match (raw.update, raw.remove) {
            (Some(update), false) => Change::Update(update),
            (None, true) => Change::Remove,
            _ => return Err(Error::at(file, at, "an action either updates or removes")),
        };
        Ok(Self { pointer: at, target: raw.target, source: raw.source, date: raw.date, path, change })
    }
}

/// Merges objects recursively; arrays grow by the entries that they lack, anything else is replaced.
fn merge(node: &mut Value, update: &Value) -> bool {
    match (node, update) {
        (Value::Object(members), Value::Object(updates)) => {
            let mut changed = false;
            for (key, update) in updates {
                changed |= match members.get_mut(key) {
                    Some(member) => merge(member, update),
                    None => {
                        members.insert(key.clone(), update.clone());
                        true
                    }
                };
            }
            changed
        }
        (Value::Array(entries), Value::Array(updates)) => {
            updates.iter().fold(false, |changed, update| append(entries, update) | changed)
        }
        (node, update) if node == update => false,
        (node, update) => {
            *node = update.clone();
            true
        }
    }
}

fn append(entries: &mut Vec<Value>, entry: &Value) -> bool {
    let new = !entries.contains(entry);
    if new {
        entries.push(entry.clone());
    }
    new
}

/// Removes from the innermost and the last, so that the pointers of the others stay right.
fn remove(document: &mut Value, targets: Vec<String>) -> bool {
    let mut targets: Vec<(String, String)> = targets
        .iter()
        .filter_map(|target| target.rsplit_once('/'))
        .map(|(parent, token)| (parent.to_owned(), token.replace("~1", "/").replace("~0", "~")))
        .collect();
    targets.sort_by_key(|(parent, token)| (parent.clone(), token.parse::<usize>().unwrap_or(0)));
    let mut changed = false;
    for (parent, token) in targets.into_iter().rev() {
        changed |= match document.pointer_mut(&parent) {
            Some(Value::Object(members)) => members.remove(&token).is_some(),
            Some(Value::Array(entries)) => match token.parse::<usize>() {
                Ok(i) if i < entries.len() => {
                    entries.remove(i);
                    true
                }
                _ => false,
            },
            _ => false,
        };
    }
    changed
}

fn is_date(text: &str) -> bool {
    let digits = |part: &str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => digits(year, 4) && digits(month, 2) && digits(day, 2),
        _ => false,
    }
}

/// The operations that the overlays bring: in `after`, not in `before`.
pub fn added_operations(before: &Value, after: &Value) -> Vec<String> {
    crate::walk::operations(after)
        .into_iter()
        .filter(|place| before.pointer(&place.pointer).is_none())
        .map(|place| place.key())
        .collect()
}

/// A change of a schema's `required` list that the overlays made.
#[derive(Debug, Clone, PartialEq)]
pub struct RequiredOverride {
    /// `schema.property…`, or the operation with the place in it.
    pub place: String,
    /// Names that upstream lists as required and we do not.
    pub relaxed: Vec<String>,
    /// Names that we list as required and upstream does not.
    pub added: Vec<String>,
}

/// Compares the `required` list of one schema place between the documents before and after the overlays.
pub fn required_override(
    before: &Value,
    pointer: &str,
    place: &str,
    schema: &Value,
) -> Option<RequiredOverride> {
    let before = before.pointer(pointer)?;
    let names = |schema: &Value| -> Vec<String> {
        let list = schema.get("required").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (old, new) = (names(before), names(schema));
    let missing_in = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter().filter(|name| !other.contains(name)).cloned().collect()
    };
    let (relaxed, added) = (missing_in(&old, &new), missing_in(&new, &old));
    // a property that an overlay adds as required is new, not an override
    let existing = |name: &String| before.pointer(&pointer::join("/properties", name)).is_some();
    let added: Vec<String> = added.into_iter().filter(existing).collect();
    let changed = !relaxed.is_empty() || !added.is_empty();
    changed.then(|| RequiredOverride { place: place.to_owned(), relaxed, added })
}
