//! Card numbers.

use crate::state::RequestContext;

/// The prefix of test card numbers.
const BIN: &str = "424242";

/// A number of 16 digits with a valid check digit.
pub(super) fn number(call: &mut RequestContext<'_>) -> String {
    let mut number = format!("{BIN}{}", call.state.ids.digits(9));
    number.push(check_digit(&number));
    number
}

/// The Luhn check digit: from the right, every other digit is doubled.
fn check_digit(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            let counted = if place % 2 == 0 { 2 * digit } else { digit };
            counted / 10 + counted % 10
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_match_known_card_numbers() {
        for number in ["4242424242424242", "4000056655665556", "5200828282828210"] {
            let (digits, last) = number.split_at(15);
            assert_eq!(check_digit(digits).to_string(), last, "{number}");
        }
    }
}
