//! The balance of an account and its balance transactions, computed from the ledger.

use super::source_types;
use crate::engine::{ApiError, BalanceKind, CurrencyCode, Json, LedgerEntry, Peek, set};
use crate::resources::accounts::payout_destinations;
use crate::resources::accounts::read;
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;
use std::collections::BTreeMap;

pub(crate) static RESOURCE: Resource = Resource {
    name: "balance",
    entries: &[
        entry("GetBalance", balance, &[]),
        entry("GetBalanceTransactions", list, &[]),
        entry("GetBalanceTransactionsId", retrieve, &[]),
    ],
    machines: &[],
    rules: &[],
};

fn balance(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let net = call.expands("instant_available.net_available");
    read(call, net)
}

/// Emits that more of the payments balance is available.
pub(crate) fn announce(context: &mut AccountContext<'_>) -> Result<(), ApiError> {
    let balance = read(context, false)?;
    context.emit("balance.available", &balance)
}

/// The error if a balance is insufficient, with its available and pending amounts.
pub(crate) fn lacking(
    context: &AccountContext<'_>,
    from: &BalanceKind,
    currency: CurrencyCode,
    spendable: i64,
) -> ApiError {
    let (name, coming) = match from {
        BalanceKind::Issuing => ("Issuing", &[BalanceKind::IssuingIncoming][..]),
        BalanceKind::BankAvailable => ("payments (bank_account)", &[][..]),
        BalanceKind::FpxAvailable => ("payments (fpx)", &[][..]),
        _ => ("payments", &[BalanceKind::Pending, BalanceKind::Incoming][..]),
    };
    let coming: i64 = coming.iter().map(|kind| context.balance(kind.clone(), currency)).sum();
    let spendable = spendable.max(0);
    ApiError::insufficient(format!(
        "Insufficient {name} balance: {spendable} {currency} are available and {coming} {currency} are pending."
    ))
}

fn read(context: &AccountContext<'_>, net_available: bool) -> Result<Json, ApiError> {
    let mut reply = json!({
        "available": available(context),
        "pending": with_source_types(amounts(context, &[BalanceKind::Pending, BalanceKind::Incoming], true), "card"),
        "livemode": context.scope().live,
    });
    if read::has_cards(context) {
        let issuing = plain(amounts(context, &[BalanceKind::Issuing], false));
        set(&mut reply, "issuing", json!({ "available": issuing }));
    }
    let instant = instant(context, net_available);
    if !instant.is_empty() {
        set(&mut reply, "instant_available", instant);
    }
    let set_aside = amounts(context, &[BalanceKind::Prefunding], false);
    if set_aside.values().any(|amount| *amount != 0) {
        set(
            &mut reply,
            "refund_and_dispute_prefunding",
            json!({ "available": plain(set_aside), "pending": [] }),
        );
    }
    if context.is_platform() {
        let reserved = with_source_types(amounts(context, &[BalanceKind::ConnectReserved], false), "card");
        set(&mut reply, "connect_reserved", reserved);
    }
    spec::complete("balance", reply)
}

/// One sum per currency that the account ever held in these ledger accounts (with `payments`: in any of the payments
/// balance); zero in the account's default currency if there are none.
fn amounts(
    context: &AccountContext<'_>,
    kinds: &[BalanceKind],
    payments: bool,
) -> BTreeMap<CurrencyCode, i64> {
    let mut sums: BTreeMap<CurrencyCode, i64> = BTreeMap::new();
    for (purse, amount) in context.state.ledger.purses_of(context.scope()) {
        match &purse.kind {
            kind if kinds.contains(kind) => *sums.entry(purse.currency).or_default() += amount,
            BalanceKind::Available
            | BalanceKind::BankAvailable
            | BalanceKind::FpxAvailable
            | BalanceKind::Pending
            | BalanceKind::Incoming
                if payments =>
            {
                sums.entry(purse.currency).or_default();
            }
            _ => {}
        }
    }
    if sums.is_empty() {
        sums.insert(read::default_currency(context), 0);
    }
    sums
}

fn plain(sums: BTreeMap<CurrencyCode, i64>) -> Json {
    sums.into_iter()
        .map(|(currency, amount)| json!({ "amount": amount, "currency": currency.as_str() }))
        .collect()
}

fn with_source_types(sums: BTreeMap<CurrencyCode, i64>, source_type: &str) -> Json {
    let each = sums.into_iter().map(|(currency, amount)| {
        json!({ "amount": amount, "currency": currency.as_str(), "source_types": { source_type: amount } })
    });
    each.collect()
}

/// The available payments balance by source type.
fn available(context: &AccountContext<'_>) -> Json {
    let kinds = source_types::NAMES.map(source_types::kind);
    let each = amounts(context, &kinds, true).into_iter().map(|(currency, amount)| {
        let mut parts = json!({});
        for name in source_types::NAMES {
            let part = context.balance(source_types::kind(name), currency);
            if part != 0 || name == "card" {
                set(&mut parts, name, part);
            }
        }
        json!({ "amount": amount, "currency": currency.as_str(), "source_types": parts })
    });
    each.collect()
}

/// The amount available for instant payouts, per currency with a suitable external account, and per external account.
fn instant(context: &AccountContext<'_>, net_available: bool) -> Vec<Json> {
    let mut destinations: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for external in context.all("bank_account").chain(context.all("card")) {
        if payout_destinations::takes_instant_payouts(external) {
            let ids = destinations.entry(external.text("currency").to_owned()).or_default();
            ids.push(external.text("id").to_owned());
        }
    }
    let each = destinations.into_iter().filter_map(|(code, ids)| {
        let currency = CurrencyCode::parse(&code)?;
        let amount = context
            .balance(BalanceKind::Available, currency)
            .min(source_types::spendable(context, currency))
            .max(0);
        let mut entry = json!({ "amount": amount, "currency": code, "source_types": { "card": amount } });
        if net_available {
            let net: Json = ids
                .iter()
                .map(|id| json!({ "amount": amount, "destination": id, "source_types": { "card": amount } }))
                .collect();
            set(&mut entry, "net_available", net);
        }
        Some(entry)
    });
    each.collect()
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let now = call.now();
    let ledger = &call.state.ledger;
    let payout = call.text("payout");
    let settled = payout.as_ref().map(|payout| call.notes(payout)).unwrap_or_default();
    let belongs = |id: &str, source: Option<&str>| match &payout {
        None => true,
        Some(payout) => {
            source == Some(payout.as_str()) || settled.items("settled").iter().any(|settled| settled == id)
        }
    };
    let place = |param: &str| match call.text(param) {
        Some(id) if ledger.line(call.scope(), &id).is_none() => {
            Err(ApiError::missing("balance transaction", &id, param))
        }
        id => Ok(id),
    };
    let (start, end) = (place("starting_after")?, place("ending_before")?);
    let fits = |line: &&LedgerEntry| belongs(&line.id, line.source.as_deref());
    let objects =
        |line: &LedgerEntry| spec::complete("balance_transaction", line.object(now)).unwrap_or_default();
    Ok(match end {
        Some(end) => call.gather(ledger.lines_after(call.scope(), &end).filter(fits).map(objects), true),
        None => {
            call.gather(ledger.lines_before(call.scope(), start.as_deref()).filter(fits).map(objects), false)
        }
    })
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("id");
    let line = call.state.ledger.line(call.scope(), &id).map(|line| line.object(call.now()));
    spec::complete(
        "balance_transaction",
        line.ok_or_else(|| ApiError::missing("balance transaction", &id, "id"))?,
    )
}
