/// How a key signs. It belongs to the key: a signature never chooses it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scheme {
    /// Ed25519 (RFC 8032), strictly verified.
    Ed25519,
    /// ECDSA over P-256 with SHA-256; signatures in DER.
    EcdsaP256Sha256,
    /// ECDSA over P-384 with SHA-384; signatures in DER.
    EcdsaP384Sha384,
    /// ECDSA over P-521 with SHA-512; signatures in DER.
    EcdsaP521Sha512,
    /// ML-DSA-44 (FIPS 204) over a labelled SHA-512, in an empty context: version 1 of TAP 21.
    MlDsa44,
    /// ML-DSA-65, as [`Scheme::MlDsa44`].
    MlDsa65,
    /// ML-DSA-87, as [`Scheme::MlDsa44`].
    MlDsa87,
    /// RSASSA-PSS with SHA-256 and a salt as long as the digest.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384 and a salt as long as the digest.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512 and a salt as long as the digest.
    RsaPssSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// An RSA key of OpenPGP: RSASSA-PKCS1-v1_5 with SHA-256, over a message and the headers of its signature.
    OpenPgpRsa,
    /// An Ed25519 key of OpenPGP: Ed25519 over the SHA-256 of a message and the headers of its signature.
    OpenPgpEd25519,
}

impl Scheme {
    /// The `scheme` of a key object.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384Sha384 => "ecdsa-sha2-nistp384",
            Self::EcdsaP521Sha512 => "ecdsa-sha2-nistp521",
            Self::MlDsa44 => "ml-dsa-44/1",
            Self::MlDsa65 => "ml-dsa-65/1",
            Self::MlDsa87 => "ml-dsa-87/1",
            Self::RsaPssSha256 => "rsassa-pss-sha256",
            Self::RsaPssSha384 => "rsassa-pss-sha384",
            Self::RsaPssSha512 => "rsassa-pss-sha512",
            Self::RsaPkcs1Sha256 => "rsa-pkcs1v15-sha256",
            Self::RsaPkcs1Sha384 => "rsa-pkcs1v15-sha384",
            Self::RsaPkcs1Sha512 => "rsa-pkcs1v15-sha512",
            Self::OpenPgpRsa => "pgp+rsa-pkcsv1.5",
            Self::OpenPgpEd25519 => "pgp+eddsa-ed25519",
        }
    }

    /// The `keytype` of a key object.
    pub fn keytype(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha256 | Self::EcdsaP384Sha384 | Self::EcdsaP521Sha512 => "ecdsa",
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => "ml-dsa",
            Self::OpenPgpEd25519 => "eddsa",
            _ => "rsa",
        }
    }

    /// The scheme that a key object names, in today's spelling or the one where the key type of an
    /// ECDSA key repeats its scheme.
    pub(crate) fn from_names(keytype: &str, scheme: &str) -> Option<Self> {
        const ALL: [Scheme; 15] = [
            Scheme::Ed25519,
            Scheme::EcdsaP256Sha256,
            Scheme::EcdsaP384Sha384,
            Scheme::EcdsaP521Sha512,
            Scheme::MlDsa44,
            Scheme::MlDsa65,
            Scheme::MlDsa87,
            Scheme::RsaPssSha256,
            Scheme::RsaPssSha384,
            Scheme::RsaPssSha512,
            Scheme::RsaPkcs1Sha256,
            Scheme::RsaPkcs1Sha384,
            Scheme::RsaPkcs1Sha512,
            Scheme::OpenPgpRsa,
            Scheme::OpenPgpEd25519,
        ];
        ALL.into_iter().find(|known| {
            known.name() == scheme
                && (known.keytype() == keytype || (known.keytype() == "ecdsa" && keytype == scheme))
        })
    }

    /// Whether keys of this scheme are OpenPGP's, whose signatures come with headers.
    pub(crate) fn is_openpgp(self) -> bool {
        self.name().starts_with(OPENPGP)
    }
}

/// How the names of OpenPGP's schemes begin.
pub(crate) const OPENPGP: &str = "pgp+";
