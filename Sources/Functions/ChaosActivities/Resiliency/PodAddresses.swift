import AWS
import Basics
import Experiments
import JSON
import Kubernetes

/// A fault on the addresses of pods, which the API server of an EKS cluster tells.
enum PodAddresses {
    /// Drops what some pods send to or get from others, which are named by their label `app`.
    static let blackholeByName = NativeActivity.aws(
        "resiliencyvr.k8s.actions", "pod_blackhole_by_name", .action,
        "Drops what pods send to or get from other pods, in stages.",
        arguments: [
            .init("cluster_name", .text), .init("blacklist_pod_name_pattern", .text),
            .init("container_name_pattern", .text),
        ] + TargetChoice.arguments.dropLast() + .with(["num_containers_to_target": "1"])
            + TargetChoice.arguments.suffix(1)
            + .with([
                "pod_blackhole_by_name_protocol": "tcp udp", "pod_blackhole_by_name_direction": "BOTH",
                "pod_blackhole_by_name_duration": "60", "max_duration": "900",
            ]) + .stages("pod_blackhole_by_name") + fault.options.arguments + TargetChoice.quantityArguments,
        calls: DocumentFault.calls + [.read("eks:DescribeCluster"), .kubernetes("list", "pods")],
        choice: TargetChoice.choice, targets: { try await fault.adding(fault.options).targets($0) },
        undo: DocumentFault.undo
    ) { invocation, targets in
        var fault = fault
        let addresses = try await addresses(invocation.inItsRegion).joined(separator: " ")
        fault = fault.adding(fault.options)
        (fault.constants["sourceIP"], fault.constants["destinationIP"]) = (addresses, addresses)
        return try await fault.run(invocation, targets)
    }

    /// The original gives the addresses to the document for ports.
    private static let fault = DocumentFault(
        document: "PodBlackholeByIP",
        parameters: [
            .init("numContainersToTarget", "num_containers_to_target"),
            .init("containerNamePattern", "container_name_pattern"),
            .init("duration", "pod_blackhole_by_name_duration"), .init("protocol", "pod_blackhole_by_name_protocol"),
            .init("direction", "pod_blackhole_by_name_direction"),
        ], stagePrefixes: ["pod_blackhole_by_name"], output: .stages)

    private static func addresses(_ invocation: NativeActivity.Invocation) async throws -> [String] {
        let cluster = try await invocation.eksCluster(named: invocation.argument("cluster_name").pythonText)
        let name = invocation.argument("blacklist_pod_name_pattern").pythonText
        let pods = try await cluster.list(.pods, in: .all, .init(labels: "app=\(name)"), until: invocation.deadline)
            .items
        // A pod in the network of its node has the node's address, and the node would be cut off.
        let own = pods.filter { $0["spec"]?["hostNetwork"] != true }
        let addresses = own.flatMap { pod -> [String] in
            let all = (pod["status"]?["podIPs"]?.elements ?? []).compactMap { $0["ip"]?.stringValue }
            return all.isEmpty ? [pod["status"]?["podIP"]?.stringValue].compactMap(\.self) : all
        }
        guard !addresses.isEmpty else {
            throw ExperimentError.failedActivity(
                "no pod of \(invocation.argument("cluster_name").pythonText) with app=\(name) has an address of its "
                    + "own: there is nothing to cut off")
        }
        return addresses
    }
}
