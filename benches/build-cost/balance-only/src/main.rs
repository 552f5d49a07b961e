//! Reads one balance.

use stripe_platform::{Client, SecretKey, balance};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(SecretKey::from_env("STRIPE_SECRET_KEY")?)?;
    let balance = balance::Retrieve::new().send(&client).await?;
    for funds in &balance.available {
        println!("{} {}", funds.amount, funds.currency);
    }
    Ok(())
}
