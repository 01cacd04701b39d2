import Testing

@testable import AlarmProvisioner

struct ResourceTargetTests {
    @Test(
        "the kind and the name of an ARN or id",
        arguments: [
            ("i-0123456789", .ec2Instance, "i-0123456789"), ("vpce-svc-01", .vpcEndpointService, "vpce-svc-01"),
            ("vpce-01", .vpcEndpoint, "vpce-01"), ("fs-01", .fileSystem, "fs-01"),
            ("arn:aws:ec2:eu-west-1:1:instance/i-1", .ec2Instance, "i-1"),
            ("arn:aws:ec2:eu-west-1:1:vpc-endpoint-service/vpce-svc-1", .vpcEndpointService, "vpce-svc-1"),
            ("arn:aws:sqs:eu-west-1:1:orders", .queue, "orders"), ("arn:aws:sns:eu-west-1:1:news", .topic, "news"),
            ("arn:aws:s3:::files", .bucket, "files"),
            ("arn:aws:lambda:eu-west-1:1:function:f:live", .lambdaFunction, "f"),
            ("arn:aws:dynamodb:eu-west-1:1:table/t/index/i", .table, "t"),
            (
                "arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:u-u:autoScalingGroupName/g", .autoScalingGroup, "g"
            ),
            (
                "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/1", .applicationLoadBalancer, "a/1"
            ),
            ("arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/n/1", .networkLoadBalancer, "n/1"),
            ("arn:aws:ecs:eu-west-1:1:service/c/s", .ecsService, "c/s"),
            ("arn:aws:ecs:eu-west-1:1:cluster/c", .ecsCluster, "c"),
            ("arn:aws:rds:eu-west-1:1:cluster:c", .rdsCluster, "c"),
            ("arn:aws:rds:eu-west-1:1:db:d", .rdsInstance, "d"),
            ("arn:aws:apigateway:eu-west-1::/restapis/a/stages/s", .restAPI, "a"),
            ("arn:aws:apigateway:eu-west-1::/apis/a", .httpAPI, "a"),
            ("arn:aws:cloudfront::1:distribution/E", .distribution, "E"),
            ("arn:aws:kafka:eu-west-1:1:cluster/c/u", .kafkaCluster, "c/u"),
        ] as [(String, ResourceKind, String)])
    func reading(text: String, kind: ResourceKind, name: String) throws {
        let target = try #require(ResourceTarget(text))
        #expect(target.kind == kind)
        #expect(target.name == name)
    }

    @Test(
        "no alarms are made for these",
        arguments: [
            "", "sg-1", "orders", "arn:aws:ec2:eu-west-1:1:security-group/sg-1", "arn:aws:sns:eu-west-1:1:news:uuid",
            "arn:aws:s3:::files/object", "arn:aws:rds:eu-west-1:1:cluster-snapshot:c", "arn:aws:iam::1:role/r",
            "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/gwy/g/1",
        ])
    func others(text: String) { #expect(ResourceTarget(text) == nil) }

    @Test(
        "a scope is looked at when the ARN does not name another one",
        arguments: [
            ("arn:aws:sqs:eu-west-1:1:q", true), ("arn:aws:sqs:eu-west-2:1:q", false),
            ("arn:aws:sqs:eu-west-1:2:q", false), ("arn:aws:s3:::b", true), ("i-1", true),
            ("arn:aws:cloudfront::2:distribution/E", false),
        ])
    func scope(text: String, belongs: Bool) {
        #expect(ResourceTarget(text)?.belongs(to: AlarmScope(account: "1", region: "eu-west-1")) == belongs)
    }
}

struct ResourcePlanTests {
    private func scope(_ region: String, _ account: String = "1") -> AlarmScope {
        AlarmScope(account: account, region: region)
    }

    @Test("kinds without regions are looked for once an account")
    func globalKinds() {
        let scopes = [scope("eu-west-1"), scope("eu-west-2"), scope("eu-west-1", "2"), scope("eu-west-1")]
        let plan = ResourceFinder.plan([.healthCheck, .queue], scopes)
        #expect(
            plan.map { "\($0.scope) \($0.finders.map(\.kind.rawValue))" } == [
                #"1/eu-west-1 ["sqs"]"#, #"1/eu-west-2 ["sqs"]"#, #"1/us-east-1 ["route53:healthcheck"]"#,
                #"2/eu-west-1 ["sqs"]"#, #"2/us-east-1 ["route53:healthcheck"]"#,
            ])
    }

    @Test func bothInOneScope() {
        let plan = ResourceFinder.plan([.healthCheck, .queue], [scope("us-east-1")])
        #expect(plan.map { $0.finders.count } == [2])
    }

    @Test(
        "the first region of each partition",
        arguments: [
            ("ap-south-1", "us-east-1"), ("cn-north-1", "cn-northwest-1"), ("us-gov-east-1", "us-gov-west-1"),
        ])
    func partitions(region: String, expected: String) { #expect(scope(region).global.region == expected) }

    @Test("every kind has a finder or is made from metrics")
    func allKinds() {
        #expect(Set(KindFinder.byKind.keys) == Set(ResourceKind.allCases).subtracting([.metric]))
    }

    @Test(
        "the actions of policies",
        arguments: [
            ([.metric], [], ["cloudwatch:ListMetrics"]), ([.ebsVolume], [], ["ec2:DescribeVolumes"]),
            ([.queue], [], ["sqs:ListQueues", "tag:GetResources"]),
            ([.queue], [.retentionSeconds], ["sqs:GetQueueAttributes", "sqs:ListQueues", "tag:GetResources"]),
            ([.account], [.accountConcurrency], ["lambda:GetAccountSettings"]), ([], [.retentionSeconds], []),
        ] as [(Set<ResourceKind>, Set<Fact>, [String])])
    func actions(kinds: Set<ResourceKind>, facts: Set<Fact>, expected: [String]) {
        #expect(ResourceFinder.actions(for: kinds, facts: facts) == expected)
    }
}
