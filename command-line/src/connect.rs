//! Where to and as whom: the options that every command has, and the connection made from them.

use clap::Args;
use hdf5_async_client::location::Location;
use hdf5_async_client::{Client, ConnectOptions, File, Reconnect};

use crate::failure::Failure;

/// Holds the token of the server, where the address has none.
pub const TOKEN_VARIABLE: &str = "HDF5_ASYNC_TOKEN";

/// What an address without `ws://` is completed with.
pub const SERVER_VARIABLE: &str = "HDF5_ASYNC_SERVER";

#[derive(Clone, Debug, Default, Args)]
pub struct Access {
    /// The server's token, where the address has none
    ///
    /// Other users of this machine can see the arguments of a program; its environment, and `HDF5_ASYNC_TOKEN`
    /// in it, is not shown to them.
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
}

impl Access {
    /// Reads an address, completed by the environment.
    ///
    /// # Errors
    /// When it is none.
    pub fn location(&self, text: &str) -> Result<Location, Failure> {
        let server = std::env::var(SERVER_VARIABLE).unwrap_or_default();
        self.location_at(text, &server)
    }

    fn location_at(&self, text: &str, server: &str) -> Result<Location, Failure> {
        let complete = if text.contains("://") || server.is_empty() {
            text.to_owned()
        } else {
            let (server, token) = server.split_once("#token=").unwrap_or((server, ""));
            let mark = if token.is_empty() { "" } else { "#token=" };
            format!(
                "{}/{}{mark}{token}",
                server.trim_end_matches('/'),
                text.trim_start_matches('/')
            )
        };
        let mut location: Location = complete.parse()?;
        if location.address.token.is_none() {
            let environment =
                || std::env::var(TOKEN_VARIABLE).ok().filter(|token| !token.is_empty());
            location.address.token = self.token.clone().or_else(environment);
        }
        Ok(location)
    }

    /// Connects; a lost connection ends the command.
    ///
    /// # Errors
    /// When there is no server, or it refuses.
    pub async fn connect(&self, location: &Location, command: &str) -> Result<Client, Failure> {
        Ok(Client::connect(self.options(location, command)).await?)
    }

    pub fn options(&self, location: &Location, command: &str) -> ConnectOptions {
        ConnectOptions::from(location.address.clone())
            .name(format!("hdf5-async {command}"))
            .reconnect(Reconnect::Never)
    }

    /// Connects, and returns the file of the address.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn file(&self, location: &Location, command: &str) -> Result<File, Failure> {
        Ok(self.connect(location, command).await?.default_file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_completes_an_address() {
        let access = Access::default();
        let at = |text: &str, server: &str| {
            let location = access.location_at(text, server).unwrap();
            (location.to_string(), location.address.token)
        };
        let expected = ("ws://h:1/a.h5:/d".to_owned(), Some("t".to_owned()));
        assert_eq!(at("a.h5:/d", "http://h:1/#token=t"), expected);
        assert_eq!(at("ws://h:1/a.h5:/d#token=t", "ws://other:2"), expected);
        assert_eq!(at(":/d", "ws://h:1#token=t").0, "ws://h:1/:/d");
        assert!(access.location_at("a.h5:/d", "").is_err());
    }

    #[test]
    fn the_address_wins_over_the_option() {
        let access = Access { token: Some("option".to_owned()) };
        let token = |text: &str| access.location_at(text, "").unwrap().address.token.unwrap();
        assert_eq!(token("ws://h:1/a.h5"), "option");
        assert_eq!(token("ws://h:1/#token=address"), "address");
    }
}
