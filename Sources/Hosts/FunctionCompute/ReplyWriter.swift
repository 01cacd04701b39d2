import FunctionRuntime
import NIOCore
import NIOHTTP1

/// Sends the reply to one request.
struct ReplyWriter: ResponseWriter {
    private let channel: any Channel
    private let request: HTTPRequestHead
    private let keepsAlive: Bool

    init(channel: any Channel, request: HTTPRequestHead, keepsAlive: Bool) {
        self.channel = channel
        self.request = request
        self.keepsAlive = keepsAlive
    }

    /// A lost connection ends it silently: there is nobody left to tell.
    func send(_ reply: FunctionReply) async {
        do {
            switch reply.body {
            case .bytes(let bytes):
                var reply = reply
                reply.headers.replaceOrAdd(name: "Content-Length", value: "\(bytes.count)")
                channel.write(HTTPServerResponsePart.head(head(reply)), promise: nil)
                if request.method != .HEAD {
                    channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
                }
            case .stream(let produce):
                try await channel.writeAndFlush(HTTPServerResponsePart.head(head(reply)))
                try await produce(self)
            }
            try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
            if !keepsAlive { try await channel.close() }
        } catch {
            try? await channel.close()
        }
    }

    func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty, request.method != .HEAD else { return }
        try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))))
    }

    private func head(_ reply: FunctionReply) -> HTTPResponseHead {
        var head = HTTPResponseHead(version: request.version, status: reply.status, headers: reply.headers)
        if !keepsAlive { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        return head
    }
}
