import Experiments
import JSON
import Kubernetes

/// The actions and probes of Deployments, StatefulSets, DaemonSets and ReplicaSets.
extension ChaosActivities {
    static var kubernetesWorkloads: [NativeActivity] {
        [deploymentActions, deploymentProbes, statefulSets, daemonSetActions, daemonSetProbes, microservices]
            .flatMap(\.self)
    }

    // MARK: The same for all kinds

    static let namespaceArgument = NativeActivity.Argument("ns", .text, "default")
    static let selectorArgument = NativeActivity.Argument("label_selector", .text, .null)

    /// Makes an object that a file describes.
    static func creating(
        _ module: String, _ function: String, _ kind: ResourceKind, _ summary: String
    ) -> NativeActivity {
        .kubernetes(
            module, function, .action, summary, arguments: [.init("spec_path", .text), namespaceArgument],
            calls: [.kubernetes("create", kind.qualifiedName)], choice: "the object in the file",
            targets: Workloads.specified(kind), undo: .removing([kind]), run: Workloads.create(kind))
    }

    /// Deletes the object of a name, those of a label, or all of a namespace.
    static func deleting(
        _ module: String, _ function: String, _ kind: ResourceKind, _ summary: String
    ) -> NativeActivity {
        .kubernetes(
            module, function, .action, summary,
            arguments: [.init("name", .text, .null), namespaceArgument, selectorArgument],
            calls: [.kubernetes("list", kind.qualifiedName), .kubernetes("delete", kind.qualifiedName)],
            choice: "the one of this name, else those by label, else all of the namespace",
            targets: Workloads.found(kind), undo: .recreating([kind]), run: Workloads.delete)
    }

    /// Scales an object.
    static func scaling(
        _ module: String, _ function: String, _ kind: ResourceKind, _ summary: String
    ) -> NativeActivity {
        .kubernetes(
            module, function, .action, summary,
            arguments: [.init("name", .text), .init("replicas", .integer), namespaceArgument],
            calls: [.kubernetes("patch", kind.qualifiedName)], choice: "the one of this name",
            targets: Workloads.named(kind), undo: .scaling(kind), run: Workloads.scale(kind))
    }

    /// A probe that waits until a workload is ready, or is not.
    /// - Parameters:
    ///   - flag: the argument that says whether it fails instead of returning false; nil when there is none.
    ///   - failure: what it fails with, made of name and seconds.
    private static func waiting(
        _ module: String, _ function: String, _ kind: ResourceKind, ready: Bool, flag: String? = nil,
        failure: @escaping @Sendable (_ name: String, _ seconds: String) -> String = { _, _ in "" }
    ) -> NativeActivity {
        var arguments = [
            NativeActivity.Argument("name", .text), namespaceArgument, selectorArgument, .init("timeout", .integer, 30),
        ]
        if let flag, module != legacyProbes { arguments.append(.init(flag, .flag, true)) }
        return .kubernetes(
            module, function, .probe,
            ready
                ? "Waits until all pods of a \(kind.kind) are ready; whether they are in time."
                : "Waits until a pod of a \(kind.kind) is not ready; whether that comes in time.",
            arguments: arguments,
            calls: [.kubernetes("list", kind.qualifiedName), .kubernetes("watch", kind.qualifiedName)]
        ) { invocation, _ in
            if try await WorkloadStates.becomes(ready: ready, kind, invocation) { return true }
            guard let flag, module == legacyProbes || invocation.argument(flag).isTruthy else { return false }
            throw ExperimentError.failedActivity(
                failure(invocation.argument("name").pythonText, invocation.argument("timeout").pythonText))
        }
    }

    private static func probing(
        _ module: String, _ function: String, _ kind: ResourceKind, _ summary: String, flag: String? = nil,
        _ run: @escaping @Sendable (NativeActivity.Invocation) async throws -> JSONValue
    ) -> NativeActivity {
        var arguments = [NativeActivity.Argument("name", .text), namespaceArgument, selectorArgument]
        if let flag { arguments.append(.init(flag, .flag, true)) }
        return .kubernetes(
            module, function, .probe, summary, arguments: arguments, calls: [.kubernetes("list", kind.qualifiedName)]
        ) { invocation, _ in try await run(invocation) }
    }

    // MARK: Deployments

    private static var deploymentActions: [NativeActivity] {
        let module = "chaosk8s.deployment.actions"
        return [
            creating(module, "create_deployment", .deployments, "Makes the Deployment in a file."),
            deleting(module, "delete_deployment", .deployments, "Deletes Deployments with their pods."),
            scaling(module, "scale_deployment", .deployments, "Scales a Deployment."),
            .kubernetes(
                module, "rollout_deployment", .action, "Restarts the pods of a Deployment, as its strategy says.",
                arguments: [.init("name", .text, .null), namespaceArgument],
                calls: [.kubernetes("patch", "deployments.apps")], choice: "the one of this name",
                // A restart ends by itself in the state before.
                targets: Workloads.named(.deployments), run: Workloads.rollOut),
        ]
    }

    private static var deploymentProbes: [NativeActivity] {
        let module = "chaosk8s.deployment.probes"
        return [
            probing(
                module, "deployment_available_and_healthy", .deployments,
                "Whether a Deployment has all its replicas.", flag: "raise_on_unavailable",
                WorkloadStates.deploymentIsHealthy),
            probing(
                module, "deployment_partially_available", .deployments, "Whether a Deployment has a replica.",
                flag: "raise_on_not_partially_available", WorkloadStates.deploymentIsPartlyAvailable),
            waiting(
                module, "deployment_not_fully_available", .deployments, ready: false, flag: "raise_on_fully_available",
                failure: { "deployment '\($0)' failed to stop running within \($1)s" }),
            waiting(
                module, "deployment_fully_available", .deployments, ready: true, flag: "raise_on_not_fully_available",
                failure: { "deployment '\($0)' failed to recover within \($1)s" }),
        ]
    }

    // MARK: StatefulSets

    private static var statefulSets: [NativeActivity] {
        let (actions, probes) = ("chaosk8s.statefulset.actions", "chaosk8s.statefulset.probes")
        return [
            creating(actions, "create_statefulset", .statefulSets, "Makes the StatefulSet in a file."),
            scaling(actions, "scale_statefulset", .statefulSets, "Scales a StatefulSet."),
            // The claims of its volumes stay, so that the new one has the data of the old one.
            deleting(actions, "remove_statefulset", .statefulSets, "Deletes StatefulSets with their pods."),
            waiting(
                probes, "statefulset_not_fully_available", .statefulSets, ready: false,
                flag: "raise_on_fully_available",
                failure: { "microservice '\($0)' failed to stop running within \($1)s" }),
            waiting(
                probes, "statefulset_fully_available", .statefulSets, ready: true,
                flag: "raise_on_not_fully_available",
                failure: { "microservice '\($0)' failed to recover within \($1)s" }),
        ]
    }

    // MARK: DaemonSets and ReplicaSets

    private static var daemonSetActions: [NativeActivity] {
        let module = "chaosk8s.daemonset.actions"
        return [
            creating(module, "create_daemon_set", .daemonSets, "Makes the DaemonSet in a file."),
            deleting(module, "delete_daemon_set", .daemonSets, "Deletes DaemonSets with their pods."),
            .kubernetes(
                module, "update_daemon_set", .action, "Changes a DaemonSet by a patch.",
                arguments: [.init("name", .text), .init("spec", .object), namespaceArgument],
                calls: [.kubernetes("patch", "daemonsets.apps")], choice: "the one of this name",
                targets: Workloads.named(.daemonSets), undo: .replacing(.daemonSets),
                run: Workloads.updateDaemonSet),
            deleting(
                "chaosk8s.replicaset.actions", "delete_replica_set", .replicaSets,
                "Deletes ReplicaSets with their pods; a Deployment makes its own again."),
        ]
    }

    private static var daemonSetProbes: [NativeActivity] {
        let module = "chaosk8s.daemonset.probes"
        return [
            probing(
                module, "daemon_set_available_and_healthy", .daemonSets, "Whether a DaemonSet runs on all its nodes.",
                WorkloadStates.daemonSetIsHealthy),
            waiting(module, "daemon_set_not_fully_available", .daemonSets, ready: false),
            waiting(module, "daemon_set_fully_available", .daemonSets, ready: true),
            probing(
                module, "daemon_set_partially_available", .daemonSets, "Whether a DaemonSet runs on a node.",
                WorkloadStates.daemonSetIsPartlyAvailable),
        ]
    }

    // MARK: The older names

    private static let legacyActions = "chaosk8s.actions"
    private static let legacyProbes = "chaosk8s.probes"

    private static var microservices: [NativeActivity] { microserviceActions + microserviceProbes }

    private static var microserviceActions: [NativeActivity] {
        [
            creating(
                legacyActions, "start_microservice", .deployments, "The older name of create_deployment."),
            scaling(legacyActions, "scale_microservice", .deployments, "The older name of scale_deployment."),
            .kubernetes(
                legacyActions, "remove_service_endpoint", .action, "The older name of delete_service.",
                arguments: [.init("name", .text), namespaceArgument],
                calls: [.kubernetes("delete", "services")], choice: "the one of this name",
                targets: Workloads.named(.services), undo: .recreating([.services]), run: Workloads.delete),
            .kubernetes(
                legacyActions, "kill_microservice", .action,
                "Deletes the Deployment and the ReplicaSet of a name, and the pods of its label.",
                arguments: [
                    .init("name", .text), namespaceArgument, .init("label_selector", .text, "name in ({name})"),
                ],
                calls: ["deployments.apps", "replicasets.apps", "pods"].flatMap {
                    [NativeActivity.Call.kubernetes("list", $0), .kubernetes("delete", $0)]
                },
                choice: "the Deployment and ReplicaSet of this name, and all pods by label",
                targets: Workloads.microservice, undo: .recreating([.deployments, .replicaSets, .pods]),
                run: Workloads.kill),
        ]
    }

    private static var microserviceProbes: [NativeActivity] {
        [
            .kubernetes(
                legacyProbes, "all_microservices_healthy", .probe, "The older name of all_pods_healthy.",
                arguments: [namespaceArgument], calls: [.kubernetes("list", "pods")],
                run: { invocation, _ in
                    try await PodStates.allHealthy(invocation.with(["raise_on_any_unhealthy": true]))
                }),
            probing(
                legacyProbes, "microservice_available_and_healthy", .deployments,
                "The older name of deployment_available_and_healthy.",
                { try await WorkloadStates.deploymentIsHealthy($0.with(["raise_on_unavailable": true])) }),
            .kubernetes(
                legacyProbes, "microservice_is_not_available", .probe, "The older name of pod_is_not_available.",
                arguments: [
                    .init("name", .text), namespaceArgument, .init("label_selector", .text, "name in ({name})"),
                ], calls: [.kubernetes("list", "pods")],
                run: { invocation, _ in
                    try await PodStates.isNotAvailable(invocation.with(["raise_on_is_available": true]))
                }),
            .kubernetes(
                legacyProbes, "service_endpoint_is_initialized", .probe, "Whether a Service exists.",
                arguments: [
                    .init("name", .text), namespaceArgument, .init("label_selector", .text, "name in ({name})"),
                ], calls: [.kubernetes("list", "services")],
                run: { invocation, _ in
                    let name = invocation.argument("name").pythonText
                    let found = try await invocation.objects(
                        .services, name: name, labels: invocation.formatted("label_selector"))
                    guard found.isEmpty else { return true }
                    throw ExperimentError.failedActivity("service '\(name)' is not initialized")
                }),
            waiting(
                legacyProbes, "deployment_is_not_fully_available", .deployments, ready: false,
                flag: "raise_on_fully_available",
                failure: { "deployment '\($0)' failed to stop running within \($1)s" }),
            waiting(
                legacyProbes, "deployment_is_fully_available", .deployments, ready: true,
                flag: "raise_on_not_fully_available",
                failure: { "deployment '\($0)' failed to recover within \($1)s" }),
            .kubernetes(
                legacyProbes, "secret_exists", .probe, "Whether a secret exists; the older place of this probe.",
                arguments: [.init("name", .text, .null), namespaceArgument, selectorArgument],
                calls: [.kubernetes("list", "secrets")],
                run: { invocation, _ in
                    let found = try await invocation.objects(
                        .secrets, name: invocation.given("name")?.stringValue,
                        labels: invocation.given("label_selector")?.stringValue)
                    return .bool(!found.isEmpty)
                }),
        ]
    }
}
