//! Assigns object types to ids.

use super::{Lowering, Side};
use crate::emit::ir::{Body, Field, Flag, ShapeId, Type};
use std::collections::BTreeMap;

impl Lowering<'_> {
    /// Types an object's own `id` by the object.
    pub fn own_ids(&mut self) {
        for id in 0..self.ir.shapes.len() {
            let Some(shape) = self.ir.shapes.get_mut(id) else { continue };
            let Body::Struct { fields, object } = &mut shape.body else { continue };
            // A deleted object has the id of the original object.
            let target = if fields.iter().any(|field| field.wire == "deleted") {
                self.schemas.get(&(object.clone(), Side::Reply)).copied()
            } else if shape.schema.is_some() {
                Some(id)
            } else {
                self.schemas.get(&(object.clone(), Side::Reply)).copied()
            };
            let (Some(target), false) = (target, object.is_empty()) else { continue };
            for field in fields.iter_mut().filter(|field| field.wire == "id" && field.ty == Type::Text) {
                field.ty = Type::Id(target);
            }
        }
    }

    /// Types `{card}` of `/v1/issuing/cards/{card}/…` by the reply of `/v1/issuing/cards/{…}`.
    pub fn path_ids(&mut self) {
        let mut targets = BTreeMap::new();
        for request in &self.ir.requests {
            let collection = request.path.rsplit_once("/{").map(|(collection, _)| collection.to_owned());
            if let (Some(collection), true, Type::Shape(id)) =
                (collection, request.path.ends_with('}'), &request.output)
            {
                // The reply of a GET is the object itself; that of a DELETE may be only its id.
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
}

/// Finds a collection by its path, ignoring the names of placeholders.
fn lookup(targets: &BTreeMap<String, ShapeId>, collection: &str) -> Option<ShapeId> {
    let plain = |path: &str| {
        path.split('/').map(|s| if s.starts_with('{') { "{}" } else { s }).collect::<Vec<_>>().join("/")
    };
    let wanted = plain(collection);
    targets.iter().find(|(path, _)| plain(path) == wanted).map(|(_, id)| *id)
}

/// Types `starting_after` and `ending_before` by the listed object.
pub fn cursor_ids(fields: &mut [Field], output: &Type) {
    if let Type::List(item) = output
        && let Type::Shape(id) = **item
    {
        for field in fields.iter_mut().filter(|f| f.wire == "starting_after" || f.wire == "ending_before") {
            field.ty = Type::Id(id);
        }
    }
}
