//! Recording real files and commands.
#![cfg(all(feature = "record", unix))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::Path, time::Duration};

use canonical_json::Value;
use crypto_keys::{Algorithm, Digests};
use intoto_model::{
    ArtifactPath, Artifacts, StepName,
    record::{Command, Environment, Error, Event, Excludes, Recorder, Stream},
};
use tempfile::TempDir;

/// A directory with these files; a path that ends in a slash is a directory.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let base = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = base.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    base
}

fn record(base: &Path, paths: &[&str]) -> Result<Artifacts, Error> {
    Recorder::new(base).artifacts(paths)
}

fn names(artifacts: &Artifacts) -> Vec<&str> {
    artifacts.keys().map(ArtifactPath::as_str).collect()
}

fn sh(script: &str) -> Command {
    Command::new(["sh", "-c", script])
}

fn run(command: &Command) -> Result<intoto_model::Link, Error> {
    let base = tree(&[]);
    Recorder::new(base.path()).run(StepName::try_from("step").unwrap(), &["."], &["."], command)
}

#[test]
fn files_are_recorded_by_their_path_from_the_base() {
    let base = tree(&[
        ("a", "A"),
        ("dir/b", "B"),
        ("dir/sub/c", "C"),
        ("other/d", "D"),
    ]);
    let all = record(base.path(), &["."]).unwrap();
    assert_eq!(names(&all), ["a", "dir/b", "dir/sub/c", "other/d"]);
    assert_eq!(all["dir/b"], Digests::of(b"B", &[Algorithm::Sha256]));
    let some = record(base.path(), &["dir/sub/", "a", "dir"]).unwrap();
    assert_eq!(names(&some), ["a", "dir/b", "dir/sub/c"]);
}

#[test]
fn excluded_files_are_left_out_and_others_are_not() {
    let base = tree(&[
        (".git/HEAD", ""),
        ("a.pyc", ""),
        ("b.link", ""),
        ("c~", ""),
        ("d", ""),
        ("t/e", ""),
    ]);
    assert_eq!(names(&record(base.path(), &["."]).unwrap()), ["d", "t/e"]);
    assert_eq!(
        names(&record(base.path(), &[".git/HEAD", "b.link", "d"]).unwrap()),
        ["d"]
    );
    let excludes = Excludes::new(["t/"]).unwrap();
    let mut recorder = Recorder::new(base.path()).with_excludes(excludes);
    assert_eq!(
        names(&recorder.artifacts(&["."]).unwrap()),
        [".git/HEAD", "a.pyc", "b.link", "c~", "d"]
    );
}

#[test]
fn symbolic_links_are_followed_inside_the_base() {
    let base = tree(&[("dir/a", "A")]);
    symlink("dir/a", base.path().join("file")).unwrap();
    symlink("dir", base.path().join("directory")).unwrap();
    let artifacts = record(base.path(), &["."]).unwrap();
    assert_eq!(names(&artifacts), ["dir/a", "directory/a", "file"]);
    assert_eq!(artifacts["file"], artifacts["dir/a"]);
}

#[test]
fn symbolic_links_out_of_the_base_are_refused_unless_excluded() {
    let outside = tree(&[("secret", "S")]);
    let base = tree(&[("a", "A")]);
    for target in ["secret", ""] {
        let link = base.path().join("out");
        symlink(outside.path().join(target), &link).unwrap();
        assert!(matches!(
            record(base.path(), &["."]),
            Err(Error::OutsideBase { .. })
        ));
        assert!(matches!(
            record(base.path(), &["out"]),
            Err(Error::OutsideBase { .. })
        ));
        let mut recorder =
            Recorder::new(base.path()).with_excludes(Excludes::new(["out"]).unwrap());
        assert_eq!(names(&recorder.artifacts(&["."]).unwrap()), ["a"]);
        fs::remove_file(link).unwrap();
    }
    symlink(outside.path(), base.path().join("out")).unwrap();
    assert!(matches!(
        record(base.path(), &["out/secret"]),
        Err(Error::OutsideBase { .. })
    ));
}

#[test]
fn symbolic_links_in_a_circle_are_refused() {
    let base = tree(&[("a/b/c", "C")]);
    symlink("..", base.path().join("a/b/up")).unwrap();
    for path in [".", "a", "a/b"] {
        assert!(
            matches!(record(base.path(), &[path]), Err(Error::Loop { .. })),
            "{path}"
        );
    }
}

#[test]
fn what_cannot_be_recorded_is_not_left_out_silently() {
    let base = tree(&[("a", "A")]);
    assert!(matches!(
        record(base.path(), &["missing"]),
        Err(Error::Io { .. })
    ));
    symlink("missing", base.path().join("dangling")).unwrap();
    assert!(matches!(record(base.path(), &["."]), Err(Error::Io { .. })));
    fs::remove_file(base.path().join("dangling")).unwrap();
    std::os::unix::net::UnixListener::bind(base.path().join("socket")).unwrap();
    assert!(matches!(
        record(base.path(), &["."]),
        Err(Error::Special { .. })
    ));
    fs::remove_file(base.path().join("socket")).unwrap();
    fs::write(base.path().join("back\\slash"), "").unwrap();
    assert!(matches!(record(base.path(), &["."]), Err(Error::Name(_))));
}

#[test]
fn paths_that_leave_the_base_are_refused() {
    let base = tree(&[("a", "A")]);
    for path in ["..", "../a", "/etc/passwd", "./a", "", "a/../a"] {
        assert!(
            matches!(record(base.path(), &[path]), Err(Error::Name(_))),
            "{path}"
        );
    }
}

#[test]
fn entries_are_limited_before_they_are_read() {
    let base = tree(&[("a", ""), ("b", ""), ("c/d", "")]);
    let limited = |limit| {
        Recorder::new(base.path())
            .with_max_entries(limit)
            .artifacts(&["."])
    };
    assert_eq!(limited(4).unwrap().len(), 3);
    assert!(matches!(
        limited(3),
        Err(Error::TooManyEntries { limit: 3 })
    ));
}

#[test]
fn bytes_are_limited_before_they_are_read() {
    let base = tree(&[("a", "12345")]);
    symlink("a", base.path().join("again")).unwrap();
    let limited = |limit| {
        Recorder::new(base.path())
            .with_max_bytes(limit)
            .artifacts(&["."])
    };
    assert_eq!(limited(10).unwrap().len(), 2);
    assert!(matches!(limited(9), Err(Error::TooManyBytes { limit: 9 })));
    let sparse = fs::File::create(base.path().join("sparse")).unwrap();
    if sparse.set_len(2 << 40).is_ok() {
        assert!(matches!(
            record(base.path(), &["."]),
            Err(Error::TooManyBytes { .. })
        ));
    }
}

#[test]
fn directories_are_limited_in_depth() {
    let base = tree(&[(&format!("{}a", "d/".repeat(255)), "")]);
    assert_eq!(record(base.path(), &["."]).unwrap().len(), 1);
    let base = tree(&[(&format!("{}a", "d/".repeat(256)), "")]);
    assert!(matches!(
        record(base.path(), &["."]),
        Err(Error::TooDeep { limit: 256, .. })
    ));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_unicode_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let base = tree(&[("a", "A")]);
    let name = std::ffi::OsStr::from_bytes(b"b\xff");
    fs::write(base.path().join(name), "").unwrap();
    assert!(matches!(
        record(base.path(), &["."]),
        Err(Error::NotUnicode { path }) if path.ends_with(name)
    ));
}

#[test]
fn progress_counts_every_byte_once() {
    let base = tree(&[("a", "12345"), ("b", "678"), ("empty", "")]);
    let mut seen = Vec::new();
    let mut recorder = Recorder::new(base.path()).with_notify(|event| {
        if let Event::Hashing { name, done, total } = event {
            seen.push((name.to_owned(), done, total));
        }
    });
    recorder.artifacts(&["."]).unwrap();
    drop(recorder);
    assert_eq!(seen, [("a".to_owned(), 5, 8), ("b".to_owned(), 8, 8)]);
}

#[test]
fn a_file_that_changes_while_it_is_recorded_is_refused() {
    for later in ["", "much longer"] {
        let base = tree(&[("a", "first"), ("b", "second")]);
        let path = base.path().join("b");
        // Files are found first, then hashed in order.
        let mut recorder =
            Recorder::new(base.path()).with_notify(|_| fs::write(&path, later).unwrap());
        let refused = recorder.artifacts(&["."]);
        assert!(
            matches!(&refused, Err(Error::Changed { path }) if path.ends_with("b")),
            "{refused:?}"
        );
    }
}

#[test]
fn a_step_is_recorded_before_and_after_its_command() {
    let base = tree(&[("in", "text"), ("gone", "")]);
    let mut output = Vec::new();
    let mut recorder = Recorder::new(base.path()).with_notify(|event| {
        if let Event::Output { stream, bytes } = event {
            output.push((stream, bytes.to_vec()));
        }
    });
    let script = "cp in out; rm gone; printf hello; printf oops >&2; exit 3";
    let link = recorder
        .run(
            StepName::try_from("build").unwrap(),
            &["."],
            &["."],
            &sh(script),
        )
        .unwrap();
    drop(recorder);
    output.sort_by_key(|(stream, _)| *stream == Stream::Stderr);
    assert_eq!(
        output,
        [
            (Stream::Stdout, b"hello".to_vec()),
            (Stream::Stderr, b"oops".to_vec())
        ]
    );
    assert_eq!(link.name.as_str(), "build");
    assert_eq!(names(&link.materials), ["gone", "in"]);
    assert_eq!(names(&link.products), ["in", "out"]);
    assert_eq!(link.command, ["sh", "-c", script]);
    let byproducts: BTreeMap<_, _> = link
        .byproducts
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    assert_eq!(
        byproducts,
        [
            ("stdout", Value::from("hello")),
            ("stderr", Value::from("oops")),
            ("return-value", Value::from(3_i64))
        ]
        .into()
    );
}

#[test]
fn output_beyond_the_limit_is_read_counted_and_dropped() {
    // More than a pipe holds, on both streams: whoever reads one after the other would wait for ever.
    let script = "head -c 300000 /dev/zero | tr '\\0' e >&2; head -c 300000 /dev/zero | tr '\\0' o";
    let link = run(&Command {
        keep_output: 4,
        ..sh(script)
    })
    .unwrap();
    assert_eq!(link.byproducts["stdout"], Value::from("oooo"));
    assert_eq!(link.byproducts["stderr"], Value::from("eeee"));
    assert_eq!(
        link.byproducts["stdout-dropped-bytes"],
        Value::from(299_996_u64)
    );
    let silent = run(&Command {
        keep_output: 0,
        ..sh("echo hello")
    })
    .unwrap();
    assert_eq!(silent.byproducts["stdout"], Value::from(""));
    assert_eq!(silent.byproducts.len(), 3);
}

#[test]
fn a_command_that_takes_too_long_is_ended() {
    for script in [
        "exec sleep 5",
        "exec sleep 5 >/dev/null 2>&1",
        "while :; do echo y; done",
    ] {
        let command = Command {
            timeout: Some(Duration::from_millis(50)),
            ..sh(script)
        };
        assert!(
            matches!(run(&command), Err(Error::Timeout { .. })),
            "{script}"
        );
    }
}

#[test]
fn a_command_that_failed_before_it_made_its_products_says_so_with_its_report() {
    let base = tree(&[]);
    let record = |script| {
        let step = StepName::try_from("step").unwrap();
        Recorder::new(base.path()).run(step, &["."], &["missing"], &sh(script))
    };
    let Err(Error::Failed { link, source }) = record("echo no >&2; exit 7") else {
        panic!("it was recorded");
    };
    assert_eq!(link.return_value(), Some(7));
    assert_eq!(link.byproducts["stderr"], Value::from("no\n"));
    assert!(matches!(*source, Error::Io { .. }));
    assert!(matches!(record("exit 0"), Err(Error::Io { .. })));
}

#[test]
fn a_process_left_in_the_background_does_not_hold_the_recorder() {
    let link = run(&sh("sleep 5 & echo done; kill -9 $$")).unwrap();
    assert_eq!(link.byproducts["stdout"], Value::from("done\n"));
    assert_eq!(link.return_value(), Some(-9));
}

#[test]
fn a_process_in_the_background_that_never_stops_writing_does_not_either() {
    for script in [
        "timeout 20 yes & exit 0",
        "timeout 20 sh -c 'while sleep 0.2; do echo y; done' & exit 0",
    ] {
        let started = std::time::Instant::now();
        assert_eq!(run(&sh(script)).unwrap().return_value(), Some(0));
        assert!(started.elapsed() < Duration::from_secs(15), "{script}");
    }
}

#[test]
fn the_environment_and_the_directory_are_the_callers() {
    let variables = [
        ("PATH".into(), std::env::var_os("PATH").unwrap()),
        ("GREETING".into(), "hi".into()),
    ];
    let elsewhere = tree(&[("marker", "")]);
    let command = Command {
        environment: Environment::Exactly(variables.into()),
        directory: Some(elsewhere.path().to_owned()),
        ..sh("echo $GREETING $HOME; ls")
    };
    assert_eq!(
        run(&command).unwrap().byproducts["stdout"],
        Value::from("hi\nmarker\n")
    );
}

#[test]
fn a_command_that_does_not_exist_is_named() {
    let Err(Error::Spawn { program, .. }) = run(&Command::new(["no-such-program"])) else {
        panic!("it ran");
    };
    assert_eq!(program, "no-such-program");
    assert!(matches!(
        run(&Command::new::<String>([])),
        Err(Error::NoCommand)
    ));
}
