//! The operations of Stripe that this crate implements, and how far the sandbox supports each.
//!
#![doc = include_str!("coverage.md")]
//!
//! # State machines
//!
#![doc = include_str!("machines.md")]

use crate::resources;
use crate::spec;
use crate::spec::{Operation, Parameters};
use crate::state::UNCONFIRMED;
use std::collections::HashMap;
use std::fmt::Write;

/// The table of all operations as Markdown: which are routed, validated and stateful, and the events they emit.
pub fn markdown() -> String {
    let stateful: HashMap<_, _> = resources::entries().map(|entry| (entry.operation, entry.events)).collect();
    let mut operations: Vec<&Operation> = spec::operations().collect();
    operations.sort_by_key(|operation| (operation.path, operation.method));
    let done = operations.iter().filter(|operation| stateful.contains_key(operation.id)).count();
    let mut out = format!(
        "{done} of {} operations are stateful. The others are routed and their parameters validated; then they return 501 \
         with their name.\n\n| Operation | Routed | Validated | Stateful | Events |\n|---|---|---|---|---|\n",
        operations.len()
    );
    for operation in operations {
        let events = stateful.get(operation.id);
        // Writing to a string cannot fail.
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

/// The tables of all state machines as Markdown: the permitted transitions and their effects.
pub fn machines() -> String {
    let mut out = String::from(
        "Transitions that are not in this table are rejected with 400. Events and balance transactions that depend on more \
         than the state are not listed.\n\n\
         | Object | State | Event | New state | Emitted events | Balance transactions |\n|---|---|---|---|---|---|\n",
    );
    for machine in resources::RESOURCES.iter().flat_map(|system| system.machines) {
        for step in machine.steps {
            // Writing to a string cannot fail.
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

/// The table of the options for unconfirmed behaviour of Stripe, as Markdown.
pub fn unconfirmed() -> String {
    let mut out = String::from(
        "Where the behaviour of Stripe is not confirmed, [`Options`] have a switch, whose default is the most likely behaviour:\n\n\
         | Switch | Unconfirmed behaviour |\n|---|---|\n",
    );
    for (switch, unknown) in UNCONFIRMED {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| `{switch}` | {unknown} |");
    }
    out
}

fn mark(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// Whether parameters are validated; operations without parameters have nothing to validate.
fn validated(operation: &Operation) -> &'static str {
    match operation.body {
        Parameters::None if operation.query.is_empty() => "no parameters",
        _ => "yes",
    }
}
