//! What becomes of a target on its way to the user.

use tuf_client::{Client, Error, MemoryStore, MemoryTransport, Target, Tree};

use crate::simulator::{NOW, Recording, Simulator, at, path};

fn found(simulator: &Simulator) -> (Client<Recording, MemoryStore>, Target) {
    let mut client = simulator.client(MemoryStore::new());
    let target = client.target(&path("file.txt")).unwrap().unwrap();
    (client, target)
}

/// Replaces the content of the one target wherever it is published.
fn substitute(simulator: &mut Simulator, content: &[u8]) {
    let copies: Vec<_> = simulator
        .files
        .files()
        .filter(|(tree, ..)| *tree == Tree::Targets)
        .map(|(_, path, _)| path.to_owned())
        .collect();
    for copy in copies {
        simulator.files.put(Tree::Targets, copy, content);
    }
}

#[test]
fn a_target_is_looked_up_after_an_update_and_read_by_its_digest() {
    let simulator = Simulator::new();
    let (mut client, target) = found(&simulator);
    assert_eq!(client.read(&target), Ok(b"content".to_vec()));
    let digest = target
        .file()
        .digests()
        .hex(crypto_keys::Algorithm::Sha256)
        .unwrap();
    assert_eq!(
        client.into_parts().0.log.last(),
        Some(&format!("{digest}.file.txt"))
    );
}

#[test]
fn without_consistent_snapshots_a_target_is_read_by_its_path() {
    let mut simulator = Simulator::new();
    simulator.rotate(|simulator| simulator.consistent = false);
    simulator.publish();
    let (mut client, target) = found(&simulator);
    assert_eq!(client.read(&target), Ok(b"content".to_vec()));
    assert_eq!(
        client.into_parts().0.log.last().map(String::as_str),
        Some("file.txt")
    );
}

#[test]
fn a_target_nobody_lists_is_not_found() {
    let simulator = Simulator::new();
    let mut client = simulator.client(MemoryStore::new());
    assert_eq!(client.target(&path("other.txt")), Ok(None));
    assert_eq!(client.target(&path("file.txt/more")), Ok(None));
}

#[test]
fn a_listed_target_that_is_not_there_is_an_error() {
    let mut simulator = Simulator::new();
    let (_, target) = found(&simulator);
    let remote = target.request().path.to_owned();
    simulator.files.remove(Tree::Targets, &remote);
    let (mut client, target) = found(&simulator);
    assert_eq!(client.read(&target), Err(Error::NotThere { path: remote }));
}

#[test]
fn substituted_content_is_refused() {
    let mut simulator = Simulator::new();
    substitute(&mut simulator, b"CONTENT");
    let (mut client, target) = found(&simulator);
    assert!(matches!(client.read(&target), Err(Error::Digest { path, .. }) if path == "file.txt"));
}

#[test]
fn content_of_another_length_is_refused() {
    for (content, actual) in [(b"conten".as_slice(), 6), (b"", 0), (b"content!", 8)] {
        let mut simulator = Simulator::new();
        substitute(&mut simulator, content);
        let (mut client, target) = found(&simulator);
        let expected = Error::Length {
            path: "file.txt".into(),
            expected: 7,
            actual,
        };
        assert_eq!(client.read(&target), Err(expected));
    }
}

#[test]
fn an_endless_target_is_cut_at_its_length() {
    /// Never ends, and counts what is taken.
    struct Endless(MemoryTransport, std::rc::Rc<std::cell::Cell<usize>>);
    struct Counted(std::rc::Rc<std::cell::Cell<usize>>);
    impl std::io::Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.set(self.0.get() + buffer.len());
            buffer.fill(b'x');
            Ok(buffer.len())
        }
    }
    impl tuf_client::Transport for Endless {
        type Error = std::convert::Infallible;
        fn fetch(
            &mut self,
            request: &tuf_client::Request<'_>,
        ) -> Result<Option<Box<dyn std::io::Read + '_>>, Self::Error> {
            match request.tree {
                Tree::Metadata => self.0.fetch(request),
                Tree::Targets => Ok(Some(Box::new(Counted(self.1.clone())))),
            }
        }
    }
    let simulator = Simulator::new();
    let taken = std::rc::Rc::default();
    let transport = Endless(simulator.files.clone(), std::rc::Rc::clone(&taken));
    let mut client = Client::new(
        simulator.first_root(),
        at(NOW),
        transport,
        MemoryStore::new(),
    )
    .unwrap();
    let target = client.target(&path("file.txt")).unwrap().unwrap();
    assert!(matches!(
        client.read(&target),
        Err(Error::Length { expected: 7, .. })
    ));
    assert!(taken.get() <= 64 << 10);
}

#[test]
fn what_is_there_already_can_be_checked() {
    let simulator = Simulator::new();
    let (_, target) = found(&simulator);
    assert_eq!(target.check(b"content".as_slice()), Ok(()));
    assert!(matches!(
        target.check(b"CONTENT".as_slice()),
        Err(Error::Digest { .. })
    ));
    assert!(matches!(
        target.check(b"".as_slice()),
        Err(Error::Length { .. })
    ));
}

#[test]
fn an_empty_target_is_a_target() {
    let mut simulator = Simulator::new();
    simulator.add_target("targets", "empty", b"");
    simulator.publish();
    let mut client = simulator.client(MemoryStore::new());
    let target = client.target(&path("empty")).unwrap().unwrap();
    assert_eq!(client.read(&target), Ok(Vec::new()));
}
