//! Setup intents: they prepare a payment method for later payments.

use super::declines::{self, Decline};
use super::method_options::{self, Purpose};
use super::methods::{self, Behaviour, Method, Use};
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::accounts::application;
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The states of a setup intent.
pub static MACHINE: StateMachine = StateMachine {
    object: "setup intent",
    member: "status",
    steps: &[
        step("requires_confirmation", "ask", "requires_action")
            .asked("confirm")
            .emits(&["setup_intent.requires_action"]),
        step("requires_confirmation", "succeed", "succeeded").asked("confirm").emits(SUCCEEDED),
        step("requires_confirmation", "decline", "requires_payment_method").asked("confirm").emits(FAILED),
        step("requires_payment_method", "ask", "requires_action")
            .asked("confirm")
            .emits(&["setup_intent.requires_action"]),
        step("requires_payment_method", "succeed", "succeeded").asked("confirm").emits(SUCCEEDED),
        step("requires_payment_method", "decline", "requires_payment_method").asked("confirm").emits(FAILED),
        step("requires_action", "succeed", "succeeded").asked("authenticate").emits(SUCCEEDED),
        step("requires_action", "refuse", "requires_payment_method").asked("authenticate").emits(FAILED),
        step("requires_payment_method", "cancel", "canceled").asked("cancel").emits(CANCELED),
        step("requires_confirmation", "cancel", "canceled").asked("cancel").emits(CANCELED),
        step("requires_action", "cancel", "canceled").asked("cancel").emits(CANCELED),
    ],
};

const SUCCEEDED: &[&str] = &["setup_intent.succeeded"];
const CANCELED: &[&str] = &["setup_intent.canceled"];
const FAILED: &[&str] = &["setup_intent.setup_failed"];

const CONFIRMED: &[&str] = &[
    "setup_intent.created",
    "setup_intent.succeeded",
    "setup_intent.setup_failed",
    "setup_intent.requires_action",
    "payment_method.attached",
];

pub(crate) static RESOURCE: Resource = Resource {
    name: "setup_intents",
    entries: &[
        entry("PostSetupIntents", create, CONFIRMED),
        entry("GetSetupIntentsIntent", retrieve, &[]),
        entry("PostSetupIntentsIntentCancel", cancel, CANCELED),
        entry("PostSetupIntentsIntentConfirm", confirm, CONFIRMED),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    if let Some(customer) = call.text("customer") {
        call.get("customer", &customer, "customer")?;
    }
    let confirms = call.flag("confirm");
    if !confirms && call.param("return_url").is_some() {
        let message = "`return_url` is allowed only together with `confirm=true`.";
        return Err(ApiError::invalid(message).param("return_url"));
    }
    let listed = call.param("payment_method_types");
    let automatic = match (call.param("automatic_payment_methods"), &listed) {
        (Some(automatic), _) => {
            let redirects = automatic.at("allow_redirects").cloned().unwrap_or_else(|| "always".into());
            json!({ "allow_redirects": redirects, "enabled": automatic.flag("enabled") })
        }
        (None, Some(_)) => Json::Null,
        (None, None) => json!({ "allow_redirects": "always", "enabled": true }),
    };
    let types = listed.unwrap_or_else(|| json!(["card", "us_bank_account"]));
    let id = call.id("seti");
    let secret = format!("{id}_secret_{}", call.state.ids.text(25));
    let intent = json!({
        "id": id, "client_secret": secret, "automatic_payment_methods": automatic, "customer": call.param("customer"),
        "description": call.text("description").filter(|text| !text.is_empty()), "flow_directions": call.param("flow_directions"),
        "metadata": call.metadata(), "on_behalf_of": call.param("on_behalf_of"),
        "payment_method_options": method_options::new(Purpose::Setup, &types, call.param("payment_method_options")),
        "payment_method_types": types, "application": application::acting(call),
        "status": "requires_payment_method", "usage": call.text("usage").unwrap_or_else(|| "off_session".to_owned()),
    });
    let intent = with_attach_to_self(call, intent);
    let method = method(call, &intent)?;
    let mut intent = intent;
    if let Some(method) = &method {
        set(&mut intent, "payment_method", method.id());
        set(&mut intent, "status", "requires_confirmation");
    }
    let created = call.create("setup_intent", "seti", intent)?;
    call.emit("setup_intent.created", &created)?;
    if confirms { run(call, &id, method) } else { call.get("setup_intent", &id, "intent") }
}

/// A payment method for transfers into a financial account of one's own is attached to the account itself.
fn with_attach_to_self(call: &RequestContext<'_>, mut intent: Json) -> Json {
    if let Some(attaches) = call.param("attach_to_self") {
        set(&mut intent, "attach_to_self", attaches);
    }
    intent
}

fn method(call: &mut RequestContext<'_>, intent: &Json) -> Result<Option<Method>, ApiError> {
    let method = if let Some(data) = call.param("payment_method_data") {
        methods::of_data(call, &data, "payment_method_data", json!({}))?
    } else if let Some(id) = call.text("payment_method") {
        methods::find(call, &id, "payment_method")?
    } else {
        return Ok(None);
    };
    if !intent.items("payment_method_types").iter().any(|kind| kind == method.kind()) {
        let message = format!("The setup intent does not accept payment methods of type {}.", method.kind());
        return Err(ApiError::invalid(message).param("payment_method"));
    }
    Ok(Some(method))
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let intent = call.retrieve("setup_intent")?;
    match call.text("client_secret") {
        Some(secret) if secret != intent.text("client_secret") => {
            Err(ApiError::invalid("Invalid client_secret: it belongs to another object.")
                .param("client_secret"))
        }
        _ => Ok(intent),
    }
}

fn confirm(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let intent = call.retrieve("setup_intent")?;
    let id = intent.text("id").to_owned();
    if !matches!(intent.text("status"), "requires_payment_method" | "requires_confirmation") {
        let message = format!("A setup intent with status `{}` cannot be confirmed.", intent.text("status"));
        return Err(unexpected_state(ApiError::invalid(message), &intent));
    }
    let method = method(call, &intent)?;
    run(call, &id, method)
}

fn cancel(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let intent = call.retrieve("setup_intent")?;
    let id = intent.text("id").to_owned();
    let step = call.permit(&MACHINE, &id, "cancel").map_err(|refusal| unexpected_state(refusal, &intent))?;
    let reason = call.text("cancellation_reason");
    call.take(step, |intent| {
        set(intent, "cancellation_reason", reason);
        set(intent, "next_action", Json::Null);
    })
}

fn unexpected_state(refusal: ApiError, intent: &Json) -> ApiError {
    refusal.code("setup_intent_unexpected_state").members(json!({ "setup_intent": intent }))
}

fn run(call: &mut RequestContext<'_>, id: &str, method: Option<Method>) -> Result<Json, ApiError> {
    let intent = call.get("setup_intent", id, "intent")?;
    let method = match method {
        Some(method) => method,
        None => match intent.id_at("payment_method") {
            "" => {
                let message = "The setup intent has no payment method; send one with the confirmation.";
                return Err(unexpected_state(ApiError::invalid(message).param("payment_method"), &intent));
            }
            known => methods::find(call, known, "payment_method")?,
        },
    };
    let asks = method.authentication(false, false, method_options::requests_3ds(&intent)).is_some();
    let (method, declined) =
        if asks { (method, None) } else { methods::present(call, &method, Use::Attach)? };
    if let Some(reason) = declined {
        return decline(call, id, &method, reason);
    }
    let unverified = matches!(method.behaviour, Behaviour::Debit { verified: false, .. });
    match method.behaviour {
        Behaviour::Described => Err(methods::not_payable(&method)),
        _ if asks || unverified => {
            let page = format!("{}/authenticate/{id}", call.state.options.base_url);
            let action = match (method.is_card(), call.text("return_url")) {
                (false, _) => json!({ "type": "verify_with_microdeposits", "verify_with_microdeposits": {
                    "arrival_date": call.now() + 86_400, "hosted_verification_url": page, "microdeposit_type": "descriptor_code" } }),
                (true, Some(url)) => {
                    json!({ "type": "redirect_to_url", "redirect_to_url": { "return_url": url, "url": page } })
                }
                (true, None) => json!({ "type": "use_stripe_sdk", "use_stripe_sdk": {} }),
            };
            let attempt = call.id("setatt");
            call.step(&MACHINE, id, "ask", |intent| {
                set(intent, "payment_method", method.id());
                set(intent, "latest_attempt", attempt);
                set(intent, "next_action", action);
            })
        }
        _ => succeed(call, id, &method),
    }
}

fn succeed(context: &mut AccountContext<'_>, id: &str, method: &Method) -> Result<Json, ApiError> {
    let intent = context.get("setup_intent", id, "intent")?;
    let customer = intent.id_at("customer");
    if !customer.is_empty() {
        methods::attach(context, method, customer)?;
    }
    context.note(method.id(), |notes| set(notes, "set_up", true));
    let mandate = (!method.is_card()).then(|| context.id("mandate"));
    let attempt = context.id("setatt");
    context.step(&MACHINE, id, "succeed", |intent| {
        set(intent, "payment_method", method.id());
        set(intent, "latest_attempt", attempt);
        set(intent, "next_action", Json::Null);
        set(intent, "last_setup_error", Json::Null);
        set(intent, "mandate", mandate);
    })
}

fn decline(
    context: &mut AccountContext<'_>,
    id: &str,
    method: &Method,
    reason: &Decline,
) -> Result<Json, ApiError> {
    let mut members = reason.members(None, &method.object);
    let shown = members.clone();
    let attempt = context.id("setatt");
    let intent = context.step(&MACHINE, id, "decline", |intent| {
        set(intent, "payment_method", Json::Null);
        set(intent, "latest_attempt", attempt);
        set(intent, "last_setup_error", shown);
    })?;
    set(&mut members, "setup_intent", intent);
    Err(reason.error(members))
}

/// The customer does what a setup intent in `requires_action` waits for.
pub(crate) fn authenticate(context: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let intent = context.get("setup_intent", id, "intent")?;
    // The table decides, before anything is changed.
    context.permit(&MACHINE, id, "refuse").map(|_| ())?;
    let method = intent.id_at("payment_method").to_owned();
    methods::verify(context, &method);
    let method = methods::find(context, &method, "payment_method")?;
    succeed(context, id, &method)
}

/// The customer fails to do it.
pub(crate) fn fail_authentication(context: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let intent = context.get("setup_intent", id, "intent")?;
    let method = context.peek(intent.id_at("payment_method")).cloned().unwrap_or_default();
    let mut error = declines::AUTHENTICATION_REQUIRED.members(None, &method);
    set(&mut error, "code", "setup_intent_authentication_failure");
    context.step(&MACHINE, id, "refuse", |intent| {
        set(intent, "payment_method", Json::Null);
        set(intent, "next_action", Json::Null);
        set(intent, "last_setup_error", error);
    })
}
