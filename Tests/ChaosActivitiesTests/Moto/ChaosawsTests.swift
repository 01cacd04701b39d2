import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

extension MotoTests {
    /// Native activities and the functions of chaosaws do the same to equal states of AWS, and tell the same.
    struct ChaosawsTests {
        /// A call of a function; `<web0>` in an argument is the id of a resource of the setup.
        struct Case: Sendable, CustomTestStringConvertible {
            let setup: String
            let function: String
            let arguments: JSONValue
            /// Members of the output that differ on purpose.
            var except: Set<String> = []
            /// Whether chaosaws returns the elements in random order.
            var isUnordered = false

            init(
                _ setup: String, _ function: String, _ arguments: JSONValue, except: Set<String> = [],
                isUnordered: Bool = false
            ) {
                (self.setup, self.function, self.arguments) = (setup, function, arguments)
                (self.except, self.isUnordered) = (except, isUnordered)
            }

            var testDescription: String { "\(function) \(arguments)" }
        }

        @Test(
            "an activity gives the output, makes the changes and leaves the state of chaosaws's function",
            arguments: cases)
        func sameAsChaosaws(_ test: Case) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare(test.setup)
            let native = try Native(test.function, test.arguments.filled(names), at: oracle.url)
            var (mine, choices): (JSONValue, [NativeActivity.Target])
            do {
                let (targets, output) = try await native.run()
                (mine, choices) = (["output": output], targets)
            } catch let error as ExperimentError {
                #expect(error.code == .activityFailed)
                (mine, choices) = (["error": .string(error.message)], [])
            }
            let myState = try native.changes.isEmpty ? .null : oracle.state()
            if !native.changes.isEmpty { oracle.discardState() }

            let theirNames = try oracle.prepare(test.setup)
            let parts = test.function.split(separator: ".").map(String.init)
            // The same choice in another state: ids that are new there are found by the name of the setup.
            let chosen = choices.map { $0.id.split(separator: "/").last.map(String.init) ?? "" }
                .map { id in names.first { $0.value == id }.flatMap { theirNames[$0.key] } ?? id }
            var theirs = try oracle.ask([
                "command": "chaosaws", "module": .string("chaosaws.\(parts[0]).\(parts[1])"),
                "function": .string(parts[2]), "arguments": test.arguments.filled(theirNames), "configuration": [:],
                "choices": .array(chosen.map { .string($0) }),
            ])
            let theirActions = (theirs["calls"]?.arrayValue ?? []).map { call in
                let name = call[1]?.stringValue ?? ""
                return "\(call[0]?.stringValue ?? ""):\(name == "Invoke" ? "InvokeFunction" : name)"
            }
            let theirChanges = theirActions.filter { !$0.isRead }
            let theirState = try theirChanges.isEmpty ? .null : oracle.state()
            if !theirChanges.isEmpty { oracle.discardState() }
            if case .object(var object) = theirs {
                object["calls"] = nil
                theirs = .object(object)
            }

            #expect(
                mine.comparable(names, test.except, test.isUnordered)
                    == theirs.comparable(theirNames, test.except, test.isUnordered))
            #expect(myState.comparable(names, [], true) == theirState.comparable(theirNames, [], true))
            #expect(native.changes == theirChanges, "changes")
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty, "what is called is declared")
            #expect(Set(theirActions).subtracting(native.declared).isEmpty, "what chaosaws calls is declared")
        }
    }
}

extension MotoTests.ChaosawsTests {
    static let cases: [Case] = ec2 + autoScaling + ecs + cloudWatch + lambda + ssm

    private static let web: JSONValue = [["Name": "tag:app", "Values": ["web"]]]
    private static let none: JSONValue = [["Name": "tag:app", "Values": ["none"]]]

    private static let ec2: [Case] = [
        Case("instances", "ec2.actions.stop_instance", ["instance_id": "<web0>"]),
        Case("instances", "ec2.actions.stop_instance", ["filters": web]),
        Case("instances", "ec2.actions.stop_instance", [:]),
        Case("instances", "ec2.actions.stop_instance", ["az": "eu-central-1z"]),
        Case("instances", "ec2.actions.stop_instances", ["filters": web, "force": true]),
        Case("instances", "ec2.actions.stop_instances", ["instance_ids": ["<web1>", "<db>"]]),
        Case("instances", "ec2.actions.stop_instances", ["instance_ids": ["i-00000000000000000"]]),
        Case("instances", "ec2.actions.stop_instances", ["filters": none]),
        Case("instances", "ec2.actions.stop_instances", [:]),
        Case("instances", "ec2.actions.start_instances", ["instance_ids": ["<db>"]]),
        Case("instances", "ec2.actions.start_instances", ["filters": none, "az": "a'b"]),
        Case("instances", "ec2.actions.start_instances", [:]),
        Case("instances", "ec2.actions.terminate_instance", ["instance_id": "<web2>"]),
        Case("instances", "ec2.actions.terminate_instance", ["filters": web]),
        Case("instances", "ec2.actions.terminate_instance", ["filters": none]),
        Case("instances", "ec2.actions.terminate_instance", [:]),
        Case("instances", "ec2.actions.terminate_instances", ["filters": web]),
        Case("instances", "ec2.actions.terminate_instances", ["instance_ids": ["<web0>", "<web1>"]]),
        Case("instances", "ec2.actions.terminate_instances", ["az": "x"]),
        Case("instances", "ec2.actions.terminate_instances", [:]),
        Case("instances", "ec2.actions.restart_instances", ["filters": web]),
        Case("instances", "ec2.actions.restart_instances", [:]),
        Case("instances", "ec2.probes.describe_instances", ["filters": web]),
        Case("instances", "ec2.probes.count_instances", ["filters": web]),
        Case("instances", "ec2.probes.count_instances", ["filters": none]),
        Case("instances", "ec2.probes.count_min_instances", ["filters": web, "min_count": 1]),
        Case("instances", "ec2.probes.count_min_instances", ["filters": web, "min_count": 2]),
        Case("instances", "ec2.probes.instance_state", ["state": "running", "filters": web]),
        Case("instances", "ec2.probes.instance_state", ["state": "running", "instance_ids": ["<db>"]]),
        Case("instances", "ec2.probes.instance_state", ["state": "running", "filters": none]),
        Case("instances", "ec2.probes.instance_state", ["state": "running"]),
    ]

    private static let teamA: JSONValue = [["Key": "team", "Value": "a"]]
    private static let nobody: JSONValue = [["Key": "team", "Value": "x"]]

    private static let autoScaling: [Case] = [
        Case("groups", "asg.actions.suspend_processes", ["asg_names": ["web", "api"]]),
        Case("groups", "asg.actions.suspend_processes", ["tags": teamA, "process_names": ["Launch", "Terminate"]]),
        Case("groups", "asg.actions.suspend_processes", ["asg_names": ["web"], "process_names": ["Lunch"]]),
        Case("groups", "asg.actions.suspend_processes", ["asg_names": ["nope"]]),
        Case("groups", "asg.actions.suspend_processes", ["asg_names": ["web", "nope"]]),
        Case("groups", "asg.actions.suspend_processes", ["tags": nobody]),
        Case("groups", "asg.actions.suspend_processes", [:]),
        Case("groups", "asg.actions.suspend_processes", ["asg_names": ["web"], "tags": teamA]),
        Case("groups", "asg.actions.resume_processes", ["asg_names": ["api"]]),
        Case("groups", "asg.actions.resume_processes", ["asg_names": ["api"], "process_names": ["AZRebalance"]]),
        Case("groups", "asg.actions.stop_random_instances", ["asg_names": ["web"], "instance_count": 2]),
        Case("groups", "asg.actions.stop_random_instances", ["asg_names": ["web", "api"], "instance_percent": 50]),
        Case("groups", "asg.actions.stop_random_instances", ["tags": teamA, "az": "eu-central-1a", "force": true]),
        Case("groups", "asg.actions.stop_random_instances", ["tags": teamA, "az": "eu-central-1b"]),
        Case("groups", "asg.actions.stop_random_instances", ["tags": teamA, "instance_count": 4]),
        Case("groups", "asg.actions.terminate_random_instances", ["asg_names": ["web"], "instance_count": 1]),
        Case("groups", "asg.actions.terminate_random_instances", ["asg_names": ["web"], "instance_percent": 99.9]),
        Case("groups", "asg.actions.terminate_random_instances", ["asg_names": ["web"], "instance_percent": 200]),
        Case("groups", "asg.actions.terminate_random_instances", ["asg_names": ["web"]]),
        Case(
            "groups", "asg.actions.terminate_random_instances",
            ["asg_names": ["web"], "instance_count": 1, "instance_percent": 1, "az": "eu-central-1a"]),
        Case("groups", "asg.probes.describe_auto_scaling_groups", ["asg_names": ["web", "api"]]),
        Case("groups", "asg.probes.describe_auto_scaling_groups", ["tags": teamA]),
        Case("groups", "asg.probes.describe_auto_scaling_groups", ["asg_names": ["nope"]]),
        Case("groups", "asg.probes.describe_auto_scaling_groups", [:]),
        Case("groups", "asg.probes.desired_equals_healthy", ["asg_names": ["web", "api"]]),
        Case("groups", "asg.probes.desired_equals_healthy", ["asg_names": ["nope"]]),
        Case("groups", "asg.probes.desired_equals_healthy", ["asg_names": []]),
        Case("groups", "asg.probes.desired_equals_healthy_tags", ["tags": teamA]),
        Case("groups", "asg.probes.desired_equals_healthy_tags", ["tags": nobody]),
        Case("groups", "asg.probes.desired_equals_healthy_tags", ["tags": []]),
        Case("groups", "asg.probes.wait_desired_equals_healthy", ["asg_names": ["web"]]),
        Case("groups", "asg.probes.wait_desired_equals_healthy", ["asg_names": ["web"], "timeout": -1]),
        Case("groups", "asg.probes.wait_desired_equals_healthy_tags", ["tags": teamA]),
        Case("groups", "asg.probes.process_is_suspended", ["asg_names": ["api"], "process_names": ["AZRebalance"]]),
        Case("groups", "asg.probes.process_is_suspended", ["tags": teamA, "process_names": ["AZRebalance"]]),
        Case("groups", "asg.probes.process_is_suspended", ["asg_names": ["api"]]),
        Case("groups", "asg.probes.process_is_suspended", ["process_names": ["Launch"]]),
        Case("groups", "asg.probes.instance_count_by_health", ["asg_names": ["web", "api"]]),
        Case("groups", "asg.probes.instance_count_by_health", ["asg_names": ["web"], "count_healthy": false]),
        Case("groups", "asg.probes.instance_count_by_health", [:]),
    ]

    private static let front: JSONValue = ["cluster": "shop", "service": "front"]

    private static let ecs: [Case] = [
        Case(
            "cluster", "ecs.actions.update_desired_count", ["cluster": "shop", "service": "front", "desired_count": 0]),
        Case(
            "cluster", "ecs.actions.update_desired_count", ["cluster": "nope", "service": "front", "desired_count": 0]),
        Case(
            "cluster", "ecs.actions.update_desired_count", ["cluster": "shop", "service": "nope", "desired_count": 0]),
        Case("cluster", "ecs.actions.stop_task", ["cluster": "shop", "task_id": "<task1>", "reason": "because"]),
        Case("cluster", "ecs.actions.stop_task", front),
        Case("cluster", "ecs.actions.stop_task", ["cluster": "nope", "task_id": "0123"]),
        Case("cluster", "ecs.actions.stop_task", ["cluster": "empty", "service": "front"]),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "shop", "task_count": 2], isUnordered: true),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "shop", "task_percent": 99], isUnordered: true),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "shop", "task_percent": 1]),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "shop", "task_count": 5, "service": "front"]),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "shop"]),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "nope", "task_count": 1]),
        Case("cluster", "ecs.probes.service_is_deploying", front),
        Case("cluster", "ecs.probes.service_is_deploying", ["cluster": "shop", "service": "nope"]),
        Case("cluster", "ecs.probes.are_all_desired_tasks_running", front),
        Case("cluster", "ecs.probes.are_all_desired_tasks_running", ["cluster": "nope", "service": "front"]),
        Case("cluster", "ecs.probes.describe_cluster", ["cluster": "shop"]),
        Case("cluster", "ecs.probes.describe_cluster", ["cluster": "nope"]),
        Case("cluster", "ecs.probes.describe_service", front),
        Case("cluster", "ecs.probes.describe_service", ["cluster": "shop", "service": "nope"]),
        Case("cluster", "ecs.probes.describe_tasks", ["cluster": "shop"]),
        Case("cluster", "ecs.probes.describe_tasks", ["cluster": "empty"]),
    ]

    private static func metric(_ more: JSONObject) -> JSONValue {
        var arguments: JSONObject = ["namespace": "Shop", "metric_name": "Errors"]
        for (key, value) in more { arguments[key] = value }
        return .object(arguments)
    }

    private static let service: JSONObject = ["dimension_name": "Service", "dimension_value": "front"]

    private static func ofService(_ more: JSONObject) -> JSONValue {
        var arguments = service
        for (key, value) in more { arguments[key] = value }
        return metric(arguments)
    }

    private static let cloudWatch: [Case] =
        [
            Case("metrics", "cloudwatch.probes.get_alarm_state_value", ["alarm_name": "quiet"]),
            Case("metrics", "cloudwatch.probes.get_alarm_state_value", ["alarm_name": "loud"]),
            Case("metrics", "cloudwatch.probes.get_alarm_state_value", ["alarm_name": "nope"]),
            Case("metrics", "cloudwatch.probes.get_metric_statistics", metric(["statistic": "Sum"])),
            Case("metrics", "cloudwatch.probes.get_metric_statistics", ofService([:])),
            Case(
                "metrics", "cloudwatch.probes.get_metric_statistics",
                ofService(["statistic": "Sum", "duration": 600, "unit": "Seconds"])),
            Case(
                "metrics", "cloudwatch.probes.get_metric_statistics",
                metric([
                    "dimensions": [["Name": "Service", "Value": "front"]], "statistic": "Average", "duration": 600,
                ])),
            Case(
                "metrics", "cloudwatch.probes.get_metric_statistics",
                ofService(["statistic": "Sum", "duration": 60, "offset": 3600])),
            Case("metrics", "cloudwatch.probes.get_metric_data", metric(["statistic": "Sum"])),
        ]
        + ["Sum", "Average", "Minimum", "Maximum", "SampleCount"].flatMap { statistic in
            [
                Case(
                    "metrics", "cloudwatch.probes.get_metric_statistics",
                    ofService(["statistic": .string(statistic), "duration": 600])),
                Case(
                    "metrics", "cloudwatch.probes.get_metric_data",
                    ofService(["statistic": .string(statistic), "duration": 600])),
            ]
        } + [
            Case("metrics", "cloudwatch.probes.get_metric_data", ofService(["statistic": "Sum", "offset": 250]))
        ]

    private static let lambda: [Case] = [
        Case(
            "functions", "awslambda.actions.put_function_concurrency",
            ["function_name": "free", "concurrent_executions": 0]),
        Case(
            "functions", "awslambda.actions.put_function_concurrency",
            ["function_name": "nope", "concurrent_executions": 1]),
        Case(
            "functions", "awslambda.actions.put_function_concurrency",
            ["function_name": "", "concurrent_executions": 1]),
        Case("functions", "awslambda.actions.delete_function_concurrency", ["function_name": "limited"]),
        Case("functions", "awslambda.actions.delete_function_concurrency", ["function_name": "nope"]),
        Case(
            "functions", "awslambda.actions.invoke_function",
            ["function_name": "free", "function_arguments": ["a": [1, "é"]], "client_context": ["b": 2]]),
        Case("functions", "awslambda.actions.invoke_function", ["function_name": "free", "function_arguments": [:]]),
        Case("functions", "awslambda.actions.invoke_function", ["function_name": "nope"]),
        Case("functions", "awslambda.probes.get_function_concurrency", ["function_name": "limited"]),
        Case("functions", "awslambda.probes.get_function_concurrency", ["function_name": "free"]),
        Case("functions", "awslambda.probes.get_function_concurrency", ["function_name": "nope"]),
    ]

    /// chaosaws works only with all of the options.
    private static let ssm: [Case] = [
        Case(
            "instances", "ssm.actions.send_command",
            [
                "document_name": "AWS-RunShellScript", "targets": [["Key": "tag:app", "Values": ["web"]]],
                "document_version": "1", "parameters": ["commands": ["true"]], "timeout_seconds": 60,
                "max_concurrency": "1", "max_errors": "0",
            ],
            // The instances are named instead of the tags, and a comment marks it. moto counts others with them.
            except: ["Comment", "InstanceIds", "Targets", "TargetCount", "CompletedCount"]),
        Case("instances", "ssm.actions.send_command", ["document_name": ""]),
    ]
}

extension JSONValue {
    /// The value with the ids in the place of `<name>`.
    func filled(_ names: [String: String]) -> JSONValue {
        switch self {
        case .string(let text):
            .string(names.reduce(text) { $0.replacingOccurrences(of: "<\($1.key)>", with: $1.value) })
        case .array(let elements): .array(elements.map { $0.filled(names) })
        case .object(let members): .object(JSONObject(members.map { ($0.key, $0.value.filled(names)) }))
        default: self
        }
    }

    /// The value without what differs from call to call: times, ids of requests and of resources that are new.
    fileprivate func comparable(_ names: [String: String], _ except: Set<String>, _ isUnordered: Bool) -> JSONValue {
        switch self {
        case .string(var text):
            for (name, id) in names { text = text.replacingOccurrences(of: id, with: "<\(name)>") }
            text.replace(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,}(\+00:00|Z)/, with: "<time>")
            text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "<uuid>")
            text.replace(/\b(i|r|vol|eni|eni-attach|subnet|sg|vpc|ami)-[0-9a-f]{8,17}\b/, with: "<id>")
            text.replace(/ecs-svc\/[0-9]+/, with: "<deployment>")
            return .string(text)
        case .array(let elements):
            let elements = elements.map { $0.comparable(names, except, isUnordered) }
            return .array(isUnordered ? elements.sorted { "\($0)" < "\($1)" } : elements)
        case .object(let members):
            return .object(
                JSONObject(
                    members.filter { !except.contains($0.key) }.map { key, value in
                        let key = JSONValue.string(key).comparable(names, except, isUnordered).stringValue ?? key
                        switch key {
                        case "RequestId": return (key, .bool(value.stringValue != nil))
                        // Whether the headers are all there; their values tell of the request.
                        case "HTTPHeaders":
                            let names = (value.objectValue?.keys ?? []).map { $0.lowercased() }.sorted()
                            return (key, .array(names.map { .string($0) }))
                        case "PrivateIpAddress", "PrivateDnsName", "PublicDnsName", "PublicIpAddress", "PublicIp",
                            "MacAddress":
                            return (key, .bool(value.stringValue != nil))
                        default: return (key, value.comparable(names, except, isUnordered))
                        }
                    }))
        default: return self
        }
    }
}
