import Basics
import HTTPServer
public import JSON
import NIOHTTP1

/// Where the results of external endpoints are pushed to on one machine:
/// `POST /api/v1/endpoints/{key}/external?success=true`, as at Gatus.
///
/// Each request becomes the event of a function URL, and the answer of `uptime-checker` the reply; the function checks
/// the token. No web page gets that far, whatever it sends: see ``LocalCallers``. A browser asks first whether a page
/// may send `Authorization`, and that is refused like the rest.
public struct PushServer: Sendable {
    /// Where it listens.
    public struct Address: Sendable, Hashable {
        /// A name or an address; with another one than that of loopback, other machines reach it, too.
        public var host = "127.0.0.1"
        /// 0 for a free port.
        public var port = 0

        /// Loopback, a free port.
        public init() {}

        /// Whether only this machine reaches it.
        public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
    }

    /// A result that was taken.
    public struct Push: Sendable, Hashable {
        /// The key in the request's path.
        public let key: String
        /// Why the endpoint fails, as it was sent; nil for a success.
        public let error: String?
    }

    /// Hands an event to the function.
    /// - Returns: its answer; nil when it cannot be invoked yet.
    public typealias Invoke = @Sendable (_ event: [UInt8]) async throws -> JSONValue?

    /// The beginning of the addresses that results are pushed to: `http://127.0.0.1:40123/api/v1/endpoints/`.
    public let url: String

    /// Serves for as long as the body runs.
    /// - Parameter onPush: called with each result that the function has taken.
    /// - Throws: `ServerError` when the port is taken; what the body throws.
    public static func run<Result: Sendable>(
        at address: Address = Address(), invoke: @escaping Invoke,
        onPush: @escaping @Sendable (Push) -> Void = { _ in },
        _ body: @Sendable (PushServer) async throws -> Result
    ) async throws -> Result {
        let handler = PushHandler(isLocal: address.isLoopback, invoke: invoke, onPush: onPush)
        let configuration = Server.Configuration(host: address.host, port: address.port, readTimeout: .seconds(20))
        // A push that is under way has been sent: its sender gets the answer, if it comes soon.
        return try await Server.run(configuration, handler: handler, grace: .seconds(2)) { server in
            let host = address.host.contains(":") ? "[\(address.host)]" : address.host
            return try await body(PushServer(url: "http://\(host):\(server.port)/api/v1/endpoints/"))
        }
    }
}

private struct PushHandler: RequestHandler {
    let isLocal: Bool
    let invoke: PushServer.Invoke
    let onPush: @Sendable (PushServer.Push) -> Void

    /// The result is in the address.
    private static let maximumBody = 16 << 10

    func bodyLimit(for head: HTTPRequestHead) -> Int { Self.maximumBody }

    func reply(to request: ReceivedRequest) async -> ServerReply {
        if let refusal = LocalCallers.refusal(request.head, ofAnyHost: !isLocal) { return refusal }
        guard case .complete(let body) = request.body else {
            return ServerReply(
                status: .payloadTooLarge, text: "the body is too large: send none, the result is in the query\n")
        }
        let answer: JSONValue
        do {
            guard let value = try await invoke(Self.event(request.head, body).serialized()) else {
                return Self.unavailable("uptime-checker is still starting, or nothing is to be checked")
            }
            answer = value
        } catch {
            // Why is in the notes and the function's log.
            return Self.unavailable("uptime-checker failed")
        }
        let reply = Self.reply(answer)
        if reply.status == .ok, let push = Self.push(request.head.uri) { onPush(push) }
        return reply
    }

    private static func unavailable(_ reason: String) -> ServerReply {
        ServerReply(
            status: .serviceUnavailable, headers: ["Retry-After": "5"],
            body: .bytes(Array("not stored, send it again: \(reason)\n".utf8)))
    }

    /// The event of a function URL, payload format 2.0
    /// (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
    private static func event(_ head: HTTPRequestHead, _ body: [UInt8]) -> JSONValue {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var headers = JSONObject()
        for (name, value) in head.headers {
            let name = name.lowercased()
            headers[name] = .string((headers[name]?.stringValue.map { $0 + "," } ?? "") + value)
        }
        let path = JSONValue.string(parts.first ?? "")
        return [
            "version": "2.0", "routeKey": "$default", "rawPath": path,
            "rawQueryString": .string(parts.count > 1 ? parts[1] : ""), "headers": .object(headers),
            "requestContext": [
                "http": ["method": .string(head.method.rawValue), "path": path, "protocol": "HTTP/1.1"],
                "stage": "$default",
            ],
            "body": .string(Base64.encode(body)), "isBase64Encoded": true,
        ]
    }

    private static func reply(_ answer: JSONValue) -> ServerReply {
        guard let status = answer["statusCode"]?.intValue, (200...599).contains(status) else {
            return unavailable("uptime-checker did not answer as a function URL")
        }
        var headers = HTTPHeaders()
        for (name, value) in answer["headers"]?.objectValue ?? [:] {
            headers.add(name: name, value: value.stringValue ?? "")
        }
        return ServerReply(
            status: HTTPResponseStatus(statusCode: Int(status)), headers: headers,
            body: .bytes(Array((answer["body"]?.stringValue ?? "").utf8)))
    }

    /// What a request that the function has taken says.
    private static func push(_ uri: String) -> PushServer.Push? {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/")
        guard path.count == 5, parts.count == 2 else { return nil }
        let fields = formFields(Array(parts[1].utf8))
        func field(_ name: String) -> String? { fields.last { $0.name == name }?.value }
        let key = percentDecoded(path[3], plusAsSpace: false).lowercased()
        return PushServer.Push(key: key, error: field("success") == "true" ? nil : field("error") ?? "")
    }
}
