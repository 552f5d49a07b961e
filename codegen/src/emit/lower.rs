//! From the trimmed document to shapes and requests. Nothing is named or shared yet, except what the document itself
//! shares by `$ref`.

use super::facts;
use super::ir::{Arm, Body, Field, Flag, Ir, Place, Presence, Request, Shape, ShapeId, Type};
use super::{place, words};
use crate::docs::Docs;
use crate::error::{Error, Result};
use crate::keep::Keep;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = "openapi/stripe.json";
const REFERENCE: &str = "#/components/schemas/";

/// Reads the whole document.
pub fn lower(document: &Value, docs: &Docs, keep: &Keep) -> Result<Ir> {
    let mut lowering =
        Lowering { document, docs, ir: Ir::default(), schemas: BTreeMap::new(), ranks: BTreeMap::new() };
    for operation in keep.operations() {
        lowering.operation(operation)?;
    }
    lowering.own_ids()?;
    lowering.path_ids();
    Ok(lowering.ir)
}

struct Lowering<'a> {
    document: &'a Value,
    docs: &'a Docs,
    ir: Ir,
    schemas: BTreeMap<String, ShapeId>,
    /// How good the reason for the place of a shape is; the lowest wins.
    ranks: BTreeMap<ShapeId, u8>,
}

/// Where the lowering stands.
#[derive(Clone)]
struct At {
    /// JSON pointer into the document.
    pointer: String,
    /// Key of docs.toml.
    key: String,
    params: bool,
    v2: bool,
}

impl At {
    fn step(&self, pointer: &str, key: &str) -> Self {
        let key = if key.is_empty() { self.key.clone() } else { format!("{}.{key}", self.key) };
        Self { pointer: format!("{}/{pointer}", self.pointer), key, ..*self }
    }

    fn error(&self, message: impl std::fmt::Display) -> Error {
        Error::at(FILE, &self.pointer, message)
    }
}

impl<'a> Lowering<'a> {
    fn operation(&mut self, kept: &crate::keep::KeptOperation) -> Result<()> {
        let method = kept.method.to_ascii_lowercase();
        let pointer = format!("/paths/{}/{method}", crate::pointer::escape(&kept.path));
        let Some(operation) = self.document.pointer(&pointer) else {
            return Err(Error::at(
                FILE,
                &pointer,
                format!("`{}` of keep.toml is not there; run `trim`", kept.key()),
            ));
        };
        let id = text(operation, "operationId").unwrap_or_default().to_owned();
        let v2 = kept.path.starts_with("/v2/");
        let at = At { pointer: pointer.clone(), key: id.clone(), params: true, v2 };
        let mut fields = Vec::new();
        let mut expandable = false;
        for (index, parameter) in items(operation, "parameters").enumerate() {
            let at = at.step(&format!("parameters/{index}"), "");
            let name = text(parameter, "name").ok_or_else(|| at.error("a parameter without name"))?;
            let schema = parameter.get("schema").ok_or_else(|| at.error("a parameter without schema"))?;
            if name == "expand" {
                expandable = true;
                continue;
            }
            if is_untyped(schema) {
                continue;
            }
            let required = parameter.get("required").and_then(Value::as_bool).unwrap_or_default();
            let place = At { key: format!("{id}.{name}"), ..at.step("schema", "") };
            let mut field = self.field(name, schema, required, &place)?;
            preview_of(parameter, &mut field);
            if text(parameter, "in") == Some("path") {
                field.flags.insert(Flag::InPath);
                field.facts.clear();
            }
            fields.push(field);
        }
        let mut encoding = if method == "get" || (method == "delete") { "Query" } else { "Form" };
        if let Some((media, content)) = operation
            .pointer("/requestBody/content")
            .and_then(Value::as_object)
            .and_then(|content| content.iter().next())
        {
            encoding = match media.as_str() {
                "application/x-www-form-urlencoded" => encoding,
                "application/json" => "Json",
                "multipart/form-data" => "Multipart",
                other => return Err(at.error(format!("the media type `{other}` is not supported"))),
            };
            let at = at.step(&format!("requestBody/content/{}/schema", crate::pointer::escape(media)), "");
            let schema = content.get("schema").unwrap_or(&Value::Null);
            for (name, property, required) in properties(schema) {
                if name == "expand" {
                    expandable = true;
                    continue;
                }
                let place = at.step(&format!("properties/{name}"), name);
                fields.push(self.field(name, property, required, &place)?);
            }
        } else if v2 && method == "post" {
            encoding = "Json";
        }
        fields.sort_by(|a, b| a.wire.cmp(&b.wire));
        if let Some(pair) = fields.windows(2).find(|pair| pair[0].wire == pair[1].wire) {
            return Err(at.error(format!("`{}` is a parameter twice", pair[0].wire)));
        }
        let reply_pointer = "responses/200/content/application~1json/schema";
        let reply = operation
            .pointer(&format!("/{reply_pointer}"))
            .ok_or_else(|| at.error("no JSON reply with status 200"))?;
        let reply_at = At { params: false, ..at.step(reply_pointer, "") };
        let listed = matches!(self.list_of(reply), Some(ListKind::V1 | ListKind::V2));
        let place = place::of(kept, listed);
        let output = self.ty(reply, &reply_at)?.0;
        self.give_place(&output, &place, &method, &kept.path);
        cursor_ids(&mut fields, &output);
        let doc = self.docs.operation(&id).ok_or_else(|| self.docs.missing("operations", &id))?;
        let link = doc.link.clone().ok_or_else(|| {
            Error::at(
                &self.docs.file,
                format!("/operations/{id}"),
                "the operation has no link to Stripe's reference",
            )
        })?;
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
            text: doc.text.clone(),
            link,
        });
        Ok(())
    }

    /// What an operation returns lives in the module of its collection: the operation that reads it decides, then the
    /// one that creates it, then any other; test helpers last.
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

    /// The type of a schema, and whether `null` is allowed.
    fn ty(&mut self, schema: &Value, at: &At) -> Result<(Type, bool)> {
        let nullable = schema.get("nullable").and_then(Value::as_bool).unwrap_or_default();
        Ok((self.bare_type(schema, at)?, nullable))
    }

    fn bare_type(&mut self, schema: &Value, at: &At) -> Result<Type> {
        if let Some(reference) = text(schema, "$ref") {
            return self.component(reference, at).map(Type::Shape);
        }
        if let Some(target) = text(schema, "x-id") {
            return self.component(&format!("{REFERENCE}{target}"), at).map(Type::Id);
        }
        if schema.get("x-expansionResources").is_some() {
            return self.expandable(schema, at);
        }
        if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
            return self.any_of(schema, alternatives, at);
        }
        match (text(schema, "type"), text(schema, "format")) {
            (Some("boolean"), _) => Ok(Type::Bool),
            (Some("integer"), Some("unix-time")) => Ok(Type::Timestamp),
            (Some("integer"), None) => Ok(Type::Int),
            (Some("number"), None) => Ok(Type::Decimal { numeric: true }),
            (Some("string"), Some("decimal")) => Ok(Type::Decimal { numeric: false }),
            (Some("string"), Some("date-time")) => Ok(Type::DateTime),
            (Some("string"), Some("currency")) => Ok(Type::Currency),
            (Some("string"), Some("binary")) => Ok(Type::File),
            (Some("string"), None) => self.string(schema, at),
            (Some("array"), _) => {
                let items = schema.get("items").ok_or_else(|| at.error("an array without items"))?;
                // The empty text among the items is one more text: it is the list that is unset, not the item.
                let item = match self.ty(items, &at.step("items", ""))?.0 {
                    Type::Setting(inner) => *inner,
                    item => item,
                };
                Ok(Type::Vec(Box::new(item)))
            }
            (Some("object"), _) => self.object(schema, at),
            (ty, format) => Err(at.error(format!("type {ty:?} with format {format:?} is not supported"))),
        }
    }

    fn string(&mut self, schema: &Value, at: &At) -> Result<Type> {
        let name = at.key.rsplit('.').next().unwrap_or_default();
        let values: Vec<String> = strings(schema, "enum").filter(|value| !value.is_empty()).collect();
        // API versions are dates: a type for them would be a list that is always out of date.
        let dates = values.iter().all(|value| value.starts_with("20") && value.get(4..5) == Some("-"));
        if !values.is_empty() && !dates {
            let values: BTreeSet<String> = values.into_iter().collect();
            let body = Body::Enum(values.into_iter().collect());
            let ty = Type::Shape(self.add(body, schema, at));
            // Among the values of a parameter, the empty text unsets it.
            let clears = at.params && strings(schema, "enum").any(|value| value.is_empty());
            return Ok(if clears { Type::Setting(Box::new(ty)) } else { ty });
        }
        // The document forgets the format in many places.
        if name == "currency" || name.ends_with("_currency") {
            return Ok(Type::Currency);
        }
        Ok(Type::Text)
    }

    fn object(&mut self, schema: &Value, at: &At) -> Result<Type> {
        match self.list_of(schema) {
            Some(kind) => {
                let items = schema.pointer("/properties/data/items").unwrap_or(&Value::Null);
                let item = self.ty(items, &at.step("properties/data/items", "data"))?.0;
                return Ok(match kind {
                    ListKind::V1 => Type::List(Box::new(item)),
                    ListKind::V2 => Type::Page(Box::new(item)),
                });
            }
            None if is_range(schema) => {
                let bound = schema.pointer("/properties/gte").unwrap_or(&Value::Null);
                return Ok(Type::Bounds(Box::new(self.ty(bound, &at.step("properties/gte", "gte"))?.0)));
            }
            None => {}
        }
        if schema.get("properties").is_some() {
            return Ok(Type::Shape(self.structure(schema, at)?));
        }
        match schema.get("additionalProperties") {
            Some(values @ Value::Object(_)) => {
                if at.key.ends_with("metadata") && text(values, "type") == Some("string") && !at.v2 {
                    return Ok(Type::Metadata);
                }
                Ok(Type::Map(Box::new(self.ty(values, &at.step("additionalProperties", "value"))?.0)))
            }
            _ => Ok(Type::Json),
        }
    }

    fn structure(&mut self, schema: &Value, at: &At) -> Result<ShapeId> {
        let id = self.add(Body::Struct { fields: Vec::new(), object: String::new() }, schema, at);
        self.fill(id, schema, at)?;
        Ok(id)
    }

    fn fill(&mut self, id: ShapeId, schema: &Value, at: &At) -> Result<()> {
        let mut constant = String::new();
        let mut fields = Vec::new();
        for (name, property, required) in properties(schema) {
            let values: Vec<String> = strings(property, "enum").collect();
            if let ("object", false, [object]) = (name, at.params, values.as_slice()) {
                constant = object.clone();
                continue;
            }
            let place = at.step(&format!("properties/{}", crate::pointer::escape(name)), name);
            fields.push(self.field(name, property, required, &place)?);
        }
        fields.sort_by(|a, b| a.wire.cmp(&b.wire));
        if let Some(shape) = self.ir.shapes.get_mut(id) {
            shape.body = Body::Struct { fields, object: constant };
        }
        Ok(())
    }

    /// One property or parameter. `at` stands on its schema.
    fn field(&mut self, name: &str, schema: &Value, required: bool, at: &At) -> Result<Field> {
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
            Some(other) => return Err(at.error(format!("x-secret is `secret` or `personal`, not `{other}`"))),
            None => {}
        }
        let presence = match ty {
            Type::Setting(inner) if at.params => {
                ty = *inner;
                Presence::Clearable
            }
            _ if required && !nullable => Presence::Required,
            _ => Presence::Optional,
        };
        if required {
            flags.insert(Flag::Required);
        }
        if nullable {
            flags.insert(Flag::Nullable);
        }
        // Version 2 sends `null` for what was not asked for, and its document does not say so; a parameter that can be
        // unset is `null` in JSON.
        if (at.v2 && !required) || presence == Presence::Clearable {
            flags.insert(Flag::NullOk);
        }
        let mut field = Field {
            wire: name.to_owned(),
            name: text(schema, "x-rust-field").map_or_else(|| words::field(name), str::to_owned),
            ty,
            presence,
            flags,
            expands: schema.get("x-expand").is_some(),
            facts: facts::of(schema),
            text: self.docs.field(&at.key).map(|doc| doc.text.clone()),
        };
        preview_of(schema, &mut field);
        Ok(field)
    }

    /// `anyOf` outside of expandable fields.
    fn any_of(&mut self, schema: &Value, alternatives: &[Value], at: &At) -> Result<Type> {
        let is_empty = |s: &Value| strings(s, "enum").eq([String::new()]);
        let clearable = alternatives.iter().any(is_empty);
        let rest: Vec<(usize, &Value)> =
            alternatives.iter().enumerate().filter(|(_, s)| !is_empty(s)).collect();
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
                (Kind::Reference, Kind::Reference) => self.union(schema, &rest, at)?,
                _ => return Err(at.error("this mix of alternatives is not supported")),
            },
            all if all.iter().all(|(_, s)| kind(s) == Kind::Reference) => self.union(schema, all, at)?,
            _ => return Err(at.error("this mix of alternatives is not supported")),
        };
        Ok(if clearable { Type::Setting(Box::new(ty)) } else { ty })
    }

    fn id_or(&mut self, object: &Value, at: &At) -> Result<Type> {
        Ok(Type::IdOr(Box::new(self.ty(object, at)?.0)))
    }

    fn keyword_or(&mut self, keyword: &Value, k: &At, value: &Value, v: &At) -> Result<Type> {
        Ok(Type::KeywordOr(Box::new(self.ty(keyword, k)?.0), Box::new(self.ty(value, v)?.0)))
    }

    /// One of several objects.
    fn union(&mut self, schema: &Value, alternatives: &[(usize, &Value)], at: &At) -> Result<Type> {
        let mut arms = BTreeSet::new();
        for (index, alternative) in alternatives {
            let at = at.step(&format!("anyOf/{index}"), "");
            let reference =
                text(alternative, "$ref").ok_or_else(|| at.error("a union holds references only"))?;
            let id = self.component(reference, &at)?;
            self.arms(id, &mut arms, &at)?;
        }
        Ok(Type::Shape(self.add(Body::Union(arms.into_iter().collect()), schema, at)))
    }

    /// The arms that an alternative stands for: itself, or those of the union that it is.
    fn arms(&mut self, id: ShapeId, arms: &mut BTreeSet<Arm>, at: &At) -> Result<()> {
        let Some(shape) = self.ir.shapes.get(id) else { return Ok(()) };
        if let Body::Union(inner) = &shape.body {
            arms.extend(inner.iter().cloned());
            return Ok(());
        }
        // A recursive schema is not filled yet, so the document is asked.
        let schema = shape
            .schema
            .as_ref()
            .and_then(|name| self.document.pointer(&format!("/components/schemas/{name}")));
        let constant = schema
            .and_then(|s| s.pointer("/properties/object"))
            .map(|o| strings(o, "enum").collect::<Vec<_>>());
        let deleted = schema.is_some_and(|s| s.pointer("/properties/deleted").is_some());
        match constant.as_deref() {
            Some([object]) => {
                arms.insert(Arm { object: object.clone(), deleted, shape: id });
                Ok(())
            }
            _ => Err(at.error("an alternative of a union has no constant `object` to tell it by")),
        }
    }

    /// A field that holds an id, or the object when expanded.
    fn expandable(&mut self, schema: &Value, at: &At) -> Result<Type> {
        let alternatives: Vec<(usize, &Value)> = schema
            .get("anyOf")
            .and_then(Value::as_array)
            .map(|all| all.iter().enumerate().filter(|(_, s)| kind(s) == Kind::Reference).collect())
            .unwrap_or_default();
        let cut = schema.get("x-cut").is_some();
        let target = match alternatives.as_slice() {
            [] => Type::Json,
            [(index, only)] if !cut => self.ty(only, &at.step(&format!("anyOf/{index}"), ""))?.0,
            several => self.union(schema, several, at)?,
        };
        Ok(Type::Ref(Box::new(target)))
    }

    /// The shape of `#/components/schemas/…`, lowered when it is first met.
    fn component(&mut self, reference: &str, at: &At) -> Result<ShapeId> {
        let name = reference
            .strip_prefix(REFERENCE)
            .ok_or_else(|| at.error(format!("`{reference}` leads nowhere")))?;
        if let Some(id) = self.schemas.get(name) {
            return Ok(*id);
        }
        let pointer = format!("/components/schemas/{}", crate::pointer::escape(name));
        let document = self.document;
        let schema = document
            .pointer(&pointer)
            .ok_or_else(|| at.error(format!("the schema `{name}` is not in the document")))?;
        let at = At { pointer, key: name.to_owned(), params: false, v2: name.starts_with("v2.") };
        if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
            let alternatives: Vec<(usize, &Value)> = alternatives.iter().enumerate().collect();
            let Type::Shape(id) = self.union(schema, &alternatives, &at)? else {
                return Err(at.error("not a union"));
            };
            self.name_schema(id, name);
            self.describe(id, name, schema)?;
            return Ok(id);
        }
        // Registered before it is filled: schemas are recursive.
        let id = self.add(Body::Struct { fields: Vec::new(), object: String::new() }, schema, &at);
        self.name_schema(id, name);
        self.fill(id, schema, &at)?;
        self.describe(id, name, schema)?;
        Ok(id)
    }

    /// Our own text about a schema; a resource must have one.
    fn describe(&mut self, id: ShapeId, name: &str, schema: &Value) -> Result<()> {
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
            None if resource => return Err(self.docs.missing("resources", name)),
            None => {}
        }
        Ok(())
    }

    fn name_schema(&mut self, id: ShapeId, name: &str) {
        self.schemas.insert(name.to_owned(), id);
        if let Some(shape) = self.ir.shapes.get_mut(id) {
            shape.schema = Some(name.to_owned());
        }
    }

    fn add(&mut self, body: Body, schema: &Value, at: &At) -> ShapeId {
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

    /// An object's own `id` is typed by the object.
    fn own_ids(&mut self) -> Result<()> {
        for id in 0..self.ir.shapes.len() {
            let Some(shape) = self.ir.shapes.get_mut(id) else { continue };
            let Body::Struct { fields, object } = &mut shape.body else { continue };
            // What is left of a deleted object has the id of the object.
            let target = if fields.iter().any(|field| field.wire == "deleted") {
                self.schemas.get(object.as_str()).copied()
            } else if shape.schema.is_some() {
                Some(id)
            } else {
                self.schemas.get(object.as_str()).copied()
            };
            let (Some(target), false) = (target, object.is_empty()) else { continue };
            for field in fields.iter_mut().filter(|field| field.wire == "id" && field.ty == Type::Text) {
                field.ty = Type::Id(target);
            }
        }
        Ok(())
    }

    /// `{card}` of `/v1/issuing/cards/{card}/…` is the id of what `/v1/issuing/cards/{…}` returns.
    fn path_ids(&mut self) {
        let mut targets = BTreeMap::new();
        for request in &self.ir.requests {
            let collection = request.path.rsplit_once("/{").map(|(collection, _)| collection.to_owned());
            if let (Some(collection), true, Type::Shape(id)) =
                (collection, request.path.ends_with('}'), &request.output)
            {
                // The reply of a GET is the object itself; a DELETE may leave only its remains.
                if request.method == "GET" || !targets.contains_key(&collection) {
                    targets.insert(collection, *id);
                }
            }
        }
        for request in &mut self.ir.requests {
            let path = request.path.replace("/test_helpers", "");
            for field in request.fields.iter_mut().filter(|field| field.flags.contains(&Flag::InPath)) {
                let collection =
                    path.split_once(&format!("/{{{}}}", field.wire)).map(|(collection, _)| collection);
                if let (Some(target), Type::Text) = (collection.and_then(|c| lookup(&targets, c)), &field.ty)
                {
                    field.ty = Type::Id(target);
                }
            }
        }
    }

    fn list_of(&self, schema: &Value) -> Option<ListKind> {
        let has = |name: &str| schema.pointer(&format!("/properties/{name}")).is_some();
        if !has("data") {
            return None;
        }
        let object =
            schema.pointer("/properties/object").is_some_and(|o| strings(o, "enum").eq(["list".to_owned()]));
        match (object, has("next_page_url")) {
            (true, _) => Some(ListKind::V1),
            (false, true) => Some(ListKind::V2),
            _ => None,
        }
    }
}

/// Collections by their path, whatever their placeholders are called.
fn lookup(targets: &BTreeMap<String, ShapeId>, collection: &str) -> Option<ShapeId> {
    let plain = |path: &str| {
        path.split('/').map(|s| if s.starts_with('{') { "{}" } else { s }).collect::<Vec<_>>().join("/")
    };
    let wanted = plain(collection);
    targets.iter().find(|(path, _)| plain(path) == wanted).map(|(_, id)| *id)
}

enum ListKind {
    V1,
    V2,
}

#[derive(PartialEq)]
enum Kind {
    Reference,
    Object,
    Integer,
    Text,
    Keyword,
    Other,
}

fn kind(schema: &Value) -> Kind {
    match text(schema, "type") {
        _ if schema.get("$ref").is_some() => Kind::Reference,
        Some("object") => Kind::Object,
        Some("integer") => Kind::Integer,
        Some("string") if schema.get("enum").is_some() => Kind::Keyword,
        Some("string") => Kind::Text,
        _ => Kind::Other,
    }
}

fn is_range(schema: &Value) -> bool {
    let names: Vec<&str> = properties(schema).map(|(name, _, _)| name).collect();
    names == ["gt", "gte", "lt", "lte"]
}

/// `starting_after` and `ending_before` are ids of what is listed.
fn cursor_ids(fields: &mut [Field], output: &Type) {
    if let Type::List(item) = output
        && let Type::Shape(id) = **item
    {
        for field in fields.iter_mut().filter(|f| f.wire == "starting_after" || f.wire == "ending_before") {
            field.ty = Type::Id(id);
        }
    }
}

fn wrap_secret(ty: Type) -> Type {
    match ty {
        Type::Setting(inner) => Type::Setting(Box::new(wrap_secret(*inner))),
        other => Type::Secret(Box::new(other)),
    }
}

fn preview_of(schema: &Value, field: &mut Field) {
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

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn strings(value: &Value, key: &str) -> impl Iterator<Item = String> {
    items(value, key).filter_map(Value::as_str).map(str::to_owned)
}

/// Whether the selection leaves a member without a type.
fn is_untyped(schema: &Value) -> bool {
    schema.get(crate::untyped::UNTYPED).is_some()
}

/// Name, schema and whether it is required, of the members that are typed.
fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value, bool)> {
    let required: BTreeSet<&str> = items(schema, "required").filter_map(Value::as_str).collect();
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, property)| !is_untyped(property))
        .map(move |(name, property)| (name.as_str(), property, required.contains(name.as_str())))
}
