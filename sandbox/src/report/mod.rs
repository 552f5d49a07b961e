//! Reports of a run: requests, events, and the flow of money.
//!
//! [`html`] is a self-contained page, [`markdown`] the same as text with a Mermaid diagram. Both are created from the
//! journal and the ledger, so a sandbox without a journal shows only balances.

pub(crate) mod components;
pub(crate) mod html;
pub(crate) mod markdown;
pub(crate) mod money;
pub(crate) mod run;
pub(crate) mod timeline;

pub use crate::report::html::html;
pub use crate::report::markdown::markdown;
pub(crate) use crate::report::run::Run;
pub(crate) use crate::report::timeline::{Moment, Timeline, What};
