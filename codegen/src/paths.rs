//! Lists every operation of Stripe's API, so that the sandbox can distinguish unsupported from unknown operations.

use std::fmt::Write;

use serde_json::Value;

use crate::walk;

/// The list.
pub const PATHS: &str = "sandbox/src/spec/paths.txt";

/// One line per path of a full document: the path, followed by its methods.
pub fn render(document: &Value) -> String {
    let mut out =
        "# Written by `cargo codegen trim`; do not edit. Every path of Stripe's document with its methods."
            .to_owned();
    let mut last = "";
    for operation in walk::operations(document) {
        // Writing to a string cannot fail.
        let _ = match operation.path == last {
            true => write!(out, " {}", operation.method),
            false => write!(out, "\n{} {}", operation.path, operation.method),
        };
        last = operation.path;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn line_has_path_and_methods() {
        let document = json!({ "paths": { "/v1/b": { "get": {}, "post": {}, "parameters": [] }, "/v1/a/{id}": { "delete": {} } } });
        let text = render(&document);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, ["/v1/a/{id} DELETE", "/v1/b GET POST"]);
    }
}
