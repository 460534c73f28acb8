//! The program in which models run.

fn main() {}
