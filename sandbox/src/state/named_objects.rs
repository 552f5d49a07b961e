//! Checks the ids in parameters: an object that does not exist is refused in the same way by every operation.

use super::RequestContext;
use crate::engine::{ApiError, Json, Scope};

/// A parameter whose value is the id of an object.
struct Name {
    param: &'static str,
    /// The possible types of the object; empty for an account.
    kinds: &'static [&'static str],
    /// Whether the object can belong to any account, instead of that of the request only.
    anywhere: bool,
}

const fn name(param: &'static str, kinds: &'static [&'static str]) -> Name {
    Name { param, kinds, anywhere: false }
}

/// The filters of lists.
const FILTERS: [Name; 11] = [
    name("card", &["issuing.card"]),
    name("cardholder", &["issuing.cardholder"]),
    // A fee of the platform is taken from a charge of another account.
    Name { param: "charge", kinds: &["charge"], anywhere: true },
    name("file", &["file"]),
    name("financial_account", &["treasury.financial_account"]),
    name("payment_intent", &["payment_intent"]),
    name("payout", &["payout"]),
    name("personalization_design", &["issuing.personalization_design"]),
    name("received_credit", &["treasury.received_credit"]),
    name("received_debit", &["treasury.received_debit"]),
    name("transaction", &["issuing.transaction", "treasury.transaction"]),
];

/// Filters whose meaning depends on the list, by its path.
const FILTERS_OF: [(&str, Name); 2] = [
    ("/v1/payouts", name("destination", &["bank_account", "card"])),
    ("/v1/transfers", Name { param: "destination", kinds: &[], anywhere: true }),
];

/// The parameters of all operations except [`BY_THEMSELVES`].
const PARAMETERS: [Name; 1] = [name("customer", &["customer"])];
/// Operations that check these parameters themselves: the customer of a payment method that is copied from the platform,
/// and that of a token, which is not modelled.
const BY_THEMSELVES: [&str; 2] = ["/v1/payment_methods", "/v1/tokens"];

/// Refuses a request that names an object that does not exist.
pub(super) fn check(call: &RequestContext<'_>) -> Result<(), ApiError> {
    if call.operation.is_v2() {
        return Ok(());
    }
    let filters = FILTERS.iter().filter(|_| call.operation.is_list());
    let of_path = FILTERS_OF.iter().filter(|(path, _)| *path == call.operation.path);
    let of_path = of_path.map(|(_, name)| name).filter(|_| call.operation.is_list());
    let everywhere = PARAMETERS.iter().filter(|_| !BY_THEMSELVES.contains(&call.operation.path));
    for name in filters.chain(of_path).chain(everywhere) {
        let id = call.params.get(name.param).and_then(Json::as_str).filter(|id| !id.is_empty());
        if let Some(id) = id.filter(|id| !exists(call, name, id)) {
            let noun = name.param.replace('_', " ");
            return Err(ApiError::missing(&noun, id, name.param));
        }
    }
    Ok(())
}

fn exists(call: &RequestContext<'_>, name: &Name, id: &str) -> bool {
    if name.kinds.is_empty() {
        return call.state.is_connected(id) || *call.state.platform() == *id;
    }
    let here = call.scope().clone();
    let scope = if name.anywhere { call.state.owner(id).unwrap_or(here) } else { here };
    let of_mode = scope.live == call.scope().live;
    let found = |scope: &Scope| {
        let store = call.state.store(scope)?;
        name.kinds.iter().find_map(|kind| store.find(kind, id))
    };
    of_mode && (found(&scope).is_some() || call.deleted(id).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;

    #[test]
    fn every_filter_is_a_parameter_of_a_list() {
        let lists: Vec<_> = spec::operations().filter(|operation| operation.is_list()).collect();
        for Name { param, kinds, .. } in FILTERS.iter().chain(FILTERS_OF.iter().map(|(_, name)| name)) {
            let has = |operation: &&spec::Operation| operation.query.iter().any(|(name, _)| name == param);
            assert!(lists.iter().copied().any(|operation| has(&operation)), "{param}");
            for kind in *kinds {
                assert!(spec::schema(kind).is_some(), "{kind}");
            }
        }
    }
}
