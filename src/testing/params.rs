//! Parameters as a flat, sorted map, independent of their encoding: `bank_account[country]` = `US`.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;
use url::form_urlencoded;

/// The path of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    Index(usize),
    Member(String),
}

/// All parameters of a request: scalars, and empty containers.
pub(crate) type Params = BTreeMap<Name, Json>;

impl Name {
    /// Parses `a[b][0]`; anything else is a single name.
    fn parse(text: &str, so_far: &Params) -> Self {
        let Some((first, inside)) = text.strip_suffix(']').and_then(|text| text.split_once('[')) else {
            return Self(vec![Segment::Member(text.to_owned())]);
        };
        let mut name = Self(vec![Segment::Member(first.to_owned())]);
        for part in inside.split("][") {
            let segment = match part.parse() {
                Ok(index) => Segment::Index(index),
                // `a[]` appends an item.
                Err(_) if part.is_empty() => Segment::Index(name.items(so_far)),
                Err(_) => Segment::Member(part.to_owned()),
            };
            name.0.push(segment);
        }
        name
    }

    /// The number of items in the list with this name.
    fn items(&self, params: &Params) -> usize {
        let next = params.keys().filter_map(|name| match name.0.strip_prefix(self.0.as_slice())? {
            [Segment::Index(index), ..] => Some(index + 1),
            _ => None,
        });
        next.max().unwrap_or_default()
    }

    fn inside(&self, segment: Segment) -> Self {
        Self(self.0.iter().cloned().chain([segment]).collect())
    }

    /// The names and indexes of the path.
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The last segment that is not an index.
    pub(crate) fn last(&self) -> &str {
        let mut members = self.0.iter().rev().filter_map(|segment| match segment {
            Segment::Index(_) => None,
            Segment::Member(name) => Some(name.as_str()),
        });
        members.next().unwrap_or_default()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Member(name) if depth == 0 => f.write_str(name)?,
                Segment::Member(name) => write!(f, "[{name}]")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Decodes a query or a form into `params`. A duplicate parameter is an error.
pub(crate) fn add_form(text: &[u8], params: &mut Params) -> Result<(), String> {
    for (key, value) in form_urlencoded::parse(text) {
        add(&key, Json::String(value.into_owned()), params)?;
    }
    Ok(())
}

fn add(key: &str, value: Json, params: &mut Params) -> Result<(), String> {
    let name = Name::parse(key, params);
    match params.insert(name, value) {
        Some(_) => Err(format!("duplicate parameter `{key}`")),
        None => Ok(()),
    }
}

/// Decodes JSON into `params`.
pub(crate) fn add_json(json: &Json, params: &mut Params) -> Result<(), String> {
    let Json::Object(members) = json else { return Err("the parameters must be a JSON object".to_owned()) };
    for (name, value) in members {
        flatten(value, Name(vec![Segment::Member(name.clone())]), params);
    }
    Ok(())
}

fn flatten(json: &Json, name: Name, params: &mut Params) {
    match json {
        Json::Object(members) if !members.is_empty() => {
            for (member, value) in members {
                flatten(value, name.inside(Segment::Member(member.clone())), params);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                flatten(value, name.inside(Segment::Index(index)), params);
            }
        }
        scalar => {
            params.insert(name, scalar.clone());
        }
    }
}

/// Decodes a multipart form. Files are represented by name, type and size.
pub(crate) fn add_multipart(body: &[u8], content_type: &str, params: &mut Params) -> Result<(), String> {
    let boundary = attribute(content_type, "boundary").ok_or("the multipart body has no boundary")?;
    let mark = format!("\r\n--{boundary}");
    // The first boundary is not preceded by a line break.
    let body = [b"\r\n", body].concat();
    let mut rest =
        cut(&body, mark.as_bytes()).ok_or("the multipart body does not start with its boundary")?.1;
    while !rest.starts_with(b"--") {
        let (part, tail) =
            cut(rest, mark.as_bytes()).ok_or("the multipart body does not end with its boundary")?;
        let (head, content) = cut(part, b"\r\n\r\n")
            .ok_or("a part of the multipart body has no blank line after its headers")?;
        add_part(&String::from_utf8_lossy(head), content, params)?;
        rest = tail;
    }
    Ok(())
}

fn add_part(head: &str, content: &[u8], params: &mut Params) -> Result<(), String> {
    let header = |wanted: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    let (_, disposition) = header("content-disposition").ok_or("a part of the multipart body has no name")?;
    let name = attribute(disposition, "name").ok_or("a part of the multipart body has no name")?;
    let Some(file) = attribute(disposition, "filename") else {
        return add(&name, Json::String(String::from_utf8_lossy(content).into_owned()), params);
    };
    let media = header("content-type").map_or("", |(_, media)| media.trim());
    add(&format!("{name}[filename]"), file.into(), params)?;
    add(&format!("{name}[content_type]"), media.into(), params)?;
    add(&format!("{name}[size]"), content.len().to_string().into(), params)
}

/// An attribute of a header: `name="file"` or `boundary=abc`.
fn attribute(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').replace("%22", "\""))
    })
}

fn cut<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some((bytes.get(..at)?, bytes.get(at + mark.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(params: &Params) -> Vec<String> {
        params.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn forms_are_sorted_and_keep_their_nesting() {
        let mut params = Params::new();
        add_form(b"b=2&a%5Bc%5D=x+y&a[l][1]=q&a[l][0]=p&l[]=1&l[]=2&odd]=&w[", &mut params).unwrap();
        let expected = [
            "a[c]=\"x y\"",
            "a[l][0]=\"p\"",
            "a[l][1]=\"q\"",
            "b=\"2\"",
            "l[0]=\"1\"",
            "l[1]=\"2\"",
            "odd]=\"\"",
            "w[=\"\"",
        ];
        assert_eq!(shown(&params), expected);
        assert!(add_form(b"b=3", &mut params).unwrap_err().contains("duplicate parameter `b`"));
    }

    #[test]
    fn items_sort_by_number() {
        let mut params = Params::new();
        add_form(b"expand[10]=k&expand[9]=j", &mut params).unwrap();
        assert_eq!(shown(&params), ["expand[9]=\"j\"", "expand[10]=\"k\""]);
    }

    #[test]
    fn json_keeps_its_types() {
        let mut params = Params::new();
        add_json(&json!({ "a": { "b": [1, "1"] }, "empty": {}, "none": null }), &mut params).unwrap();
        assert_eq!(shown(&params), ["a[b][0]=1", "a[b][1]=\"1\"", "empty={}", "none=null"]);
        assert!(add_json(&json!([]), &mut params).is_err());
    }

    #[test]
    fn files_are_represented_by_name_type_and_size() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nidentity_document\r\n--x\r\n\
                    Content-Disposition: form-data; name=\"file\"; filename=\"a%22b.png\"\r\nContent-Type: image/png\r\n\r\n\
                    \r\n12\r\n--x--\r\n";
        let mut params = Params::new();
        add_multipart(body.as_bytes(), "multipart/form-data; boundary=x", &mut params).unwrap();
        let expected = [
            "file[content_type]=\"image/png\"",
            "file[filename]=\"a\\\"b.png\"",
            "file[size]=\"4\"",
            "purpose=\"identity_document\"",
        ];
        assert_eq!(shown(&params), expected);
        assert!(add_multipart(b"--x\r\n", "multipart/form-data; boundary=x", &mut Params::new()).is_err());
        assert!(add_multipart(b"", "multipart/form-data", &mut Params::new()).is_err());
    }
}
