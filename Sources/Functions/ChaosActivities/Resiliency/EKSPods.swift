import AWS
import AWSResources
import Basics
import Experiments
import JSON
import Kubernetes
import RegularExpressions

extension NativeActivity.Invocation {
    /// A client of the EKS cluster that `cluster_name` says, in the region of the argument.
    func eksCluster() async throws -> KubernetesClient {
        try await inItsRegion.eksCluster(named: argument("cluster_name").stringValue ?? "")
    }
}

/// The pods of an EKS cluster.
enum EKSPods {
    /// Only running pods are chosen; the original also takes those that have ended or are about to.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let quantity = try quantity(invocation)
        let namespace = invocation.argument("name_space").stringValue ?? ""
        let text = invocation.argument("pod_name_pattern").stringValue ?? ""
        let pattern: RegularExpression
        do throws(RegularExpressionError) { pattern = try RegularExpression(text) } catch {
            throw ExperimentError(python: "re.error", "pod_name_pattern: \(error)")
        }
        let pods = try await invocation.eksCluster()
            .list(.pods, in: .named(namespace), until: invocation.deadline).items
            .filter { !$0.isTerminating && $0["status"]?["phase"] == "Running" && pattern.matches($0.objectName) }
        guard !pods.isEmpty else {
            throw ExperimentError.failedActivity(
                "no running pod in namespace \(namespace) of cluster \(invocation.argument("cluster_name").pythonText) "
                    + "matches \(text): nothing to kill")
        }
        let selection = try Selection(quantity, of: pods, by: \.objectName, seed: invocation.seed)
        return selection.chosen.map { .object($0, .pods, in: namespace, candidates: selection.available) }
    }

    private static func quantity(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> Quantity {
        switch invocation.argument("test_target_type") {
        case "ALL": return .all
        case "RANDOM":
            return .count(try invocation.positiveNumber("num_pods_to_kill"))
        case let type:
            throw .failedActivity("test_target_type is \(type.pythonText), expected RANDOM or ALL")
        }
    }

    @Sendable static func kill(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let cluster = try await invocation.eksCluster()
        try await changeInTurn(targets, "deleted", name: \.id) { target in
            try await cluster.delete(
                .pods, target.objectName, in: target.objectNamespace, until: invocation.deadline)
        }
        return ["pods_terminated": JSONValue(texts: targets.map(\.objectName))]
    }

    /// The original looks at the last container of each pod only.
    @Sendable static func isHealthy(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let containers: [JSONValue] = try await named(invocation).flatMap { pod in
            pod["status"]?["containerStatuses"]?.elements ?? []
        }
        return .bool(
            containers.contains {
                $0["ready"] == true && $0["started"] == true && $0["state"]?["running"]?.objectValue != nil
            })
    }

    @Sendable static func isRebuilt(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let conditions: [JSONValue] = try await named(invocation).flatMap { pod in
            pod["status"]?["conditions"]?.elements ?? []
        }
        let ready = conditions.filter { $0["type"] == "Ready" && $0["status"] == "True" }
        return .bool(ready.count > 1)
    }

    /// The pods of the namespace whose names have the text `pod_name` in them.
    private static func named(_ invocation: NativeActivity.Invocation) async throws -> [JSONValue] {
        let text = invocation.argument("pod_name").stringValue ?? ""
        let namespace = invocation.argument("namespace").stringValue ?? ""
        return try await invocation.eksCluster()
            .list(.pods, in: .named(namespace), until: invocation.deadline).items
            .filter { $0.objectName.containsBytes(text) }
    }
}

extension NativeActivity.Invocation {
    /// An argument that is a number from 1, which experiments also write as a text.
    func positiveNumber(_ name: String) throws(ExperimentError) -> Int {
        let value = argument(name)
        guard let number = value.intValue ?? value.stringValue.flatMap({ Int64($0) }), number > 0 else {
            throw .failedActivity("\(name) is \(value.pythonText), expected a whole number from 1")
        }
        return Int(clamping: number)
    }
}
