import AWS
import AWSResources
import JSON

extension KindFinder {
    static let containerKinds = [
        KindFinder(kind: .ecsCluster, actions: ["ecs:DescribeClusters", "ecs:ListClusters"], find: clusters),
        KindFinder(
            kind: .ecsService, actions: ["ecs:DescribeServices", "ecs:ListClusters", "ecs:ListServices"],
            find: services),
        KindFinder(kind: .eksCluster, actions: ["eks:DescribeCluster", "eks:ListClusters"], find: kubernetesClusters),
        KindFinder(
            kind: .eksNodeGroup, actions: ["eks:DescribeNodegroup", "eks:ListClusters", "eks:ListNodegroups"],
            find: nodeGroups),
    ]

    /// The ARNs of ECS clusters, as resources without anything else.
    private static func clusterARNs(_ listing: ResourceListing) async -> [String] {
        await listing.shared("ECS clusters") { listing in
            await listing.list(.ecs, "ListClusters", ["maxResults": listing.pageSize(100)], at: "clusterArns") { item in
                let arn = try item.requiredText("ARN")
                return [listing.resource(id: arn, name: arn, dimensions: [:])]
            }
        }.map(\.id)
    }

    private static func clusters(_ listing: ResourceListing) async -> [WatchedResource] {
        let arns = if let arn = listing.target?.plainARN { [arn] } else { await clusterARNs(listing) }
        return await listing.each(arns.split(every: 100)) { arns in
            await listing.list(
                .ecs, "DescribeClusters", ["clusters": .array(arns.map { .string($0) }), "include": ["TAGS"]],
                at: "clusters"
            ) { item in
                let name = try item.required("clusterName")
                guard item.text("status") != "INACTIVE", item.text("status") != "DEPROVISIONING" else { return [] }
                return [
                    listing.resource(
                        id: try item.required("clusterArn"), name: name, tags: item.tags("tags"),
                        dimensions: ["ClusterName": name],
                        facts: [.units: item.number("registeredContainerInstancesCount")],
                        attributes: ["state": item.text("status")])
                ]
            }
        }
    }

    /// Services are listed by cluster, and described ten at a time.
    private static func services(_ listing: ResourceListing) async -> [WatchedResource] {
        let groups: [(cluster: String, services: [String])]
        if let target = listing.target, let arn = target.plainARN, let slash = target.name.firstIndex(of: "/") {
            groups = [(String(target.name[..<slash]), [arn])]
        } else {
            groups = await listing.each(clusterARNs(listing)) { cluster in
                let arns = await listing.list(
                    .ecs, "ListServices", ["cluster": .string(cluster), "maxResults": listing.pageSize(100)],
                    at: "serviceArns",
                    isOfParent: true
                ) { [try $0.requiredText("name")] }
                return arns.split(every: 10).map { (cluster, $0) }
            }
        }
        return await listing.each(groups) { group in
            let input: JSONValue = [
                "cluster": .string(group.cluster), "services": .array(group.services.map { .string($0) }),
                "include": ["TAGS"],
            ]
            return await listing.list(.ecs, "DescribeServices", input, at: "services", isOfParent: true) {
                try service($0, listing)
            }
        }
    }

    private static func service(_ item: JSONValue, _ listing: ResourceListing) throws -> [WatchedResource] {
        let name = try item.required("serviceName")
        guard item.text("status") == nil || item.text("status") == "ACTIVE" else { return [] }
        let cluster = ARN.lastPart(try item.required("clusterArn"))
        let provider = item["capacityProviderStrategy"]?.arrayValue?.first?.text("capacityProvider")
        return [
            listing.resource(
                id: try item.required("serviceArn"), name: name, tags: item.tags("tags"),
                dimensions: ["ClusterName": cluster, "ServiceName": name],
                facts: [.desiredSize: item.number("desiredCount"), .units: item.number("runningCount")],
                attributes: [
                    "state": item.text("status"), "cluster": cluster, "type": item.text("launchType") ?? provider,
                    "scheduling": item.text("schedulingStrategy"),
                ])
        ]
    }

    private static func kubernetesClusterNames(_ listing: ResourceListing) async -> [String] {
        await listing.shared("EKS clusters") { listing in
            await listing.list(.eks, "ListClusters", ["maxResults": listing.pageSize(100)], at: "clusters") { item in
                let name = try item.requiredText("name")
                return [listing.resource(id: name, name: name, dimensions: [:])]
            }
        }.map(\.name)
    }

    private static func kubernetesClusters(_ listing: ResourceListing) async -> [WatchedResource] {
        let names = if let target = listing.target { [target.name] } else { await kubernetesClusterNames(listing) }
        return await listing.each(names) { name in
            guard let answer = try await listing.detail(.eks, "DescribeCluster", ["name": .string(name)]) else {
                return []
            }
            let item = answer["cluster"] ?? [:]
            guard item.text("status") != "DELETING" else { return [] }
            return [
                listing.resource(
                    id: try item.required("arn"), name: name, tags: item.tags("tags"),
                    dimensions: ["ClusterName": name],
                    attributes: ["state": item.text("status"), "version": item.text("version")])
            ]
        }
    }

    private static func nodeGroups(_ listing: ResourceListing) async -> [WatchedResource] {
        let pairs: [(cluster: String, group: String)]
        if let parts = listing.target?.name.split(separator: "/").map({ String($0) }), parts.count >= 2 {
            pairs = [(parts[0], parts[1])]
        } else {
            pairs = await listing.each(kubernetesClusterNames(listing)) { cluster in
                await listing.list(
                    .eks, "ListNodegroups", ["clusterName": .string(cluster), "maxResults": listing.pageSize(100)],
                    at: "nodegroups",
                    isOfParent: true
                ) { [(cluster, try $0.requiredText("name"))] }
            }
        }
        return await listing.each(pairs) { pair in
            let input: JSONValue = ["clusterName": .string(pair.cluster), "nodegroupName": .string(pair.group)]
            guard let answer = try await listing.detail(.eks, "DescribeNodegroup", input) else { return [] }
            return try nodeGroup(answer["nodegroup"] ?? [:], cluster: pair.cluster, listing)
        }
    }

    private static func nodeGroup(
        _ item: JSONValue, cluster: String, _ listing: ResourceListing
    ) throws -> [WatchedResource] {
        let name = try item.required("nodegroupName")
        guard item.text("status") != "DELETING" else { return [] }
        let groups = (item.at("resources.autoScalingGroups")?.arrayValue ?? []).compactMap { $0.text("name") }
        return [
            listing.resource(
                id: try item.required("nodegroupArn"), name: name, tags: item.tags("tags"),
                dimensions: [
                    "ClusterName": cluster, "NodegroupName": name,
                    "AutoScalingGroupName": groups.count == 1 ? groups[0] : nil,
                ],
                facts: [
                    .minimumSize: item.number("scalingConfig.minSize"),
                    .desiredSize: item.number("scalingConfig.desiredSize"),
                    .maximumSize: item.number("scalingConfig.maxSize"),
                ],
                attributes: [
                    "state": item.text("status"), "cluster": cluster, "type": item.text("capacityType"),
                    "class": item.only("instanceTypes"),
                ])
        ]
    }
}
