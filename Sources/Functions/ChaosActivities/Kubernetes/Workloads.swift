import Basics
import Experiments
import JSON
import Kubernetes

/// What the actions on Deployments, StatefulSets, DaemonSets and ReplicaSets do.
enum Workloads {
    /// Parts of an activity that are the same for all kinds.
    typealias Targets = @Sendable (NativeActivity.Invocation) async throws -> [NativeActivity.Target]
    typealias Run = @Sendable (NativeActivity.Invocation, [NativeActivity.Target]) async throws -> JSONValue

    // MARK: Making and deleting

    static func specified(_ kind: ResourceKind) -> Targets { { try $0.created($0.specification(), kind) } }

    static func create(_ kind: ResourceKind) -> Run {
        { invocation, _ in
            try await invocation.create(invocation.specification(), kind)
            return .null
        }
    }

    static func found(_ kind: ResourceKind) -> Targets { { try await $0.namedOrLabelled(kind) } }

    @Sendable static func delete(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await invocation.delete(targets)
        return .null
    }

    // MARK: Changes

    /// The object of the argument `name`, whether it is there or not: what changes it tells.
    static func named(_ kind: ResourceKind) -> Targets {
        { [.named($0.argument("name").pythonText, kind, in: $0.namespaceName)] }
    }

    static func scale(_ kind: ResourceKind) -> Run {
        { invocation, targets in
            let (name, replicas) = (invocation.argument("name").pythonText, invocation.argument("replicas"))
            try await patch(kind, ["spec": ["replicas": replicas]], invocation, targets) {
                "failed to scale '\(name)' to \(replicas.pythonText) replicas: \($0.pythonText)"
            }
            return .null
        }
    }

    /// Restarts the pods of a Deployment by an annotation of its template, as `kubectl rollout restart` does.
    @Sendable static func rollOut(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let now = JSONValue.string(invocation.time.now().iso8601)
        let template: JSONValue = ["metadata": ["annotations": ["kubectl.kubernetes.io/restartedAt": now]]]
        try await patch(.deployments, ["spec": ["template": template]], invocation, targets) {
            "failed to rollout the deployment '\(invocation.argument("name").pythonText)'! Error: \($0.pythonText)"
        }
        return .null
    }

    @Sendable static func updateDaemonSet(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await patch(.daemonSets, invocation.argument("spec"), invocation, targets) {
            "failed to update daemon set '\(invocation.argument("name").pythonText)': \($0.pythonText)"
        }
        return .null
    }

    private static func patch(
        _ kind: ResourceKind, _ patch: JSONValue, _ invocation: NativeActivity.Invocation,
        _ targets: [NativeActivity.Target], _ message: (KubernetesError) -> String
    ) async throws {
        let target = try firstTarget(of: targets)
        do {
            _ = try await invocation.cluster().patch(
                kind, target.objectName, .strategicMerge(patch), in: target.objectNamespace,
                until: invocation.deadline)
        } catch let error as KubernetesError where error.status != nil {
            throw error.raised(as: message(error))
        }
    }

    // MARK: Microservices

    /// What `kill_microservice` deletes: the Deployment and the ReplicaSet of a name, and the pods of its label.
    @Sendable static func microservice(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        var targets = try await invocation.namedOrLabelled(.deployments)
        targets += try await invocation.namedOrLabelled(.replicaSets)
        let pods = try await invocation.objects(.pods, labels: invocation.formatted("label_selector"))
        return targets + pods.map { .object($0, .pods, in: invocation.namespaceName, candidates: pods.count) }
    }

    /// Deletes what was found; the cluster may have deleted a Deployment's pods in the meantime.
    @Sendable static func kill(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let cluster = try await invocation.cluster()
        try await changeInTurn(targets, "deleted", name: \.id) { target in
            do {
                try await cluster.delete(
                    target.resource(), target.objectName, in: target.objectNamespace, until: invocation.deadline)
            } catch let error as KubernetesError where error.code == .notFound {}
        }
        return .null
    }
}
