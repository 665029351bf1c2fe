//! The tool as a script uses it: what it writes, what it refuses, and with which code.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use canonical_json::Value;

/// A directory to work in, in which nothing of the surroundings reaches the tool.
struct Workshop(tempfile::TempDir);

impl Workshop {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: &str) {
        fs::create_dir_all(self.path().join(name).parent().unwrap()).unwrap();
        fs::write(self.path().join(name), content).unwrap();
    }

    fn bonafide(&self, arguments: &str) -> Output {
        self.bonafide_with(&[], arguments)
    }

    fn bonafide_with(&self, variables: &[(&str, &str)], arguments: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_bonafide"))
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env_remove("SPIFFE_ENDPOINT_SOCKET")
            .env_remove("BONAFIDE_PASSPHRASE")
            .env_remove("BONAFIDE_PIN")
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    /// Runs what has to succeed; what it printed.
    fn succeed(&self, arguments: &str) -> String {
        let output = self.bonafide(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs what has to fail with this code; what it complained about.
    fn fail(&self, code: i32, arguments: &str) -> String {
        let output = self.bonafide(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {said}");
        said
    }

    /// A pipeline of two steps that was followed, with a layout signed by its owner.
    fn with_pipeline() -> Self {
        let workshop = Self::new();
        for name in ["owner", "alice", "bob"] {
            workshop.succeed(&format!("key generate {name}"));
        }
        workshop.write("src/main.c", "int main() { return 0; }\n");
        workshop.succeed("run --step write --key alice --link-dir links --products src -- true");
        workshop.succeed("run --step build --key bob --link-dir links --materials src --products tool -- cp src/main.c tool");
        workshop
            .succeed("layout new --step write=alice.pub --step build=bob.pub --output plan.json");
        workshop.succeed("layout sign plan.json --key owner --output root.layout");
        workshop
    }
}

const VERIFY: &str = "verify --layout root.layout --owner owner.pub --links links";

#[test]
fn a_pipeline_that_was_followed_verifies() {
    let workshop = Workshop::with_pipeline();
    let said = workshop.succeed(VERIFY);
    assert!(said.contains("ok step build"), "{said}");
    let json = Value::read(workshop.succeed(&format!("--json {VERIFY}")).as_bytes()).unwrap();
    let steps = json.get("steps").unwrap().to_json();
    assert!(steps.contains(r#""name":"write""#), "{steps}");
}

#[test]
fn a_change_between_the_steps_is_refused_by_name() {
    let workshop = Workshop::with_pipeline();
    workshop.write("src/main.c", "int main() { return 1; }\n");
    fs::remove_file(workshop.path().join("tool")).unwrap();
    workshop.succeed("run --step build --key bob --link-dir links --materials src --products tool -- cp src/main.c tool");
    let said = workshop.fail(1, VERIFY);
    assert!(
        said.starts_with("refused: the evidence does not verify"),
        "{said}"
    );
    assert!(said.contains("src/main.c"), "{said}");
}

#[test]
fn a_product_that_no_step_produced_is_refused() {
    let workshop = Workshop::with_pipeline();
    workshop.succeed(&format!("{VERIFY} --product tool"));
    workshop.write("other/tool", "something else");
    let said = workshop.fail(1, &format!("{VERIFY} --product other/tool"));
    assert!(said.contains("about something else"), "{said}");
    workshop.fail(3, &format!("{VERIFY} --product tool --product other/tool"));
}

#[test]
fn a_layout_writes_nowhere_and_runs_nothing_unless_it_may() {
    let workshop = Workshop::with_pipeline();
    let plan = fs::read_to_string(workshop.path().join("plan.json")).unwrap();
    for command in [
        r#""bonafide", "package", "unpack", "tool", "--into", "/tmp""#,
        r#""bonafide", "package", "inventory", "tool", "--output", "../stolen""#,
        r#""true""#,
    ] {
        let inspection = format!(
            r#""inspect": [{{"_type": "inspection", "name": "look", "run": [{command}],
            "expected_materials": [], "expected_products": []}}]"#
        );
        workshop.write("plan.json", &plan.replace(r#""inspect": []"#, &inspection));
        workshop.succeed("layout sign plan.json --key owner --output root.layout");
        let said = workshop.fail(1, &format!("{VERIFY} --product tool"));
        assert!(said.contains("--run-inspections"), "{said}");
    }
    workshop.succeed(&format!("{VERIFY} --product tool --run-inspections"));
}

#[test]
fn another_owner_another_functionary_or_another_time_is_refused() {
    let workshop = Workshop::with_pipeline();
    let stranger = VERIFY.replace("owner.pub", "alice.pub");
    workshop.fail(1, &stranger);
    workshop.fail(1, &format!("{VERIFY} --at 2999-01-01T00:00:00Z"));
    let said = workshop.fail(1, &VERIFY.replace("--links links", "--links src"));
    assert!(said.contains("links were read from src"), "{said}");
    fs::remove_dir_all(workshop.path().join("links")).unwrap();
    workshop.succeed("run --step write --key alice --link-dir links --products src -- true");
    let said = workshop.fail(1, VERIFY);
    assert!(said.contains("build"), "{said}");
}

#[test]
fn run_ends_as_its_command_does_and_vouches_for_no_failure() {
    let workshop = Workshop::new();
    workshop.succeed("key generate alice");
    workshop.write("fail.sh", "exit 7");
    workshop.fail(
        7,
        "run --step build --key alice --link-dir links -- sh fail.sh",
    );
    assert!(!workshop.path().join("links").exists());
    workshop.fail(
        7,
        "run --step build --key alice --products missing -- sh fail.sh",
    );
}

#[test]
fn the_output_of_a_command_that_is_run_is_its_own() {
    let workshop = Workshop::new();
    workshop.succeed("key generate alice");
    let run = "run --step build --key alice --link-dir links --";
    assert_eq!(workshop.succeed(&format!("{run} echo hello")), "hello\n");
    let json = workshop.succeed(&format!("--json {run} echo hello"));
    assert!(Value::read(json.as_bytes()).is_ok(), "{json}");
    workshop.write("kill.sh", "kill -9 $$");
    workshop.fail(137, &format!("{run} sh kill.sh"));
}

#[test]
fn what_cannot_be_run_or_signed_is_125() {
    let workshop = Workshop::new();
    let said = workshop.fail(125, "run --step build -- true");
    assert!(said.contains("SPIFFE_ENDPOINT_SOCKET"), "{said}");
    workshop.succeed("key generate alice");
    workshop.fail(125, "run --step build --key alice -- no-such-program");
    workshop.fail(
        125,
        "run --step build --key alice --materials missing -- true",
    );
}

#[test]
fn what_is_published_with_its_evidence_is_installed_with_it() {
    let workshop = Workshop::with_pipeline();
    workshop.succeed("key generate repo");
    workshop.succeed("repo init repository --key repo");
    let published =
        "repo add repository tool --key repo --layout root.layout --links links --owner owner.pub";
    workshop.succeed(published);
    let get =
        "get tool --repo repository --root repository/root.json --store store --output got/tool";
    let said = workshop.succeed(&format!("{get} --require-in-toto"));
    assert!(said.contains("write, build verified"), "{said}");
    assert_eq!(
        fs::read(workshop.path().join("got/tool")).unwrap(),
        fs::read(workshop.path().join("tool")).unwrap()
    );
    let left: Vec<_> = fs::read_dir(workshop.path().join("got")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn an_owner_who_is_known_otherwise_cannot_be_replaced_by_the_repository() {
    let workshop = Workshop::with_pipeline();
    workshop.succeed("key generate repo");
    workshop.succeed("repo init repository --key repo");
    workshop.succeed(
        "repo add repository tool --key repo --layout root.layout --links links --owner owner.pub",
    );
    let get =
        "get tool --repo repository --root repository/root.json --store store --output got/tool";
    workshop.fail(1, &format!("{get} --owner alice.pub"));
    assert!(!workshop.path().join("got/tool").exists());
    workshop.succeed(&format!("{get} --owner owner.pub"));
}

#[test]
fn a_target_without_evidence_or_with_that_of_another_is_refused_on_request() {
    let workshop = Workshop::with_pipeline();
    workshop.write("other", "something else");
    workshop.succeed("key generate repo");
    workshop.succeed("repo init repository --key repo");
    workshop.succeed("repo add repository tool --key repo");
    let get =
        "get tool --repo repository --root repository/root.json --store store --output got/tool";
    workshop.succeed(get);
    workshop.fail(1, &format!("{get} --require-in-toto"));

    let evidence = "--layout root.layout --links links --owner owner.pub";
    workshop.succeed(&format!("repo add repository other --key repo {evidence}"));
    let get = get.replace("tool", "other");
    let said = workshop.fail(1, &get);
    assert!(said.contains("about something else"), "{said}");
    assert!(!workshop.path().join("got/other").exists());
}

#[test]
fn a_later_release_with_a_layout_of_its_own_leaves_the_earlier_one_installable() {
    let workshop = Workshop::with_pipeline();
    workshop.succeed("key generate repo");
    workshop.succeed("repo init repository --key repo");
    let evidence = "--key repo --layout root.layout --links links --owner owner.pub";
    workshop.succeed(&format!("repo add repository tool --under 1 {evidence}"));

    workshop.write("src/main.c", "int main() { return 1; }\n");
    fs::remove_file(workshop.path().join("tool")).unwrap();
    workshop.succeed("run --step fix --key alice --link-dir links --products src -- true");
    workshop.succeed("run --step build --key bob --link-dir links --materials src --products tool -- cp src/main.c tool");
    workshop.succeed("layout new --step fix=alice.pub --step build=bob.pub --output plan.json");
    workshop.succeed("layout sign plan.json --key owner --output root.layout");
    workshop.succeed(&format!("repo add repository tool --under 2 {evidence}"));

    let get = "--repo repository --root repository/root.json --store store --require-in-toto";
    workshop.succeed(&format!("get 1/tool {get} --output one"));
    workshop.succeed(&format!("get 2/tool {get} --output two"));
}

#[test]
fn evidence_whose_layout_names_no_owner_is_refused() {
    let workshop = Workshop::with_pipeline();
    workshop.succeed("key generate repo");
    workshop.succeed("repo init repository --key repo");
    let evidence = "--key repo --layout root.layout --links links --owner owner.pub";
    workshop.succeed(&format!("repo add repository tool {evidence}"));
    // The same layout, with no list of owners.
    let layout = workshop.succeed("repo status repository");
    let layout = layout
        .lines()
        .find(|line| line.ends_with("root.layout"))
        .unwrap();
    let under = layout.trim().strip_suffix("/root.layout").unwrap();
    workshop.succeed(&format!(
        "repo add repository root.layout --under {under} --key repo"
    ));
    let get = "get tool --repo repository --root repository/root.json --store store --output got";
    let said = workshop.fail(1, get);
    assert!(said.contains("owner"), "{said}");
    assert!(!workshop.path().join("got").exists());
}

#[test]
fn where_nothing_can_be_fetched_or_installed_nothing_is_refused() {
    let workshop = Workshop::new();
    workshop.write("tool", "good");
    workshop.succeed("key generate repo");
    let said = workshop.fail(3, "repo init repository");
    assert!(said.contains("--root-key or --key"), "{said}");
    workshop.succeed("repo init repository --key repo");
    workshop.succeed("repo add repository tool --key repo");
    let get = "get tool --repo repository --root repository/root.json --store store --output";
    workshop.write("directory/file", "");
    let said = workshop.fail(3, &format!("{get} directory"));
    assert!(said.contains("directory is a directory"), "{said}");
    for elsewhere in ["nowhere", "ftp://example.org"] {
        let get = get.replace("--repo repository", &format!("--repo {elsewhere}"));
        let said = workshop.fail(3, &format!("{get} got"));
        assert!(said.contains("is no repository"), "{said}");
    }
    fs::remove_file(workshop.path().join("repository/metadata/timestamp.json")).unwrap();
    workshop.fail(3, &format!("{get} got"));
}

#[test]
fn a_changed_file_in_the_repository_is_refused_and_what_is_installed_stays() {
    let workshop = Workshop::new();
    workshop.write("tool", "good");
    workshop.succeed("key generate repo");
    workshop.succeed("repo init repository --key repo");
    workshop.succeed("repo add repository tool --key repo");
    let get =
        "get tool --repo repository --root repository/root.json --store store --output got/tool";
    workshop.succeed(get);
    for entry in fs::read_dir(workshop.path().join("repository/targets")).unwrap() {
        fs::write(entry.unwrap().path(), "evil").unwrap();
    }
    let said = workshop.fail(1, get);
    assert!(said.contains("digests"), "{said}");
    assert_eq!(fs::read(workshop.path().join("got/tool")).unwrap(), b"good");
    workshop.fail(1, &get.replace("get tool", "get nothing"));
    workshop.fail(
        3,
        &get.replace("--repo repository", "--repo http://127.0.0.1:1"),
    );
}

#[test]
fn a_repository_shows_what_is_in_it_and_forgets_what_is_removed() {
    let workshop = Workshop::new();
    workshop.write("tool", "good");
    workshop.succeed("key generate repo");
    workshop.succeed("repo init repository --key repo");
    workshop.fail(3, "repo init repository --key repo");
    workshop.succeed("repo add repository tool --under a/b --key repo");
    assert!(
        workshop
            .succeed("repo status repository")
            .contains("a/b/tool")
    );
    workshop.succeed("repo refresh repository --key repo");
    workshop.succeed("repo remove repository a/b/tool --key repo");
    assert!(
        !workshop
            .succeed("repo status repository")
            .contains("a/b/tool")
    );
    workshop.fail(3, "repo remove repository a/b/tool --key repo");
    workshop.succeed("key generate stranger");
    workshop.fail(3, "repo add repository tool --key stranger");
    workshop.fail(3, "repo status nowhere");
}

#[test]
fn a_key_is_never_overwritten_and_belongs_to_its_owner_alone() {
    let workshop = Workshop::new();
    let id = workshop.succeed("key generate alice --scheme ecdsa-p256");
    assert_eq!(workshop.succeed("key show alice"), id);
    assert_eq!(workshop.succeed("key show alice.pub"), id);
    let refused = || {
        let said = workshop.fail(3, "key generate alice");
        assert!(said.contains("never overwritten"), "{said}");
        assert_eq!(workshop.succeed("key show alice.pub"), id);
    };
    refused();
    let (secret, moved) = (workshop.path().join("alice"), workshop.path().join("moved"));
    fs::rename(&secret, &moved).unwrap();
    refused();
    fs::rename(&moved, &secret).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(workshop.path().join("alice"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[test]
fn every_kind_of_key_is_made_and_shown() {
    let workshop = Workshop::new();
    for (kind, scheme) in [
        ("ed25519", "ed25519"),
        ("ecdsa-p256", "ecdsa-sha2-nistp256"),
        ("ecdsa-p384", "ecdsa-sha2-nistp384"),
        ("ecdsa-p521", "ecdsa-sha2-nistp521"),
        ("rsa-2048", "rsassa-pss-sha256"),
    ] {
        let made = workshop.succeed(&format!("key generate {kind} --scheme {kind}"));
        assert!(made.trim_end().ends_with(scheme), "{made}");
        for name in [kind, &format!("{kind}.pub")] {
            assert_eq!(
                workshop.succeed(&format!("key show {name}")),
                made,
                "{name}"
            );
        }
    }
    workshop.fail(2, "key generate other --scheme rsa-1024");
}

#[test]
fn an_encrypted_key_signs_with_its_passphrase_alone() {
    let workshop = Workshop::with_pipeline();
    workshop.write(
        "passphrase",
        "correct horse\nthe second line is no part of it\n",
    );
    let made = workshop.succeed("key generate secret --passphrase-file passphrase");
    let pem = fs::read_to_string(workshop.path().join("secret")).unwrap();
    assert!(
        pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"),
        "{pem}"
    );
    let show = "key show secret";
    assert_eq!(workshop.succeed("key show secret.pub"), made);
    assert_eq!(
        workshop.succeed(&format!("{show} --passphrase-file passphrase")),
        made
    );
    let shown = workshop.bonafide_with(&[("BONAFIDE_PASSPHRASE", "correct horse")], show);
    assert_eq!(String::from_utf8(shown.stdout).unwrap(), made);

    let needed = workshop.fail(3, show);
    assert!(
        needed.contains("--passphrase-file") && needed.contains("BONAFIDE_PASSPHRASE"),
        "{needed}"
    );
    workshop.write("another", "battery staple");
    workshop.write("empty", "\n");
    let wrong = workshop.fail(3, &format!("{show} --passphrase-file another"));
    assert!(wrong.contains("the passphrase is wrong"), "{wrong}");
    workshop.fail(3, &format!("{show} --passphrase-file empty"));
    workshop.fail(3, &format!("{show} --passphrase-file missing"));
    let other = workshop.bonafide_with(&[("BONAFIDE_PASSPHRASE", "Correct horse")], show);
    assert_eq!(other.status.code(), Some(3));
    let json = workshop.bonafide(&format!("--json {show}")).stdout;
    let next = Value::read(&json).unwrap().to_json();
    assert!(next.contains("--passphrase-file"), "{next}");

    let with = "--passphrase-file passphrase";
    workshop.succeed(&format!(
        "layout sign plan.json --key secret {with} --output root.layout"
    ));
    workshop.succeed(&VERIFY.replace("owner.pub", "secret.pub"));
    workshop.succeed(&format!("run --step write --key secret {with} -- true"));
    workshop.fail(125, "run --step write --key secret -- true");
    workshop.succeed(&format!(
        "repo init repository --key secret --timestamp-key alice {with}"
    ));
    workshop.fail(3, "repo init another-repository --key secret");
}

#[test]
fn keys_that_others_wrote_are_read() {
    let workshop = Workshop::new();
    for name in [
        "ecdsa-p256-sec-1",
        "rsa-2048-pkcs-1",
        "ed25519-encrypted-by-openssl",
    ] {
        let path = testdata::root().join(format!("keys/private/accepted/{name}.json"));
        let case = Value::read(&fs::read(path).unwrap()).unwrap();
        let Some(Value::String(pem)) = case.get("test_private_key") else {
            unreachable!("the case has it")
        };
        workshop.write("theirs", pem);
        workshop.write("passphrase", "test passphrase");
        workshop.succeed("key show theirs --passphrase-file passphrase");
    }
    workshop.write("nothing", "-----BEGIN NOTHING-----\n");
    let said = workshop.fail(3, "layout sign plan.json --key nothing --output signed");
    assert!(
        said.contains("bonafide key generate") || said.contains("plan.json"),
        "{said}"
    );
}

/// SoftHSM and a token in it with a key that the workshop made; `None`, with the reason printed, where it is not installed.
fn with_token(workshop: &Workshop, key: &str) -> Option<(String, String)> {
    let named = std::env::var("BONAFIDE_SOFTHSM").ok();
    let module = named
        .clone()
        .unwrap_or("/usr/lib/softhsm/libsofthsm2.so".to_owned());
    if named.is_none() && !Path::new(&module).exists() {
        eprintln!("skipped: there is no SoftHSM 2 here (Debian's package is softhsm2)");
        return None;
    }
    let tokens = workshop.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    workshop.write(
        "softhsm.conf",
        &format!("directories.tokendir = {}\n", tokens.display()),
    );
    let configuration = workshop.path().join("softhsm.conf").display().to_string();
    for arguments in [
        "--init-token --free --label releases --pin 1234 --so-pin 5678".to_owned(),
        format!("--import {key} --token releases --label owner --id 01 --pin 1234"),
    ] {
        let done = Command::new("softhsm2-util")
            .args(arguments.split(' '))
            .current_dir(workshop.path())
            .env("SOFTHSM2_CONF", &configuration)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    }
    Some((module, configuration))
}

#[test]
fn a_key_in_a_token_signs_wherever_a_file_does() {
    let workshop = Workshop::with_pipeline();
    workshop.succeed("key generate moved --scheme ecdsa-p256");
    let Some((module, configuration)) = with_token(&workshop, "moved") else {
        return;
    };
    workshop.write("pin", "1234\n");
    let token = [("SOFTHSM2_CONF", configuration.as_str())];
    let key = format!("pkcs11:token=releases;object=owner?module-path={module}");
    let run = |variables: &[(&str, &str)], arguments: &str| {
        let output = workshop.bonafide_with(&[&token, variables].concat(), arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap() + &said,
        )
    };
    let public = workshop.succeed("key show moved.pub");
    assert_eq!(
        run(&[], &format!("key show {key}&pin-source=pin")),
        (Some(0), public.clone())
    );
    assert_eq!(
        run(&[("BONAFIDE_PIN", "1234")], &format!("key show {key}")),
        (Some(0), public)
    );

    let key = format!("{key}&pin-source=pin");
    for arguments in [
        format!("layout sign plan.json --key {key} --output root.layout"),
        format!("run --step write --key {key} -- true"),
        format!("repo init repository --key {key}"),
    ] {
        let (code, said) = run(&[], &arguments);
        assert_eq!(code, Some(0), "{arguments}: {said}");
    }
    workshop.succeed(&VERIFY.replace("owner.pub", "moved.pub"));

    workshop.write("wrong-pin", "4321");
    for (uri, says) in [
        (key.replace("&pin-source=pin", ""), "BONAFIDE_PIN"),
        (key.replace("=pin", "=wrong-pin"), "the PIN is wrong"),
        (key.replace("=releases", "=nightly"), "there are: releases"),
        (key.replace("=owner", "=nobody"), "there are: owner"),
        (
            key.replace(&module, "plan.json"),
            "cannot load the PKCS#11 module",
        ),
        ("pkcs11:token=releases".to_owned(), "?module-path="),
    ] {
        let (code, said) = run(&[], &format!("key show {uri}"));
        assert_eq!(code, Some(3), "{uri}: {said}");
        assert!(said.contains(says), "{uri}: {said}");
    }
    for uri in ["pkcs11:token", "pkcs11:?pin-value=1234", "pkcs11:color=red"] {
        let (code, said) = run(&[], &format!("key show {uri}"));
        assert_eq!(code, Some(2), "{uri}: {said}");
    }
}

#[test]
fn errors_are_json_where_asked_and_say_what_to_do() {
    let workshop = Workshop::new();
    workshop.write("nonsense", "nonsense");
    let output = workshop.bonafide("--json key show nonsense");
    assert_eq!(output.status.code(), Some(3));
    let error = Value::read(&output.stdout).unwrap();
    assert_eq!(error.get("refused"), Some(&Value::Bool(false)));
    assert!(matches!(error.get("advice"), Some(Value::String(_))));
    assert_eq!(workshop.bonafide("no-such-command").status.code(), Some(2));
}

#[test]
fn a_layout_is_shown_in_words_and_a_broken_one_is_refused() {
    let workshop = Workshop::with_pipeline();
    let said = workshop.succeed("layout show root.layout");
    assert!(
        said.contains("materials: MATCH * WITH PRODUCTS FROM write"),
        "{said}"
    );
    let plan = fs::read_to_string(workshop.path().join("plan.json")).unwrap();
    let anybody = r#""cert_constraints": [{"common_name": "*", "dns_names": ["*"], "emails": [],
        "organizations": ["*"], "roots": ["*"], "uris": ["spiffe://a/\u001b[2J"]}], "pubkeys": ["#;
    workshop.write("anybody.json", &plan.replace(r#""pubkeys": ["#, anybody));
    let said = workshop.succeed("layout show anybody.json");
    assert!(
        said.contains(r"by a certificate with URI spiffe://a/\u{1b}[2J, any common name, any DNS name, no e-mail address"),
        "{said}"
    );
    let said = workshop.fail(3, "layout new --step a=spiffe://acme.example/a --output x");
    assert!(said.contains("--root-ca"), "{said}");
    workshop.write("broken.json", r#"{"_type": "layout", "steps": []}"#);
    workshop.fail(1, "layout show broken.json");
    workshop.fail(1, "layout sign broken.json --key owner --output signed");
    assert!(!workshop.path().join("signed").exists());
}

#[test]
fn the_demonstration_plays_with_a_library_that_has_no_lock_file() {
    let workshop = Workshop::new();
    workshop.write(
        "some/Cargo.toml",
        "[package]\nname = \"some\"\nversion = \"0.1.0+meta\"\nedition = \"2021\"\n\n[lib]\npath = \"code.rs\"\n",
    );
    workshop.write("some/code.rs", "//! Nothing.\n");
    let said = workshop.fail(3, "demo --project some");
    assert!(said.contains("it needs a commit to clone"), "{said}");
    for arguments in [
        "init --quiet",
        "add .",
        "-c user.name=a -c user.email=a@b.invalid -c commit.gpgsign=false commit --quiet -m first",
    ] {
        let mut git = Command::new("git");
        git.args(arguments.split(' '));
        assert!(
            git.current_dir(workshop.path().join("some"))
                .status()
                .unwrap()
                .success()
        );
    }
    let said = workshop.succeed("demo --project some --keep kept");
    assert!(said.contains("all 10 attacks were refused"), "{said}");
    let said = workshop.fail(3, "demo --project some --keep kept");
    assert!(said.contains("not taken"), "{said}");
}
