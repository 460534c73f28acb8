//! The cores that a process uses.

use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};

/// Keeps this process, and all that it will start, to `wanted` of the cores that it may use now. Threads alone would
/// not do: decoders, exiftool and PostgreSQL are processes of their own. Which cores, differs from process to process,
/// so that several on one machine do not share the first ones.
pub fn keep_to(wanted: usize) {
    // What the machine or a container grants needs no second bound.
    if std::thread::available_parallelism().is_ok_and(|granted| wanted >= granted.get()) {
        return;
    }
    let process = Pid::from_raw(0);
    let Ok(allowed) = sched_getaffinity(process) else { return };
    let mut kept = CpuSet::new();
    for core in chosen(&cores_of(&allowed), wanted, std::process::id() as usize) {
        if kept.set(core).is_err() {
            return;
        }
    }
    if let Err(error) = sched_setaffinity(process, &kept) {
        tracing::warn!(%error, "the number of cores is not bounded");
    }
}

fn cores_of(set: &CpuSet) -> Vec<usize> {
    (0..CpuSet::count()).filter(|core| set.is_set(*core).unwrap_or(false)).collect()
}

/// So many of `cores`, from a place on that follows from `seed`.
fn chosen(cores: &[usize], wanted: usize, seed: usize) -> Vec<usize> {
    let groups = (cores.len() / wanted.max(1)).max(1);
    let first = seed % groups * wanted;
    cores.iter().cycle().skip(first).take(wanted.min(cores.len())).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_get_other_cores() {
        let cores = [0, 1, 2, 3, 8];
        assert_eq!(chosen(&cores, 2, 0), [0, 1]);
        assert_eq!(chosen(&cores, 2, 1), [2, 3]);
        assert_eq!(chosen(&cores, 2, 2), [0, 1]);
        assert_eq!(chosen(&cores, 9, 7), cores);
        assert_eq!(chosen(&cores, 1, 4), [8]);
    }

    #[test]
    fn what_is_started_is_bounded_too() {
        let kept = std::thread::spawn(|| {
            keep_to(1);
            std::thread::available_parallelism().map_or(0, usize::from)
        });
        assert_eq!(kept.join().ok(), Some(1));
    }
}
