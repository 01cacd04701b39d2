internal import NIOCore
internal import NIOHTTP1

/// Writes the body of a streamed reply.
public struct ReplyBodyWriter: Sendable {
    fileprivate let writer: ReplyWriter
    /// False where a reply has no body: its chunks are dropped.
    fileprivate let isSent: Bool

    /// Sends a chunk; returns when the system has taken it.
    ///
    /// - Throws: when the connection is closed.
    public func write(_ bytes: [UInt8]) async throws {
        if isSent { try await writer.write(bytes) }
    }
}

/// Sends the reply to one request.
struct ReplyWriter: Sendable {
    /// What becomes of the connection afterwards.
    enum Ending: Sendable {
        case keepOpen, close
        /// Closes the sending half. The client may still be sending; ``RequestReader`` closes the rest.
        case closeOutput
    }

    private let channel: any Channel
    private let request: HTTPRequestHead
    private let ending: Ending

    init(_ channel: any Channel, _ request: HTTPRequestHead, after ending: Ending) {
        self.channel = channel
        self.request = request
        self.ending = ending
    }

    /// Sends the reply, and tells the handler when the connection was closed before.
    func send(_ reply: ServerReply) async {
        do {
            switch reply.body {
            case .bytes(let bytes):
                var reply = reply
                // RFC 9110, section 8.6: a reply that never has a body has no length either.
                if reply.status.mayHaveResponseBody {
                    reply.headers.replaceOrAdd(name: "Content-Length", value: "\(bytes.count)")
                }
                channel.write(HTTPServerResponsePart.head(head(reply)), promise: nil)
                if hasBody(reply.status) {
                    channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
                }
            case .stream(let produce):
                try await channel.writeAndFlush(HTTPServerResponsePart.head(head(reply)))
                try await produce(ReplyBodyWriter(writer: self, isSent: hasBody(reply.status)))
            }
            try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
            switch ending {
            case .keepOpen: break
            case .close: try await channel.close()
            case .closeOutput: try await channel.close(mode: .output)
            }
        } catch {
            try? await channel.close()
            await reply.onUnsent?()
        }
    }

    fileprivate func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))))
    }

    private func hasBody(_ status: HTTPResponseStatus) -> Bool {
        request.method != .HEAD && status.mayHaveResponseBody
    }

    private func head(_ reply: ServerReply) -> HTTPResponseHead {
        var head = HTTPResponseHead(version: request.version, status: reply.status, headers: reply.headers)
        if ending != .keepOpen { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        return head
    }
}
