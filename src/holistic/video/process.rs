//! A child process that never outlives its owner, and what it says on standard error.

use super::VideoError;
use super::messages::Lines;
use std::io::Read;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Children that live, for whoever ends the program without unwinding.
#[derive(Debug)]
struct Children(Mutex<Vec<Arc<Mutex<Child>>>>);

static CHILDREN: Children = Children(Mutex::new(Vec::new()));

impl Children {
    fn list(&self) -> MutexGuard<'_, Vec<Arc<Mutex<Child>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a child under the list's lock, so that none is missed by [`Self::end_all`].
    fn spawn(&self, command: &mut Command) -> std::io::Result<Arc<Mutex<Child>>> {
        let mut list = self.list();
        let child = Arc::new(Mutex::new(command.spawn()?));
        list.push(child.clone());
        Ok(child)
    }

    fn remove(&self, child: &Arc<Mutex<Child>>) {
        self.list().retain(|listed| !Arc::ptr_eq(listed, child));
    }

    /// Kills all; while what is given back is held, no other starts.
    fn end_all(&self) -> impl Drop + '_ {
        let list = self.list();
        list.iter().for_each(kill);
        list
    }
}

fn locked(child: &Arc<Mutex<Child>>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kill(child: &Arc<Mutex<Child>>) {
    let mut child = locked(child);
    // Both fail only where the process is gone already.
    let _ = child.kill();
    let _ = child.wait();
}

/// Ends all children, before the program ends at once: signals do not reach them, since each is in a group of its
/// own. No new one starts any more.
pub fn end_children() {
    std::mem::forget(CHILDREN.end_all());
}

/// A child that is killed and reaped when this is dropped.
#[derive(Debug)]
pub(super) struct Guarded {
    child: Arc<Mutex<Child>>,
    /// Where it was asked for.
    pub(super) stdin: Option<ChildStdin>,
    /// Where it was asked for.
    pub(super) stdout: Option<ChildStdout>,
    /// Where it was asked for.
    pub(super) stderr: Option<ChildStderr>,
}

/// The longest pause between two looks whether a process has ended.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

impl Guarded {
    /// Starts a process in a group of its own: Ctrl-C reaches this program alone, which then ends its
    /// children in order.
    pub(super) fn spawn(command: &mut Command) -> Result<Self, VideoError> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let program = command.get_program().to_string_lossy().into_owned();
        let child = CHILDREN.spawn(command).map_err(|source| VideoError::NoProgram { program, source })?;
        let (stdin, stdout, stderr) = {
            let mut child = locked(&child);
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        };
        Ok(Self { child, stdin, stdout, stderr })
    }

    /// Waits for its end.
    pub(super) fn wait(&mut self) -> std::io::Result<ExitStatus> {
        loop {
            // Without a deadline there is a status.
            if let Some(status) = self.wait_until(None)? {
                return Ok(status);
            }
        }
    }

    /// Waits for its end, but no longer than until then. The child is not held locked meanwhile, so that
    /// it can be killed.
    pub(super) fn wait_until(&mut self, deadline: Option<Instant>) -> std::io::Result<Option<ExitStatus>> {
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = locked(&self.child).try_wait()? {
                return Ok(Some(status));
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(None);
            }
            std::thread::sleep(pause);
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// Ends it now.
    pub(super) fn kill(&mut self) {
        kill(&self.child);
    }

    /// The process' number.
    #[cfg(test)]
    pub(super) fn id(&self) -> u32 {
        locked(&self.child).id()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.kill();
        CHILDREN.remove(&self.child);
    }
}

/// Reads a process's standard error to its end on a thread of its own, so that the process is never
/// held up by what it says. `hear` makes of each line what the thread gives back.
pub(super) fn listen<T: Send + 'static>(
    stderr: Option<ChildStderr>,
    mut heard: T,
    mut hear: impl FnMut(&mut T, &str) + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    let listen = move || {
        let mut lines = Lines::default();
        let mut buffer = [0; 8192];
        if let Some(mut stream) = stderr {
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                lines.feed(&buffer[..count], &mut |line: &str| hear(&mut heard, line));
            }
        }
        lines.end(&mut |line: &str| hear(&mut heard, line));
        heard
    };
    std::thread::Builder::new().name("ffmpeg messages".into()).spawn(listen)
}

/// The most that a short answer may be, bytes: the description of a file with many streams.
const LONGEST_ANSWER: u64 = 8 << 20;

/// Runs a program that answers shortly, and gives up on it after `patience`.
pub(super) fn answer(command: &mut Command, patience: Duration) -> Result<Output, VideoError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |problem: String| VideoError::Program {
        program: program.clone(),
        problem,
        said: String::from("nothing"),
    };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = Guarded::spawn(command)?;
    let (stdout, stderr) = (process.stdout.take(), process.stderr.take());
    let (tell, told) = crossbeam_channel::bounded(2);
    let readers: [(bool, Option<Box<dyn Read + Send>>); 2] = [
        (true, stdout.map(|stream| Box::new(stream) as Box<dyn Read + Send>)),
        (false, stderr.map(|stream| Box::new(stream) as Box<dyn Read + Send>)),
    ];
    for (is_answer, stream) in readers {
        let tell = tell.clone();
        let read = move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                // What came before a failure is the answer; the exit status says whether it is whole.
                let _ = stream.by_ref().take(LONGEST_ANSWER).read_to_end(&mut bytes);
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            }
            // Nobody waits any more where patience ended.
            let _ = tell.send((is_answer, bytes));
        };
        let started = std::thread::Builder::new().name("ffmpeg answer".into()).spawn(read);
        started.map_err(|error| failed(format!("cannot be listened to: {error}")))?;
    }
    let deadline = Instant::now() + patience;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let (is_answer, bytes) = told
            .recv_deadline(deadline)
            .map_err(|_| failed(format!("did not answer in {} s", patience.as_secs())))?;
        *(if is_answer { &mut stdout } else { &mut stderr }) = bytes;
    }
    let status = process.wait().map_err(|error| failed(format!("was lost: {error}")))?;
    Ok(Output { status, stdout, stderr })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_ended_all_at_once_and_forgotten_when_they_are_gone() {
        let children = Children(Mutex::new(Vec::new()));
        let started = Instant::now();
        let mut sleeping: Vec<_> =
            (0..2).map(|_| children.spawn(Command::new("sleep").arg("30")).unwrap()).collect();
        drop(children.end_all());
        for child in &sleeping {
            assert!(locked(child).try_wait().unwrap().is_some());
        }
        children.remove(&sleeping.remove(0));
        assert_eq!(children.list().len(), 1);
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_program_that_does_not_answer_is_given_up_and_reaped() {
        let started = Instant::now();
        let error = answer(Command::new("sleep").arg("30"), Duration::from_millis(200)).unwrap_err();
        assert!(error.to_string().contains("did not answer"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_program_that_is_not_there_is_named_with_how_to_get_it() {
        let error =
            answer(&mut Command::new("ffmpeg-that-is-not-there"), Duration::from_secs(1)).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("ffmpeg-that-is-not-there") && text.contains("apt install ffmpeg"), "{text}");
    }

    #[test]
    fn a_long_answer_does_not_hold_the_program_up() {
        let script = "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2";
        let output = answer(Command::new("sh").args(["-c", script]), Duration::from_secs(20)).unwrap();
        assert_eq!((output.stdout.len(), output.stderr.len()), (300_000, 300_000));
    }
}
