use stripe_platform::topup;

fn main() {
    let _ = topup::Create::new(50_000); //~ E0061: argument #2 of type `Currency` is missing
}
