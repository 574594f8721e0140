//! The controls of a heatmap: color map, scale, range, aspect.

use leptos::prelude::*;
use plotcore::{Colormap, RangeMode, Scale, format};

use super::MapHandle;
use super::map::Map;

#[component]
pub fn HeatmapToolbar(map: MapHandle) -> impl IntoView {
    let (looks, signals) = map.with_value(|map| (map.looks, map.signals));
    let choose_map = move |event| {
        if let Some(chosen) = Colormap::from_name(&event_target_value(&event)) {
            looks.colormap.update(|known| known.choose(chosen));
        }
    };
    let choose_scale = move |event| {
        if let Some(scale) = Scale::from_name(&event_target_value(&event)) {
            looks.scale.set(scale);
        }
    };
    view! {
        <div class="view-toolbar">
            <label>"Colors "
                <select data-testid="colormap" prop:value=move || looks.colormap.get().name() on:change=choose_map>
                    {Colormap::NAMES.map(|name| view! { <option value=name>{name}</option> })}
                </select>
            </label>
            <span class="color-preview" style:background=move || preview(looks.colormap.get())></span>
            <button type="button" title="Reverse the colors (Shift+C)" aria-pressed=move || looks.colormap.get().reversed.to_string()
                on:click=move |_| looks.colormap.update(|colormap| colormap.reversed = !colormap.reversed)>"Reverse"</button>
            <label>"Scale "
                <select data-testid="color-scale" prop:value=move || looks.scale.get().name() on:change=choose_scale>
                    {Scale::ALL.map(|scale| view! { <option value=scale.name()>{scale.name()}</option> })}
                </select>
            </label>
            <RangeControls map/>
            <button type="button" title="Square elements" aria-pressed=move || looks.equal.get().to_string()
                on:click=move |_| looks.equal.update(|equal| *equal = !*equal)>"1:1"</button>
            <button type="button" aria-label="Zoom in" title="Zoom in (+)" on:click=move |_| map.with_value(|map| map.zoom(0.5, None))>"+"</button>
            <button type="button" aria-label="Zoom out" title="Zoom out (-)" on:click=move |_| map.with_value(|map| map.zoom(2.0, None))>"\u{2212}"</button>
            <button type="button" data-testid="plot-reset" title="Show everything (0, double click)" on:click=move |_| map.with_value(Map::reset)>"Reset"</button>
            <span hidden=move || signals.range.with(Option::is_some)>"no finite values"</span>
        </div>
    }
}

/// Minimum to maximum, percentiles, or limits that are typed or kept.
#[component]
fn RangeControls(map: MapHandle) -> impl IntoView {
    let (looks, signals) = map.with_value(|map| (map.looks, map.signals));
    let mode = move || match looks.range.get() {
        RangeMode::MinMax => "minmax",
        RangeMode::Percentile { .. } => "percentile",
        RangeMode::Manual { .. } => "manual",
    };
    let choose = move |event| match event_target_value(&event).as_str() {
        "minmax" => looks.range.set(RangeMode::MinMax),
        "percentile" => looks.range.set(RangeMode::PERCENTILE),
        _ => map.with_value(|map| map.lock_range()),
    };
    let limit = move |upper: bool| {
        move || {
            signals.range.get().map_or(String::new(), |range| {
                format::float(
                    if upper { range.to } else { range.from },
                    8,
                    plotcore::Notation::Auto,
                )
            })
        }
    };
    let typed = move |event, upper: bool| {
        let number = event_target_value(&event)
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite());
        if let (Some(number), Some(known)) = (number, signals.range.get_untracked()) {
            let (from, to) = if upper { (known.from, number) } else { (number, known.to) };
            looks.range.set(RangeMode::Manual { from, to });
        }
    };
    view! {
        <label>"Range "
            <select data-testid="range-mode" prop:value=mode on:change=choose>
                <option value="minmax">"min to max"</option>
                <option value="percentile">"1 to 99 %"</option>
                <option value="manual">"locked"</option>
            </select>
        </label>
        <input class="limit" data-testid="range-from" aria-label="Lower limit" size="8" prop:value=limit(false) on:change=move |event| typed(event, false)/>
        <input class="limit" data-testid="range-to" aria-label="Upper limit" size="8" prop:value=limit(true) on:change=move |event| typed(event, true)/>
    }
}

fn preview(colormap: Colormap) -> String {
    const STOPS: usize = 9;
    let lut = colormap.lut();
    let stops: Vec<String> = (0..STOPS)
        .map(|stop| {
            let [red, green, blue, _] = lut[stop * 255 / (STOPS - 1)];
            format!("rgb({red} {green} {blue})")
        })
        .collect();
    format!("linear-gradient(to right, {})", stops.join(", "))
}
