import Basics
import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

extension MotoTests {
    /// What chaosaws's functions of ECS, EKS, load balancers, rules and Lambda do wrong is right here.
    struct ServiceDefectTests {
        /// An activity on a state of moto, with the answers of some operations.
        private static func native(
            _ setup: String, _ function: String, _ arguments: JSONValue, script: JSONObject = [:]
        ) throws -> (native: Native, oracle: Oracle) {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare(setup)
            let url = try oracle.script(script, filledWith: names)
            oracle.discardState()
            return (try Native(function, arguments.filled(names), at: url, time: TestClock().source), oracle)
        }

        @Test(
            "what cannot be done is refused with a reason, before anything is changed",
            arguments: [
                (
                    "ecs_settings", "ecs.actions.update_desired_count",
                    ["cluster": "pool", "service": "back", "desired_count": -1], [:],
                    "desired_count must be 0 or more, it is -1"
                ),
                (
                    "ecs_settings", "ecs.actions.update_container_instances_state",
                    ["cluster": "pool", "container_instances": ["nope"], "status": "DRAINING"], [:],
                    "unable to locate container instance(s): ['nope'] on cluster: pool"
                ),
                (
                    "ecs_settings", "ecs.actions.update_container_instances_state",
                    ["cluster": "pool", "container_instances": [], "status": "DRAINING"], [:],
                    "container_instances must be a list of ids or ARNs, and not empty"
                ),
                (
                    "balancers", "elbv2.actions.deregister_target", ["tg_name": "empty"], [:],
                    "the target group empty has no target that could be deregistered"
                ),
                (
                    "balancers", "elbv2.actions.delete_load_balancer", ["load_balancer_names": []], [:],
                    "load_balancer_names must be a list of names, and not empty"
                ),
                (
                    "rules", "cloudwatch.actions.remove_rule_targets", ["rule_name": "off"], [:],
                    "the rule off has no targets to remove"
                ),
                (
                    // chaosaws does not read the layers that a function has before.
                    "lambda", "awslambda.actions.add_layer", ["function_name": "nope", "layer": "<layer1>"], [:],
                    "Function not found: arn:aws:lambda:eu-central-1:123456789012:function:nope"
                ),
                (
                    "lambda", "awslambda.actions.add_latency", ["function_name": "front"],
                    [
                        "lambda:GetFunctionConfiguration": [
                            [
                                "FunctionName": "front", "FunctionArn": "<queue>",
                                "Environment": ["Error": ["ErrorCode": "x", "Message": "no key"]],
                            ]
                        ], "lambda:ListTags": [["Tags": [:]]],
                    ],
                    "the environment variables of front cannot be read, so they are not changed: no key"
                ),
                (
                    "lambda", "tocsin.lambda.actions.remove_environment_variable",
                    ["function_name": "front", "name": "NONE"], [:],
                    "the function has no environment variable NONE"
                ),
                (
                    "lambda", "tocsin.lambda.actions.inject_failure",
                    ["function_name": "front", "failure_mode": "slow"], [:],
                    "failure_mode is slow, it must be one of latency, exception, statuscode, diskspace, denylist"
                ),
                (
                    "lambda", "tocsin.lambda.actions.inject_failure", ["function_name": "front", "rate": 1.5], [:],
                    "rate is 1.5, it must be from 0 to 1"
                ),
                (
                    "lambda", "tocsin.lambda.actions.inject_failure", ["function_name": "layered"], [:],
                    "the function layered has no environment variable FAILURE_INJECTION_PARAM: wrap its handler with "
                        + "failure-lambda and set it to the name of a parameter, or give parameter"
                ),
                (
                    "lambda", "tocsin.lambda.actions.stop_failure",
                    ["function_name": "front", "parameter": "none"], [:], "there is no parameter none"
                ),
            ] as [(String, String, JSONValue, JSONObject, String)])
        func refused(
            setup: String, function: String, arguments: JSONValue, script: JSONObject, message: String
        ) async throws {
            let (native, oracle) = try Self.native(setup, function, arguments, script: script)
            defer { _ = try? oracle.script([:]) }
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(error?.message == "chaoslib.exceptions.ActivityFailed: " + message)
            #expect(native.changes.isEmpty)
        }

        @Test("container instances are drained, which chaosaws asks boto3 for by a name that it does not have")
        func containerInstances() async throws {
            let (native, oracle) = try Self.native(
                "ecs_settings", "ecs.actions.update_container_instances_state",
                ["cluster": "pool", "container_instances": ["<member1>"], "status": "DRAINING"])
            let names = try oracle.prepare("ecs_settings")
            let (targets, output) = try await native.run()
            oracle.discardState()
            #expect(targets.map(\.id) == ["pool/\(names["member1"] ?? "")"])
            #expect(output["containerInstances"]?[0]?["status"] == "DRAINING")
            #expect(output["failures"] == [])
        }

        @Test("a target that is being deregistered is not chosen, one without a port is sent without")
        func deregistration() async throws {
            let rows: JSONValue = [
                "TargetHealthDescriptions": [
                    ["Target": ["Id": "i-1", "Port": 80], "TargetHealth": ["State": "draining"]],
                    ["Target": ["Id": "function"], "TargetHealth": ["State": "healthy"]],
                ]
            ]
            let (native, oracle) = try Self.native(
                "balancers", "elbv2.actions.deregister_target", ["tg_name": "front"],
                script: ["elbv2:DescribeTargetHealth": [rows], "elbv2:DeregisterTargets": [[:]]])
            defer { _ = try? oracle.script([:]) }
            let (targets, _) = try await native.run()
            #expect(targets.map(\.id) == ["front/function"])
            #expect(targets.map(\.candidates) == [1])
            #expect(targets.map(\.tags) == [["team": "a"]])
            let sent = try oracle.scriptedRequests().elements.last?["input"]
            #expect(sent?["Targets.member.1.Id"] == "function")
            #expect(sent?["Targets.member.1.Port"] == nil)
        }

        @Test("what a load balancing service refuses is told with the group")
        func refusedDeregistration() async throws {
            let (native, oracle) = try Self.native(
                "balancers", "elbv2.actions.deregister_target", ["tg_name": "front"],
                script: ["elbv2:DeregisterTargets": [["error": "InvalidTarget", "message": "not registered"]]])
            defer { _ = try? oracle.script([:]) }
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(
                error?.message
                    == "chaoslib.exceptions.ActivityFailed: Exception detaching front: not registered")
        }

        @Test("a target that is registered again is broken until its health is known")
        func registeredAgain() async throws {
            func rows(_ state: String) -> JSONValue {
                [
                    "TargetHealthDescriptions": [
                        ["Target": ["Id": "i-1", "Port": 80], "TargetHealth": ["State": .string(state)]]
                    ]
                ]
            }
            let (native, oracle) = try Self.native(
                "balancers", "elbv2.actions.deregister_target", ["tg_name": "front"],
                script: [
                    "elbv2:DescribeTargetHealth": [
                        rows("draining"), rows("initial"), rows("initial"), rows("healthy"),
                    ],
                    "elbv2:RegisterTargets": [[:]],
                ])
            defer { _ = try? oracle.script([:]) }
            let undo = try #require(native.activity.undo)
            let target = NativeActivity.Target(kind: "elasticloadbalancing:targetgroup", id: "front/i-1:80")
            let before: JSONValue = ["target": ["Id": "i-1", "Port": 80], "state": "healthy"]
            try await undo.restore(native.invocation, target, before)
            #expect(native.changes == ["elasticloadbalancing:RegisterTargets"])
            #expect(try await undo.check(native.invocation, target, before) == .restored)
        }

        @Test("a rule without targets is deleted with force, too")
        func forcedDeletion() async throws {
            let (native, _) = try Self.native(
                "rules", "cloudwatch.actions.delete_rule", ["rule_name": "off", "force": true])
            _ = try await native.run()
            #expect(native.changes == ["events:DeleteRule"])
        }

        @Test("targets that EventBridge refuses in a successful answer are an error")
        func refusedTargets() async throws {
            let (native, oracle) = try Self.native(
                "rules", "cloudwatch.actions.put_rule_targets",
                ["rule_name": "hourly", "targets": [["Id": "t9", "Arn": "<queue>"]]],
                script: [
                    "events:PutTargets": [
                        [
                            "FailedEntryCount": 1,
                            "FailedEntries": [["TargetId": "t9", "ErrorCode": "x", "ErrorMessage": "too many"]],
                        ]
                    ]
                ])
            defer { _ = try? oracle.script([:]) }
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(
                error?.message
                    == "chaoslib.exceptions.ActivityFailed: targets of the rule hourly were not added: t9: too many")
        }

        @Test("a cluster is created without a version, which chaosaws cannot")
        func clusterWithoutVersion() async throws {
            let (native, _) = try Self.native(
                "eks", "eks.actions.create_cluster",
                ["name": "new", "role_arn": "<role>", "vpc_config": ["subnetIds": ["subnet-1"]], "version": .null])
            let (_, output) = try await native.run()
            #expect(output["cluster"]?["name"] == "new")
        }

        @Test(
            "lists have all pages",
            arguments: [
                (
                    "eks.probes.list_clusters", [:], "eks:ListClusters", "clusters",
                    [["clusters": ["a"], "nextToken": "1"], ["clusters": ["b"]]]
                ),
                (
                    "awslambda.probes.list_event_source_mapping", ["function_name": "front"],
                    "lambda:ListEventSourceMappings", "EventSourceMappings",
                    [
                        ["EventSourceMappings": [["UUID": "a"]], "NextMarker": "1"],
                        ["EventSourceMappings": [["UUID": "b"]]],
                    ]
                ),
            ] as [(String, JSONValue, String, String, [JSONValue])])
        func pages(
            function: String, arguments: JSONValue, operation: String, member: String, replies: [JSONValue]
        ) async throws {
            let (native, oracle) = try Self.native(
                "", function, arguments, script: JSONObject([(operation, .array(replies))]))
            defer { _ = try? oracle.script([:]) }
            let (_, output) = try await native.run()
            let all = replies.flatMap { $0[member]?.elements ?? [] }
            #expect(output[member] == .array(all))
            #expect(output["nextToken"] == nil)
            #expect(output["NextMarker"] == nil)
        }

        @Test(
            "the other layers and variables of a function stay",
            arguments: [
                ("add_layer", ["layer": "<layer2>"], ["<layer1>", "<layer2>"], ["URL"]),
                ("add_layer", ["layer": "<layer1>"], ["<layer1>"], ["URL"]),
                ("remove_layer", ["layer": "<layer2>"], ["<layer1>"], ["URL"]),
                (
                    "add_latency", ["layer": "<layer2>"], ["<layer1>", "<layer2>"],
                    ["CHAOS_EXTENSION__LAMBDA__LATENCY_VALUE", "URL"]
                ),
                ("add_error", ["layer": "<layer2>"], ["<layer1>", "<layer2>"], ["URL"]),
                ("remove_error", ["layer": "<layer2>"], ["<layer1>"], ["URL"]),
            ] as [(String, JSONObject, [String], [String])])
        func othersStay(function: String, arguments: JSONObject, layers: [String], variables: [String]) async throws {
            var arguments = arguments
            arguments["function_name"] = "layered"
            let (native, oracle) = try Self.native(
                "lambda", "awslambda.actions." + function, .object(arguments))
            let names = try oracle.prepare("lambda")
            let (_, output) = try await native.run()
            oracle.discardState()
            #expect(
                output["Layers"]?.elements.compactMap { $0["Arn"]?.stringValue }
                    == layers.compactMap { JSONValue.string($0).filled(names).stringValue })
            for variable in variables { #expect(output["Environment"]?["Variables"]?[variable] != nil) }
        }

        @Test("a delay that was added is removed with all its variables")
        func latencyIsRemoved() async throws {
            let (add, oracle) = try Self.native(
                "lambda", "awslambda.actions.add_latency", ["function_name": "front", "layer": "<layer1>"])
            _ = try await add.run()
            let remove = try Native(
                "awslambda.actions.remove_latency", .object(add.invocation.arguments), at: oracle.url,
                time: TestClock().source)
            let (_, output) = try await remove.run()
            #expect(output["Environment"]?["Variables"] == ["FAILURE_INJECTION_PARAM": "failures"])
            #expect(output["Layers"] == [])
        }

        @Test("an update waits until the one before has ended")
        func waitsForUpdate() async throws {
            let clock = TestClock()
            let oracle = try Oracle.shared.get()
            func answer(_ status: String) -> JSONValue {
                ["FunctionName": "f", "FunctionArn": "arn:aws:lambda:x", "LastUpdateStatus": .string(status)]
            }
            let url = try oracle.script([
                "lambda:GetFunctionConfiguration": [
                    answer("InProgress"), answer("InProgress"), answer("Successful"),
                ], "lambda:ListTags": [["Tags": ["team": "a"]]], "lambda:UpdateFunctionConfiguration": [["Timeout": 9]],
            ])
            defer { _ = try? oracle.script([:]) }
            let native = try Native(
                "tocsin.lambda.actions.set_timeout", ["function_name": "f", "timeout": 9], at: url, time: clock.source)
            let (targets, output) = try await native.run()
            #expect(targets.map(\.tags) == [["team": "a"]])
            #expect(output["Timeout"] == 9)
            #expect(clock.sleeps == [.seconds(5)])
        }
    }
}
