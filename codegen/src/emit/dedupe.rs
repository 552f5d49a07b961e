//! Merges equal types: enums whose values are subsets of one another, and structs with the same fields. Equal shapes
//! with the same name become one type in whatever module they occur.

use super::ir::{Body, Field, Flag, Ir, Shape, ShapeId, Site, Type};
use super::sites;
use std::collections::{BTreeMap, BTreeSet};

/// Enums with at least this many values are merged across names.
const BIG_ENUM: usize = 10;
/// Structs with at least this many fields are merged within one module under any name.
const BIG_STRUCT: usize = 3;
/// Words that need the word before them: the status of a payout differs from that of a card.
const VAGUE: [&str; 3] = ["object", "status", "type"];

/// The merged shapes, for the report: the kept shape and those that it replaces.
pub type Merged = BTreeMap<ShapeId, Vec<ShapeId>>;

/// Merges until nothing changes, and recomputes the sites.
pub fn run(ir: &mut Ir) -> Merged {
    let mut merged = Merged::new();
    sites::find(ir);
    apply(ir, enums(ir), &mut merged);
    loop {
        let map = equal_enums(ir);
        if map.is_empty() {
            break;
        }
        apply(ir, map, &mut merged);
    }
    loop {
        let map = structs(ir);
        if map.is_empty() {
            return merged;
        }
        apply(ir, map, &mut merged);
    }
}

/// Maps each removed shape to the one that is kept.
type Replacement = BTreeMap<ShapeId, ShapeId>;

fn apply(ir: &mut Ir, map: Replacement, merged: &mut Merged) {
    for (from, to) in &map {
        let absorbed = merged.remove(from).unwrap_or_default();
        let list = merged.entry(*to).or_default();
        list.push(*from);
        list.extend(absorbed);
        absorb(ir, *from, *to);
    }
    ir.replace(&|id| map.get(&id).copied().unwrap_or(id));
    sites::find(ir);
}

/// Moves the data of the removed shape to the kept one.
fn absorb(ir: &mut Ir, from: ShapeId, to: ShapeId) {
    let Some(Shape { body, rename, schema, same_schemas, text, .. }) = ir.shapes.get(from).cloned() else {
        return;
    };
    let Some(kept) = ir.shapes.get_mut(to) else { return };
    kept.rename = kept.rename.take().or(rename);
    kept.same_schemas.extend(same_schemas);
    match (&kept.schema, schema) {
        (Some(_), schema) => kept.same_schemas.extend(schema),
        (None, schema) => kept.schema = schema,
    }
    kept.text = kept.text.take().or(text);
    match (&mut kept.body, body) {
        (Body::Enum(values), Body::Enum(other)) => {
            let all: BTreeSet<String> = values.drain(..).chain(other).collect();
            values.extend(all);
        }
        (Body::Struct { fields, .. }, Body::Struct { fields: other, .. }) => {
            for (field, other) in fields.iter_mut().zip(other) {
                let required = field.flags.contains(&Flag::Required) && other.flags.contains(&Flag::Required);
                field.flags.extend(other.flags);
                if !required {
                    field.flags.remove(&Flag::Required);
                }
                field.text = field.text.take().or(other.text);
                if field.facts.len() < other.facts.len() {
                    field.facts = other.facts;
                }
            }
        }
        _ => {}
    }
}

/// Merges enums of one name in one module when the values of one are a subset of the other's; large enums in any
/// module.
fn enums(ir: &Ir) -> Replacement {
    let mut groups: BTreeMap<(Vec<String>, String), Vec<ShapeId>> = BTreeMap::new();
    for (id, shape) in ir.shapes.iter().enumerate().filter(|(_, shape)| !shape.gone) {
        let Body::Enum(values) = &shape.body else { continue };
        let word = match &shape.rename {
            Some(name) => name.clone(),
            None => last_word(shape),
        };
        if shape.rename.is_some() || values.len() >= BIG_ENUM {
            groups
                .entry((Vec::new(), if shape.rename.is_some() { word } else { String::new() }))
                .or_default()
                .push(id);
        } else {
            let mut module = sites::home(&shape.sites);
            if module.first().is_some_and(|name| name == "test_helpers") {
                module.remove(0);
            }
            groups.entry((module, word)).or_default().push(id);
        }
    }
    let mut map = Replacement::new();
    for (_, mut ids) in groups {
        // Largest first, so that each smaller enum finds the one that contains it.
        ids.sort_by_key(|id| (std::cmp::Reverse(values(ir, *id).len()), *id));
        let mut kept: Vec<ShapeId> = Vec::new();
        for id in ids {
            let small: BTreeSet<&String> = values(ir, id).iter().collect();
            let holder = kept.iter().copied().find(|&other| {
                let large: BTreeSet<&String> = values(ir, other).iter().collect();
                // Two common values can be a coincidence: under different names, the sets must be equal.
                if last_word_of(ir, id) == last_word_of(ir, other) || renamed(ir, id) {
                    small.is_subset(&large)
                } else {
                    small == large
                }
            });
            match holder {
                Some(holder) => {
                    map.insert(id, holder);
                }
                None => kept.push(id),
            }
        }
    }
    map
}

/// Merges enums with equal values that share a meaning, in any module.
fn equal_enums(ir: &Ir) -> Replacement {
    let mut groups: BTreeMap<&[String], Vec<ShapeId>> = BTreeMap::new();
    for (id, shape) in ir.shapes.iter().enumerate().filter(|(_, shape)| !shape.gone) {
        if let Body::Enum(values) = &shape.body {
            groups.entry(values).or_default().push(id);
        }
    }
    let mut map = Replacement::new();
    for ids in groups.into_values() {
        let mut kept: Vec<&Shape> = Vec::new();
        let mut kept_ids: Vec<ShapeId> = Vec::new();
        for (id, shape) in ids.into_iter().filter_map(|id| Some((id, ir.shapes.get(id)?))) {
            let one = |other: &&Shape| {
                let demanded = |shape: &Shape| shape.rename.clone();
                let contradict =
                    demanded(shape).is_some_and(|name| demanded(other).is_some_and(|o| o != name));
                !contradict && !meanings(shape).is_disjoint(&meanings(other))
            };
            match kept.iter().position(one).and_then(|index| kept_ids.get(index)) {
                Some(holder) => {
                    map.insert(id, *holder);
                }
                None => {
                    kept.push(shape);
                    kept_ids.push(id);
                }
            }
        }
    }
    map
}

/// The words under which a shape is used; a vague word is joined with the word before it, which may be the resource.
pub fn meanings(shape: &Shape) -> BTreeSet<String> {
    let meaning = |site: &Site| {
        let word = site.words.last()?;
        if !is_vague(word) {
            return Some(word.clone());
        }
        let before = site.words.iter().rev().nth(1).or(site.module.last());
        Some(format!("{}.{word}", before.map_or("", String::as_str)))
    };
    shape.sites.iter().filter_map(meaning).collect()
}

/// Whether a word has no meaning without context.
pub fn is_vague(word: &str) -> bool {
    VAGUE.contains(&word)
}

fn renamed(ir: &Ir, id: ShapeId) -> bool {
    ir.shapes.get(id).is_some_and(|shape| shape.rename.is_some())
}

fn values(ir: &Ir, id: ShapeId) -> &[String] {
    match ir.shapes.get(id).map(|shape| &shape.body) {
        Some(Body::Enum(values)) => values,
        _ => &[],
    }
}

/// Merges structs and unions of equal content, found by partition refinement: recursive shapes are equal unless
/// something distinguishes them. A parameter and a reply always stay two types, so that a field that Stripe adds to
/// one of them changes neither the name nor the fields of the other.
fn structs(ir: &Ir) -> Replacement {
    let mut classes: Vec<usize> = ir
        .shapes
        .iter()
        .enumerate()
        .map(|(id, shape)| match shape.body {
            // Enums are settled; resources are never merged.
            Body::Enum(_) => id + 4,
            // Lists contain the named union, which may have a place.
            Body::Union(_) if !shape.gone => 2 + usize::from(shape.in_params),
            _ if shape.place.is_some() || shape.gone => id + 4,
            _ => usize::from(shape.in_params),
        })
        .collect();
    loop {
        let mut index: BTreeMap<String, usize> = BTreeMap::new();
        let next: Vec<usize> = ir
            .shapes
            .iter()
            .zip(&classes)
            .map(|(shape, class)| {
                let size = index.len();
                *index.entry(signature(shape, *class, &classes)).or_insert(size)
            })
            .collect();
        let count = |classes: &[usize]| classes.iter().collect::<BTreeSet<_>>().len();
        if count(&next) == count(&classes) {
            return pick(ir, &next);
        }
        classes = next;
    }
}

fn signature(shape: &Shape, class: usize, classes: &[usize]) -> String {
    let of = |id: ShapeId| classes.get(id).copied().unwrap_or_default();
    match &shape.body {
        Body::Enum(_) => format!("{class}"),
        Body::Union(arms) => {
            let arms: Vec<String> =
                arms.iter().map(|arm| format!("{}{}{}", arm.object, arm.deleted, of(arm.shape))).collect();
            format!("{class}|{}", arms.join("|"))
        }
        Body::Struct { fields, object } => {
            let fields: Vec<String> =
                fields.iter().map(|field| field_signature(field, shape.in_reply, &of)).collect();
            format!("{class}|{object}|{}", fields.join("|"))
        }
    }
}

fn field_signature(field: &Field, nulls: bool, of: &dyn Fn(ShapeId) -> ShapeId) -> String {
    let mut ty: Type = field.ty.clone();
    ty.map_shapes(of);
    let private = field.flags.contains(&Flag::Private);
    let null = nulls && (field.flags.contains(&Flag::Nullable) || field.flags.contains(&Flag::NullOk));
    format!("{} {ty:?} {:?} {private} {null}", field.wire, field.presence)
}

/// Selects the shapes of one class that also share a name or are large enough.
fn pick(ir: &Ir, classes: &[usize]) -> Replacement {
    let mut members: BTreeMap<usize, Vec<ShapeId>> = BTreeMap::new();
    for (id, shape) in ir.shapes.iter().enumerate().filter(|(_, shape)| !shape.gone) {
        let fixed = match shape.body {
            Body::Enum(_) => true,
            Body::Union(_) => false,
            Body::Struct { .. } => shape.place.is_some(),
        };
        if let (Some(class), false) = (classes.get(id), fixed) {
            members.entry(*class).or_default().push(id);
        }
    }
    let mut map = Replacement::new();
    for mut ids in members.into_values() {
        // A shape with a place or a named schema provides the name of the merged type.
        ids.sort_by_key(|id| {
            let shape = ir.shapes.get(*id);
            let unplaced = shape.is_none_or(|s| s.place.is_none());
            (unplaced, shape.is_none_or(|s| s.schema.is_none()), *id)
        });
        let mut kept: Vec<ShapeId> = Vec::new();
        for id in ids {
            match kept.iter().copied().find(|&other| belong_together(ir, id, other)) {
                Some(other) => {
                    map.insert(id, other);
                }
                None => kept.push(id),
            }
        }
    }
    map
}

fn belong_together(ir: &Ir, a: ShapeId, b: ShapeId) -> bool {
    let (Some(x), Some(y)) = (ir.shapes.get(a), ir.shapes.get(b)) else { return false };
    if x.rename.is_some() && y.rename.is_some() {
        return x.rename == y.rename;
    }
    let size = x.body.fields().len();
    let (home_x, home_y) = (sites::home(&x.sites), sites::home(&y.sites));
    let same_area = area(&home_x) == area(&home_y);
    let same_name = last_word(x) == last_word(y);
    match &x.body {
        Body::Union(_) => true,
        // All switches are alike.
        _ if is_switch(x) => home_x == home_y || same_area,
        _ if same_name => true,
        _ => home_x == home_y && size >= BIG_STRUCT,
    }
}

fn is_switch(shape: &Shape) -> bool {
    matches!(shape.body.fields(), [only] if only.ty == Type::Bool)
}

fn area(module: &[String]) -> Option<&String> {
    module.iter().find(|name| *name != "test_helpers")
}

fn last_word_of(ir: &Ir, id: ShapeId) -> String {
    ir.shapes.get(id).map(last_word).unwrap_or_default()
}

/// The most common word under which a shape is used.
pub fn last_word(shape: &Shape) -> String {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for word in shape.sites.iter().filter_map(|site| site.words.last()) {
        *counts.entry(word).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(word, count)| (*count, std::cmp::Reverse(word.len())));
    most.map(|(word, _)| word.clone()).unwrap_or_default()
}
