import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Detaches random volumes from instances, and attaches volumes again that were detached so.
///
/// Of a volume that several instances share, the first attachment counts.
enum EC2Volumes {
    /// The kind of the targets.
    static let kind = "ec2:volume"
    /// The tag of chaosaws on a volume that it has detached; the value tells where the volume was.
    static let detachedTag = "ChaosToolkitDetached"

    static let detachCalls: [NativeActivity.Call] = [
        .read("ec2:DescribeInstances"), .read("ec2:DescribeVolumes"), .change("ec2:DetachVolume"),
        .change("ec2:CreateTags"),
    ]
    static let attachCalls: [NativeActivity.Call] = [
        .read("ec2:DescribeInstances"), .read("ec2:DescribeVolumes"), .change("ec2:AttachVolume"),
    ]

    /// One volume of each instance that `instance_ids` or `filters` mean.
    @Sendable static func ofInstances(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        guard let input = instances(invocation) else {
            throw ExperimentError.failedActivity(
                "To detach volumes, you must specify the instance_id or provide a set of filters")
        }
        let found = try await describeInstances(input, invocation.client(.ec2))
        guard !found.isEmpty else {
            throw ExperimentError.failedActivity("no instances found matching: \(JSONValue.object(input).pythonText)")
        }
        return try choose(from: found, invocation)
    }

    /// The volumes that were detached from the instances; from any without `instance_ids` and `filters`.
    @Sendable static func detached(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.ec2)
        var ids: [String]?
        if let input = instances(invocation) {
            let found = try await describeInstances(input, client).compactMap { $0["InstanceId"]?.stringValue }
            // chaosaws attaches all volumes when no instance matches.
            guard !found.isEmpty else {
                throw ExperimentError.failedActivity(
                    "no instances found matching: \(JSONValue.object(input).pythonText)")
            }
            ids = found
        }
        return try await detached(invocation, client) { place in ids?.contains(place.instance) ?? true }
    }

    /// The volumes that were detached and belong to a place.
    static func detached(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient, from isMeant: (Place) -> Bool
    ) async throws -> [NativeActivity.Target] {
        let filters: JSONValue = [["Name": "tag-key", "Values": [.string(detachedTag)]]]
        let volumes = try await client.items("DescribeVolumes", ["Filters": filters]).filter { volume in
            // The tag stays on a volume, so it is also on those that were attached again.
            volume.attachments.isEmpty && (Place(tagOf: volume).map(isMeant) ?? false)
        }
        return volumes.map { volume in
            NativeActivity.Target(
                kind: kind, id: volume["VolumeId"]?.stringValue ?? "", region: client.region,
                tags: volume["Tags"]?.tags ?? [:], candidates: volumes.count)
        }
    }

    /// One random volume of each instance that is not the root; its target has the tags of the instance.
    /// - Parameter groups: the Auto Scaling groups by instance.
    static func choose(
        from instances: [JSONValue], groups: [String: String] = [:], _ invocation: NativeActivity.Invocation
    ) throws -> [NativeActivity.Target] {
        let volumes = instances.map { ($0, dataVolumes(of: $0)) }
        let candidates = volumes.map(\.1.count).reduce(0, +)
        guard candidates > 0 else {
            throw ExperimentError.failedActivity("the instances have no volumes beside their roots: nothing to detach")
        }
        return try volumes.filter { !$0.1.isEmpty }.map { instance, volumes in
            let chosen = try Selection(.count(1), of: volumes, by: \.self, seed: invocation.seed).chosen[0]
            var tags = instance["Tags"]?.tags ?? [:]
            if let group = groups[instance["InstanceId"]?.stringValue ?? ""] { tags[ScalingGroups.groupTag] = group }
            return NativeActivity.Target(
                kind: kind, id: chosen, region: try invocation.region(), tags: tags, candidates: candidates)
        }
    }

    private static func dataVolumes(of instance: JSONValue) -> [String] {
        let roots = [instance["RootDeviceName"]?.stringValue ?? "/dev/sda1", "/dev/sda1", "/dev/xvda"]
        return (instance["BlockDeviceMappings"]?.elements ?? [])
            .filter { !roots.contains($0["DeviceName"]?.stringValue ?? "") }
            .compactMap { $0["Ebs"]?["VolumeId"]?.stringValue }
    }

    private static func instances(_ invocation: NativeActivity.Invocation) -> JSONObject? {
        if let ids = invocation.given("instance_ids") { return ["InstanceIds": ids] }
        return invocation.given("filters").map { ["Filters": $0] }
    }

    static func describeInstances(_ input: JSONObject, _ client: ActivityClient) async throws -> [JSONValue] {
        try await client.items("DescribeInstances", input).flatMap { $0["Instances"]?.elements ?? [] }
    }

    /// - Parameter isOfGroups: whether the tag of a volume also names the Auto Scaling group of its instance.
    static func detach(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target], isOfGroups: Bool = false
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.ec2)
        let places = try await places(of: targets, client)
        return .array(
            try await forEachInTurn(targets, "detached", name: \.id) { target in
                guard var place = places[target.id] else {
                    throw ExperimentError.failedActivity("the volume \(target.id) is not attached any more")
                }
                if isOfGroups { place.group = target.tags[ScalingGroups.groupTag] }
                return try await refusals({
                    "unable to detach volume \(target.id) from \(place.instance): \($0.message)"
                }) {
                    let response = try await client.response(
                        "DetachVolume",
                        [
                            "Device": .string(place.device), "InstanceId": .string(place.instance),
                            "VolumeId": .string(target.id), "Force": invocation.argument("force"),
                        ])
                    try await mark(target.id, place.tagValue, client)
                    return response
                }
            })
    }

    @Sendable static func attach(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let client = try invocation.client(.ec2)
        return .array(
            try await forEachInTurn(targets, "attached", name: \.id) { target in
                guard let place = Place(tag: target.tags[detachedTag]) else {
                    throw ExperimentError.failedActivity(
                        "the tag \(detachedTag) of \(target.id) does not tell device and instance")
                }
                return try await refusals({
                    "Unable to attach volume \(target.id) to instance \(place.instance): \($0.message)"
                }) {
                    try await attach(target.id, at: place, client)
                }
            })
    }

    private static func attach(_ id: String, at place: Place, _ client: ActivityClient) async throws -> JSONValue {
        try await client.response(
            "AttachVolume",
            ["Device": .string(place.device), "InstanceId": .string(place.instance), "VolumeId": .string(id)])
    }

    private static func mark(_ id: String, _ value: String, _ client: ActivityClient) async throws {
        let tag: JSONValue = ["Key": .string(detachedTag), "Value": .string(value)]
        _ = try await client.call("CreateTags", ["Resources": [.string(id)], "Tags": [tag]])
    }

    /// Where the volumes are attached, by id.
    private static func places(
        of targets: [NativeActivity.Target], _ client: ActivityClient
    ) async throws -> [String: Place] {
        let volumes = try await client.items("DescribeVolumes", ["VolumeIds": JSONValue(texts: targets.map(\.id))])
        return volumes.reduce(into: [:]) { places, volume in
            places[volume["VolumeId"]?.stringValue ?? ""] = volume.attachments.first.flatMap(Place.init(attachment:))
        }
    }

    /// A device of an instance.
    struct Place: Sendable, Hashable {
        let device: String
        let instance: String
        /// The Auto Scaling group, where it is known.
        var group: String?

        /// Reads `DeviceName=/dev/sdf;InstanceId=i-1;ASG=web`; nil for another text.
        init?(tag: String?) {
            var fields: [Substring: String] = [:]
            for field in (tag ?? "").split(separator: ";") {
                guard let sign = field.firstIndex(of: "=") else { return nil }
                fields[field[..<sign]] = String(field[field.index(after: sign)...])
            }
            guard let device = fields["DeviceName"], let instance = fields["InstanceId"] else { return nil }
            (self.device, self.instance, group) = (device, instance, fields["ASG"])
        }

        init?(tagOf volume: JSONValue) { self.init(tag: volume["Tags"]?.tags[EC2Volumes.detachedTag]) }

        init?(attachment: JSONValue) {
            guard let device = attachment["Device"]?.stringValue, let instance = attachment["InstanceId"]?.stringValue
            else { return nil }
            (self.device, self.instance) = (device, instance)
        }

        var tagValue: String {
            "DeviceName=\(device);InstanceId=\(instance)" + (group.map { ";ASG=\($0)" } ?? "")
        }
    }
}

extension EC2Volumes {
    /// Attaches a volume to the instance and the device where it was.
    static let attachAgain = NativeActivity.Undo(
        "attaches each volume to the same device of its instance again, and takes the tag \(detachedTag) off",
        calls: [
            .read("ec2:DescribeVolumes"), .read("ec2:DescribeInstances"), .change("ec2:AttachVolume"),
            .change("ec2:CreateTags"), .change("ec2:DeleteTags"), .change("ec2:ModifyInstanceAttribute"),
        ],
        capture: { invocation, target in
            let volume = try await find(target.id, invocation.client(.ec2))
            let attachment = volume?.attachments.first
            return [
                "instance": attachment?["InstanceId"] ?? .null, "device": attachment?["Device"] ?? .null,
                "deleteOnTermination": attachment?["DeleteOnTermination"] ?? false,
                "tag": (volume?["Tags"]?.tags[detachedTag]).map(JSONValue.string) ?? .null,
            ]
        },
        check: { invocation, target, before in
            switch try await stand(invocation, target, before) {
            case .over(let reason): return .nothingLeft(reason)
            case .attached(let volume):
                if volume["Tags"]?.tags[detachedTag] != before["tag"]?.stringValue {
                    return .stillBroken("the volume \(target.id) has still the tag \(detachedTag)")
                }
                return keepsVolume(volume, before)
                    ? .stillBroken("the volume \(target.id) would outlive its instance, it did not before")
                    : .restored
            case .detached(let place):
                return .stillBroken("the volume \(target.id) is not attached to \(place.device) of \(place.instance)")
            }
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.ec2)
            let input: JSONObject = ["VolumeIds": [.string(target.id)]]
            var stand = try await EC2Volumes.stand(invocation, target, before)
            if case .detached(let place) = stand {
                try await client.wait("volume_available", input)
                _ = try await attach(target.id, at: place, client)
                try await client.wait("volume_in_use", input)
                stand = try await EC2Volumes.stand(invocation, target, before)
            }
            guard case .attached(let volume) = stand else { return }
            if volume["Tags"]?.tags[detachedTag] != before["tag"]?.stringValue {
                if let value = before["tag"]?.stringValue {
                    try await mark(target.id, value, client)
                } else {
                    let tags: JSONValue = [["Key": .string(detachedTag)]]
                    _ = try await client.call("DeleteTags", ["Resources": [.string(target.id)], "Tags": tags])
                }
            }
            guard keepsVolume(volume, before) else { return }
            let mapping: JSONValue = ["DeviceName": before["device"] ?? .null, "Ebs": ["DeleteOnTermination": true]]
            _ = try await client.call(
                "ModifyInstanceAttribute",
                ["InstanceId": before["instance"] ?? .null, "BlockDeviceMappings": [mapping]])
        })

    /// How a volume is, compared with before.
    private enum Stand {
        case attached(JSONValue)
        case detached(from: Place)
        case over(String)
    }

    private static func stand(
        _ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target, _ before: JSONValue
    ) async throws -> Stand {
        let client = try invocation.client(.ec2)
        guard
            let place = Place(
                attachment: ["Device": before["device"] ?? .null, "InstanceId": before["instance"] ?? .null])
        else { return .over("the volume \(target.id) was not attached before") }
        guard let volume = try await find(target.id, client) else {
            return .over("the volume \(target.id) does not exist any more")
        }
        let attachments = volume.attachments.filter { $0["State"] != "detaching" && $0["State"] != "detached" }
        if attachments.contains(where: { Place(attachment: $0) == place }) { return .attached(volume) }
        if let other = attachments.first?["InstanceId"]?.stringValue {
            return .over("the volume \(target.id) is attached to \(other) now")
        }
        let state = try await EC2Instances.find(place.instance, client)?.state
        guard let state, state != "terminated", state != "shutting-down" else {
            return .over("the instance \(place.instance) of the volume \(target.id) does not exist any more")
        }
        return .detached(from: place)
    }

    /// Whether the volume was to be deleted with its instance, and now is not.
    private static func keepsVolume(_ volume: JSONValue, _ before: JSONValue) -> Bool {
        before["deleteOnTermination"] == true && volume.attachments.first?["DeleteOnTermination"] != true
    }

    private static func find(_ id: String, _ client: ActivityClient) async throws -> JSONValue? {
        do {
            return try await client.items("DescribeVolumes", ["VolumeIds": [.string(id)]]).first
        } catch let error as AWSFailure where error.code == "InvalidVolume.NotFound" {
            return nil
        }
    }
}

extension JSONValue {
    /// The attachments of a volume as `DescribeVolumes` lists it.
    fileprivate var attachments: [JSONValue] { self["Attachments"]?.elements ?? [] }
}
