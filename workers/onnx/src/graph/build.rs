//! From a file to nodes. Nodes come in the order in which they can run, as the format demands, so one pass suffices:
//! each is looked up, and computed at once if all that it needs is known.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use onnx_rs::ast::{self, DataType, Dimension};

use super::order::Orders;
use super::{Graph, LoadOptions, Node, Slot, edge_kind, fuse, rows, run};
use crate::attributes::{Attribute, Attributes};
use crate::error::LoadError;
use crate::ops;
use crate::source::Source;
use crate::table::Table;
use crate::tensor::{Home, MAX_RANK, Tensor};
use crate::value::Port;
use crate::weights::{Weights, int_kind};

/// Steps of a graph; the largest towers have some 10,000.
const MAX_NODES: usize = 200_000;
/// Graphs inside one another (`If` in `If`).
const MAX_NESTED_GRAPHS: usize = 8;
/// The operator sets that were compared with onnxruntime.
const OPSETS: std::ops::RangeInclusive<i64> = 7..=25;
/// What is computed while loading stays in memory: beyond this, a node is left to the run.
const MAX_FOLDED_ELEMENTS: usize = 1 << 24;
/// Names of nodes that are kept for whoever tells exporters apart.
const FIRST_NODES: usize = 8;

pub(super) fn load(path: &Path, device: &Device, options: LoadOptions) -> Result<Graph, LoadError> {
    let source = Source::open(path)?;
    let model = onnx_rs::parse(source.bytes()).map_err(|error| LoadError::Damaged(error.to_string()))?;
    let graph = model.graph.as_ref().ok_or_else(|| LoadError::Damaged("it has no graph".to_owned()))?;
    let home = Home::new(device.clone());
    let mut builder = Builder::new(path, &source, &home, &model, &options);
    let (inputs, outputs) = builder.whole(graph)?;
    let Builder { mut nodes, mut constants, .. } = builder;
    let inputs = if options.open_dims { opened(inputs) } else { inputs };
    let kept = outputs.iter().map(|(_, slot)| *slot).collect::<Vec<_>>();
    if options.fuse {
        fuse::fuse(&mut nodes, &mut constants, &kept, &home);
    }
    let orders = Orders::new(&mut nodes, &mut constants, &inputs, &kept);
    Ok(Graph {
        home,
        input_ports: inputs.iter().map(|(port, _)| port.clone()).collect(),
        output_ports: outputs.iter().map(|(port, _)| port.clone()).collect(),
        inputs,
        outputs,
        metadata: model.metadata_props.iter().map(|entry| (entry.key.to_owned(), entry.value.to_owned())).collect(),
        node_names: graph.node.iter().take(FIRST_NODES).map(|node| node.name.to_owned()).collect(),
        nodes,
        constants,
        orders,
        plans: Default::default(),
        falsify: options.falsify,
    })
}

fn opened(inputs: Ports) -> Ports {
    let open = |(port, slot): (Port, Slot)| (Port { dims: vec![None; port.dims.len()], ..port }, slot);
    inputs.into_iter().map(open).collect()
}

/// Names of values that a graph can see, to their slots.
type Scope<'a> = HashMap<&'a str, Slot>;
/// A port and the slot of its value.
type Ports = Vec<(Port, Slot)>;

struct Builder<'a> {
    home: &'a Home,
    weights: Weights<'a>,
    /// Weights that stay in their file, by the slot that they would have.
    tables: HashMap<Slot, Arc<Table>>,
    opsets: HashMap<String, i64>,
    falsify: Option<&'a str>,
    nodes: Vec<Node>,
    constants: Vec<Option<Tensor>>,
}

impl<'a> Builder<'a> {
    fn new(
        path: &Path,
        source: &'a Source,
        home: &'a Home,
        model: &ast::Model<'_>,
        options: &'a LoadOptions,
    ) -> Builder<'a> {
        Builder {
            home,
            weights: Weights::new(path, source, home),
            tables: HashMap::new(),
            opsets: model.opset_import.iter().map(|set| (set.domain.to_owned(), set.version)).collect(),
            falsify: options.falsify.as_deref(),
            nodes: Vec::new(),
            constants: Vec::new(),
        }
    }

    fn whole<'f>(&mut self, graph: &'f ast::Graph<'f>) -> Result<(Ports, Ports), LoadError> {
        let mut scope = Scope::new();
        self.initialisers(graph, &mut scope, &rows::taken(graph))?;
        let mut inputs = Ports::new();
        for info in &graph.input {
            // Files of old list their weights among the inputs, as values that may be replaced.
            if scope.contains_key(info.name) {
                continue;
            }
            let slot = self.slot(None);
            scope.insert(info.name, slot);
            inputs.push((port(info, "input")?, slot));
        }
        self.body(graph, &mut scope, 0)?;
        let mut outputs = Ports::new();
        for info in &graph.output {
            let slot = scope.get(info.name).copied();
            let slot = slot.ok_or_else(|| LoadError::Graph(format!("nothing computes its output {:?}", info.name)))?;
            outputs.push((port(info, "output")?, slot));
        }
        if outputs.is_empty() {
            return Err(LoadError::Graph("it has no outputs".to_owned()));
        }
        Ok((inputs, outputs))
    }

    /// Weights; those in `tables` stay in their file if they can.
    fn initialisers<'f>(
        &mut self,
        graph: &'f ast::Graph<'f>,
        scope: &mut Scope<'f>,
        tables: &HashSet<&str>,
    ) -> Result<(), LoadError> {
        if !graph.sparse_initializer.is_empty() {
            return Err(LoadError::Graph("it has sparse weights".to_owned()));
        }
        for proto in &graph.initializer {
            let table = if tables.contains(proto.name()) { self.weights.table(proto)? } else { None };
            let slot = match table {
                Some(table) => {
                    let slot = self.slot(None);
                    self.tables.insert(slot, Arc::new(table));
                    slot
                }
                None => {
                    let tensor = self.weights.read(proto)?;
                    self.slot(Some(tensor))
                }
            };
            scope.insert(proto.name(), slot);
        }
        Ok(())
    }

    fn body<'f>(&mut self, graph: &'f ast::Graph<'f>, scope: &mut Scope<'f>, depth: usize) -> Result<(), LoadError> {
        if depth > MAX_NESTED_GRAPHS {
            return Err(LoadError::TooLarge(format!("graphs more than {MAX_NESTED_GRAPHS} deep")));
        }
        for node in &graph.node {
            if self.nodes.len() >= MAX_NODES {
                return Err(LoadError::TooLarge(format!("more than {MAX_NODES} nodes")));
            }
            if node.op_type.as_str() == "If" && ops::own_domain(node.domain) {
                self.branch(node, scope, depth)?;
            } else {
                self.node(node, scope)?;
            }
        }
        Ok(())
    }

    fn node<'f>(&mut self, node: &'f ast::Node<'f>, scope: &mut Scope<'f>) -> Result<(), LoadError> {
        let opset = self.opset(node);
        let operator = ops::find(node.domain, node.op_type.as_str())
            .filter(|_| !ops::own_domain(node.domain) || OPSETS.contains(&opset))
            .ok_or_else(|| refusal(node, opset))?;
        let refuse =
            |reason: String| LoadError::Node { node: node.name.to_owned(), operator: operator.name.to_owned(), reason };
        let attributes = self.attributes(node)?;
        let mut inputs = Vec::with_capacity(node.input.len());
        for name in &node.input {
            // An empty name is an input left out.
            let slot = if name.is_empty() {
                None
            } else {
                Some(*scope.get(name).ok_or_else(|| refuse(format!("nothing before it computes its input {name:?}")))?)
            };
            inputs.push(slot);
        }
        let mut outputs = Vec::with_capacity(node.output.len());
        for name in &node.output {
            if name.is_empty() {
                outputs.push(None);
                continue;
            }
            let slot = self.slot(None);
            if scope.insert(name, slot).is_some() {
                return Err(refuse(format!("its output {name:?} is computed twice")));
            }
            outputs.push(Some(slot));
        }
        let built = Node { name: node.name.to_owned(), operator, attributes, inputs, outputs, opset };
        let built = self.fetching(built);
        if !self.folded(&built).map_err(|error| refuse(error.0))? {
            self.nodes.push(built);
        }
        Ok(())
    }

    /// What takes rows of a table fetches them from its file.
    fn fetching(&self, node: Node) -> Node {
        let table = node.inputs.first().copied().flatten().and_then(|slot| self.tables.get(&slot));
        match (table, ops::joined("joined.Rows")) {
            (Some(table), Some(operator)) => {
                let attributes = Attributes::default().with("table", Attribute::Table(table.clone()));
                Node { operator, attributes, inputs: node.inputs[1..].to_vec(), ..node }
            }
            _ => node,
        }
    }

    /// Computes a node of which all inputs are known.
    fn folded(&mut self, node: &Node) -> crate::error::OpResult<bool> {
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for slot in &node.inputs {
            match slot.map(|slot| self.constants[slot].clone()) {
                None => inputs.push(None),
                Some(Some(tensor)) => inputs.push(Some(tensor)),
                Some(None) => return Ok(false),
            }
        }
        let given = inputs.iter().flatten().map(Tensor::count).sum::<usize>();
        let results = run::compute(node, inputs, self.home, self.falsify)?;
        if results.iter().map(Tensor::count).sum::<usize>() > MAX_FOLDED_ELEMENTS.max(given) {
            return Ok(false);
        }
        for (slot, result) in node.outputs.iter().zip(results) {
            if let Some(slot) = slot {
                self.constants[*slot] = Some(result);
            }
        }
        Ok(true)
    }

    /// Takes the branch of an `If` whose condition is known, as if its nodes stood here.
    fn branch<'f>(&mut self, node: &'f ast::Node<'f>, scope: &mut Scope<'f>, depth: usize) -> Result<(), LoadError> {
        let refuse = |reason: &str| LoadError::Node {
            node: node.name.to_owned(),
            operator: "If".to_owned(),
            reason: reason.to_owned(),
        };
        let condition =
            node.input.first().and_then(|name| scope.get(name)).and_then(|slot| self.constants[*slot].clone());
        let taken = match condition {
            Some(Tensor::Ints(ints)) if ints.data().len() == 1 => ints.data()[0] != 0,
            _ => return Err(refuse("its condition is not known before the graph runs")),
        };
        let wanted = if taken { "then_branch" } else { "else_branch" };
        let graph = node
            .attribute
            .iter()
            .find(|attribute| attribute.name == wanted)
            .and_then(|attribute| attribute.g.as_deref());
        let graph = graph.ok_or_else(|| refuse("it has no branch for its condition"))?;
        let mut inner = scope.clone();
        self.initialisers(graph, &mut inner, &HashSet::new())?;
        // Names within a branch may repeat those of the other, but not those around it; what it gives gets new names.
        self.body(graph, &mut inner, depth + 1)?;
        for (name, info) in node.output.iter().zip(&graph.output) {
            let slot = inner.get(info.name).copied().ok_or_else(|| refuse("its branch lacks an output"))?;
            scope.insert(name, slot);
        }
        Ok(())
    }

    fn attributes(&mut self, node: &ast::Node<'_>) -> Result<Attributes, LoadError> {
        use onnx_rs::ast::AttributeType;
        let mut attributes = Attributes::default();
        for given in &node.attribute {
            let value = match given.r#type {
                AttributeType::Int => Attribute::Int(given.i),
                AttributeType::Float => Attribute::Float(given.f),
                AttributeType::String => Attribute::Text(String::from_utf8_lossy(given.s).into_owned()),
                AttributeType::Ints => Attribute::Ints(given.ints.clone()),
                AttributeType::Floats => Attribute::Floats(given.floats.clone()),
                AttributeType::Tensor => match &given.t {
                    Some(proto) => Attribute::Tensor(self.weights.read(proto)?),
                    None => continue,
                },
                // Kinds that no operator of the table reads; one that needs them misses them when it runs.
                _ => continue,
            };
            attributes.push(given.name, value);
        }
        Ok(attributes)
    }

    fn opset(&self, node: &ast::Node<'_>) -> i64 {
        let named = |domain: &str| self.opsets.get(domain).copied();
        if ops::own_domain(node.domain) {
            named("").or_else(|| named("ai.onnx")).unwrap_or(1)
        } else {
            named(node.domain).unwrap_or(1)
        }
    }

    fn slot(&mut self, value: Option<Tensor>) -> Slot {
        self.constants.push(value);
        self.constants.len() - 1
    }
}

fn refusal(node: &ast::Node<'_>, opset: i64) -> LoadError {
    let name = node.op_type.as_str();
    let operator = if ops::own_domain(node.domain) { name.to_owned() } else { format!("{}.{name}", node.domain) };
    LoadError::Operator { operator, node: node.name.to_owned(), opset }
}

fn port(info: &ast::ValueInfo<'_>, role: &str) -> Result<Port, LoadError> {
    let refuse = |reason: String| LoadError::Graph(format!("its {role} {:?} {reason}", info.name));
    let kind = info.tensor_elem_type().ok_or_else(|| refuse("is no tensor".to_owned()))?;
    let kind = match kind {
        DataType::Float | DataType::Float16 | DataType::Bfloat16 | DataType::Double => None,
        other => Some(int_kind(other).ok_or_else(|| refuse(format!("has elements of the kind {other:?}")))?),
    };
    let dims =
        info.tensor_shape().map(|shape| shape.dim.iter().map(|dim| &dim.value).collect::<Vec<_>>()).unwrap_or_default();
    if dims.len() > MAX_RANK {
        return Err(refuse(format!("has more than {MAX_RANK} dimensions")));
    }
    let fixed = |dim: &&Dimension<'_>| match dim {
        // Zero and below stand for "open" in files of some exporters.
        Dimension::Value(value) => usize::try_from(*value).ok().filter(|value| *value > 0),
        Dimension::Param(_) => None,
    };
    Ok(Port { name: info.name.to_owned(), kind: edge_kind(kind), dims: dims.iter().map(fixed).collect() })
}
