import AWS
import AWSResources
import Experiments
import JSON

/// The actions and probes of `chaosaws.route53`.
extension ChaosActivities {
    static var route53: [NativeActivity] {
        let (actions, probes) = ("chaosaws.route53.actions", "chaosaws.route53.probes")
        let arguments: [NativeActivity.Argument] = [
            .init("zone_id", .text), .init("vpc_id", .text), .init("vpc_region", .text),
            .init("comment", .text, .null),
        ]
        let zone = "the hosted zone that is named"
        return [
            .aws(
                actions, "associate_vpc_with_zone", .action, "Lets a VPC see a private hosted zone.",
                arguments: arguments,
                calls: [.read("route53:ListTagsForResource"), .change("route53:AssociateVPCWithHostedZone")],
                choice: zone, targets: HostedZones.targets, undo: HostedZones.resetAssociation
            ) { invocation, targets in
                let input = HostedZones.input(invocation, try firstTarget(of: targets))
                return try await refusals(\.message) {
                    try await invocation.client(.route53).response("AssociateVPCWithHostedZone", input)
                }
            },
            .aws(
                actions, "disassociate_vpc_from_zone", .action, "Hides a private hosted zone from a VPC.",
                arguments: arguments,
                calls: [.read("route53:ListTagsForResource"), .change("route53:DisassociateVPCFromHostedZone")],
                choice: zone, targets: HostedZones.targets, undo: HostedZones.resetAssociation
            ) { invocation, targets in
                let input = HostedZones.input(invocation, try firstTarget(of: targets))
                return try await refusals(\.message) {
                    try await invocation.client(.route53).response("DisassociateVPCFromHostedZone", input)
                }
            },
            .aws(
                probes, "get_hosted_zone", .probe, "A hosted zone and the VPCs that see it.",
                arguments: [.init("zone_id", .text)], calls: [.read("route53:GetHostedZone")]
            ) { invocation, _ in
                let zone = invocation.argument("zone_id")
                // chaosaws says so of every error, also of a denial.
                return try await refusals({
                    $0.code == "NoSuchHostedZone" ? "Hosted Zone \(zone.pythonText) not found." : $0.message
                }) { try await invocation.client(.route53).response("GetHostedZone", ["Id": zone]) }
            },
            .aws(
                probes, "get_health_check_status", .probe, "What the health checkers found last.",
                arguments: [.init("check_id", .text)], calls: [.read("route53:GetHealthCheckStatus")]
            ) { invocation, _ in
                let check = invocation.argument("check_id")
                let response = try await refusals(\.message) {
                    try await invocation.client(.route53).response("GetHealthCheckStatus", ["HealthCheckId": check])
                }
                guard response["HealthCheckObservations"]?.elements.isEmpty == false else {
                    throw ExperimentError.failedActivity("No results found for \(check.pythonText)")
                }
                return response
            },
            .aws(
                probes, "get_dns_answer", .probe, "What Route 53 answers to a query of a hosted zone's record.",
                arguments: [.init("zone_id", .text), .init("record_name", .text), .init("record_type", .text)],
                calls: [.read("route53:TestDNSAnswer")]
            ) { invocation, _ in
                try await refusals(\.message) {
                    try await invocation.client(.route53).response(
                        "TestDNSAnswer",
                        [
                            "HostedZoneId": invocation.argument("zone_id"),
                            "RecordName": invocation.argument("record_name"),
                            "RecordType": invocation.argument("record_type"),
                        ])
                }
            },
        ]
    }
}

/// The VPCs that see private hosted zones.
private enum HostedZones {
    /// The zone that the arguments name, and its tags; of one that does not exist the action itself tells.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let id = ARN.lastPart(invocation.argument("zone_id").stringValue) ?? ""
        let client = try invocation.client(.route53)
        let tags = try await existing(["NoSuchHostedZone"]) {
            try await client.call("ListTagsForResource", ["ResourceType": "hostedzone", "ResourceId": .string(id)])[
                "ResourceTagSet"]?["Tags"]?.tags
        }
        return [NativeActivity.Target(kind: "route53:hostedzone", id: id, tags: (tags ?? nil) ?? [:])]
    }

    static func input(_ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target) -> JSONObject {
        var input: JSONObject = ["HostedZoneId": .string(target.id), "VPC": vpc(invocation)]
        input["Comment"] = invocation.given("comment")
        return input
    }

    private static func vpc(_ invocation: NativeActivity.Invocation) -> JSONValue {
        ["VPCId": invocation.argument("vpc_id"), "VPCRegion": invocation.argument("vpc_region")]
    }

    /// Associates or disassociates the VPC again, whatever it was.
    static let resetAssociation = NativeActivity.Undo(
        "lets the VPC see the zone again, or hides it again, as it was",
        calls: [
            .read("route53:GetHostedZone"), .change("route53:AssociateVPCWithHostedZone"),
            .change("route53:DisassociateVPCFromHostedZone"),
        ],
        capture: { invocation, target in
            ["associated": try await isAssociated(invocation, target).map { .bool($0) } ?? .null]
        },
        check: { invocation, target, before in
            guard let now = try await isAssociated(invocation, target) else {
                return .nothingLeft("the hosted zone \(target.id) does not exist any more")
            }
            let vpc = invocation.argument("vpc_id").pythonText
            return before["associated"] == .bool(now)
                ? .restored
                : .stillBroken("\(vpc) \(now ? "still sees" : "does not see") the hosted zone \(target.id)")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.route53)
            guard let old = before["associated"]?.boolValue, let now = try await isAssociated(invocation, target),
                now != old
            else { return }
            let input: JSONObject = ["HostedZoneId": .string(target.id), "VPC": vpc(invocation)]
            if old {
                _ = try await client.call("AssociateVPCWithHostedZone", input)
            } else {
                _ = try await client.call("DisassociateVPCFromHostedZone", input)
            }
        })

    /// Whether the VPC sees the zone; nil when the zone does not exist.
    private static func isAssociated(
        _ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target
    ) async throws -> Bool? {
        let client = try invocation.client(.route53)
        let zone = try await existing(["NoSuchHostedZone"]) {
            try await client.call("GetHostedZone", ["Id": .string(target.id)])
        }
        guard let zone else { return nil }
        let vpc = invocation.argument("vpc_id")
        return (zone["VPCs"]?.elements ?? []).contains { $0["VPCId"] == vpc }
    }
}
