//! Overlays: OpenAPI Overlay 1.0 documents, applied strictly.
//!
//! Each action states the source of its fact and the date of the lookup. A target that matches nothing is an error.
//! An action without effect is reported as removable. An action that overwrites an upstream value, which may have
//! been added after the action was written, is reported unless it is marked with `x-amends: true`.

use serde::Deserialize;
use serde_json::{Value, json};
use serde_json_path::JsonPath;

use crate::error::{Error, Result};
use crate::pointer;
use crate::problems::Problems;

/// A parsed overlay document.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlay {
    /// The file's name, for errors.
    pub file: String,
    /// The title of the overlay.
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
    /// The source of the fact.
    pub source: String,
    /// When it was looked up, `YYYY-MM-DD`.
    pub date: String,
    path: JsonPath,
    change: Change,
    amends: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Change {
    Update(Value),
    /// Sets the target's `enum` to that of the matched place.
    Values(JsonPath),
    Remove,
}

/// The effect of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The overlay's file.
    pub file: String,
    /// JSON pointer of the action in its file.
    pub pointer: String,
    /// The JSONPath as written.
    pub target: String,
    /// The source of the fact.
    pub source: String,
    /// When it was looked up.
    pub date: String,
    /// True if the document already had the value.
    pub removable: bool,
    /// Set if `x-amends` does not match the effect of the action.
    pub conflict: Option<Conflict>,
}

impl Applied {
    /// Notes for the reviewer.
    pub fn notes(&self) -> Vec<&'static str> {
        let mut notes = Vec::new();
        if self.removable {
            notes.push("removable: the upstream document already has this value");
        }
        match self.conflict {
            Some(Conflict::Filled) => {
                notes.push("the upstream document already has a value: remove the action, or mark it with `x-amends: true`");
            }
            Some(Conflict::NothingToAmend) => {
                notes.push("marked with `x-amends`, but the upstream document has no value")
            }
            None => {}
        }
        notes
    }
}

/// A mismatch between `x-amends` and the effect of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// The upstream document has a different value.
    Filled,
    /// The action is marked as an amendment, but the upstream document has no value.
    NothingToAmend,
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
    #[serde(default, rename = "x-values-of")]
    values_of: Option<String>,
    #[serde(default, rename = "x-amends")]
    amends: bool,
    #[serde(rename = "x-source")]
    source: String,
    #[serde(rename = "x-date")]
    date: String,
}

impl Overlay {
    /// Parses the file's text; `file` is its name in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        // Parsed through the value type of serde_yaml_ng, which rejects duplicate keys.
        let value: serde_yaml_ng::Value =
            serde_yaml_ng::from_str(text).map_err(|e| Error::file(file, format!("is not YAML: {e}")))?;
        let value = serde_json::to_value(value)
            .map_err(|e| Error::file(file, format!("cannot be converted to JSON: {e}")))?;
        let raw: RawOverlay = serde_json::from_value(value).map_err(|e| Error::file(file, e))?;
        if !raw.overlay.starts_with("1.0.") {
            let message = format!("overlay version `{}` is not supported; use 1.0", raw.overlay);
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

    /// Applies the actions in order. A target that matches nothing is reported as a problem.
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
            let effect = match &action.change {
                Change::Remove => Effect { changed: remove(document, targets), amended: action.amends },
                Change::Update(update) => self.update_all(action, document, targets, update)?,
                Change::Values(path) => {
                    let values = self.values(action, document, path)?;
                    self.update_all(action, document, targets, &json!({ "enum": values }))?
                }
            };
            applied.push(Applied {
                file: self.file.clone(),
                pointer: action.pointer.clone(),
                target: action.target.clone(),
                source: action.source.clone(),
                date: action.date.clone(),
                removable: !effect.changed,
                conflict: match (action.amends, effect.amended) {
                    (false, true) => Some(Conflict::Filled),
                    (true, false) => Some(Conflict::NothingToAmend),
                    _ => None,
                },
            });
        }
        Ok(applied)
    }

    fn update_all(
        &self,
        action: &Action,
        document: &mut Value,
        targets: Vec<String>,
        update: &Value,
    ) -> Result<Effect> {
        let mut effect = Effect::default();
        for target in targets {
            if let Some(node) = document.pointer_mut(&target) {
                effect = effect.and(self.update(action, node, update)?);
            }
        }
        Ok(effect)
    }

    /// The `enum` of the single place that a path matches.
    fn values(&self, action: &Action, document: &Value, path: &JsonPath) -> Result<Value> {
        let found = path.query(document).all();
        match found.as_slice() {
            [place] if place.get("enum").is_some_and(Value::is_array) => Ok(place["enum"].clone()),
            _ => {
                let at = pointer::join(&action.pointer, "x-values-of");
                Err(Error::at(
                    &self.file,
                    at,
                    format!("`{path}` must match exactly one place with an `enum`"),
                ))
            }
        }
    }

    fn update(&self, action: &Action, node: &mut Value, update: &Value) -> Result<Effect> {
        match (node, update) {
            (node @ Value::Object(_), Value::Object(_)) => Ok(merge(node, update)),
            (Value::Array(entries), entry) if !entry.is_array() => {
                Ok(Effect { changed: append(entries, entry), amended: action.amends })
            }
            _ => {
                let message = "`update` must be an object for an object, or one entry for an array";
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
            return Err(Error::at(file, format!("{at}/x-source"), "the text must not be empty"));
        }
        if !is_date(&raw.date) {
            let message = format!("`{}` is not a date of the form YYYY-MM-DD", raw.date);
            return Err(Error::at(file, format!("{at}/x-date"), message));
        }
        let change = match (raw.update, raw.values_of, raw.remove) {
            (Some(update), None, false) => Change::Update(update),
            (None, Some(place), false) => Change::Values(
                JsonPath::parse(&place)
                    .map_err(|e| Error::at(file, format!("{at}/x-values-of"), format!("`{place}`: {e}")))?,
            ),
            (None, None, true) => Change::Remove,
            _ => {
                let message = "an action must have exactly one of `update`, `x-values-of` and `remove: true`";
                return Err(Error::at(file, at, message));
            }
        };
        let amends = raw.amends;
        Ok(Self { pointer: at, target: raw.target, source: raw.source, date: raw.date, path, change, amends })
    }
}

/// The effect of an update on the document.
#[derive(Debug, Clone, Copy, Default)]
struct Effect {
    /// The document changed.
    changed: bool,
    /// An existing value changed; new members of objects do not count.
    amended: bool,
}

impl Effect {
    fn and(self, other: Self) -> Self {
        Self { changed: self.changed | other.changed, amended: self.amended | other.amended }
    }
}

/// Merges objects recursively, appends missing entries to arrays, and replaces other values.
fn merge(node: &mut Value, update: &Value) -> Effect {
    match (node, update) {
        (Value::Object(members), Value::Object(updates)) => {
            let mut effect = Effect::default();
            for (key, update) in updates {
                effect = effect.and(match members.get_mut(key) {
                    Some(member) => merge(member, update),
                    None => {
                        members.insert(key.clone(), update.clone());
                        Effect { changed: true, amended: false }
                    }
                });
            }
            effect
        }
        (Value::Array(entries), Value::Array(updates)) => {
            let changed = updates.iter().fold(false, |changed, update| append(entries, update) | changed);
            Effect { changed, amended: changed }
        }
        (node, update) if node == update => Effect::default(),
        (node, update) => {
            *node = update.clone();
            Effect { changed: true, amended: true }
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

/// Removes innermost and last targets first, so that the pointers of the others stay valid.
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

/// Whether a text is a date of the calendar in the form `2026-01-05`.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// The operations added by the overlays: in `after`, but not in `before`.
pub fn added_operations(before: &Value, after: &Value) -> Vec<String> {
    crate::walk::operations(after)
        .into_iter()
        .filter(|place| before.pointer(&place.pointer).is_none())
        .map(|place| place.key())
        .collect()
}

/// A change of a schema's `required` list by the overlays.
#[derive(Debug, Clone, PartialEq)]
pub struct RequiredOverride {
    /// `schema.property…`, or the operation with the position in it.
    pub place: String,
    /// Names that are required upstream, but not here.
    pub relaxed: Vec<String>,
    /// Names that are required here, but not upstream.
    pub added: Vec<String>,
}

/// Compares the `required` list of one schema before and after the overlays.
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
    // A required property added by an overlay is new, not an override.
    let existing = |name: &String| before.pointer(&pointer::join("/properties", name)).is_some();
    let added: Vec<String> = added.into_iter().filter(existing).collect();
    let changed = !relaxed.is_empty() || !added.is_empty();
    changed.then(|| RequiredOverride { place: place.to_owned(), relaxed, added })
}
