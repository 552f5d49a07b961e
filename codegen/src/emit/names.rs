//! Assigns name and module of every shape. The name is the last word of its path, or more of the path when that is
//! taken. If no name is free, an overlay must set one.

use super::dedupe::{is_vague, last_word};
use super::ir::{Body, Ir, Place, Shape, ShapeId};
use super::{sites, words};
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The suffix of all parameter types.
const SUFFIX: &str = "Params";

/// Names that every module already has, and those that would be misread.
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

/// Hand-written names in the crate root.
const ROOT: [&str; 77] = [
    "ApiError",
    "AttemptEvent",
    "BoxFuture",
    "ByteStream",
    "Call",
    "CallEvent",
    "CallFuture",
    "CallInfo",
    "Client",
    "ClientBuilder",
    "Concurrent",
    "ConnectionError",
    "Contents",
    "Currency",
    "DateTime",
    "Decimal",
    "DecodeError",
    "Download",
    "Encoding",
    "Error",
    "Expandable",
    "Expanded",
    "Exposed",
    "FieldUpdate",
    "FileUpload",
    "Hook",
    "Host",
    "Id",
    "IdOr",
    "InvalidInputError",
    "Items",
    "Json",
    "JsonIndex",
    "KeyAge",
    "KeywordOr",
    "List",
    "Listing",
    "Metadata",
    "Method",
    "Money",
    "Nested",
    "Number",
    "Operation",
    "Options",
    "OutOfRange",
    "Outcome",
    "Page",
    "Pages",
    "ParseMoneyError",
    "Prepared",
    "RangeQuery",
    "RateLimits",
    "RawRequest",
    "Redacted",
    "Reply",
    "ReplyBody",
    "Request",
    "ReqwestTransport",
    "Response",
    "Secret",
    "SecretKey",
    "Sensitive",
    "SignatureError",
    "SignatureHint",
    "SignatureProblem",
    "TimeoutError",
    "TimeoutKind",
    "Timestamp",
    "Transport",
    "TransportBody",
    "TransportError",
    "TransportErrorKind",
    "TransportReply",
    "TransportRequest",
    "Unknown",
    "UnknownFields",
    "WithMeta",
];

/// The final place of each shape.
pub type Places = BTreeMap<ShapeId, Place>;

/// Names every shape that is left after dedupe.
pub fn assign(ir: &Ir) -> Result<Places, Vec<Error>> {
    let mut places = Places::new();
    let mut faults = Vec::new();
    let mut taken: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    taken.entry(Vec::new()).or_default().extend(ROOT.map(str::to_owned));
    for request in &ir.requests {
        let names = taken.entry(request.module.clone()).or_default();
        if !names.insert(request.name.clone()) {
            let message =
                format!("two operations are named `{}::{}`", request.module.join("::"), request.name);
            faults.push(Error::at("openapi/stripe.json", &request.pointer, message));
        }
        names.insert(format!("Required{}", request.name));
    }
    for (id, shape) in live(ir) {
        if let Some(place) = &shape.place {
            faults.extend(claim(&mut taken, place, shape).err());
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
        let module = sites::owner(&shape.sites);
        // A name set by an overlay must be free only in its own module.
        let names = match &shape.rename {
            Some(_) => taken.get(&module).cloned().unwrap_or_default(),
            // In the root, the name of a resource would be taken for the resource.
            None if module.is_empty() => {
                taken.get(&module).into_iter().flatten().chain(&resources).cloned().collect()
            }
            None => seen_from(&taken, &module, |place| is_alike(ir, &places, shape, place)),
        };
        let tells = |name: &str| verb_tells(ir, &places, shape, &module, name);
        let wanted = candidates(shape, &tells);
        let Some(name) = wanted.iter().find(|name| free(&names, name)) else {
            let message =
                format!("all of {wanted:?} are taken in `{}`; set `x-rust-name`", module.join("::"));
            faults.push(Error::at("openapi/stripe.json", &shape.pointer, message));
            continue;
        };
        let place = Place { module, name: name.clone() };
        faults.extend(claim(&mut taken, &place, shape).err());
        places.insert(id, place);
    }
    faults.extend(values(ir));
    if faults.is_empty() { Ok(places) } else { Err(faults) }
}

/// Reports enums with two values, and unions with two arms, of the same name.
fn values(ir: &Ir) -> Vec<Error> {
    let mut faults = Vec::new();
    for (_, shape) in live(ir) {
        let Body::Enum(values) = &shape.body else { continue };
        let mut known: BTreeMap<String, &str> = BTreeMap::new();
        for value in values {
            let name = words::variant(value);
            if !words::is_identifier(&name) || name == "Unknown" {
                let message = format!("the value {value:?} has no Rust name");
                faults.push(Error::at("openapi/stripe.json", &shape.pointer, message));
            } else if let Some(first) = known.insert(name.clone(), value) {
                let message = format!("the values {first:?} and {value:?} both map to `{name}`");
                faults.push(Error::at("openapi/stripe.json", &shape.pointer, message));
            }
        }
    }
    faults
}

/// The names of a module and its parents: reusing a name that means something else one level up would mislead.
/// Request names repeat in every module.
fn seen_from(
    taken: &BTreeMap<Vec<String>, BTreeSet<String>>,
    module: &[String],
    alike: impl Fn(&Place) -> bool,
) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for above in (0..=module.len()).filter_map(|length| module.get(..length)) {
        let free = |name: &&String| {
            above.len() < module.len() && alike(&Place { module: above.to_vec(), name: (*name).clone() })
        };
        names.extend(taken.get(above).into_iter().flatten().filter(|name| !free(name)).cloned());
    }
    names
}

/// Whether a parameter may reuse a name of a parent module: that parameter is shared by all resources, or belongs to the
/// same place in another request. The paths differ, and a longer name would add no meaning.
fn is_alike(ir: &Ir, places: &Places, shape: &Shape, place: &Place) -> bool {
    let same = |other: &Shape| {
        let words =
            |shape: &Shape| shape.sites.iter().map(|site| site.words.clone()).collect::<BTreeSet<_>>();
        place.module.is_empty() || !words(other).is_disjoint(&words(shape))
    };
    is_params(shape) && at(ir, places, place).is_some_and(|other| is_params(other) && same(other))
}

/// Whether the verb distinguishes a parameter from the one that has the name: both are at the same place, in requests of
/// two verbs.
fn verb_tells(ir: &Ir, places: &Places, shape: &Shape, module: &[String], name: &str) -> bool {
    let place = Place { module: module.to_vec(), name: format!("{name}{SUFFIX}") };
    let verbs =
        |shape: &Shape| shape.sites.iter().filter_map(|site| site.verb.clone()).collect::<BTreeSet<_>>();
    let paths = |shape: &Shape| {
        shape.sites.iter().map(|site| (site.module.clone(), site.words.clone())).collect::<BTreeSet<_>>()
    };
    at(ir, places, &place).is_some_and(|other| {
        verbs(shape).len() == 1
            && verbs(shape).is_disjoint(&verbs(other))
            && !paths(shape).is_disjoint(&paths(other))
    })
}

/// The shape with a name.
fn at<'a>(ir: &'a Ir, places: &Places, place: &Place) -> Option<&'a Shape> {
    let (id, _) = places.iter().find(|(_, other)| *other == place)?;
    ir.shapes.get(*id)
}

fn live(ir: &Ir) -> impl Iterator<Item = (ShapeId, &Shape)> {
    ir.shapes.iter().enumerate().filter(|(_, shape)| !shape.gone)
}

/// Whether a name is free and does not look like a collision.
fn free(names: &BTreeSet<String>, name: &str) -> bool {
    !names.contains(name) && !EVERYWHERE.contains(&name) && !name.ends_with(|c: char| c.is_ascii_digit())
}

fn claim(taken: &mut BTreeMap<Vec<String>, BTreeSet<String>>, place: &Place, shape: &Shape) -> Result<()> {
    let names = taken.entry(place.module.clone()).or_default();
    if names.insert(place.name.clone()) {
        if is_params(shape) {
            names.insert(required_name(&place.name));
        }
        return Ok(());
    }
    let message = format!("`{}::{}` is taken", place.module.join("::"), place.name);
    Err(Error::at("openapi/stripe.json", &shape.pointer, message))
}

/// Whether a shape is a parameter. Parameter names end in [`SUFFIX`] and reply names never do, so that fields that
/// Stripe adds to replies rename no parameter.
fn is_params(shape: &Shape) -> bool {
    shape.in_params && !matches!(shape.body, Body::Enum(_))
}

/// The name of the struct that holds the required members of another struct.
pub fn required_name(name: &str) -> String {
    format!("Required{name}")
}

/// Candidate names, best first.
fn candidates(shape: &Shape, tells: &dyn Fn(&str) -> bool) -> Vec<String> {
    let names = words_of(shape, tells);
    if is_params(shape) {
        let whole = |name: String| if name.ends_with(SUFFIX) { name } else { name + SUFFIX };
        return names.into_iter().map(whole).collect();
    }
    names.into_iter().filter(|name| matches!(shape.body, Body::Enum(_)) || !name.ends_with(SUFFIX)).collect()
}

/// The candidate names without the parameter suffix.
fn words_of(shape: &Shape, tells: &dyn Fn(&str) -> bool) -> Vec<String> {
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
    // The verb is added only if it distinguishes the parameter from that of another request.
    let with_verb = |name: &str| {
        let verb = way.verb.as_ref().filter(|_| is_params(shape) && tells(name))?;
        Some(format!("{verb}{name}"))
    };
    let joined = |count: usize| {
        let from = way.words.len().saturating_sub(count);
        let words: Vec<String> = way.words.iter().skip(from).map(|word| words::pascal(word)).collect();
        // Avoids `Shipping` inside `Shipping`.
        let mut name = String::new();
        for word in words {
            if !name.ends_with(&word) {
                name.push_str(&word);
            }
        }
        name
    };
    let short = joined(1);
    // `Kind` and `Status` belong to the resource; nested types get longer names.
    if !is_vague(&word) || way.words.len() == 1 {
        out.push(short.clone());
        // A trailing digit would look like a collision.
        if short.ends_with(|c: char| c.is_ascii_digit()) {
            out.push(format!("{short}Details"));
        }
        out.extend(with_verb(&short));
    }
    for count in 2..=way.words.len() {
        let name = joined(count);
        let verb = with_verb(&name);
        out.push(name);
        out.extend(verb);
    }
    if let Some(module) = way.module.last() {
        let name = format!("{}{short}", words::pascal(module));
        let verb = with_verb(&name);
        out.push(name);
        out.extend(verb);
    }
    if let Some(verb) = &way.verb {
        out.extend((1..=way.words.len()).map(|count| format!("{verb}{}", joined(count))));
    }
    out
}
