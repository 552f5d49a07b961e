//! Pagination of lists.

use futures_core::Stream;
use serde_json::Value as Json;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use stripe_platform::{Error, List, Method, Options, Outcome, Page, account, topup, v2};
use test_support::script::{Script, Step, json, ok, refused};

/// A topup of a list, and whether `ids` has more.
pub fn topups(ids: &[&str], more: bool) -> Step {
    let data: Vec<Json> = ids.iter().map(|id| sample(id)).collect();
    json(
        200,
        serde_json::json!({ "object": "list", "url": "/v1/topups", "has_more": more, "data": data })
            .to_string(),
    )
}

fn sample(id: &str) -> Json {
    serde_json::json!({
        "id": id, "object": "topup", "amount": 1, "balance_transaction": null, "created": 1, "currency": "usd",
        "description": null, "expected_availability_date": null, "failure_code": null, "failure_message": null,
        "livemode": false, "metadata": {}, "source": null, "statement_descriptor": null, "status": "pending",
        "transfer_group": null,
    })
}

fn queries(script: &Script) -> Vec<String> {
    script.seen().iter().map(|seen| seen.url.query().unwrap_or_default().to_owned()).collect()
}

async fn ids(mut items: stripe_platform::Items<topup::Topup>) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(item) = items.next().await {
        ids.push(item.unwrap().id.to_string());
    }
    assert!(items.next().await.is_none(), "the end stays the end");
    ids
}

#[tokio::test(start_paused = true)]
async fn forward_pagination_keeps_all_options() {
    let script =
        Script::new([topups(&["tu_4", "tu_3"], true), topups(&["tu_2"], true), topups(&["tu_1"], false)]);
    let client = script.client().for_account("acct_1");
    let request = topup::List::new().limit(2).status("pending").with_options(
        Options::new().expand("data.source").header("x-trace", "a").stripe_version("2026-02-02.x"),
    );
    assert_eq!(ids(request.items(&client)).await, ["tu_4", "tu_3", "tu_2", "tu_1"]);
    let rest = "limit=2&status=pending&expand%5B0%5D=data.source";
    assert_eq!(
        queries(&script),
        [rest.to_owned(), format!("{rest}&starting_after=tu_3"), format!("{rest}&starting_after=tu_2")]
    );
    for seen in script.seen() {
        assert_eq!(seen.header("stripe-account"), Some("acct_1"));
        assert_eq!(seen.header("x-trace"), Some("a"));
        assert_eq!(seen.header("stripe-version"), Some("2026-02-02.x"));
        assert_eq!(seen.header("idempotency-key"), None);
    }
}

#[tokio::test(start_paused = true)]
async fn backward_pagination_reaches_newer_items() {
    // Pages list newest items first, in both directions.
    let script = Script::new([topups(&["tu_3", "tu_2"], true), topups(&["tu_5", "tu_4"], false)]);
    let request = topup::List::new().ending_before("tu_1");
    assert_eq!(ids(request.items(&script.client())).await, ["tu_2", "tu_3", "tu_4", "tu_5"]);
    assert_eq!(queries(&script), ["ending_before=tu_1", "ending_before=tu_3"]);

    let script = Script::new([topups(&["tu_1"], false)]);
    let request = topup::List::new().starting_after("tu_2");
    assert_eq!(ids(request.items(&script.client())).await, ["tu_1"]);
    assert_eq!(queries(&script), ["starting_after=tu_2"]);
}

#[tokio::test(start_paused = true)]
async fn one_page_is_prefetched() {
    let steps =
        (0..5).map(|page| topups(&[&format!("tu_{page}a"), &format!("tu_{page}b")], page < 4).after(10));
    let script = Script::new(steps);
    let client = script.client();
    let mut items = topup::List::new().items(&client);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(script.attempts(), 0, "nothing is requested before the first item");
    items.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!((script.attempts(), script.running()), (2, 0), "one page is prefetched without being awaited");
    let started = tokio::time::Instant::now();
    items.next().await.unwrap().unwrap();
    items.next().await.unwrap().unwrap();
    assert_eq!(started.elapsed(), Duration::ZERO);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(script.attempts(), 3);
    items.next().await.unwrap().unwrap();
    items.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(script.running(), 1);
    drop(items);
    tokio::task::yield_now().await;
    assert_eq!(script.running(), 0, "unwanted requests are cancelled");
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn prefetched_page_does_not_block_other_calls() {
    let script = Script::answering(|seen| match seen.url.query() {
        None => topups(&["tu_2"], true),
        Some("starting_after=tu_2") => topups(&["tu_1"], false).after(1),
        _ => ok(),
    });
    let client = script.builder().limits(stripe_platform::RateLimits::new().in_flight(1)).build().unwrap();
    let mut items = topup::List::new().items(&client);
    while let Some(item) = items.next().await {
        item.unwrap();
        // Would hang if the prefetched page held the only slot without progress.
        client.raw(Method::Get, "/v1/balance").param("x", 1).send().await.unwrap();
    }
    assert_eq!(script.attempts(), 4);
}

#[tokio::test(start_paused = true)]
async fn error_is_returned_once_and_ends_the_iteration() {
    let script = Script::new([topups(&["tu_2"], true), refused(400, "x"), topups(&["tu_1"], false)]);
    let mut items = topup::List::new().items(&script.client());
    assert!(items.next().await.unwrap().is_ok());
    assert_eq!(items.next().await.unwrap().unwrap_err().code(), Some("x"));
    assert!(items.next().await.is_none());
    assert!(items.next().await.is_none());
    assert_eq!(script.attempts(), 2);

    let script = Script::new([topups(&["tu_1"], false)]);
    let bad = topup::List::new().with_options(Options::new().context("a").account("b"));
    let mut items = bad.items(&script.client());
    assert!(matches!(items.next().await, Some(Err(Error::InvalidInput(_)))));
    assert!(items.next().await.is_none());
    assert_eq!(script.attempts(), 0);
}

#[tokio::test(start_paused = true)]
async fn endless_lists_are_errors() {
    // The last item repeatedly.
    let script = Script::answering(|_| topups(&["tu_1"], true));
    let mut items = topup::List::new().items(&script.client());
    items.next().await.unwrap().unwrap();
    items.next().await.unwrap().unwrap();
    assert!(matches!(items.next().await, Some(Err(Error::Decode(_)))));
    assert!(items.next().await.is_none());
    assert_eq!(script.attempts(), 2);

    // More items, but no id to continue from.
    let script = Script::answering(|_| topups(&[], true));
    assert!(ids(topup::List::new().items(&script.client())).await.is_empty());
    assert_eq!(script.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn pages_are_returned_as_sent() {
    let script = Script::new([topups(&["tu_3", "tu_2"], true), topups(&["tu_1"], false)]);
    let mut pages = topup::List::new().pages(&script.client());
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!((first.data.len(), first.has_more), (2, true));
    assert_eq!(pages.next().await.unwrap().unwrap().data.len(), 1);
    assert!(pages.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn nested_list_is_paginated() {
    let list = |ids: &[&str], more| -> List<stripe_platform::Json> {
        let data: Vec<_> = ids.iter().map(|id| serde_json::json!({ "id": id })).collect();
        let url = "/v1/accounts/acct_1/external_accounts";
        serde_json::from_value(serde_json::json!({ "data": data, "has_more": more, "url": url })).unwrap()
    };
    let page = serde_json::json!({
        "data": [{ "id": "ba_3" }], "has_more": false, "url": "/v1/accounts/acct_1/external_accounts",
    });
    let script = Script::new([json(200, page.to_string())]);
    let all = list(&["ba_1", "ba_2"], true).into_items_with(&script.client()).all().await.unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(script.seen()[0].url.path(), "/v1/accounts/acct_1/external_accounts");
    assert_eq!(queries(&script), ["starting_after=ba_2"]);
    assert_eq!(list(&["ba_1"], false).into_items_with(&script.client()).all().await.unwrap().len(), 1);

    let mut evil = list(&["ba_1"], true);
    evil.url = "https://evil.example/v1/accounts".to_owned();
    assert!(evil.into_items_with(&script.client()).all().await.is_err());
    assert_eq!(script.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn external_accounts_of_an_account_are_paginated() {
    let mut account: Json =
        serde_json::from_str(include_str!("../../../src/wire/text/data/account.json")).unwrap();
    let mut page = account["external_accounts"].clone();
    let first = account["external_accounts"]["data"][0]["id"].as_str().unwrap().to_owned();
    account["external_accounts"]["has_more"] = true.into();
    (page["has_more"], page["data"][0]["id"]) = (false.into(), "ba_last".into());
    let on = "/v1/accounts/acct_1/external_accounts";
    account["external_accounts"]["url"] = on.into();
    let script = Script::new([json(200, account.to_string()), json(200, page.to_string())]);
    let client = script.client();
    let account = account::Retrieve::new("acct_1").send(&client).await.unwrap();
    // Options for the following pages: the object does not know the options of its request.
    let options = Options::new().stripe_version("2026-02-02.x").header("x-trace", "a").expand("data.account");
    let list = account.external_accounts.unwrap();
    let (here, items) = (list.data.len(), list.into_items_with_options(&client, &options));
    let all = items.all().await.unwrap();
    assert_eq!(all.len(), here * 2);
    let seen = &script.seen()[1];
    assert_eq!((seen.url.path(), seen.header("stripe-version")), (on, Some("2026-02-02.x")));
    assert_eq!(seen.header("x-trace"), Some("a"));
    let query: Vec<_> = seen.url.query_pairs().into_owned().collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(query, [pair("expand[0]", "data.account"), pair("starting_after", &first)]);
}

#[tokio::test(start_paused = true)]
async fn items_and_pages_are_streams() {
    /// Consumes a stream through its trait only.
    async fn count<T>(mut stream: impl Stream<Item = Result<T, Error>> + Unpin) -> Vec<bool> {
        let mut seen = Vec::new();
        while let Some(item) = std::future::poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await
        {
            seen.push(item.is_ok());
        }
        seen
    }
    let steps = || [topups(&["tu_3", "tu_2"], true), topups(&["tu_1"], true), refused(400, "x")];
    let client = Script::new(steps()).client();
    assert_eq!(count(topup::List::new().items(&client)).await, [true, true, true, false]);
    let client = Script::new(steps()).client();
    assert_eq!(count(topup::List::new().pages(&client)).await, [true, true, false]);
}

/// Pages of version 2, each with a link.
fn linked(pages: Vec<(usize, Option<&str>)>) -> Arc<Script> {
    Script::new(pages.into_iter().map(|(count, next)| {
        let data = vec![serde_json::json!({ "id": "x" }); count];
        json(
            200,
            serde_json::json!({ "data": data, "next_page_url": next, "previous_page_url": null }).to_string(),
        )
    }))
}

async fn walk(script: &Arc<Script>) -> Result<usize, Error> {
    let mut request = v2::core::account::List::new();
    request = request.limit(2);
    let mut pages = request.with_options(Options::new().context("acct_1")).pages(&script.client());
    let mut count = 0;
    while let Some(page) = pages.next().await {
        let page: Page<_> = page?;
        count += page.data.len();
    }
    Ok(count)
}

#[tokio::test(start_paused = true)]
async fn version_2_follows_links_verbatim() {
    let next = "/v2/core/accounts?limit=2&page=abc%3D%3D&x=%5B";
    // An empty page with a link is not the end.
    let script = linked(vec![(0, Some(next)), (0, Some("/v2/core/accounts?page=2")), (0, None)]);
    assert_eq!(walk(&script).await.unwrap(), 0);
    let seen = script.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[1].url.as_str(), format!("https://api.stripe.com{next}"));
    assert!(seen.iter().all(|seen| seen.header("stripe-context") == Some("acct_1")));
}

#[tokio::test(start_paused = true)]
async fn version_2_rejects_links_to_other_hosts() {
    for link in [
        "https://evil.example/v2/core/accounts",
        "https://api.stripe.com/v2/core/accounts?page=2",
        "//evil.example/v2",
        "/\\evil.example/v2",
        "v2/core/accounts",
        "/v2/../v1",
        "@evil.example",
        "",
    ] {
        let script = linked(vec![(0, Some(link)), (0, None)]);
        let error = walk(&script).await.unwrap_err();
        assert_eq!(script.attempts(), 1, "{link}");
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(!error.to_string().contains("evil"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn version_2_goes_backwards_by_previous_links() {
    let page = |previous: Option<&str>| {
        let next = "/v2/core/accounts?page=never";
        let page = serde_json::json!({ "data": [], "next_page_url": next, "previous_page_url": previous });
        json(200, page.to_string())
    };
    let script = Script::new([
        page(Some("/v2/core/accounts?page=2")),
        page(Some("/v2/core/accounts?page=1")),
        page(None),
    ]);
    let request = v2::core::account::List::new().limit(2);
    assert!(request.items(&script.client()).backwards().all().await.unwrap().is_empty());
    assert_eq!(queries(&script), ["limit=2", "page=2", "page=1"]);
    let script = Script::new([page(Some("/v2/core/accounts?page=1")), page(None)]);
    let mut pages = request.pages(&script.client()).backwards();
    while let Some(page) = pages.next().await {
        page.unwrap();
    }
    assert_eq!(queries(&script), ["limit=2", "page=1"]);
}
