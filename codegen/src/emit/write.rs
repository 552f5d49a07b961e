//! The text of one module: its requests, its types, its enums.

use super::ir::{Arm, Body, Field, Flag, Ir, Place, Presence, Request, Shape, ShapeId, Type};
use super::names::Places;
use super::rust::{Rust, doc, field_doc};
use super::{expand, sites, words};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// More required parameters than this, or two of one type, are given by name in a struct.
const MOST_ARGUMENTS: usize = 4;

/// One module with what it holds, in the order in which it is written.
pub struct Module<'a> {
    pub ir: &'a Ir,
    pub places: &'a Places,
    pub path: &'a [String],
    pub requests: Vec<&'a Request>,
    pub shapes: Vec<(ShapeId, &'a Shape)>,
}

impl Module<'_> {
    /// The items of the module.
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
                "What a reply can carry in full instead of by id. Deeper paths are made with `From<&str>`.",
                &variants,
                &mut out,
            );
        }
        out
    }

    fn rust(&self) -> Rust<'_> {
        Rust { places: self.places, module: self.path }
    }

    /// What the module shares with others lives above it, and is found here too, unless its name means two things here.
    fn shared(&self) -> String {
        let inside = sites::without_helpers(self.path);
        let own: BTreeSet<&str> = (self.requests.iter().map(|request| request.name.as_str()))
            .chain(self.shapes.iter().filter_map(|(id, _)| Some(self.places.get(id)?.name.as_str())))
            .collect();
        let above: Vec<(&Place, &Shape)> = (self.places.iter())
            .filter_map(|(id, place)| Some((place, self.ir.shapes.get(*id)?)))
            .filter(|(place, _)| place.module.len() < inside.len() && inside.starts_with(&place.module))
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
                names.insert(format!("{}Required", place.name));
            }
        }
        let mut out = String::new();
        for (module, names) in names {
            let path: String = module.iter().map(|name| format!("{name}::")).collect();
            let names: Vec<String> = names.into_iter().collect();
            let _ = writeln!(out, "pub use crate::{path}{{{}}};", names.join(", "));
        }
        out
    }

    /// The paths of the module's own resource.
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
        self.structure(name, &text, &request.fields, "options", true, out);
        self.record(name, "", "options", &request.fields, out);
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
            let _ = write!(extras, "; {} {path}", if list { "expand_items" } else { "expand" });
        }
        if request.keyed() {
            extras.push_str("; keyed");
        }
        if let Type::List(item) | Type::Page(item) = &request.output {
            let _ = write!(extras, "; lists {}", rust.ty(item));
        }
        let _ = writeln!(
            out,
            "crate::request::request!({name} => {}, {:?} {method} {:?} {} {preview}{extras});",
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
                let mode = match (shape.is_switch(), shape.in_reply) {
                    (true, _) => "switch",
                    (false, true) => "extra",
                    (false, false) => "params",
                };
                self.structure(name, &text, fields, mode, shape.in_params, out);
                self.record(name, object, mode, fields, out);
                if shape.in_params {
                    self.conversions(name, fields, out);
                    if shape.in_reply {
                        from_part(name, name, out);
                    }
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
                let _ = writeln!(out, "crate::wire::macros::union! {{\n{}{name} {{", doc(&text));
                for arm in arms {
                    let word = arm_word(arm, arms);
                    let prefix = if arm.deleted { "deleted_" } else { "" };
                    let _ = writeln!(
                        out,
                        "{}({}) {:?} {} as_{prefix}{word},",
                        words::pascal(&format!("{prefix}{word}")),
                        rust.shape(arm.shape),
                        arm.object,
                        arm.deleted,
                    );
                }
                out.push_str("}\n}\n");
            }
        }
    }

    /// The struct, and for parameters its constructor and setters.
    fn structure(
        &self,
        name: &str,
        text: &str,
        fields: &[Field],
        mode: &str,
        params: bool,
        out: &mut String,
    ) {
        let rust = self.rust();
        let _ = writeln!(
            out,
            "{}#[derive(Clone, PartialEq)]\n#[non_exhaustive]\npub struct {name} {{",
            doc(text)
        );
        for field in fields {
            let _ = writeln!(out, "{}pub {}: {},", field_doc(field), field.name, rust.field(field));
        }
        match mode {
            "options" => out.push_str("/// Options of this call.\npub options: crate::Options,\n}\n"),
            "switch" => out.push_str("}\n"),
            _ => out.push_str(
                "/// Members that this version of the crate does not know.\npub extra: crate::Extra,\n}\n",
            ),
        }
        if params {
            self.constructor(name, fields, mode, out);
        }
        if mode != "options" && is_money(fields) {
            let _ = writeln!(
                out,
                "impl {name} {{\n/// `amount` with its currency.\n#[inline]\npub fn money(&self) -> crate::Money {{ \
                 crate::Money::new(self.amount, self.currency) }}\n}}"
            );
        }
    }

    fn constructor(&self, name: &str, fields: &[Field], mode: &str, out: &mut String) {
        let rust = self.rust();
        let required = required(fields);
        let by_name = is_by_name(&required);
        if by_name {
            let _ = writeln!(
                out,
                "/// The parameters that [`{name}`] must have.\n#[derive(Clone, PartialEq)]\n\
                 #[allow(clippy::exhaustive_structs)]\npub struct {name}Required {{"
            );
            for field in &required {
                let _ =
                    writeln!(out, "{}pub {}: {},", field_doc(field), field.name, rust.ty(field.ty.unboxed()));
            }
            out.push_str("}\n");
            let shown =
                required.iter().map(|field| format!("{} {:?} {}", field.name, field.wire, flags(field)));
            let _ = writeln!(
                out,
                "crate::wire::macros::required!({name}Required; {});",
                shown.collect::<Vec<_>>().join(", ")
            );
        }
        let _ = writeln!(out, "impl {name} {{");
        if required.is_empty() {
            out.push_str("/// Without any parameter.\n");
        } else if by_name {
            let _ = writeln!(out, "/// With the parameters that it must have.");
        } else {
            let names: Vec<String> = required.iter().map(|field| format!("`{}`", field.wire)).collect();
            let _ = writeln!(out, "/// With what it must have: {}.", names.join(", "));
        }
        if required.is_empty() {
            out.push_str("#[allow(clippy::new_without_default)]\n");
        }
        let in_order = ordered(&required);
        let arguments: Vec<String> = if by_name {
            vec![format!("required: {name}Required")]
        } else {
            in_order
                .iter()
                .map(|field| format!("{}: {}", field.name, rust.argument(&field.name, &field.ty).0))
                .collect()
        };
        let arguments = arguments.join(", ");
        let _ = writeln!(out, "{}pub fn new({arguments}) -> Self {{\nSelf {{", lazily(&arguments));
        for field in fields {
            let value = match field.presence {
                Presence::Required if by_name => rust.boxed(&format!("required.{}", field.name), &field.ty),
                Presence::Required => rust.argument(&field.name, &field.ty).1,
                Presence::Optional => "None".to_owned(),
                Presence::Clearable => "crate::Setting::Keep".to_owned(),
            };
            if value == field.name {
                let _ = writeln!(out, "{value},");
            } else {
                let _ = writeln!(out, "{}: {value},", field.name);
            }
        }
        match mode {
            "options" => out.push_str("options: Default::default(),\n"),
            "switch" => {}
            _ => out.push_str("extra: Default::default(),\n"),
        }
        out.push_str("}\n}\n");
        for field in fields.iter().filter(|field| field.presence != Presence::Required) {
            self.setter(field, out);
        }
        out.push_str("}\n");
    }

    fn setter(&self, field: &Field, out: &mut String) {
        let rust = self.rust();
        let name = &field.name;
        if let Some(switch) = self.switch(&field.ty) {
            let ty = rust.shape(switch);
            let _ = writeln!(
                out,
                "/// Requests `{wire}`.\n#[inline]\npub fn {name}(mut self) -> Self {{ \
                 self.{name} = Some({ty}::new().requested(true)); self }}\n\
                 /// Gives `{wire}` up.\n#[inline]\npub fn without_{name}(mut self) -> Self {{ \
                 self.{name} = Some({ty}::new().requested(false)); self }}",
                wire = field.wire,
            );
            return;
        }
        let (argument, value) = rust.argument(name, &field.ty);
        let wrapped = match field.presence {
            Presence::Clearable => format!("crate::Setting::Set({value})"),
            _ => format!("Some({value})"),
        };
        let _ = writeln!(
            out,
            "{}{}pub fn {name}(mut self, {name}: {argument}) -> Self {{ self.{name} = {wrapped}; self }}",
            field_doc(field),
            lazily(&argument)
        );
        if field.presence == Presence::Clearable {
            let _ = writeln!(
                out,
                "/// Unsets `{}`.\n#[inline]\npub fn clear_{name}(mut self) -> Self {{ self.{name} = crate::Setting::Clear; self }}",
                field.wire
            );
        }
    }

    /// A parameter that does nothing but request something, which a setter without argument does.
    fn switch(&self, ty: &Type) -> Option<ShapeId> {
        match ty {
            Type::Shape(id) if self.ir.shapes.get(*id)?.is_switch() => Some(*id),
            _ => None,
        }
    }

    /// A struct of one enum is made from the enum.
    fn conversions(&self, name: &str, fields: &[Field], out: &mut String) {
        let rust = self.rust();
        if let [only] = fields
            && let Type::Shape(id) = only.ty
            && self.ir.shapes.get(id).is_some_and(|shape| matches!(shape.body, Body::Enum(_)))
        {
            let ty = rust.shape(id);
            let value = match only.presence {
                Presence::Required => format!("Self::new({})", only.name),
                _ => format!("Self::new().{0}({0})", only.name),
            };
            let _ = writeln!(
                out,
                "impl From<{ty}> for {name} {{ #[inline] fn from({}: {ty}) -> Self {{ {value} }} }}",
                only.name
            );
        }
    }

    /// Parameters are made from the replies that carry the same, so that what was read can be sent.
    fn write_from_replies(&self, id: ShapeId, out: &mut String) {
        let rust = self.rust();
        let Some(params) = self.ir.shapes.get(id) else { return };
        for (reply_id, reply) in
            self.ir.shapes.iter().enumerate().filter(|(_, reply)| reply.in_reply && !reply.gone)
        {
            if params.in_reply || !same_word(params, reply) {
                continue;
            }
            let Some(values) = taken_over(params.body.fields(), reply.body.fields()) else { continue };
            let (name, from) = (rust.shape(id), rust.shape(reply_id));
            let _ = writeln!(
                out,
                "impl From<{from}> for {name} {{\n\
                 /// Takes over what can be set; the rest of the reply is left behind.\n\
                 #[inline]\n\
                 fn from(reply: {from}) -> Self {{ Self {{"
            );
            for (field, value) in params.body.fields().iter().zip(values) {
                let _ = writeln!(out, "{}: {value},", field.name);
            }
            out.push_str("extra: Default::default(),\n} } }\n");
            from_part(&from, &name, out);
        }
    }

    fn record(&self, name: &str, object: &str, mode: &str, fields: &[Field], out: &mut String) {
        let _ = writeln!(out, "crate::wire::macros::record!({name}, {object:?}, {mode};");
        for (index, field) in fields.iter().enumerate() {
            let comma = if index + 1 < fields.len() { "," } else { "" };
            let _ = writeln!(out, "    {index} {} {:?} {}{comma}", field.name, field.wire, flags(field));
        }
        out.push_str(");\n");
    }
}

/// What must be given.
pub fn required(fields: &[Field]) -> Vec<&Field> {
    fields.iter().filter(|field| field.presence == Presence::Required).collect()
}

/// Whether these are given in a struct: they are many, or two of them could be swapped.
pub fn is_by_name(required: &[&Field]) -> bool {
    let types: Vec<&Type> = required.iter().map(|field| field.ty.unboxed()).collect();
    let twice =
        types.iter().enumerate().any(|(index, ty)| types.get(..index).is_some_and(|t| t.contains(ty)));
    required.len() > MOST_ARGUMENTS || twice
}

/// The constants that are the flags of a field.
fn flags(field: &Field) -> String {
    let flags: Vec<&str> = field.flags.iter().map(|flag| Flag::constant(*flag)).collect();
    if flags.is_empty() { "0".to_owned() } else { flags.join(" | ") }
}

/// Compiles a function only in programs that use it, as functions with `impl` arguments are anyway. Those are compiled once
/// there: without being told the compiler makes a copy in each part of the program that it takes for fit to inline them.
fn lazily(arguments: &str) -> &'static str {
    if arguments.contains("impl ") { "#[inline(never)]\n" } else { "#[inline]\n" }
}

/// What a reply holds in a box can be a parameter as it is.
fn from_part(from: &str, name: &str, out: &mut String) {
    let convert = if from == name { "" } else { ".into()" };
    let _ = writeln!(
        out,
        "impl From<crate::Part<{from}>> for {name} {{ #[inline] fn from(part: crate::Part<{from}>) -> Self {{ \
         part.into_inner(){convert} }} }}"
    );
}

/// An amount beside its currency, both always there.
fn is_money(fields: &[Field]) -> bool {
    let has = |wire: &str, ty: &Type| {
        fields
            .iter()
            .any(|field| field.wire == wire && field.ty == *ty && field.presence == Presence::Required)
    };
    has("amount", &Type::Int) && has("currency", &Type::Currency)
}

/// Whether two shapes stand in the same place of the same resource.
fn same_word(a: &Shape, b: &Shape) -> bool {
    a.sites.iter().any(|a| b.sites.iter().any(|b| a.module == b.module && a.words.last() == b.words.last()))
}

/// The expression for each field of parameters, made of the fields of a reply; `None` if one cannot be had.
fn taken_over(params: &[Field], reply: &[Field]) -> Option<Vec<String>> {
    let value = |field: &Field| {
        let from = reply.iter().find(|from| from.wire == field.wire && from.ty == field.ty)?;
        let value = format!("reply.{}", from.name);
        Some(match (from.presence, field.presence) {
            (Presence::Required, Presence::Required) | (Presence::Optional, Presence::Optional) => value,
            (Presence::Required, Presence::Optional) => format!("Some({value})"),
            (Presence::Required, Presence::Clearable) => format!("crate::Setting::Set({value})"),
            (Presence::Optional, Presence::Clearable) => format!("{value}.into()"),
            _ => return None,
        })
    };
    params.iter().map(value).collect::<Option<Vec<_>>>().filter(|values| !values.is_empty())
}

/// Ids first, then the other arguments by name: `new(account, amount)`.
fn ordered<'a>(required: &[&'a Field]) -> Vec<&'a Field> {
    let mut fields = required.to_vec();
    fields.sort_by_key(|field| !field.flags.contains(&Flag::InPath));
    fields
}

/// The resource of a reply, and whether it comes in a list.
fn resource_of(ty: &Type) -> Option<(ShapeId, bool)> {
    match ty {
        Type::Shape(id) => Some((*id, false)),
        Type::List(item) => resource_of(item).map(|(id, _)| (id, true)),
        _ => None,
    }
}

/// The resource that the module is about, not the remains of a deleted one.
fn main_resource(ir: &Ir, places: &Places, id: ShapeId) -> bool {
    let (Some(shape), Some(place)) = (ir.shapes.get(id), places.get(&id)) else { return false };
    let leaf = place.module.last().map(|leaf| words::pascal(leaf)).unwrap_or_default();
    shape.place.is_some() && place.name == leaf
}

/// The name of an arm: the last word of its object, or all of them where another arm has that word too.
fn arm_word(arm: &Arm, arms: &[Arm]) -> String {
    let last = |arm: &Arm| arm.object.rsplit('.').next().unwrap_or_default().to_owned();
    let word = last(arm);
    let alike = arms.iter().filter(|other| other.deleted == arm.deleted && last(other) == word).count();
    if alike > 1 { arm.object.replace('.', "_") } else { word }
}

fn enumeration(name: &str, text: &str, variants: &[(String, &str)], out: &mut String) {
    let _ = writeln!(out, "crate::wire::macros::open_enum! {{\n{}{name} {{", doc(text));
    for (variant, value) in variants {
        let _ = writeln!(out, "    {variant} {value:?},");
    }
    out.push_str("}\n}\n");
}

/// A sentence for a type that docs.toml does not speak of: where it stands.
fn about(shape: &Shape) -> String {
    let mut places: Vec<String> = shape
        .sites
        .iter()
        .map(|site| {
            let module = site.module.join("::");
            match &site.verb {
                Some(verb) => {
                    format!("`{}` of [`{module}::{verb}`](crate::{module}::{verb})", site.words.join("."))
                }
                None => format!("`{}` of [`{module}`](crate::{module})", site.words.join(".")),
            }
        })
        .collect();
    places.sort_by_key(|place| (place.matches('.').count(), place.clone()));
    places.dedup();
    let more = places.len().saturating_sub(3);
    places.truncate(3);
    let mut text = match &shape.body {
        Body::Enum(_) => format!("What may stand in {}", places.join(", ")),
        _ => places.join(", "),
    };
    if more > 0 {
        let _ = write!(text, ", and {more} more");
    }
    text.push('.');
    text
}
