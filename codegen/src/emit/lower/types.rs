//! The Rust type of a schema, and the fields of a struct.

use super::members::{self, Owner};
use super::schema::{self, ListKind, is_nullable, is_range, list_of};
use super::{At, Lowering, REFERENCE, Side, properties, strings, text};
use crate::emit::facts;
use crate::emit::ir::{Body, Field, Flag, Presence, ShapeId, Type};
use crate::error::Result;
use serde_json::Value;
use std::collections::BTreeSet;

impl Lowering<'_> {
    /// The type of a schema, and whether `null` is allowed.
    pub fn ty(&mut self, schema: &Value, at: &At) -> Result<(Type, bool)> {
        schema::check(schema, at)?;
        Ok((self.bare_type(schema, at)?, is_nullable(schema)))
    }

    fn bare_type(&mut self, schema: &Value, at: &At) -> Result<Type> {
        if let Some(reference) = text(schema, "$ref") {
            return self.component(reference, at);
        }
        if let Some(target) = text(schema, "x-id") {
            let at = At { side: Side::Reply, ..at.clone() };
            return self.component_shape(&format!("{REFERENCE}{target}"), &at).map(Type::Id);
        }
        if schema.get("x-expansionResources").is_some() {
            return self.expandable(schema, at);
        }
        if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
            return self.any_of(schema, alternatives, at);
        }
        match (text(schema, "type"), text(schema, "format")) {
            (Some("boolean"), None) => Ok(Type::Bool),
            (Some("integer"), Some("unix-time")) => Ok(Type::Timestamp),
            (Some("integer"), None) => Ok(Type::Int),
            (Some("number"), None) => Ok(Type::Decimal { numeric: true }),
            (Some("string"), Some("decimal")) => Ok(Type::Decimal { numeric: false }),
            (Some("string"), Some("date-time")) => Ok(Type::DateTime),
            (Some("string"), Some("currency")) => Ok(Type::Currency),
            (Some("string"), Some("binary")) => Ok(Type::File),
            (Some("string"), None) => Ok(self.string(schema, at)),
            (Some("array"), _) => {
                let items = schema.get("items").ok_or_else(|| at.error("an array has no `items`"))?;
                Ok(Type::Vec(Box::new(self.element(items, &at.step("items", ""))?)))
            }
            (Some("object"), _) => self.object(schema, at),
            (None, _) => Err(at.error("a schema has no `type`, `$ref` or `anyOf`")),
            (Some(ty), None) => Err(at.error(format!("type `{ty}` is not supported"))),
            (Some(ty), Some(format)) => {
                Err(at.error(format!("type `{ty}` with format `{format}` is not supported")))
            }
        }
    }

    /// The type of the items of an array. An empty string among the allowed items is a value: it unsets the list, not
    /// the item.
    fn element(&mut self, schema: &Value, at: &At) -> Result<Type> {
        let (ty, nullable) = self.ty(schema, at)?;
        let ty = match ty {
            Type::Setting(inner) => *inner,
            ty => ty,
        };
        Ok(if nullable { Type::Optional(Box::new(ty)) } else { ty })
    }

    /// The type of the values of a map. A parameter that may be `null` or empty removes the key.
    fn map_value(&mut self, schema: &Value, at: &At) -> Result<Type> {
        let (ty, nullable) = self.ty(schema, at)?;
        Ok(match (ty, nullable, at.side) {
            (ty, false, _) | (ty @ Type::Setting(_), true, Side::Params) => ty,
            (ty, true, Side::Params) => Type::Setting(Box::new(ty)),
            (ty, true, Side::Reply) => Type::Optional(Box::new(ty)),
        })
    }

    fn string(&mut self, schema: &Value, at: &At) -> Type {
        let name = at.key.rsplit('.').next().unwrap_or_default();
        let values: BTreeSet<String> = strings(schema, "enum").filter(|value| !value.is_empty()).collect();
        // API versions are dates: an enum of them would always be out of date.
        let dates = values.iter().all(|value| value.starts_with("20") && value.get(4..5) == Some("-"));
        if !values.is_empty() && !dates {
            let ty = Type::Shape(self.add(Body::Enum(values.into_iter().collect()), schema, at));
            // As a value of a parameter, the empty string unsets it.
            let clears = at.is_params() && strings(schema, "enum").any(|value| value.is_empty());
            return if clears { Type::Setting(Box::new(ty)) } else { ty };
        }
        // The document omits the format in many places.
        if name == "currency" || name.ends_with("_currency") {
            return Type::Currency;
        }
        Type::Text
    }

    fn object(&mut self, schema: &Value, at: &At) -> Result<Type> {
        match list_of(schema) {
            Some(kind) => {
                let items = schema.pointer("/properties/data/items").unwrap_or(&Value::Null);
                let item = self.element(items, &at.step("properties/data/items", "data"))?;
                return Ok(match kind {
                    ListKind::V1 => Type::List(Box::new(item)),
                    ListKind::V2 => Type::Page(Box::new(item)),
                });
            }
            None if is_range(schema) => {
                let bound = schema.pointer("/properties/gte").unwrap_or(&Value::Null);
                return Ok(Type::Bounds(Box::new(self.ty(bound, &at.property("gte"))?.0)));
            }
            None => {}
        }
        let values = schema.get("additionalProperties").filter(|values| values.is_object());
        match (schema.get("properties"), values) {
            (Some(_), Some(_)) => {
                let at = at.step("additionalProperties", "");
                Err(at.error("an object with `properties` cannot also be a map"))
            }
            (Some(_), None) => {
                let id = self.add(Body::Struct { fields: Vec::new(), object: String::new() }, schema, at);
                let owner = if at.is_params() { Owner::Params } else { Owner::Reply };
                self.fill(id, schema, at, owner);
                Ok(Type::Shape(id))
            }
            (None, Some(values)) => {
                if at.key.ends_with("metadata") && text(values, "type") == Some("string") && !at.v2 {
                    return Ok(Type::Metadata);
                }
                let value = self.map_value(values, &at.step("additionalProperties", "value"))?;
                Ok(Type::Map(Box::new(value)))
            }
            (None, None) => Ok(Type::Json),
        }
    }

    /// Lowers the properties of a struct.
    pub fn fill(&mut self, id: ShapeId, schema: &Value, at: &At, owner: Owner) {
        let mut constant = String::new();
        let mut fields = Vec::new();
        for (name, property, required) in properties(schema) {
            let values: Vec<String> = strings(property, "enum").collect();
            if let ("object", false, [object]) = (name, at.is_params(), values.as_slice()) {
                constant = object.clone();
                continue;
            }
            let field = self.field(name, property, required, owner, &at.property(name));
            fields.extend(self.note(field));
        }
        fields.sort_by(|a, b| a.wire.cmp(&b.wire));
        self.faults.extend(members::check(&fields));
        if let Some(shape) = self.ir.shapes.get_mut(id) {
            shape.body = Body::Struct { fields, object: constant };
        }
    }

    /// Lowers one property or parameter; `at` is the position of its schema.
    pub fn field(
        &mut self,
        wire: &str,
        schema: &Value,
        required: bool,
        owner: Owner,
        at: &At,
    ) -> Result<Field> {
        let (mut ty, nullable) = self.ty(schema, at)?;
        let mut flags = BTreeSet::new();
        if ty == (Type::Decimal { numeric: true }) {
            flags.insert(Flag::Numeric);
        }
        match text(schema, "x-secret") {
            Some("secret") => ty = wrap_secret(ty),
            Some("personal") => {
                flags.insert(Flag::Private);
            }
            Some(other) => {
                return Err(at.error(format!("`x-secret` must be `secret` or `personal`, not `{other}`")));
            }
            None => {}
        }
        let presence = match ty {
            Type::Setting(inner) => {
                ty = *inner;
                if at.is_params() { Presence::Clearable } else { Presence::Optional }
            }
            _ if nullable && !required && at.is_params() => Presence::Clearable,
            _ if required && !nullable => Presence::Required,
            _ => Presence::Optional,
        };
        if required {
            flags.insert(Flag::Required);
        }
        if nullable {
            flags.insert(Flag::Nullable);
        }
        // Version 2 returns `null` for parts that were not requested, which its document does not state. In JSON, a
        // parameter is unset with `null`.
        if (at.v2 && !required) || presence == Presence::Clearable {
            flags.insert(Flag::NullOk);
        }
        let mut field = Field {
            wire: wire.to_owned(),
            name: members::name_of(wire, schema, owner, at)?,
            ty,
            presence,
            flags,
            expands: schema.get("x-expand").is_some(),
            facts: facts::of(schema),
            text: self.docs.field(&at.key, wire).map(|doc| doc.text.clone()),
            key: at.key.clone(),
            pointer: at.pointer.clone(),
        };
        preview_of(schema, &mut field);
        Ok(field)
    }
}

fn wrap_secret(ty: Type) -> Type {
    match ty {
        Type::Setting(inner) => Type::Setting(Box::new(wrap_secret(*inner))),
        other => Type::Secret(Box::new(other)),
    }
}

/// Records that a field needs a preview version.
pub fn preview_of(schema: &Value, field: &mut Field) {
    match schema.get("x-preview") {
        Some(Value::String(version)) => {
            field.facts.push(format!("Preview: needs `Stripe-Version: {version}`."));
        }
        Some(Value::Bool(true)) => {
            field.facts.push("Preview: not in Stripe's published document.".to_owned())
        }
        _ => {}
    }
}
