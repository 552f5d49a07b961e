//! Fields that hold one of several types.

use super::schema::{Kind, is_empty_text, is_range, kind};
use super::{At, Lowering, strings, text};
use crate::emit::ir::{Arm, Body, ShapeId, Type};
use crate::error::Result;
use serde_json::Value;
use std::collections::BTreeSet;

impl Lowering<'_> {
    /// `anyOf` outside of expandable fields.
    pub fn any_of(&mut self, schema: &Value, alternatives: &[Value], at: &At) -> Result<Type> {
        let clearable = alternatives.iter().any(is_empty_text);
        let rest: Vec<(usize, &Value)> =
            alternatives.iter().enumerate().filter(|(_, s)| !is_empty_text(s)).collect();
        let step = |index: usize| at.step(&format!("anyOf/{index}"), "");
        let ty = match rest.as_slice() {
            [(index, only)] => self.ty(only, &step(*index))?.0,
            [(a, first), (b, second)] => match (kind(first), kind(second)) {
                (Kind::Object, Kind::Text) => self.id_or(first, &step(*a))?,
                (Kind::Text, Kind::Object) => self.id_or(second, &step(*b))?,
                (Kind::Object, Kind::Integer) if is_range(first) => {
                    Type::Bounds(Box::new(self.ty(second, &step(*b))?.0))
                }
                (Kind::Keyword, Kind::Integer) => self.keyword_or(first, &step(*a), second, &step(*b))?,
                (Kind::Integer, Kind::Keyword) => self.keyword_or(second, &step(*b), first, &step(*a))?,
                (Kind::Reference, Kind::Reference) => Type::Shape(self.union(schema, &rest, at)?),
                _ => return Err(at.error("this combination of alternatives is not supported")),
            },
            all if all.iter().all(|(_, s)| kind(s) == Kind::Reference) => {
                Type::Shape(self.union(schema, all, at)?)
            }
            _ => return Err(at.error("this combination of alternatives is not supported")),
        };
        Ok(if clearable { Type::Setting(Box::new(ty)) } else { ty })
    }

    fn id_or(&mut self, object: &Value, at: &At) -> Result<Type> {
        Ok(Type::IdOr(Box::new(self.ty(object, at)?.0)))
    }

    fn keyword_or(&mut self, keyword: &Value, k: &At, value: &Value, v: &At) -> Result<Type> {
        Ok(Type::KeywordOr(Box::new(self.ty(keyword, k)?.0), Box::new(self.ty(value, v)?.0)))
    }

    /// A union of several objects.
    pub fn union(&mut self, schema: &Value, alternatives: &[(usize, &Value)], at: &At) -> Result<ShapeId> {
        let mut arms = BTreeSet::new();
        for (index, alternative) in alternatives {
            let at = at.step(&format!("anyOf/{index}"), "");
            let reference = text(alternative, "$ref")
                .ok_or_else(|| at.error("the alternatives of a union must be references"))?;
            let id = self.component_shape(reference, &at)?;
            self.arms(id, &mut arms, &at)?;
        }
        let arms: Vec<Arm> = arms.into_iter().collect();
        // Arms with one `object` could not be distinguished, and their accessors would have the same name.
        let word = |arm: &Arm| (arm.object.clone(), arm.deleted);
        let words: BTreeSet<_> = arms.iter().map(word).collect();
        if words.len() < arms.len() {
            return Err(at.error("two alternatives of a union have the same `object`"));
        }
        Ok(self.add(Body::Union(arms), schema, at))
    }

    /// The arms of an alternative: itself, or those of the union that it is.
    fn arms(&mut self, id: ShapeId, arms: &mut BTreeSet<Arm>, at: &At) -> Result<()> {
        let Some(shape) = self.ir.shapes.get(id) else { return Ok(()) };
        if let Body::Union(inner) = &shape.body {
            arms.extend(inner.iter().cloned());
            return Ok(());
        }
        // A recursive schema is not filled yet, so look in the document.
        let schema = shape.schema.as_ref().and_then(|name| {
            self.document.pointer(&format!("/components/schemas/{}", crate::pointer::escape(name)))
        });
        let constant = schema
            .and_then(|s| s.pointer("/properties/object"))
            .map(|o| strings(o, "enum").collect::<Vec<_>>());
        let deleted = schema.is_some_and(|s| s.pointer("/properties/deleted").is_some());
        match constant.as_deref() {
            Some([object]) => {
                arms.insert(Arm { object: object.clone(), deleted, shape: id });
                Ok(())
            }
            _ => Err(at.error("an alternative of a union has no constant `object` that identifies it")),
        }
    }

    /// A field that holds an id, or the whole object when expanded.
    pub fn expandable(&mut self, schema: &Value, at: &At) -> Result<Type> {
        let alternatives: Vec<(usize, &Value)> = schema
            .get("anyOf")
            .and_then(Value::as_array)
            .map(|all| all.iter().enumerate().filter(|(_, s)| kind(s) == Kind::Reference).collect())
            .unwrap_or_default();
        let cut = schema.get("x-cut").is_some();
        let target = match alternatives.as_slice() {
            [] => Type::Json,
            [(index, only)] if !cut => self.ty(only, &at.step(&format!("anyOf/{index}"), ""))?.0,
            several => Type::Shape(self.union(schema, several, at)?),
        };
        Ok(Type::Ref(Box::new(target)))
    }
}
