//! Serializing replies with secrets for others.

use serde_json::{Value, json};
use stripe_platform::{
    Expandable, Exposed, List, Redacted, balance, balance_transaction, decode, issuing, token, topup,
};

/// A top-up whose source has a client secret, with unknown members.
fn topup() -> (Value, topup::Topup) {
    let json = json!({
        "id": "tu_1", "object": "topup", "amount": 5, "balance_transaction": null, "created": 1, "currency": "usd",
        "description": null, "expected_availability_date": null, "failure_code": null, "failure_message": null,
        "initiated_by": null, "livemode": false, "metadata": { "a": "b" }, "payment_method": null,
        "payment_method_options": null, "statement_descriptor": null, "status": "pending",
        "transfer_group": null,
        "source": {
            "id": "src_1", "object": "source", "allow_redisplay": null, "amount": null, "client_secret": "src_client_secret_1", "created": 1,
            "currency": null, "flow": "none", "livemode": false, "metadata": null, "owner": null,
            "statement_descriptor": null, "status": "pending", "type": "ach_debit", "usage": "reusable",
            "of_a_later_version": { "key": "new secret", "number": 4242, "yes": true },
        },
    });
    let topup = decode(json.to_string().as_bytes()).unwrap();
    (json, topup)
}

#[test]
fn secrets_are_masked_and_other_members_are_unchanged() {
    let (json, topup) = topup();
    let mut expected = json.clone();
    expected["source"]["client_secret"] = json!("[redacted]");
    expected["source"]["of_a_later_version"] = json!({ "key": "[redacted]", "number": 0, "yes": true });
    assert_eq!(serde_json::to_value(Redacted(&topup)).unwrap(), expected);
    assert_eq!(serde_json::to_value(Exposed(&topup)).unwrap(), json);
    // The output decodes as a top-up again.
    let again: topup::Topup = serde_json::from_value(expected).unwrap();
    assert_eq!(again.id, topup.id);
}

#[derive(serde::Serialize)]
struct Shown {
    #[serde(serialize_with = "Redacted::write")]
    topup: topup::Topup,
}

#[test]
fn struct_can_contain_a_redacted_reply() {
    let (_, topup) = topup();
    let shown = serde_json::to_value(Shown { topup }).unwrap();
    assert_eq!(shown["topup"]["source"]["client_secret"], "[redacted]");
}

/// Whether a type has `Serialize`: where it has, the constant of the type goes before that of the trait.
struct Shows<T>(std::marker::PhantomData<T>);

trait Hides {
    const SERIALIZE: bool = false;
}

impl<T> Hides for Shows<T> {}

impl<T: serde::Serialize> Shows<T> {
    const SERIALIZE: bool = true;
}

#[test]
fn types_that_can_hold_a_secret_have_no_serialize() {
    for (name, found, expected) in [
        ("a reply with a secret inside of an object", Shows::<topup::Topup>::SERIALIZE, false),
        ("a reply with a secret", Shows::<issuing::card::Card>::SERIALIZE, false),
        ("a union with such an object", Shows::<balance_transaction::Source>::SERIALIZE, false),
        ("a list of such objects", Shows::<List<topup::Topup>>::SERIALIZE, false),
        ("an expanded object", Shows::<Expandable<issuing::card::Card>>::SERIALIZE, false),
        ("a request", Shows::<token::Create>::SERIALIZE, false),
        ("a parameter", Shows::<token::BankAccountParams>::SERIALIZE, false),
        ("masked", Shows::<Redacted<'_, topup::Topup>>::SERIALIZE, true),
        ("exposed", Shows::<Exposed<'_, topup::Topup>>::SERIALIZE, true),
        ("a reply without a secret", Shows::<balance::Balance>::SERIALIZE, true),
        ("a request without a secret", Shows::<topup::Create>::SERIALIZE, true),
        ("a parameter without a secret", Shows::<issuing::card::SpendingControlsParams>::SERIALIZE, true),
    ] {
        assert_eq!(found, expected, "{name}");
    }
}
