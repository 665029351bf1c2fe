use super::Error;
use crate::{
    Pattern,
    wildcard::{self, Part},
};

/// What not to record, in the manner of `.gitignore`.
///
/// A pattern without `/` is compared with the name of every file and directory, any other with the path from
/// the base; a `/` at the end means directories only, and what is in an excluded directory is excluded. `*`, `?` and
/// `[a-z]` stop at `/`, `**` between slashes is any number of directories, and `/**` at the end is what is inside. There
/// is no escape character, no `!` to take a pattern back, and in brackets no `^` and no `[:class:]`.
///
/// The default is what in-toto excludes: `*.link*`, `.git`, `*.pyc` and `*~`.
///
/// ```
/// # use intoto_model::record::Excludes;
/// let excludes = Excludes::new(["target/", "*.log", "/docs/**/*.html"])?;
/// assert!(Excludes::new(["!keep"]).is_err());
/// # Ok::<(), intoto_model::record::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Excludes(Vec<Exclude>);

#[derive(Clone, Debug)]
struct Exclude {
    /// One pattern for each segment; a star for `**`.
    segments: Vec<Part<Pattern>>,
    /// Whether all segments of a path are compared, or the last one only.
    whole_path: bool,
    directories_only: bool,
}

impl Excludes {
    /// Excludes what any of the patterns describes, and nothing else.
    ///
    /// # Errors
    ///
    /// [`Error::Exclude`] for an empty pattern, a leading `!`, a backslash, `[^` or `[[:`, or an empty, `.` or `..` segment.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, Error> {
        patterns
            .into_iter()
            .map(Exclude::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Excludes nothing.
    pub fn nothing() -> Self {
        Self(Vec::new())
    }

    /// Whether the entry itself is excluded, all directories above it being recorded.
    pub(super) fn covers(&self, path: &str, is_directory: bool) -> bool {
        self.0
            .iter()
            .any(|exclude| exclude.covers(path, is_directory))
    }
}

impl Default for Excludes {
    fn default() -> Self {
        let names = ["*.link*", ".git", "*.pyc", "*~"];
        Self(names.map(|name| Exclude::compile(name, false)).into())
    }
}

impl Exclude {
    fn parse(pattern: &str) -> Result<Self, Error> {
        let refused = |reason| Error::Exclude {
            pattern: pattern.to_owned(),
            reason,
        };
        if pattern.starts_with('!') {
            return Err(refused("a leading `!` is not supported"));
        }
        if pattern.contains('\\') {
            return Err(refused(
                "there is no escape character; write `[*]` for a star",
            ));
        }
        if pattern.contains("[^") || pattern.contains("[[:") {
            return Err(refused("`[^` and `[[:` are not supported; write `[!a-z]`"));
        }
        let (path, directories_only) = match pattern.strip_suffix('/') {
            Some(path) => (path, true),
            None => (pattern, false),
        };
        let segments = path.strip_prefix('/').unwrap_or(path).split('/');
        if segments
            .into_iter()
            .any(|segment| matches!(segment, "" | "." | ".."))
        {
            return Err(refused("it has an empty, `.` or `..` segment"));
        }
        Ok(Self::compile(path, directories_only))
    }

    fn compile(path: &str, directories_only: bool) -> Self {
        let whole_path = path.contains('/') || path == "**";
        let mut segments: Vec<_> = path
            .strip_prefix('/')
            .unwrap_or(path)
            .split('/')
            .map(|segment| match segment {
                "**" => Part::Star,
                name => Part::One(Pattern::compile(name.to_owned())),
            })
            .collect();
        // At the end it is what is inside, not the directory itself: a file of that name is recorded.
        if let Some(Part::Star) = segments.last() {
            segments.push(Part::One(Pattern::everything()));
        }
        Self {
            segments,
            whole_path,
            directories_only,
        }
    }

    fn covers(&self, path: &str, is_directory: bool) -> bool {
        if self.directories_only && !is_directory {
            return false;
        }
        let path = if self.whole_path {
            path
        } else {
            path.rsplit('/').next().unwrap_or(path)
        };
        wildcard::matches(&self.segments, path.split('/'), |pattern, segment| {
            pattern.matches(segment)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, path: &str) -> bool {
        Excludes::new([pattern]).unwrap().covers(path, false)
    }

    #[test]
    fn a_name_is_excluded_at_every_depth() {
        assert!(covers("*.log", "a.log"));
        assert!(covers("*.log", "dir/a.log"));
        assert!(!covers("*.log", "a.log.txt"));
        assert!(!covers("*.log", "x.log/a"));
    }

    #[test]
    fn a_path_is_excluded_where_it_stands() {
        assert!(covers("docs/*.html", "docs/a.html"));
        assert!(!covers("docs/*.html", "docs/b/a.html"));
        assert!(!covers("docs/*.html", "x/docs/a.html"));
        assert!(covers("/a.log", "a.log"));
        assert!(!covers("/a.log", "dir/a.log"));
    }

    #[test]
    fn two_stars_are_any_number_of_directories() {
        for path in ["a/b", "a/x/b", "a/x/y/b"] {
            assert!(covers("a/**/b", path), "{path}");
        }
        assert!(covers("**/b", "b"));
        assert!(covers("a/**", "a/x/y"));
        assert!(covers("**", "a"));
        assert!(!covers("a/**", "a"));
        assert!(!covers("a/**/b", "ab"));
    }

    #[test]
    fn a_slash_at_the_end_means_directories() {
        let excludes = Excludes::new(["target/"]).unwrap();
        assert!(excludes.covers("x/target", true));
        assert!(!excludes.covers("x/target", false));
    }

    #[test]
    fn what_would_mean_something_else_elsewhere_is_refused() {
        for pattern in [
            "",
            "/",
            "!a",
            "a\\*",
            "a//b",
            "./a",
            "a/../b",
            "[^a]",
            "[[:alpha:]]",
        ] {
            assert!(
                matches!(Excludes::new([pattern]), Err(Error::Exclude { .. })),
                "{pattern}"
            );
        }
    }

    #[test]
    fn the_default_is_that_of_other_recorders() {
        let excludes = Excludes::default();
        for name in [
            "build.0a1b2c3d.link",
            "x/.build.link-unfinished",
            ".git",
            "a.pyc",
            "a~",
        ] {
            assert!(excludes.covers(name, false), "{name}");
        }
        assert!(!excludes.covers("link", false));
        assert!(!excludes.covers(".gitignore", false));
    }
}
