use std::path::{Path, PathBuf};

use canonical_json::Value;
use clap::{Subcommand, ValueEnum};
use crypto_keys::{PrivateKey, PublicKey, Scheme, Signer as _};

use crate::{
    console::Outcome,
    failure::{Explain as _, Failure},
    files,
    signing_key::{HELP, KeySource, Passphrase},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a key pair: FILE for the private key, FILE.pub for the public one
    ///
    /// The private key is readable by its owner only. With --passphrase-file, or a passphrase in BONAFIDE_PASSPHRASE,
    /// it is encrypted as well, and takes the same wherever it is used.
    Generate {
        /// Where to write the private key (PKCS#8 PEM)
        file: PathBuf,
        /// What kind of key
        #[arg(long, value_enum, default_value_t = Kind::Ed25519)]
        scheme: Kind,
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Show the id and kind of a public or private key
    #[command(after_help = HELP)]
    Show {
        /// The key: a file, or a key in a token
        key: KeySource,
        #[command(flatten)]
        passphrase: Passphrase,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    Ed25519,
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,
    #[value(name = "rsa-2048")]
    Rsa2048,
    #[value(name = "rsa-3072")]
    Rsa3072,
    #[value(name = "rsa-4096")]
    Rsa4096,
}

impl Kind {
    fn generate(self) -> Result<PrivateKey, crypto_keys::Error> {
        let rsa = |bits| PrivateKey::generate_rsa(Scheme::RsaPssSha256, bits);
        match self {
            Self::Ed25519 => PrivateKey::generate(Scheme::Ed25519),
            Self::EcdsaP256 => PrivateKey::generate(Scheme::EcdsaP256Sha256),
            Self::EcdsaP384 => PrivateKey::generate(Scheme::EcdsaP384Sha384),
            Self::EcdsaP521 => PrivateKey::generate(Scheme::EcdsaP521Sha512),
            Self::Rsa2048 => rsa(2048),
            Self::Rsa3072 => rsa(3072),
            Self::Rsa4096 => rsa(4096),
        }
    }
}

impl Key {
    pub(super) fn execute(self) -> Result<Outcome, Failure> {
        match self {
            Self::Generate {
                file,
                scheme,
                passphrase,
            } => {
                let what = || format!("cannot make a key for {}", file.display());
                let passphrase = passphrase.read()?;
                let key = scheme.generate().or_unable(what)?;
                let public = key.public_key().to_pem().unwrap_or_default();
                let mut public_file = file.clone().into_os_string();
                public_file.push(".pub");
                let public_file = PathBuf::from(public_file);
                if public_file.exists() {
                    let there = format!("{} is there already", public_file.display());
                    return Err(Failure::unable(there).advise(files::NEVER_OVERWRITTEN));
                }
                let private = match &passphrase {
                    None => key.to_pkcs8_pem(),
                    Some(passphrase) => key
                        .to_encrypted_pkcs8_pem(passphrase.as_bytes())
                        .map(Into::into),
                };
                files::write_secret(&file, private.or_unable(what)?.as_bytes())?;
                files::write(&public_file, public.as_bytes())?;
                Ok(shown(key.public_key()))
            }
            Self::Show { key, passphrase } => match &key {
                KeySource::File(file) if is_public(file)? => Ok(shown(&files::public_key(file)?)),
                private => Ok(shown(private.signer(&passphrase)?.public_key())),
            },
        }
    }
}

fn is_public(file: &Path) -> Result<bool, Failure> {
    let bytes = files::read(file)?;
    Ok(str::from_utf8(&bytes).is_ok_and(|text| !text.contains("PRIVATE KEY")))
}

fn shown(key: &PublicKey) -> Outcome {
    let scheme = key.scheme().map_or("unusable", Scheme::name);
    let json = Value::object([
        ("keyid", Value::from(key.id().as_str())),
        ("key", key.to_value()),
    ]);
    Outcome::new(format!("{} {scheme}", key.id()), json)
}
