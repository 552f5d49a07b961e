//! Accounts v2: a second view of connected accounts. State is kept once, as API v1 has it; here it is shown and changed in
//! the manner of API v2.

mod capabilities;
mod closing;
mod errors;
pub(crate) mod events;
mod fields;
mod handlers;
mod links;
mod memory;
mod numbers;
mod payout_methods;
mod persons;
mod persons_view;
mod projection;
mod requirements;
mod responsibilities;
mod tokens;
mod translation;
pub mod vault;

use super::{Resource, entry};

/// The operations on accounts.
pub(crate) static RESOURCE: Resource = Resource {
    name: "v2.core.accounts",
    entries: &[
        entry(
            "PostV2CoreAccounts",
            handlers::create,
            &[
                "account.updated",
                "capability.updated",
                "person.created",
                "v2.core.account.created",
                "v2.core.account.updated",
                "v2.core.account[configuration.customer].updated",
                "v2.core.account[configuration.merchant].updated",
                "v2.core.account[configuration.recipient].updated",
                "v2.core.account[identity].updated",
                "v2.core.account[requirements].updated",
                "v2.core.account_person.created",
            ],
        ),
        entry("GetV2CoreAccounts", handlers::list, &[]),
        entry("GetV2CoreAccountsId", handlers::retrieve, &[]),
        entry("PostV2CoreAccountsId", handlers::update, events::CHANGES),
        entry("PostV2CoreAccountsIdClose", handlers::close, &["v2.core.account.closed"]),
    ],
    machines: &[],
    rules: &[],
};

/// The operations on persons.
pub(crate) static PERSONS: Resource = Resource {
    name: "v2.core.account_persons",
    entries: &[
        entry(
            "PostV2CoreAccountsAccountIdPersons",
            persons::create,
            &[
                "account.updated",
                "capability.updated",
                "person.created",
                "v2.core.account[requirements].updated",
                "v2.core.account_person.created",
            ],
        ),
        entry("GetV2CoreAccountsAccountIdPersons", persons::list, &[]),
        entry("GetV2CoreAccountsAccountIdPersonsId", persons::retrieve, &[]),
        entry(
            "PostV2CoreAccountsAccountIdPersonsId",
            persons::update,
            &[
                "account.updated",
                "capability.updated",
                "person.updated",
                "v2.core.account[identity].updated",
                "v2.core.account[requirements].updated",
                "v2.core.account_person.updated",
            ],
        ),
        entry(
            "DeleteV2CoreAccountsAccountIdPersonsId",
            persons::delete,
            &[
                "account.updated",
                "capability.updated",
                "person.deleted",
                "v2.core.account[requirements].updated",
                "v2.core.account_person.deleted",
            ],
        ),
    ],
    machines: &[],
    rules: &[],
};

/// Tokens and links.
pub(crate) static TOKENS: Resource = Resource {
    name: "v2.core.account_tokens",
    entries: &[
        entry("PostV2CoreAccountTokens", tokens::create_account, &[]),
        entry("GetV2CoreAccountTokensId", tokens::retrieve_account, &[]),
        entry("PostV2CoreAccountsAccountIdPersonTokens", tokens::create_person, &[]),
        entry("GetV2CoreAccountsAccountIdPersonTokensId", tokens::retrieve_person, &[]),
        entry(
            "PostV2CoreAccountLinks",
            links::create,
            &[
                "account.updated",
                "capability.updated",
                "v2.core.account[configuration.merchant].updated",
                "v2.core.account[configuration.recipient].updated",
                "v2.core.account[requirements].updated",
                "v2.core.account_link.returned",
            ],
        ),
    ],
    machines: &[],
    rules: &[],
};
