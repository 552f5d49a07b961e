//! The state of a sandbox, for comparisons.

use crate::Sandbox;
use crate::engine::{Peek, Scope};

/// The complete state of a sandbox as text.
pub fn state(sandbox: &Sandbox) -> String {
    let state = sandbox.state();
    let mut text = format!(
        "{} {:?} {} {:?} {:?} {:?}\n",
        state.clock.milliseconds(),
        state.next_due(),
        state.outbox.waiting(),
        state.connected().collect::<Vec<_>>(),
        state.questions,
        state.ledger.postings().len()
    );
    let scopes: Vec<Scope> = state.scopes().cloned().collect();
    for scope in scopes {
        let Some(store) = state.store(&scope) else { continue };
        text.push_str(&format!("{scope} {} events\n", store.count("event")));
        for object in store.all().filter(|object| object.text("object") != "event") {
            text.push_str(&format!("{scope} {object} {}\n", store.notes(object.text("id"))));
        }
    }
    for (purse, amount) in state.ledger.purses() {
        text.push_str(&format!("{purse:?} {amount}\n"));
    }
    text
}
