import Basics
import Experiments
import JSON
import Kubernetes

/// What the actions of `chaosk8s.node` do, except for the drain.
enum Nodes {
    @Sendable static func deleted(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        try await NodeChoice(invocation).deleted()
    }

    @Sendable static func delete(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let seconds = invocation.argument("grace_period_seconds").intValue
        try await invocation.delete(
            targets, options: KubernetesDeleteOptions(gracePeriodSeconds: seconds.map { Int($0) }))
        return JSONValue(texts: targets.map(\.objectName))
    }

    // MARK: Making one

    /// The object of the arguments `meta` and `spec`, whose members have the API's names or those of Python's client:
    /// `providerID` or `provider_id`.
    @Sendable static func new(_ invocation: NativeActivity.Invocation) -> JSONValue {
        var node: JSONObject = ["apiVersion": "v1", "kind": "Node"]
        node["metadata"] = invocation.given("meta")?.apiNames
        node["spec"] = invocation.given("spec")?.apiNames
        return .object(node)
    }

    @Sendable static func create(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        do {
            return try await invocation.cluster().create(
                .nodes, invocation.named(new(invocation)), until: invocation.deadline)
        } catch let error as KubernetesError {
            throw error.raised(as: "Creating new node failed: \(error.body)")
        }
    }

    // MARK: Cordons

    @Sendable static func cordon(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await setUnschedulable(true, "unschedule", invocation, targets)
        return JSONValue(texts: targets.map(\.objectName))
    }

    @Sendable static func uncordon(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await setUnschedulable(false, "schedule", invocation, targets)
        return JSONValue(texts: targets.map(\.objectName))
    }

    private static func setUnschedulable(
        _ isCordoned: Bool, _ verb: String, _ invocation: NativeActivity.Invocation,
        _ targets: [NativeActivity.Target]
    ) async throws {
        let cluster = try await invocation.cluster()
        for target in targets {
            do {
                _ = try await cluster.patch(
                    .nodes, target.objectName, .strategicMerge(["spec": ["unschedulable": .bool(isCordoned)]]),
                    until: invocation.deadline)
            } catch let error as KubernetesError {
                throw error.raised(as: "Failed to \(verb) node '\(target.objectName)': \(error.body)")
            }
        }
    }

    /// Uncordons nodes that were not cordoned before.
    static let uncordoning = NativeActivity.Undo.patching(
        .nodes, "uncordons the nodes that were not cordoned before", "the cordon",
        part: { .bool($0["spec"]?["unschedulable"] == true) }, after: { _ in true },
        // Absent, as it was: kubectl removes the member, too.
        patch: { .strategicMerge(["spec": ["unschedulable": $0 == true ? true : .null]]) })
}

extension JSONValue {
    /// Members in snake case renamed as the API has them; labels and annotations keep their names.
    fileprivate var apiNames: JSONValue {
        switch self {
        case .array(let elements): return .array(elements.map(\.apiNames))
        case .object(let members):
            return .object(
                JSONObject(
                    members.map { name, value in
                        let isFree = name == "labels" || name == "annotations"
                        return (Self.apiName(name), isFree ? value : value.apiNames)
                    }))
        default: return self
        }
    }

    private static func apiName(_ name: String) -> String {
        // What the client does not write in camel case.
        let irregular = ["pod_cidr": "podCIDR", "pod_cid_rs": "podCIDRs", "provider_id": "providerID"]
        if let other = irregular[name] { return other }
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        guard words.count > 1, !words.contains("") else { return name }
        return words[0] + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
