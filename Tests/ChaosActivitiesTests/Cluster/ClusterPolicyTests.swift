import Experiments
import JSON
import Kubernetes
import Testing

@testable import ChaosActivities

/// The roles of activities allow what they do in a cluster, on what they hit.
struct ClusterPolicyTests {
    private static func activity(_ name: String) throws -> NativeActivity {
        try #require(ChaosActivities.registry.all["chaosk8s." + name])
    }

    private static func target(_ kind: String, _ id: String) -> NativeActivity.Target {
        NativeActivity.Target(kind: "k8s:" + kind, id: id)
    }

    private static func role(_ namespace: String?, _ rules: JSONValue) -> JSONValue {
        var metadata: JSONObject = ["name": "tocsin"]
        metadata["namespace"] = namespace.map { .string($0) }
        return [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": namespace == nil ? "ClusterRole" : "Role",
            "metadata": .object(metadata), "rules": rules,
        ]
    }

    @Test("what is in a namespace is allowed there, on the targets where the verb is for one object")
    func namespaced() throws {
        let roles = ChaosActivities.clusterRole(for: [
            (
                try Self.activity("pod.actions.terminate_pods"),
                [Self.target("pod", "shop/web-2"), Self.target("pod", "shop/web-1"), Self.target("pod", "bank/till")]
            ),
            (try Self.activity("deployment.actions.scale_deployment"), [Self.target("deployment", "shop/web")]),
        ])
        #expect(
            roles == [
                Self.role(
                    "bank",
                    [
                        ["apiGroups": [""], "resources": ["namespaces"], "resourceNames": ["bank"], "verbs": ["get"]],
                        ["apiGroups": [""], "resources": ["pods"], "verbs": ["create", "list"]],
                        ["apiGroups": [""], "resources": ["pods"], "resourceNames": ["till"], "verbs": ["delete", "get"]],
                    ]),
                Self.role(
                    "shop",
                    [
                        ["apiGroups": [""], "resources": ["namespaces"], "resourceNames": ["shop"], "verbs": ["get"]],
                        ["apiGroups": [""], "resources": ["pods"], "verbs": ["create", "list"]],
                        [
                            "apiGroups": [""], "resources": ["pods"], "resourceNames": ["web-1", "web-2"],
                            "verbs": ["delete", "get"],
                        ],
                        [
                            "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["web"],
                            "verbs": ["get", "patch"],
                        ],
                    ]),
            ])
    }

    @Test("nodes, and the pods on them, are allowed in the whole cluster")
    func drain() throws {
        let roles = ChaosActivities.clusterRole(for: [
            (try Self.activity("node.actions.drain_nodes"), [Self.target("node", "n1")])
        ])
        #expect(
            roles == [
                Self.role(
                    nil,
                    [
                        ["apiGroups": [""], "resources": ["nodes"], "resourceNames": ["n1"], "verbs": ["get", "patch"]],
                        ["apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]],
                        ["apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]],
                        ["apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]],
                    ])
            ])
    }

    @Test("without targets all objects are allowed; what one activity may do anywhere includes another's targets")
    func withoutTargets() throws {
        let exec = try Self.activity("pod.actions.exec_in_pods")
        #expect(
            ChaosActivities.clusterRole(for: [(exec, []), (try Self.activity("pod.probes.count_pods"), [])]) == [
                Self.role(
                    nil,
                    [
                        ["apiGroups": [""], "resources": ["pods"], "verbs": ["list"]],
                        ["apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create", "get"]],
                    ])
            ])
        let delete = try Self.activity("statefulset.actions.remove_statefulset")
        let role = ChaosActivities.clusterRole(for: [(delete, []), (delete, [Self.target("statefulset", "a/b")])])
        #expect(role.map { $0["kind"] } == ["ClusterRole", "Role"])
        #expect(
            ChaosActivities.clusterRole(for: [(exec, [Self.target("pod", "shop/web-1")])])[0]["rules"] == [
                ["apiGroups": [""], "resources": ["pods"], "verbs": ["list"]],
                [
                    "apiGroups": [""], "resources": ["pods/exec"], "resourceNames": ["web-1"],
                    "verbs": ["create", "get"],
                ],
            ])
        #expect(ChaosActivities.clusterRole(for: [(try Self.activity("pod.probes.should_be_found_in_logs"), [])]) == [])
    }

    @Test("every declared request has a verb and a resource that RBAC knows")
    func declarations() {
        let verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
        let known = Set(ResourceKind.builtIn.map(\.qualifiedName))
        let calls = ChaosActivities.all.flatMap { $0.calls + ($0.undo?.calls ?? []) }.filter { $0.system == .kubernetes }
        for call in calls {
            let parts = call.action.split(separator: " ").map(String.init)
            #expect(parts.count == 2, "\(call.action)")
            #expect(verbs.contains(parts.first ?? ""), "\(call.action)")
            let resource = String((parts.last ?? "").prefix { $0 != "/" })
            #expect(known.contains(resource) || resource.contains("."), "\(call.action)")
        }
        #expect(calls.count > 60)
    }
}
