//! Reading objects whose list members may be absent or null, as other writers leave them.

use std::collections::BTreeMap;

use canonical_json::{Error, Node, Value};

/// The elements of a list member; none if it is absent or null.
pub(crate) fn list<'d, T>(
    object: Node<'d>,
    key: &str,
    read: impl Fn(Node<'d>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    match object.get(key)? {
        Some(list) if !list.is_null() => list.items()?.map(read).collect(),
        _ => Ok(Vec::new()),
    }
}

pub(crate) fn strings(object: Node<'_>, key: &str) -> Result<Vec<String>, Error> {
    list(object, key, |item| Ok(item.as_str()?.into_owned()))
}

/// The members of an object member; none if it is absent or null.
pub(crate) fn map<'d, T>(
    object: Node<'d>,
    key: &str,
    read: impl Fn(&str, Node<'d>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    match object.get(key)? {
        Some(map) if !map.is_null() => map
            .members()?
            .map(|(name, node)| read(&name, node))
            .collect(),
        _ => Ok(Vec::new()),
    }
}

/// A text member; empty if it is absent.
pub(crate) fn text(object: Node<'_>, key: &str) -> Result<String, Error> {
    match object.get(key)? {
        Some(text) => Ok(text.as_str()?.into_owned()),
        None => Ok(String::new()),
    }
}

/// Whatever members are not `known`, kept so that they can be reported and written again.
pub(crate) fn unknown(object: Node<'_>, known: &[&str]) -> Result<BTreeMap<String, Value>, Error> {
    Ok(object
        .members()?
        .filter(|(name, _)| !known.contains(&&**name))
        .map(|(name, node)| (name.into_owned(), node.to_value()))
        .collect())
}

/// An object of `known` members and, where they do not collide, the `unknown` ones.
pub(crate) fn object<const N: usize>(
    known: [(&str, Value); N],
    unknown: &BTreeMap<String, Value>,
) -> Value {
    let mut members = unknown.clone();
    members.extend(known.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(members)
}

pub(crate) fn strings_to_value<S: AsRef<str>>(strings: impl IntoIterator<Item = S>) -> Value {
    Value::Array(
        strings
            .into_iter()
            .map(|text| Value::from(text.as_ref()))
            .collect(),
    )
}
