import AWS
import Basics
import JSON
import TestSupport
import Testing

@testable import AlarmProvisioner

/// What goes wrong costs a kind in a scope, and says so.
struct DiscoveryFailureTests {
    private let scope = FakeAWS.scope
    private let queueFacts: Set<Fact> = [.retentionSeconds]

    /// An answer to one operation, and what is said of it.
    struct Row: Sendable, CustomTestStringConvertible {
        let operation: String
        let reply: Reply
        let reason: [String]
        /// Whether the whole scope is told to be out of reach.
        var concernsScope = false
        /// The names of the queues that are found all the same.
        var found: [String] = []
        var region = "eu-central-1"
        var testDescription: String { reason.joined(separator: " ") + " " + region }
    }

    static let rows = [
        Row(
            operation: "ListQueues", reply: FakeAWS.fault("AccessDeniedException", "not allowed"),
            reason: [
                "sqs:ListQueues is denied", "allow it to the role that is used for account 123456789012", "not allowed",
            ]),
        Row(
            operation: "GetQueueAttributes", reply: FakeAWS.fault("AccessDeniedException"),
            reason: ["sqs:GetQueueAttributes is denied"], found: ["a", "b"]),
        Row(
            operation: "GetResources", reply: FakeAWS.fault("AccessDeniedException"),
            reason: ["the tags are unknown", "tag:GetResources is denied"]),
        Row(
            operation: "ListQueues", reply: FakeAWS.fault("ThrottlingException"),
            reason: ["sqs:ListQueues is throttled after 3 attempts"]),
        Row(
            operation: "ListQueues", reply: FakeAWS.fault("InternalFailure", status: 500),
            reason: ["sqs:ListQueues failed", "InternalFailure", "attempt 3 of 3"]),
        Row(
            operation: "ListQueues", reply: .http(200, body: "<html>"),
            reason: ["sqs:ListQueues gave an answer that cannot be read"]),
        Row(
            operation: "ListQueues", reply: .http(200, body: #"{"QueueUrls":["https://sqs/1/a",""]}"#),
            reason: ["sqs:ListQueues failed", "has no URL"], found: ["a"]),
        Row(
            operation: "ListQueues", reply: .http(200, body: #"{"QueueUrls":["https://sqs/1/a"],"NextToken":"t"}"#),
            reason: ["sqs:ListQueues", "same page token twice"], found: ["a"]),
        Row(
            operation: "ListQueues", reply: FakeAWS.fault("UnrecognizedClientException", "invalid token"),
            reason: ["AWS does not accept the credentials for account 123456789012 in eu-central-1", "invalid token"],
            concernsScope: true),
        Row(
            operation: "ListQueues", reply: FakeAWS.fault("UnrecognizedClientException", "invalid token"),
            reason: ["the region me-south-1 in Middle East (Bahrain) is not enabled in account 123456789012"],
            concernsScope: true, region: "me-south-1"),
        Row(
            operation: "ListQueues", reply: FakeAWS.fault("ExpiredTokenException", "too old"),
            reason: ["AWS does not accept the credentials", "too old"], concernsScope: true, region: "me-south-1"),
    ]

    @Test("the answer to one operation", arguments: rows)
    func reasons(row: Row) async throws {
        let aws = try FakeAWS { $0.operation == row.operation ? row.reply : FakeAWS.twoQueues($0) }
        let scope = AlarmScope(account: FakeAWS.account, region: row.region)
        let found = await aws.finder().find([.queue], facts: queueFacts, in: [scope])
        #expect(found.resources.map(\.name) == row.found)
        #expect(found.incomplete.count == 1)
        let incomplete = try #require(found.incomplete.first)
        #expect(incomplete.kind == (row.concernsScope ? nil : .queue))
        #expect(incomplete.scope == scope)
        for part in row.reason { #expect(incomplete.reason.contains(part)) }
    }

    @Test func otherKindsGoOn() async throws {
        let aws = try FakeAWS { call in
            switch call.operation {
            case "ListQueues": FakeAWS.fault("AccessDeniedException")
            case "ListStreams": .http(200, body: #"{"StreamNames":["s"],"HasMoreStreams":false}"#)
            case "DescribeStreamSummary": .http(200, body: #"{"StreamDescriptionSummary":{"StreamStatus":"ACTIVE"}}"#)
            default: FakeAWS.twoQueues(call)
            }
        }
        let found = await aws.finder().find([.queue, .kinesisStream], in: [scope])
        #expect(found.resources.map(\.name) == ["s"])
        #expect(found.incomplete.map(\.kind) == [.queue])
    }

    @Test func otherRegionsGoOn() async throws {
        let aws = try FakeAWS { $0.region == "eu-west-1" ? .http(503) : FakeAWS.twoQueues($0) }
        let other = AlarmScope(account: scope.account, region: "eu-west-1")
        let found = await aws.finder().find([.queue, .kinesisStream], facts: [], in: [scope, other])
        #expect(Set(found.resources.map(\.scope)) == [scope])
        #expect(found.resources.count == 2)
        #expect(found.incomplete.map(\.scope) == [other, other, other, other])
        #expect(Set(found.incomplete.map(\.kind)) == [.queue, .kinesisStream])
    }

    @Test func aThrottledCallIsRepeated() async throws {
        let refusals = Locked(2)
        let aws = try FakeAWS { call in
            let isRefused = refusals.withLock { count in
                guard call.operation == "ListQueues", count > 0 else { return false }
                count -= 1
                return true
            }
            return isRefused ? FakeAWS.fault("ThrottlingException") : FakeAWS.twoQueues(call)
        }
        let found = await aws.finder().find([.queue], facts: [], in: [scope])
        #expect(found.resources.map(\.name) == ["a", "b"])
        #expect(found.incomplete == [])
        // Three attempts and the tags.
        #expect(found.calls == 4)
        #expect(aws.operations.count == 4)
        #expect(aws.clock.sleeps.count == 2)
    }

    @Test func pagesBeforeAFailedOneAreKept() async throws {
        let aws = try FakeAWS { call in
            guard call.operation == "ListQueues" else { return FakeAWS.twoQueues(call) }
            guard call.input["NextToken"] == nil else { return FakeAWS.fault("AccessDeniedException") }
            return .http(200, body: #"{"QueueUrls":["https://sqs/1/a"],"NextToken":"2"}"#)
        }
        let found = await aws.finder().find([.queue], facts: [], in: [scope])
        #expect(found.resources.map(\.name) == ["a"])
        #expect(found.incomplete.map(\.kind) == [.queue])
    }

    @Test func halfTheTagsAreNoTags() async throws {
        let aws = try FakeAWS { call in
            guard call.operation == "GetResources" else { return FakeAWS.twoQueues(call) }
            guard call.input["PaginationToken"] == nil else { return FakeAWS.fault("AccessDeniedException") }
            return .http(200, body: FakeAWS.tags(["a"]).dropLast() + #","PaginationToken":"2"}"#)
        }
        let found = await aws.finder().find([.queue, .account], facts: [], in: [scope])
        #expect(found.resources.map(\.kind) == [.account])
        #expect(found.incomplete.map(\.kind) == [.queue])
    }

    @Test func whatIsGoneMeanwhileIsNotThere() async throws {
        let aws = try FakeAWS { call in
            guard call.operation == "GetQueueAttributes", call.input["QueueUrl"]?.stringValue?.hasSuffix("/a") == true
            else { return FakeAWS.twoQueues(call) }
            return FakeAWS.fault("com.amazonaws.sqs#QueueDoesNotExist")
        }
        let found = await aws.finder().find([.queue], facts: queueFacts, in: [scope])
        #expect(found.resources.map(\.name) == ["b"])
        #expect(found.incomplete == [])
    }

    @Test func morePagesWithoutAToken() async throws {
        let aws = try FakeAWS { call in
            guard call.operation == "ListStreams" else { return FakeAWS.twoQueues(call) }
            return .http(200, body: #"{"StreamNames":[],"HasMoreStreams":true}"#)
        }
        let found = await aws.finder().find([.kinesisStream], in: [scope])
        #expect(found.incomplete.map(\.kind) == [.kinesisStream])
        #expect(found.incomplete.first?.reason.contains("kinesis:ListStreams said that there are more pages") == true)
    }

    @Test func anAccountWithoutCredentials() async throws {
        struct NoRole: Error, CustomStringConvertible { let description = "the role cannot be assumed" }
        let finder = ResourceFinder { _ in throw NoRole() }
        let found = await finder.find([.queue, .table], in: [scope])
        #expect(found.incomplete.map(\.kind) == [nil])
        #expect(
            found.incomplete.first?.reason
                == "account 123456789012 cannot be used in eu-central-1: the role cannot be assumed")
        #expect(found.calls == 0)
    }

    @Test("series of metrics that cannot be listed are told by metric")
    func deniedMetrics() async throws {
        let aws = try FakeAWS { _ in FakeAWS.fault("AccessDeniedException") }
        let finder = MetricSeriesFinder(configuration: aws.configurations())
        let outcome = await finder.find([MetricName("AWS/EC2", "CPUUtilization")], in: [scope])
        #expect(outcome.incomplete.map(\.kind) == [.metric])
        #expect(
            outcome.incomplete.first?.reason.contains("AWS/EC2 CPUUtilization: cloudwatch:ListMetrics is denied")
                == true)
    }
}
