use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use crypto_keys::{PublicKey, Quorum, Signed, Verified};
use intoto_model::{ArtifactKind, Inspection, Layout, Link, Rules, Step, StepName};

use crate::{
    AppliedRule, Error, InspectionReport, Inspector, Links, NoInspections, Report, StepReport,
    Warning,
    constraint::Authorities,
    functionaries::{Agreed, Judge},
    rules,
};

/// Reads a layout, in either envelope, that all `owners` have signed (in-toto specification 5.3, step 1).
///
/// Who the owners are is for the caller to know: the layout cannot say. Two ids of one key are one owner. An OpenPGP key that
/// says how long it is valid must be so at the instant `now`; whether the layout itself has expired is for [`Verifier`] to
/// say.
///
/// # Errors
///
/// [`Error::NoOwners`] without a key; [`Error::Layout`] if one of them did not sign, or what they signed is no layout.
pub fn verify_layout<'k>(
    bytes: &[u8],
    owners: impl IntoIterator<Item = &'k PublicKey>,
    now: DateTime<Utc>,
) -> Result<Verified<Layout>, Error> {
    let owners = Quorum::all(owners).ok_or(Error::NoOwners)?.at(now);
    Signed::<Layout>::parse(bytes)
        .and_then(|layout| layout.verify(&owners))
        .map_err(Error::Layout)
}

/// Everything a verification looks at: a layout its owners vouch for, the evidence, and an instant.
///
/// It reads no file, clock or environment of its own.
pub struct Verifier<'a> {
    layout: Verified<Layout>,
    links: &'a Links,
    now: DateTime<Utc>,
    signing_time: SigningTime,
    inspector: Option<&'a mut dyn Inspector>,
}

/// The instant at which the certificates of functionaries must be valid.
///
/// A link does not say when it was signed, and what it would say could not be trusted: the holder of an expired
/// certificate could say anything. So without evidence from elsewhere certificates must be valid now.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SigningTime {
    /// The instant of verification: there is no evidence that the links are older.
    Now,
    /// An instant at which the caller knows the links to have existed, from a source it trusts for that, such as a
    /// timestamp over them or the metadata of the repository that published them.
    AssertedByCaller(DateTime<Utc>),
}

impl<'a> Verifier<'a> {
    /// Verifies `links` against `layout` at the instant `now`, with certificates valid now and without inspections.
    pub fn new(layout: Verified<Layout>, links: &'a Links, now: DateTime<Utc>) -> Self {
        Self {
            layout,
            links,
            now,
            signing_time: SigningTime::Now,
            inspector: None,
        }
    }

    /// The same, with other evidence of when the links were signed.
    #[must_use]
    pub fn with_signing_time(self, signing_time: SigningTime) -> Self {
        Self {
            signing_time,
            ..self
        }
    }

    /// The same, with inspections made by `inspector` instead of refused.
    #[must_use]
    pub fn with_inspector(self, inspector: &'a mut dyn Inspector) -> Self {
        Self {
            inspector: Some(inspector),
            ..self
        }
    }

    /// Runs the workflow of the specification (5.3).
    ///
    /// # Errors
    ///
    /// In the order of the checks: [`Error::LayoutExpired`], [`Error::SignedInFuture`] and [`Error::Authority`] for the
    /// layout; [`Error::NotEnoughLinks`] and [`Error::Disagreement`] for the links of a step; [`Error::Rule`] for
    /// the artifacts of a step; [`Error::Inspection`], [`Error::InspectionFailed`], [`Error::WrongInspection`] and
    /// [`Error::Rule`] for inspections.
    pub fn verify(mut self) -> Result<Report, Error> {
        self.check_expiry()?;
        let at = self.signing_instant()?;
        let authorities = Authorities::read(&self.layout)?;
        let judge = Judge {
            layout: &self.layout,
            authorities: &authorities,
            links: self.links,
            at,
        };

        let agreed = self
            .layout
            .steps()
            .iter()
            .map(|step| Ok((step, judge.agreed(step)?)))
            .collect::<Result<Vec<_>, Error>>()?;
        let mut warnings = self.layout_warnings();
        warnings.extend(
            agreed
                .iter()
                .flat_map(|(step, agreed)| step_warnings(step, agreed)),
        );

        let mut links: BTreeMap<&StepName, &Link> = agreed
            .iter()
            .map(|(step, agreed)| (&step.name, &agreed.link))
            .collect();
        let mut applied = Vec::with_capacity(agreed.len());
        for (step, agreed) in &agreed {
            applied.push(keep(&step.rules, &agreed.link, &links)?);
        }

        let inspected = inspect_all(self.layout.inspections(), self.inspector.take())?;
        links.extend(inspected.iter().map(|link| (&link.name, link)));
        let mut inspections = Vec::with_capacity(inspected.len());
        for (inspection, link) in self.layout.inspections().iter().zip(&inspected) {
            let rules = keep(&inspection.rules, link, &links)?;
            inspections.push(InspectionReport {
                name: link.name.clone(),
                rules,
                link: link.clone(),
            });
        }

        let steps: Vec<_> = agreed
            .into_iter()
            .zip(applied)
            .map(|((step, agreed), rules)| report(step, agreed, rules))
            .collect();
        Ok(Report {
            owners: self.layout.signers().clone(),
            steps,
            inspections,
            warnings,
        })
    }

    fn check_expiry(&self) -> Result<(), Error> {
        let expires = self.layout.expires();
        if expires.has_passed(self.now) {
            return Err(Error::LayoutExpired {
                expires,
                now: self.now,
            });
        }
        Ok(())
    }

    fn signing_instant(&self) -> Result<DateTime<Utc>, Error> {
        match self.signing_time {
            SigningTime::Now => Ok(self.now),
            SigningTime::AssertedByCaller(signed) if signed > self.now => {
                Err(Error::SignedInFuture {
                    signed,
                    now: self.now,
                })
            }
            SigningTime::AssertedByCaller(signed) => Ok(signed),
        }
    }

    fn layout_warnings(&self) -> Vec<Warning> {
        let unknown = self
            .layout
            .unknown_members()
            .into_iter()
            .map(|member| Warning::UnknownMember { member });
        let several = self.layout.root_cas().len() > 1;
        let takes_any = |step: &&Step| {
            several
                && step
                    .cert_constraints
                    .iter()
                    .any(|constraint| constraint.roots().named().next().is_none())
        };
        let any_root = self
            .layout
            .steps()
            .iter()
            .filter(takes_any)
            .map(|step| Warning::AnyRoot {
                step: step.name.clone(),
            });
        unknown.chain(any_root).collect()
    }
}

fn step_warnings(step: &Step, agreed: &Agreed) -> Vec<Warning> {
    let rejected = agreed.rejected.iter().map(|link| Warning::RejectedLink {
        step: step.name.clone(),
        link: link.clone(),
    });
    rejected.chain(agreed.warnings.iter().cloned()).collect()
}

fn keep(
    rules: &Rules,
    link: &Link,
    links: &BTreeMap<&StepName, &Link>,
) -> Result<Vec<AppliedRule>, Error> {
    let link_of = |name: &StepName| links.get(name).copied();
    let mut applied = rules::apply(&rules.materials, ArtifactKind::Materials, link, link_of)?;
    applied.extend(rules::apply(
        &rules.products,
        ArtifactKind::Products,
        link,
        link_of,
    )?);
    Ok(applied)
}

/// The reports of all inspections, which are made before the rules of any are applied: they may refer to each other.
fn inspect_all(
    inspections: &[Inspection],
    inspector: Option<&mut (dyn Inspector + '_)>,
) -> Result<Vec<Link>, Error> {
    let mut refusing = NoInspections;
    let inspector = inspector.unwrap_or(&mut refusing);
    let mut links = Vec::with_capacity(inspections.len());
    for inspection in inspections {
        let name = &inspection.name;
        let link = inspector
            .inspect(inspection)
            .map_err(|source| Error::Inspection {
                name: name.clone(),
                source,
            })?;
        if link.name != *name {
            return Err(Error::WrongInspection {
                name: name.clone(),
                found: link.name,
            });
        }
        if link.return_value() != Some(0) {
            return Err(Error::InspectionFailed {
                link: Box::new(link),
            });
        }
        links.push(link);
    }
    Ok(links)
}

fn report(step: &Step, agreed: Agreed, rules: Vec<AppliedRule>) -> StepReport {
    StepReport {
        name: step.name.clone(),
        accepted: agreed.accepted,
        rejected: agreed.rejected,
        rules,
        link: agreed.link,
    }
}

impl fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("layout", &self.layout)
            .field("now", &self.now)
            .field("signing_time", &self.signing_time)
            .finish_non_exhaustive()
    }
}
