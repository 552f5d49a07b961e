use super::*;
use crate::{Client, balance};

/// What a call needs while it waits: with many in flight this is most of the memory.
#[test]
fn a_call_on_its_way_is_small() {
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
