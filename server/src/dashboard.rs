//! The dashboard's files: embedded in the binary, or read from a folder while it is being developed.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

/// What `make dashboard` has built; empty in a build without it.
#[derive(rust_embed::RustEmbed)]
#[folder = "../dist"]
struct Embedded;

/// Scripts and WASM come from this server alone; the page that trunk writes starts them inline.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; \
     base-uri 'none'; frame-ancestors 'self'";

/// trunk puts a hash into the names of all files but the page, so that they never change.
const FOREVER: &str = "public, max-age=31536000, immutable";

#[derive(Clone, Debug)]
pub enum Dashboard {
    Embedded,
    Folder(PathBuf),
}

impl Dashboard {
    fn file(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            Self::Embedded => Embedded::get(name).map(|file| file.data),
            Self::Folder(folder) => {
                let relative = Path::new(name);
                let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
                inside.then(|| std::fs::read(folder.join(relative)).ok()).flatten().map(Cow::Owned)
            }
        }
    }

    /// The file at `path`, or the page itself for every path that names none: the page's own addresses.
    pub fn respond(&self, path: &str, headers: &HeaderMap) -> Response {
        let name = path.trim_start_matches('/');
        let is_page = name.is_empty() || name == "index.html" || name.starts_with("f/");
        let name = if is_page { "index.html" } else { name };
        let accepts = |coding: &str| {
            let offered =
                headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
            offered.is_some_and(|offered| {
                offered.split(',').any(|item| item.split(';').next().map(str::trim) == Some(coding))
            })
        };
        for (suffix, coding) in [(".br", Some("br")), (".gz", Some("gzip")), ("", None)] {
            if coding.is_some_and(|coding| !accepts(coding)) {
                continue;
            }
            if let Some(content) = self.file(&format!("{name}{suffix}")) {
                return found(name, content, coding, is_page);
            }
        }
        if is_page {
            return plain(
                StatusCode::OK,
                "This server was built without its dashboard; `make build` includes it.\n",
            );
        }
        plain(StatusCode::NOT_FOUND, "There is nothing here; the dashboard is at /.\n")
    }
}

fn found(
    name: &str,
    content: Cow<'static, [u8]>,
    coding: Option<&'static str>,
    is_page: bool,
) -> Response {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let body = match content {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let caching = if is_page { "no-cache" } else { FOREVER };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_packed_and_nothing_else_comes() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["index.html", "app.wasm", "app.wasm.br"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let dashboard = Dashboard::Folder(folder.path().to_owned());
        let mut headers = HeaderMap::new();
        let plain = dashboard.respond("/app.wasm", &headers);
        assert_eq!(plain.headers()[header::CONTENT_TYPE], "application/wasm");
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br;q=0.9"));
        assert_eq!(
            dashboard.respond("/app.wasm", &headers).headers()[header::CONTENT_ENCODING],
            "br"
        );
        for page in ["/", "/f/x.h5/entry", "/index.html"] {
            assert_eq!(
                dashboard.respond(page, &headers).headers()[header::CACHE_CONTROL],
                "no-cache",
                "{page}"
            );
        }
        for missing in ["/nothing.js", "/../Cargo.toml", "//etc/passwd"] {
            assert_eq!(
                dashboard.respond(missing, &headers).status(),
                StatusCode::NOT_FOUND,
                "{missing}"
            );
        }
    }
}
