//! Frames on a stream, encrypted or not (docs/protocol.md, "Framing").

use bytes::{Buf, BytesMut};
use mobileim_protocol::framing::{Frame, HEADER_LEN, split_frame, write_frame};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use super::stream::{Stream, join};
use super::{LinkError, MAX_INCOMING, Outgoing, Reporter};

/// How many bodies are written at once at most.
const BATCH: usize = 64;

pub(super) async fn run(
    stream: impl Stream,
    reporter: &Reporter,
    outgoing: mpsc::UnboundedReceiver<Outgoing>,
) -> Result<(), LinkError> {
    reporter.connected().await;
    let (read_half, write_half) = tokio::io::split(stream);
    join(read(read_half, reporter), write(write_half, outgoing)).await
}

async fn read(mut stream: impl AsyncRead + Unpin, reporter: &Reporter) -> Result<(), LinkError> {
    let mut buffer = BytesMut::new();
    loop {
        match split_frame(&buffer, MAX_INCOMING)? {
            Frame::Complete { consumed, .. } => {
                let mut frame = buffer.split_to(consumed);
                frame.advance(HEADER_LEN);
                reporter.received(frame.freeze()).await;
            }
            Frame::Incomplete { .. } => {
                if stream.read_buf(&mut buffer).await? == 0 {
                    return Ok(());
                }
            }
        }
    }
}

async fn write(
    mut stream: impl AsyncWrite + Unpin,
    mut outgoing: mpsc::UnboundedReceiver<Outgoing>,
) -> Result<(), LinkError> {
    let mut bodies = Vec::with_capacity(BATCH);
    let mut frames = BytesMut::new();
    while outgoing.recv_many(&mut bodies, BATCH).await > 0 {
        for Outgoing { body, .. } in bodies.drain(..) {
            write_frame(body.as_bytes(), &mut frames);
        }
        stream.write_all_buf(&mut frames).await?;
        stream.flush().await?;
    }
    stream.shutdown().await?;
    Ok(())
}
