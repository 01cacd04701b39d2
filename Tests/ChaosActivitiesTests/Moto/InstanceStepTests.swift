import Basics
import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

extension MotoTests {
    /// What chaosaws cannot be compared with, since it fails there, and undos at their edges.
    struct InstanceStepTests {
        private func native(_ name: String, _ arguments: JSONValue, _ oracle: Oracle, _ clock: TestClock) throws
            -> Native
        {
            try Native(name, arguments, at: oracle.url, time: clock.source)
        }

        @Test(
            "a share of the running instances is stopped, some at a time",
            arguments: [
                (["volume": 100, "step_quantity": 2, "tags": "app=web"], 3, 2),
                (["volume": 50, "step_quantity": 5, "tags": ["app": "web"]], 2, 1),
                (["volume": 34, "step_quantity": 1, "az": "eu-central-1a"], 1, 1),
            ] as [(JSONValue, Int, Int)])
        func steps(arguments: JSONValue, count: Int, steps: Int) async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("instances")
            oracle.discardState()
            let clock = TestClock()
            var all = arguments.objectValue ?? [:]
            all["step_duration"] = 5
            let native = try native("ec2.actions.stop_instances_by_incremental_steps", .object(all), oracle, clock)
            let (targets, output) = try await native.run()
            #expect(targets.count == count)
            #expect(targets.allSatisfy { $0.candidates == 3 })
            #expect(output.elements.flatMap { $0["StoppingInstances"]?.elements ?? [] }.count == count)
            #expect(output.elements.count == steps)
            #expect(clock.sleeps == Array(repeating: .seconds(5), count: steps))
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty)
        }

        @Test(
            "steps that hit nothing, or do not fit, are refused before anything is stopped",
            arguments: [
                (["volume": 100, "tags": "app=none"], "No instances in availability zone"),
                (["volume": 0], "volume is 0"), (["volume": 101], "volume is 101"),
                (["volume": 10], "10 percent of 3 running instances is none"),
                (["volume": 100, "step_quantity": 0], "step_quantity is 0"),
                (["volume": 100, "step_duration": 60], "do not fit into the time that is left"),
                (["volume": 100, "step_duration": 1e300], "the most is 31622400 seconds"),
                (["volume": 100, "tags": "app"], "has no value"),
            ] as [(JSONValue, String)])
        func refused(arguments: JSONValue, text: String) async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("instances")
            var all: JSONObject = ["step_quantity": 1, "step_duration": 0]
            for (name, value) in arguments.objectValue ?? [:] { all[name] = value }
            let native = try native(
                "ec2.actions.stop_instances_by_incremental_steps", .object(all), oracle, TestClock())
            await #expect { try await native.run() } throws: { "\($0)".contains(text) }
            #expect(native.changes.isEmpty)
        }

        @Test("a tag that others have changed since is left to them")
        func othersTags() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("volumes")
            let native = try native(
                "ec2.actions.set_tags_on_instances",
                ["tags": "team=c", "filters": [["Name": "tag:app", "Values": ["web"]]]], oracle, TestClock())
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await undo.capture(native.invocation, targets[0])
            _ = try await native.activity.run(native.invocation, targets)
            try oracle.call(
                "ec2", "create_tags",
                [
                    "Resources": [.string(names["web"] ?? "")], "Tags": [["Key": "team", "Value": "d"]],
                ])
            try await undo.restore(native.invocation, targets[0], known)
            #expect(native.changes == ["ec2:CreateTags"])
            #expect(
                try await undo.check(native.invocation, targets[0], known)
                    == .nothingLeft("others have changed the tags of \(names["web"] ?? ""): team"))
        }

        @Test(
            "detached instances are attached again from every step of the undo, also in a group that cannot shrink",
            arguments: 0...5, [0, 3])
        func attached(step: Int, minimum: Int) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("groups")
            oracle.discardState()
            try oracle.call(
                "autoscaling", "update_auto_scaling_group",
                ["AutoScalingGroupName": "web", "MinSize": .integer(Int64(minimum)), "MaxSize": 3])
            func members() throws -> (ids: Set<String>, group: JSONValue) {
                let output = try oracle.call(
                    "autoscaling", "describe_auto_scaling_groups", ["AutoScalingGroupNames": ["web"]])
                let group = output["AutoScalingGroups"]?[0] ?? .null
                return (Set(group["Instances"]?.elements.compactMap { $0["InstanceId"]?.stringValue } ?? []), group)
            }
            let before = try members()
            #expect(before.ids == Set(["web0", "web1", "web2"].compactMap { names[$0] }))
            let native = try native(
                "asg.actions.detach_random_instances", ["asg_names": ["web"], "instance_count": 2], oracle, TestClock())
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            var known: [JSONValue] = []
            for target in targets { known.append(try await undo.capture(native.invocation, target)) }
            _ = try await native.activity.run(native.invocation, targets)
            #expect(try members().ids.intersection(before.ids).count == 1)

            let dying = try native.dying(afterChanges: step, isSent: true)
            do {
                for (target, before) in zip(targets, known) { try await undo.restore(dying, target, before) }
            } catch {}
            for (target, before) in zip(targets, known) {
                try await undo.restore(native.invocation, target, before)
                #expect(try await undo.check(native.invocation, target, before) == .restored)
            }
            let after = try members()
            #expect(after.ids == before.ids)
            for member in ["DesiredCapacity", "MinSize", "MaxSize"] {
                #expect(after.group[member] == before.group[member], "\(member)")
            }
        }

        @Test(
            "a capacity and a minimum that others have raised meanwhile stay, and each instance takes another's place")
        func scaledOut() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("groups")
            oracle.discardState()
            try oracle.call("autoscaling", "update_auto_scaling_group", ["AutoScalingGroupName": "web", "MinSize": 3])
            let native = try native(
                "asg.actions.detach_random_instances", ["asg_names": ["web"], "instance_count": 2], oracle, TestClock())
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            var known: [JSONValue] = []
            for target in targets { known.append(try await undo.capture(native.invocation, target)) }
            _ = try await native.activity.run(native.invocation, targets)
            try oracle.call(
                "autoscaling", "update_auto_scaling_group",
                ["AutoScalingGroupName": "web", "MinSize": 4, "DesiredCapacity": 4])
            for (target, before) in zip(targets, known) {
                try await undo.restore(native.invocation, target, before)
                #expect(try await undo.check(native.invocation, target, before) == .restored)
            }
            let group = try oracle.call(
                "autoscaling", "describe_auto_scaling_groups", ["AutoScalingGroupNames": ["web"]])[
                    "AutoScalingGroups"]?[0]
            #expect(group?["DesiredCapacity"] == 4)
            #expect(group?["MinSize"] == 4)
            let ids = Set((group?["Instances"]?.elements ?? []).compactMap { $0["InstanceId"]?.stringValue })
            #expect(ids.isSuperset(of: ["web0", "web1", "web2"].compactMap { names[$0] }))
        }

        /// The groups as `instance state` of each of their instances.
        @Test(
            "instances that are put back at the same time take the places of different ones that are in service",
            arguments: [
                ("i-1", ["i-3 InService", "i-7 Pending", "i-8 InService", "i-9 InService"], "i-8"),
                ("i-2", ["i-3 InService", "i-7 Pending", "i-8 InService", "i-9 InService"], "i-9"),
                ("i-2", ["i-1 InService", "i-3 InService", "i-8 Terminating", "i-9 InService"], "i-9"),
                ("i-2", ["i-1 Detaching", "i-3 InService", "i-8 InService", "i-9 InService"], "i-9"),
                ("i-1", ["i-3 InService", "i-7 Pending"], "i-7"),
            ] as [(String, [String], String)])
        func newcomers(instance: String, members: [String], terminated: String) async throws {
            let rows = members.map { $0.split(separator: " ").map(String.init) }
            let aws = try ScriptedAWS([
                "DescribeAutoScalingGroups": [
                    .group("web", desired: 3, members: rows.map { ($0[0], "Healthy", $0[1]) })
                ],
                "DescribeInstances": [.instances([ScriptedInstance(id: instance)])],
            ])
            let native = try Native(
                "asg.actions.detach_random_instances", ["asg_names": ["web"], "instance_count": 2], at: aws.url)
            let undo = try #require(native.activity.undo)
            let target = NativeActivity.Target(kind: "ec2:instance", id: instance, region: "eu-central-1")
            // What the calls answer does not matter here.
            try? await undo.restore(
                native.invocation, target,
                ["group": "web", "desired": 3, "minimum": 0, "instances": ["i-1", "i-2", "i-3"]])
            let body = aws.requests("TerminateInstanceInAutoScalingGroup").first.map { formFields($0.body) } ?? []
            #expect(body.first { $0.name == "InstanceId" }?.value == terminated)
        }

        @Test("an instance that is still leaving its group is not back in it")
        func leaving() async throws {
            let aws = try ScriptedAWS([
                "DescribeAutoScalingGroups": [.group("web", desired: 1, members: [("i-1", "Healthy", "Detaching")])],
                "DescribeInstances": [.instances([ScriptedInstance(id: "i-1")])],
            ])
            let native = try Native(
                "asg.actions.detach_random_instances", ["asg_names": ["web"], "instance_count": 1], at: aws.url)
            let undo = try #require(native.activity.undo)
            let target = NativeActivity.Target(kind: "ec2:instance", id: "i-1", region: "eu-central-1")
            let before: JSONValue = ["group": "web", "desired": 1]
            #expect(try await undo.check(native.invocation, target, before) != .restored)
            await #expect { try await undo.restore(native.invocation, target, before) } throws: {
                "\($0)".contains("still leaving the group web")
            }
            #expect(native.changes.isEmpty)
        }

        @Test(
            "of a zone so many instances are chosen as are asked for, and a count has no percentage beside it",
            arguments: [
                (["az": "eu-central-1a", "instance_count": 1], 1, ""),
                (["az": "eu-central-1a", "instance_percent": 67], 2, ""), (["az": "eu-central-1a"], 3, ""),
                (["az": "eu-central-1a", "instance_count": 4], 0, "to satisfy stop count 4 (3)"),
                (["az": "eu-central-1b", "instance_count": 1], 0, "No instances found in Availability Zone"),
                (["instance_count": 1, "instance_percent": 50], 0, "Must specify one of"),
                (["instance_percent": 1e300], 0, "Not enough healthy instances in web"),
                (["instance_percent": -1e300], 0, "is none"),
            ] as [(JSONValue, Int, String)])
        func inZone(arguments: JSONValue, count: Int, refusal: String) async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("groups")
            var all = arguments.objectValue ?? [:]
            all["asg_names"] = ["web"]
            let native = try native("asg.actions.stop_random_instances", .object(all), oracle, TestClock())
            do {
                #expect(try await native.activity.targets(native.invocation).count == count)
                #expect(refusal.isEmpty)
            } catch let error as ExperimentError {
                #expect(!refusal.isEmpty)
                #expect(error.message.contains(refusal), "\(error.message)")
            }
        }

        @Test(
            "the place of a volume is read from the tag of chaosaws",
            arguments: [
                ("DeviceName=/dev/sdf;InstanceId=i-1", "/dev/sdf i-1 -"),
                ("DeviceName=/dev/sdf;InstanceId=i-1;ASG=web=1", "/dev/sdf i-1 web=1"),
                ("DeviceName=/dev/sdf", nil), ("yes", nil), ("", nil),
            ] as [(String, String?)])
        func place(tag: String, expected: String?) {
            let place = EC2Volumes.Place(tag: tag)
            #expect(place.map { "\($0.device) \($0.instance) \($0.group ?? "-")" } == expected)
            if let place { #expect(place.tagValue == tag) }
        }
    }
}
