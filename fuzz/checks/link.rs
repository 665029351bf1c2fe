//! The documents of `intoto-model`.

use canonical_json::{Document, Node, Value};
use crypto_keys::Payload;
use intoto_model::{ArtifactRule, Layout, Link};

/// What must hold for any bytes: a document that is read comes out as it went in, and is written in one way.
pub(crate) fn check(json: &[u8]) {
    let Ok(document) = Document::read(json) else {
        return;
    };
    let root = document.root();
    if let Ok(link) = Link::read(root) {
        assert_eq!(reread(&link.to_value(), Link::read), Ok(link));
    }
    // The writer puts the ids of keys into the keys too, so that not every layout is its own text.
    if let Ok(layout) = Layout::read(root) {
        let written = layout.to_value();
        let again = reread(&written, Layout::read);
        assert_eq!(again.map(|again| again.to_value()), Ok(written));
    }
    check_rule(root);
}

fn reread<T>(
    value: &Value,
    read: impl Fn(Node<'_>) -> Result<T, canonical_json::Error>,
) -> Result<T, canonical_json::Error> {
    let json = value.to_json();
    let document = Document::read(json.as_bytes())?;
    read(document.root())
}

/// A list of words that is a rule is the rule of its own words.
fn check_rule(node: Node<'_>) {
    let Ok(words) = node.items().and_then(|items| {
        items
            .map(|word| word.as_str())
            .collect::<Result<Vec<_>, _>>()
    }) else {
        return;
    };
    if let Ok(rule) = ArtifactRule::parse(&words) {
        assert_eq!(ArtifactRule::parse(rule.words()), Ok(rule));
    }
}
