import CloudWatchAlarms

extension AlarmCatalogue {
    /// File systems and buckets.
    static let storage = [fileSystems, buckets, objectLambda].flatMap { $0 }

    private static let fileSystems = table(
        .fileSystem, "AWS/EFS", "FileSystemId",
        [
            Row(
                "efs-io-limit", .average("PercentIOLimit"), .atLeast(100), 15,
                why: "The file system is at its limit of operations: move to max I/O or elastic throughput."),
            Row(
                "efs-burst-credits", .average("BurstCreditBalance"), .atMost(0), 15, .missing, .critical,
                where: ["throughput": ["bursting"]],
                why: "The credits for bursts are used up and throughput falls to the base rate."),
        ])

    private static let buckets =
        table(
            .bucket, "AWS/S3", "BucketName,FilterId*",
            [
                Row(
                    "s3-4xx", .average("4xxErrors"), .above(0.05), 15,
                    why: "More than 5 % of the requests are refused. Only buckets with request metrics have this."),
                Row(
                    "s3-5xx", .average("5xxErrors"), .above(0.05), 15, .missing, .critical,
                    why: "More than 5 % of the requests fail in S3. Only buckets with request metrics have this."),
            ])
        + table(
            .metric, "AWS/S3", "SourceBucket,DestinationBucket,RuleId",
            [
                Row(
                    "s3-replication-failed", .maximum("OperationsFailedReplication"), .above(0), 5, .missing,
                    .critical, why: "Objects are not replicated and stay so until somebody repeats it.")
            ])

    private static let objectLambda = table(
        .metric, "AWS/S3ObjectLambda", "AccessPointName,DataSourceARN",
        [
            Row(
                "s3-object-lambda-4xx", .average("4xxErrors"), .above(0.05), 15,
                why: "More than 5 % of the requests to the access point are refused."),
            Row(
                "s3-object-lambda-5xx", .average("5xxErrors"), .above(0.05), 15, .missing, .critical,
                why: "More than 5 % of the requests to the access point fail."),
            Row(
                "s3-object-lambda-responses", .average("LambdaResponse4xx"), .above(0.05), 15,
                why: "More than 5 % of what the function writes back is refused: its calls of WriteGetObjectResponse."),
        ])
}
