import CloudWatchAlarms

extension AlarmCatalogue {
    /// RDS and Aurora.
    static let relationalDatabases = [rdsInstances, auroraInstances, auroraClusters].flatMap { $0 }

    private static let rdsInstances = table(
        .rdsInstance, "AWS/RDS", "DBInstanceIdentifier",
        [
            Row(
                "rds-cpu", .average("CPUUtilization"), .above(90), 5, .breaching,
                why: "The processors are busy, or the instance reports nothing."),
            Row(
                "rds-connections", .average("DatabaseConnections"), .above("0.9 * maximum_connections"), 5, .breaching,
                .critical, why: "Nine tenths of the connections are taken: soon clients are refused."),
            Row(
                "rds-ebs-byte-balance", .average("EBSByteBalance%"), .below(10), 3,
                why: "Nearly all credits for throughput are used up. Only classes with bursts have this."),
            Row(
                "rds-ebs-io-balance", .average("EBSIOBalance%"), .below(10), 3,
                why: "Nearly all credits for operations are used up. Only classes with bursts have this."),
            Row(
                "rds-freeable-memory", .average("FreeableMemory"), .below("0.1 * memory_bytes"), 15, .breaching,
                where: ["engine": separateEngines],
                why: "A tenth of the memory is free: soon it swaps. AWS's quarter is what a healthy MySQL leaves "
                    + "free."),
            Row(
                "rds-free-storage-space", .minimum("FreeStorageSpace"), .below("0.1 * storage_bytes"), 5, .breaching,
                .critical, where: ["engine": separateEngines],
                why: "A tenth of the storage is free, AWS's advice; a database without any stops."),
            Row(
                "rds-transaction-ids", .average("MaximumUsedTransactionIDs"), .above(1_000_000_000), 1, .missing,
                .critical, where: ["engine": ["postgres", "aurora-postgresql"]],
                why:
                    "Half of PostgreSQL's transaction ids are used without a vacuum; without any left it stops writing."
            ),
            Row(
                "rds-read-latency", .p90("ReadLatency"), .above(0.02), 5,
                why: "One read in ten takes 20 ms, from which on AWS advises to look for the cause."),
            Row(
                "rds-write-latency", .p90("WriteLatency"), .above(0.02), 5,
                why: "One write in ten takes 20 ms, from which on AWS advises to look for the cause."),
            Row(
                "rds-replica-lag", .maximum("ReplicaLag"), .above(60), 10, .breaching,
                where: ["replica_of": ["*"]], why: "The replica is a minute behind its source, or does not replicate."),
            Row(
                "rds-load", .average("DBLoad"), .above("vcpus"), 15,
                why: "More sessions work or wait than there are processors. Only with Performance Insights."),
        ])

    private static let auroraInstances = table(
        .rdsInstance, "AWS/RDS", "DBInstanceIdentifier",
        [
            Row(
                "aurora-freeable-memory", .average("FreeableMemory"), .below("0.05 * memory_bytes"), 15, .breaching,
                where: ["engine": ["aurora*"]],
                why: "A twentieth of the memory is free, AWS's advice for Aurora, which takes memory as it needs it."),
            Row(
                "aurora-free-local-storage", .average("FreeLocalStorage"), .unknown(.less), 5,
                where: ["engine": ["aurora*"]],
                why: "Little room for temporary tables and logs is left. AWS advises 10 to 20 % of what the class has, "
                    + "which no call tells."),
            Row(
                "aurora-blocked-transactions", .average("BlockedTransactions"), .unknown(.greater), 5, .notBreaching,
                where: ["engine": ["aurora-mysql"]],
                why: "Transactions wait for one another. aurora-blocked-transactions-share needs no number."),
            Row(
                "aurora-blocked-transactions-share",
                .averages(["b": "BlockedTransactions", "a": "ActiveTransactions"], "100 * b / a"), .above(5), 5,
                .notBreaching, where: ["engine": ["aurora-mysql"]],
                why: "More than 5 % of the active transactions wait for others, AWS's advice."),
            Row(
                "aurora-buffer-cache", .average("BufferCacheHitRatio"), .below(80), 10,
                where: ["engine": ["aurora*"]], why: "A fifth of the reads goes to the storage instead of the memory."),
            Row(
                "aurora-rollback-segments", .average("RollbackSegmentHistoryListLength"), .above(1_000_000), 5,
                .breaching, where: ["engine": ["aurora-mysql"]],
                why: "Long transactions keep a million old row versions, which slows every query."),
        ])

    private static let auroraClusters = table(
        .rdsCluster, "AWS/RDS", "DBClusterIdentifier,Role=WRITER",
        [
            Row(
                "aurora-volume-bytes-left", .average("AuroraVolumeBytesLeftTotal"), .below(14_073_748_835_533), 5,
                .breaching, .critical, by: "DBClusterIdentifier", where: ["engine": ["aurora-mysql"]],
                why: "A tenth of Aurora's 128 TiB is left, AWS's advice; a full volume takes no writes."),
            Row(
                "aurora-binlog-lag", .average("AuroraBinlogReplicaLag"), .atMost(-1), 2, .breaching, .critical,
                where: ["engine": ["aurora-mysql"]], isDefault: false,
                why: "Replication by binary log has stopped. Off: clusters that do not replicate so have no data, "
                    + "which breaches."),
            Row(
                "aurora-uptime", .average("EngineUptime"), .atMost(0), 2, .breaching, .critical,
                where: ["engine": ["aurora*"]], why: "The writer does not run."),
            Row(
                "aurora-storage-throughput", .average("StorageNetworkThroughput"), .unknown(.greater), 5,
                where: ["engine": ["aurora*"]],
                why: "The network to the storage is nearly full. AWS advises 80 to 90 % of the class's bandwidth, "
                    + "which no call tells."),
        ])

    /// The engines whose instances have storage of their own.
    private static let separateEngines = [
        "mysql", "mariadb", "postgres", "oracle*", "sqlserver*", "db2*", "custom-*",
    ]
}
