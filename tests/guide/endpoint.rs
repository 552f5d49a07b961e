//! The example that registers a webhook endpoint, against its fixtures.

use crate::examples::connect_webhook_endpoint as example;
use stripe_platform::testing::Replay;

/// The fixture lists every typed event, so a missing new one is noticed.
#[tokio::test]
async fn example_registers_every_typed_event() -> Result<(), Box<dyn std::error::Error>> {
    let replay = Replay::load("examples/fixtures/connect_webhook_endpoint")?
        .bind("url", "https://other.example/hooks")
        .start()
        .await;
    let secret = example::run(&replay.client(), "https://other.example/hooks").await?;
    assert_eq!(secret.expose(), "signing_secret_of_the_replay");
    replay.finish().await?;
    Ok(())
}
