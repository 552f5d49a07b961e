//! Personalization designs, and their physical bundles.

use super::{cards, set_within, shipping};
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::accounts::files;
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The states of a design. Stripe reviews each design, and again after a change.
pub static MACHINE: StateMachine = StateMachine {
    object: "personalization design",
    member: "status",
    steps: &[
        step("review", "activate", "active").emits(&["issuing_personalization_design.activated"]),
        step("review", "reject", "rejected").emits(&["issuing_personalization_design.rejected"]),
        step("inactive", "activate", "active").emits(&["issuing_personalization_design.activated"]),
        step("active", "deactivate", "inactive").emits(&["issuing_personalization_design.deactivated"]),
        step("active", "reject", "rejected").emits(&["issuing_personalization_design.rejected"]),
        step("active", "change", "review").emits(&["issuing_personalization_design.updated"]),
        step("rejected", "change", "review").emits(&["issuing_personalization_design.updated"]),
        step("inactive", "change", "review").emits(&["issuing_personalization_design.updated"]),
        step("review", "change", "review").emits(&["issuing_personalization_design.updated"]),
    ],
};

const KIND: &str = "issuing.personalization_design";
const UPDATED: &[&str] = &["issuing_personalization_design.updated"];

pub(crate) static RESOURCE: Resource = Resource {
    name: "issuing_designs",
    entries: &[
        entry("GetIssuingPhysicalBundles", bundles, &[]),
        entry("GetIssuingPhysicalBundlesPhysicalBundle", bundle, &[]),
        entry("PostIssuingPersonalizationDesigns", create, UPDATED),
        entry("GetIssuingPersonalizationDesigns", list, &[]),
        entry("GetIssuingPersonalizationDesignsPersonalizationDesign", |call| call.retrieve(KIND), &[]),
        entry("PostIssuingPersonalizationDesignsPersonalizationDesign", update, UPDATED),
        entry(
            "PostTestHelpersIssuingPersonalizationDesignsPersonalizationDesignActivate",
            |call| by_helper(call, "activate"),
            &["issuing_personalization_design.activated"],
        ),
        entry(
            "PostTestHelpersIssuingPersonalizationDesignsPersonalizationDesignDeactivate",
            |call| by_helper(call, "deactivate"),
            &["issuing_personalization_design.deactivated"],
        ),
        entry(
            "PostTestHelpersIssuingPersonalizationDesignsPersonalizationDesignReject",
            |call| by_helper(call, "reject"),
            &["issuing_personalization_design.rejected", "issuing_card.updated"],
        ),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

/// Creates the two bundles that every account has, on first use.
fn provide_bundles(context: &mut AccountContext<'_>) -> Result<(), ApiError> {
    if context.all("issuing.physical_bundle").next().is_some() {
        return Ok(());
    }
    for (name, kind, logo) in
        [("Custom bundle", "custom", "required"), ("Standard bundle", "standard", "optional")]
    {
        let features = json!({ "card_logo": logo, "carrier_text": "optional", "second_line": "optional" });
        let bundle = json!({ "name": name, "type": kind, "status": "active", "features": features });
        context.create("issuing.physical_bundle", "ics", bundle)?;
    }
    Ok(())
}

fn bundles(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    provide_bundles(call)?;
    call.list("issuing.physical_bundle")
}

fn bundle(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    provide_bundles(call)?;
    call.retrieve("issuing.physical_bundle")
}

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    provide_bundles(call)?;
    let design = json!({
        "card_logo": call.param("card_logo"), "carrier_text": carrier_text(call, &json!({})),
        "lookup_key": call.param("lookup_key"), "metadata": call.metadata(), "name": call.param("name"),
        "physical_bundle": call.param("physical_bundle"), "rejection_reasons": {}, "status": "review",
        "preferences": { "is_default": call.flag("preferences.is_default"), "is_platform_default": call.is_platform().then_some(false) },
    });
    check(call, &design)?;
    take_lookup_key(call, "")?;
    take_default(call, "")?;
    call.create(KIND, "ipcd", design)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let before = call.retrieve(KIND)?;
    let id = before.text("id").to_owned();
    let mut after = before.clone();
    let mut printed = false;
    for name in ["card_logo", "lookup_key", "name", "physical_bundle"] {
        if let Some(value) = call.param(name) {
            printed |= matches!(name, "card_logo" | "physical_bundle") && before.at(name) != Some(&value);
            set(&mut after, name, if value == "" { Json::Null } else { value });
        }
    }
    if call.param("carrier_text").is_some() {
        printed = true;
        let empty = json!({});
        let text = carrier_text(call, before.at("carrier_text").unwrap_or(&empty));
        set(&mut after, "carrier_text", text);
    }
    if let Some(default) = call.param("preferences.is_default") {
        set_within(&mut after, "preferences", "is_default", default);
    }
    if let Some(metadata) = call.merged_metadata(&before)? {
        set(&mut after, "metadata", metadata);
    }
    let mut step = None;
    if printed {
        step = Some(call.permit(&MACHINE, &id, "change")?);
        set(&mut after, "rejection_reasons", json!({}));
    }
    check(call, &after)?;
    take_lookup_key(call, &id)?;
    take_default(call, &id)?;
    let after = call.build(KIND, "ipcd", after)?;
    if let Some(step) = step {
        return call.take(step, |design| *design = after);
    }
    let change = call.change(&id, |design| *design = after)?;
    call.emit_change("issuing_personalization_design.updated", &change)?;
    Ok(change.object)
}

/// The text of the carrier letter after this request; `""` clears.
fn carrier_text(call: &RequestContext<'_>, before: &Json) -> Json {
    let Some(sent) = call.param("carrier_text") else { return Json::Null };
    let Some(members) = sent.as_object() else { return Json::Null };
    let mut text = before.clone();
    for (name, value) in members {
        set(&mut text, name, if value == "" { Json::Null } else { value.clone() });
    }
    text
}

/// Checks the parts that the bundle requires or does not support, and that the logo is an uploaded file.
fn check(call: &mut RequestContext<'_>, design: &Json) -> Result<(), ApiError> {
    let bundle = call.get("issuing.physical_bundle", design.id_at("physical_bundle"), "physical_bundle")?;
    for name in ["card_logo", "carrier_text"] {
        let there = design.at(name).is_some();
        match bundle.text(&format!("features.{name}")) {
            "required" if !there => return Err(crate::resources::issuing::required(name)),
            "unsupported" if there => {
                return Err(ApiError::invalid(format!(
                    "Invalid {name}: the physical bundle does not support it."
                ))
                .param(name));
            }
            _ => {}
        }
    }
    let Some(logo) = design.at("card_logo").and_then(Json::as_str).map(str::to_owned) else { return Ok(()) };
    files::usable(call, &logo, &["issuing_logo"], || "card_logo".to_owned())
}

/// Lookup keys are unique; a key moves to this design only if the request allows it.
fn take_lookup_key(call: &mut RequestContext<'_>, to: &str) -> Result<(), ApiError> {
    let Some(key) = call.text("lookup_key").filter(|key| !key.is_empty()) else { return Ok(()) };
    let holder = call.all(KIND).find(|design| design.text("lookup_key") == key && design.text("id") != to);
    let Some(holder) = holder.map(|design| design.text("id").to_owned()) else { return Ok(()) };
    if !call.flag("transfer_lookup_key") {
        let message =
            format!("The lookup key is used by the design {holder}; send `transfer_lookup_key` to move it.");
        return Err(ApiError::invalid(message).param("lookup_key"));
    }
    let change = call.change(&holder, |design| set(design, "lookup_key", Json::Null))?;
    call.emit_change("issuing_personalization_design.updated", &change)
}

/// Only one design is the default.
fn take_default(call: &mut RequestContext<'_>, to: &str) -> Result<(), ApiError> {
    if !call.flag("preferences.is_default") {
        return Ok(());
    }
    let holders =
        call.all(KIND).filter(|design| design.flag("preferences.is_default") && design.text("id") != to);
    let holders: Vec<String> = holders.map(|design| design.text("id").to_owned()).collect();
    for holder in holders {
        let change = call.change(&holder, |design| set_within(design, "preferences", "is_default", false))?;
        call.emit_change("issuing_personalization_design.updated", &change)?;
    }
    Ok(())
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let keys: Vec<String> =
        call.params.items("lookup_keys").iter().filter_map(Json::as_str).map(str::to_owned).collect();
    let preferences = call.param("preferences").unwrap_or_default();
    if let Json::Object(params) = &mut call.params {
        params.remove("preferences");
    }
    call.list_where(KIND, |design| {
        let wanted = |name: &str| {
            let asked = preferences.at(name).and_then(Json::as_bool);
            asked.is_none_or(|asked| design.flag(&format!("preferences.{name}")) == asked)
        };
        (keys.is_empty() || keys.iter().any(|key| key == design.text("lookup_key")))
            && wanted("is_default")
            && wanted("is_platform_default")
    })
}

fn by_helper(call: &mut RequestContext<'_>, event: &str) -> Result<Json, ApiError> {
    let id = call.in_path("personalization_design");
    call.get(KIND, &id, "personalization_design")?;
    let step = call.permit(&MACHINE, &id, event)?;
    let sent = call.param("rejection_reasons").unwrap_or_default();
    let reasons = json!({ "card_logo": sent.items("card_logo"), "carrier_text": sent.items("carrier_text") });
    if event == "reject" {
        cancel_cards(call, &id)?;
    }
    call.take(step, |design| set(design, "rejection_reasons", reasons))
}

/// Cancels the cards that were to be printed with a rejected design.
fn cancel_cards(context: &mut AccountContext<'_>, design: &str) -> Result<(), ApiError> {
    let waiting = |card: &&Json| {
        card.id_at("personalization_design") == design
            && card.text("shipping.status") == "pending"
            && card.text("status") != "canceled"
    };
    let waiting: Vec<Json> = context.all("issuing.card").filter(waiting).cloned().collect();
    for mut card in waiting {
        let id = card.text("id").to_owned();
        let step = cards::permit(context, &id, "cancel")?;
        set(&mut card, "cancellation_reason", "design_rejected");
        shipping::call_off(&mut card)?;
        context.forget(&id);
        context.take(step, |kept| *kept = card)?;
    }
    Ok(())
}
