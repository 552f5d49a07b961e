use stripe_platform::{Id, payout, topup};

fn cancel(topup: &Id<topup::Topup>) -> payout::Cancel {
    payout::Cancel::new(topup) //~ E0277: is not implemented for `stripe_platform::Id<stripe_platform::payout::Payout>`
}

fn main() {
    let _ = cancel;
}
