//! Whose processor time and memory are counted.
//!
//! The processor time of a set of processes is the sum of `utime + stime + cutime + cstime` over
//! those that are alive. What a child used that has ended is in its parent's `cutime` and
//! `cstime` once the parent has waited for it, and until then the child is still listed: so
//! nothing is lost and nothing counted twice while every parent is in the set. The numbers come
//! in ticks, which over seconds of measuring is fine enough.

use std::{
    collections::{HashMap, HashSet},
    fs,
    time::{Duration, Instant},
};

use nix::unistd::User;

use crate::Fault;

/// `USER_HZ`, which is 100 on every Linux of today.
const MS_PER_TICK: f64 = 10.0;
/// Places in `/proc/PID/stat` behind the name, counted from 0.
const PARENT_FIELD: usize = 1;
const CPU_FIELDS: std::ops::RangeInclusive<usize> = 11..=14;

/// Which processes are meant.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Who {
    /// Count this process and all below it; give it once for the server, once for a PostgreSQL of its own
    #[arg(long = "pid", value_name = "PID")]
    roots: Vec<u32>,
    /// Count the processes of this user, where no --pid is given
    #[arg(long, default_value = albumen_api::installation::SERVICE_USER)]
    user: String,
}

/// A process as it was a moment ago.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) name: String,
    parent: u32,
    ticks: u64,
}

impl Who {
    /// Those who are meant, now.
    pub(crate) fn processes(&self) -> Result<Vec<Process>, Fault> {
        let found = if self.roots.is_empty() { self.of_user()? } else { self.below_roots()? };
        if found.is_empty() {
            return Err(format!("no process of the user {} is running; name the server's by --pid", self.user).into());
        }
        Ok(found)
    }

    /// The processor time that they have used in all.
    pub(crate) fn cpu_ms(&self) -> Result<f64, Fault> {
        let ticks: u64 = self.processes()?.iter().map(|process| process.ticks).sum();
        Ok(ticks as f64 * MS_PER_TICK)
    }

    fn of_user(&self) -> Result<Vec<Process>, Fault> {
        let user = User::from_name(&self.user)?;
        let user = user.ok_or_else(|| format!("there is no user {}; name the server's process by --pid", self.user))?;
        let own = std::process::id();
        let is_theirs =
            |process: &Process| process.pid != own && effective_user(process.pid) == Some(user.uid.as_raw());
        Ok(all()?.into_iter().filter(is_theirs).collect())
    }

    fn below_roots(&self) -> Result<Vec<Process>, Fault> {
        let all = all()?;
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for process in &all {
            children.entry(process.parent).or_default().push(process.pid);
        }
        let mut waiting = self.roots.clone();
        let mut family = HashSet::new();
        while let Some(pid) = waiting.pop() {
            if family.insert(pid) {
                waiting.extend(children.get(&pid).into_iter().flatten());
            }
        }
        Ok(all.into_iter().filter(|process| family.contains(&process.pid)).collect())
    }
}

/// Processor time over a stretch of time.
pub(crate) struct Cost {
    pub(crate) cpu_ms: f64,
    pub(crate) took: Duration,
}

impl Cost {
    /// How much of it in a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.cpu_ms / self.took.as_secs_f64()
    }
}

/// Processor time from now on.
pub(crate) struct Meter<'a> {
    who: &'a Who,
    before_ms: f64,
    started: Instant,
}

impl<'a> Meter<'a> {
    /// Begins.
    pub(crate) fn start(who: &'a Who) -> Result<Self, Fault> {
        Ok(Self { who, before_ms: who.cpu_ms()?, started: Instant::now() })
    }

    /// What was used since it began.
    pub(crate) fn stop(&self) -> Result<Cost, Fault> {
        let took = self.started.elapsed();
        Ok(Cost { cpu_ms: self.who.cpu_ms()? - self.before_ms, took })
    }
}

fn all() -> Result<Vec<Process>, Fault> {
    let entries = fs::read_dir("/proc")?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // One that ends meanwhile is simply not there.
    Ok(pids.filter_map(process).collect())
}

fn process(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold anything, parentheses too.
    let (before, after) = stat.rsplit_once(')')?;
    let name = before.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let parent = fields.get(PARENT_FIELD)?.parse().ok()?;
    let ticks = fields.get(CPU_FIELDS)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(Process { pid, name, parent, ticks })
}

fn effective_user(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    // Real, effective, saved, file system.
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?.parse().ok()
}
