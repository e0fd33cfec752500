//! One text frame a body (docs/protocol.md, "Framing").

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::stream::{Stream, join};
use super::{LinkError, MAX_INCOMING, Outgoing, Reporter};
use crate::address::ServerAddress;

pub(super) async fn run(
    stream: impl Stream,
    address: &ServerAddress,
    reporter: &Reporter,
    outgoing: mpsc::UnboundedReceiver<Outgoing>,
) -> Result<(), LinkError> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_INCOMING))
        .max_frame_size(Some(MAX_INCOMING));
    let url = address.to_string();
    let (socket, _response) =
        tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await?;
    reporter.connected().await;
    let (sink, frames) = socket.split();
    join(read(frames, reporter), write(sink, outgoing)).await
}

/// Pings are answered, and closing is confirmed, by tungstenite while it reads.
async fn read<S: Stream>(
    mut frames: SplitStream<WebSocketStream<S>>,
    reporter: &Reporter,
) -> Result<(), LinkError> {
    while let Some(frame) = frames.next().await {
        match frame? {
            Frame::Text(text) => reporter.received(Bytes::from(text)).await,
            // The protocol has text frames only; what else there may be one day is not for this version.
            Frame::Binary(_)
            | Frame::Ping(_)
            | Frame::Pong(_)
            | Frame::Close(_)
            | Frame::Frame(_) => {}
        }
    }
    Ok(())
}

async fn write<S: Stream>(
    mut sink: SplitSink<WebSocketStream<S>, Frame>,
    mut outgoing: mpsc::UnboundedReceiver<Outgoing>,
) -> Result<(), LinkError> {
    while let Some(Outgoing { body, .. }) = outgoing.recv().await {
        sink.feed(Frame::text(body)).await?;
        if outgoing.is_empty() {
            sink.flush().await?;
        }
    }
    sink.close().await?;
    Ok(())
}
