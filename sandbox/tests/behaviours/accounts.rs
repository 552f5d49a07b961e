//! Accounts through the API: onboarding, requirements, verification, capabilities, links.

use crate::dice::Dice;
use crate::support::{get, post, request};
use http::{Method, StatusCode};
use std::collections::BTreeMap;
use std::time::Duration;
use stripe_platform::Currency;
use stripe_sandbox::{BalanceKind, Json, Peek, Policy, Request, Response, Sandbox, rules};

const ISSUING: &str = "country=US&controller[stripe_dashboard][type]=none&controller[fees][payer]=application\
    &controller[losses][payments]=application&controller[requirement_collection]=application\
    &capabilities[transfers][requested]=true&capabilities[card_issuing][requested]=true";

const HOLDER: &str = "business_type=individual&individual[first_name]=Jenny&individual[last_name]=Rosen\
    &individual[email]=jenny@example.com&individual[phone]=0000000000&individual[dob][day]=1&individual[dob][month]=1\
    &individual[address][line1]=address_full_match&individual[address][city]=Oakland&individual[address][state]=CA\
    &individual[address][postal_code]=94607&business_profile[mcc]=5734&business_profile[url]=https://accessible.stripe.com\
    &tos_acceptance[date]=1767603600&tos_acceptance[ip]=127.0.0.1\
    &settings[card_issuing][tos_acceptance][date]=1767603600&settings[card_issuing][tos_acceptance][ip]=127.0.0.1\
    &external_account[object]=bank_account&external_account[country]=US&external_account[routing_number]=110000000\
    &external_account[account_number]=000123456789";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn days(days: u64) -> Duration {
    seconds(days * 86_400)
}

fn ok(response: &Response) -> Json {
    assert_eq!(response.status, 200, "{}", response.json());
    response.json()
}

fn create(sandbox: &Sandbox, form: &str) -> String {
    ok(&post(sandbox, "", "/v1/accounts", form)).text("id").to_owned()
}

/// Creates a link with the `return_url` `https://x.test/done` and the `refresh_url` `https://x.test/again`.
fn onboarding_link(sandbox: &Sandbox, id: &str, more: &str) -> String {
    let form = format!(
        "account={id}&type=account_onboarding&return_url=https://x.test/done&refresh_url=https://x.test/again{more}"
    );
    ok(&post(sandbox, "", "/v1/account_links", &form)).text("url").to_owned()
}

fn tell(sandbox: &Sandbox, id: &str, form: &str) -> Json {
    ok(&post(sandbox, "", &format!("/v1/accounts/{id}"), form))
}

fn account(sandbox: &Sandbox, id: &str) -> Json {
    ok(&get(sandbox, "", &format!("/v1/accounts/{id}")))
}

fn delete(sandbox: &Sandbox, path: &str) -> Response {
    sandbox.handle(&request(Method::DELETE, path, "", "", &[]))
}

fn has(object: &Json, list: &str, field: &str) -> bool {
    object.items(list).iter().any(|known| known == field)
}

#[test]
fn account_is_active_after_requirements_and_verification() {
    let sandbox = Sandbox::new(1);
    let id = create(&sandbox, ISSUING);
    let new = account(&sandbox, &id);
    assert_eq!((new.text("type"), new.text("capabilities.card_issuing")), ("none", "inactive"));
    assert_eq!(new.text("requirements.disabled_reason"), "requirements.past_due");
    for field in ["business_type", "external_account", "settings.card_issuing.tos_acceptance.ip"] {
        assert!(has(&new, "requirements.currently_due", field), "{new}");
        assert!(has(&new, "requirements.past_due", field));
    }
    let told =
        tell(&sandbox, &id, &format!("{HOLDER}&individual[dob][year]=1901&individual[ssn_last_4]=0000"));
    assert_eq!(told.items("requirements.currently_due").len(), 0, "{told}");
    assert_eq!(told.text("capabilities.card_issuing"), "pending");
    assert!(has(&told, "requirements.pending_verification", "individual.id_number"));
    assert!(!has(&told, "requirements.eventually_due", "individual.id_number"), "it is being checked");
    assert_eq!(told.text("individual.verification.status"), "pending");
    assert!(told.flag("details_submitted") && !told.flag("payouts_enabled"));
    assert_eq!(told.text("external_accounts.data.0.last4"), "6789");
    sandbox.advance(seconds(60));
    let checked = account(&sandbox, &id);
    assert_eq!(checked.text("capabilities.card_issuing"), "active");
    assert_eq!(checked.text("individual.verification.status"), "verified");
    assert!(checked.flag("payouts_enabled") && checked.flag("charges_enabled"));
    let types = sandbox.event_types();
    for kind in ["person.created", "person.updated", "capability.updated", "account.updated"] {
        assert!(types.iter().any(|known| known == kind), "{kind}: {types:?}");
    }
    let last = sandbox.events().into_iter().rfind(|event| event.text("type") == "account.updated").unwrap();
    assert_eq!(last.text("account"), id);
    assert_eq!(last.text("data.previous_attributes.capabilities.card_issuing"), "pending");
    assert!(!checked.to_string().contains("000123456789"));
    // The policy determines the duration of a verification; the magic date needs none.
    let quick = create(
        &sandbox,
        &format!("{ISSUING}&{HOLDER}&individual[dob][year]=1902&individual[ssn_last_4]=0000"),
    );
    assert_eq!(account(&sandbox, &quick).text("capabilities.card_issuing"), "active");
}

/// The number of events by type.
fn counted(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for kind in sandbox.event_types() {
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

#[test]
fn initial_and_later_details_emit_the_same_events() {
    let holder = format!("{HOLDER}&individual[dob][year]=1902&individual[ssn_last_4]=0000");
    let (at_once, later) = (Sandbox::new(13), Sandbox::new(13));
    create(&at_once, &format!("{ISSUING}&{holder}"));
    let bare = "country=US&type=custom&email=a@example.com&metadata[a]=b";
    let id = create(&later, bare);
    assert!(later.event_types().is_empty(), "{:?}", later.event_types());
    let capabilities = "capabilities[transfers][requested]=true&capabilities[card_issuing][requested]=true";
    tell(&later, &id, &format!("{capabilities}&{holder}"));
    assert_eq!(counted(&at_once), counted(&later));
    for kind in
        ["account.external_account.created", "account.updated", "capability.updated", "person.created"]
    {
        assert!(counted(&at_once).contains_key(kind), "{kind}");
    }
    // Capabilities exist only after they were requested; Stripe's onboarding requests them.
    let sandbox = Sandbox::new(13);
    let id = create(&sandbox, "country=US&type=express");
    assert_eq!(counted(&sandbox).get("capability.updated"), None);
    onboarding_link(&sandbox, &id, "");
    assert_eq!(counted(&sandbox).get("capability.updated"), Some(&2));
}

#[test]
fn mismatched_id_number_requires_a_document() {
    let sandbox = Sandbox::new(2);
    let id = create(
        &sandbox,
        &format!("{ISSUING}&{HOLDER}&individual[dob][year]=1901&individual[id_number]=111111111"),
    );
    sandbox.accounts().verify(&id).unwrap();
    let failed = account(&sandbox, &id);
    assert!(has(&failed, "requirements.past_due", "individual.verification.document"), "{failed}");
    assert_eq!(failed.text("requirements.errors.0.code"), "verification_failed_id_number_match");
    assert_eq!(failed.text("individual.verification.details_code"), "failed_id_number_match");
    assert_eq!(failed.text("capabilities.transfers"), "inactive");
    tell(&sandbox, &id, "individual[verification][document][front]=file_identity_document_failure");
    sandbox.advance(seconds(60));
    let failed = account(&sandbox, &id);
    assert_eq!(failed.text("requirements.errors.0.code"), "verification_document_failed_test_mode");
    tell(&sandbox, &id, "individual[verification][document][front]=file_identity_document_success");
    sandbox.advance(seconds(60));
    assert_eq!(account(&sandbox, &id).text("capabilities.transfers"), "active");
    let unknown = "individual[verification][document][front]=file_1";
    let refused = post(&sandbox, "", &format!("/v1/accounts/{id}"), unknown);
    assert_eq!(
        (refused.status, refused.json().text("error.param")),
        (400, "individual[verification][document][front]")
    );
}

#[test]
fn listed_name_disables_the_account() {
    let sandbox = Sandbox::new(3);
    let id = create(
        &sandbox,
        &format!("{ISSUING}&{HOLDER}&individual[dob][year]=1900&individual[ssn_last_4]=0000"),
    );
    sandbox.advance(seconds(60));
    let listed = account(&sandbox, &id);
    assert_eq!(listed.text("requirements.disabled_reason"), "listed");
    assert_eq!((listed.text("capabilities.transfers"), listed.flag("payouts_enabled")), ("inactive", false));
}

#[test]
fn company_requires_persons_and_tax_id() {
    let sandbox = Sandbox::new(4);
    let id = create(&sandbox, ISSUING);
    let company = "business_type=company&company[name]=Rosen&company[phone]=0000000000&company[tax_id]=111111111\
        &company[address][line1]=address_full_match&company[address][city]=Oakland&company[address][state]=CA\
        &company[address][postal_code]=94607&business_profile[mcc]=5734&business_profile[product_description]=Books+and+maps\
        &tos_acceptance[date]=1767603600&tos_acceptance[ip]=::1&external_account=tok_visa_debit\
        &settings[card_issuing][tos_acceptance][date]=1767603600&settings[card_issuing][tos_acceptance][ip]=::1";
    let told = tell(&sandbox, &id, company);
    assert!(told.flag("company.tax_id_provided") && !told.to_string().contains("111111111"));
    assert!(has(&told, "requirements.currently_due", "representative.first_name"));
    assert_eq!(told.text("external_accounts.data.0.object"), "card");
    let path = format!("/v1/accounts/{id}/persons");
    let person = "first_name=Ann&last_name=Lee&dob[day]=1&dob[month]=1&dob[year]=1902&email=a@example.com&phone=0000000000\
        &address[line1]=x&address[city]=y&address[state]=CA&address[postal_code]=94607&ssn_last_4=0000\
        &relationship[representative]=true";
    let person = ok(&post(&sandbox, "", &path, person));
    let person_id = person.text("id").to_owned();
    assert_eq!(person.items("requirements.past_due"), ["relationship.executive", "relationship.title"]);
    assert!(person.flag("ssn_last_4_provided") && person.text("account") == id);
    let second = post(&sandbox, "", &path, "relationship[representative]=true");
    assert_eq!((second.status, second.json().text("error.param")), (400, "relationship[representative]"));
    let director = ok(&post(&sandbox, "", &path, "first_name=Bo&relationship[director]=true"));
    let due = account(&sandbox, &id);
    assert!(has(&due, "requirements.currently_due", &format!("{}.last_name", director.text("id"))));
    assert!(has(&due, "requirements.currently_due", &format!("{person_id}.relationship.title")));
    let found = ok(&get(&sandbox, "", &format!("{path}?relationship[director]=true")));
    assert_eq!(found.items("data").len(), 1);
    assert_eq!(delete(&sandbox, &format!("{path}/{person_id}")).status, 400);
    assert!(ok(&delete(&sandbox, &format!("{path}/{}", director.text("id")))).flag("deleted"));
    ok(&post(&sandbox, "", &format!("{path}/{person_id}"), "relationship[title]=Owner&metadata[a]=1"));
    tell(&sandbox, &id, "company[owners_provided]=true");
    sandbox.advance(seconds(60));
    let failed = account(&sandbox, &id);
    assert_eq!(failed.text("requirements.errors.0.code"), "verification_failed_tax_id_match", "{failed}");
    tell(&sandbox, &id, "company[tax_id]=222222222");
    assert_eq!(account(&sandbox, &id).text("capabilities.card_issuing"), "active");
    for kind in ["person.created", "person.deleted"] {
        assert!(sandbox.event_types().iter().any(|known| known == kind));
    }
}

#[test]
fn new_requirement_of_an_active_account_has_a_deadline() {
    let sandbox = Sandbox::new(5);
    let id = sandbox.connect().into_id();
    assert_eq!(account(&sandbox, &id).text("capabilities.transfers"), "active");
    sandbox
        .accounts()
        .require(&id, "individual.verification.document", "verification_document_expired")
        .unwrap();
    let asked = account(&sandbox, &id);
    assert!(asked.int("requirements.current_deadline") > asked.int("created"));
    assert!(has(&asked, "requirements.currently_due", "individual.verification.document"));
    assert_eq!(asked.text("capabilities.transfers"), "active");
    sandbox.advance(days(14));
    let late = account(&sandbox, &id);
    assert!(has(&late, "requirements.past_due", "individual.verification.document"));
    assert_eq!(late.text("capabilities.transfers"), "inactive");
    let path = format!("/v1/accounts/{id}/capabilities/transfers");
    assert_eq!(
        ok(&get(&sandbox, "", &path)).text("requirements.disabled_reason"),
        "requirements.fields_needed"
    );
    sandbox.accounts().fulfil(&id, "individual.verification.document").unwrap();
    assert_eq!(account(&sandbox, &id).text("capabilities.transfers"), "active");
}

/// Adds a requirement to an account. Returns its path.
fn asked(sandbox: &Sandbox, id: &str, field: &str) -> String {
    sandbox.accounts().require(id, field, "verification_document_expired").unwrap();
    assert!(has(&account(sandbox, id), "requirements.currently_due", field));
    format!("/v1/accounts/{id}")
}

#[test]
fn added_requirement_is_fulfilled_by_a_request() {
    let sandbox = Sandbox::new(15);
    let document = "individual.verification.document";
    let good = "individual[verification][document][front]=file_identity_document_success";
    let id = sandbox.connect().into_id();
    tell(&sandbox, &id, "external_account=btok_us_verified");
    asked(&sandbox, &id, document);
    // The same file can be sent repeatedly, even if no other verification of the person is pending.
    for _ in 0..2 {
        let told = tell(&sandbox, &id, good);
        assert!(!has(&told, "requirements.currently_due", document), "{told}");
        assert!(told.items("requirements.errors").is_empty());
        assert!(has(&told, "requirements.pending_verification", document), "{told}");
        assert_eq!(
            told.text("capabilities.transfers"),
            "active",
            "a verification does not deactivate a capability"
        );
        sandbox.advance(seconds(60));
        let done = account(&sandbox, &id);
        assert!(done.items("requirements.pending_verification").is_empty(), "{done}");
        assert!(!has(&done, "requirements.eventually_due", document), "{done}");
        asked(&sandbox, &id, document);
    }
    // A rejected file does not extend the deadline.
    let due = account(&sandbox, &id).int("requirements.current_deadline");
    sandbox.advance(days(3));
    tell(&sandbox, &id, "individual[verification][document][front]=file_identity_document_failure");
    assert!(!has(&account(&sandbox, &id), "requirements.currently_due", document));
    sandbox.advance(seconds(60));
    let refused = account(&sandbox, &id);
    assert_eq!(refused.items("requirements.errors").len(), 1, "{refused}");
    assert_eq!(refused.text("requirements.errors.0.code"), "verification_document_failed_test_mode");
    assert_eq!(refused.int("requirements.current_deadline"), due);
    // After the deadline, it reactivates the capability once it is verified.
    sandbox.advance(days(11));
    assert_eq!(account(&sandbox, &id).text("capabilities.transfers"), "inactive");
    let late = tell(&sandbox, &id, good);
    assert_eq!(late.text("capabilities.transfers"), "pending", "{late}");
    assert_eq!(late.text("requirements.disabled_reason"), "requirements.pending_verification");
    sandbox.accounts().verify(&id).unwrap();
    assert_eq!(account(&sandbox, &id).text("capabilities.transfers"), "active");
    // Fields of the account, of a person by id, and a bank account.
    let person = account(&sandbox, &id).text("individual.id").to_owned();
    for (field, path, form) in [
        ("business_profile.url", String::new(), "business_profile[url]=https://other.example".to_owned()),
        (
            &*format!("{person}.verification.additional_document"),
            format!("/persons/{person}"),
            "verification[additional_document][front]=file_identity_document_success".to_owned(),
        ),
        ("external_account", "/external_accounts".to_owned(), "external_account=btok_us_verified".to_owned()),
        ("documents.company_license.files", String::new(), {
            "documents[company_license][files][0]=file_identity_document_success".to_owned()
        }),
    ] {
        let place = asked(&sandbox, &id, field);
        ok(&post(&sandbox, "", &format!("{place}{path}"), &form));
        sandbox.advance(seconds(60));
        let done = account(&sandbox, &id);
        assert!(!has(&done, "requirements.currently_due", field), "{done}");
        assert!(done.items("requirements.pending_verification").is_empty(), "{done}");
    }
}

#[test]
fn failing_document_does_not_fulfil_a_requirement() {
    let sandbox = Sandbox::new(17);
    let id = sandbox.connect().into_id();
    let person = account(&sandbox, &id).text("individual.id").to_owned();
    let passport = format!("{person}.documents.passport.files");
    for (field, path, name) in [
        ("documents.company_license.files", String::new(), "documents[company_license][files][0]"),
        (&*passport, format!("/persons/{person}"), "documents[passport][files][0]"),
    ] {
        let place = asked(&sandbox, &id, field);
        for (file, due) in [("failure", true), ("success", false)] {
            let form = format!("{name}=file_identity_document_{file}");
            ok(&post(&sandbox, "", &format!("{place}{path}"), &form));
            sandbox.advance(seconds(60));
            let done = account(&sandbox, &id);
            assert_eq!(has(&done, "requirements.currently_due", field), due, "{done}");
            assert_eq!(done.items("requirements.errors").is_empty(), !due, "{done}");
        }
    }
    // The failed side is kept with the other one until it is replaced.
    let field = "individual.verification.document";
    asked(&sandbox, &id, field);
    let side = |side: &str, file: &str| {
        let form = format!("individual[verification][document][{side}]=file_identity_document_{file}");
        tell(&sandbox, &id, &form);
    };
    side("front", "failure");
    side("back", "success");
    sandbox.advance(seconds(60));
    assert!(has(&account(&sandbox, &id), "requirements.currently_due", field));
    side("front", "success");
    sandbox.advance(seconds(60));
    assert!(!has(&account(&sandbox, &id), "requirements.currently_due", field));
}

#[test]
fn added_requirement_is_fulfilled_on_the_page() {
    let sandbox = Sandbox::new(16);
    let id = sandbox.connect().into_id();
    let document = "individual.verification.document";
    asked(&sandbox, &id, document);
    let url = onboarding_link(&sandbox, &id, "");
    assert_eq!(sandbox.account_links().complete(&url).as_deref(), Ok("https://x.test/done"));
    assert!(has(&account(&sandbox, &id), "requirements.pending_verification", document));
    sandbox.advance(seconds(60));
    let done = account(&sandbox, &id);
    assert!(!has(&done, "requirements.eventually_due", document), "{done}");
    assert_eq!(done.text("capabilities.card_issuing"), "active");
}

#[test]
fn capabilities_are_requested_and_removed_individually() {
    let sandbox = Sandbox::new(6);
    let id = sandbox.connect().into_id();
    let path = format!("/v1/accounts/{id}/capabilities");
    let treasury = format!("{path}/treasury");
    assert_eq!(ok(&post(&sandbox, "", &treasury, "requested=false")).text("status"), "unrequested");
    assert!(account(&sandbox, &id).at("capabilities.treasury").is_none());
    assert_eq!(ok(&post(&sandbox, "", &treasury, "requested=true")).text("status"), "active");
    let other = format!("{path}/us_bank_account_ach_payments");
    assert_eq!(ok(&get(&sandbox, "", &other)).text("status"), "unrequested");
    assert_eq!(ok(&post(&sandbox, "", &other, "requested=true")).text("status"), "active");
    assert_eq!(get(&sandbox, "", &format!("{path}/teleportation")).status, 404);
    assert_eq!(ok(&get(&sandbox, "", &path)).items("data").len(), 5);
    let swiss = create(&sandbox, "country=CH&type=custom");
    let issuing =
        post(&sandbox, "", &format!("/v1/accounts/{swiss}/capabilities/card_issuing"), "requested=true");
    assert_eq!((issuing.status, issuing.json().text("error.param")), (400, "capabilities[card_issuing]"));
}

fn notices(sandbox: &Sandbox, id: &str) -> Vec<Json> {
    ok(&get(sandbox, id, "/v1/account_notices")).items("data").to_vec()
}

#[test]
fn unverified_application_is_rejected() {
    let sandbox = Sandbox::new(7);
    let accepted = "settings.card_issuing.tos_acceptance.ip";
    let terms = "settings[card_issuing][tos_acceptance][date]=1767603600&settings[card_issuing][tos_acceptance][ip]=::1";
    // An incomplete application does not count.
    let begun = create(&sandbox, &format!("{ISSUING}&{terms}"));
    let wrong = format!("{ISSUING}&{HOLDER}&individual[dob][year]=1901&individual[id_number]=111111111");
    let id = create(&sandbox, &wrong);
    let right = create(
        &sandbox,
        &format!("{ISSUING}&{HOLDER}&individual[dob][year]=1901&individual[id_number]=000000000"),
    );
    sandbox.advance(seconds(3599));
    assert_eq!(account(&sandbox, &id).text(accepted), "127.0.0.1");
    assert!(notices(&sandbox, &id).is_empty());
    sandbox.advance(seconds(1));
    let down = account(&sandbox, &id);
    assert!(down.at(accepted).is_none());
    assert!(has(&down, "requirements.currently_due", "settings.card_issuing.tos_acceptance.date"));
    let notice = notices(&sandbox, &id);
    assert_eq!(notice.len(), 1);
    assert_eq!(notice[0].text("reason"), "issuing.application_rejected_for_failure_to_verify");
    assert_eq!(notice[0].text("linked_objects.capability"), "card_issuing");
    assert!(sandbox.event_types().iter().any(|kind| kind == "account_notice.created"));
    sandbox.advance(days(2));
    for (id, ip) in [(&begun, "::1"), (&right, "127.0.0.1")] {
        assert_eq!(account(&sandbox, id).text(accepted), ip);
        assert!(notices(&sandbox, id).is_empty());
    }
    // The period starts when the application is complete, and accepting the terms again is a new application.
    tell(&sandbox, &begun, &wrong[ISSUING.len() + 1..]);
    sandbox.advance(seconds(3000));
    tell(&sandbox, &begun, terms);
    sandbox.advance(seconds(3000));
    assert_eq!(account(&sandbox, &begun).text(accepted), "::1");
    sandbox.advance(seconds(600));
    assert!(account(&sandbox, &begun).at(accepted).is_none());
    assert_eq!(notices(&sandbox, &begun).len(), 1);
    let good = "individual[verification][document][front]=file_identity_document_success";
    tell(&sandbox, &id, &format!("{terms}&{good}"));
    sandbox.advance(days(1));
    assert_eq!(account(&sandbox, &id).text("capabilities.card_issuing"), "active");
    assert_eq!(notices(&sandbox, &id).len(), 1);
}

fn issuing_status(sandbox: &Sandbox, id: &str) -> String {
    account(sandbox, id).text("capabilities.card_issuing").to_owned()
}

#[test]
fn unused_issuing_is_closed_permanently() {
    let sandbox = Sandbox::new(17);
    let (idle, live) = (sandbox.connect().into_id(), sandbox.connect());
    let idle_card = sandbox.account(&idle).issue_card("usd").unwrap();
    sandbox.advance(days(394));
    // Declined purchases and new cards do not count as use.
    idle_card.authorize(500).at("Corner Shop").unwrap();
    sandbox.account(&idle).issue_card("usd").unwrap();
    assert_eq!(issuing_status(&sandbox, &idle), "active");
    live.receive(500, "usd").unwrap();
    sandbox.advance(days(1));
    assert_eq!(
        (&*issuing_status(&sandbox, &idle), &*issuing_status(&sandbox, live.id())),
        ("inactive", "active")
    );
    let capability = ok(&get(&sandbox, "", &format!("/v1/accounts/{idle}/capabilities/card_issuing")));
    assert_eq!(capability.text("requirements.disabled_reason"), "rejected.inactivity");
    assert_eq!(account(&sandbox, &idle).text("capabilities.transfers"), "active");
    assert_eq!(notices(&sandbox, &idle)[0].text("reason"), "issuing.account_closed_for_inactivity");
    // Cards can no longer be issued or used.
    sandbox.account(&idle).fund(BalanceKind::Issuing, 10_000, "usd").unwrap();
    let form = format!("card={}&amount=500", idle_card.id());
    let declined = ok(&post(&sandbox, &idle, "/v1/test_helpers/issuing/authorizations", &form));
    assert!(!declined.flag("approved"));
    assert_eq!(declined.text("request_history.0.reason"), "account_disabled");
    assert_eq!(sandbox.account(&idle).issue_card("usd").unwrap_err().status, 400);
}

#[test]
fn used_issuing_stays_open() {
    let sandbox = Sandbox::new(18);
    let open = || sandbox.connect();
    let (paid, spent, banked, transferred) = (open(), open(), open(), open());
    let card = spent.issue_card("usd").unwrap();
    sandbox.fund(sandbox.platform(), BalanceKind::Available, Currency::USD, 10_000).unwrap();
    let form = "supported_currencies[]=usd&features[card_issuing][requested]=true\
        &features[financial_addresses][aba][requested]=true";
    let money =
        ok(&post(&sandbox, banked.id(), "/v1/treasury/financial_accounts", form)).text("id").to_owned();
    for _ in 0..14 {
        sandbox.advance(days(30));
        paid.receive(500, "usd").unwrap();
        let transfer = format!("amount=100&currency=usd&destination={}", transferred.id());
        ok(&post(&sandbox, "", "/v1/transfers", &transfer));
        let capture = format!("card={}&amount=100&currency=usd", card.id());
        let path = "/v1/test_helpers/issuing/transactions/create_force_capture";
        ok(&post(&sandbox, spent.id(), path, &capture));
        sandbox.financial_account(&money).receive(100).unwrap();
    }
    for account in [&paid, &spent, &banked, &transferred] {
        assert_eq!(issuing_status(&sandbox, account.id()), "active");
    }
    // A balance above the minimum in a financial account keeps it open.
    sandbox.advance(days(396));
    assert_eq!(issuing_status(&sandbox, paid.id()), "inactive");
    assert_eq!(issuing_status(&sandbox, banked.id()), "active");
    sandbox.financial_account(&money).debit(1400 - 999).unwrap();
    sandbox.advance(days(394));
    assert_eq!(issuing_status(&sandbox, banked.id()), "active");
    sandbox.advance(days(1));
    assert_eq!(issuing_status(&sandbox, banked.id()), "inactive");
    // With an immediate policy nothing keeps it open.
    let rich = open();
    let money = ok(&post(&sandbox, rich.id(), "/v1/treasury/financial_accounts", form)).text("id").to_owned();
    sandbox.financial_account(&money).receive(5000).unwrap();
    sandbox.policy(&rules::CAPABILITY_INACTIVITY, Policy::Immediate);
    rich.close_if_idle().unwrap();
    assert_eq!(issuing_status(&sandbox, rich.id()), "inactive");
}

#[test]
fn retrieve_without_id_returns_the_own_account() {
    let sandbox = Sandbox::new(14);
    let id = sandbox.connect().into_id();
    assert_eq!(ok(&get(&sandbox, &id, "/v1/account")), account(&sandbox, &id));
    let own = ok(&get(&sandbox, "", "/v1/account"));
    assert_eq!((own.text("object"), own.text("id")), ("account", &*sandbox.platform()));
    assert!(sandbox.connect().into_id() != id && get(&sandbox, "acct_nothing", "/v1/account").status == 403);
}

#[test]
fn account_can_be_rejected_or_deleted() {
    let sandbox = Sandbox::new(8);
    let (a, b) = (sandbox.connect().into_id(), sandbox.connect().into_id());
    let rejected = ok(&post(&sandbox, "", &format!("/v1/accounts/{a}/reject"), "reason=fraud_other"));
    assert_eq!(rejected.text("requirements.disabled_reason"), "rejected.fraud");
    assert_eq!(
        (rejected.text("capabilities.transfers"), rejected.flag("charges_enabled")),
        ("inactive", false)
    );
    assert_eq!(post(&sandbox, "", &format!("/v1/accounts/{a}/reject"), "reason=mood").status, 400);
    assert!(ok(&delete(&sandbox, &format!("/v1/accounts/{b}"))).flag("deleted"));
    assert_eq!(get(&sandbox, "", &format!("/v1/accounts/{b}")).status, 403);
    assert_eq!(get(&sandbox, &b, "/v1/balance").status, 403);
    assert_eq!(ok(&get(&sandbox, "", "/v1/accounts")).items("data").len(), 1);
    sandbox.change_options(|options| options.rejection_names_platform = true);
    let rejected = ok(&post(&sandbox, "", &format!("/v1/accounts/{a}/reject"), "reason=other"));
    assert_eq!(rejected.text("requirements.disabled_reason"), "rejected.platform_other");
    let standard = create(&sandbox, "type=standard");
    assert_eq!(
        post(&sandbox, "", &format!("/v1/accounts/{standard}/reject"), "reason=fraud_other").status,
        400
    );
}

#[test]
fn link_is_opened_once_and_redirects_back() {
    let sandbox = Sandbox::new(9);
    let id = create(&sandbox, "type=express&country=US");
    let link = || onboarding_link(&sandbox, &id, "");
    let links = sandbox.account_links();
    let first = link();
    let page = links.visit(&first);
    assert_eq!(StatusCode::from_u16(page.status).unwrap(), StatusCode::OK);
    assert!(String::from_utf8_lossy(&page.body).contains("name=\"business_type\""));
    assert_eq!(links.visit(&first).header("location"), Some("https://x.test/again"));
    assert_eq!(links.leave(&link()).as_deref(), Ok("https://x.test/done"));
    assert!(!account(&sandbox, &id).flag("details_submitted"));
    let late = link();
    sandbox.advance(seconds(300));
    assert_eq!(links.complete(&late).as_deref(), Ok("https://x.test/again"));
    let ended = link();
    links.expire(&ended).unwrap();
    assert_eq!(links.visit(&ended).header("location"), Some("https://x.test/again"));
    let login = format!("/v1/accounts/{id}/login_links");
    assert_eq!(post(&sandbox, "", &login, "").status, 400);
    assert_eq!(links.complete(&link()).as_deref(), Ok("https://x.test/done"));
    sandbox.advance(seconds(60));
    let done = account(&sandbox, &id);
    assert!(
        done.flag("details_submitted") && done.flag("charges_enabled") && done.flag("payouts_enabled"),
        "{done}"
    );
    assert!(done.at("individual").is_none(), "details collected by Stripe are not shown to the platform");
    assert_eq!(get(&sandbox, "", &format!("/v1/accounts/{id}/persons")).status, 403);
    let write = post(&sandbox, "", &format!("/v1/accounts/{id}"), "individual[first_name]=Eve");
    assert_eq!((write.status, write.json().text("error.param")), (403, "individual"));
    let dashboard = ok(&post(&sandbox, "", &login, "")).text("url").to_owned();
    assert_eq!((links.visit(&dashboard).status, links.visit(&dashboard).status), (200, 404));
    let missing = post(&sandbox, "", "/v1/account_links", &format!("account={id}&type=account_onboarding"));
    assert_eq!(missing.json().text("error.param"), "refresh_url");
}

#[test]
fn links_of_a_deleted_account_redirect_to_refresh_url() {
    for end in ["reject", "delete"] {
        let sandbox = Sandbox::new(19);
        let id = create(&sandbox, "type=express&country=US");
        let link = || onboarding_link(&sandbox, &id, "");
        let links = sandbox.account_links();
        let (unopened, opened, left) = (link(), link(), link());
        assert_eq!((links.visit(&opened).status, links.visit(&left).status), (200, 200));
        let path = format!("/v1/accounts/{id}");
        match end {
            "reject" => drop(ok(&post(&sandbox, "", &format!("{path}/reject"), "reason=fraud_other"))),
            _ => drop(ok(&delete(&sandbox, &path))),
        }
        for page in [unopened.clone(), format!("{opened}/complete"), format!("{left}/leave")] {
            let method = if page == unopened { Method::GET } else { Method::POST };
            let path = url::Url::parse(&page).unwrap().path().to_owned();
            let reply = sandbox.handle(&Request { method, path, ..Request::default() });
            assert_eq!(reply.header("location"), Some("https://x.test/again"), "{end} {page}");
        }
    }
}

#[test]
fn page_requires_the_countrys_bank_account() {
    for (country, currency, last4, routing) in [
        ("GB", "gbp", "2345", "108800"),
        ("US", "usd", "6789", "110000000"),
        ("SE", "sek", "0003", "110000000"),
    ] {
        let sandbox = Sandbox::new(20);
        let id = create(&sandbox, &format!("type=express&country={country}"));
        let url = onboarding_link(&sandbox, &id, "");
        assert_eq!(sandbox.account_links().complete(&url).as_deref(), Ok("https://x.test/done"));
        sandbox.advance(seconds(60));
        let done = account(&sandbox, &id);
        assert!(done.flag("payouts_enabled"), "{done}");
        let bank = done.at("external_accounts.data.0").unwrap();
        assert_eq!((bank.text("country"), bank.text("currency")), (country, currency));
        assert_eq!((bank.text("last4"), bank.text("routing_number")), (last4, routing));
        assert!(bank.flag("default_for_currency"));
    }
}

#[test]
fn page_accepts_a_proof_of_address() {
    let sandbox = Sandbox::new(21);
    let holder = HOLDER.replace("address_full_match", "address_no_match");
    let id = create(
        &sandbox,
        &format!("{ISSUING}&{holder}&individual[dob][year]=1901&individual[ssn_last_4]=0000"),
    );
    sandbox.advance(seconds(60));
    let proof = "individual.verification.additional_document";
    assert!(has(&account(&sandbox, &id), "requirements.currently_due", proof));
    let link = || onboarding_link(&sandbox, &id, "");
    let page = String::from_utf8_lossy(&sandbox.account_links().visit(&link()).body).into_owned();
    let (_, choice) = page.split_once(&format!("name=\"{proof}\"")).unwrap_or_else(|| panic!("{page}"));
    assert!(choice.contains("<option value=\"file_identity_document_success\" selected>"), "{page}");
    let bad = [(proof, "file_identity_document_failure")];
    assert!(sandbox.account_links().complete_with(&link(), &bad).is_ok());
    sandbox.advance(seconds(60));
    let still = account(&sandbox, &id);
    assert_eq!(still.text("requirements.errors.0.code"), "verification_document_failed_test_mode", "{still}");
    assert!(sandbox.account_links().complete(&link()).is_ok());
    sandbox.advance(seconds(60));
    assert_eq!(account(&sandbox, &id).text("capabilities.card_issuing"), "active");
}

#[test]
fn page_rejects_unknown_fields_and_stays_open() {
    let sandbox = Sandbox::new(22);
    let id = create(&sandbox, "type=express&country=US");
    let url = onboarding_link(&sandbox, &id, "");
    let links = sandbox.account_links();
    assert_eq!(links.visit(&url).status, 200);
    for (name, value, told) in [
        ("individual.first_nme", "Jenny", "individual.first_name"),
        ("company.nonsense", "1", "business_type"),
        ("business_type", "zebra", "individual"),
    ] {
        let refused = links.complete_with(&url, &[(name, value)]).unwrap_err();
        assert_eq!((refused.status, refused.param.as_deref()), (400, Some(name)), "{refused}");
        assert!(refused.message.contains(told), "{refused}");
    }
    assert_eq!(links.leave_with(&url, &[("unasked", "x")]).unwrap_err().status, 400);
    assert!(!account(&sandbox, &id).flag("details_submitted"), "all changes were rolled back");
    // A visited page can be completed, and the single owner of a business is its representative.
    let values = [("individual.address.line1", "address_no_match")];
    assert_eq!(links.complete_with(&url, &values).as_deref(), Ok("https://x.test/done"));
    sandbox.accounts().verify(&id).unwrap();
    let done = account(&sandbox, &id);
    assert_ne!(done.at("requirements.errors.0"), None, "{done}");
    assert_eq!(links.complete(&url).as_deref(), Ok("https://x.test/again"));
    assert_eq!(links.complete("https://x.test/setup/nobody").unwrap_err().status, 404);
}

/// A value that fails its verification must not be lost on a page without this field.
#[test]
fn failing_number_is_rejected_or_fails_verification() {
    let sandbox = Sandbox::new(23);
    let id = create(&sandbox, "type=express&country=US");
    let link = |more: &str| onboarding_link(&sandbox, &id, more);
    let wrong = [("individual.id_number", "111111111")];
    let refused = sandbox.account_links().complete_with(&link(""), &wrong).unwrap_err();
    assert!(refused.message.contains("ssn_last_4"), "{refused}");
    let all = link("&collection_options[fields]=eventually_due");
    sandbox.account_links().complete_with(&all, &wrong).unwrap();
    sandbox.accounts().verify(&id).unwrap();
    let failed = account(&sandbox, &id);
    assert_eq!(failed.text("requirements.errors.0.code"), "verification_failed_id_number_match", "{failed}");
}

#[test]
fn page_accepts_other_than_suggested_values() {
    let sandbox = Sandbox::new(10);
    let id = create(&sandbox, "type=express&country=US");
    let form = format!(
        "account={id}&type=account_onboarding&return_url=http://x.test/done&refresh_url=http://x.test/again\
         &collection_options[fields]=eventually_due"
    );
    let url = ok(&post(&sandbox, "", "/v1/account_links", &form)).text("url").to_owned();
    let values = [("business_type", "company"), ("company.tax_id", "111111112")];
    let page = sandbox.account_links().complete_with(&url, &values);
    assert_eq!(page.as_deref(), Ok("http://x.test/done"));
    sandbox.accounts().verify(&id).unwrap();
    let done = account(&sandbox, &id);
    assert!(
        done.flag("details_submitted") && !done.flag("payouts_enabled"),
        "completing the form is not a passed verification"
    );
    assert_eq!(done.text("requirements.errors.0.code"), "verification_failed_tax_id_not_issued", "{done}");
}

#[test]
fn invalid_accounts_are_rejected() {
    let sandbox = Sandbox::new(11);
    for (form, param) in [
        ("type=custom&controller[losses][payments]=stripe", "controller"),
        ("type=custom&country=XX", "country"),
        ("type=express&tos_acceptance[date]=1767603600&tos_acceptance[ip]=::1", "tos_acceptance"),
        ("type=custom&tos_acceptance[ip]=home", "tos_acceptance[ip]"),
        (
            "type=custom&individual[dob][day]=41&individual[dob][month]=1&individual[dob][year]=1990",
            "individual[dob]",
        ),
        (
            "type=custom&settings[payouts][schedule][interval]=weekly",
            "settings[payouts][schedule][weekly_anchor]",
        ),
        ("type=custom&external_account=btok_none", "external_account"),
        ("type=custom&settings[treasury][tos_acceptance][ip]=x", "settings[treasury][tos_acceptance][ip]"),
    ] {
        let refused = post(&sandbox, "", "/v1/accounts", form).json();
        assert_eq!(refused.text("error.param"), param, "{refused}");
    }
    assert!(
        ok(&get(&sandbox, "", "/v1/accounts")).items("data").is_empty(),
        "a rejected account does not exist"
    );
}

/// Random updates of random accounts: the object always matches the schema, and its members are consistent.
#[test]
fn account_object_is_always_consistent() {
    let whole = format!("{HOLDER}&individual[dob][year]=1901&individual[ssn_last_4]=0000");
    let answers = [
        "business_type=individual",
        "business_type=company",
        "individual[dob][year]=1901&individual[dob][month]=1&individual[dob][day]=1",
        "individual[id_number]=111111111",
        "individual[id_number]=000000000",
        "individual[verification][document][front]=file_identity_document_success",
        &whole,
        "company[tax_id]=111111112",
        "company[owners_provided]=true",
        "capabilities[treasury][requested]=true",
        "capabilities[transfers][requested]=false",
        "capabilities[transfers][requested]=true",
        "metadata[a]=b",
    ];
    for seed in 0..30 {
        let sandbox = Sandbox::new(seed);
        let mut dice = Dice::new(seed);
        let id = create(&sandbox, ISSUING);
        for _ in 0..30 {
            match dice.below(5) {
                0 => sandbox.advance(seconds(dice.below(9))),
                1 => sandbox.advance(days(dice.below(9))),
                _ => {
                    let answer = answers[usize::try_from(dice.below(answers.len() as u64)).unwrap()];
                    tell(&sandbox, &id, answer);
                }
            }
            let now = account(&sandbox, &id);
            let due = now.items("requirements.currently_due");
            assert!(now.items("requirements.past_due").iter().all(|field| due.contains(field)), "{now}");
            let errors = now.items("requirements.errors").iter();
            assert!(errors.clone().all(|error| due.contains(&error["requirement"])), "{now}");
            assert!(due.iter().all(|field| has(
                &now,
                "requirements.eventually_due",
                field.as_str().unwrap()
            )));
            if now.flag("payouts_enabled") {
                assert!(now.at("requirements.disabled_reason").is_none());
            }
            let listed = ok(&get(&sandbox, "", &format!("/v1/accounts/{id}/capabilities")));
            for capability in listed.items("data") {
                let shown = now.text(&format!("capabilities.{}", capability.text("id")));
                let status = capability.text("status");
                assert!(shown == status || (shown.is_empty() && status == "unrequested"), "{now}");
            }
        }
    }
}

#[test]
fn pages_need_no_key_and_have_fixed_paths() {
    let sandbox = Sandbox::new(12);
    let page = |method, path: &str| {
        sandbox.handle(&Request { method, path: path.to_owned(), ..Request::default() }).status
    };
    assert_eq!(page(Method::GET, "/setup/nothing"), 404);
    assert_eq!(page(Method::POST, "/setup/nothing/complete"), 404);
    assert_eq!(page(Method::GET, "/links/nothing"), 404);
    assert_eq!(page(Method::GET, "/v1/accounts"), 401);
}
