//! Numbers keep all digits, and numbers out of range are errors.

use stripe_platform::{Decimal, Exposed, Json, Method, balance_transaction, decode, topup};
use test_support::script::{Script, json};

const NUMBERS: [&str; 6] =
    ["1.0142571234567891", "20922337203685477580700", "1e400", "-0", "1.10", "18446744073709551615"];

fn topup(members: &str) -> String {
    format!(
        r#"{{"id":"tu_1","object":"topup","amount":5,"created":1,"currency":"usd","livemode":false,"metadata":{{}},"status":"pending"{members}}}"#
    )
}

#[tokio::test(start_paused = true)]
async fn unmodelled_numbers_round_trip() {
    for number in NUMBERS {
        let text = format!(r#"{{"a":[{number},{{"b":{number}}}],"id":"x_1"}}"#);
        let reply = Script::new([json(200, &text)]).client().raw(Method::Get, "/v1/x").send().await.unwrap();
        assert_eq!(reply.to_string(), text);
        assert_eq!(serde_json::to_string(&reply).unwrap(), text);

        let text = topup(&format!(r#","new":{number},"more":[{number}]"#));
        let ways: [topup::Topup; 3] = [
            decode(text.as_bytes()).unwrap(),
            serde_json::from_str(&text).unwrap(),
            serde_json::from_reader(text.as_bytes()).unwrap(),
        ];
        for topup in ways {
            assert_eq!(topup.extra.get("new").unwrap().to_string(), number);
            let written = serde_json::to_string(&Exposed(&topup)).unwrap();
            assert!(written.contains(&format!(r#""more":[{number}],"new":{number}"#)), "{written}");
        }
    }
}

#[test]
fn decimals_keep_all_digits() {
    for (number, written) in [("1.0142571234567891", true), ("0.10", true), ("1e400", true), ("7", true)] {
        let text = format!(
            r#"{{"id":"txn_1","object":"balance_transaction","amount":1,"available_on":1,"balance_type":"payments","created":1,
                "currency":"usd","description":null,"exchange_rate":{number},"fee":0,"fee_details":[],"net":1,
                "reporting_category":"x","source":null,"status":"available","type":"payout"}}"#
        );
        let ways: [balance_transaction::BalanceTransaction; 2] =
            [decode(text.as_bytes()).unwrap(), serde_json::from_str(&text).unwrap()];
        for transaction in ways {
            assert_eq!(transaction.exchange_rate.as_ref().map(Decimal::as_str), Some(number));
            let text = serde_json::to_string(&Exposed(&transaction)).unwrap();
            assert_eq!(text.contains(&format!(r#""exchange_rate":{number},"#)), written, "{text}");
        }
    }
}

#[test]
fn integer_out_of_range_is_an_error() {
    for number in ["9223372036854775808", "-9223372036854775809", "20922337203685477580700"] {
        let text = topup("").replace(r#""amount":5"#, &format!(r#""amount":{number}"#));
        let error = decode::<topup::Topup>(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("at amount: ") && error.contains("out of range"), "{number}: {error}");
    }
    let text = topup("").replace(r#""amount":5"#, r#""amount":5.5"#);
    let error = decode::<topup::Topup>(text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("found a number") && !error.contains("out of range"), "{error}");
}

#[cfg(feature = "webhook")]
#[test]
fn event_objects_keep_all_digits() {
    use stripe_platform::webhook::Event;

    for number in NUMBERS {
        let text = format!(
            r#"{{"id":"evt_1","object":"event","created":1,"livemode":false,"type":"new.thing",
                "data":{{"object":{{"object":"new_thing","rate":{number}}},"previous_attributes":{{"rate":{number}}}}}}}"#
        );
        let event = Event::parse(text.as_bytes()).unwrap();
        let object: &Json = event.object.as_json().unwrap();
        assert_eq!(object.to_string(), format!(r#"{{"object":"new_thing","rate":{number}}}"#));
        assert_eq!(event.previous("rate").unwrap().to_string(), number);
    }
}
