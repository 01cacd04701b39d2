import JSON

extension MotoTests.ChaosawsTests {
    static let rds: [Case] = failovers + stops + deletions + probes

    private static let failovers: [Case] = [
        Case(
            "databases", "rds.actions.failover_db_cluster",
            ["db_cluster_identifier": "aurora", "target_db_instance_identifier": "aurora-1"],
            // moto invents them anew.
            except: ["Endpoint", "ReaderEndpoint", "DbClusterResourceId", "HostedZoneId"]),
        Case(
            "databases", "rds.actions.failover_db_cluster",
            ["db_cluster_identifier": "nope", "target_db_instance_identifier": "aurora-1"]),
        Case("databases", "rds.actions.failover_db_cluster", ["db_cluster_identifier": ""]),
        Case("databases", "rds.actions.reboot_db_instance", ["db_instance_identifier": "orders"]),
        Case(
            "databases", "rds.actions.reboot_db_instance",
            ["db_instance_identifier": "orders", "force_failover": true],
            script: [
                "rds:RebootDBInstance": [
                    [
                        "error": "InvalidParameterCombination", "status": 400,
                        "message": "The specified DB instance is not Multi-AZ.",
                    ]
                ]
            ]),
        Case("databases", "rds.actions.reboot_db_instance", ["db_instance_identifier": "nope"]),
        Case("databases", "rds.actions.reboot_db_instance", ["db_instance_identifier": ""]),
    ]

    private static let stops: [Case] =
        [
            ["db_instance_identifier": "orders"], ["db_instance_identifier": "idle"],
            ["db_instance_identifier": "nope"],
            ["db_instance_identifier": "orders", "db_snapshot_identifier": "last"],
        ].map { Case("databases", "rds.actions.stop_db_instance", $0) }
        + ["calm", "nope"].map { Case("databases", "rds.actions.stop_db_cluster", ["db_cluster_identifier": $0]) }

    private static let deletions: [Case] =
        [
            ["db_instance_identifier": "orders"], ["db_instance_identifier": "nope"],
            ["db_instance_identifier": "orders", "skip_final_snapshot": false, "db_snapshot_identifier": "last"],
            ["db_instance_identifier": "orders", "skip_final_snapshot": false],
            ["db_instance_identifier": "orders", "delete_automated_backups": false],
        ].map { Case("databases", "rds.actions.delete_db_instance", $0) }
        + [
            ["db_cluster_identifier": "calm"], ["db_cluster_identifier": "nope"],
            ["db_cluster_identifier": "calm", "skip_final_snapshot": false, "db_snapshot_identifier": "last"],
            ["db_cluster_identifier": "calm", "skip_final_snapshot": false],
        ].map { Case("databases", "rds.actions.delete_db_cluster", $0) }
        + [
            Case(
                "databases", "rds.actions.delete_db_cluster_endpoint", ["db_cluster_identifier": "aurora"],
                script: [
                    "rds:DescribeDBClusterEndpoints": [
                        [
                            "DBClusterEndpoints": [
                                ["DBClusterIdentifier": "aurora", "EndpointType": "WRITER"],
                                [
                                    "DBClusterIdentifier": "aurora", "DBClusterEndpointIdentifier": "reports",
                                    "EndpointType": "CUSTOM", "CustomEndpointType": "READER",
                                ],
                            ]
                        ]
                    ],
                    "rds:DeleteDBClusterEndpoint": [
                        ["DBClusterEndpointIdentifier": "reports", "Status": "deleting"]
                    ],
                ],
                // chaosaws sends the address of the writer, which is no identifier, and asks for no endpoints.
                except: ["DBClusterEndpointIdentifier"], uncompared: ["DescribeDBClusterEndpoints"]),
            Case("databases", "rds.actions.delete_db_cluster_endpoint", ["db_cluster_identifier": "nope"]),
        ]

    private static let probes: [Case] =
        [
            ["instance_id": "orders"], ["instance_id": "nope"], [:],
            ["instance_id": "orders", "filters": [["Name": "engine", "Values": ["postgres"]]]],
            ["filters": [["Name": "engine", "Values": ["postgres"]]]],
            ["filters": [["Name": "db-instance-id", "Values": ["orders"]]]],
        ].map { Case("databases", "rds.probes.instance_status", $0, isUnordered: true) }
        + [
            ["cluster_id": "aurora"], ["cluster_id": "nope"], [:],
            ["filters": [["Name": "db-cluster-id", "Values": ["aurora", "calm"]]]],
        ].map { Case("databases", "rds.probes.cluster_status", $0, isUnordered: true) }
        + ["aurora", "calm", "nope"].map {
            Case("databases", "rds.probes.cluster_membership_count", ["cluster_id": $0])
        }
}
