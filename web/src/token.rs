//! The token of the printed address, exchanged once for a cookie and taken out of the address bar.

use gloo_net::http::Request;
use leptos::prelude::window;
use wasm_bindgen::JsValue;

use crate::refusal::Refusal;

/// Presents the token of `#token=...`, if there is one.
///
/// # Errors
/// When the server does not accept it, or does not answer.
pub async fn present() -> Result<(), Refusal> {
    let location = window().location();
    let hash = location.hash().unwrap_or_default();
    let Some(token) = hash.strip_prefix("#token=").map(str::to_owned) else { return Ok(()) };
    let path = location.pathname().unwrap_or_default();
    let query = location.search().unwrap_or_default();
    if let Ok(history) = window().history() {
        let clean = format!("{path}{query}");
        // The page works with the fragment in its address too; only a passer-by could read it there.
        let _replaced = history.replace_state_with_url(&JsValue::NULL, "", Some(&clean));
    }
    let request = Request::post("/session").header("Authorization", &format!("Bearer {token}"));
    match request.send().await {
        Ok(response) if response.ok() => Ok(()),
        Ok(response) if matches!(response.status(), 401 | 403) => Err(Refusal::new(
            "unauthorized",
            "The server does not accept the token of this address.",
        )),
        // Neither accepted nor refused: the connection will tell.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Where the server's WebSocket is, seen from this page.
pub fn socket_url() -> String {
    let location = window().location();
    let secure = location.protocol().is_ok_and(|protocol| protocol == "https:");
    let scheme = if secure { "wss" } else { "ws" };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}
