/// Any JSON value.
pub type Json = serde_json::Value;

/// Accessors for members of a JSON object by dotted path (`"bank_account.last4"`, `"data.0.id"`).
pub trait Peek {
    /// The value at a path; `None` if it is missing or `null`.
    fn at(&self, path: &str) -> Option<&Json>;

    /// The text at a path; empty if it is missing.
    fn text(&self, path: &str) -> &str {
        self.at(path).and_then(Json::as_str).unwrap_or_default()
    }

    /// The integer at a path; zero if it is missing.
    fn int(&self, path: &str) -> i64 {
        self.at(path).and_then(Json::as_i64).unwrap_or_default()
    }

    /// Whether the value at a path is `true`.
    fn flag(&self, path: &str) -> bool {
        self.at(path).and_then(Json::as_bool).unwrap_or_default()
    }

    /// The elements of the array at a path; empty if it is missing.
    fn items(&self, path: &str) -> &[Json] {
        self.at(path).and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }

    /// The id at a path, whether the member holds an id or an expanded object.
    fn id_at(&self, path: &str) -> &str {
        self.at(path)
            .and_then(|value| value.as_str().or_else(|| value.get("id")?.as_str()))
            .unwrap_or_default()
    }
}

impl Peek for Json {
    fn at(&self, path: &str) -> Option<&Json> {
        let found = path.split('.').try_fold(self, |value, name| match value {
            Json::Array(items) => items.get(name.parse::<usize>().ok()?),
            other => other.get(name),
        })?;
        (!found.is_null()).then_some(found)
    }
}

/// Sets a member of an object; other JSON values are left unchanged.
pub fn set(object: &mut Json, name: &str, value: impl Into<Json>) {
    if let Json::Object(members) = object {
        members.insert(name.to_owned(), value.into());
    }
}

/// A dotted path in the form of a parameter's name: `a.b.c` is `a[b][c]`.
pub(crate) fn bracketed(path: &str) -> String {
    match path.split_once('.') {
        Some((first, rest)) => format!("{first}[{}]", rest.replace('.', "][")),
        None => path.to_owned(),
    }
}

/// The members of `before` that `after` changed, in the form of `previous_attributes`: objects member by member,
/// arrays and scalars as a whole. A member that was added has `null` as its old value.
pub fn changed(before: &Json, after: &Json) -> Json {
    let mut out = serde_json::Map::new();
    if let (Json::Object(before), Json::Object(after)) = (before, after) {
        for (name, new) in after {
            match before.get(name) {
                None if new.is_null() => {}
                None => drop(out.insert(name.clone(), Json::Null)),
                Some(old) if old == new => {}
                Some(old @ Json::Object(_)) if new.is_object() => {
                    drop(out.insert(name.clone(), changed(old, new)))
                }
                Some(old) => drop(out.insert(name.clone(), old.clone())),
            }
        }
        for (name, old) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
            out.insert(name.clone(), old.clone());
        }
    }
    Json::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_traverse_objects_and_arrays_and_null_is_none() {
        let value = json!({ "a": [{ "b": 3 }], "n": null, "card": { "id": "ic_1" }, "bank": "ba_1" });
        assert_eq!(value.int("a.0.b"), 3);
        assert_eq!(value.at("n"), None);
        assert_eq!(value.at("a.7.b"), None);
        assert_eq!((value.id_at("card"), value.id_at("bank"), value.id_at("n")), ("ic_1", "ba_1", ""));
    }

    #[test]
    fn path_is_bracketed_after_its_first_name() {
        for (path, name) in [("a", "a"), ("a.b", "a[b]"), ("a.b.0", "a[b][0]")] {
            assert_eq!(bracketed(path), name);
        }
    }

    #[test]
    fn difference_contains_old_values_of_changed_members_only() {
        let before =
            json!({ "status": "pending", "same": 1, "metadata": { "a": "1", "b": "2" }, "gone": true });
        let after =
            json!({ "status": "paid", "same": 1, "metadata": { "a": "1", "b": "3", "c": "4" }, "new": "x" });
        let expected =
            json!({ "status": "pending", "metadata": { "b": "2", "c": null }, "gone": true, "new": null });
        assert_eq!(changed(&before, &after), expected);
    }
}
