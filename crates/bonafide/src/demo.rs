//! The demonstration: a real pipeline, its verification, publication and installation, and the attacks.

use std::path::{Path, PathBuf};

use canonical_json::Value;
use crypto_keys::{PrivateKey, Scheme};

use crate::{
    console::{Console, Outcome, bad, bold, dim, folded, good},
    failure::{Explain as _, Failure},
    svid_source,
};

mod attacks;
mod authority;
mod pipeline;
mod project;
mod release;
mod server;

use attacks::Attack;
use authority::Authority;
use pipeline::Pipeline;
use project::Project;
use release::{Publisher, Visitor};

/// See all of it work on a small real project, and refuse ten attacks
///
/// Builds, verifies, publishes and installs the project, then attacks all of it. Ends with an error if anything passes that should be refused, or is refused that should pass.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// A git repository with a Cargo package at its top, instead of the small one that comes with the program
    #[arg(long, value_name = "PATH")]
    project: Option<PathBuf>,
    /// The agent that issues the identities, instead of an authority inside this process
    #[arg(long, env = svid_source::SOCKET_VARIABLE, value_name = "SOCKET")]
    spiffe: Option<String>,
    /// Leave everything that was made in this directory, which must not exist yet
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Demo {
    pub(crate) fn execute(self, console: &Console) -> Result<Outcome, Failure> {
        let temporary;
        let directory = match &self.keep {
            Some(keep) => {
                let cannot = || format!("cannot make the directory {}", keep.display());
                std::fs::create_dir(keep)
                    .or_unable(cannot)
                    .map_err(|failure| failure.advise("give --keep a name that is not taken"))?;
                keep
            }
            None => {
                let cannot = || "cannot make a directory to work in".to_owned();
                temporary = tempfile::tempdir().or_unable(cannot)?;
                temporary.path()
            }
        };
        let work = directory
            .canonicalize()
            .or_unable(|| format!("cannot work in {}", directory.display()))?;
        Scene {
            console: *console,
            work: &work,
        }
        .play(self.project.as_deref(), self.spiffe.as_deref())
    }
}

/// Where it happens, and who watches.
struct Scene<'a> {
    console: Console,
    work: &'a Path,
}

impl Scene<'_> {
    fn play(&self, project: Option<&Path>, socket: Option<&str>) -> Result<Outcome, Failure> {
        let project = match project {
            Some(path) => Project::open(path)?,
            None => Project::of_our_own(&self.work.join("origin"))?,
        };
        let authority = match socket {
            Some(socket) => Authority::agent(socket)?,
            None => Authority::embedded()?,
        };
        let identities = match socket {
            Some(socket) => format!("the SPIFFE agent at {socket}"),
            None => "an authority inside this process".to_owned(),
        };
        self.heading(1, &format!("The pipeline builds {}", project.stem()));
        self.note(&format!("identities come from {identities}"));
        let directory = self.work.join("pipeline");
        let links = self.work.join("links");
        std::fs::create_dir_all(&directory).or_unable(|| "cannot make a directory".to_owned())?;
        let pipeline = Pipeline::new(&project)?;
        for planned in &pipeline.steps {
            let signer = authority.identity(planned.name)?;
            let (link, _) = pipeline.record(planned, &directory, &*signer, &links, self.console)?;
            self.done(&format!(
                "{:9} {:3} materials, {:3} products, signed by {}",
                planned.name,
                link.materials.len(),
                link.products.len(),
                signer.svid().id()
            ));
            self.note(&planned.command.join(" "));
        }

        self.heading(2, "The owner signs the layout");
        let owner =
            PrivateKey::generate(Scheme::Ed25519).or_unable(|| "cannot make a key".to_owned())?;
        let layout = pipeline.layout(&authority)?;
        for (step, planned) in layout.steps().iter().zip(&pipeline.steps) {
            let uris: Vec<_> = step
                .cert_constraints
                .iter()
                .flat_map(|c| c.uris().named())
                .collect();
            self.done(&format!("{:9} only by {}", planned.name, uris.join(", ")));
            for rule in step.rules.materials.iter().take(1) {
                self.note(&format!("materials: {rule}"));
            }
        }

        self.heading(3, "The evidence is verified against the layout");
        let package = directory.join("package").join(project.package());
        let case = attacks::Case::new(&layout, &owner, &links, package)?;
        let report = case.verify()?;
        self.say(&crate::command::verify::described(&report));

        self.heading(
            4,
            "The package is published, with layout and links, in a TUF repository",
        );
        let publisher = Publisher::new(self.work, &project, &case)?;
        for path in publisher.published() {
            self.done(path);
        }

        self.heading(5, "A client that knows nothing but root.json installs it");
        let client = Visitor::new(&publisher, self.work, self.console)?;
        self.note(&format!("the repository is served at {}", client.address()));
        self.install(&client)?;

        self.heading(6, "The attacks");
        let stage = attacks::Stage {
            pipeline: &pipeline,
            authority: &authority,
            case: &case,
            publisher: &publisher,
            client: &client,
            work: self.work,
            console: self.console,
        };
        let mut refused = Vec::new();
        let mut passed = Vec::new();
        for attack in Attack::ALL {
            match attack.mount(&stage)? {
                Ok(reasons) => {
                    self.done(attack.title());
                    for (depth, reason) in reasons.iter().enumerate() {
                        let word = if depth == 0 { "refused" } else { "because" };
                        self.say(&folded(&format!("   {word}: {reason}")));
                    }
                    refused.push(attack.title());
                }
                Err(outcome) => {
                    self.say(&format!("{} {}: {outcome}", bad("FAILED"), attack.title()));
                    passed.push(attack.title());
                }
            }
        }
        self.heading(7, "After all of that, the honest client is still well");
        self.install(&client)?;

        if !passed.is_empty() {
            return Err(Failure::refused(format!(
                "not refused as it should be: {}",
                passed.join("; ")
            )));
        }
        let attacks: Vec<_> = refused.iter().map(|&title| Value::from(title)).collect();
        let text = bold(&format!(
            "\nEverything that should pass passed, and all {} attacks were refused.",
            attacks.len()
        ));
        let json = Value::object([
            ("project", Value::from(project.stem())),
            (
                "steps",
                Value::from(
                    pipeline
                        .steps
                        .iter()
                        .map(|step| Value::from(step.name))
                        .collect::<Vec<_>>(),
                ),
            ),
            ("refused_attacks", Value::from(attacks)),
        ]);
        Ok(Outcome::new(text, json))
    }

    fn install(&self, client: &Visitor) -> Result<(), Failure> {
        let got = client.install()?;
        self.done(&format!(
            "TUF: {} bytes as the repository lists them",
            got.length
        ));
        self.done(&format!(
            "in-toto: {} verified",
            got.steps.unwrap_or_default().join(", ")
        ));
        self.done(&format!("installed as {}", client.installed().display()));
        Ok(())
    }

    fn heading(&self, number: u8, text: &str) {
        self.say(&format!("\n{}", bold(&format!("{number}  {text}"))));
    }

    fn done(&self, text: &str) {
        self.say(&format!("{} {text}", good("ok")));
    }

    fn note(&self, text: &str) {
        self.say(&dim(&format!("   {text}")));
    }

    fn say(&self, line: &str) {
        self.console.say(line);
    }
}
