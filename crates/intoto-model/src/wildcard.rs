/// A part of a pattern: one unit that something must accept, or any number of anything.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Part<U> {
    One(U),
    Star,
}

/// Whether `items` as a whole is what `parts` describes.
///
/// Only the last star is ever reconsidered: what an earlier star could gain by taking more, the
/// last one gains as well. So the work is at most parts times items, whatever the pattern.
pub(crate) fn matches<U, I>(
    parts: &[Part<U>],
    items: I,
    accepts: impl Fn(&U, I::Item) -> bool,
) -> bool
where
    I: Iterator + Clone,
{
    let mut parts = parts;
    let mut items = items;
    let mut last_star: Option<(&[Part<U>], I)> = None;
    loop {
        match parts.split_first() {
            Some((Part::Star, rest)) => {
                if rest.is_empty() {
                    return true;
                }
                last_star = Some((rest, items.clone()));
                parts = rest;
                continue;
            }
            Some((Part::One(unit), rest)) => {
                // When the items have run out, giving the star more of them cannot help.
                let Some(item) = items.next() else {
                    return false;
                };
                if accepts(unit, item) {
                    parts = rest;
                    continue;
                }
            }
            None if items.next().is_none() => return true,
            None => {}
        }
        let Some((rest, from)) = &mut last_star else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        parts = rest;
        items = from.clone();
    }
}
