import Basics
import HTTPServer
import JSON
import NIOHTTP1

/// A web site to be watched, which has its troubles, and a chat room to be told of them; both on 127.0.0.1.
public struct ExampleSite: Sendable {
    /// Its address, `http://127.0.0.1:40123`.
    public let url: String

    /// Where the chat room takes messages: a POST of `{"text": …}`.
    public var chatURL: String { url + "/chat" }

    /// Serves the site for as long as the body runs.
    /// - Parameter onMessage: called with the text of every chat message.
    /// - Throws: what the body throws, or why the server could not start.
    public static func run<Result: Sendable>(
        onMessage: @escaping @Sendable (String) -> Void, _ body: @Sendable (ExampleSite) async throws -> Result
    ) async throws -> Result {
        return try await withLoopbackServer(Pages(onMessage: onMessage)) { address in
            try await body(ExampleSite(url: "http://\(address)"))
        }
    }

    /// Gatus endpoints that watch the site; `$SITE` stands for its address.
    public static let endpoints = """
        endpoints:
          - name: front-page
            group: shop
            url: $SITE/
            interval: 2s
            conditions: ["[STATUS] == 200", "[BODY] == pat(*Open*)", "[RESPONSE_TIME] < 500"]
          - name: search
            group: shop
            url: $SITE/search
            interval: 2s
            conditions: ["[STATUS] == 200", "[BODY].hits[0].stock > 0"]
          - name: checkout
            group: shop
            url: $SITE/checkout
            interval: 2s
            conditions: ["[STATUS] == 200"]

        """
}

/// What the site answers.
private struct Pages: RequestHandler {
    let onMessage: @Sendable (String) -> Void

    func bodyLimit(for head: HTTPRequestHead) -> Int { 1 << 20 }

    func reply(to request: ReceivedRequest) async -> ServerReply {
        switch (request.head.method, request.head.uri) {
        case (.GET, "/"): return ServerReply(status: 200, text: "<h1>Open</h1>")
        case (.GET, "/search"):
            try? await Task.sleep(for: .milliseconds(80))
            return ServerReply(status: 200, text: #"{"hits":[{"id":1,"stock":12}]}"#)
        case (.GET, "/checkout"):
            // For five of every fifteen seconds it fails.
            let fails = Int(Timestamp.now().microseconds / 5_000_000) % 3 == 0
            return ServerReply(status: fails ? .internalServerError : .ok)
        case (.POST, "/chat"):
            guard case .complete(let body) = request.body,
                let text = try? JSONValue(parsing: body)["text"]?.stringValue
            else { return ServerReply(status: .badRequest) }
            onMessage(text)
            return ServerReply(status: 200, text: "ok")
        default: return ServerReply(status: .notFound)
        }
    }
}
