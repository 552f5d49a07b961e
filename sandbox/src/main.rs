//! Serves the sandbox on this machine, for clients in any language.

use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use stripe_platform::API_VERSION;
use stripe_sandbox::Sandbox;
use stripe_sandbox::server::{CONTROLS, Server, Tls};

const HELP: &str = "\
Serves an offline Stripe on 127.0.0.1.

Usage: stripe-sandbox [--port PORT] [--seed SEED] [--account] [--tls | --tls-cert FILE --tls-key FILE]

  --port PORT   the port to listen on (default 12111; 0 for a free one)
  --seed SEED   a whole number that decides every id (default 1)
  --account     begin with one connected account
  --tls         speak TLS, with a certificate made for this run (needs the feature sandbox-tls)
  --tls-cert, --tls-key
                speak TLS, with the certificate and the private key in these files (PEM)
  --help        show this";

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
    scheme: Scheme,
}

/// Reads the command line; `Ok(None)` asks for help.
fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Command>, String> {
    let mut command = Command { port: 12_111, seed: 1, account: false, scheme: Scheme::Http };
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
    let sandbox = Sandbox::new(command.seed);
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
        introduction(&server.url(), port, &sandbox.platform(), account.as_deref(), root.as_deref())
    );
    // It serves until the process is ended.
    std::future::pending().await
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
fn introduction(url: &str, port: u16, platform: &str, account: Option<&str>, root: Option<&str>) -> String {
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
        let expected = Command { port: 8080, seed: 7, account: true, scheme: Scheme::Http };
        assert_eq!(words("--port 8080 --seed=7 --account"), Ok(Some(expected)));
        assert_eq!(words("-h"), Ok(None));
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
        ] {
            assert!(words(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_introduction_names_the_address_the_accounts_and_every_control() {
        let text = introduction("http://127.0.0.1:9", 9, "acct_p", Some("acct_c"), None);
        assert!(text.contains("http://127.0.0.1:9/v1/balance") && text.contains("port: 9,"), "{text}");
        assert!(text.contains("acct_p") && text.contains("acct_c"));
        assert!(!text.contains("https") && !text.contains("certificate"), "{text}");
        assert!(CONTROLS.iter().all(|control| text.contains(control.does)));
    }

    #[test]
    fn under_tls_every_client_is_told_whom_to_trust() {
        let text = introduction("https://127.0.0.1:9", 9, "acct_p", None, Some("/r.pem"));
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
