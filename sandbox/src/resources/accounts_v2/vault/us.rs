//! Bank accounts in the United States. Their holder proves to see the statement by the amounts or the code of deposits.

use super::{NUMBER, archive, in_currency, list, renamed, retrieve};
use crate::engine::calendar::DAY;
use crate::engine::{ApiError, Json, Peek, StateMachine, date_time, set, step, unix_seconds};
use crate::resources::accounts::{bank_accounts, bank_numbers};
use crate::resources::accounts_v2::errors::refuse;
use crate::resources::accounts_v2::projection::completed;
use crate::resources::events::v2::now;
use crate::resources::{Resource, entry};
use crate::state::RequestContext;
use serde_json::json;

pub(in crate::resources::accounts_v2) const KIND: &str = "v2.core.vault.us_bank_account";

/// The states of a verification.
pub static MACHINE: StateMachine = StateMachine {
    object: KIND,
    member: "verification.status",
    steps: &[
        step("unverified", "send", "awaiting_verification"),
        step("verification_failed", "send", "awaiting_verification"),
        step("awaiting_verification", "send", "awaiting_verification"),
        step("awaiting_verification", "confirm", "verified"),
        step("awaiting_verification", "fail", "verification_failed"),
    ],
};

/// The amounts of the two deposits and the code of the one, in test mode.
const AMOUNTS: [i64; 2] = [32, 45];
const CODE: &str = "SM11AA";
/// How long deposits can be confirmed, in seconds.
const LIFETIME: i64 = 10 * DAY;
/// The note that counts wrong answers.
const GUESSES: &str = "guesses";

pub(crate) static RESOURCE: Resource = Resource {
    name: "v2.core.vault.us_bank_accounts",
    entries: &[
        entry("PostV2CoreVaultUsBankAccounts", create, &[]),
        entry("GetV2CoreVaultUsBankAccounts", list_all, &[]),
        entry("GetV2CoreVaultUsBankAccountsId", |call| retrieve(call, KIND), &[]),
        entry("PostV2CoreVaultUsBankAccountsId", update, &[]),
        entry(
            "PostV2CoreVaultUsBankAccountsIdArchive",
            |call| archive(call, KIND, true),
            &["account.external_account.deleted", "account.updated"],
        ),
        entry("PostV2CoreVaultUsBankAccountsIdUnarchive", |call| archive(call, KIND, false), &[]),
        entry("PostV2CoreVaultUsBankAccountsIdSendMicrodeposits", send, &[]),
        entry("PostV2CoreVaultUsBankAccountsIdConfirmMicrodeposits", confirm, &[]),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    in_currency(call, "usd")?;
    check_numbers(call)?;
    let number: String =
        call.text("account_number").unwrap_or_default().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let routing = call.text("routing_number").unwrap_or_default();
    let account = json!({
        "archived": false, "restricted": false, "created": now(call), "supported_currencies": ["usd"],
        "bank_account_type": call.text("bank_account_type").unwrap_or_else(|| "checking".to_owned()),
        "bank_name": bank_numbers::bank_name(&routing),
        "last4": number.get(number.len().saturating_sub(4)..).unwrap_or_default(),
        "routing_number": call.param("routing_number"), "fedwire_routing_number": call.param("fedwire_routing_number"),
        "verification": { "status": "unverified" },
    });
    let account = super::super::persons_view::without_nulls(&account);
    let account = call.create(KIND, "usba", account)?;
    call.set_notes(account.text("id"), json!({ NUMBER: number, GUESSES: 0 }));
    completed(KIND, account)
}

/// Refuses numbers that banks in the United States do not have.
fn check_numbers(call: &RequestContext<'_>) -> Result<(), ApiError> {
    bank_accounts::check_us(&call.params, "").map_err(|refusal| renamed(refusal, &[]))?;
    if let Some(number) = call.text("fedwire_routing_number") {
        bank_accounts::check_us(&json!({ "routing_number": number }), "")
            .map_err(|refusal| renamed(refusal, &[("routing_number", "fedwire_routing_number")]))?;
    }
    Ok(())
}

fn list_all(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let status = call.text("verification_status");
    list(call, KIND, |found| {
        status.as_deref().is_none_or(|status| found.text("verification.status") == status)
    })
}

/// Fills in routing numbers; one that is there already stays.
fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let known = call.retrieve(KIND)?;
    check_numbers(call)?;
    let mut sent = Vec::new();
    for name in ["routing_number", "fedwire_routing_number"] {
        let Some(number) = call.text(name) else { continue };
        let there = known.text(name);
        if !there.is_empty() && there != number {
            let message =
                "The routing number is already set and cannot be changed; create another bank account.";
            return Err(refuse("invalid_vaulted_credential", message).param(name));
        }
        sent.push((name, number));
    }
    let change = call.change(known.text("id"), |account| {
        for (name, number) in sent {
            if name == "routing_number" {
                set(account, "bank_name", bank_numbers::bank_name(&number));
            }
            set(account, name, number);
        }
    })?;
    completed(KIND, change.object)
}

fn send(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.retrieve(KIND)?.text("id").to_owned();
    let (sent, expires) = (now(call), date_time(call.now() + LIFETIME));
    let step = call.permit(&MACHINE, &id, "send").map_err(not_now)?;
    let account = call.take(step, |account| {
        let details = json!({ "sent": sent, "expires": expires, "microdeposit_type": "descriptor_code" });
        if let Some(verification) = account.get_mut("verification") {
            set(verification, "microdeposit_verification_details", details);
        }
    })?;
    call.note(&id, |notes| set(notes, GUESSES, 0));
    completed(KIND, account)
}

fn not_now(refusal: ApiError) -> ApiError {
    refusal.code("verification_not_initiated")
}

/// Compares the amounts or the code. Too many wrong answers end the verification.
fn confirm(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let account = call.retrieve(KIND)?;
    let id = account.text("id").to_owned();
    let step = call.permit(&MACHINE, &id, "confirm").map_err(not_now)?;
    let expires = account.text("verification.microdeposit_verification_details.expires");
    if unix_seconds(expires).is_none_or(|end| end <= call.now()) {
        let message = "The deposits were sent too long ago; send new ones.";
        return Err(refuse("verification_expired", message));
    }
    let code = call.text("descriptor_code");
    let mut amounts: Vec<Option<i64>> = call.params.items("amounts").iter().map(Json::as_i64).collect();
    if code.is_some() != amounts.is_empty() {
        let message = "Send either the two amounts or the code of the statement.";
        return Err(refuse("parameter_missing", message).param("descriptor_code"));
    }
    amounts.sort_unstable();
    let right = match code {
        Some(code) => code.eq_ignore_ascii_case(CODE),
        None => amounts == AMOUNTS.map(Some),
    };
    if right {
        let account = call.take(step, |account| {
            if let Some(Json::Object(verification)) = account.get_mut("verification") {
                verification.remove("microdeposit_verification_details");
            }
        })?;
        return completed(KIND, account);
    }
    let guesses = call.notes(&id).int(GUESSES) + 1;
    call.note(&id, |notes| set(notes, GUESSES, guesses));
    let left = call.state.options.verification_attempts.saturating_sub(guesses).max(0);
    if left == 0 {
        call.step(&MACHINE, &id, "fail", |_| {})?;
    }
    let message =
        format!("Invalid amounts or code: they do not match the statement; {left} attempts are left.");
    Err(refuse("verification_attempt_failed", message).lasting())
}
