//! Compares the API document of this server with a reference document, operation by operation.
//!
//! Both are read into one inner form (`shape`), so that OpenAPI 3.0 and 3.1, names of schemas and ways of writing the
//! same thing do not matter; what a client could notice does. Three things are left out on purpose: patterns of strings
//! (formats say the same), bounds in responses (a server may promise more), and null in query parameters (a query
//! cannot say it).

mod compare;
mod facts;
mod read;
mod report;
mod shape;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::report::{Demands, Report};

/// Where the reference lies, relative to the repository, unless a path is given.
const DEFAULT_REFERENCE: &str = "../shared/reference/immich-openapi-3.1.0.json";
const FACTS: &str = "tests/compat/facts.json";
const OURS: &str = "schemas/openapi.json";

/// Compares the API document of this server with a reference document.
#[derive(Parser)]
#[command(name = "compat", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    compare: CompareArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the compact list of facts (tests/compat/facts.json) from a reference document.
    Facts {
        /// The reference document; by default the one that lies beside the repository.
        reference: Option<PathBuf>,
        /// Where to write them; `-` prints them.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

#[derive(Args)]
struct CompareArgs {
    /// The reference: an OpenAPI document or a list of facts. By default the document that lies beside the repository,
    /// else the committed facts.
    #[arg(env = "ALBUMEN_REFERENCE")]
    reference: Option<PathBuf>,
    /// Our document; by default schemas/openapi.json.
    #[arg(long)]
    ours: Option<PathBuf>,
    /// Groups (comma separated) that must be whole: fail if one of their operations differs or is missing.
    #[arg(long, value_delimiter = ',')]
    tags: Vec<String>,
    /// Operations ("METHOD /path", comma separated) that must be there without difference.
    #[arg(long, value_delimiter = ',')]
    operations: Vec<String>,
    /// Beginnings of paths (comma separated) that may be missing from the groups of --tags.
    #[arg(long, value_delimiter = ',')]
    except: Vec<String>,
    /// Writes the whole report as JSON, too.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Lists every missing operation.
    #[arg(long)]
    missing: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Read(#[from] read::ReadError),
    #[error("there is no reference: neither {document} nor {facts} exists; name one, or set ALBUMEN_REFERENCE")]
    NoReference { document: String, facts: String },
    #[error("cannot write {path}: {source}")]
    Write { path: String, source: std::io::Error },
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let root = repository();
    let outcome = match cli.command {
        Some(Command::Facts { reference, out }) => write_facts(&root, reference, out),
        None => compare_documents(&root, &cli.compare),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("compat: {failure}");
            ExitCode::from(2)
        }
    }
}

/// The repository this program was built from, or the current folder if that has moved away.
fn repository() -> PathBuf {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    if built_from.join(OURS).exists() || built_from.join(FACTS).exists() {
        built_from.to_owned()
    } else {
        PathBuf::from(".")
    }
}

fn find_reference(root: &Path, named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return Ok(path);
    }
    let candidates = [root.join(DEFAULT_REFERENCE), root.join(FACTS)];
    let [document, facts] = &candidates;
    let none = || Failure::NoReference { document: document.display().to_string(), facts: facts.display().to_string() };
    candidates.iter().find(|path| path.exists()).cloned().ok_or_else(none)
}

fn compare_documents(root: &Path, args: &CompareArgs) -> Result<ExitCode, Failure> {
    let path = find_reference(root, args.reference.clone())?;
    let reference = read::read_file(&path)?;
    let ours = read::read_file(&args.ours.clone().unwrap_or_else(|| root.join(OURS)))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let report = Report::new(name, compare::compare(&reference, &ours), compare::additional(&reference, &ours));
    print!("{}", report.text(args.missing));
    if let Some(path) = &args.json {
        write_text(path, &(serde_json::to_string_pretty(&report)? + "\n"))?;
    }
    let failures = report.failures(&Demands {
        groups: args.tags.iter().cloned().collect(),
        operations: args.operations.iter().cloned().collect(),
        except: args.except.clone(),
    });
    for failure in &failures {
        println!("FAILED {failure}");
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write_facts(root: &Path, reference: Option<PathBuf>, out: Option<PathBuf>) -> Result<ExitCode, Failure> {
    let path = reference.unwrap_or_else(|| root.join(DEFAULT_REFERENCE));
    let text = facts::write(&read::read_file(&path)?)?;
    let out = out.unwrap_or_else(|| root.join(FACTS));
    if out == Path::new("-") {
        print!("{text}");
    } else {
        write_text(&out, &text)?;
        println!("wrote {} ({} bytes)", out.display(), text.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn write_text(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|source| Failure::Write { path: path.display().to_string(), source })
}
