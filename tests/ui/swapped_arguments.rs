use stripe_platform::{Currency, topup};

fn main() {
    let _ = topup::Create::new(Currency::USD, 50_000); //~ E0308: expected `i64`, found `Currency`
}
