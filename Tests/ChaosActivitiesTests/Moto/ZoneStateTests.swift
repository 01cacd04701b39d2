import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

extension MotoTests {
    /// `disable_az` and `reenable_az` keep the state of the original in S3, and put the zone back from any of it.
    struct ZoneStateTests {
        private func native(_ function: String, _ oracle: Oracle, bucket: JSONValue = "states") throws -> Native {
            let arguments: JSONValue = function == "disable_az" ? ["availability_zone": "eu-central-1a"] : [:]
            return try Native(
                "resiliencyvr.az.actions.\(function)", arguments, at: oracle.url,
                configuration: ["state_bucket": bucket])
        }

        private func prepared() throws -> (oracle: Oracle, before: JSONValue, names: [String: String]) {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("zones")
            oracle.discardState()
            return (oracle, try oracle.state(), names)
        }

        @Test("all subnets of the zone are cut off, and reenabled")
        func cycle() async throws {
            let (oracle, before, names) = try prepared()
            let disable = try native("disable_az", oracle)
            let (targets, output) = try await disable.run()
            #expect(output == .null)
            #expect(Set(targets.map(\.id)) == Set(["a1", "a2", "a3", "default-a"].compactMap { names[$0] }))
            let state = try oracle.state()
            #expect(state["files"] == ["disable_az.json"])
            #expect(state["networkACLs"] != before["networkACLs"])
            let reenable = try native("reenable_az", oracle)
            let (back, _) = try await reenable.run()
            #expect(Set(back.map(\.id)) == Set(targets.map(\.id)))
            #expect(try oracle.state() == before)
            // Without a file nothing is done, as in the original.
            let changes = reenable.changes
            let (none, _) = try await reenable.run()
            #expect(none.isEmpty)
            #expect(reenable.changes == changes)
            for native in [disable, reenable] {
                #expect(
                    native.recorder.actions.allSatisfy { native.declared.contains($0) || $0.hasPrefix("s3:") })
            }
        }

        @Test(
            "a zone that was disabled in part is reenabled, and undone", arguments: 0...9, [true, false])
        func partial(step: Int, byFile: Bool) async throws {
            let (oracle, before, _) = try prepared()
            let disable = try native("disable_az", oracle)
            let undo = try #require(disable.activity.undo)
            let targets = try await disable.activity.targets(disable.invocation)
            var known: [JSONValue] = []
            for target in targets { known.append(try await undo.capture(disable.invocation, target)) }
            let dying = try disable.dying(afterChanges: step, isSent: !step.isMultiple(of: 2))
            do {
                _ = try await disable.activity.run(dying, targets)
                // The file, three network ACLs for four subnets, the file.
                #expect(step == 9)
            } catch { #expect(step < 9) }
            if byFile {
                _ = try await native("reenable_az", oracle).run()
            } else {
                for (target, before) in zip(targets, known) {
                    try await undo.restore(disable.invocation, target, before)
                    #expect(try await undo.check(disable.invocation, target, before) == .restored)
                }
            }
            #expect(try oracle.state() == before)
        }

        @Test("what an earlier run has left is put back first")
        func twice() async throws {
            let (oracle, before, _) = try prepared()
            _ = try await native("disable_az", oracle).run()
            let second = try native("disable_az", oracle)
            let undo = try #require(second.activity.undo)
            let targets = try await second.activity.targets(second.invocation)
            var known: [JSONValue] = []
            for target in targets { known.append(try await undo.capture(second.invocation, target)) }
            _ = try await second.activity.run(second.invocation, targets)
            for (target, before) in zip(targets, known) {
                try await undo.restore(second.invocation, target, before)
                #expect(try await undo.check(second.invocation, target, before) == .restored)
            }
            #expect(try oracle.state() == before)
        }

        @Test(
            "a file of the original is understood, under both names of its associations",
            arguments: ["rollback_nacl_association", "rollback_nacl_associations"])
        func originalFile(name: String) async throws {
            let (oracle, before, names) = try prepared()
            func acls() throws -> [JSONValue] {
                try oracle.call("ec2", "describe_network_acls", [:])["NetworkAcls"]?.elements ?? []
            }
            // As the original does it: without tags that tell what the subnet had.
            let associations = try acls().flatMap { $0["Associations"]?.elements ?? [] }
            let old = try #require(associations.first { $0["SubnetId"]?.stringValue == names["a3"] })
            let made = try oracle.call("ec2", "create_network_acl", ["VpcId": .string(names["vpc"] ?? "")])
            let blackhole = try #require(made["NetworkAcl"]?["NetworkAclId"])
            let new = try oracle.call(
                "ec2", "replace_network_acl_association",
                ["AssociationId": old["NetworkAclAssociationId"] ?? .null, "NetworkAclId": blackhole])
            let association = try #require(new["NewAssociationId"]?.stringValue)
            let file: JSONValue = [
                name: [association: old["NetworkAclId"] ?? .null], "blackhole_nacl_ids": [blackhole],
            ]
            try oracle.call(
                "s3", "put_object",
                [
                    "Bucket": "states", "Key": "disable_az.json",
                    "Body": .string(String(decoding: file.serialized(), as: UTF8.self)),
                ])
            let (targets, _) = try await native("reenable_az", oracle).run()
            #expect(targets.map(\.id) == [names["a3"]])
            #expect(try oracle.state() == before)
        }

        @Test("without a bucket for the state nothing is changed")
        func noBucket() async throws {
            let (oracle, before, _) = try prepared()
            for function in ["disable_az", "reenable_az"] {
                let native = try native(function, oracle, bucket: .null)
                await #expect { try await native.run() } throws: { "\($0)".contains("has no state_bucket") }
            }
            let missing = try native("disable_az", oracle, bucket: "nowhere")
            await #expect { try await missing.run() } throws: { "\($0)".contains("NoSuchBucket") }
            #expect(try oracle.state() == before)
        }
    }
}
