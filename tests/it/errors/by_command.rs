//! What each command refuses: one table, from which both the test and the table in docs/protocol.md are made.

mod cases;

use std::collections::BTreeMap;

use hdf5_async_client::protocol::message::Command;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer};
use serde_json::Value;

pub(crate) use cases::cases;

/// A request that is refused, and with what.
pub(crate) struct Case {
    pub(crate) command: &'static str,
    /// What is wrong, for the reader of the table.
    pub(crate) wrong: &'static str,
    /// The fields besides `command`.
    pub(crate) fields: Value,
    pub(crate) code: &'static str,
    pub(crate) server: Served,
}

/// What the server serves that refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    OneFile,
    ForReading,
}

const CONTENT: &str = "
f['d'] = np.arange(12, dtype='<i4').reshape(3, 4)
f['s'] = 'text'
f['g/inner'] = 1
f['t'] = np.dtype('<f4')
f['soft'] = h5py.SoftLink('/gone')
f['d'].attrs['units'] = 'mm'
f['d'].attrs['other'] = 1
f.create_dataset('grow', data=[1., 2.], maxshape=(None,), chunks=(8,))
f.create_dataset('huge', (1 << 40,), '<f8', chunks=(1024,))
f.create_dataset('records', data=np.array([(1, 2.5)], dtype=[('a', '<i4'), ('b', '<f8')]))
";

/// The table of docs/protocol.md: a row a command, its codes with what leads to them.
pub(crate) fn table() -> String {
    let mut rows = String::from("| command | is refused with |\n| --- | --- |\n");
    let cases = cases();
    for name in Command::NAMES {
        let mut codes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for case in cases.iter().filter(|case| case.command == *name) {
            codes.entry(case.code).or_default().push(case.wrong);
        }
        let codes = codes.iter().map(|(code, wrong)| format!("`{code}`: {}", wrong.join(", ")));
        rows = format!("{rows}| `{name}` | {} |\n", codes.collect::<Vec<_>>().join("; "));
    }
    rows
}

async fn server(served: Served) -> TestServer {
    let setup = Setup::new().file("a.h5", CONTENT);
    match served {
        Served::OneFile => setup.start().await,
        Served::ForReading => setup.argument("--read-only").start().await,
    }
}

#[tokio::test]
async fn every_command_refuses_what_the_table_says() {
    let mut wrong = Vec::new();
    for served in [Served::OneFile, Served::ForReading] {
        let server = server(served).await;
        let mut socket = RawSocket::connect(&server).await;
        for case in cases().into_iter().filter(|case| case.server == served) {
            let mut request = case.fields.clone();
            request["command"] = case.command.into();
            request["id"] = 1.into();
            let answer = socket.ask(&request).await;
            let message = answer["message"].as_str().unwrap_or_default();
            let tells = message.chars().count() > 10 && message.chars().count() < 1000;
            if answer["code"] != case.code || answer["id"] != 1 || !tells {
                wrong.push(format!("{request} is {}: {answer}", case.code));
            }
        }
        // Whatever was wrong, the session goes on and the file is as it was.
        let read = serde_json::json!({"command": "read", "path": "/d", "selection": "2, 3"});
        assert_eq!(socket.ok(read).await["data"], 11);
    }
    assert_eq!(wrong, Vec::<String>::new());
}
