//! Dumps the wire form of each generated request, for comparison with Stripe's official clients.

use super::instance::{Fill, make};
use super::requests::operations;
use crate::Client;
use crate::generated::catalog::REQUESTS;
use serde_json::{Value, json};
use std::fmt::Write;

/// Writes one line per request: its parameters and its wire form. See `.ci/compare-clients`.
#[test]
#[ignore = "writes a file, for .ci/compare-clients"]
fn dump_requests() {
    let path = std::env::var("STRIPE_REQUEST_DUMP").expect("the file to write");
    let client = Client::new("sk_test_dump").expect("a client");
    let mut lines = String::new();
    let fills = [Fill::Least, Fill::Most(0), Fill::Most(1), Fill::Most(2), Fill::Most(3)];
    for operation in operations() {
        // Uploads are multipart, with a client-specific boundary.
        if operation.media.as_deref() == Some("multipart/form-data") {
            continue;
        }
        let (_, sent) = REQUESTS.iter().find(|(id, _)| *id == operation.id).expect("a request");
        for fill in fills {
            let mut parameters = make(&operation.schema, fill).json;
            let (_, prepared) = sent(&client, parameters.clone()).expect("a valid request");
            if let Value::Object(members) = &mut parameters {
                members.retain(|name, _| !operation.in_path.contains(name));
            }
            let line = json!({
                "id": operation.id,
                "fill": format!("{fill:?}"),
                "method": prepared.method().as_str(),
                "path": prepared.path(),
                "parameters": parameters,
                "query": prepared.query(),
                "body": String::from_utf8_lossy(prepared.body()),
            });
            let _ = writeln!(lines, "{line}");
        }
    }
    std::fs::write(path, lines).expect("the file can be written");
}
