//! Conversions into parameters: from the only value, from the required members, or from the matching reply.

use super::Module;
use crate::emit::ir::{Body, Field, Ir, Presence, Shape, ShapeId, Type};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The conversions from replies to parameters: pairs of reply and parameter.
pub type Conversions = BTreeSet<(ShapeId, ShapeId)>;

/// Finds pairs at the same place in the same resource where the reply provides every member of the parameter, along
/// with the pairs of the nested objects.
pub fn find(ir: &Ir) -> Conversions {
    let live = || ir.shapes.iter().enumerate().filter(|(_, shape)| !shape.gone);
    let mut pairs = Conversions::new();
    for (params, shape) in live().filter(|(_, shape)| shape.in_params && is_struct(shape)) {
        for (reply, _) in
            live().filter(|(_, reply)| reply.in_reply && is_struct(reply) && same_word(shape, reply))
        {
            add(ir, reply, params, &mut pairs);
        }
    }
    // A pair depends on the pairs of nested objects, which may depend on it in turn.
    loop {
        let kept: Conversions = pairs
            .iter()
            .copied()
            .filter(|(reply, params)| fields(ir, *reply, *params, &pairs).is_some())
            .collect();
        if kept.len() == pairs.len() {
            return kept;
        }
        pairs = kept;
    }
}

fn is_struct(shape: &Shape) -> bool {
    matches!(shape.body, Body::Struct { .. })
}

/// Adds a pair, and the pairs of nested objects under the same name.
fn add(ir: &Ir, reply: ShapeId, params: ShapeId, pairs: &mut Conversions) {
    if !pairs.insert((reply, params)) {
        return;
    }
    let (Some(from), Some(to)) = (ir.shapes.get(reply), ir.shapes.get(params)) else { return };
    for field in to.body.fields() {
        let source = from.body.fields().iter().find(|source| source.wire == field.wire);
        if let (Some(a), Some(b)) = (source.and_then(|source| object(ir, &source.ty)), object(ir, &field.ty))
        {
            add(ir, a, b, pairs);
        }
    }
}

/// The struct in a field, single or repeated.
fn object(ir: &Ir, ty: &Type) -> Option<ShapeId> {
    match ty {
        Type::Shape(id) if ir.shapes.get(*id).is_some_and(is_struct) => Some(*id),
        Type::Boxed(inner) | Type::Vec(inner) => object(ir, inner),
        _ => None,
    }
}

/// Whether two shapes are at the same place in the same resource.
fn same_word(a: &Shape, b: &Shape) -> bool {
    a.sites.iter().any(|a| b.sites.iter().any(|b| a.module == b.module && a.words.last() == b.words.last()))
}

/// The expressions that build the fields of parameters from a reply; `None` if one is impossible.
fn fields(ir: &Ir, reply: ShapeId, params: ShapeId, pairs: &Conversions) -> Option<Vec<String>> {
    let (from, to) = (ir.shapes.get(reply)?.body.fields(), ir.shapes.get(params)?.body.fields());
    let value = |field: &Field| {
        let source = from.iter().find(|source| source.wire == field.wire)?;
        let value = format!("reply.{}", source.name);
        let how = convert(&source.ty, &field.ty, pairs)?;
        Some(match (source.presence, field.presence) {
            (Presence::Required, Presence::Required) => how.of(&value),
            (_, Presence::Required) => return None,
            (from, to) => {
                // An empty list in a reply means that nothing was set; sending it would be a change.
                let value = match (from, is_list(&field.ty)) {
                    (Presence::Required, true) => format!("crate::wire::filled({})", how.of(&value)),
                    (Presence::Required, false) => format!("Some({})", how.of(&value)),
                    (_, true) => format!("{}.and_then(crate::wire::filled)", how.inside(&value)),
                    (_, false) => how.inside(&value),
                };
                if to == Presence::Clearable { format!("{value}.into()") } else { value }
            }
        })
    };
    to.iter().map(value).collect::<Option<Vec<_>>>().filter(|values| !values.is_empty())
}

fn is_list(ty: &Type) -> bool {
    matches!(ty, Type::Vec(_) | Type::Map(_) | Type::Metadata)
}

/// How a value of a reply becomes one of a parameter.
enum How {
    AsItIs,
    Object,
    Objects,
}

impl How {
    fn of(&self, value: &str) -> String {
        match self {
            How::AsItIs => value.to_owned(),
            How::Object => format!("crate::Nested::new({value}.into())"),
            How::Objects => format!("{value}.into_iter().map(Into::into).collect()"),
        }
    }

    fn inside(&self, value: &str) -> String {
        match self {
            How::AsItIs => value.to_owned(),
            How::Object => format!("{value}.map(|object| crate::Nested::new(object.into()))"),
            How::Objects => format!("{value}.map(|objects| objects.into_iter().map(Into::into).collect())"),
        }
    }
}

fn convert(from: &Type, to: &Type, pairs: &Conversions) -> Option<How> {
    match (from, to) {
        _ if from == to => Some(How::AsItIs),
        (Type::Boxed(from), Type::Boxed(to)) => match (&**from, &**to) {
            (Type::Shape(from), Type::Shape(to)) => pairs.contains(&(*from, *to)).then_some(How::Object),
            _ => None,
        },
        (Type::Vec(from), Type::Vec(to)) => match (&**from, &**to) {
            (Type::Shape(from), Type::Shape(to)) => pairs.contains(&(*from, *to)).then_some(How::Objects),
            _ => None,
        },
        _ => None,
    }
}

impl Module<'_> {
    /// Writes the conversion from an enum for a struct that only holds this enum.
    pub fn write_from_enum(&self, name: &str, fields: &[Field], out: &mut String) {
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
                "impl From<{ty}> for {name} {{ #[inline] fn from({}: {ty}) -> Self {{ {value} }} }}\n",
                only.name
            );
        }
    }

    /// Writes conversions from replies to parameters, so that a value that was read can be sent.
    pub fn write_from_replies(&self, params: ShapeId, out: &mut String) {
        let rust = self.rust();
        let Some(shape) = self.ir.shapes.get(params) else { return };
        for (reply, _) in self.conversions.iter().filter(|(_, to)| *to == params) {
            let Some(values) = fields(self.ir, *reply, params, self.conversions) else { continue };
            let (name, from) = (rust.shape(params), rust.shape(*reply));
            let _ = writeln!(
                out,
                "impl From<{from}> for {name} {{\n\
                 /// Copies the members that can be set; others are dropped.\n\
                 #[inline]\n\
                 fn from(reply: {from}) -> Self {{ Self {{"
            );
            for (field, value) in shape.body.fields().iter().zip(values) {
                let _ = writeln!(out, "{}: {value},", field.name);
            }
            out.push_str("extra: Default::default(),\n} } }\n\n");
            let _ = writeln!(
                out,
                "impl From<crate::Nested<{from}>> for {name} {{ #[inline] fn from(part: crate::Nested<{from}>) -> Self {{ \
                 part.into_inner().into() }} }}\n"
            );
        }
    }
}
