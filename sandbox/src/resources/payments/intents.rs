//! Payment intents.

use super::attempts::{self, Confirmation, DEBIT, EXPIRE, MACHINE, pay, unexpected_state};
use super::charges;
use super::intent_params::{apply, check, check_parts};
use super::method_options::{self, Purpose};
use super::methods::{self, Method};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::{application, bank_accounts};
use crate::resources::{Resource, entry};
use crate::state::RequestContext;
use serde_json::json;

/// The events that confirming can lead to, at once or later.
const CONFIRMED: &[&str] = &[
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "charge.updated",
    "charge.failed",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.amount_capturable_updated",
    "charge.pending",
    "payment_intent.processing",
    "charge.expired",
    "payment_intent.canceled",
    "transfer.created",
    "application_fee.created",
    "balance.available",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "payment_method.attached",
];

pub(crate) static RESOURCE: Resource = Resource {
    name: "payment_intents",
    entries: &[
        entry("PostPaymentIntents", create, CONFIRMED),
        entry("GetPaymentIntents", |call| call.list("payment_intent"), &[]),
        entry("GetPaymentIntentsIntent", retrieve, &[]),
        entry("PostPaymentIntentsIntent", update, &[]),
        entry("PostPaymentIntentsIntentConfirm", confirm, CONFIRMED),
        entry(
            "PostPaymentIntentsIntentCapture",
            capture,
            &[
                "charge.captured",
                "payment_intent.succeeded",
                "transfer.created",
                "application_fee.created",
                "balance.available",
                "charge.dispute.created",
                "charge.dispute.funds_withdrawn",
            ],
        ),
        entry(
            "PostPaymentIntentsIntentCancel",
            cancel,
            &["payment_intent.canceled", "charge.refunded", "charge.failed"],
        ),
    ],
    machines: &[&MACHINE],
    rules: &[&DEBIT, &EXPIRE, &charges::CAPTURE],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let confirms = call.flag("confirm");
    only_with_confirm(call, confirms)?;
    let currency = call.currency()?;
    let automatic = automatic(call)?;
    let types = match call.param("payment_method_types") {
        Some(types) => types,
        None => types_of(currency.as_str()),
    };
    let mut intent = json!({
        "amount_capturable": 0, "amount_details": { "tip": {} }, "amount_received": 0,
        "status": "requires_payment_method", "metadata": call.metadata(),
        "capture_method": call.text("capture_method").unwrap_or_else(|| "automatic_async".to_owned()),
        "confirmation_method": call.text("confirmation_method").unwrap_or_else(|| "automatic".to_owned()),
        "payment_method_configuration_details": configuration(call, &automatic),
        "payment_method_options": method_options::new(Purpose::Payment, &types, call.param("payment_method_options")),
        "payment_method_types": types,
    });
    set(&mut intent, "automatic_payment_methods", automatic);
    set(&mut intent, "application", application::acting(call));
    apply(call, &mut intent)?;
    check(call, &intent)?;
    let id = call.id("pi");
    let secret = format!("{id}_secret_{}", call.state.ids.text(25));
    set(&mut intent, "id", id.as_str());
    set(&mut intent, "client_secret", secret);
    let created = call.create("payment_intent", "pi", intent)?;
    call.emit("payment_intent.created", &created)?;
    let method = method(call, &created)?;
    if let Some(method) = &method {
        attach(call, &id, method)?;
    }
    if confirms { run(call, &id, method) } else { call.get("payment_intent", &id, "intent") }
}

/// The configuration that automatic payment methods come from: that of the account, and for a connected account that of
/// its platform above it.
fn configuration(call: &RequestContext<'_>, automatic: &Json) -> Json {
    if !automatic.flag("enabled") {
        return Json::Null;
    }
    let id = |account: &str| format!("pmc_{}", bank_accounts::fingerprint(account, "payment methods"));
    let parent = (!call.is_platform()).then(|| id(&call.state.platform()));
    json!({ "id": id(&call.account()), "parent": parent })
}

/// Parameters that say how to confirm are refused without a confirmation.
fn only_with_confirm(call: &RequestContext<'_>, confirms: bool) -> Result<(), ApiError> {
    const ONLY: [&str; 5] =
        ["return_url", "off_session", "mandate", "mandate_data", "error_on_requires_action"];
    match ONLY.into_iter().find(|name| !confirms && call.param(name).is_some_and(|sent| sent != false)) {
        Some(name) => {
            let message = format!("`{name}` is allowed only together with `confirm=true`.");
            Err(ApiError::invalid(message).param(name))
        }
        None => Ok(()),
    }
}

/// Whether the methods are chosen automatically: unless the request lists them.
fn automatic(call: &RequestContext<'_>) -> Result<Json, ApiError> {
    let listed = call.param("payment_method_types").is_some();
    match call.param("automatic_payment_methods") {
        Some(automatic) if automatic.flag("enabled") && listed => {
            let message = "Send `payment_method_types` or `automatic_payment_methods`, not both.";
            Err(ApiError::invalid(message).code("parameters_exclusive").param("automatic_payment_methods"))
        }
        Some(automatic) => {
            let redirects = automatic.at("allow_redirects").cloned().unwrap_or_else(|| "always".into());
            Ok(json!({ "allow_redirects": redirects, "enabled": automatic.flag("enabled") }))
        }
        None if listed => Ok(Json::Null),
        None => Ok(json!({ "allow_redirects": "always", "enabled": true })),
    }
}

/// The types that the sandbox has payment methods of, by currency.
fn types_of(currency: &str) -> Json {
    match currency {
        "usd" => json!(["card", "us_bank_account"]),
        "eur" => json!(["card", "sepa_debit"]),
        _ => json!(["card"]),
    }
}

/// The payment method that a request names or describes; `None` if it does neither.
fn method(call: &mut RequestContext<'_>, intent: &Json) -> Result<Option<Method>, ApiError> {
    let method = if let Some(data) = call.param("payment_method_data") {
        methods::of_data(call, &data, "payment_method_data", json!({}))?
    } else if let Some(id) = call.text("payment_method").filter(|id| !id.is_empty()) {
        methods::find(call, &id, "payment_method")?
    } else {
        return Ok(None);
    };
    let customer = intent.id_at("customer");
    let owner = method.object.id_at("customer");
    if !owner.is_empty() && owner != customer {
        let message = format!("The payment method belongs to the customer {owner}; name that customer.");
        return Err(ApiError::invalid(message).param("payment_method"));
    }
    if methods::is_used_up(call, &method) {
        return Err(methods::used_up());
    }
    if !intent.items("payment_method_types").iter().any(|kind| kind == method.kind()) {
        let message =
            format!("The payment intent does not accept payment methods of type {}.", method.kind());
        return Err(ApiError::invalid(message)
            .code("payment_intent_invalid_parameter")
            .param("payment_method"));
    }
    Ok(Some(method))
}

/// Gives an intent a payment method, with which it waits for its confirmation.
fn attach(call: &mut RequestContext<'_>, id: &str, method: &Method) -> Result<Json, ApiError> {
    call.step(&MACHINE, id, "attach", |intent| {
        set(intent, "payment_method", method.id());
        set(intent, "next_action", Json::Null);
    })
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let intent = call.retrieve("payment_intent")?;
    right_secret(call, &intent)?;
    Ok(intent)
}

fn right_secret(call: &RequestContext<'_>, intent: &Json) -> Result<(), ApiError> {
    match call.text("client_secret") {
        Some(secret) if secret != intent.text("client_secret") => {
            Err(ApiError::invalid("Invalid client_secret: it belongs to another object.")
                .param("client_secret"))
        }
        _ => Ok(()),
    }
}

/// The parameters that can be changed after the payment.
const LATER: [&str; 4] = ["description", "expand", "metadata", "receipt_email"];

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut intent = call.retrieve("payment_intent")?;
    let id = intent.text("id").to_owned();
    let status = intent.text("status").to_owned();
    let over = matches!(status.as_str(), "succeeded" | "processing" | "requires_capture" | "canceled");
    let sent = call.params.as_object().cloned().unwrap_or_default();
    if let Some(name) = sent.keys().find(|name| over && !LATER.contains(&name.as_str())) {
        let message =
            format!("`{name}` cannot be changed while the payment intent has the status `{status}`.");
        return Err(unexpected_state(ApiError::invalid(message).param(name.as_str()), &intent));
    }
    let metadata = call.merged_metadata(&intent)?;
    apply(call, &mut intent)?;
    for name in ["capture_method", "payment_method_types"] {
        if let Some(value) = call.param(name) {
            set(&mut intent, name, value);
        }
    }
    if let Some(metadata) = metadata {
        set(&mut intent, "metadata", metadata);
    }
    if !over {
        check(call, &intent)?;
    }
    let method = method(call, &intent)?;
    call.change(&id, |kept| *kept = intent)?;
    match method {
        None => call.get("payment_intent", &id, "intent"),
        Some(method) => attach(call, &id, &method),
    }
}

fn confirm(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let intent = call.retrieve("payment_intent")?;
    right_secret(call, &intent)?;
    let id = intent.text("id").to_owned();
    let status = intent.text("status").to_owned();
    if !matches!(status.as_str(), "requires_payment_method" | "requires_confirmation" | "requires_action") {
        let message = format!("A payment intent with status `{status}` cannot be confirmed.");
        return Err(unexpected_state(ApiError::invalid(message), &intent));
    }
    let mut changed = intent.clone();
    for name in ["capture_method", "payment_method_types", "receipt_email", "setup_future_usage", "shipping"]
    {
        if let Some(value) = call.params.get(name) {
            set(&mut changed, name, if value == "" { Json::Null } else { value.clone() });
        }
    }
    if let Some(sent) = call.param("payment_method_options") {
        let types = changed.at("payment_method_types").cloned().unwrap_or_default();
        let options = method_options::new(Purpose::Payment, &types, Some(sent));
        set(&mut changed, "payment_method_options", options);
    }
    let method = method(call, &changed)?;
    call.change(&id, |kept| *kept = changed)?;
    if let Some(method) = &method {
        attach(call, &id, method)?;
    }
    run(call, &id, method)
}

/// Confirms an intent with a payment method, or with the one that it has.
fn run(call: &mut RequestContext<'_>, id: &str, method: Option<Method>) -> Result<Json, ApiError> {
    let intent = call.get("payment_intent", id, "intent")?;
    let method = match method {
        Some(method) => method,
        None => match intent.id_at("payment_method") {
            "" => {
                let message = "The payment intent has no payment method; send one with the confirmation.";
                return Err(unexpected_state(ApiError::invalid(message).param("payment_method"), &intent));
            }
            known => methods::find(call, known, "payment_method")?,
        },
    };
    let off_session = call.param("off_session").is_some_and(|value| value != false);
    let confirmation = Confirmation {
        off_session,
        refuses_action: call.flag("error_on_requires_action"),
        return_url: call.text("return_url"),
        authenticated: call.notes(id).text("authenticated") == method.id(),
    };
    needs_return_url(call, &intent, &confirmation)?;
    if intent.text("status") == "requires_action" {
        // Still waiting: the same again.
        return Ok(intent);
    }
    pay(call, &intent, &method, &confirmation)?.into_reply()
}

fn needs_return_url(
    call: &RequestContext<'_>,
    intent: &Json,
    confirmation: &Confirmation,
) -> Result<(), ApiError> {
    let redirects = intent.flag("automatic_payment_methods.enabled")
        && intent.text("automatic_payment_methods.allow_redirects") != "never";
    if redirects && call.state.options.return_url_is_required && confirmation.return_url.is_none() {
        let message =
            "Send `return_url`, or allow no redirects: `automatic_payment_methods[allow_redirects]=never`.";
        return Err(ApiError::invalid(message).param("return_url"));
    }
    Ok(())
}

fn capture(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut intent = call.retrieve("payment_intent")?;
    let id = intent.text("id").to_owned();
    let step = call.permit(&MACHINE, &id, "capture").map_err(|refusal| unexpected_state(refusal, &intent))?;
    let capturable = intent.int("amount_capturable");
    let amount = call.int("amount_to_capture").unwrap_or(capturable);
    if !(1..=capturable).contains(&amount) {
        let message =
            format!("Invalid amount_to_capture: from 1 to {capturable} of this payment can be captured.");
        let code = if amount < 1 { "parameter_invalid_integer" } else { "amount_too_large" };
        return Err(ApiError::invalid(message).code(code).param("amount_to_capture"));
    }
    let metadata = call.merged_metadata(&intent)?;
    apply(call, &mut intent)?;
    if call.param("application_fee_amount").is_none() && intent.int("application_fee_amount") > amount {
        // A fee is never more than what it is taken of.
        set(&mut intent, "application_fee_amount", amount);
    }
    let mut captured = intent.clone();
    set(&mut captured, "amount", amount);
    check_parts(call, &captured)?;
    let charge = intent.id_at("latest_charge").to_owned();
    let charge = charges::capture(call, &charge, amount, |charge| {
        for name in
            ["application_fee_amount", "transfer_data", "statement_descriptor", "statement_descriptor_suffix"]
        {
            if let Some(value) = intent.at(name) {
                set(charge, name, value.clone());
            }
        }
    })?;
    let group = charge.at("transfer_group").cloned();
    call.forget(&id);
    call.take(step.with(charge), |kept| {
        for name in
            ["application_fee_amount", "transfer_data", "statement_descriptor", "statement_descriptor_suffix"]
        {
            set(kept, name, intent.at(name).cloned().unwrap_or_default());
        }
        set(kept, "amount_capturable", 0);
        set(kept, "amount_received", amount);
        set(kept, "transfer_group", group);
        if let Some(metadata) = metadata {
            set(kept, "metadata", metadata);
        }
    })
}

fn cancel(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("intent");
    let reason = call.text("cancellation_reason");
    attempts::give_up(call, &id, "cancel", reason.as_deref())
}
