//! The server.

use super::introduction::{Told, introduction};
use super::{log, output, remote, times};
use clap::{Args, ValueEnum};
use std::fmt::Display;
use std::fs;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use stripe_sandbox::server::{Server, ServerOptions, StateFile, Tls};
use stripe_sandbox::{ClockMode, Options as SandboxOptions, Sandbox, Targets};
use url::Url;

/// The number of requests and webhooks kept in full for the pages.
const KEPT: usize = 2_000;

/// File descriptors reserved for files and webhooks.
const SPARE_DESCRIPTORS: u64 = 128;

/// Options of the server.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The address to listen on; 0.0.0.0 for all addresses of this machine
    #[arg(long, default_value = "127.0.0.1", value_parser = address)]
    pub(super) host: IpAddr,
    /// The port to listen on; 0 selects a free one
    #[arg(long, default_value_t = 12_111)]
    pub(super) port: u16,
    /// The initial time of the clock: `now` or a date (default 2026-01-05T09:00:00Z)
    #[arg(long, value_name = "now|DATE", value_parser = times::start)]
    pub(super) start: Option<i64>,
    /// Whether the clock moves only when it is advanced, or follows the system clock
    #[arg(long, value_enum, default_value_t = Clock::Fixed)]
    pub(super) clock: Clock,
    /// An integer that determines every id; random by default
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Create one connected account at the start
    #[arg(long)]
    pub(super) account: bool,
    /// Store all state in this file, and restore it after a restart
    #[arg(long, value_name = "FILE", conflicts_with = "platform_per_key")]
    pub(super) state: Option<PathBuf>,
    /// Send all events to this address, and print the signing secret
    #[arg(long, value_name = "URL")]
    pub(super) forward_to: Option<Url>,
    /// Also send webhooks to this host, or to `any`; can be repeated
    #[arg(long, value_name = "HOST")]
    pub(super) deliver_to: Vec<String>,
    /// Also serve the control API and the pages under this host name; can be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) allow_host: Vec<String>,
    /// Allow scripts of this origin to call and read everything; can be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub(super) allow_origin: Vec<String>,
    /// Use a separate platform for each secret key
    #[arg(long)]
    pub(super) platform_per_key: bool,
    /// Use TLS with a certificate created for this run
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"])]
    pub(super) tls: bool,
    /// Use TLS with the certificate in this file (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(super) tls_cert: Option<PathBuf>,
    /// The private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(super) tls_key: Option<PathBuf>,
    /// Print a line for each request and each webhook
    #[arg(long)]
    pub(super) log: bool,
}

/// How the clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Clock {
    /// It moves only when it is advanced
    Fixed,
    /// It follows the system clock
    Real,
}

fn address(text: &str) -> Result<IpAddr, String> {
    if text == "localhost" {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    text.parse().map_err(|_| "use localhost or an IP address such as 127.0.0.1 or 0.0.0.0".to_owned())
}

/// Serves until SIGTERM or SIGINT.
pub(super) async fn run(options: Options) -> Result<(), String> {
    // Installed first: process 1 of a container ignores signals without a handler.
    let end = Signals::new()?;
    let seed = match options.seed {
        Some(seed) => seed,
        None => getrandom::u64()
            .map_err(|problem| format!("the system's random number generator failed: {problem}"))?,
    };
    let settings = settings(&options);
    let state = match &options.state {
        None => None,
        Some(file) => {
            Some(StateFile::open(file, seed, settings.clone()).map_err(|problem| problem.to_string())?)
        }
    };
    let (sandbox, seed) = match &state {
        Some(state) => (state.sandbox().clone(), state.seed()),
        None => (Sandbox::with(seed, settings), seed),
    };
    if let Some(given) = options.seed.filter(|given| *given != seed) {
        return Err(format!(
            "the state file has the seed {seed}, but --seed is {given}; leave out --seed, or use another file"
        ));
    }
    sandbox.webhooks().deliver_to(targets(&options));
    let tls = tls(&options)?;
    let server = serve(&sandbox, &options, tls.clone())?;
    let port = server.address().port();
    let root = match (&options.tls_cert, &tls) {
        (Some(certificate), _) => Some(certificate.clone()),
        (None, Some(tls)) => Some(keep(tls.root_pem(), port)?),
        (None, None) => None,
    };
    let own = remote::Server {
        url: Url::parse(&server.url()).map_err(|problem| problem.to_string())?,
        cacert: root.clone(),
        key: None,
    };
    let is_new = state.as_ref().is_none_or(|state| state.inputs() == 0);
    let account = match options.account && is_new {
        true => {
            Some(own.post("/_sandbox/connect", &[]).await?["account"].as_str().unwrap_or_default().to_owned())
        }
        false => None,
    };
    let forward = match &options.forward_to {
        None => None,
        Some(to) => {
            let made = own.post("/_sandbox/forward", &[("url", to.as_str())]).await?;
            Some((to.to_string(), made["secret"].as_str().unwrap_or_default().to_owned()))
        }
    };
    let root = root.map(|file| file.display().to_string());
    let file = options.state.as_ref().map(|file| file.display().to_string());
    let host =
        Url::parse(&server.url()).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    output::print(&introduction(&Told {
        url: &server.url(),
        host: &host,
        port,
        platform: &sandbox.platform(),
        seed,
        account: account.as_deref(),
        root: root.as_deref(),
        state: file.as_deref().zip(state.as_ref().map(StateFile::inputs)),
        forward: forward.as_ref().map(|(to, secret)| (to.as_str(), secret.as_str())),
    }));
    end.wait().await;
    Ok(())
}

fn settings(options: &Options) -> SandboxOptions {
    let clock = match options.clock {
        Clock::Fixed => ClockMode::Fixed,
        Clock::Real => ClockMode::Real,
    };
    let standard = SandboxOptions::default();
    let start = options.start.unwrap_or(standard.start);
    SandboxOptions { start, clock, follows_real_time: true, kept_exchanges: KEPT, ..standard }
}

fn targets(options: &Options) -> Targets {
    if options.deliver_to.iter().any(|host| host == "any") {
        return Targets::any();
    }
    let forward = options.forward_to.as_ref().and_then(|url| url.host_str()).map(str::to_owned);
    options
        .deliver_to
        .iter()
        .cloned()
        .chain(forward)
        .fold(Targets::default(), |targets, host| targets.host(host))
}

fn serve(sandbox: &Sandbox, options: &Options, tls: Option<Tls>) -> Result<Server, String> {
    // Each connection needs a file descriptor, so the limit of the system limits the connections.
    let descriptors = rlimit::increase_nofile_limit(16_384).unwrap_or(1_024);
    let connections =
        usize::try_from(descriptors.saturating_sub(SPARE_DESCRIPTORS)).unwrap_or(usize::MAX).min(4_096);
    let mut server = ServerOptions::new()
        .host(options.host)
        .port(options.port)
        .connections(connections)
        .platform_per_key(options.platform_per_key);
    if let Some(tls) = tls {
        server = server.tls(tls);
    }
    server = options.allow_host.iter().fold(server, ServerOptions::allow_host);
    server = options.allow_origin.iter().fold(server, ServerOptions::allow_origin);
    if options.log {
        let coloured = log::is_coloured();
        server = server.log(move |logged| log::line(logged, coloured));
    }
    let place = format!("{}:{}", options.host, options.port);
    server.start(sandbox).map_err(|problem| format!("cannot listen on {place}: {problem}"))
}

fn tls(options: &Options) -> Result<Option<Tls>, String> {
    let read = |file: &Path| fs::read(file).map_err(|problem| unread(&file.display(), &problem));
    let made = match (&options.tls_cert, &options.tls_key) {
        (Some(certificate), Some(key)) => Tls::from_pem(&read(certificate)?, &read(key)?),
        _ if options.tls => Tls::self_signed(),
        _ => return Ok(None),
    };
    made.map(Some).map_err(|problem| format!("cannot use TLS: {problem}"))
}

fn unread(file: &dyn Display, problem: &io::Error) -> String {
    format!("cannot use {file}: {problem}")
}

/// Writes the root certificate to a file that clients can read, named by the port, which is unique.
fn keep(pem: &str, port: u16) -> Result<PathBuf, String> {
    let file = std::env::temp_dir().join(format!("stripe-sandbox-{port}.pem"));
    // Replaces the file of an earlier run; symbolic links are not followed.
    let _ = fs::remove_file(&file);
    fs::File::create_new(&file)
        .and_then(|mut made| made.write_all(pem.as_bytes()))
        .map_err(|problem| unread(&file.display(), &problem))?;
    Ok(file)
}

/// The signals that end the process.
#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self, String> {
        use tokio::signal::unix::{SignalKind, signal};
        let wait = |kind| signal(kind).map_err(|problem| format!("cannot wait for signals: {problem}"));
        Ok(Self(wait(SignalKind::terminate())?, wait(SignalKind::interrupt())?))
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self, String> {
        Ok(Self)
    }

    async fn wait(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
