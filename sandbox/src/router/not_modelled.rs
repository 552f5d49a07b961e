//! Operations of Stripe that the sandbox does not have, with an alternative for tests.

use crate::engine::ApiError;

/// The alternative in the sandbox, by path prefix.
const INSTEAD: [(&str, &str); 12] = [
    ("/v1/charges", PAYMENTS),
    ("/v1/checkout", PAYMENTS),
    ("/v1/customers", PAYMENTS),
    ("/v1/invoices", PAYMENTS),
    ("/v1/payment_intents", PAYMENTS),
    ("/v1/payment_links", PAYMENTS),
    ("/v1/payment_methods", PAYMENTS),
    ("/v1/setup_intents", PAYMENTS),
    ("/v1/subscriptions", PAYMENTS),
    (
        "/v1/accounts",
        "the supported operations of accounts, persons, capabilities and external accounts in the coverage table",
    ),
    ("/v1/issuing", "the operations of cards and purchases in the coverage table"),
    ("/v1/treasury", "the operations of financial accounts and their flows in the coverage table"),
];

const PAYMENTS: &str = "the operations of payment intents, charges, refunds, payment methods, setup intents and customers in the coverage \
    table; or `payments().receive` of the crate, or the transition `accounts.receive` of the server, which add the money of \
    a customer's payment";

/// The alternative if the sandbox has nothing similar.
const OTHERWISE: &str = "Stripe's test mode";

/// The 501 for an operation of Stripe.
pub(crate) fn refusal(method: &str, path: &str) -> ApiError {
    let begins =
        |start: &str| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let instead = INSTEAD.iter().find(|(start, _)| begins(start)).map_or(OTHERWISE, |(_, instead)| instead);
    ApiError::not_implemented(format!("The sandbox does not model {method} {path}. Use instead: {instead}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;

    #[test]
    fn every_prefix_matches_a_path_of_stripe() {
        for (start, _) in INSTEAD {
            assert!(spec::paths_of_stripe().any(|(_, path)| path.starts_with(start)), "{start}");
        }
    }

    #[test]
    fn message_names_the_alternative() {
        let refused = refusal("POST", "/v1/customers/cus_1");
        assert_eq!((refused.status, refused.code), (501, Some("not_implemented_in_sandbox")));
        assert!(refused.message.contains("payments().receive"), "{refused}");
        assert!(refusal("GET", "/v1/climate/orders").message.contains("test mode"));
        assert!(refusal("GET", "/v1/customers_of_nobody").message.contains(OTHERWISE));
    }
}
