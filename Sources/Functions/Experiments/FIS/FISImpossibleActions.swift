extension FISAction {
    /// The actions that no activity can do, and why.
    static let impossible = onlyFIS.merging(withoutActivity) { first, _ in first }

    /// AWS lets nobody but FIS do these.
    private static let onlyFIS: [String: String] = {
        let injected =
            "only FIS can let AWS's own interfaces fail: run the template by tocsin.fis.actions.run_experiment"
        let paused = "only FIS has the permission for it: run the template by tocsin.fis.actions.run_experiment"
        return [
            "aws:fis:inject-api-internal-error": injected, "aws:fis:inject-api-throttle-error": injected,
            "aws:fis:inject-api-unavailable-error": injected,
            "aws:ec2:api-insufficient-instance-capacity-error": injected,
            "aws:ec2:asg-insufficient-instance-capacity-error": injected,
            "aws:kinesis:stream-expired-iterator-exception": injected,
            "aws:kinesis:stream-provisioned-throughput-exception": injected,
            "aws:directconnect:virtual-interface-disconnect": paused, "aws:dsql:cluster-connection-failure": paused,
            "aws:dynamodb:global-table-pause-replication": paused, "aws:ebs:pause-volume-io": paused,
            "aws:ebs:volume-io-latency": paused, "aws:ec2:send-spot-instance-interruptions": paused,
            "aws:elasticache:replicationgroup-interrupt-az-power": paused,
            "aws:memorydb:multi-region-cluster-pause-replication": paused,
            "aws:arc:start-zonal-autoshift": paused,
        ]
    }()

    /// What other activities do is not the same fault.
    private static let withoutActivity: [String: String] = {
        let task =
            "the faults of hosts and pods do not reach a task of ECS: run the template by "
            + "tocsin.fis.actions.run_experiment"
        let function =
            "FIS injects it by its extension: the faults of tocsin's Lambda activities are configured otherwise"
        let network =
            "no activity changes one subnet, endpoint or gateway only: fail a whole zone, or run the template by "
            + "tocsin.fis.actions.run_experiment"
        return [
            "aws:ecs:drain-container-instances":
                "name the container instances to chaosaws.ecs.actions.update_container_instances_state: a share of a "
                + "cluster it does not take",
            "aws:ecs:task-cpu-stress": task, "aws:ecs:task-io-stress": task, "aws:ecs:task-kill-process": task,
            "aws:ecs:task-network-blackhole-port": task, "aws:ecs:task-network-latency": task,
            "aws:ecs:task-network-packet-loss": task,
            "aws:eks:pod-io-stress": "chaosk8s has no stress of input and output",
            "aws:eks:pod-network-blackhole-port":
                "chaosk8s has no fault of single ports: aws:eks:pod-network-packet-loss of 100 % takes all of them",
            "aws:lambda:invocation-add-delay": function, "aws:lambda:invocation-error": function,
            "aws:lambda:invocation-http-integration-response": function,
            "aws:network:disrupt-connectivity": network, "aws:network:disrupt-vpc-endpoint": network,
            "aws:network:route-table-disrupt-cross-region-connectivity": network,
            "aws:network:transit-gateway-disrupt-cross-region-connectivity": network,
            "aws:s3:bucket-pause-replication":
                "no activity pauses rules of replication: change them by tocsin.aws.actions.call, with an undo",
        ]
    }()
}
