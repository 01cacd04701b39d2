import Basics
import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// Faults by documents: stages, results, limits of time.
struct DocumentFaultTests {
    private let clock = TestClock()

    private static let loss = "resiliencyvr.ec2.actions.ec2_stress_packet_loss"
    /// As in an example of the original.
    private static let map: JSONValue = [
        "loss_20_percent": ["ec2_stress_packet_loss_percent": "20"],
        "loss_80_percent": ["ec2_stress_packet_loss_percent": "80"],
    ]

    private func native(
        _ aws: ScriptedCommands, _ arguments: JSONObject, _ function: String = loss, time: Duration = .seconds(3_600)
    ) throws -> Native {
        let all: JSONObject = ["tag_value": "web"]
        return try Native(
            function, .object(JSONObject(all.map { ($0.key, $0.value) } + arguments.map { ($0.key, $0.value) })),
            at: aws.url, time: clock.source, deadline: clock.now + time)
    }

    private func failure(
        _ aws: ScriptedCommands, _ arguments: JSONObject, _ function: String = loss, time: Duration = .seconds(3_600)
    ) async throws -> String {
        let error = await #expect(throws: ExperimentError.self) {
            try await native(aws, arguments, function, time: time).run()
        }
        return error?.message.replacing("chaoslib.exceptions.ActivityFailed: ", with: "") ?? ""
    }

    // MARK: - Stages

    @Test("stages run one after the other on the same host, and each tells what it did")
    func stages() async throws {
        let aws = try ScriptedCommands(["i-1", "i-2", "i-3"]) { command, _ in
            command.polls < 2 ? ("InProgress", "") : ("Success", "done")
        }
        let native = try native(aws, ["ec2_stress_packet_loss_parameter_map": Self.map])
        let (targets, output) = try await native.run()
        #expect(targets.count == 1)
        #expect(targets[0].candidates == 3)
        #expect(aws.commands.map(\.instances) == [[targets[0].id], [targets[0].id]])
        #expect(aws.commands.map { $0.parameters["loss"] } == ["20", "80"])
        #expect(aws.commands.map { $0.parameters["duration"] } == ["60", "60"])
        #expect(aws.commands.map(\.comment) == [native.invocation.marker, native.invocation.marker])
        let said: JSONValue = [
            [
                "instanceid": .string(targets[0].id), "status": "Success",
                "output": [["stepname": "fault", "output": "done", "responseCode": 0, "status": "Success"]],
            ]
        ]
        #expect(output == [["loss_20_percent", "success", said], ["loss_80_percent", "success", said]])
        // The second was not sent before the first had ended.
        #expect(aws.operations.drop { $0 != "SendCommand" }.prefix(5).last == "SendCommand")
    }

    @Test(
        "after a stage that failed, FailFast begins no other, and Continue does",
        arguments: [
            (
                "FailFast", 1,
                "stage one: failed on 1 of 1 instance: i-1: Failed in step fault with exit code 3: "
                    + "no tc / give up; not begun: two"
            ),
            (
                "Continue", 2,
                "stage one: failed on 1 of 1 instance: i-1: Failed in step fault with exit code 3: "
                    + "no tc / give up"
            ),
            (true, 1, "not begun: two"), (false, 2, "stage one"),
        ] as [(JSONValue, Int, String)])
    func failureModes(mode: JSONValue, commands: Int, message: String) async throws {
        let aws = try ScriptedCommands(["i-1"]) { command, _ in
            command.number == 1 ? ("Failed", "installing\n\nno tc\ngive up\n") : ("Success", "")
        }
        let text = try await failure(
            aws,
            [
                "ec2_stress_packet_loss_failure_mode": mode,
                "ec2_stress_packet_loss_parameter_map": ["one": [:], "two": [:]],
            ])
        #expect(aws.commands.count == commands)
        #expect(text.contains(message.replacing("no tc", with: "installing / no tc")), "\(text)")
    }

    @Test(
        "all stages together last at most max_duration",
        arguments: [(["60", "840"], true), (["60", "841"], false), (["900"], true), (["901"], false)])
    func maximum(durations: [String], isAllowed: Bool) async throws {
        let aws = try ScriptedCommands(["i-1"])
        let stages = durations.enumerated().map {
            ("s\($0.offset)", ["duration": [.string($0.element)]] as JSONValue)
        }
        let arguments: JSONObject = ["ec2_stress_packet_loss_parameter_map": .object(JSONObject(stages))]
        if isAllowed {
            _ = try await native(aws, arguments).run()
            #expect(aws.commands.count == durations.count)
        } else {
            let text = try await failure(aws, arguments)
            #expect(text == "Combined duration over max: [\(durations.joined(separator: ", "))] > 900")
            #expect(aws.operations.isEmpty)
        }
    }

    @Test("a stage is given by arguments, by parameters in lists of one, or by numbers")
    func settings() async throws {
        let aws = try ScriptedCommands(["i-1"])
        _ = try await native(
            aws,
            [
                "ec2_stress_memory_number_of_workers": "7",
                "ec2_stress_memory_parameter_map": [
                    "arguments": ["ec2_stress_memory_number_of_workers": 2],
                    "parameters": ["workers": ["3"]],
                    "original": ["numberOfWorkers": ["4"], "memoryPercentagePerWorker": ["33"]],
                    "defaults": ["region": "eu-central-1"],
                ],
            ], "resiliencyvr.ec2.actions.ec2_stress_memory"
        ).run()
        #expect(aws.commands.map { $0.parameters["workers"] } == ["2", "3", "4", "7"])
        #expect(aws.commands.map { $0.parameters["percent"] } == ["50", "50", "33", "50"])
    }

    @Test("a stage that chooses instances of its own hits those, and all of them are targets")
    func ownInstances() async throws {
        let aws = try ScriptedCommands(["i-1", "i-2", "i-3"])
        let native = try native(
            aws,
            [
                "test_target_type": "NAMED_LIST", "targets": ["i-1"],
                "ec2_stress_packet_loss_parameter_map": [
                    "a": [:], "b": ["instance_ids": ["i-2", "i-3"]], "c": ["test_target_type": "ALL"],
                ],
            ])
        let (targets, _) = try await native.run()
        #expect(targets.map(\.id) == ["i-1", "i-2", "i-3"])
        #expect(aws.commands.map(\.instances) == [["i-1"], ["i-2", "i-3"], ["i-1", "i-2", "i-3"]])
    }

    @Test(
        "what cannot be meant is refused before anything is sent",
        arguments: [
            (["ec2_stress_packet_loss_parameter_map": ["a": ["los": "1"]]], "did you mean loss?"),
            (["ec2_stress_packet_loss_parameter_map": ["a": 3]], "the stage a is 3, expected a mapping"),
            (["ec2_stress_packet_loss_parameter_map": ["a": ["region": "us-east-1"]]], "cannot have a region"),
            (["ec2_stress_packet_loss_failure_mode": "Never"], "expected FailFast or Continue"),
            (["ec2_stress_packet_duration": "1m"], "the duration is \"1m\", expected whole seconds"),
            (["ec2_stress_packet_duration": "0"], "the duration is \"0\""),
            (["ec2_stress_packet_duration": 43_201, "max_duration": "90000"], "the duration is \"43201\""),
            (["max_duration": "long"], "max_duration is long"),
            (["ec2_stress_packet_loss_percent": ["a": 1]], "loss is {'a': 1}, expected a text"),
            (["tag_value": nil], "there is no tag_value"),
            (["test_target_type": "SOME"], "expected RANDOM, ALL or NAMED_LIST"),
        ] as [(JSONObject, String)])
    func refused(arguments: JSONObject, message: String) async throws {
        let aws = try ScriptedCommands(["i-1"])
        let text = try await failure(aws, arguments)
        #expect(text.contains(message), "\(text)")
        #expect(aws.commands.isEmpty)
    }

    @Test(
        "a document whose defaults would hit anything, or nothing, needs its argument",
        arguments: [
            ("ec2.actions.black_hole_by_port", "give source_ports or destination_ports"),
            ("ec2.actions.black_hole_elk", "give elk_sports or elk_dports"),
            ("network.actions.blackhole_by_url", "give urls"),
            ("k8s.actions.delete_pod", "give name_space"),
            ("k8s.actions.pod_high_cpu", "give namespace"),
        ])
    func needs(function: String, message: String) async throws {
        let aws = try ScriptedCommands(["i-1"])
        let native = try native(aws, [:], "resiliencyvr." + function)
        let error = await #expect(throws: ExperimentError.self) { try await native.run() }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(aws.commands.isEmpty)
    }

    // MARK: - Time

    @Test("a command that does not end is cancelled when its duration and the grace are over")
    func cancelled() async throws {
        let aws = try ScriptedCommands(["i-1", "i-2"]) { _, host in (host == "i-1" ? "Success" : "InProgress", "") }
        let start = clock.now
        let text = try await failure(aws, ["test_target_type": "ALL", "ec2_stress_packet_duration": "30"])
        #expect(text.contains("had not ended on 1 of 2 instances when its time was over, and was cancelled"))
        #expect(aws.count("CancelCommand") == 1)
        // It is asked each five seconds.
        #expect(clock.now == start + .seconds(330 - 5))
    }

    @Test("what cannot end before the run does is not begun", arguments: [(60, false), (61, true)])
    func deadline(seconds: Int, isBegun: Bool) async throws {
        let aws = try ScriptedCommands(["i-1"])
        if isBegun {
            _ = try await native(aws, [:], time: .seconds(seconds)).run()
        } else {
            let text = try await failure(aws, [:], time: .seconds(seconds))
            #expect(text == "the fault lasts 1 m, but the time of the run ends in 1 m: shorten it")
        }
        #expect(aws.commands.count == (isBegun ? 1 : 0))
    }

    @Test(
        "what our documents can do beside the original's is given by arguments",
        arguments: [
            (loss, true), ("resiliencyvr.k8s.actions.pod_stress_all_network_io", true),
            ("resiliencyvr.network.actions.point_inactive_dns", true),
            ("resiliencyvr.ec2.actions.stress_cpu", false),
        ])
    func options(function: String, isOnNetwork: Bool) async throws {
        let aws = try ScriptedCommands(["i-1"])
        var arguments: JSONObject = ["install_dependencies": false]
        if isOnNetwork { arguments["exclude_addresses"] = ["10.0.0.1", "10.1.0.0/16"] }
        if isOnNetwork { arguments["exclude_ports"] = 22 }
        let native = try native(aws, arguments, function)
        _ = try await native.run()
        let sent = try #require(aws.commands.first?.parameters)
        #expect(sent["installDependencies"] == "False")
        #expect(sent["excludeAddresses"] == (isOnNetwork ? "10.0.0.1 10.1.0.0/16" : nil))
        #expect(sent["excludePorts"] == (isOnNetwork ? "22" : nil))
        #expect(native.activity.arguments.contains { $0.name == "exclude_ports" } == isOnNetwork)
    }

    @Test("a document that the account does not have is told, with what to do")
    func noDocument() async throws {
        let aws = try ScriptedAWS([
            "DescribeInstances": [.instances([.init(id: "i-1")])],
            "SendCommand": [.fault("InvalidDocument", "Document with name StressPacketLoss does not exist.")],
        ])
        let native = try Native(
            Self.loss, ["tag_value": "web"], at: aws.url, time: clock.source, deadline: clock.now + .seconds(600))
        let error = await #expect(throws: ExperimentError.self) { try await native.run() }
        #expect(
            error?.message.hasSuffix(
                "does not exist. (StressPacketLoss is one of the documents that Tocsin brings: create them in this "
                    + "region)") == true, "\(error?.message ?? "")")
    }

    @Test("without wait a fault of the first generation is only sent, as the original does it")
    func doesNotWait() async throws {
        let aws = try ScriptedCommands(["i-1"]) { _, _ in ("Failed", "") }
        let (_, output) = try await native(
            aws, ["duration": 30, "wait": false], "resiliencyvr.ec2.actions.stress_io"
        ).run()
        #expect(output["Command"]?["CommandId"] != nil)
        #expect(aws.operations == ["DescribeInstances", "SendCommand"])
        #expect(clock.sleeps.isEmpty)
        #expect(aws.commands[0].input["TimeoutSeconds"] == 120)
        #expect(aws.commands[0].parameters == ["duration": "30"])
    }

    @Test("more hosts than a command takes get several commands, and all of them are waited for")
    func batches() async throws {
        let hosts = (0..<120).map { "i-\($0)" }
        let aws = try ScriptedCommands(hosts) { command, host in (host == "i-119" ? "TimedOut" : "Success", "") }
        let text = try await failure(aws, ["test_target_type": "ALL"])
        #expect(aws.commands.map(\.instances.count) == [50, 50, 20])
        #expect(text.contains("failed on 1 of 120 instances: i-119: TimedOut"), "\(text)")
    }

    // MARK: - Probes

    @Test(
        "pods are healthy when each line says so",
        arguments: [
            ("UP\nHealthy\n", nil), ("UP\n---Output truncated---\n", nil),
            ("UP\nDOWN\n", "1 of 2 pods are not healthy: DOWN"),
            ("", "no pod matches web"),
        ] as [(String, String?)])
    func podHealth(output: String, failure: String?) async throws {
        let aws = try ScriptedCommands(["i-1"]) { _, _ in ("Success", output) }
        let native = try native(aws, ["pod_name_pattern": "web"], "resiliencyvr.k8s.probes.pod_healthy")
        if let failure {
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(error?.message.contains(failure) == true, "\(error?.message ?? "")")
        } else {
            #expect(try await native.run().output == true)
        }
    }

    @Test(
        "a process runs when every container says so", arguments: [("UP\nUP", true), ("UP\nDOWN", false), ("", false)])
    func process(output: String, isUp: Bool) async throws {
        let aws = try ScriptedCommands(["i-1", "i-2"]) { _, _ in ("Success", output) }
        let native = try native(
            aws,
            [
                "process_name": "nginx", "container_name_pattern": "web", "region": "eu-central-1",
                "output_s3_bucket_name": nil, "num_instances_to_target": "ALL",
            ], "resiliencyvr.k8s.probes.assert_service_on_pod_running")
        if isUp {
            #expect(try await native.run().output == true)
            #expect(aws.commands[0].instances == ["i-1", "i-2"])
        } else {
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(error?.message.hasSuffix("Process nginx not up") == true)
        }
    }
}
