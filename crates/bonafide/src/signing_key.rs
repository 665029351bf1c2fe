//! Private keys of the person who runs the tool: in files, encrypted or not, and in tokens.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::builder::{
    OsStringValueParser, TryMapValueParser, TypedValueParser as _, ValueParserFactory,
};
use crypto_keys::{Error, PrivateKey, Signer, pkcs11};
use zeroize::Zeroizing;

use crate::{failure::Failure, files};

/// Where a private key is, as the command line says it.
#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    File(PathBuf),
    Token(Box<pkcs11::Uri>),
}

/// What the help of commands that sign says about it.
pub(crate) const HELP: &str = "\
A private key is a PEM or DER file (PKCS#8, PKCS#1, SEC 1), or a key in a PKCS#11 token, such as
  'pkcs11:token=releases;object=owner?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=pin.txt'
The passphrase of encrypted files comes from --passphrase-file or BONAFIDE_PASSPHRASE, the PIN of a token
from the file that pin-source names or from BONAFIDE_PIN; neither is ever asked for.";

impl ValueParserFactory for KeySource {
    type Parser =
        TryMapValueParser<OsStringValueParser, fn(OsString) -> Result<Self, pkcs11::Error>>;

    fn value_parser() -> Self::Parser {
        OsStringValueParser::new().try_map(|text| match text.to_str() {
            Some(uri) if uri.starts_with("pkcs11:") => Ok(Self::Token(Box::new(uri.parse()?))),
            _ => Ok(Self::File(text.into())),
        })
    }
}

/// How the passphrase of private keys is given.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Passphrase {
    /// The file whose first line is the passphrase of encrypted private keys [default: what BONAFIDE_PASSPHRASE holds]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

const PASSPHRASE_VARIABLE: &str = "BONAFIDE_PASSPHRASE";
const PIN_VARIABLE: &str = "BONAFIDE_PIN";

impl Passphrase {
    /// The passphrase, if there is one.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        secret(self.passphrase_file.as_deref(), PASSPHRASE_VARIABLE)
    }
}

/// The first line of a file, or else an environment variable. Neither of them may be empty.
fn secret(file: Option<&Path>, variable: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    let (place, text) = if let Some(file) = file {
        let text = Zeroizing::new(files::read_text(file)?);
        let line = Zeroizing::new(text.lines().next().unwrap_or_default().to_owned());
        (file.display().to_string(), line)
    } else {
        match std::env::var(variable) {
            Ok(text) => (variable.to_owned(), Zeroizing::new(text)),
            Err(std::env::VarError::NotPresent) => return Ok(None),
            Err(error) => {
                return Err(Failure::unable(format!("{variable} is no text")).because(error));
            }
        }
    };
    if text.is_empty() {
        return Err(Failure::unable(format!("there is no secret in {place}")));
    }
    Ok(Some(text))
}

impl KeySource {
    /// Reads the key, or logs into its token.
    pub(crate) fn signer(&self, passphrase: &Passphrase) -> Result<Box<dyn Signer>, Failure> {
        match self {
            Self::File(path) => Ok(Box::new(from_file(path, passphrase)?)),
            Self::Token(uri) => Ok(Box::new(in_token(uri)?)),
        }
    }
}

/// The signers of several keys.
pub(crate) fn signers(
    sources: &[KeySource],
    passphrase: &Passphrase,
) -> Result<Vec<Box<dyn Signer>>, Failure> {
    let signers = sources.iter().map(|source| source.signer(passphrase));
    signers.collect()
}

pub(crate) fn from_file(path: &Path, passphrase: &Passphrase) -> Result<PrivateKey, Failure> {
    let bytes = Zeroizing::new(files::read(path)?);
    // DER begins with a byte that begins no text.
    let text = str::from_utf8(&bytes)
        .ok()
        .filter(|text| text.contains("-----BEGIN "));
    let key = match text {
        Some(pem) => PrivateKey::from_pem(pem),
        None => PrivateKey::from_der(&bytes),
    };
    let key = match key {
        Err(Error::PassphraseNeeded) => match (passphrase.read()?, text) {
            (None, _) => Err(Error::PassphraseNeeded),
            (Some(passphrase), Some(pem)) => {
                PrivateKey::from_pem_with_passphrase(pem, passphrase.as_bytes())
            }
            (Some(passphrase), None) => {
                PrivateKey::from_der_with_passphrase(&bytes, passphrase.as_bytes())
            }
        },
        key => key,
    };
    key.map_err(|source| {
        let advice = match source {
            Error::PassphraseNeeded => format!(
                "give --passphrase-file FILE, or put the passphrase into {PASSPHRASE_VARIABLE}"
            ),
            Error::WrongPassphrase => format!(
                "is it the passphrase of this key? It is the first line of --passphrase-file, or else the whole of {PASSPHRASE_VARIABLE}"
            ),
            _ => "make one with `bonafide key generate`".to_owned(),
        };
        let what = match source {
            Error::PassphraseNeeded | Error::WrongPassphrase => "cannot be opened",
            _ => "holds no private key",
        };
        Failure::unable(format!("{} {what}", path.display()))
            .because(source)
            .advise(advice)
    })
}

fn in_token(uri: &pkcs11::Uri) -> Result<pkcs11::TokenKey, Failure> {
    let what = || "cannot use the key in the token".to_owned();
    let module = uri.module_path().ok_or_else(|| {
        Failure::unable("the URI of the key says of no module how to reach its token")
            .advise("end it with ?module-path=FILE, where FILE is the shared library that came with the token")
    })?;
    let pin = secret(uri.pin_source(), PIN_VARIABLE)?;
    let key = pkcs11::Module::open(module)
        .and_then(|module| module.log_in(uri, pin.as_ref().map(|pin| pin.as_str())))
        .and_then(|token| token.key(uri));
    key.map_err(|source| {
        let advice = match source {
            pkcs11::Error::WhichToken { .. } => {
                Some("name one token, by token= or serial=".to_owned())
            }
            pkcs11::Error::WhichKey { .. } => Some("name one key, by object= or id=".to_owned()),
            pkcs11::Error::Module { .. } => {
                Some("is it the library that came with the token?".to_owned())
            }
            pkcs11::Error::NoPublicKey => {
                Some("put the public key, or a certificate, beside it under the same id".to_owned())
            }
            _ if pin.is_none() => Some(format!(
                "put the PIN into a file and name it by pin-source=, or into {PIN_VARIABLE}"
            )),
            _ => None,
        };
        let failure = Failure::unable(what()).because(source);
        match advice {
            Some(advice) => failure.advise(advice),
            None => failure,
        }
    })
}
