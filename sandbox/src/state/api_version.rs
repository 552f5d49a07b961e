//! What names a version of the API.

/// Whether a text can be a version of the API: a date, and perhaps the name of a release: `2026-01-28.clover`. Betas may
/// follow: `2026-01-28.preview; issuing_beta=v2`. The names are not known in advance: other clients are newer.
pub fn is_version(text: &str) -> bool {
    let mut parts = text.split(';').map(str::trim);
    let version = parts.next().unwrap_or_default();
    let (date, release) = version.split_once('.').map_or((version, None), |(date, name)| (date, Some(name)));
    is_date(date) && release.is_none_or(is_release) && parts.all(is_beta)
}

fn is_release(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_date(text: &str) -> bool {
    let number = |part: Option<&str>, length: usize| {
        let digits = part?;
        let is_number = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { digits.parse::<u32>().ok() } else { None }
    };
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (number(parts.next(), 4), number(parts.next(), 2), number(parts.next(), 2));
    let longest = match month {
        Some(2) => 29,
        Some(4 | 6 | 9 | 11) => 30,
        Some(1..=12) => 31,
        _ => 0,
    };
    // Stripe's API is from this year.
    year.is_some_and(|year| year >= 2011) && day.is_some_and(|day| (1..=longest).contains(&day))
}

/// The name of a beta with its version: `issuing_beta=v2`.
fn is_beta(text: &str) -> bool {
    let Some((name, version)) = text.split_once('=') else { return false };
    let digits = version.strip_prefix('v').unwrap_or_default();
    let named = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    named && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_a_version_is_one() {
        for version in [
            "2026-01-28.clover",
            "2026-01-28.preview",
            "2031-10-28.zinnia",
            "2020-08-27",
            "2024-02-29",
            "2026-01-28.clover; issuing_beta=v2",
            "2022-08-01;orders_beta=v4;other_1=v12",
        ] {
            assert!(is_version(version), "{version}");
        }
        for none in [
            "",
            "latest",
            "9999-99-99",
            "2026-13-45",
            "2026-02-30",
            "2026-00-10",
            "2026-1-28",
            "1999-01-01",
            "+026-01-28",
            "2026-01-28.",
            "2026-01-28.z2",
            "2026-01-28.Clover",
            "2026-01-28.clover;",
            "2026-01-28.clover;garbage!!",
            "2026-01-28.clover; beta=2",
            "2026-01-28.clover; beta=v",
        ] {
            assert!(!is_version(none), "{none}");
        }
    }
}
