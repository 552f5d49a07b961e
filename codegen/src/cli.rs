//! The command line.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result, missing_lines};
use crate::workspace::Workspace;
use crate::{check, diff, fixtures, generate, output, public_api, upgrade};

const USAGE: &str = "\
Stripe's OpenAPI document → openapi/stripe.json → src/generated and tests/fixtures

usage: cargo codegen COMMAND

  trim --spec PATH     write openapi/stripe.json, source.toml and closure.md from Stripe's document
  emit                 write src/generated, and the sandbox's copy of the document, from openapi/stripe.json
  fixtures [FLOW...]   write tests/fixtures from tests/flows: all flows, or the named ones
  check [--spec PATH]  fail if a written file differs from the output of the commands above
  upgrade --spec NEW [--old OLD]
                       list the decisions needed to move to the document NEW, as Markdown; with the full
                       document of the current version, only operations missing from it are listed as new
  api [--check] [--docs FOLDER]
                       write public-api.txt and sandbox/public-api.txt, or fail if they are stale; FOLDER has the
                       documentation with all features, which is built if it is not given
  diff OLD NEW         list the changes for users of this crate between two documents, as Markdown
  help                 print this text

PATH defaults to the environment variable STRIPE_OPENAPI_SPEC.
";

enum Command {
    Help,
    Trim(PathBuf),
    Emit,
    Fixtures(Vec<String>),
    Check(Option<PathBuf>),
    Upgrade(PathBuf, Option<PathBuf>),
    Api { check: bool, docs: Option<PathBuf> },
    Diff(PathBuf, PathBuf),
}

/// Runs a command with its arguments, without the program's name, and returns the exit status.
pub fn run(arguments: Vec<String>) -> u8 {
    match parse(&arguments).and_then(execute) {
        Ok(errors) if errors.is_empty() => 0,
        Ok(errors) => {
            errors.iter().for_each(|error| eprintln!("error: {error}"));
            let lines = missing_lines(&errors);
            if !lines.is_empty() {
                eprintln!("\nadd to {}, with a text in each line:\n\n{lines}", crate::workspace::DOCS);
            }
            1
        }
        Err(error) => {
            eprintln!("error: {error}");
            1
        }
    }
}

fn parse(arguments: &[String]) -> Result<Command> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let usage =
        |message: String| Error::file("cargo codegen", format!("{message}; try `cargo codegen help`"));
    let spec = || std::env::var_os("STRIPE_OPENAPI_SPEC").filter(|path| !path.is_empty()).map(PathBuf::from);
    match arguments.as_slice() {
        [] | ["help" | "--help" | "-h", ..] | [_, "--help" | "-h"] => Ok(Command::Help),
        ["trim"] => match spec() {
            Some(spec) => Ok(Command::Trim(spec)),
            None => Err(usage("`trim` requires `--spec PATH` or STRIPE_OPENAPI_SPEC".into())),
        },
        ["trim", "--spec", path] => Ok(Command::Trim(path.into())),
        ["emit"] => Ok(Command::Emit),
        ["fixtures", flows @ ..] if flows.iter().all(|flow| !flow.starts_with('-')) => {
            Ok(Command::Fixtures(flows.iter().map(|flow| (*flow).to_owned()).collect()))
        }
        ["check"] => Ok(Command::Check(spec())),
        ["check", "--spec", path] => Ok(Command::Check(Some(path.into()))),
        ["api"] => Ok(Command::Api { check: false, docs: None }),
        ["api", "--check"] => Ok(Command::Api { check: true, docs: None }),
        ["api", "--docs", folder] => Ok(Command::Api { check: false, docs: Some(folder.into()) }),
        ["api", "--check", "--docs", folder] => Ok(Command::Api { check: true, docs: Some(folder.into()) }),
        ["upgrade"] => match spec() {
            Some(spec) => Ok(Command::Upgrade(spec, None)),
            None => Err(usage("`upgrade` requires `--spec PATH` or STRIPE_OPENAPI_SPEC".into())),
        },
        ["upgrade", "--spec", new] => Ok(Command::Upgrade(new.into(), None)),
        ["upgrade", "--spec", new, "--old", old] => Ok(Command::Upgrade(new.into(), Some(old.into()))),
        ["diff", old, new] => Ok(Command::Diff(old.into(), new.into())),
        ["diff", ..] => Err(usage("`diff` requires two documents".into())),
        [command @ ("trim" | "emit" | "fixtures" | "check" | "upgrade" | "api"), rest @ ..] => {
            Err(usage(format!("`{command}` does not accept `{}`", rest.join(" "))))
        }
        [command, ..] => Err(usage(format!("unknown command `{command}`"))),
    }
}

/// Runs a command. The returned errors are the faults found by `check`, `emit` or `fixtures`.
fn execute(command: Command) -> Result<Vec<Error>> {
    match command {
        Command::Help => print!("{USAGE}"),
        Command::Trim(spec) => return trim(&Workspace::find()?, &spec),
        Command::Emit => return emit(&Workspace::find()?),
        Command::Fixtures(flows) => return make_fixtures(&Workspace::find()?, &flows),
        Command::Check(spec) => return check::check(&Workspace::find()?, spec.as_deref()),
        Command::Upgrade(new, old) => {
            print!("{}", upgrade::report(&Workspace::find()?, &new, old.as_deref())?);
        }
        Command::Api { check, docs } => return api(&Workspace::find()?, check, docs),
        Command::Diff(old, new) => print!("{}", diff::documents(&Workspace::find()?, &old, &new)?),
    }
    Ok(Vec::new())
}

/// Writes the trimmed document, unless there are faults.
fn trim(workspace: &Workspace, spec: &Path) -> Result<Vec<Error>> {
    let result = match generate::trim_files(workspace, spec) {
        Ok(result) => result,
        Err(faults) => return Ok(faults),
    };
    output::write(workspace, &generate::changes(result.files, Vec::new()))?;
    for action in &result.trimmed.overlays {
        for note in action.notes() {
            eprintln!("{}#{}: {note}", action.file, action.pointer);
        }
    }
    let counts = &result.record.trimmed;
    println!("{} operations, {} schemas, {} bytes", counts.operations, counts.schemas, counts.bytes);
    Ok(Vec::new())
}

/// Writes the generated code, unless there are faults.
fn emit(workspace: &Workspace) -> Result<Vec<Error>> {
    let files = match generate::emit_files(workspace) {
        Ok(files) => files,
        Err(faults) => return Ok(faults),
    };
    let surplus = generate::surplus(workspace, &files)?;
    println!("{} files written, {} removed", files.len(), surplus.len());
    output::write(workspace, &generate::changes(files, surplus))?;
    Ok(Vec::new())
}

/// Writes the lists of public items, or checks whether they are stale.
fn api(workspace: &Workspace, check: bool, docs: Option<PathBuf>) -> Result<Vec<Error>> {
    let files = public_api::lists(workspace, docs)?.into_iter().collect();
    if check {
        return check::differences(workspace, &files, "api");
    }
    output::write(workspace, &generate::changes(files, Vec::new()))?;
    Ok(Vec::new())
}

/// Writes the fixtures of flows, unless there are faults.
fn make_fixtures(workspace: &Workspace, flows: &[String]) -> Result<Vec<Error>> {
    let built = fixtures::build(workspace, flows)?;
    if !built.faults.is_empty() {
        return Ok(built.faults);
    }
    let surplus = fixtures::surplus(workspace, &built, false)?;
    println!("{} flows, {} files written, {} removed", built.folders.len(), built.files.len(), surplus.len());
    output::write(workspace, &generate::changes(built.files, surplus))?;
    Ok(Vec::new())
}
