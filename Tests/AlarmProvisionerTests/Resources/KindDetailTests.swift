import Basics
import JSON
import TestSupport
import Testing

@testable import AlarmProvisioner

/// What moto does not do as AWS does.
struct KindDetailTests {
    private let scope = FakeAWS.scope

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
}
