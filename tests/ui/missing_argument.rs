use stripe_platform::topup;

fn main() {
    let _ = topup::Create::new(50_000);
}
