//! Reports of small runs, compared with stored files.

use crate::support::{get, post};
use std::path::Path;
use std::time::Duration;
use stripe_platform::Currency;
use stripe_sandbox::{BalanceKind, Peek, Sandbox};

/// Two consecutive top-ups that settle after days, a failed request, an emitted event.
fn run() -> Sandbox {
    let sandbox = Sandbox::new(7);
    post(&sandbox, "", "/v1/webhook_endpoints", "url=https://example.com/&enabled_events[]=topup.succeeded");
    let form = "amount=50000&currency=usd&source=btok_us_verified&description=<b>first</b>";
    post(&sandbox, "", "/v1/topups", form);
    post(&sandbox, "", "/v1/topups", "amount=700&currency=usd&source=btok_us_verified");
    sandbox.advance(Duration::from_secs(10 * 86_400));
    sandbox.webhooks().take();
    let account = "acct_other".to_owned();
    sandbox.connect_as(&account);
    get(&sandbox, &account, "/v1/topups/<script>alert(1)</script>");
    let refused = post(&sandbox, &account, "/v1/topups", "amount=-1&currency=usd").json();
    assert_eq!(refused.text("error.param"), "amount");
    post(&sandbox, &account, "/v1/topups", "amount=12345&currency=usd");
    sandbox
}

/// Compares with a stored file, or updates it.
fn same_as(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("SANDBOX_PICTURES").is_some_and(|wish| wish == "write") {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    let differs = text.lines().zip(kept.lines()).find(|(text, kept)| text != kept);
    assert!(text == kept, "{name} differs (update it with SANDBOX_PICTURES=write): {differs:?}");
}

#[test]
fn html_report_matches_the_stored_one() {
    let page = run().report().html();
    same_as("sandbox_report.html", &page);
    assert!(!page.contains("<script"), "input must not become markup");
    for elsewhere in ["src=", "url(", "@import", "href=\"h", "href=\"/"] {
        assert!(!page.contains(elsewhere), "the page must not load anything: {elsewhere}");
    }
}

#[test]
fn markdown_report_matches_the_stored_one() {
    let text = run().report().markdown();
    same_as("sandbox_report.md", &text);
    assert_eq!(text.matches("```").count(), 2);
}

/// A request is directly before its events, and a move of the clock before the events at the new time.
#[test]
fn timeline_is_in_causal_order() {
    let text = run().report().markdown();
    let (_, timeline) = text.split_once("## Timeline").unwrap();
    let place = |told: &str, nth: usize| {
        timeline.match_indices(told).nth(nth).unwrap_or_else(|| panic!("no {told}: {timeline}")).0
    };
    let call = |nth| place("POST /v1/topups: 200", nth);
    let made = |nth| place("topup.created", nth);
    assert!(call(0) < made(0) && made(0) < call(1) && call(1) < made(1), "{timeline}");
    let moved = |nth| place("the clock was moved by 5 days", nth);
    assert!(made(1) < moved(0) && moved(0) < place("topup.succeeded", 0), "{timeline}");
    assert!(place("topup.succeeded", 1) < moved(1), "{timeline}");
}

#[test]
fn empty_report_is_complete_and_files_are_written() {
    let sandbox = Sandbox::new(1);
    assert!(sandbox.report().html().ends_with("</html>\n"));
    assert!(sandbox.report().markdown().contains("No money moved."));
    let folder = std::env::temp_dir().join(format!("sandbox-report-{}", std::process::id()));
    let page = sandbox.report().write(&folder, "run").unwrap();
    assert_eq!(std::fs::read_to_string(&page).unwrap(), sandbox.report().html());
    assert_eq!(std::fs::read_to_string(folder.join("run.md")).unwrap(), sandbox.report().markdown());
    std::fs::remove_dir_all(folder).unwrap();
}

/// Events seen only by the client or only by the sandbox are reported: faults, repeated replies, declined purchases,
/// funding.
#[test]
fn timeline_shows_faults_replays_declines_and_funding() {
    let sandbox = Sandbox::new(8);
    let account = sandbox.connect();
    account.fund(BalanceKind::Issuing, 500, Currency::USD).unwrap();
    let form = "amount=500&currency=usd&source=btok_us_verified";
    sandbox.faults().on("PostTopups").reset_after_commit();
    sandbox.faults().on("PostTopups").reset();
    sandbox.faults().on("GetTopups").truncate(3);
    sandbox.faults().on("GetTopups").status(503);
    sandbox.faults().on("GetBalance").delay_before(Duration::from_secs(1));
    for _ in 0..3 {
        crate::support::post_once(&sandbox, "", "/v1/topups", form, "once");
    }
    get(&sandbox, "", "/v1/topups");
    get(&sandbox, "", "/v1/topups");
    get(&sandbox, "", "/v1/balance");
    let card = account.issue_card(Currency::USD).unwrap();
    card.authorize(501).at("Boats and More").unwrap();
    for report in [sandbox.report().markdown(), sandbox.report().html()] {
        for told in [
            "connection reset, after processing",
            "connection reset, before processing",
            "200, repeated by its idempotency key",
            "200 truncated, after processing",
            "200, after a planned delay",
            "503 as planned, before processing",
            "funds into issuing",
            "5.01 USD at Boats and More, declined: insufficient_funds",
        ] {
            assert!(report.contains(told), "{told}: {report}");
        }
    }
    assert!(sandbox.report().markdown().contains("S--xC: connection reset"));
}

/// The lowest and the highest balance consider every posting, also while the clock does not move.
#[test]
fn extremes_follow_every_posting() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect();
    let card = account.issue_card(Currency::USD).unwrap();
    account.fund(BalanceKind::Issuing, 10_000, Currency::USD).unwrap();
    let form = format!("card={}&amount=15000", card.id());
    let forced =
        post(&sandbox, account.id(), "/v1/test_helpers/issuing/transactions/create_force_capture", &form);
    assert_eq!(forced.status, 200, "{}", forced.json());
    account.fund(BalanceKind::Issuing, 10_000, Currency::USD).unwrap();
    let text = sandbox.report().markdown();
    assert!(text.contains("| issuing | -50.00 USD | 100.00 USD | 50.00 USD |"), "{text}");
    let page = sandbox.report().html();
    assert!(page.contains("-50.00 USD") && page.contains("all at the same time"), "{page}");
}

/// Failed requests have their code, events link to their request, and hosted pages are not failures.
#[test]
fn requests_have_codes_and_anchors() {
    let sandbox = Sandbox::new(1);
    post(&sandbox, "", "/v1/topups", "amount=500&currency=usd&source=btok_us_verified");
    get(&sandbox, "", "/v1/topups/tu_missing");
    get(&sandbox, "", "/setup/nothing");
    let page = sandbox.report().html();
    let call = page.split("id=\"call-").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert!(page.contains(&format!("href=\"#call-{call}\"")), "{page}");
    assert!(page.contains("resource_missing"), "{page}");
    let (_, row) = page.split_once("GET /setup/nothing").unwrap();
    assert!(row.split("</li>").next().unwrap().contains("badge good"), "{row}");
    assert!(sandbox.report().markdown().contains("GET /v1/topups/tu_missing: 404 (resource_missing)"));
}

#[test]
fn accounts_are_named() {
    let sandbox = Sandbox::new(1);
    let form = "type=custom&country=US&business_profile[name]=Rosen+Books";
    let made = post(&sandbox, "", "/v1/accounts", form).json();
    sandbox.fund(made.text("id"), BalanceKind::Available, Currency::USD, 5).unwrap();
    let named = format!("Rosen Books `{}`", made.text("id"));
    assert!(sandbox.report().markdown().contains(&named));
    assert!(sandbox.report().html().contains("Rosen Books"));
}
