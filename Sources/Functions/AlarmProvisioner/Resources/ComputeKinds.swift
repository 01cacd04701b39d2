import AWS
import JSON

extension KindFinder {
    static let computeKinds = [
        KindFinder(
            kind: .ec2Instance, actions: ["ec2:DescribeInstances"],
            factActions: [.memoryBytes: "ec2:DescribeInstanceTypes"], find: instances),
        KindFinder(kind: .ebsVolume, actions: ["ec2:DescribeVolumes"], find: volumes),
        KindFinder(kind: .autoScalingGroup, actions: ["autoscaling:DescribeAutoScalingGroups"], find: scalingGroups),
    ]

    /// Instances in every state but those on their way out.
    private static func instances(_ listing: ResourceListing) async -> [WatchedResource] {
        let found = await listing.list(
            .ec2, "DescribeInstances", listing.filter(by: "InstanceIds", pageSize: 500), at: "Reservations"
        ) { reservation in
            try (reservation["Instances"]?.arrayValue ?? []).compactMap { try instance($0, listing) }
        }
        guard listing.wants(.memoryBytes), !found.isEmpty else { return found }
        let memory = await memoryBytes(Set(found.compactMap { $0.attributes["type"] }), listing)
        return found.map { instance in
            guard let type = instance.attributes["type"], let bytes = memory[type] else { return instance }
            return instance.adding([.memoryBytes: bytes])
        }
    }

    private static func instance(_ item: JSONValue, _ listing: ResourceListing) throws -> WatchedResource? {
        let id = try item.required("InstanceId")
        let state = item.text("State.Name")
        guard state != "terminated", state != "shutting-down" else { return nil }
        let tags = item.tags("Tags")
        let cores = item.number("CpuOptions.CoreCount")
        return listing.resource(
            id: listing.arn("ec2", "instance/\(id)"), name: id, tags: tags,
            dimensions: [
                "InstanceId": id, "ImageId": item.text("ImageId"), "InstanceType": item.text("InstanceType"),
                "AutoScalingGroupName": tags["aws:autoscaling:groupName"],
            ],
            facts: [.processors: cores.map { $0 * (item.number("CpuOptions.ThreadsPerCore") ?? 1) }],
            attributes: [
                "state": state, "type": item.text("InstanceType"), "image": item.text("ImageId"),
                "platform": item.text("Platform")?.lowercased() == "windows" ? "windows" : "linux",
                "platform_details": item.text("PlatformDetails"), "architecture": item.text("Architecture"),
                "lifecycle": item.text("InstanceLifecycle"), "vpc": item.text("VpcId"),
            ])
    }

    /// The memory of instance types, which instances do not tell: one call for each 100 types.
    private static func memoryBytes(_ types: Set<String>, _ listing: ResourceListing) async -> [String: Double] {
        let groups = types.sorted().split(every: 100)
        let pairs = await listing.each(groups) { group in
            await listing.list(
                .ec2, "DescribeInstanceTypes", ["InstanceTypes": .array(group.map { .string($0) })],
                at: "InstanceTypes"
            ) { item -> [(String, Double)] in
                guard let mebibytes = item.number("MemoryInfo.SizeInMiB") else { return [] }
                return [(try item.required("InstanceType"), mebibytes * 1_048_576)]
            }
        }
        return Dictionary(pairs) { first, _ in first }
    }

    private static func volumes(_ listing: ResourceListing) async -> [WatchedResource] {
        await listing.list(.ec2, "DescribeVolumes", listing.filter(by: "VolumeIds", pageSize: 500), at: "Volumes") {
            item in
            let id = try item.required("VolumeId")
            guard item.text("State") != "deleting", item.text("State") != "deleted" else { return [] }
            return [
                listing.resource(
                    id: listing.arn("ec2", "volume/\(id)"), name: id, tags: item.tags("Tags"),
                    dimensions: [
                        "VolumeId": id, "InstanceId": item["Attachments"]?.arrayValue?.first?.text("InstanceId"),
                    ],
                    facts: [.storageBytes: item.number("Size").map { $0 * 1_073_741_824 }],
                    attributes: ["state": item.text("State"), "type": item.text("VolumeType")])
            ]
        }
    }

    private static func scalingGroups(_ listing: ResourceListing) async -> [WatchedResource] {
        await listing.list(
            .autoScaling, "DescribeAutoScalingGroups",
            listing.filter(by: "AutoScalingGroupNames", sizeMember: "MaxRecords", pageSize: 100),
            at: "AutoScalingGroups"
        ) { item in
            let name = try item.required("AutoScalingGroupName")
            // Only groups that are being deleted have a status.
            guard item.text("Status") == nil else { return [] }
            return [
                listing.resource(
                    id: try item.required("AutoScalingGroupARN"), name: name, tags: item.tags("Tags"),
                    dimensions: ["AutoScalingGroupName": name],
                    facts: [
                        .minimumSize: item.number("MinSize"), .desiredSize: item.number("DesiredCapacity"),
                        .maximumSize: item.number("MaxSize"),
                        .units: item["Instances"]?.arrayValue.map { Double($0.count) },
                    ],
                    attributes: ["type": item.text("Instances[-1].InstanceType")])
            ]
        }
    }
}

extension ResourceListing {
    /// An input that asks for the target alone, or for pages of a size: AWS refuses both together.
    func filter(by member: String, sizeMember: String = "MaxResults", pageSize: Int) -> JSONValue {
        guard let target else { return .object([sizeMember: self.pageSize(pageSize)]) }
        return .object([member: .array([.string(target.name)])])
    }
}

extension WatchedResource {
    /// The resource with further facts.
    func adding(_ more: [Fact: Double?]) -> WatchedResource {
        WatchedResource(
            kind: kind, scope: scope, id: id, name: name, tags: tags, dimensions: dimensions,
            facts: facts.merging(more.compactMapValues { $0 }) { $1 }, attributes: attributes)
    }

    /// The resource with further tags; its own win.
    func adding(tags more: [String: String]) -> WatchedResource {
        WatchedResource(
            kind: kind, scope: scope, id: id, name: name, tags: tags.merging(more) { own, _ in own },
            dimensions: dimensions, facts: facts, attributes: attributes)
    }
}

extension Array {
    /// Parts of at most `count` elements.
    func split(every count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
