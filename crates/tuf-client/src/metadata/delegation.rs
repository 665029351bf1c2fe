use std::collections::{BTreeMap, BTreeSet};

use canonical_json::{Error as JsonError, Node};
use crypto_keys::{KeyId, PublicKey, Quorum};

use super::{RoleKeys, read_keys};
use crate::{PathPattern, RoleName, TargetPath};

/// To whom a targets role delegates, in the order in which they are asked (specification 4.5).
///
/// Keys are looked up here and nowhere else: another role may mean another key by the same id (TAP 12).
#[derive(Clone, Debug, Default)]
pub struct Delegations {
    keys: BTreeMap<KeyId, PublicKey>,
    roles: Vec<Delegation>,
    succinct: bool,
}

/// One delegation: which role may speak about which paths.
#[derive(Clone, Debug)]
pub struct Delegation {
    role: RoleName,
    keys: RoleKeys,
    scope: Scope,
    terminating: bool,
}

/// The paths a delegation is about.
#[derive(Clone, Debug)]
enum Scope {
    Paths(Vec<PathPattern>),
    /// Prefixes of the hexadecimal SHA-256 of the path.
    HashPrefixes(Vec<String>),
    /// Neither is given: no path.
    Nothing,
}

impl Delegations {
    /// The delegations in order of precedence.
    pub fn roles(&self) -> &[Delegation] {
        &self.roles
    }

    /// Whether hash bins are delegated to by a rule (TAP 15), which is not supported.
    pub fn is_succinct(&self) -> bool {
        self.succinct
    }

    /// Who must sign the metadata of a role; `None` if there is no delegation to it.
    pub fn quorum(&self, role: &RoleName) -> Option<Quorum<'_>> {
        let delegation = self
            .roles
            .iter()
            .find(|delegation| delegation.role == *role)?;
        Some(delegation.keys.quorum(&self.keys))
    }

    pub(super) fn read(node: Node<'_>) -> Result<Self, JsonError> {
        let roles = match node.get("roles")? {
            Some(roles) => roles
                .items()?
                .map(Delegation::read)
                .collect::<Result<Vec<_>, _>>()?,
            None => Vec::new(),
        };
        let names: BTreeSet<_> = roles.iter().map(|delegation| &delegation.role).collect();
        if names.len() != roles.len() {
            return Err(node.error("at most one delegation to each role"));
        }
        let succinct = node.get("succinct_roles")?.is_some();
        if succinct == node.get("roles")?.is_some() {
            return Err(node.error("either `roles` or `succinct_roles`"));
        }
        Ok(Self {
            keys: read_keys(node.require("keys")?)?,
            roles,
            succinct,
        })
    }
}

impl Delegation {
    /// The role delegated to.
    pub fn role(&self) -> &RoleName {
        &self.role
    }

    /// Whether nothing after this delegation is asked about the paths it is about.
    pub fn is_terminating(&self) -> bool {
        self.terminating
    }

    /// Whether the delegation is about `path`.
    pub fn is_about(&self, path: &TargetPath) -> bool {
        match &self.scope {
            Scope::Paths(patterns) => patterns.iter().any(|pattern| pattern.matches(path)),
            Scope::HashPrefixes(prefixes) => {
                let digest = path.digest();
                prefixes.iter().any(|prefix| digest.starts_with(prefix))
            }
            Scope::Nothing => false,
        }
    }

    fn read(node: Node<'_>) -> Result<Self, JsonError> {
        let name = node.require("name")?;
        let role = RoleName::try_from(name.as_str()?.into_owned())
            .ok()
            .filter(|role| !role.is_reserved())
            .ok_or_else(|| {
                name.error("a role name of 1 to 255 bytes that is not a top-level role")
            })?;
        let scope = match (node.get("paths")?, node.get("path_hash_prefixes")?) {
            (Some(_), Some(_)) => return Err(node.error("either `paths` or `path_hash_prefixes`")),
            (Some(paths), None) => {
                Scope::Paths(paths.items()?.map(read_pattern).collect::<Result<_, _>>()?)
            }
            (None, Some(prefixes)) => Scope::HashPrefixes(
                prefixes
                    .items()?
                    .map(read_prefix)
                    .collect::<Result<_, _>>()?,
            ),
            (None, None) => Scope::Nothing,
        };
        Ok(Self {
            role,
            keys: RoleKeys::read(node)?,
            scope,
            terminating: match node.get("terminating")? {
                Some(terminating) => terminating.as_bool()?,
                None => false,
            },
        })
    }
}

fn read_pattern(node: Node<'_>) -> Result<PathPattern, JsonError> {
    PathPattern::try_from(node.as_str()?.into_owned())
        .map_err(|_| node.error("a path pattern of at most 4096 bytes"))
}

fn read_prefix(node: Node<'_>) -> Result<String, JsonError> {
    let prefix = node.as_str()?.into_owned();
    let is_hex = prefix
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if prefix.is_empty() || prefix.len() > 64 || !is_hex {
        return Err(node.error("1 to 64 lower-case hexadecimal digits"));
    }
    Ok(prefix)
}
