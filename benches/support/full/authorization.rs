//! `issuing.authorization` with serde derive. Made by `benches/support/make_full.py`.

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub struct IssuingAuthorizationAmountDetails {
    pub atm_fee: Option<i64>,
    pub cashback_amount: Option<i64>,
}

#[derive(Deserialize)]
pub struct Fee {
    pub amount: i64,
    pub application: Option<String>,
    pub currency: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub type_: String,
}

#[derive(Deserialize)]
pub struct BalanceTransaction {
    pub amount: i64,
    pub available_on: i64,
    pub balance_type: String,
    pub created: i64,
    pub currency: String,
    pub description: Option<String>,
    pub exchange_rate: Option<f64>,
    pub fee: i64,
    pub fee_details: Vec<Fee>,
    pub id: String,
    pub net: i64,
    pub object: String,
    pub reporting_category: String,
    pub source: Option<String>,
    pub status: String,
    #[serde(rename = "type")]
    pub type_: String,
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
pub struct IssuingCardholderAddress {
    pub address: Address,
}

#[derive(Deserialize)]
pub struct IssuingCardholderCompany {
    pub tax_id_provided: bool,
}

#[derive(Deserialize)]
pub struct IssuingCardholderUserTermsAcceptance {
    pub date: Option<i64>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingCardholderCardIssuing {
    pub user_terms_acceptance: Option<IssuingCardholderUserTermsAcceptance>,
}

#[derive(Deserialize)]
pub struct IssuingCardholderIndividualDob {
    pub day: Option<i64>,
    pub month: Option<i64>,
    pub year: Option<i64>,
}

#[derive(Deserialize)]
pub struct IssuingCardholderIdDocument {
    pub back: Option<String>,
    pub front: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingCardholderVerification {
    pub document: Option<IssuingCardholderIdDocument>,
}

#[derive(Deserialize)]
pub struct IssuingCardholderIndividual {
    pub card_issuing: Option<IssuingCardholderCardIssuing>,
    pub dob: Option<IssuingCardholderIndividualDob>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub verification: Option<IssuingCardholderVerification>,
}

#[derive(Deserialize)]
pub struct IssuingCardholderRequirements {
    pub disabled_reason: Option<String>,
    pub past_due: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub struct IssuingCardholderSpendingLimit {
    pub amount: i64,
    pub categories: Option<Vec<String>>,
    pub interval: String,
}

#[derive(Deserialize)]
pub struct IssuingCardholderAuthorizationControls {
    pub allowed_categories: Option<Vec<String>>,
    pub allowed_merchant_countries: Option<Vec<String>>,
    pub blocked_categories: Option<Vec<String>>,
    pub blocked_merchant_countries: Option<Vec<String>>,
    pub spending_limits: Option<Vec<IssuingCardholderSpendingLimit>>,
    pub spending_limits_currency: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingCardholder {
    pub billing: IssuingCardholderAddress,
    pub company: Option<IssuingCardholderCompany>,
    pub created: i64,
    pub email: Option<String>,
    pub id: String,
    pub individual: Option<IssuingCardholderIndividual>,
    pub livemode: bool,
    pub metadata: BTreeMap<String, String>,
    pub name: String,
    pub object: String,
    pub phone_number: Option<String>,
    pub preferred_locales: Option<Vec<String>>,
    pub requirements: IssuingCardholderRequirements,
    pub spending_controls: Option<IssuingCardholderAuthorizationControls>,
    pub status: String,
    #[serde(rename = "type")]
    pub type_: String,
}

#[derive(Deserialize)]
pub struct IssuingCardFraudWarning {
    pub started_at: Option<i64>,
    #[serde(rename = "type")]
    pub type_: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingCardShippingAddressValidation {
    pub mode: String,
    pub normalized_address: Option<Address>,
    pub result: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingCardShippingCustoms {
    pub eori_number: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingCardShipping {
    pub address: Address,
    pub address_validation: Option<IssuingCardShippingAddressValidation>,
    pub carrier: Option<String>,
    pub customs: Option<IssuingCardShippingCustoms>,
    pub eta: Option<i64>,
    pub name: String,
    pub phone_number: Option<String>,
    pub require_signature: Option<bool>,
    pub service: String,
    pub status: Option<String>,
    pub tracking_number: Option<String>,
    pub tracking_url: Option<String>,
    #[serde(rename = "type")]
    pub type_: String,
}

#[derive(Deserialize)]
pub struct IssuingCardSpendingLimit {
    pub amount: i64,
    pub categories: Option<Vec<String>>,
    pub interval: String,
}

#[derive(Deserialize)]
pub struct IssuingCardAuthorizationControls {
    pub allowed_categories: Option<Vec<String>>,
    pub allowed_merchant_countries: Option<Vec<String>>,
    pub blocked_categories: Option<Vec<String>>,
    pub blocked_merchant_countries: Option<Vec<String>>,
    pub spending_limits: Option<Vec<IssuingCardSpendingLimit>>,
    pub spending_limits_currency: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingCardApplePay {
    pub eligible: bool,
    pub ineligible_reason: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingCardGooglePay {
    pub eligible: bool,
    pub ineligible_reason: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingCardWallets {
    pub apple_pay: IssuingCardApplePay,
    pub google_pay: IssuingCardGooglePay,
    pub primary_account_identifier: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingCard {
    pub brand: String,
    pub cancellation_reason: Option<String>,
    pub cardholder: IssuingCardholder,
    pub created: i64,
    pub currency: String,
    pub cvc: Option<String>,
    pub exp_month: i64,
    pub exp_year: i64,
    pub financial_account: Option<String>,
    pub id: String,
    pub last4: String,
    pub latest_fraud_warning: Option<IssuingCardFraudWarning>,
    pub livemode: bool,
    pub metadata: BTreeMap<String, String>,
    pub number: Option<String>,
    pub object: String,
    pub personalization_design: Option<String>,
    pub replaced_by: Option<String>,
    pub replacement_for: Option<String>,
    pub replacement_reason: Option<String>,
    pub second_line: Option<String>,
    pub shipping: Option<IssuingCardShipping>,
    pub spending_controls: IssuingCardAuthorizationControls,
    pub status: String,
    #[serde(rename = "type")]
    pub type_: String,
    pub wallets: Option<IssuingCardWallets>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum IssuingAuthorizationCardholderArm {
    Id(String),
    Object(Box<IssuingCardholder>),
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationFleetCardholderPromptData {
    pub alphanumeric_id: Option<String>,
    pub driver_id: Option<String>,
    pub odometer: Option<i64>,
    pub unspecified_id: Option<String>,
    pub user_id: Option<String>,
    pub vehicle_number: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationFleetFuelPriceData {
    pub gross_amount_decimal: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationFleetNonFuelPriceData {
    pub gross_amount_decimal: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationFleetTaxData {
    pub local_amount_decimal: Option<String>,
    pub national_amount_decimal: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationFleetReportedBreakdown {
    pub fuel: Option<IssuingAuthorizationFleetFuelPriceData>,
    pub non_fuel: Option<IssuingAuthorizationFleetNonFuelPriceData>,
    pub tax: Option<IssuingAuthorizationFleetTaxData>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationFleetData {
    pub cardholder_prompt_data: Option<IssuingAuthorizationFleetCardholderPromptData>,
    pub purchase_type: Option<String>,
    pub reported_breakdown: Option<IssuingAuthorizationFleetReportedBreakdown>,
    pub service_type: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationFraudChallenge {
    pub channel: String,
    pub status: String,
    pub undeliverable_reason: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationFuelData {
    pub industry_product_code: Option<String>,
    pub quantity_decimal: Option<String>,
    #[serde(rename = "type")]
    pub type_: Option<String>,
    pub unit: Option<String>,
    pub unit_cost_decimal: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationMerchantData {
    pub category: String,
    pub category_code: String,
    pub city: Option<String>,
    pub country: Option<String>,
    pub name: Option<String>,
    pub network_id: String,
    pub postal_code: Option<String>,
    pub state: Option<String>,
    pub tax_id: Option<String>,
    pub terminal_id: Option<String>,
    pub url: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationNetworkData {
    pub acquiring_institution_id: Option<String>,
    pub system_trace_audit_number: Option<String>,
    pub transaction_id: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationPendingRequest {
    pub amount: i64,
    pub amount_details: Option<IssuingAuthorizationAmountDetails>,
    pub currency: String,
    pub is_amount_controllable: bool,
    pub merchant_amount: i64,
    pub merchant_currency: String,
    pub network_risk_score: Option<i64>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationRequest {
    pub amount: i64,
    pub amount_details: Option<IssuingAuthorizationAmountDetails>,
    pub approved: bool,
    pub authorization_code: Option<String>,
    pub created: i64,
    pub currency: String,
    pub merchant_amount: i64,
    pub merchant_currency: String,
    pub network_risk_score: Option<i64>,
    pub reason: String,
    pub reason_message: Option<String>,
    pub requested_at: Option<i64>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionAmountDetails {
    pub atm_fee: Option<i64>,
    pub cashback_amount: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum IssuingTransactionCardholderArm {
    Id(String),
    Object(Box<IssuingCardholder>),
}

#[derive(Deserialize)]
pub struct IssuingTransactionNetworkData {
    pub authorization_code: Option<String>,
    pub processing_date: Option<String>,
    pub transaction_id: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionFleetCardholderPromptData {
    pub driver_id: Option<String>,
    pub odometer: Option<i64>,
    pub unspecified_id: Option<String>,
    pub user_id: Option<String>,
    pub vehicle_number: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionFleetFuelPriceData {
    pub gross_amount_decimal: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionFleetNonFuelPriceData {
    pub gross_amount_decimal: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionFleetTaxData {
    pub local_amount_decimal: Option<String>,
    pub national_amount_decimal: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionFleetReportedBreakdown {
    pub fuel: Option<IssuingTransactionFleetFuelPriceData>,
    pub non_fuel: Option<IssuingTransactionFleetNonFuelPriceData>,
    pub tax: Option<IssuingTransactionFleetTaxData>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionFleetData {
    pub cardholder_prompt_data: Option<IssuingTransactionFleetCardholderPromptData>,
    pub purchase_type: Option<String>,
    pub reported_breakdown: Option<IssuingTransactionFleetReportedBreakdown>,
    pub service_type: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionFlightDataLeg {
    pub arrival_airport_code: Option<String>,
    pub carrier: Option<String>,
    pub departure_airport_code: Option<String>,
    pub flight_number: Option<String>,
    pub service_class: Option<String>,
    pub stopover_allowed: Option<bool>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionFlightData {
    pub departure_at: Option<i64>,
    pub passenger_name: Option<String>,
    pub refundable: Option<bool>,
    pub segments: Option<Vec<IssuingTransactionFlightDataLeg>>,
    pub travel_agency: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionFuelData {
    pub industry_product_code: Option<String>,
    pub quantity_decimal: Option<String>,
    #[serde(rename = "type")]
    pub type_: String,
    pub unit: String,
    pub unit_cost_decimal: String,
}

#[derive(Deserialize)]
pub struct IssuingTransactionLodgingData {
    pub check_in_at: Option<i64>,
    pub nights: Option<i64>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionReceiptData {
    pub description: Option<String>,
    pub quantity: Option<f64>,
    pub total: Option<i64>,
    pub unit_cost: Option<i64>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionPurchaseDetails {
    pub fleet: Option<IssuingTransactionFleetData>,
    pub flight: Option<IssuingTransactionFlightData>,
    pub fuel: Option<IssuingTransactionFuelData>,
    pub lodging: Option<IssuingTransactionLodgingData>,
    pub receipt: Option<Vec<IssuingTransactionReceiptData>>,
    pub reference: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingTransactionTreasury {
    pub received_credit: Option<String>,
    pub received_debit: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingTransaction {
    pub amount: i64,
    pub amount_details: Option<IssuingTransactionAmountDetails>,
    pub authorization: Option<String>,
    pub balance_transaction: Option<String>,
    pub card: String,
    pub cardholder: Option<IssuingTransactionCardholderArm>,
    pub created: i64,
    pub currency: String,
    pub dispute: Option<String>,
    pub id: String,
    pub livemode: bool,
    pub merchant_amount: i64,
    pub merchant_currency: String,
    pub merchant_data: IssuingAuthorizationMerchantData,
    pub metadata: BTreeMap<String, String>,
    pub network_data: Option<IssuingTransactionNetworkData>,
    pub object: String,
    pub purchase_details: Option<IssuingTransactionPurchaseDetails>,
    pub token: Option<String>,
    pub treasury: Option<IssuingTransactionTreasury>,
    #[serde(rename = "type")]
    pub type_: String,
    pub wallet: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationTreasury {
    pub received_credits: Vec<String>,
    pub received_debits: Vec<String>,
    pub transaction: Option<String>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationAuthenticationExemption {
    pub claimed_by: String,
    #[serde(rename = "type")]
    pub type_: String,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationThreeDSecure {
    pub result: String,
}

#[derive(Deserialize)]
pub struct IssuingAuthorizationVerificationData {
    pub address_line1_check: String,
    pub address_postal_code_check: String,
    pub authentication_exemption: Option<IssuingAuthorizationAuthenticationExemption>,
    pub cvc_check: String,
    pub expiry_check: String,
    pub postal_code: Option<String>,
    pub three_d_secure: Option<IssuingAuthorizationThreeDSecure>,
}

#[derive(Deserialize)]
pub struct IssuingAuthorization {
    pub amount: i64,
    pub amount_details: Option<IssuingAuthorizationAmountDetails>,
    pub approved: bool,
    pub authorization_method: String,
    pub balance_transactions: Vec<BalanceTransaction>,
    pub card: IssuingCard,
    pub cardholder: Option<IssuingAuthorizationCardholderArm>,
    pub created: i64,
    pub currency: String,
    pub fleet: Option<IssuingAuthorizationFleetData>,
    pub fraud_challenges: Option<Vec<IssuingAuthorizationFraudChallenge>>,
    pub fuel: Option<IssuingAuthorizationFuelData>,
    pub id: String,
    pub livemode: bool,
    pub merchant_amount: i64,
    pub merchant_currency: String,
    pub merchant_data: IssuingAuthorizationMerchantData,
    pub metadata: BTreeMap<String, String>,
    pub network_data: Option<IssuingAuthorizationNetworkData>,
    pub object: String,
    pub pending_request: Option<IssuingAuthorizationPendingRequest>,
    pub request_history: Vec<IssuingAuthorizationRequest>,
    pub status: String,
    pub token: Option<String>,
    pub transactions: Vec<IssuingTransaction>,
    pub treasury: Option<IssuingAuthorizationTreasury>,
    pub verification_data: IssuingAuthorizationVerificationData,
    pub verified_by_fraud_challenge: Option<bool>,
    pub wallet: Option<String>,
}
