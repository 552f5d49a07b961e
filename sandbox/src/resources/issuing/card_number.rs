//! Card numbers.

use crate::state::RequestContext;

/// The numbers of test cards begin so.
const BIN: &str = "424242";
/// A number of 16 digits with a good check digit.
pub(super) fn number(call: &mut RequestContext<'_>) -> String {
    let mut number = format!("{BIN}{}", call.state.ids.digits(9));
    number.push(check_digit(&number));
    number
}

/// The last digit by the rule of Luhn: from the right, every other digit counts twice.
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
    fn check_digits_are_those_of_well_known_numbers() {
        for number in ["4242424242424242", "4000056655665556", "5200828282828210"] {
            let (digits, last) = number.split_at(15);
            assert_eq!(check_digit(digits).to_string(), last, "{number}");
        }
    }
}
