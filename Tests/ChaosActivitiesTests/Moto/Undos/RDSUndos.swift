import JSON

extension MotoTests.UndoTests {
    static let rds: [Case] = [
        Case(
            setup: "databases", function: "rds.actions.stop_db_instance",
            arguments: ["db_instance_identifier": "orders"],
            removal: (
                "rds", "delete_db_instance", ["DBInstanceIdentifier": "orders", "SkipFinalSnapshot": true]
            )),
        Case(
            setup: "databases", function: "rds.actions.stop_db_cluster", arguments: ["db_cluster_identifier": "calm"],
            removal: ("rds", "delete_db_cluster", ["DBClusterIdentifier": "calm", "SkipFinalSnapshot": true])),
    ]
}
