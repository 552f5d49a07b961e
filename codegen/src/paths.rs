//! Every operation that Stripe has, as a list for the sandbox: what it does not model is told from what does not exist.

use std::fmt::Write;

use serde_json::Value;

use crate::walk;

/// The list.
pub const PATHS: &str = "sandbox/src/spec/paths.txt";

/// A line per path of a whole document: the path, then its methods.
pub fn render(document: &Value) -> String {
    let mut out =
        "# Written by `cargo codegen trim`; do not edit. Every path of Stripe's document with its methods."
            .to_owned();
    let mut last = "";
    for operation in walk::operations(document) {
        // Writing to text cannot fail.
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
    fn a_line_has_a_path_and_its_methods() {
        let document = json!({ "paths": { "/v1/b": { "get": {}, "post": {}, "parameters": [] }, "/v1/a/{id}": { "delete": {} } } });
        let text = render(&document);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, ["/v1/a/{id} DELETE", "/v1/b GET POST"]);
    }
}
