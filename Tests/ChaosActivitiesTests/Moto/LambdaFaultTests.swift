import Basics
import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

extension MotoTests {
    /// Faults of functions that chaosaws does not have, and what is left of a run that was killed.
    struct LambdaFaultTests {
        private static func native(
            _ function: String, _ arguments: JSONValue
        ) throws -> (native: Native, oracle: Oracle, names: [String: String]) {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("lambda")
            oracle.discardState()
            let native = try Native(function, arguments.filled(names), at: oracle.url, time: TestClock().source)
            return (native, oracle, names)
        }

        @Test("the parameter has what failure-lambda reads, and only stops when it is stopped")
        func failure() async throws {
            let (native, oracle, _) = try Self.native(
                "tocsin.lambda.actions.inject_failure",
                [
                    "function_name": "front", "failure_mode": "statuscode", "rate": 0.5, "status_code": 503,
                    "denylist": ["sqs.*"],
                ])
            let (targets, output) = try await native.run()
            #expect(targets.map(\.id) == ["failures"])
            #expect(output["Version"] == 2)
            let written: JSONValue = [
                "isEnabled": true, "failureMode": "statuscode", "rate": 0.5, "minLatency": 100, "maxLatency": 400,
                "exceptionMsg": "Exception message!", "statusCode": 503, "diskSpace": 100, "denylist": ["sqs.*"],
            ]
            let probe = try Native(
                "tocsin.lambda.probes.get_failure", ["function_name": "front"], at: oracle.url)
            #expect(try await probe.run().output == written)
            let stop = try Native("tocsin.lambda.actions.stop_failure", ["function_name": "front"], at: oracle.url)
            _ = try await stop.run()
            let stopped = try await probe.run().output
            #expect(stopped["isEnabled"] == false)
            #expect(stopped["failureMode"] == "statuscode")
        }

        @Test("a function whose parameter does not exist yet has no failure")
        func noFailure() async throws {
            let (native, _, _) = try Self.native(
                "tocsin.lambda.probes.get_failure", ["function_name": "front", "parameter": "/new/failures"])
            #expect(try await native.run().output == .null)
        }

        @Test("a parameter that others have written since is not deleted")
        func writtenByOthers() async throws {
            let (native, oracle, _) = try Self.native(
                "tocsin.lambda.actions.inject_failure", ["function_name": "front", "parameter": "/new/failures"])
            let undo = try #require(native.activity.undo)
            let target = try #require(try await native.activity.targets(native.invocation).first)
            let before = try await undo.capture(native.invocation, target)
            _ = try await native.activity.run(native.invocation, [target])
            try oracle.call(
                "ssm", "put_parameter",
                ["Name": "/new/failures", "Value": "{}", "Type": "String", "Overwrite": true])
            try await undo.restore(native.invocation, target, before)
            #expect(native.changes == ["ssm:PutParameter"])
            let outcome = try await undo.check(native.invocation, target, before)
            #expect(outcome == .nothingLeft("others have written the parameter /new/failures since"))
        }

        @Test("variables of others that change in the meantime stay as they are")
        func otherVariables() async throws {
            let (native, oracle, _) = try Self.native(
                "tocsin.lambda.actions.remove_environment_variable", ["function_name": "layered", "name": "URL"])
            let undo = try #require(native.activity.undo)
            let target = try #require(try await native.activity.targets(native.invocation).first)
            let before = try await undo.capture(native.invocation, target)
            #expect(before["variables"] == ["URL": "https://shop"], "no other variable is remembered")
            _ = try await native.activity.run(native.invocation, [target])
            try oracle.call(
                "lambda", "update_function_configuration",
                ["FunctionName": "layered", "Environment": ["Variables": ["OTHER": "new"]]])
            try await undo.restore(native.invocation, target, before)
            let after = try oracle.call(
                "lambda", "get_function_configuration", ["FunctionName": "layered"])["Environment"]
            #expect(after?["Variables"] == ["OTHER": "new", "URL": "https://shop"])
            #expect(try await undo.check(native.invocation, target, before) == .restored)
        }

        @Test(
            "a mapping of a stream begins again where it was deleted, or at the oldest record",
            arguments: [
                ("kinesis", "AT_TIMESTAMP", true), ("dynamodb", "TRIM_HORIZON", false), ("sqs", nil, false),
            ] as [(String, String?, Bool)])
        func streams(service: String, position: String?, hasTime: Bool) async throws {
            let oracle = try Oracle.shared.get()
            let uuid = "01234567-89ab-cdef-0123-456789abcdef"
            let arn = "arn:aws:\(service):eu-central-1:123456789012:stream/orders"
            let function = "arn:aws:lambda:eu-central-1:123456789012:function:front"
            let mapping: JSONValue = [
                "UUID": .string(uuid), "EventSourceArn": .string(arn), "FunctionArn": .string(function),
                "State": "Disabled",
                "BatchSize": 7, "StartingPosition": "LATEST",
            ]
            let missing: JSONValue = ["error": "ResourceNotFoundException", "message": "gone", "status": 404]
            let url = try oracle.script([
                "lambda:GetEventSourceMapping": [mapping, missing],
                "lambda:GetFunctionConfiguration": [["FunctionName": "front"]],
                "lambda:ListEventSourceMappings": [["EventSourceMappings": []]],
                "lambda:CreateEventSourceMapping": [mapping],
            ])
            defer { _ = try? oracle.script([:]) }
            let native = try Native(
                "awslambda.actions.delete_event_source_mapping", ["event_uuid": .string(uuid)], at: url,
                time: TestClock().source)
            let undo = try #require(native.activity.undo)
            let target = NativeActivity.Target(kind: "lambda:event-source-mapping", id: uuid, tags: ["team": "a"])
            let before = try await undo.capture(native.invocation, target)
            try await undo.restore(native.invocation, target, before)
            #expect(native.changes == ["lambda:CreateEventSourceMapping"])
            let sent = try oracle.scriptedRequests().elements.last?["input"]?["body"]
            #expect(sent?["FunctionName"] == .string(function))
            #expect(sent?["Enabled"] == false)
            #expect(sent?["BatchSize"] == 7)
            #expect(sent?["Tags"] == ["team": "a"])
            #expect(sent?["StartingPosition"]?.stringValue == position ?? "LATEST")
            #expect((sent?["StartingPositionTimestamp"] != nil) == hasTime)
            #expect(sent?["State"] == nil)
        }

        @Test("a service that was only scaled down, since the run was killed before it deleted it, is scaled up")
        func halfDeleted() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("ecs_settings")
            oracle.discardState()
            let state = try oracle.state()
            let native = try Native(
                "ecs.actions.delete_service", ["cluster": "pool", "service": "back"], at: oracle.url,
                time: TestClock().source)
            let undo = try #require(native.activity.undo)
            let target = try #require(try await native.activity.targets(native.invocation).first)
            let before = try await undo.capture(native.invocation, target)
            try oracle.call(
                "ecs", "update_service",
                [
                    "cluster": "pool", "service": "back", "desiredCount": 0,
                    "deploymentConfiguration": ["maximumPercent": 100, "minimumHealthyPercent": 0],
                ])
            guard case .stillBroken = try await undo.check(native.invocation, target, before) else {
                Issue.record("it is scaled down")
                return
            }
            try await undo.restore(native.invocation, target, before)
            #expect(native.changes == ["ecs:UpdateService"])
            #expect(try await undo.check(native.invocation, target, before) == .restored)
            #expect(try oracle.state() == state)
        }
    }
}
