//! Requirements of accounts and cardholders after onboarding: future requirements, and those caused by test cards,
//! announcements, bank accounts and legal structures.

use crate::Response;
use crate::tests::support::{HOLDER, get, post};
use crate::{Json, Peek, Sandbox, days};

const US: &str = "type=custom&country=US&business_type=individual&individual[first_name]=Jenny&individual[last_name]=Rosen\
    &individual[email]=jenny@example.com&individual[phone]=0000000000&individual[dob][day]=1&individual[dob][month]=1\
    &individual[dob][year]=1901&individual[address][line1]=address_full_match&individual[address][city]=Town\
    &individual[address][state]=CA&individual[address][postal_code]=94107&business_profile[mcc]=5734\
    &business_profile[url]=https://accessible.stripe.com&tos_acceptance[date]=1767603600&tos_acceptance[ip]=127.0.0.1\
    &external_account=btok_us&capabilities[card_payments][requested]=true&capabilities[transfers][requested]=true";

fn ok(response: &Response) -> Json {
    assert_eq!(response.status, 200, "{}", response.json());
    response.json()
}

fn refused(response: &Response, code: &str, param: &str) {
    let error = response.json();
    assert_eq!(response.status, 400, "{error}");
    assert_eq!((error.text("error.code"), error.text("error.param")), (code, param), "{error}");
}

fn account(sandbox: &Sandbox, id: &str) -> Json {
    ok(&get(sandbox, "", &format!("/v1/accounts/{id}")))
}

fn open(sandbox: &Sandbox, form: &str) -> String {
    ok(&post(sandbox, "", "/v1/accounts", form)).text("id").to_owned()
}

fn has(object: &Json, list: &str, field: &str) -> bool {
    object.items(list).iter().any(|known| known == field)
}

/// Asserts that fields under verification are not due at the same time.
fn is_due_or_checked(object: &Json) {
    for list in ["currently_due", "eventually_due", "past_due"] {
        for field in object.items("requirements.pending_verification") {
            let due = object.items(&format!("requirements.{list}"));
            assert!(!due.contains(field), "{field} is checked and in {list}: {object}");
        }
    }
}

#[test]
fn fields_under_verification_are_not_due() {
    let sandbox = Sandbox::new(1);
    for number in ["individual[ssn_last_4]=0000", "individual[id_number]=000000000"] {
        let id = open(&sandbox, &format!("{US}&{number}"));
        for wait in [0, 5, 20, 3600] {
            sandbox.advance(std::time::Duration::from_secs(wait));
            let shown = account(&sandbox, &id);
            is_due_or_checked(&shown);
            let persons = ok(&get(&sandbox, "", &format!("/v1/accounts/{id}/persons")));
            persons.items("data").iter().for_each(is_due_or_checked);
            if wait == 0 {
                assert!(has(&shown, "requirements.pending_verification", "individual.id_number"), "{shown}");
            }
        }
        let later = has(&account(&sandbox, &id), "requirements.eventually_due", "individual.id_number");
        assert_eq!(later, number.contains("ssn"), "{number}");
    }
}

/// An account with a future requirement: the person's complete id number.
fn with_something_due_later(sandbox: &Sandbox) -> String {
    let id = open(sandbox, &format!("{US}&individual[ssn_last_4]=0000"));
    sandbox.advance(days(1));
    let shown = account(sandbox, &id);
    assert_eq!(shown.items("requirements.eventually_due"), ["individual.id_number"], "{shown}");
    assert!(shown.flag("charges_enabled") && shown.flag("payouts_enabled"), "{shown}");
    id
}

#[test]
fn trigger_cards_bring_requirements_forward_and_block() {
    for (card, list, charges, payouts) in [
        ("4000000000004202", "currently_due", true, true),
        ("tok_visa_triggerNextRequirements", "currently_due", true, true),
        ("tok_visa_triggerVerification", "currently_due", true, true),
        ("4000000000004210", "past_due", false, true),
        ("tok_visa_triggerChargeBlock", "past_due", false, true),
        ("4000000000004236", "past_due", true, false),
        ("tok_visa_triggerPayoutBlock", "past_due", true, false),
        ("tok_visa_triggerTransferBlock", "past_due", true, false),
    ] {
        let sandbox = Sandbox::new(2);
        let id = with_something_due_later(&sandbox);
        sandbox.accounts().charge_card(&id, 500, 1, crate::CurrencyCode::USD, card).unwrap();
        let shown = account(&sandbox, &id);
        assert!(has(&shown, &format!("requirements.{list}"), "individual.id_number"), "{card}: {shown}");
        assert_eq!(
            has(&shown, "requirements.past_due", "individual.id_number"),
            list == "past_due",
            "{card}"
        );
        assert_eq!(
            (shown.flag("charges_enabled"), shown.flag("payouts_enabled")),
            (charges, payouts),
            "{card}"
        );
        ok(&post(&sandbox, "", &format!("/v1/accounts/{id}"), "individual[id_number]=000000000"));
        sandbox.advance(days(1));
        let healed = account(&sandbox, &id);
        assert!(healed.items("requirements.eventually_due").is_empty(), "{card}: {healed}");
        assert!(healed.flag("charges_enabled") && healed.flag("payouts_enabled"), "{card}: {healed}");
    }
}

#[test]
fn block_card_makes_requirements_past_due_that_a_card_brought_forward() {
    let sandbox = Sandbox::new(3);
    let id = with_something_due_later(&sandbox);
    let charge =
        |card: &str| sandbox.accounts().charge_card(&id, 500, 1, crate::CurrencyCode::USD, card).unwrap();
    charge("tok_visa_triggerNextRequirements");
    assert!(account(&sandbox, &id).items("requirements.past_due").is_empty());
    charge("tok_visa_triggerPayoutBlock");
    let shown = account(&sandbox, &id);
    assert_eq!(shown.items("requirements.past_due"), ["individual.id_number"]);
    assert!(shown.flag("charges_enabled") && !shown.flag("payouts_enabled"), "{shown}");
}

#[test]
fn trigger_card_has_no_effect_without_future_requirements_or_before_onboarding() {
    let sandbox = Sandbox::new(4);
    let complete = sandbox.connect().into_id();
    let early = open(&sandbox, "type=custom&country=US&capabilities[transfers][requested]=true");
    for id in [&complete, &early] {
        let before = account(&sandbox, id);
        let card = "tok_visa_triggerChargeBlock";
        sandbox.accounts().charge_card(id, 500, 1, crate::CurrencyCode::USD, card).unwrap();
        assert_eq!(account(&sandbox, id), before);
    }
    let wrong = sandbox.accounts().charge_card(&complete, 500, 0, crate::CurrencyCode::USD, "tok_visa");
    assert_eq!(wrong.unwrap_err().param.as_deref(), Some("card"));
}

#[test]
fn announced_requirements_are_future_requirements_until_they_are_due() {
    let sandbox = Sandbox::new(5);
    let id = sandbox.connect().into_id();
    let field = "individual.verification.document";
    let code = "verification_document_expired";
    let place = |shown: &Json| {
        (
            has(shown, "requirements.currently_due", field),
            has(shown, "future_requirements.currently_due", field),
        )
    };
    sandbox.accounts().announce(&id, field, code, Some(days(30))).unwrap();
    let shown = account(&sandbox, &id);
    assert_eq!(place(&shown), (false, true), "{shown}");
    assert_eq!(shown.text("future_requirements.errors.0.code"), code);
    assert_eq!(shown.int("future_requirements.current_deadline"), sandbox.state().clock.now() + 30 * 86_400);
    let capability = ok(&get(&sandbox, "", &format!("/v1/accounts/{id}/capabilities/transfers")));
    assert!(has(&capability, "future_requirements.currently_due", field), "{capability}");
    let persons = ok(&get(&sandbox, "", &format!("/v1/accounts/{id}/persons")));
    let of_person = "data.0.future_requirements.currently_due";
    assert!(has(&persons, of_person, "verification.document"), "{persons}");
    sandbox.advance(days(30));
    assert_eq!(place(&account(&sandbox, &id)), (true, false));
    // If the field is provided in time, it never becomes a requirement.
    let early = sandbox.connect().into_id();
    sandbox.accounts().announce(&early, field, code, Some(days(30))).unwrap();
    let document = "individual[verification][document][front]=file_identity_document_success";
    ok(&post(&sandbox, "", &format!("/v1/accounts/{early}"), document));
    sandbox.advance(days(40));
    assert_eq!(place(&account(&sandbox, &early)), (false, false));
    // Without a date, it remains a future requirement.
    let undated = sandbox.connect().into_id();
    sandbox.accounts().announce(&undated, field, code, None).unwrap();
    sandbox.advance(days(400));
    let shown = account(&sandbox, &undated);
    assert!(has(&shown, "future_requirements.eventually_due", field), "{shown}");
    assert_eq!(place(&shown), (false, false));
    assert_eq!(sandbox.accounts().announce(&id, "individual.shoe_size", code, None).unwrap_err().status, 400);
    sandbox.accounts().fulfil(&undated, field).unwrap();
    assert!(account(&sandbox, &undated).items("future_requirements.eventually_due").is_empty());
}

#[test]
fn proof_of_liveness_stops_payouts_until_it_is_given() {
    let field = "individual.verification.proof_of_liveness";
    let person = US
        .replace("&individual[address][state]=CA&individual[address][postal_code]=94107", "")
        .replace("&external_account=btok_us", "");
    for (country, form, trigger) in [
        (
            "SG",
            "&individual[address][postal_code]=546080&individual[id_number]=000000000&individual[nationality]=SG\
             &external_account[object]=bank_account&external_account[country]=SG&external_account[currency]=sgd\
             &external_account[routing_number]=1100-000&external_account[account_number]=000123456",
            "individual[full_name_aliases][0]=",
        ),
        (
            "CA",
            "&individual[address][state]=ON&individual[address][postal_code]=M4C+1T2\
             &external_account[object]=bank_account&external_account[country]=CA&external_account[currency]=cad\
             &external_account[routing_number]=11000-000&external_account[account_number]=000123456789",
            "individual[verification][document][front]=file_identity_document_success",
        ),
    ] {
        let sandbox = Sandbox::new(6);
        let id =
            open(&sandbox, &format!("{}{form}", person.replace("country=US", &format!("country={country}"))));
        assert!(!has(&account(&sandbox, &id), "requirements.currently_due", field), "{country}");
        let path = format!("/v1/accounts/{id}");
        ok(&post(&sandbox, "", &path, trigger));
        sandbox.advance(days(1));
        let shown = account(&sandbox, &id);
        assert!(has(&shown, "requirements.past_due", field), "{country}: {shown}");
        assert!(shown.flag("charges_enabled") && !shown.flag("payouts_enabled"), "{country}: {shown}");
        let instead = shown.at("requirements.alternatives.0.alternative_fields_due.0");
        assert_eq!(instead.is_some(), country == "CA", "{shown}");
        if let Some(instead) = instead {
            assert_eq!(instead, "individual.verification.additional_document");
            let second =
                "individual[verification][additional_document][front]=file_identity_document_success";
            ok(&post(&sandbox, "", &path, second));
        } else {
            sandbox.accounts().fulfil(&id, field).unwrap();
        }
        sandbox.advance(days(1));
        let healed = account(&sandbox, &id);
        assert!(!has(&healed, "requirements.eventually_due", field), "{country}: {healed}");
        assert!(healed.flag("payouts_enabled"), "{country}: {healed}");
    }
}

#[test]
fn structures_decide_who_is_asked_for() {
    let sandbox = Sandbox::new(7);
    for (country, form, owners, directors) in [
        ("DE", "business_type=company&company[structure]=private_company", true, true),
        ("DE", "business_type=company&company[structure]=public_company", false, true),
        ("DE", "business_type=company&company[structure]=sole_proprietorship", false, false),
        ("US", "business_type=company&company[structure]=multi_member_llc", true, false),
        ("US", "business_type=company&company[structure]=public_corporation", false, false),
        ("AE", "business_type=company&company[structure]=free_zone_llc", true, true),
    ] {
        let form = format!("type=custom&country={country}&{form}&capabilities[transfers][requested]=true");
        let shown = account(&sandbox, &open(&sandbox, &form));
        let asks = |field: &str| has(&shown, "requirements.currently_due", field);
        assert_eq!(asks("company.owners_provided"), owners, "{form}");
        assert_eq!(asks("company.directors_provided"), directors, "{form}");
        let any_owner = shown.items("requirements.currently_due").iter().filter_map(Json::as_str);
        assert_eq!(any_owner.filter(|field| field.starts_with("owners.")).count() > 0, owners, "{form}");
    }
    for (country, form) in [
        ("DE", "business_type=company&company[structure]=multi_member_llc"),
        ("US", "business_type=company&company[structure]=free_zone_llc"),
        ("US", "business_type=company&company[structure]=incorporated_non_profit"),
        ("US", "business_type=non_profit&company[structure]=governmental_unit"),
    ] {
        let form = format!("type=custom&country={country}&{form}");
        refused(&post(&sandbox, "", "/v1/accounts", &form), "", "company[structure]");
    }
}

#[test]
fn test_bank_accounts_have_their_ownership_checked() {
    let field = "documents.bank_account_ownership_verification.files";
    for (number, due) in [("000999999991", false), ("000999999992", true), ("000123456789", false)] {
        let sandbox = Sandbox::new(8);
        let id = sandbox.connect().into_id();
        let bank = format!(
            "external_account[object]=bank_account&external_account[country]=US&external_account[currency]=usd\
             &external_account[routing_number]=110000000&external_account[account_number]={number}"
        );
        ok(&post(&sandbox, "", &format!("/v1/accounts/{id}/external_accounts"), &bank));
        let shown = account(&sandbox, &id);
        let checked = has(&shown, "requirements.pending_verification", field);
        assert_eq!(checked, number == "000999999991", "{shown}");
        assert_eq!(has(&shown, "requirements.currently_due", field), due, "{shown}");
        sandbox.advance(days(1));
        let later = account(&sandbox, &id);
        assert!(later.items("requirements.pending_verification").is_empty(), "{later}");
        assert_eq!(has(&later, "requirements.currently_due", field), due, "{later}");
        assert!(later.flag("charges_enabled"), "{later}");
    }
}

#[test]
fn requirements_of_cardholders_come_due_and_are_met() {
    for (field, form, answer) in [
        (
            "individual.dob",
            HOLDER.to_owned(),
            "individual[dob][day]=1&individual[dob][month]=1&individual[dob][year]=1990",
        ),
        ("company.tax_id", company(), "company[tax_id]=000000000"),
        (
            "individual.verification.document",
            HOLDER.to_owned(),
            "individual[verification][document][front]=file_identity_document_success",
        ),
    ] {
        let sandbox = Sandbox::new(9);
        let id = sandbox.connect().into_id();
        let holder = ok(&post(&sandbox, &id, "/v1/issuing/cardholders", &form)).text("id").to_owned();
        let path = format!("/v1/issuing/cardholders/{holder}");
        sandbox.cards().require_of_cardholder(&holder, field).unwrap();
        let shown = ok(&get(&sandbox, &id, &path));
        assert_eq!(shown.text("requirements.disabled_reason"), "requirements.past_due", "{shown}");
        let due = shown.items("requirements.past_due").iter().filter_map(Json::as_str);
        assert!(due.into_iter().all(|due| due.starts_with(field)), "{shown}");
        if field != "individual.verification.document" {
            let met = ok(&post(&sandbox, &id, &path, answer));
            assert_eq!(met.at("requirements.disabled_reason"), None, "{met}");
        }
        let wrong = sandbox.cards().require_of_cardholder(&holder, "individual.height").unwrap_err();
        assert_eq!(wrong.param.as_deref(), Some("field"));
    }
}

/// A cardholder that is a company.
fn company() -> String {
    "type=company&name=Rosen+Books&email=a%40example.com&billing[address][line1]=1+Street&billing[address][city]=Town\
     &billing[address][country]=US&billing[address][postal_code]=94103"
        .to_owned()
}

#[test]
fn stripe_closes_card_issuing_for_every_reason() {
    let terms = "settings[card_issuing][tos_acceptance][date]=1767603600\
        &settings[card_issuing][tos_acceptance][ip]=127.0.0.1";
    for (reason, notice, disabled, reversible) in [
        ("inactivity", "account_closed_for_inactivity", "rejected.inactivity", false),
        (
            "terms_of_service_violation",
            "account_closed_for_terms_of_service_violation",
            "rejected.unsupported_business",
            false,
        ),
        (
            "business_model",
            "account_closed_for_not_providing_business_model_clarification",
            "rejected.other",
            true,
        ),
        ("url", "account_closed_for_not_providing_url_clarification", "rejected.other", true),
        ("use_case", "account_closed_for_not_providing_use_case_clarification", "rejected.other", true),
    ] {
        let sandbox = Sandbox::new(10);
        let id = sandbox.connect().into_id();
        let card = sandbox.account(&id).issue_card(crate::CurrencyCode::USD).unwrap();
        sandbox.accounts().close_issuing(&id, reason).unwrap();
        let path = format!("/v1/accounts/{id}/capabilities/card_issuing");
        let capability = ok(&get(&sandbox, "", &path));
        assert_eq!(
            (capability.text("status"), capability.text("requirements.disabled_reason")),
            ("inactive", disabled),
            "{reason}"
        );
        let shown = ok(&get(&sandbox, &id, &format!("/v1/issuing/cards/{}", card.id())));
        assert_eq!(shown.text("status"), "inactive", "{reason}");
        let swipe = format!("card={}&amount=100", card.id());
        let path_of_swipe = "/v1/test_helpers/issuing/authorizations";
        assert!(!ok(&post(&sandbox, &id, path_of_swipe, &swipe)).flag("approved"), "{reason}");
        let notices = sandbox.account(&id).objects("account_notice");
        assert_eq!(notices.len(), 1, "{reason}");
        assert_eq!(notices[0].text("reason"), format!("issuing.{notice}"));
        assert!(sandbox.event_types().contains(&"account_notice.created".to_owned()));
        assert_eq!(sandbox.accounts().close_issuing(&id, reason).unwrap_err().status, 400, "once only");
        ok(&post(&sandbox, "", &format!("/v1/accounts/{id}"), terms));
        let status = ok(&get(&sandbox, "", &path)).text("status").to_owned();
        assert_eq!(status, if reversible { "active" } else { "inactive" }, "{reason}");
    }
    let sandbox = Sandbox::new(11);
    assert_eq!(
        sandbox.accounts().close_issuing(sandbox.connect().into_id(), "mood").unwrap_err().status,
        400
    );
}

#[test]
fn application_with_unverified_identity_is_rejected() {
    let sandbox = Sandbox::new(12);
    let unverified = US.replace("[dob][year]=1901", "[dob][year]=1955");
    let form = format!(
        "{unverified}&individual[id_number]=000000000&capabilities[card_issuing][requested]=true\
         &settings[card_issuing][tos_acceptance][date]=1767603600&settings[card_issuing][tos_acceptance][ip]=127.0.0.1"
    );
    let id = open(&sandbox, &form);
    sandbox.advance(std::time::Duration::from_secs(60));
    sandbox.accounts().close_issuing(&id, "unverified_identity").unwrap();
    let shown = account(&sandbox, &id);
    assert_eq!(shown.at("settings.card_issuing.tos_acceptance.date"), None, "{shown}");
    assert!(
        has(&shown, "requirements.currently_due", "settings.card_issuing.tos_acceptance.date"),
        "{shown}"
    );
    let notices = sandbox.account(&id).objects("account_notice");
    assert_eq!(notices[0].text("reason"), "issuing.application_rejected_for_failure_to_verify");
    let verified = sandbox.connect().into_id();
    assert_eq!(sandbox.accounts().close_issuing(verified, "unverified_identity").unwrap_err().status, 400);
}

#[test]
fn bank_token_requires_a_currency_of_the_bank() {
    let sandbox = Sandbox::new(13);
    for (currency, fits) in [("usd", true), ("eur", false), ("gbp", false)] {
        let form = format!(
            "bank_account[country]=US&bank_account[currency]={currency}&bank_account[routing_number]=110000000\
             &bank_account[account_number]=000123456789"
        );
        let reply = post(&sandbox, "", "/v1/tokens", &form);
        if fits {
            ok(&reply);
        } else {
            refused(&reply, "", "bank_account[currency]");
        }
    }
    for country in ["DE", "GB", "SE"] {
        let number = crate::resources::accounts::bank_accounts::good(country);
        let form = format!(
            "bank_account[country]={country}&bank_account[currency]=eur&bank_account[account_number]={}{}",
            number.0,
            number.1.map(|routing| format!("&bank_account[routing_number]={routing}")).unwrap_or_default()
        );
        ok(&post(&sandbox, "", "/v1/tokens", &form));
    }
}

/// The documents that a request can provide for an account.
const DOCUMENTS: [&str; 10] = [
    "bank_account_ownership_verification",
    "company_license",
    "company_memorandum_of_association",
    "company_ministerial_decree",
    "company_registration_verification",
    "company_tax_id_verification",
    "proof_of_address",
    "proof_of_business_presence",
    "proof_of_registration",
    "proof_of_ultimate_beneficial_ownership",
];

/// Stripe does not publish when it asks for each of them; the control makes it ask.
#[test]
fn every_kind_of_document_can_be_required_and_provided() {
    for kind in DOCUMENTS {
        let sandbox = Sandbox::new(1);
        let account = ok(&post(&sandbox, "", "/v1/accounts", US)).text("id").to_owned();
        let path = format!("/v1/accounts/{account}");
        sandbox.accounts().verify(&account).unwrap();
        let field = format!("documents.{kind}.files");
        sandbox.accounts().require(&account, &field, "information_missing").unwrap();
        let due = |list: &str| {
            let read = get(&sandbox, "", &path).json();
            read.items(&format!("requirements.{list}")).iter().any(|due| due == field.as_str())
        };
        assert!(due("currently_due"), "{field}");

        let provide = |file: &str| post(&sandbox, "", &path, &format!("documents[{kind}][files][0]={file}"));
        refused(&provide("file_unknown"), "resource_missing", &format!("documents[{kind}][files][0]"));
        ok(&provide("file_identity_document_failure"));
        sandbox.accounts().verify(&account).unwrap();
        assert!(due("currently_due"), "{field}: the document failed");

        ok(&provide("file_identity_document_success"));
        assert!(!due("currently_due") && due("pending_verification"), "{field}");
        sandbox.accounts().verify(&account).unwrap();
        assert!(!due("currently_due") && !due("pending_verification"), "{field}");
    }
}
