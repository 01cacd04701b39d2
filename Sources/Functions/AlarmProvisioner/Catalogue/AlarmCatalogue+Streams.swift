import CloudWatchAlarms

extension AlarmCatalogue {
    /// Kinesis and Kafka.
    static let streams = [kinesisStreams, kafkaClusters].flatMap { $0 }

    private static let kinesisStreams = table(
        .kinesisStream, "AWS/Kinesis", "StreamName",
        [
            Row(
                "kinesis-iterator-age", .maximum("GetRecords.IteratorAgeMilliseconds"), .above("0.5 * retention_ms"),
                15, .breaching, .critical,
                why:
                    "Readers are half the retention behind, from which on records may be lost, says AWS; or nobody "
                    + "reads."
            ),
            Row(
                "kinesis-get-success", .average("GetRecords.Success"), .below(0.95), 5,
                why: "More than 5 % of the reads fail, the share that AWS advises for errors elsewhere."),
            Row(
                "kinesis-put-success", .average("PutRecord.Success"), .below(0.95), 5, .missing, .critical,
                why: "More than 5 % of the writes fail, the share that AWS advises for errors elsewhere."),
            Row(
                "kinesis-failed-records", .sum("PutRecords.FailedRecords"), .unknown(.greater), 5, .notBreaching,
                why: "Records of batches are refused. How many are too many depends on the traffic; "
                    + "kinesis-failed-records-share needs no number."),
            Row(
                "kinesis-failed-records-share",
                .sums(["f": "PutRecords.FailedRecords", "t": "PutRecords.TotalRecords"], "100 * f / t"), .above(5), 5,
                .notBreaching, .critical,
                why:
                    "More than 5 % of the records in batches are refused, the share that AWS advises for errors "
                    + "elsewhere."
            ),
            Row(
                "kinesis-read-throttles", .average("ReadProvisionedThroughputExceeded"), .above(0.05), 5,
                .notBreaching,
                why: "More than 5 % of the reads are throttled, the share that AWS advises for errors elsewhere."),
            Row(
                "kinesis-fan-out-lag", .average("SubscribeToShardEvent.MillisBehindLatest"),
                .above("0.5 * retention_ms"), 5, .missing, .critical, by: "StreamName,ConsumerName*",
                why: "A consumer with fan-out is half the retention behind: records may be lost."),
            Row(
                "kinesis-write-throttles", .average("WriteProvisionedThroughputExceeded"), .above(0.05), 5,
                .notBreaching, .critical,
                why: "More than 5 % of the writes are throttled, the share that AWS advises for errors elsewhere."),
        ])

    /// By the advice in MSK's guide.
    private static let kafkaClusters = table(
        .kafkaCluster, "AWS/Kafka", "Cluster Name,Broker ID*",
        [
            Row(
                "kafka-disk", .maximum("KafkaDataLogsDiskUsed"), .above(85), .times(3, seconds: 300), .missing,
                .critical, where: standardBrokers,
                why: "A broker's disk is 85 % full, MSK's advice; with a full one it stops."),
            Row(
                "kafka-controller", .maximum("ActiveControllerCount"), .below(1), .times(3, seconds: 60), .missing,
                .critical, by: "Cluster Name", where: ["type": ["PROVISIONED"]],
                why: "No broker is the controller, so that nothing can be changed."),
            Row(
                "kafka-offline-partitions", .maximum("OfflinePartitionsCount"), .above(0), 5, .missing, .critical,
                by: "Cluster Name", where: standardBrokers,
                why: "Partitions have no leader: nobody reads or writes them."),
            Row(
                "kafka-under-replicated", .maximum("UnderReplicatedPartitions"), .above(0), 15,
                where: standardBrokers,
                why: "Replicas lag for a quarter of an hour; shorter times are usual while a broker restarts."),
            Row(
                "kafka-cpu", .averages(["u": "CpuUser", "s": "CpuSystem"], "u + s"), .above(60),
                .times(3, seconds: 300),
                why:
                    "A broker's processors are 60 % busy, MSK's limit: the others could not take over for one that "
                    + "fails."
            ),
            Row(
                "kafka-heap", .maximum("HeapMemoryAfterGC"), .above(60), .times(3, seconds: 300),
                where: standardBrokers,
                why: "60 % of a broker's heap stay in use after collection, MSK's limit: soon it runs out of memory."),
        ])

    /// Express brokers keep their data elsewhere and lack these metrics.
    private static let standardBrokers = ["class": ["kafka.*"]]
}
