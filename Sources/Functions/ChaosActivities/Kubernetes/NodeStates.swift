import Experiments
import JSON
import Kubernetes

/// What the probes of `chaosk8s.node` find out from the states of nodes.
enum NodeStates {
    /// What a healthy node's conditions are; those that it does not have do not count.
    private static let healthy = [
        "FrequentKubeletRestart": "False", "FrequentDockerRestart": "False", "FrequentContainerdRestart": "False",
        "ReadonlyFilesystem": "False", "KernelDeadlock": "False", "CorruptDockerOverlay2": "False",
        "FrequentUnregisterNetDevice": "False", "NetworkUnavailable": "False", "MemoryPressure": "False",
        "DiskPressure": "False", "PIDPressure": "False", "Ready": "True",
    ]

    @Sendable static func list(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let list = try await invocation.cluster().list(
            .nodes, KubernetesSelector(labels: invocation.given("label_selector")?.stringValue),
            until: invocation.deadline)
        return [
            "kind": "NodeList", "apiVersion": "v1", "metadata": ["resourceVersion": .string(list.resourceVersion)],
            "items": .array(list.items),
        ]
    }

    @Sendable static func conditions(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let nodes = try await invocation.objects(.nodes, labels: invocation.given("label_selector")?.stringValue)
        return .array(
            nodes.map { node in
                var states: JSONObject = ["name": .string(node.objectName)]
                for condition in node["status"]?["conditions"]?.elements ?? [] {
                    guard let type = condition["type"]?.stringValue else { continue }
                    states[type] = condition["status"] ?? .null
                }
                return .object(states)
            })
    }

    static func all(
        _ invocation: NativeActivity.Invocation, have type: String, _ status: String
    ) async throws -> JSONValue {
        let nodes = try await conditions(invocation).elements
        return .bool(nodes.allSatisfy { $0[type]?.stringValue == status })
    }

    @Sendable static func areHealthy(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let nodes = try await conditions(invocation).elements
        return .bool(
            nodes.allSatisfy { node in
                healthy.allSatisfy { type, status in node[type].map { $0.stringValue == status } ?? true }
            })
    }
}
