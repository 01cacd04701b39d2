import Basics

/// A chat service on 127.0.0.1 that can fail in the ways real ones do, and remembers what it has taken.
///
/// It answers as Slack does: incoming webhooks in words, the Web API (`/api/…`) in JSON.
public final class ChatServer: Sendable {
    /// What becomes of one request.
    public enum Behaviour: Sendable, Hashable {
        /// It is taken.
        case accepts
        /// 429, with the seconds to wait in `Retry-After`; without when nil.
        case limits(seconds: Int?)
        /// 500.
        case fails
        /// No answer for as long as the client waits.
        case stalls
        /// 200 and a gateway's page.
        case answersWithAPage
        /// It is taken, and this is the answer's body: what services say that only imitate Slack.
        case acceptsSaying(String)
        /// `ok: false` with this error, or what a webhook says instead.
        case declines(String)
        /// The connection is cut off instead of an answer.
        case hangsUp
        /// The connection is cut off within the answer's head.
        case breaksOff
    }

    private let server: ScriptedServer
    private let taken: Locked<[ServerRequest]>

    /// - Parameter behaviour: decides by the request and its number, from 0.
    public init(_ behaviour: @escaping @Sendable (ServerRequest, Int) -> Behaviour = { _, _ in .accepts }) throws {
        let taken = Locked<[ServerRequest]>([])
        let count = Locked(0)
        server = try ScriptedServer { request in
            let number = count.withLock { count in
                defer { count += 1 }
                return count
            }
            let behaviour = behaviour(request, number)
            if behaviour.takes { taken.withLock { $0.append(request) } }
            return Self.reply(behaviour, to: request, number)
        }
        self.taken = taken
    }

    /// Behaves in these ways, one request after the other, then accepts everything.
    public convenience init(_ behaviours: [Behaviour]) throws {
        try self.init { _, number in number < behaviours.count ? behaviours[number] : .accepts }
    }

    /// `http://127.0.0.1:<port>`; a webhook is any path below, the Web API is `/api`.
    public var url: String { server.url }
    /// The requests that were taken, in their order.
    public var accepted: [ServerRequest] { taken.withLock { $0 } }
    /// All requests.
    public var requests: [ServerRequest] { server.requests }

    /// Closes the port.
    public func stop() { server.stop() }

    private static func reply(_ behaviour: Behaviour, to request: ServerRequest, _ number: Int) -> Reply {
        let isAPI = request.target.hasPrefix("/api/")
        let json = [("Content-Type", "application/json")]
        switch behaviour {
        case .accepts:
            return isAPI
                ? .http(
                    200, headers: json, body: #"{"ok":true,"channel":"C1","ts":"1700000000.\#(1_000_000 + number)"}"#)
                : .http(200, body: "ok")
        case .limits(let seconds):
            return .http(429, headers: seconds.map { [("Retry-After", "\($0)")] } ?? [], body: "rate_limited")
        case .fails: return .http(500, body: "rollup_error")
        case .stalls: return .hang
        case .answersWithAPage:
            return .http(200, headers: [("Content-Type", "text/html")], body: "<html>sign in</html>")
        case .acceptsSaying(let text): return .http(200, body: text)
        case .declines(let error):
            let status = ["invalid_token": 403, "no_service": 404][error] ?? 400
            return isAPI
                ? .http(200, headers: json, body: #"{"ok":false,"error":"\#(error)"}"#) : .http(status, body: error)
        case .hangsUp: return .reset
        case .breaksOff: return .raw("HTTP/1.1 200 OK\r\nContent-Le", closes: true)
        }
    }
}

extension ChatServer.Behaviour {
    fileprivate var takes: Bool {
        switch self {
        case .accepts, .acceptsSaying: true
        default: false
        }
    }
}
