import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// The visibility timeout of a queue of SQS.
enum QueueVisibility {
    private static let reads: [NativeActivity.Call] = [
        .read("sqs:GetQueueUrl"), .read("sqs:ListQueueTags"), .read("sqs:GetQueueAttributes"),
    ]
    static let calls = reads + [.change("sqs:SetQueueAttributes")]

    private static let attribute = "VisibilityTimeout"
    /// The longest that SQS takes.
    private static let maximum: Int64 = 43_200

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let seconds = invocation.argument("visibility_timeout").intValue ?? -1
        guard (0...maximum).contains(seconds) else {
            throw ExperimentError.failedActivity("visibility_timeout must be from 0 to \(maximum) seconds")
        }
        let client = try invocation.client(.sqs)
        let url = try await url(invocation, client)
        var tags: [String: String] = [:]
        for (name, value) in try await client.call("ListQueueTags", ["QueueUrl": url])["Tags"]?.objectValue ?? [:] {
            tags[name] = value.stringValue
        }
        let name = url.stringValue.flatMap { $0.split(separator: "/").last.map(String.init) } ?? ""
        return [NativeActivity.Target(kind: "sqs:queue", id: name, region: client.region, tags: tags)]
    }

    private static func url(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> JSONValue {
        let queue = invocation.argument("queue")
        if queue.stringValue?.containsBytes("://") == true { return queue }
        return try await client.call("GetQueueUrl", ["QueueName": queue])["QueueUrl"] ?? .null
    }

    @Sendable static func change(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.sqs)
        let url = try await url(invocation, client)
        let before = try await value(url, client)
        let seconds = wanted(invocation)
        _ = try await client.call(
            "SetQueueAttributes", ["QueueUrl": url, "Attributes": [attribute: seconds]])
        return ["QueueUrl": url, "before": before, "after": seconds]
    }

    private static func wanted(_ invocation: NativeActivity.Invocation) -> JSONValue {
        .string("\(invocation.argument("visibility_timeout").intValue ?? 0)")
    }

    private static func value(_ url: JSONValue, _ client: ActivityClient) async throws -> JSONValue {
        let output = try await client.call(
            "GetQueueAttributes", ["QueueUrl": url, "AttributeNames": [.string(attribute)]])
        return output["Attributes"]?[attribute] ?? .null
    }

    static let setting = SavedSetting(
        summary: "sets the visibility timeout that the queue had", calls: calls, name: "the visibility timeout",
        read: { invocation, _ in
            let client = try invocation.client(.sqs)
            do { return .some(try await value(url(invocation, client), client)) } catch let error as AWSFailure
                where error.code.containsBytes("NonExistentQueue") || error.code == "QueueDoesNotExist"
            { return nil }
        },
        after: { invocation, _ in wanted(invocation) },
        write: { invocation, _, old, _ in
            let client = try invocation.client(.sqs)
            _ = try await client.call(
                "SetQueueAttributes",
                ["QueueUrl": try await url(invocation, client), "Attributes": [attribute: old]])
        })
}
