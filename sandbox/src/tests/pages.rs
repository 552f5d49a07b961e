//! The pages, read without scripts.

use crate::Peek as _;
use crate::resources::accounts::country_table::COUNTRIES;
use crate::resources::accounts::links;
use crate::server::Server;
use crate::tests::http::{call, exchange, parts};
use crate::{BalanceKind, Options, Sandbox};
use http::Method;

fn sandbox() -> Sandbox {
    Sandbox::with(1, Options { kept_exchanges: 100, ..Options::default() })
}

async fn page(server: &Server, path: &str) -> String {
    let reply = exchange(server, "GET", path, "").await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{path}: {reply}");
    assert!(reply.contains("content-security-policy: default-src 'none'"), "{path}: {reply}");
    forms_lead_somewhere(path, &reply);
    parts(&reply).1.to_owned()
}

/// Without an address, a browser would send the form to the page itself.
fn forms_lead_somewhere(path: &str, page: &str) {
    for form in page.split("<form ").skip(1).filter_map(|part| part.split('>').next()) {
        assert!(form.contains("action=\"/"), "{path}: <form {form}>");
    }
}

#[tokio::test]
async fn overview_shows_accounts_balances_and_due_tasks() {
    let sandbox = sandbox();
    let server = Server::start(&sandbox).unwrap();
    let form = "type=custom&country=US&business_profile[name]=Rosen+%3Cb%3EBooks";
    let account = call(&server, "POST", "/v1/accounts", form).await.1.text("id").to_owned();
    sandbox.fund(&account, BalanceKind::Issuing, "usd", 12_345).unwrap();
    call(&server, "POST", "/v1/topups", "amount=700&currency=usd&source=btok_us_verified").await;
    let overview = page(&server, "/").await;
    for shown in [
        "Rosen &lt;b&gt;Books",
        "123.45 USD",
        &account,
        "POST /v1/topups",
        "topup.created",
        "Due next",
        "To next due",
    ] {
        assert!(overview.contains(shown), "{shown}: {overview}");
    }
    assert!(!overview.contains("<b>Books"), "{overview}");
}

#[tokio::test]
async fn account_page_has_balances_objects_and_buttons() {
    let sandbox = sandbox();
    let server = Server::start(&sandbox).unwrap();
    let account = sandbox.connect().into_id();
    sandbox.fund(&account, BalanceKind::Issuing, "usd", 50_000).unwrap();
    let card = sandbox.account(&account).issue_card("usd").unwrap();
    let swiped = card.authorize(1_200).at("Cafe & Bar").unwrap();
    let text = page(&server, &format!("/accounts/{account}")).await;
    for shown in [
        "data-amount=\"48800\"",
        "<svg",
        "Cafe &amp; Bar",
        card.id(),
        swiped.id(),
        "cards.authorize",
        "authorizations.capture",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    let object = page(&server, &format!("/objects/{}", swiped.id())).await;
    assert!(object.contains("Capture") && object.contains("issuing_authorization.created"), "{object}");
    swiped.capture().unwrap();
    let object = page(&server, &format!("/objects/{}", swiped.id())).await;
    assert!(!object.contains("value=\"authorizations.capture\""), "its state no longer allows it: {object}");
    for missing in
        ["/accounts/acct_missing", "/objects/tu_missing", "/requests/99", "/requests/x", "/faults/x"]
    {
        let reply = exchange(&server, "GET", missing, "").await.unwrap();
        assert!(reply.starts_with("HTTP/1.1 404") && reply.contains("Nothing here"), "{missing}: {reply}");
    }
}

#[tokio::test]
async fn timeline_is_searchable_and_links_to_requests_and_events() {
    let sandbox = sandbox();
    let server = Server::start(&sandbox).unwrap();
    let other = sandbox.connect().into_id();
    call(&server, "POST", "/v1/topups", "amount=700&currency=usd&source=btok_us_verified&description=first")
        .await;
    call(&server, "GET", "/v1/topups/tu_missing", "").await;
    crate::tests::support::post(&sandbox, &other, "/v1/topups", "amount=5&currency=usd");
    let all = page(&server, "/timeline").await;
    assert!(all.contains("tu_missing") && all.contains("topup.created") && all.contains("resource_missing"));
    let errors = page(&server, "/timeline?kind=error").await;
    assert!(errors.contains("tu_missing") && !errors.contains("topup.created"), "{errors}");
    let events = page(&server, &format!("/timeline?kind=event&account={other}&q=CREATED")).await;
    assert_eq!(events.matches("<b>topup.created</b>").count(), 1, "{events}");

    let number =
        all.split("data-part=\"/requests/").filter_map(|part| part.split('"').next()).last().unwrap();
    let request = page(&server, &format!("/requests/{number}")).await;
    for shown in ["description = first", "Request ID", "topup.created", "Bearer …0000", "content-type"] {
        assert!(request.contains(shown), "{shown}: {request}");
    }
    assert!(!request.contains(&format!("Bearer {}", crate::tests::support::key())), "keys are masked");
    let event = request.split("/objects/evt_").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let event = page(&server, &format!("/objects/evt_{event}")).await;
    assert!(event.contains(&format!("/requests/{number}")) && event.contains("Send again"), "{event}");
}

#[tokio::test]
async fn controls_are_listed_with_curl_and_probes_are_not_logged() {
    let sandbox = sandbox();
    let server = Server::start(&sandbox).unwrap();
    let controls = page(&server, "/controls").await;
    for control in crate::server::CONTROLS {
        assert!(
            controls.contains(&format!("{}/_sandbox/{}", server.url(), control.path)),
            "{}",
            control.path
        );
    }
    page(&server, "/faults").await;
    for probe in ["/favicon.ico", "/robots.txt", "/.well-known/x"] {
        assert!(exchange(&server, "GET", probe, "").await.unwrap().starts_with("HTTP/1.1 404"), "{probe}");
    }
    assert!(exchange(&server, "POST", "/", "").await.unwrap().starts_with("HTTP/1.1 405"));
    let (status, health) = call(&server, "GET", "/health", "").await;
    assert_eq!(
        (status, health.text("status"), health.text("version")),
        (200, "ok", env!("CARGO_PKG_VERSION"))
    );
    assert!(sandbox.state().journal.is_empty());
}

#[tokio::test]
async fn change_stream_sends_an_event_per_change() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let sandbox = sandbox();
    let server = Server::start(&sandbox).unwrap();
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"GET /_sandbox/changes HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut seen = String::new();
    let mut bytes = vec![0; 4_096];
    for news in 1..=3 {
        while seen.matches("data: ").count() < news {
            let read =
                tokio::time::timeout(std::time::Duration::from_secs(10), stream.read(&mut bytes)).await;
            seen.push_str(std::str::from_utf8(&bytes[..read.unwrap().unwrap()]).unwrap());
        }
        sandbox.connect().into_id();
    }
    assert!(seen.contains("text/event-stream"), "{seen}");
}

#[tokio::test]
async fn onboarding_page_shows_errors_at_their_field() {
    let sandbox = sandbox();
    let server = Server::start(&sandbox).unwrap();
    let form = "type=custom&country=US&business_profile[name]=Rosen+Books&capabilities[transfers][requested]=true\
                &capabilities[card_issuing][requested]=true&business_type=individual";
    let account = call(&server, "POST", "/v1/accounts", form).await.1.text("id").to_owned();
    let link = async |kind: &str| {
        let form = format!(
            "account={account}&type={kind}&return_url=http://localhost:1/back&refresh_url=http://localhost:1/again"
        );
        let link = call(&server, "POST", "/v1/account_links", &form).await.1;
        link.text("url").strip_prefix(&server.url()).unwrap_or_else(|| panic!("{link}")).to_owned()
    };
    let path = link("account_onboarding").await;
    let text = exchange(&server, "GET", &path, "").await.unwrap();
    forms_lead_somewhere(&path, &text);
    for shown in [
        "lang=\"en\"",
        "viewport",
        "Rosen Books",
        "Representative",
        "Bank account",
        "First name",
        "required",
        "Fails later",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    for id in text.split(" for=\"").skip(1).filter_map(|part| part.split('"').next()) {
        assert!(text.contains(&format!(" id=\"{id}\"")), "a label without a field: {id}");
    }
    let wrong = "individual.dob.year=1850&individual.first_name=Grace";
    let refused = exchange(&server, "POST", &format!("{path}/complete"), wrong).await.unwrap();
    assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
    assert!(refused.contains("value=\"Grace\"") && refused.contains("role=\"alert\""), "{refused}");
    assert!(refused.contains("aria-invalid=\"true\""), "{refused}");
    let done = exchange(&server, "POST", &format!("{path}/complete"), "").await.unwrap();
    assert!(done.contains("location: http://localhost:1/back"), "the link is still open: {done}");
    let requests: Vec<_> = sandbox.state().exchanges.iter().map(|exchange| exchange.target.clone()).collect();
    assert!(requests.contains(&format!("{path}/complete")), "{requests:?}");

    let path = link("account_update").await;
    let text = exchange(&server, "GET", &path, "").await.unwrap();
    assert!(text.contains("https://accessible.stripe.com"), "the current value is shown: {text}");
    let change = "business_profile.url=https%3A%2F%2Frosen.example";
    exchange(&server, "POST", &format!("{path}/complete"), change).await.unwrap();
    let read = call(&server, "GET", &format!("/v1/accounts/{account}"), "").await.1;
    assert_eq!(read.text("business_profile.url"), "https://rosen.example");
}

/// An account that must be onboarded, and the code of its link.
fn onboarding(sandbox: &Sandbox, country: &str, business_type: &str) -> (String, String) {
    let made = |path: &str, form: &str| {
        let reply = crate::tests::support::post(sandbox, "", path, form);
        assert_eq!(reply.status, 200, "{country}: {}", reply.json());
        reply.json()
    };
    let form = format!(
        "country={country}&business_type={business_type}&controller[stripe_dashboard][type]=none&controller[fees][payer]=application\
         &controller[losses][payments]=application&controller[requirement_collection]=application\
         &capabilities[transfers][requested]=true"
    );
    let account = made("/v1/accounts", &form).text("id").to_owned();
    let form = format!(
        "account={account}&type=account_onboarding&return_url=http://localhost:1/back&refresh_url=http://localhost:1/again"
    );
    let link = made("/v1/account_links", &form).text("url").rsplit('/').next().unwrap().to_owned();
    (account, link)
}

#[test]
fn suggested_values_of_every_country_pass_and_belong_to_it() {
    let sandbox = sandbox();
    let mut wrong = Vec::new();
    for country in COUNTRIES.iter().filter(|country| !country.recipients_only).map(|country| country.code) {
        for business_type in ["individual", "company"] {
            let (account, code) = onboarding(&sandbox, country, business_type);
            sandbox.account_links().visit(&format!("/setup/{code}"));
            let form = links::form(&mut sandbox.state(), &code).unwrap();
            let fields = &form.fields;
            assert!(!fields.is_empty(), "{country}");
            let city =
                fields.iter().find(|(name, _)| name.ends_with("address.city")).map(|(_, city)| &**city);
            let is_american = city == Some("South San Francisco");
            assert!(!is_american || country == "US", "{country}");
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            let path = format!("/setup/{code}/complete");
            let reply = sandbox.handle(&crate::tests::support::request(Method::POST, &path, &body, "", &[]));
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            let alert = text.split("role=\"alert\"").nth(1).and_then(|rest| rest.split("</div>").next());
            if reply.status != 303 {
                wrong.push(format!("{country} {business_type}: {alert:?}"));
                continue;
            }
            let shown = sandbox.object(&account).unwrap();
            assert!(shown.flag("details_submitted"), "{country}: {}", shown["requirements"]);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn test_values_that_fail_now_are_refused_at_their_field() {
    let sandbox = sandbox();
    let server = Server::start(&sandbox).unwrap();
    let (mut tried, now) = (0, "ails now");
    for (country, business_type) in
        [("US", "individual"), ("US", "company"), ("DE", "company"), ("GB", "individual")]
    {
        let (_, code) = onboarding(&sandbox, country, business_type);
        let shown = exchange(&server, "GET", &format!("/setup/{code}"), "").await.unwrap();
        let form = links::form(&mut sandbox.state(), &code).unwrap();
        for (field, _) in &form.fields {
            // The options of a field follow its id.
            let Some((_, rest)) = shown.split_once(&format!(" id=\"{field}\"")) else { continue };
            let own = rest.split("<label").next().unwrap_or_default();
            for option in own.split("<option value=\"").skip(1).filter(|option| option.contains(now)) {
                let value = option.split('"').next().unwrap();
                let body =
                    url::form_urlencoded::Serializer::new(String::new()).append_pair(field, value).finish();
                let path = format!("/setup/{code}/complete");
                let refused = exchange(&server, "POST", &path, &body).await.unwrap();
                assert!(refused.starts_with("HTTP/1.1 400"), "{country} {field}={value}: {refused}");
                let (_, rest) = refused.split_once(&format!(" id=\"{field}\"")).unwrap();
                let own = rest.split("<label").next().unwrap_or_default();
                assert!(own.contains("aria-invalid=\"true\""), "{country} {field}={value}: {refused}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 10, "{tried}");
}
