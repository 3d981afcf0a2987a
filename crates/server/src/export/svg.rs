//! A small SVG writer: shapes and text, escaped, with a font list that has Chinese.

use std::fmt::Write;

/// Latin first, then what Debian, macOS and Windows call their Chinese fonts.
const FONTS: &str = "Inter, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'DejaVu Sans', sans-serif";

/// Where a text stands to its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// An SVG document in the making.
pub(super) struct Svg {
    body: String,
}

impl Svg {
    pub(super) fn new() -> Svg {
        Svg { body: String::new() }
    }

    /// Writing to a `String` cannot fail, so results are dropped here and only here.
    fn push(&mut self, shape: std::fmt::Arguments<'_>) {
        let _ = self.body.write_fmt(shape);
        self.body.push('\n');
    }

    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str) {
        self.push(format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="2" fill="{fill}"/>"#
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64) {
        self.push(format_args!(
            r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke="{stroke}" stroke-width="{width}"/>"#,
            from.0, from.1, to.0, to.1
        ));
    }

    pub(super) fn polyline(&mut self, points: &[(f64, f64)], stroke: &str, dash: &str) {
        let points = points_text(points);
        self.push(format_args!(
            r#"<polyline points="{points}" fill="none" stroke="{stroke}" stroke-width="2" stroke-linejoin="round" stroke-dasharray="{dash}"/>"#
        ));
    }

    pub(super) fn area(&mut self, points: &[(f64, f64)], fill: &str) {
        let points = points_text(points);
        self.push(format_args!(
            r#"<polygon points="{points}" fill="{fill}" fill-opacity="0.15"/>"#
        ));
    }

    pub(super) fn dot(&mut self, at: (f64, f64), fill: &str) {
        self.push(format_args!(
            r#"<circle cx="{:.1}" cy="{:.1}" r="3" fill="{fill}"/>"#,
            at.0, at.1
        ));
    }

    pub(super) fn text(
        &mut self,
        at: (f64, f64),
        size: f64,
        anchor: Anchor,
        fill: &str,
        text: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.push(format_args!(
            r#"<text x="{:.1}" y="{:.1}" font-size="{size}" text-anchor="{anchor}" fill="{fill}">{text}</text>"#,
            at.0, at.1
        ));
    }

    /// Another document within this one, made by [`placed`].
    pub(super) fn nested(&mut self, placed: &str) {
        self.body.push_str(placed);
    }

    /// The document.
    pub(super) fn finish(self, width: f64, height: f64, title: &str) -> String {
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" font-family="{FONTS}" role="img">
<title>{}</title>
<defs><pattern id="open" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" stroke="#ffffff" stroke-opacity="0.55" stroke-width="3"/></pattern></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
{}</svg>
"##,
            escaped(title),
            self.body
        )
    }
}

/// A document made by [`Svg::finish`], to stand at a place of another one, shrunk to be at most so wide;
/// and how high it then is.
pub(super) fn placed(document: &str, at: (f64, f64), width: f64) -> Option<(String, f64)> {
    let rest = document.strip_prefix(r#"<svg xmlns="http://www.w3.org/2000/svg" width=""#)?;
    let (own_width, rest) = rest.split_once(r#"" height=""#)?;
    let (own_height, rest) = rest.split_once('"')?;
    let (own_width, own_height): (f64, f64) = (own_width.parse().ok()?, own_height.parse().ok()?);
    let width = f64::min(width, own_width);
    let height = own_height * width / own_width.max(1.0);
    let (x, y) = at;
    let placed =
        format!(r#"<svg x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"{rest}"#);
    Some((placed, height))
}

fn points_text(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

/// Text as XML; characters XML cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// About how wide a text is, in points: Chinese is as wide as high, Latin a little over half.
pub(super) fn width_of(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if c as u32 >= 0x2e80 { size } else { size * 0.56 }).sum()
}
