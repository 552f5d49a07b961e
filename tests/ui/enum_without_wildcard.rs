use stripe_platform::topup::Status;

fn is_over(status: Status) -> bool {
    match status { //~ E0004: marked as non-exhaustive, so a wildcard `_` is necessary
        Status::Pending => false,
        Status::Canceled | Status::Failed | Status::Reversed | Status::Succeeded => true,
        Status::Unknown(_) => false,
    }
}

fn main() {
    let _ = is_over;
}
