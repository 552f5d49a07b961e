//! Translates parameters of an account in API v2 to those of API v1, and separates those that only API v2 has.

use super::errors::refuse;
use super::fields::{self, ACCOUNT, COMPANY, MERCHANT, place};
use super::persons_view::{self, Told, address_for};
use super::projection::ADDRESSES;
use super::{capabilities, memory, numbers, payout_methods};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts;
use crate::resources::accounts::internal;
use crate::resources::events::v2::merge_metadata;
use crate::state::AccountContext;
use serde_json::json;

/// A request about an account, translated.
#[derive(Debug)]
pub(super) struct Translation {
    /// The parameters of API v1.
    pub(super) v1: Json,
    /// Members that only API v2 has.
    own: Json,
    /// The types of the company's numbers.
    numbers: Option<Json>,
    /// The individual who holds the account.
    individual: Option<Told>,
    /// The configurations to apply (`true`) or to deactivate.
    turned: Vec<(&'static str, bool)>,
    /// Whether taxes of customers are to be computed.
    taxes: Option<bool>,
    payout_methods: Option<Json>,
    metadata: Option<Json>,
}

/// Translates the parameters.
pub(super) fn read(sent: &Json) -> Result<Translation, ApiError> {
    let mut sent = internal::without(sent, &["account_token", "include", "dashboard"]);
    fields::drop_at(&mut sent, "defaults.responsibilities");
    let mut v1 = json!({});
    let (turned, taxes) = configurations(&mut sent, &mut v1)?;
    for table in [&*ACCOUNT, &*COMPANY, &*MERCHANT] {
        fields::merge(&mut v1, &fields::take(table, &mut sent)?);
    }
    let mut take = |parent: &str, name: &str| {
        let parent = if parent.is_empty() { Some(&mut sent) } else { sent.pointer_mut(parent) };
        parent.and_then(Json::as_object_mut).and_then(|members| members.remove(name))
    };
    if let Some(country) = take("/identity", "country").filter(|country| !country.is_null()) {
        set(&mut v1, "country", country.as_str().unwrap_or_default().to_ascii_uppercase());
    }
    let individual = match take("/identity", "individual") {
        Some(individual @ Json::Object(_)) => Some(persons_view::read(individual)?),
        _ => None,
    };
    if let Some(individual) = &individual {
        set(&mut v1, "individual", individual.v1.clone());
    }
    if let Some(addresses) = take("/identity/business_details", "additional_addresses") {
        for (purpose, member) in ADDRESSES {
            place(&mut v1, &format!("company.{member}"), address_for(&addresses, purpose));
        }
    }
    let (payout_methods, metadata) = (take("/defaults", "payout_methods"), take("", "metadata"));
    let mut numbers = None;
    if let Some(details) = sent.pointer_mut("/identity/business_details") {
        numbers = numbers::take_company(details, &mut v1);
        fields::drop_at(details, "documents.primary_verification");
    }
    Ok(Translation { v1, own: sent, numbers, individual, turned, taxes, payout_methods, metadata })
}

/// Capabilities by name, and whether each is requested.
type Switches = Vec<(&'static str, bool)>;

/// Takes the capabilities and the switches out of the configurations. A configuration that is named is applied.
fn configurations(sent: &mut Json, v1: &mut Json) -> Result<(Switches, Option<bool>), ApiError> {
    let (mut turned, mut taxes) = (Vec::new(), None);
    for name in memory::CONFIGURATIONS {
        let Some(Json::Object(members)) = sent.pointer_mut(&format!("/configuration/{name}")) else {
            continue;
        };
        let applied = members.remove("applied").and_then(|applied| applied.as_bool());
        turned.push((name, applied.unwrap_or(true)));
        let asked = members.remove("capabilities").unwrap_or_default();
        for (path, wanted) in capabilities::asked(&asked) {
            if name == "customer" {
                taxes = Some(wanted);
            } else if let Some(known) = capabilities::of_v2(name, &path) {
                place(v1, &format!("capabilities.{known}.requested"), wanted.into());
            } else {
                let message = format!("The platform cannot request {path}: it does not use Global Payouts.");
                let param = fields::bracketed(&format!("configuration.{name}.capabilities.{path}"));
                return Err(refuse("account_capability_not_supported", message).param(param));
            }
        }
    }
    Ok((turned, taxes))
}

impl Translation {
    /// Takes out what a new account has from the start, so that it is no change of it: what only API v2 knows of the account
    /// itself, and the metadata.
    pub(super) fn take_initial(&mut self) -> (Json, Json) {
        let phone = self.own.as_object_mut().and_then(|own| own.remove("contact_phone"));
        let own = phone.map_or_else(|| json!({}), |phone| json!({ "contact_phone": phone }));
        (own, merge_metadata(None, self.metadata.take().as_ref()))
    }

    /// Whether a configuration is among those that are named.
    pub(super) fn turns(&self, name: &str) -> Option<bool> {
        self.turned.iter().find(|(known, _)| *known == name).map(|(_, on)| *on)
    }

    /// The configurations that are named, with whether they are applied.
    pub(super) fn turned(&self) -> &[(&'static str, bool)] {
        &self.turned
    }

    /// Does everything to the account, without a review.
    pub(super) fn apply(self, books: &mut AccountContext<'_>) -> Result<(), ApiError> {
        accounts::apply(books, &self.v1)?;
        self.apply_rest(books)
    }

    /// Does what API v1 does not know.
    pub(super) fn apply_rest(self, books: &mut AccountContext<'_>) -> Result<(), ApiError> {
        let mut known = memory::of_account(books);
        for (name, on) in &self.turned {
            memory::turn(&mut known, name, *on);
        }
        let mut own = known.at("own").cloned().unwrap_or_else(|| json!({}));
        fields::merge(&mut own, &self.own);
        set(&mut known, "own", own);
        if let Some(numbers) = self.numbers {
            set(&mut known, "id_numbers", numbers);
        }
        if let Some(taxes) = self.taxes {
            set(&mut known, "taxes", taxes);
        }
        memory::keep(books, known);
        if let Some(told) = self.individual
            && let Some(id) = accounts::representative(books)
        {
            memory::merge_person(books, &id, &told.own, told.numbers);
            if let Some(metadata) = told.metadata {
                let merged =
                    merge_metadata(books.peek(&id).and_then(|known| known.get("metadata")), Some(&metadata));
                books.change(&id, |person| set(person, "metadata", merged))?;
            }
        }
        if let Some(methods) = self.payout_methods {
            payout_methods::choose(books, &methods)?;
        }
        if let (Some(metadata), Some(mut account)) = (self.metadata, internal::account(books)) {
            let merged = merge_metadata(account.get("metadata"), Some(&metadata));
            set(&mut account, "metadata", merged);
            internal::keep(books, account)?;
        }
        Ok(())
    }
}
