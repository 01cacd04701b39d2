public import Basics
import JSON
import Transport

/// Which part of a container's log is read.
public struct PodLogOptions: Sendable, Hashable {
    /// The container; nil for the only one.
    public var container: String?
    /// Whether it is the log of the container that ran before this one.
    public var isPrevious: Bool
    /// How many lines of the end; nil for all.
    public var tailLines: Int?
    /// Only what is at most so many seconds old; nil for all.
    public var sinceSeconds: Int?
    /// Whether each line begins with its time.
    public var hasTimestamps: Bool
    /// The most bytes; the server leaves out what follows.
    public var maximumBytes: Int

    /// By default the first 4 MiB of the log of the only container.
    public init(
        container: String? = nil, isPrevious: Bool = false, tailLines: Int? = nil, sinceSeconds: Int? = nil,
        hasTimestamps: Bool = false, maximumBytes: Int = 4 << 20
    ) {
        self.container = container
        self.isPrevious = isPrevious
        self.tailLines = tailLines
        self.sinceSeconds = sinceSeconds
        self.hasTimestamps = hasTimestamps
        self.maximumBytes = maximumBytes
    }

    var query: [(name: String, value: String)] {
        var query = [("limitBytes", "\(maximumBytes)")]
        if let container { query.append(("container", container)) }
        if isPrevious { query.append(("previous", "true")) }
        if let tailLines { query.append(("tailLines", "\(tailLines)")) }
        if let sinceSeconds { query.append(("sinceSeconds", "\(sinceSeconds)")) }
        if hasTimestamps { query.append(("timestamps", "true")) }
        return query
    }
}

/// What came of an eviction.
public enum EvictionOutcome: Sendable, Hashable {
    /// The pod is going; it may be there until its grace period is over.
    case evicted
    /// There is no such pod any more, or another one has its name.
    case alreadyGone
}

extension KubernetesClient {
    /// The log of a container; bytes that are no UTF-8 become U+FFFD.
    /// - Throws: `KubernetesError`, `CancellationError`.
    public func logs(
        _ pod: String, in namespace: KubernetesNamespace = .ofContext, _ options: PodLogOptions = PodLogOptions(),
        until deadline: Timestamp
    ) async throws -> String {
        var call = try call("get", "GET", .pods, pod, namespace, subresource: "log")
        call.query = options.query
        // The limit is the server's: what came up to it is the log.
        return String(decoding: try await send(call, until: deadline).body, as: UTF8.self)
    }

    /// Evicts a pod, as a drain does: unlike a deletion it keeps to PodDisruptionBudgets.
    ///
    /// While a budget does not allow it (429) it is tried again, after the time that the server says.
    /// - Parameters:
    ///   - options: the grace period, and the pod's `uid`, so that no other pod of its name is evicted.
    ///   - onRefusal: told of each refusal by a budget.
    /// - Throws: `KubernetesError`, with `tooManyRequests` when no try until the deadline was allowed;
    ///   `CancellationError`.
    @discardableResult
    public func evict(
        _ pod: String, in namespace: KubernetesNamespace = .ofContext,
        options: KubernetesDeleteOptions = KubernetesDeleteOptions(), until deadline: Timestamp,
        onRefusal: (@Sendable (KubernetesError) -> Void)? = nil
    ) async throws -> EvictionOutcome {
        var call = try call("create", "POST", .pods, pod, namespace, subresource: "eviction")
        call.text = "evict pods/\(pod)" + (name(of: namespace).map { " in namespace \($0)" } ?? "")
        call.body = eviction(of: pod, namespace, options)
        var tries = 1
        while true {
            do {
                _ = try await send(call, until: deadline, leaving: .tooManyRequests)
                return .evicted
            } catch var error as KubernetesError {
                switch error.code {
                case .notFound: return .alreadyGone
                case .conflict where options.uid != nil: return .alreadyGone
                case .tooManyRequests: break
                default: throw error
                }
                if let budget = error.causes.first(where: { $0.reason == "DisruptionBudget" }) {
                    error.message += " \(budget.message)"
                }
                onRefusal?(error)
                let pause = error.retryAfter ?? Self.evictionPause
                guard time.now() + pause < deadline else {
                    error.message += " (asked \(counted(tries, "time")) until the deadline)"
                    throw error
                }
                try await time.sleep(pause)
                tries += 1
            }
        }
    }

    /// Between two tries of an eviction, where the server does not say: kubectl's.
    private static let evictionPause = Duration.seconds(5)

    private func eviction(
        of pod: String, _ namespace: KubernetesNamespace, _ options: KubernetesDeleteOptions
    ) -> JSONValue {
        var metadata: JSONObject = ["name": .string(pod)]
        metadata["namespace"] = name(of: namespace).map(JSONValue.string)
        return [
            "apiVersion": "policy/v1", "kind": "Eviction", "metadata": .object(metadata),
            "deleteOptions": options.document,
        ]
    }
}
