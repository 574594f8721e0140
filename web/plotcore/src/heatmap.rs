//! A 2-D array as pixels: the nearest element when zoomed in, the mean when zoomed out.

use crate::colormap::{Lut, Rgba};
use crate::{Scale, Span};

/// Where the samples along one axis of an image lie: sample `k` stands for the indices from
/// `start + k * step` up to the next sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    pub start: u64,
    pub step: u64,
    pub count: usize,
}

impl Sampling {
    /// The stretch of indices that the samples stand for.
    pub fn span(self) -> Span {
        let end = self.start as f64 + self.count as f64 * self.step as f64;
        Span::new(self.start as f64, end)
    }

    /// The samples under each of `pixels` pixels that show `view`: first and one past the last.
    fn under(self, view: Span, pixels: usize) -> Vec<Option<(usize, usize)>> {
        let per_pixel = view.length() / pixels as f64;
        let place =
            |pixel: f64| (view.from + pixel * per_pixel - self.start as f64) / self.step as f64;
        let samples_per_pixel = per_pixel / self.step as f64;
        (0..pixels)
            .map(|pixel| {
                let centre = place(pixel as f64 + 0.5);
                if centre < 0.0 || centre >= self.count as f64 {
                    return None;
                }
                if samples_per_pixel <= 1.0 {
                    return Some((centre as usize, centre as usize + 1));
                }
                let first = place(pixel as f64).round().max(0.0) as usize;
                let end = (place(pixel as f64 + 1.0).round() as usize).min(self.count);
                Some((first.min(self.count - 1), end.max(first + 1).min(self.count)))
            })
            .collect()
    }
}

/// Values in rows, with the place of the samples in the dataset.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a, T> {
    pub values: &'a [T],
    pub x: Sampling,
    pub y: Sampling,
}

/// How values become colours.
#[derive(Clone, Debug)]
pub struct Painting {
    pub lut: Lut,
    pub scale: Scale,
    pub range: Span,
    /// For NaN, and for values that the scale has no place for.
    pub missing: Rgba,
    from: f64,
    per_unit: f64,
}

impl Painting {
    pub fn new(lut: Lut, scale: Scale, range: Span, missing: Rgba) -> Self {
        let from = scale.forward(range.from);
        let width = scale.forward(range.to) - from;
        let per_unit = if width > 0.0 { 256.0 / width } else { 0.0 };
        Self { lut, scale, range, missing, from, per_unit }
    }

    pub fn colour(&self, value: f64) -> Rgba {
        if value.is_nan() {
            return self.missing;
        }
        let place = if self.scale == Scale::Linear { value } else { self.scale.forward(value) };
        if place.is_nan() {
            return self.missing;
        }
        // A range without length shows its value in the middle colour.
        let step = if self.per_unit > 0.0 { (place - self.from) * self.per_unit } else { 128.0 };
        // The cast takes negative numbers to 0.
        self.lut[(step as usize).min(255)]
    }
}

/// Paints the part of `image` that lies in the view into `pixels`, `width` a row; others stay as they are.
pub fn resample<T: Copy + Into<f64>>(
    image: &Image<'_, T>,
    view_x: Span,
    view_y: Span,
    painting: &Painting,
    pixels: &mut [Rgba],
    width: usize,
) {
    if width == 0 || image.values.len() < image.x.count * image.y.count {
        return;
    }
    let columns = image.x.under(view_x, width);
    let rows = image.y.under(view_y, pixels.len() / width);
    let Some(left) = columns.iter().position(Option::is_some) else { return };
    let right = columns.iter().rposition(Option::is_some).map_or(left, |last| last + 1);
    let mut painted: Option<((usize, usize), usize)> = None;
    for (row, samples) in rows.iter().enumerate() {
        let Some(samples) = *samples else { continue };
        if let Some((same, source)) = painted.filter(|(same, _)| *same == samples) {
            let from = source * width;
            pixels.copy_within(from + left..from + right, row * width + left);
            painted = Some((same, row));
            continue;
        }
        let target = &mut pixels[row * width + left..row * width + right];
        paint_row(image, samples, &columns[left..right], painting, target);
        painted = Some((samples, row));
    }
}

fn paint_row<T: Copy + Into<f64>>(
    image: &Image<'_, T>,
    (top, bottom): (usize, usize),
    columns: &[Option<(usize, usize)>],
    painting: &Painting,
    target: &mut [Rgba],
) {
    let row = |index: usize| &image.values[index * image.x.count..(index + 1) * image.x.count];
    let mut last: Option<((usize, usize), Rgba)> = None;
    for (pixel, samples) in target.iter_mut().zip(columns) {
        let Some((left, right)) = *samples else { continue };
        if let Some((_, colour)) = last.filter(|(same, _)| *same == (left, right)) {
            *pixel = colour;
            continue;
        }
        let value = if bottom - top == 1 && right - left == 1 {
            row(top)[left].into()
        } else {
            mean((top..bottom).map(|index| &row(index)[left..right]))
        };
        *pixel = painting.colour(value);
        last = Some(((left, right), *pixel));
    }
}

/// Over the values that are not NaN; NaN where there are none.
fn mean<'a, T: Copy + Into<f64> + 'a>(rows: impl Iterator<Item = &'a [T]>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    for row in rows {
        for &value in row {
            let value: f64 = value.into();
            if !value.is_nan() {
                sum += value;
                count += 1;
            }
        }
    }
    if count == 0 { f64::NAN } else { sum / f64::from(count) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Colormap;

    const MISSING: Rgba = [1, 2, 3, 255];
    const EMPTY: Rgba = [0; 4];

    fn gray(to: f64, scale: Scale, from: f64) -> Painting {
        Painting::new(
            Colormap::from_name("gray").unwrap().lut(),
            scale,
            Span::new(from, to),
            MISSING,
        )
    }

    fn whole(count: usize) -> Sampling {
        Sampling { start: 0, step: 1, count }
    }

    #[test]
    fn zoomed_in_every_element_is_a_block() {
        let image = Image { values: &[0.0, 255.0, 255.0, 0.0_f32], x: whole(2), y: whole(2) };
        let mut pixels = [EMPTY; 16];
        resample(
            &image,
            Span::new(0.0, 2.0),
            Span::new(0.0, 2.0),
            &gray(255.0, Scale::Linear, 0.0),
            &mut pixels,
            4,
        );
        let levels: Vec<u8> = pixels.iter().map(|pixel| pixel[0]).collect();
        assert_eq!(levels, [0, 0, 255, 255, 0, 0, 255, 255, 255, 255, 0, 0, 255, 255, 0, 0]);
    }

    #[test]
    fn zoomed_out_a_pixel_is_the_mean_without_nan() {
        let image = Image {
            values: &[0.0, 100.0, f64::NAN, 200.0, f64::NAN, f64::NAN, f64::NAN, f64::NAN],
            x: whole(4),
            y: whole(2),
        };
        let mut pixels = [EMPTY; 2];
        resample(
            &image,
            Span::new(0.0, 4.0),
            Span::new(0.0, 2.0),
            &gray(256.0, Scale::Linear, 0.0),
            &mut pixels,
            2,
        );
        assert_eq!(pixels, [[50, 50, 50, 255], [200, 200, 200, 255]]);
    }

    #[test]
    fn only_the_part_that_is_there_is_painted() {
        let image = Image {
            values: &[255.0_f32],
            x: Sampling { start: 1, step: 1, count: 1 },
            y: whole(1),
        };
        let mut pixels = [EMPTY; 3];
        resample(
            &image,
            Span::new(0.0, 3.0),
            Span::new(0.0, 1.0),
            &gray(255.0, Scale::Linear, 0.0),
            &mut pixels,
            3,
        );
        assert_eq!(pixels, [EMPTY, [255; 4], EMPTY]);
    }

    #[test]
    fn strided_samples_cover_the_elements_between() {
        let sampling = Sampling { start: 10, step: 5, count: 4 };
        assert_eq!(sampling.span(), Span::new(10.0, 30.0));
        let image = Image { values: &[0.0, 85.0, 170.0, 255.0], x: sampling, y: whole(1) };
        let mut pixels = [EMPTY; 20];
        resample(
            &image,
            Span::new(10.0, 30.0),
            Span::new(0.0, 1.0),
            &gray(255.0, Scale::Linear, 0.0),
            &mut pixels,
            20,
        );
        let levels: Vec<u8> = pixels.iter().step_by(5).map(|pixel| pixel[0]).collect();
        assert_eq!(levels, [0, 85, 170, 255]);
        assert_eq!(pixels[4][0], 0);
    }

    #[test]
    fn nan_and_what_log_cannot_show_are_neutral() {
        let painting = gray(100.0, Scale::Log, 1.0);
        assert_eq!(painting.colour(f64::NAN), MISSING);
        assert_eq!(painting.colour(0.0), MISSING);
        assert_eq!(painting.colour(10.0)[0], 128);
        assert_eq!(painting.colour(0.5)[0], 0);
        assert_eq!(painting.colour(f64::INFINITY)[0], 255);
        assert_eq!(gray(5.0, Scale::Linear, 5.0).colour(5.0)[0], 128);
    }

    #[test]
    fn every_pixel_of_a_large_image_has_its_samples() {
        let values: Vec<f32> = vec![1.0; 1000 * 700];
        let image = Image { values: &values, x: whole(1000), y: whole(700) };
        for (width, height) in [(333, 217), (1000, 700), (1601, 901), (1, 1)] {
            let mut pixels = vec![EMPTY; width * height];
            resample(
                &image,
                Span::new(0.0, 1000.0),
                Span::new(0.0, 700.0),
                &gray(1.0, Scale::Linear, 0.0),
                &mut pixels,
                width,
            );
            assert!(pixels.iter().all(|pixel| *pixel == [255; 4]), "{width}x{height}");
        }
    }

    #[test]
    fn values_that_are_missing_paint_nothing() {
        let image = Image { values: &[1.0_f32; 3], x: whole(2), y: whole(2) };
        let mut pixels = [EMPTY; 4];
        resample(
            &image,
            Span::new(0.0, 2.0),
            Span::new(0.0, 2.0),
            &gray(1.0, Scale::Linear, 0.0),
            &mut pixels,
            2,
        );
        assert_eq!(pixels, [EMPTY; 4]);
    }
}
