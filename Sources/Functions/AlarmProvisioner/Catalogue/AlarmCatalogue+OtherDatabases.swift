import CloudWatchAlarms

extension AlarmCatalogue {
    /// DynamoDB and ElastiCache.
    static let otherDatabases = [tables, tableAccount, caches].flatMap { $0 }

    /// CloudWatch ignores missing data for this namespace whatever an alarm says, so the entries say it, too.
    private static let tables = table(
        .table, "AWS/DynamoDB", "TableName",
        [
            Row(
                "dynamodb-unreplicated-age", .maximum("AgeOfOldestUnreplicatedRecord"), .unknown(.greater),
                .times(3, seconds: 300), .ignore, by: "TableName,DelegatedOperation*",
                why:
                    "Changes reach the Kinesis stream late, in milliseconds. How late is too late depends on its "
                    + "readers."
            ),
            Row(
                "dynamodb-failed-replication", .sum("FailedToReplicateRecordCount"), .above(0), 1, .ignore, .critical,
                by: "TableName,DelegatedOperation*", why: "Changes did not reach the Kinesis stream and are lost there."
            ),
            Row(
                "dynamodb-read-throttles", .sum("ReadThrottleEvents"), .above("0.6 * read_capacity"), 5, .ignore,
                why: "More than 1 % of the reads that the table is provisioned for in a minute are throttled."),
            Row(
                "dynamodb-on-demand-read-throttles", .sum("ReadThrottleEvents"), .above(0), 5, .ignore,
                where: ["type": ["on-demand"]],
                why: "Reads are throttled five minutes in a row, although the table grows with its traffic: a hot "
                    + "key?"),
            Row(
                "dynamodb-index-read-throttles", .sum("ReadThrottleEvents"), .above(0), 5, .ignore,
                by: "TableName,GlobalSecondaryIndexName*", why: "Reads of an index are throttled five minutes in a row."
            ),
            Row(
                "dynamodb-replication-latency", .average("ReplicationLatency"), .above(180_000), 15, .ignore,
                by: "TableName,ReceivingRegion*",
                why: "Another region is three minutes behind, from which on AWS advises to look for the cause."),
            Row(
                "dynamodb-request-latency", .average("SuccessfulRequestLatency"), .above(10), 10, .ignore,
                by: "TableName,Operation*", isDefault: false,
                why:
                    "An operation takes 10 ms; those on one item take less. Off: queries and scans may rightly take "
                    + "longer."
            ),
            Row(
                "dynamodb-system-errors", .sum("SystemErrors"), .above(0), 15, .ignore, .critical,
                why: "DynamoDB itself fails in each of 15 minutes."),
            Row(
                "dynamodb-throttled-records", .maximum("ThrottledPutRecordCount"), .above(0), 10, .ignore,
                by: "TableName,DelegatedOperation*",
                why: "The Kinesis stream takes the table's changes too slowly in each of ten minutes: it needs "
                    + "shards."),
            Row(
                "dynamodb-write-throttles", .sum("WriteThrottleEvents"), .above("0.6 * write_capacity"), 5, .ignore,
                why: "More than 1 % of the writes that the table is provisioned for in a minute are throttled."),
            Row(
                "dynamodb-on-demand-write-throttles", .sum("WriteThrottleEvents"), .above(0), 5, .ignore,
                where: ["type": ["on-demand"]],
                why: "Writes are throttled five minutes in a row, although the table grows with its traffic: a hot key?"
            ),
            Row(
                "dynamodb-index-write-throttles", .sum("WriteThrottleEvents"), .above(0), 5, .ignore,
                by: "TableName,GlobalSecondaryIndexName*",
                why: "Writes to an index are throttled five minutes in a row, which holds up the table's, too."),
        ])

    private static let tableAccount = table(
        .account, "AWS/DynamoDB", "",
        [
            Row(
                "dynamodb-account-read-capacity", .maximum("AccountProvisionedReadCapacityUtilization"), .above(80),
                .times(2, seconds: 300), .ignore,
                why:
                    "Four fifths of the account's limit of read capacity are provisioned: ask for more before it is "
                    + "reached."
            ),
            Row(
                "dynamodb-account-write-capacity", .maximum("AccountProvisionedWriteCapacityUtilization"), .above(80),
                .times(2, seconds: 300), .ignore,
                why:
                    "Four fifths of the account's limit of write capacity are provisioned: ask for more before it is "
                    + "reached."
            ),
            Row(
                "dynamodb-user-errors", .sum("UserErrors"), .above(0), 10, .ignore,
                why: "Clients send wrong requests in each of ten minutes: unknown tables, values that do not fit."),
        ])

    private static let caches = table(
        .cacheCluster, "AWS/ElastiCache", "CacheClusterId",
        [
            Row(
                "elasticache-cpu", .average("CPUUtilization"), .above("90 / vcpus"), 5,
                by: "CacheClusterId,CacheNodeId", where: ["engine": ["redis", "valkey"]],
                why: "The one thread that answers commands is 90 % busy, as a share of all processors: AWS's advice."),
            Row(
                "memcached-cpu", .average("CPUUtilization"), .above(90), 5, by: "CacheClusterId,CacheNodeId",
                where: ["engine": ["memcached"]], why: "All processors are 90 % busy; memcached uses every one."),
            Row(
                "elasticache-connections", .average("CurrConnections"), .above(58_500), 10, .missing, .critical,
                by: "CacheClusterId,CacheNodeId",
                why: "Nine tenths of the 65,000 connections that a node takes are open: clients leak them."),
            Row(
                "elasticache-memory", .average("DatabaseMemoryUsagePercentage"), .unknown(.greater), 5,
                where: ["engine": ["redis", "valkey"]],
                why:
                    "The memory fills up. A cache that evicts is rightly full; a store that must keep its keys may not "
                    + "be."
            ),
            Row(
                "elasticache-engine-cpu", .average("EngineCPUUtilization"), .above(90), 5,
                where: ["engine": ["redis", "valkey"]], why: "The one thread that answers commands is busy."),
            Row(
                "elasticache-replication-lag", .average("ReplicationLag"), .unknown(.greater), 15,
                where: ["engine": ["redis", "valkey"]],
                why: "The replica lags behind, in seconds. How far it may depends on what is read from it."),
        ])
}
