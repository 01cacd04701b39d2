import Basics
import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// What moto does not have: spot instances, faults in the middle, groups that heal slowly.
struct FaultTests {
    private let clock = TestClock()

    private static let mixed = Reply.instances([
        .init(id: "i-1"), .init(id: "i-2", lifecycle: "spot", request: "sir-2"),
        .init(id: "i-3", lifecycle: "spot", request: "sir-3"),
    ])
    private static let web: JSONValue = ["filters": [["Name": "tag:app", "Values": ["web"]]]]

    private static func changed(_ operation: String, _ id: String) -> Reply {
        .ec2(operation, "<instancesSet><item><instanceId>\(id)</instanceId></item></instancesSet>")
    }

    private func native(_ function: String, _ arguments: JSONValue, _ aws: ScriptedAWS) throws -> Native {
        try Native(function, arguments, at: aws.url, time: clock.source)
    }

    @Test("spot requests are cancelled before their instances are terminated, by stop and by terminate")
    func spot() async throws {
        let answers: [String: [Reply]] = [
            "DescribeInstances": [Self.mixed], "StopInstances": [Self.changed("StopInstances", "i-1")],
            "CancelSpotInstanceRequests": [.ec2("CancelSpotInstanceRequests")],
            "TerminateInstances": [Self.changed("TerminateInstances", "i-2")],
        ]
        let aws = try ScriptedAWS(answers)
        let (targets, output) = try await native("ec2.actions.stop_instances", Self.web, aws).run()
        #expect(targets.map(\.id) == ["i-1", "i-2", "i-3"])
        #expect(
            aws.operations == [
                "DescribeInstances", "DescribeInstances", "StopInstances", "CancelSpotInstanceRequests",
                "TerminateInstances",
            ])
        #expect(output[0]?["StoppingInstances"]?[0]?["InstanceId"] == "i-1")
        #expect(output[1]?["TerminatingInstances"]?[0]?["InstanceId"] == "i-2")
        let cancelled = aws.requests("CancelSpotInstanceRequests")[0].text
        #expect(cancelled.contains("sir-2"))
        #expect(cancelled.contains("sir-3"))
        #expect(!aws.requests("StopInstances")[0].text.contains("i-2"))
        #expect(!aws.requests("TerminateInstances")[0].text.contains("i-1"))

        let other = try ScriptedAWS(answers)
        _ = try await native("ec2.actions.terminate_instances", Self.web, other).run()
        #expect(
            other.operations.suffix(3) == ["TerminateInstances", "CancelSpotInstanceRequests", "TerminateInstances"])
    }

    @Test("when spot requests cannot be cancelled, the instances that were stopped before are named")
    func partialStop() async throws {
        let aws = try ScriptedAWS([
            "DescribeInstances": [Self.mixed], "StopInstances": [Self.changed("StopInstances", "i-1")],
            "CancelSpotInstanceRequests": [.ec2Fault("UnauthorizedOperation", "You are not authorized.", status: 403)],
        ])
        let error = await #expect(throws: ExperimentError.self) {
            try await native("ec2.actions.stop_instances", Self.web, aws).run()
        }
        #expect(
            error?.message == "botocore.exceptions.ClientError: An error occurred (UnauthorizedOperation) when calling "
                + "the CancelSpotInstanceRequests operation: You are not authorized.; already stopped: i-1")
        #expect(!aws.operations.contains("TerminateInstances"))
    }

    @Test("scheduled instances are refused before anything is stopped")
    func scheduled() async throws {
        let aws = try ScriptedAWS([
            "DescribeInstances": [.instances([.init(id: "i-1"), .init(id: "i-2", lifecycle: "scheduled")])]
        ])
        let error = await #expect(throws: ExperimentError.self) {
            try await native("ec2.actions.stop_instances", Self.web, aws).run()
        }
        #expect(
            error?.message
                == "chaoslib.exceptions.ActivityFailed: Scheduled instances support is not implemented")
        #expect(!aws.operations.contains("StopInstances"))
    }

    @Test("a random choice takes no terminated instance while there are others, and the same one for the same seed")
    func randomChoice() async throws {
        let instances = (0..<9).map { ScriptedInstance(id: "i-\($0)", state: $0 == 4 ? "running" : "terminated") }
        let aws = try ScriptedAWS(["DescribeInstances": [.instances(instances)]])
        for seed in UInt64(0)..<5 {
            let native = try Native(
                "ec2.actions.terminate_instance", Self.web, at: aws.url, time: clock.source, seed: seed)
            let targets = try await native.activity.targets(native.invocation)
            #expect(targets.map(\.id) == ["i-4"])
            #expect(targets.map(\.candidates) == [1])
        }
        let alive = try ScriptedAWS(["DescribeInstances": [.instances((0..<9).map { .init(id: "i-\($0)") })]])
        var chosen: Set<String> = []
        for seed in UInt64(0)..<20 {
            let native = try Native(
                "ec2.actions.terminate_instance", Self.web, at: alive.url, time: clock.source, seed: seed)
            let first = try await native.activity.targets(native.invocation)
            #expect(try await native.activity.targets(native.invocation) == first)
            #expect(first.map(\.candidates) == [9])
            chosen.formUnion(first.map(\.id))
        }
        #expect(chosen.count > 4)
    }

    @Test("a run acts on the targets that it gets, not on those that it would find")
    func onlyTheTargets() async throws {
        let aws = try ScriptedAWS([
            "DescribeInstances": [.instances([.init(id: "i-1"), .init(id: "i-2")]), .instances([.init(id: "i-2")])],
            "StopInstances": [Self.changed("StopInstances", "i-2")],
        ])
        let native = try native("ec2.actions.stop_instances", Self.web, aws)
        let targets = try await native.activity.targets(native.invocation)
        _ = try await native.activity.run(native.invocation, targets.filter { $0.id == "i-2" })
        #expect(aws.requests("DescribeInstances")[1].text.contains("InstanceId.1=i-2"))
        #expect(!aws.requests("StopInstances")[0].text.contains("i-1"))
    }

    @Test(
        "an action without targets changes nothing",
        arguments: ChaosActivities.all.filter { $0.kind == .action && $0.module.hasPrefix("chaosaws.") }.map(\.name)
            // It also removes the role that its own run has made, when the experiment has ended by itself.
            .filter { $0 != "chaosaws.fis.actions.restore_availability_zone_power_after_interruption" })
    func noTargets(name: String) async throws {
        let aws = try ScriptedAWS([:])
        let arguments: JSONValue = [
            "instance_ids": ["i-1"], "instance_id": "i-1", "asg_names": ["web"], "cluster": "shop", "service": "front",
            "function_name": "free", "task_id": "1", "document_name": "Stress", "desired_count": 0,
        ]
        let native = try native(String(name.dropFirst("chaosaws.".count)), arguments, aws)
        do {
            // Random tasks may be none.
            #expect(try await native.activity.run(native.invocation, []) == [])
        } catch let error as ExperimentError {
            #expect(error.message == "chaoslib.exceptions.ActivityFailed: there is no target to act on")
        }
        #expect(aws.operations.isEmpty)
    }

    @Test("throttling is waited out, and told with the number of retries when it goes on")
    func throttling() async throws {
        let throttled = Reply.ec2Fault("RequestLimitExceeded", "Request limit exceeded.", status: 503)
        let aws = try ScriptedAWS([
            "DescribeInstances": [throttled, .instances([.init(id: "i-1")])],
            "StopInstances": [throttled],
        ])
        let error = await #expect(throws: ExperimentError.self) {
            try await native("ec2.actions.stop_instances", Self.web, aws).run()
        }
        #expect(
            error?.message == "botocore.exceptions.ClientError: An error occurred (RequestLimitExceeded) when calling "
                + "the StopInstances operation (reached max retries: 2): Request limit exceeded.")
    }

    @Test("when a task cannot be stopped, those that were stopped before are named")
    func partialSuccess() async throws {
        let arn = "arn:aws:ecs:eu-central-1:123456789012:task/shop/t"
        let stopped = Reply.json(["task": ["taskArn": "x", "desiredStatus": "STOPPED"]])
        let aws = try ScriptedAWS([
            "DescribeClusters": [.json(["clusters": [["clusterName": "shop"]]])],
            "ListTasks": [.json(["taskArns": [.string(arn + "1"), .string(arn + "2"), .string(arn + "3")]])],
            "DescribeTasks": [.json(["tasks": []])],
            "StopTask": [stopped, stopped, .fault("AccessDeniedException", "no")],
        ])
        let error = await #expect(throws: ExperimentError.self) {
            try await native("ecs.actions.stop_random_tasks", ["cluster": "shop", "task_count": 3], aws).run()
        }
        #expect(
            error?.message
                == "botocore.errorfactory.AccessDeniedException: An error occurred (AccessDeniedException) when calling "
                + "the StopTask operation: no; already stopped: shop/t1, shop/t2")
    }

    @Test("a group that lost an instance is broken until it has another one that is healthy")
    func groupHeals() async throws {
        let lost = Reply.group("web", desired: 2, [("i-1", "Healthy"), ("i-2", "Healthy")])
        let replacing = Reply.group("web", desired: 2, [("i-1", "Healthy"), ("i-3", "Unhealthy")])
        let healed = Reply.group("web", desired: 2, [("i-1", "Healthy"), ("i-3", "Healthy")])
        let aws = try ScriptedAWS([
            "DescribeAutoScalingGroups": [lost, lost, replacing, healed],
            "DescribeInstances": [.instances([.init(id: "i-2", state: "terminated")])],
        ])
        let native = try native("asg.actions.terminate_random_instances", ["asg_names": ["web"]], aws)
        let undo = try #require(native.activity.undo)
        let target = NativeActivity.Target(
            kind: "ec2:instance", id: "i-2", region: "eu-central-1", tags: ["aws:autoscaling:groupName": "web"])
        let known = try await undo.capture(native.invocation, target)
        // The group still lists the instance that is gone as healthy.
        let outcome = try await undo.check(native.invocation, target, known)
        #expect(outcome == .stillBroken("the group web has 1 of 2 healthy instances"))
        try await undo.restore(native.invocation, target, known)
        #expect(clock.sleeps == [.seconds(5), .seconds(5)])
        #expect(try await undo.check(native.invocation, target, known) == .restored)
        #expect(native.changes.isEmpty)
    }

    @Test("a group that does not heal is still broken when the time is over")
    func groupStaysBroken() async throws {
        let aws = try ScriptedAWS([
            "DescribeAutoScalingGroups": [.group("web", desired: 2, [("i-1", "Healthy")])],
            "DescribeInstances": [.ec2Fault("InvalidInstanceID.NotFound", "gone")],
        ])
        let native = try native("asg.actions.terminate_random_instances", ["asg_names": ["web"]], aws)
        let undo = try #require(native.activity.undo)
        let target = NativeActivity.Target(
            kind: "ec2:instance", id: "i-2", region: "eu-central-1", tags: ["aws:autoscaling:groupName": "web"])
        let known = try await undo.capture(native.invocation, target)
        try await undo.restore(native.invocation, target, known)
        #expect(clock.sleeps.count == 11)
        let outcome = try await undo.check(native.invocation, target, known)
        #expect(outcome == .stillBroken("the group web has 1 of 2 healthy instances"))
    }

    @Test("an instance that is stopping is started when it has stopped, and waited for")
    func startsAfterStopping() async throws {
        let states = ["stopping", "stopping", "stopped", "pending", "running", "running"]
        let aws = try ScriptedAWS([
            "DescribeInstances": states.map { .instances([.init(id: "i-1", state: $0)]) },
            "StartInstances": [Self.changed("StartInstances", "i-1")],
        ])
        let native = try native("ec2.actions.stop_instance", ["instance_id": "i-1"], aws)
        let undo = try #require(native.activity.undo)
        let target = NativeActivity.Target(kind: "ec2:instance", id: "i-1", region: "eu-central-1")
        try await undo.restore(native.invocation, target, ["state": "running"])
        #expect(native.changes == ["ec2:StartInstances"])
        #expect(clock.sleeps == [.seconds(5), .seconds(5)])
        #expect(try await undo.check(native.invocation, target, ["state": "running"]) == .restored)
    }

    @Test(
        "a wait for a healthy group returns whole seconds, or the largest number after its timeout",
        arguments: [(3, 300, 2), (5, 3, Int.max)])
    func waitsForHealth(healthyAt: Int, timeout: Int, seconds: Int) async throws {
        let unhealthy = Reply.group("web", desired: 1, [("i-1", "Unhealthy")])
        let healthy = Reply.group("web", desired: 1, [("i-1", "Healthy")])
        let aws = try ScriptedAWS([
            "DescribeAutoScalingGroups": Array(repeating: unhealthy, count: healthyAt - 1) + [healthy]
        ])
        let arguments: JSONValue = ["asg_names": ["web"], "timeout": JSONValue(timeout)]
        let (_, output) = try await native("asg.probes.wait_desired_equals_healthy", arguments, aws).run()
        #expect(output == JSONValue(seconds))
    }

    @Test("a wait for a healthy group ends with the time of the run")
    func waitEnds() async throws {
        let aws = try ScriptedAWS(["DescribeAutoScalingGroups": [.group("web", desired: 1, [])]])
        let error = await #expect(throws: ExperimentError.self) {
            try await native("asg.probes.wait_desired_equals_healthy", ["asg_names": ["web"]], aws).run()
        }
        #expect(error?.message.contains("the time of the run is over") == true)
    }
}
