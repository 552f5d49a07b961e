//! One module per family of resources. A resource is a table of operations and their handlers, independent of HTTP.

pub mod accounts;
pub mod accounts_v2;
pub mod events;
pub mod issuing;
pub mod money;
pub mod payments;
pub mod treasury;

use crate::engine::{ApiError, Json, Peek, StateMachine};
use crate::state::AccountHooks;
use crate::state::{AccountContext, Reaction, RequestContext, Rule, State};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The implementation of an operation.
pub type Handler = fn(&mut RequestContext<'_>) -> Result<Json, ApiError>;

/// A stateful operation.
#[derive(Debug)]
pub struct HandledOperation {
    /// The operation's id in the document.
    pub operation: &'static str,
    /// The implementation.
    pub handler: Handler,
    /// The events that it can cause, immediately or later.
    pub events: &'static [&'static str],
}

/// A family of resources.
#[derive(Debug)]
pub struct Resource {
    /// Its name.
    #[allow(dead_code, reason = "used by its Debug output")]
    pub name: &'static str,
    /// Its operations.
    pub entries: &'static [HandledOperation],
    /// Its state machines.
    pub machines: &'static [&'static StateMachine],
    /// Its automatic transitions.
    pub rules: &'static [&'static Rule],
}

const fn entry(
    operation: &'static str,
    handler: Handler,
    events: &'static [&'static str],
) -> HandledOperation {
    HandledOperation { operation, handler, events }
}

/// All resources. New ones are added only here.
pub static RESOURCES: &[&Resource] = &[
    &money::automatic_payouts::RESOURCE,
    &accounts::links::RESOURCE,
    &accounts::notices::RESOURCE,
    &accounts::sessions::RESOURCE,
    &accounts::RESOURCE,
    &money::application_fees::RESOURCE,
    &money::balance::RESOURCE,
    &money::settings::RESOURCE,
    &accounts::capabilities::RESOURCE,
    &accounts::countries::RESOURCE,
    &money::balance_transfers::RESOURCE,
    &events::events::RESOURCE,
    &accounts::external_accounts::RESOURCE,
    &issuing::authorizations::RESOURCE,
    &issuing::cardholders::RESOURCE,
    &issuing::cards::RESOURCE,
    &issuing::personalization_designs::RESOURCE,
    &issuing::disputes::RESOURCE,
    &issuing::ephemeral_keys::RESOURCE,
    &issuing::settlements::RESOURCE,
    &issuing::shipping::RESOURCE,
    &issuing::tokens::RESOURCE,
    &issuing::transactions::RESOURCE,
    &accounts::files::RESOURCE,
    &money::funding_instructions::RESOURCE,
    &money::negative_balances::RESOURCE,
    &money::payments::RESOURCE,
    &payments::charge_requests::RESOURCE,
    &payments::customers::RESOURCE,
    &payments::disputes::RESOURCE,
    &payments::intents::RESOURCE,
    &payments::methods::RESOURCE,
    &payments::refunds::RESOURCE,
    &payments::setup_intents::RESOURCE,
    &money::payouts::RESOURCE,
    &accounts::persons::RESOURCE,
    &money::sources::RESOURCE,
    &accounts::tokens::RESOURCE,
    &money::topups::RESOURCE,
    &money::transfers::RESOURCE,
    &treasury::financial_accounts::RESOURCE,
    &treasury::inbound_transfers::RESOURCE,
    &treasury::outbound_flows::RESOURCE,
    &treasury::received_flows::RESOURCE,
    &treasury::reversals::RESOURCE,
    &treasury::transactions::RESOURCE,
    &events::v2::event_destinations::RESOURCE,
    &events::v2::events::RESOURCE,
    &events::endpoints::RESOURCE,
    &accounts_v2::RESOURCE,
    &accounts_v2::PERSONS,
    &accounts_v2::TOKENS,
    &accounts_v2::vault::us::RESOURCE,
    &accounts_v2::vault::gb::RESOURCE,
];

/// The hooks for changes of accounts.
pub(crate) static ACCOUNT_HOOKS: AccountHooks = AccountHooks {
    review: accounts::verification::recompute,
    schedule_changed: money::automatic_payouts::plan_anew,
    opened: accounts_v2::events::opened,
    look: accounts_v2::events::look,
    changed: accounts_v2::events::changed,
    closing: accounts_v2::events::closing,
};

/// The reactions to changes of balances.
pub(crate) static REACTIONS: &[Reaction] =
    &[money::negative_balances::watch, money::automatic_payouts::watch];

/// The implementation of an operation; `None` if the sandbox does not have it.
pub fn handler(operation: &str) -> Option<Handler> {
    static BY_OPERATION: LazyLock<HashMap<&'static str, Handler>> =
        LazyLock::new(|| entries().map(|entry| (entry.operation, entry.handler)).collect());
    BY_OPERATION.get(operation).copied()
}

/// A stored object as shown: some members are looked up at that time.
pub(crate) fn shown(context: &AccountContext<'_>, object: Json) -> Result<Json, ApiError> {
    match object.text("object") {
        "file" => Ok(accounts::files::show(context, object)),
        "issuing.authorization" => issuing::authorizations::show(context, object),
        "issuing.card" => Ok(issuing::card_state::show(context, object)),
        "issuing.dispute" => issuing::disputes::show(context, object),
        _ => Ok(object),
    }
}

/// The object with this id, of any account, as shown.
pub(crate) fn shown_by_id(state: &mut State, id: &str) -> Option<Json> {
    let scope = state.owner(id)?;
    let context = state.context(scope);
    shown(&context, context.peek(id)?.clone()).ok()
}

/// All stateful operations.
pub fn entries() -> impl Iterator<Item = &'static HandledOperation> {
    RESOURCES.iter().flat_map(|system| system.entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;
    use std::collections::HashSet;

    #[test]
    fn every_entry_is_a_unique_documented_operation() {
        let mut seen = HashSet::new();
        for entry in entries() {
            assert!(spec::operation(entry.operation).is_some(), "{}", entry.operation);
            assert!(seen.insert(entry.operation), "{} twice", entry.operation);
        }
    }

    #[test]
    fn names_of_rules_are_unique() {
        let mut seen = HashSet::new();
        assert!(RESOURCES.iter().flat_map(|system| system.rules).all(|rule| seen.insert(rule.name)));
    }
}
