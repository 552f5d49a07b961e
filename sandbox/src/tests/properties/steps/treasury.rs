//! Financial accounts and their flows.

use super::{Step, about, step};
use crate::engine::Peek;
use crate::tests::properties::run::{ACCOUNTS, Check, May, Run, Subject};

pub const STEPS: &[Step] = &[
    step("received credit", credit),
    step("received credit", credit),
    step("received debit", debit),
    about("treasury.received_credit", "credit reversal", reverse_credit),
    about("treasury.received_debit", "debit reversal", reverse_debit),
    step("inbound transfer", inbound),
    step("inbound transfer", inbound),
    about("treasury.inbound_transfer", "inbound transfer ends", end_inbound),
    about("treasury.inbound_transfer", "inbound transfer ends", end_inbound),
    step("outbound payment", pay),
    step("outbound payment", pay),
    about("treasury.outbound_payment", "outbound payment ends", end_payment),
    about("treasury.outbound_payment", "outbound payment ends", end_payment),
    step("outbound transfer", send),
    about("treasury.outbound_transfer", "outbound transfer ends", end_transfer),
    about("treasury.financial_account", "financial account closes", close),
];

const FEATURES: &str = "supported_currencies[]=usd&features[inbound_transfers][ach][requested]=true\
    &features[financial_addresses][aba][requested]=true&features[intra_stripe_flows][requested]=true&features[outbound_payments][ach][requested]=true\
    &features[outbound_transfers][ach][requested]=true&features[card_issuing][requested]=true";

const KIND: &str = "treasury.financial_account";

/// A financial account of this account, created if there is none.
pub fn financial_account(run: &mut Run, who: usize) -> Check<String> {
    if let Some((_, id)) = run.all(KIND).iter().find(|(owner, _)| *owner == who) {
        return Ok(id.clone());
    }
    let made = run.post(who, "/v1/treasury/financial_accounts", FEATURES, May::Spend)?;
    let id = made.ok_or("a financial account was rejected")?.text("id").to_owned();
    if run.dice.below(3) > 0 {
        let form =
            format!("amount={}&currency=usd&financial_account={id}&network=ach", 2 * run.dice.amount());
        let credit = run.post(who, "/v1/test_helpers/treasury/received_credits", &form, May::Spend)?;
        credit.ok_or("a credit was refused")?;
    }
    Ok(id)
}

/// A financial account of any account.
fn some(run: &mut Run) -> Check<Subject> {
    if run.all(KIND).len() < 2 {
        let who = run.dice.below(ACCOUNTS);
        let id = financial_account(run, who)?;
        return Ok(Subject { who, id, theirs: true });
    }
    Ok(run.some(KIND))
}

fn credit(run: &mut Run) -> Check {
    let subject = some(run)?;
    let form = format!(
        "amount={}&currency=usd&financial_account={}&network=ach",
        run.dice.sent_amount(),
        subject.id
    );
    run.post_about(&subject, "/v1/test_helpers/treasury/received_credits", &form, May::Spend).map(drop)
}

fn debit(run: &mut Run) -> Check {
    let subject = some(run)?;
    let form = format!(
        "amount={}&currency=usd&financial_account={}&network=ach",
        run.dice.sent_amount(),
        subject.id
    );
    run.post_about(&subject, "/v1/test_helpers/treasury/received_debits", &form, May::Spend).map(drop)
}

fn reverse_credit(run: &mut Run) -> Check {
    let subject = run.some("treasury.received_credit");
    let form = format!("received_credit={}", subject.id);
    run.post_about(&subject, "/v1/treasury/credit_reversals", &form, May::Spend).map(drop)
}

fn reverse_debit(run: &mut Run) -> Check {
    let subject = run.some("treasury.received_debit");
    let form = format!("received_debit={}", subject.id);
    run.post_about(&subject, "/v1/treasury/debit_reversals", &form, May::Spend).map(drop)
}

fn inbound(run: &mut Run) -> Check {
    let subject = some(run)?;
    let form = format!(
        "amount={}&currency=usd&financial_account={}&origin_payment_method=pm_usBankAccount",
        run.dice.sent_amount(),
        subject.id
    );
    run.post_about(&subject, "/v1/treasury/inbound_transfers", &form, May::Spend).map(drop)
}

fn end_inbound(run: &mut Run) -> Check {
    let subject = run.some("treasury.inbound_transfer");
    let id = &subject.id;
    let (path, may) = match run.dice.below(5) {
        0 => (format!("/v1/treasury/inbound_transfers/{id}/cancel"), May::Spend),
        1 => (format!("/v1/test_helpers/treasury/inbound_transfers/{id}/fail"), May::Spend),
        // The bank returns money that may have been spent.
        2 => (format!("/v1/test_helpers/treasury/inbound_transfers/{id}/return"), May::Overdraw),
        _ => (format!("/v1/test_helpers/treasury/inbound_transfers/{id}/succeed"), May::Spend),
    };
    run.post_about(&subject, &path, "", may).map(drop)
}

fn out(run: &mut Run, what: &str) -> Check {
    let subject = some(run)?;
    let to = match run
        .all(KIND)
        .last()
        .cloned()
        .filter(|_| what == "outbound_payments" && run.dice.once_in(3))
    {
        Some((_, to)) => format!(
            "destination_payment_method_data[type]=financial_account&destination_payment_method_data[financial_account]={to}"
        ),
        None => "destination_payment_method=pm_usBankAccount".to_owned(),
    };
    let form =
        format!("amount={}&currency=usd&financial_account={}&{to}", run.dice.sent_amount(), subject.id);
    run.post_about(&subject, &format!("/v1/treasury/{what}"), &form, May::Spend).map(drop)
}

fn end(run: &mut Run, kind: &str, what: &str) -> Check {
    let subject = run.some(kind);
    let id = &subject.id;
    let path = match run.dice.one_of(&["cancel", "post", "post", "fail", "return", "return"]) {
        "cancel" => format!("/v1/treasury/{what}/{id}/cancel"),
        step => format!("/v1/test_helpers/treasury/{what}/{id}/{step}"),
    };
    run.post_about(&subject, &path, "", May::Spend).map(drop)
}

fn pay(run: &mut Run) -> Check {
    out(run, "outbound_payments")
}

fn send(run: &mut Run) -> Check {
    out(run, "outbound_transfers")
}

fn end_payment(run: &mut Run) -> Check {
    end(run, "treasury.outbound_payment", "outbound_payments")
}

fn end_transfer(run: &mut Run) -> Check {
    end(run, "treasury.outbound_transfer", "outbound_transfers")
}

fn close(run: &mut Run) -> Check {
    let subject = run.some(KIND);
    let path = format!("/v1/treasury/financial_accounts/{}/close", subject.id);
    run.post_about(&subject, &path, "", May::Spend).map(drop)
}
