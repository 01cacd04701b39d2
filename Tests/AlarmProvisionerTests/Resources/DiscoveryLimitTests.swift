import Basics
import JSON
import TestSupport
import Testing

@testable import AlarmProvisioner

/// Bounds of a discovery.
struct DiscoveryLimitTests {
    private let scope = FakeAWS.scope

    /// `count` queues in pages of two.
    private func manyQueues(_ count: Int) throws -> FakeAWS {
        try FakeAWS { call in
            guard call.operation == "ListQueues" else { return FakeAWS.twoQueues(call) }
            let start = Int(call.input["NextToken"]?.stringValue ?? "0") ?? 0
            let names = (start..<min(start + 2, count)).map { "\"https://sqs/1/q\($0)\"" }.joined(separator: ",")
            let next = start + 2 < count ? ",\"NextToken\":\"\(start + 2)\"" : ""
            return .http(200, body: "{\"QueueUrls\":[\(names)]\(next)}")
        }
    }

    @Test("as many pages as allowed, and one more", arguments: [(4, 2, true), (5, 2, false), (6, 3, true)])
    func pages(queues: Int, pages: Int, isComplete: Bool) async throws {
        let aws = try manyQueues(queues)
        let found = await aws.finder(ResourceFinder.Limits(maximumPages: pages)).find([.queue], facts: [], in: [scope])
        #expect(found.resources.count == min(queues, 2 * pages))
        #expect(found.incomplete.isEmpty == isComplete)
        if !isComplete {
            #expect(found.incomplete.first?.reason.contains("sqs:ListQueues has more than \(pages) pages") == true)
        }
    }

    @Test("as many calls as allowed, and one less: three pages, one call for tags", arguments: [(4, true), (3, false)])
    func calls(most: Int, isComplete: Bool) async throws {
        let aws = try manyQueues(6)
        let found = await aws.finder(ResourceFinder.Limits(maximumCalls: most)).find([.queue], facts: [], in: [scope])
        #expect(found.incomplete.isEmpty == isComplete)
        #expect(found.calls == most)
        #expect(aws.operations.count == most)
        if !isComplete { #expect(found.incomplete.first?.reason.contains("had made \(most) calls") == true) }
    }

    @Test func noCallAfterTheDeadline() async throws {
        let aws = try manyQueues(6)
        let found = await aws.finder().find([.queue], facts: [], in: [scope], deadline: aws.clock.now)
        #expect(aws.operations == [])
        #expect(found.calls == 0)
        #expect(found.incomplete.map(\.kind) == [.queue, .queue])
        #expect(found.incomplete.first?.reason.contains("no time was left for sqs:ListQueues") == true)
    }

    @Test func theDeadlineEndsAList() async throws {
        let clock = Locked<TestClock?>(nil)
        let aws = try FakeAWS { call in
            guard call.operation == "ListQueues" else { return FakeAWS.twoQueues(call) }
            clock.withLock { $0?.advance(.seconds(60)) }
            return .http(200, body: #"{"QueueUrls":["https://sqs/1/a"],"NextToken":"2"}"#)
        }
        clock.withLock { $0 = aws.clock }
        let found = await aws.finder().find([.queue], facts: [], in: [scope], deadline: aws.clock.now + .seconds(30))
        #expect(aws.operations.filter { $0 == "ListQueues" }.count == 1)
        #expect(found.incomplete.contains { $0.reason.contains("no time was left") })
    }

    @Test("two calls at once, and no more")
    func parallelCalls() async throws {
        let running = Locked((now: 0, most: 0))
        let bothArrived = Gate()
        let aws = try FakeAWS { call in
            let count = running.withLock { running in
                running.now += 1
                running.most = max(running.most, running.now)
                return running.now
            }
            // The first call waits for a second one, which would never come if calls were made one by one.
            if count == 2 { bothArrived.open() }
            bothArrived.wait()
            defer { running.withLock { $0.now -= 1 } }
            return FakeAWS.twoQueues(call)
        }
        let scopes = (1...9).map { AlarmScope(account: "12345678901\($0)", region: "eu-central-1") }
        let found = await aws.finder(ResourceFinder.Limits(parallelCalls: 2)).find([.queue], in: scopes)
        #expect(found.resources.count == 18)
        #expect(found.calls == 36)
        #expect(running.withLock { $0.most } == 2)
    }

    @Test func onlyNeededFactsCost() async throws {
        let aws = try manyQueues(4)
        let found = await aws.finder().find([.queue], facts: [.timeoutMilliseconds], in: [scope])
        #expect(found.resources.count == 4)
        #expect(!aws.operations.contains("GetQueueAttributes"))
        #expect(found.calls == 3)
    }

    @Test func oneListingOfTagsForAllKinds() async throws {
        let aws = try FakeAWS(FakeAWS.twoQueues)
        let found = await aws.finder().find([.queue, .kinesisStream], facts: [], in: [scope])
        #expect(found.resources.map(\.tags) == [["q": "a"], ["q": "b"]])
        #expect(
            aws.inputs("GetResources").map { $0["ResourceTypeFilters"] } == [["kinesis:stream", "sqs"]])
    }

    @Test func aSingleResourceAsksForItsTagsOnly() async throws {
        let aws = try FakeAWS(FakeAWS.twoQueues)
        let target = try #require(ResourceTarget("arn:aws:sqs:eu-central-1:123456789012:b"))
        let found = await aws.finder().find(resource: target, facts: [], in: [scope])
        #expect(found.resources.map(\.name) == ["b"])
        #expect(aws.inputs("ListQueues").map { $0["QueueNamePrefix"] } == ["b"])
        #expect(
            aws.inputs("GetResources").map { $0["ResourceARNList"] } == [["arn:aws:sqs:eu-central-1:123456789012:b"]])
    }

    @Test("a region that refuses the types of the tagging API is asked for all tags")
    func unknownTypes() async throws {
        let aws = try FakeAWS { call in
            guard call.operation == "GetResources", call.input["ResourceTypeFilters"] != nil else {
                return FakeAWS.twoQueues(call)
            }
            return FakeAWS.fault("InvalidParameterException")
        }
        let found = await aws.finder().find([.queue], facts: [], in: [scope])
        #expect(found.incomplete == [])
        #expect(found.resources.map(\.tags) == [["q": "a"], ["q": "b"]])
    }
}
