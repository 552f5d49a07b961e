//! The fixtures built from steps.

use serde_json::json;

use crate::case::{made, reply, step};

const TOP_UP: &str = "
  - name: top_up
    operation: PostTopups
    key: '{{order}}/top-up'
    params: { amount: 500, currency: usd, description: 'for {{order}}', metadata: { a: b } }
    save: top_up
    reply: { status: pending }
";

#[test]
fn step_has_request_and_whole_reply() {
    let files = made(TOP_UP);
    assert_eq!(
        files["flow.toml"],
        "name = \"case\"\nguide = \"A page: a section\"\nnotes = \"What to know.\"\n\n[bind]\naccount = \"acct_1Case\"\norder = \"order-7\"\n"
    );
    let step = step(TOP_UP, "01_top_up.json");
    let expected = json!({
        "method": "POST", "path": "/v1/topups",
        "headers": { "Stripe-Account": "{{account}}", "Idempotency-Key": "{{order}}/top-up" },
        "params": { "amount": 500, "currency": "usd", "description": "for {{order}}", "metadata": { "a": "b" } },
    });
    assert_eq!((&step["operation"], &step["request"]), (&json!("PostTopups"), &expected));
    let mut body = step["response"]["body"].clone();
    let id = body["id"].take();
    assert!(id.as_str().is_some_and(|id| id.starts_with("tu_1T")), "{id}");
    let expected = json!({
        "id": null, "object": "topup", "amount": 500, "created": 1_794_475_800, "currency": "usd", "livemode": false,
        "description": "for {{order}}", "metadata": { "a": "b" }, "source": null, "status": "pending",
    });
    assert_eq!(body, expected);
    assert_eq!(made(TOP_UP), files, "the same on every run");
}

#[test]
fn head_allows_untyped_members_on_request() {
    let allowed =
        |more: &str| made(&format!("{TOP_UP}{more}"))["flow.toml"].contains("allow_unknown_members = true\n");
    assert!(allowed("allow_unknown_members: true\n"));
    assert!(!allowed("allow_unknown_members: false\n") && !allowed(""));
}

/// The top-up, followed by another step.
fn after(step: &str) -> String {
    format!("{TOP_UP}\n  - name: later\n{step}")
}

#[test]
fn saved_reply_is_changed_by_request_and_authored_members() {
    let flow = after(
        "    operation: PostTopupsTopup
    wait: 5d
    in_path: { topup: $top_up.id }
    params: { description: '', metadata: { a: '', c: d } }
    reply: { $from: top_up, status: succeeded, source: $omit }
",
    );
    let first = step(&flow, "01_top_up.json")["response"]["body"].clone();
    let mut expected = first.clone();
    expected["description"] = json!(null);
    expected["metadata"] = json!({ "c": "d" });
    expected["status"] = json!("succeeded");
    expected.as_object_mut().unwrap().remove("source");
    let second = step(&flow, "02_later.json");
    assert_eq!(second["response"]["body"], expected);
    let path = format!("/v1/topups/{}", first["id"].as_str().unwrap());
    assert_eq!(second["request"]["path"], path);
}

#[test]
fn reply_has_the_id_of_the_path() {
    let body = reply(
        "  - { name: read, operation: GetTopupsTopup, in_path: { topup: tu_of_a_user }, reply: { amount: 1, currency: usd, status: pending } }\n",
    );
    assert_eq!(body["id"], "tu_of_a_user");
}

#[test]
fn lists_have_envelope_and_whole_items() {
    let flow = after(
        "    operation: GetTopups\n    params: { limit: 3 }\n    reply: { data: [$top_up, { $from: top_up, id: tu_2 }] }\n",
    );
    let body = step(&flow, "02_later.json")["response"]["body"].clone();
    assert_eq!(
        (&body["object"], &body["url"], &body["has_more"]),
        (&json!("list"), &json!("/v1/topups"), &json!(false))
    );
    assert_eq!((&body["data"][0]["amount"], &body["data"][1]["id"]), (&json!(500), &json!("tu_2")));
    assert_eq!(step(&flow, "02_later.json")["request"]["params"], json!({ "limit": 3 }));
}

#[test]
fn ambiguous_object_needs_a_type() {
    let with = |source: &str| reply(&TOP_UP.replace("pending }", &format!("pending, source: {source} }}")));
    let body = with("{ object: card, brand: Visa }");
    assert!(body["source"]["id"].as_str().is_some_and(|id| id.starts_with("card_1T")), "{body}");
    assert_eq!(with("card_1")["source"], "card_1");
    let sent = TOP_UP.replace("amount: 500,", "amount: 500, source: src_1,");
    assert_eq!(reply(&sent)["source"], "src_1");
}

#[test]
fn reply_repeats_parameters_that_fit() {
    // `open` is not a valid status; the structure fits.
    let sent = TOP_UP.replace("amount: 500,", "amount: 500, status: open, timing: { days: 2 },");
    let body = reply(&sent);
    assert_eq!((&body["status"], &body["timing"]), (&json!("pending"), &json!({ "days": 2 })));
}

#[test]
fn moves_change_funds_and_balances() {
    let read = "reply: { available: [{ amount: $funds.account.issuing.usd, currency: usd }] }";
    let flow = format!(
        "  - {{ name: before, operation: GetBalance, {read} }}
  - name: top_up
    operation: PostTopups
    params: {{ amount: 500, currency: usd }}
    moves: [{{ owner: account, balance: issuing, currency: usd, amount: $top_up.amount }}]
    save: top_up
    reply: {{ status: succeeded }}
  - {{ name: funded, operation: GetBalance, {read} }}
  - name: back
    operation: PostTopups
    params: {{ amount: 300, currency: usd }}
    moves: [{{ owner: account, balance: issuing, currency: usd, amount: -$params.amount }}]
    reply: {{ status: succeeded }}
  - {{ name: left, operation: GetBalance, {read} }}
"
    );
    let amounts = ["01_before.json", "03_funded.json", "05_left.json"]
        .map(|file| step(&flow, file)["response"]["body"]["available"][0]["amount"].clone());
    assert_eq!(amounts, [json!(1000), json!(1500), json!(1200)]);
}

#[test]
fn time_advances_and_has_the_documents_format() {
    let flow = after(
        "    operation: PostV2Sessions\n    account: none\n    wait: 1h\n    params: { expires_at: $now+1d }\n    reply: { expires_at: $params.expires_at }\n",
    );
    let later = step(&flow, "02_later.json");
    assert_eq!(later["request"]["params"]["expires_at"], "2026-11-13T10:30:00.000Z");
    assert_eq!(later["request"].get("headers"), None);
    let expected = json!({ "created": "2026-11-12T10:30:00.000Z", "expires_at": "2026-11-13T10:30:00.000Z", "livemode": false, "object": "v2.session" });
    assert_eq!(later["response"]["body"], expected);
    let soon = after(
        "    operation: GetTopupsTopup\n    in_path: { topup: x }\n    reply: { $from: top_up, created: $now }\n",
    );
    assert_eq!(step(&soon, "02_later.json")["response"]["body"]["created"], 1_794_475_820);
}

#[test]
fn errors_and_faults_are_written() {
    let flow = "
  - name: refused
    operation: PostTopups
    account: acct_2
    params: { amount: 500 }
    error: { type: invalid_request_error, code: balance_insufficient, message: '${params.amount} is too much.', param: amount }
    fault: { delay: 300ms }
  - { name: busy, operation: GetBalance, error: { type: api_error, message: Later. }, status: 503, fault: reset }
  - { name: odd, operation: GetBalance, fault: { status: 500 } }
  - { name: cut, operation: GetBalance, fault: malformed }
  - { name: declined, operation: GetBalance, error: { type: card_error, message: No. } }
";
    let refused = step(flow, "01_refused.json");
    assert_eq!(refused["request"]["headers"], json!({ "Stripe-Account": "acct_2" }));
    let expected = json!({ "status": 400, "body": { "error": { "type": "invalid_request_error", "code": "balance_insufficient",
        "message": "500 is too much.", "param": "amount" } } });
    assert_eq!((&refused["response"], &refused["fault"]), (&expected, &json!({ "delay_ms": 300 })));
    let busy = step(flow, "02_busy.json");
    assert_eq!((&busy["response"]["status"], &busy["fault"]), (&json!(503), &json!("reset")));
    assert_eq!(step(flow, "03_odd.json")["fault"], json!({ "status": 500 }));
    assert_eq!(step(flow, "04_cut.json")["fault"], json!("malformed"));
    assert_eq!(step(flow, "05_declined.json")["response"]["status"], 402);
}
