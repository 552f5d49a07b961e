//! Running work for many accounts.

use std::collections::BTreeSet;
use std::time::Duration;
use stripe_platform::{Error, Id, Method, account::Account};
use test_support::script::{Script, json, ok, refused};

#[tokio::test(start_paused = true)]
async fn concurrency_is_limited_and_results_arrive_in_completion_order() {
    let script = Script::answering(|seen| {
        // Later accounts complete sooner.
        let number: u64 = seen.header("stripe-account").unwrap().trim_start_matches("acct_").parse().unwrap();
        ok().after(30 - number)
    });
    let client = script.client();
    let ids = (0..20).map(|number| format!("acct_{number}"));
    let mut results = client
        .on_accounts(ids, 4, |on| async move { on.raw(Method::Get, "/v1/balance").send().await.is_ok() });
    let mut order = Vec::new();
    while let Some(result) = results.next().await {
        let (id, fine) = result.unwrap();
        assert!(fine);
        order.push(id.to_string());
    }
    assert_eq!(script.most(), 4);
    assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 20);
    assert_eq!(order[0], "acct_3");
}

#[tokio::test(start_paused = true)]
async fn error_of_the_source_comes_last() {
    let script = Script::answering(|seen| match seen.url.path() {
        "/v1/accounts" => refused(403, "account_invalid").after(1),
        _ => json(200, "{}").after(5),
    });
    let client = script.client();
    let source = stripe_platform::account::List::new().items(&client);
    let mut results = client.on_each_account(source, 4, |on| async move { on.account_id().cloned() });
    assert!(matches!(results.next().await, Some(Err(Error::Permission(_)))));
    assert!(results.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_cancels_the_work() {
    let script = Script::answering(|_| ok().after(1000));
    let client = script.client();
    let ids: Vec<Id<Account>> = (0..9).map(|number| format!("acct_{number}").into()).collect();
    let mut results =
        client.on_accounts(ids, 3, |on| on.raw(Method::Get, "/v1/balance").send().into_future());
    assert!(tokio::time::timeout(Duration::from_secs(1), results.next()).await.is_err());
    assert_eq!(script.running(), 3);
    drop(results);
    tokio::task::yield_now().await;
    assert_eq!(script.running(), 0);
}
