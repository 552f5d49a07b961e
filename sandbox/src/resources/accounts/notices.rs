//! Account notices, which a platform must forward to account holders, and its confirmations.

use crate::engine::{ApiError, Json, Peek, changed, set};
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{AccountContext, Change, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
    name: "account_notices",
    entries: &[
        entry("GetAccountNotices", list, &[]),
        entry("GetAccountNoticesAccountNotice", |call| call.retrieve("account_notice"), &[]),
        entry("PostAccountNoticesAccountNotice", update, &["account_notice.updated"]),
    ],
    machines: &[],
    rules: &[],
};

/// Creates a notice for the account, which the platform must forward.
pub(crate) fn issue(books: &mut AccountContext<'_>, reason: &str, linked: Json) -> Result<String, ApiError> {
    spec::listed("account_notice", "reason", reason, "reason")?;
    let notice = json!({ "reason": reason, "linked_objects": linked, "metadata": {} });
    let notice = books.create("account_notice", "acctn", notice)?;
    books.emit("account_notice.created", &notice)?;
    Ok(notice.text("id").to_owned())
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let sent = call.params.get("sent").and_then(Json::as_bool);
    call.list_where("account_notice", |notice| sent.is_none_or(|sent| sent == notice.at("sent_at").is_some()))
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let notice = call.retrieve("account_notice")?;
    if call.int("sent_at").is_some_and(|at| at > call.state.latest_now()) {
        return Err(ApiError::invalid("Invalid sent_at: must not be in the future.").param("sent_at"));
    }
    if notice.at("sent_at").is_some() {
        return Err(
            ApiError::invalid("Invalid sent_at: the notice was already reported as sent.").param("sent_at")
        );
    }
    let email = call.param("email").unwrap_or_default();
    call.update("account_notice", &["sent_at"])?;
    let object = call.change(notice.text("id"), |notice| set(notice, "email", email))?.object;
    let change = Change { previous: changed(&notice, &object), object };
    call.emit_change("account_notice.updated", &change)?;
    Ok(change.object)
}
