import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

extension MotoTests {
    /// The choice of instances, and what resiliencyvr does to them by AWS's own calls.
    struct ResiliencyInstanceTests {
        private static let terminate = "resiliencyvr.ec2.actions.terminate_instance"

        private func native(
            _ name: String, _ arguments: JSONValue, _ url: String, seed: UInt64 = 7, clock: TestClock = TestClock()
        ) throws -> Native {
            try Native("resiliencyvr.ec2." + name, arguments, at: url, time: clock.source, seed: seed)
        }

        @Test(
            "running instances are chosen by tag, by number, by share, or by name",
            arguments: [
                (["tag_value": "node.local"], 1),
                (["tag_value": "node*", "tag_key": "tag:Name", "target_count": 2], 2),
                (["tag_value": "node.local", "target_percent": 34], 2),
                (["tag_value": "node.local", "target_percent": 33], 1),
                (["tag_value": "n", "tag_key": "tag:fleet", "test_target_type": "ALL"], 3),
                (["targets": ["<node1>", "<guarded>"], "test_target_type": "NAMED_LIST"], 2),
            ] as [(JSONValue, Int)])
        func chosen(arguments: JSONValue, count: Int) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("named_instances")
            let native = try native("actions.terminate_instance", arguments.filled(names), oracle.url)
            let targets = try await native.activity.targets(native.invocation)
            #expect(targets.count == count)
            #expect(targets.allSatisfy { $0.id != names["stopped"] })
            let isNamed = arguments["targets"] != nil
            #expect(targets.allSatisfy { $0.candidates == (isNamed ? 2 : 3) })
            #expect(try await native.activity.targets(native.invocation) == targets)
        }

        @Test("the seed decides which instance is hit")
        func seeds() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("named_instances")
            var chosen: Set<String> = []
            for seed in 0..<20 {
                let native = try native(
                    "actions.terminate_instance", ["tag_value": "node.local"], oracle.url, seed: UInt64(seed))
                chosen.formUnion(try await native.activity.targets(native.invocation).map(\.id))
            }
            #expect(chosen.count == 3)
        }

        @Test(
            "a choice that hits nothing, or not what is meant, is an error",
            arguments: [
                (["tag_value": "none"], "no running instance in eu-central-1 has tag:Name = none"),
                (["tag_value": "node.local", "region": "us-east-1"], "no running instance in us-east-1"),
                ([:], "there is no tag_value"),
                (["tag_value": "node.local", "target_count": 4], "only 3 running instances have"),
                (["tag_value": "node.local", "target_count": -1], "expected a number from 1"),
                (["tag_value": "node.local", "target_percent": 101], "expected more than 0 up to 100"),
                (["tag_value": "a", "target_count": 1, "target_percent": 1], "not both"),
                (["tag_value": "a", "test_target_type": "SOME"], "expected RANDOM, ALL or NAMED_LIST"),
                (["tag_value": "a", "test_target_type": "ALL", "target_count": 1], "not for ALL"),
                (["test_target_type": "NAMED_LIST"], "targets names no instance"),
                (["test_target_type": "NAMED_LIST", "targets": ["<stopped>"]], "is stopped"),
                (
                    ["test_target_type": "NAMED_LIST", "targets": ["i-00000000000000000"]],
                    "InvalidInstanceID.NotFound"
                ),
            ] as [(JSONValue, String)])
        func wrongChoice(arguments: JSONValue, text: String) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("named_instances")
            let native = try native("actions.terminate_instance", arguments.filled(names), oracle.url)
            await #expect { try await native.run() } throws: { "\($0)".contains(text) }
            #expect(native.changes.isEmpty)
        }

        @Test("the instances are terminated, in the region of the argument, and the name with a prefix is the same")
        func terminate() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("named_instances")
            oracle.discardState()
            let native = try native(
                "actions.terminate_instance", ["tag_value": "guarded", "region": "eu-central-1"], oracle.url)
            let (_, output) = try await native.run()
            #expect(output == .null)
            #expect(try oracle.state()["instances"]?[names["guarded"] ?? ""] == "terminated")
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty)
            for package in ["resiliencyvr", "experimentvr", "activities"] {
                for function in ["terminate_instance", "gpn_terminate_instance"] {
                    let found = ChaosActivities.registry.activity(module: package + ".ec2.actions", function: function)
                    #expect(found?.name == Self.terminate, "\(package).\(function)")
                }
            }
        }

        /// `state launch [termination]`, the times in minutes past 20:00.
        @Test(
            "an instance is rebuilt when as many were launched since as were terminated",
            arguments: [
                (["running 0"], true), (["stopped 0"], false), (["running 0", "terminated 0 5"], false),
                (["running 0", "terminated 0 5", "pending 6"], true),
                (["running 0", "terminated 0 5", "running 5"], true),
                (["terminated 0 5", "running 4"], false), (["terminated 0 5", "stopped 6"], false),
                (["terminated 0 5", "shutting-down 0 7", "running 6"], false),
                (["terminated 0 5", "shutting-down 0 7", "running 6", "pending 8"], true),
                (["terminated 3", "running 2"], false), (["terminated 3", "running 4"], true),
            ] as [([String], Bool)])
        func rebuilt(instances: [String], isRebuilt: Bool) async throws {
            let oracle = try Oracle.shared.get()
            defer { _ = try? oracle.script([:]) }
            let described: [JSONValue] = instances.map { text in
                let words = text.split(separator: " ")
                var instance: JSONObject = [
                    "InstanceId": "i-1", "State": ["Name": .string(String(words[0]))],
                    "LaunchTime": .string("2026-11-28T20:0\(words[1]):00Z"),
                ]
                if words.count > 2 {
                    instance["StateTransitionReason"] = .string("User initiated (2026-11-28 20:0\(words[2]):00 GMT)")
                }
                return .object(instance)
            }
            let url = try oracle.script([
                "ec2:DescribeInstances": [["Reservations": [["Instances": .array(described)]]]]
            ])
            let probe = try native("probes.assert_instance_rebuilt", ["tag_value": "node.local"], url)
            #expect(try await probe.run().output == .bool(isRebuilt))
        }

        @Test("an instance that was never there cannot be rebuilt")
        func notRebuilt() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("named_instances")
            let nobody = try native("probes.assert_instance_rebuilt", ["tag_value": "none"], oracle.url)
            await #expect {
                try await nobody.run()
            } throws: {
                "\($0)".contains("no instance has tag:Name = none")
            }
        }

        @Test("the role is out of the profile while the action sleeps, and in it afterwards")
        func role() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("named_instances")
            oracle.discardState()
            let before = try oracle.state()
            let clock = TestClock()
            let native = try native(
                "actions.remove_iam_role", ["profile_tag_value": "guarded", "sleep_length": 20], oracle.url,
                clock: clock)
            let (targets, output) = try await native.run()
            #expect(output == true)
            #expect(targets.map(\.id) == ["workers"])
            #expect(clock.sleeps == [.seconds(20)])
            #expect(native.changes == ["iam:RemoveRoleFromInstanceProfile", "iam:AddRoleToInstanceProfile"])
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty)
            #expect(try oracle.state() == before)
        }

        @Test("a role that was left out of the profile is put back", arguments: 0...2)
        func roleLeftOut(changes: Int) async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("named_instances")
            oracle.discardState()
            let before = try oracle.state()
            let native = try native("actions.remove_iam_role", ["profile_tag_value": "guarded"], oracle.url)
            let undo = try #require(native.activity.undo)
            let target = try #require(try await native.activity.targets(native.invocation).first)
            let known = try await undo.capture(native.invocation, target)
            #expect(known == ["role": "worker"])
            let dying = try native.dying(afterChanges: changes, isSent: false)
            _ = try? await native.activity.run(dying, [target])
            let outcome = try await undo.check(native.invocation, target, known)
            #expect((outcome == .restored) == (changes != 1))
            for _ in 0..<2 {
                try await undo.restore(native.invocation, target, known)
                #expect(try await undo.check(native.invocation, target, known) == .restored)
            }
            #expect(try oracle.state() == before)
        }

        @Test(
            "security groups are taken from an instance: an empty one in their place, one, or some of them",
            arguments: [("MAX", ["resiliency_temp"]), ("<sg-one>", ["two"]), ("RANDOM", [])])
        func securityGroups(severity: String, left: [String]) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("named_instances")
            oracle.discardState()
            let before = try oracle.state()
            let native = try native(
                "shared.remove_ec2_security_groups",
                JSONValue.object(["instance_id": "<guarded>", "severity": .string(severity)]).filled(names), oracle.url)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await undo.capture(native.invocation, targets[0])
            _ = try await native.activity.run(native.invocation, targets)
            let groups = (try oracle.state()["guarded"]?.objectValue ?? [:]).flatMap { $0.value.texts }
            #expect(groups.count == 1)
            if severity == "MAX" {
                // It lets nothing out.
                #expect(try oracle.state()["securityGroups"]?["resiliency_temp"] == 0)
                #expect(!groups.contains(names["sg-one"] ?? ""))
            } else if !left.isEmpty {
                #expect(groups == [names["sg-two"]])
            }
            let outcome = try await undo.check(native.invocation, targets[0], known)
            #expect(outcome != .restored)
            for _ in 0..<2 {
                try await undo.restore(native.invocation, targets[0], known)
                #expect(try await undo.check(native.invocation, targets[0], known) == .restored)
            }
            #expect(try oracle.state() == before)
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty)
        }

        @Test("security groups are put back from every step", arguments: 0...3, [true, false])
        func securityGroupSteps(changes: Int, isSent: Bool) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("named_instances")
            oracle.discardState()
            let before = try oracle.state()
            let native = try native(
                "shared.remove_ec2_security_groups",
                ["instance_id": .string(names["guarded"] ?? ""), "severity": "MAX"], oracle.url)
            let undo = try #require(native.activity.undo)
            let target = try #require(try await native.activity.targets(native.invocation).first)
            let known = try await undo.capture(native.invocation, target)
            let dying = try native.dying(afterChanges: changes, isSent: isSent)
            _ = try? await native.activity.run(dying, [target])
            let made = min(3, changes + (isSent ? 1 : 0))
            #expect(native.changes.count == made)
            try await undo.restore(native.invocation, target, known)
            #expect(try await undo.check(native.invocation, target, known) == .restored)
            #expect(try oracle.state() == before)
        }

        @Test("interfaces that come and go during the fault get their groups back, too")
        func changingInterfaces() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("named_instances")
            oracle.discardState()
            let id = JSONValue.string(names["guarded"] ?? "")
            let native = try native(
                "shared.remove_ec2_security_groups", ["instance_id": id, "severity": "MAX"], oracle.url)
            let undo = try #require(native.activity.undo)
            let subnet = try oracle.call("ec2", "describe_instances", ["InstanceIds": [id]])["Reservations"]?[0]?[
                "Instances"]?[0]?["SubnetId"]
            func attach(_ groups: JSONValue, at index: JSONValue) throws -> (
                interface: JSONValue, attachment: JSONValue
            ) {
                let made = try oracle.call(
                    "ec2", "create_network_interface", ["SubnetId": subnet ?? .null, "Groups": groups])
                let interface = made["NetworkInterface"]?["NetworkInterfaceId"] ?? .null
                let attached = try oracle.call(
                    "ec2", "attach_network_interface",
                    ["NetworkInterfaceId": interface, "InstanceId": id, "DeviceIndex": index])
                return (interface, attached["AttachmentId"] ?? .null)
            }
            func groups(_ interface: JSONValue) throws -> [String] {
                let found = try oracle.call(
                    "ec2", "describe_network_interfaces", ["NetworkInterfaceIds": [interface]])
                return (found["NetworkInterfaces"]?[0]?["Groups"]?.elements ?? []).compactMap {
                    $0["GroupId"]?.stringValue
                }
            }
            let detached = try attach([.string(names["sg-one"] ?? "")], at: 1)
            let deleted = try attach([.string(names["sg-two"] ?? "")], at: 2)
            let target = try #require(try await native.activity.targets(native.invocation).first)
            let known = try await undo.capture(native.invocation, target)
            _ = try await native.activity.run(native.invocation, [target])
            let temporary = JSONValue(texts: try groups(detached.interface))
            try oracle.call("ec2", "detach_network_interface", ["AttachmentId": detached.attachment])
            try oracle.call("ec2", "detach_network_interface", ["AttachmentId": deleted.attachment])
            try oracle.call("ec2", "delete_network_interface", ["NetworkInterfaceId": deleted.interface])
            let new = try attach(temporary, at: 3)

            guard case .stillBroken(let reason) = try await undo.check(native.invocation, target, known) else {
                Issue.record("an interface has the temporary group")
                return
            }
            #expect(reason.contains(detached.interface.stringValue ?? "?"))
            #expect(reason.contains(new.interface.stringValue ?? "?"))
            try await undo.restore(native.invocation, target, known)
            #expect(try groups(detached.interface) == [names["sg-one"]])
            #expect(try Set(groups(new.interface)) == Set([names["sg-one"] ?? "", names["sg-two"] ?? ""]))
            #expect(try oracle.state()["securityGroups"]?["resiliency_temp"] == nil)
            let outcome = try await undo.check(native.invocation, target, known)
            #expect(
                outcome
                    == .nothingLeft(
                        "these network interfaces do not exist any more: \(deleted.interface.stringValue ?? "")"))
        }

        @Test("a temporary group of somebody else keeps its rules")
        func othersTemporaryGroup() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("named_instances")
            oracle.discardState()
            let id = JSONValue.string(names["guarded"] ?? "")
            let found = try oracle.call("ec2", "describe_instances", ["InstanceIds": [id]])
            let vpc = found["Reservations"]?[0]?["Instances"]?[0]?["VpcId"] ?? .null
            try oracle.call(
                "ec2", "create_security_group",
                [
                    "GroupName": "others", "Description": "others", "VpcId": vpc,
                    "TagSpecifications": [
                        ["ResourceType": "security-group", "Tags": [["Key": "purpose", "Value": "tests"]]]
                    ],
                ])
            let native = try native(
                "shared.remove_ec2_security_groups",
                [
                    "instance_id": id, "severity": "MAX", "temp_sg_tag_key": "purpose", "temp_sg_tag_value": "tests",
                ], oracle.url)
            await #expect { try await native.run() } throws: { "\($0)".contains("lets something out") }
            #expect(native.changes.isEmpty)
        }

        @Test(
            "security groups that cannot be taken are told",
            arguments: [
                (["instance_id": "<node0>", "severity": "RANDOM"], "cannot be without"),
                (["instance_id": "<guarded>", "severity": "sg-0"], "has no security group sg-0"),
                (["instance_id": "i-00000000000000000"], "InvalidInstanceID.NotFound"),
            ] as [(JSONValue, String)])
        func wrongGroups(arguments: JSONValue, text: String) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("named_instances")
            let native = try native("shared.remove_ec2_security_groups", arguments.filled(names), oracle.url)
            await #expect { try await native.run() } throws: { "\($0)".contains(text) }
            #expect(native.changes.isEmpty)
        }
    }
}
