//! Which modules of the Python package import what: few know that there is a network.

use super::assert_none;
use super::sources::{Source, with_extensions};

const PACKAGE: &str = "python/src/hdf5_async/";
const NETWORK: &[&str] = &["asyncio", "socket", "ssl", "threading", "websockets"];
/// The connection that comes and goes, one HTTP request, one session over a socket, the queue of a subscription, the
/// plain TCP port, and the thread on which all that runs for scripts that do not await.
const KNOW_THE_NETWORK: &[&str] = &[
    "_connection.py",
    "_http.py",
    "_session.py",
    "_subscription.py",
    "_tcp.py",
    "_sync/background.py",
    "_sync/clients.py",
];
/// Routes messages by their text alone.
const KNOWS_NO_ARRAYS: &str = "_protocol.py";

fn complaints(source: &Source) -> Vec<String> {
    let Some(module) = source.path.strip_prefix(PACKAGE) else { return Vec::new() };
    source
        .text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| Some((index + 1, imported(line)?)))
        .filter(|(_, name)| {
            let network = NETWORK.contains(name) && !KNOW_THE_NETWORK.contains(&module);
            network || (*name == "numpy" && module == KNOWS_NO_ARRAYS)
        })
        .map(|(number, name)| format!("{}:{number}: imports {name}", source.path))
        .collect()
}

/// The top-level package that a line imports, wherever the line stands.
fn imported(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    if first != "import" && first != "from" {
        return None;
    }
    words.next()?.split(['.', ',']).next()
}

#[test]
fn the_protocol_of_the_python_package_does_no_io() {
    let sources = with_extensions(&["py"]).expect("git lists the sources");
    assert!(sources.iter().any(|source| source.path == format!("{PACKAGE}{KNOWS_NO_ARRAYS}")));
    assert_none(&sources.iter().flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn the_rule_refuses_bad_imports() {
    for (module, line) in [
        ("_protocol.py", "import asyncio\n"),
        ("_protocol.py", "    from websockets.asyncio.client import connect\n"),
        ("_protocol.py", "import numpy as np\n"),
        ("_payload.py", "import socket, json\n"),
    ] {
        assert_eq!(
            complaints(&Source::sample(&format!("{PACKAGE}{module}"), line)).len(),
            1,
            "{module}: {line}"
        );
    }
    assert_none(&complaints(&Source::sample(
        &format!("{PACKAGE}_payload.py"),
        "import numpy as np\n",
    )));
    assert_none(&complaints(&Source::sample(&format!("{PACKAGE}_session.py"), "import asyncio\n")));
}
