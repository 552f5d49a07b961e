//! Serializing replies with secrets for others.

use serde_json::{Value, json};
use stripe_platform::{Exposed, Redacted, decode, topup};

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

#[test]
fn error_names_the_secret_member() {
    let (_, topup) = topup();
    let error = serde_json::to_string(&topup).unwrap_err().to_string();
    assert!(error.contains("member `client_secret` of Source is secret"), "{error}");
    assert!(error.contains("`Redacted`") && error.contains("`Exposed`"), "{error}");
}
