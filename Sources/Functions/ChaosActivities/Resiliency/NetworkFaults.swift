import AWS
import Experiments
import JSON

/// The faults of `resiliencyvr` that cut hosts off from services: by URL, S3, DynamoDB, Kafka, Secrets Manager.
extension ChaosActivities {
    static var resiliencyNetworks: [NativeActivity] { networkFaults + serviceBlackholes + [detachVolume] }

    private static let duration = DocumentFault.Parameter("duration", "duration")

    private static var networkFaults: [NativeActivity] {
        [
            .fault(
                "resiliencyvr.network.actions", "blackhole_by_url", "Drops what instances send to the hosts of URLs.",
                arguments: TargetChoice.arguments + .optional("urls", "duration"),
                DocumentFault(
                    document: "BlackHoleByURL", parameters: [duration, .init("urls", "urls")], needs: [["urls"]],
                    output: .nothing)),
            .fault(
                "resiliencyvr.network.actions", "point_inactive_dns", "Drops the DNS requests of instances.",
                arguments: TargetChoice.arguments + .optional("duration"),
                DocumentFault(document: "BlackholeDNS", parameters: [duration])),
        ]
    }

    private static var serviceBlackholes: [NativeActivity] {
        [
            blackhole(
                "resiliencyvr.s3.actions", "blackhole_s3", "Drops what instances send to S3.",
                calls: ServiceAddresses.prefixListCalls
            ) { try await ServiceAddresses.prefixes(of: "s3", $0) },
            blackhole(
                "resiliencyvr.dynamodb.actions", "blackhole_dynamodb", "Drops what instances send to DynamoDB.",
                calls: ServiceAddresses.prefixListCalls
            ) { try await ServiceAddresses.prefixes(of: "dynamodb", $0) },
            blackhole(
                "resiliencyvr.network.actions", "blackhole_secrets_manager",
                "Drops what instances send to Secrets Manager.", calls: ServiceAddresses.endpointCalls
            ) { try await ServiceAddresses.endpoints(of: .secretsManager, named: "secretsmanager", $0) },
            blackholeKafka,
        ]
    }

    /// A fault on addresses that are looked up when it begins.
    private static func blackhole(
        _ module: String, _ function: String, _ summary: String, calls: [NativeActivity.Call],
        addresses: @escaping @Sendable (NativeActivity.Invocation) async throws -> [String]
    ) -> NativeActivity {
        let plain = DocumentFault(
            document: "BlackHoleByIPAddress", parameters: [duration], defaultDuration: .seconds(180))
        let fault = plain.adding(plain.options)
        return .aws(
            module, function, .action, summary,
            arguments: TargetChoice.arguments + .optional("duration") + plain.options.arguments
                + TargetChoice.quantityArguments
                + [.init("wait", .flag, true)],
            calls: DocumentFault.calls + calls, choice: TargetChoice.choice, targets: { try await fault.targets($0) },
            undo: DocumentFault.undo
        ) { invocation, targets in
            var fault = fault
            fault.constants["ipAddresses"] = try await addresses(invocation.inItsRegion).joined(separator: " ")
            return try await fault.run(invocation, targets)
        }
    }

    private static var blackholeKafka: NativeActivity {
        let plain = DocumentFault(document: "BlackHoleKafka", parameters: [duration], output: .nothing)
        let fault = plain.adding(plain.options)
        return .aws(
            "resiliencyvr.kafka.actions", "blackhole_kafka", .action,
            "Drops what instances send to the brokers of an MSK cluster.",
            arguments: .optional("region", "msk_cluster", "node_key") + [.init("node_values", .list, .null)]
                + .optional("duration") + plain.options.arguments + [.init("wait", .flag, true)],
            calls: DocumentFault.calls + [.read("kafka:ListNodes")], choice: "the running instances with the tag",
            targets: TargetChoice.nodes, undo: DocumentFault.undo
        ) { invocation, targets in
            let brokers = try await ServiceAddresses.brokers(
                of: invocation.argument("msk_cluster"), invocation.inItsRegion)
            var fault = fault
            fault.constants["kafkanodes"] = brokers.joined(separator: " ")
            return try await fault.run(invocation, targets)
        }
    }

    private static var detachVolume: NativeActivity {
        .aws(
            "resiliencyvr.ebs.actions", "detach_volume", .action, "Unmounts a volume on the instance that has it.",
            arguments: .optional(
                "region", "name_space", "pod_name_pattern", "tag_key_1", "tag_value_1", "tag_key_2", "tag_value_2",
                "duration") + [.init("wait", .flag, true)],
            calls: DocumentFault.calls + [.read("ec2:DescribeVolumes")],
            choice: "the instance that has one of the attached volumes with both tags",
            targets: AttachedVolume.hosts, undo: DocumentFault.undo
        ) { invocation, targets in
            let host = try firstTarget(of: targets)
            let volume = try await AttachedVolume.chosen(invocation.inItsRegion).volume
            guard volume.host == host.id else {
                throw ExperimentError.failedActivity(
                    "the volume \(volume.id) is attached to \(volume.host), it was attached to \(host.id)")
            }
            return try await DocumentFault(
                document: "DetachVolume", parameters: [duration],
                constants: ["volumeId": volume.id, "device": volume.device], output: .flag
            ).run(invocation, targets)
        }
    }
}
