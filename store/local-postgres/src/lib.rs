//! Starts a private PostgreSQL server from the installed programs, for tests and examples.
//!
//! The server listens only on a Unix socket in a temporary folder. It never runs as root: a root process starts it as
//! the user `postgres`, or `nobody`. It ends, and its folder is deleted, when the [`Server`] is dropped or the
//! process ends for any reason. It does not sync to disk, so do not keep data in it.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// A running server.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    programs: PathBuf,
    user: Option<&'static str>,
    keeper: Mutex<Option<Child>>,
}

/// The database for tests: `DATABASE_URL` if it names a PostgreSQL server, otherwise a private server shared by all
/// tests of the process. `None` if neither is available, which is reported on standard error, bypassing the capture
/// of test output.
///
/// # Panics
/// Panics if neither is available and `REQUIRE_POSTGRES` is set.
pub fn database_for_tests() -> Option<String> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    if let Some(url) = database_url().filter(|url| url.starts_with("postgres")) {
        return Some(url);
    }
    match SERVER.get_or_init(Server::start) {
        Ok(server) => Some(server.url()),
        Err(problem) => {
            skipped(problem);
            None
        }
    }
}

/// Reports that a test is skipped because there is no PostgreSQL.
///
/// # Panics
/// Panics if `REQUIRE_POSTGRES` is set.
pub fn skipped(problem: &str) {
    assert!(env::var_os("REQUIRE_POSTGRES").is_none(), "PostgreSQL is required: {problem}");
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let text = format!("\n!!! SKIPPED on PostgreSQL: {name}: {problem}. Install it, or set DATABASE_URL.\n");
    drop(io::stderr().write_all(text.as_bytes()));
}

/// `DATABASE_URL`, if it is set and not empty.
pub fn database_url() -> Option<String> {
    env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())
}

impl Server {
    /// Starts a server with an empty database.
    ///
    /// # Errors
    /// Fails if PostgreSQL is not installed or cannot be started; the message states the reason.
    pub fn start() -> Result<Self, String> {
        let programs = programs().ok_or("PostgreSQL is not installed (no `initdb` was found)")?;
        let user = user_for_server()?;
        let folder =
            new_folder().map_err(|error| format!("the temporary folder cannot be created: {error}"))?;
        let server = Self { folder, programs, user, keeper: Mutex::new(None) };
        if let Some(user) = user {
            run(Command::new("chown").arg(user).arg(&server.folder))?;
        }
        let mut initdb = server.command(&server.programs.join("initdb"));
        initdb.args(["--auth=trust", "--username=postgres", "--no-sync", "--no-instructions"]);
        initdb.args(["--encoding=UTF8", "--locale=C"]).arg("--pgdata").arg(server.data());
        run(&mut initdb)?;
        server.launch()?;
        Ok(server)
    }

    /// The URL for sqlx.
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.display())
    }

    /// Kills the server like a crash (`SIGKILL`).
    ///
    /// # Errors
    /// Fails if it cannot be killed; the message states the reason.
    pub fn kill(&self) -> Result<(), String> {
        let pid =
            fs::read_to_string(self.data().join("postmaster.pid")).map_err(|error| error.to_string())?;
        let pid = pid.lines().next().unwrap_or_default().trim().to_owned();
        run(Command::new("kill").args(["-9", &pid]))
    }

    /// Restarts it after [`Server::kill`], with the same data and URL.
    ///
    /// # Errors
    /// Fails if it cannot be started; the message states the reason.
    pub fn restart(&self) -> Result<(), String> {
        let lock = self.data().join("postmaster.pid");
        let pid = fs::read_to_string(&lock).unwrap_or_default();
        let pid = pid.lines().next().unwrap_or_default().trim().to_owned();
        // The shell must not delete the folder. The killed server is gone only after the shell has ended.
        if let Some(keeper) = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take() {
            end_without_cleaning(keeper);
        }
        let end = Instant::now() + Duration::from_secs(5);
        while !pid.is_empty() && run(Command::new("kill").args(["-0", &pid])).is_ok() && Instant::now() < end
        {
            thread::sleep(Duration::from_millis(50));
        }
        drop(fs::remove_file(lock));
        self.launch()
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args([
                    &format!("--reuid={user}"),
                    &format!("--regid={}", group(user)),
                    "--clear-groups",
                ]);
                command.arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    fn launch(&self) -> Result<(), String> {
        // The shell stops the server when this process ends, which closes its standard input.
        let script = r#"folder="$1"; shift; "$@" & read -r _; kill -QUIT $!; wait $!; rm -rf "$folder""#;
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.join("log"));
        let log = log.map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let mut keeper = self.command(Path::new("/bin/sh"));
        keeper.args(["-c", script, "keeper"]).arg(&self.folder);
        keeper.arg(self.programs.join("postgres")).arg("-D").arg(self.data());
        keeper.arg("-k").arg(&self.folder);
        for setting in [
            "listen_addresses=",
            "fsync=off",
            "full_page_writes=off",
            "max_connections=200",
            "shared_buffers=32MB",
        ] {
            keeper.arg("-c").arg(setting);
        }
        let child = keeper.stdin(Stdio::piped()).stdout(log).stderr(errors).spawn();
        let child = child.map_err(|error| format!("the server cannot be started: {error}"))?;
        *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        let end = Instant::now() + Duration::from_secs(30);
        while !self.is_ready() {
            if Instant::now() >= end {
                return Err(format!("the server does not respond: {}", self.end_of_log()));
            }
            thread::sleep(Duration::from_millis(30));
        }
        Ok(())
    }

    fn is_ready(&self) -> bool {
        UnixStream::connect(self.socket()).is_ok()
            && self
                .command(&self.programs.join("pg_isready"))
                .arg("--quiet")
                .arg("--host")
                .arg(&self.folder)
                .status()
                .is_ok_and(|status| status.success())
    }

    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(3).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take() {
            drop(keeper.stdin.take());
            drop(keeper.wait());
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn end_without_cleaning(mut keeper: Child) {
    drop(keeper.kill());
    drop(keeper.wait());
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

fn new_folder() -> io::Result<PathBuf> {
    for number in 0..1_000 {
        // The path of a socket has at most 107 bytes.
        let folder = env::temp_dir().join(format!("local-pg-{}-{number}", process::id()));
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("no unused folder name found"))
}

const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_isready"];

/// The folder of PostgreSQL's programs, of the newest version.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("PATH").iter().flat_map(env::split_paths).collect();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse::<u32>().ok()?, version.path())))
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev().map(|(_, folder)| folder.join("bin")));
    folders.push("/usr/local/pgsql/bin".into());
    folders.push("/opt/homebrew/bin".into());
    folders.into_iter().find(|folder| PROGRAMS.iter().all(|name| folder.join(name).is_file()))
}

/// The user that runs the server: another one if this process runs as root.
fn user_for_server() -> Result<Option<&'static str>, String> {
    let id = |arguments: &[&str]| Command::new("id").args(arguments).output();
    let own = id(&["-u"]).map_err(|error| format!("`id` cannot be run: {error}"))?;
    if own.stdout.trim_ascii() != b"0" {
        return Ok(None);
    }
    ["postgres", "nobody"]
        .into_iter()
        .find(|user| id(&["-u", user]).is_ok_and(|output| output.status.success()))
        .map(Some)
        .ok_or_else(|| {
            "PostgreSQL must not run as root, and neither `postgres` nor `nobody` exists".to_owned()
        })
}

fn group(user: &str) -> String {
    let group = Command::new("id").args(["-g", user]).output();
    group
        .map_or_else(|_| user.to_owned(), |output| String::from_utf8_lossy(output.stdout.trim_ascii()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_restarts_after_a_kill() {
        let server = match Server::start() {
            Ok(server) => server,
            Err(problem) => return skipped(&problem),
        };
        let folder = server.folder.clone();
        assert!(server.is_ready());
        server.kill().unwrap();
        server.restart().unwrap();
        assert!(server.is_ready());
        drop(server);
        assert!(!folder.exists());
    }
}
