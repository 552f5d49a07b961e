//! Parameters that the request type lacks: set by name, and encoded after the others.

use crate::client::files::body::Piece;
use crate::client::files::multipart;
use crate::client::options::Param;
use crate::client::request::operation::Encoding;
use crate::client::request::prepared::{Body, Parts};
use crate::client::request::secret_names::collect_json;
use crate::wire::form::encode_pairs;
use crate::{Error, Json};
use bytes::Bytes;

/// Adds parameters to an encoded request.
///
/// # Errors
/// Fails if a name is malformed or already set.
pub(crate) fn add(parts: &mut Parts, encoding: Encoding, params: &[Param]) -> Result<(), Error> {
    for param in params {
        let path = path(&param.name)?;
        collect_json(&param.value, path.last().copied().unwrap_or_default(), &mut parts.secrets);
        match encoding {
            Encoding::Query => append(&mut parts.query, true, param)?,
            Encoding::Form => {
                let mut form = match std::mem::take(&mut parts.body) {
                    Body::Form(form) => form,
                    _ => Default::default(),
                };
                append(&mut form, false, param)?;
                parts.body = Body::Form(form);
            }
            Encoding::Json => {
                let body = match &parts.body {
                    Body::Json(text) => serde_json::from_str(text).unwrap_or_default(),
                    _ => Json::Null,
                };
                let mut body = if body.is_object() { body } else { Json::Object(Default::default()) };
                insert(&mut body, &path, param)?;
                parts.body = Body::Json(body.to_string().into());
            }
            Encoding::Multipart => prepend(&mut parts.body, param),
        }
    }
    Ok(())
}

/// The segments of a name: `a[b][]` has `a`, `b` and an empty one.
fn path(name: &str) -> Result<Vec<&str>, Error> {
    let malformed =
        || Error::invalid_input(format!("parameter name `{name}` is malformed; use the form `a[b][c]`"));
    let is_step = |step: &str| !step.contains(['[', ']']);
    let (first, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    if first.is_empty() || !is_step(first) {
        return Err(malformed());
    }
    let mut steps = vec![first];
    if !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or_else(malformed)?;
        steps.extend(inner.split("]["));
    }
    if steps.iter().all(|step| is_step(step)) { Ok(steps) } else { Err(malformed()) }
}

/// Appends to a query or a form.
fn append(text: &mut String, query: bool, param: &Param) -> Result<(), Error> {
    let mut added = Vec::new();
    flatten(&param.name, &param.value, &mut added);
    for (name, _) in &added {
        let taken = url::form_urlencoded::parse(text.as_bytes()).any(|(known, _)| clashes(&known, name));
        if taken && !name.ends_with("[]") {
            return Err(set_already(param));
        }
    }
    let added = encode_pairs(&added, &[], query);
    if !text.is_empty() && !added.is_empty() {
        text.push('&');
    }
    text.push_str(&added);
    Ok(())
}

/// Whether two names are equal, or one contains the other.
fn clashes(one: &str, other: &str) -> bool {
    let inside =
        |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('['));
    one == other || inside(one, other) || inside(other, one)
}

fn flatten(name: &str, value: &Json, into: &mut Vec<(String, String)>) {
    match value {
        Json::Object(members) => {
            members.iter().for_each(|(member, value)| flatten(&format!("{name}[{member}]"), value, into));
        }
        Json::Array(items) => {
            let each = items.iter().enumerate();
            each.for_each(|(index, value)| flatten(&format!("{name}[{index}]"), value, into));
        }
        scalar => into.push((name.to_owned(), text(scalar))),
    }
}

/// Encodes a scalar for version 1, where an empty string unsets a parameter.
fn text(scalar: &Json) -> String {
    match scalar {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn insert(body: &mut Json, path: &[&str], param: &Param) -> Result<(), Error> {
    let Some((name, rest)) = path.split_first() else { return Ok(()) };
    let Json::Object(members) = body else { return Err(set_already(param)) };
    if name.is_empty() {
        let message =
            format!("parameter `{}`: pass a list as one JSON value in version 2 of the API", param.name);
        return Err(Error::invalid_input(message));
    }
    if rest.is_empty() {
        return match members.insert((*name).to_owned(), param.value.clone()) {
            None => Ok(()),
            Some(_) => Err(set_already(param)),
        };
    }
    insert(members.entry((*name).to_owned()).or_insert_with(|| Json::Object(Default::default())), rest, param)
}

fn set_already(param: &Param) -> Error {
    Error::invalid_input(format!("parameter `{}` is set twice; remove one of them", param.name))
}

/// Inserts a part before the existing parts of a multipart body; each part begins with the boundary.
fn prepend(body: &mut Body, param: &Param) {
    let mut added = Vec::new();
    flatten(&param.name, &param.value, &mut added);
    let parts = |boundary: &str| -> Vec<u8> {
        let fields = added.iter().map(|(name, value)| multipart::field(boundary, name, value));
        fields.flat_map(String::into_bytes).collect()
    };
    match body {
        Body::Multipart { boundary, bytes } => {
            let mut whole = parts(boundary);
            whole.extend_from_slice(bytes);
            *bytes = Bytes::from(whole);
        }
        Body::Streamed { boundary, pieces } => pieces.insert(0, Piece::Bytes(parts(boundary).into())),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_at_brackets() {
        for (name, steps) in [
            ("a", vec!["a"]),
            ("a[b]", vec!["a", "b"]),
            ("a[b][0][c_d]", vec!["a", "b", "0", "c_d"]),
            ("a[]", vec!["a", ""]),
        ] {
            assert_eq!(path(name).ok(), Some(steps), "{name}");
        }
        for name in ["", "[a]", "a[", "a]", "a[b", "a[b]c", "a[b]]", "a[[b]]", "a[b]c[d]"] {
            assert!(path(name).is_err(), "{name}");
        }
    }

    #[test]
    fn names_conflict_if_one_contains_the_other() {
        for (one, other, expected) in [
            ("a", "a", true),
            ("a", "a[b]", true),
            ("a[b]", "a", true),
            ("a[b]", "a[c]", false),
            ("a", "ab", false),
        ] {
            assert_eq!(clashes(one, other), expected, "{one} {other}");
        }
    }
}
