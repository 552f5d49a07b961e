//! The same objects with serde derive: every field of the document, with strings for enums and ids.

#![allow(dead_code)]

#[path = "full/account.rs"]
mod account;
#[path = "full/authorization.rs"]
mod authorization;

pub use account::Account;
pub use authorization::IssuingAuthorization as Authorization;

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub struct List<T> {
    pub object: String,
    pub data: Vec<T>,
    pub has_more: bool,
    pub url: String,
}

#[derive(Deserialize)]
pub struct Transaction {
    pub id: String,
    pub object: String,
    pub amount: i64,
    pub amount_details: Option<AmountDetails>,
    pub authorization: Option<String>,
    pub balance_transaction: Option<String>,
    pub card: String,
    pub cardholder: Option<String>,
    pub created: i64,
    pub currency: String,
    pub dispute: Option<String>,
    pub livemode: bool,
    pub merchant_amount: i64,
    pub merchant_currency: String,
    pub merchant_data: MerchantData,
    pub metadata: BTreeMap<String, String>,
    pub network_data: Option<NetworkData>,
    pub purchase_details: Option<PurchaseDetails>,
    pub token: Option<String>,
    pub treasury: Option<Treasury>,
    #[serde(rename = "type")]
    pub kind: String,
    pub wallet: Option<String>,
}

#[derive(Deserialize)]
pub struct AmountDetails {
    pub atm_fee: Option<i64>,
    pub cashback_amount: Option<i64>,
}

#[derive(Deserialize)]
pub struct MerchantData {
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
pub struct NetworkData {
    pub authorization_code: Option<String>,
    pub processing_date: Option<String>,
    pub transaction_id: Option<String>,
}

#[derive(Deserialize)]
pub struct PurchaseDetails {
    pub fleet: Option<Fleet>,
    pub flight: Option<Flight>,
    pub fuel: Option<Fuel>,
    pub lodging: Option<Lodging>,
    pub receipt: Option<Vec<Receipt>>,
    pub reference: Option<String>,
}

#[derive(Deserialize)]
pub struct Fleet {
    pub cardholder_prompt_data: Option<CardholderPromptData>,
    pub purchase_type: Option<String>,
    pub reported_breakdown: Option<ReportedBreakdown>,
    pub service_type: Option<String>,
}

#[derive(Deserialize)]
pub struct CardholderPromptData {
    pub driver_id: Option<String>,
    pub odometer: Option<i64>,
    pub unspecified_id: Option<String>,
    pub user_id: Option<String>,
    pub vehicle_number: Option<String>,
}

#[derive(Deserialize)]
pub struct ReportedBreakdown {
    pub fuel: Option<GrossAmount>,
    pub non_fuel: Option<GrossAmount>,
    pub tax: Option<Tax>,
}

#[derive(Deserialize)]
pub struct GrossAmount {
    pub gross_amount_decimal: Option<String>,
}

#[derive(Deserialize)]
pub struct Tax {
    pub local_amount_decimal: Option<String>,
    pub national_amount_decimal: Option<String>,
}

#[derive(Deserialize)]
pub struct Flight {
    pub departure_at: Option<i64>,
    pub passenger_name: Option<String>,
    pub refundable: Option<bool>,
    pub segments: Option<Vec<Segment>>,
    pub travel_agency: Option<String>,
}

#[derive(Deserialize)]
pub struct Segment {
    pub arrival_airport_code: Option<String>,
    pub carrier: Option<String>,
    pub departure_airport_code: Option<String>,
    pub flight_number: Option<String>,
    pub service_class: Option<String>,
    pub stopover_allowed: Option<bool>,
}

#[derive(Deserialize)]
pub struct Fuel {
    pub industry_product_code: Option<String>,
    pub quantity_decimal: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub unit: String,
    pub unit_cost_decimal: String,
}

#[derive(Deserialize)]
pub struct Lodging {
    pub check_in_at: Option<i64>,
    pub nights: Option<i64>,
}

#[derive(Deserialize)]
pub struct Receipt {
    pub description: Option<String>,
    pub quantity: Option<f64>,
    pub total: Option<i64>,
    pub unit_cost: Option<i64>,
}

#[derive(Deserialize)]
pub struct Treasury {
    pub received_credit: Option<String>,
    pub received_debit: Option<String>,
}
