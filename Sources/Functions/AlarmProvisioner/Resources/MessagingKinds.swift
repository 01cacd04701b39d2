import AWS
import AWSResources
import JSON

extension KindFinder {
    static let messagingKinds = [
        KindFinder(
            kind: .queue, tagType: "sqs", actions: ["sqs:ListQueues"],
            factActions: [
                .retentionSeconds: "sqs:GetQueueAttributes", .visibilityTimeoutSeconds: "sqs:GetQueueAttributes",
            ], find: queues),
        KindFinder(
            kind: .topic, tagType: "sns", actions: ["sns:GetTopicAttributes", "sns:ListTopics"], find: topics),
        KindFinder(
            kind: .kinesisStream, tagType: "kinesis:stream",
            actions: ["kinesis:DescribeStreamSummary", "kinesis:ListStreams"], find: streams),
        KindFinder(kind: .kafkaCluster, actions: ["kafka:ListClustersV2"], find: kafkaClusters),
    ]

    /// A queue and where it sends what cannot be handled.
    private struct ListedQueue: Sendable {
        let url: String
        var queue: WatchedResource
        var deadLetters: String?
    }

    private static func queues(_ listing: ResourceListing) async -> [WatchedResource] {
        // Without a number of results there are no pages, and no queue after the first thousand.
        var input: JSONObject = ["MaxResults": listing.pageSize(1000)]
        if let target = listing.target { input["QueueNamePrefix"] = .string(target.name) }
        let found = await listing.list(.sqs, "ListQueues", .object(input), at: "QueueUrls") { item -> [ListedQueue] in
            guard let url = item.stringValue, let name = ARN.lastPart(url) else { throw MissingMember(name: "URL") }
            guard listing.target == nil || listing.target?.name == name else { return [] }
            return [ListedQueue(url: url, queue: queue(name, listing))]
        }
        guard listing.wants(.retentionSeconds, .visibilityTimeoutSeconds) else { return found.map { $0.queue } }
        let described = await listing.each(found) { [try await describe($0, listing)] }
        // Only the queues that send their failures there tell which ones are for dead letters.
        let deadLetterQueues = Set(described.compactMap { $0.deadLetters })
        return described.map { deadLetterQueues.contains($0.queue.id) ? $0.queue.asDeadLetterQueue : $0.queue }
    }

    private static func describe(_ listed: ListedQueue, _ listing: ResourceListing) async throws -> ListedQueue {
        let input: JSONValue = [
            "QueueUrl": .string(listed.url),
            "AttributeNames": ["MessageRetentionPeriod", "VisibilityTimeout", "RedrivePolicy"],
        ]
        let answer = try await listing.detail(.sqs, "GetQueueAttributes", input)
        let policy = answer?.text("Attributes.RedrivePolicy").flatMap { try? JSONValue(parsing: $0) }
        var described = listed
        described.deadLetters = policy?.text("deadLetterTargetArn")
        described.queue = listed.queue.adding([
            .retentionSeconds: answer?.number("Attributes.MessageRetentionPeriod"),
            .visibilityTimeoutSeconds: answer?.number("Attributes.VisibilityTimeout"),
        ])
        return described
    }

    private static func queue(_ name: String, _ listing: ResourceListing) -> WatchedResource {
        listing.resource(
            id: listing.arn("sqs", name), name: name, dimensions: ["QueueName": name],
            attributes: ["type": name.hasSuffix(".fifo") ? "fifo" : "standard"])
    }

    private static func topics(_ listing: ResourceListing) async -> [WatchedResource] {
        let arns: [String]
        if let arn = listing.target?.plainARN {
            arns = await listing.each([arn]) { arn in
                _ = try await listing.detail(.sns, "GetTopicAttributes", ["TopicArn": .string(arn)])
                return [arn]
            }
        } else {
            arns = await listing.list(.sns, "ListTopics", at: "Topics") { [try $0.required("TopicArn")] }
        }
        return arns.map { arn in
            let name = ARN(arn)?.resource ?? arn
            return listing.resource(
                id: arn, name: name, dimensions: ["TopicName": name],
                attributes: ["type": name.hasSuffix(".fifo") ? "fifo" : "standard"])
        }
    }

    /// Retention and shards are told by a call for each stream.
    private static func streams(_ listing: ResourceListing) async -> [WatchedResource] {
        let names =
            if let target = listing.target { [target.name] } else {
                await listing.list(.kinesis, "ListStreams", ["Limit": 1000], at: "StreamNames") {
                    [try $0.requiredText("name")]
                }
            }
        return await listing.each(names) { name in
            let answer = try await listing.detail(.kinesis, "DescribeStreamSummary", ["StreamName": .string(name)])
            let item = answer?["StreamDescriptionSummary"] ?? [:]
            guard item.text("StreamStatus") != "DELETING" else { return [] }
            return [
                listing.resource(
                    id: listing.arn("kinesis", "stream/\(name)"), name: name, dimensions: ["StreamName": name],
                    facts: [
                        .retentionMilliseconds: item.number("RetentionPeriodHours").map { $0 * 3_600_000 },
                        .units: item.number("OpenShardCount"),
                    ],
                    attributes: [
                        "state": item.text("StreamStatus"), "type": item.text("StreamModeDetails.StreamMode"),
                    ])
            ]
        }
    }

    private static func kafkaClusters(_ listing: ResourceListing) async -> [WatchedResource] {
        var input: JSONObject = ["MaxResults": listing.pageSize(100)]
        if let name = listing.target?.name.split(separator: "/").first {
            input["ClusterNameFilter"] = .string(String(name))
        }
        return await listing.list(.kafka, "ListClustersV2", .object(input), at: "ClusterInfoList") { item in
            let name = try item.required("ClusterName")
            guard item.text("State") != "DELETING" else { return [] }
            let brokers = item.number("Provisioned.NumberOfBrokerNodes")
            let volume = item.number("Provisioned.BrokerNodeGroupInfo.StorageInfo.EbsStorageInfo.VolumeSize")
            return [
                listing.resource(
                    id: try item.required("ClusterArn"), name: name, tags: item.tags("Tags"),
                    dimensions: ["Cluster Name": name],
                    // The storage of one broker, whose share in use is what the metrics tell.
                    facts: [.units: brokers, .storageBytes: volume.map { $0 * 1_073_741_824 }],
                    attributes: [
                        "state": item.text("State"), "type": item.text("ClusterType"),
                        "class": item.text("Provisioned.BrokerNodeGroupInfo.InstanceType"),
                    ])
            ]
        }
    }
}

extension WatchedResource {
    fileprivate var asDeadLetterQueue: WatchedResource {
        WatchedResource(
            kind: kind, scope: scope, id: id, name: name, tags: tags, dimensions: dimensions, facts: facts,
            attributes: attributes.merging(["dead_letter_queue": "true"]) { $1 })
    }
}
