//! Progress of long work: a bar on standard error, on a terminal only.

use std::io::IsTerminal;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use perennial_lake::{Step, Watch};

/// A bar that counts bytes, on a terminal only.
pub fn bytes(message: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), target()).with_message(message);
    // The template is a constant; a wrong one leaves the plain bar.
    if let Ok(style) =
        ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
    {
        bar.set_style(style.progress_chars("━╸ "));
    }
    bar
}

fn target() -> ProgressDrawTarget {
    if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    }
}

/// The bar of one import.
pub struct Bar {
    bar: ProgressBar,
    is_writing: Mutex<bool>,
}

impl Bar {
    /// A bar for an input of that name.
    pub fn new(name: &str) -> Bar {
        let bar = ProgressBar::with_draw_target(Some(0), target());
        bar.set_message(name.to_owned());
        Bar { bar, is_writing: Mutex::new(false) }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn style(&self, template: &str) {
        // The templates are constants of this file; a wrong one leaves the plain bar.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸ "));
        }
    }
}

impl Watch for Bar {
    fn at(&self, step: Step) {
        let Ok(mut is_writing) = self.is_writing.lock() else { return };
        match step {
            Step::Reading { rows, bytes, total_bytes } => {
                if self.bar.position() == 0 {
                    self.style("{msg} reading {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} {prefix}");
                    self.bar.set_length(total_bytes.unwrap_or(0));
                }
                self.bar.set_prefix(format!("{} rows", crate::table::grouped(rows)));
                self.bar.set_position(bytes);
            }
            Step::Writing { rows, total_rows } => {
                if !*is_writing {
                    *is_writing = true;
                    self.bar.reset();
                    self.bar.set_prefix("");
                    self.style(
                        "{msg} writing {bar:30} {human_pos}/{human_len} rows {per_sec} {eta}",
                    );
                    self.bar.set_length(total_rows);
                }
                self.bar.set_position(rows);
            }
        }
    }
}
