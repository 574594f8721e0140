//! Every setting in one place: its name, unit, default and meaning.
//!
//! The same names serve on the command line (`--max-connections`), in the environment
//! (`HDF5_ASYNC_MAX_CONNECTIONS`) and in the TOML file (`max_connections`); the command line wins over the
//! environment, the environment over the file.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::download::Downloads;
use crate::file::queue::QueueLimits;
use crate::files::FileLimits;
use crate::hub::HistoryLimits;
use crate::outbox::OutboxLimits;
use crate::session::SessionLimits;
use crate::store::StoreLimits;
use crate::upload::Uploads;
use crate::watch::WatchLimits;
use crate::worker::CommitLimits;

/// Names of environment variables begin with this.
const ENVIRONMENT_PREFIX: &str = "HDF5_ASYNC_";

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

macro_rules! settings {
    (
        flags { $($(#[doc = $flag_doc:literal])+ $flag:ident,)+ }
        values { $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr,)+ }
    ) => {
        /// What the server is to do, complete.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Config {
            /// Files and folders to serve.
            pub paths: Vec<PathBuf>,
            $($(#[doc = $flag_doc])+ pub $flag: bool,)+
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Default for Config {
            fn default() -> Self {
                Self { paths: Vec::new(), $($flag: false,)+ $($name: $default,)+ }
            }
        }

        impl Config {
            const NAMES: &'static [&'static str] = &[$(stringify!($flag),)+ $(stringify!($name),)+];
        }

        /// What the command line says; the rest comes from elsewhere.
        #[derive(Clone, Debug, Default, clap::Args, Serialize)]
        pub struct Settings {
            /// Files and folders to serve; the current folder if none is named
            #[serde(skip_serializing_if = "Vec::is_empty")]
            pub paths: Vec<PathBuf>,
            $(
                $(#[doc = $flag_doc])+
                #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $flag: Option<bool>,
            )+
            $(
                $(#[doc = $doc])+
                #[arg(long)]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<Setting<$type>>,
            )+
        }
    };
}

/// The type of a setting as it is given: an optional setting is given as its content.
type Setting<T> = <T as Given>::As;

/// The type in which a setting is given; see `Setting`.
pub trait Given {
    type As;
}

macro_rules! given {
    ($($type:ty => $given:ty),+) => { $(impl Given for $type { type As = $given; })+ };
}

given! {
    SocketAddr => SocketAddr, Option<SocketAddr> => SocketAddr, Option<String> => String,
    Option<PathBuf> => PathBuf, Vec<String> => Strings, String => String, usize => usize, u64 => u64
}

/// A list of texts, separated by commas.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Strings(Vec<String>);

impl std::str::FromStr for Strings {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        Ok(Self(items.map(str::to_owned).collect()))
    }
}

settings! {
    flags {
        /// Make named files that do not exist
        create,
        /// Let nobody change anything
        read_only,
        /// Let clients remove whole files from disk
        allow_delete_files,
        /// Ask for no token; only on a loopback address
        no_token,
        /// Look for the changes of other programs by the clock, even where the system tells of them
        watch_by_polling,
        /// Allow to listen on an address that other machines reach; what is sent is not encrypted
        allow_remote,
    }
    values {
        /// Address to listen on; port 0 picks a free one
        bind: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8590),
        /// Also serve plain TCP (JSON behind a 4-byte length) on this address
        tcp: Option<SocketAddr> = None,
        /// The token that clients must show; generated and printed if absent
        token: Option<String> = None,
        /// Further names of this server that browsers may use, separated by commas
        allow_hosts: Vec<String> = Vec::new(),
        /// Origins of further web pages that may connect, separated by commas
        allow_origins: Vec<String> = Vec::new(),
        /// Serve the dashboard from this folder instead of the one built in
        dashboard: Option<PathBuf> = None,
        /// What to log: error, warn, info, debug, or a filter of the `tracing` kind
        log: String = "info".to_owned(),
        /// Connections at the same time
        max_connections: usize = 10_240,
        /// Bytes of one message from a client
        max_message_bytes: usize = 16 * MIB,
        /// Unanswered requests of one session; more wait in its socket
        max_requests_in_flight: usize = 64,
        /// Bytes of the unanswered messages of one session
        max_queued_bytes: usize = 32 * MIB,
        /// Bytes of the unanswered messages of all sessions
        max_queued_bytes_total: usize = 256 * MIB,
        /// Subscriptions of one session
        max_subscriptions: usize = 256,
        /// Bytes of the values in one JSON reply, and of one reply to `describe_many`; larger reads use binary
        max_json_values_bytes: u64 = 8 * MIB as u64,
        /// Bytes of values that one stats or sample request looks at
        max_scan_bytes: u64 = 16 << 30,
        /// Bytes of a value inside a description or an event
        max_inline_value_bytes: u64 = 16 * KIB as u64,
        /// Bytes of one attribute, or of the variable-length values of one block
        max_value_bytes: u64 = 64 * MIB as u64,
        /// Links in one reply to list
        max_list_page: u64 = 1000,
        /// Bytes of the headers and indexes of one file that its worker keeps, as they are in the file; in memory
        /// they take up to 50 times as much
        metadata_cache_bytes: u64 = MIB as u64,
        /// Walks and searches that a session may leave unfinished; beginning more ends the oldest
        max_walks: usize = 16,
        /// Bytes of the groups that one walk or search has still to enter
        max_walk_bytes: usize = 32 * MIB,
        /// Bytes of one block of a long read
        block_bytes: u64 = 512 * KIB as u64,
        /// Bytes of one chunk, decoded; datasets with larger ones are not read
        max_chunk_bytes: u64 = 128 * MIB as u64,
        /// Bytes of the elements that one fill or insert writes or moves
        max_rewrite_bytes: u64 = 1 << 30,
        /// Commands of one batch, reads of one `read_many`, and objects of one `describe_many`
        max_batch_commands: usize = 10_000,
        /// Bytes of events that wait for one client; more are dropped, and it is told
        max_event_bytes: usize = 4 * MIB,
        /// Bytes of answers that wait for one client before long answers pause
        max_answer_bytes: usize = 4 * MIB,
        /// Events of one file held for clients that come back
        max_history_events: usize = 10_000,
        /// Bytes of those events
        max_history_bytes: usize = 4 * MIB,
        /// Requests that wait for one file
        max_waiting_requests: usize = 1024,
        /// Requests that a file's worker is given at once
        max_jobs_in_worker: usize = 256,
        /// Requests that are made safe together, at most
        commit_max_requests: usize = 256,
        /// Milliseconds that making changes safe waits for more of them, while some come
        commit_gather_ms: u64 = 2,
        /// Bytes of a file that one commit may change
        commit_max_bytes: u64 = 256 * MIB as u64,
        /// Milliseconds after which a change is safe that was answered before (durability `applied`)
        applied_commit_ms: u64 = 100,
        /// Bytes of a file's log after which it is brought into the file
        checkpoint_log_bytes: u64 = 64 * MIB as u64,
        /// Milliseconds without requests after which the log is brought into the file
        checkpoint_idle_ms: u64 = 1000,
        /// Files open at the same time
        max_open_files: usize = 256,
        /// Downloads of whole files at the same time
        max_downloads: usize = 4,
        /// Uploads of whole files at the same time
        max_uploads: usize = 4,
        /// Bytes of one file that is uploaded
        max_upload_bytes: u64 = 64 << 30,
        /// Folder in which a download is copied before it is sent, if the file is open; the system's own if absent
        download_folder: Option<PathBuf> = None,
        /// Seconds after which a request ends its worker
        job_deadline_secs: u64 = 60,
        /// Seconds after which a file that nobody uses is closed
        close_when_idle_secs: u64 = 300,
        /// Milliseconds that a file is waited for which another server has just let go of
        wait_for_lock_ms: u64 = 3000,
        /// Milliseconds that a request waits for a place in a file's queue before it is told `busy`
        busy_after_ms: u64 = 5000,
        /// Milliseconds in which changes that other programs make are taken together
        watch_gather_ms: u64 = 50,
        /// Milliseconds between two looks for changes of which the system does not tell, as on network file systems
        watch_poll_ms: u64 = 1000,
        /// Datasets of one file whose growth is noticed while another program writes to it in SWMR mode
        max_followed_datasets: usize = 10_000,
        /// Folders below the served ones of which the system is asked to tell; with more, they are looked at by the
        /// clock
        max_watched_folders: usize = 4096,
        /// Seconds within which the headers of an HTTP request must come
        header_timeout_secs: u64 = 10,
        /// Seconds within which the first message must come on the TCP port of a server with a token
        first_message_secs: u64 = 10,
        /// Seconds between two pings to a client
        ping_secs: u64 = 15,
        /// Seconds without a sign of life after which a client is given up
        dead_after_secs: u64 = 45,
        /// Seconds without progress in sending after which a client is given up
        stalled_after_secs: u64 = 10,
        /// Seconds that stopping may take
        shutdown_secs: u64 = 10,
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}")]
    Figment(#[from] Box<figment::Error>),
    #[error("the configuration file {} does not exist", path.display())]
    NoFile { path: PathBuf },
    #[error("--no-token is possible on a loopback address only, and {bind} is none")]
    OpenDoor { bind: SocketAddr },
    #[error(
        "{bind} is reached by other machines, and nothing is encrypted; --allow-remote allows it"
    )]
    Remote { bind: SocketAddr },
    #[error("--token and --no-token contradict each other")]
    TokenAndNone,
    #[error("{name} must be at least {min}")]
    TooSmall { name: &'static str, min: usize },
}

impl Config {
    /// Puts the settings together.
    ///
    /// # Errors
    /// A setting that is unknown, has the wrong type, or contradicts another.
    pub fn load(settings: &Settings, file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(path) = file {
            if !path.exists() {
                return Err(ConfigError::NoFile { path: path.to_owned() });
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        figment = figment.merge(Env::prefixed(ENVIRONMENT_PREFIX).only(Self::NAMES));
        figment = figment.merge(Serialized::defaults(settings));
        let mut config: Self = figment.extract().map_err(Box::new)?;
        if config.paths.is_empty() {
            config.paths.push(PathBuf::from("."));
        }
        config.check()?;
        Ok(config)
    }

    /// The defaults that are worth telling: those that are not empty or off.
    pub fn shown_defaults() -> BTreeMap<String, String> {
        let Ok(serde_json::Value::Object(defaults)) = serde_json::to_value(Self::default()) else {
            return BTreeMap::new();
        };
        let shown = defaults.into_iter().filter_map(|(name, value)| match value {
            serde_json::Value::Number(number) => Some((name, number.to_string())),
            serde_json::Value::String(text) => Some((name, text)),
            _ => None,
        });
        shown.collect()
    }

    fn check(&self) -> Result<(), ConfigError> {
        for bind in [Some(self.bind), self.tcp].into_iter().flatten() {
            if !bind.ip().is_loopback() {
                if self.no_token {
                    return Err(ConfigError::OpenDoor { bind });
                }
                if !self.allow_remote {
                    return Err(ConfigError::Remote { bind });
                }
            }
        }
        if self.no_token && self.token.is_some() {
            return Err(ConfigError::TokenAndNone);
        }
        let block = usize::try_from(self.block_bytes).unwrap_or(usize::MAX);
        let metadata_cache = usize::try_from(self.metadata_cache_bytes).unwrap_or(usize::MAX);
        let least = [
            ("max_message_bytes", self.max_message_bytes, KIB),
            ("max_queued_bytes", self.max_queued_bytes, self.max_message_bytes),
            ("max_queued_bytes_total", self.max_queued_bytes_total, self.max_queued_bytes),
            ("max_connections", self.max_connections, 1),
            ("max_requests_in_flight", self.max_requests_in_flight, 1),
            ("max_waiting_requests", self.max_waiting_requests, 1),
            ("max_jobs_in_worker", self.max_jobs_in_worker, 1),
            ("commit_max_requests", self.commit_max_requests, 1),
            ("max_open_files", self.max_open_files, 1),
            ("max_list_page", usize::try_from(self.max_list_page).unwrap_or(usize::MAX), 1),
            ("block_bytes", block, KIB),
            ("metadata_cache_bytes", metadata_cache, KIB),
        ];
        match least.into_iter().find(|(_, value, min)| value < min) {
            Some((name, _, min)) => Err(ConfigError::TooSmall { name, min }),
            None => Ok(()),
        }
    }

    pub fn session_limits(&self) -> SessionLimits {
        SessionLimits {
            max_message_bytes: self.max_message_bytes,
            max_requests_in_flight: self.max_requests_in_flight,
            max_queued_bytes: self.max_queued_bytes,
            max_queued_bytes_total: self.max_queued_bytes_total,
            max_connections: self.max_connections,
            max_subscriptions: self.max_subscriptions,
            max_json_values_bytes: self.max_json_values_bytes,
            max_inline_value_bytes: self.max_inline_value_bytes,
            max_scan_bytes: self.max_scan_bytes,
            max_list_page: self.max_list_page,
            max_batch_commands: self.max_batch_commands,
            max_walks: self.max_walks,
            max_walk_bytes: self.max_walk_bytes,
            block_bytes: self.block_bytes,
            outbox: OutboxLimits {
                max_event_bytes: self.max_event_bytes,
                max_answer_bytes: self.max_answer_bytes,
            },
            ping_every: Duration::from_secs(self.ping_secs.max(1)),
            dead_after: Duration::from_secs(self.dead_after_secs),
            stalled_after: Duration::from_secs(self.stalled_after_secs),
            first_message_within: Duration::from_secs(self.first_message_secs),
            finish_within: self.shutdown_time(),
        }
    }

    pub fn file_limits(&self) -> FileLimits {
        FileLimits {
            queue: QueueLimits {
                max_waiting: self.max_waiting_requests,
                max_in_worker: self.max_jobs_in_worker,
                job_deadline: Duration::from_secs(self.job_deadline_secs),
                close_when_idle: Duration::from_secs(self.close_when_idle_secs),
                wait_for_lock: Duration::from_millis(self.wait_for_lock_ms),
                gather: Duration::from_millis(self.watch_gather_ms),
                try_again: Duration::from_millis(self.watch_poll_ms.max(1)),
            },
            history: HistoryLimits {
                max_events: self.max_history_events,
                max_bytes: self.max_history_bytes,
            },
            store: StoreLimits {
                block_bytes: self.block_bytes,
                inline_value_bytes: self.max_inline_value_bytes,
                max_value_bytes: self.max_value_bytes,
                max_list_page: self.max_list_page,
                max_json_values_bytes: self.max_json_values_bytes,
                metadata_cache_bytes: self.metadata_cache_bytes,
                max_chunk_bytes: self.max_chunk_bytes,
                max_rewrite_bytes: self.max_rewrite_bytes,
                max_batch_commands: self.max_batch_commands,
                max_followed_datasets: self.max_followed_datasets,
            },
            commits: CommitLimits {
                max_requests: self.commit_max_requests,
                gather: Duration::from_millis(self.commit_gather_ms),
                applied_within: Duration::from_millis(self.applied_commit_ms),
                checkpoint_bytes: self.checkpoint_log_bytes,
                checkpoint_idle: Duration::from_millis(self.checkpoint_idle_ms),
                max_commit_bytes: self.commit_max_bytes,
                ..CommitLimits::default()
            },
            max_open_files: self.max_open_files,
            busy_after: Duration::from_millis(self.busy_after_ms),
            may_delete: self.allow_delete_files,
            watch: WatchLimits {
                by_polling: self.watch_by_polling,
                poll_every: Duration::from_millis(self.watch_poll_ms.max(1)),
                gather: Duration::from_millis(self.watch_gather_ms),
                max_folders: self.max_watched_folders,
            },
        }
    }

    pub fn downloads(&self) -> Downloads {
        let stalled_after = Duration::from_secs(self.stalled_after_secs);
        Downloads::new(self.max_downloads, self.download_folder.clone(), stalled_after)
    }

    pub fn uploads(&self) -> Uploads {
        let stalled_after = Duration::from_secs(self.stalled_after_secs);
        Uploads::new(self.max_uploads, self.max_upload_bytes, stalled_after)
    }

    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_secs)
    }

    pub fn shutdown_time(&self) -> Duration {
        Duration::from_secs(self.shutdown_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.toml");
        std::fs::write(&file, "read_only = true\nmax_list_page = 7\nbind = \"127.0.0.1:1\"\n")
            .unwrap();
        let settings =
            Settings { bind: Some("127.0.0.1:2".parse().unwrap()), ..Settings::default() };
        let config = Config::load(&settings, Some(&file)).unwrap();
        assert!(config.read_only);
        assert_eq!((config.max_list_page, config.bind.port()), (7, 2));
        assert_eq!(config.paths, [PathBuf::from(".")]);
    }

    #[test]
    fn mistakes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.toml");
        std::fs::write(&file, "max_lists = 7\n").unwrap();
        let error = Config::load(&Settings::default(), Some(&file)).unwrap_err().to_string();
        assert!(error.contains("max_lists"), "{error}");
        let refused = |settings| Config::load(&settings, None).unwrap_err();
        let bind = Some("0.0.0.0:0".parse().unwrap());
        assert!(matches!(
            refused(Settings { bind, ..Settings::default() }),
            ConfigError::Remote { .. }
        ));
        let open = Settings { bind, no_token: Some(true), ..Settings::default() };
        assert!(matches!(refused(open), ConfigError::OpenDoor { .. }));
        let small = Settings { max_queued_bytes: Some(5), ..Settings::default() };
        assert!(matches!(refused(small), ConfigError::TooSmall { name: "max_queued_bytes", .. }));
    }
}
