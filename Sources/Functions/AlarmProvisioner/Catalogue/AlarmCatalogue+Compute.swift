import CloudWatchAlarms

extension AlarmCatalogue {
    /// Instances, their groups and disks, and functions.
    static let compute = [ec2, autoScaling, volumes, functions, functionAccount, lambdaInsights].flatMap { $0 }

    private static let ec2 = table(
        .ec2Instance, "AWS/EC2", "InstanceId",
        [
            Row(
                "ec2-cpu", .average("CPUUtilization"), .above(80), .times(3, seconds: 300),
                why: "The processors are busy for a quarter of an hour: AWS advises 70 to 80 %."),
            Row(
                "ec2-status-check", .maximum("StatusCheckFailed"), .atLeast(1), .times(2, seconds: 300), .missing,
                .critical, why: "The instance or the machine below it does not answer its status checks."),
            Row(
                "ec2-attached-ebs", .maximum("StatusCheckFailed_AttachedEBS"), .atLeast(1), 10, .missing, .critical,
                why: "The instance does not reach its volumes, so reads and writes hang."),
            Row(
                "ec2-cpu-credits", .minimum("CPUCreditBalance"), .below("30 * vcpus"), .times(3, seconds: 300),
                where: ["type": ["t2.*", "t3.*", "t3a.*", "t4g.*"]],
                why: "Credits for half an hour at full speed are left; then it slows down, or unlimited mode costs."),
        ])

    private static let autoScaling = table(
        .autoScalingGroup, "AWS/AutoScaling", "AutoScalingGroupName",
        [
            Row(
                "asg-capacity", .average("GroupInServiceCapacity"), .below("minimum_size"), 10, .missing, .critical,
                why:
                    "Fewer instances are in service than the group's minimum. Groups without group metrics have no "
                    + "data."
            )
        ])

    private static let volumes = table(
        .ebsVolume, "AWS/EBS", "VolumeId",
        [
            Row(
                "ebs-stalled", .maximum("VolumeStalledIOCheck"), .atLeast(1), 10, .missing, .critical,
                by: "VolumeId,InstanceId", why: "The volume completes no reads or writes."),
            Row(
                "ebs-burst-balance", .average("BurstBalance"), .below(20), .times(3, seconds: 300),
                where: ["type": ["gp2", "st1", "sc1"]],
                why: "A fifth of the credits for bursts is left; without them the volume falls back to its base "
                    + "speed."),
            Row(
                "ebs-iops-exceeded", .maximum("VolumeIOPSExceededCheck"), .atLeast(1), 10, by: "VolumeId,InstanceId",
                isDefault: false,
                why: "More operations were tried than the volume is provisioned for. Off: batch work does so rightly."),
        ])

    private static let functions = table(
        .lambdaFunction, "AWS/Lambda", "FunctionName",
        [
            Row(
                "lambda-errors", .sum("Errors"), .above(0), 3, .notBreaching, .critical,
                why:
                    "Invocations fail in three minutes in a row. A function that is not invoked has no data and is "
                    + "well."
            ),
            Row(
                "lambda-throttles", .sum("Throttles"), .atLeast(1), 5, .notBreaching, .critical,
                why: "Invocations are refused for want of concurrency."),
            Row(
                "lambda-duration", .p90("Duration"), .above("0.9 * timeout_ms"), 15,
                why: "One invocation in ten takes nine tenths of the time-out, at which it is cut off."),
            Row(
                "lambda-concurrency", .maximum("ConcurrentExecutions"), .above("0.9 * account_concurrency"), 10,
                why: "This function alone takes nine tenths of the region's concurrency, so that others are "
                    + "throttled."),
            Row(
                "lambda-reserved-concurrency", .maximum("ConcurrentExecutions"), .above("0.9 * reserved_concurrency"),
                10,
                why: "Nine tenths of the concurrency that is reserved for the function are used: it will be "
                    + "throttled."),
            Row(
                "lambda-dropped-events", .sum("AsyncEventsDropped"), .above(0), .times(1, seconds: 300),
                .notBreaching, .critical, isDefault: false,
                why: "Events were given up without having been handled. Off: only asynchronous invocations have it."),
            Row(
                "lambda-dead-letter-errors", .sum("DeadLetterErrors"), .above(0), .times(1, seconds: 300),
                .notBreaching, .critical, isDefault: false,
                why: "A failed event did not reach the dead-letter queue and is lost. Off: few functions have one."),
            Row(
                "lambda-destination-failures", .sum("DestinationDeliveryFailures"), .above(0), .times(1, seconds: 300),
                .notBreaching, .critical, isDefault: false,
                why: "A result did not reach its destination and is lost. Off: few functions have one."),
            Row(
                "lambda-iterator-age", .maximum("IteratorAge"), .unknown(.greater), 15,
                why: "The function lags behind its stream. How far it may depends on the stream's retention."),
        ])

    private static let functionAccount = table(
        .account, "AWS/Lambda", "",
        [
            Row(
                "lambda-account-concurrency", .maximum("ClaimedAccountConcurrency"),
                .above("0.9 * account_concurrency"), 10, .notBreaching, .critical,
                why: "Nine tenths of the region's concurrency are taken or reserved: functions will be throttled.")
        ])

    private static let lambdaInsights = table(
        .metric, "LambdaInsights", "function_name",
        [
            Row(
                "lambda-insights-memory", .average("memory_utilization"), .above(90), 10,
                why: "A function that uses all its memory is killed; only functions with Lambda Insights have this.")
        ])
}
