//! A clock that follows the system clock.

use super::Shared;
use crate::Sandbox;
use crate::handles::WebhookDispatcher;
use crate::state::{ClockMode, Input, wall};
use std::sync::Arc;
use std::time::Duration;

/// The interval between updates of the clock.
const TICK: Duration = Duration::from_millis(250);

/// Advances the clocks of all sandboxes with a real clock, until it is aborted.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut before = wall();
    loop {
        tokio::time::sleep(TICK).await;
        let now = wall();
        // If the system clock was set back, the clock stands still.
        let passed = now.saturating_sub(before).max(0);
        before = now;
        for sandbox in shared.worlds.all() {
            tick(&sandbox, passed).await;
        }
    }
}

async fn tick(sandbox: &Sandbox, passed: i64) {
    let happened = {
        let mut state = sandbox.state();
        if state.options.clock != ClockMode::Real {
            return;
        }
        let until = state.clock.milliseconds().saturating_add(passed);
        let is_due = state.next_due().is_some_and(|due| due <= until);
        // Only ticks at which a task is due are written to a state file; the time itself is recorded with every
        // input.
        if is_due && state.record(|| Input::Tick(until)).is_err() {
            return;
        }
        state.move_clock(until);
        is_due
    };
    if happened {
        WebhookDispatcher::new(sandbox).carry().await;
    }
}
