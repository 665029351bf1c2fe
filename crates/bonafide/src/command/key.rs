use std::path::PathBuf;

use canonical_json::Value;
use clap::{Subcommand, ValueEnum};
use crypto_keys::{PrivateKey, PublicKey, Scheme, Signer as _};

use crate::{
    console::Outcome,
    failure::{Explain as _, Failure},
    files,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a key pair: FILE for the private key, FILE.pub for the public one
    Generate {
        /// Where to write the private key (PKCS#8 PEM, unencrypted, readable by its owner only)
        file: PathBuf,
        /// What kind of key
        #[arg(long, value_enum, default_value_t = Kind::Ed25519)]
        scheme: Kind,
    },
    /// Show the id and kind of a public or private key
    Show {
        /// A PEM file
        file: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    Ed25519,
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,
}

impl Key {
    pub(super) fn execute(self) -> Result<Outcome, Failure> {
        match self {
            Self::Generate { file, scheme } => {
                let scheme = match scheme {
                    Kind::Ed25519 => Scheme::Ed25519,
                    Kind::EcdsaP256 => Scheme::EcdsaP256Sha256,
                    Kind::EcdsaP384 => Scheme::EcdsaP384Sha384,
                    Kind::EcdsaP521 => Scheme::EcdsaP521Sha512,
                };
                let what = || format!("cannot make a key for {}", file.display());
                let key = PrivateKey::generate(scheme).or_unable(what)?;
                let public = key.public_key().to_pem().unwrap_or_default();
                let mut public_file = file.clone().into_os_string();
                public_file.push(".pub");
                let public_file = PathBuf::from(public_file);
                if public_file.exists() {
                    let there = format!("{} is there already", public_file.display());
                    return Err(Failure::unable(there).advise(files::NEVER_OVERWRITTEN));
                }
                files::write_secret(&file, key.to_pkcs8_pem().or_unable(what)?.as_bytes())?;
                files::write(&public_file, public.as_bytes())?;
                Ok(shown(key.public_key()))
            }
            Self::Show { file } => {
                let text = files::read_text(&file)?;
                if text.contains("PRIVATE KEY") {
                    Ok(shown(files::private_key(&file)?.public_key()))
                } else {
                    Ok(shown(&files::public_key(&file)?))
                }
            }
        }
    }
}

fn shown(key: &PublicKey) -> Outcome {
    let scheme = key.scheme().map_or("unusable", Scheme::name);
    let json = Value::object([
        ("keyid", Value::from(key.id().as_str())),
        ("key", key.to_value()),
    ]);
    Outcome::new(format!("{} {scheme}", key.id()), json)
}
