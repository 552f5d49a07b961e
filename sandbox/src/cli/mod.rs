//! The command line: `stripe-sandbox` serves; the sub-commands control a running server.

mod clients;
mod introduction;
mod log;
mod output;
mod remote;
mod serve;
mod times;
mod tools;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use std::process::ExitCode;

/// An offline Stripe for Connect and Issuing.
///
/// Without a sub-command it starts a server; the sub-commands control a running one. Exit codes: 0 success (also
/// after SIGTERM or SIGINT), 1 failure, 2 invalid command line.
#[derive(Debug, Parser)]
#[command(name = "stripe-sandbox", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Advance the clock: `5d`, `1h30m`, `90s`, or `next` for the next due time
    Advance {
        /// How far to advance
        wait: times::Wait,
        #[command(flatten)]
        server: remote::Server,
    },
    /// Cause an event, such as topup.succeeded, with all steps before it
    Trigger {
        /// The type of the event; `GET /_sandbox/` lists all
        event: String,
        /// The account of the event; a new one by default
        #[arg(long)]
        account: Option<String>,
        #[command(flatten)]
        server: remote::Server,
    },
    /// Pay with a card
    Swipe {
        /// The id of the card
        card: String,
        /// The amount in the currency of the card: 12.00
        amount: String,
        /// The name of the merchant
        #[arg(long, default_value = "Corner Shop")]
        merchant: String,
        /// The category of the merchant, such as eating_places_restaurants
        #[arg(long)]
        category: Option<String>,
        #[command(flatten)]
        server: remote::Server,
    },
    /// Show the time, accounts, balances and pending tasks
    State {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: remote::Server,
    },
    /// Write a report of the run
    Report {
        /// md or html; by default from the extension of the file
        #[arg(long, value_parser = ["md", "html"])]
        format: Option<String>,
        /// The file to write; by default the terminal
        #[arg(long, short)]
        output: Option<std::path::PathBuf>,
        #[command(flatten)]
        server: remote::Server,
    },
    /// Succeed if a sandbox is running: for container health checks
    Health {
        #[command(flatten)]
        server: remote::Server,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Parses the command line and runs it.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(run(cli));
            // A report that is still being written must not delay the exit.
            runtime.shutdown_background();
            done
        }
        Err(problem) => Err(format!("cannot start the runtime: {problem}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            output::error(&problem);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), String> {
    match cli.command {
        None => serve::run(cli.serve).await,
        Some(Command::Advance { wait, server }) => tools::advance(&server, &wait).await,
        Some(Command::Trigger { event, account, server }) => {
            tools::trigger(&server, &event, account.as_deref()).await
        }
        Some(Command::Swipe { card, amount, merchant, category, server }) => {
            tools::swipe(&server, &card, &amount, &merchant, category.as_deref()).await
        }
        Some(Command::State { json, server }) => tools::state(&server, json).await,
        Some(Command::Report { format, output, server }) => {
            tools::report(&server, format.as_deref(), output.as_deref()).await
        }
        Some(Command::Health { server }) => tools::health(&server).await,
        Some(Command::Completions { shell }) => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "stripe-sandbox", &mut text);
            output::print(&String::from_utf8_lossy(&text));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_definition_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_and_sub_commands_are_parsed() {
        let read = |line: &str| Cli::try_parse_from(std::iter::once("stripe-sandbox").chain(line.split(' ')));
        let serve = read("--port 8080 --seed=7 --account --deliver-to any --allow-origin *").unwrap().serve;
        assert_eq!((serve.port, serve.seed, serve.account), (8080, Some(7), true));
        assert!(read("advance 5d").unwrap().command.is_some());
        assert!(read("swipe ic_1 12.00 --url http://127.0.0.1:9").is_ok());
        for wrong in [
            "--port",
            "--port many",
            "--port 70000",
            "--seed x",
            "--what",
            "--tls-cert c",
            "--tls --tls-key k",
            "--clock sometimes",
            "--start yesterday",
            "--platform-per-key --state f",
            "advance soon",
            "advance",
            "report --format pdf",
            "--port 1 advance 5d",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
