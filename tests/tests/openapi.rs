//! The committed document of the API is the one that the routes describe.

use std::{fs, path::Path};

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/openapi.json");
    let current = serde_json::to_string_pretty(&albumen_api::server::openapi_document()).expect("serialises") + "\n";
    if std::env::var_os("ALBUMEN_BLESS").is_some() {
        fs::write(&path, &current).expect("can be written");
    }
    let committed = fs::read_to_string(&path).expect("schemas/openapi.json is committed");
    assert!(
        committed == current,
        "schemas/openapi.json is not what the routes describe; run this test with ALBUMEN_BLESS=1 and look at the difference"
    );
}
