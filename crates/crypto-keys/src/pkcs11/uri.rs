use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use cryptoki::slot::TokenInfo;

use super::Error;

/// The name of a key in a token (RFC 7512), such as `pkcs11:token=releases;object=owner`.
///
/// The token is named by `token` (its label), `serial`, `manufacturer`, `model` and `slot-id`, the key by `object` (its
/// label) and `id`; what is left out matches anything. `module-path` and `pin-source` say where the module and the PIN
/// are, for a program to follow: nothing here reads them. Any other attribute is refused, for it would say
/// something that is not heeded, and so is `pin-value`, for a URI is seen by others.
///
/// ```
/// # use crypto_keys::pkcs11::Uri;
/// let uri: Uri = "pkcs11:token=releases;id=%01%02?module-path=/usr/lib/softhsm/libsofthsm2.so".parse()?;
/// assert_eq!(uri.module_path(), Some("/usr/lib/softhsm/libsofthsm2.so".as_ref()));
/// assert!("pkcs11:token=releases?pin-value=1234".parse::<Uri>().is_err());
/// # Ok::<(), crypto_keys::pkcs11::Error>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Uri {
    token: Option<Vec<u8>>,
    serial: Option<Vec<u8>>,
    manufacturer: Option<Vec<u8>>,
    model: Option<Vec<u8>>,
    slot: Option<u64>,
    object: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
    module_path: Option<PathBuf>,
    pin_source: Option<PathBuf>,
}

impl Uri {
    /// Where the module is, if the URI says so.
    pub fn module_path(&self) -> Option<&Path> {
        self.module_path.as_deref()
    }

    /// The file that holds the PIN, if the URI says so.
    pub fn pin_source(&self) -> Option<&Path> {
        self.pin_source.as_deref()
    }

    pub(super) fn is_token(&self, slot: u64, token: &TokenInfo) -> bool {
        let is = |asked: &Option<Vec<u8>>, found: &str| {
            asked.as_ref().is_none_or(|asked| asked == found.as_bytes())
        };
        is(&self.token, token.label())
            && is(&self.serial, token.serial_number())
            && is(&self.manufacturer, token.manufacturer_id())
            && is(&self.model, token.model())
            && self.slot.is_none_or(|asked| asked == slot)
    }

    pub(super) fn is_key(&self, label: &[u8], id: &[u8]) -> bool {
        let is = |asked: &Option<Vec<u8>>, found: &[u8]| {
            asked.as_ref().is_none_or(|asked| asked == found)
        };
        is(&self.object, label) && is(&self.id, id)
    }
}

impl FromStr for Uri {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let path = text
            .strip_prefix("pkcs11:")
            .ok_or(refused("it does not begin with `pkcs11:`"))?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut uri = Self::default();
        let mut kind = None;
        for attribute in path.split(';').filter(|attribute| !attribute.is_empty()) {
            let (name, value) = attribute.split_once('=').ok_or(NO_VALUE)?;
            match name {
                "token" => once(&mut uri.token, bytes(value)?)?,
                "serial" => once(&mut uri.serial, bytes(value)?)?,
                "manufacturer" => once(&mut uri.manufacturer, bytes(value)?)?,
                "model" => once(&mut uri.model, bytes(value)?)?,
                "object" => once(&mut uri.object, bytes(value)?)?,
                "id" => once(&mut uri.id, bytes(value)?)?,
                "slot-id" => {
                    let slot = value.parse().ok();
                    let slot = slot.filter(|_| value.bytes().all(|digit| digit.is_ascii_digit()));
                    once(&mut uri.slot, slot.ok_or(refused("`slot-id` is a number"))?)?;
                }
                "type" if value == "private" => once(&mut kind, ())?,
                "type" => return Err(refused("only a private key signs: `type=private`")),
                _ => return Err(refused("it has an attribute that is not known here")),
            }
        }
        for attribute in query.split('&').filter(|attribute| !attribute.is_empty()) {
            let (name, value) = attribute.split_once('=').ok_or(NO_VALUE)?;
            match name {
                "module-path" => once(&mut uri.module_path, path_of(value)?)?,
                "pin-source" => {
                    let value = value.strip_prefix("file:").unwrap_or(value);
                    once(&mut uri.pin_source, path_of(value)?)?;
                }
                "pin-value" => {
                    return Err(refused("a PIN in it is seen by others: use `pin-source`"));
                }
                _ => return Err(refused("it has an attribute that is not known here")),
            }
        }
        Ok(uri)
    }
}

const NO_VALUE: Error = refused("an attribute has no value");

const fn refused(reason: &'static str) -> Error {
    Error::Uri { reason }
}

/// RFC 7512 section 2.3: no attribute stands twice.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Error> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(refused("an attribute stands in it twice")),
    }
}

fn path_of(value: &str) -> Result<PathBuf, Error> {
    let path = String::from_utf8(bytes(value)?).map_err(|_| refused("a path is not UTF-8"))?;
    if path.is_empty() || path.starts_with('|') {
        return Err(refused("`module-path` and `pin-source` are paths of files"));
    }
    Ok(path.into())
}

/// Undoes the percent-encoding (RFC 3986 section 2.1).
fn bytes(value: &str) -> Result<Vec<u8>, Error> {
    let mut parts = value.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part
            .split_at_checked(2)
            .ok_or(refused("`%` takes two hexadecimal digits"))?;
        let byte = base16ct::mixed::decode_vec(digits)
            .map_err(|_| refused("`%` takes two hexadecimal digits"))?;
        bytes.extend(byte);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attributes_of_a_uri_are_read() {
        let uri = "pkcs11:token=The%20Software%20PKCS%2311%20softtoken;serial=4d5e;manufacturer=Snake%20Oil;\
            model=1.0;slot-id=327;object=my-key;id=%69%95%3e%00;type=private\
            ?module-path=/lib%2Fa.so&pin-source=file:/etc/token_pin";
        let expected = Uri {
            token: Some(b"The Software PKCS#11 softtoken".to_vec()),
            serial: Some(b"4d5e".to_vec()),
            manufacturer: Some(b"Snake Oil".to_vec()),
            model: Some(b"1.0".to_vec()),
            slot: Some(327),
            object: Some(b"my-key".to_vec()),
            id: Some(vec![0x69, 0x95, 0x3e, 0]),
            module_path: Some("/lib/a.so".into()),
            pin_source: Some("/etc/token_pin".into()),
        };
        assert_eq!(uri.parse(), Ok(expected));
        assert_eq!("pkcs11:".parse(), Ok(Uri::default()));
    }

    #[test]
    fn what_would_not_be_heeded_is_refused() {
        let table = [
            ("", "it does not begin with `pkcs11:`"),
            ("PKCS11:token=a", "it does not begin with `pkcs11:`"),
            ("/etc/key.pem", "it does not begin with `pkcs11:`"),
            ("pkcs11:token", "an attribute has no value"),
            ("pkcs11:?module-path", "an attribute has no value"),
            ("pkcs11:token=a;token=a", "an attribute stands in it twice"),
            (
                "pkcs11:?pin-source=a&pin-source=b",
                "an attribute stands in it twice",
            ),
            (
                "pkcs11:type=public",
                "only a private key signs: `type=private`",
            ),
            (
                "pkcs11:type=private;type=private",
                "an attribute stands in it twice",
            ),
            ("pkcs11:slot-id=-1", "`slot-id` is a number"),
            ("pkcs11:slot-id=+1", "`slot-id` is a number"),
            ("pkcs11:slot-id=", "`slot-id` is a number"),
            (
                "pkcs11:library-version=3",
                "it has an attribute that is not known here",
            ),
            (
                "pkcs11:?module-name=p11",
                "it has an attribute that is not known here",
            ),
            (
                "pkcs11:?pin-value=1",
                "a PIN in it is seen by others: use `pin-source`",
            ),
            (
                "pkcs11:?pin-source=|pinentry",
                "`module-path` and `pin-source` are paths of files",
            ),
            (
                "pkcs11:?module-path=",
                "`module-path` and `pin-source` are paths of files",
            ),
            ("pkcs11:?module-path=%ff", "a path is not UTF-8"),
            ("pkcs11:id=%", "`%` takes two hexadecimal digits"),
            ("pkcs11:id=%1", "`%` takes two hexadecimal digits"),
            ("pkcs11:id=%1g", "`%` takes two hexadecimal digits"),
            ("pkcs11:id=%1\u{e9}", "`%` takes two hexadecimal digits"),
        ];
        for (text, reason) in table {
            assert_eq!(text.parse::<Uri>(), Err(Error::Uri { reason }), "{text}");
        }
    }
}
