//! All controls with their curl commands.

use crate::Sandbox;
use crate::server::CONTROLS;
use crate::server::control::transitions::TRANSITIONS;
use maud::{Markup, html};

pub(super) fn page(sandbox: &Sandbox) -> (String, Markup) {
    let base = sandbox.state().options.base_url.clone();
    let main = html! {
        div class="head" { h1 { "Controls" } a href="/_sandbox/openapi.json" { "OpenAPI document" } }
        section class="card" {
            p { "No key is required. Parameters are sent as a form or a JSON object; for GET in the query." }
            ul class="timeline" {
                @for control in CONTROLS {
                    li id={ (control.method) "-" (control.path.replace('/', "-")) } {
                        p { b { (control.method) " /_sandbox/" (control.path) } " " (control.does) }
                        pre tabindex="0" { (line(&base, control.method, control.path, &control.parameters().collect::<Vec<_>>())) }
                    }
                }
            }
        }
        section class="card" aria-labelledby="transitions" {
            h2 id="transitions" { "Transitions" }
            p { "The transitions of " code { "POST /_sandbox/transitions" } ", with the parameters in addition to " code { "name" } " and " code { "id" } "." }
            div class="scroll" tabindex="0" role="group" aria-label="Transitions" {
                table {
                    thead { tr { th { "Name" } th { "Parameters" } } }
                    tbody { @for transition in TRANSITIONS { tr { td { code { (transition.name) } } td { (transition.parameters) } } } }
                }
            }
        }
    };
    ("Controls".to_owned(), main)
}

/// A control as a curl command.
fn line(base: &str, method: &str, path: &str, parameters: &[&str]) -> String {
    let address = format!("{base}/_sandbox/{path}");
    if method == "GET" {
        let query: Vec<_> = parameters.iter().map(|name| format!("{name}=…")).collect();
        return if query.is_empty() {
            format!("curl {address}")
        } else {
            format!("curl '{address}?{}'", query.join("&"))
        };
    }
    if parameters.is_empty() {
        return format!("curl -X POST {address}");
    }
    let known = parameters.iter().filter(|name| !name.contains(' '));
    let data: String = known.map(|name| format!(" -d {name}=…")).collect();
    format!("curl {address}{data}")
}
