//! Our texts in `openapi/docs.toml`.

use std::path::Path;

#[test]
fn every_resource_and_every_operation_links_to_stripes_pages() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/docs.toml");
    let docs: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
    for kind in ["resources", "operations"] {
        let table = docs[kind].as_table().unwrap();
        assert!(table.len() > 50, "{kind}");
        for (name, doc) in table {
            let link = doc.get("link").and_then(toml::Value::as_str).unwrap_or_default();
            assert!(link.starts_with("https://docs.stripe.com/"), "{kind}.{name} has no link");
        }
    }
}
