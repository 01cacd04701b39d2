import AWS
import Basics
import Experiments
import JSON

/// Takes a zone away from Auto Scaling groups, and gives it back.
///
/// A tag on the group, set before the change, tells what is to be put back.
enum ZoneGroups {
    static let changes: [NativeActivity.Call] = [
        .change("autoscaling:CreateOrUpdateTags"), .change("autoscaling:UpdateAutoScalingGroup"),
        .change("autoscaling:SuspendProcesses"),
    ]
    static let backChanges: [NativeActivity.Call] = [
        .change("autoscaling:UpdateAutoScalingGroup"), .change("autoscaling:ResumeProcesses"),
        .change("autoscaling:DeleteTags"),
    ]
    /// Those by which a group would launch instances in other zones, or replace those of the zone.
    private static let processes = ["Launch", "ReplaceUnhealthy", "AZRebalance"]

    /// What is done to a group.
    enum Change: Sendable, Hashable {
        /// These subnets are taken away.
        case subnets([String])
        /// The zone is taken away from a group that has zones instead of subnets.
        case zone
        /// These processes are suspended.
        case processes([String])

        /// As the value of the tag.
        var text: String {
            switch self {
            case .subnets(let ids): "subnets=" + ids.joined(separator: ",")
            case .zone: "zone"
            case .processes(let names): "processes=" + names.joined(separator: ",")
            }
        }

        /// Reads ``text``; nil for another text.
        init?(_ text: String?) {
            guard let text, text != "zone" else {
                guard text != nil else { return nil }
                self = .zone
                return
            }
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            let names = parts[1].split(separator: ",").map(String.init)
            switch parts[0] {
            case "subnets": self = .subnets(names)
            case "processes": self = .processes(names)
            default: return nil
            }
        }
    }

    /// What is done to a group in a zone; nil when there is nothing to do.
    ///
    /// A group that is in no other zone keeps its subnets, since it cannot be without any; it is kept from launching.
    /// - Parameter subnets: those of the zone.
    static func change(
        _ group: JSONValue, zone: String, subnets: Set<String>, bySubnets: Bool
    ) -> Change? {
        let zones = group["AvailabilityZones"]?.texts ?? []
        guard zones.contains(zone) else { return nil }
        if bySubnets {
            let own = GroupSubnets.subnets(of: group)
            let taken = own.filter(subnets.contains)
            if !taken.isEmpty, taken.count < own.count { return .subnets(taken) }
            if own.isEmpty, zones.count > 1 { return .zone }
        }
        let running = processes.filter { !suspended(group).contains($0) }
        return running.isEmpty ? nil : .processes(running)
    }

    private static func suspended(_ group: JSONValue) -> [String] {
        (group["SuspendedProcesses"]?.elements ?? []).compactMap { $0["ProcessName"]?.stringValue }
    }

    static func fail(_ group: JSONValue, _ change: Change, zone: String, _ client: ActivityClient) async throws {
        let name = JSONValue.string(group.groupName)
        let tag: JSONValue = [
            "ResourceId": name, "ResourceType": "auto-scaling-group", "Key": .string(ZoneNetwork.tag(zone)),
            "Value": .string(change.text), "PropagateAtLaunch": false,
        ]
        _ = try await client.call("CreateOrUpdateTags", ["Tags": [tag]])
        switch change {
        case .subnets(let taken):
            try await GroupSubnets.set(
                GroupSubnets.subnets(of: group).filter { !taken.contains($0) }, of: group.groupName, client)
        case .zone:
            let others = (group["AvailabilityZones"]?.texts ?? []).filter { $0 != zone }
            try await set(zones: others, of: name, client)
        case .processes(let names):
            _ = try await client.call(
                "SuspendProcesses", ["AutoScalingGroupName": name, "ScalingProcesses": JSONValue(texts: names)])
        }
    }

    private static func set(zones: [String], of group: JSONValue, _ client: ActivityClient) async throws {
        _ = try await client.call(
            "UpdateAutoScalingGroup", ["AutoScalingGroupName": group, "AvailabilityZones": JSONValue(texts: zones)])
    }

    /// What of a change is in effect; nil when all of it was put back.
    private static func left(_ change: Change, of group: JSONValue, zone: String) -> Change? {
        switch change {
        case .subnets(let taken):
            let now = GroupSubnets.subnets(of: group)
            let missing = taken.filter { !now.contains($0) }
            return missing.isEmpty ? nil : .subnets(missing)
        case .zone: return (group["AvailabilityZones"]?.texts ?? []).contains(zone) ? nil : .zone
        case .processes(let names):
            let still = names.filter(suspended(group).contains)
            return still.isEmpty ? nil : .processes(still)
        }
    }

    /// Puts a group back as its tag says; without the tag as `change` says.
    static func recover(
        _ group: JSONValue, zone: String, remembered change: Change? = nil, _ client: ActivityClient
    ) async throws {
        let name = JSONValue.string(group.groupName)
        let tagged = group["Tags"]?.tags[ZoneNetwork.tag(zone)]
        if let change = Change(tagged) ?? change, let left = left(change, of: group, zone: zone) {
            switch left {
            case .subnets(let missing):
                try await GroupSubnets.set(GroupSubnets.subnets(of: group) + missing, of: group.groupName, client)
            case .zone:
                try await set(zones: (group["AvailabilityZones"]?.texts ?? []) + [zone], of: name, client)
            case .processes(let names):
                _ = try await client.call(
                    "ResumeProcesses", ["AutoScalingGroupName": name, "ScalingProcesses": JSONValue(texts: names)])
            }
        }
        guard tagged != nil else { return }
        let tag: JSONValue = [
            "ResourceId": name, "ResourceType": "auto-scaling-group", "Key": .string(ZoneNetwork.tag(zone)),
        ]
        _ = try await client.call("DeleteTags", ["Tags": [tag]])
    }

    static func check(
        _ name: String, zone: String, _ change: Change?, _ client: ActivityClient
    ) async throws -> RestoreOutcome {
        guard let group = try await ScalingGroups.find(name, client) else {
            return .nothingLeft("the group \(name) does not exist any more")
        }
        if let change, let left = left(change, of: group, zone: zone) {
            return .stillBroken("the group \(name) is not as before: \(left.text)")
        }
        return group["Tags"]?.tags[ZoneNetwork.tag(zone)] == nil
            ? .restored : .stillBroken("the group \(name) has still the tag \(ZoneNetwork.tag(zone))")
    }
}
