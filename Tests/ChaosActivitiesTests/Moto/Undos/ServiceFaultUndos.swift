import Basics
import Experiments
import JSON
import TestSupport
import Testing

extension MotoTests.UndoTests {
    static let serviceFaults: [Case] = [
        Case(
            setup: "services", function: "tocsin.elbv2.actions.fixed_response",
            arguments: ["listener_arn": "<listener>", "paths": ["/pay*"], "headers": ["X-Tenant": "a"]],
            removal: ("elbv2", "delete_listener", ["ListenerArn": "<listener>"])),
        Case(
            setup: "services", function: "tocsin.apigateway.actions.throttle_stage",
            arguments: ["rest_api_id": "<api>", "stage_name": "live", "rate_limit": 0.5],
            removal: ("apigateway", "delete_stage", ["restApiId": "<api>", "stageName": "live"])),
        Case(
            setup: "services", function: "tocsin.dynamodb.actions.squeeze_capacity",
            arguments: ["table_name": "orders"], removal: ("dynamodb", "delete_table", ["TableName": "orders"])),
        Case(
            setup: "services", function: "tocsin.dynamodb.actions.squeeze_capacity",
            arguments: ["table_name": "scaled", "even_if_autoscaled": true, "write_capacity": 2],
            removal: ("dynamodb", "delete_table", ["TableName": "scaled"])),
        Case(
            setup: "services", function: "tocsin.sqs.actions.change_visibility_timeout",
            arguments: ["queue": "orders"], removal: ("sqs", "delete_queue", ["QueueUrl": "<queue>"])),
        Case(
            setup: "services", function: "tocsin.sqs.actions.change_visibility_timeout",
            arguments: ["queue": "<queue>", "visibility_timeout": 43_200],
            removal: ("sqs", "delete_queue", ["QueueUrl": "<queue>"])),
        Case(
            setup: "services", function: "tocsin.events.actions.disable_rule", arguments: ["name": "nightly"],
            removal: ("events", "delete_rule", ["Name": "nightly"])),
    ]
}

extension MotoTests {
    /// What the faults of managed services do, refuse, and put back from any partial state.
    struct ServiceFaultTests {
        private static func native(_ name: String, _ arguments: JSONValue) throws -> Native {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("services")
            oracle.discardState()
            return try Native(name, arguments.filled(names), at: oracle.url, time: TestClock().source)
        }

        private static func state() throws -> JSONValue {
            try Oracle.shared.get().state()["servicefaults"] ?? .null
        }

        @Test(
            "the fault is there",
            arguments: [
                ("elbv2.actions.fixed_response", ["listener_arn": "<listener>"], "rules"),
                (
                    "apigateway.actions.throttle_stage",
                    ["rest_api_id": "<api>", "stage_name": "live", "rate_limit": 0.5, "burst_limit": 0], "stages"
                ),
                ("dynamodb.actions.squeeze_capacity", ["table_name": "orders"], "tables"),
                ("sqs.actions.change_visibility_timeout", ["queue": "orders", "visibility_timeout": 7], "queues"),
                ("events.actions.disable_rule", ["name": "nightly"], "eventRules"),
            ] as [(String, JSONValue, String)])
        func fault(name: String, arguments: JSONValue, part: String) async throws {
            let native = try Self.native("tocsin.\(name)", arguments)
            let (targets, output) = try await native.run()
            #expect(targets[0].tags == ["team": "shop"])
            let state = try Self.state()
            switch part {
            case "rules":
                let priorities = (state["rules"]?.arrayValue ?? []).compactMap { $0[0]?.stringValue }
                #expect(priorities == ["1", "2", "3", "4", "5", "default"])
                #expect(output["Rules"]?[0]?["Actions"]?[0]?["FixedResponseConfig"]?["StatusCode"] == "503")
                #expect(output["Rules"]?[0]?["Priority"] == "1")
            case "stages":
                let methods = state["stages"]?[0]?.objectValue ?? [:]
                #expect(methods.keys.sorted() == ["*/*", "~1orders/GET"])
                for (_, settings) in methods {
                    #expect(settings["throttlingRateLimit"] == 0.5)
                    #expect(settings["throttlingBurstLimit"] == 0)
                }
            case "tables":
                #expect(state["tables"]?["orders"] == [[1, 1], [1, 1], [1, 1]])
                #expect(state["tables"]?["scaled"]?[0] == [10, 5])
            case "queues":
                #expect(state["queues"]?.objectValue?.values.first == ["VisibilityTimeout": "7"])
                #expect(output["before"] == "30")
            default:
                #expect(state["eventRules"] == ["nightly": "DISABLED", "old": "DISABLED"])
            }
        }

        @Test(
            "what cannot be done or taken back is refused before anything is changed",
            arguments: [
                ("elbv2.actions.fixed_response", ["listener_arn": "<listener>", "status_code": 302], "not 302"),
                (
                    "elbv2.actions.fixed_response",
                    ["listener_arn": "<listener>", "paths": ["/1", "/2", "/3"], "hosts": ["a", "b", "c"]], "these are 6"
                ),
                ("elbv2.actions.fixed_response", ["listener_arn": "<listener>x"], "ListenerNotFound"),
                (
                    "apigateway.actions.throttle_stage",
                    ["rest_api_id": "<api>", "stage_name": "live", "rate_limit": -1], "rate_limit must be"
                ),
                (
                    "apigateway.actions.throttle_stage", ["rest_api_id": "<api>", "stage_name": "none"],
                    "NotFoundException"
                ),
                ("dynamodb.actions.squeeze_capacity", ["table_name": "lazy"], "billed per request"),
                ("dynamodb.actions.squeeze_capacity", ["table_name": "scaled"], "even_if_autoscaled"),
                ("dynamodb.actions.squeeze_capacity", ["table_name": "orders", "read_capacity": 0], "1 or more"),
                ("dynamodb.actions.squeeze_capacity", ["table_name": "none"], "ResourceNotFoundException"),
                (
                    "sqs.actions.change_visibility_timeout", ["queue": "orders", "visibility_timeout": 43_201],
                    "from 0 to 43200"
                ),
                ("sqs.actions.change_visibility_timeout", ["queue": "none"], "NonExistentQueue"),
                ("events.actions.disable_rule", ["name": "none"], "ResourceNotFoundException"),
            ] as [(String, JSONValue, String)])
        func refused(name: String, arguments: JSONValue, reason: String) async throws {
            let native = try Self.native("tocsin.\(name)", arguments)
            do {
                _ = try await native.run()
                Issue.record("it is not refused")
            } catch let error as ExperimentError {
                #expect(error.message.contains(reason), "\(error.message)")
            }
            #expect(native.changes == [])
        }

        @Test("a rule that was off before is not switched on")
        func offBefore() async throws {
            let native = try Self.native("tocsin.events.actions.disable_rule", ["name": "old"])
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await undo.capture(native.invocation, targets[0])
            _ = try await native.activity.run(native.invocation, targets)
            try await undo.restore(native.invocation, targets[0], known)
            #expect(try await undo.check(native.invocation, targets[0], known) == .restored)
            #expect(native.changes == ["events:DisableRule"])
        }

        @Test("rules are put back when the action died after any of its steps", arguments: [1, 2, 3, 4])
        func rulesPartly(steps: Int) async throws {
            let arguments: JSONValue = ["listener_arn": "<listener>"]
            let native = try Self.native("tocsin.elbv2.actions.fixed_response", arguments)
            let oracle = try Oracle.shared.get()
            let before = try Self.state()
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await undo.capture(native.invocation, targets[0])
            // Three rules are moved, from the last to the first, then the new one is made.
            let listener = native.invocation.arguments["listener_arn"] ?? .null
            let rules = before["rules"]?.arrayValue ?? []
            for priority in [3, 2, 1].prefix(min(steps, 3)) {
                let arn = rules.first { $0[0]?.stringValue == "\(priority)" }?[1] ?? .null
                try oracle.call(
                    "elbv2", "set_rule_priorities",
                    ["RulePriorities": [["RuleArn": arn, "Priority": JSONValue(priority + 1)]]])
            }
            if steps == 4 { _ = try await native.activity.run(native.invocation, targets) }
            guard case .stillBroken = try await undo.check(native.invocation, targets[0], known) else {
                Issue.record("nothing is broken after \(steps) steps on \(listener)")
                return
            }
            try await undo.restore(native.invocation, targets[0], known)
            #expect(try await undo.check(native.invocation, targets[0], known) == .restored)
            #expect(try Self.state() == before)
        }

        @Test("an index that was put back by half is put back whole, and one that was deleted is left out")
        func tablePartly() async throws {
            let native = try Self.native("tocsin.dynamodb.actions.squeeze_capacity", ["table_name": "orders"])
            let oracle = try Oracle.shared.get()
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await undo.capture(native.invocation, targets[0])
            _ = try await native.activity.run(native.invocation, targets)
            try oracle.call(
                "dynamodb", "update_table",
                [
                    "TableName": "orders",
                    "ProvisionedThroughput": ["ReadCapacityUnits": 10, "WriteCapacityUnits": 5],
                ])
            try oracle.call(
                "dynamodb", "update_table",
                ["TableName": "orders", "GlobalSecondaryIndexUpdates": [["Delete": ["IndexName": "by-user"]]]])
            try await undo.restore(native.invocation, targets[0], known)
            #expect(try Self.state()["tables"]?["orders"] == [[10, 5], [3, 3]])
            #expect(try await undo.check(native.invocation, targets[0], known) == .restored)
        }

        @Test("a capacity that others have raised stays, and the others are put back")
        func tableOfOthers() async throws {
            let native = try Self.native("tocsin.dynamodb.actions.squeeze_capacity", ["table_name": "orders"])
            let oracle = try Oracle.shared.get()
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await undo.capture(native.invocation, targets[0])
            let indexes = try Self.state()["tables"]?["orders"]?.arrayValue?.dropFirst()
            _ = try await native.activity.run(native.invocation, targets)
            try oracle.call(
                "dynamodb", "update_table",
                [
                    "TableName": "orders",
                    "ProvisionedThroughput": ["ReadCapacityUnits": 2_000, "WriteCapacityUnits": 1],
                ])
            try await undo.restore(native.invocation, targets[0], known)
            #expect(try Self.state()["tables"]?["orders"] == .array([[2_000, 5]] + (indexes ?? [])))
            guard case .nothingLeft = try await undo.check(native.invocation, targets[0], known) else {
                Issue.record("others have raised the capacity")
                return
            }
        }

        @Test("the limits of an HTTP API are lowered with those of its routes, and put back with their other settings")
        func httpAPI() async throws {
            let oracle = try Oracle.shared.get()
            func stage(_ rate: JSONValue, _ route: JSONValue) -> JSONValue {
                [
                    "StageName": "live", "Tags": ["team": "shop"],
                    "DefaultRouteSettings": ["ThrottlingRateLimit": rate, "ThrottlingBurstLimit": 9],
                    "RouteSettings": [
                        "GET /a": [
                            "ThrottlingRateLimit": route, "ThrottlingBurstLimit": 9, "DetailedMetricsEnabled": true,
                        ], "GET /b": ["DetailedMetricsEnabled": true],
                    ],
                ]
            }
            let open = stage(7.5, 3.5)
            let squeezed: JSONValue = [
                "StageName": "live",
                "DefaultRouteSettings": ["ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 1],
                "RouteSettings": [
                    "GET /a": [
                        "ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 1, "DetailedMetricsEnabled": true,
                    ], "GET /b": ["DetailedMetricsEnabled": true],
                ],
            ]
            // Targets, capture, what run reads twice, then three reads of the squeezed one and the open one again.
            let url = try oracle.script([
                "apigatewayv2:GetStage": .array([open, open, open, open, squeezed, squeezed, squeezed, open]),
                "apigatewayv2:UpdateStage": [[:]],
            ])
            defer { _ = try? oracle.script([:]) }
            let native = try Native(
                "tocsin.apigateway.actions.throttle_http_stage", ["api_id": "a1", "stage_name": "live"], at: url,
                time: TestClock().source)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            #expect(targets[0].tags == ["team": "shop"])
            let known = try await undo.capture(native.invocation, targets[0])
            _ = try await native.activity.run(native.invocation, targets)
            guard case .stillBroken = try await undo.check(native.invocation, targets[0], known) else {
                Issue.record("the squeezed stage is broken")
                return
            }
            try await undo.restore(native.invocation, targets[0], known)
            #expect(try await undo.check(native.invocation, targets[0], known) == .restored)
            let sent = (try oracle.scriptedRequests().arrayValue ?? []).filter { $0["operation"] == "UpdateStage" }
                .compactMap { $0["input"]?["body"] }
            func body(_ rate: JSONValue, _ route: JSONValue, _ burst: JSONValue) -> JSONValue {
                [
                    "defaultRouteSettings": ["throttlingRateLimit": rate, "throttlingBurstLimit": burst],
                    "routeSettings": [
                        "GET /a": [
                            "throttlingRateLimit": route, "throttlingBurstLimit": burst, "detailedMetricsEnabled": true,
                        ]
                    ],
                ]
            }
            #expect(sent == [body(1, 1, 1), body(7.5, 3.5, 9)] || sent == [body(1.0, 1.0, 1), body(7.5, 3.5, 9)])
        }

        @Test("an HTTP API without limits of its own is refused, for they could not be taken off again")
        func httpAPIWithoutLimits() async throws {
            let oracle = try Oracle.shared.get()
            let url = try oracle.script(["apigatewayv2:GetStage": [["StageName": "live"]]])
            defer { _ = try? oracle.script([:]) }
            let native = try Native(
                "tocsin.apigateway.actions.throttle_http_stage", ["api_id": "a1", "stage_name": "live"], at: url)
            await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(native.changes == [])
        }
    }
}
