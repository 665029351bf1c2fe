//! Ten attacks. Each has to be refused, and for its own reason.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use crypto_keys::{PrivateKey, Signed, Signer as _, sign_classic};
use intoto_model::{Layout, Link};
use intoto_verify::{CertificateRejection, Links, ReadLimits, Rejection, Report};

use super::{
    authority::Authority,
    pipeline::{Pipeline, Planned},
    release::{Publisher, Visitor},
    server::Server,
};
use crate::{
    command::{
        later, now, run,
        verify::{Evidence, Inspections},
    },
    console::Console,
    failure::{Explain as _, Failure},
    files,
};

/// What is verified: the signed layout, the links and the package.
pub(super) struct Case {
    pub(super) evidence: Evidence,
    pub(super) owner: crypto_keys::PublicKey,
    pub(super) links: PathBuf,
    pub(super) package: PathBuf,
}

impl Case {
    pub(super) fn new(
        layout: &Layout,
        owner: &PrivateKey,
        links: &Path,
        package: PathBuf,
    ) -> Result<Self, Failure> {
        let layout = sign_classic(&layout.to_value(), &[owner])
            .or_unable(|| "cannot sign the layout".to_owned())?;
        let evidence = Evidence {
            layout,
            owners: vec![owner.public_key().clone()],
            links: read(links)?,
        };
        Ok(Self {
            evidence,
            owner: owner.public_key().clone(),
            links: links.to_owned(),
            package,
        })
    }

    /// The verdict on the evidence as it is.
    pub(super) fn verify(&self) -> Result<Report, Failure> {
        self.verdict(&self.links, now())
    }

    /// The verdict on other links, or at another instant.
    fn verdict(&self, links: &Path, at: DateTime<Utc>) -> Result<Report, Failure> {
        let evidence = Evidence {
            links: read(links)?,
            ..self.evidence.clone()
        };
        evidence.verify(
            at,
            std::slice::from_ref(&self.package),
            &Inspections::default(),
        )
    }
}

fn read(links: &Path) -> Result<Links, Failure> {
    Links::read_dir(links, &ReadLimits::default()).or_unable(|| "cannot read the links".to_owned())
}

/// Everything there is to attack.
pub(super) struct Stage<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) authority: &'a Authority,
    pub(super) case: &'a Case,
    pub(super) publisher: &'a Publisher,
    pub(super) client: &'a Visitor,
    pub(super) work: &'a Path,
    pub(super) console: Console,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Attack {
    SourceLineAdded,
    OtherWorkload,
    OtherAuthority,
    ExpiredIdentity,
    EditedLink,
    ReplacedTarget,
    Rollback,
    Freeze,
    EndlessMetadata,
    EndlessTarget,
}

/// The reasons for which an attack was refused, or how it was not.
type Verdict = Result<Vec<String>, String>;

impl Attack {
    pub(super) const ALL: [Self; 10] = [
        Self::SourceLineAdded,
        Self::OtherWorkload,
        Self::OtherAuthority,
        Self::ExpiredIdentity,
        Self::EditedLink,
        Self::ReplacedTarget,
        Self::Rollback,
        Self::Freeze,
        Self::EndlessMetadata,
        Self::EndlessTarget,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::SourceLineAdded => "a line of source is added between clone and build",
            Self::OtherWorkload => "the build is signed by the workload that does the tests",
            Self::OtherAuthority => {
                "the build is signed under the right name, by another authority"
            }
            Self::ExpiredIdentity => "the evidence is offered after the identities have expired",
            Self::EditedLink => "a link is edited after it was signed",
            Self::ReplacedTarget => "the package is replaced on the server",
            Self::Rollback => "an old timestamp is replayed, to hide a newer release",
            Self::Freeze => "the last timestamp is served for ever, to hide newer releases",
            Self::EndlessMetadata => "the timestamp has no end",
            Self::EndlessTarget => "the package has no end",
        }
    }

    /// Mounts the attack. `Err` if it could not be mounted, which proves nothing.
    pub(super) fn mount(self, stage: &Stage<'_>) -> Result<Verdict, Failure> {
        use intoto_verify::Error as InToto;
        use tuf_client::Error as Tuf;

        Ok(match self {
            Self::SourceLineAdded => {
                let links = stage.links_with("source-line", |planned, links| {
                    stage.build_changed(planned, links)
                })?;
                expect(stage.case.verdict(&links, now()), |error| {
                    matches!(error, InToto::Rule(_))
                })
            }
            Self::OtherWorkload => {
                let links = stage.links_with("other-workload", |planned, links| {
                    let tester = stage.authority.identity("test")?;
                    let builder = stage.authority.identity("build")?;
                    // An agent that knows one identity only cannot sign as another.
                    let stranger = Authority::embedded()?.identity("test")?;
                    let is_other = tester.svid().id() != builder.svid().id();
                    let signer = if is_other { tester } else { stranger };
                    run::sign(&stage.link_of(planned)?, &*signer, false, links)
                })?;
                expect(stage.case.verdict(&links, now()), |error| {
                    rejects(error, |reason| {
                        matches!(reason, CertificateRejection::Constraint { .. })
                    })
                })
            }
            Self::OtherAuthority => {
                let links = stage.links_with("other-authority", |planned, links| {
                    let builder = stage.authority.identity(planned.name)?;
                    let impostor = Authority::impostor(builder.svid().id())?;
                    run::sign(&stage.link_of(planned)?, &impostor, false, links)
                })?;
                expect(stage.case.verdict(&links, now()), |error| {
                    rejects(error, |reason| {
                        matches!(reason, CertificateRejection::Path { .. })
                    })
                })
            }
            Self::ExpiredIdentity => {
                let identity = stage.authority.identity("clone")?;
                let after = later(identity.svid().leaf().not_after(), TimeDelta::seconds(1));
                expect(stage.case.verdict(&stage.case.links, after), |error| {
                    rejects(error, |reason| {
                        matches!(reason, CertificateRejection::Path { .. })
                    })
                })
            }
            Self::EditedLink => {
                let links = stage.links_with("edited", |planned, links| {
                    let (name, text) = stage.signed_link_of(planned)?;
                    let edited = text.replace("source/Cargo.toml", "source/Cargo.TOML");
                    if edited == text {
                        return Err(Failure::unable("the link has nothing to edit"));
                    }
                    let path = links.join(name);
                    files::write(&path, edited.as_bytes()).map(|()| path)
                })?;
                expect(stage.case.verdict(&links, now()), |error| {
                    rejects(error, |reason| {
                        matches!(reason, CertificateRejection::Signature { .. })
                    })
                })
            }
            Self::ReplacedTarget => {
                let server = stage.serve("replaced", |directory| {
                    let file = stage.publisher.package_file(directory)?;
                    let mut package = files::read(&file)?;
                    if let Some(byte) = package.last_mut() {
                        *byte ^= 1;
                    }
                    files::write(&file, &package)
                })?;
                expect(stage.client.install_from(&server, now()), |error| {
                    matches!(error, Tuf::Digest { .. })
                })
            }
            Self::Rollback => {
                let old = stage.publisher.timestamp()?;
                stage.publisher.release_again()?;
                stage.client.install()?;
                let server = stage.serve("rollback", |directory| {
                    files::write(&directory.join("metadata/timestamp.json"), &old)
                })?;
                expect(stage.client.install_from(&server, now()), |error| {
                    matches!(error, Tuf::Rollback { .. })
                })
            }
            Self::Freeze => {
                let server = stage.serve("freeze", |_| Ok(()))?;
                let late = stage.publisher.timestamp_expiry()?;
                expect(stage.client.install_from(&server, late), |error| {
                    matches!(error, Tuf::Expired { .. })
                })
            }
            Self::EndlessMetadata => {
                let verdict = stage.client.install_endless("metadata/timestamp.json");
                expect(verdict, |error| matches!(error, Tuf::TooLong { .. }))
            }
            Self::EndlessTarget => {
                let verdict = stage.client.install_endless(stage.publisher.package_name());
                expect(verdict, |error| matches!(error, Tuf::Length { .. }))
            }
        })
    }
}

/// Whether a step is short of links because of a certificate, for the right reason.
fn rejects(error: &intoto_verify::Error, is_right: impl Fn(&CertificateRejection) -> bool) -> bool {
    let intoto_verify::Error::NotEnoughLinks { rejected, .. } = error else {
        return false;
    };
    rejected.iter().any(|link| match &link.reason {
        Rejection::Unauthorised { certificates, .. } => certificates.iter().any(&is_right),
        _ => false,
    })
}

/// Looks for the one right reason among the causes of a refusal.
fn expect<T, E: Error + 'static>(
    verdict: Result<T, Failure>,
    is_right: impl Fn(&E) -> bool,
) -> Verdict {
    let Err(failure) = verdict else {
        return Err("it was accepted".to_owned());
    };
    let mut cause = failure.source();
    while let Some(error) = cause {
        if error.downcast_ref().is_some_and(&is_right) {
            return Ok(failure.causes());
        }
        cause = error.source();
    }
    Err(format!(
        "refused, but for another reason: {failure}: {}",
        failure.causes().join(": ")
    ))
}

impl Stage<'_> {
    /// A server with a copy of the repository in which something is not as it was.
    fn serve(
        &self,
        name: &str,
        tamper: impl FnOnce(&Path) -> Result<(), Failure>,
    ) -> Result<Server, Failure> {
        let copy = self.work.join("attacks").join(name);
        self.publisher.tampered(&copy, tamper)?;
        Server::start(&copy)
    }

    /// A copy of the links, with that of the build replaced by what `forge` makes.
    fn links_with(
        &self,
        name: &str,
        forge: impl FnOnce(&Planned, &Path) -> Result<PathBuf, Failure>,
    ) -> Result<PathBuf, Failure> {
        let cannot = || format!("cannot copy the links for the attack {name}");
        let links = self.work.join("attacks").join(name);
        fs::create_dir_all(&links).or_unable(cannot)?;
        let build = self.build()?;
        for entry in fs::read_dir(&self.case.links).or_unable(cannot)? {
            let entry = entry.or_unable(cannot)?;
            if !entry.file_name().to_string_lossy().starts_with(build.name) {
                fs::copy(entry.path(), links.join(entry.file_name())).or_unable(cannot)?;
            }
        }
        forge(build, &links)?;
        Ok(links)
    }

    fn build(&self) -> Result<&Planned, Failure> {
        let build = self.pipeline.steps.iter().find(|step| step.name == "build");
        build.ok_or_else(|| Failure::unable("the pipeline has no build"))
    }

    /// The real link of a step, as its file has it.
    fn signed_link_of(&self, planned: &Planned) -> Result<(String, String), Failure> {
        let cannot = || format!("no link of {}", planned.name);
        for entry in fs::read_dir(&self.case.links).or_unable(cannot)? {
            let entry = entry.or_unable(cannot)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(planned.name) {
                return Ok((name, files::read_text(&entry.path())?));
            }
        }
        Err(Failure::unable(cannot()))
    }

    fn link_of(&self, planned: &Planned) -> Result<Link, Failure> {
        let (_, text) = self.signed_link_of(planned)?;
        Signed::<Link>::parse(text.as_bytes())
            .and_then(|link| link.unverified())
            .or_unable(|| format!("no link of {}", planned.name))
    }

    /// Clones as before, adds a line, and lets the honest builder build and record that.
    fn build_changed(&self, planned: &Planned, links: &Path) -> Result<PathBuf, Failure> {
        let directory = self.work.join("attacks").join("source-line-pipeline");
        let cannot = || "cannot clone for the attack".to_owned();
        fs::create_dir_all(&directory).or_unable(cannot)?;
        let clone = self
            .pipeline
            .steps
            .first()
            .ok_or_else(|| Failure::unable(cannot()))?;
        let cloned = self.pipeline.run(clone, &directory, self.console)?;
        let source = cloned
            .products
            .keys()
            .find(|name| name.as_str().ends_with(".rs"))
            .map(|name| directory.join(name.as_str()))
            .ok_or_else(|| Failure::unable(cannot()))?;
        let changed = files::read_text(&source)? + "\n// something evil\n";
        files::write(&source, changed.as_bytes())?;
        let signer = self.authority.identity(planned.name)?;
        let (_, path) = self
            .pipeline
            .record(planned, &directory, &*signer, links, self.console)?;
        Ok(path)
    }
}
