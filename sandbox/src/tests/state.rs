//! The state of a sandbox, to be compared.

use crate::Sandbox;
use crate::engine::{Peek, Scope};

/// All that a sandbox holds, as text: two that are equal here are in the same state.
pub fn state(sandbox: &Sandbox) -> String {
    let world = sandbox.world();
    let mut text = format!(
        "{} {:?} {} {:?} {:?} {:?}\n",
        world.clock.milliseconds(),
        world.next_due(),
        world.outbox.waiting(),
        world.connected().collect::<Vec<_>>(),
        world.questions,
        world.ledger.postings().len()
    );
    let scopes: Vec<Scope> = world.scopes().cloned().collect();
    for scope in scopes {
        let Some(store) = world.store(&scope) else { continue };
        text.push_str(&format!("{scope} {} events\n", store.count("event")));
        for object in store.all().filter(|object| object.text("object") != "event") {
            text.push_str(&format!("{scope} {object} {}\n", store.notes(object.text("id"))));
        }
    }
    for (purse, amount) in world.ledger.purses() {
        text.push_str(&format!("{purse:?} {amount}\n"));
    }
    text
}
