import Experiments
import JSON
import Kubernetes

/// The actions and probes of `chaosk8s.pod`.
extension ChaosActivities {
    static var kubernetesPods: [NativeActivity] { podActions + podProbes }

    private static var podActions: [NativeActivity] {
        [
            .kubernetes(
                "chaosk8s.pod.actions", "terminate_pods", .action,
                "Deletes pods of a namespace; those without a controller are made again by the undo.",
                arguments: podChoice + [
                    .init("qty", .integer, 1), .init("grace_period", .integer, -1), .init("ns", .text, "default"),
                    .init("order", .text, "alphabetic"),
                ],
                calls: [.kubernetes("list", "pods"), .kubernetes("delete", "pods")],
                choice: "all, the first or random pods by label and name pattern",
                targets: Pods.chosen, undo: .recreating([.pods]), run: Pods.terminate),
            .kubernetes(
                "chaosk8s.pod.actions", "exec_in_pods", .action,
                "Runs a command in a container of pods and returns how each ended.",
                arguments: [.init("cmd", .any)] + podChoice + [
                    .init("qty", .integer, 1), .init("ns", .text, "default"), .init("order", .text, "alphabetic"),
                    .init("container_name", .text, .null), .init("request_timeout", .number, 60),
                ],
                // Kubernetes before 1.35 asks for the verb get.
                calls: [
                    .kubernetes("list", "pods"), .kubernetes("create", "pods/exec"), .kubernetes("get", "pods/exec"),
                ],
                choice: "all, the first or random pods by label and name pattern",
                // What a command does nobody can take back.
                targets: Pods.commanded, run: Pods.run),
            .kubernetes(
                "chaosk8s.pod.actions", "delete_pods", .action,
                "Deletes the first pod by name pattern or label: the older name of terminate_pods.",
                arguments: [
                    .init("name", .text, .null), .init("ns", .text, "default"), .init("label_selector", .text, .null),
                ],
                calls: [.kubernetes("list", "pods"), .kubernetes("delete", "pods")],
                choice: "the first pod by label and name pattern",
                targets: Pods.firstNamed, undo: .recreating([.pods]), run: Pods.terminate),
        ]
    }

    private static var podChoice: [NativeActivity.Argument] {
        [
            .init("label_selector", .text, .null), .init("name_pattern", .text, .null), .init("all", .flag, false),
            .init("rand", .flag, false), .init("mode", .text, "fixed"),
        ]
    }

    private static var podProbes: [NativeActivity] {
        let calls: [NativeActivity.Call] = [.kubernetes("list", "pods")]
        func probe(
            _ function: String, _ summary: String, _ arguments: [NativeActivity.Argument],
            _ run: @escaping @Sendable (NativeActivity.Invocation) async throws -> JSONValue
        ) -> NativeActivity {
            .kubernetes("chaosk8s.pod.probes", function, .probe, summary, arguments: arguments, calls: calls) {
                invocation, _ in try await run(invocation)
            }
        }
        let namespace = NativeActivity.Argument("ns", .text, "default")
        return [
            .kubernetes(
                "chaosk8s.pod.probes", "read_pod_logs", .probe, "The logs of pods, by the pods' names.",
                arguments: [
                    .init("name", .text, .null), .init("last", .any, .null), namespace,
                    .init("from_previous", .flag, false), .init("label_selector", .text, "name in ({name})"),
                    .init("container_name", .text, .null),
                ], calls: calls + [.kubernetes("get", "pods/log")],
                aliases: ["chaosk8s.probes.read_microservices_logs"],
                run: { invocation, _ in try await PodLogs.read(invocation) }),
            probe(
                "pods_in_phase", "Whether all pods are in a phase.",
                [
                    .init("label_selector", .text), .init("phase", .text, "Running"), namespace,
                    .init("raise_on_invalid_phase", .flag, true),
                ], PodStates.inPhase),
            probe(
                "pods_in_conditions", "Whether all pods have conditions, given as type and status.",
                [
                    .init("label_selector", .text), .init("conditions", .list), namespace,
                    .init("raise_on_invalid_conditions", .flag, true),
                ], PodStates.inConditions),
            probe(
                "pods_not_in_phase", "Whether no pod is in a phase.",
                [
                    .init("label_selector", .text), .init("phase", .text, "Running"), namespace,
                    .init("raise_on_in_phase", .flag, true),
                ], PodStates.notInPhase),
            probe(
                "count_pods", "How many pods there are, in a phase if one is given.",
                [.init("label_selector", .text), .init("phase", .text, .null), namespace], PodStates.count),
            probe(
                "pod_is_not_available", "Whether no pod with a label is running.",
                [
                    .init("name", .text), namespace, .init("label_selector", .text, "name in ({name})"),
                    .init("raise_on_is_available", .flag, true),
                ], PodStates.isNotAvailable),
            probe(
                "all_pods_healthy", "Whether all pods of a namespace run or have succeeded.",
                [namespace, .init("raise_on_any_unhealthy", .flag, true)], PodStates.allHealthy),
            probe(
                "count_min_pods", "Whether at least so many pods are in a phase.",
                [
                    .init("label_selector", .text), .init("phase", .text, "Running"), .init("min_count", .integer, 2),
                    namespace,
                ], PodStates.countIsAtLeast),
            .kubernetes(
                "chaosk8s.pod.probes", "should_be_found_in_logs", .probe,
                "Whether a regular expression is found in the logs that read_pod_logs gave.",
                arguments: [
                    .init("pattern", .text), .init("all_containers", .flag, true), .init("value", .object, .null),
                ], run: { invocation, _ in try PodLogs.find(invocation) }),
        ]
    }
}
