import AWS
import JSON

extension KindFinder {
    static let databaseKinds = [
        KindFinder(kind: .rdsInstance, actions: ["rds:DescribeDBInstances"], find: databaseInstances),
        KindFinder(kind: .rdsCluster, actions: ["rds:DescribeDBClusters"], find: databaseClusters),
        KindFinder(
            kind: .cacheCluster, tagType: "elasticache", actions: ["elasticache:DescribeCacheClusters"],
            // A node's id is that of its cluster with the node's number.
            taggedARN: { String($0.id.prefix { $0 != "/" }) }, find: cacheClusters),
        KindFinder(
            kind: .table, tagType: "dynamodb:table", actions: ["dynamodb:DescribeTable", "dynamodb:ListTables"],
            find: tables),
    ]

    /// The RDS API lists instances of these, too; their metrics are in namespaces of their own.
    private static let otherEngines: Set = ["docdb", "neptune"]
    private static let gibibyte = 1_073_741_824.0

    private static func databaseInstances(_ listing: ResourceListing) async -> [WatchedResource] {
        let input: JSONValue =
            listing.target.map { ["DBInstanceIdentifier": .string($0.name)] } ?? ["MaxRecords": listing.pageSize(100)]
        return await listing.list(.rds, "DescribeDBInstances", input, at: "DBInstances") { item in
            let name = try item.required("DBInstanceIdentifier")
            let engine = item.text("Engine") ?? ""
            guard item.text("DBInstanceStatus") != "deleting", !otherEngines.contains(engine) else { return [] }
            let type = item.text("DBInstanceClass") ?? ""
            return [
                listing.resource(
                    id: try item.required("DBInstanceArn"), name: name, tags: item.tags("TagList"),
                    dimensions: [
                        "DBInstanceIdentifier": name, "DBClusterIdentifier": item.text("DBClusterIdentifier"),
                        "DatabaseClass": type, "EngineName": engine,
                    ],
                    facts: databaseFacts(item, engine: engine, type: type),
                    attributes: [
                        "engine": engine, "engine_version": item.text("EngineVersion"), "class": type,
                        "state": item.text("DBInstanceStatus"), "storage": item.text("StorageType"),
                        "multi_az": item["MultiAZ"]?.boolValue.map { "\($0)" },
                        "cluster": item.text("DBClusterIdentifier"),
                        // A replica has its source's name.
                        "replica_of": item.text("ReadReplicaSourceDBInstanceIdentifier"),
                    ])
            ]
        }
    }

    private static func databaseFacts(_ item: JSONValue, engine: String, type: String) -> [Fact: Double?] {
        let memory = InstanceClass.databaseMemoryBytes(type)
        // Aurora's storage belongs to the cluster and grows by itself; what the API tells of an instance means nothing.
        let isAurora = engine.hasPrefix("aurora")
        let groups = item["DBParameterGroups"]?.arrayValue ?? []
        let isDefault = groups.allSatisfy { $0.text("DBParameterGroupName")?.hasPrefix("default.") == true }
        return [
            .memoryBytes: memory,
            .processors: processors(item, type: type),
            .storageBytes: isAurora ? nil : item.number("AllocatedStorage").map { $0 * gibibyte },
            .maximumStorageBytes: isAurora ? nil : item.number("MaxAllocatedStorage").map { $0 * gibibyte },
            .maximumConnections: isDefault
                ? memory.flatMap { InstanceClass.maximumConnections(engine, memory: $0) } : nil,
        ]
    }

    /// Of the class, or of the instance where somebody chose fewer cores or threads.
    private static func processors(_ item: JSONValue, type: String) -> Double? {
        let chosen = item["ProcessorFeatures"]?.arrayValue ?? []
        if chosen.isEmpty { return InstanceClass.processors(type) }
        func number(_ name: String) -> Double? { chosen.first { $0.text("Name") == name }?.number("Value") }
        guard let cores = number("coreCount"), let threads = number("threadsPerCore") else { return nil }
        return cores * threads
    }

    private static func databaseClusters(_ listing: ResourceListing) async -> [WatchedResource] {
        let input: JSONValue =
            listing.target.map { ["DBClusterIdentifier": .string($0.name)] } ?? ["MaxRecords": listing.pageSize(100)]
        return await listing.list(.rds, "DescribeDBClusters", input, at: "DBClusters") { item in
            let name = try item.required("DBClusterIdentifier")
            let engine = item.text("Engine") ?? ""
            guard item.text("Status") != "deleting", !otherEngines.contains(engine) else { return [] }
            let isAurora = engine.hasPrefix("aurora")
            return [
                listing.resource(
                    id: try item.required("DBClusterArn"), name: name, tags: item.tags("TagList"),
                    dimensions: ["DBClusterIdentifier": name, "EngineName": engine],
                    facts: [
                        .units: item["DBClusterMembers"]?.arrayValue.map { Double($0.count) },
                        .storageBytes: isAurora ? nil : item.number("AllocatedStorage").map { $0 * gibibyte },
                        // A capacity unit of Aurora Serverless v2 has 2 GiB.
                        .memoryBytes: item.number("ServerlessV2ScalingConfiguration.MaxCapacity").map {
                            $0 * 2 * gibibyte
                        },
                    ],
                    attributes: [
                        "engine": engine, "engine_version": item.text("EngineVersion"), "state": item.text("Status"),
                        "type": item.text("EngineMode"), "class": item.text("DBClusterInstanceClass"),
                    ])
            ]
        }
    }

    /// One resource for each node of a cluster; clusters of Redis and Valkey have only one.
    private static func cacheClusters(_ listing: ResourceListing) async -> [WatchedResource] {
        var input: JSONObject = ["ShowCacheNodeInfo": true]
        if let target = listing.target {
            input["CacheClusterId"] = .string(target.name)
        } else {
            input["MaxRecords"] = listing.pageSize(100)
        }
        return await listing.list(.elastiCache, "DescribeCacheClusters", .object(input), at: "CacheClusters") { item in
            let name = try item.required("CacheClusterId")
            guard item.text("CacheClusterStatus") != "deleting" else { return [] }
            let arn = item.text("ARN") ?? listing.arn("elasticache", "cluster:\(name)")
            return nodeIDs(item).map { node in
                cacheNode(item, listing, arn: arn, cluster: name, node: node, isOnly: nodeIDs(item).count < 2)
            }
        }
    }

    /// `0001` and so on; a cluster that is being created does not list its nodes yet.
    private static func nodeIDs(_ item: JSONValue) -> [String] {
        let listed = (item["CacheNodes"]?.arrayValue ?? []).compactMap { $0.text("CacheNodeId") }
        guard listed.isEmpty else { return listed }
        return (1...max(1, Int(item.number("NumCacheNodes") ?? 1))).map { number in
            String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)"
        }
    }

    private static func cacheNode(
        _ item: JSONValue, _ listing: ResourceListing, arn: String, cluster: String, node: String, isOnly: Bool
    ) -> WatchedResource {
        let type = item.text("CacheNodeType") ?? ""
        return listing.resource(
            id: isOnly ? arn : "\(arn)/\(node)", name: isOnly ? cluster : "\(cluster)/\(node)",
            dimensions: [
                "CacheClusterId": cluster, "CacheNodeId": node, "ReplicationGroupId": item.text("ReplicationGroupId"),
            ],
            facts: [
                .memoryBytes: InstanceClass.cacheMemoryBytes(type),
                .processors: InstanceClass.processors(type), .units: item.number("NumCacheNodes"),
                .maximumConnections: 65_000,
            ],
            attributes: [
                "engine": item.text("Engine"), "engine_version": item.text("EngineVersion"), "class": type,
                "state": item.text("CacheClusterStatus"), "replication_group": item.text("ReplicationGroupId"),
            ])
    }

    /// Capacity and state are told by a call for each table.
    private static func tables(_ listing: ResourceListing) async -> [WatchedResource] {
        let names =
            if let target = listing.target { [target.name] } else {
                await listing.list(.dynamoDB, "ListTables", ["Limit": listing.pageSize(100)], at: "TableNames") {
                    [try $0.requiredText("name")]
                }
            }
        return await listing.each(names) { name in
            let answer = try await listing.detail(.dynamoDB, "DescribeTable", ["TableName": .string(name)])
            // Without an answer the table is listed all the same, and the list is noted as not whole.
            let item = answer?["Table"] ?? [:]
            guard item.text("TableStatus") != "DELETING" else { return [] }
            let isOnDemand = item.text("BillingModeSummary.BillingMode") == "PAY_PER_REQUEST"
            let indexes = (item["GlobalSecondaryIndexes"]?.arrayValue ?? []).compactMap { $0.text("IndexName") }
            return [
                listing.resource(
                    id: listing.arn("dynamodb", "table/\(name)"), name: name,
                    dimensions: [
                        "TableName": name, "GlobalSecondaryIndexName": indexes.count == 1 ? indexes[0] : nil,
                    ],
                    facts: [
                        .readCapacity: isOnDemand ? nil : item.number("ProvisionedThroughput.ReadCapacityUnits"),
                        .writeCapacity: isOnDemand ? nil : item.number("ProvisionedThroughput.WriteCapacityUnits"),
                    ],
                    attributes: [
                        "state": item.text("TableStatus"), "class": item.text("TableClassSummary.TableClass"),
                        "type": answer == nil ? nil : isOnDemand ? "on-demand" : "provisioned",
                    ])
            ]
        }
    }
}
