//! Sequences of requests that real programs make: the triggers of Stripe's CLI and the steps of Stripe's sample
//! applications, as far as they use Issuing, Treasury and funding.
//!
//! A request is a line: the account (`P` for the platform, `C` for the connected account), method, path, parameters,
//! and after `->` the name under which the id of the reply is stored, or `name=path` for another member. Requests
//! added by this test are prefixed with `+`.

use crate::Sandbox;
use crate::tests::support::request;
use crate::{BalanceKind, CurrencyCode, Json, Peek};
use http::Method;
use std::collections::{BTreeMap, BTreeSet};

struct Sequence {
    name: &'static str,
    calls: &'static [&'static str],
    /// The expected events.
    tells: &'static [&'static str],
}

const fn sequence(
    name: &'static str,
    calls: &'static [&'static str],
    tells: &'static [&'static str],
) -> Sequence {
    Sequence { name, calls, tells }
}

const HOLDER: &str = "P POST /v1/issuing/cardholders name=Jenny+Rosen&type=individual&individual[first_name]=Jenny\
    &individual[last_name]=Rosen&individual[card_issuing][user_terms_acceptance][date]=1700000000\
    &individual[card_issuing][user_terms_acceptance][ip]=8.8.8.8&billing[address][line1]=1+Sesame+Street\
    &billing[address][city]=San+Francisco&billing[address][state]=CA&billing[address][country]=US\
    &billing[address][postal_code]=94102 -> holder";
const HOLDER_GB: &str = "C POST /v1/issuing/cardholders name=Jenny+Rosen&type=individual&phone_number=%2B442079460000\
    &individual[first_name]=Jenny&individual[last_name]=Rosen&individual[card_issuing][user_terms_acceptance][date]=1700000000\
    &individual[card_issuing][user_terms_acceptance][ip]=8.8.8.8&billing[address][line1]=1+Baker+Street\
    &billing[address][city]=London&billing[address][country]=GB&billing[address][postal_code]=NW1+6XE -> holder";
const HOLDER_EU: &str = "C POST /v1/issuing/cardholders name=Jenny+Rosen&type=individual&phone_number=%2B4930123456\
    &individual[first_name]=Jenny&individual[last_name]=Rosen&individual[card_issuing][user_terms_acceptance][date]=1700000000\
    &individual[card_issuing][user_terms_acceptance][ip]=8.8.8.8&billing[address][line1]=Unter+den+Linden+1\
    &billing[address][city]=Berlin&billing[address][country]=DE&billing[address][postal_code]=10117 -> holder";
const CARD: &str = "P POST /v1/issuing/cards currency=usd&type=virtual&cardholder={holder} -> card";
const CARD_GB: &str = "C POST /v1/issuing/cards currency=gbp&type=virtual&cardholder={holder} -> card";
const CARD_EU: &str = "C POST /v1/issuing/cards currency=eur&type=virtual&cardholder={holder} -> card";
const ACTIVE: &str = "P POST /v1/issuing/cards/{card} status=active";
const ACTIVE_THERE: &str = "C POST /v1/issuing/cards/{card} status=active";
const CAPTURE: &str = "P POST /v1/test_helpers/issuing/transactions/create_force_capture card={card}&amount=100&currency=usd \
    -> transaction";
const ASK: &str = "+ ask";
const IN_GB: &str = "+ account GB";
const IN_EU: &str = "+ account DE";

const PAID: &str =
    "P POST /v1/payment_intents amount=100&currency=usd&confirm=true&payment_method=pm_card_visa -> intent";
const INQUIRED: &str = "P POST /v1/payment_intents amount=100&currency=usd&confirm=true\
    &payment_method=pm_card_createDisputeInquiry -> intent";
const INQUIRY: &str = "P GET /v1/disputes?payment_intent={intent} -> dispute=data.0.id";
const AT_ONCE: &str = "P POST /v1/payment_intents amount=2000&currency=usd&confirm=true&payment_method_types[]=card\
    &payment_method=pm_card_bypassPending&shipping[name]=Jenny&shipping[address][line1]=1+Street&shipping[address][city]=T\
    &shipping[address][state]=CA&shipping[address][postal_code]=94102&shipping[address][country]=US -> intent";
/// A connected account that can receive transfers.
const RECEIVER: &str = "+ account US";
const SENT: &str = "P POST /v1/transfers amount=1000&currency=usd&destination={account} -> transfer";
const REFUNDED: &str = "P POST /v1/refunds payment_intent={intent} -> refund";
const WITH_FEE: &str = "P POST /v1/charges amount=1000&currency=usd&source=tok_visa&transfer_data[destination]={account}\
    &application_fee_amount=100 -> fee=application_fee";

/// The triggers of Stripe's CLI.
const TRIGGERS: &[Sequence] = &[
    sequence("balance.available", &[AT_ONCE], &["balance.available"]),
    sequence(
        "payment_intent.succeeded",
        &["P POST /v1/payment_intents amount=2000&currency=usd&confirm=true&payment_method_types[]=card\
            &payment_method=pm_card_visa"],
        &["payment_intent.created", "payment_intent.succeeded", "charge.succeeded"],
    ),
    sequence(
        "payment_intent.canceled",
        &[
            "P POST /v1/payment_intents amount=2000&currency=usd -> intent",
            "P POST /v1/payment_intents/{intent}/cancel cancellation_reason=requested_by_customer",
        ],
        &["payment_intent.created", "payment_intent.canceled"],
    ),
    sequence(
        "payment_intent.payment_failed",
        &[
            "! POST /v1/payment_intents amount=2000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined",
        ],
        &["payment_intent.payment_failed", "charge.failed"],
    ),
    sequence(
        "payment_intent.requires_action",
        &["P POST /v1/payment_intents amount=2000&currency=usd&confirm=true\
            &payment_method=pm_card_authenticationRequired"],
        &["payment_intent.requires_action"],
    ),
    sequence(
        "payment_intent.amount_capturable_updated",
        &["P POST /v1/payment_intents amount=2000&currency=usd&confirm=true&capture_method=manual\
            &confirmation_method=manual&payment_method=pm_card_visa&return_url=https://example.com"],
        &["payment_intent.amount_capturable_updated"],
    ),
    sequence(
        "payment_intent.processing",
        &[
            "P POST /v1/payment_methods type=sepa_debit&sepa_debit[iban]=AT321904300235473204\
                &billing_details[email]=jenny@example.com&billing_details[name]=Jenny -> method",
            "P POST /v1/payment_intents amount=1000&currency=eur&confirm=true&payment_method_types[]=sepa_debit\
                &payment_method={method}&mandate_data[customer_acceptance][type]=offline\
                &mandate_data[customer_acceptance][accepted_at]=1700000000",
        ],
        &["payment_intent.processing"],
    ),
    sequence("charge.succeeded", &[PAID], &["charge.succeeded"]),
    sequence(
        "charge.updated",
        &[
            "P POST /v1/payment_intents amount=100&currency=usd&confirm=true&payment_method=pm_card_visa \
                -> charge=latest_charge",
            "P POST /v1/charges/{charge} metadata[a]=b",
        ],
        &["charge.updated"],
    ),
    sequence(
        "charge.captured",
        &[
            "P POST /v1/payment_intents amount=2000&currency=usd&confirm=true&capture_method=manual\
                &payment_method=pm_card_visa -> intent",
            "P POST /v1/payment_intents/{intent}/capture",
        ],
        &["charge.captured"],
    ),
    sequence("charge.refunded", &[PAID, REFUNDED], &["charge.refunded", "refund.created"]),
    sequence(
        "charge.refund.updated",
        &[PAID, REFUNDED, "P POST /v1/refunds/{refund} metadata[a]=b"],
        &["charge.refund.updated", "refund.updated"],
    ),
    sequence("charge.dispute.created", &[INQUIRED], &["charge.dispute.created"]),
    sequence(
        "charge.dispute.updated",
        &[INQUIRED, INQUIRY, "P POST /v1/disputes/{dispute} metadata[a]=b"],
        &["charge.dispute.updated"],
    ),
    sequence(
        "charge.dispute.closed",
        &[INQUIRED, INQUIRY, "P POST /v1/disputes/{dispute}/close"],
        &["charge.dispute.closed"],
    ),
    sequence(
        "payout.updated",
        &[
            "+ bank",
            AT_ONCE,
            "P POST /v1/payouts amount=1100&currency=usd -> payout",
            "P POST /v1/payouts/{payout} metadata[a]=b",
        ],
        &["payout.created", "payout.updated"],
    ),
    sequence(
        "transfer.reversed",
        &[
            AT_ONCE,
            RECEIVER,
            SENT,
            "P POST /v1/transfers/{transfer} metadata[a]=b",
            "P POST /v1/transfers/{transfer}/reversals amount=100",
        ],
        &["transfer.created", "transfer.updated", "transfer.reversed"],
    ),
    sequence(
        "application_fee.refund.updated",
        &[
            RECEIVER,
            WITH_FEE,
            "P POST /v1/application_fees/{fee}/refunds -> refund",
            "P POST /v1/application_fees/{fee}/refunds/{refund} metadata[a]=b",
        ],
        &["application_fee.created", "application_fee.refunded", "application_fee.refund.updated"],
    ),
    sequence(
        "account.application.deauthorized",
        &["P POST /v1/accounts type=standard -> account", "P DELETE /v1/accounts/{account}"],
        &["account.application.deauthorized"],
    ),
    sequence(
        "topup.created",
        &["P POST /v1/topups amount=2000&currency=usd&description=Top-up"],
        &["topup.created"],
    ),
    sequence(
        "topup.canceled",
        &["P POST /v1/topups amount=2000&currency=usd -> topup", "P POST /v1/topups/{topup}/cancel"],
        &["topup.canceled"],
    ),
    sequence("issuing_cardholder.created", &[HOLDER], &["issuing_cardholder.created"]),
    sequence("issuing_cardholder.created.gb", &[IN_GB, HOLDER_GB], &["issuing_cardholder.created"]),
    sequence("issuing_cardholder.created.eu", &[IN_EU, HOLDER_EU], &["issuing_cardholder.created"]),
    sequence("issuing_card.created", &[HOLDER, CARD], &["issuing_card.created"]),
    sequence("issuing_card.created.gb", &[IN_GB, HOLDER_GB, CARD_GB], &["issuing_card.created"]),
    sequence("issuing_card.created.eu", &[IN_EU, HOLDER_EU, CARD_EU], &["issuing_card.created"]),
    sequence(
        "issuing_authorization.request",
        &[
            ASK,
            HOLDER,
            CARD,
            ACTIVE,
            "P POST /v1/issuing/cards/{card}/test/authorizations held_amount=100&authorization_method=online -> authorization",
        ],
        &["issuing_authorization.request"],
    ),
    sequence(
        "issuing_authorization.request.gb",
        &[
            IN_GB,
            ASK,
            HOLDER_GB,
            CARD_GB,
            ACTIVE_THERE,
            "C POST /v1/issuing/cards/{card}/test/authorizations held_amount=100&held_currency=gbp&authorization_method=online",
        ],
        &["issuing_authorization.request"],
    ),
    sequence(
        "issuing_authorization.request.eu",
        &[
            IN_EU,
            ASK,
            HOLDER_EU,
            CARD_EU,
            ACTIVE_THERE,
            "C POST /v1/issuing/cards/{card}/test/authorizations held_amount=100&held_currency=eur&authorization_method=online",
        ],
        &["issuing_authorization.request"],
    ),
    sequence(
        "issuing_authorization.created, .updated",
        &[
            HOLDER,
            CARD,
            ACTIVE,
            "P POST /v1/test_helpers/issuing/authorizations card={card}&amount=100 -> authorization",
            "P POST /v1/issuing/authorizations/{authorization} metadata[foo]=bar",
        ],
        &["issuing_authorization.created", "issuing_authorization.updated"],
    ),
    sequence(
        "issuing_card.updated",
        &[HOLDER, CARD, "P POST /v1/issuing/cards/{card} metadata[foo]=bar"],
        &["issuing_card.updated"],
    ),
    sequence(
        "issuing_cardholder.updated",
        &[HOLDER, "P POST /v1/issuing/cardholders/{holder} metadata[foo]=bar"],
        &["issuing_cardholder.updated"],
    ),
    sequence("issuing_transaction.created", &[HOLDER, CARD, CAPTURE], &["issuing_transaction.created"]),
    sequence(
        "issuing_transaction.updated",
        &[HOLDER, CARD, CAPTURE, "P POST /v1/issuing/transactions/{transaction} metadata[foo]=bar"],
        &["issuing_transaction.updated"],
    ),
    sequence(
        "issuing_transaction.purchase_details_receipt_updated",
        &[
            HOLDER,
            CARD,
            "P POST /v1/test_helpers/issuing/transactions/create_force_capture card={card}&amount=100&currency=usd\
             &merchant_data[name]=Rocket+Rides&merchant_data[category]=taxicabs_limousines\
             &purchase_details[receipt][0][description]=Ride&purchase_details[receipt][0][quantity]=1\
             &purchase_details[receipt][0][unit_cost]=100",
        ],
        &["issuing_transaction.purchase_details_receipt_updated"],
    ),
    sequence(
        "issuing_dispute.created, .updated, .submitted",
        &[
            HOLDER,
            CARD,
            CAPTURE,
            "P POST /v1/issuing/disputes transaction={transaction}&evidence[reason]=fraudulent\
             &evidence[fraudulent][explanation]=Not+mine -> dispute",
            "P POST /v1/issuing/disputes/{dispute} metadata[foo]=bar",
            "P POST /v1/issuing/disputes/{dispute}/submit",
        ],
        &["issuing_dispute.created", "issuing_dispute.updated", "issuing_dispute.submitted"],
    ),
];

const FEATURES: &str = "supported_currencies[]=usd&features[card_issuing][requested]=true&features[deposit_insurance][requested]=true\
    &features[financial_addresses][aba][requested]=true&features[inbound_transfers][ach][requested]=true\
    &features[intra_stripe_flows][requested]=true&features[outbound_payments][ach][requested]=true\
    &features[outbound_payments][us_domestic_wire][requested]=true&features[outbound_transfers][ach][requested]=true\
    &features[outbound_transfers][us_domestic_wire][requested]=true";

/// The sample application for Issuing and Treasury, in the US with a financial account.
const ISSUING_TREASURY: &[&str] = &[
    "P POST /v1/accounts country=US&email=jenny%40example.com&controller[stripe_dashboard][type]=none\
     &controller[losses][payments]=application&controller[fees][payer]=application\
     &controller[requirement_collection]=application&capabilities[transfers][requested]=true\
     &capabilities[card_payments][requested]=true&capabilities[card_issuing][requested]=true\
     &capabilities[treasury][requested]=true&business_type=individual&individual[id_number]=000000000 -> account",
    "+ act {account}",
    "P POST /v1/accounts/{account} business_profile[name]=Rocket+Rides&business_profile[mcc]=5734\
     &business_profile[product_description]=Software+for+shops&business_profile[url]=https://accessible.stripe.com\
     &business_profile[annual_revenue][amount]=0&business_profile[annual_revenue][currency]=usd\
     &business_profile[annual_revenue][fiscal_year_end]=2025-12-31&business_profile[estimated_worker_count]=1\
     &individual[first_name]=Jenny&individual[last_name]=Rosen&individual[email]=jenny%40example.com&individual[phone]=0000000000\
     &individual[dob][day]=1&individual[dob][month]=1&individual[dob][year]=1901&individual[address][line1]=address_full_match\
     &individual[address][city]=South+San+Francisco&individual[address][state]=CA&individual[address][postal_code]=94080\
     &individual[address][country]=US&tos_acceptance[date]=1691518261&tos_acceptance[ip]=127.0.0.1\
     &settings[card_issuing][tos_acceptance][date]=1691518261&settings[card_issuing][tos_acceptance][ip]=127.0.0.1\
     &settings[treasury][tos_acceptance][date]=1691518261&settings[treasury][tos_acceptance][ip]=127.0.0.1",
    "+ verify {account}",
    "C POST /v1/treasury/financial_accounts {features} -> fa",
    "P POST /v1/account_links account={account}&type=account_onboarding&refresh_url=https://example.com/a\
     &return_url=https://example.com/b",
    "P GET /v1/accounts/{account}",
    "C POST /v1/issuing/cardholders name=Jenny+Rosen&type=individual&email=jenny%40example.com&phone_number=%2B14155550100\
     &individual[first_name]=Jenny&individual[last_name]=Rosen&individual[card_issuing][user_terms_acceptance][date]={now}\
     &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1&billing[address][line1]=1+Street\
     &billing[address][city]=San+Francisco&billing[address][state]=CA&billing[address][postal_code]=94102\
     &billing[address][country]=US -> holder",
    "C POST /v1/issuing/cardholders/{holder} individual[card_issuing][user_terms_acceptance][date]={now}\
     &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1",
    "C GET /v1/issuing/cardholders/{holder}",
    "C GET /v1/treasury/financial_accounts",
    "C POST /v1/issuing/cards currency=usd&type=virtual&status=active&cardholder={holder}&financial_account={fa} -> card",
    "C POST /v1/issuing/cards currency=usd&type=physical&status=inactive&cardholder={holder}&financial_account={fa}\
     &shipping[name]=Jenny&shipping[service]=standard&shipping[type]=individual&shipping[address][line1]=1+Street\
     &shipping[address][city]=San+Francisco&shipping[address][state]=CA&shipping[address][postal_code]=94102\
     &shipping[address][country]=US -> physical",
    "C POST /v1/issuing/cards/{physical} status=active",
    "C POST /v1/ephemeral_keys issuing_card={card}&nonce=n",
    "C POST /v1/test_helpers/treasury/received_credits amount=50000&currency=usd&financial_account={fa}&network=ach",
    "C POST /v1/test_helpers/issuing/authorizations card={card}&amount=1000 -> authorization",
    "C POST /v1/test_helpers/issuing/authorizations/{authorization}/capture",
    "C GET /v1/issuing/authorizations?card={card}&limit=10",
    "C GET /v1/issuing/cards/{card}?expand[]=cardholder",
    "C GET /v1/issuing/cards?limit=100",
    "C GET /v1/issuing/cardholders?limit=100",
    "C GET /v1/balance",
    "C GET /v1/balance_transactions?created[gte]=1691518261&created[lte]={now}&limit=100",
    "C GET /v1/treasury/transactions?financial_account={fa}&created[gte]=1691518261&limit=100",
    "C GET /v1/treasury/transactions?financial_account={fa}&limit=10&expand[]=data.flow_details -> shown=data.0.flow_details.type",
    "P POST /v1/account_sessions account={account}&components[issuing_cards_list][enabled]=true\
     &components[financial_account][enabled]=true&components[financial_account_transactions][enabled]=true",
    "C GET /v1/treasury/financial_accounts?expand[]=data.financial_addresses.aba.account_number \
     -> number=data.0.financial_addresses.0.aba.account_number",
    "P POST /v1/tokens bank_account[country]=US&bank_account[currency]=usd&bank_account[routing_number]=110000000\
     &bank_account[account_number]={number} -> token",
    "P POST /v1/accounts/{account}/external_accounts external_account={token}",
    "C POST /v1/treasury/outbound_payments financial_account={fa}&amount=500&currency=usd&statement_descriptor=test\
     &destination_payment_method_data[type]=us_bank_account&destination_payment_method_data[billing_details][name]=Jenny\
     &destination_payment_method_data[billing_details][address][line1]=1+Street\
     &destination_payment_method_data[billing_details][address][city]=San+Francisco\
     &destination_payment_method_data[billing_details][address][state]=CA\
     &destination_payment_method_data[billing_details][address][postal_code]=94102\
     &destination_payment_method_data[billing_details][address][country]=US\
     &destination_payment_method_data[us_bank_account][routing_number]=110000000\
     &destination_payment_method_data[us_bank_account][account_number]=000000000009\
     &destination_payment_method_data[us_bank_account][account_holder_type]=individual\
     &destination_payment_method_options[us_bank_account][network]=ach -> payment",
    "C POST /v1/test_helpers/treasury/outbound_payments/{payment}/post",
    "C POST /v1/treasury/outbound_payments financial_account={fa}&amount=500&currency=usd&statement_descriptor=test\
     &destination_payment_method_data[type]=us_bank_account&destination_payment_method_data[billing_details][name]=Jenny\
     &destination_payment_method_data[billing_details][address][line1]=1+Street\
     &destination_payment_method_data[billing_details][address][city]=San+Francisco\
     &destination_payment_method_data[billing_details][address][state]=CA\
     &destination_payment_method_data[billing_details][address][postal_code]=94102\
     &destination_payment_method_data[billing_details][address][country]=US\
     &destination_payment_method_data[us_bank_account][routing_number]=110000000\
     &destination_payment_method_data[us_bank_account][account_number]=000000000009\
     &destination_payment_method_data[us_bank_account][account_holder_type]=individual\
     &destination_payment_method_options[us_bank_account][network]=us_domestic_wire -> wire",
    "C POST /v1/test_helpers/treasury/outbound_payments/{wire}/fail",
    "P DELETE /v1/accounts/{account}",
];

/// The same sample in the UK: cards spend the Issuing balance, funded by bank transfer.
const ISSUING_ABROAD: &[&str] = &[
    IN_GB,
    HOLDER_GB,
    CARD_GB,
    ACTIVE_THERE,
    "C POST /v1/issuing/funding_instructions currency=gbp&funding_type=bank_transfer&bank_transfer[type]=gb_bank_transfer",
    "C POST /v1/test_helpers/issuing/fund_balance amount=50000&currency=gbp",
    "C GET /v1/balance -> funded=issuing.available.0.amount",
    "C POST /v1/test_helpers/issuing/authorizations card={card}&amount=1000 -> authorization",
    "C POST /v1/test_helpers/issuing/authorizations/{authorization}/capture",
    "C GET /v1/issuing/authorizations?card={card}&limit=10",
    "P POST /v1/tokens bank_account[country]=GB&bank_account[currency]=gbp&bank_account[routing_number]=108800\
     &bank_account[account_number]=00012345 -> token",
    "P POST /v1/accounts/{account}/external_accounts external_account={token}",
];

/// The part of the Connect demo about cards and financial accounts.
const CONNECT_DEMO: &[&str] = &[
    "+ account US",
    "C POST /v1/treasury/financial_accounts {features} -> fa",
    "C POST /v1/issuing/cardholders name=Jenny+Rosen&type=individual&individual[first_name]=Jenny&individual[last_name]=Rosen\
     &individual[card_issuing][user_terms_acceptance][date]={now}&individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1\
     &billing[address][line1]=1+Street&billing[address][city]=San+Francisco&billing[address][state]=CA\
     &billing[address][postal_code]=94102&billing[address][country]=US -> holder",
    "C POST /v1/issuing/cards currency=usd&type=virtual&status=active&cardholder={holder}&financial_account={fa} -> card",
    "C POST /v1/issuing/cards currency=usd&type=physical&cardholder={holder}&financial_account={fa}&shipping[name]=Jenny\
     &shipping[address][line1]=1+Street&shipping[address][city]=San+Francisco&shipping[address][state]=CA\
     &shipping[address][postal_code]=94102&shipping[address][country]=US",
    "C POST /v1/test_helpers/treasury/received_credits amount=1000&currency=usd&financial_account={fa}&network=ach\
     &initiating_payment_method_details[type]=us_bank_account\
     &initiating_payment_method_details[us_bank_account][routing_number]=110000000\
     &initiating_payment_method_details[us_bank_account][account_number]=000123456789\
     &initiating_payment_method_details[us_bank_account][account_holder_name]=Jenny",
    "C GET /v1/issuing/cards?status=active&limit=1 -> card=data.0.id",
    "C POST /v1/test_helpers/issuing/authorizations card={card}&amount=1000 -> authorization",
    "C GET /v1/treasury/financial_accounts",
    "P POST /v1/account_sessions account={account}&components[issuing_card][enabled]=true\
     &components[issuing_cards_list][enabled]=true&components[financial_account][enabled]=true",
];

/// The details that an individual outside of the US needs for card issuing.
const ONBOARDED: &str = "business_type=individual&individual[first_name]=Jenny&individual[last_name]=Rosen\
    &individual[email]=jenny@example.com&individual[phone]=0000000000&individual[dob][day]=1&individual[dob][month]=1\
    &individual[dob][year]=1901&individual[address][line1]=address_full_match&individual[address][city]=Town\
    &individual[address][postal_code]={postal_code}&business_profile[mcc]=5734\
    &business_profile[url]=https://accessible.stripe.com&tos_acceptance[date]=1691518261&tos_acceptance[ip]=127.0.0.1\
    &settings[card_issuing][tos_acceptance][date]=1691518261&settings[card_issuing][tos_acceptance][ip]=127.0.0.1";

/// A sandbox with the named ids of earlier replies.
struct Player {
    sandbox: Sandbox,
    account: String,
    names: BTreeMap<String, String>,
}

impl Player {
    fn new() -> Self {
        let sandbox = Sandbox::new(1);
        sandbox.fund(sandbox.platform(), BalanceKind::Issuing, CurrencyCode::USD, 5000).unwrap();
        let now = sandbox.state().clock.now().to_string();
        let names = BTreeMap::from([("features".to_owned(), FEATURES.to_owned()), ("now".to_owned(), now)]);
        Self { sandbox, account: String::new(), names }
    }

    fn fill(&self, text: &str) -> String {
        self.names
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    fn name(&mut self, name: &str, value: &str) {
        self.names.insert(name.to_owned(), value.to_owned());
    }

    /// A funded account in a country with card issuing.
    fn open(&mut self, country: &str) {
        self.account = match country {
            "US" => self.sandbox.connect().into_id(),
            _ => {
                let form = format!(
                    "country={country}&controller[stripe_dashboard][type]=none&controller[fees][payer]=application\
                     &controller[losses][payments]=application&controller[requirement_collection]=application\
                     &capabilities[transfers][requested]=true&capabilities[card_issuing][requested]=true&{ONBOARDED}"
                );
                let code = if country == "GB" { "NW1+6XE" } else { "10117" };
                let form = form.replace("{postal_code}", code);
                let made = crate::tests::support::post(&self.sandbox, "", "/v1/accounts", &form);
                assert_eq!(made.status, 200, "{}", made.json());
                made.json().text("id").to_owned()
            }
        };
        let currency = match country {
            "US" => CurrencyCode::USD,
            "GB" => CurrencyCode::GBP,
            _ => CurrencyCode::EUR,
        };
        self.sandbox.fund(&self.account, BalanceKind::Issuing, currency, 5000).unwrap();
        let account = self.account.clone();
        self.name("account", &account);
    }

    fn prepare(&mut self, what: &str) {
        match self.fill(what).split(' ').collect::<Vec<_>>().as_slice() {
            ["ask"] => drop(self.sandbox.authorizations().ask_always()),
            ["bank"] => {
                let path = format!("/v1/accounts/{}/external_accounts", self.sandbox.platform());
                let bank = "external_account=btok_us_verified";
                let made = crate::tests::support::post(&self.sandbox, "", &path, bank);
                assert_eq!(made.status, 200, "{}", made.json());
            }
            ["account", country] => self.open(country),
            ["act", account] => self.account = (*account).to_owned(),
            ["verify", account] => {
                // The verification of the person takes some time.
                self.sandbox.advance(std::time::Duration::from_secs(3600));
                let path = format!("/v1/accounts/{account}");
                let shown = crate::tests::support::get(&self.sandbox, "", &path).json();
                let due =
                    shown.items("requirements.past_due").iter().filter(|due| *due != "external_account");
                assert_eq!(due.count(), 0, "{}", shown["requirements"]);
            }
            other => panic!("{other:?}"),
        }
    }

    fn call(&mut self, line: &str) {
        if let Some(what) = line.strip_prefix("+ ") {
            return self.prepare(what);
        }
        let (call, kept) =
            line.split_once(" -> ").map_or((line, None), |(call, kept)| (call, Some(kept.trim())));
        let call = self.fill(call.trim());
        let mut words = call.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (who, method, path, form) = (word(), word(), word(), word());
        let account = if who == "C" { self.account.clone() } else { String::new() };
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = self.sandbox.handle(&request(method, &path, &form, &account, &self.version(&path)));
        let body = reply.json();
        assert_eq!(reply.status, if call.starts_with('!') { 402 } else { 200 }, "{call}: {body}");
        if let Some(kept) = kept {
            let (name, at) = kept.split_once('=').unwrap_or((kept, "id"));
            let value = body.at(at).unwrap_or_else(|| panic!("{call} has no {at}: {body}"));
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.name(name, &value);
        }
    }

    /// The version that the sample's browser library sends.
    fn version(&self, path: &str) -> Vec<(&'static str, &'static str)> {
        if path == "/v1/ephemeral_keys" { vec![("stripe-version", "2022-08-01")] } else { Vec::new() }
    }

    fn told(&self) -> BTreeSet<String> {
        self.sandbox.event_types().into_iter().collect()
    }
}

#[test]
fn cli_triggers_emit_their_events() {
    for Sequence { name, calls, tells } in TRIGGERS {
        let mut player = Player::new();
        for call in *calls {
            player.call(call);
        }
        let told = player.told();
        for event in *tells {
            assert!(told.contains(*event), "{name}: {told:?}");
        }
    }
}

#[test]
fn sample_applications_complete() {
    for calls in [ISSUING_TREASURY, ISSUING_ABROAD, CONNECT_DEMO] {
        let mut player = Player::new();
        calls.iter().for_each(|call| player.call(call));
        let shown: Json = player.names.into_iter().collect();
        assert!(shown.as_object().is_some_and(|names| names.len() > 4), "{shown}");
    }
}
