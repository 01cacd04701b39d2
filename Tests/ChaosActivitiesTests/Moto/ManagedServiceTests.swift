import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

extension MotoTests {
    /// Where chaosaws cannot be compared with: its defects, and what moto does not have, with answers of a script.
    struct ManagedServiceTests {
        private let clock = TestClock()

        private func scripted(_ function: String, _ arguments: JSONValue, _ replies: JSONObject) throws -> Native {
            try Native(function, arguments, at: Oracle.shared.get().script(replies), time: clock.source)
        }

        /// What was sent to an operation, call by call.
        private func sent(_ operation: String) throws -> [JSONValue] {
            try Oracle.shared.get().scriptedRequests().elements.filter { $0["operation"] == .string(operation) }.map {
                $0["input"]?["body"] ?? $0["input"] ?? .null
            }
        }

        private static func fault(_ code: JSONValue, _ message: JSONValue = "no", _ status: JSONValue = 400)
            -> JSONValue
        {
            ["error": code, "message": message, "status": status]
        }

        // MARK: - What is sent

        /// A call, the script, and what an operation gets.
        struct Sent: Sendable, CustomTestStringConvertible {
            let function: String
            let arguments: JSONValue
            let replies: JSONObject
            let operation: String
            let inputs: [JSONValue]
            var testDescription: String { "\(function) \(arguments)" }
        }

        private static let document = Workspace.root.appending(path: "Tests/ChaosActivitiesTests/oracle/document.json")
            .path
        private static let fleets: JSONObject = [
            "emr:DescribeCluster": [["Cluster": ["Id": "j-1", "Status": ["State": "RUNNING"]]]],
            "emr:ListInstanceFleets": [["InstanceFleets": [["Id": "if-1"]]]], "emr:ModifyInstanceFleet": [[:]],
        ]

        static let inputs: [Sent] = [
            Sent(
                function: "ssm.actions.put_parameter", arguments: ["name": "n", "value": "v"],
                replies: [
                    "ssm:ListTagsForResource": [fault("InvalidResourceId")], "ssm:PutParameter": [["Version": 1]],
                ], operation: "PutParameter", inputs: [["Name": "n", "Value": "v", "Overwrite": false]]),
            Sent(
                function: "ssm.actions.create_document", arguments: ["name": "n", "path_content": .string(document)],
                replies: ["ssm:CreateDocument": [[:]]], operation: "CreateDocument",
                inputs: [
                    ["Name": "n", "Content": .string((try? String(contentsOfFile: document, encoding: .utf8)) ?? "")]
                ]),
            Sent(
                function: "rds.actions.failover_db_cluster", arguments: ["db_cluster_identifier": "c"],
                replies: ["rds:DescribeDBClusters": [["DBClusters": []]], "rds:FailoverDBCluster": [[:]]],
                operation: "FailoverDBCluster", inputs: [["DBClusterIdentifier": "c"]]),
            Sent(
                function: "emr.actions.modify_instance_fleet",
                arguments: ["cluster_id": "j-1", "fleet_id": "if-1", "spot_capacity": 0], replies: fleets,
                operation: "ModifyInstanceFleet",
                inputs: [
                    ["ClusterId": "j-1", "InstanceFleet": ["InstanceFleetId": "if-1", "TargetSpotCapacity": 0]]
                ]),
            Sent(
                function: "emr.probes.list_cluster_group_instances",
                arguments: ["cluster_id": "j-1", "group_id": "ig-1", "group_type": "CORE"],
                replies: ["emr:ListInstances": [["Instances": []]]], operation: "ListInstances",
                inputs: [["ClusterId": "j-1", "InstanceGroupId": "ig-1", "InstanceGroupTypes": ["CORE"]]]),
            Sent(
                function: "elasticache.actions.reboot_cache_clusters", arguments: ["cluster_ids": ["a", "b"]],
                replies: [
                    "elasticache:DescribeCacheClusters": .array((caches + caches).map { ["CacheClusters": [$0]] }),
                    "elasticache:RebootCacheCluster": [["CacheCluster": [:]]],
                ], operation: "RebootCacheCluster",
                inputs: [
                    ["CacheClusterId": "a", "CacheNodeIdsToReboot.CacheNodeId.1": "0001"],
                    ["CacheClusterId": "b", "CacheNodeIdsToReboot.CacheNodeId.1": "0007"],
                ]),
            Sent(
                function: "incidents.probes.get_active_incident_items", arguments: [:],
                replies: [
                    "ssm-incidents:ListIncidentRecords": [["incidentRecordSummaries": [incident]]],
                    "ssm-incidents:ListRelatedItems": [["relatedItems": []]],
                ], operation: "ListRelatedItems", inputs: [["incidentRecordArn": "arn:1", "maxResults": 10]]),
        ]

        private static let caches: [JSONValue] = [
            ["CacheClusterId": "a", "CacheNodes": [["CacheNodeId": "0001"]]],
            ["CacheClusterId": "b", "CacheNodes": [["CacheNodeId": "0007"]]],
        ]
        private static let incident: JSONValue = [
            "arn": "arn:1", "title": "t", "status": "OPEN", "impact": 1, "creationTime": "2026-11-20T00:00:00Z",
            "incidentRecordSource": ["createdBy": "someone", "source": "aws.cloudwatch"],
        ]

        @Test("what chaosaws leaves out, mixes up or sends as None is sent as the service takes it", arguments: inputs)
        func isSent(_ test: Sent) async throws {
            defer { _ = try? Oracle.shared.get().script([:]) }
            _ = try await scripted(test.function, test.arguments, test.replies).run()
            #expect(try sent(test.operation) == test.inputs)
        }

        // MARK: - What is told

        /// A call, the script, and its output or the end of its error.
        struct Told: Sendable, CustomTestStringConvertible {
            let function: String
            let arguments: JSONValue
            let replies: JSONObject
            var output: JSONValue?
            var error = ""
            var testDescription: String { "\(function) \(replies)" }
        }

        static let outputs: [Told] = [
            Told(
                function: "incidents.probes.get_active_incident_items", arguments: [:],
                replies: ["ssm-incidents:ListIncidentRecords": [["incidentRecordSummaries": []]]],
                error: "ActivityFailed: no incident with the status OPEN matches"),
            Told(
                function: "msk.probes.get_bootstrap_servers", arguments: ["cluster_arn": "arn:c"],
                replies: ["kafka:GetBootstrapBrokers": [["BootstrapBrokerStringTls": "b-1:9094,b-2:9094"]]],
                output: ["b-1:9094", "b-2:9094"]),
            Told(
                function: "msk.probes.get_bootstrap_servers", arguments: ["cluster_arn": "arn:c"],
                replies: ["kafka:GetBootstrapBrokers": [[:]]], error: "the cluster has no bootstrap brokers yet"),
            Told(
                function: "route53.probes.get_hosted_zone", arguments: ["zone_id": "Z1"],
                replies: ["route53:GetHostedZone": [fault("AccessDenied", "not yours", 403)]],
                error: "ActivityFailed: not yours"),
            Told(
                function: "s3.probes.object_exists", arguments: ["bucket_name": "b", "object_key": "k"],
                replies: [
                    "s3:ListBuckets": [["Buckets": [["Name": "b"]]]], "s3:HeadObject": [fault("AccessDenied", "", 403)],
                ], error: "when calling the HeadObject operation: Forbidden"),
            Told(
                function: "rds.probes.instance_status",
                arguments: ["filters": [["Name": "engine", "Values": ["none"]]]],
                replies: ["rds:DescribeDBInstances": [["DBInstances": []]]],
                error: "no instance(s) found matching [{'Name': 'engine', 'Values': ['none']}]"),
            Told(
                function: "rds.actions.delete_db_cluster_endpoint", arguments: ["db_cluster_identifier": "c"],
                replies: [
                    "rds:DescribeDBClusters": [["DBClusters": []]],
                    "rds:DescribeDBClusterEndpoints": [["DBClusterEndpoints": [["EndpointType": "WRITER"]]]],
                ], error: "the cluster c has no custom endpoint that could be deleted"),
            Told(
                function: "emr.actions.modify_instance_fleet",
                arguments: ["cluster_id": "j-1", "fleet_id": "if-2", "spot_capacity": 1], replies: fleets,
                error: "the cluster has no instance fleet if-2"),
        ]

        @Test("what chaosaws hides or stumbles over is told", arguments: outputs)
        func isTold(_ test: Told) async throws {
            defer { _ = try? Oracle.shared.get().script([:]) }
            let native = try scripted(test.function, test.arguments, test.replies)
            if let output = test.output {
                #expect(try await native.run().output == output)
            } else {
                let error = await #expect(throws: ExperimentError.self) { try await native.run() }
                #expect(error?.message.hasSuffix(test.error) == true, "\(error?.message ?? "")")
            }
        }

        @Test("the latest traces are the latest of all pages, whatever the order of the service")
        func latestTraces() async throws {
            defer { _ = try? Oracle.shared.get().script([:]) }
            func page(_ ids: [JSONValue], _ token: JSONValue? = nil) -> JSONValue {
                var page: JSONObject = ["TraceSummaries": .array(ids.map { ["Id": $0] })]
                page["NextToken"] = token
                return .object(page)
            }
            let native = try scripted(
                "xray.probes.get_traces", ["quantity": 2],
                [
                    "xray:GetTraceSummaries": [
                        page(["1-00000005-a", "1-00000002-b"], "more"), page(["1-00000009-c", "1-00000001-d"]),
                    ], "xray:BatchGetTraces": [["Traces": []]],
                ])
            _ = try await native.run()
            #expect(try sent("BatchGetTraces") == [["TraceIds": ["1-00000005-a", "1-00000009-c"]]])
            #expect(try sent("GetTraceSummaries").map { $0["NextToken"] } == [nil, "more"])
        }

        // MARK: - Undos

        private func outcome(_ native: Native, _ before: JSONValue) async throws -> RestoreOutcome {
            let undo = try #require(native.activity.undo)
            let target = try #require(try await native.activity.targets(native.invocation).first)
            try await undo.restore(native.invocation, target, before)
            return try await undo.check(native.invocation, target, before)
        }

        private static func databases(_ statuses: [JSONValue]) -> JSONValue {
            .array(statuses.map { ["DBInstances": [["DBInstanceIdentifier": "d", "DBInstanceStatus": $0]]] })
        }

        @Test("a database that is still stopping is started once when it has stopped, and waited for")
        func stopping() async throws {
            defer { _ = try? Oracle.shared.get().script([:]) }
            let native = try scripted(
                "rds.actions.stop_db_instance", ["db_instance_identifier": "d"],
                [
                    "rds:DescribeDBInstances": Self.databases([
                        "stopping", "stopping", "stopping", "stopped", "stopped", "starting", "available",
                    ]), "rds:StartDBInstance": [[:]],
                ])
            #expect(try await outcome(native, ["status": "available"]) == .restored)
            #expect(try sent("StartDBInstance").count == 1)
            #expect(clock.sleeps.count == 4)
        }

        @Test("a database that does not start in time is told, and one that was stopped before is left alone")
        func notStarted() async throws {
            defer { _ = try? Oracle.shared.get().script([:]) }
            let replies: JSONObject = [
                "rds:DescribeDBInstances": Self.databases(["stopped"]), "rds:StartDBInstance": [[:]],
            ]
            let native = try scripted("rds.actions.stop_db_instance", ["db_instance_identifier": "d"], replies)
            #expect(
                try await outcome(native, ["status": "available"]) == .stillBroken("the instance d is stopped"))
            let other = try scripted("rds.actions.stop_db_instance", ["db_instance_identifier": "d"], replies)
            #expect(try await outcome(other, ["status": "stopped"]) == .restored)
            #expect(other.changes.isEmpty)
        }

        private static let running: JSONValue = ["Cluster": ["Id": "j-1", "Status": ["State": "RUNNING"]]]

        @Test("the capacities of a fleet are set back, both of them")
        func fleetCapacity() async throws {
            defer { _ = try? Oracle.shared.get().script([:]) }
            func fleet(_ onDemand: JSONValue) -> JSONValue {
                ["InstanceFleets": [["Id": "if-1", "TargetOnDemandCapacity": onDemand, "TargetSpotCapacity": 3]]]
            }
            let native = try scripted(
                "emr.actions.modify_instance_fleet",
                ["cluster_id": "j-1", "fleet_id": "if-1", "on_demand_capacity": 0],
                [
                    "emr:DescribeCluster": [Self.running], "emr:ModifyInstanceFleet": [[:]],
                    "emr:ListInstanceFleets": [fleet(0), fleet(0), fleet(2)],
                ])
            #expect(
                try await outcome(native, ["TargetOnDemandCapacity": 2, "TargetSpotCapacity": 3]) == .restored)
            #expect(
                try sent("ModifyInstanceFleet") == [
                    [
                        "ClusterId": "j-1",
                        "InstanceFleet": [
                            "InstanceFleetId": "if-1", "TargetOnDemandCapacity": 2, "TargetSpotCapacity": 3,
                        ],
                    ]
                ])
        }

        @Test("a shrink policy is set back")
        func shrinkPolicy() async throws {
            defer { _ = try? Oracle.shared.get().script([:]) }
            func group(_ timeout: JSONValue) -> JSONValue {
                ["InstanceGroups": [["Id": "ig-1", "ShrinkPolicy": ["DecommissionTimeout": timeout]]]]
            }
            let native = try scripted(
                "emr.actions.modify_instance_groups_shrink_policy",
                ["cluster_id": "j-1", "group_id": "ig-1", "decommission_timeout": 5],
                [
                    "emr:DescribeCluster": [Self.running], "emr:ModifyInstanceGroups": [[:]],
                    "emr:ListInstanceGroups": [group(5), group(5), group(60)],
                ])
            #expect(try await outcome(native, ["before": ["DecommissionTimeout": 60]]) == .restored)
            #expect(
                try sent("ModifyInstanceGroups") == [
                    [
                        "ClusterId": "j-1",
                        "InstanceGroups": [["InstanceGroupId": "ig-1", "ShrinkPolicy": ["DecommissionTimeout": 60]]],
                    ]
                ])
        }

        @Test("a custom endpoint is created again when its name is free, and waited for")
        func clusterEndpoint() async throws {
            defer { _ = try? Oracle.shared.get().script([:]) }
            func endpoint(_ status: JSONValue?) -> JSONValue {
                let known: [JSONValue] =
                    status.map {
                        [
                            [
                                "DBClusterEndpointIdentifier": "reports", "EndpointType": "CUSTOM", "Status": $0,
                                "CustomEndpointType": "READER", "StaticMembers": ["b", "a"],
                            ]
                        ]
                    } ?? []
                return ["DBClusterEndpoints": .array(known)]
            }
            let native = try scripted(
                "rds.actions.delete_db_cluster_endpoint", ["db_cluster_identifier": "c"],
                [
                    "rds:DescribeDBClusters": [["DBClusters": []]], "rds:CreateDBClusterEndpoint": [[:]],
                    "rds:DescribeDBClusterEndpoints": [
                        endpoint("available"), endpoint("available"), endpoint("deleting"), endpoint(nil),
                        endpoint("creating"), endpoint("available"),
                    ],
                ])
            let undo = try #require(native.activity.undo)
            let target = try #require(try await native.activity.targets(native.invocation).first)
            let before = try await undo.capture(native.invocation, target)
            try await undo.restore(native.invocation, target, before)
            #expect(try await undo.check(native.invocation, target, before) == .restored)
            #expect(
                try sent("CreateDBClusterEndpoint") == [
                    [
                        "DBClusterIdentifier": "c", "DBClusterEndpointIdentifier": "reports",
                        "EndpointType": "READER", "StaticMembers.member.1": "a", "StaticMembers.member.2": "b",
                    ]
                ])
        }

        @Test("of a secret parameter only the version is remembered")
        func secretParameter() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("parameters")
            let native = try Native(
                "ssm.actions.put_parameter", ["name": "/shop/secret", "value": "x", "overwrite": true], at: oracle.url)
            let targets = try await native.activity.targets(native.invocation)
            #expect(targets.map(\.tags) == [["team": "shop"]])
            #expect(
                try await native.activity.undo?.capture(native.invocation, targets[0]) == ["version": 1])
        }

        @Test("a parameter of the same name with another value is not deleted, and a lost version is told")
        func othersParameter() async throws {
            defer { _ = try? Oracle.shared.get().script([:]) }
            let history: JSONObject = [
                "ssm:ListTagsForResource": [Self.fault("InvalidResourceId")],
                "ssm:GetParameterHistory": [
                    ["Parameters": [["Name": "n", "Version": 8, "Value": "theirs", "Type": "String"]]]
                ],
            ]
            let native = try scripted("ssm.actions.put_parameter", ["name": "n", "value": "ours"], history)
            #expect(try await outcome(native, ["version": nil]) == .restored)
            #expect(
                try await outcome(native, ["version": 2])
                    == .stillBroken("the history of n does not have its version 2 any more"))
            #expect(native.changes.isEmpty)
        }

        @Test("an object of a bucket without versions is gone for good, and so is a version that was named")
        func deletedObject() async throws {
            let oracle = try Oracle.shared.get()
            for arguments: JSONValue in [
                ["bucket_name": "plain", "object_key": "a/b c.txt"],
                ["bucket_name": "kept", "object_key": "a/b c.txt", "version_id": "<version>"],
            ] {
                let names = try oracle.prepare("buckets")
                oracle.discardState()
                let native = try Native("s3.actions.delete_object", arguments.filled(names), at: oracle.url)
                let undo = try #require(native.activity.undo)
                let targets = try await native.activity.targets(native.invocation)
                #expect(targets.map(\.tags) == [["team": "shop"]])
                let before = try await undo.capture(native.invocation, targets[0])
                _ = try await native.activity.run(native.invocation, targets)
                try await undo.restore(native.invocation, targets[0], before)
                guard case .nothingLeft(let reason) = try await undo.check(native.invocation, targets[0], before) else {
                    Issue.record("\(arguments)")
                    continue
                }
                #expect(reason.contains("gone for good"))
                #expect(native.changes == ["s3:DeleteObject"])
            }
        }
    }
}
