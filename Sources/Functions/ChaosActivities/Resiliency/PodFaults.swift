import Experiments
import JSON

/// The faults of `resiliencyvr.k8s` that run a document of Systems Manager on the hosts of pods.
///
/// Both generations have functions of the same names; each takes the arguments of both.
extension ChaosActivities {
    static var resiliencyPods: [NativeActivity] {
        podResourceFaults + podNetworkFaults + podBlackholes + podKills + podCommands
    }

    private static let module = "resiliencyvr.k8s.actions"

    /// What chooses hosts and containers, in the order of the second generation.
    private static func choice(pattern: NativeActivity.Argument = .init("container_name_pattern", .text))
        -> [NativeActivity.Argument]
    {
        let hosts = TargetChoice.arguments
        return [pattern] + hosts.dropLast() + .with(["num_containers_to_target": "1"]) + hosts.suffix(1)
    }

    private static let containers: [DocumentFault.Parameter] = [
        .init("numContainersToTarget", "num_containers_to_target"),
        .init("containerNamePattern", "container_name_pattern"),
    ]

    private static var podResourceFaults: [NativeActivity] {
        [
            .fault(
                module, "pod_stress_cpu", "Uses processors in the containers of pods, in stages.",
                // The original has two functions of this name, one with the stages of the memory.
                arguments: choice()
                    + .with([
                        "pod_stress_cpu_duration": nil, "duration": "60", "max_duration": "900",
                        "pod_stress_cpu_percentage": nil, "pod_cpu": nil, "cpu": nil,
                    ]) + .stages("pod_stress_cpu") + .stages("pod_stress_memory"),
                DocumentFault(
                    document: "PodStressCPU",
                    // The original gives the share as the number of processes.
                    parameters: containers + [
                        .init("duration", "pod_stress_cpu_duration", "duration"),
                        .init("load", "pod_stress_cpu_percentage", "pod_cpu"), .init("cpu", "cpu"),
                    ], stagePrefixes: ["pod_stress_cpu", "pod_stress_memory"], output: .stages)),
            .fault(
                module, "pod_stress_memory", "Uses memory in the containers of pods, in stages.",
                arguments: choice()
                    + .with([
                        "pod_stress_memory_duration": nil, "duration": "60", "max_duration": "900",
                        "pod_stress_memory_percent_per_worker": nil, "memory_percentage_per_worker": "50",
                        "pod_stress_memory_number_of_workers": nil, "number_of_workers": "1",
                    ]) + .stages("pod_stress_memory"),
                DocumentFault(
                    document: "PodStressMemory",
                    parameters: containers + [
                        .init("duration", "pod_stress_memory_duration", "duration"),
                        .init(
                            "workers", "pod_stress_memory_number_of_workers", "number_of_workers", "numberOfWorkers"),
                        .init(
                            "percent", "pod_stress_memory_percent_per_worker", "memory_percentage_per_worker",
                            "memoryPercentagePerWorker"),
                    ], stagePrefixes: ["pod_stress_memory"], output: .stages)),
            .fault(
                module, "pod_stress_io", "Reads and writes on the disks of the containers of pods.",
                arguments: choice() + .with(["duration": "60", "iomix": "1", "percent": "80"]),
                DocumentFault(
                    document: "PodStressIO",
                    parameters: containers + [
                        .init("duration", "duration"), .init("iomix", "iomix"), .init("percent", "percent"),
                    ])),
            .fault(
                module, "pod_exhaust_root_vol", "Fills the root volume of the containers of pods, in stages.",
                arguments: choice() + .with(["duration": "60", "max_duration": "900"])
                    + .stages("pod_exhaust_root_vol"),
                DocumentFault(
                    document: "PodDiskVolumeExhaustion",
                    parameters: containers + [.init("duration", "duration"), .init("workers"), .init("filesize")],
                    stagePrefixes: ["pod_exhaust_root_vol"], output: .stages)),
        ]
    }

    private static var podNetworkFaults: [NativeActivity] {
        [
            podNetwork(
                "pod_stress_packet_loss", "PodStressPacketLoss", "Loses packets of pods, in stages.", "loss", "90"),
            podNetwork(
                "pod_stress_network_latency", "PodStressNetworkLatency", "Delays packets of pods, in stages.", "delay",
                "100", argument: "network_delay"),
            podNetwork(
                "pod_stress_network_utilization", "PodStressNetworkUtilization",
                "Limits the rate at which pods send, in stages.", "rate", "100", argument: "network_rate"),
            .fault(
                module, "pod_stress_all_network_io", "Cuts pods off from the network.",
                arguments: choice() + .with(["duration": "60"]),
                DocumentFault(
                    document: "PodStressAllNetworkIO", parameters: containers + [.init("duration", "duration")],
                    defaultDuration: .seconds(120))),
        ]
    }

    private static func podNetwork(
        _ function: String, _ document: String, _ summary: String, _ parameter: String, _ value: JSONValue,
        argument: String? = nil
    ) -> NativeActivity {
        let argument = argument ?? parameter
        return .fault(
            module, function, summary,
            arguments: choice()
                + .with([
                    "port_type": "sport", "port_number": "0", argument: value, "duration": "60", "interface": "eth0",
                    "max_duration": "900",
                ]) + .stages(function),
            DocumentFault(
                document: document,
                parameters: containers + [
                    .init("duration", "duration"), .init("interface", "interface"), .init("portType", "port_type"),
                    .init("portNumber", "port_number"), .init(parameter, argument),
                ], stagePrefixes: [function], output: .stages))
    }

    private static var podBlackholes: [NativeActivity] {
        [
            .fault(
                module, "pod_blackhole_by_port", "Drops what pods send to or get from ports, in stages.",
                arguments: choice(pattern: .init("container_name_pattern", .text, "coredns"))
                    + .with([
                        "pod_blackhole_by_port_protocol": nil, "protocol": "tcp udp",
                        "pod_blackhole_by_port_source_ports": nil, "source_ports": "",
                        "pod_blackhole_by_port_destination_ports": nil, "destination_ports": "",
                        "pod_blackhole_by_port_direction": "BOTH", "pod_blackhole_by_port_duration": nil,
                        "duration": "60", "max_duration": "900",
                    ]) + .stages("pod_blackhole_by_port"),
                .blackholeByPort("PodBlackholeByPort", "pod_blackhole_by_port", others: containers)),
            .fault(
                module, "pod_blackhole_by_ip", "Drops what pods send to or get from addresses, in stages.",
                arguments: [.init("pod_blackhole_ip", .any)] + choice()
                    + .with([
                        "pod_blackhole_by_ip_port_protocol": "tcp udp", "pod_blackhole_by_ip_direction": "BOTH",
                        "pod_blackhole_by_ip_duration": "60", "max_duration": "900",
                    ]) + .stages("pod_blackhole_by_ip"),
                .blackholeByIP(
                    "PodBlackholeByIP", "pod_blackhole_by_ip", address: "pod_blackhole_ip", others: containers)
            ),
        ]
    }

    /// What is killed or deleted is made anew by what made it before: there is nothing to undo.
    private static var podKills: [NativeActivity] {
        let pods: [DocumentFault.Parameter] = [
            .init("namespace", "name_space"), .init("podNamePattern", "pod_name_pattern", "podNamePatter"),
        ]
        let needs = [["namespace"], ["podNamePattern"]]
        return [
            .fault(
                module, "pod_termination_crash", "Kills the containers of pods, in stages.",
                arguments: choice(pattern: .init("container_name_pattern", .text, "k8s.coredns"))
                    + .stages("pod_termination_crash"), endsByItself: true,
                DocumentFault(
                    document: "PodTerminationCrash", parameters: containers, defaultDuration: nil,
                    stagePrefixes: ["pod_termination_crash"], output: .stages)),
            .fault(
                module, "pod_kill_process_in_container", "Kills a process in the containers of pods.",
                arguments: choice() + .with(["pod_kill_process_name": "", "pod_kill_process_signal": "SIGKILL"]),
                endsByItself: true,
                DocumentFault(
                    document: "PodKillProcessInContainer",
                    parameters: containers + [
                        .init("signal", "pod_kill_process_signal"), .init("processName", "pod_kill_process_name"),
                    ], defaultDuration: nil, needs: [["processName"]], output: .results)),
            .fault(
                module, "delete_pod", "Deletes pods by kubectl on a host.",
                arguments: .optional(
                    "region", "tag_key", "tag_value", "name_space", "output_s3_bucket_name", "pod_name_pattern"),
                endsByItself: true,
                DocumentFault(
                    document: "DeletePod", parameters: pods, defaultDuration: nil, needs: needs, output: .flag)),
            .fault(
                module, "delete_pod_ssm", "Deletes pods by kubectl on a host, in stages.",
                arguments: [.init("name_space", .text), .init("pod_name_pattern", .text)] + TargetChoice.arguments
                    + .stages("delete_pod_ssm"), endsByItself: true,
                DocumentFault(
                    document: "DeletePod", parameters: pods, defaultDuration: nil, needs: needs,
                    stagePrefixes: ["delete_pod_ssm"], output: .stages)),
        ]
    }

    private static var podCommands: [NativeActivity] {
        [
            .fault(
                module, "pod_high_cpu", "Uses processors in pods by their names.",
                arguments: .optional("region", "namespace", "tag_key", "tag_value", "pod_name_pattern", "duration"),
                DocumentFault(
                    document: "PodHighCPU",
                    parameters: [
                        .init("namespace", "namespace"), .init("podNamePattern", "pod_name_pattern"),
                        .init("duration", "duration"),
                    ], needs: [["namespace"], ["podNamePattern"]], output: .flag)),
            PodProbes.installStressNG("resiliencyvr.k8s.shared"),
            PodProbes.installStressNG("resiliencyvr.network.shared"), PodAddresses.blackholeByName,
            PodProbes.podHealthy, PodProbes.processRunning,
        ]
    }
}
