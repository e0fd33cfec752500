//! What the process uses of its machine, under the names that Prometheus' own libraries give it.

use std::fmt;

use procfs::process::{LimitValue, Process};

use super::metrics::{Page, number};

/// What the process uses.
#[derive(Debug)]
pub(super) struct Usage {
    cpu_seconds: f64,
    resident_bytes: u64,
    virtual_bytes: u64,
    open_descriptors: u64,
    max_descriptors: Option<u64>,
    threads: u64,
}

impl Usage {
    /// Reads it; none where there is no `/proc`.
    pub(super) fn read() -> Option<Self> {
        let process = Process::myself().ok()?;
        let stat = process.stat().ok()?;
        let max_descriptors = match process.limits().ok()?.max_open_files.soft_limit {
            LimitValue::Value(limit) => Some(limit),
            LimitValue::Unlimited => None,
        };
        Some(Self {
            cpu_seconds: number(stat.utime + stat.stime) / number(procfs::ticks_per_second()),
            resident_bytes: stat.rss * procfs::page_size(),
            virtual_bytes: stat.vsize,
            open_descriptors: process.fd_count().ok()?.try_into().ok()?,
            max_descriptors,
            threads: stat.num_threads.try_into().ok()?,
        })
    }

    pub(super) fn encode(&self, page: &mut Page<'_>) -> fmt::Result {
        page.counter(
            "process_cpu_seconds",
            "User and system time",
            self.cpu_seconds,
        )?;
        page.gauge(
            "process_resident_memory_bytes",
            "Memory that is in RAM",
            number(self.resident_bytes),
        )?;
        page.gauge(
            "process_virtual_memory_bytes",
            "Memory that is mapped",
            number(self.virtual_bytes),
        )?;
        page.gauge(
            "process_open_fds",
            "Open file descriptors",
            number(self.open_descriptors),
        )?;
        if let Some(max) = self.max_descriptors {
            page.gauge(
                "process_max_fds",
                "File descriptors that may be open",
                number(max),
            )?;
        }
        page.gauge("process_threads", "Threads", number(self.threads))
    }
}
