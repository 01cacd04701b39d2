import CloudWatchAlarms

extension AlarmCatalogue {
    /// What Container Insights writes for clusters that have it; only `ListMetrics` tells which have.
    static let containerInsights = [ecsInsights, eksNodes, eksPods, eksContainers, eksControlPlane].flatMap { $0 }

    private static let ecsInsights = table(
        .metric, "ECS/ContainerInsights", "ClusterName,ServiceName",
        [
            Row(
                "ecs-insights-cluster-task-cpu", .average("TaskCpuUtilization"), .above(80), 5, .notBreaching,
                by: "ClusterName", why: "The tasks of the cluster use four fifths of their processors."),
            Row(
                "ecs-insights-task-cpu", .average("TaskCpuUtilization"), .above(80), 5, .notBreaching,
                why: "The tasks of the service use four fifths of their processors."),
            Row(
                "ecs-insights-cluster-container-cpu", .average("ContainerCpuUtilization"), .above(80), 5,
                .notBreaching, by: "ClusterName",
                why: "The containers of the cluster use four fifths of their processors."),
            Row(
                "ecs-insights-container-cpu", .average("ContainerCpuUtilization"), .above(80), 5, .notBreaching,
                why: "The containers of the service use four fifths of their processors."),
            Row(
                "ecs-insights-storage-used", .average("EphemeralStorageUtilized"), .above(90), 5, .notBreaching,
                isDefault: false,
                why:
                    "The tasks use 90 GB of their own storage. Off: few have that much; the per cent are in "
                    + "ecs-insights-storage."
            ),
            Row(
                "ecs-insights-cluster-storage", .average("TaskEphemeralStorageUtilization"), .above(80), 5,
                .notBreaching, by: "ClusterName", why: "The tasks of the cluster use four fifths of their storage."),
            Row(
                "ecs-insights-storage", .average("TaskEphemeralStorageUtilization"), .above(80), 5, .notBreaching,
                why: "The tasks of the service use four fifths of their storage: writes will fail."),
            Row(
                "ecs-insights-cluster-task-memory", .average("TaskMemoryUtilization"), .above(80), 5, .notBreaching,
                by: "ClusterName", why: "The tasks of the cluster use four fifths of their memory."),
            Row(
                "ecs-insights-task-memory", .average("TaskMemoryUtilization"), .above(80), 5, .notBreaching,
                why: "The tasks of the service use four fifths of their memory; one that needs more is killed."),
            Row(
                "ecs-insights-cluster-container-memory", .average("ContainerMemoryUtilization"), .above(80), 5,
                .notBreaching, by: "ClusterName",
                why: "The containers of the cluster use four fifths of their memory."),
            Row(
                "ecs-insights-container-memory", .average("ContainerMemoryUtilization"), .above(80), 5, .notBreaching,
                why: "The containers of the service use four fifths of their memory; one that needs more is killed."),
            Row(
                "ecs-insights-running-tasks", .average("RunningTaskCount"), .atMost(0), 5, .notBreaching, .critical,
                why: "No task of the service runs."),
            Row(
                "ecs-insights-instance-filesystem", .average("instance_filesystem_utilization"), .above(80), 5,
                .notBreaching, by: "InstanceId,ContainerInstanceId,ClusterName",
                why: "The disks of a container instance are four fifths full: new images do not fit."),
        ])

    private static let eksNodes = table(
        .metric, "ContainerInsights", "ClusterName",
        [
            Row(
                "eks-node-cpu-reserved", .average("node_cpu_reserved_capacity"), .above(80), 3, .notBreaching,
                why: "Pods have reserved four fifths of the nodes' processors: new ones will wait."),
            Row(
                "eks-node-cpu", .maximum("node_cpu_utilization"), .above(80), 3, .notBreaching,
                why: "A node's processors are busy for four fifths of the time."),
            Row(
                "eks-node-filesystem", .maximum("node_filesystem_utilization"), .above(80), 5, .notBreaching,
                .critical,
                why:
                    "A node's disk fills up: at 85 % the kubelet deletes images, at 90 % it evicts pods (its own "
                    + "defaults)."
            ),
            Row(
                "eks-node-memory-reserved", .average("node_memory_reserved_capacity"), .above(85), .of(2, 3),
                .notBreaching, why: "Pods have reserved most of the nodes' memory: new ones will wait."),
            Row(
                "eks-node-memory", .maximum("node_memory_utilization"), .above(80), .of(2, 3), .breaching,
                why: "A node's memory is four fifths full, or no node reports."),
        ])

    private static let eksPods = table(
        .metric, "ContainerInsights", "ClusterName,Namespace",
        [
            Row(
                "eks-pod-cpu-reserved", .average("pod_cpu_reserved_capacity"), .above(70), .of(3, 5), .notBreaching,
                why: "The namespace's pods reserve most of a node's processors."),
            Row(
                "eks-pod-cpu", .average("pod_cpu_utilization"), .above(80), .of(3, 5), .notBreaching,
                why: "The namespace's pods keep the processors busy."),
            Row(
                "eks-pod-cpu-limit", .maximum("pod_cpu_utilization_over_pod_limit"), .above(80), .of(3, 5),
                .breaching, by: "ClusterName,Namespace,Service",
                why:
                    "A pod of the service nears its limit of processor time, at which it is slowed down, or none "
                    + "reports."
            ),
            Row(
                "eks-pod-memory-reserved", .average("pod_memory_reserved_capacity"), .above(70), .of(3, 5),
                .notBreaching, why: "The namespace's pods reserve most of a node's memory."),
            Row(
                "eks-pod-memory", .average("pod_memory_utilization"), .above(75), .of(3, 4), .notBreaching,
                why: "The namespace's pods use most of the memory."),
            Row(
                "eks-pod-memory-limit", .maximum("pod_memory_utilization_over_pod_limit"), .above(80), 5, .breaching,
                .critical, by: "ClusterName,Namespace,Service",
                why: "A pod of the service nears its limit of memory, at which it is killed, or none reports."),
            Row(
                "eks-pods-pending", .maximum("pod_status_pending"), .above(3), .of(8, 10), .notBreaching,
                why: "More than three pods wait for a node."),
        ])

    private static let eksContainers = table(
        .metric, "ContainerInsights", "ClusterName,Namespace,PodName",
        [
            Row(
                "eks-container-cpu", .average("container_cpu_utilization"), .above(85), .of(3, 5), .notBreaching,
                why: "The pod's containers keep the processors busy."),
            Row(
                "eks-container-memory", .average("container_memory_utilization"), .above(80), .of(2, 3),
                .notBreaching, why: "The pod's containers use most of the memory."),
            Row(
                "eks-container-filesystem", .maximum("container_filesystem_utilization"), .above(85), 5,
                .notBreaching, .critical, why: "A container's file system fills up: writes will fail."),
        ])

    private static let eksControlPlane = table(
        .metric, "ContainerInsights", "ClusterName",
        [
            Row(
                "eks-api-latency", .average("apiserver_request_duration_seconds"), .above(0.25), .of(2, 3),
                .notBreaching, why: "The API server takes a quarter of a second; healthy ones take less than 100 ms."),
            Row(
                "eks-client-latency", .average("rest_client_request_duration_seconds"), .above(0.5), .of(2, 3),
                .notBreaching, why: "Kubernetes's own components wait half a second for the API server."),
            Row(
                "eks-etcd-latency", .average("etcd_request_duration_seconds"), .above(0.1), .of(2, 3), .notBreaching,
                why: "etcd takes 100 ms; healthy ones take less than 50 ms, and everything waits for it."),
            Row(
                "eks-api-5xx-upper-case", .sum("apiserver_request_total_5XX"), .above(10), 5, .notBreaching,
                .critical,
                why: "The API server fails more than ten requests a minute; this agent spells 5XX in capitals."),
            Row(
                "eks-api-list-latency", .average("apiserver_storage_list_duration_seconds"), .unknown(.greater), 5,
                why: "Lists are read slowly from etcd. What is slow depends on the cluster's size."),
            Row(
                "eks-api-5xx", .sum("apiserver_request_total_5xx"), .above(10), 5, .notBreaching, .critical,
                why: "The API server fails more than ten requests a minute."),
        ])
}
