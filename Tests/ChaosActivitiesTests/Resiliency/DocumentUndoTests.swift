import Basics
import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// A fault by a document ends when its command is cancelled, and the host proves it.
struct DocumentUndoTests {
    private let clock = TestClock()
    private let target = NativeActivity.Target(kind: "ec2:instance", id: "i-1", region: "eu-central-1")

    /// What a fault's command does until it is cancelled, and what `RevertFaults` does.
    private static func hosts(fault: String, revert: String = "Success") throws -> ScriptedCommands {
        try ScriptedCommands(["i-1"]) { command, _ in
            command.document == "RevertFaults" ? (revert, "rules of eth0 are left") : (fault, "")
        }
    }

    /// The activity as another process would have it: only the arguments and the seed are the same.
    private func native(_ aws: ScriptedCommands, seed: UInt64 = 7) throws -> Native {
        try Native(
            "resiliencyvr.ec2.actions.stress_all_network_io", ["tag_value": "web", "duration": 60, "wait": false],
            at: aws.url, time: clock.source, deadline: clock.now + .seconds(3_600), seed: seed)
    }

    @Test("after kill -9 the command is found by its comment, cancelled, and the host proves that nothing is left")
    func killed() async throws {
        let aws = try Self.hosts(fault: "InProgress")
        let first = try native(aws)
        let undo = try #require(first.activity.undo)
        let known = try await undo.capture(first.invocation, target)
        _ = try await first.run()

        let second = try native(aws)
        #expect(
            try await undo.check(second.invocation, target, known)
                == .stillBroken("the command still runs on i-1: InProgress"))
        try await undo.restore(second.invocation, target, known)
        #expect(try await undo.check(second.invocation, target, known) == .restored)
        #expect(aws.commands.map(\.document) == ["StressAllNetworkIO", "RevertFaults"])
        #expect(aws.commands.map { $0.parameters["commandIds"] } == [nil, aws.commands[0].id])
        #expect(aws.count("CancelCommand") == 1)

        try await undo.restore(second.invocation, target, known)
        #expect(aws.commands.count == 2, "the second restore changes nothing")
        #expect(aws.count("CancelCommand") == 1)
        let declared = Set(first.declared)
        #expect(Set(first.recorder.actions + second.recorder.actions).subtracting(declared).isEmpty)
    }

    @Test("a command that succeeded has taken its fault back itself")
    func succeeded() async throws {
        let aws = try Self.hosts(fault: "Success")
        let native = try native(aws)
        let undo = try #require(native.activity.undo)
        let known = try await undo.capture(native.invocation, target)
        _ = try await native.run()
        #expect(try await undo.check(native.invocation, target, known) == .restored)
        try await undo.restore(native.invocation, target, known)
        #expect(native.changes == ["ssm:SendCommand"])
    }

    @Test("a command that ended otherwise proves nothing: the host is asked", arguments: ["Failed", "TimedOut"])
    func failed(status: String) async throws {
        let aws = try Self.hosts(fault: status)
        let native = try native(aws)
        let undo = try #require(native.activity.undo)
        let known = try await undo.capture(native.invocation, target)
        _ = try await native.run()
        #expect(
            try await undo.check(native.invocation, target, known)
                == .stillBroken(
                    "whether the fault has ended on i-1 is not known, since its command ended with \(status)"))
        try await undo.restore(native.invocation, target, known)
        #expect(try await undo.check(native.invocation, target, known) == .restored)
        #expect(aws.count("CancelCommand") == 0)
    }

    @Test("what the host says is left is told, and asked again by the next restore")
    func stays() async throws {
        let aws = try Self.hosts(fault: "Failed", revert: "Failed")
        let native = try native(aws)
        let undo = try #require(native.activity.undo)
        let known = try await undo.capture(native.invocation, target)
        _ = try await native.run()
        try await undo.restore(native.invocation, target, known)
        let outcome = try await undo.check(native.invocation, target, known)
        #expect(
            outcome
                == .stillBroken(
                    "whether the fault has ended on i-1 is not known, since its command ended with Failed, and "
                        + "RevertFaults did not prove it: i-1: Failed in step fault with exit code 3: rules of eth0 "
                        + "are left"))
        try await undo.restore(native.invocation, target, known)
        #expect(aws.commands.map(\.document) == ["StressAllNetworkIO", "RevertFaults", "RevertFaults"])
    }

    @Test("a proof from before the fault proves nothing")
    func oldProof() async throws {
        let aws = try Self.hosts(fault: "Failed")
        let native = try native(aws)
        let undo = try #require(native.activity.undo)
        let known = try await undo.capture(native.invocation, target)
        _ = try await native.run()
        try await undo.restore(native.invocation, target, known)
        // The same activity once more in the same run.
        _ = try await native.run()
        guard case .stillBroken = try await undo.check(native.invocation, target, known) else {
            Issue.record("the second fault is not seen")
            return
        }
        try await undo.restore(native.invocation, target, known)
        #expect(try await undo.check(native.invocation, target, known) == .restored)
    }

    @Test(
        "a host that is gone or stopped has no fault any more",
        arguments: [
            ("terminated", "the instance i-1 is terminated"), ("stopped", "the instance i-1 is stopped"),
            (nil, "the instance i-1 does not exist any more"),
        ] as [(String?, String)])
    func gone(state: String?, message: String) async throws {
        let aws = try Self.hosts(fault: "Failed")
        let native = try native(aws)
        let undo = try #require(native.activity.undo)
        let known = try await undo.capture(native.invocation, target)
        _ = try await native.run()
        aws.setState("i-1", state)
        try await undo.restore(native.invocation, target, known)
        #expect(try await undo.check(native.invocation, target, known) == .nothingLeft(message))
        #expect(aws.commands.count == 1)
    }

    @Test("when nothing was sent, or by another run, nothing is done")
    func nothingSent() async throws {
        let aws = try Self.hosts(fault: "InProgress")
        _ = try await native(aws, seed: 8).run()
        let native = try native(aws)
        let undo = try #require(native.activity.undo)
        let known = try await undo.capture(native.invocation, target)
        #expect(
            try await undo.check(native.invocation, target, known)
                == .stillBroken("whether a command was sent to i-1 is not known yet"))
        try await undo.restore(native.invocation, target, known)
        #expect(
            try await undo.check(native.invocation, target, known) == .nothingLeft("no command was sent to i-1"))
        #expect(native.changes.isEmpty)
    }

    @Test("every fault by a document that lasts has this undo; what kills and deletes, and tools, have none")
    func which() {
        let without: Set<String> = [
            "pod_termination_crash", "pod_kill_process_in_container", "delete_pod", "delete_pod_ssm",
            "install_stress_ng_on_pod",
        ]
        let activities =
            (ChaosActivities.resiliencyHosts + ChaosActivities.resiliencyPods + ChaosActivities.resiliencyNetworks)
            .filter { $0.kind == .action }
        for activity in activities {
            #expect((activity.undo == nil) == without.contains(activity.function), "\(activity.function)")
        }
        #expect(activities.count > 35)
    }
}
