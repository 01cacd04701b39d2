import Experiments
import JSON
import Kubernetes

/// The actions and probes of `chaosk8s.node`.
extension ChaosActivities {
    static var kubernetesNodes: [NativeActivity] { nodeActions + nodeProbes }

    private static var nodeActions: [NativeActivity] {
        [
            .kubernetes(
                "chaosk8s.node.actions", "delete_nodes", .action,
                "Deletes node objects without draining them; their machines go on.",
                arguments: [
                    .init("label_selector", .text, .null), .init("all", .flag, false), .init("rand", .flag, false),
                    .init("count", .integer, .null), .init("grace_period_seconds", .integer, .null),
                    .init("pod_label_selector", .text, .null), .init("pod_namespace", .text, .null),
                ],
                calls: [
                    .kubernetes("list", "nodes"), .kubernetes("list", "pods"), .kubernetes("delete", "nodes"),
                ],
                choice: "the first, all, or random nodes by label and by the pods on them",
                targets: Nodes.deleted, undo: .recreating([.nodes]), run: Nodes.delete),
            .kubernetes(
                "chaosk8s.node.actions", "create_node", .action, "Makes a node object.",
                arguments: [.init("meta", .object, .null), .init("spec", .object, .null)],
                calls: [.kubernetes("create", "nodes")], choice: "the node that meta names",
                targets: { try $0.created(Nodes.new($0), .nodes) }, undo: .removing([.nodes]), run: Nodes.create),
            .kubernetes(
                "chaosk8s.node.actions", "cordon_node", .action, "Lets no more pods be scheduled on nodes.",
                arguments: [.init("name", .text, .null), .init("label_selector", .text, .null)],
                calls: [.kubernetes("list", "nodes"), .kubernetes("patch", "nodes")],
                choice: "the node of this name, or all nodes by label",
                targets: { try await NodeChoice($0).all() }, undo: Nodes.uncordoning, run: Nodes.cordon),
            .kubernetes(
                "chaosk8s.node.actions", "uncordon_node", .action, "Lets pods be scheduled on nodes again.",
                arguments: [.init("name", .text, .null), .init("label_selector", .text, .null)],
                calls: [.kubernetes("list", "nodes"), .kubernetes("patch", "nodes")],
                choice: "the node of this name, or all nodes by label",
                // It only puts back.
                targets: { try await NodeChoice($0).all() }, run: Nodes.uncordon),
            .kubernetes(
                "chaosk8s.node.actions", "drain_nodes", .action,
                "Cordons nodes and evicts their pods, and waits until they are gone; budgets are kept to.",
                arguments: [
                    .init("name", .text, .null), .init("label_selector", .text, .null),
                    .init("delete_pods_with_local_storage", .flag, false), .init("timeout", .number, 120),
                    .init("count", .integer, .null), .init("pod_label_selector", .text, .null),
                    .init("pod_namespace", .text, .null),
                ],
                calls: [
                    .kubernetes("list", "nodes"), .kubernetes("list", "pods"), .kubernetes("get", "pods"),
                    .kubernetes("patch", "nodes"), .kubernetes("create", "pods/eviction"),
                ],
                choice: "nodes by name, label and the pods on them; all or a random number of them",
                // The evicted pods' controllers have made others by then.
                targets: { try await NodeChoice($0).drained() }, undo: Nodes.uncordoning, run: NodeDrain.run),
        ]
    }

    private static var nodeProbes: [NativeActivity] {
        func probe(
            _ function: String, _ summary: String, _ arguments: [NativeActivity.Argument] = [],
            _ run: @escaping @Sendable (NativeActivity.Invocation) async throws -> JSONValue
        ) -> NativeActivity {
            .kubernetes(
                "chaosk8s.node.probes", function, .probe, summary,
                arguments: arguments + [.init("label_selector", .text, .null)], calls: [.kubernetes("list", "nodes")]
            ) { invocation, _ in try await run(invocation) }
        }
        return [
            probe("get_nodes", "The list of nodes, as the API has it.", [], NodeStates.list),
            probe("get_all_node_status_conditions", "The conditions of nodes.", [], NodeStates.conditions),
            probe(
                "all_nodes_must_be_ready_to_schedule", "Whether all nodes are ready.", [],
                { try await NodeStates.all($0, have: "Ready", "True") }),
            probe(
                "verify_nodes_condition", "Whether all nodes have a condition.",
                [.init("condition_type", .text, "PIDPressure"), .init("condition_value", .text, "False")],
                {
                    try await NodeStates.all(
                        $0, have: $0.argument("condition_type").pythonText, $0.argument("condition_value").pythonText)
                }),
            probe("nodes_must_be_healthy", "Whether no node has a known problem.", [], NodeStates.areHealthy),
        ]
    }
}
