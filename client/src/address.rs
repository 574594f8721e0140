//! Where a server is, as people paste it: `ws://host:port`, the address that the server prints, or one with a
//! file.

use std::fmt;
use std::str::FromStr;

/// Host and port, and what the address says beyond them.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// A name or an IP address; IPv6 in brackets.
    pub host: String,
    pub port: u16,
    pub file: Option<String>,
    pub token: Option<String>,
}

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error(
        "the address {text:?} starts with neither ws:// nor http://; an example is ws://127.0.0.1:8750"
    )]
    Scheme { text: String },
    #[error(
        "the address names {scheme}, but this client speaks without TLS; use a local proxy or tunnel"
    )]
    Tls { scheme: String },
    #[error("the address names no host")]
    NoHost,
    #[error("{port:?} is not a port between 1 and 65535")]
    Port { port: String },
    #[error("the file name in the address is not percent-encoded UTF-8")]
    FileName,
}

impl Address {
    /// `host:port`, as it stands in the `Host` header.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Where the WebSocket is.
    pub fn endpoint(&self) -> String {
        format!("ws://{}/ws", self.authority())
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text
            .trim()
            .split_once("://")
            .ok_or_else(|| AddressError::Scheme { text: without_fragment(text).to_owned() })?;
        match scheme {
            "ws" | "http" => {}
            "wss" | "https" => return Err(AddressError::Tls { scheme: scheme.to_owned() }),
            _ => return Err(AddressError::Scheme { text: without_fragment(text).to_owned() }),
        }
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = split_authority(authority)?;
        let file = match path {
            "" | "ws" => None,
            encoded => Some(percent_decoded(encoded)?),
        };
        let token = parameter(fragment, "token").or_else(|| parameter(query, "token"));
        Ok(Self { host, port, file, token })
    }
}

/// A fragment may hold a token, which has no place in an error message.
fn without_fragment(text: &str) -> &str {
    text.split('#').next().unwrap_or_default()
}

fn split_authority(authority: &str) -> Result<(String, u16), AddressError> {
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority[host_end..].rfind(':') {
        Some(colon) => (&authority[..host_end + colon], &authority[host_end + colon + 1..]),
        None => (authority, "80"),
    };
    if host.is_empty() {
        return Err(AddressError::NoHost);
    }
    match port.parse() {
        Ok(port) if port != 0 => Ok((host.to_owned(), port)),
        _ => Err(AddressError::Port { port: port.to_owned() }),
    }
}

fn parameter(text: &str, name: &str) -> Option<String> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

fn percent_decoded(text: &str) -> Result<String, AddressError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, tail) = rest.split_first_chunk::<2>().ok_or(AddressError::FileName)?;
        let digits = str::from_utf8(digits).map_err(|_| AddressError::FileName)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| AddressError::FileName)?);
        rest = tail;
    }
    String::from_utf8(bytes).map_err(|_| AddressError::FileName)
}

impl fmt::Display for Address {
    /// Without the token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ws://{}", self.authority())?;
        match &self.file {
            Some(file) => write!(formatter, "/{file}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_that_people_have_is_read() {
        let plain = parsed("ws://127.0.0.1:8750");
        assert_eq!((plain.host.as_str(), plain.port), ("127.0.0.1", 8750));
        assert_eq!((plain.file, plain.token), (None, None));

        let printed = parsed("http://127.0.0.1:8750/#token=s3cr-et_");
        assert_eq!(printed.token.as_deref(), Some("s3cr-et_"));
        assert_eq!(printed.file, None);
        assert_eq!(printed.endpoint(), "ws://127.0.0.1:8750/ws");

        let with_file = parsed("ws://beamline:9/run%201/scan.h5#token=t&other=1");
        assert_eq!(with_file.file.as_deref(), Some("run 1/scan.h5"));
        assert_eq!(with_file.token.as_deref(), Some("t"));

        let socket = parsed("ws://localhost:8750/ws?token=q");
        assert_eq!((socket.file, socket.token.as_deref()), (None, Some("q")));

        assert_eq!(parsed("http://localhost").port, 80);
        let version_six = parsed("ws://[::1]:8750/a.h5");
        assert_eq!((version_six.host.as_str(), version_six.port), ("[::1]", 8750));
        assert_eq!(parsed("ws://[::1]").authority(), "[::1]:80");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let refused = |text: &str| text.parse::<Address>().unwrap_err();
        assert!(matches!(refused("127.0.0.1:8750"), AddressError::Scheme { .. }));
        assert!(matches!(refused("ftp://host"), AddressError::Scheme { .. }));
        assert!(matches!(refused("wss://host:1"), AddressError::Tls { .. }));
        assert_eq!(refused("ws://:8750"), AddressError::NoHost);
        assert!(matches!(refused("ws://host:0"), AddressError::Port { .. }));
        assert!(matches!(refused("ws://host:70000"), AddressError::Port { .. }));
        assert_eq!(refused("ws://host:1/%e9"), AddressError::FileName);
        assert_eq!(refused("ws://host:1/%4"), AddressError::FileName);
    }

    #[test]
    fn a_token_is_never_shown() {
        let address = parsed("http://host:1/a.h5#token=secret");
        assert_eq!(format!("{address} {address:?}"), "ws://host:1/a.h5 ws://host:1/a.h5");
        let error = "host:1/#token=secret".parse::<Address>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
