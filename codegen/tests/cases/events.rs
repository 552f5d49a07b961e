//! The objects of events, derived from their names.

use crate::case::Case;

const DOCUMENT: &str = r"
paths:
  /v1/topups/{topup}:
    get:
      operationId: GetTopupsTopup
      parameters: [{ in: path, name: topup, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/topup' } } } } }
  /v1/issuing/cards/{card}:
    get:
      operationId: GetIssuingCardsCard
      parameters: [{ in: path, name: card, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/issuing.card' } } } } }
  /v1/webhook_endpoints:
    post:
      operationId: PostWebhookEndpoints
      requestBody: { content: { application/x-www-form-urlencoded: { schema: {
        type: object,
        required: [enabled_events],
        properties: {
          enabled_events: { type: array, items: { type: string, enum: [
            '*', account.application.authorized, invoice.paid, issuing_card.created, topup.created, topup.failed,
            topup.dispute.created,
          ] } },
        } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/topup' } } } } }
components:
  schemas:
    topup: { type: object, x-resourceId: topup, required: [id, object], properties: {
      id: { type: string }, object: { type: string, enum: [topup] } } }
    issuing.card: { type: object, x-resourceId: issuing.card, required: [id, object], properties: {
      id: { type: string }, object: { type: string, enum: [issuing.card] } } }
";

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn event_carries_the_object_in_its_name() {
    let files = Case::new(DOCUMENT).files();
    let events = squeezed(&files["events.rs"]);
    for part in [
        r#"("account.application.authorized", &["application"])"#,
        r#"("issuing_card.created", &["issuing.card"])"#,
        r#"("topup.created", &["topup"])"#,
        r#"("topup.failed", &["topup"])"#,
        r#"IssuingCard(crate::issuing::card::Card) "issuing.card" as_issuing_card"#,
        "EnabledEvent::TopupFailed",
    ] {
        assert!(events.contains(part), "{part} is not in {events}");
    }
    for other in ["invoice", "dispute", "\"*\""] {
        assert!(!events.contains(other), "{other} is in {events}");
    }
    assert!(files["mod.rs"].contains("pub(crate) mod events;"));
}

#[test]
fn selection_without_webhook_endpoints_has_no_events() {
    let document = DOCUMENT.replace("PostWebhookEndpoints", "PostSomethingElse");
    let files = Case::new(&document).files();
    assert!(!files.contains_key("events.rs"));
    assert!(!files["mod.rs"].contains("mod events;"));
}

#[test]
fn unused_event_exception_is_an_error() {
    let document = DOCUMENT.replace("account.application.authorized, ", "");
    let error = Case::new(&document).error();
    assert!(error.contains("no event is about `account.application`"), "{error}");
}
