//! What the dashboard's views compute, without a browser: scales, ticks, decimation, colour, image
//! resampling, number text, and the arithmetic of a grid with any number of rows.
//!
//! Nothing here knows the DOM, so all of it is tested natively and compiled for speed.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixels and indices below 2^53 are exact in f64; every cast back is clamped before"
)]

pub mod axis;
pub mod blocks;
pub mod colormap;
pub mod decimate;
pub mod entry;
pub mod format;
pub mod heatmap;
pub mod histogram;
pub mod range;
pub mod scale;
pub mod scroll_axis;
pub mod span;
pub mod ticks;

pub use axis::Axis;
pub use blocks::{BlockCache, Rect};
pub use colormap::{Colormap, Lut};
pub use decimate::{Vertex, trace};
pub use entry::{EntryError, EntryKind};
pub use format::Notation;
pub use heatmap::{Image, Painting};
pub use histogram::Histogram;
pub use range::{Extent, RangeMode};
pub use scale::Scale;
pub use scroll_axis::ScrollAxis;
pub use span::Span;
pub use ticks::{Tick, index_ticks, ticks};
