//! Sends signed test events to a server, as Stripe would.

use serde_json::{Value, json};
use stripe_platform::Timestamp;
use stripe_platform::webhook::{SIGNATURE_HEADER, Signer};

const AUTHORIZATION: &str = include_str!("events/authorization_request.json");
const TOPUP: &str = include_str!("events/topup_succeeded.json");
const ACCOUNT: &str = include_str!("events/account_updated.json");

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Sends all events. Fails on an unexpected answer.
pub async fn all(url: &str, secret: &str) -> Outcome {
    let url = url.trim_end_matches('/');
    let firing = Firing {
        http: reqwest::Client::new(),
        signer: Signer::new(secret)?,
        run: Timestamp::now().to_string(),
    };
    let (events, authorizations) = (format!("{url}/events"), format!("{url}/authorizations"));

    let account = firing.event(ACCOUNT, "account", &[])?;
    let topup = firing.event(TOPUP, "topup", &[])?;
    firing.send("An account with a new requirement", &events, &account, 200).await?;
    firing.send("A top-up that succeeded", &events, &topup, 200).await?;
    firing.send("The same top-up again", &events, &topup, 200).await?;

    for (name, amount, category, approved) in [
        ("A taxi for 42.50 USD", 4_250, "taxicabs_limousines", true),
        ("A taxi for 420.00 USD", 42_000, "taxicabs_limousines", false),
        ("A casino for 5.00 USD", 500, "betting_casino_gambling", false),
    ] {
        let changes = [
            ("/data/object/id", json!(format!("iauth_example_{amount}"))),
            ("/data/object/pending_request/amount", json!(amount)),
            ("/data/object/merchant_data/category", json!(category)),
        ];
        let body = firing.event(AUTHORIZATION, &format!("authorization{amount}"), &changes)?;
        let answer: Value = serde_json::from_str(&firing.send(name, &authorizations, &body, 200).await?)?;
        println!("  {answer}");
        if answer["approved"] != json!(approved) {
            return Err(format!("{name}: expected approved to be {approved}").into());
        }
    }

    let forged = Firing { signer: Signer::new("whsec_of_nobody")?, ..firing };
    forged.send("An event that Stripe did not sign", &events, &topup, 400).await?;
    Ok(())
}

struct Firing {
    http: reqwest::Client,
    signer: Signer,
    /// Part of the event ids, so that they differ between runs.
    run: String,
}

impl Firing {
    fn event(
        &self,
        template: &str,
        name: &str,
        changes: &[(&str, Value)],
    ) -> Result<String, serde_json::Error> {
        let mut event: Value = serde_json::from_str(template)?;
        event["id"] = json!(format!("evt_{name}_{}", self.run));
        for (pointer, value) in changes {
            if let Some(place) = event.pointer_mut(pointer) {
                place.clone_from(value);
            }
        }
        serde_json::to_string_pretty(&event)
    }

    async fn send(
        &self,
        name: &str,
        url: &str,
        body: &str,
        expected: u16,
    ) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        println!("\n{name}");
        let request = self.http.post(url).header("content-type", "application/json");
        let request = request.header(SIGNATURE_HEADER, self.signer.sign(body.as_bytes()));
        let answer = request.body(body.to_owned()).send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        if status != expected {
            return Err(format!("{url} answered {status}: {text}").into());
        }
        if status >= 400 {
            println!("  {status}: {text}");
        }
        Ok(text)
    }
}
