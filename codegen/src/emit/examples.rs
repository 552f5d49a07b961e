//! Examples in the documentation of `new`: the requests of the flows as Rust code.

use super::format;
use super::ir::{Body, Field, Ir, Presence, Request, ShapeId, Type};
use super::names::{Places, required_name};
use super::words;
use super::write::{is_by_name, ordered, required};
use crate::error::Result;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The requests of the flows, by operation id.
pub type Requests = BTreeMap<String, Vec<Sent>>;

/// One request of a flow.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Sent {
    pub path: String,
    #[serde(default)]
    pub params: Map<String, Value>,
}

/// The examples as doc comments, by operation id.
pub struct Examples<'a>(BTreeMap<&'a str, String>);

impl Examples<'_> {
    /// The doc comment, or nothing.
    pub fn of(&self, operation: &str) -> String {
        self.0.get(operation).cloned().unwrap_or_default()
    }
}

const FILE: &str = "examples.rs";

/// Writes the shortest request of each operation.
pub fn write<'a>(ir: &'a Ir, places: &Places, requests: &Requests) -> Result<Examples<'a>> {
    let mut ids = Vec::new();
    let mut text = String::new();
    for request in &ir.requests {
        let writer = Writer { ir, places, module: &request.module };
        let sent = requests.get(&request.operation_id).into_iter().flatten();
        let written = sent.filter_map(|sent| writer.request(request, sent));
        let Some(shortest) = written.min_by_key(|text| (text.len(), text.clone())) else { continue };
        let module = request.module.join("::");
        let (request_text, used) = imported(shortest, module);
        let name = words::field(&request.operation_id);
        text.push_str(&format!("fn {name}() {{\n{used}\n\nlet request = {request_text};\n}}\n"));
        ids.push(request.operation_id.as_str());
    }
    if ids.is_empty() {
        return Ok(Examples(BTreeMap::new()));
    }
    let formatted = format::all(BTreeMap::from([(FILE.to_owned(), text)]))?;
    let bodies = formatted.values().flat_map(|text| text.split("\n}\n"));
    Ok(Examples(ids.into_iter().zip(bodies.map(comment)).collect()))
}

/// A request with short names for common types, and the imports that it needs.
fn imported(mut request: String, module: String) -> (String, String) {
    let mut names = vec![module];
    for name in ["Currency", "Timestamp"] {
        let short = request.replace(&format!("stripe_platform::{name}::"), &format!("{name}::"));
        if short != request {
            names.push(name.to_owned());
            request = short;
        }
    }
    let used = match names.as_slice() {
        [only] => format!("use stripe_platform::{only};"),
        several => format!("use stripe_platform::{{{}}};", several.join(", ")),
    };
    (request, used)
}

/// Formats the body of a function as a doc comment.
fn comment(function: &str) -> String {
    let lines = function.trim_start().lines().skip(1);
    let lines = lines.map(|line| format!("/// {}", line.strip_prefix("    ").unwrap_or(line)));
    let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    format!("///\n/// ```\n{}\n/// ```\n", lines.join("\n"))
}

struct Writer<'a> {
    ir: &'a Ir,
    places: &'a Places,
    module: &'a [String],
}

impl Writer<'_> {
    fn request(&self, request: &Request, sent: &Sent) -> Option<String> {
        let mut params = sent.params.clone();
        let segments = request.path.split('/').zip(sent.path.split('/'));
        for (template, segment) in segments {
            if let Some(name) = template.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                params.insert(name.to_owned(), segment.into());
            }
        }
        self.object(&request.module, &request.name, &request.fields, &params)
    }

    /// `new` with its required arguments, and the setters.
    fn object(
        &self,
        module: &[String],
        name: &str,
        fields: &[Field],
        params: &Map<String, Value>,
    ) -> Option<String> {
        let path = self.path(module, name);
        let given = required(fields);
        let value = |field: &Field| params.get(&field.wire);
        let arguments: Option<Vec<String>> = if is_by_name(&given) {
            let members = given.iter().map(|field| {
                Some(format!("{}: {}", field.name, self.exact(field.ty.unboxed(), value(field)?)?))
            });
            let members: Vec<String> = members.collect::<Option<_>>()?;
            let path = self.path(module, &required_name(name));
            Some(vec![format!("{path} {{ {} }}", members.join(", "))])
        } else {
            ordered(&given).into_iter().map(|field| self.argument(&field.ty, value(field)?)).collect()
        };
        let mut out = format!("{path}::new({})", arguments?.join(", "));
        for field in fields.iter().filter(|field| field.presence != Presence::Required) {
            if let Some(setter) = value(field).and_then(|value| self.setter(field, value)) {
                out.push_str(&setter);
            }
        }
        Some(out)
    }

    fn setter(&self, field: &Field, value: &Value) -> Option<String> {
        let name = &field.name;
        let empty = value.is_null() || value.as_str() == Some("");
        match (&field.ty, field.presence) {
            (_, Presence::Clearable) if empty => Some(format!(".clear_{name}()")),
            _ if empty => None,
            (Type::Shape(id), _) if self.ir.shapes.get(*id).is_some_and(|shape| shape.is_switch()) => {
                let without = if value.get("requested") == Some(&true.into()) { "" } else { "without_" };
                Some(format!(".{without}{name}()"))
            }
            (ty, _) => Some(format!(".{name}({})", self.argument(ty, value)?)),
        }
    }

    /// A value as the argument of a setter.
    fn argument(&self, ty: &Type, value: &Value) -> Option<String> {
        match ty {
            Type::Int => value.as_i64().map(|number| number.to_string()),
            Type::Bool => value.as_bool().map(|flag| flag.to_string()),
            Type::Timestamp => {
                value.as_i64().map(|seconds| format!("stripe_platform::Timestamp::new({seconds})"))
            }
            Type::Currency => {
                let code = value.as_str()?.to_ascii_uppercase();
                Some(format!("stripe_platform::Currency::{code}"))
            }
            Type::Text | Type::Id(_) | Type::DateTime | Type::Decimal { numeric: false } => text(value),
            Type::Secret(inner) | Type::Boxed(inner) => self.argument(inner, value),
            Type::IdOr(inner) => text(value).or_else(|| self.argument(inner, value)),
            Type::KeywordOr(_, inner) => text(value).or_else(|| self.argument(inner, value)),
            Type::Metadata => {
                let pairs = value.as_object()?.iter();
                let pairs = pairs.map(|(name, value)| Some(format!("({name:?}, {})", text(value)?)));
                list(pairs.collect::<Option<Vec<_>>>()?)
            }
            Type::Vec(item) => list(
                value.as_array()?.iter().map(|value| self.argument(item, value)).collect::<Option<_>>()?,
            ),
            Type::Shape(id) => self.shape(*id, value),
            _ => None,
        }
    }

    /// A value of exactly this type, without a conversion.
    fn exact(&self, ty: &Type, value: &Value) -> Option<String> {
        match ty {
            Type::Int | Type::Bool | Type::Timestamp | Type::Currency | Type::Shape(_) => {
                self.argument(ty, value)
            }
            Type::Vec(item) => {
                let items = value.as_array()?.iter().map(|value| self.exact(item, value));
                Some(format!("vec![{}]", items.collect::<Option<Vec<_>>>()?.join(", ")))
            }
            _ => Some(format!("{}.into()", self.argument(ty, value)?)),
        }
    }

    fn shape(&self, id: ShapeId, value: &Value) -> Option<String> {
        let (shape, place) = (self.ir.shapes.get(id)?, self.places.get(&id)?);
        match &shape.body {
            Body::Enum(values) => {
                let value = value.as_str().filter(|value| values.iter().any(|known| known == value))?;
                Some(format!("{}::{}", self.path(&place.module, &place.name), words::variant(value)))
            }
            Body::Struct { fields, .. } => {
                self.object(&place.module, &place.name, fields, value.as_object()?)
            }
            Body::Union(_) => None,
        }
    }

    /// The path of a type. In the request's own module, it begins with the last word of the module.
    fn path(&self, module: &[String], name: &str) -> String {
        let start = match self.module.last() {
            Some(last) if module == self.module => last.clone(),
            _ => std::iter::once("stripe_platform")
                .chain(module.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join("::"),
        };
        format!("{start}::{name}")
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(|text| format!("{text:?}"))
}

/// An array; the type of an empty one would be unknown.
fn list(items: Vec<String>) -> Option<String> {
    (!items.is_empty()).then(|| format!("[{}]", items.join(", ")))
}
