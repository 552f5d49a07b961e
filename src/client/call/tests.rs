use super::*;
use crate::{Client, balance};

/// The size of a waiting call dominates the memory use when many are in flight.
#[test]
fn pending_call_is_small() {
    let client = Client::builder("sk_test_1").transport(Arc::new(Nowhere)).build().unwrap();
    let request = client.prepare(&balance::Retrieve::new()).unwrap();
    let size = size_of_val(&attempts::run(Arc::clone(&client.inner), request, Wanted::File));
    assert!(size <= 2048, "{size}");
}

struct Nowhere;

impl crate::Transport for Nowhere {
    fn execute(
        &self,
        _: crate::TransportRequest,
    ) -> BoxFuture<'_, Result<crate::TransportReply, crate::TransportError>> {
        Box::pin(std::future::pending())
    }
}
