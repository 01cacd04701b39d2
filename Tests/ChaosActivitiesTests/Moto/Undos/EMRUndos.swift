import JSON

extension MotoTests.UndoTests {
    static let emr: [Case] = [
        Case(
            setup: "mapreduce", function: "emr.actions.modify_cluster",
            arguments: ["cluster_id": "<job>", "concurrency": 9],
            removal: ("emr", "terminate_job_flows", ["JobFlowIds": ["<job>"]])),
        Case(
            setup: "mapreduce", function: "emr.actions.modify_instance_groups_instance_count",
            arguments: ["cluster_id": "<job>", "group_id": "<core>", "instance_count": 7],
            removal: ("emr", "terminate_job_flows", ["JobFlowIds": ["<job>"]])),
    ]
}
