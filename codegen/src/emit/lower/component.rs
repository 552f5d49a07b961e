//! Named schemas, lowered on first use.

use super::members::Owner;
use super::{At, Lowering, REFERENCE, Side, schema, text};
use crate::emit::ir::{Body, Shape, ShapeId, Type};
use crate::error::Result;
use serde_json::Value;

impl Lowering<'_> {
    /// The type of `#/components/schemas/…`. The parameter and the reply of one schema are two types.
    pub fn component(&mut self, reference: &str, at: &At) -> Result<Type> {
        let name = reference
            .strip_prefix(REFERENCE)
            .ok_or_else(|| at.error(format!("`{reference}` leads nowhere")))?
            .replace("~1", "/")
            .replace("~0", "~");
        if let Some(id) = self.schemas.get(&(name.clone(), at.side)) {
            return Ok(Type::Shape(*id));
        }
        let pointer = format!("/components/schemas/{}", crate::pointer::escape(&name));
        let document = self.document;
        let schema = document
            .pointer(&pointer)
            .ok_or_else(|| at.error(format!("the schema `{name}` is not in the document")))?;
        let inside = At {
            pointer,
            key: name.clone(),
            side: at.side,
            v2: at.is_params() && at.v2 || name.starts_with("v2."),
        };
        schema::check(schema, &inside)?;
        if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
            let alternatives: Vec<(usize, &Value)> = alternatives.iter().enumerate().collect();
            let id = self.union(schema, &alternatives, &inside)?;
            self.name_schema(id, &name, at.side);
            self.describe(id, &name, schema);
            return Ok(Type::Shape(id));
        }
        if schema.get("properties").is_some() {
            return Ok(Type::Shape(self.named_structure(&name, schema, &inside)));
        }
        self.alias(&name, schema, &inside)
    }

    /// The shape of a named object.
    pub fn component_shape(&mut self, reference: &str, at: &At) -> Result<ShapeId> {
        match self.component(reference, at)? {
            Type::Shape(id) => Ok(id),
            _ => Err(at.error(format!("`{reference}` is not an object"))),
        }
    }

    /// Registers the shape before filling it, because schemas are recursive.
    fn named_structure(&mut self, name: &str, schema: &Value, at: &At) -> ShapeId {
        let id = self.add(Body::Struct { fields: Vec::new(), object: String::new() }, schema, at);
        self.name_schema(id, name, at.side);
        self.fill(id, schema, at, if at.is_params() { Owner::Params } else { Owner::Reply });
        self.describe(id, name, schema);
        id
    }

    /// A schema that is an alias of another one, or a plain value.
    fn alias(&mut self, name: &str, schema: &Value, at: &At) -> Result<Type> {
        if self.open.iter().any(|open| open == name) {
            return Err(at.error(format!("`{name}` refers only to itself")));
        }
        self.open.push(name.to_owned());
        let ty = self.ty(schema, at);
        self.open.pop();
        let ty = ty?.0;
        if let (Type::Shape(id), false) = (&ty, schema.get("$ref").is_some()) {
            self.name_schema(*id, name, at.side);
        }
        Ok(ty)
    }

    /// Sets our text about a schema; it is required for a resource.
    fn describe(&mut self, id: ShapeId, name: &str, schema: &Value) {
        let resource = schema.get("x-resourceId").is_some();
        match self.docs.resource(name) {
            Some(doc) => {
                let text = match &doc.link {
                    Some(link) => format!("{}\n\n[Stripe's reference]({link})", doc.text),
                    None => doc.text.clone(),
                };
                if let Some(shape) = self.ir.shapes.get_mut(id) {
                    shape.text = Some(text);
                }
            }
            None if resource => self.faults.push(self.docs.missing("resources", name)),
            None => {}
        }
    }

    fn name_schema(&mut self, id: ShapeId, name: &str, side: Side) {
        self.schemas.insert((name.to_owned(), side), id);
        if let (Some(shape), Side::Reply) = (self.ir.shapes.get_mut(id), side) {
            shape.schema = Some(name.to_owned());
        }
    }

    pub fn add(&mut self, body: Body, schema: &Value, at: &At) -> ShapeId {
        self.ir.shapes.push(Shape {
            body,
            schema: None,
            same_schemas: Vec::new(),
            pointer: at.pointer.clone(),
            rename: text(schema, "x-rust-name").map(str::to_owned),
            place: None,
            sites: Vec::new(),
            in_reply: false,
            in_params: false,
            text: None,
            gone: false,
        });
        self.ir.shapes.len() - 1
    }
}
