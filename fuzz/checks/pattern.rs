//! The patterns of `intoto-model` beside the shortest matcher there is.

use intoto_model::Pattern;

/// What must hold for any pattern and name, one on each side of the first line break.
pub(crate) fn check(bytes: &[u8]) {
    let Some((pattern, name)) = str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.split_once('\n'))
    else {
        return;
    };
    let Ok(compiled) = Pattern::try_from(pattern) else {
        return;
    };
    assert_eq!(compiled.as_str(), pattern);
    let matches = compiled.matches(name);
    // The matcher below knows no sets, and takes exponential time.
    let stars = pattern.matches('*').count();
    if !pattern.contains('[') && stars <= 4 && name.len() <= 40 {
        assert_eq!(
            matches,
            matches_naively(pattern, name),
            "{pattern:?} {name:?}"
        );
    }
}

fn matches_naively(pattern: &str, name: &str) -> bool {
    let (mut patterns, mut names) = (pattern.chars(), name.chars());
    match (patterns.next(), names.next()) {
        (None, first) => first.is_none(),
        (Some('*'), first) => {
            matches_naively(patterns.as_str(), name)
                || first.is_some() && matches_naively(pattern, names.as_str())
        }
        (Some('?'), Some(_)) => matches_naively(patterns.as_str(), names.as_str()),
        (Some(expected), first) => {
            first == Some(expected) && matches_naively(patterns.as_str(), names.as_str())
        }
    }
}
