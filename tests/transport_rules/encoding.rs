//! Forms against a decoder that shares nothing with the encoder, on random parameters.

use crate::script::{Script, ok};
use std::collections::BTreeMap;
use stripe_platform::{Currency, Exposed, Json, Metadata, Method, Request, account, payout, source, topup};

/// A small generator of the same numbers in every run.
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
}

/// `a[b][0]=c` as nested JSON. Names are split before they are unescaped, so an escaped bracket is part of a
/// name.
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

/// JSON as a form can tell it: every scalar a text, arrays by index, nothing that is empty.
fn flatten(json: &Json) -> Json {
    match json {
        Json::Array(items) => {
            let members = items.iter().enumerate().map(|(index, item)| (index.to_string(), flatten(item)));
            Json::Object(members.collect())
        }
        Json::Object(members) => {
            let told = members
                .iter()
                .filter(|(_, value)| !matches!(value, Json::Object(inside) if inside.is_empty()));
            Json::Object(told.map(|(name, value)| (name.clone(), flatten(value))).collect())
        }
        Json::Null => Json::String(String::new()),
        Json::String(text) => Json::String(text.clone()),
        other => Json::String(other.to_string()),
    }
}

fn check<R: Request + serde::Serialize>(request: &R)
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
fn forms_say_what_the_request_says() {
    let mut dice = Dice(11);
    for _ in 0..2000 {
        let metadata: BTreeMap<String, String> =
            (0..dice.roll(4)).map(|_| (dice.text(), dice.text())).collect();
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

#[tokio::test(start_paused = true)]
async fn queries_of_raw_requests_are_the_same_pairs() {
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
