//! ML-DSA (FIPS 204) as TAP 21 uses it: what is signed is a digest behind a label, in an empty context.

use der::asn1::{BitStringRef, ObjectIdentifier};
use ml_dsa::{EncodedVerifyingKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, VerifyingKey};
use sha2::{Digest as _, Sha512};
use signature::Verifier as _;
use spki::{AlgorithmIdentifierRef, EncodePublicKey, SubjectPublicKeyInfoRef};

use crate::{Scheme, Unusable};

/// A parameter set of FIPS 204.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Parameters {
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

impl Parameters {
    const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    pub(crate) fn with_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.oid() == oid)
    }

    pub(crate) fn scheme(self) -> Scheme {
        match self {
            Self::MlDsa44 => Scheme::MlDsa44,
            Self::MlDsa65 => Scheme::MlDsa65,
            Self::MlDsa87 => Scheme::MlDsa87,
        }
    }

    /// RFC 9881; the parameters of the algorithm are absent.
    fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::MlDsa44 => "2.16.840.1.101.3.4.3.17",
            Self::MlDsa65 => "2.16.840.1.101.3.4.3.18",
            Self::MlDsa87 => "2.16.840.1.101.3.4.3.19",
        })
    }

    fn algorithm(self) -> AlgorithmIdentifierRef<'static> {
        AlgorithmIdentifierRef {
            oid: self.oid(),
            parameters: None,
        }
    }

    /// The length of an encoded public key (FIPS 204, table 2).
    fn key_len(self) -> usize {
        match self {
            Self::MlDsa44 => 1312,
            Self::MlDsa65 => 1952,
            Self::MlDsa87 => 2592,
        }
    }
}

/// A public key as it is encoded: every string of the right length is one. What verification derives from it is twenty
/// times as long, and made when it is needed, so that a document full of keys costs no more memory than its text.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    parameters: Parameters,
    encoded: Vec<u8>,
}

impl Key {
    pub(crate) fn new(parameters: Parameters, encoded: &[u8]) -> Result<Self, Unusable> {
        if encoded.len() == parameters.key_len() {
            Ok(Self {
                parameters,
                encoded: encoded.to_vec(),
            })
        } else {
            Err(Unusable::Malformed)
        }
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.parameters.scheme()
    }

    /// Whether `signature` is this key's over `signed`, in an empty context (FIPS 204, algorithm 3).
    pub(crate) fn verify(&self, signed: &[u8], signature: &[u8]) -> bool {
        match self.parameters {
            Parameters::MlDsa44 => verify::<MlDsa44>(&self.encoded, signed, signature),
            Parameters::MlDsa65 => verify::<MlDsa65>(&self.encoded, signed, signature),
            Parameters::MlDsa87 => verify::<MlDsa87>(&self.encoded, signed, signature),
        }
    }
}

impl EncodePublicKey for Key {
    fn to_public_key_der(&self) -> spki::Result<spki::Document> {
        let info = SubjectPublicKeyInfoRef {
            algorithm: self.parameters.algorithm(),
            subject_public_key: BitStringRef::from_bytes(&self.encoded)?,
        };
        spki::Document::try_from(info)
    }
}

fn verify<P: MlDsaParams>(key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    let Ok(signature) = ml_dsa::Signature::<P>::try_from(signature) else {
        return false;
    };
    EncodedVerifyingKey::<P>::try_from(key).is_ok_and(|key| {
        VerifyingKey::decode(&key)
            .verify(signed, &signature)
            .is_ok()
    })
}

/// What is signed for `message` under version 1 of the schemes (TAP 21).
pub(crate) fn signed(message: &[u8]) -> Vec<u8> {
    [b"tuf\x01", Sha512::digest(message).as_slice()].concat()
}

#[cfg(feature = "sign")]
pub(crate) use secret::Secret;

#[cfg(feature = "sign")]
mod secret {
    use ml_dsa::ExpandedSigningKey;
    use pkcs8::{
        EncodePrivateKey, KeyError, PrivateKeyInfoRef, SecretDocument, der::asn1::OctetStringRef,
    };
    use zeroize::Zeroizing;

    use super::{Key, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Parameters};

    /// A private key: the 32 bytes that all else follows from (FIPS 204, algorithm 6).
    pub(crate) struct Secret {
        parameters: Parameters,
        seed: Zeroizing<[u8; 32]>,
    }

    impl Secret {
        pub(crate) fn new(parameters: Parameters, seed: Zeroizing<[u8; 32]>) -> Self {
            Self { parameters, seed }
        }

        pub(crate) fn public(&self) -> Key {
            let encoded = match self.parameters {
                Parameters::MlDsa44 => self.encoded_public::<MlDsa44>(),
                Parameters::MlDsa65 => self.encoded_public::<MlDsa65>(),
                Parameters::MlDsa87 => self.encoded_public::<MlDsa87>(),
            };
            Key {
                parameters: self.parameters,
                encoded,
            }
        }

        /// Signs with fresh randomness: two signatures of one message, one of them disturbed, would tell of the key
        /// (FIPS 204, 3.4).
        pub(crate) fn sign(&self, signed: &[u8]) -> Result<Vec<u8>, signature::Error> {
            match self.parameters {
                Parameters::MlDsa44 => self.sign_as::<MlDsa44>(signed),
                Parameters::MlDsa65 => self.sign_as::<MlDsa65>(signed),
                Parameters::MlDsa87 => self.sign_as::<MlDsa87>(signed),
            }
        }

        fn expanded<P: MlDsaParams>(&self) -> ExpandedSigningKey<P> {
            ExpandedSigningKey::from_seed((&*self.seed).into())
        }

        fn encoded_public<P: MlDsaParams>(&self) -> Vec<u8> {
            self.expanded::<P>().verifying_key().encode().to_vec()
        }

        fn sign_as<P: MlDsaParams>(&self, signed: &[u8]) -> Result<Vec<u8>, signature::Error> {
            let key = self.expanded::<P>();
            let signature = key.sign_randomized(signed, &[], &mut getrandom::SysRng)?;
            Ok(signature.encode().to_vec())
        }
    }

    /// In PKCS#8 a seed is an octet string under an implicit tag (RFC 9881). The two other forms there repeat what
    /// follows from a seed, or have lost it.
    const TAG_AND_LENGTH: [u8; 2] = [0x80, 32];

    impl EncodePrivateKey for Secret {
        fn to_pkcs8_der(&self) -> pkcs8::Result<SecretDocument> {
            let mut tagged = Zeroizing::new([0; 34]);
            for (byte, value) in tagged
                .iter_mut()
                .zip(TAG_AND_LENGTH.iter().chain(&*self.seed))
            {
                *byte = *value;
            }
            let seed = OctetStringRef::new(&*tagged)?;
            let info = PrivateKeyInfoRef::new(self.parameters.algorithm(), seed);
            Ok(SecretDocument::encode_msg(&info)?)
        }
    }

    impl TryFrom<PrivateKeyInfoRef<'_>> for Secret {
        type Error = pkcs8::Error;

        fn try_from(info: PrivateKeyInfoRef<'_>) -> pkcs8::Result<Self> {
            let parameters = Parameters::with_oid(info.algorithm.oid).ok_or(KeyError::Invalid)?;
            let seed = info.private_key.as_bytes().strip_prefix(&TAG_AND_LENGTH);
            let seed: &[u8; 32] = seed
                .and_then(|seed| seed.try_into().ok())
                .ok_or(KeyError::Invalid)?;
            if info.algorithm.parameters.is_some() {
                return Err(KeyError::Invalid.into());
            }
            Ok(Self::new(parameters, Zeroizing::new(*seed)))
        }
    }
}
