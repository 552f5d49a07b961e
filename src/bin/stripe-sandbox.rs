//! Serves the sandbox on this machine, for clients in any language.

use std::process::ExitCode;
use stripe_platform::sandbox::Sandbox;
use stripe_platform::sandbox::server::{CONTROLS, Server};

const HELP: &str = "\
Serves an offline Stripe on 127.0.0.1.

Usage: stripe-sandbox [--port PORT] [--seed SEED] [--account]

  --port PORT   the port to listen on (default 12111; 0 for a free one)
  --seed SEED   a whole number that decides every id (default 1)
  --account     begin with one connected account
  --help        show this";

/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
struct Command {
    port: u16,
    seed: u64,
    account: bool,
}

/// Reads the command line; `Ok(None)` asks for help.
fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Command>, String> {
    let mut command = Command { port: 12_111, seed: 1, account: false };
    while let Some(word) = words.next() {
        let (name, mut value) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let mut number =
            || value.take().or_else(|| words.next()).ok_or_else(|| format!("{name} needs a number"));
        match name.as_str() {
            "--port" => {
                command.port = number()?.parse().map_err(|_| "--port must be 0 to 65535".to_owned())?
            }
            "--seed" => {
                command.seed = number()?.parse().map_err(|_| "--seed must be a whole number".to_owned())?
            }
            "--account" => command.account = true,
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("{other} is not known")),
        }
    }
    Ok(Some(command))
}

fn main() -> ExitCode {
    let command = match read(std::env::args().skip(1)) {
        Ok(Some(command)) => command,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("{problem}\n\n{HELP}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(serve(&command))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("The sandbox cannot listen on port {}: {problem}", command.port);
            ExitCode::FAILURE
        }
    }
}

async fn serve(command: &Command) -> std::io::Result<()> {
    let sandbox = Sandbox::new(command.seed);
    let account = command.account.then(|| sandbox.connect());
    let server = Server::on_port(&sandbox, command.port)?;
    println!(
        "{}",
        introduction(&server.url(), server.address().port(), &sandbox.platform(), account.as_deref())
    );
    // It serves until the process is ended.
    std::future::pending().await
}

/// How to point clients at the sandbox.
fn introduction(url: &str, port: u16, platform: &str, account: Option<&str>) -> String {
    let key = ["sk", "test", "sandbox0000"].join("_");
    let controls: String = CONTROLS
        .iter()
        .map(|control| {
            let call = format!("{} /_sandbox/{}", control.method, control.path);
            format!("  {call:<30} {}\n", control.does)
        })
        .collect();
    let account = account.map(|id| format!("Connected account: {id}\n")).unwrap_or_default();
    format!(
        "\
The sandbox listens on {url}
Platform account: {platform}
{account}Any secret key does, such as {key}

curl
  curl {url}/v1/balance -u {key}:

Rust (stripe_platform)
  let client = Client::builder(\"{key}\").base_url(\"{url}\").build()?;

Node (stripe)
  const stripe = new Stripe('{key}', {{ host: '127.0.0.1', port: {port}, protocol: 'http' }});

Python (stripe)
  client = stripe.StripeClient('{key}', base_addresses={{'api': '{url}', 'files': '{url}'}})

Controls (no key; parameters as a form, GET /_sandbox/ tells which)
{controls}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Result<Option<Command>, String> {
        read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_command_line_is_read_in_both_spellings() {
        let expected = Command { port: 8080, seed: 7, account: true };
        assert_eq!(words("--port 8080 --seed=7 --account"), Ok(Some(expected)));
        assert_eq!(words("-h"), Ok(None));
        for wrong in ["--port", "--port many", "--port 70000", "--seed x", "--what"] {
            assert!(words(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_introduction_names_the_address_the_accounts_and_every_control() {
        let text = introduction("http://127.0.0.1:9", 9, "acct_p", Some("acct_c"));
        assert!(text.contains("http://127.0.0.1:9/v1/balance") && text.contains("port: 9,"), "{text}");
        assert!(text.contains("acct_p") && text.contains("acct_c"));
        assert!(CONTROLS.iter().all(|control| text.contains(control.does)));
    }
}
