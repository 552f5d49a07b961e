//! Parameters that the request type lacks.

use serde_json::json;
use stripe_platform::v2::core::event_destination;
use stripe_platform::{Currency, Error, Json, Method, Options, file, issuing, topup};
use test_support::script::Script;

fn sent(request: &impl stripe_platform::Request) -> Result<String, String> {
    let prepared = Script::new([]).client().prepare(request).map_err(|error| error.to_string())?;
    let body = String::from_utf8_lossy(prepared.body()).into_owned();
    Ok(if prepared.query().is_empty() { body } else { prepared.query().to_owned() })
}

#[test]
fn parameters_are_encoded_with_the_others() {
    let topup = || topup::Create::new(500, Currency::USD);
    for (name, value, expected) in [
        ("shiny", json!("a b&c"), "amount=500&currency=usd&shiny=a+b%26c"),
        ("shiny", json!(3), "amount=500&currency=usd&shiny=3"),
        ("shiny", json!(true), "amount=500&currency=usd&shiny=true"),
        ("shiny", json!(null), "amount=500&currency=usd&shiny="),
        ("a[b][c]", json!(3), "amount=500&currency=usd&a[b][c]=3"),
        ("a", json!({ "b": [1, { "c": "d" }] }), "amount=500&currency=usd&a[b][0]=1&a[b][1][c]=d"),
        ("a[]", json!("x"), "amount=500&currency=usd&a[]=x"),
    ] {
        assert_eq!(sent(&topup().param(name, value)).as_deref(), Ok(expected), "{name}");
        let options = Options::new().param(name, "y");
        assert!(sent(&topup().with_options(options)).unwrap().contains("=y"), "{name}");
    }
    let list = topup::List::new().limit(3).param("created[gte]", 5).param("a", json!(["b"]));
    assert_eq!(sent(&list).as_deref(), Ok("limit=3&created%5Bgte%5D=5&a%5B0%5D=b"));
}

#[test]
fn version_2_accepts_json_values() {
    let update =
        event_destination::Update::new("ed_1").name("n").param("a[b]", 3).param("c", json!({ "d": [1] }));
    let body: Json = serde_json::from_str(&sent(&update).unwrap()).unwrap();
    assert_eq!(body, json!({ "name": "n", "a": { "b": 3 }, "c": { "d": [1] } }));
    let ping = event_destination::Ping::new("ed_1").param("a", 1);
    assert_eq!(sent(&ping).as_deref(), Ok(r#"{"a":1}"#));
}

#[test]
fn multipart_bodies_include_extra_parameters() {
    let upload = stripe_platform::FileUpload::new("a.txt", b"hello".to_vec());
    let create = file::Create::new(upload, file::UploadPurpose::DisputeEvidence).param("a[b]", 3);
    let body = sent(&create).unwrap();
    assert!(body.starts_with("--") && body.contains("name=\"a[b]\"\r\n\r\n3\r\n--"), "{body}");
    assert!(body.contains("name=\"purpose\"") && body.contains("hello"), "{body}");
}

#[test]
fn malformed_names_and_duplicate_parameters_are_rejected() {
    let card = issuing::card::Update::new("ic_1")
        .spending_controls(issuing::card::SpendingControlsParams::new().blocked_merchant_countries(["DE"]));
    assert!(sent(&card.clone().param("spending_controls[new]", 1)).is_ok());
    for name in [
        "",
        "a[",
        "a]b",
        "[a]",
        "a[b]c",
        "spending_controls",
        "spending_controls[blocked_merchant_countries]",
    ] {
        assert!(sent(&card.clone().param(name, 1)).is_err(), "{name}");
    }
    assert!(sent(&card.clone().param("a", 1).param("a", 2)).is_err());
    let update = event_destination::Update::new("ed_1").name("n");
    for name in ["name", "name[x]", "a[]"] {
        assert!(sent(&update.clone().param(name, 1)).is_err(), "{name}");
    }
    let error = Script::new([]).client().prepare(&card.param("a[", 1)).unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error}");
}

#[test]
fn values_are_hidden_in_debug_and_secret_names_are_masked() {
    let request = topup::Create::new(500, Currency::USD).param("bank[account_number]", "000123456789");
    let text = format!("{request:?}");
    assert_eq!(text, r#"Create { amount: 500, currency: "usd", bank[account_number]: [redacted] }"#);
    let options = Options::new().param("shiny", "000123456789");
    let text = format!("{:?}", issuing::card::Update::new("ic_1").with_options(options));
    assert_eq!(text, r#"Update { card: "ic_1", shiny: [redacted] }"#);
    let client = Script::new([]).client();
    let prepared = client.prepare(&request).unwrap();
    assert!(prepared.has_secrets() && !format!("{prepared:?}").contains("000123456789"));
    assert!(!client.prepare(&topup::Create::new(5, Currency::USD).param("a", "b")).unwrap().has_secrets());
    assert_eq!(prepared.method(), Method::Post);
}
