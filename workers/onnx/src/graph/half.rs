//! Half precision: the same graph with floats of 16 bits, where that answers the same.
//!
//! A graph is always built in single precision, so that what is computed while loading (a batch norm within a
//! convolution) is rounded once. Its constants are then rounded on the device. The operators are the same code: burn's
//! tensors carry their width as a value, so nothing is compiled twice.

use super::Graph;
use crate::tensor::{Tensor, elements, int_elements};
use crate::value::{ElementKind, Port, Value};

/// How alike answers in half precision must be to those in single precision: the cosine between them. Pictures that
/// people take for the same are less alike, and different models of one kind far less.
const LEAST_COSINE: f64 = 0.999;
/// Extent of an open dimension in a probe, the batch apart: strides of detectors divide it, and no tower of text has a
/// shorter context.
const PROBE_EXTENT: usize = 64;
/// Elements that all inputs of a probe may have: 128 MiB of floats. Dimensions are what the file says, and the largest
/// picture that a graph of ours fixes (1,024 pixels, three colours) has a tenth of that.
const MAX_PROBE_ELEMENTS: usize = 1 << 25;

/// How wide the floats of a graph came to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Width {
    /// 16 bits.
    Half {
        /// How alike its answers are to those of 32 bits.
        cosine: f64,
    },
    /// 32 bits.
    Single {
        /// Why not 16.
        reason: String,
    },
}

impl Graph {
    /// This graph in half precision if its device computes so and a probe is answered the same; otherwise itself. Half
    /// the memory on the device, and less to move.
    pub fn halved_where_same(self) -> (Graph, Width) {
        let guarded = std::panic::AssertUnwindSafe(|| self.compared());
        let compared = std::panic::catch_unwind(guarded)
            .unwrap_or_else(|panic| Err(format!("trying it panicked: {}", super::run::words(&*panic))));
        match compared {
            Ok((half, cosine)) => {
                drop(self);
                // The wide weights are gone; the device's allocator is told, or it keeps their room.
                half.home.memory_cleanup();
                (half, Width::Half { cosine })
            }
            Err(reason) => (self, Width::Single { reason }),
        }
    }

    fn compared(&self) -> Result<(Graph, f64), String> {
        let half = self.halved()?;
        let answers =
            |graph: &Graph| probe(graph.inputs()).and_then(|given| graph.run(given).map_err(|error| error.to_string()));
        let cosine = likeness(&answers(self)?, &answers(&half)?)?;
        if cosine < LEAST_COSINE {
            return Err(format!("its answers are too different (cosine {cosine:.5})"));
        }
        Ok((half, cosine))
    }

    /// This graph in half precision, whatever it answers then; for measurements and tests.
    #[doc(hidden)]
    pub fn halved(&self) -> Result<Graph, String> {
        let home = self.home.halved().ok_or("the device does not compute in it")?;
        let moved = |tensor: &Tensor| match tensor {
            Tensor::Floats(floats) => Tensor::Floats(floats.moved(&home)),
            Tensor::Ints(ints) => Tensor::Ints(ints.clone()),
        };
        let constants = self.constants.iter().map(|constant| constant.as_ref().map(moved)).collect();
        Ok(Graph {
            home,
            inputs: self.inputs.clone(),
            outputs: self.outputs.clone(),
            input_ports: self.input_ports.clone(),
            output_ports: self.output_ports.clone(),
            metadata: self.metadata.clone(),
            node_names: self.node_names.clone(),
            nodes: self.nodes.clone(),
            constants,
            orders: self.orders.clone(),
            plans: Default::default(),
            falsify: self.falsify.clone(),
        })
    }
}

/// Inputs without meaning, the same each time. All are counted before any is made: whoever wrote the file says how large
/// they are, and memory that is not there ends the process.
fn probe(ports: &[Port]) -> Result<Vec<(&str, Value)>, String> {
    let mut all = 0usize;
    for port in ports {
        all = all.saturating_add(extents(port)?.1);
    }
    if all > MAX_PROBE_ELEMENTS {
        return Err(format!("a probe has {all} elements, more than {MAX_PROBE_ELEMENTS}"));
    }
    ports.iter().map(|port| Ok((port.name.as_str(), probe_of(port)?))).collect()
}

/// The dimensions of a probe and how many elements they make, if a run may have so many.
fn extents(port: &Port) -> Result<(Vec<usize>, usize), String> {
    let extent = |(axis, dim): (usize, &Option<usize>)| dim.unwrap_or(if axis == 0 { 1 } else { PROBE_EXTENT });
    let dims = port.dims.iter().enumerate().map(extent).collect::<Vec<_>>();
    let count = if port.kind == ElementKind::F32 { elements(&dims) } else { int_elements(&dims) };
    let count = count.map_err(|error| format!("a probe of {}: {}", port.name, error.0))?;
    Ok((dims, count))
}

fn probe_of(port: &Port) -> Result<Value, String> {
    let (dims, count) = extents(port)?;
    let wave = |place: usize| ((place * 7919) % 1013) as f32 / 506.5 - 1.0;
    // A mask shows everything; of kinds of tokens there may be one alone.
    let token = |place: usize| match port.name.as_str() {
        name if name.contains("mask") => 1,
        name if name.contains("type") => 0,
        _ => 1 + place % 97,
    };
    Ok(match port.kind {
        ElementKind::F32 => Value::F32 { dims, data: (0..count).map(wave).collect() },
        ElementKind::I64 => Value::I64 { dims, data: (0..count).map(|place| token(place) as i64).collect() },
        ElementKind::I32 => Value::I32 { dims, data: (0..count).map(|place| token(place) as i32).collect() },
        ElementKind::U8 => Value::U8 { dims, data: (0..count).map(|place| (place * 7919 % 251) as u8).collect() },
        ElementKind::Bool => Value::Bool { dims, data: vec![true; count] },
    })
}

/// The least cosine of all answers.
fn likeness(wide: &[(String, Value)], narrow: &[(String, Value)]) -> Result<f64, String> {
    let mut least = 1.0f64;
    for ((name, wide), (_, narrow)) in wide.iter().zip(narrow) {
        least = least.min(cosine(wide, narrow).map_err(|reason| format!("{name}: {reason}"))?);
    }
    Ok(least)
}

fn cosine(wide: &Value, narrow: &Value) -> Result<f64, String> {
    if wide.dims() != narrow.dims() {
        return Err(format!("{:?} in place of {:?}", narrow.dims(), wide.dims()));
    }
    let (Some(wide_floats), Some(narrow_floats)) = (wide.floats(), narrow.floats()) else {
        return if wide == narrow { Ok(1.0) } else { Err("other integers".to_owned()) };
    };
    if wide_floats.iter().chain(narrow_floats).any(|value| !value.is_finite()) {
        return Err("what is no number".to_owned());
    }
    let dot = |left: &[f32], right: &[f32]| -> f64 {
        left.iter().zip(right).map(|(left, right)| f64::from(*left) * f64::from(*right)).sum()
    };
    let norms = (dot(wide_floats, wide_floats) * dot(narrow_floats, narrow_floats)).sqrt();
    // Nothing but zeros is like nothing but zeros.
    let both_empty = wide_floats.iter().chain(narrow_floats).all(|value| *value == 0.0);
    Ok(if both_empty {
        1.0
    } else if norms > 0.0 {
        dot(wide_floats, narrow_floats) / norms
    } else {
        0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(data: &[f32]) -> Value {
        Value::F32 { dims: vec![data.len()], data: data.to_vec() }
    }

    #[test]
    fn answers_are_as_alike_as_their_worst() {
        let named = |values: [&[f32]; 2]| values.map(|data| ("y".to_owned(), floats(data)));
        let wide = named([&[1.0, 0.0], &[1.0, 1.0]]);
        assert_eq!(likeness(&wide, &wide), Ok(1.0));
        let alike = likeness(&wide, &named([&[2.0, 0.0], &[1.0, 0.0]])).expect("a cosine");
        assert!((alike - 0.5f64.sqrt()).abs() < 1e-9, "{alike}");
    }

    #[test]
    fn zeros_are_like_zeros_alone() {
        assert_eq!(cosine(&floats(&[0.0, 0.0]), &floats(&[0.0, 0.0])), Ok(1.0));
        assert_eq!(cosine(&floats(&[0.0, 1.0]), &floats(&[0.0, 0.0])), Ok(0.0));
    }

    #[test]
    fn what_overflows_or_differs_in_shape_is_not_the_same() {
        assert!(cosine(&floats(&[1.0]), &floats(&[f32::INFINITY])).is_err());
        assert!(cosine(&floats(&[f32::NAN]), &floats(&[1.0])).is_err());
        assert!(cosine(&floats(&[1.0]), &floats(&[1.0, 1.0])).is_err());
        let whole = |number| Value::I64 { dims: vec![1], data: vec![number] };
        assert!(cosine(&whole(1), &whole(2)).is_err());
    }

    fn port(name: &str, kind: ElementKind, dims: &[usize]) -> Port {
        let dims = dims.iter().map(|extent| (*extent > 0).then_some(*extent)).collect();
        Port { name: name.to_owned(), kind, dims }
    }

    #[test]
    fn a_probe_fits_its_ports() {
        let image = probe_of(&port("image", ElementKind::F32, &[0, 3, 0, 8])).expect("a picture");
        assert_eq!(image.dims(), [1, 3, PROBE_EXTENT, 8]);
        let mask = probe_of(&port("attention_mask", ElementKind::I64, &[0, 3]));
        assert_eq!(mask, Ok(Value::I64 { dims: vec![1, 3], data: vec![1; 3] }));
        let kinds = probe_of(&port("token_type_ids", ElementKind::I32, &[1, 2]));
        assert_eq!(kinds, Ok(Value::I32 { dims: vec![1, 2], data: vec![0; 2] }));
    }

    #[test]
    fn a_probe_is_as_large_as_a_run_may_be_and_no_larger() {
        let kinds = [ElementKind::F32, ElementKind::I64, ElementKind::I32, ElementKind::U8, ElementKind::Bool];
        for kind in kinds {
            for dims in [&[1, 1 << 36][..], &[usize::MAX, usize::MAX], &[1, 0, 0, 0, 0, 0, 0, 0]] {
                assert!(probe(&[port("x", kind, dims)]).is_err(), "{kind:?} of {dims:?}");
            }
        }
        // Each would do for itself.
        let half = || port("x", ElementKind::F32, &[1, MAX_PROBE_ELEMENTS / 2 + 1]);
        assert!(extents(&half()).is_ok());
        assert!(probe(&[half(), half()]).is_err());
    }
}
