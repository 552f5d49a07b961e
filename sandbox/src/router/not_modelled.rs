//! What Stripe has and the sandbox does not, with what a test can use instead.

use crate::engine::ApiError;

/// What brings about the same in the sandbox, by the beginning of the path.
const INSTEAD: [(&str, &str); 13] = [
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
        "accounts, persons, capabilities and external accounts have the operations that the coverage table lists",
    ),
    ("/v1/issuing", "cards and what is spent with them have the operations that the coverage table lists"),
    ("/v1/treasury", "financial accounts and their flows have the operations that the coverage table lists"),
    ("/v2/core/accounts", "the same account can be made, changed and read by /v1/accounts"),
];

const PAYMENTS: &str = "payment intents, charges, refunds, payment methods, setup intents and customers have the operations that the \
    coverage table lists; `payments().receive` of the crate, or the transition `accounts.receive` of the server, brings the \
    money of a customer's payment";

/// What is used where the sandbox has nothing of the kind.
const OTHERWISE: &str = "Stripe's own test mode has it";

/// 501 for an operation of Stripe.
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
    fn every_beginning_is_of_a_path_of_stripe() {
        for (start, _) in INSTEAD {
            assert!(spec::paths_of_stripe().any(|(_, path)| path.starts_with(start)), "{start}");
        }
    }

    #[test]
    fn the_message_names_what_to_use_instead() {
        let refused = refusal("POST", "/v1/customers/cus_1");
        assert_eq!((refused.status, refused.code), (501, Some("not_implemented_in_sandbox")));
        assert!(refused.message.contains("payments().receive"), "{refused}");
        assert!(refusal("GET", "/v1/climate/orders").message.contains("test mode"));
        assert!(refusal("GET", "/v1/customers_of_nobody").message.contains(OTHERWISE));
    }
}
