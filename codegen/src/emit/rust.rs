//! Rust text for types and paths.

use super::ir::{Field, Place, Presence, ShapeId, Type};
use super::names::Places;
use super::words;

/// Resolves shapes to Rust names.
pub struct Rust<'a> {
    pub places: &'a Places,
    /// The module that is being written.
    pub module: &'a [String],
}

impl Rust<'_> {
    /// The path of a shape, as short as the module allows.
    pub fn shape(&self, id: ShapeId) -> String {
        match self.places.get(&id) {
            Some(place) if place.module == self.module => place.name.clone(),
            Some(place) => full(place),
            None => "crate::Json".to_owned(),
        }
    }

    /// The type of a value.
    pub fn ty(&self, ty: &Type) -> String {
        let of = |outer: &str, inner: &Type| format!("{outer}<{}>", self.ty(inner));
        match ty {
            Type::Int => "i64".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Text => "String".to_owned(),
            Type::Decimal { .. } => "crate::Decimal".to_owned(),
            Type::Timestamp => "crate::Timestamp".to_owned(),
            Type::DateTime => "crate::DateTime".to_owned(),
            Type::Currency => "crate::Currency".to_owned(),
            Type::Json => "crate::Json".to_owned(),
            Type::File => "crate::FileUpload".to_owned(),
            Type::Metadata => "crate::Metadata".to_owned(),
            Type::Id(id) => format!("crate::Id<{}>", self.shape(*id)),
            Type::Ref(inner) => of("crate::Expandable", inner),
            Type::List(inner) => of("crate::List", inner),
            Type::Page(inner) => of("crate::Page", inner),
            Type::Vec(inner) => of("Vec", inner),
            Type::Map(inner) => format!("std::collections::BTreeMap<String, {}>", self.ty(inner)),
            Type::Secret(inner) => of("crate::Secret", inner),
            Type::Bounds(inner) => of("crate::RangeQuery", inner),
            Type::IdOr(inner) => of("crate::IdOr", inner),
            Type::KeywordOr(keyword, value) => {
                format!("crate::KeywordOr<{}, {}>", self.ty(keyword), self.ty(value))
            }
            Type::Setting(inner) => of("crate::FieldUpdate", inner),
            Type::Optional(inner) => of("Option", inner),
            Type::Boxed(inner) => of("crate::Nested", inner),
            Type::Shape(id) => self.shape(*id),
        }
    }

    /// The type of a field.
    pub fn field(&self, field: &Field) -> String {
        let ty = self.ty(&field.ty);
        match field.presence {
            Presence::Required => ty,
            Presence::Optional => format!("Option<{ty}>"),
            Presence::Clearable => format!("crate::FieldUpdate<{ty}>"),
        }
    }

    /// The expression that boxes a value if its field is boxed.
    pub fn boxed(&self, value: &str, ty: &Type) -> String {
        match ty {
            Type::Boxed(_) => format!("crate::Nested::new({value})"),
            _ => value.to_owned(),
        }
    }

    /// The argument type for a value, and the expression that converts the argument into the value.
    pub fn argument(&self, name: &str, ty: &Type) -> (String, String) {
        match ty {
            Type::Int | Type::Bool | Type::Currency | Type::Timestamp | Type::File => {
                (self.ty(ty), name.to_owned())
            }
            Type::Vec(item) => {
                let item = self.ty(item);
                let argument = format!("impl IntoIterator<Item = impl Into<{item}>>");
                (argument, format!("{name}.into_iter().map(Into::into).collect()"))
            }
            Type::Map(value) => {
                let argument =
                    format!("impl IntoIterator<Item = (impl Into<String>, impl Into<{}>)>", self.ty(value));
                let pairs = "map(|(name, value)| (name.into(), value.into()))";
                (argument, format!("{name}.into_iter().{pairs}.collect()"))
            }
            Type::Boxed(inner) => {
                let (argument, value) = self.argument(name, inner);
                (argument, format!("crate::Nested::new({value})"))
            }
            other => (format!("impl Into<{}>", self.ty(other)), format!("{name}.into()")),
        }
    }
}

/// A path from the crate root.
pub fn full(place: &Place) -> String {
    let mut path = vec!["crate"];
    path.extend(place.module.iter().map(String::as_str));
    path.push(&place.name);
    path.join("::")
}

/// Formats doc comment lines. Escapes angle and square brackets that are not links.
pub fn doc(text: &str) -> String {
    text.lines()
        .map(|line| match line {
            "" => "///\n".to_owned(),
            line => format!("/// {line}\n"),
        })
        .collect()
}

/// The doc comment of a field: our text, or its name as a phrase, followed by the facts.
pub fn field_doc(field: &Field) -> String {
    let first = match &field.text {
        Some(text) => text.clone(),
        None => format!("{}.", words::phrase(&field.wire)),
    };
    let facts = field.facts.iter().filter(|fact| !first.contains(fact.trim_end_matches('.')));
    let lines: Vec<String> = std::iter::once(first.clone()).chain(facts.cloned()).collect();
    doc(&lines.join(" "))
}
