//! PEM as certificates travel in it (RFC 7468): text around the blocks is ignored, anything but a certificate in a
//! block is refused.

use base64ct::{Base64, Encoding};

use crate::Error;

/// The DER of every certificate in `pem`, in order.
pub(crate) fn read(pem: &str, limit: usize) -> Result<Vec<Vec<u8>>, Error> {
    if pem.len() > limit {
        return Err(Error::TooLong {
            what: "PEM text",
            limit,
            actual: pem.len(),
        });
    }
    let mut blocks = Vec::new();
    let mut lines = pem.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        if !line.starts_with("-----") {
            continue;
        }
        if line != BEGIN {
            return Err(Error::Pem {
                reason: "expected \"-----BEGIN CERTIFICATE-----\" where another block begins or ends",
            });
        }
        let mut base64 = String::new();
        loop {
            match lines.next() {
                Some(END) => break,
                Some(line) => base64.push_str(line),
                None => {
                    return Err(Error::Pem {
                        reason: "a certificate has no \"-----END CERTIFICATE-----\"",
                    });
                }
            }
        }
        blocks.push(Base64::decode_vec(&base64).map_err(|_| Error::Pem {
            reason: "a certificate is not base64",
        })?);
    }
    if blocks.is_empty() {
        return Err(Error::Pem {
            reason: "there is no certificate",
        });
    }
    Ok(blocks)
}

/// One certificate as PEM, with a line end after it.
pub(crate) fn write(der: &[u8]) -> String {
    let mut pem = String::from(BEGIN);
    for (index, character) in Base64::encode_string(der).chars().enumerate() {
        if index.is_multiple_of(64) {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push('\n');
    pem.push_str(END);
    pem.push('\n');
    pem
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 4096;

    #[test]
    fn what_is_written_is_read_back_whatever_stands_around_it() {
        for length in [0, 1, 47, 48, 49, 96, 500] {
            let der = vec![7; length];
            let pem = write(&der);
            assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
            let twice = format!("subject=/CN=a\n{pem}\nnext:\n{}", pem.replace('\n', "\r\n"));
            assert_eq!(read(&twice, LIMIT), Ok(vec![der.clone(), der]));
        }
    }

    #[test]
    fn a_private_key_among_the_certificates_is_refused() {
        let pem = format!("{}-----BEGIN PRIVATE KEY-----\n", write(b"certificate"));
        assert!(matches!(read(&pem, LIMIT), Err(Error::Pem { .. })));
    }

    #[test]
    fn broken_frames_and_base64_are_refused() {
        for pem in [
            "",
            "no certificate here",
            "-----BEGIN CERTIFICATE-----\nAAAA\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END KEY-----\n",
            "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nProc-Type: 4\n\nAAAA\n-----END CERTIFICATE-----\n",
            "-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----\n",
        ] {
            assert!(matches!(read(pem, LIMIT), Err(Error::Pem { .. })), "{pem}");
        }
    }

    #[test]
    fn the_length_is_checked_before_anything_is_decoded() {
        assert_eq!(
            read("-----BEGIN", 9),
            Err(Error::TooLong {
                what: "PEM text",
                limit: 9,
                actual: 10
            })
        );
    }
}
