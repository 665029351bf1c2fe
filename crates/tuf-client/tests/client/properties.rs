//! What holds for any bytes whatever.

use canonical_json::Document;
use proptest::prelude::*;
use tuf_client::{Action, Limits, MemoryStore, Tree, Updater};

use crate::simulator::{NOW, Simulator, at, path};

thread_local! {
    static SIMULATOR: Simulator = {
        let mut simulator = Simulator::new();
        simulator.rotate(|_| {});
        simulator.top().delegations.push(("delegated", vec!["other/*"], false));
        simulator.add_target("delegated", "other/file", b"other content");
        simulator.publish();
        simulator
    };
}

/// The part of a metadata file that is signed, in the form in which it is.
fn signed(bytes: &[u8]) -> Option<Vec<u8>> {
    let document = Document::read(bytes).ok()?;
    Some(document.root().require("signed").ok()?.to_olpc())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_byte_is_refused_or_changes_nothing_signed(file in 0_usize..64, at in any::<prop::sample::Index>(), flip in 1_u8..) {
        SIMULATOR.with(|simulator| {
            let files: Vec<_> = simulator.files.files().collect();
            let (tree, name, bytes) = files[file % files.len()];
            let mut changed = bytes.to_vec();
            let index = at.index(changed.len());
            changed[index] ^= flip;
            let mut client = simulator.client(MemoryStore::new());
            client.transport_mut().files.put(tree, name, changed.clone());
            let update = |target: &str, content: &[u8], client: &mut tuf_client::Client<_, _>| {
                let target = client.target(&path(target))?.ok_or(tuf_client::Error::LastVersion)?;
                client.read(&target).map(|read| assert_eq!(read, content))
            };
            let result = update("file.txt", b"content", &mut client)
                .and_then(|()| update("other/file", b"other content", &mut client));
            let same = match tree {
                Tree::Metadata => signed(&changed) == signed(bytes),
                Tree::Targets => false,
            };
            let is_used = client.into_parts().0.log.iter().any(|asked| asked == name);
            prop_assert!(result.is_err() || same || !is_used, "{name} at {index}");
            Ok(())
        })?;
    }

    #[test]
    fn an_updater_fed_anything_ends_and_never_goes_back(
        answers in prop::collection::vec(
            (0_usize..16, prop::option::of(prop::collection::vec(any::<u8>(), 0..64))),
            1..64,
        ),
    ) {
        SIMULATOR.with(|simulator| {
            let files: Vec<_> = simulator.files.files().map(|(.., bytes)| bytes).collect();
            let mut updater = Updater::new(simulator.first_root(), at(NOW), Limits::default()).unwrap();
            let mut answers = answers.iter().cycle();
            let mut version = updater.trusted().root().version();
            let mut refusals = 0;
            // Two roots and three other roles, each recalled and fetched and saved; a driver gives up sooner.
            for _ in 0..32 {
                match updater.next_action() {
                    Action::Done => return Ok(()),
                    Action::Save(..) => {}
                    Action::Recall(_) | Action::Fetch(_) => {
                        // Something genuine, nothing, or noise.
                        let Some((choice, bytes)) = answers.next() else { unreachable!() };
                        let genuine = files.get(*choice).copied();
                        let before = format!("{:?}", updater.trusted());
                        if updater.supply(genuine.or(bytes.as_deref())).is_err() {
                            prop_assert_eq!(before, format!("{:?}", updater.trusted()));
                            refusals += 1;
                        }
                        if refusals == 8 {
                            return Ok(());
                        }
                    }
                }
                prop_assert!(updater.trusted().root().version() >= version);
                version = updater.trusted().root().version();
            }
            prop_assert!(false, "the update does not end");
            Ok(())
        })?;
    }
}
