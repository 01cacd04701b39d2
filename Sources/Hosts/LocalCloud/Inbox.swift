public import Basics
import HTTPServer
import JSON
import NIOHTTP1

/// A chat room of this machine: a webhook on 127.0.0.1 for the notifier, and what it has received.
public struct Inbox: Sendable {
    /// A message as a chat shows it.
    public struct Message: Sendable, Hashable {
        /// When it came.
        public let time: Timestamp
        /// One line.
        public let title: String
        /// Why, in any number of lines.
        public let text: String
        /// `critical`, `warning`, `info` or `ok`.
        public let severity: String
        /// What stands after the webhook's address: the output that it is for.
        public let output: String

        /// For a terminal: `title: reason; reason`.
        public var line: String {
            let reasons = text.split(whereSeparator: \.isNewline)
            return ([title] + (reasons.isEmpty ? [] : [reasons.joined(separator: "; ")])).joined(separator: ": ")
        }
    }

    /// The webhook, without the slash and the output's name that follow it.
    ///
    /// Its path is random: who does not know it, such as another user of this machine, cannot send messages.
    public let url: String

    /// The template of a message for the notifier's output `webhook`.
    public static let body = #"{"title":"{{title}}","text":"{{text}}","severity":"{{severity}}"}"#

    /// Serves it for as long as the body runs.
    /// - Parameter onMessage: called with every message.
    /// - Throws: what the body throws, or why the server could not start.
    public static func run<Result: Sendable>(
        onMessage: @escaping @Sendable (Message) -> Void, _ body: @Sendable (Inbox) async throws -> Result
    ) async throws -> Result {
        let path = "/\(String.randomUUID())"
        let webhook = Webhook(start: path + "/", onMessage: onMessage)
        return try await Server.run(.init(), handler: webhook, grace: .seconds(1)) { server in
            try await body(Inbox(url: "http://127.0.0.1:\(server.port)\(path)"))
        }
    }
}

private struct Webhook: RequestHandler {
    /// What stands before the output's name.
    let start: String
    let onMessage: @Sendable (Inbox.Message) -> Void

    func bodyLimit(for head: HTTPRequestHead) -> Int { 1 << 20 }

    func reply(to request: ReceivedRequest) async -> ServerReply {
        if let refusal = LocalCallers.refusal(request.head) { return refusal }
        guard request.head.method == .POST, request.head.uri.hasPrefix(start) else {
            return ServerReply(status: .notFound)
        }
        guard case .complete(let body) = request.body, let message = try? JSONValue(parsing: body),
            let title = message["title"]?.stringValue
        else { return ServerReply(status: .badRequest) }
        let output = percentDecoded(request.head.uri.dropFirst(start.count), plusAsSpace: false)
        onMessage(
            Inbox.Message(
                time: .now(), title: title, text: message["text"]?.stringValue ?? "",
                severity: message["severity"]?.stringValue ?? "", output: output))
        return ServerReply(text: "ok")
    }
}
