import JSON
import TestSupport
import Testing

@testable import AlarmProvisioner

/// Every kind against moto, in pages of five.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
struct KindTests {
    /// How many resources.py makes; the terminated instance, the Neptune cluster and the gateway balancer do not count.
    static let counts: [ResourceKind: Int] = [
        .ec2Instance: 6, .ebsVolume: 13, .natGateway: 7, .vpnConnection: 1, .vpcEndpoint: 7, .vpcEndpointService: 0,
        .autoScalingGroup: 7, .rdsInstance: 8, .rdsCluster: 7, .cacheCluster: 7, .table: 8, .ecsCluster: 7,
        .ecsService: 12, .eksCluster: 7, .eksNodeGroup: 7, .lambdaFunction: 7, .queue: 13, .topic: 105,
        .applicationLoadBalancer: 7, .networkLoadBalancer: 1, .targetGroup: 7, .restAPI: 14, .httpAPI: 7,
        .fileSystem: 7, .bucket: 7, .certificate: 7, .healthCheck: 7, .distribution: 7, .kinesisStream: 7,
        .stateMachine: 7, .kafkaCluster: 7, .userPool: 7, .account: 1,
    ]

    @Test("all pages", arguments: MotoResources.kinds.sorted())
    func count(kind: ResourceKind) async throws {
        let found = try await MotoResources.found.value.resources.resources.filter { $0.kind == kind }
        #expect(found.count == Self.counts[kind])
        #expect(Set(found.map(\.id)).count == found.count)
    }

    @Test func nothingIsIncomplete() async throws {
        #expect(try await MotoResources.found.value.resources.incomplete == [])
    }

    @Test("policies name exactly what is called, and what only single resources need")
    func actions() async throws {
        let called = try await MotoResources.found.value.actions
        let listed = Set(ResourceFinder.actions(for: MotoResources.kinds, facts: MotoResources.facts))
        #expect(called.subtracting(listed) == [])
        #expect(listed.subtracting(called) == ["lambda:GetFunctionConfiguration", "sns:GetTopicAttributes"])
    }

    /// What is known of one resource of each kind.
    struct Sample: Sendable, CustomTestStringConvertible {
        let kind: ResourceKind
        /// The name, or the tag `Name`.
        let name: String
        /// Nil where the values are made up by moto: then only their names are compared.
        var dimensions: [String: String?]
        var facts: [Fact: Double] = [:]
        var attributes: [String: String] = [:]
        var tags: [String: String] = ["team": "shop"]
        var testDescription: String { "\(kind.rawValue) \(name)" }
    }

    static let gibibyte = 1_073_741_824.0
    static let samples = [
        Sample(
            kind: .ec2Instance, name: "web-1",
            dimensions: ["InstanceId": nil, "ImageId": nil, "InstanceType": "t3.large"],
            facts: [.memoryBytes: 8 * gibibyte],
            attributes: ["state": "running", "type": "t3.large", "platform": "linux"]),
        Sample(
            kind: .ec2Instance, name: "web-0",
            dimensions: ["InstanceId": nil, "ImageId": nil, "InstanceType": "t3.large"],
            facts: [.memoryBytes: 8 * gibibyte], attributes: ["state": "stopped"]),
        Sample(
            kind: .ebsVolume, name: "disk-3", dimensions: ["VolumeId": nil], facts: [.storageBytes: 20 * gibibyte],
            attributes: ["type": "gp3", "state": "available"]),
        Sample(kind: .natGateway, name: "nat-0", dimensions: ["NatGatewayId": nil], attributes: ["type": "private"]),
        Sample(
            kind: .autoScalingGroup, name: "group-2", dimensions: ["AutoScalingGroupName": "group-2"],
            facts: [.minimumSize: 0, .desiredSize: 0, .maximumSize: 4, .units: 0]),
        Sample(
            kind: .rdsInstance, name: "db-1",
            dimensions: ["DBInstanceIdentifier": "db-1", "DatabaseClass": "db.r6g.large", "EngineName": "postgres"],
            facts: [
                .memoryBytes: 16 * gibibyte, .storageBytes: 100 * gibibyte, .maximumStorageBytes: 500 * gibibyte,
                .maximumConnections: 1_802, .processors: 2,
            ],
            attributes: ["engine": "postgres", "class": "db.r6g.large", "multi_az": "false"]),
        Sample(
            kind: .rdsInstance, name: "aurora-writer",
            dimensions: [
                "DBInstanceIdentifier": "aurora-writer", "DBClusterIdentifier": "aurora-0",
                "DatabaseClass": "db.r6g.large", "EngineName": "aurora-mysql",
            ],
            facts: [.memoryBytes: 16 * gibibyte, .processors: 2], attributes: ["cluster": "aurora-0"], tags: [:]),
        Sample(
            kind: .rdsCluster, name: "aurora-0",
            dimensions: ["DBClusterIdentifier": "aurora-0", "EngineName": "aurora-mysql"], facts: [.units: 1]),
        Sample(
            kind: .cacheCluster, name: "cache-2", dimensions: ["CacheClusterId": "cache-2", "CacheNodeId": "0001"],
            facts: [.memoryBytes: 13.07 * gibibyte, .processors: 2, .units: 1, .maximumConnections: 65_000],
            attributes: ["engine": "redis", "class": "cache.r6g.large"]),
        Sample(
            kind: .table, name: "table-0", dimensions: ["TableName": "table-0"],
            facts: [.readCapacity: 5, .writeCapacity: 6], attributes: ["type": "provisioned"]),
        Sample(
            kind: .table, name: "elastic", dimensions: ["TableName": "elastic"],
            attributes: ["type": "on-demand"], tags: [:]),
        Sample(kind: .ecsCluster, name: "fleet-3", dimensions: ["ClusterName": "fleet-3"], facts: [.units: 0]),
        Sample(
            kind: .ecsService, name: "api-11", dimensions: ["ClusterName": "fleet-0", "ServiceName": "api-11"],
            facts: [.desiredSize: 3, .units: 0], attributes: ["type": "FARGATE", "cluster": "fleet-0"]),
        Sample(kind: .eksCluster, name: "kube-6", dimensions: ["ClusterName": "kube-6"]),
        Sample(
            kind: .eksNodeGroup, name: "nodes-1",
            dimensions: ["ClusterName": "kube-0", "NodegroupName": "nodes-1", "AutoScalingGroupName": nil],
            facts: [.minimumSize: 1, .desiredSize: 2, .maximumSize: 9]),
        Sample(
            kind: .lambdaFunction, name: "fn-0", dimensions: ["FunctionName": "fn-0"],
            facts: [.timeoutMilliseconds: 7_000, .memoryBytes: gibibyte / 4, .reservedConcurrency: 11],
            attributes: ["runtime": "python3.12", "type": "Zip"]),
        Sample(
            kind: .lambdaFunction, name: "fn-1", dimensions: ["FunctionName": "fn-1"],
            facts: [.timeoutMilliseconds: 7_000, .memoryBytes: gibibyte / 4]),
        Sample(
            kind: .queue, name: "queue-11", dimensions: ["QueueName": "queue-11"],
            facts: [.retentionSeconds: 600, .visibilityTimeoutSeconds: 45], attributes: ["type": "standard"]),
        Sample(
            kind: .queue, name: "dead", dimensions: ["QueueName": "dead"],
            facts: [.retentionSeconds: 345_600, .visibilityTimeoutSeconds: 30],
            attributes: ["dead_letter_queue": "true"], tags: [:]),
        Sample(kind: .topic, name: "topic-104", dimensions: ["TopicName": "topic-104"]),
        Sample(kind: .applicationLoadBalancer, name: "front-0", dimensions: ["LoadBalancer": nil]),
        Sample(kind: .networkLoadBalancer, name: "wire", dimensions: ["LoadBalancer": nil], tags: [:]),
        Sample(
            kind: .targetGroup, name: "front-6", dimensions: ["TargetGroup": nil, "LoadBalancer": nil],
            facts: [.registeredTargets: 2], attributes: ["load_balancer": "app", "type": "instance"]),
        Sample(
            kind: .restAPI, name: "rest-5/test", dimensions: ["ApiName": "rest-5", "ApiId": nil, "Stage": "test"]),
        Sample(
            kind: .httpAPI, name: "http-6/live", dimensions: ["ApiId": nil, "Stage": "live"],
            attributes: ["type": "HTTP"]),
        Sample(kind: .fileSystem, name: "files-6", dimensions: ["FileSystemId": nil]),
        Sample(kind: .bucket, name: "bucket-6", dimensions: ["BucketName": "bucket-6"]),
        Sample(
            kind: .certificate, name: "cert-4", dimensions: ["CertificateArn": nil],
            attributes: ["domain": "cert-4.example.com", "type": "AMAZON_ISSUED"]),
        Sample(
            kind: .distribution, name: "cdn-3", dimensions: ["DistributionId": nil, "Region": "Global"],
            attributes: ["state": "enabled"]),
        Sample(
            kind: .kinesisStream, name: "stream-6", dimensions: ["StreamName": "stream-6"],
            facts: [.retentionMilliseconds: 86_400_000, .units: 2], tags: [:]),
        Sample(kind: .stateMachine, name: "flow-6", dimensions: ["StateMachineArn": nil]),
        Sample(
            kind: .kafkaCluster, name: "bus-6", dimensions: ["Cluster Name": "bus-6"],
            facts: [.units: 4, .storageBytes: 100 * gibibyte], attributes: ["class": "kafka.m5.large"]),
        Sample(kind: .userPool, name: "pool-0", dimensions: ["UserPool": nil], tags: [:]),
    ]

    @Test("dimensions, facts, attributes and tags", arguments: samples)
    func sample(expected: Sample) async throws {
        let all = try await MotoResources.found.value.resources.resources
        let found = all.filter { $0.kind == expected.kind && [$0.name, $0.displayName].contains(expected.name) }
        let resource = try #require(found.first)
        #expect(found.count == 1)
        #expect(Set(resource.dimensions.keys) == Set(expected.dimensions.keys))
        for case (let name, let value?) in expected.dimensions { #expect(resource.dimensions[name] == value) }
        #expect(resource.facts == expected.facts)
        for (name, value) in expected.attributes { #expect(resource.attributes[name] == value) }
        for (key, value) in expected.tags { #expect(resource.tags[key] == value) }
        if expected.tags.isEmpty { #expect(resource.tags == [:]) }
    }

    @Test("kinds of services without regions are in us-east-1, the others in their own")
    func scopes() async throws {
        for resource in try await MotoResources.found.value.resources.resources {
            let isGlobal = [.healthCheck, .distribution].contains(resource.kind)
            #expect(resource.scope.region == (isGlobal ? "us-east-1" : "eu-central-1"), "\(resource.id)")
        }
    }

    @Test func variablesOfFunctionsAreNotKept() async throws {
        let all = try await MotoResources.found.value.resources.resources
        #expect(all.contains { $0.kind == .lambdaFunction })
        #expect(!"\(all)".contains("hidden"))
    }

    @Test(
        "one resource by its ARN, without the others of its kind",
        // moto's ARNs of these are not AWS's: one is called `app`, the others lack a field or the name.
        arguments: Set(samples.map(\.kind)).subtracting([.networkLoadBalancer, .distribution, .kafkaCluster])
            .sorted())
    func single(kind: ResourceKind) async throws {
        let all = try await MotoResources.found.value.resources.resources
        let resource = try #require(all.last { $0.kind == kind })
        let target = try #require(ResourceTarget(resource.id))
        let found = try await MotoResources.finder().find(
            resource: target, facts: MotoResources.facts, in: [resource.scope])
        #expect(found.resources.map(\.id) == [resource.id])
        #expect(found.resources.first?.tags == resource.tags)
        #expect(found.resources.first?.dimensions == resource.dimensions)
        #expect(found.resources.first?.facts == resource.facts)
        #expect(found.incomplete == [])
    }

    @Test(
        "what does not exist is a complete answer without resources",
        arguments: [
            "i-0123456789abcdef0", "vol-0123456789abcdef0", "arn:aws:sqs:eu-central-1:123456789012:gone",
            "arn:aws:sns:eu-central-1:123456789012:gone", "arn:aws:lambda:eu-central-1:123456789012:function:gone",
            "arn:aws:rds:eu-central-1:123456789012:db:gone", "arn:aws:dynamodb:eu-central-1:123456789012:table/gone",
            "arn:aws:ecs:eu-central-1:123456789012:service/fleet-0/gone",
            "arn:aws:ecs:eu-central-1:123456789012:service/gone/gone",
            "arn:aws:eks:eu-central-1:123456789012:cluster/gone", "arn:aws:s3:::gone",
            "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/gone/0123456789abcdef",
            "arn:aws:kinesis:eu-central-1:123456789012:stream/gone",
            "arn:aws:states:eu-central-1:123456789012:stateMachine:gone",
        ])
    func gone(text: String) async throws {
        let target = try #require(ResourceTarget(text))
        let found = try await MotoResources.finder().find(
            resource: target, facts: MotoResources.facts, in: [MotoResources.scope])
        #expect(found.resources == [])
        #expect(found.incomplete == [])
        #expect(found.calls > 0)
    }

    @Test func oneOfAnotherRegionIsNotLookedFor() async throws {
        let target = try #require(ResourceTarget("arn:aws:sqs:eu-west-1:123456789012:queue-0"))
        let found = try await MotoResources.finder().find(resource: target, in: [MotoResources.scope])
        #expect(found.calls == 0)
    }
}

/// `ListMetrics` against moto, whose pages have 500 metrics.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
struct MetricSeriesFinderTests {
    private let disk = MetricName("CWAgent", "disk_used_percent")

    private func find(_ metrics: Set<MetricName>, _ dimensions: [String: String] = [:]) async throws
        -> MetricSeriesFinder.Outcome
    {
        let environment = try MotoResources.server.get().environment
        let finder = MetricSeriesFinder { _ in try TestNetwork.configuration(environment) }
        return await finder.find(metrics, in: [MotoResources.scope, MotoResources.scope], dimensions: dimensions)
    }

    @Test func allPagesOfEachMetric() async throws {
        let memory = MetricName("CWAgent", "mem_used_percent")
        let outcome = try await find([disk, memory, MetricName("CWAgent", "none")])
        #expect(outcome.incomplete == [])
        #expect(
            outcome.index.series(namespace: "CWAgent", metric: "disk_used_percent", in: MotoResources.scope).count
                == 1_201)
        #expect(
            outcome.index.series(namespace: "CWAgent", metric: "mem_used_percent", in: MotoResources.scope)
                == [["InstanceId": "i-0"]])
        #expect(outcome.index.series(namespace: "CWAgent", metric: "none", in: MotoResources.scope) == [])
        #expect(outcome.calls == 5)
    }

    @Test func onlyThoseOfAResource() async throws {
        let outcome = try await find([disk], ["InstanceId": "i-7"])
        #expect(
            Set(outcome.index.series(namespace: "CWAgent", metric: "disk_used_percent", in: MotoResources.scope))
                == Set((0..<4).map { ["InstanceId": "i-7", "path": "/\($0)"] }))
        #expect(outcome.calls == 1)
    }
}
