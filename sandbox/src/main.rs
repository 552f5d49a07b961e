//! Serves the sandbox on this machine, for clients in any language, and speaks to one that is served.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
