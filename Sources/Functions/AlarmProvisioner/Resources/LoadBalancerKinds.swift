import AWS
import AWSResources
import JSON

extension KindFinder {
    static let loadBalancerKinds = [
        KindFinder(
            kind: .applicationLoadBalancer, tagType: "elasticloadbalancing:loadbalancer",
            actions: ["elasticloadbalancing:DescribeLoadBalancers"], find: loadBalancers),
        KindFinder(
            kind: .networkLoadBalancer, tagType: "elasticloadbalancing:loadbalancer",
            actions: ["elasticloadbalancing:DescribeLoadBalancers"], find: loadBalancers),
        KindFinder(
            kind: .targetGroup, tagType: "elasticloadbalancing:targetgroup",
            actions: ["elasticloadbalancing:DescribeTargetGroups"],
            factActions: [.registeredTargets: "elasticloadbalancing:DescribeTargetHealth"], find: targetGroups),
    ]

    private static let balancerKinds: [String: ResourceKind] = [
        "application": .applicationLoadBalancer, "network": .networkLoadBalancer,
    ]

    /// Both kinds come from one list, which is read once.
    private static func loadBalancers(_ listing: ResourceListing) async -> [WatchedResource] {
        await listing.shared("load balancers") { listing in
            let input: JSONValue =
                listing.target?.plainARN.map { ["LoadBalancerArns": [.string($0)]] } ?? [
                    "PageSize": listing.pageSize(400)
                ]
            return await listing.list(
                .elasticLoadBalancingv2, "DescribeLoadBalancers", input, at: "LoadBalancers"
            ) { item in
                let arn = try item.required("LoadBalancerArn")
                guard let kind = balancerKinds[try item.required("Type")] else { return [] }
                return [
                    listing.resource(
                        id: arn, name: try item.required("LoadBalancerName"),
                        dimensions: ["LoadBalancer": ARN(arn)?.name],
                        attributes: [
                            "state": item.text("State.Code"), "scheme": item.text("Scheme"), "vpc": item.text("VpcId"),
                        ],
                        kind: kind)
                ]
            }
        }.filter { $0.kind == listing.kind }
    }

    private static func targetGroups(_ listing: ResourceListing) async -> [WatchedResource] {
        let input: JSONValue =
            listing.target?.plainARN.map { ["TargetGroupArns": [.string($0)]] } ?? ["PageSize": listing.pageSize(400)]
        let found = await listing.list(.elasticLoadBalancingv2, "DescribeTargetGroups", input, at: "TargetGroups") {
            [try targetGroup($0, listing)]
        }
        guard listing.wants(.registeredTargets) else { return found }
        return await listing.each(found) { group in
            let health = try await listing.detail(
                .elasticLoadBalancingv2, "DescribeTargetHealth", ["TargetGroupArn": .string(group.id)])
            return [
                group.adding([
                    .registeredTargets: health?["TargetHealthDescriptions"]?.arrayValue.map { Double($0.count) }
                ])
            ]
        }
    }

    /// The load balancer is part of the dimensions; a group that several balancers use has metrics for each of them.
    private static func targetGroup(_ item: JSONValue, _ listing: ResourceListing) throws -> WatchedResource {
        let arn = try item.required("TargetGroupArn")
        let balancer = item.only("LoadBalancerArns").flatMap { ARN($0)?.name }
        return listing.resource(
            id: arn, name: try item.required("TargetGroupName"),
            dimensions: ["TargetGroup": ARN(arn)?.resource, "LoadBalancer": balancer],
            attributes: [
                "type": item.text("TargetType"), "protocol": item.text("Protocol"), "vpc": item.text("VpcId"),
                // Of which kind: `app`, `net` or `gwy`, which decides about the namespace of the metrics.
                "load_balancer": balancer.map { String($0.prefix { $0 != "/" }) },
            ])
    }
}
