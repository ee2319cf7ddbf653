//! The JSON that headlines come in over a socket, and the JSON that answers.

use super::PushOutcome;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of both messages.
const PROTOCOL: u32 = 1;

/// The longest id that is echoed.
const LONGEST_ID: usize = 256;

/// Why a message is no headline.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum MessageError {
    /// It begins as JSON and is none, or has the wrong members.
    #[error("expected {{\"id\": …, \"text\": \"…\"}}: {0}")]
    Json(String),
    /// The id is neither text nor a number, or too long.
    #[error("expected an id of text or a number, {LONGEST_ID} bytes at most")]
    Id,
    /// Nothing to sign.
    #[error("the headline is empty")]
    Empty,
}

/// A message with a headline.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingMessage {
    /// The sender's id as it came: text, a number, or null.
    pub id: Value,
    /// The headline's text.
    pub text: String,
}

#[derive(Deserialize)]
struct Members {
    #[serde(default)]
    id: Value,
    text: String,
}

impl IncomingMessage {
    /// Reads a message: JSON where it begins with a brace, else the headline itself. An error comes
    /// with the id, as far as it could be read, for the answer.
    pub fn parse(message: &str) -> Result<Self, (Value, MessageError)> {
        let message = message.trim();
        let (id, text) = if message.starts_with('{') {
            let members: Members = serde_json::from_str(message)
                .map_err(|e| (id_of(message), MessageError::Json(e.to_string())))?;
            (members.id, members.text)
        } else {
            (Value::Null, message.to_owned())
        };
        if !is_id(&id) {
            return Err((Value::Null, MessageError::Id));
        }
        match text.trim() {
            "" => Err((id, MessageError::Empty)),
            text => Ok(Self { text: text.to_owned(), id }),
        }
    }

    /// The id as text; none where the sender gave none.
    pub fn id_text(&self) -> Option<String> {
        match &self.id {
            Value::String(id) if !id.is_empty() => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }
}

/// The id of a message that is JSON but no headline.
fn id_of(message: &str) -> Value {
    let value: Option<Value> = serde_json::from_str(message).ok();
    value.and_then(|v| v.get("id").cloned()).filter(is_id).unwrap_or(Value::Null)
}

fn is_id(id: &Value) -> bool {
    match id {
        Value::Null | Value::Number(_) => true,
        Value::String(id) => id.len() <= LONGEST_ID,
        _ => false,
    }
}

/// What became of a headline, as its sender is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Signed next.
    Accepted,
    /// Signed after others.
    Queued,
    /// Taken earlier, and let go for newer ones.
    Dropped,
    /// Never taken.
    Refused,
}

/// An answer to a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Reply {
    pub(super) id: Value,
    pub(super) status: Status,
    pub(super) reason: Option<String>,
    /// How many headlines are signed before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ahead: Option<usize>,
    protocol: u32,
}

impl Reply {
    pub(super) fn new(id: Value, status: Status, reason: Option<String>) -> Self {
        Self { id, status, reason, ahead: None, protocol: PROTOCOL }
    }

    pub(super) fn refused(id: Value, reason: impl ToString) -> Self {
        Self::new(id, Status::Refused, Some(reason.to_string()))
    }

    pub(super) fn to_push(id: Value, outcome: &PushOutcome) -> Self {
        match outcome {
            PushOutcome::Accepted => Self { ahead: Some(0), ..Self::new(id, Status::Accepted, None) },
            PushOutcome::Queued { ahead } => {
                Self { ahead: Some(*ahead), ..Self::new(id, Status::Queued, None) }
            }
            PushOutcome::Full(_) => Self::refused(id, "queue full"),
            PushOutcome::Closed(_) => Self::refused(id, "shutting down"),
        }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| String::from("{}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_and_json_are_headlines() {
        assert_eq!(IncomingMessage::parse(" خبر ").unwrap().text, "خبر");
        let message = IncomingMessage::parse(r#"{"id": 7, "text": "خبر", "priority": 1}"#).unwrap();
        assert_eq!((message.id_text().as_deref(), message.text.as_str()), (Some("7"), "خبر"));
    }

    #[test]
    fn a_refusal_keeps_the_id_where_there_is_one() {
        let (id, error) = IncomingMessage::parse(r#"{"id": "a", "txt": "خبر"}"#).unwrap_err();
        assert_eq!(id, "a");
        assert!(error.to_string().contains("missing field `text`"), "{error}");
        assert_eq!(IncomingMessage::parse(r#"{"id":"b","text":" "}"#).unwrap_err().0, "b");
        assert_eq!(IncomingMessage::parse(r#"{"id":[1],"text":"x"}"#).unwrap_err().1, MessageError::Id);
        assert!(matches!(IncomingMessage::parse("{nonsense").unwrap_err().1, MessageError::Json(_)));
    }

    #[test]
    fn the_answer_names_its_protocol() {
        let json = Reply::to_push(Value::from("a"), &PushOutcome::Queued { ahead: 2 }).to_json();
        assert_eq!(json, r#"{"id":"a","status":"queued","reason":null,"ahead":2,"protocol":1}"#);
    }

    proptest! {
        #[test]
        fn no_message_panics(message in ".*", braces in any::<bool>()) {
            let message = if braces { format!("{{{message}") } else { message };
            let _ = IncomingMessage::parse(&message);
        }
    }
}
