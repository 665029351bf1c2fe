use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use canonical_json::{Document, Value};
use chrono::TimeDelta;
use clap::Subcommand;
use crypto_keys::{Expires, Payload as _, Signed, Signer, sign_classic, sign_dsse};
use intoto_model::{
    Allowed, ArtifactKind, ArtifactRule, CertConstraint, CertificateAuthority, Layout as Content,
    LayoutSpec, MatchRule, Pattern, Step, StepName,
};
use spiffe_certs::{Certificate, SpiffeId};

use super::{later, now};
use crate::{
    console::{Outcome, folded, visible},
    failure::{Explain as _, Failure},
    files,
    signing_key::{HELP, KeySource, Passphrase, signers},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Layout {
    /// Write a layout to start from: each step may use only what the one before it produced
    New {
        /// A step and who may do it, in order: NAME=FILE.pub or NAME=spiffe://domain/path. A step that
        /// several may do is given several times
        #[arg(long = "step", required = true, value_name = "NAME=WHO")]
        steps: Vec<Assignment>,
        /// The authorities of workloads named by SPIFFE ids, as PEM
        #[arg(long, value_name = "FILE")]
        root_ca: Vec<PathBuf>,
        /// For how many days the layout is to be believed
        #[arg(long, default_value_t = 365)]
        expires_in_days: u16,
        /// Where to write it
        #[arg(long, short)]
        output: PathBuf,
    },
    /// Check a layout and sign it as the owner of the project
    #[command(after_help = HELP)]
    Sign {
        /// The layout, signed or not
        layout: PathBuf,
        /// The owner's private key; several owners sign together
        #[arg(long, required = true)]
        key: Vec<KeySource>,
        #[command(flatten)]
        passphrase: Passphrase,
        /// Where to write the signed layout
        #[arg(long, short)]
        output: PathBuf,
        /// Use a DSSE envelope instead of the classic one
        #[arg(long)]
        dsse: bool,
    },
    /// Check a layout and show it, without believing its signatures
    Show {
        /// The layout, signed or not
        layout: PathBuf,
    },
}

/// `NAME=WHO` of `--step`.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    step: StepName,
    who: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (step, who) = text
            .split_once('=')
            .ok_or("expected NAME=WHO, such as build=alice.pub")?;
        let step = step
            .parse()
            .map_err(|source: intoto_model::Error| source.to_string())?;
        Ok(Self {
            step,
            who: who.to_owned(),
        })
    }
}

impl Layout {
    pub(super) fn execute(self) -> Result<Outcome, Failure> {
        match self {
            Self::New {
                steps,
                root_ca,
                expires_in_days,
                output,
            } => {
                let layout = template(&steps, &root_ca, expires_in_days)?;
                files::write(
                    &output,
                    format!("{}\n", layout.to_value().to_json_pretty()).as_bytes(),
                )?;
                let next = format!(
                    "wrote {0}; edit its rules, then: bonafide layout sign {0} --key OWNER --output root.layout",
                    output.display()
                );
                Ok(Outcome::new(next, layout.to_value()))
            }
            Self::Sign {
                layout,
                key,
                passphrase,
                output,
                dsse,
            } => {
                let (value, content) = read(&layout)?;
                let keys = signers(&key, &passphrase)?;
                let signers: Vec<&dyn Signer> = keys.iter().map(|key| &**key).collect();
                let signed = if dsse {
                    sign_dsse(Content::PAYLOAD_TYPE, value.to_json().as_bytes(), &signers)
                } else {
                    sign_classic(&value, &signers)
                };
                let signed = signed.or_unable(|| format!("cannot sign {}", layout.display()))?;
                files::write(&output, &signed)?;
                Ok(Outcome::new(
                    format!("{}\nsigned as {}", described(&content), output.display()),
                    value,
                ))
            }
            Self::Show { layout } => {
                let (value, content) = read(&layout)?;
                Ok(Outcome::new(described(&content), value))
            }
        }
    }
}

/// Reads a layout in an envelope or without one; nothing is verified.
fn read(path: &Path) -> Result<(Value, Content), Failure> {
    let what = || format!("{} is no layout", path.display());
    let bytes = files::read(path)?;
    let value = Value::read(&bytes).or_refused(what)?;
    if value.get("signatures").is_some() {
        let content = Signed::<Content>::parse(&bytes)
            .and_then(|s| s.unverified())
            .or_refused(what)?;
        return Ok((content.to_value(), content));
    }
    let document = Document::read(&bytes).or_refused(what)?;
    let content = Content::read(document.root()).or_refused(what)?;
    Ok((value, content))
}

fn template(
    assignments: &[Assignment],
    root_cas: &[PathBuf],
    days: u16,
) -> Result<Content, Failure> {
    let mut spec = LayoutSpec::new(Expires::from(later(
        now(),
        TimeDelta::days(i64::from(days)),
    )));
    for file in root_cas {
        let pem = files::read_text(file)?;
        let what = || format!("{} holds no certificate", file.display());
        for certificate in Certificate::from_pem(&pem).or_unable(what)? {
            let key = certificate.public_key().or_unable(what)?;
            spec.root_cas
                .push(CertificateAuthority::new(&key, &certificate.to_pem()));
        }
    }
    for Assignment { step, who } in assignments {
        let known = spec.steps.iter().position(|known| known.name == *step);
        let index = known.unwrap_or_else(|| {
            let previous = spec.steps.last().map(|previous| previous.name.clone());
            spec.steps.push(after(step, previous));
            spec.steps.len().saturating_sub(1)
        });
        let Some(step) = spec.steps.get_mut(index) else {
            continue;
        };
        if who.starts_with("spiffe:") {
            let id =
                SpiffeId::try_from(who.as_str()).or_unable(|| format!("{who} is no SPIFFE id"))?;
            if spec.root_cas.is_empty() {
                return Err(
                    Failure::unable(format!("nobody is there to vouch for {who}"))
                        .advise("give the certificates of its trust domain with --root-ca FILE"),
                );
            }
            let roots: Vec<_> = spec.root_cas.iter().map(|root| root.id().clone()).collect();
            step.cert_constraints.push(
                CertConstraint::any()
                    .with_uris([id.as_str()])
                    .with_roots(&roots),
            );
        } else {
            let key = files::public_key(Path::new(who))?;
            step.functionaries.push(key.id().clone());
            if !spec.keys.iter().any(|known| known.id() == key.id()) {
                spec.keys.push(key);
            }
        }
    }
    Content::new(spec).or_unable(|| "these steps make no layout".to_owned())
}

/// A step that may use nothing but what the one before it produced.
fn after(name: &StepName, previous: Option<StepName>) -> Step {
    let mut step = Step::new(name.clone());
    if let Some(previous) = previous {
        let from_previous = MatchRule::new(Pattern::everything(), ArtifactKind::Products, previous);
        step.rules
            .materials
            .push(ArtifactRule::Match(from_previous));
        step.rules
            .materials
            .push(ArtifactRule::Disallow(Pattern::everything()));
    }
    step
}

fn described(layout: &Content) -> String {
    let mut lines = vec![format!("layout, believed until {}", layout.expires())];
    for step in layout.steps() {
        lines.push(format!("step {} (threshold {})", step.name, step.threshold));
        lines.extend(
            step.functionaries
                .iter()
                .map(|id| format!("  by the key {id}")),
        );
        lines.extend(step.cert_constraints.iter().map(certificate));
        lines.extend(rules(&step.rules));
    }
    for inspection in layout.inspections() {
        let run = inspection.run.join(" ");
        lines.push(format!("inspection {}: {run}", inspection.name));
        lines.extend(rules(&inspection.rules));
    }
    let unknown = layout.unknown_members();
    lines.extend(
        unknown
            .iter()
            .map(|member| format!("not understood, and ignored: {member}")),
    );
    let lines: Vec<_> = lines.iter().map(|line| folded(&visible(line))).collect();
    lines.join("\n")
}

/// Everything that the certificate has to say, for what is not shown would be taken for nothing.
fn certificate(constraint: &CertConstraint) -> String {
    let attributes = [
        ("URI", constraint.uris()),
        ("common name", constraint.common_name()),
        ("DNS name", constraint.dns_names()),
        ("e-mail address", constraint.emails()),
        ("organization", constraint.organizations()),
        ("root", constraint.roots()),
    ];
    let attributes = attributes.map(|(what, allowed)| {
        let named: Vec<_> = allowed.named().collect();
        match named.as_slice() {
            _ if *allowed == Allowed::any() => format!("any {what}"),
            [] => format!("no {what}"),
            named => format!("{what} {}", named.join(" and ")),
        }
    });
    format!("  by a certificate with {}", attributes.join(", "))
}

fn rules(rules: &intoto_model::Rules) -> impl Iterator<Item = String> {
    let line = |kind, rule| format!("  {kind}: {rule}");
    let materials = rules
        .materials
        .iter()
        .map(move |rule| line("materials", rule));
    let products = rules
        .products
        .iter()
        .map(move |rule| line("products", rule));
    materials.chain(products)
}
