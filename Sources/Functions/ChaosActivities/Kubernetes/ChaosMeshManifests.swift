import Experiments
import JSON
import Kubernetes

/// The objects by which Chaos Mesh injects faults, as `chaosk8s.chaosmesh` writes them.
enum ChaosMesh {
    static let networkFaults = kind("networkchaos", "NetworkChaos")
    static let stressors = kind("stresschaos", "StressChaos")

    private static func kind(_ plural: String, _ kind: String) -> ResourceKind {
        ResourceKind(group: "chaos-mesh.org", version: "v1alpha1", plural: plural, kind: kind)
    }

    /// A network fault: the action of a `NetworkChaos`, and the arguments that are its parameters.
    struct NetworkFault: Sendable {
        let function: String
        let summary: String
        /// The value of `spec.action`, and mostly the member that has its parameters.
        let action: String
        /// Parameters that must be given, with the kinds of their arguments.
        var required: [(name: String, kind: NativeActivity.Argument.Kind)] = []
        /// Parameters that may be absent.
        let parameters: [(name: String, kind: NativeActivity.Argument.Kind)]

        /// `add_latency` writes the parameter `latency` below `delay`.
        static let all = [
            NetworkFault(
                function: "add_latency", summary: "Delays packets of pods by Chaos Mesh.", action: "delay",
                parameters: [("latency", .text), ("correlation", .text), ("jitter", .text)]),
            NetworkFault(
                function: "set_loss", summary: "Drops packets of pods by Chaos Mesh.", action: "loss",
                parameters: [("loss", .text), ("correlation", .text)]),
            NetworkFault(
                function: "duplicate_packets", summary: "Duplicates packets of pods by Chaos Mesh.",
                action: "duplicate", parameters: [("duplicate", .text), ("correlation", .text)]),
            NetworkFault(
                function: "reorder_packets", summary: "Changes the order of packets of pods by Chaos Mesh.",
                action: "delay", parameters: [("reorder", .text), ("correlation", .text), ("gap", .any)]),
            NetworkFault(
                function: "corrupt_packets", summary: "Corrupts packets of pods by Chaos Mesh.", action: "corrupt",
                parameters: [("corrupt", .text), ("correlation", .text)]),
            NetworkFault(
                function: "set_bandwidth", summary: "Limits the bandwidth of pods by Chaos Mesh.",
                // chaosk8s writes `bandwdith`, which Chaos Mesh refuses.
                action: "bandwidth", required: [("rate", .text), ("limit", .integer), ("buffer", .integer)],
                parameters: [("peakrate", .integer), ("minburst", .integer)]),
        ]

        /// The arguments in the order of the Python function.
        var arguments: [NativeActivity.Argument] {
            [.init("name", .text)] + required.map { .init($0.name, $0.kind) } + ChaosMesh.selection
                + parameters.map { .init($0.name, $0.kind, .null) } + [
                    .init("external_targets", .any, .null), .init("target_mode", .any, "one"),
                    .init("target_mode_value", .any, .null), .init("target_namespaces_selectors", .any, .null),
                    .init("target_label_selectors", .any, .null), .init("target_annotations_selectors", .any, .null),
                ]
        }

        /// The `NetworkChaos` of an invocation.
        func manifest(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> JSONValue {
            var values: JSONObject = [:]
            for parameter in required { values[parameter.name] = invocation.argument(parameter.name) }
            for parameter in parameters { values[parameter.name] = invocation.given(parameter.name) }
            if function == "reorder_packets" { values = Self.reordering(values) }
            var spec: JSONObject = ["action": .string(action), action: .object(values)]
            try ChaosMesh.select(&spec, invocation)
            if let targets = invocation.given("external_targets") {
                spec["externalTargets"] = ChaosMesh.list(targets)
            }
            if let mode = invocation.given("target_mode") {
                var target: JSONObject = ["mode": mode]
                target["value"] = ChaosMesh.value(of: mode, invocation.argument("target_mode_value"))
                target["selector"] = try ChaosMesh.selector("target_", invocation)
                spec["target"] = .object(target)
            }
            return ChaosMesh.object(ChaosMesh.networkFaults, spec, invocation)
        }

        /// Chaos Mesh reorders as a part of a delay, and has no action `reorder`, which chaosk8s writes.
        ///
        /// Without a delay nothing is reordered: those packets overtake that are sent at once.
        private static func reordering(_ parameters: JSONObject) -> JSONObject {
            var reorder = parameters
            reorder["correlation"] = parameters["correlation"] ?? "0"
            let gap = parameters["gap"]
            // It is a number there, for which chaosk8s's argument is a text.
            let number = gap?.intValue ?? gap?.stringValue.flatMap { Int64($0) }
            reorder["gap"] = number.map { JSONValue.integer($0) } ?? gap ?? 0
            return ["latency": "10ms", "reorder": .object(reorder)]
        }
    }

    /// A stressor: the kind of load in a `StressChaos`, and the arguments that are its parameters.
    struct Stressor: Sendable {
        let function: String
        let summary: String
        /// The member of `spec.stressors`.
        let load: String
        /// Arguments and the fields of the stressor that they fill.
        let parameters: [(argument: NativeActivity.Argument, field: String)]

        static let all = [
            Stressor(
                function: "stress_cpu", summary: "Stresses the CPU of pods by Chaos Mesh.", load: "cpu",
                parameters: [(.init("workers", .integer), "workers"), (.init("load", .integer), "load")]),
            Stressor(
                function: "stress_memory", summary: "Stresses the memory of pods by Chaos Mesh.", load: "memory",
                parameters: [
                    (.init("workers", .integer, .null), "workers"), (.init("size", .text, .null), "size"),
                    (.init("oom_score", .integer, .null), "oomScoreAdj"),
                    (.init("time_to_get_to_size", .text, .null), "time"),
                ]),
        ]

        /// The arguments in the order of the Python function.
        var arguments: [NativeActivity.Argument] {
            [.init("name", .text)] + parameters.map(\.argument) + ChaosMesh.selection + [
                .init("duration", .text, "30s"), .init("container_names", .any, .null),
                .init("stressng_stressors", .text, .null),
            ]
        }

        /// The `StressChaos` of an invocation.
        ///
        /// Fields without a value are absent; chaosk8s sends them as null.
        func manifest(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> JSONValue {
            var values: JSONObject = [:]
            for (argument, field) in parameters {
                let value = invocation.argument(argument.name)
                if !value.isNull { values[field] = value }
            }
            var spec: JSONObject = [
                "stressors": [load: .object(values)], "duration": invocation.argument("duration"),
            ]
            if let names = invocation.given("container_names") { spec["containerNames"] = ChaosMesh.list(names) }
            spec["stressngStressors"] = invocation.given("stressng_stressors")
            try ChaosMesh.select(&spec, invocation)
            return ChaosMesh.object(ChaosMesh.stressors, spec, invocation)
        }
    }
}

extension ChaosMesh {
    /// Which pods, how many of them, and which direction: arguments of all faults.
    fileprivate static let selection: [NativeActivity.Argument] = [
        .init("ns", .text, "default"), .init("namespaces_selectors", .any, .null),
        .init("label_selectors", .any, .null), .init("annotations_selectors", .any, .null), .init("mode", .text, "one"),
        .init("mode_value", .any, .null), .init("direction", .text, "to"),
    ]

    /// The modes that need a number or a share of pods.
    ///
    /// chaosk8s writes the value for `fixed-percent` alone, so that Chaos Mesh refuses the other two.
    private static let modesWithValue: Set<String> = ["fixed", "fixed-percent", "random-max-percent"]

    /// The `value` of a mode, which Chaos Mesh takes as text; nil for a mode without one.
    fileprivate static func value(of mode: JSONValue, _ value: JSONValue) -> JSONValue? {
        guard modesWithValue.contains(mode.stringValue ?? ""), !value.isNull else { return nil }
        return .string(value.pythonText)
    }

    fileprivate static func select(
        _ spec: inout JSONObject, _ invocation: NativeActivity.Invocation
    ) throws(ExperimentError) {
        let mode = invocation.argument("mode")
        spec["direction"] = invocation.argument("direction")
        spec["mode"] = mode
        spec["value"] = value(of: mode, invocation.argument("mode_value"))
        spec["selector"] = try selector("", invocation)
    }

    /// The selector of pods that three arguments make.
    fileprivate static func selector(
        _ prefix: String, _ invocation: NativeActivity.Invocation
    ) throws(ExperimentError) -> JSONValue {
        var selector: JSONObject = [:]
        selector["namespaces"] = invocation.given(prefix + "namespaces_selectors").map(list)
        if let labels = invocation.given(prefix + "label_selectors") { selector["labelSelectors"] = try pairs(labels) }
        if let annotations = invocation.given(prefix + "annotations_selectors") {
            selector["annotationSelectors"] = try pairs(annotations)
        }
        return .object(selector)
    }

    /// A list, or a text of elements that commas separate.
    fileprivate static func list(_ value: JSONValue) -> JSONValue {
        guard let text = value.stringValue else { return value }
        return JSONValue(texts: text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }

    /// An object of texts, or a text such as `app=web,tier=front`.
    private static func pairs(_ value: JSONValue) throws(ExperimentError) -> JSONValue {
        guard let text = value.stringValue else { return value }
        var pairs: JSONObject = [:]
        for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let equals = pair.firstIndex(of: "=") else {
                throw ExperimentError(python: "ValueError", "not enough values to unpack (expected 2, got 1)")
            }
            pairs[String(pair[..<equals])] = .string(String(pair[pair.index(after: equals)...]))
        }
        return .object(pairs)
    }

    /// An object with its name and namespace; chaosk8s writes the namespace to `metadata.ns`, which nothing reads.
    fileprivate static func object(
        _ kind: ResourceKind, _ spec: JSONObject, _ invocation: NativeActivity.Invocation
    ) -> JSONValue {
        [
            "apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind),
            "metadata": ["name": invocation.argument("name"), "namespace": invocation.argument("ns")],
            "spec": .object(spec),
        ]
    }
}
