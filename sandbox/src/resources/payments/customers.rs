//! Customers, as far as payments name them.

use super::methods;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
    name: "customers",
    entries: &[
        entry("PostCustomers", create, &["customer.created", "payment_method.attached"]),
        entry("GetCustomersCustomer", retrieve, &[]),
        entry("DeleteCustomersCustomer", delete, &["customer.deleted"]),
    ],
    machines: &[],
    rules: &[],
};

/// The members that are taken over as they were sent.
const PLAIN: [&str; 9] = [
    "balance",
    "business_name",
    "description",
    "email",
    "individual_name",
    "name",
    "next_invoice_sequence",
    "phone",
    "tax_exempt",
];

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut customer = json!({ "balance": 0, "delinquent": false, "metadata": call.metadata(),
        "next_invoice_sequence": 1, "preferred_locales": call.param("preferred_locales").unwrap_or_else(|| json!([])),
        "tax_exempt": "none" });
    for name in PLAIN {
        if let Some(value) = call.param(name).filter(|value| value != "") {
            set(&mut customer, name, value);
        }
    }
    for name in ["address", "shipping"] {
        if let Some(mut value) = call.param(name).filter(Json::is_object) {
            fill_address(&mut value, name == "address");
            set(&mut customer, name, value);
        }
    }
    let empty = |what: &str, id: &str| {
        let url = format!("/v1/customers/{id}/{what}");
        json!({ "object": "list", "data": [], "has_more": false, "total_count": 0, "url": url })
    };
    let prefix = call.text("invoice_prefix").unwrap_or_else(|| call.state.ids.text(8).to_uppercase());
    set(&mut customer, "invoice_prefix", prefix);
    let default = call.text("invoice_settings.default_payment_method");
    let settings = json!({ "custom_fields": null, "default_payment_method": default, "footer": null, "rendering_options": null });
    set(&mut customer, "invoice_settings", settings);
    let id = call.id("cus");
    set(&mut customer, "id", id.as_str());
    for (name, value) in [
        ("invoice_credit_balance", json!({})),
        ("sources", empty("sources", &id)),
        (
            "tax",
            json!({ "automatic_tax": "unrecognized_location", "ip_address": null, "location": null, "provider": "stripe" }),
        ),
    ] {
        set(&mut customer, name, value);
    }
    let mut customer = call.create("customer", "cus", customer)?;
    if let Some(method) = call.text("payment_method") {
        let method = methods::find(call, &method, "payment_method")?;
        methods::attach(call, &method, &id)?;
    }
    if let Some(token) = call.text("source").or_else(|| call.text("card")) {
        let method = methods::of_token(call, &token, &Json::Null, json!({}), "source")?;
        methods::attach(call, &method, &id)?;
        customer = call.change(&id, |customer| set(customer, "default_source", method.id()))?.object;
    }
    call.emit("customer.created", &customer)?;
    Ok(customer)
}

/// Shows an address with all its members.
fn fill_address(value: &mut Json, whole: bool) {
    let place = if whole { Some(value) } else { value.get_mut("address") };
    let Some(address) = place else { return };
    for name in ["city", "country", "line1", "line2", "postal_code", "state"] {
        if address.get(name).is_none() {
            set(address, name, Json::Null);
        }
    }
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("customer");
    match call.get("customer", &id, "customer") {
        Err(refusal) => {
            call.deleted_here(&id).filter(|left| left.text("object") == "customer").ok_or(refusal)
        }
        found => found,
    }
}

fn delete(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let customer = call.retrieve("customer")?;
    let id = customer.text("id").to_owned();
    let methods: Vec<String> = call
        .all("payment_method")
        .filter(|method| method.id_at("customer") == id)
        .map(|method| method.text("id").to_owned())
        .collect();
    for method in methods {
        call.change(&method, |method| set(method, "customer", Json::Null))?;
    }
    call.emit("customer.deleted", &customer)?;
    call.delete("deleted_customer", &id)
}

/// The payment method that a customer pays charges with.
pub(crate) fn default_method(context: &AccountContext<'_>, customer: &str) -> Option<String> {
    let customer = context.peek(customer)?;
    ["default_source", "invoice_settings.default_payment_method"]
        .into_iter()
        .map(|place| customer.id_at(place).to_owned())
        .find(|id| !id.is_empty())
}
