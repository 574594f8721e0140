//! What a person sees in a terminal: colours, help, completions.

use std::path::Path;

use hdf5_async_tests::server::binary;
use hdf5_async_tests::{Program, Setup, TestServer, h5py_with};
use serde_json::json;

use super::server;

/// Runs the program in a terminal of Python's making and returns what that shows.
fn in_a_terminal(server: &TestServer, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let script = "
import os, pty, sys
for name in ['NO_COLOR', 'TERM']:
    os.environ.pop(name, None)
os.environ.update(given['environment'])
shown = bytearray()
pid, terminal = pty.fork()
if pid == 0:
    os.execv(given['arguments'][0], given['arguments'])
try:
    while True:
        shown += os.read(terminal, 65536)
except OSError:
    pass
os.waitpid(pid, 0)
result = shown.decode()
";
    let binary = binary();
    let mut command = vec![binary.to_str().unwrap()];
    command.extend(arguments);
    let mut variables = serde_json::Map::new();
    variables.insert("HDF5_ASYNC_SERVER".to_owned(), json!(server.url));
    for (name, value) in environment {
        variables.insert((*name).to_owned(), json!(value));
    }
    let given = json!({"arguments": command, "environment": variables});
    h5py_with(Path::new("unused"), &given, script).as_str().unwrap().replace("\r\n", "\n")
}

#[tokio::test]
async fn colours_are_for_terminals_that_want_them() {
    let server = server().await;
    let arguments = ["ls", "a.h5:/entry"];
    let plain = Program::of(&server, &arguments).prints().await;
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    let always = Program::of(&server, &["ls", "a.h5", "--color", "always"]).prints().await;
    assert!(always.contains("\u{1b}[1;34mentry/\u{1b}[0m"), "{always:?}");
    assert!(always.contains("\u{1b}[31mlost -> /gone\u{1b}[0m"), "{always:?}");
    let no_color =
        Program::of(&server, &["ls", "a.h5", "--color", "always"]).variable("NO_COLOR", "1");
    assert_eq!(no_color.prints().await, always, "the option wins");

    let shown = in_a_terminal(&server, &["ls", "a.h5"], &[]);
    assert_eq!(shown, always);
    for environment in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let shown = in_a_terminal(&server, &arguments, &[environment]);
        assert_eq!(shown, plain, "{environment:?}");
    }
    let shown = in_a_terminal(&server, &["ls", "a.h5", "--color", "never"], &[]);
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

#[tokio::test]
async fn a_terminal_is_not_flooded() {
    let server = Setup::new().file("a.h5", "f['long'] = np.arange(1500)").start().await;
    let shown = in_a_terminal(&server, &["read", "a.h5:/long", "--color", "never"], &[]);
    assert!(shown.ends_with("999  999\n500 more rows; --limit 0 shows all\n"), "{shown:.200}");
    let all = in_a_terminal(&server, &["read", "-n", "0", "a.h5:/long", "--color", "never"], &[]);
    assert!(all.ends_with("1499  1499\n"), "{all:.200}");
    let npy = in_a_terminal(&server, &["read", "-f", "npy", "a.h5:/long"], &[]);
    assert!(npy.contains("an npy file is nothing for a terminal"), "{npy}");
}

#[tokio::test]
async fn names_cannot_steer_the_terminal() {
    let script = "
f['x\\x1b[2Jy'] = 1
f['texts'] = ['\\x1b[2J', '\\x9b2J', '\\u202eabc', 'x\\x7f']
f['texts'].attrs['name\\x9b2J'] = '\\x1b[2J\\x9b2J'
f['table'] = np.array([(1, '\\x9b2J')], [('a\\x9b2J', '<i4'), ('s', h5py.string_dtype())])
";
    let server = Setup::new().file("a.h5", script).start().await;
    let attribute = "name\u{9b}2J";
    for arguments in [
        &["ls", "a.h5"][..],
        &["ls", "--json", "a.h5"],
        &["tree", "--attributes", "a.h5"],
        &["describe", "a.h5:/table"],
        &["read", "a.h5:/texts"],
        &["read", "a.h5:/table"],
        &["read", "--json", "a.h5:/table"],
        &["read", "-f", "csv", "a.h5:/texts"],
        &["read", "-f", "csv", "a.h5:/table"],
        &["attr", "list", "a.h5:/texts"],
        &["attr", "get", "a.h5:/texts", attribute],
        &["attr", "get", "--json", "a.h5:/texts", attribute],
        &["attr", "get", "a.h5:/texts", "\u{9b}"],
        &["find", "a.h5", "--attribute", "*"],
    ] {
        let shown = in_a_terminal(&server, arguments, &[("NO_COLOR", "1")]);
        let steers = ['\u{1b}', '\u{9b}', '\u{202e}', '\u{7f}'];
        assert!(!shown.contains(steers) && shown.len() > 2, "{arguments:?}: {shown:?}");
    }
    // A program gets what is there.
    let piped = Program::of(&server, &["read", "-f", "csv", "a.h5:/texts"]).prints().await;
    assert_eq!(piped, "\u{1b}[2J\n\u{9b}2J\n\u{202e}abc\nx\u{7f}\n");
    for arguments in [&["ls", "a.h5"][..], &["tree", "a.h5"], &["read", "a.h5:/x%1b[2Jz"]] {
        let ended = Program::of(&server, arguments).run().await;
        assert!(!ended.out.contains('\u{1b}') && !ended.errors.contains('\u{1b}'), "{ended:?}");
    }
}

#[tokio::test]
async fn help_explains_every_command() {
    let help = Program::new(&["--help"]).prints().await;
    assert!(help.contains("Exit codes: 0 done, 1 failed, 2 usage"), "{help}");
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() >= 13, "{commands:?}");
    for command in &commands {
        let help = Program::new(&[command, "--help"]).prints().await;
        assert!(help.contains("Usage: hdf5-async"), "{help}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Program::new(&["completions", shell]).prints().await;
        for command in &commands {
            assert!(script.contains(command), "{shell} knows no {command}");
        }
    }
}

#[tokio::test]
async fn bash_completes_commands_options_and_values() {
    let script = Program::new(&["completions", "bash"]).prints().await;
    for (words, expected) in [
        ("hdf5-async re", "read recover"),
        ("hdf5-async read --f", "--format"),
        ("hdf5-async read --format ", "table json csv npy"),
        ("hdf5-async attr ", "list get set rename delete help"),
        ("hdf5-async attr set --t", "--text --token"),
        ("hdf5-async serve --max-con", "--max-connections"),
    ] {
        let ask = format!(
            "{script}
IFS=' ' read -ra COMP_WORDS <<< '{words}'
case '{words}' in *' ') COMP_WORDS+=('') ;; esac
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
complete=$(complete -p hdf5-async)
[[ $complete =~ -F\\ ([^ ]+) ]]
${{BASH_REMATCH[1]}} hdf5-async \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"
echo \"${{COMPREPLY[*]}}\""
        );
        let output = std::process::Command::new("bash").args(["-c", &ask]).output().unwrap();
        let found = String::from_utf8(output.stdout).unwrap();
        let mut found: Vec<&str> = found.split_whitespace().collect();
        let mut expected: Vec<&str> = expected.split(' ').collect();
        if words.ends_with(' ') {
            // Options may stand there, too.
            found.retain(|word| expected.contains(word));
        }
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{words:?}");
    }
}
