import Basics
import Experiments
import JSON
import Kubernetes

/// How many pods of a workload there are and should be.
enum WorkloadStates {
    /// What counts, by kind of workload; a number that is absent is 0, and the replicas asked for are 1.
    struct Replicas {
        let ready: Int64
        let available: Int64
        let wanted: Int64

        init(_ object: JSONValue, _ kind: ResourceKind) {
            func number(_ part: String, _ member: String) -> Int64? { object[part]?[member]?.intValue }
            if kind == .daemonSets {
                ready = number("status", "numberReady") ?? 0
                available = ready
                wanted = number("status", "desiredNumberScheduled") ?? 0
            } else {
                ready = number("status", "readyReplicas") ?? 0
                available = number("status", "availableReplicas") ?? 0
                wanted = number("spec", "replicas") ?? 1
            }
        }
    }

    /// The objects of the argument `name` that `label_selector` matches, too.
    static func found(_ kind: ResourceKind, _ invocation: NativeActivity.Invocation) async throws -> [JSONValue] {
        try await invocation.cluster().list(
            kind, in: invocation.namespace, selector(invocation, invocation.given("label_selector")?.stringValue),
            until: invocation.deadline
        ).items
    }

    private static func selector(
        _ invocation: NativeActivity.Invocation, _ labels: String?
    ) -> KubernetesSelector {
        KubernetesSelector(labels: labels, fields: "metadata.name=\(invocation.argument("name").pythonText)")
    }

    /// Watches the workload until it is ready, or until it is not.
    /// - Returns: whether that came within the argument `timeout`.
    static func becomes(
        ready: Bool, _ kind: ResourceKind, _ invocation: NativeActivity.Invocation
    ) async throws -> Bool {
        let timeout = Duration.seconds(invocation.argument("timeout").intValue ?? 30)
        let end = invocation.time.now() + timeout
        @Sendable func isReached(_ object: JSONValue) -> Bool {
            let replicas = Replicas(object, kind)
            return (replicas.ready == replicas.wanted) == ready
        }
        do {
            return try await invocation.cluster().watch(
                kind, in: invocation.namespace, selector(invocation, invocation.formatted("label_selector")),
                until: min(end, invocation.deadline)
            ) { event in
                switch event {
                case .state(let objects): objects.contains(where: isReached) ? true : nil
                case .added(let object), .modified(let object): isReached(object) ? true : nil
                // What is gone is not ready; chaosk8s takes the state that it had last.
                case .deleted: ready ? nil : true
                }
            }
        } catch let error as KubernetesError where error.code == .timedOut && end <= invocation.deadline {
            return false
        }
    }

    // MARK: Deployments

    @Sendable static func deploymentIsHealthy(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let name = invocation.argument("name").pythonText
        let found = try await found(.deployments, invocation)
        guard !found.isEmpty else {
            return try invocation.fails("raise_on_unavailable", "Deployment '\(name)' was not found")
        }
        let isHealthy = found.map { Replicas($0, .deployments) }.allSatisfy { $0.available == $0.wanted }
        return isHealthy ? true : try invocation.fails("raise_on_unavailable", "Deployment '\(name)' is not healthy")
    }

    @Sendable static func deploymentIsPartlyAvailable(
        _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        let name = invocation.argument("name").pythonText
        let flag = "raise_on_not_partially_available"
        guard let first = try await found(.deployments, invocation).first else {
            return try invocation.fails(flag, "Deployment '\(name)' was not found")
        }
        if Replicas(first, .deployments).available >= 1 { return true }
        return try invocation.fails(flag, "Deployment '\(name)' is not healthy")
    }

    // MARK: DaemonSets

    @Sendable static func daemonSetIsHealthy(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let found = try await found(.daemonSets, invocation).map { Replicas($0, .daemonSets) }
        return .bool(!found.isEmpty && found.allSatisfy { $0.ready == $0.wanted })
    }

    @Sendable static func daemonSetIsPartlyAvailable(
        _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        .bool(try await found(.daemonSets, invocation).first.map { Replicas($0, .daemonSets).ready >= 1 } ?? false)
    }
}
