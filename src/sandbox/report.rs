//! Pictures of a run: what was called, what happened, and where the money went.
//!
//! [`html`] is one page that needs nothing else, [`markdown`] the same as text with a Mermaid diagram. Both are made
//! from the journal and the ledger, so a sandbox without a journal shows only balances.

mod chart;
mod html;
mod markdown;
mod money;
mod run;

pub use html::html;
pub use markdown::markdown;
