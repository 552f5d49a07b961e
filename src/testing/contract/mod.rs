//! Contract tests for implementations of event logs and outboxes.

#[cfg(feature = "webhook")]
pub(crate) mod event_log;
#[cfg(feature = "outbox")]
pub(crate) mod outbox;

#[cfg(feature = "webhook")]
pub use crate::testing::contract::event_log::event_log_contract;
#[cfg(feature = "outbox")]
pub use crate::testing::contract::outbox::outbox_contract;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A unique text, so that a contract can run on a table with rows.
fn unique(name: &str) -> String {
    match getrandom::u64() {
        Ok(number) => format!("{name}_{number:016x}"),
        Err(error) => panic!("the system's random number generator is unavailable: {error}"),
    }
}

/// Polls futures concurrently until all have completed.
async fn all<T>(futures: impl IntoIterator<Item: Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        let mut pending = false;
        for (future, result) in running.iter_mut().filter(|(_, result)| result.is_none()) {
            match Pin::new(future).poll(context) {
                Poll::Ready(value) => *result = Some(value),
                Poll::Pending => pending = true,
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, result)| result).collect()
}
