//! A canvas in device pixels, and the colours that the page's theme gives it.

use leptos::prelude::{document, window};
use plotcore::colormap::Rgba;
use wasm_bindgen::{Clamped, JsCast as _};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Drawing units are CSS pixels; the canvas behind has as many pixels as the screen.
#[derive(Clone, Debug)]
pub struct Surface {
    canvas: HtmlCanvasElement,
    pub context: CanvasRenderingContext2d,
    pub width: f64,
    pub height: f64,
    pub pixel_ratio: f64,
}

/// As the style sheet sets them on the canvas.
#[derive(Clone, Debug)]
pub struct Theme {
    pub text: String,
    pub line: String,
    pub grid: String,
    pub axis: String,
    pub accent: String,
    /// For missing values of an image.
    pub missing: Rgba,
}

impl Surface {
    /// `None` if the browser gives no context.
    pub fn new(canvas: &HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let canvas = canvas.clone();
        Some(Self { canvas, context, width: 0.0, height: 0.0, pixel_ratio: 1.0 })
    }

    /// Takes the size of the canvas on the page, and clears it.
    pub fn begin(&mut self, width: f64, height: f64) {
        let ratio = window().device_pixel_ratio().max(1.0);
        let (device_width, device_height) = ((width * ratio) as u32, (height * ratio) as u32);
        if self.canvas.width() != device_width || self.canvas.height() != device_height {
            self.canvas.set_width(device_width);
            self.canvas.set_height(device_height);
        }
        (self.width, self.height, self.pixel_ratio) = (width, height, ratio);
        // Both calls fail only for matrices that are not finite.
        self.context.reset_transform().ok();
        self.context.scale(ratio, ratio).ok();
        self.context.clear_rect(0.0, 0.0, width, height);
    }

    /// Puts pixels at a place given in CSS pixels.
    pub fn put_pixels(&self, pixels: &[Rgba], width: usize, left: f64, top: f64) {
        let Ok(width) = u32::try_from(width) else { return };
        let data = Clamped(pixels.as_flattened());
        if let Ok(image) = ImageData::new_with_u8_clamped_array(data, width) {
            let ratio = self.pixel_ratio;
            self.context.put_image_data(&image, (left * ratio).round(), (top * ratio).round()).ok();
        }
    }

    pub fn line(&self, from: (f64, f64), to: (f64, f64)) {
        self.context.begin_path();
        self.context.move_to(from.0, from.1);
        self.context.line_to(to.0, to.1);
        self.context.stroke();
    }

    pub fn text(&self, text: &str, x: f64, y: f64) {
        // Fails only where the place is not finite.
        self.context.fill_text(text, x, y).ok();
    }

    pub fn text_width(&self, text: &str) -> f64 {
        self.context.measure_text(text).map_or(0.0, |metrics| metrics.width())
    }

    pub fn theme(&self) -> Theme {
        let style = window().get_computed_style(&self.canvas).ok().flatten();
        let colour = |property: &str| {
            let value = style.as_ref().and_then(|style| style.get_property_value(property).ok());
            value.filter(|value| !value.is_empty()).unwrap_or_else(|| "gray".to_owned())
        };
        Theme {
            text: colour("color"),
            line: colour("stroke"),
            grid: colour("column-rule-color"),
            axis: colour("outline-color"),
            accent: colour("text-decoration-color"),
            missing: rgba(&colour("fill")).unwrap_or([128, 128, 128, 255]),
        }
    }

    /// The font of the canvas on the page.
    pub fn font(&self) -> String {
        let style = window().get_computed_style(&self.canvas).ok().flatten();
        let font = style.and_then(|style| style.get_property_value("font-family").ok());
        format!(
            "11px {}",
            font.filter(|font| !font.is_empty()).unwrap_or_else(|| "sans-serif".to_owned())
        )
    }
}

/// Reads `rgb(1, 2, 3)` and `rgba(1, 2, 3, 0.5)`, in which browsers give computed colours.
fn rgba(text: &str) -> Option<Rgba> {
    let numbers = text.split_once('(')?.1.strip_suffix(')')?;
    let mut levels = numbers.split([',', ' ', '/']).filter(|part| !part.is_empty());
    let mut level = || levels.next()?.parse::<f64>().ok();
    let (red, green, blue) = (level()?, level()?, level()?);
    Some([red as u8, green as u8, blue as u8, 255])
}

/// The text of a new element of the page, for elements that are made by hand.
pub fn new_element(tag: &str, class: &str, role: &str) -> Option<web_sys::HtmlElement> {
    let element = document().create_element(tag).ok()?;
    element.set_class_name(class);
    if !role.is_empty() {
        element.set_attribute("role", role).ok()?;
    }
    element.dyn_into().ok()
}
