//! Signs with every private key in a directory, and with new ones that it leaves there:
//! `cargo run -p crypto-keys --features encryption --example sign_with_every_key -- DIRECTORY PASSPHRASE`
//!
//! Beside each `NAME.pem` it writes `NAME.json`: for every scheme the key can sign with, the key object, its id, and a
//! signature over `message`. The new keys are `made-SCHEME.pem` and, under the passphrase, `made-SCHEME-encrypted.pem`.
//! `testdata/interop/keys.sh` lets other implementations verify all of it.

use std::{error::Error, fs, path::Path};

use canonical_json::Value;
use crypto_keys::{PrivateKey, Scheme, Signer as _};

const SCHEMES: [Scheme; 10] = [
    Scheme::Ed25519,
    Scheme::EcdsaP256Sha256,
    Scheme::EcdsaP384Sha384,
    Scheme::EcdsaP521Sha512,
    Scheme::RsaPssSha256,
    Scheme::RsaPssSha384,
    Scheme::RsaPssSha512,
    Scheme::RsaPkcs1Sha256,
    Scheme::RsaPkcs1Sha384,
    Scheme::RsaPkcs1Sha512,
];

/// One of each kind of key.
const MADE: [Scheme; 5] = [
    Scheme::Ed25519,
    Scheme::EcdsaP256Sha256,
    Scheme::EcdsaP384Sha384,
    Scheme::EcdsaP521Sha512,
    Scheme::RsaPssSha256,
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, passphrase] = arguments.as_slice() else {
        return Err("expected a directory and a passphrase".into());
    };
    let directory = Path::new(directory);
    for scheme in MADE {
        let key = PrivateKey::generate(scheme)?;
        let encrypted = key.to_encrypted_pkcs8_pem(passphrase.as_bytes())?;
        let name = format!("made-{}", scheme.name());
        fs::write(directory.join(format!("{name}.pem")), key.to_pkcs8_pem()?)?;
        fs::write(directory.join(format!("{name}-encrypted.pem")), encrypted)?;
    }
    for entry in fs::read_dir(directory)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "pem") {
            let signatures = signatures(&fs::read_to_string(&file)?, passphrase)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            fs::write(file.with_extension("json"), signatures.to_json())?;
        }
    }
    Ok(())
}

/// What the key signs with each scheme it has.
fn signatures(pem: &str, passphrase: &str) -> Result<Value, crypto_keys::Error> {
    let mut signatures = Vec::new();
    for scheme in SCHEMES {
        let key = PrivateKey::from_pem_with_passphrase(pem, passphrase.as_bytes())?;
        let Ok(key) = key.with_scheme(scheme) else {
            continue;
        };
        let signature = base16ct::lower::encode_string(&key.sign(b"message")?.bytes);
        signatures.push(Value::object([
            ("key", key.public_key().to_value()),
            ("keyid", Value::from(key.public_key().id().as_str())),
            ("signature", Value::from(signature)),
        ]));
    }
    Ok(Value::Array(signatures))
}
