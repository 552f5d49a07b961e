//! Cards: made, activated, replaced, canceled; their secrets are shown only to who asks for them one by one.

use crate::resources::{System, entry, treasury};
use super::{cardholders, spending_controls, require_issuing, required, set_within, shipping};
use crate::engine::{CurrencyCode, Json, Machine, Peek, Refusal, set, step};
use crate::state::{Action, Change, Permit, Work};
use serde_json::json;

/// The states of a card. To be canceled is final.
pub static MACHINE: Machine = Machine {
    object: "card",
    member: "status",
    steps: &[
        step("inactive", "activate", "active").emits(&["issuing_card.updated"]),
        step("active", "deactivate", "inactive").emits(&["issuing_card.updated"]),
        step("inactive", "cancel", "canceled").emits(&["issuing_card.updated"]),
        step("active", "cancel", "canceled").emits(&["issuing_card.updated"]),
    ],
};

pub(crate) static SYSTEM: System = System {
    name: "issuing_cards",
    entries: &[
        entry("PostIssuingCards", create, &["issuing_card.created", "issuing_card.updated"]),
        entry("GetIssuingCards", list, &[]),
        entry("GetIssuingCardsCard", retrieve, &[]),
        entry("PostIssuingCardsCard", update, &["issuing_card.updated"]),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

/// The numbers of test cards begin so.
const BIN: &str = "424242";
/// Cards are good for so many years unless the request says otherwise.
const YEARS: i64 = 4;

fn create(call: &mut Action<'_>) -> Result<Json, Refusal> {
    require_issuing(call)?;
    let currency = call.currency()?;
    if !["usd", "eur", "gbp"].contains(&currency.as_str()) {
        return Err(Refusal::invalid(format!("Cards are not issued in {currency}.")).param("currency"));
    }
    let cardholder = cardholder(call)?;
    let old = replaced(call, &cardholder)?;
    let physical = call.text("type").as_deref() == Some("physical");
    let shipping = shipping::read(call, physical)?;
    let design = design(call, physical)?;
    if !physical && call.text("second_line").is_some_and(|line| !line.is_empty()) {
        return Err(Refusal::invalid("Only a physical card has a second line.").param("second_line"));
    }
    let status = call.text("status").unwrap_or_else(|| "inactive".to_owned());
    if status == "active" {
        require_verified(&cardholder)?;
        cardholders::require_phone(call, &cardholder)?;
    }
    let (exp_month, exp_year) = expiry(call)?;
    let number = number(call);
    let cvc = call.world.ids.digits(3);
    let mut card = json!({
        "brand": "Visa", "cardholder": cardholder, "currency": currency.as_str(), "exp_month": exp_month,
        "exp_year": exp_year, "last4": number.get(12..), "metadata": call.metadata(), "status": status,
        "type": call.param("type"), "shipping": shipping, "personalization_design": design,
        "spending_controls": spending_controls::read(call, None)?, "wallets": Json::from_iter(wallets(&cardholder)),
        "replacement_for": call.param("replacement_for"), "replacement_reason": call.param("replacement_reason"),
        "financial_account": financial_account(call)?,
        "second_line": call.text("second_line").filter(|line| !line.is_empty()),
    });
    spending_controls::add_default_limit(call, &mut card);
    let card = call.create("issuing.card", "ic", card)?;
    let id = card.text("id").to_owned();
    let pin = call.param("pin.encrypted_number");
    call.set_notes(&id, json!({ "number": number, "cvc": cvc, "pin": pin }));
    if let Some(old) = old {
        let change = call.change(&old, |card| set(card, "replaced_by", id.as_str()))?;
        emit_updated(call, change)?;
    }
    call.emit("issuing_card.created", &card)?;
    if physical {
        call.by_rule(&shipping::SUBMIT, &id);
    }
    Ok(card)
}

fn cardholder(call: &Action<'_>) -> Result<Json, Refusal> {
    let id = call.text("cardholder").ok_or_else(|| required("cardholder"))?;
    let cardholder = call.get("issuing.cardholder", &id, "cardholder")?;
    if cardholder.text("status") == "blocked" {
        return Err(Refusal::invalid("A blocked cardholder cannot get a card.").param("cardholder"));
    }
    Ok(cardholder)
}

/// A card can be active only when all is known of its cardholder.
fn require_verified(cardholder: &Json) -> Result<(), Refusal> {
    if cardholder.at("requirements.disabled_reason").is_none() {
        return Ok(());
    }
    let missing: Vec<&str> =
        cardholder.items("requirements.past_due").iter().filter_map(Json::as_str).collect();
    let message = format!(
        "The cardholder has requirements that keep the card from becoming active ({}): {}.",
        cardholder.text("requirements.disabled_reason"),
        missing.join(", ")
    );
    Err(Refusal::invalid(message).param("status"))
}

/// The card that the new one takes the place of.
fn replaced(call: &Action<'_>, cardholder: &Json) -> Result<Option<String>, Refusal> {
    let Some(id) = call.text("replacement_for") else {
        return match call.text("replacement_reason") {
            Some(_) => Err(required("replacement_for")),
            None => Ok(None),
        };
    };
    let old = call.get("issuing.card", &id, "replacement_for")?;
    if call.text("replacement_reason").is_none() {
        return Err(required("replacement_reason"));
    }
    let refuse = |message: &str| Err(Refusal::invalid(message).param("replacement_for"));
    if old.at("replaced_by").is_some() {
        return refuse("This card was replaced before.");
    }
    if old.id_at("cardholder") != cardholder.text("id") {
        return refuse("A replacement goes to the cardholder of the card that it replaces.");
    }
    if old.text("type") != call.text("type").unwrap_or_default() {
        return refuse("A replacement has the type of the card that it replaces.");
    }
    Ok(Some(id))
}

/// The design of a physical card: the one that is named, else the account's default one.
fn design(call: &Action<'_>, physical: bool) -> Result<Json, Refusal> {
    let Some(id) = call.text("personalization_design") else {
        let mut designs = call.all("issuing.personalization_design").filter(|_| physical);
        let default =
            designs.find(|design| design.flag("preferences.is_default") && design.text("status") == "active");
        return Ok(default.map_or(Json::Null, |design| design.text("id").into()));
    };
    let refuse = |message: &str| Err(Refusal::invalid(message).param("personalization_design"));
    if !physical {
        return refuse("Only physical cards have a design.");
    }
    let design = call.get("issuing.personalization_design", &id, "personalization_design")?;
    match design.text("status") {
        "active" | "review" => Ok(id.into()),
        status => refuse(&format!("The design is {status}; cards cannot be made with it.")),
    }
}

fn financial_account(call: &Action<'_>) -> Result<Json, Refusal> {
    let Some(id) = call.text("financial_account") else { return Ok(Json::Null) };
    treasury::financial_accounts::usable(call, &id, "card_issuing")?;
    if call.currency()? != CurrencyCode::USD {
        return Err(Refusal::invalid("Cards of a financial account are in usd.").param("currency"));
    }
    Ok(id.into())
}

/// Month and year after which the card is not good any more.
fn expiry(call: &Action<'_>) -> Result<(i64, i64), Refusal> {
    let (month, year) = spending_controls::month_and_year(call.now());
    let wanted = (call.int("exp_month").unwrap_or(month), call.int("exp_year").unwrap_or(year + YEARS));
    if !(1..=12).contains(&wanted.0) {
        return Err(Refusal::invalid("Months are from 1 to 12.").param("exp_month"));
    }
    if (wanted.1, wanted.0) < (year, month) || wanted.1 > year + 50 {
        return Err(Refusal::invalid("The card would be expired from the start, or never.").param("exp_year"));
    }
    Ok(wanted)
}

/// A number of 16 digits with a good check digit.
fn number(call: &mut Action<'_>) -> String {
    let mut number = format!("{BIN}{}", call.world.ids.digits(9));
    number.push(check_digit(&number));
    number
}

/// The last digit by the rule of Luhn: from the right, every other digit counts twice.
fn check_digit(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            let counted = if place % 2 == 0 { 2 * digit } else { digit };
            counted / 10 + counted % 10
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

/// A wallet wants a way to reach the cardholder.
fn wallets(cardholder: &Json) -> [(&'static str, Json); 2] {
    let reachable = cardholder.at("email").is_some() || cardholder.at("phone_number").is_some();
    let reason = if reachable { Json::Null } else { "missing_cardholder_contact".into() };
    let wallet = json!({ "eligible": reachable, "ineligible_reason": reason });
    [("apple_pay", wallet.clone()), ("google_pay", wallet)]
}

/// A card as it is shown: with its cardholder as that is now, and what wallets say of them.
pub(crate) fn show(work: &Work<'_>, mut card: Json) -> Json {
    if let Some(cardholder) = work.peek(card.id_at("cardholder")).cloned() {
        for (wallet, now) in wallets(&cardholder) {
            set_within(&mut card, "wallets", wallet, now);
        }
        set(&mut card, "cardholder", cardholder);
    }
    card
}

fn list(call: &mut Action<'_>) -> Result<Json, Refusal> {
    let mut page = call.list("issuing.card")?;
    if let Some(Json::Array(cards)) = page.get_mut("data") {
        for card in cards {
            *card = show(call, card.take());
        }
    }
    Ok(page)
}

/// The only place where a number is shown, and only if it was asked for.
fn retrieve(call: &mut Action<'_>) -> Result<Json, Refusal> {
    let mut card = show(call, call.retrieve("issuing.card")?);
    if card.text("type") == "virtual" {
        let notes = call.notes(card.text("id"));
        for name in ["number", "cvc"] {
            if call.expands(name) {
                set(&mut card, name, notes.text(name));
            }
        }
    }
    Ok(card)
}

fn update(call: &mut Action<'_>) -> Result<Json, Refusal> {
    let before = show(call, call.retrieve("issuing.card")?);
    let id = before.text("id").to_owned();
    let wanted = call.text("status").unwrap_or_else(|| before.text("status").to_owned());
    let moved = wanted != before.text("status");
    let mut after = before.clone();
    let mut step = None;
    if moved {
        let event = match wanted.as_str() {
            "active" => "activate",
            "inactive" => "deactivate",
            _ => "cancel",
        };
        step = Some(permit(call, &id, event)?);
        if event == "activate" {
            let cardholder = before.at("cardholder").cloned().unwrap_or_default();
            require_verified(&cardholder)?;
            cardholders::require_phone(call, &cardholder)?;
        }
    }
    if let Some(reason) = call.text("cancellation_reason") {
        if wanted != "canceled" {
            let message = "A reason for the cancellation goes with `status` canceled.";
            return Err(Refusal::invalid(message).param("cancellation_reason"));
        }
        set(&mut after, "cancellation_reason", reason);
    }
    let waiting = before.text("shipping.status") == "pending";
    let physical = before.text("type") == "physical";
    if call.param("shipping").is_some() {
        if physical && !waiting {
            return Err(Refusal::invalid("The card is on its way already.").param("shipping"));
        }
        set(&mut after, "shipping", shipping::read(call, physical)?);
    }
    if call.param("personalization_design").is_some() {
        if physical && !waiting {
            return Err(Refusal::invalid("The card is made already.").param("personalization_design"));
        }
        set(&mut after, "personalization_design", design(call, physical)?);
    }
    if moved && wanted == "canceled" && waiting {
        shipping::call_off(&mut after)?;
        call.forget(&id);
    }
    set(&mut after, "spending_controls", spending_controls::read(call, before.at("spending_controls"))?);
    if let Some(metadata) = call.merged_metadata(&before)? {
        set(&mut after, "metadata", metadata);
    }
    let after = call.build("issuing.card", "ic", after)?;
    if let Some(pin) = call.text("pin.encrypted_number") {
        call.note(&id, |notes| {
            set(notes, "pin", pin);
            set(notes, "pin_blocked", false);
        });
    }
    if let Some(step) = step {
        return call.take(step, |card| *card = after);
    }
    let change = call.change(&id, |card| *card = after)?;
    emit_updated(call, change.clone())?;
    Ok(change.object)
}

/// A step of a card, which events show with its cardholder.
pub(crate) fn permit(work: &Work<'_>, id: &str, event: &str) -> Result<Permit, Refusal> {
    Ok(work.permit(&MACHINE, id, event)?.shown(in_events))
}

/// A card as events show it.
pub(crate) fn in_events(work: &Work<'_>, card: Json) -> Result<Json, Refusal> {
    Ok(show(work, card))
}

/// Tells of a change, with the cardholder as it is now.
fn emit_updated(work: &mut Work<'_>, mut change: Change) -> Result<(), Refusal> {
    change.object = show(work, change.object);
    work.emit_change("issuing_card.updated", &change)
}

/// Too many wrong PINs: chip and swipe are declined until a new PIN is set.
pub(crate) fn block_pin(work: &mut Work<'_>, id: &str) -> Result<(), Refusal> {
    work.get("issuing.card", id, "card")?;
    work.note(id, |notes| set(notes, "pin_blocked", true));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_well_known_numbers() {
        for number in ["4242424242424242", "4000056655665556", "5200828282828210"] {
            let (digits, last) = number.split_at(15);
            assert_eq!(check_digit(digits).to_string(), last, "{number}");
        }
    }
}
