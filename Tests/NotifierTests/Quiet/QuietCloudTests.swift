import AWS
import Basics
import Configuration
import ConfigurationSources
import FunctionRuntime
import JSON
import StateStore
import TestSupport
import Testing
import Transport

@testable import Notifier

/// Silences and groups in DynamoDB and S3, and wake-ups in a queue of SQS, as moto has them.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2))) struct QuietCloudTests {
    private let clock = TestClock(.now())

    private func aws() throws -> AWSConfiguration {
        let time = clock.source(realSleep: { try await Task.sleep(for: $0) })
        return try AWSConfiguration(
            environment: MotoServer.shared.get().environment, http: Network.http.get(), time: time)
    }

    /// Makes a place, and returns its name for `NOTIFY_STATE`.
    private func makePlace(_ kind: String) async throws -> String {
        if kind == "s3" {
            let input: JSONValue = [
                "Bucket": "quiet-state", "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"],
            ]
            _ = try await AWSClient(.s3, configuration: aws()).call("CreateBucket", input)
            return "s3://quiet-state/notifier"
        }
        let input: JSONValue = [
            "TableName": "quiet-state", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
            "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
        ]
        _ = try await AWSClient(.dynamoDB, configuration: aws()).call("CreateTable", input)
        return "dynamodb:quiet-state"
    }

    @Test("an alarm waits in its group, and the queue has the wake-up with its delay", arguments: ["dynamodb", "s3"])
    func group(kind: String) async throws {
        let place = try await makePlace(kind)
        let sqs = try AWSClient(.sqs, configuration: aws())
        let queue = try await sqs.call("CreateQueue", ["QueueName": .string("wakes-\(kind)")])["QueueUrl"] ?? ""
        let chat = try ChatServer()
        defer { chat.stop() }
        let environment = Environment([
            "NOTIFY_CONFIG_TEXT": QuietSimulation.rules(
                "routes: [{to: ops, group-by: tags.region, group-wait: 3000s}]")(chat),
            "NOTIFY_STATE": place, "NOTIFY_WAKE_QUEUE": queue.stringValue ?? "",
        ])
        let time = clock.source(realSleep: { try await Task.sleep(for: $0) })
        let notifier = try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: time, executor: Network.loop.get()
        ) { try aws() }
        func handle(_ event: JSONValue) async throws -> String {
            try await notifier.handle(event.serialized(), .test(clock)).text
        }
        let silences = SilenceStore(try StateStore.atPlace(place) { try aws() }, time: time)
        try await silences.add(
            Silence(
                id: "s1", matchers: [Matcher("alarm=B")], author: "", reason: "", start: clock.now,
                end: clock.now + .seconds(60)))
        let alerts = ["A", "B"].map { QuietSimulation.alert($0, ["region": "eu"], startedAt: clock.now) }
        #expect(try await handle(QuietSimulation.event(alerts)).contains(#""grouped":2"#))
        let input: JSONValue = ["QueueUrl": queue, "AttributeNames": ["ApproximateNumberOfMessagesDelayed"]]
        let attributes = try await sqs.call("GetQueueAttributes", input)["Attributes"]
        #expect(attributes?["ApproximateNumberOfMessagesDelayed"] == "1", "one for the group, and not for each alarm")
        clock.advance(.seconds(3_001))
        #expect(try await handle(Wake.allGroups.json).contains(#""sent":2"#))
        #expect(chat.accepted.count == 1)
        #expect(try await silences.end("s1").id == "s1")
    }
}
