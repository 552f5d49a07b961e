use stripe_platform::topup;

fn main() {
    let _ = topup::Retrieve::new("tu_1").idempotency_key("read/1");
}
