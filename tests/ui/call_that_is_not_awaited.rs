#![deny(unused_must_use)]

use stripe_platform::{Client, topup};

async fn cancel(client: &Client) {
    topup::Cancel::new("tu_1").send(client);
}

fn main() {
    let _ = cancel;
}
