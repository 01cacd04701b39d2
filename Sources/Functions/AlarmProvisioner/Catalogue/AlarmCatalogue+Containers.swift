import CloudWatchAlarms

extension AlarmCatalogue {
    /// ECS and EKS by what the services themselves write; see `containerInsights` for the rest.
    static let containers = [ecsClusters, ecsServices, eksClusters, eksNodeGroups].flatMap { $0 }

    private static let ecsClusters = table(
        .ecsCluster, "AWS/ECS", "ClusterName",
        [
            Row(
                "ecs-cpu-reservation", .average("CPUReservation"), .above(80), 5,
                why: "Tasks have reserved four fifths of the processors: few more have room. Fargate has no data."),
            Row(
                "ecs-memory-reservation", .average("MemoryReservation"), .above(80), 5,
                why: "Tasks have reserved four fifths of the memory: few more have room. Fargate has no data."),
        ])

    private static let ecsServices = table(
        .ecsService, "AWS/ECS", "ClusterName,ServiceName",
        [
            Row(
                "ecs-cpu", .average("CPUUtilization"), .above(80), 5, .breaching,
                why: "The tasks use four fifths of their processors, or none runs."),
            Row(
                "ecs-memory", .average("MemoryUtilization"), .above(80), 5, .breaching,
                why: "The tasks use four fifths of their memory, or none runs; one that needs more is killed."),
            Row(
                "ecs-ebs-filesystem", .average("EBSFilesystemUtilization"), .above(90), 5,
                why: "The volumes of the tasks are nearly full: writes will fail. Only tasks with volumes have this."),
            Row(
                "ecs-5xx", .sum("HTTPCode_Target_5XX_Count"), .unknown(.greater), 5, .notBreaching, .critical,
                why:
                    "Tasks answer with errors. How many are too many depends on the traffic; ecs-5xx-share needs no "
                    + "number."
            ),
            Row(
                "ecs-5xx-share",
                .sums(["e": "HTTPCode_Target_5XX_Count", "r": "RequestCount"], "100 * FILL(e, 0) / r"), .above(5), 5,
                .notBreaching, .critical, isDefault: false,
                why:
                    "More than 5 % of the requests fail, AWS's advice. Off: only services with Service Connect have it."
            ),
            Row(
                "ecs-response-time", .average("TargetResponseTime"), .unknown(.greater), 5,
                why: "Tasks answer slowly. What is slow depends on the service."),
        ])

    private static let eksClusters = table(
        .eksCluster, "AWS/EKS", "ClusterName",
        [
            Row(
                "eks-unschedulable", .sum("scheduler_schedule_attempts_UNSCHEDULABLE"), .above(0), 15, .notBreaching,
                why: "Pods find no node in each of 15 minutes: the cluster is too small, or a request cannot be met."),
            Row(
                "eks-scheduler-errors", .sum("scheduler_schedule_attempts_ERROR"), .above(0), 5, .notBreaching,
                .critical, why: "The scheduler fails to place pods because of internal errors."),
        ])

    private static let eksNodeGroups = table(
        .eksNodeGroup, "AWS/AutoScaling", "AutoScalingGroupName",
        [
            Row(
                "eks-nodes", .average("GroupInServiceInstances"), .below("minimum_size"), 10, .missing, .critical,
                why:
                    "Fewer nodes are in service than the node group's minimum. Groups without group metrics have no "
                    + "data."
            )
        ])
}
