//! A node's attributes, owned.

use std::sync::Arc;

use crate::error::{OpError, OpResult};
use crate::table::Table;
use crate::tensor::Tensor;

/// The value of an attribute. Graphs are inlined while loading and never arrive here.
#[derive(Clone)]
pub(crate) enum Attribute {
    Int(i64),
    Float(f32),
    Text(String),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Tensor(Tensor),
    /// Of a step that a file cannot name.
    Table(Arc<Table>),
}

/// The attributes of a node, by name.
#[derive(Clone, Default)]
pub(crate) struct Attributes(Vec<(String, Attribute)>);

impl Attributes {
    pub(crate) fn push(&mut self, name: &str, value: Attribute) {
        self.0.push((name.to_owned(), value));
    }

    pub(crate) fn with(mut self, name: &str, value: Attribute) -> Attributes {
        self.push(name, value);
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn int(&self, name: &str, default: i64) -> OpResult<i64> {
        match self.get(name) {
            None => Ok(default),
            Some(Attribute::Int(value)) => Ok(*value),
            Some(_) => Err(wrong(name, "an integer")),
        }
    }

    pub(crate) fn flag(&self, name: &str, default: bool) -> OpResult<bool> {
        Ok(self.int(name, i64::from(default))? != 0)
    }

    pub(crate) fn float(&self, name: &str, default: f32) -> OpResult<f32> {
        match self.get(name) {
            None => Ok(default),
            Some(Attribute::Float(value)) => Ok(*value),
            Some(_) => Err(wrong(name, "a float")),
        }
    }

    pub(crate) fn text<'a>(&'a self, name: &str, default: &'a str) -> OpResult<&'a str> {
        match self.get(name) {
            None => Ok(default),
            Some(Attribute::Text(value)) => Ok(value),
            Some(_) => Err(wrong(name, "a text")),
        }
    }

    pub(crate) fn ints(&self, name: &str) -> OpResult<Option<&[i64]>> {
        match self.get(name) {
            None => Ok(None),
            Some(Attribute::Ints(values)) => Ok(Some(values)),
            Some(_) => Err(wrong(name, "a list of integers")),
        }
    }

    pub(crate) fn floats(&self, name: &str) -> OpResult<Option<&[f32]>> {
        match self.get(name) {
            None => Ok(None),
            Some(Attribute::Floats(values)) => Ok(Some(values)),
            Some(_) => Err(wrong(name, "a list of floats")),
        }
    }

    pub(crate) fn tensor(&self, name: &str) -> OpResult<Option<&Tensor>> {
        match self.get(name) {
            None => Ok(None),
            Some(Attribute::Tensor(value)) => Ok(Some(value)),
            Some(_) => Err(wrong(name, "a tensor")),
        }
    }

    pub(crate) fn table(&self, name: &str) -> OpResult<&Table> {
        match self.get(name) {
            Some(Attribute::Table(table)) => Ok(table),
            _ => Err(wrong(name, "a table")),
        }
    }
}

fn wrong(name: &str, kind: &str) -> OpError {
    OpError(format!("its attribute {name} is not {kind}"))
}
