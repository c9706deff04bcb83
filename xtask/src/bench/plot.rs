//! Curves as SVG: what clients cost over the number of targets, both axes logarithmic.

use std::fmt::Write;

/// A client, and its points: targets, and what they cost.
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) points: Vec<(f64, f64)>,
}

/// Pixels of the picture, and of its margins.
const SIZE: (f64, f64) = (760.0, 420.0);
const LEFT: f64 = 70.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 50.0;

/// Colours that are told apart in grey as well, by the order of their lightness.
const COLOURS: [&str; 6] = ["#08306b", "#d94801", "#238b45", "#807dba", "#e7298a", "#969696"];

/// Draws curves. `unit` is that of what is measured.
pub(super) fn svg(title: &str, unit: &str, curves: &[Curve]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let across = Axis::over(points().map(|(targets, _)| *targets), LEFT, SIZE.0 - RIGHT);
    let up = Axis::over(points().map(|(_, cost)| *cost), SIZE.1 - BOTTOM, TOP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"18\" font-size=\"14\">{title}</text>\n",
        SIZE.0, SIZE.1
    );
    for (tick, x) in across.ticks() {
        line(&mut svg, (x, TOP), (x, SIZE.1 - BOTTOM));
        text(&mut svg, (x, SIZE.1 - BOTTOM + 18.0), "middle", &tick);
    }
    for (tick, y) in up.ticks() {
        line(&mut svg, (LEFT, y), (SIZE.0 - RIGHT, y));
        text(&mut svg, (LEFT - 8.0, y + 4.0), "end", &tick);
    }
    text(&mut svg, (f64::midpoint(LEFT, SIZE.0 - RIGHT), SIZE.1 - 10.0), "middle", "targets in one file");
    text(&mut svg, (LEFT - 8.0, TOP - 12.0), "end", unit);
    let mut names: Vec<(f64, &str, &str)> = Vec::new();
    for (curve, colour) in curves.iter().zip(COLOURS.iter().cycle()) {
        let placed: Vec<_> =
            curve.points.iter().map(|(targets, cost)| (across.place(*targets), up.place(*cost))).collect();
        let path: Vec<String> = placed.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        put(
            &mut svg,
            format_args!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                path.join(" ")
            ),
        );
        for (x, y) in &placed {
            put(&mut svg, format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"));
        }
        names.extend(placed.last().map(|(_, y)| (*y, curve.name, *colour)));
    }
    // Names stand at the ends of their curves, and never over each other.
    names.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
    let mut above = f64::MIN;
    for (y, name, colour) in names {
        above = y.max(above + 14.0);
        let x = SIZE.0 - RIGHT + 10.0;
        put(
            &mut svg,
            format_args!("<text x=\"{x}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>", above + 4.0),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// A logarithmic axis over whole powers of ten.
struct Axis {
    /// Powers of ten at both ends.
    powers: (f64, f64),
    /// Where the ends are, in pixels.
    ends: (f64, f64),
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let logarithms: Vec<f64> = values.map(f64::log10).collect();
        let least = logarithms.iter().copied().fold(f64::MAX, f64::min).floor();
        let most = logarithms.iter().copied().fold(f64::MIN, f64::max).ceil();
        Self { powers: (least, most.max(least + 1.0)), ends: (from, to) }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.log10() - self.powers.0) / (self.powers.1 - self.powers.0);
        self.ends.0 + share * (self.ends.1 - self.ends.0)
    }

    /// Each power of ten, and where it is.
    fn ticks(&self) -> impl Iterator<Item = (String, f64)> + '_ {
        let mut power = self.powers.0;
        std::iter::from_fn(move || {
            let tick = (power <= self.powers.1).then(|| 10_f64.powf(power))?;
            power += 1.0;
            Some((tick.to_string(), self.place(tick)))
        })
    }
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    put(
        svg,
        format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#dddddd\"/>"
        ),
    );
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    put(svg, format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"));
}

fn put(svg: &mut String, element: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(svg, "{element}");
}
