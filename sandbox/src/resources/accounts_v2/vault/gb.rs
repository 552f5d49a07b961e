//! Bank accounts in the United Kingdom, by account number and sort code or by IBAN.

use super::{NUMBER, archive, in_currency, list, renamed, retrieve};
use crate::engine::{ApiError, Json, Peek};
use crate::resources::accounts::bank_accounts;
use crate::resources::accounts_v2::errors::refuse;
use crate::resources::accounts_v2::projection::completed;
use crate::resources::events::v2::now;
use crate::resources::{Resource, entry};
use crate::state::RequestContext;
use serde_json::json;

pub(in crate::resources::accounts_v2) const KIND: &str = "v2.core.vault.gb_bank_account";

pub(crate) static RESOURCE: Resource = Resource {
    name: "v2.core.vault.gb_bank_accounts",
    entries: &[
        entry("PostV2CoreVaultGbBankAccounts", create, &[]),
        entry("GetV2CoreVaultGbBankAccounts", |call| list(call, KIND, |_| true), &[]),
        entry("GetV2CoreVaultGbBankAccountsId", |call| retrieve(call, KIND), &[]),
        entry(
            "PostV2CoreVaultGbBankAccountsIdArchive",
            |call| archive(call, KIND, true),
            &["account.external_account.deleted", "account.updated"],
        ),
        entry("PostV2CoreVaultGbBankAccountsIdUnarchive", |call| archive(call, KIND, false), &[]),
    ],
    machines: &[],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    in_currency(call, "gbp")?;
    let (number, sort_code) = numbers(call)?;
    let given =
        json!({ "country": "GB", "currency": "gbp", "account_number": number, "routing_number": sort_code });
    let (external, number) = bank_accounts::of(call, &given, "bank")
        .map_err(|refusal| renamed(refusal, &[("routing_number", "sort_code")]))?;
    let account = json!({
        "archived": false, "restricted": false, "created": now(call), "supported_currencies": ["gbp"],
        "bank_account_type": call.text("bank_account_type").unwrap_or_else(|| "checking".to_owned()),
        "bank_name": external.text("bank_name"), "last4": external.text("last4"),
        "sort_code": external.text("routing_number"),
    });
    let account = call.create(KIND, "gbba", account)?;
    call.set_notes(account.text("id"), json!({ NUMBER: number }));
    completed(KIND, account)
}

/// The account number and the sort code.
fn numbers(call: &RequestContext<'_>) -> Result<(String, String), ApiError> {
    let text = |name: &str| call.text(name).unwrap_or_default();
    let (number, sort_code) = (text("account_number"), text("sort_code"));
    let Some(iban) = call.text("iban") else {
        for (name, value) in [("account_number", &number), ("sort_code", &sort_code)] {
            if value.is_empty() {
                let message = format!("Send account_number and sort_code, or iban; {name} is missing.");
                return Err(refuse("parameter_missing", message).param(name));
            }
        }
        return Ok((number, sort_code));
    };
    if !number.is_empty() || !sort_code.is_empty() {
        let message = "Send account_number and sort_code, or iban, not both.";
        return Err(refuse("parameters_exclusive", message).param("iban"));
    }
    // GB, two check digits, four letters of the bank, sort code, account number.
    let iban: String = iban.chars().filter(|c| !c.is_whitespace()).collect();
    let parts = iban.get(8..14).zip(iban.get(14..22)).filter(|_| iban.starts_with("GB") && iban.len() == 22);
    let Some((sort_code, number)) = parts else {
        return Err(refuse("parameter_invalid", "This is not an IBAN of the United Kingdom.").param("iban"));
    };
    Ok((number.to_owned(), sort_code.to_owned()))
}
