use std::{error::Error, fmt, process::ExitCode};

/// Why a command did not succeed: what, to what, why, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    verdict: Verdict,
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    advice: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    /// Something was checked and is not so.
    Refused,
    /// Nothing could be checked or done.
    Unable,
}

impl Failure {
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Refused,
            what: what.into(),
            source: None,
            advice: None,
        }
    }

    pub(crate) fn unable(what: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unable,
            ..Self::refused(what)
        }
    }

    /// What the person can do about it.
    pub(crate) fn advise(self, advice: impl Into<String>) -> Self {
        Self {
            advice: Some(advice.into()),
            ..self
        }
    }

    pub(crate) fn because(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    pub(crate) fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// The reasons, from the nearest to the first.
    pub(crate) fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = self.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            // A transparent wrapper says what its source says.
            if causes.last() != Some(&text) {
                causes.push(text);
            }
            next = cause.source();
        }
        causes
    }

    pub(crate) fn is_refusal(&self) -> bool {
        self.verdict == Verdict::Refused
    }

    pub(crate) fn code(&self, unable: u8) -> ExitCode {
        match self.verdict {
            Verdict::Refused => ExitCode::from(1),
            Verdict::Unable => ExitCode::from(unable),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

/// Says what could not be done when something went wrong on the way.
pub(crate) trait Explain<T> {
    /// What was checked is not so.
    fn or_refused(self, what: impl FnOnce() -> String) -> Result<T, Failure>;
    /// What was asked for could not be done.
    fn or_unable(self, what: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> Explain<T> for Result<T, E> {
    fn or_refused(self, what: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|source| Failure::refused(what()).because(source))
    }

    fn or_unable(self, what: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|source| Failure::unable(what()).because(source))
    }
}
