import Basics
import Hummingbird
import JSON

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
        let router = Router(context: ConnectionContext.self)
        router.get("/") { _, _ in "<h1>Open</h1>" }
        router.get("search") { _, _ in
            try await Task.sleep(for: .milliseconds(80))
            return #"{"hits":[{"id":1,"stock":12}]}"#
        }
        // For five of every fifteen seconds it fails.
        router.get("checkout") { _, _ in
            let fails = Int(Timestamp.now().microseconds / 5_000_000) % 3 == 0
            return Response(status: fails ? .internalServerError : .ok)
        }
        router.post("chat") { request, _ in
            let bytes = Array(buffer: try await request.body.collect(upTo: 1 << 20))
            guard let text = try? JSONValue(parsing: bytes)["text"]?.stringValue else { throw HTTPError(.badRequest) }
            onMessage(text)
            return "ok"
        }
        return try await withLoopbackServer(router) { address in
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
