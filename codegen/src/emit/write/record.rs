//! A struct: its fields, and for parameters its constructor and setters.

use super::{Module, SECRET};
use crate::emit::ir::{Field, Flag, Presence, ShapeId, Type};
use crate::emit::names::required_name;
use crate::emit::rust::{doc, field_doc};
use std::fmt::Write;

/// Above this number of required parameters, or with two of one type, they are passed by name in a struct.
const MOST_ARGUMENTS: usize = 4;

/// The kind of a struct, as named in `record!`.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    /// A request; it holds the options of its call.
    Options,
    /// A parameter.
    Params,
    /// A reply; like a parameter, it keeps unknown members.
    Extra,
    /// A parameter that only requests something and holds nothing else.
    Switch,
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Mode::Options => "options",
            Mode::Params => "params",
            Mode::Extra => "extra",
            Mode::Switch => "switch",
        }
    }

    /// The additional member of this kind of struct, with its doc comment and type.
    fn member(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Mode::Options => Some(("options", "Options of this call.", "crate::Options")),
            Mode::Switch => None,
            Mode::Params => {
                Some(("extra", "Members to send that this crate does not have.", "crate::UnknownFields"))
            }
            Mode::Extra => {
                Some(("extra", "Members of the reply that this crate does not know.", "crate::UnknownFields"))
            }
        }
    }
}

/// A struct as it is written.
pub struct Record<'a> {
    pub name: &'a str,
    pub text: &'a str,
    pub fields: &'a [Field],
    pub mode: Mode,
    /// The constant `object` member, or empty.
    pub object: &'a str,
    /// An example of `new`, as a doc comment.
    pub example: String,
    /// Whether a parameter accepts an id or this struct.
    pub id_or: bool,
    /// Whether it can hold a secret.
    pub secret: bool,
    /// Whether it updates an object, so that its lists can be emptied.
    pub updates: bool,
}

impl Module<'_> {
    pub fn record(&self, record: &Record<'_>, out: &mut String) {
        let rust = self.rust();
        let Record { name, fields, mode, .. } = *record;
        let secret = if record.secret { format!("\n\n{SECRET}") } else { String::new() };
        let _ = writeln!(
            out,
            "{}#[derive(Clone)]\n#[non_exhaustive]\npub struct {name} {{",
            doc(&format!("{}{secret}", record.text))
        );
        for field in fields {
            let _ = writeln!(out, "{}pub {}: {},", field_doc(field), field.name, rust.field(field));
        }
        if let Some((member, text, ty)) = mode.member() {
            let _ = writeln!(out, "{}pub {member}: {ty},", doc(text));
        }
        out.push_str("}\n\n");
        if mode != Mode::Extra {
            self.constructor(record, out);
        }
        if mode != Mode::Options && is_money(fields) {
            let _ = writeln!(
                out,
                "impl {name} {{\n/// `amount` with its currency.\n#[inline]\npub fn money(&self) -> crate::Money {{ \
                 crate::Money::new(self.amount, self.currency) }}\n}}\n"
            );
        }
        self.table(record, out);
        if mode != Mode::Extra && is_by_name(&required(fields)) {
            self.required(record, out);
        }
    }

    fn table(&self, record: &Record<'_>, out: &mut String) {
        let Record { name, object, mode, .. } = *record;
        let secret = if record.secret { " secret" } else { "" };
        let mode = mode.word();
        let _ = write!(out, "crate::wire::macros::record! {{\n    {name}, {object:?}, {mode}{secret} {{");
        for field in record.fields {
            let _ = write!(out, "\n        {},", described(field));
        }
        out.push_str(if record.fields.is_empty() { "}\n}\n\n" } else { "\n    }\n}\n\n" });
    }

    /// Writes the struct of the required members, if they are passed by name.
    fn required(&self, record: &Record<'_>, out: &mut String) {
        let rust = self.rust();
        let name = record.name;
        let required = required(record.fields);
        let by_name = required_name(name);
        let _ = writeln!(
            out,
            "/// The required members of [`{name}`]; converts into it.\n#[derive(Clone, PartialEq)]\n\
             #[allow(clippy::exhaustive_structs)]\npub struct {by_name} {{"
        );
        for field in &required {
            let _ = writeln!(out, "{}pub {}: {},", field_doc(field), field.name, rust.ty(field.ty.unboxed()));
        }
        let _ = write!(out, "}}\n\ncrate::wire::macros::required! {{\n    {by_name} => {name} {{");
        for field in &required {
            let _ = write!(out, "\n        {},", described(field));
        }
        out.push_str("\n    }\n}\n\n");
        if record.id_or {
            let _ = writeln!(
                out,
                "impl From<{by_name}> for crate::IdOr<{name}> {{\n#[inline]\nfn from(required: {by_name}) -> Self {{ \
                 {name}::new(required).into() }}\n}}\n"
            );
        }
    }

    fn constructor(&self, record: &Record<'_>, out: &mut String) {
        let rust = self.rust();
        let Record { name, fields, mode, .. } = *record;
        let required = required(fields);
        let by_name = is_by_name(&required);
        let _ = writeln!(out, "impl {name} {{");
        let what = if mode == Mode::Options { "the request" } else { "the parameter" };
        if required.is_empty() {
            let unset = if mode == Mode::Options { "no parameters" } else { "no members" };
            let _ = writeln!(out, "/// Creates {what} with {unset} set.");
        } else if by_name {
            let _ = writeln!(out, "/// Creates {what} with its required members.");
        } else {
            let names: Vec<String> = required.iter().map(|field| format!("`{}`", field.wire)).collect();
            let _ = writeln!(out, "/// Creates {what} with its required members: {}.", names.join(", "));
        }
        out.push_str(&record.example);
        if required.is_empty() {
            out.push_str("#[allow(clippy::new_without_default)]\n");
        }
        let in_order = ordered(&required);
        let arguments: Vec<String> = if by_name {
            vec![format!("required: {}", required_name(name))]
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
                Presence::Clearable => "crate::FieldUpdate::Keep".to_owned(),
            };
            if value == field.name {
                let _ = writeln!(out, "{value},");
            } else {
                let _ = writeln!(out, "{}: {value},", field.name);
            }
        }
        if let Some((member, _, _)) = mode.member() {
            let _ = writeln!(out, "{member}: Default::default(),");
        }
        out.push_str("}\n}\n");
        for field in fields.iter().filter(|field| field.presence != Presence::Required) {
            self.setter(field, record.updates, out);
        }
        out.push_str("}\n\n");
    }

    fn setter(&self, field: &Field, updates: bool, out: &mut String) {
        let rust = self.rust();
        let name = &field.name;
        if let Some(switch) = self.switch(&field.ty) {
            let ty = rust.shape(switch);
            let _ = writeln!(
                out,
                "\n/// Requests `{wire}`.\n#[inline]\npub fn {name}(mut self) -> Self {{ \
                 self.{name} = Some({ty}::new().requested(true)); self }}\n\n\
                 /// Withdraws the request for `{wire}`.\n#[inline]\npub fn without_{name}(mut self) -> Self {{ \
                 self.{name} = Some({ty}::new().requested(false)); self }}",
                wire = field.wire,
            );
            return;
        }
        let (argument, value) = rust.argument(name, &field.ty);
        let wrapped = match field.presence {
            Presence::Clearable => format!("crate::FieldUpdate::Set({value})"),
            _ => format!("Some({value})"),
        };
        let _ = writeln!(
            out,
            "\n{}{}pub fn {name}(mut self, {name}: {argument}) -> Self {{ self.{name} = {wrapped}; self }}",
            field_doc(field),
            lazily(&argument)
        );
        if updates && can_be_emptied(field) {
            let _ = writeln!(
                out,
                "\n/// Empties `{}`: an empty list is sent.\n#[inline]\npub fn clear_{name}(mut self) -> Self {{ \
                 self.{name} = Some(Default::default()); self }}",
                field.wire
            );
        }
        if field.presence == Presence::Clearable {
            let _ = writeln!(
                out,
                "\n/// Unsets `{}`.\n#[inline]\npub fn clear_{name}(mut self) -> Self {{ \
                 self.{name} = crate::FieldUpdate::Clear; self }}",
                field.wire
            );
        }
    }

    /// A parameter that only requests something; its setter has no argument.
    fn switch(&self, ty: &Type) -> Option<ShapeId> {
        match ty {
            Type::Shape(id) if self.ir.shapes.get(*id)?.is_switch() => Some(*id),
            _ => None,
        }
    }
}

/// Whether a request can clear the field: an optional list or metadata of the object.
fn can_be_emptied(field: &Field) -> bool {
    /// Selects members of the reply, so it does not belong to the object.
    const INCLUDE: &str = "include";
    let list = matches!(field.ty, Type::Vec(_) | Type::Metadata);
    list && field.presence == Presence::Optional && field.wire != INCLUDE
}

/// The required fields.
pub fn required(fields: &[Field]) -> Vec<&Field> {
    fields.iter().filter(|field| field.presence == Presence::Required).collect()
}

/// Whether these are passed in a struct: there are many, or two of them could be swapped.
pub fn is_by_name(required: &[&Field]) -> bool {
    let types: Vec<&Type> = required.iter().map(|field| field.ty.unboxed()).collect();
    let twice =
        types.iter().enumerate().any(|(index, ty)| types.get(..index).is_some_and(|t| t.contains(ty)));
    required.len() > MOST_ARGUMENTS || twice
}

/// Argument order: ids first, then the others by name, as in `new(account, amount)`.
pub fn ordered<'a>(required: &[&'a Field]) -> Vec<&'a Field> {
    let mut fields = required.to_vec();
    fields.sort_by_key(|field| !field.flags.contains(&Flag::InPath));
    fields
}

/// The description of a field for `record!`.
fn described(field: &Field) -> String {
    let flags: Vec<&str> = field.flags.iter().map(|flag| Flag::constant(*flag)).collect();
    let space = if flags.is_empty() { "" } else { " " };
    format!("{} {:?}{space}{}", field.name, field.wire, flags.join(" | "))
}

/// Compiles the function only in programs that use it, as happens for functions with `impl` arguments anyway. The
/// attribute prevents the compiler from inlining a copy into each codegen unit.
fn lazily(arguments: &str) -> &'static str {
    if arguments.contains("impl ") { "#[inline(never)]\n" } else { "#[inline]\n" }
}

/// An amount with its currency, both required.
fn is_money(fields: &[Field]) -> bool {
    let has = |wire: &str, ty: &Type| {
        fields
            .iter()
            .any(|field| field.wire == wire && field.ty == *ty && field.presence == Presence::Required)
    };
    has("amount", &Type::Int) && has("currency", &Type::Currency)
}
