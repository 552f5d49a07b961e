//! Where each shape is used: the shortest way to it from every resource and request.

use super::ir::{Body, Field, Ir, ShapeId, Site, Type};
use super::words;
use std::collections::{BTreeSet, VecDeque};

/// Fills `sites`, `in_reply`, `in_params` and `gone` anew.
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
        let start = vec![(id, Vec::new())];
        walk(ir, start, &module, None);
    }
    for index in 0..ir.requests.len() {
        let Some(request) = ir.requests.get(index) else { continue };
        let (module, name) = (request.module.clone(), request.name.clone());
        let mut start = Vec::new();
        for field in &request.fields {
            steps(field, &[], &mut start);
        }
        walk(ir, start, &module, Some(&name));
        let mut reply = Vec::new();
        if let Some(request) = ir.requests.get(index) {
            request.output.shapes(false, &mut |id| reply.push((id, Vec::new())));
        }
        walk(ir, reply, &module, None);
    }
}

/// Breadth first, so that the first way to a shape is a shortest one. Resources are starts of their own.
fn walk(ir: &mut Ir, start: Vec<(ShapeId, Vec<String>)>, module: &[String], verb: Option<&str>) {
    let mut seen = BTreeSet::new();
    let mut queue: VecDeque<(ShapeId, Vec<String>)> = start.into();
    while let Some((id, words)) = queue.pop_front() {
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
            shape.sites.push(Site {
                module: module.to_vec(),
                words: words.clone(),
                verb: verb.map(str::to_owned),
            });
        }
        // Met again by another word: the site counts, what is below is known.
        if seen.iter().filter(|(other, _)| *other == id).count() > 1 {
            continue;
        }
        let mut next = Vec::new();
        match &shape.body {
            Body::Struct { fields, .. } => fields.iter().for_each(|field| steps(field, &words, &mut next)),
            Body::Enum(_) => {}
            Body::Union(arms) => {
                next.extend(arms.iter().map(|arm| {
                    let mut words = words.clone();
                    words.push(arm.object.rsplit('.').next().unwrap_or_default().to_owned());
                    (arm.shape, words)
                }));
            }
        }
        queue.extend(next);
    }
}

/// The shapes of a field, each with the words that lead to it. What an item of an array is called is the singular.
fn steps(field: &Field, words: &[String], out: &mut Vec<(ShapeId, Vec<String>)>) {
    let many = is_many(&field.ty);
    let mut path = words.to_vec();
    path.push(if many { words::singular(&field.wire) } else { field.wire.clone() });
    field.ty.shapes(false, &mut |id| out.push((id, path.clone())));
}

fn is_many(ty: &Type) -> bool {
    matches!(ty, Type::Vec(_) | Type::List(_) | Type::Map(_) | Type::Page(_))
        || ty.inner().is_some_and(is_many)
}

/// The module of several uses: what their modules have in common. A test helper lives beside what it helps to test.
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

/// The module of what a test helper helps to test; any other module is its own.
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
