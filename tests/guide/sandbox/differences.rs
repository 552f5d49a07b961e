//! Declared differences between the sandbox and the replays, with reasons.

use super::agreement::Difference;

/// Intended differences with the same reason.
pub struct Declared {
    /// The flows, each of which has all of them.
    pub flows: &'static [&'static str],
    /// The steps; `*` for all.
    pub steps: &'static [&'static str],
    /// The paths in the reply: `*` is any one member or index, `**` at the beginning any number of them.
    pub paths: &'static [&'static str],
    pub reason: &'static str,
}

impl Declared {
    pub fn is_about(&self, flow: &str) -> bool {
        self.flows.contains(&flow)
    }

    pub fn covers(&self, found: &Difference) -> bool {
        self.is_about(&found.flow)
            && self.steps.iter().any(|step| matches!(*step, "*") || *step == found.step)
            && self.paths.iter().any(|path| fits(path, &found.path))
    }

    /// The parts of the declaration that no difference of a flow shows.
    pub fn stale(&self, flow: &str, found: &[Difference]) -> Vec<String> {
        let covered: Vec<&Difference> =
            found.iter().filter(|found| found.flow == flow && self.covers(found)).collect();
        let steps = self
            .steps
            .iter()
            .filter(|step| **step != "*" && !covered.iter().any(|found| found.step == **step));
        let paths = self.paths.iter().filter(|path| !covered.iter().any(|found| fits(path, &found.path)));
        steps.chain(paths).map(|part| format!("{flow}, {part}")).collect()
    }
}

/// Whether a path matches a pattern.
fn fits(pattern: &str, path: &str) -> bool {
    let names: Vec<&str> = path.split('.').collect();
    let (wanted, names) = match pattern.strip_prefix("**.") {
        Some(end) => {
            let wanted: Vec<&str> = end.split('.').collect();
            let skipped = names.len().saturating_sub(wanted.len());
            (wanted, names.get(skipped..).unwrap_or_default().to_vec())
        }
        None => (pattern.split('.').collect(), names),
    };
    wanted.len() == names.len()
        && wanted.iter().zip(&names).all(|(wanted, name)| *wanted == "*" || wanted == name)
}

/// All declared differences.
pub const DIFFERENCES: &[Declared] = &[
    Declared {
        flows: &["account_balances", "fund_from_bank_account", "fund_issuing_balance", "pay_out_to_users"],
        steps: &["*"],
        paths: &["**.initiated_by"],
        reason: "members that the document lets be null, which the flows do not set and the sandbox fills",
    },
    Declared {
        flows: &[
            "authorizations_and_transactions",
            "cardholders_and_cards",
            "spending_controls",
            "treasury_funding",
        ],
        steps: &["*"],
        paths: &["**.allowed_card_presences", "**.blocked_card_presences"],
        reason: "members that the document lets be null, which the flows do not set and the sandbox fills",
    },
    Declared {
        flows: &["authorizations_and_transactions", "spending_controls", "treasury_funding"],
        steps: &["*"],
        paths: &["**.amount_details", "**.card_presence"],
        reason: "members that the document lets be null, which the flows do not set and the sandbox fills",
    },
    Declared {
        flows: &["cardholders_and_cards"],
        steps: &["*"],
        paths: &["**.shipped_at", "**.delivered_at"],
        reason: "members that the document lets be null, which the flows do not set and the sandbox fills",
    },
    Declared {
        flows: &["fund_from_bank_account", "fund_issuing_balance"],
        steps: &["*"],
        paths: &["**.available_payout_methods"],
        reason: "members that the document lets be null, which the flows do not set and the sandbox fills",
    },
    Declared {
        flows: &["authorizations_and_transactions"],
        steps: &["*"],
        paths: &["expires_at", "balance_transactions"],
        reason: "members that the document lets be null, which the flows do not set and the sandbox fills",
    },
    Declared {
        flows: &["verify_requirements"],
        steps: &["*"],
        paths: &[
            "business_profile.name",
            "phone",
            "data.*.phone",
            "requirements.errors.*.code",
            "requirements.currently_due",
            "requirements.past_due",
        ],
        reason: "the sandbox derives what is due, what is being checked and statement descriptors; the flows name what matters",
    },
    Declared {
        flows: &["handle_requirement_changes", "onboard_custom_account", "verify_requirements"],
        steps: &["*"],
        paths: &["requirements.pending_verification"],
        reason: "the sandbox derives what is due, what is being checked and statement descriptors; the flows name what matters",
    },
    Declared {
        flows: &[
            "handle_requirement_changes",
            "hosted_onboarding",
            "pay_out_to_users",
            "verify_requirements",
        ],
        steps: &["*"],
        paths: &["requirements.eventually_due"],
        reason: "the sandbox derives what is due, what is being checked and statement descriptors; the flows name what matters",
    },
    Declared {
        flows: &["handle_requirement_changes", "negative_balances", "verify_requirements"],
        steps: &["*"],
        paths: &[
            "settings.card_payments.statement_descriptor_prefix",
            "settings.payments.statement_descriptor",
        ],
        reason: "The sandbox computes requirements, pending verifications and statement descriptors; the flows contain selected ones.",
    },
    Declared {
        flows: &["cardholders_and_cards"],
        steps: &["*"],
        paths: &["exp_month", "replaced_by.exp_month"],
        reason: "A replacement expires later than the card that it replaces.",
    },
    Declared {
        flows: &["payout_issuing_balance"],
        steps: &["*"],
        paths: &["data.*.requirements", "requirements"],
        reason: "External accounts have requirements; the flow contains the default.",
    },
    Declared {
        flows: &[
            "fund_from_bank_account",
            "fund_issuing_balance",
            "payout_issuing_balance",
            "treasury_funding",
        ],
        steps: &["*"],
        paths: &["**.fingerprint"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &[
            "account_balances",
            "destination_charges",
            "direct_charges",
            "fund_from_bank_account",
            "fund_from_stripe_balance",
            "fund_issuing_balance",
            "manual_payouts",
            "negative_balances",
            "separate_charges_and_transfers",
        ],
        steps: &["*"],
        paths: &["**.client_secret"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &["authorizations_and_transactions", "spending_controls", "treasury_funding"],
        steps: &["*"],
        paths: &["**.authorization_code"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &["manual_payouts", "payout_issuing_balance"],
        steps: &["*"],
        paths: &["**.trace_id.value"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &["authorizations_and_transactions", "treasury_funding"],
        steps: &["*"],
        paths: &["**.network_data.transaction_id"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &["onboard_account_v2"],
        steps: &["newest_notification"],
        paths: &["next_page_url"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &["push_funding"],
        steps: &["*"],
        paths: &["**.iban.iban", "**.iban.bic", "**.sort_code.account_number"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["*"],
        paths: &["**.aba.account_number_last4"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &["cardholders_and_cards"],
        steps: &["*"],
        paths: &["**.shipping.tracking_number", "number", "cvc", "secret"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &[
            "authorizations_and_transactions",
            "handle_requirement_changes",
            "hosted_onboarding",
            "onboard_account_v2",
            "pay_out_to_users",
            "verify_requirements",
        ],
        steps: &["*"],
        paths: &["url"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &["authorizations_and_transactions", "handle_requirement_changes", "verify_requirements"],
        steps: &["*"],
        paths: &["links"],
        reason: "Each side makes these up.",
    },
    Declared {
        flows: &[
            "account_balances",
            "direct_charges",
            "fund_from_bank_account",
            "fund_from_stripe_balance",
            "negative_balances",
            "payout_issuing_balance",
            "separate_charges_and_transfers",
        ],
        steps: &["*"],
        paths: &["**.message"],
        reason: "Each side says it in its own words.",
    },
    Declared {
        flows: &["fund_from_bank_account", "payout_issuing_balance"],
        steps: &["*"],
        paths: &["**.failure_message"],
        reason: "Each side says it in its own words.",
    },
    Declared {
        flows: &["handle_requirement_changes", "verify_requirements"],
        steps: &["*"],
        paths: &["**.errors.*.reason"],
        reason: "Each side says it in its own words.",
    },
    Declared {
        flows: &[
            "authorizations_and_transactions",
            "cardholders_and_cards",
            "spending_controls",
            "treasury_funding",
        ],
        steps: &["*"],
        paths: &["last4", "exp_year"],
        reason: "Each side makes up the numbers of cards, and for how long they are valid.",
    },
    Declared {
        flows: &["authorizations_and_transactions", "spending_controls", "treasury_funding"],
        steps: &["*"],
        paths: &["card.last4", "card.exp_year"],
        reason: "Each side makes up the numbers of cards, and for how long they are valid.",
    },
    Declared {
        flows: &["cardholders_and_cards"],
        steps: &["*"],
        paths: &["replaced_by.last4", "replaced_by.exp_year"],
        reason: "Each side makes up the numbers of cards, and for how long they are valid.",
    },
    Declared {
        flows: &["authorizations_and_transactions", "spending_controls", "treasury_funding"],
        steps: &["*"],
        paths: &[
            "**.merchant_data.city",
            "**.merchant_data.postal_code",
            "**.merchant_data.network_id",
            "**.merchant_data.terminal_id",
        ],
        reason: "The requests do not contain the merchant's location; each side has a default.",
    },
    Declared {
        flows: &["authorizations_and_transactions", "spending_controls"],
        steps: &["*"],
        paths: &["**.merchant_data.state"],
        reason: "The requests do not say where a shop is; each side places it somewhere.",
    },
    Declared {
        flows: &["authorizations_and_transactions", "spending_controls"],
        steps: &["*"],
        paths: &["network_data"],
        reason: "What networks add and check varies; the sandbox says no more than was sent.",
    },
    Declared {
        flows: &["authorizations_and_transactions", "spending_controls", "treasury_funding"],
        steps: &["*"],
        paths: &["**.network_data", "verification_data.expiry_check"],
        reason: "What networks add and check varies; the sandbox says no more than was sent.",
    },
    Declared {
        flows: &["authorizations_and_transactions", "treasury_funding"],
        steps: &["*"],
        paths: &[
            "**.network_data.acquiring_institution_id",
            "**.network_data.system_trace_audit_number",
            "**.network_risk_score",
        ],
        reason: "Data and checks of card networks vary; the sandbox only shows the sent data.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["*"],
        paths: &["verification_data.cvc_check"],
        reason: "What networks add and check varies; the sandbox says no more than was sent.",
    },
    Declared {
        flows: &["authorizations_and_transactions", "cardholders_and_cards", "treasury_funding"],
        steps: &["*"],
        paths: &["spending_controls", "**.spending_controls"],
        reason: "What has no value is null on one side and empty on the other; the document allows both.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["*"],
        paths: &["cardholder.company", "card.cardholder.company", "company"],
        reason: "What has no value is null on one side and empty on the other; the document allows both.",
    },
    Declared {
        flows: &[
            "handle_requirement_changes",
            "hosted_onboarding",
            "negative_balances",
            "onboard_custom_account",
            "verify_requirements",
        ],
        steps: &["*"],
        paths: &["business_profile"],
        reason: "The replays leave these parts out, or have only them.",
    },
    Declared {
        flows: &[
            "handle_requirement_changes",
            "hosted_onboarding",
            "negative_balances",
            "onboard_custom_account",
            "pay_out_to_users",
            "verify_requirements",
        ],
        steps: &["*"],
        paths: &["settings"],
        reason: "The replays leave these parts out, or have only them.",
    },
    Declared {
        flows: &["handle_requirement_changes", "negative_balances", "verify_requirements"],
        steps: &["*"],
        paths: &["settings.dashboard.display_name"],
        reason: "The replays leave these parts out, or have only them.",
    },
    Declared {
        flows: &["negative_balances"],
        steps: &["*"],
        paths: &["settings.dashboard.timezone"],
        reason: "The replays leave these parts out, or have only them.",
    },
    Declared {
        flows: &["handle_requirement_changes", "verify_requirements"],
        steps: &["*"],
        paths: &["company.verification"],
        reason: "The replays leave these parts out, or have only them.",
    },
    Declared {
        flows: &["handle_requirement_changes"],
        steps: &["*"],
        paths: &["company.phone", "email"],
        reason: "The replays leave these parts out, or have only them.",
    },
    Declared {
        flows: &["payout_issuing_balance", "verify_requirements"],
        steps: &["*"],
        paths: &["future_requirements", "**.future_requirements"],
        reason: "The replays leave these parts out, or have only them.",
    },
    Declared {
        flows: &["verify_requirements"],
        steps: &["*"],
        paths: &[
            "**.verification.additional_document",
            "**.relationship.authorizer",
            "**.relationship.legal_guardian",
        ],
        reason: "The replays omit these members, or contain only them.",
    },
    Declared {
        flows: &["fund_from_bank_account", "fund_issuing_balance"],
        steps: &["*"],
        paths: &["allow_redisplay", "source.allow_redisplay", "client_ip", "bank_account.metadata"],
        reason: "The replays leave these parts out, or have only them.",
    },
    Declared {
        flows: &["account_balances"],
        steps: &["*"],
        paths: &[
            "instant_available.*.net_available.*.amount",
            "instant_available.*.net_available.*.source_types.card",
        ],
        reason: "The sandbox charges no fee for instant payouts.",
    },
    Declared {
        flows: &["manual_payouts"],
        steps: &["*"],
        paths: &[
            "available.*.amount",
            "available.*.source_types.card",
            "instant_available.*.amount",
            "instant_available.*.source_types.card",
            "instant_available.*.net_available.*.amount",
            "instant_available.*.net_available.*.source_types.card",
            "application_fee",
            "application_fee_amount",
        ],
        reason: "The sandbox charges no fee for instant payouts, so the balance is 1.00 USD higher.",
    },
    Declared {
        flows: &["manual_payouts"],
        steps: &["instant_payout"],
        paths: &["status"],
        reason: "The time that an instant payout is pending is not documented.",
    },
    Declared {
        flows: &["manual_payouts"],
        steps: &["reverse", "balance_pending"],
        paths: &["balance_transaction", "pending.*.amount", "pending.*.source_types.card"],
        reason: "Whether money to be returned by a bank is shown as pending is not documented.",
    },
    Declared {
        flows: &["cardholders_and_cards"],
        steps: &["*"],
        paths: &[
            "**.normalized_address.city",
            "**.normalized_address.line1",
            "**.normalized_address.line2",
            "**.normalized_address.postal_code",
        ],
        reason: "The sandbox has no postal rules: every address counts as normalized.",
    },
    Declared {
        flows: &["cardholders_and_cards"],
        steps: &["*"],
        paths: &["shipping.tracking_url"],
        reason: "The sandbox has no tracking page for parcels.",
    },
    Declared {
        flows: &["cardholders_and_cards"],
        steps: &["*"],
        paths: &["shipping.eta", "replaced_by.shipping.eta"],
        reason: "The sandbox sets the estimated delivery date as soon as the parcel is ordered.",
    },
    Declared {
        flows: &["fund_from_bank_account"],
        steps: &["top_up_from_empty_account", "top_up_fails"],
        paths: &["source.ach_debit.last4", "source.code_verification", "source.flow", "source.owner"],
        reason: "The members of a source from a test token, except its type and status, are not documented.",
    },
    Declared {
        flows: &["fund_from_stripe_balance"],
        steps: &["transfer_to_issuing", "transfer_back"],
        paths: &["id"],
        reason: "The id prefix of balance transfers is not documented.",
    },
    Declared {
        flows: &["handle_requirement_changes"],
        steps: &["active"],
        paths: &["requirements.eventually_due"],
        reason: "In the sandbox, a document is required immediately, without being eventually due first.",
    },
    Declared {
        flows: &["handle_requirement_changes"],
        steps: &["provide_letter"],
        paths: &["capabilities.transfers", "charges_enabled", "payouts_enabled"],
        reason: "In the sandbox, added requirements apply to every capability of the account.",
    },
    Declared {
        flows: &["hosted_onboarding"],
        steps: &["form_submitted"],
        paths: &["requirements.eventually_due"],
        reason: "The sandbox requires a document only after a failed verification.",
    },
    Declared {
        flows: &["issuing_balance"],
        steps: &["ledger"],
        paths: &["data"],
        reason: "The sandbox has both customers' payments, without fees; the replay shows an older one.",
    },
    Declared {
        flows: &["negative_balances"],
        steps: &["collections", "reserve_held", "reserve_released"],
        paths: &["data.*.description"],
        reason: "Human-readable texts differ.",
    },
    Declared {
        flows: &["onboard_custom_account"],
        steps: &["capabilities"],
        paths: &["data.*.id"],
        reason: "The order of capabilities is not documented.",
    },
    Declared {
        flows: &["onboard_custom_account"],
        steps: &["capability_pending"],
        paths: &["requirements.disabled_reason"],
        reason: "Both reasons are documented for a capability with a pending verification.",
    },
    Declared {
        flows: &["pay_out_to_users"],
        steps: &["onboarded"],
        paths: &["requirements.eventually_due"],
        reason: "In the sandbox, the complete id number of a person is eventually due; the form has four digits.",
    },
    Declared {
        flows: &["pay_out_to_users"],
        steps: &["*"],
        paths: &[
            "available.*.source_types.bank_account",
            "pending.*.source_types.bank_account",
            "source_type",
        ],
        reason: "The source type of top-ups is not documented; in the sandbox it is `card`, the default of transfers.",
    },
    Declared {
        flows: &["verify_requirements"],
        steps: &["director"],
        paths: &["verification.status"],
        reason: "The sandbox verifies directors too.",
    },
    Declared {
        flows: &["verify_requirements"],
        steps: &["document_due"],
        paths: &["requirements.past_due"],
        reason: "In the sandbox, the requirements of an account that was never active are past due immediately.",
    },
    Declared {
        flows: &["verify_requirements"],
        steps: &["document_due"],
        paths: &["verification.details", "verification.details_code"],
        reason: "The replay omits the older members of an error.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["*"],
        paths: &["financial_addresses.*.aba.account_holder_name"],
        reason: "The sandbox's account has no name.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["*"],
        paths: &["is_default", "platform_restrictions", "deposit_insurance", "outbound_transfers"],
        reason: "Newer members, and features that were not requested, are shown on one side only.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["financial_account", "wires_requested"],
        paths: &[
            "active_features",
            "pending_features",
            "card_issuing.status",
            "card_issuing.status_details",
            "financial_addresses.aba.status",
            "financial_addresses.aba.status_details",
        ],
        reason: "How long the activation of each feature takes is not documented; in the sandbox all are active at the next request.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["*"],
        paths: &[
            "origin_payment_method_details.us_bank_account.account_holder_type",
            "origin_payment_method_details.billing_details.name",
            "origin_payment_method_details.billing_details.email",
            "origin_payment_method_details.billing_details.address.city",
            "origin_payment_method_details.billing_details.address.country",
            "origin_payment_method_details.billing_details.address.line1",
            "origin_payment_method_details.billing_details.address.postal_code",
            "origin_payment_method_details.billing_details.address.state",
        ],
        reason: "The sandbox has no payment methods, so it generates their details.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["*"],
        paths: &["destination_payment_method"],
        reason: "The sandbox has no payment methods, so it creates none from the parameters.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["outbound_payment_posts"],
        paths: &["tracking_details"],
        reason: "In the sandbox, the tracking details of a payment are set by the test.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["purchase", "purchase_captured"],
        paths: &[
            "merchant_data.category",
            "merchant_data.category_code",
            "transactions.*.merchant_data.category",
            "transactions.*.merchant_data.category_code",
        ],
        reason: "The requests do not contain the merchant's category; each side has a default.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["second_outbound_payment_returned"],
        paths: &["status_transitions.posted_at"],
        reason: "In the sandbox, a payment is posted before the bank returns it.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["transactions"],
        paths: &["data.*.balance_impact.outbound_pending"],
        reason: "In the sandbox, a payment is posted before the bank returns it, so it is not pending then.",
    },
    Declared {
        flows: &["treasury_funding"],
        steps: &["transactions"],
        paths: &["data.*.description"],
        reason: "Human-readable texts differ.",
    },
];

#[test]
fn patterns_match_paths() {
    for (pattern, path) in
        [("a.b", "a.b"), ("a.*.b", "a.0.b"), ("**.b", "b"), ("**.b.c", "x.y.b.c"), ("**.*.c", "y.b.c")]
    {
        assert!(fits(pattern, path), "{pattern} {path}");
    }
    for (pattern, path) in [("a.b", "a"), ("a.*", "a"), ("a", "a.b"), ("**.b", "b.c"), ("**.b.c", "c")] {
        assert!(!fits(pattern, path), "{pattern} {path}");
    }
}
