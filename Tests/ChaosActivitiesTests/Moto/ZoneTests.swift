import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

extension MotoTests {
    /// A zone is failed in all its parts, and put back from wherever it was left.
    struct ZoneTests {
        private static let zone: JSONValue = "eu-central-1a"
        private static let states: JSONObject = ["state_bucket": "states"]

        private func failure(
            _ arguments: JSONObject, at url: String, environment: [String: String] = [:],
            configuration: JSONObject = [:]
        ) throws -> Native {
            var all: JSONObject = ["availability_zone": Self.zone, "allow_own_account": true]
            for (name, value) in arguments { all[name] = value }
            return try Native(
                "tocsin.az.fail", .object(all), at: url, configuration: configuration, environment: environment,
                time: TestClock().source)
        }

        private func recovery(_ oracle: Oracle) throws -> Native {
            try Native("tocsin.az.recover", ["availability_zone": Self.zone], at: oracle.url)
        }

        private func captured(_ native: Native, _ targets: [NativeActivity.Target]) async throws -> [JSONValue] {
            var captured: [JSONValue] = []
            for target in targets {
                captured.append(try await #require(native.activity.undo).capture(native.invocation, target))
            }
            return captured
        }

        /// Restores all targets, and proves each.
        private func restore(
            _ native: Native, _ targets: [NativeActivity.Target], _ captured: [JSONValue]
        ) async throws {
            let undo = try #require(native.activity.undo)
            for (target, before) in zip(targets, captured) {
                try await undo.restore(native.invocation, target, before)
            }
            for (target, before) in zip(targets, captured) {
                #expect(try await undo.check(native.invocation, target, before) == .restored, "\(target.id)")
            }
        }

        /// The actions that are no calls of S3, which the recorder does not tell apart.
        private func undeclared(_ native: Native) -> Set<String> {
            Set(native.recorder.actions).subtracting(native.declared).filter { !$0.hasPrefix("s3:") }
        }

        @Test("subnets, groups, load balancers and databases of the zone are failed, and no others")
        func fails() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("zones")
            oracle.discardState()
            let native = try failure(["vpc_ids": [.string(names["vpc"] ?? "")]], at: oracle.url)
            let (targets, output) = try await native.run()
            func ids(_ resources: [String]) -> JSONValue {
                JSONValue(texts: resources.compactMap { names[$0] }.sorted())
            }
            #expect(output["AvailabilityZone"] == Self.zone)
            #expect(JSONValue(texts: output["Subnets"]?.texts.sorted() ?? []) == ids(["a1", "a2", "a3"]))
            // One for each network ACL that the subnets had.
            #expect(output["NetworkAcls"]?.elements.count == 2)
            #expect(
                output["AutoScalingGroups"] == [
                    [
                        "AutoScalingGroupName": "many",
                        "Change": .string("subnets=" + (names["a1"] ?? "")),
                    ],
                    ["AutoScalingGroupName": "single", "Change": "processes=Launch,ReplaceUnhealthy"],
                ])
            // The narrow one would be in one zone.
            #expect(output["LoadBalancers"]?.texts.map { $0.hasPrefix("app/front/") } == [true])
            #expect(output["DBClusters"] == [])
            let state = try oracle.state()
            for subnet in ["a1", "a2", "a3"] {
                let acls = (state["networkACLs"]?.objectValue ?? [:]).filter {
                    $0.value[0]?.texts.contains(names[subnet] ?? "") == true
                }
                #expect(acls.first?.value[1] == ["Name", "tocsin:az:eu-central-1a"])
            }
            #expect(state["loadBalancers"]?[names["front"] ?? ""]?[0] == ids(["b", "c"]))
            #expect(state["groups"]?["many"]?["subnets"] == ids(["b", "c"]))
            #expect(state["groups"]?["single"]?["subnets"] == ids(["a2"]))
            #expect(state["groups"]?["single"]?["suspended"] == ["AZRebalance", "Launch", "ReplaceUnhealthy"])
            #expect(targets.allSatisfy { $0.region == "eu-central-1" })
            #expect(targets.filter { $0.kind == "ec2:subnet" }.allSatisfy { $0.tags == ["team": "a"] })
            #expect(undeclared(native).isEmpty)

            // Failed twice, nobody could tell how it was before.
            await #expect { try await native.run() } throws: {
                "\($0)".contains("has been failed already")
            }
        }

        @Test("databases fail over, and that is not taken back")
        func databases() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("zones")
            oracle.discardState()
            let native = try failure(
                ["network": false, "auto_scaling": "none", "load_balancers": false], at: oracle.url)
            let targets = try await native.activity.targets(native.invocation)
            let before = try await captured(native, targets)
            #expect(targets.map(\.id) == ["stock", "orders"])
            #expect(targets.map(\.candidates) == [2, 2])
            _ = try await native.activity.run(native.invocation, targets)
            #expect(try oracle.state()["writers"]?["orders"] == ["orders-2"])
            #expect(native.changes == ["rds:FailoverDBCluster", "rds:RebootDBInstance"])
            for (target, before) in zip(targets, before) {
                let outcome = try await #require(native.activity.undo).check(native.invocation, target, before)
                #expect(outcome == .nothingLeft("a failover is not taken back: \(target.id) works in another zone"))
            }
        }

        @Test("caches whose primary is in the zone fail over, node group by node group")
        func caches() async throws {
            let oracle = try Oracle.shared.get()
            defer { _ = try? oracle.script([:]) }
            _ = try oracle.prepare("zones")
            func group(_ id: String, _ zones: [JSONValue], _ failover: JSONValue = "enabled") -> JSONValue {
                let nodes = zones.enumerated().map { index, zone -> JSONValue in
                    [
                        "NodeGroupId": .string("000\(index + 1)"),
                        "NodeGroupMembers": [
                            ["CurrentRole": "primary", "PreferredAvailabilityZone": zone],
                            ["CurrentRole": "replica", "PreferredAvailabilityZone": "eu-central-1b"],
                        ],
                    ]
                }
                return [
                    "ReplicationGroupId": .string(id), "ARN": .string("arn:aws:elasticache:::\(id)"),
                    "AutomaticFailover": failover, "NodeGroups": .array(nodes),
                ]
            }
            let hit = group("hit", [Self.zone, "eu-central-1c", Self.zone])
            let all: JSONValue = [hit, group("other", ["eu-central-1c"]), group("alone", [Self.zone], "disabled")]
            let url = try oracle.script([
                "elasticache:DescribeReplicationGroups": [
                    ["ReplicationGroups": all], ["ReplicationGroups": [hit]],
                ],
                "elasticache:ListTagsForResource": [["TagList": [["Key": "team", "Value": "a"]]]],
                "elasticache:TestFailover": [["ReplicationGroup": ["ReplicationGroupId": "hit"]]],
            ])
            let native = try failure(
                [
                    "network": false, "auto_scaling": "none", "load_balancers": false, "databases": false,
                    "tags": ["team": "a"],
                ], at: url)
            let (targets, output) = try await native.run()
            #expect(output["ReplicationGroups"] == ["hit"])
            #expect(targets.map(\.candidates) == [3])
            let inputs = try oracle.scriptedRequests().elements.filter { $0["operation"] == "TestFailover" }
            #expect(
                inputs.map { $0["input"] } == [
                    ["NodeGroupId": "0001", "ReplicationGroupId": "hit"],
                    ["NodeGroupId": "0003", "ReplicationGroupId": "hit"],
                ])
            #expect(undeclared(native).isEmpty)
        }

        /// All changes of a failure of the zone in one VPC, one after the other.
        static let steps = [
            "autoscaling:CreateOrUpdateTags", "autoscaling:UpdateAutoScalingGroup", "autoscaling:CreateOrUpdateTags",
            "autoscaling:SuspendProcesses", "elasticloadbalancing:AddTags", "elasticloadbalancing:SetSubnets",
            "ec2:CreateNetworkAcl", "ec2:ReplaceNetworkAclAssociation", "ec2:ReplaceNetworkAclAssociation",
            "ec2:CreateNetworkAcl", "ec2:ReplaceNetworkAclAssociation",
        ]

        @Test(
            "a zone that was failed in part is put back by what was remembered, and by the tags alone",
            arguments: 0...steps.count, [true, false])
        func partial(step: Int, byTags: Bool) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("zones")
            oracle.discardState()
            let before = try oracle.state()
            let native = try failure(
                ["databases": false, "vpc_ids": [.string(names["vpc"] ?? "")]], at: oracle.url)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await captured(native, targets)
            // In every other state the last change was made, and nobody knows.
            let dying = try native.dying(afterChanges: step, isSent: step.isMultiple(of: 2))
            do {
                _ = try await native.activity.run(dying, targets)
                #expect(step == Self.steps.count)
            } catch {
                #expect(step < Self.steps.count)
            }
            let made = step < Self.steps.count && step.isMultiple(of: 2) ? step + 1 : step
            #expect(native.changes == Array(Self.steps.prefix(made)))
            if made > 0 { #expect(try oracle.state() != before) }

            if byTags {
                let recovery = try recovery(oracle)
                _ = try await recovery.run()
                #expect(undeclared(recovery).isEmpty)
                #expect(try oracle.state() == before)
                let changes = recovery.changes
                _ = try await recovery.run()
                #expect(recovery.changes == changes, "the second time nothing is changed")
            } else {
                try await restore(native, targets, known)
                #expect(try oracle.state() == before)
                let changes = native.changes
                try await restore(native, targets, known)
                #expect(native.changes == changes, "the second restore")
                #expect(undeclared(native).isEmpty)
            }
        }

        @Test("a restore that was interrupted itself is repeated", arguments: 0...7)
        func interruptedRestore(step: Int) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("zones")
            oracle.discardState()
            let before = try oracle.state()
            let native = try failure(["databases": false, "vpc_ids": [.string(names["vpc"] ?? "")]], at: oracle.url)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await captured(native, targets)
            _ = try await native.activity.run(native.invocation, targets)
            let dying = try native.dying(afterChanges: step, isSent: true)
            let undo = try #require(native.activity.undo)
            await #expect(throws: (any Error).self) {
                for (target, before) in zip(targets, known) { try await undo.restore(dying, target, before) }
            }
            try await restore(native, targets, known)
            #expect(try oracle.state() == before)
        }

        @Test("what others have changed since is left to them")
        func others() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("zones")
            let native = try failure(
                ["auto_scaling": "none", "load_balancers": false, "databases": false, "tags": ["team": "a"]],
                at: oracle.url)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await captured(native, targets)
            let acl = try oracle.call("ec2", "describe_network_acls", [:])["NetworkAcls"]?.elements ?? []
            let association = acl.flatMap { $0["Associations"]?.elements ?? [] }
                .first { $0["SubnetId"]?.stringValue == names["a1"] }?["NetworkAclAssociationId"]
            try oracle.call(
                "ec2", "replace_network_acl_association",
                [
                    "AssociationId": association ?? .null, "NetworkAclId": .string(names["own-acl"] ?? ""),
                ])
            let index = try #require(targets.firstIndex { $0.id == names["a1"] })
            let undo = try #require(native.activity.undo)
            try await undo.restore(native.invocation, targets[index], known[index])
            let outcome = try await undo.check(native.invocation, targets[index], known[index])
            #expect(
                outcome
                    == .nothingLeft(
                        "others have given the subnet \(names["a1"] ?? "") the network ACL \(names["own-acl"] ?? "")"))
            #expect(native.changes.isEmpty)
        }

        @Test("groups are kept from launching when their subnets shall stay")
        func processes() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("zones")
            oracle.discardState()
            let before = try oracle.state()
            let native = try failure(
                ["network": false, "load_balancers": false, "databases": false, "auto_scaling": "processes"],
                at: oracle.url)
            let targets = try await native.activity.targets(native.invocation)
            let known = try await captured(native, targets)
            #expect(targets.map(\.id) == ["many", "single"])
            _ = try await native.activity.run(native.invocation, targets)
            let groups = try oracle.state()["groups"]
            #expect(groups?["many"]?["suspended"] == ["AZRebalance", "Launch", "ReplaceUnhealthy"])
            #expect(groups?["many"]?["subnets"] == before["groups"]?["many"]?["subnets"])
            try await restore(native, targets, known)
            #expect(try oracle.state() == before)
        }

        @Test(
            "a group of zones loses the zone, one of subnets its subnets, and the only place is kept",
            arguments: [
                ("a b", "s-a s-b", "", true, "subnets=s-a"),
                ("a b", "s-a s-a2 s-b", "", true, "subnets=s-a,s-a2"),
                ("a", "s-a", "", true, "processes=Launch,ReplaceUnhealthy,AZRebalance"),
                ("a b", "", "", true, "zone"),
                ("a", "", "", true, "processes=Launch,ReplaceUnhealthy,AZRebalance"),
                ("a b", "s-a s-b", "Launch AZRebalance", false, "processes=ReplaceUnhealthy"),
                ("a b", "s-a s-b", "Launch ReplaceUnhealthy AZRebalance", false, nil),
                ("b", "s-b", "", true, nil),
            ] as [(String, String, String, Bool, String?)])
        func groupChange(zones: String, subnets: String, suspended: String, bySubnets: Bool, change: String?) {
            func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
            let group: JSONValue = [
                "AvailabilityZones": JSONValue(texts: words(zones)),
                "VPCZoneIdentifier": .string(words(subnets).joined(separator: ",")),
                "SuspendedProcesses": .array(words(suspended).map { ["ProcessName": .string($0)] }),
            ]
            let found = ZoneGroups.change(group, zone: "a", subnets: ["s-a", "s-a2"], bySubnets: bySubnets)
            #expect(found?.text == change)
            #expect(ZoneGroups.Change(change) == found)
        }

        @Test("Tocsin's own account and its own subnets are refused unless they are allowed")
        func own() async throws {
            let oracle = try Oracle.shared.get()
            defer { _ = try? oracle.script([:]) }
            let names = try oracle.prepare("zones")
            func refusal(_ native: Native) async -> String {
                do {
                    _ = try await native.activity.targets(native.invocation)
                    return ""
                } catch { return "\(error)" }
            }
            let account = try failure(["allow_own_account": false], at: oracle.url)
            #expect(await refusal(account).contains("of the account 123456789012, to which Tocsin's own"))
            let other = try failure(
                ["allow_own_account": false], at: oracle.url,
                configuration: ["aws_assume_role_arn": "arn:aws:iam::111122223333:role/chaos"])
            #expect(await !refusal(other).contains("Tocsin's own"))

            let environment = ["AWS_LAMBDA_FUNCTION_NAME": "chaos-executor"]
            for (subnet, isRefused) in [("a1", true), ("b", false)] {
                let url = try oracle.script(
                    ["lambda:GetFunctionConfiguration": [["VpcConfig": ["SubnetIds": ["<\(subnet)>"]]]]],
                    filledWith: names)
                let here = try failure([:], at: url, environment: environment)
                #expect(await refusal(here).contains("it would cut itself off") == isRefused, "\(subnet)")
                #expect(try oracle.scriptedRequests().elements.count == 1)
                let disable = try Native(
                    "resiliencyvr.az.actions.disable_az", ["availability_zone": Self.zone], at: url,
                    configuration: Self.states, environment: environment)
                #expect(await refusal(disable).contains("it would cut itself off") == isRefused, "\(subnet)")
            }
            let url = try oracle.script(
                ["lambda:GetFunctionConfiguration": [["VpcConfig": ["SubnetIds": ["<a1>"]]]]], filledWith: names)
            let allowed = try failure(["allow_own_subnets": true], at: url, environment: environment)
            #expect(await refusal(allowed).isEmpty)
            let denied = try oracle.script([
                "lambda:GetFunctionConfiguration": [["error": "AccessDeniedException", "message": "no", "status": 403]]
            ])
            let unknown = try failure([:], at: denied, environment: environment)
            #expect(await refusal(unknown).contains("allow lambda:GetFunctionConfiguration"))
        }

        @Test(
            "what cannot be meant is refused",
            arguments: [
                (["availability_zone": "eu-central-1z"], "nothing in eu-central-1z can be failed"),
                (["auto_scaling": "subnet"], "expected subnets, processes or none"),
                (["tags": ["team": "x"]], "nothing in eu-central-1a can be failed"),
                (["tags": ["team": 1]], "the value of team is 1, expected a text"),
                (["vpc_ids": [1]], "vpc_ids: 1 is no id of a VPC"),
            ] as [(JSONObject, String)])
        func refused(arguments: JSONObject, text: String) async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("zones")
            let native = try failure(arguments, at: oracle.url)
            await #expect { try await native.run() } throws: { "\($0)".contains(text) }
            #expect(native.changes.isEmpty)
        }
    }
}
