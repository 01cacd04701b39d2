import Experiments
import JSON
import Kubernetes

/// The actions and probes of `chaosk8s.chaosmesh`.
extension ChaosActivities {
    static var chaosMesh: [NativeActivity] { networkFaults + stressors }

    private static var networkFaults: [NativeActivity] {
        let faults = ChaosMesh.NetworkFault.all.map { fault in
            inject("network", fault.function, fault.summary, ChaosMesh.networkFaults, fault.arguments) {
                try fault.manifest($0)
            }
        }
        return faults + [
            end("network", "delete_network_fault", "Ends a network fault of Chaos Mesh.", ChaosMesh.networkFaults),
            list(
                "network", "get_network_faults", "The network faults of Chaos Mesh in a namespace.",
                ChaosMesh.networkFaults),
            get("network", "get_network_fault", "A network fault of Chaos Mesh.", ChaosMesh.networkFaults),
        ]
    }

    private static var stressors: [NativeActivity] {
        let stressors = ChaosMesh.Stressor.all.map { stressor in
            inject("stress", stressor.function, stressor.summary, ChaosMesh.stressors, stressor.arguments) {
                try stressor.manifest($0)
            }
        }
        return stressors + [
            end("stress", "delete_stressor", "Ends a stressor of Chaos Mesh.", ChaosMesh.stressors),
            list("stress", "get_stressors", "The stressors of Chaos Mesh in a namespace.", ChaosMesh.stressors),
            get("stress", "get_stressor", "A stressor of Chaos Mesh.", ChaosMesh.stressors),
        ]
    }

    /// The pods that a fault hits are chosen by Chaos Mesh when the object is there.
    private static func inject(
        _ area: String, _ function: String, _ summary: String, _ kind: ResourceKind,
        _ arguments: ObjectActions.Arguments,
        _ manifest: @escaping @Sendable (NativeActivity.Invocation) throws -> JSONValue
    ) -> NativeActivity {
        ObjectActions.creating(
            "chaosk8s.chaosmesh.\(area).actions", function, summary, kind, arguments: arguments, answer: \.self,
            refusal: CustomObjects.refusal("create"), keepsExisting: true, manifest)
    }

    /// Without an undo: it is what ends a fault.
    private static func end(
        _ area: String, _ function: String, _ summary: String, _ kind: ResourceKind
    ) -> NativeActivity {
        ObjectActions.deleting(
            "chaosk8s.chaosmesh.\(area).actions", function, summary, kind, answer: \.self,
            refusal: CustomObjects.refusal("delete"), hasUndo: false)
    }

    private static func list(
        _ area: String, _ function: String, _ summary: String, _ kind: ResourceKind
    ) -> NativeActivity {
        .kubernetes(
            "chaosk8s.chaosmesh.\(area).probes", function, .probe, summary,
            arguments: [.init("ns", .text, "default")], calls: ObjectActions.calls(["list"], kind)
        ) { invocation, _ in try await CustomObjects.list(invocation, kind) }
    }

    private static func get(
        _ area: String, _ function: String, _ summary: String, _ kind: ResourceKind
    ) -> NativeActivity {
        .kubernetes(
            "chaosk8s.chaosmesh.\(area).probes", function, .probe, summary,
            arguments: ObjectActions.nameAndNamespace, calls: ObjectActions.calls(["get"], kind)
        ) { invocation, _ in try await CustomObjects.get(invocation, kind) }
    }
}
