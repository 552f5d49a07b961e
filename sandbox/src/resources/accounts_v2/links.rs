//! Account links of API v2; the pages behind them are those of links of API v1.

use super::errors::refuse;
use super::{errors, memory};
use crate::engine::{ApiError, Json, Peek, date_time, set};
use crate::resources::accounts::{internal, links, profile};
use crate::resources::events::v2::now;
use crate::state::RequestContext;
use serde_json::json;

/// The default of what a link collects.
const FIELDS: &str = "eventually_due";
const FUTURE: &str = "omit";

pub(super) fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let account = call.text("account").unwrap_or_default();
    call.get("account", &account, "account")?;
    let kind = call.text("use_case.type").unwrap_or_default();
    let place = format!("use_case.{kind}");
    let mut terms = call.param(&place).ok_or_else(|| {
        let param = format!("use_case[{kind}]");
        refuse("parameter_missing", format!("Missing required param: {param}.")).param(param)
    })?;
    for name in ["refresh_url", "return_url"] {
        let url = terms.text(name).to_owned();
        if !url.is_empty() {
            links::returnable(call, &url, &format!("use_case[{kind}][{name}]"))
                .map_err(|refusal| errors::of_v1(refusal, ""))?;
        }
    }
    let mut books = call.of_account(&account);
    let known = memory::of_account(&mut books);
    let configurations = memory::applied(&books, &known);
    let found = internal::account(&books).unwrap_or_default();
    if kind == "account_update" && !profile::collects(&found) {
        let message = "Links to update an account are for accounts whose platform collects the requirements.";
        return Err(refuse("account_controller_unsupported_configuration", message).param("use_case[type]"));
    }
    let mut options = terms.at("collection_options").cloned().unwrap_or_else(|| json!({}));
    for (name, default) in [("fields", FIELDS), ("future_requirements", FUTURE)] {
        if options.at(name).is_none() {
            set(&mut options, name, default);
        }
    }
    let eventually = options.text("fields") == FIELDS;
    set(&mut terms, "collection_options", options);
    let mut use_case = json!({ "type": kind });
    let (refresh, back) = (terms.text("refresh_url").to_owned(), terms.text("return_url").to_owned());
    set(&mut use_case, &kind, terms);
    let (url, expires_at) = links::issue(
        call,
        json!({
            "account": account, "refresh_url": refresh, "return_url": if back.is_empty() { &refresh } else { &back },
            "eventually": eventually, "type": kind, links::USE_CASE: use_case, "configurations": configurations,
        }),
    )?;
    let created = now(call);
    let link = json!({ "account": account, "created": created, "expires_at": date_time(expires_at), "url": url,
        "use_case": use_case });
    call.build("v2.core.account_link", "", link)
}
