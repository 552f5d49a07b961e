//! Serves the sandbox on this machine, for clients in any language.

use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use stripe_platform::API_VERSION;
use stripe_sandbox::Sandbox;
use std::time::{Duration, Instant};
use stripe_sandbox::engine::Clock;
use stripe_sandbox::{Options, Sandbox};
use stripe_sandbox::server::{CONTROLS, Server, Tls};

const HELP: &str = "\
Serves an offline Stripe on 127.0.0.1.

Usage: stripe-sandbox [--port PORT] [--seed SEED] [--account] [--start DATE|now] [--clock fixed|real]
                      [--tls | --tls-cert FILE --tls-key FILE]

  --port PORT   the port to listen on (default 12111; 0 for a free one)
  --seed SEED   a whole number that decides every id (default 1)
  --account     begin with one connected account
  --start DATE  what the clock shows first: a date (2026-01-05), a time (2026-01-05T09:00:00Z), Unix seconds, or `now`
                (the default)
  --clock KIND  `fixed`: the clock moves only when it is told to (the default); `real`: it runs with the real time
  --tls         speak TLS, with a certificate made for this run (needs the feature sandbox-tls)
  --tls-cert, --tls-key
                speak TLS, with the certificate and the private key in these files (PEM)
  --help        show this";

/// How often a running clock moves.
const TICK: Duration = Duration::from_millis(250);

/// What the server speaks.
#[derive(Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    /// With a certificate of this run.
    Https,
    /// With the certificate and the key in these files.
    Given(PathBuf, PathBuf),
}

/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
struct Command {
    port: u16,
    seed: u64,
    account: bool,
    /// What the clock shows first, in Unix seconds; `None` for the real time.
    start: Option<i64>,
    /// Whether the clock runs with the real time.
    runs: bool,
    scheme: Scheme,
}

/// The Unix seconds of a date, of a time, or of themselves.
fn seconds(text: &str) -> Option<i64> {
    let at = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    text.parse().ok().or_else(|| at(text)).or_else(|| at(&format!("{text}T00:00:00Z")))
}

/// Reads the command line; `Ok(None)` asks for help.
fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Command>, String> {
    let mut command =
        Command { port: 12_111, seed: 1, account: false, start: None, runs: false, scheme: Scheme::Http };
    let (mut certificate, mut key) = (None, None);
    while let Some(word) = words.next() {
        let (name, mut value) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let mut given = |what: &str| {
            value.take().or_else(|| words.next()).ok_or_else(|| format!("{name} needs a {what}"))
        };
        match name.as_str() {
            "--port" => {
                command.port = given("number")?.parse().map_err(|_| "--port must be 0 to 65535".to_owned())?
            }
            "--seed" => {
                command.seed =
                    given("number")?.parse().map_err(|_| "--seed must be a whole number".to_owned())?
            }
            "--account" => command.account = true,
            "--start" => {
                let text = given("date or `now`")?;
                let wrong = || format!("--start must be a date, a time, Unix seconds or now, not {text}");
                command.start = if text == "now" { None } else { Some(seconds(&text).ok_or_else(wrong)?) };
            }
            "--clock" => {
                command.runs = match given("kind")?.as_str() {
                    "real" => true,
                    "fixed" => false,
                    other => return Err(format!("--clock must be fixed or real, not {other}")),
                }
            }
            "--tls" => command.scheme = Scheme::Https,
            "--tls-cert" => certificate = Some(given("file")?.into()),
            "--tls-key" => key = Some(given("file")?.into()),
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("{other} is not known")),
        }
    }
    match (certificate, key) {
        (Some(certificate), Some(key)) => command.scheme = Scheme::Given(certificate, key),
        (None, None) => {}
        _ => return Err("--tls-cert and --tls-key need each other".to_owned()),
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
    let served = match runtime {
        Ok(runtime) => runtime.block_on(serve(&command)),
        Err(problem) => Err(format!("There is no runtime: {problem}")),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(command: &Command) -> Result<(), String> {
    let start = command.start.unwrap_or_else(Clock::real);
    let options = Options { start, follows_real_time: true, ..Options::default() };
    let sandbox = Sandbox::with(command.seed, options);
    let account = command.account.then(|| sandbox.connect());
    let tls = tls(&command.scheme)?;
    let server = match &tls {
        None => Server::on_port(&sandbox, command.port),
        Some(tls) => Server::on_port_tls(&sandbox, command.port, tls),
    };
    let server =
        server.map_err(|problem| format!("The sandbox cannot listen on port {}: {problem}", command.port))?;
    let port = server.address().port();
    let root = match (&command.scheme, &tls) {
        (Scheme::Given(certificate, _), _) => Some(certificate.clone()),
        (_, Some(tls)) => Some(keep(tls.root_pem(), port)?),
        (_, None) => None,
    };
    let root = root.map(|file| file.display().to_string());
    println!(
        "{}",
        introduction(
            &server.url(),
            port,
            &sandbox.platform(),
            account.as_deref(),
            root.as_deref(),
            &clock(start, command.runs)
        )
    );
    if command.runs {
        keep_time(&sandbox).await;
    }
    // It serves until the process is ended.
    std::future::pending().await
}

/// Moves the sandbox's clock as far as the real one moves, until the process is ended.
async fn keep_time(sandbox: &Sandbox) {
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(TICK).await;
        let now = Instant::now();
        sandbox.courier().advance(now - last).await;
        last = now;
    }
}

/// What the clock does, in words.
fn clock(start: i64, runs: bool) -> String {
    let shown = jiff::Timestamp::from_second(start).map_or_else(|_| start.to_string(), |start| start.to_string());
    let moves = if runs { "runs with the real time" } else { "moves only by POST /_sandbox/advance" };
    format!("Its clock starts at {shown} and {moves}.")
}

fn tls(scheme: &Scheme) -> Result<Option<Tls>, String> {
    let read = |file: &PathBuf| fs::read(file).map_err(|problem| unread(&file.display(), &problem));
    let made = match scheme {
        Scheme::Http => return Ok(None),
        Scheme::Https => Tls::self_signed(),
        Scheme::Given(certificate, key) => Tls::from_pem(&read(certificate)?, &read(key)?),
    };
    made.map(Some).map_err(|problem| format!("The sandbox cannot speak TLS: {problem}"))
}

fn unread(file: &dyn Display, problem: &io::Error) -> String {
    format!("{file} cannot be used: {problem}")
}

/// Writes the root certificate where clients can read it: a file for each port, as no two listen on the same.
fn keep(pem: &str, port: u16) -> Result<PathBuf, String> {
    let file = std::env::temp_dir().join(format!("stripe-sandbox-{port}.pem"));
    // What an earlier run left is replaced; what somebody links there is not followed.
    let _ = fs::remove_file(&file);
    fs::File::create_new(&file)
        .and_then(|mut made| made.write_all(pem.as_bytes()))
        .map_err(|problem| unread(&file.display(), &problem))?;
    Ok(file)
}

/// How to point clients at the sandbox.
fn introduction(
    url: &str,
    port: u16,
    platform: &str,
    account: Option<&str>,
    root: Option<&str>,
    clock: &str,
) -> String {
    let key = ["sk", "test", "sandbox0000"].join("_");
    let controls: String = CONTROLS
        .iter()
        .map(|control| {
            let call = format!("{} /_sandbox/{}", control.method, control.path);
            format!("  {call:<30} {}\n", control.does)
        })
        .collect();
    let account = account.map(|id| format!("Connected account: {id}\n")).unwrap_or_default();
    let protocol = if root.is_some() { "https" } else { "http" };
    // What each client needs to trust the root; nothing in the clear.
    let trust = |how: &dyn Fn(&str) -> String| root.map(how).unwrap_or_default();
    let kept = trust(&|file| format!("Its root certificate: {file}\n"));
    let curl = trust(&|file| format!(" --cacert '{file}'"));
    let rust = trust(&|file| format!(".root_certificate(std::fs::read({file:?})?)"));
    let node = trust(&|file| format!("  // started with NODE_EXTRA_CA_CERTS={file}\n"));
    let python = trust(&|file| format!("  stripe.ca_bundle_path = {file:?}\n"));
    format!(
        "\
The sandbox listens on {url}
API version: {API_VERSION}
{clock}
{kept}Platform account: {platform}
{account}Any secret key does, such as {key}

curl
  curl{curl} {url}/v1/balance -u {key}:

Rust (stripe_platform)
  let client = Client::builder(\"{key}\").base_url(\"{url}\"){rust}.build()?;

Node (stripe)
{node}  const stripe = new Stripe('{key}', {{ host: '127.0.0.1', port: {port}, protocol: '{protocol}' }});

Python (stripe)
{python}  client = stripe.StripeClient('{key}', base_addresses={{'api': '{url}', 'files': '{url}'}})

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
        let expected = Command {
            port: 8080,
            seed: 7,
            account: true,
            start: None,
            runs: false,
            scheme: Scheme::Http,
        };
        assert_eq!(words("--port 8080 --seed=7 --account"), Ok(Some(expected)));
        assert_eq!(words("-h"), Ok(None));
        for (line, start, runs) in [
            ("--start now", None, false),
            ("--start 2026-01-05", Some(1_767_571_200), false),
            ("--start=2026-01-05T09:00:00Z --clock real", Some(1_767_603_600), true),
            ("--start 1767603600 --clock=fixed", Some(1_767_603_600), false),
        ] {
            let command = words(line).unwrap().unwrap();
            assert_eq!((command.start, command.runs), (start, runs), "{line}");
        }
        let scheme = |line: &str| words(line).unwrap().unwrap().scheme;
        assert_eq!(scheme("--tls"), Scheme::Https);
        assert_eq!(scheme("--tls-cert c --tls-key=k"), Scheme::Given("c".into(), "k".into()));
        for wrong in [
            "--port",
            "--port many",
            "--port 70000",
            "--seed x",
            "--what",
            "--tls-cert c",
            "--tls --tls-key k",
            "--start soon",
            "--start 2026-02-30",
            "--clock fast",
        ] {
            assert!(words(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_introduction_names_the_address_the_accounts_and_every_control() {
        let text = introduction("http://127.0.0.1:9", 9, "acct_p", Some("acct_c"), None, &clock(0, false));
        assert!(text.contains("1970-01-01T00:00:00Z and moves only by"), "{text}");
        assert!(text.contains("http://127.0.0.1:9/v1/balance") && text.contains("port: 9,"), "{text}");
        assert!(text.contains("acct_p") && text.contains("acct_c"));
        assert!(!text.contains("https") && !text.contains("certificate"), "{text}");
        assert!(CONTROLS.iter().all(|control| text.contains(control.does)));
    }

    #[test]
    fn under_tls_every_client_is_told_whom_to_trust() {
        let text = introduction("https://127.0.0.1:9", 9, "acct_p", None, Some("/r.pem"), &clock(0, true));
        assert!(text.contains("runs with the real time"), "{text}");
        for told in [
            "curl --cacert '/r.pem' https://127.0.0.1:9/",
            ".root_certificate(std::fs::read(\"/r.pem\")?)",
            "NODE_EXTRA_CA_CERTS=/r.pem",
            "protocol: 'https'",
            "stripe.ca_bundle_path = \"/r.pem\"",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert!(!text.contains("http:"), "{text}");
    }
}
