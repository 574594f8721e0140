//! docs/command-line.md says what is true: its examples are run, and print what it shows.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use hdf5_async_tests::h5py::python;
use hdf5_async_tests::server::binary;
use hdf5_async_tests::{Setup, TestServer, h5py, within};
use tokio::process::Command;

/// The lines of the blocks that begin with three ticks and `language`.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n") + "\n");
        }
    }
    blocks
}

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/command-line.md");
    std::fs::read_to_string(path).unwrap()
}

/// A folder whose programs the shell finds first, under the names that the document uses.
fn programs(server: &TestServer) -> PathBuf {
    let folder = server.path("programs");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(std::fs::canonicalize(binary()).unwrap(), folder.join("hdf5-async"))
        .unwrap();
    // A link to an interpreter would lose its packages.
    let script = format!("#!/bin/sh\nexec {} \"$@\"\n", python().display());
    std::fs::write(folder.join("python3"), script).unwrap();
    let mut permissions = std::fs::metadata(folder.join("python3")).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    std::fs::set_permissions(folder.join("python3"), permissions).unwrap();
    folder
}

/// What a shell shows: standard output, standard error, and `[code]` where a command failed.
async fn shown(server: &TestServer, programs: &Path, command: &str) -> String {
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(programs)
        .env("PATH", path)
        .env("HDF5_ASYNC_SERVER", &server.url)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .output();
    let output = within(command, output).await.unwrap();
    let code = output.status.code().unwrap();
    let code = if code == 0 { String::new() } else { format!("[{code}]\n") };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    format!("{}{}{code}", text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn the_examples_print_what_the_document_shows() {
    let document = document();
    let setup = Setup::new();
    let make = &blocks(&document, "python")[0];
    h5py(&setup.path("run.h5"), &make.replace("\"run.h5\"", "path"));
    let server = setup.start().await;
    let programs = programs(&server);
    let mut examples = 0;
    for block in blocks(&document, "console") {
        let mut real = String::new();
        for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            real = format!("{real}$ {line}\n{}", shown(&server, &programs, line).await);
            examples += 1;
        }
        assert_eq!(real, block);
    }
    assert!(examples > 20, "{examples}");
}

#[tokio::test]
async fn every_command_is_in_the_document() {
    let operations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
    let document = document() + &std::fs::read_to_string(operations).unwrap();
    let help = Command::new(binary()).arg("--help").output().await.unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in commands.take_while(|line| !line.is_empty()) {
        let command = line.split_whitespace().next().unwrap();
        let told = document.contains(&format!("hdf5-async {command}"))
            || document.contains(&format!("`{command} "));
        let elsewhere = ["serve", "demo", "help"].contains(&command);
        assert!(told || elsewhere, "the documents have no {command}");
    }
}
