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

    @Test func limitsOfTheAccount() async throws {
        let aws = try FakeAWS { call in
            if call.operation.contains("account-settings") {
                return .http(200, body: #"{"AccountLimit":{"ConcurrentExecutions":900}}"#)
            }
            guard call.operation.contains("functions") else { return FakeAWS.twoQueues(call) }
            return .http(200, body: #"{"Functions":[{"FunctionName":"f","Timeout":3}]}"#)
        }
        let found = await aws.finder().find(
            [.account, .lambdaFunction], facts: [.accountConcurrency], in: [scope])
        #expect(found.incomplete == [])
        #expect(found.resources.map(\.kind) == [.account, .lambdaFunction])
        #expect(found.resources.map { $0.facts[.accountConcurrency] } == [900, 900])
        // One for both kinds.
        #expect(aws.operations.filter { $0.contains("account-settings") }.count == 1)
    }

    @Test func theMonthlyLimitOfTextMessages() async throws {
        let aws = try FakeAWS { _ in
            .http(
                200,
                body: "<GetSMSAttributesResponse><GetSMSAttributesResult><attributes><entry>"
                    + "<key>MonthlySpendLimit</key><value>7</value></entry></attributes></GetSMSAttributesResult>"
                    + "</GetSMSAttributesResponse>")
        }
        let found = await aws.finder().find([.account], facts: [.monthlyLimitDollars], in: [scope])
        #expect(found.incomplete == [])
        #expect(found.resources.map(\.facts) == [[.monthlyLimitDollars: 7]])
    }

    @Test("buckets have pages, and their regions come with them")
    func buckets() async throws {
        func page(_ names: [String], _ rest: String) -> String {
            let buckets = names.map { "<Bucket><Name>\($0)</Name><BucketRegion>eu-central-1</BucketRegion></Bucket>" }
            return "<ListAllMyBucketsResult><Buckets>\(buckets.joined())</Buckets>\(rest)</ListAllMyBucketsResult>"
        }
        let first = page(["a", "b"], "<ContinuationToken>next</ContinuationToken>")
        let last = page(["c"], "")
        let aws = try FakeAWS { call in
            guard call.operation.contains("bucket-region") else { return FakeAWS.twoQueues(call) }
            return .http(200, body: call.operation.contains("continuation-token=next") ? last : first)
        }
        let found = await aws.finder().find([.bucket], in: [scope])
        #expect(found.incomplete == [])
        #expect(found.resources.map(\.name) == ["a", "b", "c"])
        // Two pages and the tags; no call for a bucket.
        #expect(found.calls == 3)
        #expect(aws.operations.first { $0.contains("bucket-region") }?.contains("bucket-region=eu-central-1") == true)
    }

    @Test("nodes of a memcached cluster are apart, with the tags of the cluster")
    func cacheNodes() async throws {
        let arn = "arn:aws:elasticache:eu-central-1:123456789012:cluster:m"
        let aws = try FakeAWS { call in
            if call.operation == "GetResources" {
                let tags = #""Tags":[{"Key":"team","Value":"shop"}]"#
                return .http(200, body: #"{"ResourceTagMappingList":[{"ResourceARN":"\#(arn)",\#(tags)}]}"#)
            }
            let nodes = ["0001", "0002"].map { "<CacheNode><CacheNodeId>\($0)</CacheNodeId></CacheNode>" }.joined()
            return .http(
                200,
                body: "<DescribeCacheClustersResponse><DescribeCacheClustersResult><CacheClusters><CacheCluster>"
                    + "<CacheClusterId>m</CacheClusterId><ARN>\(arn)</ARN><NumCacheNodes>2</NumCacheNodes>"
                    + "<CacheNodes>\(nodes)</CacheNodes></CacheCluster></CacheClusters>"
                    + "</DescribeCacheClustersResult></DescribeCacheClustersResponse>")
        }
        let found = await aws.finder().find([.cacheCluster], in: [scope])
        #expect(found.incomplete == [])
        #expect(found.resources.map(\.id) == [arn + "/0001", arn + "/0002"])
        #expect(found.resources.map { $0.dimensions["CacheNodeId"] } == ["0001", "0002"])
        #expect(found.resources.map { $0.tags } == [["team": "shop"], ["team": "shop"]])
    }

    @Test("pre-shared keys of tunnels are not kept")
    func vpnKeys() async throws {
        let aws = try FakeAWS { _ in
            .http(
                200,
                body: "<DescribeVpnConnectionsResponse><vpnConnectionSet><item><vpnConnectionId>vpn-1</vpnConnectionId>"
                    + "<state>available</state><customerGatewayConfiguration>psk-hidden</customerGatewayConfiguration>"
                    + "</item><item><vpnConnectionId>vpn-2</vpnConnectionId><state>deleted</state></item>"
                    + "</vpnConnectionSet></DescribeVpnConnectionsResponse>")
        }
        let found = await aws.finder().find([.vpnConnection], in: [scope])
        #expect(found.resources.map(\.name) == ["vpn-1"])
        #expect(!"\(found)".contains("hidden"))
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
}
