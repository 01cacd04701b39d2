import Basics
import HTTPServer
import NIOHTTP1

/// An example web site on 127.0.0.1 with pages that fail now and then, or when they are told to.
public struct ExampleSite: Sendable {
    /// The address, such as `http://127.0.0.1:40123`.
    public let url: String

    /// Serves the site for as long as the body runs.
    ///
    /// `PUT /faults/<page>` makes a page answer 503, `DELETE /faults/<page>` repairs it.
    /// - Parameter failsByItself: whether the checkout fails for five of every fifteen seconds.
    /// - Throws: what the body throws, or why the server could not start.
    public static func run<Result: Sendable>(
        failsByItself: Bool = true, _ body: @Sendable (ExampleSite) async throws -> Result
    ) async throws -> Result {
        let pages = Pages(failsByItself: failsByItself)
        return try await Server.run(.init(), handler: pages, grace: .seconds(1)) { server in
            try await body(ExampleSite(url: "http://127.0.0.1:\(server.port)"))
        }
    }

    /// Endpoints in Gatus's format that watch the site; `$SITE` stands for its address.
    ///
    /// The last one is down for five of every fifteen seconds, unless the site is told not to fail by itself.
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

/// The pages.
private struct Pages: RequestHandler {
    /// The pages that are told to fail, such as `/search`.
    private let faults = Locked<Set<String>>([])
    let failsByItself: Bool

    func bodyLimit(for head: HTTPRequestHead) -> Int { 1 << 20 }

    init(failsByItself: Bool) { self.failsByItself = failsByItself }

    func reply(to request: ReceivedRequest) async -> ServerReply {
        let page = request.head.uri
        if page.hasPrefix(Self.lever) {
            // A page that is open in the same browser must not break the site.
            return LocalCallers.refusal(request.head)
                ?? changeFault(page.dropFirst(Self.lever.count), request.head.method)
        }
        if faults.withLock({ $0.contains(page) }) { return ServerReply(status: .serviceUnavailable) }
        switch (request.head.method, request.head.uri) {
        case (.GET, "/"): return ServerReply(text: "<h1>Open</h1>")
        case (.GET, "/search"):
            try? await Task.sleep(for: .milliseconds(80))
            return ServerReply(text: #"{"hits":[{"id":1,"stock":12}]}"#)
        case (.GET, "/checkout"):
            // For five of every fifteen seconds it fails.
            let fails = failsByItself && Int(Timestamp.now().microseconds / 5_000_000) % 3 == 0
            return ServerReply(status: fails ? .internalServerError : .ok)
        default: return ServerReply(status: .notFound)
        }
    }

    private static let lever = "/faults/"
    /// The pages that can fail.
    private static let pages = ["", "search", "checkout"]

    private func changeFault(_ name: Substring, _ method: HTTPMethod) -> ServerReply {
        guard Self.pages.contains(String(name)) else { return ServerReply(status: .notFound) }
        switch method {
        case .PUT: faults.withLock { _ = $0.insert("/\(name)") }
        case .DELETE: faults.withLock { _ = $0.remove("/\(name)") }
        default: return ServerReply(status: .methodNotAllowed)
        }
        return ServerReply(text: "ok")
    }
}
