import AWSResources
import JSON

/// Actions on pods: chaosk8s does them in the cluster of the kubeconfig, stress and network faults by Chaos Mesh.
extension FISAction {
    static let kubernetes: [FISAction] = [
        FISAction(
            id: "aws:eks:pod-delete", target: pods, required: ["kubernetesServiceAccount"],
            optional: podOptions + ["gracePeriodSeconds"], plan: deletePods),
        FISAction(
            id: "aws:eks:pod-cpu-stress", target: pods, required: podRequired,
            optional: podOptions + ["workers", "percent"],
            plan: { action, target, check in
                check.meshFault(
                    action, target, "stress.actions", "stress_cpu", undo: "delete_stressor",
                    [
                        "workers": number(action, "workers", 1), "load": number(action, "percent", 80),
                    ])
            }),
        FISAction(
            id: "aws:eks:pod-memory-stress", target: pods, required: podRequired,
            optional: podOptions + ["workers", "percent"],
            plan: { action, target, check in
                check.meshFault(
                    action, target, "stress.actions", "stress_memory", undo: "delete_stressor",
                    [
                        "workers": number(action, "workers", 1),
                        "size": .string("\(action.parameters["percent"] ?? "80")%"),
                    ])
            }),
        FISAction(
            id: "aws:eks:pod-network-latency", target: pods, required: podRequired,
            optional: podOptions + ["delayMilliseconds", "jitterMilliseconds"],
            plan: { action, target, check in
                check.meshFault(
                    action, target, "network.actions", "add_latency", undo: "delete_network_fault",
                    [
                        "latency": .string("\(action.parameters["delayMilliseconds"] ?? "200")ms"),
                        "jitter": .string("\(action.parameters["jitterMilliseconds"] ?? "10")ms"),
                    ])
            }),
        FISAction(
            id: "aws:eks:pod-network-packet-loss", target: pods, required: podRequired,
            optional: podOptions + ["lossPercent"],
            plan: { action, target, check in
                check.meshFault(
                    action, target, "network.actions", "set_loss", undo: "delete_network_fault",
                    ["loss": .string(action.parameters["lossPercent"] ?? "7")])
            }),
        FISAction(
            id: "aws:eks:inject-kubernetes-custom-resource", target: ("Cluster", "aws:eks:cluster"),
            required: [
                "kubernetesApiVersion", "kubernetesKind", "kubernetesNamespace", "kubernetesSpec", "maxDuration",
            ], optional: [], plan: injectResource),
    ]

    private static let pods = (key: "Pods", type: "aws:eks:pod")
    private static let podRequired = ["duration", "kubernetesServiceAccount"]
    /// How FIS gets into a pod, which chaosk8s does in other ways.
    private static let podOptions = [
        "fisPodAnnotations", "fisPodContainerImage", "fisPodLabels", "fisPodSecurityPolicy", "maxErrorsPercent",
    ]

    private static func number(_ action: FISTemplate.Action, _ key: String, _ fallback: Int) -> JSONValue {
        JSONValue(action.parameters[key].flatMap { Int($0) } ?? fallback)
    }

    @Sendable private static func deletePods(
        _ action: FISTemplate.Action, _ target: FISTemplate.Target?, _ check: inout DocumentCheck
    ) -> FISPlan? {
        guard let target, let (namespace, selector) = check.podSelector(target) else { return nil }
        var arguments = selector
        arguments["ns"] = .string(namespace)
        switch target.quantity {
        case .all: arguments["all"] = true
        case .count(let count): (arguments["rand"], arguments["qty"]) = (true, JSONValue(count))
        case .percent(let share):
            (arguments["rand"], arguments["mode"]) = (true, "percentage")
            arguments["qty"] = JSONValue(Int(share))
        }
        if action.parameters["gracePeriodSeconds"] != nil {
            arguments["grace_period"] = number(action, "gracePeriodSeconds", -1)
        }
        return check.activity(action.name, "action", "chaosk8s.pod.actions", "terminate_pods", arguments, action)
            .map { FISPlan(steps: [.init(activity: $0)]) }
    }

    /// Creates the resource, and deletes it after the time that it may stay.
    @Sendable private static func injectResource(
        _ action: FISTemplate.Action, _ target: FISTemplate.Target?, _ check: inout DocumentCheck
    ) -> FISPlan? {
        guard let seconds = check.seconds("maxDuration", of: action) else { return nil }
        let path = action.part.path(of: "parameters")
        guard let spec = try? JSONValue(parsing: action.parameters["kubernetesSpec"] ?? ""), spec.objectValue != nil
        else {
            check.error(path["kubernetesSpec"], "must be a JSON object in a text")
            return nil
        }
        let version = action.parameters["kubernetesApiVersion"] ?? ""
        let parts = version.split(separator: "/").map { JSONValue.string(String($0)) }
        guard parts.count == 2 else {
            check.error(path["kubernetesApiVersion"], "must be group and version, such as chaos-mesh.org/v1alpha1")
            return nil
        }
        let kind = action.parameters["kubernetesKind"] ?? ""
        let name = JSONValue.string(kubernetesName(action))
        let namespace = JSONValue.string(action.parameters["kubernetesNamespace"] ?? "default")
        let place: JSONObject = [
            "group": parts[0], "version": parts[1], "plural": .string(plural(kind)), "ns": namespace,
        ]
        var (create, delete) = (place, place)
        create["resource"] = [
            "apiVersion": .string(version), "kind": .string(kind), "metadata": ["name": name, "namespace": namespace],
            "spec": spec,
        ]
        delete["name"] = name
        let module = "chaosk8s.crd.actions"
        guard
            let start = check.activity(action.name, "action", module, "create_custom_object", create, action),
            let end = check.activity(
                "\(action.name): end", "action", module, "delete_custom_object", delete, action)
        else { return nil }
        return FISPlan(
            steps: [.init(activity: start), .init(offset: seconds, activity: end)], duration: seconds,
            rollbacks: [end])
    }

    /// `podchaos` of Chaos Mesh's kinds, `chaosengines` of others.
    private static func plural(_ kind: String) -> String {
        kind.hasSuffix("Chaos") ? kind.lowercased() : kind.lowercased() + "s"
    }

    /// A name of Kubernetes: small letters, digits and hyphens.
    static func kubernetesName(_ action: FISTemplate.Action) -> String {
        let name = action.name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return "fis-\(String(name))"
    }
}

extension DocumentCheck {
    /// The namespace, and what chooses pods in it as `terminate_pods` takes it; nil after an error.
    fileprivate mutating func podSelector(
        _ target: FISTemplate.Target
    ) -> (namespace: String, arguments: JSONObject)? {
        let path = target.part.path(of: "parameters")
        guard let value = target.parameters["selectorValue"], let type = target.parameters["selectorType"] else {
            error(path, "pods are chosen by selectorType and selectorValue")
            return nil
        }
        let namespace = target.parameters["namespace"] ?? "default"
        switch type {
        case "labelSelector": return (namespace, ["label_selector": .string(value)])
        case "podName": return (namespace, ["name_pattern": .string("^\(value.escapedForPattern)$")])
        default:
            error(path["selectorType"], "must be labelSelector or podName, not \(type)")
            return nil
        }
    }

    /// A fault of Chaos Mesh in the pods, taken away after the action's duration.
    fileprivate mutating func meshFault(
        _ action: FISTemplate.Action, _ target: FISTemplate.Target?, _ module: String, _ function: String,
        undo: String, _ others: JSONObject
    ) -> FISPlan? {
        guard let target, let seconds = seconds("duration", of: action), let (namespace, selector) = podSelector(target)
        else { return nil }
        guard let labels = selector["label_selector"] else {
            error(
                target.part.path(of: "parameters")["selectorType"], "must be labelSelector for \(action.id)")
            return nil
        }
        let name = JSONValue.string(FISAction.kubernetesName(action))
        var arguments: JSONObject = [
            "name": name, "ns": .string(namespace), "namespaces_selectors": .string(namespace),
            "label_selectors": labels,
        ]
        switch target.quantity {
        case .all: arguments["mode"] = "all"
        case .count(1): arguments["mode"] = "one"
        case .count(let count): (arguments["mode"], arguments["mode_value"]) = ("fixed", .string("\(count)"))
        case .percent(let share):
            (arguments["mode"], arguments["mode_value"]) = ("fixed-percent", .string("\(Int(share))"))
        }
        for (key, value) in others { arguments[key] = value }
        // Network faults have no duration in chaosk8s; they are deleted in time, too.
        if module.hasPrefix("stress") { arguments["duration"] = .string("\(seconds)s") }
        // chaosk8s's default is the traffic to one pod; without a target all traffic is hit, as FIS does.
        if module.hasPrefix("network") { arguments["target_mode"] = JSONValue.null }
        let module = "chaosk8s.chaosmesh.\(module)"
        guard
            let start = activity(action.name, "action", module, function, arguments, action),
            let end = activity(
                "\(action.name): end", "action", module, undo, ["name": name, "ns": .string(namespace)], action)
        else { return nil }
        return FISPlan(
            steps: [.init(activity: start), .init(offset: seconds, activity: end)], duration: seconds,
            rollbacks: [end])
    }
}

extension String {
    /// The text with the characters escaped that mean something in a pattern.
    fileprivate var escapedForPattern: String {
        String(flatMap { ".+*?()[]{}^$|\\".contains($0) ? ["\\", $0] : [$0] })
    }
}
