import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Takes security groups from the network interfaces of an instance, and gives them back.
///
/// Connections that exist are tracked, and may go on until they are idle.
enum InstanceSecurityGroups {
    static let calls: [NativeActivity.Call] = [
        .read("ec2:DescribeInstances"), .read("ec2:DescribeSecurityGroups"), .change("ec2:CreateSecurityGroup"),
        // Needed to make a group with tags.
        .change("ec2:CreateTags"), .change("ec2:RevokeSecurityGroupEgress"),
        .change("ec2:ModifyNetworkInterfaceAttribute"),
        .change("ec2:ModifyInstanceAttribute"),
    ]

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let invocation = invocation.inItsRegion
        let id = invocation.argument("instance_id")
        let instances = try await EC2Instances.describe([id], invocation.client(.ec2))
        guard let instance = instances.first, instance.isAlive else {
            throw ExperimentError.failedActivity("the instance \(id.pythonText) does not exist any more")
        }
        return [try instance.target(invocation, candidates: 1)]
    }

    /// A network interface and the groups that it has.
    private struct Interface: Sendable {
        /// That of the instance when this is its only one: both have the same groups then.
        let id: String
        let vpc: String
        let groups: [String]
    }

    private static func interfaces(_ id: String, _ client: ActivityClient) async throws -> [Interface]? {
        do {
            let found = try await EC2Volumes.describeInstances(["InstanceIds": [.string(id)]], client)
            guard let instance = found.first,
                !["terminated", "shutting-down"].contains(instance["State"]?["Name"]?.stringValue ?? "")
            else { return nil }
            let interfaces = instance["NetworkInterfaces"]?.elements ?? []
            guard interfaces.count > 1 else {
                return [Interface(id: id, vpc: vpc(of: instance), groups: groups(instance["SecurityGroups"]))]
            }
            return interfaces.compactMap { interface in
                interface["NetworkInterfaceId"]?.stringValue.map {
                    Interface(id: $0, vpc: vpc(of: interface), groups: groups(interface["Groups"]))
                }
            }
        } catch let error as AWSFailure where error.code == "InvalidInstanceID.NotFound" { return nil }
    }

    private static func vpc(of json: JSONValue) -> String { json["VpcId"]?.stringValue ?? "" }

    private static func groups(_ list: JSONValue?) -> [String] {
        (list?.elements ?? []).compactMap { $0["GroupId"]?.stringValue }
    }

    @Sendable static func remove(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let id = try firstTarget(of: targets).id
        let client = try invocation.inItsRegion.client(.ec2)
        let interfaces = try await interfaces(id, client) ?? []
        var wanted: [(String, [String])] = []
        for interface in interfaces {
            let groups = try await groups(for: interface, invocation, client)
            if groups != interface.groups { wanted.append((interface.id, groups)) }
        }
        guard !wanted.isEmpty else {
            throw ExperimentError.failedActivity(
                "the instance \(id) has no security group \(invocation.argument("severity").pythonText) to remove")
        }
        let responses = try await forEachInTurn(wanted, "changed", name: \.0) { interface, groups in
            try await set(groups, of: interface, client)
        }
        return responses.last ?? .null
    }

    /// The groups that an interface keeps; it must have one at least.
    private static func groups(
        for interface: Interface, _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> [String] {
        let severity = invocation.argument("severity").pythonText
        switch severity {
        case "MAX": return [try await emptyGroup(interface.vpc, invocation, client)]
        case "RANDOM":
            guard interface.groups.count > 1 else {
                throw ExperimentError.failedActivity(
                    "the interface \(interface.id) has one security group and cannot be without: set severity to MAX")
            }
            // At least one goes and one stays.
            var random = SeededRandom(invocation.seed)
            let count = 1 + Int(random.next(below: UInt64(interface.groups.count - 1)))
            let kept = try Selection(.count(count), of: interface.groups, by: \.self, seed: invocation.seed).chosen
            return interface.groups.filter(kept.contains)
        default:
            let kept = interface.groups.filter { $0 != severity }
            guard !kept.isEmpty else {
                throw ExperimentError.failedActivity(
                    "\(severity) is the only security group of \(interface.id): set severity to MAX for an empty one")
            }
            return kept
        }
    }

    /// The temporary group of the VPC; it is made if there is none.
    ///
    /// A new group would let everything out.
    private static func emptyGroup(
        _ vpc: String, _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> String {
        let (key, value) = (invocation.argument("temp_sg_tag_key"), invocation.argument("temp_sg_tag_value"))
        let filters: JSONValue = [
            ["Name": .string("tag:\(key.pythonText)"), "Values": [value]],
            ["Name": "vpc-id", "Values": [.string(vpc)]],
        ]
        var group = try await client.items("DescribeSecurityGroups", ["Filters": filters]).first
        if group == nil {
            let tags: JSONValue = [
                ["Key": key, "Value": value], ["Key": .string(markerTag), "Value": .string(invocation.marker)],
            ]
            let created = try await client.call(
                "CreateSecurityGroup",
                [
                    "Description": "Temp Security Group for Resiliency Testing",
                    "GroupName": invocation.argument("temp_sg_name"), "VpcId": .string(vpc),
                    "TagSpecifications": [["ResourceType": "security-group", "Tags": tags]],
                ])
            let ids: JSONObject = ["GroupIds": [created["GroupId"] ?? .null]]
            group = try await client.items("DescribeSecurityGroups", ids).first
        }
        guard let group, let id = group["GroupId"]?.stringValue else {
            throw ExperimentError.failedActivity("EC2 did not tell the id of the temporary security group")
        }
        guard (group["IpPermissions"]?.elements ?? []).isEmpty else {
            throw ExperimentError.failedActivity(
                "the temporary security group \(id) lets something in: remove its rules, or name another tag")
        }
        let egress = group["IpPermissionsEgress"]?.elements ?? []
        if !egress.isEmpty {
            // A group of somebody else stays as it is: the undo could not give it its rules back.
            guard group["Tags"]?.tags[markerTag] == invocation.marker else {
                throw ExperimentError.failedActivity(
                    "the temporary security group \(id) lets something out: remove its rules, or name another tag")
            }
            _ = try await client.call(
                "RevokeSecurityGroupEgress", ["GroupId": .string(id), "IpPermissions": .array(egress)])
        }
        return id
    }

    /// The tag on a group that an invocation has made.
    private static let markerTag = "tocsin:run"

    private static func set(
        _ groups: [String], of interface: String, _ client: ActivityClient
    ) async throws -> JSONValue {
        let groups = JSONValue(texts: groups)
        guard interface.hasPrefix("eni-") else {
            return try await client.response(
                "ModifyInstanceAttribute", ["InstanceId": .string(interface), "Groups": groups])
        }
        return try await client.response(
            "ModifyNetworkInterfaceAttribute", ["NetworkInterfaceId": .string(interface), "Groups": groups])
    }

    /// Gives each interface its groups back, and deletes the temporary group that the action has made.
    static let undo = NativeActivity.Undo(
        "gives the instance its security groups back, and deletes the temporary one",
        calls: [
            .read("ec2:DescribeInstances"), .read("ec2:DescribeSecurityGroups"),
            .read("ec2:DescribeNetworkInterfaces"), .change("ec2:ModifyNetworkInterfaceAttribute"),
            .change("ec2:ModifyInstanceAttribute"),
            .change("ec2:DeleteSecurityGroup"),
        ],
        capture: { invocation, target in
            let interfaces = try await interfaces(target.id, invocation.inItsRegion.client(.ec2)) ?? []
            return .object(JSONObject(interfaces.map { ($0.id, JSONValue(texts: $0.groups)) }))
        },
        check: { invocation, target, before in
            let client = try invocation.inItsRegion.client(.ec2)
            if let group = try await unusedGroups(invocation, client).first {
                return .stillBroken("the temporary security group \(group) is left over")
            }
            guard let interfaces = try await interfaces(target.id, client) else {
                return .nothingLeft("the instance \(target.id) does not exist any more")
            }
            let changed = changed(interfaces, before).map(\.id)
            return changed.isEmpty
                ? .restored
                : .stillBroken("other security groups than before: \(changed.joined(separator: ", "))")
        },
        restore: { invocation, target, before in
            let client = try invocation.inItsRegion.client(.ec2)
            for interface in changed(try await interfaces(target.id, client) ?? [], before) {
                _ = try await set(before[interface.id]?.texts ?? [], of: interface.id, client)
            }
            for group in try await unusedGroups(invocation, client) {
                _ = try await client.call("DeleteSecurityGroup", ["GroupId": .string(group)])
            }
        })

    private static func changed(_ interfaces: [Interface], _ before: JSONValue) -> [Interface] {
        interfaces.filter { interface in
            before[interface.id].map { Set($0.texts) != Set(interface.groups) } ?? false
        }
    }

    /// The groups that the invocation has made and no interface has.
    private static func unusedGroups(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> [String] {
        let marked: JSONValue = [["Name": .string("tag:" + markerTag), "Values": [.string(invocation.marker)]]]
        var unused: [String] = []
        for group in try await client.items("DescribeSecurityGroups", ["Filters": marked]) {
            guard let id = group["GroupId"]?.stringValue else { continue }
            let filters: JSONValue = [["Name": "group-id", "Values": [.string(id)]]]
            if try await client.items("DescribeNetworkInterfaces", ["Filters": filters]).isEmpty { unused.append(id) }
        }
        return unused
    }
}
