//! One module per family of resources. A system is a table of operations and what they do; it knows nothing of HTTP.

pub mod accounts;
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

/// What an operation does.
pub type Handler = fn(&mut RequestContext<'_>) -> Result<Json, ApiError>;

/// A stateful operation.
#[derive(Debug)]
pub struct HandledOperation {
    /// The operation's id in the document.
    pub operation: &'static str,
    /// What it does.
    pub handler: Handler,
    /// The events that it can cause, at once or later.
    pub events: &'static [&'static str],
}

/// A family of resources.
#[derive(Debug)]
pub struct Resource {
    /// Its name.
    #[allow(dead_code, reason = "for those who print it")]
    pub name: &'static str,
    /// Its operations.
    pub entries: &'static [HandledOperation],
    /// Its state machines.
    pub machines: &'static [&'static StateMachine],
    /// Its transitions that happen by themselves.
    pub rules: &'static [&'static Rule],
}

const fn entry(
    operation: &'static str,
    handler: Handler,
    events: &'static [&'static str],
) -> HandledOperation {
    HandledOperation { operation, handler, events }
}

/// Every system. A new one is added here and nowhere else.
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
];

/// What follows from changes of accounts.
pub(crate) static ACCOUNT_HOOKS: AccountHooks = AccountHooks {
    review: accounts::verification::recompute,
    schedule_changed: money::automatic_payouts::plan_anew,
};

/// What follows from changes of balances.
pub(crate) static REACTIONS: &[Reaction] =
    &[money::negative_balances::watch, money::automatic_payouts::watch];

/// What an operation does; `None` if the sandbox has no behaviour for it.
pub fn handler(operation: &str) -> Option<Handler> {
    static BY_OPERATION: LazyLock<HashMap<&'static str, Handler>> =
        LazyLock::new(|| entries().map(|entry| (entry.operation, entry.handler)).collect());
    BY_OPERATION.get(operation).copied()
}

/// An object that was kept, as it is shown: some have members that are looked up only then.
pub(crate) fn shown(context: &AccountContext<'_>, object: Json) -> Result<Json, ApiError> {
    match object.text("object") {
        "file" => Ok(accounts::files::show(context, object)),
        "issuing.authorization" => issuing::authorizations::show(context, object),
        "issuing.card" => Ok(issuing::cards::show(context, object)),
        "issuing.dispute" => issuing::disputes::show(context, object),
        _ => Ok(object),
    }
}

/// The object with an id, of any account, as it is shown.
pub(crate) fn shown_by_id(state: &mut State, id: &str) -> Option<Json> {
    let scope = state.owner(id)?;
    let context = state.context(scope);
    shown(&context, context.peek(id)?.clone()).ok()
}

/// Every stateful operation.
pub fn entries() -> impl Iterator<Item = &'static HandledOperation> {
    RESOURCES.iter().flat_map(|system| system.entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;
    use std::collections::HashSet;

    #[test]
    fn every_entry_is_an_operation_of_the_document_and_is_there_once() {
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
