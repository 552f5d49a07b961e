//! Every event of the selection decodes its object to a specific type.

use super::instance::{Fill, make};
use super::{DOCUMENT, assert_same};
use crate::Exposed;
use crate::generated::events::{CARRIED, EVENT_TYPES};
use crate::webhook::{Event, EventObject, EventType};
use serde_json::Value as Json;
use serde_json::json;

/// A webhook body in Stripe's format, with an object built from its schema.
fn sample(kind: &str, object: &Json) -> Json {
    json!({
        "id": "evt_1",
        "object": "event",
        "account": "acct_1",
        "api_version": crate::API_VERSION,
        "created": 1_794_500_000,
        "data": { "object": object, "previous_attributes": { "status": "before" } },
        "livemode": false,
        "pending_webhooks": 1,
        "request": { "id": "req_1", "idempotency_key": null },
        "type": kind,
    })
}

/// The schema with this constant `object`, excluding deleted objects.
fn schema_of(object: &str) -> Json {
    let schemas = DOCUMENT["components"]["schemas"].as_object().expect("schemas");
    let fits = |schema: &&Json| {
        schema["properties"]["object"]["enum"] == json!([object])
            && schema["properties"].get("deleted").is_none()
    };
    match schemas.values().find(fits) {
        Some(schema) => schema.clone(),
        // Hand-written, since no operation returns it.
        None => json!({
            "type": "object",
            "required": ["id", "object"],
            "properties": {
                "id": { "type": "string" },
                "name": { "type": "string", "nullable": true },
                "object": { "type": "string", "enum": [object] },
            },
        }),
    }
}

#[test]
fn every_event_of_the_selection_has_a_typed_object() {
    let mut decoded = 0;
    for (kind, objects) in CARRIED {
        for object in *objects {
            for fill in [Fill::Least, Fill::Most(0), Fill::Most(1)] {
                let json = make(&schema_of(object), fill).json;
                let body = sample(kind, &json).to_string();
                let event = Event::parse(body.as_bytes()).unwrap_or_else(|e| panic!("{kind}: {e}"));
                let reason = event.object.undecoded();
                assert!(event.object.as_json().is_none(), "{kind} with {object} is not decoded: {reason:?}");
                assert!(!matches!(event.kind, EventType::Unknown(_)), "{kind}");
                let written = serde_json::to_value(Exposed(&event.object)).expect("it can be written");
                assert_same(kind, &written, &json);
                assert_eq!(event.previous("status"), Some(&"before".into()));

                // Decoding via `serde_json::Value` gives the same result.
                assert_eq!(EventObject::from_json(json.into()), event.object, "{kind}");
            }
        }
        decoded += 1;
    }
    assert_eq!((decoded, EVENT_TYPES.len()), (129, 129));
    assert!(EVENT_TYPES.iter().map(EventType::as_str).eq(CARRIED.iter().map(|(kind, _)| *kind)));
}

#[test]
fn event_object_of_unknown_shape_is_kept_as_json() {
    for (kind, objects) in CARRIED {
        for object in *objects {
            // Only the member that identifies the type.
            let json = json!({ "object": object, "of_another_version": [1, 2.5, null] });
            let body = sample(kind, &json).to_string();
            let event = Event::parse(body.as_bytes()).unwrap_or_else(|e| panic!("{kind}: {e}"));
            assert_eq!(event.object.as_json(), Some(&json.into()), "{kind}");
            assert!(event.object.undecoded().is_some(), "{kind}");
        }
    }
}
