//! The steps that cause each event. Their language is described in `steps.rs`.

/// A name, and its steps.
type Named = (&'static str, &'static [&'static str]);

/// Steps shared by scenarios.
pub(super) const PARTS: &[Named] = &[
    ("bank", &["P POST /v1/accounts/{account}/external_accounts external_account=btok_us_verified -> bank"]),
    ("topup", &["P POST /v1/topups amount=10000&currency=usd&source=btok_us_verified -> topup"]),
    (
        "payout",
        &[
            "+ fund {account} available",
            "+ use bank",
            "C POST /v1/payouts amount=10000&currency=usd -> payout",
        ],
    ),
    (
        "transfer",
        &[
            "+ fund {platform} available",
            "P POST /v1/transfers amount=10000&currency=usd&destination={account} -> transfer",
        ],
    ),
    ("notice", &["+ do accounts.give_notice {account} reason=issuing.dispute_lost -> notice"]),
    ("fee", &["+ do accounts.charge {account} amount=5000&fee=500&currency=usd -> fee"]),
    (
        "person",
        &[
            "P POST /v1/accounts/{account}/persons first_name=Ann&last_name=Lee&relationship[owner]=true -> person",
        ],
    ),
    ("intent", &["C POST /v1/payment_intents amount=2000&currency=usd -> intent"]),
    (
        "charge",
        &["C POST /v1/payment_intents amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa \
           -> intent, charge=latest_charge"],
    ),
    (
        "held_charge",
        &["C POST /v1/payment_intents amount=2000&currency=usd&confirm=true&capture_method=manual\
           &payment_method=pm_card_visa -> intent, charge=latest_charge"],
    ),
    (
        "debit",
        &["C POST /v1/payment_intents amount=2000&currency=usd&confirm=true\
           &payment_method=pm_usBankAccount_success -> intent"],
    ),
    ("refund", &["+ use charge", "C POST /v1/refunds charge={charge} -> refund"]),
    ("dispute", &["+ use charge", "+ do payments.dispute {charge} -> dispute"]),
    ("customer", &["C POST /v1/customers email=jenny@example.com -> customer"]),
    ("setup", &["C POST /v1/setup_intents payment_method=pm_card_visa -> setup"]),
    (
        "source",
        &[
            "C POST /v1/tokens bank_account[country]=US&bank_account[routing_number]=110000000\
             &bank_account[account_number]=000123456789 -> token",
            "C POST /v1/sources type=ach_debit&currency=usd&token={token} -> source",
        ],
    ),
    (
        "card",
        &[
            "+ fund {account} issuing",
            "+ do accounts.issue_card {account} currency=usd -> card",
            "C GET /v1/issuing/cards/{card} -> card, holder=cardholder.id",
        ],
    ),
    ("authorization", &["+ use card", "+ do cards.authorize {card} amount=1200 -> authorization"]),
    ("transaction", &["+ use authorization", "+ do authorizations.capture {authorization} -> transaction"]),
    (
        "card_dispute",
        &[
            "+ use transaction",
            "C POST /v1/issuing/disputes transaction={transaction}&evidence[reason]=fraudulent\
             &evidence[fraudulent][explanation]=Not+mine -> dispute",
        ],
    ),
    ("sent_card_dispute", &["+ use card_dispute", "C POST /v1/issuing/disputes/{dispute}/submit"]),
    ("wallet", &["+ use card", "+ do cards.ask_wallet {card} wallet=apple_pay -> token"]),
    (
        "design",
        &[
            "C GET /v1/issuing/physical_bundles type=standard -> bundle=data.0.id",
            "C POST /v1/issuing/personalization_designs physical_bundle={bundle}&name=Blue -> design",
        ],
    ),
    (
        "financial_account",
        &[
            "C POST /v1/treasury/financial_accounts supported_currencies[]=usd&features[card_issuing][requested]=true\
           &features[inbound_transfers][ach][requested]=true&features[intra_stripe_flows][requested]=true\
           &features[outbound_payments][ach][requested]=true&features[outbound_transfers][ach][requested]=true\
           &features[financial_addresses][aba][requested]=true -> fa",
        ],
    ),
    (
        "received_credit",
        &[
            "+ use financial_account",
            "C POST /v1/test_helpers/treasury/received_credits amount=50000&currency=usd&financial_account={fa}&network=ach \
             -> credit",
        ],
    ),
    (
        "received_debit",
        &[
            "+ use received_credit",
            "C POST /v1/test_helpers/treasury/received_debits amount=100&currency=usd&financial_account={fa}&network=ach \
             -> debit",
        ],
    ),
    (
        "credit_reversal",
        &[
            "+ use received_credit",
            "C POST /v1/treasury/credit_reversals received_credit={credit} -> reversal",
        ],
    ),
    (
        "debit_reversal",
        &["+ use received_debit", "C POST /v1/treasury/debit_reversals received_debit={debit} -> reversal"],
    ),
    (
        "inbound",
        &[
            "+ use financial_account",
            "C POST /v1/treasury/inbound_transfers amount=700&currency=usd&financial_account={fa}\
             &origin_payment_method=pm_usBankAccount -> flow",
        ],
    ),
    (
        "outbound_payment",
        &[
            "+ use received_credit",
            "C POST /v1/treasury/outbound_payments amount=300&currency=usd&financial_account={fa}\
             &destination_payment_method=pm_usBankAccount -> flow",
        ],
    ),
    (
        "outbound_transfer",
        &[
            "+ use received_credit",
            "C POST /v1/treasury/outbound_transfers amount=300&currency=usd&financial_account={fa}\
             &destination_payment_method=pm_usBankAccount -> flow",
        ],
    ),
];

const LINKED: &str = "P POST /v1/account_links account={other}&type=account_onboarding\
                      &return_url=https://example.com/a&refresh_url=https://example.com/b -> url=url";

/// The steps of each event, by its name.
pub(super) const SCENARIOS: &[Named] = &[
    (
        "account.application.authorized",
        &["P POST /v1/accounts type=express&country=US -> other", LINKED, "+ complete {url}"],
    ),
    (
        "account.application.deauthorized",
        &["P POST /v1/accounts type=standard&country=US -> other", "P DELETE /v1/accounts/{other}"],
    ),
    ("account.external_account.created", &["+ use bank"]),
    (
        "account.external_account.deleted",
        &[
            "+ use bank",
            "P POST /v1/accounts/{account}/external_accounts external_account=btok_us_verified_noAccount -> spare",
            "P DELETE /v1/accounts/{account}/external_accounts/{spare}",
        ],
    ),
    (
        "account.external_account.updated",
        &["+ use bank", "P POST /v1/accounts/{account}/external_accounts/{bank} metadata[triggered]=true"],
    ),
    ("account.updated", &["P POST /v1/accounts/{account} metadata[triggered]={now}"]),
    ("account_notice.created", &["+ use notice"]),
    (
        "account_notice.updated",
        &[
            "+ use notice",
            "C POST /v1/account_notices/{notice} email[plain_text]=Hello&email[subject]=Notice\
             &email[recipient]=jenny@example.com&sent_at={now}",
        ],
    ),
    ("application_fee.created", &["+ use fee"]),
    (
        "application_fee.refund.updated",
        &[
            "+ use fee",
            "P POST /v1/application_fees/{fee}/refunds amount=100 -> refund",
            "P POST /v1/application_fees/{fee}/refunds/{refund} metadata[triggered]=true",
        ],
    ),
    ("application_fee.refunded", &["+ use fee", "P POST /v1/application_fees/{fee}/refunds"]),
    (
        "balance.available",
        &["+ do accounts.receive {account} amount=10000&currency=usd -> charge", "+ run {charge}"],
    ),
    (
        "balance_settings.updated",
        &["C POST /v1/balance_settings payments[payouts][schedule][interval]=weekly\
             &payments[payouts][schedule][weekly_payout_days][]=friday"],
    ),
    (
        "capability.updated",
        &[
            "P POST /v1/accounts type=custom&country=US -> other",
            "P POST /v1/accounts/{other}/capabilities/transfers requested=true",
        ],
    ),
    ("charge.captured", &["+ use held_charge", "C POST /v1/payment_intents/{intent}/capture"]),
    ("charge.dispute.closed", &["+ use dispute", "+ do charge_disputes.lose {dispute}"]),
    ("charge.dispute.created", &["+ use dispute"]),
    (
        "charge.dispute.funds_reinstated",
        &[
            "+ use dispute",
            "C POST /v1/disputes/{dispute} evidence[customer_name]=Jenny&submit=true",
            "+ do charge_disputes.win {dispute}",
        ],
    ),
    ("charge.dispute.funds_withdrawn", &["+ use dispute"]),
    ("charge.dispute.updated", &["+ use dispute", "C POST /v1/disputes/{dispute} metadata[triggered]=true"]),
    ("charge.expired", &["+ use held_charge", "+ rule payment_intent.expire {intent}"]),
    (
        "charge.failed",
        &[
            "C? POST /v1/payment_intents amount=2000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined",
        ],
    ),
    ("charge.pending", &["+ use debit"]),
    ("charge.refund.updated", &["+ use refund", "C POST /v1/refunds/{refund} metadata[triggered]=true"]),
    ("charge.refunded", &["+ use refund"]),
    ("charge.succeeded", &["+ use charge"]),
    ("charge.updated", &["+ use charge", "C POST /v1/charges/{charge} metadata[triggered]=true"]),
    ("customer.created", &["+ use customer"]),
    ("customer.deleted", &["+ use customer", "C DELETE /v1/customers/{customer}"]),
    ("issuing_authorization.created", &["+ use authorization"]),
    ("issuing_authorization.request", &["+ ask", "+ use authorization"]),
    (
        "issuing_authorization.updated",
        &["+ use authorization", "+ do authorizations.reverse {authorization}"],
    ),
    ("issuing_card.created", &["+ use card"]),
    ("issuing_card.updated", &["+ use card", "C POST /v1/issuing/cards/{card} status=inactive"]),
    ("issuing_cardholder.created", &["+ use card"]),
    (
        "issuing_cardholder.updated",
        &["+ use card", "C POST /v1/issuing/cardholders/{holder} metadata[triggered]=true"],
    ),
    ("issuing_dispute.closed", &["+ use sent_card_dispute", "+ do disputes.win {dispute}"]),
    ("issuing_dispute.created", &["+ use card_dispute"]),
    ("issuing_dispute.funds_reinstated", &["+ use sent_card_dispute", "+ do disputes.reinstate {dispute}"]),
    (
        "issuing_dispute.funds_rescinded",
        &[
            "+ use sent_card_dispute",
            "+ do disputes.reinstate {dispute}",
            "+ do disputes.lose {dispute} reason=other",
        ],
    ),
    ("issuing_dispute.submitted", &["+ use sent_card_dispute"]),
    (
        "issuing_dispute.updated",
        &["+ use card_dispute", "C POST /v1/issuing/disputes/{dispute} metadata[triggered]=true"],
    ),
    (
        "issuing_personalization_design.activated",
        &["+ use design", "C POST /v1/test_helpers/issuing/personalization_designs/{design}/activate"],
    ),
    (
        "issuing_personalization_design.deactivated",
        &[
            "+ use design",
            "C POST /v1/test_helpers/issuing/personalization_designs/{design}/activate",
            "C POST /v1/test_helpers/issuing/personalization_designs/{design}/deactivate",
        ],
    ),
    (
        "issuing_personalization_design.rejected",
        &[
            "+ use design",
            "C POST /v1/test_helpers/issuing/personalization_designs/{design}/reject rejection_reasons[card_logo][]=inappropriate",
        ],
    ),
    (
        "issuing_personalization_design.updated",
        &["+ use design", "C POST /v1/issuing/personalization_designs/{design} name=Red"],
    ),
    ("issuing_token.created", &["+ use wallet"]),
    ("issuing_token.updated", &["+ use wallet", "C POST /v1/issuing/tokens/{token} status=active"]),
    ("issuing_transaction.created", &["+ use transaction"]),
    (
        "issuing_transaction.purchase_details_receipt_updated",
        &[
            "+ use transaction",
            "+ do transactions.add_receipt_line {transaction} description=Tea&quantity=1&unit_cost=1200",
        ],
    ),
    (
        "issuing_transaction.updated",
        &["+ use transaction", "C POST /v1/issuing/transactions/{transaction} metadata[triggered]=true"],
    ),
    ("payment_intent.amount_capturable_updated", &["+ use held_charge"]),
    ("payment_intent.canceled", &["+ use intent", "C POST /v1/payment_intents/{intent}/cancel"]),
    ("payment_intent.created", &["+ use intent"]),
    (
        "payment_intent.payment_failed",
        &[
            "C? POST /v1/payment_intents amount=2000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined",
        ],
    ),
    ("payment_intent.processing", &["+ use debit"]),
    (
        "payment_intent.requires_action",
        &[
            "C POST /v1/payment_intents amount=2000&currency=usd&confirm=true&payment_method=pm_card_authenticationRequired",
        ],
    ),
    ("payment_intent.succeeded", &["+ use charge"]),
    (
        "payment_method.attached",
        &["C POST /v1/customers email=jenny@example.com&payment_method=pm_card_visa"],
    ),
    ("payout.canceled", &["+ use payout", "C POST /v1/payouts/{payout}/cancel"]),
    ("payout.created", &["+ use payout"]),
    ("payout.failed", &["+ use payout", "+ do payouts.fail {payout} code=account_closed"]),
    ("payout.paid", &["+ use payout", "+ do payouts.send {payout}", "+ do payouts.pay {payout}"]),
    (
        "payout.reconciliation_completed",
        &[
            "+ fund {account} available",
            "+ use bank",
            "+ do accounts.pay_out {account}",
            "C GET /v1/payouts limit=1 -> payout=data.0.id",
            "+ do payouts.send {payout}",
            "+ do payouts.pay {payout}",
        ],
    ),
    ("payout.updated", &["+ use payout", "C POST /v1/payouts/{payout} metadata[triggered]=true"]),
    ("person.created", &["+ use person"]),
    ("person.deleted", &["+ use person", "P DELETE /v1/accounts/{account}/persons/{person}"]),
    (
        "person.updated",
        &["+ use person", "P POST /v1/accounts/{account}/persons/{person} email=ann@example.com"],
    ),
    ("refund.created", &["+ use refund"]),
    ("refund.failed", &["+ use refund", "+ do refunds.fail {refund}"]),
    ("refund.updated", &["+ use refund", "C POST /v1/refunds/{refund} metadata[triggered]=true"]),
    ("setup_intent.canceled", &["+ use setup", "C POST /v1/setup_intents/{setup}/cancel"]),
    ("setup_intent.created", &["+ use setup"]),
    (
        "setup_intent.requires_action",
        &["C POST /v1/setup_intents payment_method=pm_card_authenticationRequired&confirm=true"],
    ),
    (
        "setup_intent.setup_failed",
        &["C? POST /v1/setup_intents payment_method=pm_card_chargeDeclined&confirm=true"],
    ),
    ("setup_intent.succeeded", &["+ use setup", "C POST /v1/setup_intents/{setup}/confirm"]),
    ("source.canceled", &["+ use source", "+ do sources.cancel {source}"]),
    ("source.chargeable", &["+ use source", "C POST /v1/sources/{source}/verify values[]=32&values[]=45"]),
    ("source.failed", &["+ use source", "+ do sources.fail {source}"]),
    (
        "source.transaction.created",
        &["C POST /v1/sources type=ach_credit_transfer&currency=usd&owner[email]=amount_500@example.com"],
    ),
    ("topup.canceled", &["+ use topup", "P POST /v1/topups/{topup}/cancel"]),
    ("topup.created", &["+ use topup"]),
    ("topup.failed", &["+ use topup", "+ do topups.fail {topup} code=insufficient_funds"]),
    ("topup.reversed", &["+ use topup", "+ do topups.settle {topup}", "+ do topups.reverse {topup}"]),
    ("topup.succeeded", &["+ use topup", "+ do topups.settle {topup}"]),
    ("transfer.created", &["+ use transfer"]),
    ("transfer.reversed", &["+ use transfer", "P POST /v1/transfers/{transfer}/reversals"]),
    ("transfer.updated", &["+ use transfer", "P POST /v1/transfers/{transfer} metadata[triggered]=true"]),
    ("treasury.credit_reversal.created", &["+ use credit_reversal"]),
    (
        "treasury.credit_reversal.posted",
        &["+ use credit_reversal", "+ rule treasury_reversal.settle {reversal}"],
    ),
    (
        "treasury.debit_reversal.completed",
        &["+ use debit_reversal", "+ rule treasury_reversal.settle {reversal}"],
    ),
    ("treasury.debit_reversal.created", &["+ use debit_reversal"]),
    (
        "treasury.financial_account.closed",
        &["+ use financial_account", "C POST /v1/treasury/financial_accounts/{fa}/close"],
    ),
    ("treasury.financial_account.created", &["+ use financial_account"]),
    ("treasury.financial_account.features_status_updated", &["+ use financial_account"]),
    (
        "treasury.inbound_transfer.canceled",
        &["+ use inbound", "C POST /v1/treasury/inbound_transfers/{flow}/cancel"],
    ),
    ("treasury.inbound_transfer.created", &["+ use inbound"]),
    ("treasury.inbound_transfer.failed", &["+ use inbound", "+ do inbound_transfers.fail {flow}"]),
    ("treasury.inbound_transfer.succeeded", &["+ use inbound", "+ do inbound_transfers.succeed {flow}"]),
    (
        "treasury.outbound_payment.canceled",
        &["+ use outbound_payment", "C POST /v1/treasury/outbound_payments/{flow}/cancel"],
    ),
    ("treasury.outbound_payment.created", &["+ use outbound_payment"]),
    ("treasury.outbound_payment.failed", &["+ use outbound_payment", "+ do outbound_flows.fail {flow}"]),
    ("treasury.outbound_payment.posted", &["+ use outbound_payment", "+ do outbound_flows.post {flow}"]),
    (
        "treasury.outbound_payment.returned",
        &[
            "+ use outbound_payment",
            "+ do outbound_flows.post {flow}",
            "+ do outbound_flows.give_back {flow}",
        ],
    ),
    (
        "treasury.outbound_payment.tracking_details_updated",
        &[
            "+ use outbound_payment",
            "C POST /v1/test_helpers/treasury/outbound_payments/{flow} tracking_details[type]=ach&tracking_details[ach][trace_id]=1",
        ],
    ),
    (
        "treasury.outbound_transfer.canceled",
        &["+ use outbound_transfer", "C POST /v1/treasury/outbound_transfers/{flow}/cancel"],
    ),
    ("treasury.outbound_transfer.created", &["+ use outbound_transfer"]),
    ("treasury.outbound_transfer.failed", &["+ use outbound_transfer", "+ do outbound_flows.fail {flow}"]),
    ("treasury.outbound_transfer.posted", &["+ use outbound_transfer", "+ do outbound_flows.post {flow}"]),
    (
        "treasury.outbound_transfer.returned",
        &[
            "+ use outbound_transfer",
            "+ do outbound_flows.post {flow}",
            "+ do outbound_flows.give_back {flow}",
        ],
    ),
    (
        "treasury.outbound_transfer.tracking_details_updated",
        &[
            "+ use outbound_transfer",
            "C POST /v1/test_helpers/treasury/outbound_transfers/{flow} tracking_details[type]=ach&tracking_details[ach][trace_id]=1",
        ],
    ),
    ("treasury.received_credit.created", &["+ use received_credit"]),
    (
        "treasury.received_credit.failed",
        &[
            "+ use financial_account",
            "C POST /v1/treasury/financial_accounts/{fa}/close",
            "C POST /v1/test_helpers/treasury/received_credits amount=500&currency=usd&financial_account={fa}&network=ach",
        ],
    ),
    ("treasury.received_credit.succeeded", &["+ use received_credit"]),
    ("treasury.received_debit.created", &["+ use received_debit"]),
];
