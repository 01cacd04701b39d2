import Experiments
import JSON
import TestSupport
import Testing

extension MotoTests {
    /// What an action changes is put back, and the proof tells the truth at each step.
    struct UndoTests {
        struct Case: Sendable, CustomTestStringConvertible {
            let setup: String
            let function: String
            let arguments: JSONValue
            /// A call of boto3 that removes the first target: service, operation, arguments; nil for an action that
            /// removes it itself, or makes it.
            var removal: (service: String, operation: String, arguments: JSONValue)?
            var testDescription: String { "\(function) \(arguments)" }
            /// The module of its function.
            var module: String {
                let module = function.split(separator: ".").dropLast().joined(separator: ".")
                return ["tocsin.", "resiliencyvr."].contains { module.hasPrefix($0) } ? module : "chaosaws." + module
            }
        }

        /// Each service's are in a file of its own.
        static let cases: [Case] = [
            ec2, autoScaling, ecs, lambda, eks, elbv2, eventRules, iam, lambdaFaults, s3, ssm, route53, rds,
            elastiCache,
            msk, emr, fis, awsCalls, serviceFaults, availabilityZones, resiliencyInstances, resiliencyHosts,
            resiliencyPods, resiliencyNetworks,
        ].flatMap(\.self)

        @Test("an action is broken until it is restored, and a second restore changes nothing", arguments: cases)
        func cycle(_ test: Case) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare(test.setup)
            oracle.discardState()
            let before = try oracle.state()
            let native = try native(test, names, oracle)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let captured = try await capture(undo, targets, native)
            _ = try await native.activity.run(native.invocation, targets)
            for (target, known) in zip(targets, captured) {
                let outcome = try await undo.check(native.invocation, target, known)
                guard case .stillBroken = outcome else {
                    Issue.record("\(target.id) is not broken after the action: \(outcome)")
                    continue
                }
                try await undo.restore(native.invocation, target, known)
                #expect(try await undo.check(native.invocation, target, known) == .restored)
            }
            #expect(try oracle.state() == before)

            let changes = native.changes
            for (target, known) in zip(targets, captured) {
                try await undo.restore(native.invocation, target, known)
                #expect(try await undo.check(native.invocation, target, known) == .restored)
            }
            #expect(native.changes == changes, "the second restore")
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty, "what is called is declared")
        }

        @Test(
            "a target that was removed in the meantime leaves nothing to restore",
            arguments: cases.filter { $0.removal != nil })
        func removed(_ test: Case) async throws {
            let removal = try #require(test.removal)
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare(test.setup)
            let native = try native(test, names, oracle)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let captured = try await capture(undo, targets, native)
            _ = try await native.activity.run(native.invocation, targets)
            try oracle.call(removal.service, removal.operation, removal.arguments.filled(names))
            let changes = native.changes
            for (target, known) in zip(targets, captured) {
                try await undo.restore(native.invocation, target, known)
                let outcome = try await undo.check(native.invocation, target, known)
                guard case .nothingLeft = outcome else {
                    Issue.record("\(target.id): \(outcome)")
                    continue
                }
            }
            #expect(native.changes == changes, "nothing is changed")
        }

        @Test(
            "what others have set meanwhile stays",
            arguments: [
                (
                    "cluster", "ecs.actions.update_desired_count",
                    ["cluster": "shop", "service": "front", "desired_count": 0],
                    ("ecs", "update_service", ["cluster": "shop", "service": "front", "desiredCount": 40])
                ),
                (
                    "ecs_settings", "ecs.actions.set_service_deployment_configuration",
                    ["cluster": "pool", "service": "back", "minimum_healthy_percent": 0],
                    (
                        "ecs", "update_service",
                        [
                            "cluster": "pool", "service": "back",
                            "deploymentConfiguration": ["maximumPercent": 300, "minimumHealthyPercent": 90],
                        ]
                    )
                ),
                (
                    "services", "tocsin.sqs.actions.change_visibility_timeout",
                    ["queue": "orders", "visibility_timeout": 0],
                    (
                        "sqs", "set_queue_attributes",
                        ["QueueUrl": "<queue>", "Attributes": ["VisibilityTimeout": "60"]]
                    )
                ),
                (
                    "lambda", "awslambda.actions.put_function_memory_size",
                    ["function_name": "front", "memory_size": 128],
                    ("lambda", "update_function_configuration", ["FunctionName": "front", "MemorySize": 3008])
                ),
                (
                    "lambda", "awslambda.actions.put_function_concurrency",
                    ["function_name": "front", "concurrent_executions": 0],
                    (
                        "lambda", "put_function_concurrency",
                        ["FunctionName": "front", "ReservedConcurrentExecutions": 80]
                    )
                ),
            ] as [(String, String, JSONValue, (service: String, operation: String, arguments: JSONValue))])
        func othersSettings(
            setup: String, function: String, arguments: JSONValue,
            change: (service: String, operation: String, arguments: JSONValue)
        ) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare(setup)
            oracle.discardState()
            let native = try Native(function, arguments.filled(names), at: oracle.url, time: TestClock().source)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let captured = try await capture(undo, targets, native)
            _ = try await native.activity.run(native.invocation, targets)
            try oracle.call(change.service, change.operation, change.arguments.filled(names))
            let (changes, before) = (native.changes, try oracle.state())
            try await undo.restore(native.invocation, targets[0], captured[0])
            #expect(native.changes == changes)
            #expect(try oracle.state() == before)
            guard case .nothingLeft(let reason) = try await undo.check(native.invocation, targets[0], captured[0])
            else {
                Issue.record("others have set it")
                return
            }
            #expect(reason.hasPrefix("others have changed it: "))
        }

        @Test("an instance that was stopped before the action is not started")
        func stoppedBefore() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("instances")
            oracle.discardState()
            let native = try Native(
                "ec2.actions.stop_instances", ["instance_ids": [.string(names["db"] ?? "")]], at: oracle.url,
                time: TestClock().source)
            let undo = try #require(native.activity.undo)
            let (targets, _) = try await native.run()
            let known: JSONValue = ["state": "stopped"]
            try await undo.restore(native.invocation, targets[0], known)
            #expect(try await undo.check(native.invocation, targets[0], known) == .restored)
            #expect(native.changes == ["ec2:StopInstances"])
            try oracle.call("ec2", "start_instances", ["InstanceIds": [.string(names["db"] ?? "")]])
            let outcome = try await undo.check(native.invocation, targets[0], known)
            #expect(outcome == .nothingLeft("it did not run before, others started it"))
        }

        @Test("only processes that the action suspended are resumed")
        func othersStaySuspended() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("groups")
            oracle.discardState()
            let native = try Native(
                "asg.actions.suspend_processes", ["asg_names": ["api"], "process_names": ["Launch", "AZRebalance"]],
                at: oracle.url)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let captured = try await capture(undo, targets, native)
            #expect(captured == [["suspended": ["AZRebalance"]]])
            _ = try await native.activity.run(native.invocation, targets)
            try oracle.call(
                "autoscaling", "suspend_processes",
                ["AutoScalingGroupName": "api", "ScalingProcesses": ["HealthCheck"]])
            try await undo.restore(native.invocation, targets[0], captured[0])
            #expect(try oracle.state()["groups"]?["api"]?["suspended"] == ["AZRebalance", "HealthCheck"])
            #expect(try await undo.check(native.invocation, targets[0], captured[0]) == .restored)
        }

        /// The clock stands, so that waits take no time.
        private func native(_ test: Case, _ names: [String: String], _ oracle: Oracle) throws -> Native {
            try Native(test.function, test.arguments.filled(names), at: oracle.url, time: TestClock().source)
        }

        private func capture(
            _ undo: NativeActivity.Undo, _ targets: [NativeActivity.Target], _ native: Native
        ) async throws -> [JSONValue] {
            #expect(!targets.isEmpty)
            var captured: [JSONValue] = []
            for target in targets { captured.append(try await undo.capture(native.invocation, target)) }
            return captured
        }
    }
}
