//! Payments by request: intents, charges, refunds, disputes, and their effect on balances.

mod connect;
mod disputes;
mod intents;
mod methods;
mod refunds;

use crate::support::{get, post};
use stripe_sandbox::{BalanceKind, Json, Options, PaymentFees, Peek, Sandbox};

/// A request that succeeds.
fn made(sandbox: &Sandbox, account: &str, path: &str, form: &str) -> Json {
    let reply = post(sandbox, account, path, form);
    assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
    reply.json()
}

/// The error of a request that is refused with this status.
fn refused(sandbox: &Sandbox, account: &str, path: &str, form: &str, status: u16) -> Json {
    let reply = post(sandbox, account, path, form);
    assert_eq!(reply.status, status, "{path} {form}: {}", reply.json());
    reply.json().at("error").cloned().unwrap()
}

fn read(sandbox: &Sandbox, account: &str, path: &str) -> Json {
    let reply = get(sandbox, account, path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.json());
    reply.json()
}

/// A payment of 10.00 usd with a payment method, confirmed at once.
fn pay(sandbox: &Sandbox, account: &str, method: &str, more: &str) -> Json {
    made(sandbox, account, "/v1/payment_intents", &paid_by(method, more))
}

fn paid_by(method: &str, more: &str) -> String {
    format!("amount=1000&currency=usd&confirm=true&payment_method={method}{more}")
}

fn charge_of(sandbox: &Sandbox, account: &str, intent: &Json) -> Json {
    read(sandbox, account, &format!("/v1/charges/{}", intent.text("latest_charge")))
}

/// The pending and the available balance, in usd.
fn held(sandbox: &Sandbox, account: &str) -> (i64, i64) {
    let platform = sandbox.platform();
    let account = if account.is_empty() { platform.as_str() } else { account };
    let held = |kind| sandbox.balance(account, kind, stripe_platform::Currency::USD);
    (held(BalanceKind::Pending), held(BalanceKind::Available))
}

/// A sandbox that takes the fees of the United States.
fn with_fees() -> Sandbox {
    Sandbox::with(1, Options { payment_fees: PaymentFees::UNITED_STATES, ..Options::default() })
}

/// The types of the events since a number of them.
fn since(sandbox: &Sandbox, before: usize) -> Vec<String> {
    sandbox.event_types().split_off(before)
}
