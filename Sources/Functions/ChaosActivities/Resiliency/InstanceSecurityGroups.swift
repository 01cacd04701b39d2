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
        let id: String
        let vpc: String
        let groups: [String]

        init?(_ description: JSONValue) {
            guard let id = description["NetworkInterfaceId"]?.stringValue else { return nil }
            (self.id, vpc) = (id, description["VpcId"]?.stringValue ?? "")
            groups = (description["Groups"]?.elements ?? []).compactMap { $0["GroupId"]?.stringValue }
        }
    }

    /// The interfaces of an instance, the primary one first; nil when the instance does not exist any more.
    private static func interfaces(_ id: String, _ client: ActivityClient) async throws -> [Interface]? {
        do {
            let found = try await EC2Volumes.describeInstances(["InstanceIds": [.string(id)]], client)
            guard let instance = found.first,
                !["terminated", "shutting-down"].contains(instance["State"]?["Name"]?.stringValue ?? "")
            else { return nil }
            func index(_ interface: JSONValue) -> Int64 { interface["Attachment"]?["DeviceIndex"]?.intValue ?? .max }
            return (instance["NetworkInterfaces"]?.elements ?? []).sorted { index($0) < index($1) }
                .compactMap(Interface.init)
        } catch let error as AWSFailure where error.code == "InvalidInstanceID.NotFound" { return nil }
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
        var group = try await temporaryGroups(invocation, client).first { $0["VpcId"] == .string(vpc) }
        if group == nil {
            let (key, value) = (invocation.argument("temp_sg_tag_key"), invocation.argument("temp_sg_tag_value"))
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

    /// The groups with the tag of temporary ones, in all VPCs.
    private static func temporaryGroups(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> [JSONValue] {
        let tag = "tag:" + invocation.argument("temp_sg_tag_key").pythonText
        let filters: JSONValue = [["Name": .string(tag), "Values": [invocation.argument("temp_sg_tag_value")]]]
        return try await client.items("DescribeSecurityGroups", ["Filters": filters])
    }

    /// The tag on a group that an invocation has made.
    private static let markerTag = "tocsin:run"

    private static func set(
        _ groups: [String], of interface: String, _ client: ActivityClient
    ) async throws -> JSONValue {
        try await client.response(
            "ModifyNetworkInterfaceAttribute",
            ["NetworkInterfaceId": .string(interface), "Groups": JSONValue(texts: groups)])
    }

    /// Gives each interface its groups back, and deletes the temporary group that the action has made.
    static let undo = NativeActivity.Undo(
        "gives the instance its security groups back, and deletes the temporary one",
        calls: [
            .read("ec2:DescribeInstances"), .read("ec2:DescribeSecurityGroups"),
            .read("ec2:DescribeNetworkInterfaces"), .change("ec2:ModifyNetworkInterfaceAttribute"),
            .change("ec2:DeleteSecurityGroup"),
        ],
        capture: { invocation, target in
            let interfaces = try await interfaces(target.id, invocation.inItsRegion.client(.ec2)) ?? []
            return [
                "interfaces": .array(
                    interfaces.map { ["id": .string($0.id), "groups": JSONValue(texts: $0.groups)] })
            ]
        },
        check: { invocation, target, before in
            let client = try invocation.inItsRegion.client(.ec2)
            if let group = try await unusedGroups(invocation, client).first {
                return .stillBroken("the temporary security group \(group) is left over")
            }
            let state = try await state(of: target, before, invocation, client)
            if !state.changed.isEmpty {
                return .stillBroken(
                    "other security groups than before: "
                        + state.changed.map(\.interface).joined(separator: ", "))
            }
            if !state.exists { return .nothingLeft("the instance \(target.id) does not exist any more") }
            return state.gone.isEmpty
                ? .restored
                : .nothingLeft("these network interfaces do not exist any more: \(state.gone.joined(separator: ", "))")
        },
        restore: { invocation, target, before in
            let client = try invocation.inItsRegion.client(.ec2)
            for (interface, groups) in try await state(of: target, before, invocation, client).changed {
                _ = try await set(groups, of: interface, client)
            }
            for group in try await unusedGroups(invocation, client) {
                _ = try await client.call("DeleteSecurityGroup", ["GroupId": .string(group)])
            }
        })

    /// What has become of an instance and of the interfaces that it had.
    private struct State {
        var exists = true
        /// The interfaces with other groups than they should have, and those that they should have.
        var changed: [(interface: String, groups: [String])] = []
        /// The interfaces of before that do not exist any more.
        var gone: [String] = []
    }

    /// Reads the interfaces of the instance, and those that it had and that were detached since.
    ///
    /// Interfaces come and go with the pods of a node: a new one begins with the groups of the primary one, which are
    /// the temporary ones while the fault lasts.
    private static func state(
        of target: NativeActivity.Target, _ before: JSONValue, _ invocation: NativeActivity.Invocation,
        _ client: ActivityClient
    ) async throws -> State {
        let old = (before["interfaces"]?.elements ?? []).map {
            (id: $0["id"]?.stringValue ?? "", groups: $0["groups"]?.texts ?? [])
        }
        guard var interfaces = try await interfaces(target.id, client) else { return State(exists: false) }
        let missing = old.map(\.id).filter { id in !interfaces.contains { $0.id == id } }
        if !missing.isEmpty {
            let filters: JSONValue = [["Name": "network-interface-id", "Values": JSONValue(texts: missing)]]
            interfaces += try await client.items("DescribeNetworkInterfaces", ["Filters": filters])
                .compactMap(Interface.init)
        }
        let isReplaced = invocation.argument("severity") == "MAX"
        let temporary = try await isReplaced ? temporaryGroups(invocation, client) : []
        let isTemporary = Set(temporary.compactMap { $0["GroupId"]?.stringValue }).contains
        var state = State()
        for interface in interfaces {
            if let groups = old.first(where: { $0.id == interface.id })?.groups {
                if Set(groups) != Set(interface.groups) { state.changed.append((interface.id, groups)) }
            } else if interface.groups.contains(where: isTemporary) {
                let others = interface.groups.filter { !isTemporary($0) }
                state.changed.append((interface.id, others.isEmpty ? old.first?.groups ?? [] : others))
            }
        }
        state.gone = missing.filter { id in !interfaces.contains { $0.id == id } }
        return state
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
