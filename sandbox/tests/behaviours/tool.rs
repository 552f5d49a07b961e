//! The binary: its output, exit codes, state file and sub-commands.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};
use stripe_sandbox::{Json, Peek as _};

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stripe-sandbox"));
    for name in ["STRIPE_SANDBOX_URL", "STRIPE_SANDBOX_KEY", "STRIPE_SANDBOX_CACERT", "NO_COLOR"] {
        command.env_remove(name);
    }
    command
}

/// A running server process, killed on drop.
struct Served {
    child: Child,
    out: BufReader<ChildStdout>,
    introduction: String,
    url: String,
}

impl Served {
    fn start(options: &[&str]) -> Self {
        let mut child = binary().args(["--port", "0"]).args(options).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut introduction = String::new();
        while !introduction.contains("POST /_sandbox/reset") {
            assert!(out.read_line(&mut introduction).unwrap() > 0, "it ended: {introduction}");
        }
        let url = introduction
            .lines()
            .find_map(|line| line.strip_prefix("The sandbox listens on "))
            .unwrap()
            .to_owned();
        Self { child, out, introduction, url }
    }

    /// Runs a sub-command on it.
    fn run(&self, words: &[&str]) -> Output {
        binary().args(words).args(["--url", &self.url]).output().unwrap()
    }

    fn printed(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    async fn post(&self, path: &str, form: &str) -> (u16, Json) {
        let sent = reqwest::Client::new()
            .post(format!("{}{path}", self.url))
            .bearer_auth(crate::support::key())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        let reply = sent.send().await.unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Json {
        let sent =
            reqwest::Client::new().get(format!("{}{path}", self.url)).bearer_auth(crate::support::key());
        serde_json::from_slice(&sent.send().await.unwrap().bytes().await.unwrap()).unwrap()
    }

    fn told(&self, label: &str) -> Option<String> {
        let line = self.introduction.lines().find_map(|line| line.strip_prefix(label))?;
        Some(line.trim().to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn scratch(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("stripe-sandbox-{name}-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
fn version_help_and_invalid_arguments_have_exit_codes() {
    for (words, code) in [
        (vec!["--version"], 0),
        (vec!["-V"], 0),
        (vec!["--help"], 0),
        (vec!["completions", "bash"], 0),
        (vec!["--what"], 2),
        (vec!["--tls-cert", "c"], 2),
        (vec!["state", "--url", "http://127.0.0.1:1"], 1),
        (vec!["--state", "/nowhere/at/all"], 1),
        (vec!["--tls-cert", "/nowhere", "--tls-key", "/nowhere"], 1),
    ] {
        let output = binary().args(&words).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
    }
    let version = binary().arg("-V").output().unwrap().stdout;
    assert_eq!(
        String::from_utf8(version).unwrap(),
        format!("stripe-sandbox {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn random_seed_differs_and_can_be_repeated() {
    let platform = |served: &Served| served.told("Platform account:").unwrap();
    let first = Served::start(&[]);
    let seed = first.told("Seed:").unwrap().split(' ').next().unwrap().to_owned();
    assert_ne!(platform(&first), platform(&Served::start(&[])));
    assert_eq!(platform(&first), platform(&Served::start(&["--seed", &seed])));
}

#[cfg(unix)]
#[test]
fn sigterm_and_sigint_exit_successfully() {
    for signal in ["-TERM", "-INT"] {
        let mut served = Served::start(&[]);
        let begun = Instant::now();
        let id = served.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let status = served.child.wait().unwrap();
        assert!(status.success(), "{signal}: {status}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}

#[test]
fn closed_pipe_does_not_panic() {
    let mut child = binary()
        .args(["--port", "0", "--log"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    std::thread::sleep(Duration::from_millis(500));
    let early = child.try_wait().unwrap();
    let _ = child.kill();
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    let _ = child.wait();
    assert!(early.is_none() && told.is_empty(), "{early:?} {told}");
}

#[tokio::test]
async fn log_has_a_line_per_request() {
    let mut served = Served::start(&["--log"]);
    served.post("/v1/topups", "amount=-1&currency=usd").await;
    let mut line = String::new();
    served.out.read_line(&mut line).unwrap();
    assert!(line.starts_with("400  POST   /v1/topups") && line.contains(" ms"), "{line}");
    served.post("/v1/webhook_endpoints", "url=https://example.com/&enabled_events[]=topup.created").await;
    served.post("/v1/topups", "amount=1&currency=usd").await;
    // An undeliverable webhook is logged with the reason.
    let mut lines = String::new();
    while !lines.contains("--deliver-to example.com") {
        assert!(served.out.read_line(&mut lines).unwrap() > 0, "{lines}");
    }
    assert!(lines.contains("topup.created to https://example.com/"), "{lines}");
}

#[tokio::test]
async fn sub_commands_control_a_running_server() {
    let served = Served::start(&["--account", "--seed", "5"]);
    assert!(served.printed(&["health"]).starts_with("ok "));
    let account = served.told("Connected account:").unwrap();
    assert!(served.printed(&["trigger", "topup.succeeded"]).contains("tu_"));
    served
        .post("/_sandbox/fund", &format!("account={account}&balance=issuing&currency=usd&amount=5000"))
        .await;
    let form = format!("name=accounts.issue_card&id={account}&currency=usd");
    let card = served.post("/_sandbox/transitions", &form).await.1.text("id").to_owned();
    let swiped = served.printed(&["swipe", &card, "12.00", "--merchant", "Cafe"]);
    assert!(swiped.contains("approved") && swiped.contains("12.00 USD at Cafe"), "{swiped}");
    let declined = served.printed(&["swipe", &card, "99"]);
    assert!(declined.contains("declined (insufficient_funds)"), "{declined}");
    assert!(served.printed(&["advance", "1d12h"]).contains("2026-01-06T21:00:00Z"));
    let state = served.printed(&["state"]);
    assert!(state.contains(&account) && state.contains("38.00 USD"), "{state}");
    let json: Json = serde_json::from_str(&served.printed(&["state", "--json"])).unwrap();
    assert_eq!(json.items("connected").len(), 2);
    assert!(served.printed(&["report"]).contains("```mermaid"));
    let file = scratch("report").with_extension("html");
    served.printed(&["report", "-o", file.to_str().unwrap()]);
    assert!(std::fs::read_to_string(&file).unwrap().ends_with("</html>\n"));
    std::fs::remove_file(file).unwrap();
    for wrong in
        [vec!["swipe", &card, "12.345"], vec!["swipe", "ic_missing", "1"], vec!["trigger", "topup.eaten"]]
    {
        let output = served.run(&wrong);
        assert_eq!(output.status.code(), Some(1), "{wrong:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{wrong:?}: {output:?}");
    }
}

#[tokio::test]
async fn tls_start_and_forwarding_are_printed() {
    let served =
        Served::start(&["--tls", "--start", "2030-01-01", "--forward-to", "http://127.0.0.1:9/hooks"]);
    assert!(served.url.starts_with("https://"));
    assert!(served.told("Webhook signing secret:").unwrap().starts_with("whsec_"));
    let root = served.told("Its root certificate:").unwrap();
    let state = served.printed(&["state", "--cacert", &root]);
    assert!(state.contains("2030-01-01T00:00:00Z"), "{state}");
    assert_eq!(served.run(&["state"]).status.code(), Some(1), "its root is not trusted");
}

/// Kills the process repeatedly while it works: acknowledged requests are kept, and the ledger is consistent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_process_loses_no_acknowledged_request() {
    let file = scratch("killed");
    let name = file.to_str().unwrap().to_owned();
    let mut acknowledged: Vec<String> = Vec::new();
    let mut waits = [40, 3, 90, 11, 150].into_iter();
    while acknowledged.len() < 500 {
        let served = Served::start(&["--state", &name]);
        let id = served.child.id().to_string();
        let wait = waits.next();
        let killer = tokio::spawn(async move {
            if let Some(wait) = wait {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                let _ = Command::new("kill").args(["-KILL", &id]).status();
            }
        });
        let client = reqwest::Client::new();
        while acknowledged.len() < 500 {
            let sent = client
                .post(format!("{}/v1/topups", served.url))
                .bearer_auth(crate::support::key())
                .header("content-type", "application/x-www-form-urlencoded")
                .body("amount=100&currency=usd");
            let Ok(reply) = sent.send().await else { break };
            let Ok(body) = reply.bytes().await else { break };
            acknowledged.push(serde_json::from_slice::<Json>(&body).unwrap().text("id").to_owned());
        }
        killer.await.unwrap();
    }
    let served = Served::start(&["--state", &name]);
    for id in &acknowledged {
        assert_eq!(served.get(&format!("/v1/topups/{id}")).await.text("id"), id);
    }
    let state = served.get("/_sandbox/state").await;
    assert_eq!(state.at("audit"), None, "{state}");
    let distinct: std::collections::BTreeSet<_> = acknowledged.iter().collect();
    assert_eq!(distinct.len(), acknowledged.len());
    drop(served);
    std::fs::remove_file(file).unwrap();
}
