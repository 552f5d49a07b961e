//! Invalid flows: every fault with its step and location.

use crate::case::faults;

/// One step that creates a top-up, with these members added or replaced.
fn step(members: &str) -> String {
    format!("  - name: pay\n    operation: PostTopups\n{members}")
}

#[track_caller]
fn assert_faults(steps: &str, expected: &[&str]) {
    let found = faults(steps);
    let expected: Vec<String> = expected.iter().map(|text| format!("tests/flows/case.yaml#{text}")).collect();
    assert_eq!(found, expected);
}

const SENT: &str = "    params: { amount: 5, currency: usd }\n";

#[test]
fn requests_outside_the_document_are_errors() {
    assert_faults(
        &step("    params: { amount: '5', colour: red }\n"),
        &[
            "/steps/0/params/amount: step `pay`: is \"5\", but the document requires an integer",
            "/steps/0/params/colour: step `pay`: the document has no member `colour` here",
        ],
    );
    assert_faults(&step("    params: {}\n"), &["/steps/0/params/amount: step `pay`: `amount` is required"]);
    assert_faults(
        "  - { name: pay, operation: PostTopup }\n",
        &["/steps/0/operation: step `pay`: the document has no operation `PostTopup`"],
    );
    assert_faults(
        "  - { name: pay, operation: GetTopupsTopup }\n",
        &["/steps/0/in_path: step `pay`: path parameter `topup` of /v1/topups/{topup} is missing"],
    );
    assert_faults(
        "  - { name: pay, operation: GetBalance, in_path: { a: b } }\n",
        &["/steps/0/in_path: step `pay`: /v1/balance has no path parameter `a`"],
    );
    assert_faults(
        "  - { name: pay, operation: GetBalance, key: k }\n",
        &["/steps/0/key: step `pay`: a GET request cannot have an idempotency key"],
    );
    assert_faults(
        &step("    params: { amount: 5, currency: '{{currency}}' }\n"),
        &["/steps/0/params: step `pay`: `{{currency}}` contains a name that is not in `bind`"],
    );
}

#[test]
fn replies_outside_the_document_are_errors() {
    let reply = |reply: &str| step(&format!("{SENT}    reply: {reply}\n"));
    assert_faults(
        &reply("{}"),
        &["/steps/0/reply/status: step `pay`: `status` is required and has no default; add it to the flow"],
    );
    assert_faults(
        &reply(
            "{ status: gone, description: 'a text of more than twenty letters', timing: { days: 1, hours: 2 } }",
        ),
        &[
            "/steps/0/reply/description: step `pay`: is longer than 20 characters",
            "/steps/0/reply/status: step `pay`: is \"gone\", but the document allows pending, succeeded",
            "/steps/0/reply/timing/hours: step `pay`: the document has no member `hours` here",
        ],
    );
    assert_faults(
        &reply("{ status: pending, id: $omit }"),
        &["/steps/0/reply/id: step `pay`: `id` is required"],
    );
    assert_faults(
        &reply("{ status: pending, source: { brand: Visa } }"),
        &[
            "/steps/0/reply/source: step `pay`: can be one of several objects: set `object` to one of bank_account, card",
        ],
    );
    assert_faults(
        &reply("{ status: pending, source: { object: card } }"),
        &[
            "/steps/0/reply/source/brand: step `pay`: `brand` is required and has no default; add it to the flow",
        ],
    );
    assert_faults(
        &reply("{ status: $before.status }"),
        &["/steps/0/reply/status: step `pay`: `$before.status`: no reply is saved as `before`"],
    );
    assert_faults(&reply("[]"), &["/steps/0/reply: step `pay`: a reply must be an object"]);
}

#[test]
fn future_agreements_are_errors() {
    assert_faults(
        &step(
            "    params: { amount: 5, tos_acceptance: { date: 1794475801 } }\n    reply: { status: pending }\n",
        ),
        &["/steps/0/params/tos_acceptance/date: step `pay`: is later than the step, which is at 1794475800"],
    );
    assert_faults(
        &step(&format!("{SENT}    reply: {{ status: pending, tos_acceptance: {{ date: $now+1s }} }}\n")),
        &["/steps/0/reply/tos_acceptance/date: step `pay`: is later than the step, which is at 1794475800"],
    );
}

#[test]
fn inconsistent_amounts_are_errors() {
    let balance = |amount: &str| {
        format!(
            "  - {{ name: read, operation: GetBalance, reply: {{ available: [{{ amount: {amount}, currency: usd }}] }} }}\n"
        )
    };
    assert_faults(
        &balance("1000"),
        &[
            "/steps/0/reply/available/0/amount: step `read`: an amount of a balance must be a reference: `$funds.owner.balance.currency`",
        ],
    );
    assert_faults(
        &balance("$funds.account.issuing.eur"),
        &["/steps/0/reply/available/0/amount: step `read`: `funds` has no account.issuing.eur"],
    );
    assert_faults(
        "  - { name: read, operation: GetBalance, save: a, reply: {} }\n  - { name: again, operation: GetBalance, reply: { $from: a } }\n",
        &["/steps/1/reply/$from: step `again`: a balance must be read from `$funds`, not from a saved reply"],
    );
    let moves =
        |movement: &str| step(&format!("{SENT}    reply: {{ status: pending }}\n    moves: [{movement}]\n"));
    assert_faults(
        &moves("{ owner: account, balance: payments, currency: usd, amount: 1 }"),
        &["/steps/0/moves/0: step `pay`: `funds` has no account.payments.usd"],
    );
    assert_faults(
        &moves("{ owner: account, balance: issuing, currency: usd, amount: $params.currency }"),
        &["/steps/0/moves/0: step `pay`: \"usd\" is not an amount"],
    );
    assert_faults(
        &moves("{ owner: account, balance: issuing, currency: usd, amount: -6 }"),
        &[
            "/steps/0/moves/0/amount: step `pay`: the amount does not occur in the step: write a reference or the right number",
        ],
    );
    let account = |reply: &str| {
        format!(
            "  - {{ name: read, operation: GetTreasuryFinancialAccountsFinancialAccount, in_path: {{ account: fa_1 }}, reply: {reply} }}\n"
        )
    };
    assert_faults(
        &account("{ balance: { cash: { usd: 7 } } }"),
        &[
            "/steps/0/reply/balance/cash/usd: step `read`: an amount of a balance must be a reference: `$funds.owner.balance.currency`",
        ],
    );
    let again = account("{ balance: { cash: { usd: $funds.account.issuing.usd } } }")
        .replace("name: read", "save: account, name: read");
    assert_faults(
        &format!("{again}{}", account("{ $from: account }").replace("name: read", "name: again")),
        &["/steps/1/reply: step `again`: a balance is not saved: set `balance`"],
    );
}

#[test]
fn contradictory_steps_are_errors() {
    let cases = [
        (
            "  - { name: Pay, operation: GetBalance }\n",
            "/steps/0/name: step `Pay`: a name must have the form like_this",
        ),
        (
            "  - { name: a, operation: GetBalance }\n  - { name: a, operation: GetBalance }\n",
            "/steps/1/name: step `a`: step 1 has the same name",
        ),
        (
            "  - { name: a, operation: GetBalance, reply: {}, error: { type: api_error, message: m } }\n",
            "/steps/0/error: step `a`: a step with `error` cannot have `reply` or `save`",
        ),
        (
            "  - { name: a, operation: GetBalance, status: 500 }\n",
            "/steps/0/status: step `a`: `status` is allowed only with `error`",
        ),
        (
            "  - { name: a, operation: GetBalance, status: 200, error: { type: api_error, message: m } }\n",
            "/steps/0/status: step `a`: the status of an error must be 400 to 599",
        ),
        (
            "  - { name: a, operation: GetBalance, status: 402, error: { type: invalid_request_error, message: m } }\n",
            "/steps/0/status: step `a`: errors of this type never have the status 402",
        ),
        (
            "  - { name: a, operation: GetBalance, status: 400, error: { type: card_error, message: m } }\n",
            "/steps/0/status: step `a`: errors of this type never have the status 400",
        ),
        (
            "  - { name: a, operation: GetBalance, save: funds }\n",
            "/steps/0/save: step `a`: `funds` is not a valid name",
        ),
        (
            "  - { name: a, operation: GetBalance, wait: soon }\n",
            "/steps/0/wait: step `a`: `soon` is not a duration such as 5d",
        ),
        (
            "  - { name: a, operation: GetBalance, fault: { delay: 3x } }\n",
            "/steps/0/fault: step `a`: `3x` is not a delay such as 300ms",
        ),
        (
            "  - { name: a, operation: GetBalance, fault: { status: 200 } }\n",
            "/steps/0/fault: step `a`: the status of a fault must be 400 to 599",
        ),
        ("  []\n", "/steps: a flow must have 1 to 99 steps"),
    ];
    for (steps, expected) in cases {
        assert_faults(steps, &[expected]);
    }
    let [unknown] = faults("  - { name: a, operation: GetBalance, replies: {} }\n").try_into().unwrap();
    assert!(
        unknown.starts_with("tests/flows/case.yaml: ") && unknown.contains("unknown field `replies`"),
        "{unknown}"
    );
}
