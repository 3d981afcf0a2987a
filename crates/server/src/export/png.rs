//! PNG: the SVG, rasterised with the fonts of the system.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::{ExportError, failed};

/// Pixels per point.
const SCALE: f32 = 2.0;

/// Finding the fonts of a system takes longer than drawing.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    Arc::new(fonts)
});

pub(super) fn write(svg: &str) -> Result<Vec<u8>, ExportError> {
    let options = Options { fontdb: FONTS.clone(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(failed("png"))?;
    let size = tree.size();
    let (width, height) =
        ((size.width() * SCALE).ceil() as u32, (size.height() * SCALE).ceil() as u32);
    let mut pixels =
        Pixmap::new(width, height).ok_or(ExportError::Nothing("picture of a drawable size"))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(failed("png"))
}
