//! Rules for any store.

use crate::support::on_both;
use stripe_platform::testing::{event_log_contract, outbox_contract};

on_both! {
    event_log_satisfies_the_contract(store) {
        event_log_contract(&store.log()).await;
    }

    outbox_satisfies_the_contract(store) {
        outbox_contract(&store.outbox()).await;
    }

    contracts_hold_on_used_tables(store) {
        let outbox = store.outbox();
        for _ in 0..2 {
            event_log_contract(&store.log()).await;
        }
        outbox_contract(&outbox).await;
    }
}

#[tokio::test]
async fn memory_outbox_satisfies_the_contract() {
    event_log_contract(&stripe_platform::webhook::MemoryLog::new(1_000)).await;
    outbox_contract(&stripe_platform::outbox::MemoryOutbox::new()).await;
}
