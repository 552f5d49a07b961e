//! `account` with serde derive. Made by `benches/support/make_full.py`.

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub struct AccountAnnualRevenue {
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub fiscal_year_end: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountMonthlyEstimatedRevenue {
    pub amount: i64,
    pub currency: String,
}

#[derive(Deserialize)]
pub struct Address {
    pub city: Option<String>,
    pub country: Option<String>,
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub postal_code: Option<String>,
    pub state: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountBusinessProfile {
    pub annual_revenue: Option<AccountAnnualRevenue>,
    pub estimated_worker_count: Option<i64>,
    pub mcc: Option<String>,
    pub minority_owned_business_designation: Option<Vec<String>>,
    pub monthly_estimated_revenue: Option<AccountMonthlyEstimatedRevenue>,
    pub name: Option<String>,
    pub product_description: Option<String>,
    pub support_address: Option<Address>,
    pub support_email: Option<String>,
    pub support_phone: Option<String>,
    pub support_url: Option<String>,
    pub url: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountCapabilities {
    pub acss_debit_payments: Option<String>,
    pub affirm_payments: Option<String>,
    pub afterpay_clearpay_payments: Option<String>,
    pub alma_payments: Option<String>,
    pub amazon_pay_payments: Option<String>,
    pub au_becs_debit_payments: Option<String>,
    pub bacs_debit_payments: Option<String>,
    pub bancontact_payments: Option<String>,
    pub bank_transfer_payments: Option<String>,
    pub billie_payments: Option<String>,
    pub blik_payments: Option<String>,
    pub boleto_payments: Option<String>,
    pub card_issuing: Option<String>,
    pub card_payments: Option<String>,
    pub cartes_bancaires_payments: Option<String>,
    pub cashapp_payments: Option<String>,
    pub crypto_payments: Option<String>,
    pub eps_payments: Option<String>,
    pub fpx_payments: Option<String>,
    pub gb_bank_transfer_payments: Option<String>,
    pub giropay_payments: Option<String>,
    pub grabpay_payments: Option<String>,
    pub ideal_payments: Option<String>,
    pub india_international_payments: Option<String>,
    pub jcb_payments: Option<String>,
    pub jp_bank_transfer_payments: Option<String>,
    pub kakao_pay_payments: Option<String>,
    pub klarna_payments: Option<String>,
    pub konbini_payments: Option<String>,
    pub kr_card_payments: Option<String>,
    pub legacy_payments: Option<String>,
    pub link_payments: Option<String>,
    pub mb_way_payments: Option<String>,
    pub mobilepay_payments: Option<String>,
    pub multibanco_payments: Option<String>,
    pub mx_bank_transfer_payments: Option<String>,
    pub naver_pay_payments: Option<String>,
    pub nz_bank_account_becs_debit_payments: Option<String>,
    pub oxxo_payments: Option<String>,
    pub p24_payments: Option<String>,
    pub pay_by_bank_payments: Option<String>,
    pub payco_payments: Option<String>,
    pub paynow_payments: Option<String>,
    pub payto_payments: Option<String>,
    pub pix_payments: Option<String>,
    pub promptpay_payments: Option<String>,
    pub revolut_pay_payments: Option<String>,
    pub samsung_pay_payments: Option<String>,
    pub satispay_payments: Option<String>,
    pub sepa_bank_transfer_payments: Option<String>,
    pub sepa_debit_payments: Option<String>,
    pub sofort_payments: Option<String>,
    pub swish_payments: Option<String>,
    pub tax_reporting_us_1099_k: Option<String>,
    pub tax_reporting_us_1099_misc: Option<String>,
    pub transfers: Option<String>,
    pub treasury: Option<String>,
    pub twint_payments: Option<String>,
    pub us_bank_account_ach_payments: Option<String>,
    pub us_bank_transfer_payments: Option<String>,
    pub zip_payments: Option<String>,
}

#[derive(Deserialize)]
pub struct LegalEntityJapanAddress {
    pub city: Option<String>,
    pub country: Option<String>,
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub postal_code: Option<String>,
    pub state: Option<String>,
    pub town: Option<String>,
}

#[derive(Deserialize)]
pub struct LegalEntityDirectorshipDeclaration {
    pub date: Option<i64>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Deserialize)]
pub struct LegalEntityUboDeclaration {
    pub date: Option<i64>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Deserialize)]
pub struct LegalEntityRegistrationDate {
    pub day: Option<i64>,
    pub month: Option<i64>,
    pub year: Option<i64>,
}

#[derive(Deserialize)]
pub struct LegalEntityRepresentativeDeclaration {
    pub date: Option<i64>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Deserialize)]
pub struct LegalEntityCompanyVerificationDocument {
    pub back: Option<String>,
    pub details: Option<String>,
    pub details_code: Option<String>,
    pub front: Option<String>,
}

#[derive(Deserialize)]
pub struct LegalEntityCompanyVerification {
    pub document: LegalEntityCompanyVerificationDocument,
}

#[derive(Deserialize)]
pub struct LegalEntityCompany {
    pub address: Option<Address>,
    pub address_kana: Option<LegalEntityJapanAddress>,
    pub address_kanji: Option<LegalEntityJapanAddress>,
    pub directors_provided: Option<bool>,
    pub directorship_declaration: Option<LegalEntityDirectorshipDeclaration>,
    pub executives_provided: Option<bool>,
    pub export_license_id: Option<String>,
    pub export_purpose_code: Option<String>,
    pub name: Option<String>,
    pub name_kana: Option<String>,
    pub name_kanji: Option<String>,
    pub owners_provided: Option<bool>,
    pub ownership_declaration: Option<LegalEntityUboDeclaration>,
    pub ownership_exemption_reason: Option<String>,
    pub phone: Option<String>,
    pub registration_date: Option<LegalEntityRegistrationDate>,
    pub representative_declaration: Option<LegalEntityRepresentativeDeclaration>,
    pub structure: Option<String>,
    pub tax_id_provided: Option<bool>,
    pub tax_id_registrar: Option<String>,
    pub vat_id_provided: Option<bool>,
    pub verification: Option<LegalEntityCompanyVerification>,
}

#[derive(Deserialize)]
pub struct AccountUnificationAccountControllerFees {
    pub payer: String,
}

#[derive(Deserialize)]
pub struct AccountUnificationAccountControllerLosses {
    pub payments: String,
}

#[derive(Deserialize)]
pub struct AccountUnificationAccountControllerStripeDashboard {
    #[serde(rename = "type")]
    pub type_: String,
}

#[derive(Deserialize)]
pub struct AccountUnificationAccountController {
    pub fees: Option<AccountUnificationAccountControllerFees>,
    pub is_controller: Option<bool>,
    pub losses: Option<AccountUnificationAccountControllerLosses>,
    pub requirement_collection: Option<String>,
    pub stripe_dashboard: Option<AccountUnificationAccountControllerStripeDashboard>,
    #[serde(rename = "type")]
    pub type_: String,
}

#[derive(Deserialize)]
pub struct AccountRequirementsError {
    pub code: String,
    pub reason: String,
    pub requirement: String,
}

#[derive(Deserialize)]
pub struct ExternalAccountRequirements {
    pub currently_due: Option<Vec<String>>,
    pub errors: Option<Vec<AccountRequirementsError>>,
    pub past_due: Option<Vec<String>>,
    pub pending_verification: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub struct BankAccount {
    pub account: Option<String>,
    pub account_holder_name: Option<String>,
    pub account_holder_type: Option<String>,
    pub account_type: Option<String>,
    pub available_payout_methods: Option<Vec<String>>,
    pub bank_name: Option<String>,
    pub country: String,
    pub currency: String,
    pub customer: Option<String>,
    pub default_for_currency: Option<bool>,
    pub fingerprint: Option<String>,
    pub future_requirements: Option<ExternalAccountRequirements>,
    pub id: String,
    pub last4: String,
    pub metadata: Option<BTreeMap<String, String>>,
    pub requirements: Option<ExternalAccountRequirements>,
    pub routing_number: Option<String>,
    pub status: String,
}

#[derive(Deserialize)]
pub struct TokenCardNetworks {
    pub preferred: Option<String>,
}

#[derive(Deserialize)]
pub struct Card {
    pub account: Option<String>,
    pub address_city: Option<String>,
    pub address_country: Option<String>,
    pub address_line1: Option<String>,
    pub address_line1_check: Option<String>,
    pub address_line2: Option<String>,
    pub address_state: Option<String>,
    pub address_zip: Option<String>,
    pub address_zip_check: Option<String>,
    pub allow_redisplay: Option<String>,
    pub available_payout_methods: Option<Vec<String>>,
    pub brand: String,
    pub country: Option<String>,
    pub currency: Option<String>,
    pub customer: Option<String>,
    pub cvc_check: Option<String>,
    pub default_for_currency: Option<bool>,
    pub dynamic_last4: Option<String>,
    pub exp_month: i64,
    pub exp_year: i64,
    pub fingerprint: Option<String>,
    pub funding: String,
    pub id: String,
    pub iin: Option<String>,
    pub last4: String,
    pub metadata: Option<BTreeMap<String, String>>,
    pub name: Option<String>,
    pub networks: Option<TokenCardNetworks>,
    pub regulated_status: Option<String>,
    pub status: Option<String>,
    pub tokenization_method: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "object")]
pub enum AccountExternalAccountsDataArm {
    #[serde(rename = "bank_account")]
    BankAccount(Box<BankAccount>),
    #[serde(rename = "card")]
    Card(Box<Card>),
}

#[derive(Deserialize)]
pub struct AccountExternalAccounts {
    pub data: Vec<AccountExternalAccountsDataArm>,
    pub has_more: bool,
    pub object: String,
    pub url: String,
}

#[derive(Deserialize)]
pub struct AccountRequirementsAlternative {
    pub alternative_fields_due: Vec<String>,
    pub original_fields_due: Vec<String>,
}

#[derive(Deserialize)]
pub struct AccountFutureRequirements {
    pub alternatives: Option<Vec<AccountRequirementsAlternative>>,
    pub current_deadline: Option<i64>,
    pub currently_due: Option<Vec<String>>,
    pub disabled_reason: Option<String>,
    pub errors: Option<Vec<AccountRequirementsError>>,
    pub eventually_due: Option<Vec<String>>,
    pub past_due: Option<Vec<String>>,
    pub pending_verification: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub struct AccountGroupMembership {
    pub payments_pricing: Option<String>,
}

#[derive(Deserialize)]
pub struct PersonAdditionalTosAcceptance {
    pub date: Option<i64>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Deserialize)]
pub struct PersonAdditionalTosAcceptances {
    pub account: Option<PersonAdditionalTosAcceptance>,
}

#[derive(Deserialize)]
pub struct LegalEntityDob {
    pub day: Option<i64>,
    pub month: Option<i64>,
    pub year: Option<i64>,
}

#[derive(Deserialize)]
pub struct PersonFutureRequirements {
    pub alternatives: Option<Vec<AccountRequirementsAlternative>>,
    pub currently_due: Vec<String>,
    pub errors: Vec<AccountRequirementsError>,
    pub eventually_due: Vec<String>,
    pub past_due: Vec<String>,
    pub pending_verification: Vec<String>,
}

#[derive(Deserialize)]
pub struct PersonRelationship {
    pub authorizer: Option<bool>,
    pub director: Option<bool>,
    pub executive: Option<bool>,
    pub legal_guardian: Option<bool>,
    pub owner: Option<bool>,
    pub percent_ownership: Option<f64>,
    pub representative: Option<bool>,
    pub title: Option<String>,
}

#[derive(Deserialize)]
pub struct PersonRequirements {
    pub alternatives: Option<Vec<AccountRequirementsAlternative>>,
    pub currently_due: Vec<String>,
    pub errors: Vec<AccountRequirementsError>,
    pub eventually_due: Vec<String>,
    pub past_due: Vec<String>,
    pub pending_verification: Vec<String>,
}

#[derive(Deserialize)]
pub struct PersonEthnicityDetails {
    pub ethnicity: Option<Vec<String>>,
    pub ethnicity_other: Option<String>,
}

#[derive(Deserialize)]
pub struct PersonRaceDetails {
    pub race: Option<Vec<String>>,
    pub race_other: Option<String>,
}

#[derive(Deserialize)]
pub struct PersonUsCfpbData {
    pub ethnicity_details: Option<PersonEthnicityDetails>,
    pub race_details: Option<PersonRaceDetails>,
    pub self_identified_gender: Option<String>,
}

#[derive(Deserialize)]
pub struct LegalEntityPersonVerificationDocument {
    pub back: Option<String>,
    pub details: Option<String>,
    pub details_code: Option<String>,
    pub front: Option<String>,
}

#[derive(Deserialize)]
pub struct LegalEntityPersonVerification {
    pub additional_document: Option<LegalEntityPersonVerificationDocument>,
    pub details: Option<String>,
    pub details_code: Option<String>,
    pub document: Option<LegalEntityPersonVerificationDocument>,
    pub status: String,
}

#[derive(Deserialize)]
pub struct Person {
    pub account: String,
    pub additional_tos_acceptances: Option<PersonAdditionalTosAcceptances>,
    pub address: Option<Address>,
    pub address_kana: Option<LegalEntityJapanAddress>,
    pub address_kanji: Option<LegalEntityJapanAddress>,
    pub created: i64,
    pub dob: Option<LegalEntityDob>,
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub first_name_kana: Option<String>,
    pub first_name_kanji: Option<String>,
    pub full_name_aliases: Option<Vec<String>>,
    pub future_requirements: Option<PersonFutureRequirements>,
    pub gender: Option<String>,
    pub id: String,
    pub id_number_provided: Option<bool>,
    pub id_number_secondary_provided: Option<bool>,
    pub last_name: Option<String>,
    pub last_name_kana: Option<String>,
    pub last_name_kanji: Option<String>,
    pub maiden_name: Option<String>,
    pub metadata: Option<BTreeMap<String, String>>,
    pub nationality: Option<String>,
    pub object: String,
    pub phone: Option<String>,
    pub political_exposure: Option<String>,
    pub registered_address: Option<Address>,
    pub relationship: Option<PersonRelationship>,
    pub requirements: Option<PersonRequirements>,
    pub ssn_last_4_provided: Option<bool>,
    pub us_cfpb_data: Option<PersonUsCfpbData>,
    pub verification: Option<LegalEntityPersonVerification>,
}

#[derive(Deserialize)]
pub struct AccountRequirements {
    pub alternatives: Option<Vec<AccountRequirementsAlternative>>,
    pub current_deadline: Option<i64>,
    pub currently_due: Option<Vec<String>>,
    pub disabled_reason: Option<String>,
    pub errors: Option<Vec<AccountRequirementsError>>,
    pub eventually_due: Option<Vec<String>>,
    pub past_due: Option<Vec<String>>,
    pub pending_verification: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub struct AccountBacsDebitPaymentsSettings {
    pub display_name: Option<String>,
    pub service_user_number: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountBrandingSettings {
    pub icon: Option<String>,
    pub logo: Option<String>,
    pub primary_color: Option<String>,
    pub secondary_color: Option<String>,
}

#[derive(Deserialize)]
pub struct CardIssuingAccountTermsOfService {
    pub date: Option<i64>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountCardIssuingSettings {
    pub tos_acceptance: Option<CardIssuingAccountTermsOfService>,
}

#[derive(Deserialize)]
pub struct AccountDeclineChargeOn {
    pub avs_failure: bool,
    pub cvc_failure: bool,
}

#[derive(Deserialize)]
pub struct AccountCardPaymentsSettings {
    pub decline_on: Option<AccountDeclineChargeOn>,
    pub statement_descriptor_prefix: Option<String>,
    pub statement_descriptor_prefix_kana: Option<String>,
    pub statement_descriptor_prefix_kanji: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountDashboardSettings {
    pub display_name: Option<String>,
    pub timezone: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountInvoicesSettings {
    pub default_account_tax_ids: Option<Vec<String>>,
    pub hosted_payment_method_save: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountPaymentsSettings {
    pub statement_descriptor: Option<String>,
    pub statement_descriptor_kana: Option<String>,
    pub statement_descriptor_kanji: Option<String>,
}

#[derive(Deserialize)]
pub struct TransferSchedule {
    pub delay_days: i64,
    pub interval: String,
    pub monthly_anchor: Option<i64>,
    pub monthly_payout_days: Option<Vec<i64>>,
    pub weekly_anchor: Option<String>,
    pub weekly_payout_days: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub struct AccountPayoutSettings {
    pub debit_negative_balances: bool,
    pub schedule: TransferSchedule,
    pub statement_descriptor: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountSepaDebitPaymentsSettings {
    pub creditor_id: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountTermsOfService {
    pub date: Option<i64>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Deserialize)]
pub struct AccountTreasurySettings {
    pub tos_acceptance: Option<AccountTermsOfService>,
}

#[derive(Deserialize)]
pub struct AccountSettings {
    pub bacs_debit_payments: Option<AccountBacsDebitPaymentsSettings>,
    pub branding: AccountBrandingSettings,
    pub card_issuing: Option<AccountCardIssuingSettings>,
    pub card_payments: AccountCardPaymentsSettings,
    pub dashboard: AccountDashboardSettings,
    pub invoices: Option<AccountInvoicesSettings>,
    pub payments: AccountPaymentsSettings,
    pub payouts: Option<AccountPayoutSettings>,
    pub sepa_debit_payments: Option<AccountSepaDebitPaymentsSettings>,
    pub treasury: Option<AccountTreasurySettings>,
}

#[derive(Deserialize)]
pub struct AccountTosAcceptance {
    pub date: Option<i64>,
    pub ip: Option<String>,
    pub service_agreement: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Deserialize)]
pub struct Account {
    pub business_profile: Option<AccountBusinessProfile>,
    pub business_type: Option<String>,
    pub capabilities: Option<AccountCapabilities>,
    pub charges_enabled: Option<bool>,
    pub company: Option<LegalEntityCompany>,
    pub controller: Option<AccountUnificationAccountController>,
    pub country: Option<String>,
    pub created: Option<i64>,
    pub default_currency: Option<String>,
    pub details_submitted: Option<bool>,
    pub email: Option<String>,
    pub external_accounts: Option<AccountExternalAccounts>,
    pub future_requirements: Option<AccountFutureRequirements>,
    pub groups: Option<AccountGroupMembership>,
    pub id: String,
    pub individual: Option<Person>,
    pub metadata: Option<BTreeMap<String, String>>,
    pub object: String,
    pub payouts_enabled: Option<bool>,
    pub requirements: Option<AccountRequirements>,
    pub settings: Option<AccountSettings>,
    pub tos_acceptance: Option<AccountTosAcceptance>,
    #[serde(rename = "type")]
    pub type_: Option<String>,
}
