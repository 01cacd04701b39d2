import Experiments
import JSON

/// The faults of `resiliencyvr` that run a document of Systems Manager on hosts.
extension ChaosActivities {
    static var resiliencyHosts: [NativeActivity] { hostResourceFaults + hostNetworkFaults + stagedHostFaults }

    private static let module = "resiliencyvr.ec2.actions"

    /// Faults of the first generation on processors, memory and disks.
    private static var hostResourceFaults: [NativeActivity] {
        [
            .fault(
                module, "stress_memory", "Uses memory of instances.",
                arguments: TargetChoice.arguments
                    + .optional("duration", "memory_percentage_per_worker", "number_of_workers"),
                DocumentFault(
                    document: "StressMemory",
                    parameters: [
                        .init("duration", "duration"), .init("workers", "number_of_workers"),
                        .init("percent", "memory_percentage_per_worker"),
                    ], output: .flag)),
            .fault(
                module, "stress_cpu", "Uses processors of instances.",
                arguments: TargetChoice.arguments + .optional("duration", "cpu"),
                DocumentFault(
                    document: "StressCPU", parameters: [.init("duration", "duration"), .init("cpu", "cpu")],
                    output: .flag)),
            .fault(
                module, "stress_io", "Reads and writes on the disks of instances.",
                arguments: TargetChoice.arguments + .optional("duration", "iomix", "percent"),
                DocumentFault(
                    document: "StressIO",
                    parameters: [
                        .init("duration", "duration"), .init("iomix", "iomix"), .init("percent", "percent"),
                    ])),
            .fault(
                module, "root_vol_exhaustion", "Fills the root volume of instances.",
                arguments: TargetChoice.arguments + .optional("workers", "filesize", "duration"),
                DocumentFault(
                    document: "DiskVolumeExhaustion",
                    parameters: [
                        .init("duration", "duration"), .init("workers", "workers"), .init("filesize", "filesize"),
                    ])),
        ]
    }

    /// Faults of the first generation on the network.
    private static var hostNetworkFaults: [NativeActivity] {
        [
            .fault(
                module, "stress_packet_loss", "Loses packets of instances.",
                arguments: TargetChoice.arguments
                    + .optional("duration", "interface", "loss", "port_number", "port_type"),
                DocumentFault(
                    document: "StressPacketLoss",
                    parameters: [
                        .init("interface", "interface"), .init("portNumber", "port_number"),
                        .init("portType", "port_type"), .init("loss", "loss"), .init("duration", "duration"),
                    ])),
            latency("stress_network_latency"), latency("elk_stress_network_latency"),
            .fault(
                module, "stress_network_utilization", "Limits the rate at which instances send.",
                arguments: TargetChoice.arguments
                    + .optional("interface", "port_number", "port_type", "rate", "duration"),
                DocumentFault(
                    document: "StressNetworkUtilization",
                    parameters: [
                        .init("interface", "interface"), .init("portNumber", "port_number"),
                        .init("portType", "port_type"), .init("rate", "rate"), .init("duration", "duration"),
                    ])),
            .fault(
                module, "stress_all_network_io", "Cuts instances off from the network.",
                arguments: TargetChoice.arguments + .optional("duration"),
                DocumentFault(document: "StressAllNetworkIO", parameters: [.init("duration", "duration")])),
            .fault(
                module, "black_hole_by_port", "Drops what instances send to or get from ports.",
                arguments: TargetChoice.arguments
                    + .with(["source_ports": "", "destination_ports": "", "protocol": "tcp udp", "duration": nil]),
                DocumentFault(
                    document: "BlackHoleByPort",
                    parameters: [
                        .init("duration", "duration"), .init("protocol", "protocol"),
                        .init("destinationPorts", "destination_ports"), .init("sourcePorts", "source_ports"),
                    ], needs: [["sourcePorts", "destinationPorts"]])),
            .fault(
                module, "black_hole_elk", "Drops what instances send to or get from the ports of Elasticsearch.",
                arguments: TargetChoice.arguments
                    + .with(["elk_sports": nil, "elk_dports": nil, "protocol": "tcp udp", "duration": nil]),
                DocumentFault(
                    document: "BlackHoleByPort",
                    // The original has parameters that the document does not have.
                    parameters: [
                        .init("duration", "duration"), .init("protocol", "protocol"),
                        .init("destinationPorts", "elk_dports"), .init("sourcePorts", "elk_sports"),
                    ], needs: [["sourcePorts", "destinationPorts"]])),
        ]
    }

    /// The original has two functions that do the same.
    private static func latency(_ function: String) -> NativeActivity {
        .fault(
            module, function, "Delays packets of instances.",
            arguments: TargetChoice.arguments + .optional("interface", "ports", "port_type", "delay", "duration"),
            DocumentFault(
                document: "StressNetworkLatency",
                parameters: [
                    .init("duration", "duration"), .init("ports", "ports"), .init("portType", "port_type"),
                    .init("delay", "delay"), .init("interface", "interface"),
                ]))
    }

    /// Faults of the second generation, which run in stages.
    private static var stagedHostFaults: [NativeActivity] { stagedResourceFaults + stagedNetworkFaults }

    private static var stagedResourceFaults: [NativeActivity] {
        [
            .fault(
                module, "ec2_stress_cpu", "Uses a share of the processors of instances, in stages.",
                // The original has two functions of this name, with arguments of their own.
                arguments: TargetChoice.arguments
                    + .with([
                        "ec2_stress_cpu_duration": nil, "ec2_cpu_duration": "60", "max_duration": "900",
                        "stress_cpu_percent": nil, "ec2_cpu_percent": "80",
                    ]) + .stages("ec2_stress_cpu"),
                DocumentFault(
                    document: "StressCPU",
                    // The original gives the share as the number of processes.
                    parameters: [
                        .init("duration", "ec2_stress_cpu_duration", "ec2_cpu_duration"),
                        .init("load", "stress_cpu_percent", "ec2_cpu_percent", "cpu"),
                    ], stagePrefixes: ["ec2_stress_cpu"], output: .stages)),
            .fault(
                module, "ec2_stress_memory", "Uses memory of instances, in stages.",
                arguments: TargetChoice.arguments
                    + .with([
                        "ec2_stress_memory_duration": "60", "max_duration": "900",
                        "ec2_stress_memory_percent_per_worker": "50", "ec2_stress_memory_number_of_workers": "1",
                    ]) + .stages("ec2_stress_memory"),
                DocumentFault(
                    document: "StressMemory",
                    // The last names are those of the original's maps; the document does not have them.
                    parameters: [
                        .init("duration", "ec2_stress_memory_duration"),
                        .init("workers", "ec2_stress_memory_number_of_workers", "numberOfWorkers"),
                        .init("percent", "ec2_stress_memory_percent_per_worker", "memoryPercentagePerWorker"),
                    ], stagePrefixes: ["ec2_stress_memory"], output: .stages)),
            .fault(
                module, "ec2_exhaust_root_vol", "Fills the root volume of instances, in stages.",
                arguments: TargetChoice.arguments
                    + .with(["ec2_exhaust_root_vol_duration": "60", "max_duration": "900"])
                    + .stages("ec2_exhaust_root_vol"),
                DocumentFault(
                    document: "DiskVolumeExhaustion",
                    parameters: [
                        .init("duration", "ec2_exhaust_root_vol_duration"), .init("workers"), .init("filesize"),
                    ], stagePrefixes: ["ec2_exhaust_root_vol"], output: .stages)),
        ]
    }

    private static var stagedNetworkFaults: [NativeActivity] {
        [
            .fault(
                module, "ec2_stress_packet_loss", "Loses packets of instances, in stages.",
                arguments: TargetChoice.arguments
                    + .with([
                        "ec2_stress_packet_port_type": "sport", "ec2_stress_packet_port_number": "0",
                        "ec2_stress_packet_loss_percent": "90", "ec2_stress_packet_duration": "60",
                        "ec2_stress_packet_interface": "eth0", "max_duration": "900",
                    ]) + .stages("ec2_stress_packet_loss"),
                DocumentFault(
                    document: "StressPacketLoss",
                    parameters: [
                        .init("duration", "ec2_stress_packet_duration"),
                        .init("interface", "ec2_stress_packet_interface"),
                        .init("portType", "ec2_stress_packet_port_type"),
                        .init("portNumber", "ec2_stress_packet_port_number"),
                        .init("loss", "ec2_stress_packet_loss_percent"),
                    ], stagePrefixes: ["ec2_stress_packet_loss"], output: .stages)),
            stagedNetwork("latency", "Delays packets of instances, in stages.", "ports", "delay"),
            stagedNetwork(
                "utilization", "Limits the rate at which instances send, in stages.", "portNumber", "rate"),
            .fault(
                module, "ec2_blackhole_by_port", "Drops what instances send to or get from ports, in stages.",
                arguments: TargetChoice.arguments
                    + .with([
                        "ec2_blackhole_by_port_protocol": "tcp udp", "ec2_blackhole_by_port_source_ports": "",
                        "ec2_blackhole_by_port_destination_ports": "", "ec2_blackhole_by_port_direction": "BOTH",
                        "ec2_blackhole_by_port_duration": "60", "max_duration": "900",
                    ]) + .stages("ec2_blackhole_by_port"),
                .blackholeByPort("BlackHoleByPort", "ec2_blackhole_by_port")),
            .fault(
                module, "ec2_blackhole_by_ip", "Drops what instances send to or get from addresses, in stages.",
                arguments: [.init("ec2_blackhole_ip", .any)] + TargetChoice.arguments
                    + .with([
                        "ec2_blackhole_by_ip_port_protocol": "tcp udp", "ec2_blackhole_by_ip_direction": "BOTH",
                        "ec2_blackhole_by_ip_duration": "60", "max_duration": "900",
                    ]) + .stages("ec2_blackhole_by_ip"),
                .blackholeByIP("BlackholeByIP", "ec2_blackhole_by_ip", address: "ec2_blackhole_ip")),
        ]
    }

    /// Latency and rate: `ec2_stress_network_latency`, with its delay, and `ec2_stress_network_utilization`.
    private static func stagedNetwork(
        _ name: String, _ summary: String, _ portParameter: String, _ value: String
    ) -> NativeActivity {
        let prefix = "ec2_stress_network_\(name)"
        return .fault(
            module, prefix, summary,
            arguments: TargetChoice.arguments
                + .with([
                    "\(prefix)_port_type": "sport", "\(prefix)_port_number": "0", "\(prefix)_network_\(value)": "100",
                    "\(prefix)_duration": "60", "\(prefix)_interface": "eth0", "max_duration": "900",
                ]) + .stages(prefix),
            DocumentFault(
                document: name == "latency" ? "StressNetworkLatency" : "StressNetworkUtilization",
                parameters: [
                    .init("duration", "\(prefix)_duration"), .init("interface", "\(prefix)_interface"),
                    .init("portType", "\(prefix)_port_type"), .init(portParameter, "\(prefix)_port_number"),
                    .init(value, "\(prefix)_network_\(value)"),
                ], stagePrefixes: [prefix], output: .stages))
    }
}

extension DocumentFault {
    /// The faults by port of hosts and pods, whose arguments begin alike.
    static func blackholeByPort(_ document: String, _ prefix: String, others: [Parameter] = []) -> DocumentFault {
        DocumentFault(
            document: document,
            parameters: others + [
                .init("duration", "\(prefix)_duration", "duration"),
                .init("protocol", "\(prefix)_protocol", "protocol"),
                .init("sourcePorts", "\(prefix)_source_ports", "source_ports"),
                .init("destinationPorts", "\(prefix)_destination_ports", "destination_ports"),
                .init("direction", "\(prefix)_direction"),
            ], needs: [["sourcePorts", "destinationPorts"]], stagePrefixes: [prefix], output: .stages)
    }

    /// The faults by address of hosts and pods.
    static func blackholeByIP(
        _ document: String, _ prefix: String, address: String, others: [Parameter] = []
    ) -> DocumentFault {
        DocumentFault(
            document: document,
            parameters: others + [
                .init("duration", "\(prefix)_duration"),
                .init("protocol", "\(prefix)_port_protocol", "\(prefix)_protocol"), .init("sourceIP", address),
                .init("destinationIP", address), .init("direction", "\(prefix)_direction"),
            ], needs: [["sourceIP", "destinationIP"]], stagePrefixes: [prefix], output: .stages)
    }
}
