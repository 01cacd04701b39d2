import Basics
import Experiments
import JSON
import TestSupport
import Testing

extension MotoTests.UndoTests {
    static let awsCalls: [Case] = [
        Case(
            setup: "services", function: "tocsin.aws.actions.call", arguments: MotoTests.AnyCallTests.hide),
        Case(
            setup: "services", function: "tocsin.aws.actions.call",
            arguments: [
                "service": "events", "operation": "DisableRule", "parameters": ["Name": "nightly"],
                "before": ["operation": "DescribeRule", "parameters": ["Name": "nightly"], "jmespath": "State"],
                "undo": ["operation": "EnableRule", "parameters": ["Name": "nightly"]],
            ]),
        Case(
            setup: "services", function: "tocsin.aws.actions.call",
            arguments: [
                "service": "events", "operation": "DeleteRule", "parameters": ["Name": "nightly"],
                "before": [
                    "operation": "DescribeRule", "parameters": ["Name": "nightly"],
                    "jmespath": "{Expression: ScheduleExpression, State: State}",
                ],
                "undo": [
                    "operation": "PutRule",
                    "parameters": [
                        "Name": "nightly", "ScheduleExpression": ["$before": "Expression"],
                        "State": ["$before": "State"],
                    ],
                ],
            ]),
    ]
}

extension MotoTests {
    /// Any operation as an action or a probe.
    struct AnyCallTests {
        /// Hides messages for an hour, and for as long as before afterwards.
        static let hide: JSONValue = [
            "service": "sqs", "operation": "set_queue_attributes",
            "parameters": ["QueueUrl": "<queue>", "Attributes": ["VisibilityTimeout": "3600"]],
            "before": [
                "operation": "get_queue_attributes",
                "parameters": ["QueueUrl": "<queue>", "AttributeNames": ["VisibilityTimeout"]],
                "jmespath": "Attributes.VisibilityTimeout",
            ],
            "undo": [
                "operation": "SetQueueAttributes",
                "parameters": ["QueueUrl": "<queue>", "Attributes": ["VisibilityTimeout": ["$before": "@"]]],
            ],
        ]

        private static func native(_ kind: String, _ arguments: JSONValue) throws -> Native {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("services")
            oracle.discardState()
            return try Native(
                "tocsin.aws.\(kind).call", arguments.filled(names), at: oracle.url, time: TestClock().source)
        }

        @Test(
            "a probe returns the answer, or what is selected of it",
            arguments: [
                (["service": "dynamodb", "operation": "ListTables", "jmespath": "TableNames | [0]"], "orders"),
                (
                    [
                        "service": "dynamodb", "operation": "list_tables", "parameters": ["Limit": 1], "pages": true,
                        "jmespath": "TableNames",
                    ], ["orders", "scaled", "lazy"]
                ),
                (
                    [
                        "service": "dynamodb", "operation": "list_tables", "parameters": ["Limit": 1],
                        "jmespath": "length(TableNames)",
                    ], 1
                ),
                (
                    [
                        "service": "events", "operation": "describe-rule", "parameters": ["Name": "nightly"],
                        "jsonpath": "$.State",
                    ], "ENABLED"
                ),
                (
                    [
                        "service": "events", "operation": "ListRules", "jsonpath": "$.Rules[*].State",
                    ], ["ENABLED", "DISABLED"]
                ),
                (
                    [
                        "service": "events", "operation": "DescribeRule", "parameters": ["Name": "nightly"],
                        "jsonpath": "$.None",
                    ], .null
                ),
            ] as [(JSONValue, JSONValue)])
        func probe(arguments: JSONValue, expected: JSONValue) async throws {
            let native = try Self.native("probes", arguments)
            #expect(try await native.run().output == expected)
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty)
        }

        @Test("without a selection the answer is the one of boto3's client")
        func whole() async throws {
            let native = try Self.native(
                "probes", ["service": "events", "operation": "DescribeRule", "parameters": ["Name": "old"]])
            let output = try await native.run().output
            #expect(output["State"] == "DISABLED")
            #expect(output["ResponseMetadata"]?["HTTPStatusCode"] == 200)
        }

        @Test(
            "what is wrong is refused before anything is sent, with the nearest right word",
            arguments: [
                ("probes", ["service": "dynamo", "operation": "ListTables"], "did you mean dynamodb?"),
                (
                    "probes", ["service": "dynamodb", "operation": "list_table"],
                    "has no operation list_table, did you mean ListTables?"
                ),
                (
                    "probes", ["service": "events", "operation": "DescribeRule", "parameters": ["name": "nightly"]],
                    "has no parameter name, did you mean Name?"
                ),
                ("probes", ["service": "events", "operation": "DescribeRule"], #"Missing required parameter"#),
                (
                    "probes", ["service": "events", "operation": "DisableRule", "parameters": ["Name": "a"]],
                    "only reads"
                ),
                ("actions", ["service": "sts", "operation": "GetSessionToken"], "credentials, which would be"),
                ("actions", ["service": "iam", "operation": "CreateAccessKey"], "answers with an access key"),
                ("probes", ["service": "kms", "operation": "GenerateRandom"], "answers with random bytes for a key"),
                (
                    "probes",
                    ["service": "events", "operation": "ListRules", "jmespath": "Rules", "jsonpath": "$.Rules"],
                    "not both"
                ),
                ("probes", ["service": "events", "operation": "ListRules", "jmespath": "Rules["], "jmespath: "),
                ("probes", ["service": "events", "operation": "ListRules", "jsonpath": "Rules"], "must begin with $"),
                (
                    "actions", ["service": "events", "operation": "ListRules", "undo": ["operation": "ListRules"]],
                    "undo needs before"
                ),
                (
                    "actions",
                    [
                        "service": "events", "operation": "ListRules", "undo": ["operation": "ListRules"],
                        "before": ["operation": "DisableRule", "parameters": ["Name": "a"]],
                    ], "before: events DisableRule may change something"
                ),
                (
                    "actions",
                    [
                        "service": "events", "operation": "ListRules", "undo": ["operatoin": "ListRules"],
                        "before": ["operation": "ListRules"],
                    ], "undo: there is no operatoin, did you mean operation?"
                ),
                (
                    "actions",
                    [
                        "service": "events", "operation": "ListRules", "before": ["operation": "ListRules"],
                        "undo": ["operation": "DisableRule", "parameters": ["Name": ["$now": "Rules["]]],
                    ], "undo: Rules["
                ),
                ("actions", ["service": "events", "operation": "ListRules", "resources": ["rule"]], "is no ARN"),
            ] as [(String, JSONValue, String)])
        func refused(kind: String, arguments: JSONValue, reason: String) async throws {
            let native = try Self.native(kind, arguments)
            do {
                _ = try await native.run()
                Issue.record("it is not refused")
            } catch let error as ExperimentError {
                #expect(error.message.contains(reason), "\(error.message)")
            }
            #expect(native.recorder.actions == [])
        }

        @Test("what is made is found again by the reading call, and removed; also when it was never made")
        func made() async throws {
            let arguments: JSONValue = [
                "service": "sqs", "operation": "CreateQueue", "parameters": ["QueueName": "extra-1"],
                "before": [
                    "operation": "ListQueues", "parameters": ["QueueNamePrefix": "extra"], "jmespath": "QueueUrls",
                ],
                "undo": ["operation": "DeleteQueue", "parameters": ["QueueUrl": ["$now": "@[0]"]]],
            ]
            let native = try Self.native("actions", arguments)
            let oracle = try Oracle.shared.get()
            let before = try oracle.state()
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await undo.capture(native.invocation, targets[0])
            try await undo.restore(native.invocation, targets[0], known)
            #expect(native.changes == [], "nothing was made yet")
            #expect(try await undo.check(native.invocation, targets[0], known) == .restored)
            _ = try await native.activity.run(native.invocation, targets)
            #expect(try oracle.state() != before)
            try await undo.restore(native.invocation, targets[0], known)
            #expect(try await undo.check(native.invocation, targets[0], known) == .restored)
            #expect(try oracle.state() == before)
            #expect(native.changes == ["sqs:CreateQueue", "sqs:DeleteQueue"])
        }

        @Test("the resources that are named are the targets; else the call is")
        func targets() async throws {
            let call: JSONObject = ["service": "events", "operation": "ListRules"]
            let plain = try Self.native("actions", .object(call))
            #expect(
                try await plain.activity.targets(plain.invocation) == [
                    .init(kind: "aws:call", id: "events:ListRules", region: "eu-central-1")
                ])
            var naming = call
            let arns = ["arn:aws:ecs:eu-west-1:123456789012:service/shop/web", "arn:aws:sqs:eu-west-1:1:q"]
            naming["resources"] = .array(arns.map { .string($0) })
            let named = try Self.native("actions", .object(naming))
            #expect(
                try await named.activity.targets(named.invocation) == [
                    .init(kind: "ecs:service", id: "shop/web", region: "eu-west-1", candidates: 2, arn: arns[0]),
                    .init(kind: "sqs", id: "q", region: "eu-west-1", candidates: 2, arn: arns[1]),
                ])
        }

        @Test("the undo is called once, for the first of the resources")
        func undoneOnce() async throws {
            let arns = (1...3).map { "arn:aws:sns:eu-central-1:123456789012:topic-\($0)" }
            let native = try Self.native(
                "actions",
                [
                    "service": "sqs", "operation": "CreateQueue", "parameters": ["QueueName": "extra-1"],
                    "resources": .array((arns + arns).map { .string($0) }),
                    "before": [
                        "operation": "ListQueues", "parameters": ["QueueNamePrefix": "extra"],
                        "jmespath": "length(QueueUrls || `[]`)",
                    ],
                    "undo": ["operation": "CreateQueue", "parameters": ["QueueName": "extra-2"]],
                ])
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            #expect(targets.map(\.id) == ["topic-1", "topic-2", "topic-3"])
            var known: [JSONValue] = []
            for target in targets { known.append(try await undo.capture(native.invocation, target)) }
            #expect(known == [["value": 0], .null, .null])
            _ = try await native.activity.run(native.invocation, targets)
            for (target, before) in zip(targets, known) {
                try await undo.restore(native.invocation, target, before)
            }
            #expect(native.changes == ["sqs:CreateQueue", "sqs:CreateQueue"])
            for (target, before) in zip(targets, known).dropFirst() {
                let outcome = try await undo.check(native.invocation, target, before)
                #expect(outcome == .nothingLeft("the undo is one call for all resources: see topic-1"))
            }
        }

        @Test("an ARN without a region is the same resource where the undo runs in another region")
        func undoElsewhere() async throws {
            var arguments = Self.hide.objectValue ?? [:]
            arguments["resources"] = ["arn:aws:s3:::shop"]
            let native = try Self.native("actions", .object(arguments))
            let undo = try #require(native.activity.undo)
            let target = NativeActivity.Target(kind: "s3", id: "shop", region: "us-east-1")
            #expect(try await undo.capture(native.invocation, target) == ["value": "30"])
        }

        @Test("the permissions are those of the calls that the arguments name; the undo is there when it is asked for")
        func permissions() async throws {
            let hidden = try Self.native("actions", Self.hide)
            let resolved = hidden.activity.resolved(for: hidden.invocation.arguments)
            #expect(
                resolved.calls == [
                    .change("sqs:SetQueueAttributes"), .read("sqs:GetQueueAttributes"),
                    .change("sqs:SetQueueAttributes"),
                ])
            #expect(resolved.undo != nil)
            for (service, operation, call) in [
                ("lambda", "Invoke", .change("lambda:InvokeFunction")),
                ("apigateway", "UpdateStage", .change("apigateway:PATCH")),
                ("apigatewayv2", "GetStage", .read("apigateway:GET")),
                ("cloudwatch", "DescribeAlarms", .read("cloudwatch:DescribeAlarms")),
                ("s3", "ListObjectsV2", .read("s3:ListBucket")),
            ] as [(String, String, NativeActivity.Call)] {
                // Parameters that are missing do not matter: the permission is the same.
                let arguments: JSONObject = ["service": .string(service), "operation": .string(operation)]
                let resolved = hidden.activity.resolved(for: arguments)
                #expect(resolved.calls == [call])
                #expect(resolved.undo == nil)
            }
        }
    }
}
