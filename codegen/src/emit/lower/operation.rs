//! An operation with its parameters and its reply.

use super::ids::cursor_ids;
use super::members::{self, Owner};
use super::schema::{self, list_of};
use super::types::preview_of;
use super::{At, FILE, Lowering, Side, is_untyped, items, properties, text};
use crate::emit::ir::{Field, Flag, Place, Presence, Request, Type};
use crate::emit::{place, words};
use crate::error::{Error, Result};
use crate::keep::KeptOperation;
use serde_json::Value;
use std::collections::BTreeSet;

const REPLY: &str = "responses/200/content/application~1json/schema";

/// The parameters of an operation while they are collected.
#[derive(Default)]
struct Parameters {
    fields: Vec<Field>,
    expandable: bool,
    /// Whether any parameter is sent in the query.
    in_query: bool,
}

impl Lowering<'_> {
    pub fn operation(&mut self, kept: &KeptOperation) -> Result<()> {
        let method = kept.method.to_ascii_lowercase();
        let pointer = format!("/paths/{}/{method}", crate::pointer::escape(&kept.path));
        let document = self.document;
        let Some(operation) = document.pointer(&pointer) else {
            let message =
                format!("operation `{}` of keep.toml is missing; run `cargo codegen trim`", kept.key());
            return Err(Error::at(FILE, &pointer, message));
        };
        let id = self.operation_id(operation, &pointer)?;
        let v2 = kept.path.starts_with("/v2/");
        let at = At { pointer: pointer.clone(), key: id.clone(), side: Side::Params, v2 };
        let mut parameters = Parameters::default();
        for (index, parameter) in items(operation, "parameters").enumerate() {
            let at = at.step(&format!("parameters/{index}"), "");
            let read = self.parameter(parameter, &id, &mut parameters, &at);
            self.note(read);
        }
        let encoding = self.body(operation, &method, &mut parameters, &at)?;
        let Parameters { mut fields, expandable, in_query } = parameters;
        if in_query && encoding != "Query" {
            let message = "query parameters in a request with a body are not supported";
            self.faults.push(at.step("parameters", "").error(message));
        }
        fields.sort_by(|a, b| a.wire.cmp(&b.wire));
        for pair in fields.windows(2) {
            if let [first, second] = pair
                && first.wire == second.wire
            {
                self.faults.push(at.error(format!("parameter `{}` occurs twice", first.wire)));
            }
        }
        self.faults.extend(members::check(&fields));
        self.placeholders(&kept.path, &fields, &at);
        let reply = operation
            .pointer(&format!("/{REPLY}"))
            .ok_or_else(|| at.error("no JSON reply with status 200"))?;
        let place = place::of(kept, list_of(reply).is_some());
        let output = self.ty(reply, &At { side: Side::Reply, ..at.step(REPLY, "") })?.0;
        self.give_place(&output, &place, &method, &kept.path);
        cursor_ids(&mut fields, &output);
        let (text, link) = self.texts(&id)?;
        let preview = operation.get("x-preview");
        self.ir.requests.push(Request {
            operation_id: id,
            method: kept.method.clone(),
            path: kept.path.clone(),
            pointer,
            module: place.module,
            name: place.name,
            fields,
            output,
            encoding,
            preview_version: preview.and_then(Value::as_str).map(str::to_owned),
            preview: preview.is_some(),
            deprecated: operation.get("deprecated").and_then(Value::as_bool).unwrap_or_default(),
            expandable,
            text,
            link,
        });
        Ok(())
    }

    fn operation_id(&mut self, operation: &Value, pointer: &str) -> Result<String> {
        let at = format!("{pointer}/operationId");
        let Some(id) = text(operation, "operationId").filter(|id| words::is_identifier(id)) else {
            return Err(Error::at(FILE, at, "the operation has no `operationId` that is an identifier"));
        };
        if let Some(first) = self.operation_ids.insert(id.to_owned(), pointer.to_owned()) {
            return Err(Error::at(FILE, at, format!("`{id}` is also the id of {first}")));
        }
        Ok(id.to_owned())
    }

    fn parameter(&mut self, parameter: &Value, id: &str, read: &mut Parameters, at: &At) -> Result<()> {
        let name = text(parameter, "name").ok_or_else(|| at.error("a parameter has no `name`"))?;
        let schema = parameter.get("schema").ok_or_else(|| at.error("a parameter has no `schema`"))?;
        let required = parameter.get("required").and_then(Value::as_bool).unwrap_or_default();
        let in_path = match text(parameter, "in") {
            Some("path") if required => true,
            Some("path") => return Err(at.error(format!("path parameter `{name}` must be required"))),
            Some("query") => false,
            other => {
                let place = other.unwrap_or("nothing");
                return Err(at.error(format!("parameter `{name}` is in `{place}`, which is not supported")));
            }
        };
        if name == "expand" {
            read.expandable = true;
            return Ok(());
        }
        if is_untyped(schema) {
            return Ok(());
        }
        read.in_query |= !in_path;
        let place = At { key: format!("{id}.{name}"), ..at.step("schema", "") };
        let mut field = self.field(name, schema, required, Owner::Request, &place)?;
        preview_of(parameter, &mut field);
        if in_path {
            if field.presence != Presence::Required {
                return Err(at.error(format!("path parameter `{name}` must not be optional")));
            }
            field.flags.insert(Flag::InPath);
            field.facts.clear();
        }
        read.fields.push(field);
        Ok(())
    }

    /// Reads the body parameters and determines the encoding of all parameters.
    fn body(
        &mut self,
        operation: &Value,
        method: &str,
        read: &mut Parameters,
        at: &At,
    ) -> Result<&'static str> {
        let plain = if method == "get" || method == "delete" { "Query" } else { "Form" };
        let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
        let Some((media, content)) = content.and_then(|content| content.iter().next()) else {
            return Ok(if at.v2 && method == "post" { "Json" } else { plain });
        };
        let encoding = match media.as_str() {
            "application/x-www-form-urlencoded" => plain,
            "application/json" => "Json",
            "multipart/form-data" => "Multipart",
            other => return Err(at.error(format!("the media type `{other}` is not supported"))),
        };
        let at = at.step(&format!("requestBody/content/{}/schema", crate::pointer::escape(media)), "");
        let schema = content.get("schema").ok_or_else(|| at.error("the body has no `schema`"))?;
        let checked = schema::check(schema, &at);
        self.note(checked);
        if schema.get("$ref").is_some() || schema.get("anyOf").is_some() {
            return Err(at.error("the schema of a body must list its properties"));
        }
        for (name, property, required) in properties(schema) {
            if name == "expand" {
                read.expandable = true;
                continue;
            }
            let field = self.field(name, property, required, Owner::Request, &at.property(name));
            read.fields.extend(self.note(field));
        }
        Ok(encoding)
    }

    /// Checks that placeholders of the path and path parameters match.
    fn placeholders(&mut self, path: &str, fields: &[Field], at: &At) {
        let wanted: BTreeSet<&str> =
            path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')).collect();
        let given: BTreeSet<&str> = fields
            .iter()
            .filter(|field| field.flags.contains(&Flag::InPath))
            .map(|field| field.wire.as_str())
            .collect();
        for name in wanted.difference(&given) {
            self.faults.push(
                at.error(format!("placeholder `{{{name}}}` of the path is not declared as a parameter")),
            );
        }
        for name in given.difference(&wanted) {
            self.faults.push(at.error(format!("path parameter `{name}` does not occur in `{path}`")));
        }
    }

    /// Our text about an operation, and its link.
    fn texts(&mut self, id: &str) -> Result<(String, String)> {
        let doc = self.docs.operation(id).ok_or_else(|| self.docs.missing("operations", id))?;
        let link = doc.link.clone().ok_or_else(|| {
            Error::at(
                &self.docs.file,
                format!("/operations/{id}"),
                "the operation has no link to Stripe's reference",
            )
        })?;
        Ok((doc.text.clone(), link))
    }

    /// Places the returned type in the module of its collection. The operation that reads it decides, then the one
    /// that creates it, then any other; test helpers come last.
    fn give_place(&mut self, output: &Type, place: &Place, method: &str, path: &str) {
        let mut listed = false;
        let mut ty = output;
        while let Some(inner) = ty.inner() {
            listed = true;
            ty = inner;
        }
        let Type::Shape(id) = ty else { return };
        let rank = match (method, path.contains("/test_helpers/"), path.ends_with('}') || !listed) {
            (_, true, _) => 4,
            ("get", _, true) => 0,
            ("post", _, _) if place.name == "Create" => 1,
            ("get", _, false) => 2,
            _ => 3,
        };
        let Some(shape) = self.ir.shapes.get_mut(*id) else { return };
        // An inline union of list items is the named one that dedupe will find.
        let Some(schema) = shape.schema.clone() else { return };
        let last = schema.rsplit('.').next().unwrap_or_default();
        let leaf = place.module.last().map_or("", String::as_str);
        let name = match &shape.rename {
            Some(name) => name.clone(),
            None if last.ends_with(leaf) && !last.starts_with("deleted") => words::pascal(leaf),
            None => words::pascal(last),
        };
        if self.ranks.get(id).is_none_or(|known| rank < *known) {
            shape.place = Some(Place { module: place.module.clone(), name });
            self.ranks.insert(*id, rank);
        }
    }
}
