//! Links from a directory, and inspections in one.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking"
)]

mod support;

#[cfg(feature = "fs")]
mod links {
    use std::fs;

    use intoto_verify::{Error, Links, ReadLimits};

    use crate::support::name;

    #[test]
    fn links_are_found_by_the_name_of_their_step() {
        let directory = tempfile::tempdir().unwrap();
        for file in [
            "build.0a1b2c3d.link",
            "build.ffffffff.link",
            "v1.2.0a1b2c3d.link",
            "untar.link",
            "root.layout",
            ".link",
        ] {
            fs::write(directory.path().join(file), file).unwrap();
        }
        fs::create_dir(directory.path().join("test.0a1b2c3d.link")).unwrap();
        let links = Links::read_dir(directory.path(), &ReadLimits::default()).unwrap();
        let labels = |step| {
            links
                .of(&name(step))
                .iter()
                .map(|link| link.label.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            labels("build"),
            ["build.0a1b2c3d.link", "build.ffffffff.link"]
        );
        assert_eq!(labels("v1.2"), ["v1.2.0a1b2c3d.link"]);
        assert_eq!(labels("untar"), Vec::<&str>::new());
        assert_eq!(labels("test"), Vec::<&str>::new());
        assert_eq!(links.of(&name("build"))[0].bytes, b"build.0a1b2c3d.link");
    }

    #[test]
    fn a_directory_is_read_within_limits() {
        let directory = tempfile::tempdir().unwrap();
        for file in ["a.00000000.link", "b.00000000.link"] {
            fs::write(directory.path().join(file), "12345").unwrap();
        }
        let read = |files, bytes| Links::read_dir(directory.path(), &ReadLimits { files, bytes });
        assert!(read(2, 10).is_ok());
        assert!(matches!(read(1, 10), Err(Error::TooManyLinks { limit: 1 })));
        assert!(matches!(read(2, 9), Err(Error::LinksTooLong { limit: 9 })));
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let missing = tempfile::tempdir().unwrap().path().join("missing");
        let refused = Links::read_dir(&missing, &ReadLimits::default());
        assert!(matches!(refused, Err(Error::ReadLinks { path, .. }) if path == missing));
    }
}

#[cfg(all(feature = "run", unix))]
mod inspections {
    use std::{fs, time::Duration};

    use intoto_model::{Inspection, Rules};
    use intoto_verify::{Error, Report, Subprocess};

    use crate::support::{Scene, build_by, key, link, name, rules, signed};

    fn inspect(script: &str, timeout: Duration) -> Result<Report, Error> {
        let alice = key();
        let mut scene = Scene::new(vec![build_by(&[&alice], 1)], &[&alice]).with_link(
            "build",
            "link",
            signed(&link("build", &[("tool", "1")]), &[&alice]),
        );
        let run = ["sh", "-c", script].map(str::to_owned).into();
        scene.layout.inspections = vec![Inspection {
            rules: Rules {
                materials: rules(&["REQUIRE tool"]),
                products: rules(&["MATCH * WITH PRODUCTS FROM build", "DISALLOW *"]),
            },
            ..Inspection::new(name("look"), run)
        }];
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("tool"), "1").unwrap();
        scene.verify_inspecting(&mut Subprocess::new(directory.path(), timeout))
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_command_is_run_on_the_product_and_held_to_the_rules() {
        assert!(inspect("test -f tool", MINUTE).is_ok());
        assert!(matches!(
            inspect("echo 2 > tool", MINUTE),
            Err(Error::Rule(_))
        ));
        assert!(matches!(
            inspect("echo > more", MINUTE),
            Err(Error::Rule(_))
        ));
    }

    #[test]
    fn a_command_that_fails_or_hangs_is_refused() {
        let Err(error @ Error::InspectionFailed { .. }) =
            inspect("echo broken >&2; exit 3", MINUTE)
        else {
            panic!("it succeeded");
        };
        assert_eq!(
            error.to_string(),
            "inspection look failed: its command returned 3 and said \"broken\""
        );
        assert!(matches!(
            inspect("exec sleep 5", Duration::from_millis(50)),
            Err(Error::Inspection { .. })
        ));
    }

    #[test]
    fn a_command_sees_no_environment() {
        assert!(inspect("test -z \"$HOME$CARGO\"", MINUTE).is_ok());
    }
}
