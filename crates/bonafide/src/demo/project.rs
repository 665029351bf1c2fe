//! The project that the pipeline builds.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use canonical_json::Document;

use crate::failure::{Explain as _, Failure};

/// The project under `testdata/`, carried in the program so that the demonstration runs anywhere.
const FILES: [(&str, &str); 6] = [
    (
        "Cargo.lock",
        include_str!("../../../../testdata/project/Cargo.lock"),
    ),
    (
        "Cargo.toml",
        include_str!("../../../../testdata/project/Cargo.toml"),
    ),
    (
        "README.md",
        include_str!("../../../../testdata/project/README.md"),
    ),
    (
        "src/lib.rs",
        include_str!("../../../../testdata/project/src/lib.rs"),
    ),
    (
        "src/main.rs",
        include_str!("../../../../testdata/project/src/main.rs"),
    ),
    (
        "tests/counting.rs",
        include_str!("../../../../testdata/project/tests/counting.rs"),
    ),
];

/// A git repository with a Cargo package at its top.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) repository: PathBuf,
    pub(super) name: String,
    pub(super) version: String,
}

impl Project {
    /// Makes a repository of the project that comes with the program.
    pub(super) fn of_our_own(directory: &Path) -> Result<Self, Failure> {
        for (name, content) in FILES {
            crate::files::write(&directory.join(name), content.as_bytes())?;
        }
        let identity = [
            "-c",
            "user.name=Bonafide",
            "-c",
            "user.email=demo@bonafide.invalid",
        ];
        git(directory, ["init", "--quiet"])?;
        git(directory, ["add", "."])?;
        let commit = [
            "-c",
            "commit.gpgsign=false",
            "commit",
            "--quiet",
            "--message",
            "tally 1.0.0",
        ];
        git(directory, identity.into_iter().chain(commit))?;
        Self::open(directory)
    }

    /// Looks at a repository that exists.
    pub(super) fn open(directory: &Path) -> Result<Self, Failure> {
        let what = || {
            format!(
                "{} is no git repository with a Cargo package",
                directory.display()
            )
        };
        let unfit = |source: Failure| {
            let advice = "it needs a commit to clone, and a Cargo.toml with a [package] at its top";
            Failure::unable(what()).because(source).advise(advice)
        };
        let repository = fs::canonicalize(directory).or_unable(what)?;
        git(&repository, ["rev-parse", "--verify", "HEAD"]).map_err(unfit)?;
        let manifest = repository.join("Cargo.toml");
        let metadata = output(
            Command::new("cargo")
                .args([
                    "metadata",
                    "--no-deps",
                    "--format-version",
                    "1",
                    "--manifest-path",
                ])
                .arg(&manifest),
        )
        .map_err(unfit)?;
        let document = Document::read(&metadata).or_unable(what)?;
        for package in document
            .root()
            .require("packages")
            .and_then(|p| p.items())
            .or_unable(what)?
        {
            let text = |member| {
                let node = package.require(member).and_then(|node| node.as_str());
                node.map(String::from).or_unable(what)
            };
            if Path::new(&text("manifest_path")?) == manifest {
                return Ok(Self {
                    repository,
                    name: text("name")?,
                    version: text("version")?,
                });
            }
        }
        Err(unfit(Failure::unable("its Cargo.toml is only a workspace")))
    }

    /// The name of the directory in the package, and of the package without its extension.
    pub(super) fn stem(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    pub(super) fn package(&self) -> String {
        format!("{}.crate", self.stem())
    }
}

fn git<A: AsRef<OsStr>>(
    directory: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> Result<(), Failure> {
    output(Command::new("git").arg("-C").arg(directory).args(arguments)).map(|_| ())
}

fn output(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command
        .output()
        .or_unable(|| format!("cannot run {program}: is it installed?"))?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(Failure::unable(format!("{program} failed")).because(said))
}
