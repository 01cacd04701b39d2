import Basics
import Experiments
import JSON
import Kubernetes

/// Drains nodes as `kubectl drain --ignore-daemonsets` does: cordons them, evicts their pods and waits for their end.
struct NodeDrain {
    /// Between two looks at the pods that are going.
    private static let pause = Duration.seconds(2)

    private let invocation: NativeActivity.Invocation
    private let cluster: KubernetesClient
    private let timeout: Duration

    @Sendable static func run(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let timeout = try invocation.seconds("timeout", default: 120)
        let drain = NodeDrain(invocation: invocation, cluster: try await invocation.cluster(), timeout: timeout)
        // A pod that forbids the drain is found before anything has changed.
        for target in targets { _ = try await drain.evicted(from: target.objectName) }
        _ = try await Nodes.cordon(invocation, targets)
        for target in targets { try await drain.drain(target.objectName) }
        return JSONValue(texts: targets.map(\.objectName))
    }

    private func drain(_ node: String) async throws {
        // Read again: pods may have come until the node was cordoned.
        let pods = try await evicted(from: node)
        let end = invocation.time.now() + timeout
        for pod in pods { try await evict(pod, until: min(end, invocation.deadline)) }
        try await wait(for: pods, until: end)
    }

    /// The pods of a node that go: not mirror pods, those of DaemonSets, and those with local storage unless allowed.
    /// - Throws: for a pod that nothing would make again.
    private func evicted(from node: String) async throws -> [JSONValue] {
        let pods = try await invocation.objects(.pods, in: .all, fields: "spec.nodeName=\(node)")
        return try pods.filter { pod in
            if pod["metadata"]?["annotations"]?["kubernetes.io/config.mirror"] != nil { return false }
            let volumes = pod["spec"]?["volumes"]?.elements ?? []
            if volumes.contains(where: { $0["emptyDir"]?.objectValue != nil }) {
                return invocation.argument("delete_pods_with_local_storage").isTruthy
            }
            if ["Succeeded", "Failed"].contains(pod["status"]?["phase"]?.stringValue) { return true }
            for owner in pod["metadata"]?["ownerReferences"]?.elements ?? [] {
                if owner["kind"] == "DaemonSet" { return false }
                if owner["controller"] == true { return true }
            }
            throw ExperimentError.failedActivity(
                "Pod '\(pod.objectName)' on node '\(node)' is unmanaged, cannot drain this node. "
                    + "Delete it manually first?")
        }
    }

    /// Evicts a pod; while a budget does not allow it, it is tried again.
    private func evict(_ pod: JSONValue, until end: Timestamp) async throws {
        do {
            _ = try await cluster.evict(
                pod.objectName, in: .named(pod.objectNamespace ?? "default"),
                options: KubernetesDeleteOptions(uid: pod["metadata"]?["uid"]?.stringValue), until: end)
        } catch let error as KubernetesError {
            throw error.raised(as: "Failed to evict pod \(pod.objectName): \(error.body)")
        }
    }

    /// Waits until pods are gone, or others have their names.
    private func wait(for pods: [JSONValue], until end: Timestamp) async throws {
        var left = pods
        while !left.isEmpty {
            var still: [JSONValue] = []
            for pod in left where try await isThere(pod) { still.append(pod) }
            left = still
            if left.isEmpty { return }
            guard try await invocation.pauseBeforeNextLook(Self.pause, until: end) else {
                let seconds = invocation.argument("timeout").pythonText
                throw ExperimentError.failedActivity(
                    "Draining nodes did not completed within \(seconds)s. Remaining pods are:\n"
                        + left.map(\.objectName).joined(separator: "\n"))
            }
        }
    }

    private func isThere(_ pod: JSONValue) async throws -> Bool {
        do {
            let now = try await cluster.get(
                .pods, pod.objectName, in: .named(pod.objectNamespace ?? "default"), until: invocation.deadline)
            return now["metadata"]?["uid"] == pod["metadata"]?["uid"]
        } catch let error as KubernetesError where error.code == .notFound { return false }
    }
}
