import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

/// Templates of Fault Injection Service become experiments, or say why not.
@Suite struct FISConversionTests {
    private static func activity(
        _ kind: Activity.Kind, _ module: String, _ function: String, _ arguments: String...
    ) -> NativeActivity {
        NativeActivity(module, function, kind, "", arguments: arguments.map { .init($0, .any, .null) }) { _, _ in nil }
    }

    private static let ec2 = "chaosaws.ec2.actions"
    private static let activities = [
        activity(.action, ec2, "stop_instance", "filters"),
        activity(.action, ec2, "stop_instances", "instance_ids", "filters"),
        activity(.action, ec2, "start_instances", "instance_ids", "filters"),
        activity(.action, ec2, "restart_instances", "instance_ids", "filters"),
        activity(.action, "chaosaws.ecs.actions", "stop_task", "cluster", "task_id"),
        activity(
            .action, "chaosaws.ecs.actions", "stop_random_tasks", "cluster", "service", "task_count", "task_percent"),
        activity(
            .action, "chaosaws.ssm.actions", "send_command", "document_name", "document_version", "targets",
            "parameters", "timeout_seconds", "wait"),
        activity(.probe, "chaosaws.cloudwatch.probes", "get_alarm_state_value", "alarm_name"),
        activity(.action, "chaosaws.rds.actions", "reboot_db_instance", "db_instance_identifier", "force_failover"),
    ]
    private static let registry = ActivityRegistry(activities)

    private static let arn = "arn:aws:ec2:eu-west-1:123456789012:instance/"
    private static let alarm = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu: high"

    private static func convert(_ text: String, _ registry: ActivityRegistry = registry) throws -> FISConversion {
        let source = try SourceDocument(parsing: Array(text.utf8), format: .yaml, name: "t.yaml")
        #expect(FISConversion.recognizes(source.value))
        return FISConversion(of: source, registry: registry)
    }

    /// A template with one target of instances, and actions in YAML's flow style by their names.
    private static func template(_ target: String, _ actions: String, more: String = "") -> String {
        """
        description: d
        stopConditions: [{source: none}]
        targets: {t: {\(target)}}
        actions:
        \(actions.split(separator: "\n").map { "  \($0)\n" }.joined())\(more)
        """
    }

    private static let byName =
        "resourceType: 'aws:ec2:instance', resourceArns: ['\(arn)i-1', '\(arn)i-2'], selectionMode: ALL"
    private static let byTag =
        "resourceType: 'aws:ec2:instance', resourceTags: {env: test}, selectionMode: ALL, filters: "
        + "[{path: State.Name, values: [running]}, {path: Placement.AvailabilityZone, values: [a, b]}]"

    private static func stop(_ name: String, after: String? = nil, startAfter: [String] = []) -> String {
        let parameters = after.map { ", parameters: {startInstancesAfterDuration: \($0)}" } ?? ""
        return "\(name): {actionId: 'aws:ec2:stop-instances', targets: {Instances: t}\(parameters), "
            + "startAfter: [\(startAfter.joined(separator: ", "))]}\n"
    }

    private static func wait(_ name: String, _ duration: String, startAfter: [String] = []) -> String {
        "\(name): {actionId: 'aws:fis:wait', parameters: {duration: \(duration)}, "
            + "startAfter: [\(startAfter.joined(separator: ", "))]}\n"
    }

    @Test(
        "a template is converted with its title, region, rollbacks and stop conditions, from each of its forms",
        arguments: [
            """
            {"tags": {"Name": "web"}, "description": "d", "roleArn": "arn:aws:iam::123456789012:role/r",
             "stopConditions": [{"source": "aws:cloudwatch:alarm", "value": "ALARM"}, {"source": "none"}],
             "targets": {"t": {"resourceType": "aws:ec2:instance", "resourceArns": ["ARNi-1"], "selectionMode": "ALL"}},
             "actions": {"halt": {"actionId": "aws:ec2:stop-instances", "targets": {"Instances": "t"},
                                  "parameters": {"startInstancesAfterDuration": "PT5M"}}}}
            """,
            """
            {"experimentTemplate": {"id": "EXT1", "tags": {"Name": "web"}, "description": "d", "creationTime": 1.5,
             "stopConditions": [{"source": "aws:cloudwatch:alarm", "value": "ALARM"}],
             "targets": {"t": {"resourceType": "aws:ec2:instance", "resourceArns": ["ARNi-1"], "selectionMode": "ALL",
                               "filters": [], "parameters": {}}},
             "actions": {"halt": {"actionId": "aws:ec2:stop-instances", "targets": {"Instances": "t"}, "startAfter": [],
                                  "parameters": {"startInstancesAfterDuration": "PT5M"}}},
             "experimentOptions": {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"}}}
            """,
            """
            Resources:
              Bucket: {Type: 'AWS::S3::Bucket'}
              web:
                Type: AWS::FIS::ExperimentTemplate
                Properties:
                  Description: d
                  StopConditions: [{Source: 'aws:cloudwatch:alarm', Value: 'ALARM'}]
                  Targets: {t: {ResourceType: 'aws:ec2:instance', ResourceArns: ['ARNi-1'], SelectionMode: ALL}}
                  Actions:
                    halt:
                      ActionId: aws:ec2:stop-instances
                      Targets: {Instances: t}
                      Parameters: {startInstancesAfterDuration: PT5M}
            """,
        ])
    func forms(text: String) throws {
        let text = text.replacingBytes("ALARM", with: Self.alarm).replacingBytes("ARNi", with: Self.arn + "i")
        let conversion = try Self.convert(text)
        #expect(conversion.findings.isEmpty)
        let start: JSONObject = [
            "type": "action", "name": "halt: start again",
            "provider": [
                "type": "python", "module": "chaosaws.ec2.actions", "func": "start_instances",
                "arguments": ["instance_ids": ["i-1"]],
            ],
        ]
        var later = start
        later["pauses"] = ["before": 300]
        let expected: JSONObject = [
            "title": "web", "description": "d", "configuration": ["aws_region": "eu-west-1"],
            "method": [
                [
                    "type": "action", "name": "halt",
                    "provider": [
                        "type": "python", "module": "chaosaws.ec2.actions", "func": "stop_instances",
                        "arguments": ["instance_ids": ["i-1"]],
                    ],
                ], .object(later),
            ], "rollbacks": [.object(start)],
            "runtime": ["hypothesis": ["strategy": "default"], "rollbacks": ["strategy": "always"]],
            "extensions": [
                ["name": "tocsin", "stop-conditions": [["alarm": .string(Self.alarm)]], "empty-targets": "fail"]
            ],
        ]
        #expect(conversion.document == expected)
    }

    /// `name@pause`, with `&` for what runs in the background.
    private static func order(_ document: JSONObject?) -> [String] {
        (document?["method"]?.arrayValue ?? []).map { activity in
            let pause = activity["pauses"]?["before"]?.intValue.map { "@\($0)" } ?? ""
            return (activity["name"]?.stringValue ?? "") + pause + (activity["background"] == true ? "&" : "")
        }
    }

    @Test(
        "startAfter and durations become an order with pauses",
        arguments: [
            (stop("a") + stop("b"), ["a", "b"]), (stop("b", startAfter: ["a"]) + stop("a"), ["a", "b"]),
            (wait("w", "PT2M") + stop("a", startAfter: ["w"]), ["a@120"]),
            (stop("a") + wait("w", "PT2M", startAfter: ["a"]), ["a", "wait@120"]), (wait("w", "PT90S"), ["wait@90"]),
            (
                stop("a", after: "PT10M") + wait("w", "PT1M") + stop("b", startAfter: ["w"]),
                ["a", "b@60", "a: start again@540"]
            ),
            (stop("a", after: "PT1M") + stop("b", startAfter: ["a"]), ["a", "a: start again@60", "b"]),
            (wait("v", "PT1M") + wait("w", "PT3M") + stop("a", startAfter: ["v", "w"]), ["a@180"]),
            (
                "c: {actionId: 'aws:ssm:send-command', targets: {Instances: t}, parameters: {documentArn: d, duration: PT5M}}\n"
                    + wait("w", "PT1M") + stop("a", startAfter: ["w"]) + stop("b", startAfter: ["c"]),
                ["c&", "a@60", "b@240"]
            ),
        ])
    func schedules(actions: String, expected: [String]) throws {
        let conversion = try Self.convert(Self.template(Self.byName, actions))
        #expect(conversion.findings.text("t").isEmpty)
        #expect(Self.order(conversion.document) == expected)
    }

    @Test(
        "targets become ids, filters or a random choice",
        arguments: [
            (byName, "stop_instances", ["instance_ids": ["i-1", "i-2"]]),
            (
                byTag, "stop_instances",
                [
                    "filters": [
                        ["Name": "tag:env", "Values": ["test"]],
                        ["Name": "instance-state-name", "Values": ["running"]],
                        ["Name": "availability-zone", "Values": ["a", "b"]],
                    ]
                ]
            ),
            (
                byName.replacingBytes("ALL", with: "COUNT(1)"), "stop_instance",
                ["filters": [["Name": "instance-id", "Values": ["i-1", "i-2"]]]]
            ),
            (
                "resourceType: 'aws:ec2:instance', resourceTags: {n: 1}, selectionMode: PERCENT(25)", "stop_instances",
                ["filters": [["Name": "tag:n", "Values": ["1"]]], "quantity": "25%"]
            ),
        ] as [(String, String, JSONValue)])
    func instances(target: String, function: String, arguments: JSONValue) throws {
        let quantity = Self.activity(.action, Self.ec2, "stop_instances", "instance_ids", "filters", "quantity")
        let conversion = try Self.convert(
            Self.template(target, Self.stop("a")), ActivityRegistry(Self.activities + [quantity]))
        let provider = conversion.document?["method"]?[0]?["provider"]
        #expect(provider?["func"]?.stringValue == function)
        #expect(provider?["arguments"] == arguments)
    }

    @Test("what is stopped by tags is started again by them; a random choice is refused with what to do instead")
    func startsAgain() throws {
        let text = Self.template(Self.byTag.replacingBytes("ALL", with: "COUNT(1)"), Self.stop("a", after: "PT1M"))
        let refused = try Self.convert(text)
        #expect(refused.document == nil)
        #expect(refused.findings.text("t").containsBytes("--restore always"))
        let all = try Self.convert(Self.template(Self.byTag, Self.stop("a", after: "PT1M")))
        #expect(
            all.document?["rollbacks"]?[0]?["provider"]?["arguments"]?["filters"]?.arrayValue?.last == [
                "Name": "instance-state-name", "Values": ["running", "stopped"],
            ])
    }

    @Test(
        "tasks, commands and databases are named as the activities want them",
        arguments: [
            (
                "resourceType: 'aws:ecs:task', resourceArns: ['arn:aws:ecs:eu-west-1:1:task/c/7'], selectionMode: ALL",
                "{actionId: 'aws:ecs:stop-task', targets: {Tasks: t}}", ["cluster": "c", "task_id": "7"]
            ),
            (
                "resourceType: 'aws:ecs:task', parameters: {cluster: c, service: s}, selectionMode: COUNT(3)",
                "{actionId: 'aws:ecs:stop-task', targets: {Tasks: t}}",
                ["cluster": "c", "service": "s", "task_count": 3]
            ),
            (
                "resourceType: 'aws:ecs:task', parameters: {cluster: c}, selectionMode: ALL",
                "{actionId: 'aws:ecs:stop-task', targets: {Tasks: t}}", ["cluster": "c", "task_percent": 100]
            ),
            (
                "resourceType: 'aws:ec2:instance', resourceTags: {a: b}, selectionMode: ALL",
                "{actionId: 'aws:ssm:send-command', targets: {Instances: t}, parameters: {duration: PT1M, documentArn: "
                    + "'arn:aws:ssm:eu-west-1::document/AWSFIS-Run-CPU-Stress', documentParameters: "
                    + "'{\"DurationSeconds\": 60, \"CPU\": [\"0\"]}'}}",
                [
                    "document_name": "AWSFIS-Run-CPU-Stress", "targets": [["Key": "tag:a", "Values": ["b"]]],
                    "timeout_seconds": 60, "wait": true, "parameters": ["DurationSeconds": ["60"], "CPU": ["0"]],
                ]
            ),
            (
                "resourceType: 'aws:rds:db', resourceArns: ['arn:aws:rds:eu-west-1:1:db:d'], selectionMode: ALL",
                "{actionId: 'aws:rds:reboot-db-instances', targets: {DBInstances: t}, parameters: {forceFailover: true}}",
                ["db_instance_identifier": "d", "force_failover": true]
            ),
        ] as [(String, String, JSONValue)])
    func otherTargets(target: String, action: String, arguments: JSONValue) throws {
        let conversion = try Self.convert(Self.template(target, "a: \(action)"))
        #expect(conversion.findings.text("t").isEmpty)
        #expect(conversion.document?["method"]?[0]?["provider"]?["arguments"] == arguments)
    }

    @Test(
        "alarms that are asserted first or last are the hypothesis",
        arguments: [
            ([], ["x"], "before-method-only", "OK"), (["x"], [], "after-method-only", "OK"),
            ([], ["x"], "before-method-only", "OK, ALARM"),
        ])
    func assertions(after: [String], then: [String], strategy: String, states: String) throws {
        let assertion =
            "s: {actionId: 'aws:cloudwatch:assert-alarm-state', parameters: {alarmArns: '\(Self.alarm)', "
            + "alarmStates: '\(states)'}, startAfter: [\(after.joined())]}\n"
        let stop = Self.stop("x", startAfter: then.isEmpty ? [] : ["s"])
        let document = try #require(try Self.convert(Self.template(Self.byName, assertion + stop)).document)
        #expect(document["runtime"]?["hypothesis"]?["strategy"]?.stringValue == strategy)
        let probe = document["steady-state-hypothesis"]?["probes"]?[0]
        #expect(probe?["provider"]?["arguments"] == ["alarm_name": "cpu: high"])
        #expect(
            probe?["tolerance"] == (states == "OK" ? "OK" : ["type": "regex", "pattern": "^(OK|ALARM)$"]))
        #expect(Self.order(document) == ["x"])
    }

    @Test("everything that cannot be converted is told at once, with its place")
    func everythingAtOnce() throws {
        let text = """
            description: d
            stopConditions:
              - source: aws:cloudwatch:alarms
            targets:
              web:
                resourceType: aws:ec2:instance
                resourceTags: {a: b}
                selectionMode: SOME
              db: {resourceType: aws:rds:db, resourceTags: {a: b}, selectionMode: ALL}
            actions:
              a: {actionId: aws:ec2:stop-instance, targets: {Instances: web}}
              g: {actionId: aws:ec2:stop-instances, targets: {Instances: web}}
              b: {actionId: aws:network:disrupt-connectivity}
              c: {actionId: aws:fis:wait, parameters: {duration: 5m}, startAfter: [nothing]}
              d:
                actionId: aws:rds:reboot-db-instances
                targets: {DBInstances: dbs}
                startAfer: [a]
              e: {actionId: aws:fis:wait, parameters: {duration: PT1M}, startAfter: [f]}
              f: {actionId: aws:fis:wait, parameters: {duration: PT1M}, startAfter: [e]}
            experimentOptions: {accountTargeting: multi-account}
            """
        let conversion = try Self.convert(text)
        #expect(conversion.document == nil)
        let told = conversion.findings.text("t.yaml")
        #expect(
            told == """
                t.yaml:3:13: stopConditions[0].source: there is no stop condition aws:cloudwatch:alarms: use none or \
                aws:cloudwatch:alarm
                t.yaml:8:20: targets.web.selectionMode: must be ALL, COUNT(n) or PERCENT(n), not SOME
                t.yaml:11:17: actions.a.actionId: no activity can do aws:ec2:stop-instance: did you mean \
                aws:ec2:stop-instances?
                t.yaml:13:17: actions.b.actionId: no activity can do aws:network:disrupt-connectivity: no activity \
                changes one subnet, endpoint or gateway only: fail a whole zone, or run the template by \
                tocsin.fis.actions.run_experiment
                t.yaml:14:54: actions.c.parameters.duration: must be a duration such as PT5M, not 5m
                t.yaml:14:71: actions.c.startAfter: there is no action nothing
                t.yaml:17:28: actions.d.targets.DBInstances: there is no target dbs: did you mean db?
                t.yaml:18:5: actions.d.startAfer: is unknown: did you mean startAfter?
                t.yaml:19:73: actions.e.startAfter: it never starts: it waits for f
                t.yaml:20:73: actions.f.startAfter: it never starts: it waits for e
                t.yaml:21:39: experimentOptions.accountTargeting: targets in several accounts are not possible

                """)
    }

    @Test("places are those of CloudFormation's keys in its templates")
    func cloudFormationPlaces() throws {
        let conversion = try Self.convert(
            """
            Resources:
              web:
                Type: AWS::FIS::ExperimentTemplate
                Properties:
                  Description: d
                  StopConditions: [{Source: none}]
                  Targets: {t: {ResourceType: 'aws:ec2:instance', ResourceTags: {a: b}, SelectionMode: SOME}}
                  Actions:
                    w:
                      ActionId: aws:fis:wait
                      Parameters: {duration: 5m}
                      StartAfter: [v]
                      StartAfer: [v]
            """)
        #expect(
            conversion.findings.text("t") == """
                t:7:92: Resources.web.Properties.Targets.t.SelectionMode: must be ALL, COUNT(n) or PERCENT(n), not SOME
                t:11:34: Resources.web.Properties.Actions.w.Parameters.duration: must be a duration such as PT5M, not 5m
                t:12:23: Resources.web.Properties.Actions.w.StartAfter: there is no action v: did you mean w?
                t:13:11: Resources.web.Properties.Actions.w.StartAfer: is unknown: did you mean StartAfter?

                """)
    }

    @Test("a template that cannot be converted is no experiment, and an experiment is no template")
    func asExperiment() throws {
        func source(_ text: String) throws -> SourceDocument {
            try SourceDocument(parsing: Array(text.utf8), format: .yaml, name: "t.yaml")
        }
        let experiment = try Experiment(source(Self.template(Self.byName, Self.stop("a"))), registry: Self.registry)
        #expect(experiment.method.map(\.name) == ["a"])
        let error = #expect(throws: ExperimentError.self) {
            try Experiment(source(Self.template(Self.byName, "a: {actionId: x}")), registry: Self.registry)
        }
        #expect(error?.message == "t.yaml:5:17: actions.a.actionId: no activity can do x")
        let own = try source("title: t\nmethod: []\nactions: {}\ntargets: {}")
        #expect(!FISConversion.recognizes(own.value))
        #expect(try Experiment(own, registry: Self.registry).method.isEmpty)
    }

    @Test(
        "what is converted is a valid experiment, for us and for Chaos Toolkit",
        .enabled(if: Workspace.hasPython, "needs Chaos Toolkit: run ./build.sh setup"))
    func isValid() throws {
        let actions =
            Self.stop("a", after: "PT5M") + Self.wait("w", "PT1M")
            + "r: {actionId: 'aws:ec2:reboot-instances', targets: {Instances: t}, startAfter: [w]}\n"
            + "s: {actionId: 'aws:cloudwatch:assert-alarm-state', parameters: {alarmArns: '\(Self.alarm)', "
            + "alarmStates: 'OK,ALARM'}}\n"
        let conversion = try Self.convert(Self.template(Self.byTag, actions))
        let document = try #require(conversion.document)
        let validation = ExperimentValidation(
            registry: Self.registry, environment: ["PATH": "/bin:/usr/bin"], isStrict: true)
        #expect(validation.findings(in: SourceDocument(.object(document), name: "e")).isEmpty)
        let program =
            "import json, sys; from chaoslib.experiment import ensure_experiment_is_valid as check; "
            + "check(json.load(sys.stdin))"
        let result = try Command.run(Workspace.python, ["-c", program], input: document.description)
        #expect(result.status == 0, "\(result.errors)")
    }

    /// Every way to remove or replace one part of a value.
    private static func mutations(of value: JSONValue) -> [JSONValue] {
        let replacements: [JSONValue] = [
            nil, "", "x", 5, true, [], [:], ["x"], [[:]], ["a": 1], ["t"], "COUNT(0)", "PT1X",
        ]
        switch value {
        case .object(let members):
            return members.flatMap { key, part -> [JSONValue] in
                ([nil] + (replacements + mutations(of: part)).map(Optional.some)).map { changed in
                    var result = members
                    result[key] = changed
                    return .object(result)
                }
            }
        case .array(let elements):
            return elements.indices.flatMap { index in
                (replacements + mutations(of: elements[index])).map { changed in
                    var result = elements
                    result[index] = changed
                    return .array(result)
                }
            }
        default: return []
        }
    }

    @Test("whatever is wrong with a template, it is told, or the experiment is valid")
    func mutatedTemplates() throws {
        let actions =
            Self.stop("a", after: "PT5M") + Self.wait("w", "PT1M") + Self.stop("b", startAfter: ["w", "a"])
            + "s: {actionId: 'aws:cloudwatch:assert-alarm-state', parameters: {alarmArns: '\(Self.alarm)', "
            + "alarmStates: 'OK,ALARM'}}\n"
            + "c: {actionId: 'aws:ssm:send-command', targets: {Instances: t}, parameters: {documentArn: d, "
            + "duration: PT5M}, startAfter: [s]}"
        let target = "resourceType: 'aws:ec2:instance', resourceTags: {env: test}, selectionMode: ALL"
        let text = Self.template(target, actions, more: "experimentOptions: {emptyTargetResolutionMode: skip}")
        let base = try SourceDocument(parsing: Array(text.utf8), format: .yaml, name: "t").value
        let validation = ExperimentValidation(registry: Self.registry, environment: ["PATH": "/bin:/usr/bin"])
        var (converted, refused) = (0, 0)
        for template in Self.mutations(of: base) {
            let conversion = FISConversion(of: SourceDocument(template, name: "t"), registry: Self.registry)
            #expect((conversion.document == nil) == !conversion.findings.isValid)
            guard let document = conversion.document else {
                refused += 1
                continue
            }
            converted += 1
            let findings = validation.findings(in: SourceDocument(.object(document), name: "e"))
            #expect(findings.isValid, "\(findings.text("e")) \(template)")
        }
        #expect(converted > 30)
        #expect(refused > 200)
    }
}
