//! Whether a file is what its name claims: a look at its head and its end, not at its content.

use safetensors::tensor::Metadata;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Who can tell what a file holds. [`Headers`] looks at heads; a checkpoint reader can do better.
pub trait Opener {
    /// What the file holds, in a few words: "safetensors, 258 tensors".
    ///
    /// # Errors
    /// What was expected of a file of this name, and what was found.
    fn open(&self, file: &Path) -> Result<String, String>;
}

/// Looks at heads and ends. Of a file of another kind it says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers;

/// A longer header is refused, as the safetensors library does.
const LONGEST_HEADER: u64 = 100_000_000;

/// A longer configuration or tokenizer is refused.
const LONGEST_TEXT: u64 = 256 << 20;

impl Opener for Headers {
    fn open(&self, file: &Path) -> Result<String, String> {
        let name = file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let mut opened = File::open(file).map_err(|error| error.to_string())?;
        let bytes = opened.metadata().map_err(|error| error.to_string())?.len();
        match name.rsplit('.').next().unwrap_or_default() {
            "safetensors" => safetensors(&mut opened, bytes),
            "bin" | "pt" | "pth" | "tar" => torch(&mut opened, bytes),
            "json" => json(&mut opened, bytes),
            "txt" => text(&mut opened, bytes).map(|text| format!("text, {} lines", text.lines().count())),
            "model" | "spm" => sentencepiece(&mut opened),
            _ => Ok(String::new()),
        }
    }
}

fn safetensors(file: &mut File, bytes: u64) -> Result<String, String> {
    let length = head::<8>(file).map(u64::from_le_bytes).unwrap_or(u64::MAX);
    if length > LONGEST_HEADER || 8 + length > bytes {
        return Err(format!(
            "expected safetensors: a header that fits in {bytes} bytes; the file is cut or another kind"
        ));
    }
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).map_err(|error| error.to_string())?;
    let header: Metadata =
        serde_json::from_slice(&header).map_err(|error| format!("safetensors header: {error}"))?;
    let expected = 8 + length + header.data_len() as u64;
    if expected != bytes {
        return Err(format!("expected safetensors of {expected} bytes as its header says; found {bytes}"));
    }
    Ok(format!("safetensors, {} tensors", header.offset_keys().len()))
}

/// A zip archive as PyTorch writes it since 1.6, or the pickle of a magic number that it wrote before.
fn torch(file: &mut File, bytes: u64) -> Result<String, String> {
    const LEGACY: [u8; 4] = [0x80, 0x02, 0x8a, 0x0a];
    match head::<4>(file) {
        Some(LEGACY) => Ok("PyTorch, before 1.6".to_owned()),
        Some([b'P', b'K', 3, 4]) if has_zip_end(file, bytes) => Ok("PyTorch".to_owned()),
        Some([b'P', b'K', 3, 4]) => Err("expected a PyTorch archive; its end is cut off".to_owned()),
        _ => Err("expected a PyTorch archive or pickle; found neither".to_owned()),
    }
}

/// Whether the directory that ends every zip archive is there: within its last 64 KiB.
fn has_zip_end(file: &mut File, bytes: u64) -> bool {
    let mut tail = Vec::new();
    let from = bytes.saturating_sub((64 << 10) + 22);
    let read = file.seek(SeekFrom::Start(from)).and_then(|_| file.read_to_end(&mut tail));
    read.is_ok() && tail.windows(4).any(|window| window == b"PK\x05\x06")
}

fn json(file: &mut File, bytes: u64) -> Result<String, String> {
    let text = text(file, bytes)?;
    serde_json::from_str::<serde::de::IgnoredAny>(&text)
        .map_err(|error| format!("expected JSON: {error}"))?;
    Ok("JSON".to_owned())
}

fn text(file: &mut File, bytes: u64) -> Result<String, String> {
    if bytes > LONGEST_TEXT {
        return Err(format!("expected text of at most {LONGEST_TEXT} bytes; found {bytes}"));
    }
    let mut text = String::new();
    file.take(LONGEST_TEXT).read_to_string(&mut text).map_err(|error| format!("expected text: {error}"))?;
    Ok(text)
}

/// A protobuf whose first field is a piece.
fn sentencepiece(file: &mut File) -> Result<String, String> {
    match head::<1>(file) {
        Some([0x0a]) => Ok("SentencePiece".to_owned()),
        _ => Err("expected a SentencePiece model, which begins with a piece".to_owned()),
    }
}

fn head<const N: usize>(file: &mut File) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).ok().map(|()| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::weights::testing;

    fn opened(name: &str, bytes: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        testing::write(&folder.path().join(name), bytes);
        Headers.open(&folder.path().join(name))
    }

    #[test]
    fn whole_files_are_told_apart() {
        assert_eq!(opened("a.safetensors", &testing::safetensors(5)).unwrap(), "safetensors, 1 tensors");
        assert_eq!(opened("a.bin", b"PK\x03\x04 ... PK\x05\x06 end").unwrap(), "PyTorch");
        assert_eq!(opened("a.pth.tar", b"\x80\x02\x8a\x0al\xfc").unwrap(), "PyTorch, before 1.6");
        assert_eq!(opened("a.json", b"{\"a\": [1]}").unwrap(), "JSON");
        assert_eq!(opened("vocab.txt", b"a\nb\n").unwrap(), "text, 2 lines");
        assert_eq!(opened("source.spm", &[0x0a, 3]).unwrap(), "SentencePiece");
        assert_eq!(opened("notes.md", b"anything").unwrap(), "");
    }

    #[test]
    fn cut_at_any_byte_a_safetensors_file_is_refused() {
        let whole = testing::safetensors(9);
        for end in 0..whole.len() {
            assert!(opened("a.safetensors", &whole[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn strangers_are_refused() {
        let mut huge = testing::safetensors(9);
        huge[..8].fill(0xff);
        for (name, bytes) in [
            ("a.safetensors", huge.as_slice()),
            ("a.safetensors", b"version https://git-lfs.github.com/spec/v1"),
            ("a.bin", b"version https://git-lfs"),
            ("a.bin", b"PK\x03\x04 cut"),
            ("a.pt", b""),
            ("a.json", b"{"),
            ("a.json", b"\xff"),
            ("a.model", b"<!doctype html>"),
        ] {
            assert!(opened(name, bytes).is_err(), "{name} {bytes:?}");
        }
    }
}
