//! Records two steps, signs their links and a layout for them, and leaves everything a verifier needs in a directory:
//! `cargo run -p intoto-model --features record --example record_a_chain -- DIRECTORY [ed25519|ecdsa] [classic|dsse]`
//!
//! In the directory there are then `root.layout`, the links, the owner's key `owner.pem`, and the product under `product/`.
//! Keys are made for the occasion, unless the directory holds `owner.key`, `builder.key` and `packager.key` (PKCS#8).
//! `testdata/interop/in-toto.sh` lets in-toto verify it.

use std::{error::Error, fs, path::Path};

use crypto_keys::{Payload as _, PrivateKey, Scheme, Signer, sign_classic, sign_dsse};
use intoto_model::{
    ArtifactRule, Inspection, Layout, LayoutSpec, Rules, Step, StepName, link_file_name,
    record::{Command, Recorder},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, options @ ..] = arguments.as_slice() else {
        return Err("expected a directory to write to".into());
    };
    let scheme = match options.first().map_or("ed25519", String::as_str) {
        "ed25519" => Scheme::Ed25519,
        "ecdsa" => Scheme::EcdsaP256Sha256,
        other => return Err(format!("{other:?} is neither ed25519 nor ecdsa").into()),
    };
    let sign: Sign = match options.get(1).map_or("classic", String::as_str) {
        "classic" => |document, signer| sign_classic(document, &[signer]),
        "dsse" => |document, signer| {
            sign_dsse(
                Layout::PAYLOAD_TYPE,
                document.to_json().as_bytes(),
                &[signer],
            )
        },
        other => return Err(format!("{other:?} is neither classic nor dsse").into()),
    };
    write_chain(Path::new(directory), scheme, sign)
}

type Sign = fn(&canonical_json::Value, &dyn Signer) -> Result<Vec<u8>, crypto_keys::Error>;

fn write_chain(directory: &Path, scheme: Scheme, sign: Sign) -> Result<(), Box<dyn Error>> {
    let key = |name| match fs::read_to_string(directory.join(name)) {
        Ok(pem) => PrivateKey::from_pem(&pem),
        Err(_) => PrivateKey::generate(scheme),
    };
    let (owner, builder, packager) = (key("owner.key")?, key("builder.key")?, key("packager.key")?);
    let workshop = directory.join("workshop");
    let product = directory.join("product");
    fs::create_dir_all(workshop.join("src"))?;
    fs::create_dir_all(&product)?;
    fs::write(workshop.join("src/größe.txt"), "42\n")?;

    let build = "mkdir out && tr 4 6 < src/größe.txt > out/tool && printf 'a tab\\t, a \"quote\" and a \\\\ backslash\\n'";
    let steps = [
        ("build", &builder, build, ["src", "."]),
        (
            "package",
            &packager,
            "cp out/tool tool.tar",
            ["out", "tool.tar"],
        ),
    ];
    for (name, key, script, [materials, products]) in steps {
        let command = Command::new(["sh", "-c", script]);
        let link = Recorder::new(&workshop).run(
            StepName::try_from(name)?,
            &[materials],
            &[products],
            &command,
        )?;
        let file = link_file_name(&link.name, key.public_key().id());
        fs::write(directory.join(file), sign(&link.to_value(), key)?)?;
    }
    fs::copy(workshop.join("tool.tar"), product.join("tool.tar"))?;
    fs::remove_dir_all(workshop)?;

    let layout = layout(&builder, &packager)?;
    fs::write(
        directory.join("root.layout"),
        sign(&layout.to_value(), &owner)?,
    )?;
    let pem = owner
        .public_key()
        .to_pem()
        .ok_or("the owner's key cannot be used")?;
    fs::write(directory.join("owner.pem"), pem)?;
    Ok(())
}

fn layout(builder: &PrivateKey, packager: &PrivateKey) -> Result<Layout, Box<dyn Error>> {
    let build = Step {
        functionaries: vec![builder.public_key().id().clone()],
        rules: Rules {
            materials: rules(&["ALLOW src/*", "DISALLOW *"])?,
            products: rules(&[
                "MATCH src/* WITH MATERIALS FROM build",
                "CREATE out/tool",
                "DISALLOW *",
            ])?,
        },
        ..Step::new(StepName::try_from("build")?)
    };
    let package = Step {
        functionaries: vec![packager.public_key().id().clone()],
        rules: Rules {
            materials: rules(&[
                "MATCH tool IN out WITH PRODUCTS IN out FROM build",
                "DISALLOW *",
            ])?,
            products: rules(&["REQUIRE tool.tar", "CREATE tool.tar", "DISALLOW *"])?,
        },
        ..Step::new(StepName::try_from("package")?)
    };
    let look = Inspection {
        rules: Rules {
            materials: rules(&["MATCH tool.tar WITH PRODUCTS FROM package", "DISALLOW *"])?,
            products: rules(&["MATCH * WITH MATERIALS FROM look", "DISALLOW *"])?,
        },
        ..Inspection::new(
            StepName::try_from("look")?,
            ["grep", "62", "tool.tar"].map(str::to_owned).into(),
        )
    };
    let spec = LayoutSpec {
        keys: vec![builder.public_key().clone(), packager.public_key().clone()],
        steps: vec![build, package],
        inspections: vec![look],
        readme: "A tool is built and packaged.".to_owned(),
        ..LayoutSpec::new("2099-12-31T23:59:59Z".parse()?)
    };
    Ok(Layout::new(spec)?)
}

fn rules(lines: &[&str]) -> Result<Vec<ArtifactRule>, intoto_model::Error> {
    lines
        .iter()
        .map(|line| ArtifactRule::parse(line.split(' ')))
        .collect()
}
