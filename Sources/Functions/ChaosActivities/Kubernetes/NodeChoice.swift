import AWSResources
import Basics
import Experiments
import JSON
import Kubernetes

/// Which nodes an action of chaosk8s hits: by name, by label, by the pods on them, and how many of these.
struct NodeChoice {
    private let invocation: NativeActivity.Invocation

    init(_ invocation: NativeActivity.Invocation) { self.invocation = invocation }

    /// All nodes that match.
    func all() async throws -> [NativeActivity.Target] { targets(try await matching()) }

    /// `count` random ones, or all.
    func drained() async throws -> [NativeActivity.Target] {
        let nodes = try await matching()
        guard let count = invocation.argument("count").intValue else { return targets(nodes) }
        return try random(Int(count), of: nodes)
    }

    /// The first one, or all, or random ones, as `all`, `rand` and `count` say.
    func deleted() async throws -> [NativeActivity.Target] {
        let nodes = try await matching()
        if invocation.argument("all").isTruthy { return targets(nodes) }
        if invocation.argument("rand").isTruthy { return try random(1, of: nodes) }
        let count = Int(invocation.argument("count").intValue ?? 0)
        if count > 0 { return try random(count, of: nodes) }
        return targets(Array(nodes.prefix(1)), of: nodes.count)
    }

    /// At most `count`, each node once; chaosk8s draws with replacement.
    private func random(_ count: Int, of nodes: [JSONValue]) throws -> [NativeActivity.Target] {
        guard count > 0 else { return [] }
        let selection = try Selection(.count(count), of: nodes, by: \.objectName, seed: invocation.seed)
        return targets(selection.chosen, of: nodes.count)
    }

    private func targets(_ nodes: [JSONValue], of candidates: Int? = nil) -> [NativeActivity.Target] {
        nodes.map { .object($0, .nodes, candidates: candidates ?? nodes.count) }
    }

    private func matching() async throws -> [JSONValue] {
        let (podLabels, namespace) = (invocation.given("pod_label_selector"), invocation.given("pod_namespace"))
        // chaosk8s ignores one without the other, and hits every node.
        guard (podLabels == nil) == (namespace == nil) else {
            throw ExperimentError.failedActivity("pod_label_selector and pod_namespace are only taken together")
        }
        var nodes = try await invocation.objects(
            .nodes, name: invocation.given("name")?.stringValue,
            labels: invocation.given("label_selector")?.stringValue)
        if let selector = podLabels?.stringValue, let namespace = namespace?.stringValue {
            let pods = try await invocation.objects(.pods, in: .named(namespace), labels: selector)
            let names = Set(pods.compactMap { $0["spec"]?["nodeName"]?.stringValue })
            nodes = nodes.filter { names.contains($0.objectName) }
        }
        guard !nodes.isEmpty else {
            throw ExperimentError.failedActivity("failed to find a node that matches selector")
        }
        return nodes
    }
}
