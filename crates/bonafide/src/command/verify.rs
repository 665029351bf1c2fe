use std::{
    collections::BTreeMap,
    env,
    error::Error,
    ffi::OsString,
    fmt::Write as _,
    fs::{self, File},
    path::{Component, Path, PathBuf},
    time::Duration,
};

use canonical_json::Value;
use chrono::{DateTime, Utc};
use crypto_keys::{Algorithm, Digests, Expires, PublicKey};
use intoto_model::{Inspection, Link};
use intoto_verify::{
    Inspector, Links, ReadLimits, Report, SigningTime, Subprocess, Verifier, verify_layout,
};

use super::At;
use crate::{
    console::{Console, Outcome, dim, folded, good, visible},
    failure::{Explain as _, Failure},
    files,
};

/// Check the evidence of a pipeline against the layout its owners signed
///
/// Says which links and functionaries carried the verdict, or which step, rule and artifacts failed it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  bonafide verify --layout root.layout --owner owner.pub --links evidence --product tool-1.0.0.crate")]
pub(crate) struct Verify {
    /// The signed layout
    #[arg(long)]
    layout: PathBuf,
    /// The public key of an owner; every one given must have signed the layout
    #[arg(long, required = true)]
    owner: Vec<PathBuf>,
    /// The directory with the links
    #[arg(long, default_value = ".", value_name = "DIR")]
    links: PathBuf,
    /// A file of the final product: a step must have produced it, and inspections look at it
    #[arg(long, value_name = "FILE")]
    product: Vec<PathBuf>,
    #[command(flatten)]
    inspections: Inspections,
    #[command(flatten)]
    at: At,
}

/// What the caller lets a layout do, and knows of when it was followed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Inspections {
    /// Run whatever commands the layout has for inspections, not only `bonafide package unpack FILE` and
    /// `bonafide package inventory FILE`
    #[arg(long)]
    pub(crate) run_inspections: bool,
    /// Stop an inspection after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = INSPECTION_TIMEOUT)]
    pub(crate) inspection_timeout: u64,
    /// You know that the links existed at this instant (YYYY-MM-DDTHH:MM:SSZ): certificates need to be valid then,
    /// instead of now
    #[arg(long, value_name = "INSTANT")]
    pub(crate) links_signed_at: Option<Expires>,
}

/// A link may report any of these.
const EVERY: [Algorithm; 3] = [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

/// In seconds: long for looking at a product, short for waiting on one that hangs.
const INSPECTION_TIMEOUT: u64 = 60;

impl Default for Inspections {
    fn default() -> Self {
        Self {
            run_inspections: false,
            inspection_timeout: INSPECTION_TIMEOUT,
            links_signed_at: None,
        }
    }
}

/// Everything a verdict rests on.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) layout: Vec<u8>,
    pub(crate) owners: Vec<PublicKey>,
    pub(crate) links: Links,
}

impl Verify {
    pub(super) fn execute(self, console: &Console) -> Result<Outcome, Failure> {
        let owners = self
            .owner
            .iter()
            .map(|file| files::public_key(file))
            .collect::<Result<_, _>>()?;
        let links = Links::read_dir(&self.links, &ReadLimits::default())
            .or_unable(|| format!("cannot read the links in {}", self.links.display()))?;
        let evidence = Evidence {
            layout: files::read(&self.layout)?,
            owners,
            links,
        };
        let bar = console.count("verifying", None);
        let report = evidence.verify(self.at.instant(), &self.product, &self.inspections);
        bar.finish_and_clear();
        let report = report.map_err(|failure| {
            match failure.source().and_then(|error| error.downcast_ref()) {
                Some(intoto_verify::Error::NotEnoughLinks { rejected, .. })
                    if rejected.is_empty() =>
                {
                    let looked = self.links.display();
                    failure.advise(format!(
                        "links were read from {looked}; --links names another directory"
                    ))
                }
                _ => failure,
            }
        })?;
        Ok(Outcome::new(described(&report), to_value(&report)))
    }
}

impl Evidence {
    /// Verifies all of it at `now`: the pipeline, and that a step of it produced each file in `product`.
    ///
    /// Inspections look at copies of these.
    pub(crate) fn verify(
        &self,
        now: DateTime<Utc>,
        product: &[PathBuf],
        inspections: &Inspections,
    ) -> Result<Report, Failure> {
        let what = || "the evidence does not verify".to_owned();
        let layout = verify_layout(&self.layout, &self.owners, now).or_refused(what)?;

        let directory =
            tempfile::tempdir().or_unable(|| "cannot make a directory to inspect in".to_owned())?;
        let mut offered = Vec::with_capacity(product.len());
        for file in product {
            let copy = directory.path().join(file.file_name().unwrap_or_default());
            if copy.exists() {
                let twice = format!("two products are called {}", file.display());
                return Err(Failure::unable(twice).advise("verify them one after the other"));
            }
            let cannot = || format!("cannot copy {}", file.display());
            fs::copy(file, &copy).or_unable(cannot)?;
            let content = File::open(&copy).or_unable(cannot)?;
            let digests = files::digests(content, &EVERY).or_unable(cannot)?;
            offered.push((file, digests));
        }
        let mut inspector = Careful::new(directory.path(), inspections)?;
        let signing_time = match inspections.links_signed_at {
            Some(instant) => SigningTime::AssertedByCaller(instant.instant()),
            None => SigningTime::Now,
        };
        let report = Verifier::new(layout, &self.links, now)
            .with_signing_time(signing_time)
            .with_inspector(&mut inspector)
            .verify()
            .or_refused(what)?;
        for (file, digests) in offered {
            check_product(&report, file, &digests)?;
        }
        Ok(report)
    }
}

/// Evidence about something else proves nothing: a step must have produced exactly this file.
fn check_product(report: &Report, file: &Path, digests: &Digests) -> Result<(), Failure> {
    let mut products = report
        .steps
        .iter()
        .flat_map(|step| step.link.products.values());
    if products.any(|product| product.matches(digests)) {
        return Ok(());
    }
    let name = file.file_name().unwrap_or_default().display();
    let refused =
        format!("no step of the pipeline produced {name}: the evidence is about something else");
    Err(Failure::refused(refused))
}

/// Runs what this program brings itself, and anything else only if the caller said so.
struct Careful {
    subprocess: Subprocess,
    any: bool,
}

impl Careful {
    fn new(directory: &Path, inspections: &Inspections) -> Result<Self, Failure> {
        let what = || "cannot find this program itself".to_owned();
        let program = env::current_exe().or_unable(what)?;
        let own = program.parent().map(Path::to_owned);
        let path = env::var_os("PATH")
            .filter(|_| inspections.run_inspections)
            .unwrap_or_default();
        // An empty entry would be the directory that is inspected, and what is in it is not to be run.
        let others = env::split_paths(&path).filter(|entry| entry.is_absolute());
        let path = env::join_paths(own.into_iter().chain(others)).or_unable(what)?;
        let variables: BTreeMap<OsString, OsString> = [("PATH".into(), path)].into();
        let timeout = Duration::from_secs(inspections.inspection_timeout);
        let subprocess = Subprocess::new(directory, timeout).with_variables(variables);
        Ok(Self {
            subprocess,
            any: inspections.run_inspections,
        })
    }
}

impl Inspector for Careful {
    fn inspect(&mut self, inspection: &Inspection) -> Result<Link, Box<dyn Error + Send + Sync>> {
        if self.any || is_harmless(&inspection.run) {
            return self.subprocess.inspect(inspection);
        }
        let command = inspection.run.join(" ");
        Err(
            format!("the layout wants to run `{command}` here; allow it with --run-inspections")
                .into(),
        )
    }
}

/// Whether the command only looks at one file of the directory that is inspected, with this program.
///
/// The layout comes from elsewhere, and `--into` or `--output` would let it write anywhere.
fn is_harmless(command: &[String]) -> bool {
    let [program, package, verb, file] = command else {
        return false;
    };
    let mut parts = Path::new(file).components();
    let is_plain = matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    );
    program == "bonafide"
        && package == "package"
        && ["inventory", "unpack"].contains(&verb.as_str())
        && is_plain
        && !file.starts_with('-')
}

/// What carried the verdict, for people.
pub(crate) fn described(report: &Report) -> String {
    let owners: Vec<_> = report.owners.iter().map(ToString::to_string).collect();
    let mut text = format!("{} layout, signed by {}", good("ok"), owners.join(", "));
    for step in &report.steps {
        let _ = write!(text, "\n{} step {}", good("ok"), step.name);
        for link in &step.accepted {
            for functionary in &link.functionaries {
                let line = visible(&format!("   by {functionary}"));
                let _ = write!(text, "\n{}", folded(&line));
            }
        }
        let _ = write!(text, "{}", applied(&step.rules));
    }
    for inspection in &report.inspections {
        let _ = write!(
            text,
            "\n{} inspection {}{}",
            good("ok"),
            inspection.name,
            applied(&inspection.rules)
        );
    }
    for warning in &report.warnings {
        let _ = write!(text, "\n{}", visible(&format!("warning: {warning}")));
    }
    text
}

fn applied(rules: &[intoto_verify::AppliedRule]) -> String {
    rules.iter().fold(String::new(), |mut text, rule| {
        let line = visible(&format!(
            "   {}: {} ({})",
            rule.kind, rule.rule, rule.artifacts
        ));
        let _ = write!(text, "\n{}", dim(&line));
        text
    })
}

fn to_value(report: &Report) -> Value {
    let texts = |items: &mut dyn Iterator<Item = String>| {
        Value::from(items.map(Value::from).collect::<Vec<_>>())
    };
    let steps = report.steps.iter().map(|step| {
        let functionaries = step.accepted.iter().flat_map(|link| &link.functionaries);
        Value::object([
            ("name", Value::from(step.name.as_str())),
            (
                "functionaries",
                texts(&mut functionaries.map(ToString::to_string)),
            ),
            (
                "links",
                texts(&mut step.accepted.iter().map(|link| link.label.clone())),
            ),
        ])
    });
    let inspections = report
        .inspections
        .iter()
        .map(|inspection| inspection.name.to_string());
    Value::object([
        (
            "owners",
            texts(&mut report.owners.iter().map(ToString::to_string)),
        ),
        ("steps", Value::from(steps.collect::<Vec<_>>())),
        ("inspections", texts(&mut inspections.into_iter())),
        (
            "warnings",
            texts(&mut report.warnings.iter().map(ToString::to_string)),
        ),
    ])
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_a_look_at_a_file_beside_it_needs_no_consent() {
        let is_harmless = |command: &str| {
            let words: Vec<_> = command.split(' ').map(str::to_owned).collect();
            super::is_harmless(&words)
        };
        assert!(is_harmless("bonafide package unpack tool-1.0.0.crate"));
        assert!(is_harmless("bonafide package inventory tool-1.0.0.crate"));
        for command in [
            "bonafide package unpack tool.crate --into /home",
            "bonafide package inventory tool.crate --output ../x",
            "bonafide package inventory -o/home/x",
            "bonafide package unpack ../tool.crate",
            "bonafide package unpack /tool.crate",
            "bonafide package unpack",
            "bonafide run unpack tool.crate",
            "./bonafide package unpack tool.crate",
            "sh package unpack tool.crate",
        ] {
            assert!(!is_harmless(command), "{command}");
        }
    }
}
