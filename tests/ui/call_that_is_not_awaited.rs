#![deny(unused_must_use)]

use stripe_platform::{Client, topup};

async fn cancel(client: &Client) {
    topup::Cancel::new("tu_1").send(client); //~ unused_must_use: a call does nothing until it is awaited
}

fn main() {
    let _ = cancel;
}
