//! Random keys, for idempotency and boundaries.

use crate::Error;

/// The error for a system without a working random number generator.
pub(crate) fn unavailable(error: getrandom::Error) -> Error {
    Error::invalid_input(format!("the system's random number generator is unavailable: {error}"))
}

/// Generates a random UUID of version 4.
pub(crate) fn random_key() -> Result<String, Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(unavailable)?;
    let number = u128::from_be_bytes(bytes);
    // Six bits are fixed: the version and the variant.
    let number =
        number & !(0xF000_u128 << 64) & !(0xC000_u128 << 48) | (0x4000_u128 << 64) | (0x8000_u128 << 48);
    let hex = format!("{number:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Ok([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
}
