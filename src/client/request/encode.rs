//! Encodes requests for the wire.

use crate::Error;
use crate::client::files::body::Piece;
use crate::client::files::multipart;
use crate::client::options::Options;
use crate::client::request::defaults::Defaults;
use crate::client::request::operation::Encoding;
use crate::client::request::operation::Host;
use crate::client::request::operation::Operation;
use crate::client::request::param;
use crate::client::request::path::push_segment;
use crate::client::request::prepared::{Body, Parts, Prepared};
use crate::types::metadata::check_name;
use crate::wire;
use crate::wire::{EncodeField, FieldRef, PRIVATE, Record};

/// Encodes a request. All validation happens here, before anything is sent.
pub(crate) fn encode(
    operation: &Operation,
    record: &dyn Record,
    options: &Options,
    defaults: &Defaults<'_>,
) -> Result<Prepared, Error> {
    let mut parts = Parts {
        path: path_of(operation.path, record)?,
        ..Parts::new(operation.method, operation.path, operation.preview, options, defaults)?
    };
    match operation.encoding {
        Encoding::Query => {
            parts.query = wire::form::encode(record, options.expansions(), wire::form::Target::Query)
        }
        Encoding::Form => {
            parts.body =
                Body::Form(wire::form::encode(record, options.expansions(), wire::form::Target::Body).into());
        }
        Encoding::Json => {
            if options.expansions().next().is_some() {
                return Err(Error::invalid_input(
                    "`expand` is not available in version 2 of the API; use `include` where the request has it",
                ));
            }
            let text = wire::json::body(record)
                .map_err(|error| error.to_string())
                .and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()))
                .map_err(|e| {
                    Error::invalid_input(format!("the parameters cannot be encoded as JSON: {e}"))
                })?;
            parts.body = Body::Json(text.into());
        }
        Encoding::Multipart => {
            parts.host = Host::Files;
            let (boundary, mut pieces) = multipart::encode(record, options.expansions())?;
            parts.body = match pieces.as_mut_slice() {
                [Piece::Bytes(bytes)] => Body::Multipart { boundary, bytes: std::mem::take(bytes) },
                _ => Body::Streamed { boundary, pieces },
            };
        }
    }
    param::add(&mut parts, operation.encoding, options.params())?;
    check_names(record)?;
    collect_secrets(record, &mut parts.secrets);
    Ok(Prepared(Box::new(parts)))
}

/// Fills the placeholders of a path from the parameters of the request.
fn path_of(template: &str, record: &dyn Record) -> Result<String, Error> {
    let mut path = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        let Some((name, tail)) = after.split_once('}') else { break };
        match record.get(name).map(EncodeField::view) {
            Some(FieldRef::Str(text) | FieldRef::Text(text)) => push_segment(&mut path, name, text)?,
            Some(FieldRef::Int(number)) => push_segment(&mut path, name, &number.to_string())?,
            _ => {
                return Err(Error::invalid_input(format!(
                    "path parameter `{name}` is missing; set it on the request"
                )));
            }
        }
        rest = tail;
    }
    path.push_str(rest);
    Ok(path)
}

/// Validates the keys of maps, such as metadata, at any depth.
fn check_names(record: &dyn Record) -> Result<(), Error> {
    let mut done = Ok(());
    record.each(|field, value| {
        if done.is_ok() {
            done = check_names_in(field.name, value);
        }
    });
    done
}

fn check_names_in(name: &str, value: &dyn EncodeField) -> Result<(), Error> {
    match value.view() {
        FieldRef::Record(record) => check_names(record),
        FieldRef::List(list) => (0..list.len())
            .filter_map(|index| list.item(index))
            .try_for_each(|item| check_names_in(name, item)),
        FieldRef::Map(map) => map.entries().try_for_each(|(key, value)| {
            let refuse = |problem| Error::invalid_input(format!("a key in `{name}` {problem}"));
            check_name(key).map_err(refuse)?;
            check_names_in(name, value)
        }),
        _ => Ok(()),
    }
}

/// Collects texts to mask in error messages: every secret, and personal data long enough to be distinguished from
/// prose.
fn collect_secrets(record: &dyn Record, into: &mut Vec<String>) {
    record.each(|field, value| collect_value(value, field.has(PRIVATE), into));
}

fn collect_value(value: &dyn EncodeField, hidden: bool, into: &mut Vec<String>) {
    match value.view() {
        FieldRef::Secret(value) => collect_value(value, true, into),
        FieldRef::Str(text) | FieldRef::Text(text) | FieldRef::Decimal(text) if hidden => {
            into.push(text.to_owned())
        }
        FieldRef::Int(number) if hidden => into.push(number.to_string()),
        FieldRef::Record(record) if !hidden => collect_secrets(record, into),
        FieldRef::Record(record) => record.each(|_, value| collect_value(value, true, into)),
        FieldRef::List(list) => {
            (0..list.len())
                .filter_map(|index| list.item(index))
                .for_each(|item| collect_value(item, hidden, into));
        }
        FieldRef::Map(map) => map.entries().for_each(|(_, value)| collect_value(value, hidden, into)),
        _ => {}
    }
}
