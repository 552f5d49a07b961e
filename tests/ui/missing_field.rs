use stripe_platform::issuing;

fn main() {
    let _ = issuing::CreateAddressParams::new(issuing::RequiredCreateAddressParams {
        city: "San Francisco".into(),
        country: "US".into(),
        postal_code: "94103".into(),
    });
}
