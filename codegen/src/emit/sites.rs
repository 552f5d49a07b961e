//! Finds where each shape is used: the shortest path to it from every resource and request.

use super::ir::{Body, Field, Ir, ShapeId, Site, Type};
use super::words;
use std::collections::{BTreeSet, VecDeque};

/// Recomputes `sites`, `in_reply`, `in_params` and `gone`.
pub fn find(ir: &mut Ir) {
    for shape in &mut ir.shapes {
        shape.sites.clear();
        (shape.in_reply, shape.in_params, shape.gone) = (false, false, true);
    }
    let resources: Vec<(ShapeId, Vec<String>)> = ir
        .shapes
        .iter()
        .enumerate()
        .filter_map(|(id, shape)| Some((id, shape.place.as_ref()?.module.clone())))
        .collect();
    for (id, module) in resources {
        let start = vec![Step { id, words: Vec::new(), referred: false }];
        walk(ir, start, &module, None);
    }
    for index in 0..ir.requests.len() {
        let Some(request) = ir.requests.get(index) else { continue };
        let (module, name) = (request.module.clone(), request.name.clone());
        let root = Step { id: usize::MAX, words: Vec::new(), referred: false };
        let start = request.fields.iter().flat_map(|field| steps(field, &root)).collect();
        let mut reply = Vec::new();
        request.output.shapes(false, &mut |id| reply.push(Step { id, ..root.clone() }));
        walk(ir, start, &module, Some(&name));
        walk(ir, reply, &module, None);
    }
}

/// A step to a shape: the path to it, and whether it leads through a reference.
#[derive(Clone)]
struct Step {
    id: ShapeId,
    words: Vec<String>,
    referred: bool,
}

/// Walks breadth first, so that the first path to a shape is a shortest one. Resources are separate starting points.
fn walk(ir: &mut Ir, start: Vec<Step>, module: &[String], verb: Option<&str>) {
    let mut seen = BTreeSet::new();
    let mut queue: VecDeque<Step> = start.into();
    while let Some(step) = queue.pop_front() {
        let Step { id, words, referred } = step.clone();
        if !seen.insert((id, words.last().cloned())) {
            continue;
        }
        let Some(shape) = ir.shapes.get_mut(id) else { continue };
        shape.gone = false;
        shape.in_reply |= verb.is_none();
        shape.in_params |= verb.is_some();
        if shape.place.is_some() && !words.is_empty() {
            continue;
        }
        if !words.is_empty() {
            let verb = verb.map(str::to_owned);
            shape.sites.push(Site { module: module.to_vec(), words: words.clone(), verb, referred });
        }
        // Reached again by another word: the site is recorded, but its children are already known.
        if seen.iter().filter(|(other, _)| *other == id).count() > 1 {
            continue;
        }
        match &shape.body {
            Body::Struct { fields, .. } => queue.extend(fields.iter().flat_map(|field| steps(field, &step))),
            Body::Enum(_) => {}
            Body::Union(arms) => queue.extend(arms.iter().map(|arm| {
                let mut words = words.clone();
                words.push(arm.object.rsplit('.').next().unwrap_or_default().to_owned());
                Step { id: arm.shape, words, referred }
            })),
        }
    }
}

/// The shapes of a field, each with the path to it. Array items are named in the singular.
fn steps(field: &Field, before: &Step) -> Vec<Step> {
    let many = is_many(&field.ty);
    let mut words = before.words.clone();
    words.push(if many { words::singular(&field.wire) } else { field.wire.clone() });
    let referred = before.referred || matches!(field.ty, Type::Ref(_));
    let mut out = Vec::new();
    field.ty.shapes(false, &mut |id| out.push(Step { id, words: words.clone(), referred }));
    out
}

fn is_many(ty: &Type) -> bool {
    matches!(ty, Type::Vec(_) | Type::List(_) | Type::Map(_) | Type::Page(_))
        || ty.inner().is_some_and(is_many)
}

/// The common module of several uses. A test helper counts as the module that it helps to test.
pub fn home(sites: &[Site]) -> Vec<String> {
    let mut modules = sites.iter().map(|site| site.module.as_slice());
    let Some(first) = modules.next() else { return Vec::new() };
    let whole = sites.iter().fold(first, |common, site| shared(common, &site.module));
    if !whole.is_empty() {
        return whole.to_vec();
    }
    let start = without_helpers(first);
    sites.iter().fold(start, |common, site| shared(common, without_helpers(&site.module))).to_vec()
}

/// Types shared by this many resources belong to the crate root.
const MANY: usize = 3;

/// The module that a type belongs to.
///
/// It is the common module of its uses. If that is the crate root, it is the module of the resource that the type
/// belongs to: a type used by three resources or more stays in the root, one used by two goes to the first of them by
/// name. References to an object and tokens, which only carry data of others, do not count; version 2 of a resource
/// counts as version 1, and a test helper as the module that it helps to test.
pub fn owner(sites: &[Site]) -> Vec<String> {
    let common = home(sites);
    if !common.is_empty() {
        return common;
    }
    let counts = |site: &&Site| !site.referred && !is_token(&site.module);
    let counted: Vec<&Site> = sites.iter().filter(counts).collect();
    let uses = if counted.is_empty() { sites.iter().collect() } else { counted };
    let resources: BTreeSet<&String> = uses.iter().filter_map(|site| resource(&site.module)).collect();
    let (Some(first), true) = (resources.first(), resources.len() < MANY) else { return Vec::new() };
    let of_first = |site: &&&Site| resource(&site.module) == Some(*first);
    let own: Vec<Site> = uses.iter().filter(of_first).map(|site| (*site).clone()).collect();
    let plain: Vec<Site> = own.iter().filter(|site| site.module.first() == Some(*first)).cloned().collect();
    home(if plain.is_empty() { &own } else { &plain })
}

/// Whether a module contains tokens: `token`, `v2::core::account_token`.
fn is_token(module: &[String]) -> bool {
    module.first().is_some_and(|name| name == "token")
        || module.last().is_some_and(|name| name.ends_with("_token"))
}

/// The resource of a module, ignoring its version.
fn resource(module: &[String]) -> Option<&String> {
    let inside = without_helpers(module);
    match inside {
        [version, _, resource, ..] if version == "v2" => Some(resource),
        _ => inside.first(),
    }
}

/// The module that a test helper helps to test; other modules are returned unchanged.
pub fn without_helpers(module: &[String]) -> &[String] {
    match module.split_first() {
        Some((first, rest)) if first == "test_helpers" => rest,
        _ => module,
    }
}

fn shared<'a>(a: &'a [String], b: &[String]) -> &'a [String] {
    let length = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    a.get(..length).unwrap_or_default()
}
