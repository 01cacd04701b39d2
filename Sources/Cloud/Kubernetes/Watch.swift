public import Basics
public import JSON
import Transport

/// What happened to the objects that are watched.
public enum KubernetesWatchEvent: Sendable, Hashable {
    /// All objects as they are now, in the place of all that was told before.
    ///
    /// The first event, and again when the server has forgotten what happened meanwhile.
    case state([JSONValue])
    /// An object is new, or has begun to fit the selector.
    case added(JSONValue)
    /// An object has changed.
    case modified(JSONValue)
    /// An object is gone, or has ceased to fit the selector; as it was last.
    case deleted(JSONValue)
}

extension KubernetesClient {
    /// The longest that one connection of a watch lasts; the next one goes on where it ended.
    private static let longestConnection: Int64 = 290
    /// How long a connection may outlast the time that was asked for.
    private static let connectionGrace = Duration.seconds(15)

    /// Watches the objects of a kind until the body has seen enough.
    ///
    /// Connections that end are replaced without a gap or a repetition: each goes on after the last event or bookmark.
    /// - Parameter body: gets every event in order; a value ends the watch, nil goes on.
    /// - Returns: the body's value.
    /// - Throws: `KubernetesError`, with `timedOut` at the deadline; `CancellationError`; what the body throws.
    public func watch<R: Sendable>(
        _ kind: ResourceKind, in namespace: KubernetesNamespace = .ofContext, _ selector: KubernetesSelector = .init(),
        until deadline: Timestamp, _ body: @escaping @Sendable (KubernetesWatchEvent) async throws -> R?
    ) async throws -> R {
        var call = try APICall("watch", "GET", kind, namespace: name(of: namespace))
        var position: String?
        var emptyConnections = 0
        while true {
            guard time.now() < deadline else { throw timedOut(call) }
            let version: String
            if let position {
                version = position
            } else {
                let list = try await list(kind, in: namespace, selector, until: deadline)
                if let result = try await body(.state(list.items)) { return result }
                version = list.resourceVersion
            }
            let seconds = max(1, min((deadline - time.now()).components.seconds, Self.longestConnection))
            call.query =
                selector.query + [
                    ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", version),
                    ("timeoutSeconds", "\(seconds)"),
                ]
            let end = try await connection(of: call, at: version, until: deadline, body)
            switch end {
            case .result(let result): return try result.get()
            case .ended(let last, let hadEvents):
                position = last
                emptyConnections = hadEvents ? 0 : emptyConnections + 1
            case .expired:
                position = nil
                emptyConnections += 1
            }
            guard emptyConnections > 0 else { continue }
            // A server that ends every connection at once is not asked without a pause.
            try await time.sleep(min(pause(after: emptyConnections, nil), max(deadline - time.now(), .zero)))
        }
    }

    /// How one connection of a watch ended.
    enum WatchEnd<R: Sendable>: Sendable {
        /// By the body, with its value or its error.
        case result(Result<R, any Error>)
        /// By the server or the network, after the event of this version.
        case ended(at: String, hadEvents: Bool)
        /// The server does not know what happened since then.
        case expired
    }

    /// One connection of a watch.
    func connection<R: Sendable>(
        of call: APICall, at version: String, until deadline: Timestamp,
        _ body: @escaping @Sendable (KubernetesWatchEvent) async throws -> R?
    ) async throws -> WatchEnd<R> {
        do {
            return try await repeating(call, until: deadline) { credentials in
                var request = try self.request(call, credentials, until: deadline)
                let left = deadline - self.time.now()
                request.totalTimeout = min(left, .seconds(Self.longestConnection) + Self.connectionGrace)
                request.maximumResponseBytes = .max >> 1  // of all events together; each one has its own limit
                request.acceptsGzip = false
                return try await self.http.withResponse(to: request) { response, stream in
                    guard response.status == 200 else {
                        return .refused(try await Self.whole(response, stream))
                    }
                    return .done(try await self.events(of: call, in: stream, at: version, body))
                }
            }
        } catch let error as KubernetesError where error.code == .expired {
            return .expired
        }
    }

    /// Passes on the events of a stream.
    private func events<R: Sendable>(
        of call: APICall, in stream: HTTPResponseBody, at version: String,
        _ body: @Sendable (KubernetesWatchEvent) async throws -> R?
    ) async throws -> WatchEnd<R> {
        var lines = LineBuffer(limit: maximumResponseBytes)
        var version = version
        var hadEvents = false
        while true {
            let piece: [UInt8]?
            // A connection that breaks is replaced like one that the server ends.
            do { piece = try await stream.next() } catch is TransportError { piece = nil }
            guard let piece else { return .ended(at: version, hadEvents: hadEvents) }
            guard lines.append(piece) else {
                throw invalid("an event is larger than \(maximumResponseBytes) bytes", call)
            }
            while let line = lines.next() {
                guard let event = try? JSONValue(parsing: line), let object = event["object"] else {
                    throw invalid("the server sent an event that is not one", call)
                }
                if event["type"] == "ERROR" {
                    let status = StatusDocument(object)
                    if status.code == 410 { return .expired }
                    throw KubernetesError(
                        status, status: status.code ?? 500, retryAfter: nil, of: call,
                        user: configuration.authentication.user)
                }
                version = object["metadata"]?["resourceVersion"]?.stringValue ?? version
                hadEvents = true
                guard let told = KubernetesWatchEvent(event["type"]?.stringValue ?? "", object) else { continue }
                do {
                    if let result = try await body(told) { return .result(.success(result)) }
                } catch {
                    return .result(.failure(error))  // not to be taken for a failure of the watch
                }
            }
        }
    }

    /// A refusal with the start of its body.
    private static func whole(_ response: HTTPResponse, _ stream: HTTPResponseBody) async throws -> HTTPResponse {
        var response = response
        while response.body.count < 65_536, let piece = try await stream.next() { response.body += piece }
        return response
    }
}

extension KubernetesWatchEvent {
    /// nil for a bookmark, and for kinds of events that are not known.
    fileprivate init?(_ type: String, _ object: JSONValue) {
        switch type {
        case "ADDED": self = .added(object)
        case "MODIFIED": self = .modified(object)
        case "DELETED": self = .deleted(object)
        default: return nil
        }
    }
}

/// Cuts a stream of bytes into lines.
struct LineBuffer {
    /// The longest line, in bytes.
    let limit: Int
    private var bytes: [UInt8] = []
    /// How much of `bytes` has no line end in it.
    private var searched = 0

    init(limit: Int) { self.limit = limit }

    /// Adds bytes; false when a line is longer than the limit.
    mutating func append(_ more: [UInt8]) -> Bool {
        bytes += more
        return bytes.count <= limit + more.count
    }

    /// The next whole line without its end, empty ones left out; nil when there is none yet.
    mutating func next() -> [UInt8]? {
        while let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = Array(bytes[..<end])
            bytes.removeSubrange(...end)
            searched = 0
            if !line.isEmpty { return line }
        }
        searched = bytes.count
        return nil
    }
}
