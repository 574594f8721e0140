//! Who may name whom inside the crates. Between crates, Cargo.toml says it (see `reach`).

use super::assert_none;
use super::imports::named_paths;
use super::sources::{Source, with_extensions};

/// Files below `place` (a folder, a file, or both) name none of `forbidden`, except below `except`.
struct Layer {
    place: &'static str,
    except: &'static [&'static str],
    forbidden: &'static [&'static str],
    reason: &'static str,
}

const LAYERS: &[Layer] = &[
    Layer {
        place: "shared/src",
        except: &[],
        forbidden: &[
            "tokio",
            "hdf5",
            "hdf5_sys",
            "axum",
            "std::fs",
            "std::net",
            "std::thread",
            "std::process",
        ],
        reason: "the wire protocol is plain data and runs in the browser, too",
    },
    Layer {
        place: "shared/src/model",
        except: &[],
        forbidden: &["crate::message", "crate::frame"],
        reason: "HDF5's nouns do not know what is said about them",
    },
    Layer {
        place: "server/src",
        except: &["server/src/store"],
        forbidden: &["hdf5", "hdf5_sys"],
        reason: "only the store calls the HDF5 library",
    },
    Layer {
        place: "server/src/store",
        except: &[],
        forbidden: &[
            "tokio",
            "axum",
            "hyper",
            "futures",
            "crate::session",
            "crate::hub",
            "crate::worker",
            "crate::file",
            "crate::files",
            "crate::http",
            "crate::outbox",
        ],
        reason: "the store runs on one thread and knows neither sockets nor sessions",
    },
    Layer {
        place: "server/src/codec",
        except: &[],
        forbidden: &["tokio", "hdf5", "hdf5_sys", "hdf5_async_protocol", "std::fs", "crate::store"],
        reason: "a filter is a function over bytes, wherever they come from",
    },
    Layer {
        place: "server/src/journal",
        except: &[],
        forbidden: &[
            "tokio",
            "axum",
            "hdf5",
            "hdf5_sys",
            "hdf5_async_protocol",
            "crate::session",
            "crate::hub",
            "crate::worker",
            "crate::file",
            "crate::files",
            "crate::store",
        ],
        reason: "the log is about bytes and disks, and is tested without HDF5",
    },
    Layer {
        place: "server/src/worker",
        except: &[],
        forbidden: &[
            "axum",
            "crate::session",
            "crate::hub",
            "crate::http",
            "crate::outbox",
            "crate::files",
        ],
        reason: "the worker knows its file and the socket to the front, no client",
    },
    Layer {
        place: "server/src/hub",
        except: &[],
        forbidden: &["crate::store", "crate::worker", "crate::session", "hdf5"],
        reason: "the hub orders and sends events, whatever they are about",
    },
    Layer {
        place: "server/src/watch",
        except: &[],
        forbidden: &[
            "crate::store",
            "crate::worker",
            "crate::file",
            "crate::session",
            "crate::hub",
        ],
        reason: "it tells that something may have happened, whatever it is",
    },
    Layer {
        place: "server/src/session",
        except: &[],
        forbidden: &[
            "crate::store::Store",
            "crate::worker::process",
            "crate::worker::thread",
            "crate::http",
        ],
        reason: "a session asks the file's task and never touches the file",
    },
    Layer {
        place: "client/src",
        except: &[],
        forbidden: &["hdf5", "hdf5_sys", "axum", "hdf5_async_server"],
        reason: "a client knows the server by the protocol only",
    },
    Layer {
        place: "command-line/src",
        except: &[],
        forbidden: &["hdf5", "hdf5_sys", "axum", "hdf5_async_server", "tokio_tungstenite"],
        reason: "the commands know a server by the client only",
    },
    Layer {
        place: "web/src",
        except: &["web/src/socket"],
        forbidden: &["web_sys::WebSocket", "gloo_net::websocket"],
        reason: "one file touches the browser's socket",
    },
    Layer {
        place: "web/src/socket",
        except: &[],
        forbidden: &["hdf5_async_protocol", "crate::state", "crate::view", "crate::actions"],
        reason: "the socket carries messages and reads none",
    },
    Layer {
        place: "web/src/connection",
        except: &[],
        forbidden: &["crate::state", "crate::view", "crate::actions"],
        reason: "the connection hands on what it hears and knows no page",
    },
    Layer {
        place: "web/src/state",
        except: &[],
        forbidden: &["crate::connection", "crate::socket", "crate::view", "web_sys", "gloo_net"],
        reason: "the state is plain data that is tested without a browser",
    },
    Layer {
        place: "web/src/actions",
        except: &[],
        forbidden: &["crate::view", "crate::socket"],
        reason: "an action is a request and a change of state, whichever view asked for it",
    },
    Layer {
        place: "web/src/view",
        except: &[],
        forbidden: &[
            "crate::connection",
            "crate::socket",
            "hdf5_async_protocol::message::Request",
            "gloo_net",
        ],
        reason: "views read the state and call actions",
    },
    Layer {
        place: "web/plotcore/src",
        except: &[],
        forbidden: &["web_sys", "js_sys", "wasm_bindgen", "leptos", "hdf5_async_protocol"],
        reason: "plot arithmetic needs no browser and no HDF5",
    },
    Layer {
        place: "tests",
        except: &[],
        forbidden: &["hdf5_async_server", "hdf5", "hdf5_sys"],
        reason: "the tests see the system from outside",
    },
];

impl Layer {
    fn holds(&self, path: &str) -> bool {
        is_below(path, self.place) && !self.except.iter().any(|place| is_below(path, place))
    }

    fn complaints(&self, source: &Source) -> Vec<String> {
        if !self.holds(&source.path) {
            return Vec::new();
        }
        named_paths(source)
            .iter()
            .filter(|(_, path)| self.forbidden.iter().any(|forbidden| is_inside(path, forbidden)))
            .map(|(number, path)| {
                format!("{}:{number}: names {path}, but {}", source.path, self.reason)
            })
            .collect()
    }
}

/// `server/src/store.rs` and `server/src/store/file.rs` are below `server/src/store`, `server/src/storehouse.rs` is not.
fn is_below(path: &str, place: &str) -> bool {
    path.strip_prefix(place)
        .is_some_and(|rest| rest.starts_with('/') || rest == ".rs" || rest.is_empty())
}

fn is_inside(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn every_layer_keeps_to_its_own() {
    let sources = with_extensions(&["rs"]).expect("git lists the sources");
    for layer in LAYERS {
        assert!(
            sources.iter().any(|source| layer.holds(&source.path)),
            "no file is below {}",
            layer.place
        );
    }
    let complaints: Vec<String> = LAYERS
        .iter()
        .flat_map(|layer| sources.iter().flat_map(|source| layer.complaints(source)))
        .collect();
    assert_none(&complaints);
}

#[test]
fn every_layer_refuses_what_it_forbids() {
    for layer in LAYERS {
        for forbidden in layer.forbidden {
            for text in [
                format!("use {forbidden}::Thing;\n"),
                format!("fn f() {{ {forbidden}::thing() }}\n"),
            ] {
                let sample = Source::sample(&format!("{}/sample.rs", layer.place), &text);
                assert_eq!(layer.complaints(&sample).len(), 1, "{}: {text}", layer.place);
            }
        }
        for except in layer.except {
            let sample = Source::sample(
                &format!("{except}.rs"),
                &format!("use {}::Thing;\n", layer.forbidden[0]),
            );
            assert_none(&layer.complaints(&sample));
        }
    }
}

#[test]
fn a_path_through_super_is_seen() {
    let text = "use super::super::{connection, state};\n";
    let sample = Source::sample("web/src/view/inspector/links.rs", text);
    let complaints: Vec<String> =
        LAYERS.iter().flat_map(|layer| layer.complaints(&sample)).collect();
    assert_eq!(complaints.len(), 0, "web::view is two levels above, the crate three");

    let sample = Source::sample("web/src/view/plot.rs", text);
    let complaints: Vec<String> =
        LAYERS.iter().flat_map(|layer| layer.complaints(&sample)).collect();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
}
