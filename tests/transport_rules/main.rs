//! The rules of the transport, against a scripted one in process and with paused time.

mod accounts;
mod deadlines;
mod encoding;
mod files;
mod headers;
mod idempotency;
mod observing;
mod outcomes;
mod paging;
mod retries;
mod script;
