//! The server's processes as the kernel sees them: who they are, how much memory they hold, and their end.

use std::fs;
use std::process::Command;

/// A process of a server, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Process(pub u32);

impl Process {
    /// Its children at this moment.
    pub fn children(self) -> Vec<Self> {
        let pid = self.0;
        let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
        let mut children = Vec::new();
        for task in tasks.flatten() {
            // A thread that ended meanwhile has no children.
            let list = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            children.extend(list.split_whitespace().map(|child| Self(child.parse().unwrap())));
        }
        children
    }

    pub fn arguments(self) -> Vec<String> {
        let line = fs::read(format!("/proc/{}/cmdline", self.0)).unwrap_or_default();
        let arguments = line.split(|&byte| byte == 0).filter(|argument| !argument.is_empty());
        arguments.map(|argument| String::from_utf8_lossy(argument).into_owned()).collect()
    }

    /// Bytes of memory in RAM now.
    pub fn resident_bytes(self) -> u64 {
        self.status_bytes("VmRSS:").expect("the process is there")
    }

    /// The most it ever had.
    pub fn peak_resident_bytes(self) -> u64 {
        self.status_bytes("VmHWM:").expect("the process is there")
    }

    /// Whether there is more left of it than perhaps its exit code.
    pub fn is_there(self) -> bool {
        self.status_bytes("VmRSS:").is_some()
    }

    fn status_bytes(self, field: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        let kibibytes = line.trim().strip_suffix(" kB")?;
        Some(kibibytes.trim().parse::<u64>().unwrap() * 1024)
    }

    /// Waits until it is no longer there.
    pub async fn ended(self) {
        // The kernel tells only a process's parent of its end.
        while self.is_there() {
            tokio::task::yield_now().await;
        }
    }

    /// Sends a signal by its name, such as `KILL`.
    pub fn signal(self, name: &str) {
        assert!(self.try_signal(name), "{self:?} is not there for {name}");
    }

    /// As [`Self::signal`]; `false` if it has ended already.
    pub fn try_signal(self, name: &str) -> bool {
        let command = format!("kill -{name} {} 2>/dev/null", self.0);
        Command::new("sh").args(["-c", &command]).status().unwrap().success()
    }
}
