//! What a person, or a script, sees.

use std::{
    io::{IsTerminal as _, Write as _, stderr, stdout},
    process::ExitCode,
    time::Duration,
};

use canonical_json::Value;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;

/// What a command has to say at its end, for people and for scripts.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) text: String,
    pub(crate) json: Value,
    pub(crate) code: ExitCode,
}

impl Outcome {
    pub(crate) fn new(text: impl Into<String>, json: Value) -> Self {
        Self {
            text: text.into(),
            json,
            code: ExitCode::SUCCESS,
        }
    }
}

/// Where output goes: text with progress for people, one object for scripts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    json: bool,
}

impl Console {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Prints the end of a command; a reader that went away is no error of ours.
    pub(crate) fn print(self, outcome: &Outcome) {
        let text = if self.json {
            outcome.json.to_json_pretty()
        } else {
            outcome.text.clone()
        };
        if !text.is_empty() {
            let _ = writeln!(stdout(), "{}", text.trim_end());
        }
    }

    pub(crate) fn print_failure(self, failure: &Failure) {
        if self.json {
            let causes = failure
                .causes()
                .into_iter()
                .map(Value::from)
                .collect::<Vec<_>>();
            let error = Value::object([
                ("error", Value::from(failure.to_string())),
                ("refused", Value::Bool(failure.is_refusal())),
                ("causes", Value::from(causes)),
                ("advice", failure.advice().map_or(Value::Null, Value::from)),
            ]);
            let _ = writeln!(stdout(), "{}", error.to_json_pretty());
            return;
        }
        let word = if failure.is_refusal() {
            "refused"
        } else {
            "error"
        };
        let line = |line: &str| {
            let _ = writeln!(stderr(), "{}", folded(&visible(line)));
        };
        line(&format!("{word}: {failure}"));
        for cause in failure.causes() {
            // What other programs say has several lines.
            for (number, said) in cause.lines().enumerate() {
                let beginning = if number == 0 { "  because:" } else { "   " };
                line(&format!("{beginning} {said}"));
            }
        }
        if let Some(advice) = failure.advice() {
            line(&format!("  try: {advice}"));
        }
    }

    /// A line about what is going on, for people only.
    pub(crate) fn say(self, line: &str) {
        if !self.json {
            let _ = writeln!(stdout(), "{line}");
        }
    }

    /// A line for people beside the output of a command, which is the command's own.
    pub(crate) fn note(self, line: &str) {
        if !self.json {
            let _ = writeln!(stderr(), "{line}");
        }
    }

    /// A bar of bytes; hidden for scripts and where nobody watches.
    pub(crate) fn bytes(self, what: &str, total: Option<u64>) -> ProgressBar {
        let template = "{spinner} {msg} {wide_bar} {bytes}/{total_bytes} {eta}";
        self.bar(what, total, template)
    }

    /// A bar of files or steps; hidden as above.
    pub(crate) fn count(self, what: &str, total: Option<u64>) -> ProgressBar {
        self.bar(what, total, "{spinner} {msg} {pos} {elapsed}")
    }

    fn bar(self, what: &str, total: Option<u64>, template: &str) -> ProgressBar {
        let watched = !self.json && stderr().is_terminal();
        let target = if watched {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(total, target).with_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }
}

/// Bold, or as it is where nobody watches.
pub(crate) fn bold(text: &str) -> String {
    painted("1", text)
}

/// Green, for what was accepted and should be.
pub(crate) fn good(text: &str) -> String {
    painted("32", text)
}

/// Red, for what went wrong.
pub(crate) fn bad(text: &str) -> String {
    painted("31", text)
}

/// Dimmed, for what may be skipped.
pub(crate) fn dim(text: &str) -> String {
    painted("2", text)
}

/// With everything spelled out that a terminal would obey: names are chosen by whoever wrote the document.
pub(crate) fn visible(text: &str) -> String {
    text.chars().fold(String::new(), |mut visible, char| {
        if char.is_control() {
            visible.extend(char.escape_default());
        } else {
            visible.push(char);
        }
        visible
    })
}

/// Broken at spaces where a person reads it, and in one piece for programs that look for something in it.
pub(crate) fn folded(line: &str) -> String {
    if stdout().is_terminal() && stderr().is_terminal() {
        folded_at(WIDTH, line)
    } else {
        line.to_owned()
    }
}

/// What every terminal has, and a key id fits into.
const WIDTH: usize = 80;

/// The lines after the first are indented further than it.
fn folded_at(width: usize, line: &str) -> String {
    let words = line.trim_start();
    let indent = " ".repeat(line.len().saturating_sub(words.len()));
    let mut text = String::new();
    let mut current = indent.clone();
    for word in words.split(' ') {
        let longer = current.chars().count().saturating_add(word.chars().count());
        if longer > width && current.trim() != "" {
            text.push_str(current.trim_end());
            text.push('\n');
            current = format!("{indent}  ");
        }
        current.push_str(word);
        current.push(' ');
    }
    text.push_str(current.trim_end());
    text
}

fn painted(code: &str, text: &str) -> String {
    let plain = !stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some();
    if plain {
        text.to_owned()
    } else {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_no_name() {
        assert_eq!(visible("è\u{1b}[2J\u{9b}\nok"), "è\\u{1b}[2J\\u{9b}\\nok");
    }

    #[test]
    fn a_long_line_is_broken_at_spaces_and_indented() {
        let line = "  because: one two a-very-long-word three";
        assert_eq!(folded_at(80, line), line);
        assert_eq!(
            folded_at(18, line),
            "  because: one two\n    a-very-long-word\n    three"
        );
    }
}
