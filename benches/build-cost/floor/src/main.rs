//! One GET of JSON.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("STRIPE_SECRET_KEY")?;
    let reply = reqwest::Client::new().get("https://api.stripe.com/v1/balance").bearer_auth(key).send().await?;
    let balance: serde_json::Value = reply.error_for_status()?.json().await?;
    println!("{}", balance["available"][0]["amount"]);
    Ok(())
}
