//! Every request that docs/protocol shows is sent to a live server, which answers it with success.

use hdf5_async_client::protocol::frame;
use hdf5_async_client::protocol::model::Datatype;
use hdf5_async_tests::raw::{Heard, RawSocket};
use hdf5_async_tests::{Setup, TestServer, h5py};
use serde_json::{Value, json};

use super::{golden, text};

/// What most examples are about.
const CONTENT: &str = "
f['entry/data'] = np.zeros((120, 3), '<f4')
f['entry/data'].attrs.update({'calibration': np.arange(5.), 'unit': 'mm', 'offset': [1, 2]})
f['entry/signal'] = np.zeros((10, 1000))
f['entry/old'] = 1
f.create_dataset('entry/frames', (2, 512, 512), '<u2', maxshape=(None, 512, 512), chunks=(1, 512, 512))
hits = np.zeros(2000, [('energy', '<f8'), ('n', '<i4'), ('detector', 'S8')])
f['entry/hits'] = hits
f.create_dataset('prices', data=np.array([(1, 2.5)], [('time', '<i8'), ('price', '<f8')]), maxshape=(None,))
f.create_dataset('entry/table', (2, 3), '<f8', maxshape=(2, None), chunks=(2, 8))
";

/// What else is in the file for one example, and what is asked before it.
fn before(example: &str) -> (&'static str, Vec<Value>) {
    let subscribe = json!({"command": "subscribe", "path": "/"});
    match example {
        "request_read_full" => {
            ("del f['entry/data']; f['entry/data'] = np.zeros((20, 4, 8, 2, 3), 'u1')", vec![])
        }
        "request_update_full" => {
            ("del f['entry/data']; f['entry/data'] = np.zeros((4, 2))", vec![])
        }
        "request_create_dataset_full" => ("del f['entry/frames']", vec![]),
        "request_write_if_seq" | "request_query_minimal" => {
            ("f['entry/counts'] = [1, 2, 3]", vec![])
        }
        "request_unsubscribe" => ("", vec![subscribe; 3]),
        _ => ("", vec![]),
    }
}

/// The names of the golden requests that the documents show.
fn shown() -> Vec<String> {
    let documents = ["docs/protocol.md", "docs/protocol/commands.md"].map(text);
    let names = documents.iter().flat_map(|document| document.split("<!-- shared/wire/").skip(1));
    let names = names.map(|rest| rest.split(".json -->").next().unwrap().to_owned());
    names.filter(|name| name.starts_with("request_")).collect()
}

/// A server of the file that the request names, or of one file where it names none.
async fn server(original: &Setup, request: &Value, script: &str) -> TestServer {
    let setup = Setup::new().copy(&original.path("run_1.h5"));
    if !script.is_empty() {
        let script = format!("f = h5py.File(path, 'r+')\n{script}\nf.close()");
        h5py(&setup.path("run_1.h5"), &script);
    }
    if request.get("file").is_some() {
        std::fs::create_dir(setup.path("scans")).unwrap();
        for name in ["scans/run_1.h5", "run_2.h5"] {
            std::fs::copy(setup.path("run_1.h5"), setup.path(name)).unwrap();
        }
    }
    setup.argument("--allow-delete-files").start().await
}

/// Sends the request, as a binary frame where its values are to follow, and reads its whole answer.
async fn answer(socket: &mut RawSocket, request: &Value, carries_values: bool) -> Value {
    if let (true, Some(steps)) = (carries_values, request["commands"].as_array()) {
        let bytes: u64 = steps.iter().filter_map(|step| step["bytes"].as_u64()).sum();
        let values = vec![0; usize::try_from(bytes).unwrap()];
        socket.binary(frame::encode(&request.to_string(), &values)).await;
    } else if carries_values {
        let datatype: Datatype = serde_json::from_value(request["datatype"].clone()).unwrap();
        let shape = request["shape"].as_array().unwrap();
        let count: u64 = shape.iter().map(|dim| dim.as_u64().unwrap()).product();
        let values = vec![0; datatype.wire_size().unwrap() * usize::try_from(count).unwrap()];
        socket.binary(frame::encode(&request.to_string(), &values)).await;
    } else {
        socket.text(&request.to_string()).await;
    }
    loop {
        match socket.hear().await {
            Heard::Message(message) if message.get("event").is_none() => return message,
            Heard::Binary { header, .. } if header["last"] == true => return header,
            Heard::Message(_) | Heard::Binary { .. } => {}
            Heard::Closed(code) => panic!("closed with {code:?} after {request}"),
        }
    }
}

#[tokio::test]
async fn every_request_that_is_shown_is_answered() {
    let golden = golden();
    let original = Setup::new().file("run_1.h5", CONTENT);
    let mut failed = Vec::new();
    for name in shown() {
        let request = &golden[&name]["message"];
        let (script, requests) = before(&name);
        let server = server(&original, request, script).await;
        let mut socket = RawSocket::connect(&server).await;
        for mut earlier in requests {
            earlier["file"] = "run_1.h5".into();
            socket.ok(earlier).await;
        }
        let answer = answer(&mut socket, request, name.ends_with("binary_header")).await;
        if answer["status"] != "success" || answer.get("id") != request.get("id") {
            failed.push(format!("{name}: {answer}"));
        }
    }
    assert_eq!(failed, Vec::<String>::new());
}

#[test]
fn examples_are_the_golden_messages() {
    let golden = golden();
    for document in [
        "docs/protocol.md",
        "docs/protocol/commands.md",
        "docs/protocol/events.md",
        "docs/protocol/values.md",
    ] {
        for rest in text(document).split("<!-- shared/wire/").skip(1) {
            // The frames are shown in hexadecimal.
            let Some((name, rest)) = rest.split_once(".json -->\n```json\n") else { continue };
            let example: Value = serde_json::from_str(rest.split("\n```").next().unwrap()).unwrap();
            let golden = &golden[name];
            let message = golden.get("message").or_else(|| golden.get("datatype")).unwrap();
            assert_eq!(&example, message, "{document}, {name}");
        }
    }
}
