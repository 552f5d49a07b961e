//! Spending controls of cards and cardholders: validation and enforcement.

use crate::resources::issuing::spending_intervals;
pub(crate) use crate::resources::issuing::spending_intervals::month_and_year;

use crate::engine::calendar::DAY;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::read;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;
use std::collections::BTreeSet;

const MEMBERS: [&str; 8] = [
    "allowed_card_presences",
    "blocked_card_presences",
    "allowed_categories",
    "blocked_categories",
    "allowed_merchant_countries",
    "blocked_merchant_countries",
    "spending_limits",
    "spending_limits_currency",
];

/// The `spending_controls` after this request. Sending a list of allowed values clears the list of blocked ones, and
/// vice versa.
pub(crate) fn read(call: &RequestContext<'_>, before: Option<&Json>) -> Result<Json, ApiError> {
    let mut controls = json!({});
    for name in MEMBERS {
        set(&mut controls, name, before.and_then(|before| before.at(name)).cloned().unwrap_or_default());
    }
    let Some(sent) = call.param("spending_controls") else { return Ok(controls) };
    for (allowed, blocked) in [
        ("allowed_card_presences", "blocked_card_presences"),
        ("allowed_categories", "blocked_categories"),
        ("allowed_merchant_countries", "blocked_merchant_countries"),
    ] {
        match (sent.items(allowed), sent.items(blocked)) {
            ([], []) => {}
            (_, []) => set(&mut controls, blocked, json!([])),
            ([], _) => set(&mut controls, allowed, json!([])),
            _ => {
                let message = format!("Both `{allowed}` and `{blocked}` were sent. Send only one of them.");
                return Err(ApiError::invalid(message).param(format!("spending_controls[{allowed}]")));
            }
        }
    }
    for name in MEMBERS {
        let Some(value) = sent.at(name) else { continue };
        let value = if name == "spending_limits" { limits(value)? } else { value.clone() };
        if name.ends_with("countries") {
            countries(&value, name)?;
        }
        set(&mut controls, name, value);
    }
    Ok(controls)
}

fn limits(sent: &Json) -> Result<Json, ApiError> {
    let each = sent.as_array().into_iter().flatten().enumerate();
    each
        .map(|(index, limit)| {
            if limit.int("amount") < 0 {
                let param = format!("spending_controls[spending_limits][{index}][amount]");
                return Err(ApiError::invalid("Invalid spending limit: must not be negative.").param(param));
            }
            let categories = limit.at("categories").cloned().unwrap_or_else(|| json!([]));
            Ok(json!({ "amount": limit.int("amount"), "interval": limit.text("interval"), "categories": categories }))
        })
        .collect()
}

fn countries(sent: &Json, name: &str) -> Result<(), ApiError> {
    let is_code = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    if sent.as_array().into_iter().flatten().all(|code| code.as_str().is_some_and(is_code)) {
        return Ok(());
    }
    let message = "Invalid country: must be a two-letter code.";
    Err(ApiError::invalid(message).param(format!("spending_controls[{name}]")))
}

/// A purchase to be checked.
pub(crate) struct Purchase<'a> {
    /// The card.
    pub(crate) card: &'a Json,
    /// Its cardholder.
    pub(crate) cardholder: &'a Json,
    /// The merchant.
    pub(crate) merchant: &'a Json,
    /// Whether the card is present: `present` or `not_present`.
    pub(crate) presence: &'a str,
    /// The requested amount, in minor units of the card's currency.
    pub(crate) amount: i64,
    /// The amount approved before, for an increment.
    pub(crate) before: i64,
}

/// Whether the controls of the card or of the cardholder decline a purchase.
pub(crate) fn refuse(context: &AccountContext<'_>, purchase: &Purchase<'_>) -> bool {
    let card_controls = purchase.card.at("spending_controls");
    let holder_controls = purchase.cardholder.at("spending_controls");
    let chain = replaced_cards(context, purchase.card);
    let holder = purchase.cardholder.text("id");
    let holder = BTreeSet::from([holder.to_owned()]);
    card_controls.is_some_and(|controls| refused_by(context, controls, purchase, &chain))
        || holder_controls.is_some_and(|controls| refused_by(context, controls, purchase, &holder))
}

/// The card and the cards that it replaced, which share the limits.
fn replaced_cards(context: &AccountContext<'_>, card: &Json) -> BTreeSet<String> {
    let mut chain = BTreeSet::from([card.text("id").to_owned()]);
    let mut next = card.id_at("replacement_for").to_owned();
    while !next.is_empty() && chain.insert(next.clone()) {
        next = context.peek(&next).map(|card| card.id_at("replacement_for").to_owned()).unwrap_or_default();
    }
    chain
}

fn refused_by(
    context: &AccountContext<'_>,
    controls: &Json,
    purchase: &Purchase<'_>,
    spenders: &BTreeSet<String>,
) -> bool {
    let (category, country) = (purchase.merchant.text("category"), purchase.merchant.text("country"));
    let has = |name: &str, value: &str| {
        controls.items(name).iter().filter_map(Json::as_str).any(|known| known.eq_ignore_ascii_case(value))
    };
    let lists =
        [("card_presences", purchase.presence), ("categories", category), ("merchant_countries", country)];
    for (what, value) in lists {
        let (allowed, blocked) = (format!("allowed_{what}"), format!("blocked_{what}"));
        if has(&blocked, value) || (!controls.items(&allowed).is_empty() && !has(&allowed, value)) {
            return true;
        }
    }
    let currency = controls.text("spending_limits_currency");
    if currency != purchase.card.text("currency") {
        return false;
    }
    let applies = |limit: &&Json| {
        let categories = limit.items("categories");
        categories.is_empty() || categories.iter().any(|known| known == category)
    };
    controls.items("spending_limits").iter().filter(applies).any(|limit| {
        let interval = limit.text("interval");
        let spent = match interval {
            "per_authorization" => purchase.before,
            _ => {
                spent(context, currency, spending_intervals::start(interval, context.now()), limit, spenders)
            }
        };
        spent.saturating_add(purchase.amount) > limit.int("amount")
    })
}

/// The amount that these cards, or this cardholder, spent in a currency since a time: held and captured amounts of
/// authorizations, and captures without authorization. Sums are stored by currency, day and category, since intervals
/// start at midnight.
fn spent(
    context: &AccountContext<'_>,
    currency: &str,
    since: i64,
    limit: &Json,
    spenders: &BTreeSet<String>,
) -> i64 {
    let categories = limit.items("categories");
    let counts = |category: &str| categories.is_empty() || categories.iter().any(|known| known == category);
    let first = since.div_euclid(DAY);
    let Some(store) = context.state.store(context.scope()) else { return 0 };
    let days =
        spenders.iter().filter_map(|id| store.notes(id).at(SPENT)?.at(currency)?.as_object()).flatten();
    let recent = days.filter(|(day, _)| day.parse::<i64>().is_ok_and(|day| day >= first));
    let sums = recent.filter_map(|(_, sums)| sums.as_object()).flatten();
    let sums = sums.filter(|(category, _)| counts(category)).filter_map(|(_, sum)| sum.as_i64());
    sums.fold(0, i64::saturating_add)
}

/// The note with the amounts spent, of cards and cardholders.
const SPENT: &str = "spent";

/// Adds to the amount spent by a purchase (an authorization, or a transaction without one).
pub(crate) fn count(context: &mut AccountContext<'_>, purchase: &Json, more: i64) {
    let day = purchase.int("created").div_euclid(DAY).to_string();
    let (currency, category) = (purchase.text("currency"), purchase.text("merchant_data.category"));
    for spender in ["card", "cardholder"] {
        context.note(purchase.id_at(spender), |notes| {
            let mut place = notes;
            for name in [SPENT, currency, day.as_str()] {
                if place.at(name).is_none() {
                    set(place, name, json!({}));
                }
                match place.get_mut(name) {
                    Some(inner) => place = inner,
                    None => return,
                }
            }
            let sum = place.get(category).and_then(Json::as_i64).unwrap_or_default();
            set(place, category, sum.saturating_add(more));
        });
    }
}

/// Adds the currency of limits of a cardholder without currency: that of the account's country.
pub(crate) fn add_limits_currency(context: &AccountContext<'_>, controls: &mut Json) {
    let has_limits = !controls.items("spending_limits").is_empty();
    if has_limits && controls.at("spending_limits_currency").is_none() {
        set(controls, "spending_limits_currency", read::default_currency(context).as_str());
    }
}

/// Adds Stripe's default limit to a card without limits, in the card's currency.
pub(crate) fn add_default_limit(context: &AccountContext<'_>, card: &mut Json) {
    let currency = card.text("currency").to_owned();
    crate::resources::issuing::set_within(card, "spending_controls", "spending_limits_currency", currency);
    let Some(amount) = context.state.options.default_card_limit else { return };
    if card.items("spending_controls.spending_limits").is_empty() {
        let limit = json!([{ "amount": amount, "categories": [], "interval": "daily" }]);
        crate::resources::issuing::set_within(card, "spending_controls", "spending_limits", limit);
    }
}
