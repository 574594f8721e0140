//! The drawings: 16-pixel line icons, colored by the text around them.

use leptos::prelude::*;

/// An icon says nothing to assistive technology; words beside it or a label do.
#[component]
pub fn Icon(
    /// Which drawing.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d=move || drawing(name.get())></path>
        </svg>
    }
}

fn drawing(name: &str) -> &'static str {
    match name {
        "group" => "M1.5 4.5v8h13v-6.500h-7l-1.500-1.500z",
        "dataset" => "M2 3h12v10h-12zM2 6.300h12M2 9.700h12M6 3v10M10 3v10",
        "datatype" => "M3 4.500v-1.500h10v1.500M8 3v10M6 13h4",
        "external" => "M9 2.500h4.500v4.500M13.500 2.500l-6 6M7 4h-4.500v9.500h9.500v-4.500",
        "soft" => {
            "M6.500 9.500l3-3M7 4.500l1.200-1.200a2.900 2.900 0 0 1 4.500 4.300l-1.300 1.300M9 11.500l-1.200 1.200a2.900 2.900 0 0 1-4.500-4.300l1.300-1.300"
        }
        "broken" => {
            "M7 4.500l1.200-1.200a2.900 2.900 0 0 1 4.500 4.300l-1.300 1.300M9 11.500l-1.200 1.200a2.900 2.900 0 0 1-4.500-4.300l1.300-1.300M3 3l10 10"
        }
        "file" => "M3.500 1.500h6l3 3v10h-9zM9.500 1.500v3h3",
        "open" => "M4 6l4 4 4-4",
        "closed" => "M6 4l4 4-4 4",
        "plus" => "M8 3v10M3 8h10",
        "trash" => {
            "M2.500 4h11M6 4v-1.500h4v1.500M4 4l.700 9.500h6.600l.700-9.500M6.700 6.500v4.500M9.300 6.500v4.500"
        }
        "pencil" => "M3 13l.700-3 7.300-7.300 2.300 2.300-7.300 7.300zM9.700 4l2.300 2.300",
        "copy" => "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3",
        "live" => {
            "M8 8h.010M5 11a4.200 4.200 0 0 1 0-6M11 5a4.200 4.200 0 0 1 0 6M3 13a7 7 0 0 1 0-10M13 3a7 7 0 0 1 0 10"
        }
        "waiting" => "M8 2a6 6 0 1 0 6 6M8 4.500v3.500l2.500 1.500",
        "lock" => "M4 7.500h8v6h-8zM5.500 7.500v-2.500a2.500 2.500 0 0 1 5 0v2.500",
        "warning" => "M8 2l6.500 11.500h-13zM8 6.500v3.500M8 11.800v.010",
        "sun" => {
            "M8 5a3 3 0 1 0 .010 0M8 1.500v1M8 13.500v1M1.500 8h1M13.500 8h1M3.400 3.400l.700.700M11.900 11.900l.700.700M12.600 3.400l-.700.700M4.100 11.900l-.700.700"
        }
        "moon" => "M13 9.500a5.500 5.500 0 0 1-6.500-6.500 5.500 5.500 0 1 0 6.500 6.500z",
        "auto" => "M8 2a6 6 0 1 0 .010 0M8 2v12M9.500 4v8M11 5v6M12.500 7v2",
        "close" => "M4 4l8 8M12 4l-8 8",
        "pause" => "M5.500 3.500v9M10.500 3.500v9",
        "play" => "M5 3l8 5-8 5z",
        "sidebar-left" => "M2 3h12v10h-12zM6 3v10",
        "sidebar-right" => "M2 3h12v10h-12zM10 3v10",
        "up" => "M8 13v-9M4 7.500l4-4 4 4",
        _ => "M8 3.500a4.500 4.500 0 1 0 .010 0",
    }
}
