//! Top-ups, charges, transfers, fees, balance transfers, payouts.

use super::{Step, about, step};
use crate::engine::{BalanceKind, CurrencyCode, Peek};
use crate::tests::properties::run::{ACCOUNTS, Check, May, PLATFORM, Run};
use crate::tests::properties::told::Place;

pub const STEPS: &[Step] = &[
    step("topup", topup),
    step("topup", topup),
    about("topup", "topup cancel", cancel_topup),
    about("topup", "topup outside", topup_outside),
    step("fund issuing", fund_issuing),
    step("charge", charge),
    step("charge", charge),
    about("charge", "refund", refund),
    step("intent", intent),
    step("intent", intent),
    about("charge", "refund by request", refund_by_request),
    step("fee", fee),
    about("application_fee", "fee refund", fee_refund),
    step("transfer", transfer),
    step("transfer", transfer),
    about("transfer", "transfer reversal", reverse_transfer),
    about("transfer", "transfer reversal", reverse_transfer),
    step("balance transfer", balance_transfer),
    step("payout", payout),
    step("payout", payout),
    about("payout", "payout cancel", cancel_payout),
    about("payout", "payout reverse", reverse_payout),
    about("payout", "payout outside", payout_outside),
    step("pay out all", pay_out_all),
];

fn topup(run: &mut Run) -> Check {
    let (who, currency, amount) = (run.dice.below(ACCOUNTS), run.dice.currency(), run.dice.sent_amount());
    let source = run.dice.one_of(&[
        "",
        "&source=btok_us_verified",
        "&source=btok_us_verified",
        "&source=btok_us_verified_noAccount",
        "&source=btok_nobodys",
    ]);
    let issuing = run.dice.once_in(2);
    let target = if issuing { "&destination_balance=issuing" } else { "" };
    let form = format!("amount={amount}&currency={currency}{source}{target}");
    if let Some(topup) = run.post(who, "/v1/topups", &form, May::Spend)?
        && issuing
    {
        run.told.issuing_topups.insert(topup.text("id").to_owned());
    }
    Ok(())
}

fn cancel_topup(run: &mut Run) -> Check {
    let subject = run.some("topup");
    run.post_about(&subject, &format!("/v1/topups/{}/cancel", subject.id), "", May::Spend).map(drop)
}

fn topup_outside(run: &mut Run) -> Check {
    let id = run.some("topup").id;
    match run.dice.below(4) {
        0 => run.outside(&format!("{id} fails"), May::Spend, |s| s.topups().fail(&id, "no_account"))?,
        1 => run.outside(&format!("{id} is taken back"), May::Overdraw, |s| s.topups().reverse(&id))?,
        _ => run.outside(&format!("{id} settles"), May::Spend, |s| s.topups().settle(&id))?,
    };
    Ok(())
}

fn fund_issuing(run: &mut Run) -> Check {
    let (who, currency, amount) = (run.dice.below(ACCOUNTS), run.dice.currency(), run.dice.amount());
    let (account, code) = (run.accounts[who].clone(), CurrencyCode::parse(currency).unwrap());
    let what = format!("{amount} {currency} reach the Issuing balance of account {who}");
    if run.outside(&what, May::Spend, |s| s.fund(&account, BalanceKind::Issuing, code, amount))?.is_some() {
        run.told.outside(who, Place::Issuing, currency, amount);
    }
    Ok(())
}

fn charge(run: &mut Run) -> Check {
    let (who, currency, amount) = (run.dice.below(ACCOUNTS), run.dice.currency(), run.dice.amount());
    let (account, code) = (run.accounts[who].clone(), CurrencyCode::parse(currency).unwrap());
    let charge =
        run.outside(&format!("account {who} is paid {amount} {currency}"), May::Spend, |sandbox| {
            sandbox.payments().receive(&account, amount, code)
        })?;
    let charge = charge.ok_or("a charge was refused")?;
    run.told.outside(who, Place::Payments, currency, amount);
    run.told.charges.insert(charge.clone(), (who, currency));
    run.know("charge", who, &charge);
    Ok(())
}

fn refund(run: &mut Run) -> Check {
    let (id, amount) = (run.some("charge").id, run.dice.amount());
    let done = run.outside(&format!("{amount} of {id} are refunded"), May::Overdraw, |sandbox| {
        sandbox.payments().refund(&id, amount)
    })?;
    if done.is_some() {
        let (who, currency) = run.told.charges.get(&id).copied().ok_or("an unknown charge was refunded")?;
        run.told.outside(who, Place::Payments, currency, -amount);
    }
    Ok(())
}

/// A customer pays by a request, or tries to.
fn intent(run: &mut Run) -> Check {
    let (who, currency, amount) = (run.dice.below(ACCOUNTS), run.dice.currency(), run.dice.sent_amount());
    let method = run.dice.one_of(&[
        "pm_card_visa",
        "pm_card_bypassPending",
        "pm_card_refundFail",
        "pm_card_chargeDeclined",
        "pm_card_authenticationRequired",
    ]);
    let capture = run.dice.one_of(&["automatic", "automatic_async", "manual"]);
    let form = format!(
        "amount={amount}&currency={currency}&confirm=true&payment_method={method}&capture_method={capture}"
    );
    let Some(intent) = run.post(who, "/v1/payment_intents", &form, May::Spend)? else { return Ok(()) };
    if intent.text("status") == "succeeded" {
        let (charge, amount) = (intent.text("latest_charge").to_owned(), intent.int("amount"));
        run.told.outside(who, Place::Payments, currency, amount);
        // A refund that fails later is not followed by the books of this test.
        if method != "pm_card_refundFail" {
            run.told.charges.insert(charge.clone(), (who, currency));
            run.know("charge", who, &charge);
        }
    }
    Ok(())
}

fn refund_by_request(run: &mut Run) -> Check {
    let subject = run.some("charge");
    let form = format!("charge={}&amount={}", subject.id, run.dice.sent_amount());
    if let Some(refund) = run.post_about(&subject, "/v1/refunds", &form, May::Overdraw)? {
        let charge = refund.text("charge");
        let (who, currency) =
            run.told.charges.get(charge).copied().ok_or("an unknown charge was refunded")?;
        run.told.outside(who, Place::Payments, currency, -refund.int("amount"));
    }
    Ok(())
}

fn fee(run: &mut Run) -> Check {
    let (who, currency, amount) = (1 + run.dice.below(2), run.dice.currency(), run.dice.amount());
    let fee = i64::try_from(run.dice.below(usize::try_from(amount).unwrap() + 2)).unwrap();
    let (account, code) = (run.accounts[who].clone(), CurrencyCode::parse(currency).unwrap());
    let made =
        run.outside(&format!("account {who} is paid {amount} {currency}, fee {fee}"), May::Spend, |s| {
            s.accounts().charge(&account, amount, fee, code)
        })?;
    if let Some(id) = made {
        run.told.outside(who, Place::Payments, currency, amount);
        run.told.inside(who, Place::Payments, currency, -fee);
        run.told.inside(PLATFORM, Place::Payments, currency, fee);
        run.know("application_fee", PLATFORM, &id);
    }
    Ok(())
}

fn fee_refund(run: &mut Run) -> Check {
    let subject = run.some("application_fee");
    let form = if run.dice.once_in(3) { String::new() } else { format!("amount={}", run.dice.sent_amount()) };
    run.post_about(&subject, &format!("/v1/application_fees/{}/refunds", subject.id), &form, May::Spend)
        .map(drop)
}

fn transfer(run: &mut Run) -> Check {
    let (currency, amount) = (run.dice.currency(), run.dice.sent_amount());
    let to = if run.dice.once_in(16) {
        "acct_nobody".to_owned()
    } else {
        run.accounts[run.dice.below(ACCOUNTS)].clone()
    };
    let mut form = format!("amount={amount}&currency={currency}&destination={to}");
    // A transfer of a charge works even if its money was spent or refunded.
    let mut may = May::Spend;
    if run.dice.once_in(4) {
        form += &format!("&source_transaction={}", run.some("charge").id);
        may = May::Overdraw;
    }
    let who = if run.dice.once_in(16) { 1 } else { PLATFORM };
    run.post(who, "/v1/transfers", &form, may).map(drop)
}

fn reverse_transfer(run: &mut Run) -> Check {
    let subject = run.some("transfer");
    let form = if run.dice.once_in(3) { String::new() } else { format!("amount={}", run.dice.sent_amount()) };
    let path = format!("/v1/transfers/{}/reversals", subject.id);
    run.post_about(&subject, &path, &form, May::Overdraw).map(drop)
}

fn balance_transfer(run: &mut Run) -> Check {
    let (who, currency, amount) = (run.dice.below(ACCOUNTS), run.dice.currency(), run.dice.sent_amount());
    let (from, to) = run.dice.one_of(&[
        ("payments", "issuing"),
        ("payments", "issuing"),
        ("issuing", "payments"),
        ("issuing", "payments"),
        ("issuing", "issuing"),
    ]);
    let form = format!(
        "amount={amount}&currency={currency}&source_balance[type]={from}&destination_balance[type]={to}"
    );
    if let Some(transfer) = run.post(who, "/v1/balance_transfers", &form, May::Spend)? {
        let amount = transfer.int("amount");
        let into_issuing = if to == "issuing" { amount } else { -amount };
        run.told.inside(who, Place::Issuing, currency, into_issuing);
        run.told.inside(who, Place::Payments, currency, -into_issuing);
        if to == "issuing" {
            run.told.to_issuing.push((who, transfer.text("id").to_owned(), currency, amount));
        }
    }
    Ok(())
}

/// Gives an account an external account for payouts.
fn bank_account(run: &mut Run, who: usize, currency: &str) -> Check {
    // US accounts cannot have foreign bank accounts, but cards.
    let form = if currency == "eur" {
        "external_account=tok_visa_debit_de_transferSuccess".to_owned()
    } else {
        let number = run.dice.one_of(&["000123456789", "000123456789", "000111111116"]);
        format!(
            "external_account[object]=bank_account&external_account[currency]={currency}&external_account[country]=US\
             &external_account[routing_number]=110000000&external_account[account_number]={number}"
        )
    };
    let path = format!("/v1/accounts/{}/external_accounts", run.accounts[who]);
    let made = run.post(PLATFORM, &path, &form, May::Spend)?.ok_or("a bank account was rejected")?;
    run.know(&format!("bank account in {currency}"), who, made.text("id"));
    run.know("bank account", who, made.text("id"));
    Ok(())
}

fn payout(run: &mut Run) -> Check {
    let (who, currency, amount) = (run.dice.below(ACCOUNTS), run.dice.currency(), run.dice.sent_amount());
    let theirs = run.all(&format!("bank account in {currency}"));
    if theirs.iter().all(|(owner, _)| *owner != who) && !run.dice.once_in(8) {
        bank_account(run, who, currency)?;
    }
    let issuing = run.dice.once_in(3);
    let from = if issuing { "&source_balance=issuing" } else { "" };
    let method = if run.dice.once_in(6) { "&method=instant" } else { "" };
    let form = format!("amount={amount}&currency={currency}{from}{method}");
    if let Some(payout) = run.post(who, "/v1/payouts", &form, May::Spend)?
        && issuing
    {
        run.told.issuing_payouts.insert(payout.text("id").to_owned());
    }
    Ok(())
}

fn cancel_payout(run: &mut Run) -> Check {
    let subject = run.some("payout");
    run.post_about(&subject, &format!("/v1/payouts/{}/cancel", subject.id), "", May::Spend).map(drop)
}

/// Mostly of a payout paid just before, since only those can be reversed.
fn reverse_payout(run: &mut Run) -> Check {
    let subject = run.some("payout");
    let id = &subject.id;
    if !run.dice.once_in(4) {
        run.outside(&format!("{id} is sent"), May::Spend, |s| s.payouts().send(id))?;
        run.outside(&format!("{id} is paid"), May::Spend, |s| s.payouts().pay(id))?;
    }
    run.post_about(&subject, &format!("/v1/payouts/{id}/reverse"), "", May::Spend).map(drop)
}

fn payout_outside(run: &mut Run) -> Check {
    let id = run.some("payout").id;
    match run.dice.below(4) {
        0 => run.outside(&format!("{id} is sent"), May::Spend, |s| s.payouts().send(&id))?,
        1 | 2 => run.outside(&format!("{id} is paid"), May::Spend, |s| s.payouts().pay(&id))?,
        _ => run.outside(&format!("{id} fails"), May::Spend, |s| s.payouts().fail(&id, "account_closed"))?,
    };
    Ok(())
}

fn pay_out_all(run: &mut Run) -> Check {
    let account = run.accounts[run.dice.below(ACCOUNTS)].clone();
    run.outside(&format!("{account} is paid out"), May::Spend, |s| s.pay_out(&account)).map(drop)
}
