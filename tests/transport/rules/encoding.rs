//! Compares form encoding with an independent decoder, on random parameters.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use stripe_platform::issuing::{MerchantCategory, SpendingInterval, SpendingLimitParams, card, cardholder};
use stripe_platform::v2::core::event_destination;
use stripe_platform::{
    Currency, Exposed, Metadata, Method, RangeQuery, Request, Timestamp, account, payout, source, topup,
};
use test_support::script::{Script, ok};

/// A small deterministic random generator.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    fn text(&mut self) -> String {
        const ALPHABET: [char; 24] = [
            'a', 'Z', '0', ' ', '+', '%', '&', '=', '[', ']', ';', '#', '?', '/', '\\', '"', '\'', '\n',
            '\0', 'é', '€', '🙂', '.', '~',
        ];
        (0..1 + self.roll(8)).map(|_| ALPHABET[self.roll(ALPHABET.len())]).collect()
    }

    /// The same without brackets, which map keys must not contain.
    fn name(&mut self) -> String {
        self.text().replace(['[', ']'], "_")
    }
}

/// Decodes `a[b][0]=c` to nested JSON. Names are split before unescaping, so an escaped bracket is part of a name.
fn decode(form: &str) -> Json {
    let mut root = Json::Object(serde_json::Map::new());
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').expect("a pair has a value");
        let mut place = &mut root;
        for part in name.split('[') {
            let part = unescape(part.strip_suffix(']').unwrap_or(part));
            place = place
                .as_object_mut()
                .expect("no value has members")
                .entry(part)
                .or_insert_with(|| Json::Object(<_>::default()));
        }
        assert!(place.as_object().is_some_and(serde_json::Map::is_empty), "{name} comes twice");
        *place = Json::String(unescape(value));
    }
    root
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let hex: String =
                    [rest.next().unwrap(), rest.next().unwrap()].map(char::from).iter().collect();
                bytes.push(u8::from_str_radix(&hex, 16).expect("two hexadecimal digits"));
            }
            byte => {
                assert!(
                    byte.is_ascii_alphanumeric() || b"-._*".contains(&byte),
                    "{byte} is not escaped in {text:?}"
                );
                bytes.push(byte);
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// JSON as a form expresses it: every scalar as a string, arrays by index, an empty string for empty values.
fn flatten(json: &Json) -> Json {
    match json {
        Json::Array(items) if items.is_empty() => Json::String(String::new()),
        Json::Object(members) if members.is_empty() => Json::String(String::new()),
        Json::Array(items) => {
            let members = items.iter().enumerate().map(|(index, item)| (index.to_string(), flatten(item)));
            Json::Object(members.collect())
        }
        Json::Object(members) => members.iter().map(|(name, value)| (name.clone(), flatten(value))).collect(),
        Json::Null => Json::String(String::new()),
        Json::String(text) => Json::String(text.clone()),
        other => Json::String(other.to_string()),
    }
}

fn check<R: Request>(request: &R)
where
    for<'a> Exposed<'a, R>: serde::Serialize,
{
    let client = Script::new([]).client();
    let prepared = client.prepare(request).unwrap();
    let form = std::str::from_utf8(prepared.body()).unwrap();
    let mut expected = serde_json::to_value(Exposed(request)).unwrap();
    let members = expected.as_object_mut().unwrap();
    members.retain(|name, _| !R::OPERATION.path.contains(&format!("{{{name}}}")));
    assert_eq!(decode(form), flatten(&expected), "{form}");
    assert_eq!(client.prepare(request).unwrap().body(), prepared.body(), "equal requests have equal bytes");
}

#[test]
fn forms_encode_the_request() {
    let mut dice = Dice(11);
    for _ in 0..2000 {
        let metadata: BTreeMap<String, String> =
            (0..dice.roll(4)).map(|_| (dice.name(), dice.text())).collect();
        let metadata: Metadata = metadata.into_iter().collect();
        let amount = dice.roll(1_000_000) as i64 - 1000;
        check(&topup::Create::new(amount, Currency::USD).description(dice.text()).metadata(metadata.clone()));
        check(
            &payout::Create::new(amount, Currency::EUR)
                .statement_descriptor(dice.text())
                .metadata(metadata.clone()),
        );
        check(&source::Verify::new("src_1", [dice.text(), dice.text()]));
        check(&account::Update::new("acct_1").email(dice.text()).metadata(metadata));
        check(&account::Update::new("acct_1").clear_metadata().default_currency(Currency::GBP));
    }
}

#[test]
fn forms_encode_lists_of_objects() {
    let mut dice = Dice(13);
    for _ in 0..500 {
        let limits: Vec<_> = (0..dice.roll(4))
            .map(|_| {
                let interval = SpendingInterval::from(dice.text().as_str());
                let categories: Vec<_> =
                    (0..dice.roll(3)).map(|_| MerchantCategory::from(dice.text().as_str())).collect();
                SpendingLimitParams::new(1 + dice.roll(1_000_000) as i64, interval).categories(categories)
            })
            .collect();
        let controls = card::SpendingControlsParams::new()
            .blocked_merchant_countries((0..dice.roll(3)).map(|_| dice.text()))
            .spending_limits(limits);
        check(&card::Update::new("ic_1").spending_controls(controls));
    }
}

/// An empty list or map replaces the existing one; an unset one keeps it.
#[test]
fn empty_lists_and_maps_are_sent_and_unset_ones_are_not() {
    let client = Script::new([]).client();
    let body = |request: &cardholder::Update| {
        String::from_utf8(client.prepare(request).unwrap().body().to_vec()).unwrap()
    };
    let none: [SpendingLimitParams; 0] = [];
    let controls = cardholder::SpendingControlsParams::new().spending_limits(none);
    assert_eq!(
        body(&cardholder::Update::new("ich_1").spending_controls(controls)),
        "spending_controls[spending_limits]="
    );
    let cleared =
        cardholder::SpendingControlsParams::new().clear_spending_limits().clear_allowed_categories();
    assert_eq!(
        body(&cardholder::Update::new("ich_1").spending_controls(cleared)),
        "spending_controls[allowed_categories]=&spending_controls[spending_limits]="
    );
    assert_eq!(body(&cardholder::Update::new("ich_1").clear_metadata()), "metadata=");
    assert_eq!(body(&cardholder::Update::new("ich_1")), "");
    let nothing = cardholder::SpendingControlsParams::new();
    assert_eq!(body(&cardholder::Update::new("ich_1").spending_controls(nothing)), "");
    let no_tags: [(String, String); 0] = [];
    assert_eq!(body(&cardholder::Update::new("ich_1").metadata(no_tags)), "metadata=");
}

/// Parameters of reads go into the query, filters with the names of their bounds.
#[test]
fn queries_encode_the_request() {
    let client = Script::new([]).client();
    let mut dice = Dice(14);
    for _ in 0..500 {
        let mut time = || Timestamp::new(dice.roll(2_000_000_000) as i64);
        let (from, to) = (time(), time());
        let bounds = [
            (RangeQuery::from(from), vec![("created".to_owned(), from.as_seconds())]),
            (RangeQuery::gte(from), vec![("created[gte]".to_owned(), from.as_seconds())]),
            (
                RangeQuery::gt(from).lte(to),
                vec![
                    ("created[gt]".to_owned(), from.as_seconds()),
                    ("created[lte]".to_owned(), to.as_seconds()),
                ],
            ),
        ];
        let (bounds, expected) = bounds[dice.roll(3)].clone();
        let (status, id) = (dice.text(), dice.text());
        let request = topup::List::new().created(bounds).status(status.as_str()).starting_after(id.as_str());
        let query = client.prepare(&request).unwrap().query().to_owned();
        let mut pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut expected: Vec<_> =
            expected.into_iter().map(|(name, value)| (name, value.to_string())).collect();
        expected.extend([("status".to_owned(), status), ("starting_after".to_owned(), id)]);
        pairs.sort();
        expected.sort();
        assert_eq!(pairs, expected, "{query}");
    }
}

#[test]
fn version_2_json_encodes_the_request() {
    let client = Script::new([]).client();
    let mut dice = Dice(15);
    for _ in 0..500 {
        let events: Vec<_> = (0..1 + dice.roll(3)).map(|_| dice.text()).collect();
        let metadata: BTreeMap<String, String> =
            (0..dice.roll(4)).map(|_| (dice.name(), dice.text())).collect();
        let (payload, name, kind, about) = (dice.text(), dice.text(), dice.text(), dice.text());
        let request = event_destination::Create::new(
            events.clone(),
            event_destination::EventPayload::from(payload.as_str()),
            name.clone(),
            event_destination::Kind::from(kind.as_str()),
        )
        .description(about.clone())
        .metadata(metadata.clone());
        let sent: Json = serde_json::from_slice(client.prepare(&request).unwrap().body()).unwrap();
        let expected = serde_json::json!({
            "enabled_events": events, "event_payload": payload, "name": name, "type": kind, "description": about,
            "metadata": metadata,
        });
        assert_eq!(sent, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn raw_queries_have_the_same_pairs() {
    let script = Script::answering(|_| ok());
    let client = script.client();
    let mut dice = Dice(12);
    for _ in 0..500 {
        let (name, value) = (dice.text().replace(['[', ']'], ""), dice.text());
        for method in [Method::Get, Method::Post] {
            client
                .raw(method, "/v1/x")
                .param(format!("a[{name}]"), &value)
                .expand("b.c")
                .send()
                .await
                .unwrap();
        }
        let seen = script.seen();
        let [.., get, post] = seen.as_slice() else { panic!() };
        let expected = vec![(format!("a[{name}]"), value), ("expand[0]".to_owned(), "b.c".to_owned())];
        let query: Vec<_> = get.url.query_pairs().into_owned().collect();
        let body: Vec<_> = url::form_urlencoded::parse(&post.body).into_owned().collect();
        assert_eq!((&query, &body), (&expected, &expected));
    }
}
