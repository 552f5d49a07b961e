use stripe_platform::issuing::card;
use stripe_platform::{Call, Client, Currency, Id, balance, topup};

fn fund(client: &Client) -> Call<topup::Topup> {
    topup::Create::new(50_000, Currency::USD).description("Cards").idempotency_key("fund/1").send(client)
}

async fn cancel(client: &Client, id: &Id<topup::Topup>) -> Result<(), stripe_platform::Error> {
    let on_account = client.for_account("acct_1");
    let canceled = topup::Cancel::new(id).send(&on_account).await?;
    let _ = balance::Retrieve::new().for_account("acct_1").send(client).with_meta().await?;
    match canceled.status {
        topup::Status::Canceled => Ok(()),
        _ => cancel_again(client, &canceled).await,
    }
}

async fn cancel_again(client: &Client, topup: &topup::Topup) -> Result<(), stripe_platform::Error> {
    topup::Cancel::new(&topup.id).send(client).await.map(drop)
}

fn kept(mut request: card::Update) -> card::Update {
    request.status = None;
    request.clone().clear_metadata()
}

fn main() {
    let _ = (fund, cancel, kept);
}
