import Basics
import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

extension MotoTests {
    /// Faults on addresses and volumes that are looked up in AWS, and the state of alarms.
    struct CutOffServiceTests {
        private static let id = "00000000-0000-0000-0000-000000000001"
        /// Hosts do what they are told; moto has no results of commands.
        private static let script: JSONObject = [
            "ssm:SendCommand": [["Command": ["CommandId": .string(id), "Status": "Pending"]]],
            "ssm:ListCommandInvocations": [
                [
                    "CommandInvocations": [
                        ["CommandId": .string(id), "InstanceId": "<host>", "Status": "Success", "CommandPlugins": []]
                    ]
                ]
            ],
        ]

        @Test(
            "a fault hits the host with the addresses of the service",
            arguments: [
                ("s3.actions.blackhole_s3", "52.216.0.0/15 3.5.0.0/19 54.231.0.0/16"),
                ("dynamodb.actions.blackhole_dynamodb", "3.218.182.0/24 3.218.180.0/23 52.94.0.0/22 52.119.224.0/20"),
                // Those of the VPC endpoint, and of the endpoint that the calls would go to.
                ("network.actions.blackhole_secrets_manager", "<addresses> 127.0.0.1"),
            ])
        func addresses(function: String, addresses: JSONValue) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("hosts")
            let url = try oracle.script(Self.script, filledWith: names)
            defer { _ = try? oracle.script([:]) }
            let native = try Native(
                "resiliencyvr." + function,
                ["tag_value": "web", "duration": 20, "region": "eu-central-1"], at: url, time: TestClock().source)
            let (targets, _) = try await native.run()
            #expect(targets.map(\.id) == [names["host"]])
            let sent = try oracle.scriptedRequests()[0]?["input"]
            #expect(sent?["Parameters"]?["ipAddresses"] == [addresses.filled(names)])
            #expect(sent?["Parameters"]?["duration"] == ["20"])
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty, "what is called is declared")
        }

        @Test("without prefixes there is nothing to cut off")
        func noPrefixes() async throws {
            let aws = try ScriptedAWS([
                "DescribeInstances": [.instances([.init(id: "i-1")])],
                "DescribeManagedPrefixLists": [.ec2("DescribeManagedPrefixLists", "<prefixListSet/>")],
            ])
            let native = try Native("resiliencyvr.s3.actions.blackhole_s3", ["tag_value": "web"], at: aws.url)
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(error?.message.contains("EC2 has no prefixes of com.amazonaws.eu-central-1.s3") == true)
            #expect(!aws.operations.contains("SendCommand"))
        }

        @Test("a cluster without brokers cannot be cut off")
        func noBrokers() async throws {
            let aws = try ScriptedAWS([
                "DescribeInstances": [.instances([.init(id: "i-1")])],
                "GET /v1/clusters/c/nodes": [.json(["nodeInfoList": []])],
            ])
            let native = try Native(
                "resiliencyvr.kafka.actions.blackhole_kafka",
                ["msk_cluster": "c", "node_key": "tag:Name", "node_values": ["web"]], at: aws.url)
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(error?.message.contains("the cluster c has no brokers to cut off") == true)
        }

        @Test("a volume is unmounted on the instance that has it")
        func volume() async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare("hosts")
            let url = try oracle.script(Self.script, filledWith: names)
            defer { _ = try? oracle.script([:]) }
            let native = try Native(
                "resiliencyvr.ebs.actions.detach_volume",
                ["tag_key_1": "tag:app", "tag_value_1": "shop", "tag_key_2": "tag:kind", "tag_value_2": "data"],
                at: url, time: TestClock().source, deadline: TestClock().now + .seconds(600))
            let (targets, output) = try await native.run()
            #expect(targets.map(\.id) == [names["host"]])
            #expect(output == true)
            let sent = try oracle.scriptedRequests()[0]?["input"]
            let expected: JSONValue = ["device": ["/dev/sdf"], "volumeId": ["<volume>"]]
            #expect(sent?["Parameters"] == expected.filled(names))
        }

        @Test(
            "a volume that is not there, or not meant, is not unmounted",
            arguments: [
                (["tag_key_1": "tag:app", "tag_value_1": "none"], "no attached volume in eu-central-1 has the tags"),
                ([:], "give tag_key_1 and tag_value_1"),
            ] as [(JSONValue, String)])
        func noVolume(arguments: JSONValue, message: String) async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("hosts")
            let native = try Native("resiliencyvr.ebs.actions.detach_volume", arguments, at: oracle.url)
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        }

        @Test(
            "the state of an alarm is asked, and compared",
            arguments: [("loud", "ALARM", true), ("loud", "OK", false), ("quiet", "ALARM", false)])
        func alarm(name: String, state: String, matches: Bool) async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("metrics")
            let native = try Native(
                "resiliencyvr.cloudwatch.probes.probe_alarm_state",
                ["alarm_name": .string(name), "alarm_state": .string(state)], at: oracle.url)
            let output = try await native.run().output
            #expect(output["match"] == .bool(matches))
            #expect(output["alarm_state"] == (name == "loud" ? "ALARM" : output["alarm_state"]))
            #expect(output["alarm_state"]?.stringValue?.isEmpty == false)
        }

        @Test("an alarm that does not exist is an error")
        func noAlarm() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("metrics")
            let native = try Native(
                "resiliencyvr.cloudwatch.probes.probe_alarm_state", ["alarm_name": "none", "alarm_state": "OK"],
                at: oracle.url)
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(error?.message.contains("CloudWatch alarm name none not found") == true)
        }
    }
}
