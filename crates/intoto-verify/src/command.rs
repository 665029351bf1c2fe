use intoto_model::{Link, Step};

use crate::Warning;

/// Whether the command that was run is the one expected, if any is, word for word; and whether it succeeded.
///
/// It never fails a verification: the owner cannot know every option of a machine that is not theirs, and whoever
/// would cheat can report any command (in-toto specification 4.3.1).
pub(crate) fn warnings(step: &Step, link: &Link) -> impl Iterator<Item = Warning> {
    let differs = !step.expected_command.is_empty() && step.expected_command != link.command;
    let command = differs.then(|| Warning::Command {
        step: step.name.clone(),
        expected: step.expected_command.clone(),
        reported: link.command.clone(),
    });
    let failed = link.return_value().filter(|value| *value != 0);
    let failed = failed.map(|return_value| Warning::Failed {
        step: step.name.clone(),
        return_value,
    });
    command.into_iter().chain(failed)
}
