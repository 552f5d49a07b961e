//! Financial accounts: features, inbound and outbound flows, and consistent balances.

use crate::dice::Dice;
use crate::support::{get, post};
use std::time::Duration;
use stripe_sandbox::{Json, Peek, Sandbox};

const ALL: &str = "supported_currencies[]=usd&features[inbound_transfers][ach][requested]=true&features[intra_stripe_flows][requested]=true\
    &features[outbound_payments][ach][requested]=true&features[outbound_transfers][ach][requested]=true\
    &features[financial_addresses][aba][requested]=true";

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

fn made(sandbox: &Sandbox, account: &str, path: &str, form: &str) -> Json {
    let reply = post(sandbox, account, path, form);
    assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
    reply.json()
}

fn read(sandbox: &Sandbox, account: &str, path: &str) -> Json {
    let reply = get(sandbox, account, path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.json());
    reply.json()
}

fn opened(sandbox: &Sandbox, account: &str) -> String {
    made(sandbox, account, "/v1/treasury/financial_accounts", ALL).text("id").to_owned()
}

/// The available and the held money.
fn held(sandbox: &Sandbox, account: &str, fa: &str) -> (i64, i64) {
    let found = read(sandbox, account, &format!("/v1/treasury/financial_accounts/{fa}"));
    (found.int("balance.cash.usd"), found.int("balance.outbound_pending.usd"))
}

fn credit(sandbox: &Sandbox, account: &str, fa: &str, amount: i64) -> Json {
    let form = format!("amount={amount}&currency=usd&financial_account={fa}&network=ach");
    made(sandbox, account, "/v1/test_helpers/treasury/received_credits", &form)
}

#[test]
fn features_are_activated_and_end_with_the_account() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let first = made(&sandbox, &account, "/v1/treasury/financial_accounts", ALL);
    assert_eq!((first.items("pending_features").len(), first.items("active_features").len()), (5, 0));
    let path = format!("/v1/treasury/financial_accounts/{}", first.text("id"));
    let now = read(&sandbox, &account, &format!("{path}?expand[]=features"));
    assert_eq!((now.items("pending_features").len(), now.items("active_features").len()), (0, 5));
    assert_eq!(now.text("features.outbound_payments.ach.status"), "active");
    assert_eq!(now.text("financial_addresses.0.aba.account_number_last4").len(), 4);
    made(&sandbox, &account, &format!("{path}/features"), "inbound_transfers[ach][requested]=false");
    assert_eq!(read(&sandbox, &account, &path).items("active_features").len(), 4);
    assert_eq!(get(&sandbox, "", &path).status, 404);
    credit(&sandbox, &account, first.text("id"), 5);
    assert_eq!(post(&sandbox, &account, &format!("{path}/close"), "").status, 400, "it has a balance");
    let form = format!("amount=5&currency=usd&financial_account={}&network=ach", first.text("id"));
    made(&sandbox, &account, "/v1/test_helpers/treasury/received_debits", &form);
    let closed = made(&sandbox, &account, &format!("{path}/close"), "");
    assert_eq!((closed.text("status"), closed.items("restricted_features").len()), ("closed", 4));
    let late = credit(&sandbox, &account, first.text("id"), 5);
    assert_eq!((late.text("status"), late.text("failure_code")), ("failed", "account_closed"));
    sandbox.audit().unwrap();
}

#[test]
fn remaining_balance_is_forwarded_on_closing() {
    let sandbox = Sandbox::new(40);
    let (account, other) = (sandbox.connect().into_id(), sandbox.connect().into_id());
    let (from, to) = (opened(&sandbox, &account), opened(&sandbox, &other));
    let close = |fa: &str, form: &str| {
        post(&sandbox, &account, &format!("/v1/treasury/financial_accounts/{fa}/close"), form)
    };
    credit(&sandbox, &account, &from, 700);
    for (form, param) in [
        ("forwarding_settings[type]=financial_account".to_owned(), "forwarding_settings[financial_account]"),
        ("forwarding_settings[type]=payment_method".to_owned(), "forwarding_settings[payment_method]"),
        (
            format!(
                "forwarding_settings[type]=financial_account&forwarding_settings[financial_account]={from}"
            ),
            "forwarding_settings[financial_account]",
        ),
    ] {
        let reply = close(&from, &form);
        assert!(reply.status >= 400 && reply.status < 500, "{form}");
        assert_eq!(reply.json().text("error.param"), param, "{form}");
        assert_eq!(held(&sandbox, &account, &from), (700, 0));
    }
    let form =
        format!("forwarding_settings[type]=financial_account&forwarding_settings[financial_account]={to}");
    let origin = "origin_payment_method=pm_usBankAccount&currency=usd";
    let inbound = format!("amount=30&financial_account={from}&{origin}");
    let inbound = made(&sandbox, &account, "/v1/treasury/inbound_transfers", &inbound);
    assert_eq!(close(&from, &form).status, 400, "it has pending flows");
    assert_eq!((held(&sandbox, &account, &from), held(&sandbox, &other, &to)), ((700, 0), (0, 0)));
    made(&sandbox, &account, &format!("/v1/treasury/inbound_transfers/{}/cancel", inbound.text("id")), "");
    let closed = close(&from, &form);
    assert_eq!((closed.status, closed.json().text("status").to_owned()), (200, "closed".to_owned()));
    assert_eq!((held(&sandbox, &account, &from), held(&sandbox, &other, &to)), ((0, 0), (700, 0)));
    let arrived = read(&sandbox, &other, &format!("/v1/treasury/received_credits?financial_account={to}"));
    assert_eq!(arrived.text("data.0.linked_flows.source_flow_type"), "outbound_transfer");
    // To a payment method the money is sent immediately.
    let last = opened(&sandbox, &account);
    credit(&sandbox, &account, &last, 50);
    let form =
        "forwarding_settings[type]=payment_method&forwarding_settings[payment_method]=pm_usBankAccount";
    assert_eq!(close(&last, form).json().text("status"), "closed");
    let path = format!("/v1/treasury/outbound_transfers?financial_account={last}");
    let sent = read(&sandbox, &account, &path);
    assert_eq!(
        (
            sent.int("data.0.amount"),
            sent.text("data.0.status"),
            sent.text("data.0.destination_payment_method")
        ),
        (50, "posted", "pm_usBankAccount")
    );
    sandbox.audit().unwrap();
}

#[test]
fn inbound_transfers_succeed_fail_and_are_returned() {
    let sandbox = Sandbox::new(2);
    let account = sandbox.connect().into_id();
    let fa = opened(&sandbox, &account);
    let form =
        format!("amount=1000&currency=usd&financial_account={fa}&origin_payment_method=pm_usBankAccount");
    let ask = || made(&sandbox, &account, "/v1/treasury/inbound_transfers", &form).text("id").to_owned();
    let (arrives, fails, stops) = (ask(), ask(), ask());
    made(&sandbox, &account, &format!("/v1/treasury/inbound_transfers/{stops}/cancel"), "");
    let path = |id: &str, what: &str| format!("/v1/test_helpers/treasury/inbound_transfers/{id}/{what}");
    let failed = made(&sandbox, &account, &path(&fails, "fail"), "failure_details[code]=no_account");
    assert_eq!(failed.text("failure_details.code"), "no_account");
    sandbox.advance(days(4));
    assert_eq!(held(&sandbox, &account, &fa), (1000, 0));
    let found =
        read(&sandbox, &account, &format!("/v1/treasury/inbound_transfers/{arrives}?expand[]=transaction"));
    assert_eq!((found.text("status"), found.text("transaction.status")), ("succeeded", "posted"));
    made(&sandbox, &account, &path(&arrives, "return"), "");
    assert_eq!(post(&sandbox, &account, &path(&arrives, "return"), "").status, 400);
    assert_eq!(held(&sandbox, &account, &fa), (0, 0));
    sandbox.audit().unwrap();
}

#[test]
fn outbound_flows_hold_money_until_completed() {
    for (family, helper) in
        [("outbound_payments", "outbound_payments"), ("outbound_transfers", "outbound_transfers")]
    {
        let sandbox = Sandbox::new(3);
        let account = sandbox.connect().into_id();
        let fa = opened(&sandbox, &account);
        let form = format!(
            "amount=300&currency=usd&financial_account={fa}&destination_payment_method=pm_usBankAccount"
        );
        let path = format!("/v1/treasury/{family}");
        assert_eq!(post(&sandbox, &account, &path, &form).json().text("error.code"), "balance_insufficient");
        credit(&sandbox, &account, &fa, 1000);
        let ask = || made(&sandbox, &account, &path, &form).text("id").to_owned();
        let (posts, fails, stops) = (ask(), ask(), ask());
        assert_eq!(held(&sandbox, &account, &fa), (100, 900));
        made(&sandbox, &account, &format!("{path}/{stops}/cancel"), "");
        made(&sandbox, &account, &format!("/v1/test_helpers/treasury/{helper}/{fails}/fail"), "");
        sandbox.advance(days(1));
        assert_eq!(held(&sandbox, &account, &fa), (700, 0));
        assert_eq!(post(&sandbox, &account, &format!("{path}/{posts}/cancel"), "").status, 400);
        let back =
            made(&sandbox, &account, &format!("/v1/test_helpers/treasury/{helper}/{posts}/return"), "");
        assert_eq!(back.text("status"), "returned");
        assert_eq!(held(&sandbox, &account, &fa), (1000, 0));
        let transactions =
            read(&sandbox, &account, &format!("/v1/treasury/transactions?financial_account={fa}"));
        assert_eq!(transactions.items("data").len(), 5);
        assert_eq!(entries(&sandbox, &account, transactions.text("data.0.id")).len(), 1);
        let void = read(
            &sandbox,
            &account,
            &format!("/v1/treasury/transactions?financial_account={fa}&status=void"),
        );
        assert_eq!(void.items("data").len(), 2);
        let entries = read(
            &sandbox,
            &account,
            &format!("/v1/treasury/transaction_entries?financial_account={fa}&limit=100"),
        );
        let cash: i64 = entries.items("data").iter().map(|entry| entry.int("balance_impact.cash")).sum();
        assert_eq!(cash, 1000, "the entries sum to the balance");
        sandbox.audit().unwrap();
    }
}

#[test]
fn transfers_between_financial_accounts_are_immediate() {
    let sandbox = Sandbox::new(4);
    let (a, b) = (sandbox.connect().into_id(), sandbox.connect().into_id());
    let (from, to) = (opened(&sandbox, &a), opened(&sandbox, &b));
    credit(&sandbox, &a, &from, 500);
    let form = format!(
        "amount=200&currency=usd&financial_account={from}&destination_payment_method_data[type]=financial_account\
         &destination_payment_method_data[financial_account]={to}"
    );
    assert_eq!(made(&sandbox, &a, "/v1/treasury/outbound_payments", &form).text("status"), "posted");
    assert_eq!((held(&sandbox, &a, &from), held(&sandbox, &b, &to)), ((300, 0), (200, 0)));
    let received = read(
        &sandbox,
        &b,
        &format!(
            "/v1/treasury/received_credits?financial_account={to}&linked_flows[source_flow_type]=outbound_payment"
        ),
    );
    assert_eq!(received.text("data.0.network"), "stripe");
    sandbox.audit().unwrap();
}

#[test]
fn received_flows_can_be_reversed_once() {
    let sandbox = Sandbox::new(5);
    let account = sandbox.connect().into_id();
    let fa = opened(&sandbox, &account);
    let received = credit(&sandbox, &account, &fa, 400);
    let form = format!("received_credit={}", received.text("id"));
    made(&sandbox, &account, "/v1/treasury/credit_reversals", &form);
    assert_eq!(held(&sandbox, &account, &fa), (0, 400));
    assert_eq!(post(&sandbox, &account, "/v1/treasury/credit_reversals", &form).status, 400);
    sandbox.advance(days(1));
    assert_eq!(held(&sandbox, &account, &fa), (0, 0));
    let form = format!("amount=50&currency=usd&financial_account={fa}&network=ach");
    let poor = made(&sandbox, &account, "/v1/test_helpers/treasury/received_debits", &form);
    assert_eq!(poor.text("failure_code"), "insufficient_funds");
    credit(&sandbox, &account, &fa, 50);
    let debit = made(&sandbox, &account, "/v1/test_helpers/treasury/received_debits", &form);
    assert_eq!(held(&sandbox, &account, &fa), (0, 0));
    made(&sandbox, &account, "/v1/treasury/debit_reversals", &format!("received_debit={}", debit.text("id")));
    sandbox.advance(days(1));
    assert_eq!(held(&sandbox, &account, &fa), (50, 0));
    let won = read(
        &sandbox,
        &account,
        &format!("/v1/treasury/debit_reversals?financial_account={fa}&resolution=won"),
    );
    assert_eq!(won.items("data").len(), 1);
    sandbox.audit().unwrap();
}

/// Random flows with random results: all holds are released, and the entries sum to the balance.
#[test]
fn entries_sum_to_the_balance_in_random_runs() {
    for seed in 0..15 {
        let sandbox = Sandbox::new(seed);
        let mut dice = Dice::new(seed + 77);
        let account = sandbox.connect().into_id();
        let fa = opened(&sandbox, &account);
        let mut ids: Vec<String> = Vec::new();
        for _ in 0..60 {
            let amount = dice.below(500) + 1;
            let id = ids
                .get(usize::try_from(dice.below(1 + ids.len() as u64)).unwrap())
                .cloned()
                .unwrap_or_default();
            let form = format!("amount={amount}&currency=usd&financial_account={fa}");
            let helper = "/v1/test_helpers/treasury";
            let (path, form) = match dice.below(8) {
                0 | 1 => (format!("{helper}/received_credits"), format!("{form}&network=ach")),
                2 => (format!("{helper}/received_debits"), format!("{form}&network=ach")),
                3 | 4 => (
                    "/v1/treasury/outbound_payments".to_owned(),
                    format!("{form}&destination_payment_method=pm_usBankAccount"),
                ),
                5 => (format!("{helper}/outbound_payments/{id}/fail"), String::new()),
                6 => (format!("{helper}/outbound_payments/{id}/return"), String::new()),
                _ => {
                    sandbox.advance(Duration::from_secs(dice.below(90_000)));
                    continue;
                }
            };
            let reply = post(&sandbox, &account, &path, &form);
            assert!(reply.status < 500, "{}", reply.json());
            if reply.json().text("object") == "treasury.outbound_payment" {
                ids.push(reply.json().text("id").to_owned());
            }
            assert!(held(&sandbox, &account, &fa).0 >= 0);
        }
        sandbox.advance(days(3));
        let (cash, pending) = held(&sandbox, &account, &fa);
        assert_eq!(pending, 0);
        let mut sum = 0;
        let mut after = String::new();
        loop {
            let page = read(
                &sandbox,
                &account,
                &format!("/v1/treasury/transaction_entries?financial_account={fa}&limit=100{after}"),
            );
            sum += page.items("data").iter().map(|entry| entry.int("balance_impact.cash")).sum::<i64>();
            let Some(last) = page.items("data").last().filter(|_| page.flag("has_more")) else { break };
            after = format!("&starting_after={}", last.text("id"));
        }
        assert_eq!(sum, cash, "seed {seed}");
        sandbox.audit().unwrap();
    }
}

const WITH_CARDS: &str = "supported_currencies[]=usd&features[card_issuing][requested]=true\
    &features[financial_addresses][aba][requested]=true&features[intra_stripe_flows][requested]=true&features[outbound_payments][ach][requested]=true";
const HOLDER: &str = "name=Ada&email=ada%40example.com&individual[first_name]=Ada&individual[last_name]=Example\
    &individual[card_issuing][user_terms_acceptance][date]=1767000000\
    &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1&billing[address][line1]=1&billing[address][city]=T\
    &billing[address][country]=US&billing[address][postal_code]=94103";

/// A card of a financial account with a balance of 5,000.
fn card(sandbox: &Sandbox, account: &str) -> (String, String) {
    let fa = made(sandbox, account, "/v1/treasury/financial_accounts", WITH_CARDS).text("id").to_owned();
    credit(sandbox, account, &fa, 5000);
    let holder = made(sandbox, account, "/v1/issuing/cardholders", HOLDER);
    let form = format!(
        "type=virtual&currency=usd&status=active&financial_account={fa}&cardholder={}",
        holder.text("id")
    );
    let card = made(sandbox, account, "/v1/issuing/cards", &form).text("id").to_owned();
    (fa, card)
}

/// The type and the change of cash of a transaction's entries, oldest first.
fn entries(sandbox: &Sandbox, account: &str, transaction: &str) -> Vec<(String, i64)> {
    let path = format!("/v1/treasury/transactions/{transaction}?expand[]=entries");
    let found = read(sandbox, account, &path);
    let each = found.items("entries.data").iter().rev();
    each.map(|entry| (entry.text("type").to_owned(), entry.int("balance_impact.cash"))).collect()
}

#[test]
fn purchase_is_held_by_one_treasury_transaction() {
    let sandbox = Sandbox::new(20);
    let account = sandbox.connect().into_id();
    let (fa, card) = card(&sandbox, &account);
    let swipe = "/v1/test_helpers/issuing/authorizations";
    let bought = made(&sandbox, &account, swipe, &format!("card={card}&amount=1200"));
    let transaction = bought.text("treasury.transaction").to_owned();
    assert!(transaction.starts_with("trxn_") && bought.items("balance_transactions").is_empty(), "{bought}");
    assert_eq!(held(&sandbox, &account, &fa), (3800, 1200));
    let open = read(&sandbox, &account, &format!("/v1/treasury/transactions/{transaction}"));
    assert_eq!(
        (open.text("status"), open.int("amount"), open.text("flow_type")),
        ("open", -1200, "issuing_authorization")
    );
    let helper = |what: &str| format!("{swipe}/{}/{what}", bought.text("id"));
    made(&sandbox, &account, &helper("increment"), "increment_amount=300");
    let captured = made(&sandbox, &account, &helper("capture"), "capture_amount=1400");
    assert_eq!(held(&sandbox, &account, &fa), (3600, 0));
    let debit = captured.text("treasury.received_debits.0").to_owned();
    assert_eq!(captured.text("transactions.0.treasury.received_debit"), debit);
    let debit = read(&sandbox, &account, &format!("/v1/treasury/received_debits/{debit}"));
    assert_eq!(
        (debit.int("amount"), debit.text("network"), debit.text("linked_flows.issuing_authorization")),
        (1400, "card", bought.text("id"))
    );
    let posted = read(&sandbox, &account, &format!("/v1/treasury/transactions/{transaction}"));
    assert_eq!((posted.text("status"), posted.int("amount")), ("posted", -1400), "{posted}");
    let kinds = entries(&sandbox, &account, &transaction);
    let expected = [
        ("issuing_authorization_hold", -1200),
        ("issuing_authorization_hold", -300),
        ("issuing_authorization_release", 1500),
        ("received_debit", -1400),
    ];
    assert_eq!(kinds, expected.map(|(kind, cash)| (kind.to_owned(), cash)));
    // A refund is a separate received credit.
    let refund =
        format!("/v1/test_helpers/issuing/transactions/{}/refund", captured.text("transactions.0.id"));
    let refund = made(&sandbox, &account, &refund, "");
    let credit = read(
        &sandbox,
        &account,
        &format!("/v1/treasury/received_credits/{}", refund.text("treasury.received_credit")),
    );
    assert_eq!((credit.int("amount"), credit.text("network")), (1400, "card"));
    assert_eq!(held(&sandbox, &account, &fa), (5000, 0));
    // A hold without a capture becomes void.
    let expired = made(&sandbox, &account, swipe, &format!("card={card}&amount=700"));
    made(&sandbox, &account, &format!("{swipe}/{}/expire", expired.text("id")), "");
    let void = read(
        &sandbox,
        &account,
        &format!("/v1/treasury/transactions/{}", expired.text("treasury.transaction")),
    );
    assert_eq!((void.text("status"), held(&sandbox, &account, &fa)), ("void", (5000, 0)));
    assert!(!sandbox.event_types().iter().any(|kind| kind.starts_with("treasury.transaction")));
    sandbox.audit().unwrap();
}

#[test]
fn card_payment_is_disputed_by_its_received_debit() {
    let sandbox = Sandbox::new(25);
    let account = sandbox.connect().into_id();
    let (fa, card) = card(&sandbox, &account);
    let spend = |amount: i64| {
        let force = "/v1/test_helpers/issuing/transactions/create_force_capture";
        made(&sandbox, &account, force, &format!("card={card}&amount={amount}"))
    };
    let debited = |spent: &Json| spent.text("treasury.received_debit").to_owned();
    let (first, second) = (spend(500), spend(600));
    let disputes = "/v1/issuing/disputes";
    let refused = |form: &str| {
        let reply = post(&sandbox, &account, disputes, form);
        (reply.status, reply.json().text("error.param").to_owned())
    };
    let place = || "treasury[received_debit]".to_owned();
    assert_eq!(refused("treasury[received_debit]=rd_nope"), (400, place()));
    let both = format!("transaction={}&treasury[received_debit]={}", first.text("id"), debited(&second));
    assert_eq!(refused(&both), (400, place()));
    let form = format!("amount=10&currency=usd&financial_account={fa}&network=ach");
    let by_bank = made(&sandbox, &account, "/v1/test_helpers/treasury/received_debits", &form);
    assert_eq!(refused(&format!("treasury[received_debit]={}", by_bank.text("id"))), (400, place()));
    assert_eq!(refused(""), (400, "transaction".to_owned()));
    let by_debit = format!("treasury[received_debit]={}", debited(&first));
    let dispute = made(&sandbox, &account, disputes, &by_debit);
    assert_eq!((dispute.text("transaction"), dispute.int("amount")), (first.text("id"), 500));
    assert_eq!(dispute.text("treasury.received_debit"), debited(&first));
    let by_transaction = made(&sandbox, &account, disputes, &format!("transaction={}", second.text("id")));
    assert_eq!(by_transaction.text("treasury.received_debit"), debited(&second));
}

#[test]
fn inbound_pending_is_shown_until_completion() {
    let sandbox = Sandbox::new(21);
    let account = sandbox.connect().into_id();
    let fa = opened(&sandbox, &account);
    let form =
        format!("amount=900&currency=usd&financial_account={fa}&origin_payment_method=pm_usBankAccount");
    let path = format!("/v1/treasury/financial_accounts/{fa}");
    let pending = || read(&sandbox, &account, &path).int("balance.inbound_pending.usd");
    for (step, cash) in [("succeed", 900), ("fail", 900)] {
        let transfer = made(&sandbox, &account, "/v1/treasury/inbound_transfers", &form);
        assert!(transfer.text("transaction").starts_with("trxn_"));
        assert_eq!(pending(), 900);
        assert_eq!(
            post(&sandbox, &account, &format!("{path}/close"), "").status,
            400,
            "it has pending flows"
        );
        let step = format!("/v1/test_helpers/treasury/inbound_transfers/{}/{step}", transfer.text("id"));
        made(&sandbox, &account, &step, "");
        assert_eq!((pending(), held(&sandbox, &account, &fa)), (0, (cash, 0)));
    }
    sandbox.audit().unwrap();
}

#[test]
fn payment_to_a_closed_financial_account_is_rejected() {
    let sandbox = Sandbox::new(22);
    let (sender, receiver) = (sandbox.connect().into_id(), sandbox.connect().into_id());
    let (from, to) = (opened(&sandbox, &sender), opened(&sandbox, &receiver));
    credit(&sandbox, &sender, &from, 1000);
    made(&sandbox, &receiver, &format!("/v1/treasury/financial_accounts/{to}/close"), "");
    let form = format!(
        "amount=400&currency=usd&financial_account={from}&destination_payment_method_data[type]=financial_account\
         &destination_payment_method_data[financial_account]={to}"
    );
    let reply = post(&sandbox, &sender, "/v1/treasury/outbound_payments", &form);
    let place = "destination_payment_method_data[financial_account]";
    assert_eq!((reply.status, reply.json().text("error.param")), (400, place), "{}", reply.json());
    assert_eq!(held(&sandbox, &sender, &from), (1000, 0));
    // Nor can a card of a closed account be refunded.
    let (fa, card) = card(&sandbox, &sender);
    let force = "/v1/test_helpers/issuing/transactions/create_force_capture";
    let spent = made(&sandbox, &sender, force, &format!("card={card}&amount=5000"));
    assert_eq!(held(&sandbox, &sender, &fa), (0, 0));
    made(&sandbox, &sender, &format!("/v1/treasury/financial_accounts/{fa}/close"), "");
    let refund = format!("/v1/test_helpers/issuing/transactions/{}/refund", spent.text("id"));
    assert_eq!(post(&sandbox, &sender, &refund, "").status, 400);
    sandbox.audit().unwrap();
}
