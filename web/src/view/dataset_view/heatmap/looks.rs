//! How an image is colored: color map, scale, range.

use leptos::prelude::*;
use plotcore::{Colormap, RangeMode, Scale};

use crate::address::Address;

#[derive(Clone, Copy, Debug)]
pub struct Looks {
    pub colormap: RwSignal<Colormap>,
    pub scale: RwSignal<Scale>,
    pub range: RwSignal<RangeMode>,
    /// Elements are square.
    pub equal: RwSignal<bool>,
}

impl Looks {
    /// From the address, and kept there.
    pub fn in_address(address: Address, equal: bool) -> Self {
        let parameter = |name: &str| untrack(|| address.view_param(name));
        let looks = Self {
            colormap: RwSignal::new(
                parameter("cm").and_then(|name| Colormap::from_name(&name)).unwrap_or_default(),
            ),
            scale: RwSignal::new(
                parameter("sc").and_then(|name| Scale::from_name(&name)).unwrap_or_default(),
            ),
            range: RwSignal::new(
                parameter("r").and_then(|text| range_from(&text)).unwrap_or_default(),
            ),
            equal: RwSignal::new(equal),
        };
        Effect::watch(
            move || (looks.colormap.get(), looks.scale.get(), looks.range.get()),
            move |(colormap, scale, range), _, _| {
                let unless_default = |is_default: bool, text: String| (!is_default).then_some(text);
                let colors = unless_default(*colormap == Colormap::default(), colormap.address());
                let scaled = unless_default(*scale == Scale::Linear, scale.name().to_owned());
                address.replace_view_param("cm", colors.as_deref());
                address.replace_view_param("sc", scaled.as_deref());
                address.replace_view_param("r", range_text(*range).as_deref());
            },
            false,
        );
        looks
    }
}

/// `p1:99` for percentiles, `1.5:900` for given limits.
fn range_text(range: RangeMode) -> Option<String> {
    match range {
        RangeMode::MinMax => None,
        RangeMode::Percentile { low, high } => Some(format!("p{low}:{high}")),
        RangeMode::Manual { from, to } => Some(format!("{from}:{to}")),
    }
}

fn range_from(text: &str) -> Option<RangeMode> {
    let (low, high) = text.trim_start_matches('p').split_once(':')?;
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let (low, high) = (number(low)?, number(high)?);
    if text.starts_with('p') {
        return Some(RangeMode::Percentile { low, high });
    }
    Some(RangeMode::Manual { from: low, to: high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_come_back_from_the_address() {
        for range in [RangeMode::PERCENTILE, RangeMode::Manual { from: -1.5, to: 9e10 }] {
            assert_eq!(range_text(range).and_then(|text| range_from(&text)), Some(range));
        }
        assert_eq!(range_text(RangeMode::MinMax), None);
        assert_eq!(range_from("p1"), None);
        assert_eq!(range_from("NaN:1"), None);
    }
}
