use stripe_platform::issuing;

fn main() {
    let _ = issuing::AddressParams::new(issuing::RequiredAddressParams { //~ E0063: missing field `line1`
        city: "San Francisco".into(),
        country: "US".into(),
        postal_code: "94103".into(),
    });
}
