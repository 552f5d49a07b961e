//! Serves the sandbox on this machine for clients in any language, and controls a running one.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
