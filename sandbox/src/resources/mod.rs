//! One module per family of resources. A system is a table of operations and what they do; it knows nothing of HTTP.

pub mod accounts;
pub mod events;
pub mod issuing;
pub mod money;
pub mod treasury;

use crate::engine::{Json, Machine, Peek, Refusal};
use crate::state::AccountHooks;
use crate::state::{Action, Reaction, Rule, Work, World};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What an operation does.
pub type Handler = fn(&mut Action<'_>) -> Result<Json, Refusal>;

/// A stateful operation.
#[derive(Debug)]
pub struct Entry {
    /// The operation's id in the document.
    pub operation: &'static str,
    /// What it does.
    pub handler: Handler,
    /// The events that it can cause, at once or later.
    pub events: &'static [&'static str],
}

/// A family of resources.
#[derive(Debug)]
pub struct System {
    /// Its name.
    #[allow(dead_code, reason = "for those who print it")]
    pub name: &'static str,
    /// Its operations.
    pub entries: &'static [Entry],
    /// Its state machines.
    pub machines: &'static [&'static Machine],
    /// Its transitions that happen by themselves.
    pub rules: &'static [&'static Rule],
}

const fn entry(operation: &'static str, handler: Handler, events: &'static [&'static str]) -> Entry {
    Entry { operation, handler, events }
}

/// Every system. A new one is added here and nowhere else.
pub static SYSTEMS: &[&System] = &[
    &money::automatic_payouts::SYSTEM,
    &accounts::links::SYSTEM,
    &accounts::notices::SYSTEM,
    &accounts::sessions::SYSTEM,
    &accounts::SYSTEM,
    &money::application_fees::SYSTEM,
    &money::balance::SYSTEM,
    &money::settings::SYSTEM,
    &accounts::capabilities::SYSTEM,
    &accounts::countries::SYSTEM,
    &money::balance_transfers::SYSTEM,
    &events::events::SYSTEM,
    &accounts::external_accounts::SYSTEM,
    &issuing::authorizations::SYSTEM,
    &issuing::cardholders::SYSTEM,
    &issuing::cards::SYSTEM,
    &issuing::personalization_designs::SYSTEM,
    &issuing::disputes::SYSTEM,
    &issuing::ephemeral_keys::SYSTEM,
    &issuing::settlements::SYSTEM,
    &issuing::shipping::SYSTEM,
    &issuing::tokens::SYSTEM,
    &issuing::transactions::SYSTEM,
    &accounts::files::SYSTEM,
    &money::funding_instructions::SYSTEM,
    &money::negative_balances::SYSTEM,
    &money::payments::SYSTEM,
    &money::payouts::SYSTEM,
    &accounts::persons::SYSTEM,
    &money::sources::SYSTEM,
    &accounts::tokens::SYSTEM,
    &money::topups::SYSTEM,
    &money::transfers::SYSTEM,
    &treasury::financial_accounts::SYSTEM,
    &treasury::inbound_transfers::SYSTEM,
    &treasury::outbound_flows::SYSTEM,
    &treasury::received_flows::SYSTEM,
    &treasury::reversals::SYSTEM,
    &treasury::transactions::SYSTEM,
    &events::v2::event_destinations::SYSTEM,
    &events::v2::events::SYSTEM,
    &events::endpoints::SYSTEM,
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
pub(crate) fn shown(work: &Work<'_>, object: Json) -> Result<Json, Refusal> {
    match object.text("object") {
        "file" => Ok(accounts::files::show(work, object)),
        "issuing.authorization" => issuing::authorizations::show(work, object),
        "issuing.card" => Ok(issuing::cards::show(work, object)),
        "issuing.dispute" => issuing::disputes::show(work, object),
        _ => Ok(object),
    }
}

/// The object with an id, of any account, as it is shown.
pub(crate) fn shown_by_id(world: &mut World, id: &str) -> Option<Json> {
    let scope = world.owner(id)?;
    let work = world.work(scope);
    shown(&work, work.peek(id)?.clone()).ok()
}

/// Every stateful operation.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    SYSTEMS.iter().flat_map(|system| system.entries)
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
        assert!(SYSTEMS.iter().flat_map(|system| system.rules).all(|rule| seen.insert(rule.name)));
    }
}
