//! The stack machine: pickle protocols 2 to 5, without the instructions of protocols 0 and 1 that newer
//! picklers never write.

use super::super::PickleError;
use super::call::{call, storage};
use super::value::{Id, Tree, Value};
use std::collections::BTreeMap;

/// The most values on the stack, and in the memo.
const STACK: usize = 1 << 20;
/// The deepest nesting; torch's own dictionaries nest half a dozen deep.
const DEPTH: usize = 1000;

/// Reads the pickle at the beginning of `bytes`: its values and its length.
pub(in super::super) fn read(bytes: &[u8]) -> Result<(Tree<'_>, usize), PickleError> {
    let mut machine = Machine {
        bytes,
        at: 0,
        begun: 0,
        tree: Tree::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: BTreeMap::new(),
    };
    while !machine.step()? {}
    machine.tree.top = machine.pop()?;
    Ok((machine.tree, machine.at))
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the instruction that is carried out begins.
    begun: usize,
    tree: Tree<'a>,
    stack: Vec<Id>,
    /// Heights of the stack where tuples, lists and dictionaries begin.
    marks: Vec<usize>,
    memo: BTreeMap<u32, Id>,
}

impl<'a> Machine<'a> {
    /// Carries out one instruction; true after the last.
    fn step(&mut self) -> Result<bool, PickleError> {
        self.begun = self.at;
        let [opcode] = self.array()?;
        match opcode {
            b'.' => return Ok(true),
            0x80 => self.skip(1)?, // PROTO
            0x95 => self.skip(8)?, // FRAME
            b'N' => self.push(Tree::NONE)?,
            0x88 => self.push(Tree::TRUE)?,
            0x89 => self.push(Tree::FALSE)?,
            b'J' => self.number(|[a, b, c, d]: [u8; 4]| i32::from_le_bytes([a, b, c, d]).into())?,
            b'K' => self.number(|[byte]: [u8; 1]| byte.into())?,
            b'M' => self.number(|bytes: [u8; 2]| u16::from_le_bytes(bytes).into())?,
            b'G' => self.opaque(8)?,
            0x8a | 0x8b => self.long(opcode)?,
            b'X' | 0x8c | 0x8d | b'T' | b'U' => self.text(opcode)?,
            b'B' | b'C' | 0x8e | 0x96 => {
                let length = self.length(opcode)?;
                self.opaque(length)?;
            }
            b'(' | b'0' | b'1' | b'2' => self.shuffle(opcode)?,
            b'h' | b'j' | b'q' | b'r' | 0x94 => self.remember(opcode)?,
            b')' | b't' | 0x85..=0x87 => self.tuple(opcode)?,
            b']' | b'l' | b'a' | b'e' => self.list(opcode)?,
            b'}' | b'd' | b's' | b'u' => self.dict(opcode)?,
            0x8f..=0x91 => self.set(opcode)?,
            b'c' | 0x93 => self.global(opcode)?,
            b'R' | 0x81 | 0x92 | b'b' => self.object(opcode)?,
            b'Q' => {
                let id = self.pop()?;
                let storage = storage(&self.tree, id).ok_or(self.expected("a storage of tensors"))?;
                self.add(Value::Storage(storage))?;
            }
            _ => return Err(PickleError::Opcode { opcode, at: self.begun }),
        }
        Ok(false)
    }

    fn expected(&self, expected: &'static str) -> PickleError {
        PickleError::Expected { expected, at: self.begun }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], PickleError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let part = rest.get(..count).ok_or(PickleError::Truncated { at: self.at })?;
        self.at += count;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn skip(&mut self, count: usize) -> Result<(), PickleError> {
        self.take(count).map(|_| ())
    }

    fn line(&mut self) -> Result<&'a str, PickleError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == b'\n');
        let line = self.take(end.ok_or(PickleError::Truncated { at: self.bytes.len() })?)?;
        self.skip(1)?;
        std::str::from_utf8(line).map_err(|_| self.expected("a name in UTF-8"))
    }

    /// The length that an instruction's bytes or text begin with.
    fn length(&mut self, opcode: u8) -> Result<usize, PickleError> {
        let length = match opcode {
            b'U' | b'C' | 0x8c | 0x8a => u8::from_le_bytes(self.array()?).into(),
            b'X' | b'B' | b'T' | 0x8b => u32::from_le_bytes(self.array()?).into(),
            _ => u64::from_le_bytes(self.array()?),
        };
        usize::try_from(length).map_err(|_| PickleError::Truncated { at: self.at })
    }

    fn push(&mut self, id: Id) -> Result<(), PickleError> {
        if self.stack.len() >= STACK {
            return Err(PickleError::TooMany { what: "values on the stack", limit: STACK, at: self.begun });
        }
        self.stack.push(id);
        Ok(())
    }

    fn add(&mut self, value: Value<'a>) -> Result<(), PickleError> {
        let id = self.tree.add(value, self.begun)?;
        self.push(id)
    }

    /// The uppermost value, where one lies above the last mark.
    fn pop(&mut self) -> Result<Id, PickleError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn top(&self) -> Result<Id, PickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.get(floor..).and_then(<[Id]>::last).copied();
        top.ok_or(self.expected("a value on the stack"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len());
        Ok(self.stack.split_off(mark.ok_or(self.expected("a mark"))?))
    }

    fn number<const N: usize>(&mut self, decode: impl Fn([u8; N]) -> i64) -> Result<(), PickleError> {
        let number = decode(self.array()?);
        self.add(Value::Int(number))
    }

    fn opaque(&mut self, length: usize) -> Result<(), PickleError> {
        self.skip(length)?;
        self.push(Tree::OPAQUE)
    }

    /// A whole number of any length; more than 64 bits nobody needs.
    fn long(&mut self, opcode: u8) -> Result<(), PickleError> {
        let length = self.length(opcode)?;
        let bytes = self.take(length)?;
        if bytes.len() > 8 {
            return self.push(Tree::OPAQUE);
        }
        let negative = bytes.last().is_some_and(|byte| *byte >= 0x80);
        let mut whole = [if negative { 0xff } else { 0 }; 8];
        for (to, from) in whole.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.add(Value::Int(i64::from_le_bytes(whole)))
    }

    /// Python 2's strings may be bytes in truth: those are opaque.
    fn text(&mut self, opcode: u8) -> Result<(), PickleError> {
        let length = self.length(opcode)?;
        match std::str::from_utf8(self.take(length)?) {
            Ok(text) => self.add(Value::Text(text)),
            Err(_) if matches!(opcode, b'T' | b'U') => self.push(Tree::OPAQUE),
            Err(_) => Err(self.expected("text in UTF-8")),
        }
    }

    fn shuffle(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            b'(' if self.marks.len() >= DEPTH => {
                Err(PickleError::TooMany { what: "marks", limit: DEPTH, at: self.begun })
            }
            b'(' => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => self.pop().map(|_| ()),
            b'1' => self.pop_to_mark().map(|_| ()),
            _ => self.top().and_then(|top| self.push(top)),
        }
    }

    fn remember(&mut self, opcode: u8) -> Result<(), PickleError> {
        let number = match opcode {
            b'h' | b'q' => u8::from_le_bytes(self.array()?).into(),
            b'j' | b'r' => u32::from_le_bytes(self.array()?),
            _ => self.memo.len() as u32,
        };
        if matches!(opcode, b'h' | b'j') {
            let found = self.memo.get(&number).copied();
            return self.push(found.ok_or(self.expected("a value in the memo"))?);
        }
        if self.memo.len() >= STACK {
            return Err(PickleError::TooMany { what: "values in the memo", limit: STACK, at: self.begun });
        }
        let top = self.top()?;
        self.memo.insert(number, top);
        Ok(())
    }

    fn tuple(&mut self, opcode: u8) -> Result<(), PickleError> {
        let items = match opcode {
            b')' => Vec::new(),
            b't' => self.pop_to_mark()?,
            _ => {
                let mut items = Vec::new();
                for _ in 0x84..opcode {
                    items.push(self.pop()?);
                }
                items.reverse();
                items
            }
        };
        self.add(Value::Tuple(items))
    }

    /// Lists, and what is appended to them; what is appended to anything else is dropped.
    fn list(&mut self, opcode: u8) -> Result<(), PickleError> {
        let items = match opcode {
            b']' => return self.add(Value::List(Vec::new())),
            b'l' => {
                let items = self.pop_to_mark()?;
                return self.add(Value::List(items));
            }
            b'a' => vec![self.pop()?],
            _ => self.pop_to_mark()?,
        };
        let onto = self.top()?;
        if let Some(Value::List(list)) = self.tree.get_mut(onto) {
            list.extend(items);
        }
        Ok(())
    }

    /// Dictionaries, and what is set in them; what is set in anything else is dropped.
    fn dict(&mut self, opcode: u8) -> Result<(), PickleError> {
        let items = match opcode {
            b'}' => return self.add(Value::Dict(Vec::new())),
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.pop_to_mark()?,
        };
        let (pairs, []) = items.as_chunks::<2>() else {
            return Err(self.expected("pairs of key and value"));
        };
        let pairs = pairs.iter().map(|[key, value]| (*key, *value));
        if opcode == b'd' {
            return self.add(Value::Dict(pairs.collect()));
        }
        let onto = self.top()?;
        if let Some(Value::Dict(dict)) = self.tree.get_mut(onto) {
            dict.extend(pairs);
        }
        Ok(())
    }

    fn set(&mut self, opcode: u8) -> Result<(), PickleError> {
        if opcode != 0x8f {
            self.pop_to_mark()?;
        }
        match opcode {
            0x90 => self.top().map(|_| ()),
            _ => self.push(Tree::OPAQUE),
        }
    }

    fn global(&mut self, opcode: u8) -> Result<(), PickleError> {
        let (module, name) = if opcode == b'c' {
            (self.line()?, self.line()?)
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            let names = self.tree.text(module).zip(self.tree.text(name));
            names.ok_or(self.expected("the names of a class"))?
        };
        self.add(Value::Global { module, name })
    }

    fn object(&mut self, opcode: u8) -> Result<(), PickleError> {
        let arguments = self.pop()?;
        if opcode == b'b' {
            // Attributes; of an ordered dictionary torch sets `_metadata` alone.
            return self.top().map(|_| ());
        }
        // Before keyword arguments come the others.
        let arguments = if opcode == 0x92 { self.pop()? } else { arguments };
        let function = self.pop()?;
        let made = call(&mut self.tree, function, arguments, self.begun)?;
        self.push(made)
    }
}
