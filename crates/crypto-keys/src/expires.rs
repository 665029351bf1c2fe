use std::{fmt, str::FromStr};

use canonical_json::Node;
use chrono::{DateTime, NaiveDateTime, Timelike, Utc};

use crate::Error;

/// The instant at which a document stops being believed, in whole seconds of UTC.
///
/// TUF and in-toto share the form `YYYY-MM-DDTHH:MM:SSZ` and nothing else is read: no offsets, no
/// fractions, no lower case. At the instant itself the document has expired.
///
/// ```
/// # use crypto_keys::Expires;
/// let expires: Expires = "2030-01-01T00:00:00Z".parse()?;
/// assert!(expires.has_passed(expires.instant()));
/// assert!("2030-01-01T00:00:00+00:00".parse::<Expires>().is_err());
/// # Ok::<(), crypto_keys::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Expires(DateTime<Utc>);

const FORM: &str = "%Y-%m-%dT%H:%M:%SZ";
/// `0000-01-01T00:00:00Z`.
const FIRST: i64 = -62_167_219_200;
/// `9999-12-31T23:59:59Z`.
const LAST: i64 = 253_402_300_799;

impl Expires {
    /// Reads the value of an `expires` member.
    ///
    /// # Errors
    ///
    /// [`canonical_json::Error::Type`] if it is not a string of the form above or names no real instant.
    pub fn read(node: Node<'_>) -> Result<Self, canonical_json::Error> {
        node.as_str()?
            .parse()
            .map_err(|_| node.error("an instant as YYYY-MM-DDTHH:MM:SSZ"))
    }

    /// The instant itself.
    pub fn instant(self) -> DateTime<Utc> {
        self.0
    }

    /// Whether the document has expired at `now`; true at the instant of expiry itself.
    pub fn has_passed(self, now: DateTime<Utc>) -> bool {
        self.0 <= now
    }
}

impl From<DateTime<Utc>> for Expires {
    /// Cuts the instant to what metadata can hold: whole seconds, and the years 0000 to 9999.
    fn from(instant: DateTime<Utc>) -> Self {
        let seconds = instant.timestamp().clamp(FIRST, LAST);
        Self(DateTime::from_timestamp(seconds, 0).unwrap_or(instant))
    }
}

impl FromStr for Expires {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || Error::Expires {
            text: text.to_owned(),
        };
        // chrono is lenient about signs, padding and leap seconds: the shape is checked here.
        let shaped = text.len() == 20
            && text
                .bytes()
                .zip(b"0000-00-00T00:00:00Z")
                .all(|(byte, shape)| match shape {
                    b'0' => byte.is_ascii_digit(),
                    _ => byte == *shape,
                });
        if !shaped {
            return Err(refused());
        }
        let instant = NaiveDateTime::parse_from_str(text, FORM).map_err(|_| refused())?;
        if instant.nanosecond() != 0 {
            return Err(refused()); // a leap second, which the other implementations cannot name
        }
        Ok(Self(instant.and_utc()))
    }
}

impl fmt::Display for Expires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format(FORM))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_second_before_is_fresh_and_the_second_itself_is_not() {
        let expires: Expires = "2026-01-31T23:59:59Z".parse().unwrap();
        assert!(!expires.has_passed(expires.instant() - TimeDelta::seconds(1)));
        assert!(expires.has_passed(expires.instant()));
    }

    #[test]
    fn what_is_read_is_printed_again() {
        for text in [
            "2026-02-28T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(text.parse::<Expires>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn whatever_instant_it_is_made_of_it_can_be_read_again() {
        let last = "9999-12-31T23:59:59Z";
        let half = last.parse::<Expires>().unwrap().instant() + TimeDelta::milliseconds(500);
        for (instant, text) in [
            (half, last),
            (half + TimeDelta::seconds(1), last),
            (DateTime::<Utc>::MAX_UTC, last),
            (DateTime::<Utc>::MIN_UTC, "0000-01-01T00:00:00Z"),
        ] {
            let expires = Expires::from(instant);
            assert_eq!(expires.to_string(), text);
            assert_eq!(text.parse(), Ok(expires));
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00z",
            "2026-01-01t00:00:00Z",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00.0Z",
            "2026-01-01T00:00:00+00:00",
            "10000-01-01T00:00:00Z",
            "+026-01-01T00:00:00Z",
            "2026-1-01T000:00:00Z",
        ] {
            assert!(text.parse::<Expires>().is_err(), "{text}");
        }
    }
}
