//! An update client: `embed ROOT_JSON TARGET FILE`.

use std::{env, error::Error, fs, path::Path};

use chrono::{DateTime, Utc};
use tuf_client::{Client, DirStore, HttpTransport, TargetPath};

/// Installs `name` at `file`, where nothing appears before everything has been verified.
fn install(root: &[u8], now: DateTime<Utc>, name: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let base = "https://example.org";
    let transport = HttpTransport::new(&format!("{base}/metadata/"), &format!("{base}/targets/"))?;
    let mut client = Client::new(root, now, transport, DirStore::new("metadata")?)?;
    let Some(target) = client.target(&TargetPath::try_from(name)?)? else {
        return Err(format!("nobody lists {name}").into());
    };
    client.download_to(&target, file, |done, total| {
        eprintln!("{done} of {total} bytes")
    })?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "an application is where time enters"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().collect();
    let [_, root, name, file] = arguments.as_slice() else {
        return Err("usage: embed ROOT_JSON TARGET FILE".into());
    };
    install(&fs::read(root)?, Utc::now(), name, Path::new(file))
}
