import AWS
import Basics
import Experiments
import JSON

/// What is asked of pods by documents on their hosts, and the tool that other documents need.
enum PodProbes {
    /// Installs the tool that other documents need; two modules of the original have this function.
    ///
    /// Nothing is undone: the tool stays, as with any document that installs it.
    static func installStressNG(_ module: String) -> NativeActivity {
        .aws(
            module, "install_stress_ng_on_pod", .action, "Installs stress-ng in pods of the hosts.",
            arguments: [.init("node_key", .text), .init("node_values", .list), .init("region", .text, .null)],
            calls: DocumentFault.calls, choice: "the running instances with the tag", targets: TargetChoice.nodes
        ) { invocation, targets in
            try await DocumentFault(document: "InstallStressNG", parameters: [], defaultDuration: nil, output: .flag)
                .run(invocation, targets)
        }
    }

    static let podHealthy = NativeActivity.aws(
        "resiliencyvr.k8s.probes", "pod_healthy", .probe,
        "Whether the health pages of pods say UP, asked by a document on one of the hosts.",
        arguments: .optional(
            "region", "tag_key", "tag_value", "health_check_port", "health_check_path", "name_space", "cluster_name",
            "output_s3_bucket_name", "pod_name_pattern"),
        calls: DocumentFault.calls, choice: TargetChoice.choice, targets: TargetChoice.hosts
    ) { invocation, targets in
        let document = DocumentFault(
            document: "PodHealthCheck",
            parameters: [
                .init("podNamePattern", "pod_name_pattern"), .init("namespace", "name_space"),
                .init("clustername", "cluster_name"), .init("podHealthPort", "health_check_port"),
                .init("podHealthPath", "health_check_path"),
            ], defaultDuration: nil, needs: [["podNamePattern"]], output: .results)
        let lines = try await lines(document, invocation, targets)
        guard !lines.isEmpty else {
            throw ExperimentError.failedActivity(
                "no pod matches \(invocation.argument("pod_name_pattern").pythonText): nothing told its health")
        }
        let unhealthy = lines.filter { $0 != "UP" && $0 != "Healthy" }
        guard unhealthy.isEmpty else {
            throw ExperimentError.failedActivity(
                "\(unhealthy.count) of \(lines.count) pods are not healthy: \(unhealthy.joined(separator: ", "))")
        }
        return true
    }

    static let processRunning = NativeActivity.aws(
        "resiliencyvr.k8s.probes", "assert_service_on_pod_running", .probe,
        "Whether a process runs in the containers of pods, asked by a document on their hosts.",
        arguments: [
            .init("process_name", .text), .init("container_name_pattern", .text), .init("region", .text),
            .init("output_s3_bucket_name", .any), .init("tag_value", .text), .init("tag_key", .text, "tag:Name"),
            .init("num_instances_to_target", .any, "RANDOM"), .init("num_containers_to_target", .any, "RANDOM"),
        ], calls: DocumentFault.calls, choice: TargetChoice.choice,
        targets: { invocation in
            let wanted = invocation.argument("num_instances_to_target")
            let number = wanted.intValue ?? wanted.stringValue.flatMap { Int64($0) }
            let choice: JSONObject = number.map { ["target_count": .integer($0)] } ?? ["test_target_type": wanted]
            return try await TargetChoice.hosts(invocation.with(choice))
        }
    ) { invocation, targets in
        let document = DocumentFault(
            document: "PodProcessInContainerCheck",
            parameters: [
                .init("containerNamePattern", "container_name_pattern"),
                .init("numContainersToTarget", "num_containers_to_target"), .init("processName", "process_name"),
            ], defaultDuration: nil, needs: [["containerNamePattern"], ["processName"]], output: .results)
        let lines = try await lines(document, invocation, targets)
        guard !lines.isEmpty, lines.allSatisfy({ $0 == "UP" }) else {
            throw ExperimentError.failedActivity("Process \(invocation.argument("process_name").pythonText) not up")
        }
        return true
    }

    /// The lines that the last step of a document printed on all hosts.
    private static func lines(
        _ document: DocumentFault, _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> [String] {
        try await document.run(invocation, targets).elements.flatMap { host -> [String] in
            let output = (host["output"]?.elements ?? []).last?["output"]?.stringValue ?? ""
            // The service cuts long outputs off and says so in a last line.
            return output.split(whereSeparator: \.isNewline).map { String($0.trimmingWhitespace) }
                .filter { !$0.isEmpty && !$0.hasPrefix("---") }
        }
    }
}

extension TargetChoice {
    /// The running instances that `node_key` and `node_values` mean, as targets of a command have them.
    @Sendable static func nodes(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard let values = invocation.given("node_values") else {
            throw ExperimentError.failedActivity("there are no node_values to choose instances by: give them")
        }
        let group: JSONValue = ["Key": invocation.argument("node_key"), "Values": values]
        // The document is not looked at: only the targets are resolved.
        return try await SSMCommands.targets(
            invocation.inItsRegion.with(["document_name": "-", "targets": [group], "region": .null]))
    }
}
