//! What the kernel says of a process.

use std::fs;
use std::io;
use std::time::Duration;

/// Clock ticks a second, as `/proc` counts them: 100 on every Linux that is in use (`USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;

/// Processor time that a process has taken, in user space and in the kernel.
pub(crate) fn cpu_time(pid: u32) -> io::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    parse_cpu_time(&stat).ok_or_else(|| io::Error::other("/proc/PID/stat is not understood"))
}

/// Resident memory in KiB.
pub(crate) fn resident_kib(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    parse_resident(&status).ok_or_else(|| io::Error::other("/proc/PID/status is not understood"))
}

fn parse_cpu_time(stat: &str) -> Option<Duration> {
    // The second field, the program's name in brackets, may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis(
        (user + system) * 1000 / TICKS_PER_SECOND,
    ))
}

fn parse_resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_files_are_read() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 1 0 1 1 1";
        assert_eq!(parse_cpu_time(stat), Some(Duration::from_secs(3)));
        assert_eq!(
            parse_resident("Name:\tx\nVmRSS:\t    1234 kB\n"),
            Some(1234)
        );
    }
}
