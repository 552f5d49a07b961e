//! `cargo codegen`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(stripe_platform_codegen::cli::run(std::env::args().skip(1).collect()))
}
