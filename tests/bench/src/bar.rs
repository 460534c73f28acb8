//! Progress bars, all alike.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for `total` of what is called `unit`.
pub(crate) fn bar(prefix: &'static str, unit: &str, total: u64) -> ProgressBar {
    let template = format!("{{prefix}} [{{bar:40}}] {{pos}}/{{len}} {unit}, {{per_sec}}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style).with_prefix(prefix)
}
