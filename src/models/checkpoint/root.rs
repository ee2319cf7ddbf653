//! Where in a pickled tree the weights are: training scripts save them bare, or in a dictionary beside
//! optimiser state and settings.

use super::FormatError;
use super::pickle::{Id, StoredTensor, Tree, Value};

/// Keys under which training scripts keep a network: fairseq and many others; Lightning; T2M-GPT's two;
/// PyTorch's tutorials; `DataParallel`.
const ROOTS: [&str; 6] = ["model", "state_dict", "net", "trans", "model_state_dict", "module"];
/// How deep the weights may lie, and how deep dictionaries are looked into.
const ROOT_DEPTH: usize = 3;
const DEPTH: usize = 64;
/// More tensors than the largest networks have, and longer names.
const TENSORS: usize = 1 << 17;
const NAME: usize = 1 << 12;

/// A tensor and its dotted path from the tree's top.
pub(super) struct Named<'t> {
    pub(super) name: String,
    pub(super) tensor: &'t StoredTensor,
}

/// All tensors that lie in dictionaries, named by their keys with dots between.
///
/// `length` is the pickle's: a tree that names more than many times that is one whose parts contain
/// each other.
pub(super) fn tensors<'t>(tree: &'t Tree<'_>, length: usize) -> Result<Vec<Named<'t>>, FormatError> {
    let budget = length.saturating_mul(16).saturating_add(1 << 16);
    let mut walk = Walk { tree, path: Vec::new(), found: Vec::new(), budget };
    walk.visit(tree.top)?;
    Ok(walk.found)
}

struct Walk<'t, 'a> {
    tree: &'t Tree<'a>,
    path: Vec<String>,
    found: Vec<Named<'t>>,
    budget: usize,
}

impl<'t> Walk<'t, '_> {
    fn visit(&mut self, id: Id) -> Result<(), FormatError> {
        let named: usize = self.path.iter().map(|key| key.len() + 1).sum();
        self.budget = self.budget.checked_sub(named + 8).ok_or(FormatError::Tangled)?;
        match self.tree.get(id) {
            Value::Tensor(_) if self.found.len() >= TENSORS || named > NAME => Err(FormatError::Tangled),
            Value::Tensor(tensor) => {
                self.found.push(Named { name: self.path.join("."), tensor });
                Ok(())
            }
            Value::Dict(items) if self.path.len() < DEPTH => {
                items.iter().try_for_each(|(key, value)| self.item(*key, *value))
            }
            Value::Dict(_) => Err(FormatError::Tangled),
            _ => Ok(()),
        }
    }

    fn item(&mut self, key: Id, value: Id) -> Result<(), FormatError> {
        let key = match self.tree.get(key) {
            Value::Text(text) if text.len() <= NAME => (*text).to_owned(),
            Value::Int(number) => number.to_string(),
            _ => return Ok(()),
        };
        self.path.push(key);
        let visited = self.visit(value);
        self.path.pop();
        visited
    }
}

/// The dotted path of the dictionary that holds the weights; empty for the top itself, and where there
/// is more than one candidate.
///
/// A single known key decides, whatever lies beside it; without one, tensors at the top mean that it is
/// bare; without those, a single dictionary of tensors is it.
pub(super) fn root(tree: &Tree<'_>) -> String {
    find(tree, tree.top, ROOT_DEPTH).unwrap_or_default().join(".")
}

/// `None` where no tensors lie here or at a root further down.
fn find<'a>(tree: &Tree<'a>, id: Id, depth: usize) -> Option<Vec<&'a str>> {
    let items = tree.dict(id)?;
    let bare = items.iter().any(|(_, value)| matches!(tree.get(*value), Value::Tensor(_)));
    let below = |only_known: bool| {
        let mut paths = items.iter().filter_map(|(key, value)| {
            let key = tree.text(*key).filter(|key| !only_known || ROOTS.contains(key))?;
            let mut path = vec![key];
            path.extend(find(tree, *value, depth.checked_sub(1)?)?);
            Some(path)
        });
        let first = paths.next();
        (first, paths.next().is_some())
    };
    match below(true) {
        (Some(path), false) => return Some(path),
        (Some(_), true) => return Some(Vec::new()),
        (None, _) if bare => return Some(Vec::new()),
        (None, _) => {}
    }
    match below(false) {
        (Some(path), false) => Some(path),
        (Some(_), true) => Some(Vec::new()),
        (None, _) => None,
    }
}
