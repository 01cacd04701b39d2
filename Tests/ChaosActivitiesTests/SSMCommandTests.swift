import Basics
import Experiments
import JSON
import TestSupport
import Testing

/// Commands of Systems Manager: which instances they reach, what is waited for, and how they are taken back.
struct SSMCommandTests {
    private static let byTag: JSONValue = [
        "document_name": "Stress", "targets": [["Key": "tag:app", "Values": ["web"]]],
        "parameters": ["seconds": ["60"]],
    ]
    /// An id as long as the service's.
    private static let first = "00000000-0000-0000-0000-000000000001"
    private static let two = Reply.instances([.init(id: "i-1"), .init(id: "i-2")])

    private static func command(_ id: String) -> Reply {
        .json(["Command": ["CommandId": .string(id), "Status": "Pending"]])
    }

    private static func results(_ statuses: [(instance: String, status: String)], comment: String = "") -> Reply {
        .json([
            "CommandInvocations": .array(
                statuses.map {
                    [
                        "CommandId": .string(first), "InstanceId": .string($0.instance), "Status": .string($0.status),
                        "StatusDetails": .string($0.status), "Comment": .string(comment),
                    ]
                })
        ])
    }

    private let clock = TestClock()

    private func native(
        _ aws: ScriptedAWS, _ arguments: JSONValue = byTag, wait: Bool = false, time: Duration = .seconds(60)
    ) throws -> Native {
        var given = arguments.objectValue ?? [:]
        given["wait"] = .bool(wait)
        return try Native(
            "ssm.actions.send_command", .object(given), at: aws.url, time: clock.source, deadline: clock.now + time)
    }

    @Test(
        "the command names the instances that had the tags when it was planned, and sends no option that is not given")
    func namesInstances() async throws {
        let aws = try ScriptedAWS(["DescribeInstances": [Self.two], "SendCommand": [Self.command(Self.first)]])
        let (targets, output) = try await native(aws).run()
        #expect(targets.map(\.id) == ["i-1", "i-2"])
        #expect(targets.map(\.candidates) == [2, 2])
        #expect(targets[0].tags == ["app": "web"])
        #expect(output["Command"]?["CommandId"] == .string(Self.first))
        let input = try #require(try aws.inputs("SendCommand").first?.objectValue)
        #expect(Set(input.keys) == ["DocumentName", "InstanceIds", "Comment", "Parameters"])
        #expect(input["InstanceIds"] == ["i-1", "i-2"])
        let filters = try #require(aws.requests("DescribeInstances").first?.text)
        #expect(filters.contains("tag%3Aapp"))
        #expect(filters.contains("instance-state-name"))
    }

    @Test("with wait the results of all instances are waited for")
    func waits() async throws {
        let aws = try ScriptedAWS([
            "DescribeInstances": [Self.two], "SendCommand": [Self.command(Self.first)],
            "ListCommandInvocations": [
                Self.results([]), Self.results([("i-1", "Success")]),
                Self.results([("i-1", "Success"), ("i-2", "InProgress")]),
                Self.results([("i-1", "Success"), ("i-2", "Success")]),
            ],
        ])
        let (_, output) = try await native(aws, wait: true).run()
        #expect(output["CommandInvocations"]?.arrayValue?.count == 2)
        #expect(clock.sleeps == [.seconds(5), .seconds(5), .seconds(5)])
    }

    @Test("without wait nothing is waited for")
    func doesNotWait() async throws {
        let aws = try ScriptedAWS(["DescribeInstances": [Self.two], "SendCommand": [Self.command(Self.first)]])
        _ = try await native(aws).run()
        #expect(aws.operations == ["DescribeInstances", "SendCommand"])
    }

    @Test("a command that fails on one instance fails the activity and names the instance")
    func partialFailure() async throws {
        let aws = try ScriptedAWS([
            "DescribeInstances": [Self.two], "SendCommand": [Self.command(Self.first)],
            "ListCommandInvocations": [Self.results([("i-1", "Success"), ("i-2", "TimedOut")])],
        ])
        let error = await #expect(throws: ExperimentError.self) { try await native(aws, wait: true).run() }
        #expect(
            error?.message == "chaoslib.exceptions.ActivityFailed: The command of document 'Stress' did not succeed on "
                + "1 of 2 instances: i-2: TimedOut")
    }

    @Test("a wait ends with the time of the run")
    func deadline() async throws {
        let aws = try ScriptedAWS([
            "DescribeInstances": [Self.two], "SendCommand": [Self.command(Self.first)],
            "ListCommandInvocations": [Self.results([("i-1", "InProgress")])],
        ])
        let error = await #expect(throws: ExperimentError.self) { try await native(aws, wait: true).run() }
        #expect(error?.message.contains("has not ended on 2 of 2 instances") == true)
        // The deadline is a minute away.
        #expect(clock.sleeps.count == 11)
    }

    @Test(
        "more instances than a command takes get several commands",
        arguments: [(50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
    func batches(count: Int, sizes: [Int]) async throws {
        let instances = (0..<count).map { ScriptedInstance(id: "i-\($0)") }
        let aws = try ScriptedAWS([
            "DescribeInstances": [.instances(instances)],
            "SendCommand": [Self.command(Self.first), Self.command("c-2"), Self.command("c-3")],
        ])
        let (_, output) = try await native(aws).run()
        #expect(try aws.inputs("SendCommand").map { $0["InstanceIds"]?.arrayValue?.count ?? 0 } == sizes)
        #expect(output["Command"]?["CommandId"] == .string(Self.first))
        #expect(output["MoreCommands"]?.arrayValue?.count ?? 0 == sizes.count - 1)
    }

    @Test(
        "targets that cannot be resolved are refused before anything is sent",
        arguments: [
            (["document_name": "Stress"], "there are no targets"),
            (
                ["document_name": "Stress", "targets": [["Key": "resource-groups:Name", "Values": ["x"]]]],
                "\"resource-groups:Name\" cannot be resolved"
            ),
            (
                ["document_name": "Stress", "targets": [["Key": "InstanceIds", "Values": ["i-1", "i-9"]]]],
                "do not exist, or lack the tags: i-9"
            ),
            (
                ["document_name": "Stress", "targets": [["Key": "tag:app", "Values": []]]],
                "targets: Values of tag:app must be a list of texts, and not empty"
            ),
            (["document_name": "Stress", "targets": [["Key": "InstanceIds", "Values": "i-1"]]], "must be a list"),
            (["document_name": "Stress", "targets": [["Key": "tag:app", "Values": ["web", 1]]]], "must be a list"),
            (
                [
                    "document_name": "Stress",
                    "targets": [["Key": "InstanceIds", "Values": ["mi-1"]], ["Key": "tag:app", "Values": ["web"]]],
                ], "give ids or tags"
            ),
            (
                [
                    "document_name": "Stress", "targets": [["Key": "InstanceIds", "Values": ["i-1"]]],
                    "region": "us-east-1",
                ], "region is us-east-1, but the calls go to eu-central-1"
            ),
        ] as [(JSONValue, String)])
    func refused(arguments: JSONValue, message: String) async throws {
        let aws = try ScriptedAWS(["DescribeInstances": [Self.two]])
        let error = await #expect(throws: ExperimentError.self) { try await native(aws, arguments).run() }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(!aws.operations.contains("SendCommand"))
    }

    @Test("machines outside of EC2 are targets by their ids")
    func managedInstances() async throws {
        let aws = try ScriptedAWS(["SendCommand": [Self.command(Self.first)]])
        let arguments: JSONValue = [
            "document_name": "Stress", "targets": [["Key": "InstanceIds", "Values": ["mi-0123"]]],
        ]
        let (targets, _) = try await native(aws, arguments).run()
        #expect(targets.map(\.kind) == ["ssm:managed-instance"])
        #expect(aws.operations == ["SendCommand"])
    }

    @Test("what the service refuses is told as chaosaws tells it")
    func serviceError() async throws {
        let aws = try ScriptedAWS([
            "DescribeInstances": [Self.two],
            "SendCommand": [.fault("InvalidDocument", "Document with name Stress does not exist.")],
        ])
        let error = await #expect(throws: ExperimentError.self) { try await native(aws).run() }
        #expect(
            error?.message == "chaoslib.exceptions.ActivityFailed: Failed to send command for document  'Stress': "
                + "'Document with name Stress does not exist.'")
    }

    @Test("a command that still runs is cancelled, and then there is nothing left")
    func cancels() async throws {
        // The comment is the same for each invocation with these arguments and this seed.
        let probe = try ScriptedAWS(["DescribeInstances": [Self.two], "SendCommand": [Self.command(Self.first)]])
        _ = try await native(probe).run()
        let comment = try #require(try probe.inputs("SendCommand").first?["Comment"]?.stringValue)
        let running = Self.results([("i-1", "InProgress")], comment: comment)
        let aws = try ScriptedAWS([
            "ListCommandInvocations": [
                running, running, Self.results([("i-1", "Cancelling")], comment: comment),
                Self.results([("i-1", "Cancelled")], comment: comment),
            ], "CancelCommand": [.json([:])],
        ])
        let native = try native(aws)
        let undo = try #require(native.activity.undo)
        let target = NativeActivity.Target(kind: "ec2:instance", id: "i-1", region: "eu-central-1")
        let known = try await undo.capture(native.invocation, target)
        #expect(known["comment"] == .string(comment))
        let outcome = try await undo.check(native.invocation, target, known)
        #expect(outcome == .stillBroken("the command still runs on i-1: InProgress"))
        try await undo.restore(native.invocation, target, known)
        #expect(try aws.inputs("CancelCommand") == [["CommandId": .string(Self.first), "InstanceIds": ["i-1"]]])
        let after = try await undo.check(native.invocation, target, known)
        #expect(after == .nothingLeft("the command has ended on i-1: Cancelled"))
        try await undo.restore(native.invocation, target, known)
        #expect(aws.operations.filter { $0 == "CancelCommand" }.count == 1)
    }

    @Test("commands of others are not cancelled")
    func others() async throws {
        let aws = try ScriptedAWS([
            "ListCommandInvocations": [Self.results([("i-1", "InProgress")], comment: "somebody's")]
        ])
        let native = try native(aws, time: .seconds(300))
        let undo = try #require(native.activity.undo)
        let target = NativeActivity.Target(kind: "ec2:instance", id: "i-1", region: "eu-central-1")
        let known = try await undo.capture(native.invocation, target)
        // A command that was just sent need not be listed yet.
        let early = try await undo.check(native.invocation, target, known)
        #expect(early == .stillBroken("whether a command was sent to i-1 is not known yet"))
        try await undo.restore(native.invocation, target, known)
        #expect(clock.sleeps.count == 12)
        #expect(try await undo.check(native.invocation, target, known) == .nothingLeft("no command was sent to i-1"))
        #expect(!aws.operations.contains("CancelCommand"))
    }
}
