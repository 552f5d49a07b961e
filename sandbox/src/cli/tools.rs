//! The sub-commands.

use super::output::{line, print};
use super::remote::Server;
use super::times::Wait;
use serde_json::Value;
use std::path::Path;
use stripe_platform::{Currency, DateTime, Money, Timestamp};

pub(super) async fn advance(server: &Server, wait: &Wait) -> Result<(), String> {
    let seconds;
    let form = match wait {
        Wait::Next => ("to", "next_due"),
        Wait::Seconds(number) => {
            seconds = number.to_string();
            ("seconds", seconds.as_str())
        }
    };
    let state = server.post("/_sandbox/advance", &[form]).await?;
    line(&format!("The clock shows {}.", date(&state["now"])));
    Ok(())
}

pub(super) async fn trigger(server: &Server, event: &str, account: Option<&str>) -> Result<(), String> {
    let mut form = vec![("event", event)];
    form.extend(account.map(|account| ("account", account)));
    let made = server.post("/_sandbox/trigger", &form).await?;
    line(&format!("{event}: {} of {}", text(&made["object"]), text(&made["account"])));
    Ok(())
}

pub(super) async fn swipe(
    server: &Server,
    card: &str,
    amount: &str,
    merchant: &str,
    category: Option<&str>,
) -> Result<(), String> {
    let query: String = url::form_urlencoded::byte_serialize(card.as_bytes()).collect();
    let found = server.read(&format!("/_sandbox/object?id={query}")).await?;
    let currency = Currency::from(text(&found["object"]["currency"]));
    let minor = minor_units(amount, currency)
        .ok_or_else(|| format!("`{amount}` is not a valid amount in {}", currency.as_str().to_uppercase()))?
        .to_string();
    let mut form =
        vec![("name", "cards.authorize"), ("id", card), ("amount", &minor), ("merchant", merchant)];
    form.extend(category.map(|category| ("category", category)));
    let made = server.post("/_sandbox/transitions", &form).await?;
    let shown = Money::new(made["amount"].as_i64().unwrap_or_default(), currency);
    let outcome = if made["approved"].as_bool() == Some(true) { "approved" } else { "declined" };
    let reason = text(&made["request_history"][0]["reason"]);
    line(&format!("{} {outcome} ({reason}): {shown} at {merchant}", text(&made["id"])));
    Ok(())
}

/// Parses an amount such as `12.00` into minor units, without floating point.
fn minor_units(text: &str, currency: Currency) -> Option<i64> {
    let decimals = usize::try_from(currency.decimals()).ok()?;
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > decimals || !digits(whole) || !digits(part) {
        return None;
    }
    format!("{whole}{part:0<decimals$}").parse().ok().filter(|amount| *amount > 0)
}

pub(super) async fn state(server: &Server, json: bool) -> Result<(), String> {
    let state = server.read("/_sandbox/state").await?;
    if json {
        line(&format!("{state:#}"));
        return Ok(());
    }
    line(&format!("Clock      {}", date(&state["now"])));
    if state["next_due"].is_i64() {
        line(&format!("Next due   {}", date(&state["next_due"])));
    }
    line(&format!("Platform   {}", text(&state["platform"])));
    line(&format!("Connected  {}", state["connected"].as_array().map_or(0, Vec::len)));
    line(&format!("Webhooks   {} waiting", state["webhooks_waiting"]));
    for stuck in state["webhooks_undeliverable"].as_array().into_iter().flatten() {
        line(&format!("  {} to {}: {}", text(&stuck["type"]), text(&stuck["url"]), text(&stuck["reason"])));
    }
    for (account, balances) in state["balances"].as_object().into_iter().flatten() {
        line(account);
        for (name, amount) in balances.as_object().into_iter().flatten() {
            let (kind, currency) = name.rsplit_once(' ').unwrap_or((name, ""));
            let money = Money::new(amount.as_i64().unwrap_or_default(), Currency::from(currency));
            line(&format!("  {:<24} {:>16}", kind, money.to_string()));
        }
    }
    if let Some(flaw) = state["audit"].as_str() {
        return Err(format!("the ledger is inconsistent: {flaw}"));
    }
    Ok(())
}

pub(super) async fn report(
    server: &Server,
    format: Option<&str>,
    output: Option<&Path>,
) -> Result<(), String> {
    let by_name = output.and_then(Path::extension).and_then(|extension| extension.to_str());
    let format = format.or(by_name.filter(|name| *name == "html")).unwrap_or("md");
    let path = if format == "html" { "/_sandbox/report?entries=all" } else { "/_sandbox/report.md" };
    let report = server.get(path).await?;
    match output {
        None => print(&report),
        Some(file) => std::fs::write(file, report)
            .map_err(|problem| format!("cannot write {}: {problem}", file.display()))?,
    }
    Ok(())
}

pub(super) async fn health(server: &Server) -> Result<(), String> {
    let health = server.read("/health").await?;
    line(&format!("{} {}", text(&health["status"]), text(&health["version"])));
    Ok(())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn date(value: &Value) -> String {
    DateTime::from(Timestamp::new(value.as_i64().unwrap_or_default())).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_parsed_with_the_decimals_of_their_currency() {
        for (text, currency, expected) in [
            ("12.00", "usd", Some(1200)),
            ("12", "usd", Some(1200)),
            ("0.5", "usd", Some(50)),
            ("12.345", "usd", None),
            ("0", "usd", None),
            ("-1", "usd", None),
            ("1e3", "usd", None),
            (".5", "usd", None),
            ("500", "jpy", Some(500)),
            ("5.0", "jpy", None),
        ] {
            assert_eq!(minor_units(text, Currency::from(currency)), expected, "{text} {currency}");
        }
    }
}
