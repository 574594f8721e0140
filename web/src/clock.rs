//! Time as the dashboard needs it: now, waiting, and how a moment is written.

use std::time::Duration;

use wasm_bindgen::JsValue;

/// Milliseconds since 1970, by this machine's clock.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Comes back after `duration`.
pub async fn sleep(duration: Duration) {
    let (done, waiting) = futures::channel::oneshot::channel::<()>();
    let wake = move || {
        // Whoever waited may have gone; then nobody is to be woken.
        let _gone = done.send(());
    };
    if leptos::leptos_dom::helpers::set_timeout_with_handle(wake, duration).is_ok() {
        let _woken = waiting.await;
    }
}

/// The local time of day, `14:03:22`.
pub fn time_of_day(ms_since_1970: f64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(ms_since_1970));
    format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}

/// The local date and time of day, `2026-11-22 14:03`.
pub fn date_and_time(ms_since_1970: f64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(ms_since_1970));
    let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", date.get_hours(), date.get_minutes())
}
