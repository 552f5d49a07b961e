use stripe_platform::topup;

fn main() {
    let _ = topup::Retrieve::new("tu_1").idempotency_key("read/1"); //~ E0599: no method named `idempotency_key` found for struct `stripe_platform::topup::Retrieve`
}
