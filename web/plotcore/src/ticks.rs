//! Where an axis has its ticks, and what is written at them.

use crate::{Scale, Span};

#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub value: f64,
    /// Empty for a minor tick.
    pub label: String,
}

/// About `room` ticks at round values inside `span`.
pub fn ticks(scale: Scale, span: Span, room: usize) -> Vec<Tick> {
    let room = room.max(2);
    match scale {
        Scale::Linear | Scale::Sqrt => linear(span, room, 0.0),
        Scale::Log => log(span, room),
        Scale::Symlog | Scale::Asinh => symmetric(span, room),
    }
}

/// Ticks at whole numbers only, for axes of indices.
pub fn index_ticks(span: Span, room: usize) -> Vec<Tick> {
    linear(span, room.max(2), 1.0)
}

/// The smallest 1, 2 or 5 times a power of ten that leaves at most `room` steps.
fn nice_step(length: f64, room: usize) -> f64 {
    let raw = length / room as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let factor = raw / power;
    // A factor a hair above 5 from rounding must not jump to the next decade.
    let nice =
        [1.0, 2.0, 5.0].into_iter().find(|nice| factor <= nice * (1.0 + 1e-9)).unwrap_or(10.0);
    nice * power
}

fn linear(span: Span, room: usize, min_step: f64) -> Vec<Tick> {
    let length = span.length();
    if !(length.is_finite() && length > 0.0) {
        return Vec::new();
    }
    let step = nice_step(length, room).max(min_step);
    let first = (span.from / step).ceil();
    let count = ((span.to / step).floor() - first) as usize;
    let largest = span.from.abs().max(span.to.abs());
    (0..=count.min(4 * room))
        .map(|position| (first + position as f64) * step)
        .filter(|value| span.contains(*value) || (value - span.to).abs() < step * 1e-9)
        .map(|value| Tick { value, label: linear_label(value, step, largest) })
        .collect()
}

/// All labels of one axis have the same number of decimals, as many as the step needs.
fn linear_label(value: f64, step: f64, largest: f64) -> String {
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    let step_power = step.log10().floor() as i32;
    if !(1e-4..1e7).contains(&largest) {
        if value == 0.0 {
            return "0".to_owned();
        }
        let power = value.abs().log10().floor() as i32;
        let digits = (power - step_power).clamp(0, 15) as usize;
        return trim_mantissa(&format!("{value:.digits$e}"));
    }
    let decimals = (-step_power).clamp(0, 15) as usize;
    format!("{value:.decimals$}")
}

/// `1.50e3` as `1.5e3`.
fn trim_mantissa(text: &str) -> String {
    match text.split_once('e') {
        Some((mantissa, power)) if mantissa.contains('.') => {
            format!("{}e{power}", mantissa.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text.to_owned(),
    }
}

fn power_label(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if (0.001..10_000.0).contains(&size) { format!("{value}") } else { format!("{value:e}") }
}

/// The double nearest to a power of ten; `powi` is off by a bit far from 1.
fn decade(power: i32) -> f64 {
    format!("1e{power}").parse().unwrap_or(f64::NAN)
}

fn log(span: Span, room: usize) -> Vec<Tick> {
    if span.from <= 0.0 || !span.to.is_finite() {
        return Vec::new();
    }
    let (first, last) = (span.from.log10().floor() as i32, span.to.log10().ceil() as i32);
    let decades = span.to.log10() - span.from.log10();
    if decades < 1.0 {
        return linear(span, room, 0.0);
    }
    let every = (decades / room as f64).ceil().max(1.0) as i32;
    let labelled: &[u32] = match room as f64 / decades {
        per_decade if per_decade >= 6.0 => &[1, 2, 3, 4, 5, 6, 7, 8, 9],
        per_decade if per_decade >= 3.0 => &[1, 2, 5],
        _ => &[1],
    };
    let mut ticks = Vec::new();
    for power in first..=last {
        for digit in 1..10_u32 {
            let value = f64::from(digit) * decade(power);
            let minor = digit != 1 || power.rem_euclid(every) != 0;
            if !span.contains(value) || (minor && every > 1) {
                continue;
            }
            let text = labelled.contains(&digit) && power.rem_euclid(every) == 0;
            ticks
                .push(Tick { value, label: if text { power_label(value) } else { String::new() } });
        }
    }
    ticks
}

/// 0 and powers of ten on both sides; linear where the span has no whole decade.
fn symmetric(span: Span, room: usize) -> Vec<Tick> {
    let largest = span.from.abs().max(span.to.abs());
    let smallest = if span.contains(0.0) { 1.0 } else { span.from.abs().min(span.to.abs()) };
    if largest < 10.0 || largest < smallest * 10.0 {
        return linear(span, room, 0.0);
    }
    let sides = if span.from < 0.0 && span.to > 0.0 { 2.0 } else { 1.0 };
    let top = largest.log10().floor() as i32;
    let bottom = smallest.max(1.0).log10().floor() as i32;
    let every = (f64::from(top - bottom + 1) * sides / room as f64).ceil().max(1.0) as i32;
    let powers = (bottom..=top).filter(|power| (top - power) % every == 0);
    let mut values: Vec<f64> = powers.flat_map(|power| [-decade(power), decade(power)]).collect();
    values.push(0.0);
    values.retain(|value| span.contains(*value));
    values.sort_by(f64::total_cmp);
    values.into_iter().map(|value| Tick { value, label: power_label(value) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn linear_ticks_are_round_with_equal_decimals() {
        let found = ticks(Scale::Linear, Span::new(0.0, 1.0), 5);
        assert_eq!(labels(&found), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        let found = ticks(Scale::Linear, Span::new(-7.0, 12.0), 4);
        assert_eq!(labels(&found), ["-5", "0", "5", "10"]);
    }

    #[test]
    fn large_and_small_numbers_are_told_apart() {
        let found = ticks(Scale::Linear, Span::new(1e9, 1.0e9 + 4.0), 4);
        let labels = labels(&found);
        assert_eq!(labels.first(), Some(&"1e9"));
        assert_eq!(labels.get(1), Some(&"1.000000001e9"));
        let found = ticks(Scale::Linear, Span::new(0.0, 5e-7), 5);
        assert_eq!(found.last().map(|tick| tick.label.as_str()), Some("5e-7"));
    }

    #[test]
    fn the_number_of_ticks_is_bounded_by_the_room() {
        for length in [1e-6, 0.3, 1.0, 17.0, 12_345.0, 1e12] {
            for room in [2, 5, 10, 20] {
                for scale in Scale::ALL {
                    let found = ticks(scale, Span::new(length * 0.001, length), room);
                    let labelled = labels(&found).len();
                    assert!(
                        (1..=2 * room + 3).contains(&labelled),
                        "{scale:?} {length} {room} {labelled}"
                    );
                }
            }
        }
    }

    #[test]
    fn indices_have_no_fractions() {
        let found = index_ticks(Span::new(-0.5, 2.5), 10);
        assert_eq!(labels(&found), ["0", "1", "2"]);
    }

    #[test]
    fn log_ticks_are_powers_with_minor_ticks_between() {
        let found = ticks(Scale::Log, Span::new(1.0, 1000.0), 4);
        assert_eq!(labels(&found), ["1", "10", "100", "1000"]);
        assert_eq!(found.len(), 28);
        let found = ticks(Scale::Log, Span::new(1e-30, 1e30), 6);
        assert_eq!(labels(&found), ["1e-30", "1e-20", "1e-10", "1", "1e10", "1e20", "1e30"]);
        assert!(ticks(Scale::Log, Span::new(-1.0, 1.0), 5).is_empty());
        assert!(labels(&ticks(Scale::Log, Span::new(2.0, 7.0), 5)).len() >= 3);
    }

    #[test]
    fn symmetric_scales_have_both_signs_and_zero() {
        let found = ticks(Scale::Symlog, Span::new(-1000.0, 1000.0), 9);
        assert_eq!(labels(&found), ["-1000", "-100", "-10", "-1", "0", "1", "10", "100", "1000"]);
    }

    #[test]
    fn nonsense_has_no_ticks() {
        assert!(ticks(Scale::Linear, Span::new(f64::NAN, f64::NAN), 5).is_empty());
        assert!(ticks(Scale::Linear, Span::new(3.0, 3.0), 5).is_empty());
    }
}
