//! Values that Stripe derives from other details of an account, unless the platform sends them: statement descriptors
//! from the name or the website, the name in the Dashboard, the country of the company.

use super::formats;
use crate::engine::{Json, Peek, set};
use serde_json::json;

/// The maximum length of statement descriptors and their prefixes.
const DESCRIPTOR: usize = 22;
const PREFIX: usize = 10;

/// Sets the settings derived from the name or the website of the business.
pub(crate) fn settings(account: &mut Json) {
    let (name, host) =
        (account.text("business_profile.name").to_owned(), host(account.text("business_profile.url")));
    let on_statements = if name.is_empty() { host.clone() } else { name.clone() };
    let in_dashboard = if name.is_empty() { title(&host) } else { name };
    // Statement descriptors in Japan have other scripts.
    let statements = account.text("country") != "JP";
    let upper: Vec<char> = on_statements.to_uppercase().chars().collect();
    let cut = |length: usize| upper.iter().take(length).collect::<String>().trim_end().to_owned();
    for (group, member, derived) in [
        ("payments", "statement_descriptor", cut(DESCRIPTOR)),
        ("card_payments", "statement_descriptor_prefix", cut(PREFIX)),
        ("dashboard", "display_name", in_dashboard),
    ] {
        let wanted = !derived.is_empty() && (statements || group == "dashboard");
        let Some(settings) = account.get_mut("settings").and_then(|settings| settings.get_mut(group)) else {
            continue;
        };
        if wanted && settings.text(member).is_empty() {
            set(settings, member, derived);
        }
    }
}

/// The host of a website without `www.`.
fn host(address: &str) -> String {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// The host of a website without its last label; a single word is capitalized.
fn title(host: &str) -> String {
    let Some((name, _)) = host.rsplit_once('.') else { return String::new() };
    let mut letters = name.chars();
    match letters.next() {
        Some(first) if !name.contains('.') => first.to_uppercase().chain(letters).collect(),
        _ => name.to_owned(),
    }
}

/// The `company` of an individual: the person's address and phone number, without other persons.
pub(crate) fn company_of_individual(person: &Json, country: &str) -> Json {
    let mut address = person.at("address").cloned().unwrap_or_else(|| json!({}));
    if address.at("country").is_none() {
        set(&mut address, "country", country);
    }
    let mut company = json!({
        "address": address, "directors_provided": true, "executives_provided": true, "owners_provided": true,
        "phone": person.at("phone"), "tax_id_provided": false, "verification": { "document": {} },
    });
    if country != "US" {
        set(&mut company, "vat_id_provided", false);
    }
    company
}

/// A phone number in the stored format.
pub(crate) fn phone(object: &mut Json, country: &str) {
    if let Some(phone) =
        object.at("phone").and_then(Json::as_str).and_then(|phone| formats::e164(phone, country))
    {
        set(object, "phone", phone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_derived_from_name_or_website() {
        for (name, url, country, descriptor, prefix, shown) in [
            ("Jenny Rosen", "https://seller.example.com/", "US", "JENNY ROSEN", "JENNY ROSE", "Jenny Rosen"),
            ("", "https://seller.example.com/", "US", "SELLER.EXAMPLE.COM", "SELLER.EXA", "seller.example"),
            ("", "www.example.com", "CA", "EXAMPLE.COM", "EXAMPLE.CO", "Example"),
            ("Test Shop, LLC", "", "GB", "TEST SHOP, LLC", "TEST SHOP,", "Test Shop, LLC"),
            ("Jenny Rosen", "", "JP", "", "", "Jenny Rosen"),
            ("", "", "US", "", "", ""),
        ] {
            let mut account = json!({ "country": country, "business_profile": { "name": name, "url": url },
                "settings": { "payments": {}, "card_payments": {}, "dashboard": {} } });
            settings(&mut account);
            for (path, expected) in [
                ("settings.payments.statement_descriptor", descriptor),
                ("settings.card_payments.statement_descriptor_prefix", prefix),
                ("settings.dashboard.display_name", shown),
            ] {
                assert_eq!(account.text(path), expected, "{name} {url} {country}");
            }
        }
    }

    #[test]
    fn sent_values_are_not_derived() {
        let said = json!({ "statement_descriptor": "ROSEN BOOKS" });
        let mut account =
            json!({ "business_profile": { "name": "Jenny" }, "settings": { "payments": said } });
        settings(&mut account);
        assert_eq!(account.text("settings.payments.statement_descriptor"), "ROSEN BOOKS");
    }
}
