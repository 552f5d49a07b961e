//! Transactions of financial accounts and their entries, read-only.

use super::{Resource, entry};
use crate::engine::{ApiError, Json, Peek, set};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

const KIND: &str = "treasury.transaction";
const ENTRY: &str = "treasury.transaction_entry";

pub(crate) static RESOURCE: Resource = Resource {
    name: "treasury_transactions",
    entries: &[
        entry("GetTreasuryTransactions", list, &[]),
        entry("GetTreasuryTransactionsId", retrieve, &[]),
        entry("GetTreasuryTransactionEntries", list_entries, &[]),
        entry("GetTreasuryTransactionEntriesId", |call| retrieve_as(call, ENTRY), &[]),
    ],
    machines: &[],
    rules: &[],
};

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    retrieve_as(call, KIND)
}

fn retrieve_as(call: &mut RequestContext<'_>, kind: &str) -> Result<Json, ApiError> {
    let mut found = call.retrieve(kind)?;
    detail(call, &mut found, "");
    Ok(found)
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let by_posting = call.text("order_by").as_deref() == Some("posted_at");
    let range = call.param("status_transitions.posted_at");
    forget(call, &["order_by", "status_transitions"]);
    let posted = |object: &Json| object.int("status_transitions.posted_at");
    let mut found: Vec<Json> =
        call.all(KIND).filter(|object| within(posted(object), range.as_ref())).cloned().collect();
    if by_posting {
        found.sort_by_key(|object| std::cmp::Reverse(posted(object)));
    }
    finish(call, found)
}

fn list_entries(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let by_effect = call.text("order_by").as_deref() == Some("effective_at");
    forget(call, &["order_by"]);
    let mut found: Vec<Json> = call.all(ENTRY).cloned().collect();
    if by_effect {
        found.sort_by_key(|object| std::cmp::Reverse(object.int("effective_at")));
    }
    finish(call, found)
}

fn finish(call: &mut RequestContext<'_>, found: Vec<Json>) -> Result<Json, ApiError> {
    let mut page = call.page(found)?;
    for object in page.get_mut("data").and_then(Json::as_array_mut).into_iter().flatten() {
        detail(call, object, "data.");
    }
    Ok(page)
}

/// Removes parameters that control the list and are not filters.
fn forget(call: &mut RequestContext<'_>, names: &[&str]) {
    if let Json::Object(params) = &mut call.params {
        for name in names {
            params.remove(*name);
        }
    }
}

/// Whether a time is in a range or equals the requested time; an unset time is not.
fn within(value: i64, range: Option<&Json>) -> bool {
    let Some(range) = range else { return true };
    let bound = |name: &str| range.at(name).and_then(Json::as_i64);
    value > 0
        && range.as_i64().is_none_or(|exact| exact == value)
        && bound("gt").is_none_or(|bound| value > bound)
        && bound("gte").is_none_or(|bound| value >= bound)
        && bound("lt").is_none_or(|bound| value < bound)
        && bound("lte").is_none_or(|bound| value <= bound)
}

/// Adds members that are shown only when expanded: the entries of a transaction, and its flow.
fn detail(call: &RequestContext<'_>, object: &mut Json, prefix: &str) {
    let wants = |name: &str| call.expands(&format!("{prefix}{name}"));
    if object.text("object") == KIND && wants("entries") {
        let entries = entries_of(call, object.text("id"));
        set(object, "entries", entries);
    }
    if wants("flow_details") {
        let kind = object.text("flow_type").to_owned();
        let mut details = json!({ "type": kind });
        if let Some(flow) = call.peek(object.text("flow")) {
            set(&mut details, &kind, flow.clone());
        }
        set(object, "flow_details", details);
    }
}

fn entries_of(context: &AccountContext<'_>, id: &str) -> Json {
    let data: Vec<_> = context.all(ENTRY).filter(|entry| entry.id_at("transaction") == id).cloned().collect();
    json!({ "object": "list", "data": data, "has_more": false, "url": "/v1/treasury/transaction_entries" })
}
