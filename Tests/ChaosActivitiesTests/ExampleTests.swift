import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// Experiments that others have published name activities that there are here, with arguments that those take.
struct ExampleTests {
    /// A call in a published experiment.
    struct Call: Sendable, CustomTestStringConvertible {
        let module: String
        let function: String
        let kind: Activity.Kind
        let arguments: [String]

        init(_ module: String, _ function: String, _ kind: Activity.Kind, _ arguments: String...) {
            (self.module, self.function, self.kind, self.arguments) = (module, function, kind, arguments)
        }

        var testDescription: String { "\(module).\(function)" }
    }

    /// README of chaostoolkit-kubernetes (2024-06) and of chaostoolkit-aws (2024-06).
    static let chaosToolkit = [
        Call("chaosk8s.probes", "microservice_available_and_healthy", .probe, "name"),
        Call("chaosk8s.pod.actions", "terminate_pods", .action, "label_selector", "name_pattern", "rand"),
        Call("chaosaws.ec2.actions", "stop_instance", .action, "instance_id"),
        Call("chaosaws.ec2.actions", "stop_instance", .action, "az"),
        Call("chaosaws.iam.actions", "create_policy", .action, "name", "path", "policy"),
    ]

    /// The experiments in VerticalRelevance's Resiliency-Foundation-Blueprint (2022-09) and eb-public (2023-03 and
    /// 2024-03).
    ///
    /// Those in Experiment-Broker (2025-03) have the same calls below `activities`. Its samples for ECS and for
    /// regression tests name functions whose code was never published.
    static let resiliency = [
        Call(
            "resiliencyvr.ec2.actions", "stress_memory", .action, "targets", "test_target_type", "tag_key", "tag_value",
            "region", "duration", "number_of_workers", "memory_percentage_per_worker"),
        Call("chaosaws.ec2.actions", "terminate_instance", .action, "filters"),
        Call(
            "experimentvr.k8s.probes", "pod_healthy", .probe, "output_s3_bucket_name", "name_space", "cluster_name",
            "health_check_port", "health_check_path", "pod_name_pattern", "tag_key", "tag_value", "region"),
        Call("experimentvr.load.actions", "load_generate", .action, "count"),
        Call(
            "experimentvr.ec2.actions", "stress_memory", .action, "targets", "test_target_type", "tag_key", "tag_value",
            "region", "duration", "number_of_workers", "memory_percentage_per_worker"),
        Call(
            "experimentvr.ec2.actions", "root_vol_exhaustion", .action, "targets", "test_target_type", "tag_key",
            "tag_value", "region", "workers", "filesize", "duration"),
        Call(
            "experimentvr.k8s.actions", "delete_pod", .action, "region", "name_space", "pod_name_pattern", "tag_key",
            "tag_value", "output_s3_bucket_name"),
        Call("experimentvr.ec2.actions", "terminate_instance", .action, "tag_key", "tag_value"),
        Call("experimentvr.k8s.probes", "assert_pod_healthy", .probe, "cluster_name", "namespace", "pod_name"),
        Call("experimentvr.load.actions", "load_generate_demo", .action, "target", "intensity"),
        Call(
            "experimentvr.ec2.actions", "ec2_stress_network_latency", .action, "tag_key", "tag_value", "region"),
        Call(
            "experimentvr.ec2.actions", "ec2_stress_packet_loss", .action, "tag_key", "tag_value", "region",
            "ec2_stress_packet_loss_parameter_map"),
        Call(
            "experimentvr.k8s.actions", "kill_pods", .action, "cluster_name", "name_space", "pod_name_pattern",
            "num_pods_to_kill"),
        Call("experimentvr.cloudwatch.probes", "probe_alarm_state", .probe, "alarm_name", "alarm_state"),
        Call("activities.k8s.probes", "assert_pod_healthy", .probe, "cluster_name", "namespace", "pod_name", "region"),
        Call("activities.load.actions", "load_generate_demo", .action, "target", "intensity"),
        Call("activities.ec2.actions", "ec2_stress_network_latency", .action, "tag_key", "tag_value", "region"),
        Call("activities.cloudwatch.probes", "probe_alarm_state", .probe, "alarm_name", "alarm_state"),
    ]

    @Test(
        "a published call is one of an activity, with all arguments that it needs",
        arguments: chaosToolkit + resiliency)
    func published(_ call: Call) throws {
        let found = ChaosActivities.registry.activity(module: call.module, function: call.function)
        let activity = try #require(found, "there is none")
        #expect(activity.kind == call.kind)
        let known = Set(activity.arguments.map(\.name))
        #expect(Set(call.arguments).subtracting(known) == [], "unknown arguments")
        let needed = Set(activity.arguments.filter { $0.fallback == nil }.map(\.name))
        #expect(needed.subtracting(call.arguments) == [], "missing arguments")
    }

    /// The experiments among the examples of the documentation: alarm rules are there, too.
    static let examples = [
        "aws-instance-stop.yaml", "eks-pod-loss.yaml", "kubernetes-network.yaml", "kubernetes-pod-loss.yaml",
        "search-outage.yaml",
    ]

    @Test(
        "an example of the documentation is valid, and calls activities with arguments that they take",
        arguments: examples)
    func documented(_ file: String) throws {
        let url = Workspace.root.appending(path: "docs/examples/\(file)")
        let source = try SourceDocument(parsing: [UInt8](Data(contentsOf: url)), format: .yaml, name: file)
        let validation = ExperimentValidation(
            registry: ChaosActivities.registry, environment: ["SITE": "http://127.0.0.1"])
        let findings = validation.findings(in: source)
        #expect(findings.filter { $0.severity != .note } == [], "\(findings.text(file))")
    }

    @Test("every experiment among the examples is looked at")
    func complete() throws {
        let folder = Workspace.root.appending(path: "docs/examples")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let experiments = try files.filter { $0.hasSuffix(".yaml") }.filter {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8).contains("\nmethod:")
        }
        #expect(experiments.sorted() == Self.examples)
    }
}
