import Basics
import Experiments
import JSON
import TestSupport
import Testing

extension MotoTests.UndoTests {
    /// An experiment of FIS outlives its template, so its undos have tests of their own.
    static let fis: [Case] = []
}

extension MotoTests {
    /// Experiments that an activity starts have ended after its undo, and nothing that it made is left.
    struct FISUndoTests {
        private static let inline: JSONValue = [
            "description": "stop one", "roleArn": "arn:aws:iam::123456789012:role/fis",
            "stopConditions": [["source": "none"]],
            "targets": [
                "Web": [
                    "resourceType": "aws:ec2:instance", "selectionMode": "ALL",
                    "resourceArns": ["arn:aws:ec2:eu-central-1:123456789012:instance/i-0123456789abcdef0"],
                ]
            ],
            "actions": ["stop": ["actionId": "aws:ec2:stop-instances", "targets": ["Instances": "Web"]]],
        ]

        private static let starts: [(String, JSONValue)] = [
            ("fis.actions.start_experiment", ["experiment_template_id": "<stop>"]),
            (
                "fis.actions.start_stress_pod_delete_scenario",
                [
                    "label_selector": "app=web", "tags": [:], "role_arn": "arn:aws:iam::123456789012:role/fis",
                    "log_group_arn": "arn:aws:logs:eu-central-1:123456789012:log-group:fis",
                    "cluster_identifier": "shop",
                ]
            ),
            ("fis.actions.start_availability_zone_power_interruption_scenario", ["az": "eu-central-1a"]),
        ]

        /// Waits take no time, and there is enough of it.
        private static func native(_ name: String, _ arguments: JSONValue, _ clock: TestClock = TestClock()) throws
            -> Native
        {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("moving_fis")
            oracle.discardState()
            return try Native(
                name, arguments.filled(names), at: oracle.url, time: clock.source, deadline: clock.now + .seconds(600))
        }

        @Test("an experiment runs until its undo has ended it; a second undo changes nothing", arguments: starts)
        func cycle(name: String, arguments: JSONValue) async throws {
            let native = try Self.native(name, arguments)
            let oracle = try Oracle.shared.get()
            let before = try oracle.state()
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let target = try #require(targets.first)
            let known = try await undo.capture(native.invocation, target)
            _ = try await native.activity.run(native.invocation, targets)
            guard case .stillBroken = try await undo.check(native.invocation, target, known) else {
                Issue.record("nothing is broken after the start")
                return
            }
            try await undo.restore(native.invocation, target, known)
            #expect(try await undo.check(native.invocation, target, known) == .restored)
            #expect(try oracle.state() == before)
            let changes = native.changes
            try await undo.restore(native.invocation, target, known)
            #expect(native.changes == changes)
            #expect(try await undo.check(native.invocation, target, known) == .restored)
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty)
        }

        @Test("after a crash before the start nothing is found, once FIS would show it", arguments: starts)
        func neverStarted(name: String, arguments: JSONValue) async throws {
            let clock = TestClock()
            let native = try Self.native(name, arguments, clock)
            let undo = try #require(native.activity.undo)
            let target = try #require(try await native.activity.targets(native.invocation).first)
            let known = try await undo.capture(native.invocation, target)
            guard case .stillBroken = try await undo.check(native.invocation, target, known) else {
                Issue.record("an experiment may still appear")
                return
            }
            try await undo.restore(native.invocation, target, known)
            let outcome = try await undo.check(native.invocation, target, known)
            #expect(outcome == .nothingLeft("no experiment was started"))
            #expect(native.changes == [])
            #expect(clock.sleeps.count >= 12)
        }

        @Test("a role that was half made by a start that died is removed")
        func halfMade() async throws {
            let native = try Self.native(
                "fis.actions.start_availability_zone_power_interruption_scenario", ["az": "eu-central-1a"])
            let oracle = try Oracle.shared.get()
            let before = try oracle.state()
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await undo.capture(native.invocation, targets[0])
            let failing = try oracle.script([
                "fis:CreateExperimentTemplate": [["error": "ConflictException", "message": "not now", "status": 409]]
            ])
            let other = try Native(
                native.activity.name, ["az": "eu-central-1a"], at: failing, time: TestClock().source)
            await #expect(throws: ExperimentError.self) { try await other.run() }
            try oracle.script([:])
            #expect(try oracle.state() != before)
            try await undo.restore(native.invocation, targets[0], known)
            #expect(try oracle.state() == before)
            let outcome = try await undo.check(native.invocation, targets[0], known)
            #expect(outcome == .nothingLeft("no experiment was started"))
        }

        @Test("restore_… finds the run's scenario without tags, and deletes template, role and policies")
        func restore() async throws {
            let start = try Self.native(
                "fis.actions.start_availability_zone_power_interruption_scenario", ["az": "eu-central-1a"])
            let oracle = try Oracle.shared.get()
            let before = try oracle.state()
            _ = try await start.run()
            #expect(try oracle.state() != before)
            let restore = try Native(
                "fis.actions.restore_availability_zone_power_after_interruption", [:], at: oracle.url,
                time: TestClock().source)
            let (targets, output) = try await restore.run()
            #expect(targets.count == 1)
            #expect(output.arrayValue?.count == 1)
            #expect(try oracle.state() == before)
            #expect(Set(restore.recorder.actions).subtracting(restore.declared).isEmpty)
        }

        @Test("no tags are not the tags of all experiments")
        func noTags() async throws {
            let native = try Self.native("fis.actions.stop_experiments_by_tags", ["tags": [:]])
            await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(native.recorder.actions == [])
        }

        @Test("a run waits for the end, tells what was done, and leaves no template of an inline definition")
        func run() async throws {
            let clock = TestClock()
            let native = try Self.native("tocsin.fis.actions.run_experiment", ["template": Self.inline], clock)
            let oracle = try Oracle.shared.get()
            let before = try oracle.state()["fis"]?["templates"]
            let (_, output) = try await native.run()
            #expect(output["status"] == "completed")
            #expect(output["actions"]?["stop"]?["status"] == "completed")
            #expect(output["actions"]?["stop"]?["actionId"] == "aws:ec2:stop-instances")
            #expect(output["resolvedTargets"]?[0]?["targetName"] == "Web")
            #expect(output["report"] == .null)
            #expect(try oracle.state()["fis"]?["templates"] == before)
            #expect(!clock.sleeps.isEmpty)
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty)
        }

        @Test("a run that is interrupted leaves an experiment, which the undo stops, and its template")
        func interrupted() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("moving_fis")
            oracle.discardState()
            let before = try oracle.state()
            let clock = TestClock()
            let interrupting = clock.source { count in if count == 1 { throw CancellationError() } }
            let dying = try Native(
                "tocsin.fis.actions.run_experiment", JSONValue.object(["template": Self.inline]).filled(names),
                at: oracle.url, time: interrupting)
            let undo = try #require(dying.activity.undo)
            let targets = try await dying.activity.targets(dying.invocation)
            let known = try await undo.capture(dying.invocation, targets[0])
            await #expect(throws: CancellationError.self) {
                try await dying.activity.run(dying.invocation, targets)
            }
            #expect(try oracle.state() != before)
            let later = try Native(
                "tocsin.fis.actions.run_experiment", ["template": Self.inline], at: oracle.url, time: clock.source,
                deadline: clock.now + .seconds(600))
            try await undo.restore(later.invocation, targets[0], known)
            #expect(try await undo.check(later.invocation, targets[0], known) == .restored)
            #expect(try oracle.state() == before)
        }

        @Test("a run fails with the reasons of experiment and actions, and when its time is over")
        func failed() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("moving_fis")
            oracle.discardState()
            let id = names["web"] ?? ""
            func experiment(_ status: String, report: JSONValue? = nil) -> JSONValue {
                var experiment: JSONObject = [
                    "id": .string(id), "state": ["status": .string(status), "reason": "no role"],
                    "actions": ["stop": ["state": ["status": .string(status), "reason": "denied"]]],
                ]
                experiment["experimentReport"] = report
                return ["experiment": .object(experiment)]
            }
            func run(_ replies: [JSONValue], _ others: JSONObject = [:]) async throws -> JSONValue {
                let url = try oracle.script(["fis:GetExperiment": .array(replies)])
                let clock = TestClock()
                var arguments: JSONObject = ["experiment_template_id": .string(names["stop"] ?? "")]
                for (name, value) in others { arguments[name] = value }
                return try await Native(
                    "tocsin.fis.actions.run_experiment", .object(arguments), at: url, time: clock.source
                ).run().output
            }
            defer { _ = try? oracle.script([:]) }
            do {
                _ = try await run([experiment("running"), experiment("failed")])
                Issue.record("it must fail")
            } catch let error as ExperimentError {
                #expect(error.message.contains("is failed: no role; stop: failed (denied)"), "\(error.message)")
            }
            do {
                _ = try await run([experiment("running")])
                Issue.record("it must fail")
            } catch let error as ExperimentError {
                #expect(error.message.contains("the time of the run is over: it is running"), "\(error.message)")
            }
            let s3: JSONValue = [["arn": "arn:aws:s3:::b/report.pdf", "reportType": "PDF"]]
            let output = try await run(
                [
                    experiment("completed", report: ["state": ["status": "running"]]),
                    experiment("completed", report: ["state": ["status": "completed"], "s3Reports": s3]),
                ], ["wait_for_report": true])
            #expect(output["report"] == ["status": "completed", "reason": .null, "s3": s3])
        }
    }
}
