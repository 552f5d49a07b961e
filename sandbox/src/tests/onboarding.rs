//! Rules of onboarding and of money as tables: the requirements of each country, and invalid values with their
//! errors.

use crate::Response;
use crate::resources::accounts::bank_numbers::BANKS;
use crate::resources::accounts::country_table::{COUNTRIES, RECIPIENTS};
use crate::tests::support::{get, post};
use crate::{BalanceKind, CurrencyCode, Json, Peek};
use crate::{Options, Sandbox, days};

const PERSON: &str = "business_type=individual&individual[first_name]=Jenny&individual[last_name]=Rosen\
    &individual[email]=jenny@example.com&individual[phone]=0000000000&individual[dob][day]=1&individual[dob][month]=1\
    &individual[dob][year]=1901&individual[address][line1]=address_full_match&individual[address][city]=Town\
    &business_profile[mcc]=5734&business_profile[url]=https://accessible.stripe.com\
    &tos_acceptance[date]=1767603600&tos_acceptance[ip]=127.0.0.1";

fn ok(response: &Response) -> Json {
    assert_eq!(response.status, 200, "{}", response.json());
    response.json()
}

/// Asserts that a request failed with a code and a parameter.
fn refused(response: &Response, code: &str, param: &str) {
    let error = response.json();
    assert_eq!(response.status, 400, "{error}");
    assert_eq!((error.text("error.code"), error.text("error.param")), (code, param), "{error}");
}

/// The details of a country's working bank account, as a parameter of this name.
fn bank(country: &str, name: &str) -> String {
    let banks = BANKS.iter().find(|banks| banks.country == country).unwrap();
    let currency = crate::resources::accounts::country_table::currency(country);
    let routing = match banks.routing {
        "" => String::new(),
        _ => format!("&{name}[routing_number]={}", banks.example),
    };
    format!(
        "&{name}[object]=bank_account&{name}[country]={country}&{name}[currency]={currency}&{name}[account_number]={}{routing}",
        banks.number
    )
}

fn has(object: &Json, list: &str, field: &str) -> bool {
    object.items(list).iter().any(|known| known == field)
}

#[test]
fn capabilities_during_verification_are_pending_in_us_and_active_elsewhere() {
    for (country, address, status) in [
        ("US", "&individual[address][state]=CA&individual[address][postal_code]=94107", "pending"),
        ("DE", "&individual[address][postal_code]=10115", "active"),
        ("GB", "&individual[address][postal_code]=SW1A 1AA", "active"),
        ("CA", "&individual[address][state]=ON&individual[address][postal_code]=K1A 0B1", "active"),
        ("AU", "&individual[address][state]=NSW&individual[address][postal_code]=2000", "active"),
    ] {
        let sandbox = Sandbox::new(1);
        let form = format!(
            "type=custom&country={country}&{PERSON}{address}&individual[id_number]=000000000{}\
             &capabilities[card_payments][requested]=true&capabilities[transfers][requested]=true",
            bank(country, "external_account")
        );
        let made = ok(&post(&sandbox, "", "/v1/accounts", &form.replace(' ', "+")));
        assert_eq!(made.text("capabilities.transfers"), status, "{made}");
        assert_eq!(made.flag("charges_enabled"), status == "active", "{country}");
        sandbox.advance(days(1));
        let later = ok(&get(&sandbox, "", &format!("/v1/accounts/{}", made.text("id"))));
        assert_eq!(later.text("capabilities.transfers"), "active", "{later}");
        assert!(
            later.flag("payouts_enabled") && later.items("requirements.pending_verification").is_empty(),
            "{later}"
        );
    }
}

#[test]
fn us_capabilities_stay_pending_after_verification() {
    let sandbox = Sandbox::new(2);
    let form = format!(
        "type=custom&country=US&{PERSON}&individual[address][state]=California&individual[address][postal_code]=94107\
         &individual[id_number]=000000000{}&capabilities[transfers][requested]=true",
        bank("US", "external_account")
    );
    let made = ok(&post(&sandbox, "", "/v1/accounts", &form));
    for field in [
        "individual.address.line1",
        "individual.id_number",
        "individual.verification.document",
        "business_profile.url",
    ] {
        assert!(has(&made, "requirements.pending_verification", field), "{field}: {made}");
    }
    let path = format!("/v1/accounts/{}", made.text("id"));
    sandbox.advance(std::time::Duration::from_secs(15));
    let checked = ok(&get(&sandbox, "", &path));
    assert_eq!(checked.text("capabilities.transfers"), "pending");
    assert!(!has(&checked, "requirements.pending_verification", "individual.address.line1"), "{checked}");
    assert!(has(&checked, "requirements.pending_verification", "individual.id_number"), "{checked}");
    sandbox.advance(std::time::Duration::from_secs(20));
    let active = ok(&get(&sandbox, "", &path));
    assert_eq!(active.text("capabilities.transfers"), "active", "{active}");
    assert_eq!(active.text("individual.verification.status"), "verified");
}

#[test]
fn document_of_a_verified_person_is_not_checked_again() {
    let sandbox = Sandbox::new(2);
    let form = format!(
        "type=custom&country=US&{PERSON}&individual[address][state]=California&individual[address][postal_code]=94107\
         &individual[id_number]=000000000{}&capabilities[transfers][requested]=true",
        bank("US", "external_account")
    );
    let made = ok(&post(&sandbox, "", "/v1/accounts", &form));
    let path = format!("/v1/accounts/{}/persons/{}", made.text("id"), made.text("individual.id"));
    sandbox.advance(std::time::Duration::from_secs(9));
    let front = "verification[document][front]";
    let person = ok(&post(&sandbox, "", &path, &format!("{front}=file_identity_document_success")));
    assert_eq!(person.text("verification.status"), "verified");
    assert!(!has(&person, "requirements.pending_verification", "verification.document"), "{person}");
    sandbox.advance(std::time::Duration::from_secs(11));
    let account = ok(&get(&sandbox, "", &format!("/v1/accounts/{}", made.text("id"))));
    assert_eq!(account.text("capabilities.transfers"), "active", "the review goes on");
    // Other details and bad documents are checked.
    for sent in [format!("{front}=file_identity_document_failure"), "first_name=Ann".to_owned()] {
        let person = ok(&post(&sandbox, "", &path, &sent));
        assert_eq!(person.text("verification.status"), "pending", "{sent}");
        sandbox.advance(std::time::Duration::from_secs(60));
    }
}

#[test]
fn companies_in_the_emirates_have_documents_to_send() {
    let sandbox = Sandbox::new(2);
    let form = "type=custom&country=AE&business_type=company&company[name]=Shop&capabilities[transfers][requested]=true";
    let made = ok(&post(&sandbox, "", "/v1/accounts", form));
    for field in ["documents.company_license.files", "owners.documents.passport.files"] {
        assert!(has(&made, "requirements.eventually_due", field), "{field}: {made}");
        assert!(!has(&made, "requirements.currently_due", field), "{field}: {made}");
    }
    let person = "first_name=Ada&last_name=Example&dob[day]=1&dob[month]=1&dob[year]=1901&email=a@x.test\
        &phone=%2B971501234567&address[line1]=address_full_match&address[state]=Dubai&address[country]=AE\
        &id_number=000000000&nationality=AE&relationship[representative]=true&relationship[title]=CEO\
        &relationship[executive]=true";
    let path = format!("/v1/accounts/{}/persons", made.text("id"));
    let person = ok(&post(&sandbox, "", &path, person));
    assert_eq!(person.text("verification.status"), "unverified", "its documents are missing: {person}");
    assert!(has(&person, "requirements.currently_due", "documents.passport.files"), "{person}");
}

#[test]
fn every_recipient_country_can_receive_transfers() {
    let sandbox = Sandbox::new(3);
    sandbox.fund(sandbox.platform(), BalanceKind::Available, CurrencyCode::USD, 1_000_000).unwrap();
    for country in RECIPIENTS.iter().filter(|country| BANKS.iter().any(|banks| banks.country == country.code))
    {
        let code = country.code;
        let form = format!(
            "type=custom&country={code}&{PERSON}&individual[address][postal_code]=1&individual[id_number]=000000000{}\
             &tos_acceptance[service_agreement]=recipient&capabilities[transfers][requested]=true",
            bank(code, "external_account")
        );
        let form = if code == "IN" { form.replace("postal_code]=1&", "postal_code]=110001&") } else { form };
        let made = ok(&post(&sandbox, "", "/v1/accounts", &form));
        assert_eq!(made.text("capabilities.transfers"), "active", "{made}");
        assert!(made.flag("charges_enabled") && made.flag("payouts_enabled"), "{made}");
        assert_eq!(made.items("requirements.eventually_due"), ["individual.verification.document"], "{code}");
        assert_eq!(made.text("default_currency"), country.currency);
        let transfer = format!("amount=100&currency=usd&destination={}", made.text("id"));
        ok(&post(&sandbox, "", "/v1/transfers", &transfer));
        // They have neither the full agreement nor payments.
        let full = post(&sandbox, "", "/v1/accounts", &format!("type=custom&country={code}"));
        refused(&full, "", "tos_acceptance[service_agreement]");
        let payments = post(
            &sandbox,
            "",
            &format!("/v1/accounts/{}", made.text("id")),
            "capabilities[card_payments][requested]=true",
        );
        refused(&payments, "", "capabilities[card_payments]");
    }
}

#[test]
fn every_country_accepts_only_its_bank_numbers() {
    let sandbox = Sandbox::new(4);
    for banks in BANKS {
        let form = bank(banks.country, "bank_account");
        let token = ok(&post(
            &sandbox,
            "",
            "/v1/tokens",
            form.trim_start_matches('&').replacen("bank_account[object]=bank_account&", "", 1).as_str(),
        ));
        assert_eq!(token.text("bank_account.country"), banks.country);
        let name = "bank_account[account_number]";
        let wrong = form.replace(&format!("{name}={}", banks.number), &format!("{name}=0987654321"));
        let wrong = wrong.trim_start_matches('&').replacen("bank_account[object]=bank_account&", "", 1);
        refused(&post(&sandbox, "", "/v1/tokens", &wrong), "account_number_invalid", name);
        if !banks.routing.is_empty() {
            let name = "bank_account[routing_number]";
            let wrong = form.replace(&format!("{name}={}", banks.example), &format!("{name}=%3F"));
            let wrong = wrong.trim_start_matches('&').replacen("bank_account[object]=bank_account&", "", 1);
            refused(&post(&sandbox, "", "/v1/tokens", &wrong), "routing_number_invalid", name);
        }
    }
}

#[test]
fn malformed_values_are_rejected_with_their_codes() {
    let sandbox = Sandbox::new(5);
    for (form, code, param) in [
        ("email=a", "email_invalid", "email"),
        ("individual[email]=a@b", "email_invalid", "individual[email]"),
        ("business_profile[support_email]=x", "email_invalid", "business_profile[support_email]"),
        ("business_profile[url]=example", "url_invalid", "business_profile[url]"),
        ("business_profile[url]=https://localhost", "url_invalid", "business_profile[url]"),
        ("business_profile[mcc]=57", "", "business_profile[mcc]"),
        ("individual[phone]=12", "", "individual[phone]"),
        ("company[phone]=phone", "", "company[phone]"),
        (
            "individual[address][postal_code]=not-a-zip",
            "postal_code_invalid",
            "individual[address][postal_code]",
        ),
        ("individual[address][state]=GU", "state_unsupported", "individual[address][state]"),
        ("individual[address][country]=XX", "country_code_invalid", "individual[address][country]"),
        ("company[address][country]=DE", "account_country_invalid_address", "company[address][country]"),
        ("individual[id_number]=12345", "tax_id_invalid", "individual[id_number]"),
        ("individual[id_number]=123456789", "", "individual[id_number]"),
        ("company[tax_id]=1", "tax_id_invalid", "company[tax_id]"),
        ("individual[ssn_last_4]=00", "", "individual[ssn_last_4]"),
        ("individual[nationality]=ZZ", "country_code_invalid", "individual[nationality]"),
        (
            "individual[dob][day]=30&individual[dob][month]=2&individual[dob][year]=1990",
            "",
            "individual[dob]",
        ),
        (
            "individual[dob][day]=1&individual[dob][month]=1&individual[dob][year]=2020",
            "",
            "individual[dob][year]",
        ),
        ("tos_acceptance[date]=1767603600&tos_acceptance[ip]=here", "", "tos_acceptance[ip]"),
        ("tos_acceptance[date]=4102444800", "", "tos_acceptance[date]"),
        ("capabilities[jcb_payments][requested]=true", "", "capabilities[jcb_payments]"),
    ] {
        let response = post(&sandbox, "", "/v1/accounts", &format!("type=custom&country=US&{form}"));
        refused(&response, code, param);
    }
    let foreign = "external_account[object]=bank_account&external_account[country]=DE&external_account[currency]=eur\
        &external_account[account_number]=DE89370400440532013000";
    refused(
        &post(&sandbox, "", "/v1/accounts", &format!("type=custom&country=US&{foreign}")),
        "",
        "external_account[currency]",
    );
    let missing = post(&sandbox, "", "/v1/accounts", "type=custom&country=XX");
    refused(&missing, "country_unsupported", "country");
}

#[test]
fn ownership_is_at_most_100_percent() {
    let sandbox = Sandbox::new(6);
    let id = ok(&post(&sandbox, "", "/v1/accounts", "type=custom&country=US&business_type=company"))
        .text("id")
        .to_owned();
    let path = format!("/v1/accounts/{id}/persons");
    let share = |percent: &str| format!("relationship[owner]=true&relationship[percent_ownership]={percent}");
    let first = ok(&post(&sandbox, "", &path, &share("60")));
    refused(&post(&sandbox, "", &path, &share("50")), "", "relationship[percent_ownership]");
    ok(&post(&sandbox, "", &path, &share("40")));
    let own = format!("{path}/{}", first.text("id"));
    ok(&post(&sandbox, "", &own, &share("60")));
    refused(&post(&sandbox, "", &own, &share("61")), "", "relationship[percent_ownership]");
}

#[test]
fn transfers_require_capability_and_region() {
    let sandbox = Sandbox::new(7);
    sandbox.fund(sandbox.platform(), BalanceKind::Available, CurrencyCode::USD, 100_000).unwrap();
    let transfer =
        |to: &str| post(&sandbox, "", "/v1/transfers", &format!("amount=100&currency=usd&destination={to}"));
    let open = |form: &str| ok(&post(&sandbox, "", "/v1/accounts", form)).text("id").to_owned();
    let unable = open("type=custom&country=US");
    refused(&transfer(&unable), "insufficient_capabilities_for_transfer", "destination");
    let waiting = open("type=custom&country=US&capabilities[transfers][requested]=true");
    refused(&transfer(&waiting), "insufficient_capabilities_for_transfer", "destination");
    // An account created without parameters receives transfers in test mode.
    ok(&transfer(&open("")));
    ok(&transfer(&sandbox.connect().into_id()));
    let loose = Sandbox::with(7, Options { strict_capabilities: false, ..Options::default() });
    loose.fund(loose.platform(), BalanceKind::Available, CurrencyCode::USD, 100).unwrap();
    let account = ok(&post(&loose, "", "/v1/accounts", "type=custom&country=US"));
    ok(&post(
        &loose,
        "",
        "/v1/transfers",
        &format!("amount=100&currency=usd&destination={}", account.text("id")),
    ));
    // Japan is another country, unless the account only receives transfers.
    let abroad = open("type=standard&country=JP");
    refused(&transfer(&abroad), "", "destination");
    let recipient = open("type=standard&country=JP&tos_acceptance[service_agreement]=recipient");
    ok(&transfer(&recipient));
}

#[test]
fn connected_account_can_transfer_to_its_platform() {
    let sandbox = Sandbox::new(8);
    let (account, platform) = (sandbox.connect().into_id(), sandbox.platform());
    sandbox.fund(&account, BalanceKind::Available, CurrencyCode::USD, 500).unwrap();
    let form = format!("amount=300&currency=usd&description=Rent&destination={platform}");
    let transfer = ok(&post(&sandbox, &account, "/v1/transfers", &form));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, CurrencyCode::USD), 200);
    assert_eq!(sandbox.balance(&platform, BalanceKind::Available, CurrencyCode::USD), 300);
    let line = ok(&get(
        &sandbox,
        &account,
        &format!("/v1/balance_transactions/{}", transfer.text("balance_transaction")),
    ));
    assert_eq!((line.text("description"), line.int("amount")), ("Rent", -300));
    let other = sandbox.connect().into_id();
    let stray = format!("amount=1&currency=usd&destination={other}");
    refused(&post(&sandbox, &account, "/v1/transfers", &stray), "", "destination");
    let too_much =
        post(&sandbox, &account, "/v1/transfers", &format!("amount=201&currency=usd&destination={platform}"));
    assert_eq!((too_much.status, too_much.json().text("error.code")), (400, "balance_insufficient"));
}

#[test]
fn amounts_match_the_currencys_step() {
    let sandbox = Sandbox::new(9);
    for (currency, amount, fits) in [
        ("huf", 80_045, false),
        ("huf", 80_000, true),
        ("twd", 101, false),
        ("isk", 150, false),
        ("isk", 200, true),
        ("ugx", 101, false),
        ("kwd", 1_001, false),
        ("kwd", 1_010, true),
        ("jpy", 33, true),
    ] {
        let code = CurrencyCode::parse(currency).unwrap();
        sandbox.fund(sandbox.platform(), BalanceKind::Available, code, 100_000).unwrap();
        let response = post(&sandbox, "", "/v1/payouts", &format!("amount={amount}&currency={currency}"));
        let by_amount = response.json().text("error.param") == "amount";
        assert_eq!(by_amount, !fits, "{currency} {amount}: {}", response.json());
    }
    let isk = post(
        &sandbox,
        "",
        "/v1/transfers",
        &format!("amount=150&currency=isk&destination={}", sandbox.connect().into_id()),
    );
    refused(&isk, "parameter_invalid_integer", "amount");
}

#[test]
fn large_payouts_and_transfers_are_limited_by_the_balance_only() {
    let sandbox = Sandbox::new(10);
    let account = sandbox.connect().into_id();
    for _ in 0..2 {
        sandbox.fund(sandbox.platform(), BalanceKind::Available, CurrencyCode::USD, 99_999_999).unwrap();
    }
    ok(&post(&sandbox, "", "/v1/transfers", &format!("amount=150000000&currency=usd&destination={account}")));
    ok(&post(&sandbox, "", &format!("/v1/accounts/{account}"), "external_account=btok_us"));
    ok(&post(&sandbox, &account, "/v1/payouts", "amount=120000000&currency=usd"));
    let instant = post(&sandbox, &account, "/v1/payouts", "amount=999901&currency=usd&method=instant");
    assert_eq!((instant.status, instant.json().text("error.param")), (400, "amount"), "{}", instant.json());
    ok(&post(&sandbox, &account, "/v1/payouts", "amount=999900&currency=usd&method=instant"));
}

#[test]
fn test_tokens_and_cards_have_their_country() {
    let sandbox = Sandbox::new(11);
    let id = sandbox.connect().into_id();
    let path = format!("/v1/accounts/{id}/external_accounts");
    let token = ok(&post(&sandbox, "", &path, "external_account=btok_us"));
    assert_eq!(token.items("available_payout_methods"), ["standard", "instant"]);
    assert!(token.at("requirements.currently_due").is_some(), "{token}");
    let card = "external_account[object]=card&external_account[number]=4000056655665556&external_account[exp_month]=12\
        &external_account[exp_year]=2034&external_account[currency]=usd";
    assert_eq!(ok(&post(&sandbox, "", &path, card)).text("last4"), "5556");
    let credit = card.replace("4000056655665556", "4242424242424242");
    refused(&post(&sandbox, "", &path, &credit), "invalid_card_type", "external_account");
    refused(
        &post(&sandbox, "", &path, "external_account=tok_visa_credit_au"),
        "invalid_card_type",
        "external_account",
    );
    let gb = ok(&post(&sandbox, "", &path, "external_account=tok_visa_debit_gb_transferSuccess"));
    assert_eq!((gb.text("country"), gb.text("currency")), ("GB", "gbp"));
}

#[test]
fn requirements_of_every_country_match_the_table() {
    let sandbox = Sandbox::new(12);
    for country in COUNTRIES {
        for business in ["individual", "company"] {
            let form = format!(
                "type=custom&country={}&business_type={business}&capabilities[transfers][requested]=true",
                country.code
            );
            let made = ok(&post(&sandbox, "", "/v1/accounts", &form));
            let due = |field: &str| has(&made, "requirements.currently_due", field);
            let prefix = if business == "individual" { "individual" } else { "representative" };
            let number = due(&format!("{prefix}.ssn_last_4"));
            assert_eq!(number, country.code == "US", "{made}");
            assert_eq!(due(&format!("{prefix}.first_name_kana")), country.code == "JP", "{made}");
            assert_eq!(due(&format!("{prefix}.nationality")), matches!(country.code, "SG" | "AE"), "{made}");
            assert_eq!(due(&format!("{prefix}.full_name_aliases")), country.code == "SG", "{made}");
            let executive = business == "company" && country.code != "CA";
            assert_eq!(due(&format!("{prefix}.relationship.executive")), executive, "{made}");
            assert_eq!(
                due("company.owners_provided"),
                business == "company" && !matches!(country.code, "CA" | "SG" | "JP"),
                "{made}"
            );
        }
    }
}

#[test]
fn capabilities_are_not_requested_by_default() {
    let sandbox = Sandbox::new(13);
    let standard = ok(&post(&sandbox, "", "/v1/accounts", "type=standard&country=AU&email=a@example.com"));
    assert_eq!(standard.at("capabilities"), Some(&Json::Object(serde_json::Map::new())));
    assert_eq!(
        standard.items("requirements.currently_due"),
        [
            "business_profile.product_description",
            "business_profile.support_phone",
            "business_profile.url",
            "external_account",
            "tos_acceptance.date",
            "tos_acceptance.ip"
        ]
    );
    let custom = ok(&post(&sandbox, "", "/v1/accounts", "type=custom&country=US"));
    assert!(custom.items("requirements.currently_due").is_empty(), "{custom}");
}

#[test]
fn test_values_of_a_business_disable_payments_or_payouts() {
    let company = "business_type=company&company[name]=Rosen&company[phone]=0000000000&company[tax_id]=222222222\
        &company[address][line1]=LINE1&company[address][city]=Oakland&company[address][state]=CA\
        &company[address][postal_code]=94607&company[owners_provided]=true&business_profile[mcc]=5734\
        &business_profile[url]=URL&tos_acceptance[date]=1767603600&tos_acceptance[ip]=::1&external_account=btok_us\
        &capabilities[transfers][requested]=true&capabilities[card_payments][requested]=true";
    let person = "first_name=Ann&last_name=Lee&dob[day]=1&dob[month]=1&dob[year]=1902&email=a@example.com\
        &phone=0000000000&address[line1]=address_full_match&address[city]=Oakland&address[state]=CA\
        &address[postal_code]=94607&ssn_last_4=0000&relationship[representative]=true&relationship[title]=Owner\
        &relationship[executive]=true";
    for (line1, url, charges, payouts, requirement) in [
        ("address_full_match", "https://accessible.stripe.com", true, true, ""),
        ("address_no_match", "https://accessible.stripe.com", true, false, "company.address.line1"),
        (
            "address_line1_no_match",
            "https://accessible.stripe.com",
            false,
            false,
            "company.address.postal_code",
        ),
        ("address_full_match", "https://inaccessible.stripe.com", false, false, "business_profile.url"),
        ("address_full_match", "https://inactivity.stripe.com", false, false, ""),
    ] {
        let sandbox = Sandbox::new(14);
        let form = format!("type=custom&country=US&{}", company.replace("LINE1", line1).replace("URL", url));
        let id = ok(&post(&sandbox, "", "/v1/accounts", &form)).text("id").to_owned();
        ok(&post(&sandbox, "", &format!("/v1/accounts/{id}/persons"), person));
        sandbox.advance(days(1));
        let account = ok(&get(&sandbox, "", &format!("/v1/accounts/{id}")));
        assert_eq!(
            (account.flag("charges_enabled"), account.flag("payouts_enabled")),
            (charges, payouts),
            "{line1} {url} {account}"
        );
        assert_eq!(
            requirement.is_empty(),
            account.items("requirements.currently_due").is_empty(),
            "{account}"
        );
        assert!(
            requirement.is_empty() || has(&account, "requirements.currently_due", requirement),
            "{account}"
        );
        let path = format!("/v1/accounts/{id}/capabilities/transfers");
        let paused =
            ok(&get(&sandbox, "", &path)).text("requirements.disabled_reason") == "paused.inactivity";
        assert_eq!(paused, url.contains("inactivity"));
    }
}

#[test]
fn real_time_of_the_client_is_not_in_the_future() {
    // The sandbox's clock is years behind.
    let sandbox = Sandbox::with(15, Options { start: 1_600_000_000, ..Options::default() });
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let form = format!("type=custom&country=US&tos_acceptance[date]={now}&tos_acceptance[ip]=127.0.0.1");
    ok(&post(&sandbox, "", "/v1/accounts", &form));
    let ahead = now + 3 * 86_400;
    let form = format!("type=custom&country=US&tos_acceptance[date]={ahead}&tos_acceptance[ip]=127.0.0.1");
    refused(&post(&sandbox, "", "/v1/accounts", &form), "", "tos_acceptance[date]");
    // Times promised in replies are in the future of a client that follows the real time.
    let real =
        Sandbox::with(15, Options { start: 1_600_000_000, follows_real_time: true, ..Options::default() });
    let id = ok(&post(&real, "", "/v1/accounts", "type=express&country=US")).text("id").to_owned();
    let link =
        format!("account={id}&type=account_onboarding&return_url=https://x.test&refresh_url=https://x.test");
    let link = ok(&post(&real, "", "/v1/account_links", &link));
    assert!(u64::try_from(link.int("expires_at")).unwrap() > now, "{link}");
}
