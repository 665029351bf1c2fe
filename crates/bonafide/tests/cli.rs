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
        Command::new(env!("CARGO_BIN_EXE_bonafide"))
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env_remove("SPIFFE_ENDPOINT_SOCKET")
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
