import Experiments
import JSON
import Kubernetes

/// The actions and probes of `chaosk8s.crd`, `namespace`, `secret`, `service` and `event`.
extension ChaosActivities {
    static var kubernetesObjects: [NativeActivity] { customObjects + namespaces + secrets + services + events }

    private static let fileAndNamespace: ObjectActions.Arguments = [
        .init("spec_path", .text), .init("ns", .text, "default"),
    ]
    private static let labelsAndNamespace: ObjectActions.Arguments = [
        .init("name", .text, .null), .init("ns", .text, "default"), .init("label_selector", .text, .null),
    ]

    private static var namespaces: [NativeActivity] {
        [
            ObjectActions.creating(
                "chaosk8s.namespace.actions", "create_namespace", "Makes a namespace, by its name or from a file.",
                .namespaces, arguments: [.init("name", .text, .null), .init("spec_path", .text, .null)]
            ) { invocation in
                if invocation.given("spec_path") != nil { return try invocation.specification() }
                guard let name = invocation.given("name") else {
                    throw ExperimentError.failedActivity("You need to either specify name or spec_path")
                }
                return ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": name]]
            },
            // Without an undo: with a namespace all that is in it goes, data of volumes included, which no manifest
            // brings back. An empty namespace in its place would only look as if it were restored.
            ObjectActions.deleting(
                "chaosk8s.namespace.actions", "delete_namespace",
                "Deletes a namespace with all that is in it, which cannot be undone.", .namespaces,
                arguments: [.init("name", .text)], hasUndo: false),
            ObjectActions.existing(
                "chaosk8s.namespace.probes", "namespace_exists", "Whether there is a namespace of this name.",
                .namespaces, arguments: [.init("name", .text)]),
        ]
    }

    private static var secrets: [NativeActivity] {
        [
            ObjectActions.creating(
                "chaosk8s.secret.actions", "create_secret", "Makes a secret from a file.", .secrets,
                arguments: fileAndNamespace
            ) { try $0.specification() },
            // What the undo captures has the secret's values in it, and is kept with the run's other records.
            ObjectActions.deleting("chaosk8s.secret.actions", "delete_secret", "Deletes a secret.", .secrets),
            ObjectActions.existing(
                "chaosk8s.secret.probes", "secret_exists", "Whether there is a secret of this name or label.",
                .secrets, arguments: labelsAndNamespace),
        ]
    }

    private static var services: [NativeActivity] {
        let exists = ObjectActions.existing(
            "chaosk8s.service.probes", "service_is_initialized",
            "Whether there is a service of this name or label; an error without one, unless told otherwise.",
            .services, arguments: labelsAndNamespace + [.init("raise_if_service_not_initialized", .flag, true)])
        return [
            ObjectActions.creating(
                "chaosk8s.service.actions", "create_service_endpoint", "Makes a service from a file.", .services,
                arguments: fileAndNamespace
            ) { try $0.specification() },
            ObjectActions.deleting("chaosk8s.service.actions", "delete_service", "Deletes a service.", .services),
            .kubernetes(
                exists.module, exists.function, .probe, exists.summary, arguments: exists.arguments,
                calls: exists.calls
            ) { invocation, targets in
                let found = try await exists.run(invocation, targets)
                if found == false, invocation.argument("raise_if_service_not_initialized").isTruthy {
                    let name = invocation.argument("name").pythonText
                    throw ExperimentError.failedActivity("service '\(name)' is not initialized")
                }
                return found
            },
        ]
    }

    private static var events: [NativeActivity] {
        let kind = ResourceKind(group: "events.k8s.io", version: "v1", plural: "events", kind: "Event")
        return [
            .kubernetes(
                "chaosk8s.event.probes", "get_events", .probe, "The list of events of all namespaces, up to a limit.",
                arguments: [
                    .init("label_selector", .text, .null), .init("field_selector", .text, .null),
                    .init("limit", .integer, 100),
                ], calls: ObjectActions.calls(["list"], kind)
            ) { invocation, _ in
                try await invocation.cluster().listDocument(
                    kind, in: .all,
                    KubernetesSelector(
                        labels: invocation.given("label_selector")?.stringValue,
                        fields: invocation.given("field_selector")?.stringValue),
                    limit: invocation.argument("limit").intValue.map { Int($0) }, until: invocation.deadline)
            }
        ]
    }
}
