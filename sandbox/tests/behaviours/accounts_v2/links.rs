//! Account links.

use super::{ACCOUNTS, done, individual, refused, whole};
use crate::support::{get, request};
use http::Method;
use serde_json::json;
use stripe_sandbox::{Json, Peek, Sandbox};

const LINKS: &str = "/v2/core/account_links";

fn express(sandbox: &Sandbox) -> String {
    let mut body = individual();
    body["dashboard"] = json!("express");
    body["identity"] = json!({ "country": "US", "entity_type": "individual" });
    done(sandbox, ACCOUNTS, &body).text("id").to_owned()
}

fn onboarding(account: &str) -> Json {
    json!({ "account": account, "use_case": { "type": "account_onboarding", "account_onboarding": {
        "refresh_url": "https://example.com/again", "return_url": "https://example.com/back",
        "collection_options": { "fields": "currently_due" } } } })
}

fn path(url: &str) -> String {
    url.trim_start_matches("http://sandbox.localhost").to_owned()
}

#[test]
fn link_page_onboards_and_reports_the_return() {
    let sandbox = Sandbox::new(1);
    let account = express(&sandbox);
    let link = done(&sandbox, LINKS, &onboarding(&account));
    assert_eq!((link.text("object"), link.text("account")), ("v2.core.account_link", account.as_str()));
    assert_eq!(link.text("expires_at"), "2026-01-05T09:05:00.000Z");
    assert_eq!(link.text("use_case.account_onboarding.collection_options.future_requirements"), "omit");
    let page = path(link.text("url"));
    let opened = sandbox.handle(&request(Method::GET, &page, "", "", &[]));
    assert_eq!(opened.status, 200);
    let done = sandbox.handle(&request(Method::POST, &format!("{page}/complete"), "", "", &[]));
    assert_eq!((done.status, done.header("location")), (303, Some("https://example.com/back")));
    sandbox.advance(std::time::Duration::from_secs(120));
    let now = whole(&sandbox, &account);
    assert_eq!(super::status(&now, "recipient.capabilities.stripe_balance.stripe_transfers"), "active");
    let events = get(&sandbox, "", "/v2/core/events?types[0]=v2.core.account_link.returned").json();
    let [event] = events.items("data") else { panic!("{events}") };
    assert_eq!(event["data"]["account_id"], json!(account));
    assert_eq!(event["data"]["configurations"], json!(["merchant", "recipient"]));
    assert_eq!(event.text("data.use_case.type"), "account_onboarding");
    let again = sandbox.handle(&request(Method::GET, &page, "", "", &[]));
    assert_eq!((again.status, again.header("location")), (303, Some("https://example.com/again")));
}

#[test]
fn update_link_requires_a_platform_that_collects_requirements() {
    let sandbox = Sandbox::new(1);
    let update = |account: &str| {
        json!({ "account": account, "use_case": { "type": "account_update",
        "account_update": { "refresh_url": "https://example.com/again" } } })
    };
    let own = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    let link = done(&sandbox, LINKS, &update(&own));
    let page = path(link.text("url"));
    assert_eq!(sandbox.handle(&request(Method::GET, &page, "", "", &[])).status, 200);
    let left = sandbox.handle(&request(Method::POST, &format!("{page}/leave"), "", "", &[]));
    assert_eq!(left.header("location"), Some("https://example.com/again"), "there is no other address");
    let hosted = express(&sandbox);
    assert_eq!(refused(&sandbox, LINKS, &update(&hosted)).1, "use_case[type]");
    let mut wrong = onboarding(&own);
    wrong["use_case"]["account_onboarding"]["refresh_url"] = json!("nowhere");
    assert_eq!(refused(&sandbox, LINKS, &wrong).0, "url_invalid");
    let lacking = json!({ "account": own, "use_case": { "type": "account_onboarding" } });
    assert_eq!(refused(&sandbox, LINKS, &lacking).1, "use_case[account_onboarding]");
    assert_eq!(refused(&sandbox, LINKS, &onboarding("acct_none")).0, "not_found");
}
