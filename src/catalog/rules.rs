//! What holds for all generated names.

use crate::generated::catalog::NAMES;

#[test]
fn no_name_ends_in_a_number() {
    for path in NAMES {
        assert!(!path.ends_with(|c: char| c.is_ascii_digit()), "{path}");
    }
}

#[test]
fn names_are_short() {
    let names: Vec<&str> = NAMES.iter().filter_map(|path| path.rsplit("::").next()).collect();
    let average = names.iter().map(|name| name.len()).sum::<usize>() / names.len();
    assert!(average < 20, "{average}");
}

#[test]
fn the_list_of_merchant_categories_exists_once() {
    let lists: Vec<&&str> = NAMES.iter().filter(|path| path.ends_with("Category")).collect();
    assert_eq!(lists, [&"crate::issuing::MerchantCategory"]);
    assert_eq!(crate::issuing::MerchantCategory::ALL.len(), 295);
}

#[test]
fn what_a_card_says_goes_back_into_its_update() {
    let card: crate::issuing::card::Card = serde_json::from_value(serde_json::json!({
        "id": "ic_1", "object": "issuing.card", "brand": "Visa", "created": 1, "currency": "usd", "exp_month": 1,
        "exp_year": 2030, "last4": "1234", "livemode": false, "metadata": {}, "status": "active", "type": "virtual",
        "cancellation_reason": "lost",
        "spending_controls": {
            "allowed_categories": null, "allowed_merchant_countries": null, "blocked_categories": ["gambling"],
            "blocked_merchant_countries": null, "spending_limits_currency": null,
            "spending_limits": [{ "amount": 500, "categories": null, "interval": "daily" }],
        },
        "cardholder": {
            "id": "ich_1", "object": "issuing.cardholder", "created": 1, "livemode": false, "metadata": {}, "name": "Jenny",
            "type": "individual", "status": "active", "requirements": { "past_due": [] },
            "billing": { "address": { "city": "A", "country": "US", "line1": "B", "line2": null, "postal_code": "1", "state": null } },
        },
    }))
    .expect("a card");
    let update = crate::issuing::card::Update::new(&card.id)
        .status(card.status)
        .cancellation_reason(card.cancellation_reason.expect("a reason"))
        .spending_controls(card.spending_controls);
    let controls = update.spending_controls.expect("controls");
    assert_eq!(controls.spending_limits.as_ref().expect("limits").len(), 1);
    assert_eq!(controls.blocked_categories.as_ref().expect("categories").len(), 1);
}
