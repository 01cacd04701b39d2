import Experiments
import JSON
import Kubernetes

/// The actions and probes of `chaosk8s.networking`.
extension ChaosActivities {
    static var kubernetesNetworking: [NativeActivity] { ingresses + networkPolicies }

    private static let networking = "chaosk8s.networking.actions"

    private static var ingresses: [NativeActivity] {
        let find: ObjectUndos.Find = {
            ClusterObject(.ingresses, $0.argument("name").stringValue ?? "", in: $0.namespaceName)
        }
        return [
            ObjectActions.creating(
                networking, "create_ingress", "Makes an ingress from a file.", .ingresses,
                arguments: [.init("spec_path", .text), .init("ns", .text, "default")]
            ) { try $0.specification() },
            ObjectActions.deleting(networking, "delete_ingress", "Deletes an ingress.", .ingresses),
            .kubernetes(
                networking, "update_ingress", .action, "Changes an ingress by a strategic merge patch.",
                arguments: [.init("name", .text), .init("spec", .object), .init("ns", .text, "default")],
                calls: ObjectActions.calls(["get", "patch"], .ingresses), choice: "the object that name says",
                targets: { try await ObjectActions.existingTarget($0, find) },
                undo: ObjectUndos.putBack(calls: ObjectActions.calls(["get", "patch"], .ingresses), find),
                run: { invocation, targets in
                    try firstTarget(of: targets)
                    let place = try await find(invocation)
                    // The text is chaosk8s's.
                    let refusal: ObjectActions.Refusal = { _, error in
                        "failed to update daemon set '\(place.name)': \(error.pythonText)"
                    }
                    _ = try await ObjectActions.refusing(invocation, refusal) {
                        try await invocation.cluster().patch(
                            .ingresses, place.name, .strategicMerge(invocation.argument("spec")), in: place.place,
                            until: invocation.deadline)
                    }
                    return nil
                }),
            ObjectActions.existing(
                "chaosk8s.networking.probes", "ingress_exists", "Whether there is an ingress of this name.",
                .ingresses, arguments: ObjectActions.nameAndNamespace),
        ]
    }

    private static var networkPolicies: [NativeActivity] {
        let labelsAndNamespace: ObjectActions.Arguments = [
            .init("label_selectors", .object, .null), .init("ns", .text, "default"),
        ]
        let namespace: ObjectActions.Arguments = [.init("ns", .text, "default")]
        func make(
            _ function: String, _ summary: String, arguments: ObjectActions.Arguments? = nil,
            _ manifest: @escaping @Sendable (NativeActivity.Invocation) throws -> JSONValue
        ) -> NativeActivity {
            ObjectActions.creating(
                networking, function, summary, .networkPolicies, arguments: arguments ?? labelsAndNamespace, manifest)
        }
        // They take back what the action of their name does, so they have no undo.
        func remove(_ function: String, _ summary: String, _ name: String) -> NativeActivity {
            ObjectActions.deleting(
                networking, function, summary, .networkPolicies, name: name, arguments: namespace, hasUndo: false)
        }
        return [
            make(
                "create_network_policy", "Makes a network policy from a definition or a file.",
                arguments: [
                    .init("spec", .object, .null), .init("spec_path", .text, .null), .init("ns", .text, "default"),
                ], definedPolicy),
            ObjectActions.deleting(
                networking, "remove_network_policy", "Deletes a network policy.", .networkPolicies),
            make("deny_all_ingress", "Denies pods all incoming traffic.", NetworkPolicies.denyAllIngress),
            remove(
                "remove_deny_all_ingress", "Takes back what deny_all_ingress denies.", NetworkPolicies.denyIngress),
            make("deny_all_egress", "Denies pods all outgoing traffic.", NetworkPolicies.denyAllEgress),
            remove("remove_deny_all_egress", "Takes back what deny_all_egress denies.", NetworkPolicies.denyEgress),
            make("allow_dns_access", "Allows pods to ask name servers.", NetworkPolicies.allowDNSAccess),
            remove("remove_allow_dns_access", "Takes back what allow_dns_access allows.", NetworkPolicies.allowDNS),
        ]
    }

    /// The file counts before the definition.
    @Sendable private static func definedPolicy(_ invocation: NativeActivity.Invocation) throws -> JSONValue {
        if invocation.given("spec_path") != nil { return try invocation.specification() }
        guard let spec = invocation.given("spec") else {
            throw ExperimentError.failedActivity("You need to either specify spec or spec_path")
        }
        return spec
    }
}
