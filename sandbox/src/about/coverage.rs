//! What the sandbox does for each operation of Stripe that this crate knows.
//!
#![doc = include_str!("coverage.md")]
//!
//! # What happens in which state
//!
#![doc = include_str!("machines.md")]

use crate::resources;
use crate::spec;
use crate::spec::{Operation, Parameters};
use crate::state::UNCONFIRMED;
use std::collections::HashMap;
use std::fmt::Write;

/// The table of all operations as Markdown: what is routed, checked, kept as state, and which events follow.
pub fn markdown() -> String {
    let stateful: HashMap<_, _> = resources::entries().map(|entry| (entry.operation, entry.events)).collect();
    let mut operations: Vec<&Operation> = spec::operations().collect();
    operations.sort_by_key(|operation| (operation.path, operation.method));
    let done = operations.iter().filter(|operation| stateful.contains_key(operation.id)).count();
    let mut out = format!(
        "{done} of {} operations are stateful. The others are routed and their parameters checked; then they answer 501 \
         and name themselves.\n\n| Operation | Routed | Validated | Stateful | Events |\n|---|---|---|---|---|\n",
        operations.len()
    );
    for operation in operations {
        let events = stateful.get(operation.id);
        // Writing to text cannot fail.
        let _ = writeln!(
            out,
            "| `{} {}` | {} | {} | {} | {} |",
            operation.method,
            operation.path,
            mark(matches!(
                spec::find(operation.method, operation.path),
                spec::RouteMatch::Operation(found, _) if found.id == operation.id
            )),
            validated(operation),
            mark(events.is_some()),
            named(events.copied().unwrap_or_default())
        );
    }
    out
}

/// The tables of all state machines as Markdown: what is permitted in which state, and what it brings with it.
pub fn machines() -> String {
    let mut out = String::from(
        "What is not in this table is refused with 400. Events and balance transactions that depend on more than the state \
         come beside those named here.\n\n\
         | Object | State | What happens | State then | Events | Money |\n|---|---|---|---|---|---|\n",
    );
    for machine in resources::RESOURCES.iter().flat_map(|system| system.machines) {
        for step in machine.steps {
            // Writing to text cannot fail.
            let _ = writeln!(
                out,
                "| {} | `{}` | {} | `{}` | {} | {} |",
                machine.object,
                step.from,
                step.event,
                step.to,
                named(step.emits),
                named(step.moves)
            );
        }
    }
    out
}

fn named(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" ")
}

/// The table of the options that stand for what is not known of Stripe, as Markdown.
pub fn unconfirmed() -> String {
    let mut out = String::from(
        "Where it is not known what Stripe does, a switch of [`Options`] decides, with a guess as its default:\n\n\
         | Switch | What is not known |\n|---|---|\n",
    );
    for (switch, unknown) in UNCONFIRMED {
        // Writing to text cannot fail.
        let _ = writeln!(out, "| `{switch}` | {unknown} |");
    }
    out
}

fn mark(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// Whether parameters are checked; some operations have none but a path.
fn validated(operation: &Operation) -> &'static str {
    match operation.body {
        Parameters::None if operation.query.is_empty() => "no parameters",
        _ => "yes",
    }
}
