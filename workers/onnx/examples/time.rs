//! How long a graph takes: `time MODEL DEVICE BATCH RUNS [half] [profile]`. `tests/bench/inference/run` compares it.
//!
//! Open dimensions are the batch. Prints milliseconds of each run after the first two, or what each operator took. With
//! `half` the graph runs in half precision, whatever it answers then, or not at all.

use std::path::Path;
use std::time::Instant;

use albumen_onnx::{Choice, ElementKind, Graph, Port, Value, device, memory};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    memory::suit_allocator();
    let words = std::env::args().skip(1).collect::<Vec<_>>();
    let [model, choice, batch, runs, rest @ ..] = &words[..] else {
        return Err("time MODEL DEVICE BATCH RUNS [half] [profile]".into());
    };
    let (batch, runs) = (batch.parse::<usize>()?, runs.parse::<usize>()?);
    let chosen = device(choice.parse::<Choice>()?);
    eprintln!("on {}", chosen.description);
    let started = Instant::now();
    let graph = Graph::load(Path::new(model), &chosen.device)?;
    let asked = |wanted: &str| rest.iter().any(|word| word == wanted);
    let graph = if asked("half") { graph.halved()? } else { graph };
    eprintln!("loaded in {:?}: {:?}", started.elapsed(), graph.census());
    let inputs = || graph.inputs().iter().map(|port| (port.name.as_str(), input(port, batch))).collect::<Vec<_>>();
    for _ in 0..2 {
        graph.run(inputs())?;
    }
    if asked("profile") {
        let mut times = Vec::new();
        for _ in 0..runs {
            graph.profile(inputs(), &mut times)?;
        }
        times.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
        for (operator, took) in times {
            println!("{:9.3} ms  {operator}", took.as_secs_f64() * 1e3 / runs as f64);
        }
        return Ok(());
    }
    for _ in 0..runs {
        let given = inputs();
        let started = Instant::now();
        graph.run(given)?;
        println!("{:.3}", started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}

/// Numbers without meaning, but not all the same.
fn input(port: &Port, batch: usize) -> Value {
    let dims = port.dims.iter().map(|dim| dim.unwrap_or(batch)).collect::<Vec<_>>();
    let count = dims.iter().product::<usize>();
    let wave = |place: usize| ((place * 7919) % 1013) as f32 / 506.5 - 1.0;
    match port.kind {
        ElementKind::F32 => Value::F32 { dims, data: (0..count).map(wave).collect() },
        ElementKind::I64 => Value::I64 { dims, data: (0..count).map(|place| (place % 97) as i64).collect() },
        ElementKind::I32 => Value::I32 { dims, data: (0..count).map(|place| (place % 97) as i32).collect() },
        ElementKind::U8 => Value::U8 { dims, data: (0..count).map(|place| (place % 251) as u8).collect() },
        ElementKind::Bool => Value::Bool { dims, data: vec![true; count] },
    }
}
