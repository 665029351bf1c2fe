//! The pipeline: what its steps do, what the layout says of them, and running them.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use chrono::TimeDelta;
use crypto_keys::{Expires, Signer};
use intoto_model::{
    ArtifactRule, CertConstraint, CertificateAuthority, Inspection, Layout, LayoutSpec, Link,
    Rules, Step, StepName,
    record::{Command, Environment, Excludes},
};

use super::{authority::Authority, project::Project};
use crate::{
    command::{
        later, now,
        run::{self, Recording},
    },
    console::Console,
    failure::{Explain as _, Failure},
};

/// A step as the project owner plans it.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) name: &'static str,
    pub(super) command: Vec<String>,
    materials: Vec<String>,
    products: Vec<String>,
    material_rules: Vec<String>,
    product_rules: Vec<String>,
}

/// The whole of it: five steps over one directory.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) steps: [Planned; 5],
    inspection: Inspection,
}

/// What Cargo leaves beside the programs it builds.
const BUILD_LITTER: [&str; 9] = [
    "*.link*",
    ".git",
    "*.d",
    "*.rlib",
    ".cargo-*",
    ".fingerprint/",
    "build/release/build/",
    "build/release/deps/",
    "build/release/incremental/",
];

impl Pipeline {
    pub(super) fn new(project: &Project) -> Result<Self, Failure> {
        let origin = project.repository.to_string_lossy().into_owned();
        let (stem, package) = (project.stem(), project.package());
        let cargo = |command: &[&str], target: &str| -> Vec<String> {
            let place = [
                "--manifest-path",
                "source/Cargo.toml",
                "--target-dir",
                target,
            ];
            ["cargo"]
                .iter()
                .chain(command)
                .chain(&place)
                .map(|&word| word.to_owned())
                .collect()
        };
        let steps = [
            Planned {
                name: "clone",
                command: ["git", "clone", "--quiet", &origin, "source"]
                    .map(str::to_owned)
                    .into(),
                materials: words(&[]),
                products: words(&["source"]),
                material_rules: words(&["DISALLOW *"]),
                product_rules: words(&["CREATE source/*", "DISALLOW *"]),
            },
            Planned {
                name: "build",
                command: cargo(&["build", "--release"], "build"),
                materials: words(&["source"]),
                products: words(&["source", "build/release"]),
                material_rules: words(&["MATCH source/* WITH PRODUCTS FROM clone", "DISALLOW *"]),
                product_rules: words(&[
                    "MATCH source/* WITH PRODUCTS FROM clone",
                    "CREATE source/Cargo.lock",
                    "CREATE build/release/*",
                    "DISALLOW *",
                ]),
            },
            Planned {
                name: "test",
                command: cargo(&["test"], "test"),
                materials: words(&["source"]),
                products: words(&["source"]),
                material_rules: words(&["MATCH source/* WITH PRODUCTS FROM build", "DISALLOW *"]),
                product_rules: words(&["MATCH source/* WITH PRODUCTS FROM build", "DISALLOW *"]),
            },
            Planned {
                name: "package",
                command: cargo(&["package", "--no-verify", "--allow-dirty"], "."),
                materials: words(&["source"]),
                products: words(&[&format!("package/{package}")]),
                material_rules: words(&["MATCH source/* WITH PRODUCTS FROM test", "DISALLOW *"]),
                product_rules: words(&[&format!("CREATE package/{package}"), "DISALLOW *"]),
            },
            Planned {
                name: "inventory",
                command: [
                    "bonafide",
                    "package",
                    "inventory",
                    &format!("package/{package}"),
                    "--output",
                    "inventory.json",
                ]
                .map(str::to_owned)
                .into(),
                materials: words(&[&format!("package/{package}")]),
                products: words(&["inventory.json"]),
                material_rules: words(&[
                    "MATCH package/* WITH PRODUCTS FROM package",
                    "DISALLOW *",
                ]),
                product_rules: words(&["CREATE inventory.json", "DISALLOW *"]),
            },
        ];
        // What the client holds is what was packaged, and what is in it is what was cloned.
        let run = ["bonafide", "package", "unpack", &package].map(str::to_owned);
        let inspection = Inspection {
            rules: parsed(
                &words(&[
                    &format!("MATCH {package} WITH PRODUCTS IN package FROM package"),
                    "DISALLOW *",
                ]),
                &words(&[
                    &format!("MATCH * IN {stem} WITH PRODUCTS IN source FROM clone"),
                    &format!("ALLOW {stem}/Cargo.toml"),
                    &format!("ALLOW {stem}/Cargo.toml.orig"),
                    &format!("ALLOW {stem}/Cargo.lock"),
                    &format!("ALLOW {stem}/.cargo_vcs_info.json"),
                    &format!("ALLOW {package}"),
                    "DISALLOW *",
                ]),
            )?,
            ..Inspection::new(step_name("unpack")?, run.into())
        };
        Ok(Self { steps, inspection })
    }

    /// What the owner of the project promises: these steps, by these workloads, in these ways.
    pub(super) fn layout(&self, authority: &Authority) -> Result<Layout, Failure> {
        let what = || "cannot write the layout".to_owned();
        let mut spec = LayoutSpec::new(Expires::from(later(now(), TimeDelta::days(365))));
        spec.readme =
            "Cloned, built, tested, packaged and listed, each by its own workload.".to_owned();
        let mut roots = Vec::new();
        for certificate in authority.roots()? {
            let key = certificate.public_key().or_unable(what)?;
            let root = CertificateAuthority::new(&key, &certificate.to_pem());
            roots.push(root.id().clone());
            spec.root_cas.push(root);
        }
        for planned in &self.steps {
            let id = authority.identity(planned.name)?.svid().id().clone();
            spec.steps.push(Step {
                cert_constraints: vec![
                    CertConstraint::any()
                        .with_uris([id.as_str()])
                        .with_roots(&roots),
                ],
                expected_command: planned.command.clone(),
                rules: parsed(&planned.material_rules, &planned.product_rules)?,
                ..Step::new(step_name(planned.name)?)
            });
        }
        spec.inspections.push(self.inspection.clone());
        Layout::new(spec).or_unable(what)
    }

    /// Runs one step where the pipeline is, or in a copy of it, and reports what happened.
    pub(super) fn run(
        &self,
        planned: &Planned,
        directory: &Path,
        console: Console,
    ) -> Result<Link, Failure> {
        let mut command = Command::new(planned.command.clone());
        command.environment = Environment::Exactly(environment()?);
        let recording = Recording {
            step: step_name(planned.name)?,
            base: directory,
            materials: &planned.materials,
            products: &planned.products,
            excludes: Excludes::new(BUILD_LITTER).or_unable(|| "cannot exclude".to_owned())?,
            command,
            show_output: false,
        };
        let link = recording.run(console)?;
        match link.return_value() {
            Some(0) => Ok(link),
            _ => {
                Err(Failure::unable(format!("the step {} failed", planned.name))
                    .because(said(&link)))
            }
        }
    }

    /// Runs one step and writes its link, signed, as `bonafide run` does.
    pub(super) fn record(
        &self,
        planned: &Planned,
        directory: &Path,
        signer: &dyn Signer,
        links: &Path,
        console: Console,
    ) -> Result<(Link, PathBuf), Failure> {
        let link = self.run(planned, directory, console)?;
        let path = run::sign(&link, signer, false, links)?;
        Ok((link, path))
    }
}

/// This process's environment, with this program to be found as `bonafide`.
pub(super) fn environment() -> Result<BTreeMap<OsString, OsString>, Failure> {
    let what = || "cannot find this program itself".to_owned();
    let program = env::current_exe().or_unable(what)?;
    let path = env::var_os("PATH").unwrap_or_default();
    let paths = program
        .parent()
        .map(Path::to_owned)
        .into_iter()
        .chain(env::split_paths(&path));
    let path = env::join_paths(paths).or_unable(what)?;
    Ok(env::vars_os()
        .filter(|(name, _)| name != "PATH")
        .chain([("PATH".into(), path)])
        .collect())
}

fn said(link: &Link) -> String {
    match link.byproducts.get("stderr") {
        Some(canonical_json::Value::String(text)) => text.trim().to_owned(),
        _ => "it said nothing".to_owned(),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn parsed(materials: &[String], products: &[String]) -> Result<Rules, Failure> {
    let parse = |lines: &[String]| {
        lines
            .iter()
            .map(|line| {
                ArtifactRule::parse(line.split(' ')).or_unable(|| format!("{line} is no rule"))
            })
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(Rules {
        materials: parse(materials)?,
        products: parse(products)?,
    })
}

fn step_name(name: &str) -> Result<StepName, Failure> {
    StepName::try_from(name).or_unable(|| format!("{name} is no step"))
}
