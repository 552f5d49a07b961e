//! The operations that a fixture can name. A test compares the list with the generated requests.

use crate::request::{Operation, Request};
use crate::wire::{Typed, Value, View, decode};
use crate::*;

/// An operation, as far as a replay must know it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) operation: &'static Operation,
    /// Reads a reply as the client would, and names the members that its types do not have.
    pub(super) read: fn(&[u8]) -> Result<Vec<String>, String>,
}

macro_rules! operations {
    ($($request:path),* $(,)?) => {
        static OPERATIONS: &[Known] =
            &[$(Known { operation: <$request as Request>::OPERATION, read: read::<<$request as Request>::Output> }),*];
    };
}

operations! {
    account_link::Create,
    account_session::Create,
    account::List,
    account::Create,
    account::Retrieve,
    account::Update,
    account::Delete,
    account::login_link::Create,
    account::Reject,
    country_spec::List,
    country_spec::Retrieve,
    account::capability::List,
    account::capability::Retrieve,
    account::capability::Update,
    account::external_account::List,
    account::external_account::Create,
    account::external_account::Retrieve,
    account::external_account::Update,
    account::external_account::Delete,
    account::person::List,
    account::person::Create,
    account::person::Retrieve,
    account::person::Update,
    account::person::Delete,
    account_notice::List,
    account_notice::Retrieve,
    account_notice::Update,
    balance_transfer::Create,
    issuing::funding_instructions::List,
    issuing::funding_instructions::Create,
    source::Create,
    source::Retrieve,
    source::Update,
    source::transaction::List,
    source::transaction::Retrieve,
    source::Verify,
    token::Create,
    token::Retrieve,
    topup::List,
    topup::Create,
    topup::Retrieve,
    topup::Update,
    topup::Cancel,
    balance::Retrieve,
    balance_settings::Retrieve,
    balance_settings::Update,
    balance_transaction::List,
    balance_transaction::Retrieve,
    application_fee::List,
    application_fee::refund::Retrieve,
    application_fee::refund::Update,
    application_fee::Retrieve,
    application_fee::refund::List,
    application_fee::refund::Create,
    payout::List,
    payout::Create,
    payout::Retrieve,
    payout::Update,
    payout::Cancel,
    payout::Reverse,
    transfer::List,
    transfer::Create,
    transfer::reversal::List,
    transfer::reversal::Create,
    transfer::Retrieve,
    transfer::Update,
    transfer::reversal::Retrieve,
    transfer::reversal::Update,
    ephemeral_key::Create,
    ephemeral_key::Delete,
    issuing::cardholder::List,
    issuing::cardholder::Create,
    issuing::cardholder::Retrieve,
    issuing::cardholder::Update,
    issuing::card::List,
    issuing::card::Create,
    issuing::card::Retrieve,
    issuing::card::Update,
    issuing::authorization::List,
    issuing::authorization::Retrieve,
    issuing::authorization::Update,
    issuing::authorization::Approve,
    issuing::authorization::Decline,
    issuing::dispute::List,
    issuing::dispute::Create,
    issuing::dispute::Retrieve,
    issuing::dispute::Update,
    issuing::dispute::Submit,
    issuing::transaction::List,
    issuing::transaction::Retrieve,
    issuing::transaction::Update,
    issuing::personalization_design::List,
    issuing::personalization_design::Create,
    issuing::personalization_design::Retrieve,
    issuing::personalization_design::Update,
    issuing::physical_bundle::List,
    issuing::physical_bundle::Retrieve,
    issuing::settlement::Retrieve,
    issuing::settlement::Update,
    issuing::token::List,
    issuing::token::Retrieve,
    issuing::token::Update,
    test_helpers::issuing::authorization::Create,
    test_helpers::issuing::authorization::Capture,
    test_helpers::issuing::authorization::Expire,
    test_helpers::issuing::authorization::FinalizeAmount,
    test_helpers::issuing::authorization::RespondToFraudChallenge,
    test_helpers::issuing::authorization::Increment,
    test_helpers::issuing::authorization::Reverse,
    test_helpers::issuing::card::DeliverShipping,
    test_helpers::issuing::card::FailShipping,
    test_helpers::issuing::card::ReturnShipping,
    test_helpers::issuing::card::Ship,
    test_helpers::issuing::card::SubmitShipping,
    test_helpers::issuing::balance::Fund,
    test_helpers::issuing::personalization_design::Activate,
    test_helpers::issuing::personalization_design::Deactivate,
    test_helpers::issuing::personalization_design::Reject,
    test_helpers::issuing::settlement::Create,
    test_helpers::issuing::settlement::Complete,
    test_helpers::issuing::transaction::CreateForceCapture,
    test_helpers::issuing::transaction::CreateUnlinkedRefund,
    test_helpers::issuing::transaction::Refund,
    treasury::credit_reversal::List,
    treasury::credit_reversal::Create,
    treasury::credit_reversal::Retrieve,
    treasury::debit_reversal::List,
    treasury::debit_reversal::Create,
    treasury::debit_reversal::Retrieve,
    treasury::financial_account::List,
    treasury::financial_account::Create,
    treasury::financial_account::Retrieve,
    treasury::financial_account::Update,
    treasury::financial_account::Close,
    treasury::financial_account::RetrieveFeatures,
    treasury::financial_account::UpdateFeatures,
    treasury::inbound_transfer::List,
    treasury::inbound_transfer::Create,
    treasury::inbound_transfer::Retrieve,
    treasury::inbound_transfer::Cancel,
    treasury::outbound_payment::List,
    treasury::outbound_payment::Create,
    treasury::outbound_payment::Retrieve,
    treasury::outbound_payment::Cancel,
    treasury::outbound_transfer::List,
    treasury::outbound_transfer::Create,
    treasury::outbound_transfer::Retrieve,
    treasury::outbound_transfer::Cancel,
    treasury::received_credit::List,
    treasury::received_credit::Retrieve,
    treasury::received_debit::List,
    treasury::received_debit::Retrieve,
    treasury::transaction_entry::List,
    treasury::transaction_entry::Retrieve,
    treasury::transaction::List,
    treasury::transaction::Retrieve,
    test_helpers::treasury::inbound_transfer::Fail,
    test_helpers::treasury::inbound_transfer::Return,
    test_helpers::treasury::inbound_transfer::Succeed,
    test_helpers::treasury::outbound_payment::Update,
    test_helpers::treasury::outbound_payment::Fail,
    test_helpers::treasury::outbound_payment::Post,
    test_helpers::treasury::outbound_payment::Return,
    test_helpers::treasury::outbound_transfer::Update,
    test_helpers::treasury::outbound_transfer::Fail,
    test_helpers::treasury::outbound_transfer::Post,
    test_helpers::treasury::outbound_transfer::Return,
    test_helpers::treasury::received_credit::Create,
    test_helpers::treasury::received_debit::Create,
    file_link::List,
    file_link::Create,
    file_link::Retrieve,
    file_link::Update,
    file::List,
    file::Create,
    file::Retrieve,
    event::List,
    event::Retrieve,
    webhook_endpoint::List,
    webhook_endpoint::Create,
    webhook_endpoint::Retrieve,
    webhook_endpoint::Update,
    webhook_endpoint::Delete,
    v2::core::account_link::Create,
    v2::core::account_token::Create,
    v2::core::account_token::Retrieve,
    v2::core::account::List,
    v2::core::account::Create,
    v2::core::account::person_token::Create,
    v2::core::account::person_token::Retrieve,
    v2::core::account::person::List,
    v2::core::account::person::Create,
    v2::core::account::person::Retrieve,
    v2::core::account::person::Update,
    v2::core::account::person::Delete,
    v2::core::account::Retrieve,
    v2::core::account::Update,
    v2::core::account::Close,
    v2::core::event_destination::List,
    v2::core::event_destination::Create,
    v2::core::event_destination::Retrieve,
    v2::core::event_destination::Update,
    v2::core::event_destination::Delete,
    v2::core::event_destination::Disable,
    v2::core::event_destination::Enable,
    v2::core::event_destination::Ping,
    v2::core::event::List,
    v2::core::event::Retrieve,
}

impl Known {
    pub(super) fn by_id(id: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|known| known.operation.id == id)
    }

    /// The operation that a call is of. Names in the path win over placeholders.
    pub(super) fn by_call(method: &str, path: &str) -> Option<&'static Self> {
        let fitting =
            OPERATIONS.iter().filter(|known| known.operation.method.as_str() == method && known.fits(path));
        fitting.min_by_key(|known| known.operation.path.matches('{').count())
    }

    /// Whether a path is one of the operation, whatever stands for the placeholders.
    pub(super) fn fits(&self, path: &str) -> bool {
        let template = self.operation.path.split('/');
        let mut fits = template.clone().count() == path.split('/').count();
        for (wanted, found) in template.zip(path.split('/')) {
            fits &= if wanted.starts_with('{') { !found.is_empty() } else { wanted == found };
        }
        fits
    }
}

fn read<T: Typed>(bytes: &[u8]) -> Result<Vec<String>, String> {
    let value: T = decode::from_slice(bytes)?;
    let mut unknown = Vec::new();
    find_unknown(&value, "", &mut unknown);
    Ok(unknown)
}

/// Finds the members that were kept without being known.
fn find_unknown(value: &dyn Value, path: &str, into: &mut Vec<String>) {
    let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value.view() {
        View::Record(record) => {
            into.extend(record.extra().into_iter().flat_map(Extra::iter).map(|(name, _)| inside(name)));
            for (index, field) in record.table().fields.iter().enumerate() {
                if let Some(value) = record.field(index) {
                    find_unknown(value, &inside(field.name), into);
                }
            }
        }
        View::List(list) => {
            for (index, item) in (0..list.len()).filter_map(|index| Some((index, list.item(index)?))) {
                find_unknown(item, &format!("{path}[{index}]"), into);
            }
        }
        View::Map(map) => map.entries().for_each(|(name, value)| find_unknown(value, &inside(name), into)),
        View::Secret(value) => find_unknown(value, path, into),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::catalog::REQUESTS;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_is_listed() {
        let listed: BTreeSet<&str> = OPERATIONS.iter().map(|known| known.operation.id).collect();
        let generated: BTreeSet<&str> = REQUESTS.iter().map(|(id, _)| *id).collect();
        assert_eq!(listed, generated);
        assert_eq!(listed.len(), OPERATIONS.len());
    }

    #[test]
    fn calls_find_their_operation() {
        let id = |method, path| Known::by_call(method, path).map(|known| known.operation.id);
        assert_eq!(id("POST", "/v1/sources/src_1/verify"), Some("PostSourcesSourceVerify"));
        assert_eq!(id("GET", "/v1/issuing/cards/ic_1"), Some("GetIssuingCardsCard"));
        assert_eq!(id("GET", "/v1/issuing/cards/"), None);
        assert_eq!(id("PUT", "/v1/topups"), None);
        assert_eq!(id("POST", "/v1/customers"), None);
    }

    #[test]
    fn members_that_no_type_has_are_named() {
        let read = Known::by_id("GetBalance").unwrap().read;
        let balance = br#"{"object":"balance","livemode":false,"pending":[],"lonely":1,
            "available":[{"amount":1,"currency":"usd","source_types":{"card":1,"shells":2}}]}"#;
        assert_eq!(read(balance).unwrap(), ["lonely", "available[0].source_types.shells"]);
        assert!(read(br#"{"object":"balance"}"#).unwrap_err().contains("`available`"));
    }
}
