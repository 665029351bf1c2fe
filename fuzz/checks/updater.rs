//! An update of `tuf-client` by a repository that answers as the bytes say: honestly, not at all, with the wrong file, with
//! an altered one, with anything. It holds the files of the real repository and none of its keys.

use chrono::DateTime;
use tuf_client::{Action, Limits, TargetPath, Updater, Version};

/// What must hold for any script of answers: the update ends, trusts what the real repository signed and nothing else, never
/// goes back, and a refusal changes nothing.
pub(crate) fn check(script: &[u8]) {
    let now = DateTime::UNIX_EPOCH;
    let mut updater =
        Updater::new(ROOT, now, Limits::default()).expect("the case is a signed root");
    let mut script = Script(script);
    if drive(&mut updater, &mut script).is_none() {
        return;
    }
    let path = TargetPath::try_from("packages/tool-1.0.tar").expect("this is a path");
    updater.find(&path).expect("the update is complete");
    if drive(&mut updater, &mut script).is_some() {
        let target = updater.found().expect("nothing limits the search");
        assert!(target.is_some(), "a search that ended without its target");
    }
}

/// Answers until there is nothing to answer, or, with the script at its end, until honest answers are of no use.
fn drive(updater: &mut Updater, script: &mut Script<'_>) -> Option<()> {
    let answers = script.0.len().saturating_add(64);
    for _ in 0..answers {
        let honest = script.0.is_empty();
        let answer = match updater.next_action() {
            Action::Done => return Some(()),
            Action::Save(_, _) => continue,
            Action::Recall(record) => script.answer(&record.to_string()),
            Action::Fetch(request) => script.answer(request.path),
        };
        let before = trusted(updater);
        let supplied = updater.supply(answer.as_deref());
        let after = trusted(updater);
        assert!(after.iter().flatten().all(|version| version.get() <= 2));
        match supplied {
            Ok(()) => assert!(
                before
                    .iter()
                    .zip(&after)
                    .all(|(before, after)| before <= after)
            ),
            Err(_) if honest => return None,
            Err(_) => assert_eq!(before, after, "a refusal that changed what is trusted"),
        }
    }
    unreachable!("an update that does not end")
}

fn trusted(updater: &Updater) -> [Option<Version>; 4] {
    let trusted = updater.trusted();
    [
        Some(trusted.root().version()),
        trusted.timestamp().map(|timestamp| timestamp.version()),
        trusted.snapshot().map(|snapshot| snapshot.version()),
        trusted.targets().map(|targets| targets.version()),
    ]
}

struct Script<'s>(&'s [u8]);

impl Script<'_> {
    fn answer(&mut self, path: &str) -> Option<Vec<u8>> {
        let honest = FILES.iter().find(|(name, _)| *name == path);
        let honest = honest.map(|(_, bytes)| bytes.to_vec());
        match self.byte() % 8 {
            0 => None,
            1 => {
                let position = usize::from(self.byte()).checked_rem(FILES.len())?;
                FILES.get(position).map(|(_, bytes)| bytes.to_vec())
            }
            2 => {
                let (length, rest) = (usize::from(self.byte()), self.0);
                let (bytes, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                self.0 = rest;
                Some(bytes.to_vec())
            }
            3 => {
                let mut altered = honest?;
                let position = u16::from_le_bytes([self.byte(), self.byte()]);
                let position = usize::from(position).checked_rem(altered.len())?;
                *altered.get_mut(position)? ^= self.byte();
                Some(altered)
            }
            4 => {
                let mut cut = honest?;
                cut.truncate(usize::from(self.byte()));
                Some(cut)
            }
            _ => honest,
        }
    }

    /// The next byte; at the end of the script, one that means an honest answer.
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            None => 7,
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
        }
    }
}

const ROOT: &[u8] = include_bytes!("../../testdata/tuf/python/metadata/1.root.json");

/// The repository that Python's TUF made, see `testdata/tuf/README.md`.
const FILES: [(&str, &[u8]); 6] = [
    ("1.root.json", ROOT),
    (
        "2.root.json",
        include_bytes!("../../testdata/tuf/python/metadata/2.root.json"),
    ),
    (
        "timestamp.json",
        include_bytes!("../../testdata/tuf/python/metadata/timestamp.json"),
    ),
    (
        "1.snapshot.json",
        include_bytes!("../../testdata/tuf/python/metadata/1.snapshot.json"),
    ),
    (
        "1.targets.json",
        include_bytes!("../../testdata/tuf/python/metadata/1.targets.json"),
    ),
    (
        "1.packages.json",
        include_bytes!("../../testdata/tuf/python/metadata/1.packages.json"),
    ),
];
