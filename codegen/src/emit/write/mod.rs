//! The text of one module: its requests, its types, its enums.

mod convert;
mod record;

use super::examples::Examples;
use super::ir::{Arm, Body, Ir, Place, Request, Shape, ShapeId, Type};
use super::names::{Places, required_name};
use super::rust::{Rust, doc};
use super::secrets::Secrets;
use super::{expand, words};
pub use convert::{Conversions, find as conversions};
use record::{Mode, Record};
pub use record::{is_by_name, ordered, required};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The verb of requests that change an object.
const UPDATE: &str = "Update";

/// The documentation of a type that can hold a secret.
const SECRET: &str = "Can hold a secret, so it has no `Serialize`: write it with [`Redacted`](crate::Redacted), which masks, or \
                      [`Exposed`](crate::Exposed).";

/// A module with its items, in output order.
pub struct Module<'a> {
    pub ir: &'a Ir,
    pub places: &'a Places,
    pub path: &'a [String],
    pub requests: Vec<&'a Request>,
    pub shapes: Vec<(ShapeId, &'a Shape)>,
    pub conversions: &'a Conversions,
    /// The shapes that can hold a secret.
    pub secrets: &'a Secrets,
    pub examples: &'a Examples<'a>,
}

impl Module<'_> {
    /// The code of the module's items.
    pub fn text(&self) -> String {
        let mut out = self.shared();
        for request in &self.requests {
            self.request(request, &mut out);
        }
        for (id, shape) in &self.shapes {
            self.shape(*id, shape, &mut out);
        }
        if let Some(paths) = self.expansions() {
            let variants: Vec<(String, &str)> =
                paths.iter().map(|path| (words::variant(path), path.as_str())).collect();
            enumeration(
                "Expand",
                "Objects that a reply can include in full instead of by id. Create deeper paths with `From<&str>`.",
                &variants,
                &mut out,
            );
        }
        out
    }

    fn rust(&self) -> Rust<'_> {
        Rust { places: self.places, module: self.path }
    }

    /// Re-exports used types of other modules, unless the name has two meanings here.
    fn shared(&self) -> String {
        let own: BTreeSet<&str> = (self.requests.iter().map(|request| request.name.as_str()))
            .chain(self.shapes.iter().filter_map(|(id, _)| Some(self.places.get(id)?.name.as_str())))
            .collect();
        let above: Vec<(&Place, &Shape)> = (self.places.iter())
            .filter_map(|(id, place)| Some((place, self.ir.shapes.get(*id)?)))
            .filter(|(place, _)| place.module != self.path)
            .filter(|(_, shape)| shape.sites.iter().any(|site| site.module == self.path))
            .collect();
        let mut names: BTreeMap<&[String], BTreeSet<String>> = BTreeMap::new();
        for (place, shape) in &above {
            let twice = above.iter().filter(|(other, _)| other.name == place.name).count() > 1;
            if twice || own.contains(place.name.as_str()) {
                continue;
            }
            let names = names.entry(&place.module).or_default();
            names.insert(place.name.clone());
            if shape.in_params && is_by_name(&required(shape.body.fields())) {
                names.insert(required_name(&place.name));
            }
        }
        let mut out = String::new();
        for (module, names) in names {
            let path: String = module.iter().map(|name| format!("{name}::")).collect();
            let names: Vec<String> = names.into_iter().collect();
            let _ = writeln!(out, "pub use crate::{path}{{{}}};", names.join(", "));
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    /// The expandable paths of the module's main resource.
    fn expansions(&self) -> Option<Vec<String>> {
        let (id, _) = self.shapes.iter().find(|(id, _)| main_resource(self.ir, self.places, *id))?;
        Some(expand::paths(self.ir, *id)).filter(|paths| !paths.is_empty())
    }

    fn request(&self, request: &Request, out: &mut String) {
        let mut text = request.text.clone();
        if request.deprecated {
            text.push_str("\n\nStripe has deprecated this operation.");
        }
        match &request.preview_version {
            Some(version) => {
                let _ = write!(text, "\n\nPreview: sent with `Stripe-Version: {version}`.");
            }
            None if request.preview => text.push_str("\n\nPreview: not in Stripe's published document."),
            None => {}
        }
        let _ = write!(
            text,
            "\n\n`{} {}`: [Stripe's reference]({}). Fails with [`Error`](crate::Error).",
            request.method, request.path, request.link
        );
        let name = &request.name;
        let record = Record {
            name,
            text: &text,
            fields: &request.fields,
            mode: Mode::Options,
            object: "",
            example: self.examples.of(&request.operation_id),
            id_or: false,
            secret: self.secrets.in_fields(&request.fields),
            updates: request.name == UPDATE,
        };
        self.record(&record, out);
        let rust = self.rust();
        let method = words::pascal(&request.method.to_ascii_lowercase());
        let preview = match &request.preview_version {
            Some(version) => format!("Some({version:?})"),
            None => "None".to_owned(),
        };
        let mut extras = String::new();
        if let (true, Some((id, list))) = (request.expandable, resource_of(&request.output))
            && !expand::paths(self.ir, id).is_empty()
            && main_resource(self.ir, self.places, id)
        {
            let place = self.places.get(&id).map(|place| place.module.clone()).unwrap_or_default();
            let path = if place == self.path {
                "Expand".to_owned()
            } else {
                format!("crate::{}::Expand", place.join("::"))
            };
            let _ = write!(extras, "\n    {} {path};", if list { "expand_items" } else { "expand" });
        }
        if request.keyed() {
            extras.push_str("\n    keyed;");
        }
        if let Type::List(item) | Type::Page(item) = &request.output {
            let _ = write!(extras, "\n    lists {};", rust.ty(item));
        }
        let _ = writeln!(
            out,
            "crate::client::request::request! {{\n    {name} => {}, {:?} {method} {:?} {} {preview};{extras}\n}}\n",
            rust.ty(&request.output),
            request.operation_id,
            request.path,
            request.encoding,
        );
    }

    fn shape(&self, id: ShapeId, shape: &Shape, out: &mut String) {
        let Some(place) = self.places.get(&id) else { return };
        let name = &place.name;
        match &shape.body {
            Body::Struct { fields, object } => {
                let text = shape.text.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| about(shape));
                let mode = match (shape.is_switch(), shape.in_params) {
                    (true, _) => Mode::Switch,
                    (false, true) => Mode::Params,
                    (false, false) => Mode::Extra,
                };
                let id_or = self.is_id_or(id);
                let record = Record {
                    name,
                    text: &text,
                    fields,
                    mode,
                    object,
                    example: String::new(),
                    id_or,
                    secret: self.secrets.in_shape(id),
                    updates: shape.sites.iter().any(|site| site.verb.as_deref() == Some(UPDATE)),
                };
                self.record(&record, out);
                if shape.in_params {
                    self.write_from_enum(name, fields, out);
                    self.write_from_replies(id, out);
                }
            }
            Body::Enum(values) => {
                let variants: Vec<(String, &str)> =
                    values.iter().map(|value| (words::variant(value), value.as_str())).collect();
                enumeration(name, &about(shape), &variants, out);
            }
            Body::Union(arms) => {
                let rust = self.rust();
                let text = shape.text.clone().unwrap_or_else(|| about(shape));
                let (text, secret) = match self.secrets.in_shape(id) {
                    true => (format!("{text}\n\n{SECRET}"), "secret "),
                    false => (text, ""),
                };
                let _ = writeln!(
                    out,
                    "crate::wire::macros::union! {{\n{}    {secret}{name} {{",
                    inside(&doc(&text))
                );
                for arm in arms {
                    let word = arm_word(arm, arms);
                    let prefix = if arm.deleted { "deleted_" } else { "" };
                    let _ = writeln!(
                        out,
                        "        {}({}) {:?} {} as_{prefix}{word},",
                        words::pascal(&format!("{prefix}{word}")),
                        rust.shape(arm.shape),
                        arm.object,
                        arm.deleted,
                    );
                }
                out.push_str("    }\n}\n\n");
            }
        }
    }

    /// Whether a parameter accepts an id or this struct.
    fn is_id_or(&self, id: ShapeId) -> bool {
        let holds = |ty: &Type| matches!(ty, Type::IdOr(inner) if **inner == Type::Shape(id));
        let shapes = self.ir.shapes.iter().filter(|shape| !shape.gone).map(|shape| shape.body.fields());
        let requests = self.ir.requests.iter().map(|request| request.fields.as_slice());
        shapes.chain(requests).flatten().any(|field| holds(&field.ty))
    }
}

/// The resource in a reply, and whether it is in a list.
fn resource_of(ty: &Type) -> Option<(ShapeId, bool)> {
    match ty {
        Type::Shape(id) => Some((*id, false)),
        Type::List(item) => resource_of(item).map(|(id, _)| (id, true)),
        _ => None,
    }
}

/// The resource of the module, excluding its deleted form.
fn main_resource(ir: &Ir, places: &Places, id: ShapeId) -> bool {
    let (Some(shape), Some(place)) = (ir.shapes.get(id), places.get(&id)) else { return false };
    let leaf = place.module.last().map(|leaf| words::pascal(leaf)).unwrap_or_default();
    shape.place.is_some() && place.name == leaf
}

fn enumeration(name: &str, text: &str, variants: &[(String, &str)], out: &mut String) {
    let _ = writeln!(out, "crate::wire::macros::open_enum! {{\n{}    {name} {{", inside(&doc(text)));
    for (variant, value) in variants {
        let _ = writeln!(out, "        {variant} {value:?},");
    }
    out.push_str("    }\n}\n\n");
}

/// Indents lines inside a macro, which rustfmt leaves unchanged.
fn inside(lines: &str) -> String {
    lines.lines().map(|line| format!("    {line}\n")).collect()
}

/// A sentence for a type without a text in docs.toml: where it is used.
fn about(shape: &Shape) -> String {
    let mut places: Vec<String> = shape
        .sites
        .iter()
        .map(|site| {
            let module = site.module.join("::");
            match &site.verb {
                Some(verb) => {
                    format!("`{}` in [`{module}::{verb}`](crate::{module}::{verb})", site.words.join("."))
                }
                None => format!("`{}` in [`{module}`](crate::{module})", site.words.join(".")),
            }
        })
        .collect();
    places.sort_by_key(|place| (place.matches('.').count(), place.clone()));
    places.dedup();
    let more = places.len().saturating_sub(3);
    places.truncate(3);
    let mut text = match &shape.body {
        Body::Enum(_) => format!("Values of {}", places.join(", ")),
        _ => places.join(", "),
    };
    if more > 0 {
        let _ = write!(text, ", and {more} more");
    }
    text.push('.');
    text
}

/// The name of an arm: the last word of its object, or all words where another arm has the same last word.
fn arm_word(arm: &Arm, arms: &[Arm]) -> String {
    let last = |arm: &Arm| arm.object.rsplit('.').next().unwrap_or_default().to_owned();
    let word = last(arm);
    let alike = arms.iter().filter(|other| other.deleted == arm.deleted && last(other) == word).count();
    if alike > 1 { arm.object.replace('.', "_") } else { word }
}
