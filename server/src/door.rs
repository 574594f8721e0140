//! Who may enter: the token, and the checks that keep other web pages out of a browser's reach.

use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hdf5_async_protocol::TOKEN_SUBPROTOCOL_PREFIX;
use subtle::ConstantTimeEq as _;

/// Bytes of a generated token.
const TOKEN_BYTES: usize = 32;

/// The secret of a server. Never written to a log.
pub struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Token(..)")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("a token has at least 16 characters, all of them letters, digits, '-', '_' or '.'")]
    Unusable,
    #[error("the operating system gave no random numbers")]
    NoRandomness,
}

impl Token {
    /// A token chosen by a person: it must fit into a header, a cookie and a subprotocol.
    ///
    /// # Errors
    /// Too short, or with other characters.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let usable = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if text.len() < 16 || !text.bytes().all(usable) {
            return Err(TokenError::Unusable);
        }
        Ok(Self(text.to_owned()))
    }

    /// 256 random bits.
    ///
    /// # Errors
    /// When there are none to be had.
    pub fn generate() -> Result<Self, TokenError> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| TokenError::NoRandomness)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// For the address that is printed for the person who started the server.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares in a time that does not tell how much is right.
    pub fn is(&self, offered: &str) -> bool {
        self.0.as_bytes().ct_eq(offered.as_bytes()).into()
    }
}

/// Why a request is turned away at the door.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the Host header {host:?} is not an address of this server; --allow-host admits it")]
    Host { host: String },
    #[error("the page at {origin:?} may not use this server; --allow-origin admits it")]
    Origin { origin: String },
    #[error("the token is missing or wrong; open the address that the server printed")]
    Token,
}

impl Refusal {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Host { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::Origin { .. } => StatusCode::FORBIDDEN,
            Self::Token => StatusCode::UNAUTHORIZED,
        }
    }
}

#[derive(Debug)]
pub struct Door {
    token: Option<std::sync::Arc<Token>>,
    /// Names and addresses, without port, by which this server is called.
    hosts: Vec<String>,
    /// Pages of other origins that may connect.
    origins: Vec<String>,
    cookie: String,
}

impl Door {
    pub fn new(
        address: SocketAddr,
        token: Option<std::sync::Arc<Token>>,
        allowed_hosts: &[String],
        allowed_origins: &[String],
    ) -> Self {
        let mut hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        hosts.push(if address.is_ipv6() {
            format!("[{}]", address.ip())
        } else {
            address.ip().to_string()
        });
        hosts.extend_from_slice(allowed_hosts);
        // Browsers share cookies between the ports of a host.
        let cookie = format!("hdf5_async_{}", address.port());
        Self { token, hosts, origins: allowed_origins.to_vec(), cookie }
    }

    /// Checks that the request means this server and comes from no foreign page.
    ///
    /// # Errors
    /// A foreign `Host` (DNS rebinding) or `Origin` (cross-site request).
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = text(headers.get(header::HOST)).unwrap_or_default();
        let name = without_port(host);
        if !self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name)) {
            return Err(Refusal::Host { host: host.chars().take(100).collect() });
        }
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or("");
        let own = |scheme: &str| {
            origin.strip_prefix(scheme).is_some_and(|rest| rest.eq_ignore_ascii_case(host))
        };
        if own("http://") || own("https://") || self.origins.iter().any(|allowed| allowed == origin)
        {
            return Ok(());
        }
        Err(Refusal::Origin { origin: origin.chars().take(100).collect() })
    }

    /// Checks the token, wherever the client put it.
    ///
    /// # Errors
    /// When none of the places holds the right one.
    pub fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(token) = &self.token else { return Ok(()) };
        let mut offered = [self.bearer(headers), self.cookie(headers), self.subprotocol(headers)]
            .into_iter()
            .flatten();
        if offered.any(|offered| token.is(offered)) { Ok(()) } else { Err(Refusal::Token) }
    }

    #[expect(clippy::unused_self, reason = "the three places of a token read alike")]
    fn bearer<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        text(headers.get(header::AUTHORIZATION))?.strip_prefix("Bearer ")
    }

    fn cookie<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies =
            headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|cookies| cookies.split("; "))
            .filter_map(|cookie| cookie.split_once('='))
            .find_map(|(name, value)| (name == self.cookie).then_some(value))
    }

    #[expect(clippy::unused_self, reason = "the three places of a token read alike")]
    fn subprotocol<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let offered = headers
            .get_all(header::SEC_WEBSOCKET_PROTOCOL)
            .iter()
            .filter_map(|value| value.to_str().ok());
        offered
            .flat_map(|list| list.split(','))
            .find_map(|name| name.trim().strip_prefix(TOKEN_SUBPROTOCOL_PREFIX))
    }

    /// The cookie that stands for the token in a browser; `None` on a server without one.
    pub fn set_cookie(&self) -> Option<HeaderValue> {
        let token = self.token.as_ref()?;
        let cookie =
            format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie, token.reveal());
        let mut value = HeaderValue::from_str(&cookie).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value?.to_str().ok()
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn door() -> Door {
        let token = Token::new("0123456789abcdef").unwrap();
        let allowed = ["https://lab.example".to_owned()];
        Door::new(
            "127.0.0.1:8000".parse().unwrap(),
            Some(token.into()),
            &["beamline".to_owned()],
            &allowed,
        )
    }

    #[test]
    fn own_pages_and_programs_pass() {
        for pairs in [
            &[("host", "127.0.0.1:8000")][..],
            &[("host", "localhost:8000"), ("origin", "http://localhost:8000")],
            &[("host", "[::1]:8000"), ("origin", "http://[::1]:8000")],
            &[("host", "beamline")],
            &[("host", "localhost"), ("origin", "https://lab.example")],
        ] {
            assert_eq!(door().check_origin(&headers(pairs)), Ok(()), "{pairs:?}");
        }
    }

    #[test]
    fn foreign_pages_do_not() {
        for pairs in [
            &[("host", "evil.example:8000")][..],
            &[],
            &[("host", "localhost:8000"), ("origin", "http://evil.example")],
            &[("host", "localhost:8000"), ("origin", "http://localhost:9000")],
            &[("host", "localhost:8000"), ("origin", "null")],
            &[("host", "localhost:8000"), ("origin", "http://localhost:8000.evil.example")],
        ] {
            assert!(door().check_origin(&headers(pairs)).is_err(), "{pairs:?}");
        }
    }

    #[test]
    fn the_token_may_come_in_three_ways() {
        for pair in [
            ("authorization", "Bearer 0123456789abcdef"),
            ("cookie", "other=1; hdf5_async_8000=0123456789abcdef"),
            ("sec-websocket-protocol", "hdf5-async.v1, hdf5-async.token.0123456789abcdef"),
        ] {
            assert_eq!(door().check_token(&headers(&[pair])), Ok(()), "{pair:?}");
        }
        for pair in [
            ("authorization", "Bearer 0123456789abcdee"),
            ("authorization", "Bearer "),
            ("cookie", "hdf5_async_9000=0123456789abcdef"),
            ("x-token", "0123456789abcdef"),
        ] {
            assert_eq!(door().check_token(&headers(&[pair])), Err(Refusal::Token), "{pair:?}");
        }
    }

    #[test]
    fn tokens_are_long_and_never_shown() {
        assert_eq!(Token::new("short").unwrap_err(), TokenError::Unusable);
        assert_eq!(Token::new("0123456789abcde;").unwrap_err(), TokenError::Unusable);
        let token = Token::generate().unwrap();
        assert_eq!(token.reveal().len(), 43);
        assert_ne!(token.reveal(), Token::generate().unwrap().reveal());
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
