//! The pictures of an answer: a heatmap, curves of shares and of other numbers, bars and flows.

use perennial_insights::glossary::beside;
use perennial_insights::present::{
    Bars, Curve, HeatCell, Heatmap, Lines, Picture, Sankey, SankeyNode, Series, percent,
};

use super::svg::{Anchor, Svg, width_of};

const INK: &str = "#1f2933";
const QUIET: &str = "#66737f";
const RULE: &str = "#dfe4e8";
/// Okabe and Ito's colours, told apart by people who see colours differently.
const LINES: [&str; 8] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f6d00", "#000000"];

/// Most points of a line that are dots too.
const MOST_DOTS: usize = 90;

/// Draws a picture with its title and, under it, the definition.
pub(super) fn draw(picture: &Picture, definition: &str) -> String {
    match picture {
        Picture::Heatmap(heatmap) => draw_heatmap(heatmap, definition),
        Picture::Curve(curve) => draw_curve(curve, definition),
        Picture::Bars(bars) => draw_bars(bars, definition),
        Picture::Sankey(sankey) => draw_sankey(sankey, definition),
        Picture::Lines(lines) => draw_lines(lines, definition),
    }
}

fn draw_heatmap(heatmap: &Heatmap, definition: &str) -> String {
    const CELL: (f64, f64) = (58.0, 26.0);
    let mut svg = Svg::new();
    let names = heatmap.rows.iter().map(|(name, _)| width_of(name, 12.0));
    let left = names.fold(60.0, f64::max) + 90.0;
    let width = (left + CELL.0 * heatmap.columns.len() as f64 + 20.0).max(480.0);
    svg.text((20.0, 34.0), 18.0, Anchor::Start, INK, &heatmap.title);
    let top = 78.0;
    svg.text((left - 12.0, top - 8.0), 11.0, Anchor::End, QUIET, "n");
    for (column, name) in heatmap.columns.iter().enumerate() {
        let x = left + CELL.0 * (column as f64 + 0.5);
        svg.text((x, top - 8.0), 11.0, Anchor::Middle, QUIET, name);
    }
    let largest = heatmap.cells.iter().flatten().flatten().filter_map(|cell| cell.share);
    let largest = largest.fold(0.0, f64::max);
    let mut y = top;
    for ((name, size), cells) in heatmap.rows.iter().zip(&heatmap.cells) {
        svg.text((20.0, y + 17.0), 12.0, Anchor::Start, INK, name);
        svg.text((left - 12.0, y + 17.0), 12.0, Anchor::End, QUIET, &size.to_string());
        for (column, cell) in cells.iter().enumerate() {
            if let Some(cell) = cell {
                draw_cell(&mut svg, (left + CELL.0 * column as f64, y), CELL, cell, largest);
            }
        }
        y += CELL.1;
    }
    if heatmap.mean.iter().any(Option::is_some) {
        y += 6.0;
        svg.text((20.0, y + 17.0), 12.0, Anchor::Start, INK, &beside(&heatmap.title, "mean"));
        for (column, share) in heatmap.mean.iter().enumerate() {
            let text = share.map_or("–".to_owned(), percent);
            let x = left + CELL.0 * (column as f64 + 0.5);
            svg.text((x, y + 17.0), 12.0, Anchor::Middle, INK, &text);
        }
        y += CELL.1;
    }
    if heatmap.rows.is_empty() {
        svg.text(
            (20.0, top + 20.0),
            13.0,
            Anchor::Start,
            QUIET,
            &beside(&heatmap.title, "nothing to show"),
        );
        y += 30.0;
    }
    let is_open = heatmap.cells.iter().flatten().flatten().any(|cell| !cell.complete);
    let note = if is_open { beside(&heatmap.title, "not complete") } else { "".into() };
    let y = caption(&mut svg, y + 22.0, width, &note, definition);
    svg.finish(width, y + 14.0, &heatmap.title)
}

fn draw_cell(svg: &mut Svg, at: (f64, f64), size: (f64, f64), cell: &HeatCell, largest: f64) {
    let strength = cell.share.map_or(0.0, |share| share / largest.max(f64::MIN_POSITIVE));
    let (x, y, width, height) = (at.0 + 1.0, at.1 + 1.0, size.0 - 2.0, size.1 - 2.0);
    let (fill, ink) = shade(strength);
    svg.rect(x, y, width, height, &fill);
    if !cell.complete {
        svg.rect(x, y, width, height, "url(#open)");
    }
    svg.text((at.0 + size.0 / 2.0, at.1 + 17.0), 11.0, Anchor::Middle, ink, &cell.text);
}

/// One hue, darker for more, and an ink that is legible on it.
fn shade(strength: f64) -> (String, &'static str) {
    let (light, dark) = ([232.0, 241.0, 250.0], [8.0, 69.0, 148.0]);
    let strength = strength.clamp(0.0, 1.0);
    let [red, green, blue] =
        [0, 1, 2].map(|part| (light[part] + (dark[part] - light[part]) * strength).round() as u8);
    (format!("#{red:02x}{green:02x}{blue:02x}"), if strength > 0.55 { "#ffffff" } else { INK })
}

/// A vertical axis: its ticks, lowest first, each with what is written beside it.
struct Axis {
    ticks: Vec<(f64, String)>,
    /// What its numbers are counted in, where that is worth a word.
    unit: String,
}

/// Everything that is drawn: the values of all lines, and the ends of the bands around them.
fn values(series: &[Series]) -> impl Iterator<Item = f64> {
    series.iter().flat_map(|series| {
        let ends = series.band.iter().flatten().flat_map(|(low, high)| [*low, *high]);
        series.values.iter().flatten().copied().chain(ends).filter(|value| value.is_finite())
    })
}

fn draw_curve(curve: &Curve, definition: &str) -> String {
    let largest = values(&curve.series).fold(0.0, f64::max).max(0.01);
    let step =
        [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5].into_iter().find(|step| largest / step <= 6.0);
    let step = step.unwrap_or(1.0);
    let ticks = (0..=(largest / step).ceil() as usize).map(|tick| tick as f64 * step);
    let ticks = ticks.map(|share| (share, percent(share))).collect();
    draw_series_on(
        &curve.title,
        &curve.points,
        &curve.series,
        &Axis { ticks, unit: String::new() },
        definition,
    )
}

fn draw_lines(lines: &Lines, definition: &str) -> String {
    let smallest = values(&lines.series).fold(0.0, f64::min);
    let largest = values(&lines.series).fold(0.0, f64::max);
    let step = round_step((largest - smallest) / 6.0);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let (first, last) = ((smallest / step).floor() as i64, (largest / step).ceil() as i64);
    let ticks = (first..=last.max(first + 1)).map(|tick| tick as f64 * step);
    let ticks = ticks.map(|number| (number, format!("{number:.decimals$}"))).collect();
    let axis = Axis { ticks, unit: lines.unit.clone() };
    draw_series_on(&lines.title, &lines.points, &lines.series, &axis, definition)
}

/// The least of 1, 2 and 5 times a power of ten that is not below `least`; 1 where that is nothing.
fn round_step(least: f64) -> f64 {
    if !(least > 0.0 && least.is_finite()) {
        return 1.0;
    }
    let power = 10.0_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().map(|times| times * power).find(|step| *step >= least);
    step.unwrap_or(10.0 * power)
}

fn draw_series_on(
    title: &str,
    points: &[String],
    all: &[Series],
    axis: &Axis,
    definition: &str,
) -> String {
    let (width, left, top, right, bottom) = (860.0, 64.0, 64.0, 830.0, 400.0);
    let mut svg = Svg::new();
    svg.text((20.0, 34.0), 18.0, Anchor::Start, INK, title);
    svg.text((left - 8.0, top - 12.0), 11.0, Anchor::End, QUIET, &axis.unit);
    let end = |tick: Option<&(f64, String)>| tick.map_or(0.0, |(value, _)| *value);
    let (least, most) = (end(axis.ticks.first()), end(axis.ticks.last()));
    let x = |index: usize| left + (right - left) * index as f64 / (points.len().max(2) - 1) as f64;
    let y = |value: f64| bottom - (bottom - top) * (value - least) / (most - least);
    for (value, text) in &axis.ticks {
        svg.line((left, y(*value)), (right, y(*value)), RULE, 1.0);
        svg.text((left - 8.0, y(*value) + 4.0), 11.0, Anchor::End, QUIET, text);
    }
    let widest = points.iter().map(|name| width_of(name, 11.0)).fold(30.0, f64::max) + 14.0;
    let every = points.len().div_ceil(((right - left) / widest) as usize + 1).max(1);
    for (index, name) in points.iter().enumerate().step_by(every) {
        svg.text((x(index), bottom + 18.0), 11.0, Anchor::Middle, QUIET, name);
    }
    for (index, series) in all.iter().enumerate() {
        draw_series(&mut svg, series, LINES[index % LINES.len()], index >= LINES.len(), &x, &y);
    }
    let legend = draw_legend(&mut svg, all, (left, right), bottom + 44.0);
    let y = caption(&mut svg, legend + 24.0, width, "", definition);
    svg.finish(width, y + 14.0, title)
}

/// The names of the lines; gives where the last row of them stands.
fn draw_legend(svg: &mut Svg, all: &[Series], (left, right): (f64, f64), top: f64) -> f64 {
    let mut legend = top;
    let mut at = left;
    for (index, series) in all.iter().enumerate() {
        let needed = width_of(&series.name, 12.0) + 40.0;
        if at + needed > right && at > left {
            at = left;
            legend += 20.0;
        }
        let colour = LINES[index % LINES.len()];
        svg.line((at, legend - 4.0), (at + 18.0, legend - 4.0), colour, 3.0);
        svg.text((at + 24.0, legend), 12.0, Anchor::Start, INK, &series.name);
        at += needed;
    }
    legend
}

fn draw_bars(bars: &Bars, definition: &str) -> String {
    const HEIGHT: f64 = 26.0;
    let width = 860.0;
    let mut svg = Svg::new();
    svg.text((20.0, 34.0), 18.0, Anchor::Start, INK, &bars.title);
    let names = bars.rows.iter().map(|row| width_of(&row.name, 12.0));
    let left = names.fold(60.0, f64::max).min(380.0) + 36.0;
    let texts = bars.rows.iter().map(|row| width_of(&row.text, 12.0)).fold(0.0, f64::max);
    let room = (width - left - texts - 32.0).max(120.0);
    let largest = bars.rows.iter().map(|row| row.value).fold(f64::MIN_POSITIVE, f64::max);
    let mut y = 58.0;
    for row in &bars.rows {
        let length = room * row.value.max(0.0) / largest;
        let rest = room * row.rest.clamp(0.0, row.value.max(0.0)) / largest;
        svg.text((20.0, y + 17.0), 12.0, Anchor::Start, INK, &row.name);
        svg.rect(left, y + 2.0, length, HEIGHT - 4.0, LINES[0]);
        svg.rect(left + length - rest, y + 2.0, rest, HEIGHT - 4.0, "url(#open)");
        svg.text((left + length + 8.0, y + 17.0), 12.0, Anchor::Start, INK, &row.text);
        y += HEIGHT;
    }
    if bars.rows.is_empty() {
        svg.text(
            (20.0, y + 20.0),
            13.0,
            Anchor::Start,
            QUIET,
            &beside(&bars.title, "nothing to show"),
        );
        y += 30.0;
    }
    let note = if bars.rows.iter().any(|row| row.rest > 0.0) { bars.note.as_str() } else { "" };
    let y = caption(&mut svg, y + 22.0, width, note, definition);
    svg.finish(width, y + 14.0, &bars.title)
}

fn draw_sankey(sankey: &Sankey, definition: &str) -> String {
    const NODE: f64 = 12.0;
    const GAP: f64 = 20.0;
    let (left, top, step) = (20.0, 64.0, 220.0);
    let n_layers = sankey.layers.len().max(2);
    let width = (left + step * n_layers as f64).max(860.0);
    let mut svg = Svg::new();
    svg.text((20.0, 34.0), 18.0, Anchor::Start, INK, &sankey.title);
    let total = |layer: &Vec<SankeyNode>| layer.iter().map(|node| node.value).sum::<f64>();
    let most = sankey.layers.iter().map(total).fold(f64::MIN_POSITIVE, f64::max);
    let scale = 300.0 / most;
    let height = |value: f64| (value * scale).max(1.0);
    let mut tops: Vec<Vec<f64>> = Vec::new();
    let mut bottom = top;
    for layer in &sankey.layers {
        let mut y = top;
        let mut own = Vec::new();
        for node in layer {
            own.push(y);
            y += height(node.value) + GAP;
        }
        bottom = f64::max(bottom, y);
        tops.push(own);
    }
    // A node has the colour of its name in every layer.
    let mut distinct: Vec<&str> = Vec::new();
    for node in sankey.layers.iter().flatten() {
        if !distinct.contains(&node.name.as_str()) {
            distinct.push(&node.name);
        }
    }
    let colour = |layer: usize, node: usize| {
        let name = sankey.layers.get(layer).and_then(|layer| layer.get(node));
        let place = name.and_then(|node| distinct.iter().position(|one| *one == node.name));
        LINES[place.unwrap_or(0) % LINES.len()]
    };
    // Where on a node's side the next flow begins or ends.
    let (mut leaving, mut coming) = (tops.clone(), tops.clone());
    let slot = |tops: &mut Vec<Vec<f64>>, layer: usize, node: usize, size: f64| {
        let at = tops.get_mut(layer).and_then(|layer| layer.get_mut(node))?;
        *at += size;
        Some(*at - size)
    };
    for link in &sankey.links {
        let size = link.value * scale;
        let from = slot(&mut leaving, link.layer, link.from, size);
        let to = slot(&mut coming, link.layer + 1, link.to, size);
        if let (Some(from), Some(to)) = (from, to) {
            let x = left + step * link.layer as f64 + NODE;
            svg.area(
                &ribbon((x, from), (x + step - NODE, to), size),
                colour(link.layer, link.from),
            );
        }
    }
    for (index, (layer, tops)) in sankey.layers.iter().zip(&tops).enumerate() {
        let x = left + step * index as f64;
        for (position, (node, y)) in layer.iter().zip(tops).enumerate() {
            svg.rect(x, *y, NODE, height(node.value), colour(index, position));
            let ending = node.ending * scale;
            svg.rect(x, *y + height(node.value) - ending, NODE, ending, "url(#open)");
            svg.text((x + NODE + 5.0, *y + 11.0), 11.0, Anchor::Start, INK, &node.text);
        }
    }
    if sankey.layers.is_empty() {
        svg.text(
            (20.0, top + 20.0),
            13.0,
            Anchor::Start,
            QUIET,
            &beside(&sankey.title, "nothing to show"),
        );
        bottom += 30.0;
    }
    let ends = sankey.layers.iter().flatten().any(|node| node.ending > 0.0);
    let note = if ends { beside(&sankey.title, "goes no further") } else { "".into() };
    let y = caption(&mut svg, bottom + 14.0, width, &note, definition);
    svg.finish(width, y + 14.0, &sankey.title)
}

/// The outline of a flow, its edges bent like an S.
fn ribbon(from: (f64, f64), to: (f64, f64), size: f64) -> Vec<(f64, f64)> {
    let bend = |part: f64| part * part * (3.0 - 2.0 * part);
    let at = |index: u32, shift: f64| {
        let part = f64::from(index) / 16.0;
        (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * bend(part) + shift)
    };
    (0..=16)
        .map(|index| at(index, 0.0))
        .chain((0..=16).rev().map(|index| at(index, size)))
        .collect()
}

fn draw_series(
    svg: &mut Svg,
    series: &Series,
    colour: &str,
    is_dashed: bool,
    x: &impl Fn(usize) -> f64,
    y: &impl Fn(f64) -> f64,
) {
    let ends: Vec<(usize, (f64, f64))> = series
        .band
        .iter()
        .enumerate()
        .filter_map(|(index, band)| Some((index, (*band)?)))
        .collect();
    let mut outline: Vec<(f64, f64)> =
        ends.iter().map(|(index, (_, high))| (x(*index), y(*high))).collect();
    outline.extend(ends.iter().rev().map(|(index, (low, _))| (x(*index), y(*low))));
    if !outline.is_empty() {
        svg.area(&outline, colour);
    }
    let points: Vec<(f64, f64)> = series
        .values
        .iter()
        .enumerate()
        .filter_map(|(index, value)| Some((x(index), y((*value)?))))
        .collect();
    svg.polyline(&points, colour, if is_dashed { "6 4" } else { "none" });
    // Closer together, dots would hide the line; a lone point is seen by its dot only.
    if points.len() <= MOST_DOTS {
        points.iter().for_each(|point| svg.dot(*point, colour));
    }
}

/// A note and the definition, broken into lines; gives where the text ends.
pub(super) fn caption(svg: &mut Svg, top: f64, width: f64, note: &str, definition: &str) -> f64 {
    let mut y = top;
    if !note.is_empty() {
        svg.text((20.0, y), 11.0, Anchor::Start, QUIET, note);
        y += 18.0;
    }
    for line in wrapped(definition, width - 40.0, 11.0) {
        svg.text((20.0, y), 11.0, Anchor::Start, QUIET, &line);
        y += 15.0;
    }
    y
}

fn wrapped(text: &str, width: f64, size: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive([' ', '，', '。', '；']) {
        let line = lines.last().map_or(0.0, |line| width_of(line, size));
        if line > 0.0 && line + width_of(word, size) > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(svg: &str, attribute: &str) -> Vec<f64> {
        let parts = svg.split(attribute).skip(1);
        parts.filter_map(|part| part.split('"').next()?.parse().ok()).collect()
    }

    fn curve(n_points: usize) -> Curve {
        let points = (0..n_points).map(|day| format!("2024-01-{day:03}")).collect();
        let band = vec![Some((0.1, 0.6)); n_points];
        let series =
            vec![Series { name: "all".to_owned(), values: vec![Some(0.3); n_points], band }];
        Curve { title: "Rate".to_owned(), points, series }
    }

    #[test]
    fn bands_stay_below_the_title_and_labels_apart() {
        let svg = draw(&Picture::Curve(curve(700)), "");
        let band = svg.split("<polygon points=\"").nth(1).and_then(|rest| rest.split('"').next());
        let ys = band.unwrap_or_default().split(' ').filter_map(|one| one.split(',').nth(1));
        let highest = ys.filter_map(|y| y.parse().ok()).fold(f64::MAX, f64::min);
        assert!((64.0..400.0).contains(&highest), "{highest}");
        assert!(!svg.contains("<circle"), "seven hundred dots would hide the line");
        let labels = svg.split("text-anchor=\"middle\"").count() - 1;
        assert!((2..=11).contains(&labels), "{labels} labels of ten letters");
        assert_eq!(numbers(&draw(&Picture::Curve(curve(3)), ""), "<circle cx=\"").len(), 3);
    }

    #[test]
    fn a_node_has_one_colour_in_every_layer() {
        let node = |name: &str| SankeyNode {
            name: name.to_owned(),
            value: 1.0,
            ending: 0.0,
            text: name.to_owned(),
        };
        let layers = vec![vec![node("view"), node("cart")], vec![node("cart"), node("view")]];
        let svg =
            draw(&Picture::Sankey(Sankey { title: "Paths".to_owned(), layers, links: vec![] }), "");
        let fills: Vec<&str> =
            svg.split("rx=\"2\" fill=\"").skip(1).map(|rest| &rest[..7]).collect();
        let nodes: Vec<&str> = fills.into_iter().filter(|fill| fill.starts_with('#')).collect();
        assert_eq!(nodes, [LINES[0], LINES[1], LINES[1], LINES[0]]);
        assert!(!svg.contains("hatched"), "nothing is hatched");
    }

    #[test]
    fn the_axis_reaches_to_the_end_of_every_range() {
        let series = Series {
            name: "rate".to_owned(),
            values: vec![Some(0.4), Some(0.48)],
            band: vec![None, Some((0.37, 0.59))],
        };
        let points = vec!["2024-01".to_owned(), "2024-02".to_owned()];
        let curve = Curve { title: "Rate".to_owned(), points, series: vec![series] };
        let svg = draw(&Picture::Curve(curve), "");
        assert!(svg.contains(">60.0 %<") && !svg.contains(">70.0 %<"), "{svg}");
    }
}
