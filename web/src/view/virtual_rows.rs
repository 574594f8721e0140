//! A long list of which only the rows on screen exist: each slot on screen is used again for another row.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a browser's pixels lie below 2^25 and are not negative; rows are fewer"
)]

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;

/// Browsers stop counting above some ten million pixels of height.
const MOST_PX: f64 = 10_000_000.0;

/// Rows drawn above and below what can be seen.
const SPARE: usize = 4;

/// What its user does with the list from outside.
#[derive(Clone, Copy, Debug)]
pub struct Scrolling {
    /// The element that scrolls.
    pub element: NodeRef<html::Div>,
    row_px: f64,
    top_px: RwSignal<f64>,
    height_px: RwSignal<f64>,
}

impl Scrolling {
    pub fn new(row_px: f64) -> Self {
        Self {
            element: NodeRef::new(),
            row_px,
            top_px: RwSignal::new(0.0),
            height_px: RwSignal::new(0.0),
        }
    }

    /// The first row that is drawn, and how many are.
    fn window(self) -> (usize, usize) {
        let first = (self.top_px.get() / self.row_px).floor().max(0.0) as usize;
        let rows = (self.height_px.get() / self.row_px).ceil() as usize + 1;
        (first.saturating_sub(SPARE), rows + 2 * SPARE)
    }

    /// How many whole rows can be seen at once.
    pub fn page(self) -> usize {
        ((self.height_px.get_untracked() / self.row_px).floor() as usize).max(1)
    }

    /// The last row that can be seen.
    pub fn last_seen(self) -> usize {
        let bottom = self.top_px.get() + self.height_px.get();
        (bottom / self.row_px).ceil() as usize
    }

    /// Scrolls just so far that row `index` can be seen whole.
    pub fn reveal(self, index: usize) {
        let Some(element) = self.element.get_untracked() else { return };
        let top = index as f64 * self.row_px;
        let seen_from = f64::from(element.scroll_top());
        let height = f64::from(element.client_height());
        if top < seen_from {
            element.set_scroll_top(top as i32);
        } else if top + self.row_px > seen_from + height {
            element.set_scroll_top((top + self.row_px - height).ceil() as i32);
        }
    }

    fn measure(self) {
        let Some(element) = self.element.get_untracked() else { return };
        self.top_px.set(f64::from(element.scroll_top()));
        let height = f64::from(element.client_height());
        if (self.height_px.get_untracked() - height).abs() > 0.5 {
            self.height_px.set(height);
        }
    }
}

/// The list. Attributes such as `role` are spread onto the element that scrolls.
#[component]
pub fn VirtualRows<F, V>(
    scrolling: Scrolling,
    #[prop(into)] n_rows: Signal<usize>,
    /// Draws a slot; the signal says which row it shows at the moment.
    row: F,
) -> impl IntoView
where
    F: Fn(Memo<usize>) -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    follow_size(scrolling);
    let window = Memo::new(move |_| scrolling.window());
    let slots = Memo::new(move |_| window.get().1.min(n_rows.get()));
    let row_px = scrolling.row_px;
    let height = move || (n_rows.get() as f64 * row_px).min(MOST_PX);
    let slot = move |slot: usize| {
        let index = Memo::new(move |_| {
            let (first, _) = window.get();
            let n_slots = slots.get().max(1);
            let first = first.min(n_rows.get().saturating_sub(n_slots));
            first + (slot + n_slots - first % n_slots) % n_slots
        });
        let top = move || format!("translateY({}px)", index.get() as f64 * row_px);
        let row = row.clone();
        view! { <div class="slot" role="presentation" style:height=format!("{row_px}px") style:transform=top>{row(index)}</div> }
    };
    view! {
        <div class="virtual-rows" node_ref=scrolling.element on:scroll=move |_| scrolling.measure()>
            <div class="virtual-extent" role="presentation" style:height=move || format!("{}px", height())>
                <For each=move || 0..slots.get() key=|slot| *slot children=slot/>
            </div>
        </div>
    }
}

fn follow_size(scrolling: Scrolling) {
    let changed = Closure::<dyn Fn()>::new(move || scrolling.measure());
    let observer = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()).ok();
    let observer = StoredValue::new_local((observer, changed));
    Effect::new(move |_| {
        let Some(element) = scrolling.element.get() else { return };
        observer.with_value(|(observer, _)| {
            if let Some(observer) = observer {
                observer.observe(&element);
            }
        });
        scrolling.measure();
    });
    on_cleanup(move || {
        observer.try_update_value(|(observer, _)| {
            if let Some(observer) = observer.take() {
                observer.disconnect();
            }
        });
    });
}
