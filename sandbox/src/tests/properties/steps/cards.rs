//! Cards: purchases, captures, refunds and disputes.

use super::treasury::financial_account;
use super::{Step, about, step};
use crate::engine::{Json, Peek};
use crate::resources::issuing::authorizations::Answer;
use crate::tests::properties::run::{ACCOUNTS, Check, May, Run, Subject};

pub const STEPS: &[Step] = &[
    step("authorize", authorize),
    step("authorize", authorize),
    step("authorize", authorize),
    step("authorize", authorize),
    about("approved authorization", "increment", increment),
    about("approved authorization", "capture", capture),
    about("approved authorization", "capture", capture),
    about("approved authorization", "capture", capture),
    about("approved authorization", "reverse", reverse),
    about("approved authorization", "expire", expire),
    about("approved authorization", "finalize", finalize),
    about("question", "answer", answer),
    about("question", "decide by API", decide),
    step("force capture", force_capture),
    step("unlinked refund", unlinked_refund),
    about("issuing.transaction", "refund a capture", refund_capture),
    about("issuing.transaction", "refund a capture", refund_capture),
    about("captured", "dispute", dispute),
    about("captured", "dispute", dispute),
    about("issuing.dispute", "dispute submit", submit),
    about("captured", "dispute outside", dispute_outside),
    about("issuing.card", "card update", update_card),
];

const HOLDER: &str = "name=Ada+Example&individual[first_name]=Ada&individual[last_name]=Example\
    &individual[card_issuing][user_terms_acceptance][date]=1767000000\
    &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1\
    &billing[address][line1]=1+Street&billing[address][city]=Town&billing[address][country]=US\
    &billing[address][postal_code]=94103";

/// A card, occasionally a new one or one of a financial account.
fn card(run: &mut Run) -> Check<Subject> {
    if !run.all("issuing.card").is_empty() && !run.dice.once_in(8) {
        return Ok(run.some("issuing.card"));
    }
    let who = run.dice.below(ACCOUNTS);
    let holder = run.all("issuing.cardholder").iter().find(|(owner, _)| *owner == who);
    let holder = match holder {
        Some((_, id)) => id.clone(),
        None => {
            let made = run.post(who, "/v1/issuing/cardholders", HOLDER, May::Spend)?;
            made.ok_or("a cardholder was refused")?.text("id").to_owned()
        }
    };
    let money = match run.dice.below(4) {
        0 => format!("&financial_account={}", financial_account(run, who)?),
        _ => String::new(),
    };
    let form = format!("type=virtual&status=active&currency=usd&cardholder={holder}{money}");
    // A closed financial account cannot have a new card.
    let made = run.post(who, "/v1/issuing/cards", &form, May::Spend)?;
    let id = made.as_ref().map_or("ic_none", |card| card.text("id"));
    Ok(Subject { who, id: id.to_owned(), theirs: made.is_some() })
}

fn authorize(run: &mut Run) -> Check {
    let card = card(run)?;
    let asked = run.dice.once_in(4);
    run.sandbox.state().questions_asked = asked;
    let amount = run.dice.sent_amount();
    let more = run.dice.one_of(&[
        "",
        "&is_amount_controllable=true",
        "&merchant_data[category]=hotels_motels_and_resorts",
        "&merchant_data[category]=automated_cash_disburse",
        "&verification_data[cvc_check]=mismatch",
    ]);
    let form = format!("card={}&amount={amount}{more}", card.id);
    run.post_about(&card, "/v1/test_helpers/issuing/authorizations", &form, May::Spend).map(drop)
}

fn helper(run: &mut Run, what: &str, form: &str, may: May) -> Check<Option<Json>> {
    let subject = if run.dice.once_in(8) { "issuing.authorization" } else { "approved authorization" };
    let subject = run.some(subject);
    let path = format!("/v1/test_helpers/issuing/authorizations/{}/{what}", subject.id);
    let reply = run.post_about(&subject, &path, form, may)?;
    for capture in reply.as_ref().map(|reply| reply.items("transactions")).into_iter().flatten() {
        run.know("issuing.transaction", subject.who, capture.text("id"));
        run.know("captured", subject.who, capture.text("id"));
    }
    Ok(reply)
}

/// An amount parameter; half of the time omitted, for the complete rest.
fn perhaps(run: &mut Run, name: &str) -> String {
    if run.dice.once_in(2) { String::new() } else { format!("{name}={}", run.dice.sent_amount()) }
}

fn increment(run: &mut Run) -> Check {
    let form = format!("increment_amount={}", run.dice.sent_amount());
    helper(run, "increment", &form, May::Spend).map(drop)
}

fn capture(run: &mut Run) -> Check {
    let mut form = perhaps(run, "capture_amount");
    if run.dice.once_in(2) {
        form += "&close_authorization=false";
    }
    // A capture may exceed the hold.
    helper(run, "capture", &form, May::Overdraw).map(drop)
}

fn reverse(run: &mut Run) -> Check {
    let form = perhaps(run, "reverse_amount");
    helper(run, "reverse", &form, May::Spend).map(drop)
}

fn expire(run: &mut Run) -> Check {
    helper(run, "expire", "", May::Spend).map(drop)
}

fn finalize(run: &mut Run) -> Check {
    let form = format!("final_amount={}", run.dice.sent_amount());
    helper(run, "finalize_amount", &form, May::Spend).map(drop)
}

/// A pending authorization, or any.
fn waiting(run: &mut Run) -> Subject {
    let questions = run.sandbox.authorizations().waiting();
    match questions.first().filter(|_| !run.dice.once_in(8)) {
        Some(question) => {
            let id = question.authorization.clone();
            let who = run.accounts.iter().position(|account| **account == *question.scope.account);
            Subject { who: who.unwrap_or_default(), id, theirs: true }
        }
        None => run.some("issuing.authorization"),
    }
}

fn answer(run: &mut Run) -> Check {
    let id = waiting(run).id;
    let answer = match run.dice.below(5) {
        0 => Answer::decline(),
        1 => Answer::approve_part(run.dice.amount()),
        2 => Answer { status: 500, ..Answer::approve() },
        _ => Answer::approve(),
    };
    run.outside(&format!("{id} is answered with {}", answer.body), May::Spend, |sandbox| {
        sandbox.authorizations().answer(&id, &answer)
    })
    .map(drop)
}

fn decide(run: &mut Run) -> Check {
    let (subject, what) = (waiting(run), run.dice.one_of(&["approve", "decline"]));
    let form = if what == "approve" { perhaps(run, "amount") } else { String::new() };
    let path = format!("/v1/issuing/authorizations/{}/{what}", subject.id);
    run.post_about(&subject, &path, &form, May::Spend).map(drop)
}

fn alone(run: &mut Run, what: &str, may: May) -> Check {
    let card = card(run)?;
    let form = format!("card={}&amount={}", card.id, run.dice.sent_amount());
    run.post_about(&card, &format!("/v1/test_helpers/issuing/transactions/{what}"), &form, may).map(drop)
}

fn force_capture(run: &mut Run) -> Check {
    alone(run, "create_force_capture", May::Overdraw)
}

fn unlinked_refund(run: &mut Run) -> Check {
    alone(run, "create_unlinked_refund", May::Spend)
}

fn refund_capture(run: &mut Run) -> Check {
    let (subject, form) = (run.some("issuing.transaction"), perhaps(run, "refund_amount"));
    let path = format!("/v1/test_helpers/issuing/transactions/{}/refund", subject.id);
    run.post_about(&subject, &path, &form, May::Spend).map(drop)
}

fn dispute(run: &mut Run) -> Check {
    make_dispute(run).map(drop)
}

fn make_dispute(run: &mut Run) -> Check<Option<Json>> {
    let subject = if run.dice.once_in(8) { "issuing.transaction" } else { "captured" };
    let subject = run.some(subject);
    let mut form = format!("transaction={}&evidence[reason]=fraudulent", subject.id);
    if !run.dice.once_in(4) {
        form += "&evidence[fraudulent][explanation]=It+was+not+me";
    }
    if run.dice.once_in(3) {
        form += &format!("&amount={}", run.dice.sent_amount());
    }
    run.post_about(&subject, "/v1/issuing/disputes", &form, May::Spend)
}

fn submit(run: &mut Run) -> Check {
    submit_one(run).map(drop)
}

fn submit_one(run: &mut Run) -> Check<Subject> {
    let subject = run.some("issuing.dispute");
    run.post_about(&subject, &format!("/v1/issuing/disputes/{}/submit", subject.id), "", May::Spend)?;
    Ok(subject)
}

/// Mostly of a dispute submitted just before, since only those can be decided.
fn dispute_outside(run: &mut Run) -> Check {
    if run.all("issuing.dispute").is_empty() {
        make_dispute(run)?;
    }
    let id = if run.dice.once_in(4) { run.some("issuing.dispute").id } else { submit_one(run)?.id };
    match run.dice.below(3) {
        0 => {
            let done =
                run.outside(&format!("{id} is paid for now"), May::Spend, |s| s.disputes().reinstate(&id))?;
            if done.is_some() {
                run.told.reinstated.insert(id);
            }
        }
        1 => drop(run.outside(&format!("{id} is won"), May::Spend, |s| s.disputes().win(&id))?),
        // Provisionally returned money is debited again, although it may have been spent.
        _ => {
            let lose = |s: &crate::Sandbox| s.disputes().lose(&id, "not_cancelled");
            run.outside(&format!("{id} is lost"), May::Overdraw, lose)?;
        }
    }
    Ok(())
}

fn update_card(run: &mut Run) -> Check {
    let subject = run.some("issuing.card");
    let form = run.dice.one_of(&[
        "status=inactive",
        "status=active",
        "status=active",
        "status=canceled",
        "spending_controls[spending_limits][0][amount]=900&spending_controls[spending_limits][0][interval]=daily",
    ]);
    run.post_about(&subject, &format!("/v1/issuing/cards/{}", subject.id), form, May::Spend).map(drop)
}
