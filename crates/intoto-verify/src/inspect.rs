use std::error::Error;

use intoto_model::{Inspection, Link};

/// Makes the inspections of a layout and reports what it saw.
///
/// The command of an inspection is chosen by whoever signs the layout, and runs on the machine that verifies. So it is
/// the embedder who decides whether and how: run it, look up a result that was recorded before, or refuse.
///
/// ```
/// # use std::{collections::BTreeMap, error::Error};
/// # use intoto_model::{Inspection, Link, StepName};
/// # use intoto_verify::Inspector;
/// /// Answers from reports that a package manager made while it unpacked.
/// struct Recorded(BTreeMap<StepName, Link>);
///
/// impl Inspector for Recorded {
///     fn inspect(&mut self, inspection: &Inspection) -> Result<Link, Box<dyn Error + Send + Sync>> {
///         self.0.remove(&inspection.name).ok_or_else(|| "it was not made".into())
///     }
/// }
/// ```
pub trait Inspector {
    /// Makes one inspection. The report has its name, the materials before, the products after, and what the command
    /// returned: anything but zero fails the verification.
    ///
    /// # Errors
    ///
    /// Whatever keeps the inspection from being made.
    fn inspect(&mut self, inspection: &Inspection) -> Result<Link, Box<dyn Error + Send + Sync>>;
}

/// Refuses: a layout with inspections does not verify, rather than run its commands.
#[derive(Clone, Copy, Debug)]
pub struct NoInspections;

impl Inspector for NoInspections {
    fn inspect(&mut self, _: &Inspection) -> Result<Link, Box<dyn Error + Send + Sync>> {
        Err("no inspections are made here; give the verifier an inspector".into())
    }
}

#[cfg(feature = "run")]
pub use subprocess::Subprocess;

#[cfg(feature = "run")]
mod subprocess {
    use std::{collections::BTreeMap, error::Error, ffi::OsString, path::PathBuf, time::Duration};

    use intoto_model::{
        Inspection, Link,
        record::{Command, Environment, Excludes, Recorder},
    };

    use super::Inspector;

    /// Runs the commands of inspections in a directory, and records all of it before and after.
    ///
    /// The directory should hold the product and nothing else of value. The command sees no environment variables but those
    /// given; without `PATH` it is looked for where the system has its own programs.
    #[derive(Clone, Debug)]
    pub struct Subprocess {
        directory: PathBuf,
        timeout: Duration,
        variables: BTreeMap<OsString, OsString>,
        excludes: Excludes,
    }

    impl Subprocess {
        /// Runs in `directory`, each command for at most `timeout`, with the recorder's default excludes.
        pub fn new(directory: impl Into<PathBuf>, timeout: Duration) -> Self {
            Self {
                directory: directory.into(),
                timeout,
                variables: BTreeMap::new(),
                excludes: Excludes::default(),
            }
        }

        /// The same, with these environment variables.
        #[must_use]
        pub fn with_variables(self, variables: BTreeMap<OsString, OsString>) -> Self {
            Self { variables, ..self }
        }

        /// The same, not recording these files.
        #[must_use]
        pub fn with_excludes(self, excludes: Excludes) -> Self {
            Self { excludes, ..self }
        }
    }

    impl Inspector for Subprocess {
        fn inspect(
            &mut self,
            inspection: &Inspection,
        ) -> Result<Link, Box<dyn Error + Send + Sync>> {
            let command = Command {
                environment: Environment::Exactly(self.variables.clone()),
                timeout: Some(self.timeout),
                ..Command::new(inspection.run.iter().map(String::as_str))
            };
            let mut recorder = Recorder::new(&self.directory).with_excludes(self.excludes.clone());
            Ok(recorder.run(inspection.name.clone(), &["."], &["."], &command)?)
        }
    }
}
