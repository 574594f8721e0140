//! Reading more than fits: 2 GiB pass through a server that stays small.

use futures::StreamExt as _;
use hdf5_async_tests::h5py::python;
use hdf5_async_tests::processes::Process;
use hdf5_async_tests::{Setup, TestServer, within};

/// What all processes of the server may hold in memory, together.
const MEMORY: u64 = 256 << 20;
const ELEMENTS: u64 = 1 << 28;
/// Every so many elements one is not zero: its number.
const STEP: u64 = 1 << 22;

/// 2 GiB that take little of the disk: allocated but never written (contiguous), or 64 chunks of many.
async fn server() -> TestServer {
    let script = format!(
        "
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple(({ELEMENTS},))
        contiguous = h5py.Dataset(h5py.h5d.create(f.id, b'contiguous', h5py.h5t.IEEE_F64LE, space, plist))
        chunked = f.create_dataset('chunked', (1 << 14, 1 << 14), '<f8', chunks=(256, 1024), compression='gzip')
        for n in range(0, {ELEMENTS}, {STEP}):
            contiguous[n] = n
            chunked[n >> 14, n & ((1 << 14) - 1)] = n
        "
    );
    Setup::new().file("big.h5", &script).start().await
}

fn peak_memory(server: &TestServer) -> u64 {
    let workers = server.workers().into_iter().map(|(worker, _)| worker);
    workers.chain([server.process()]).map(Process::peak_resident_bytes).sum()
}

async fn sum_of(server: &TestServer, path: &str) -> (u64, f64) {
    let file = server.file("big.h5").await;
    let mut blocks = file.read_blocks(path, "").await.unwrap();
    assert_eq!(blocks.datatype().to_string(), "<f8");
    let (mut elements, mut sum) = (0, 0.0);
    while let Some(block) = within("a block", blocks.next()).await {
        let block = block.unwrap();
        elements += block.payload.len() as u64 / 8;
        sum += block
            .payload
            .chunks_exact(8)
            .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()))
            .sum::<f64>();
    }
    (elements, sum)
}

#[tokio::test]
async fn two_gibibytes_are_read_whole_from_a_small_server() {
    let server = server().await;
    let count = f64::from(u32::try_from(ELEMENTS / STEP).unwrap());
    let expected = count * (count - 1.0) / 2.0 * f64::from(u32::try_from(STEP).unwrap());
    for path in ["/contiguous", "/chunked"] {
        let started = std::time::Instant::now();
        let (elements, sum) = sum_of(&server, path).await;
        let seconds = started.elapsed().as_secs_f64();
        assert_eq!(elements, ELEMENTS);
        assert!((sum - expected).abs() < 0.5, "{path}: {sum} instead of {expected}");
        let peak = peak_memory(&server);
        let note =
            format!("{path}: 2 GiB in {seconds:.1} s; the server's peak is {} MiB\n", peak >> 20);
        std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()).unwrap();
        assert!(peak < MEMORY, "{} MiB", peak >> 20);
    }
}

#[tokio::test]
async fn a_python_client_reads_two_gibibytes() {
    let server = server().await;
    let package = concat!(env!("CARGO_MANIFEST_DIR"), "/../python/src");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/it/bulk_read.py");
    let mut command = tokio::process::Command::new(python());
    command
        .env("PYTHONPATH", package)
        .arg(script)
        .args([&server.url, "big.h5", "/contiguous"])
        .kill_on_drop(true);
    let output = within("the Python client's end", command.output()).await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let count = ELEMENTS / STEP;
    assert_eq!(text.trim(), format!("{ELEMENTS} {}", count * (count - 1) / 2 * STEP), "{errors}");
    let peak = peak_memory(&server);
    assert!(peak < MEMORY, "{} MiB", peak >> 20);
}
