//! The certificates of in-toto-golang's own tests, read from `BONAFIDE_VECTORS`.
#![cfg(feature = "rsa")]

use std::fs;

use chrono::{DateTime, Utc};
use spiffe_certs::{Bundle, Certificate, Svid, TrustDomain, verify_chain};

#[test]
fn its_functionary_leads_to_its_root_as_a_certificate_and_as_an_svid() {
    let Some(vectors) = testdata::vectors() else {
        println!("skipped: BONAFIDE_VECTORS is not set");
        return;
    };
    let read = |file: &str| {
        let path = vectors.join("in-toto-golang").join(file);
        let pem = fs::read_to_string(path).unwrap();
        Certificate::from_pem(&pem).unwrap().remove(0)
    };
    let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    let leaf = read("example.com.write-code.cert.pem");
    let intermediates = [read("example.com.intermediate.cert.pem")];
    let anchors = [read("root.cert.pem")];

    let path = verify_chain(&leaf, &intermediates, &anchors, now).unwrap();
    assert_eq!(path.anchor(), &anchors[0]);
    assert_eq!(leaf.common_names(), ["write-code.example.com"]);
    assert_eq!(leaf.organizations(), ["example"]);
    assert!(verify_chain(&leaf, &[], &anchors, now).is_err());

    let svid = Svid::new(leaf, intermediates.to_vec()).unwrap();
    let trust_domain = TrustDomain::try_from("example.com").unwrap();
    let bundle = Bundle::new(trust_domain, anchors.to_vec());
    let verified = svid.verify(&bundle, now).unwrap();
    assert_eq!(verified.id().as_str(), "spiffe://example.com/write-code");
}
