//! The name and module of every shape. A name is the last word of its path; when that is taken, more of the path. A
//! name that cannot be had is an error: an overlay then gives one.

use super::dedupe::{is_vague, last_word};
use super::ir::{Body, Ir, Place, Shape, ShapeId};
use super::{sites, words};
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// Names that a module of Rust has already, and those that would be read as something else.
const EVERYWHERE: [&str; 20] = [
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Error",
    "Err",
    "Expand",
    "From",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Result",
    "Some",
    "String",
    "Vec",
];

/// Names that written code has in the crate root.
const ROOT: [&str; 59] = [
    "ApiError",
    "AppInfo",
    "AttemptEvent",
    "Bounds",
    "BoxFuture",
    "ByteStream",
    "Call",
    "CallEvent",
    "CallFuture",
    "CallInfo",
    "Client",
    "ClientBuilder",
    "ConnectionError",
    "Currency",
    "DateTime",
    "DecodeError",
    "Decimal",
    "Encoding",
    "Exposed",
    "Extra",
    "Fault",
    "FileUpload",
    "Hook",
    "Host",
    "Id",
    "IdOr",
    "Items",
    "Json",
    "KeywordOr",
    "Limits",
    "List",
    "Listing",
    "Metadata",
    "Method",
    "Money",
    "Operation",
    "Options",
    "OutOfRange",
    "Outcome",
    "Page",
    "Pages",
    "Prepared",
    "RawRequest",
    "Ref",
    "Request",
    "Response",
    "Secret",
    "SecretKey",
    "Setting",
    "SignatureError",
    "SignatureHint",
    "SignatureProblem",
    "TimeoutError",
    "TimeoutKind",
    "Timestamp",
    "Transport",
    "Unknown",
    "UsageError",
    "WithMeta",
];

/// Where each shape ends up.
pub type Places = BTreeMap<ShapeId, Place>;

/// Names everything that is left after dedupe.
pub fn assign(ir: &Ir) -> Result<Places> {
    let mut places = Places::new();
    let mut taken: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    taken.entry(Vec::new()).or_default().extend(ROOT.map(str::to_owned));
    for request in &ir.requests {
        let names = taken.entry(request.module.clone()).or_default();
        if !names.insert(request.name.clone()) {
            let message =
                format!("`{}::{}` is the name of two operations", request.module.join("::"), request.name);
            return Err(Error::at("openapi/stripe.json", &request.pointer, message));
        }
        names.insert(format!("{}Required", request.name));
    }
    for (id, shape) in live(ir) {
        if let Some(place) = &shape.place {
            claim(&mut taken, place, shape)?;
            places.insert(id, place.clone());
        }
    }
    let resources: BTreeSet<String> =
        live(ir).filter_map(|(_, shape)| shape.place.as_ref()).map(|place| place.name.clone()).collect();
    let mut rest: Vec<(ShapeId, &Shape)> = live(ir).filter(|(_, shape)| shape.place.is_none()).collect();
    rest.sort_by_key(|(id, shape)| {
        let depth = shape.sites.iter().map(|site| site.words.len()).min().unwrap_or(usize::MAX);
        (shape.rename.is_none(), !shape.in_reply, depth, shape.sites.first().cloned(), *id)
    });
    for (id, shape) in rest {
        let module = sites::home(&shape.sites);
        // A demanded name has to be free in its own module only.
        let names = match &shape.rename {
            Some(_) => taken.get(&module).cloned().unwrap_or_default(),
            // In the root, the name of a resource would be read as the resource.
            None if module.is_empty() => {
                taken.get(&module).into_iter().flatten().chain(&resources).cloned().collect()
            }
            None => seen_from(&taken, &module),
        };
        let wanted = candidates(shape, &names);
        let Some(name) = wanted.iter().find(|name| free(&names, name)) else {
            let message = format!(
                "no name is free among {wanted:?} in `{}`; give it an x-rust-name",
                module.join("::")
            );
            return Err(Error::at("openapi/stripe.json", &shape.pointer, message));
        };
        let place = Place { module, name: name.clone() };
        claim(&mut taken, &place, shape)?;
        places.insert(id, place);
    }
    Ok(places)
}

/// The names of a module and of those around it: a name that means something else one level up would mislead. Names
/// of requests are the same in every module.
fn seen_from(taken: &BTreeMap<Vec<String>, BTreeSet<String>>, module: &[String]) -> BTreeSet<String> {
    (0..=module.len()).filter_map(|length| taken.get(module.get(..length)?)).flatten().cloned().collect()
}

fn live(ir: &Ir) -> impl Iterator<Item = (ShapeId, &Shape)> {
    ir.shapes.iter().enumerate().filter(|(_, shape)| !shape.gone)
}

/// A name, and for a struct of parameters also that of its required ones.
fn free(names: &BTreeSet<String>, name: &str) -> bool {
    !names.contains(name) && !EVERYWHERE.contains(&name) && !name.ends_with(|c: char| c.is_ascii_digit())
}

fn claim(taken: &mut BTreeMap<Vec<String>, BTreeSet<String>>, place: &Place, shape: &Shape) -> Result<()> {
    if taken.entry(place.module.clone()).or_default().insert(place.name.clone()) {
        return Ok(());
    }
    let message = format!("`{}::{}` is taken", place.module.join("::"), place.name);
    Err(Error::at("openapi/stripe.json", &shape.pointer, message))
}

/// Names to try, best first.
fn candidates(shape: &Shape, taken: &BTreeSet<String>) -> Vec<String> {
    if let Some(name) = &shape.rename {
        return vec![name.clone()];
    }
    let mut out = Vec::new();
    if let (Some(schema), Body::Struct { object, .. }) = (&shape.schema, &shape.body)
        && !object.is_empty()
    {
        out.push(words::pascal(schema.rsplit('.').next().unwrap_or(schema)));
    }
    if let (Some(schema), Body::Union(_)) = (&shape.schema, &shape.body) {
        out.push(words::pascal(schema.rsplit('.').next().unwrap_or(schema)));
    }
    let word = last_word(shape);
    let mut ways: Vec<_> = shape.sites.iter().filter(|site| site.words.last() == Some(&word)).collect();
    ways.sort_by_key(|site| (site.words.len(), *site));
    let Some(way) = ways.first() else { return out };
    let params = shape.in_params && !shape.in_reply;
    let joined = |count: usize| {
        let from = way.words.len().saturating_sub(count);
        let words: Vec<String> = way.words.iter().skip(from).map(|word| words::pascal(word)).collect();
        // `Shipping` in `Shipping` would stutter.
        let mut name = String::new();
        for word in words {
            if !name.ends_with(&word) {
                name.push_str(&word);
            }
        }
        name
    };
    let short = joined(1);
    // `Kind` and `Status` are those of the resource; what lies in it has its own.
    if !is_vague(&word) || way.words.len() == 1 {
        out.push(short.clone());
        // A number at the end would look like a collision.
        if short.ends_with(|c: char| c.is_ascii_digit()) {
            out.push(format!("{short}Details"));
        }
        if params {
            out.push(format!("{short}Params"));
            if let (Some(verb), true) = (&way.verb, taken.contains(&format!("{short}Params"))) {
                out.push(format!("{verb}{short}"));
            }
        }
    }
    for count in 2..=way.words.len() {
        let name = joined(count);
        out.push(name.clone());
        if params {
            out.push(format!("{name}Params"));
        }
    }
    if let Some(module) = way.module.last() {
        out.push(format!("{}{short}", words::pascal(module)));
    }
    if let Some(verb) = &way.verb {
        out.extend((1..=way.words.len()).map(|count| format!("{verb}{}", joined(count))));
    }
    out
}
