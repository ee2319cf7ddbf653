//! How long reading and downloading say how far they are.

/// Who hears how far a long piece of work is.
pub trait Progress {
    /// A file begins: its name, the bytes that are there already, and how many there will be, where
    /// that is known.
    fn begin(&mut self, name: &str, done: u64, total: Option<u64>);
    /// So many bytes of it are done.
    fn at(&mut self, bytes: u64);
    /// Something to tell meanwhile: a retry, a file that is there already.
    fn note(&mut self, text: &str);
    /// The file ends, one way or the other.
    fn end(&mut self);
}

/// Nobody hears.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _: &str, _: u64, _: Option<u64>) {}
    fn at(&mut self, _: u64) {}
    fn note(&mut self, _: &str) {}
    fn end(&mut self) {}
}
