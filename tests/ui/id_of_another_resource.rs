use stripe_platform::{Id, payout, topup};

fn cancel(topup: &Id<topup::Topup>) -> payout::Cancel {
    payout::Cancel::new(topup)
}

fn main() {
    let _ = cancel;
}
