//! Which weights only rows are taken of.

use std::collections::HashSet;

use onnx_rs::ast;

use crate::ops;

/// Smaller matrices are read: they take little, and to look into the file takes some microseconds for each row.
const MIN_ELEMENTS: i64 = 1 << 20;
/// Narrower ones are read as well: a row is fetched by a call of the system, which costs more than a few numbers are
/// worth, and such a list is asked for many rows at once. The words of no text tower have fewer numbers.
const MIN_COLUMNS: i64 = 64;

/// The names of matrices of which the graph takes rows, and nothing else.
pub(super) fn taken<'f>(graph: &'f ast::Graph<'f>) -> HashSet<&'f str> {
    let is_large = |proto: &&ast::TensorProto<'_>| match *proto.dims() {
        [rows, columns] => {
            columns >= MIN_COLUMNS && rows.checked_mul(columns).is_some_and(|count| count >= MIN_ELEMENTS)
        }
        _ => false,
    };
    let mut names = graph.initializer.iter().filter(is_large).map(ast::TensorProto::name).collect::<HashSet<_>>();
    if !names.is_empty() {
        strike_out(&mut names, graph);
    }
    names
}

/// Leaves out those of which something else is asked, there or in a branch.
fn strike_out(names: &mut HashSet<&str>, graph: &ast::Graph<'_>) {
    for output in &graph.output {
        names.remove(output.name);
    }
    for node in &graph.node {
        for name in node.input.iter().skip(usize::from(takes_rows(node))) {
            names.remove(*name);
        }
        for attribute in &node.attribute {
            for inner in attribute.g.iter().map(|inner| &**inner).chain(&attribute.graphs) {
                strike_out(names, inner);
            }
        }
    }
}

/// Whether it takes rows of its first input.
fn takes_rows(node: &ast::Node<'_>) -> bool {
    let along_rows = |attribute: &ast::Attribute<'_>| attribute.name != "axis" || attribute.i == 0;
    ops::own_domain(node.domain) && node.op_type.as_str() == "Gather" && node.attribute.iter().all(along_rows)
}
