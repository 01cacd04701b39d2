import AWS
import Basics
import ChaosActivities
import DurableExecution
import Foundation
import FunctionRuntime
import Glibc
import JSON
import Logging
import StateStore
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Experiments

/// An experiment that really changes things at moto, by a process that a SIGKILL ends at each of its writes: those to
/// AWS, to the ledger and to the record of the run, before the write as well as after it.
///
/// `TOCSIN_KILLS=all` tries every one of them; otherwise every few.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized, .timeLimit(.minutes(10)))
struct KillMatrixTests {
    private static let isComplete = ProcessInfo.processInfo.environment["TOCSIN_KILLS"] == "all"

    /// Not a test: the process that is killed.
    @Test(.enabled(if: TestChild("runs") != nil)) func runs() async throws {
        let child = try #require(TestChild("runs"))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: child.folder + "/setup.json"))
        let stage = try Stage(JSONValue(parsing: Array(bytes)))
        let count = Locked(0)
        let die: @Sendable () -> Void = { if count.next() == child.place { kill(getpid(), SIGKILL) } }
        let loop = try EventLoop.onOwnThread()
        try await withTaskExecutorPreference(loop) {
            let time = TimeSource.fast(loop)
            let http = DyingHTTP(client: HTTPClient(loop: loop), die: die)
            if stage.isFunction {
                _ = try await stage.invoke(stage.event, time, loop, http)
            } else {
                let store = StateStore.folder(child.folder + "/ledger").watched(die)
                try await stage.run(in: child.folder, store, time, loop, http)
            }
        }
    }

    @Test("killed at any write, with the ledger in files: recovery puts everything back, and the ledger is empty")
    func files() async throws {
        try await killEverywhere(step: 7, isFunction: false) { stage, folder, loop, time in
            let ledger = Ledger(store: .folder(folder + "/ledger"), time: time)
            let report = try await stage.recovery(ledger, time, loop).run()
            #expect(report.isClean, "\(report.lines)")
            return try await ledger.runs().runs.map(\.record.run)
        }
    }

    @Test(
        "killed at any write, with all state in S3: Lambda's next attempt puts everything back, and the ledger is empty"
    )
    func nextInvocation() async throws {
        try await killEverywhere(step: 13, isFunction: true) { stage, _, loop, time in
            let answer = try await stage.invoke(stage.event, time, loop, HTTPClient(loop: loop))
            #expect(answer["still_broken"] == 0 || answer["error"] != nil, "\(answer)")
            return try await stage.openRuns(time, loop)
        }
    }

    @Test("killed at any write, with all state in S3: the sweep puts everything back, and the ledger is empty")
    func sweep() async throws {
        try await killEverywhere(step: 17, isFunction: true) { stage, _, loop, time in
            let answer = try await stage.invoke(["sweep": true], time, loop, HTTPClient(loop: loop))
            #expect(answer["still-broken"] == 0, "\(answer)")
            return try await stage.openRuns(time, loop)
        }
    }

    /// Kills the process at its writes, lets something put things back, and compares.
    /// - Parameter recover: returns the runs that are still in the ledger.
    private func killEverywhere(
        step: Int, isFunction: Bool,
        recover: (Stage, _ folder: String, EventLoop, TimeSource) async throws -> [String]
    ) async throws {
        let loop = try EventLoop.onOwnThread()
        // An hour later: all leases of the dead process are over.
        let time = TimeSource.fast(loop, ahead: .seconds(3_600))
        var stage = try await Stage(isFunction: isFunction)
        let before = try await stage.snapshot()
        var kills = 0
        for place in stride(from: 1, to: 2_000, by: Self.isComplete ? 1 : step) {
            stage.request = UUID().uuidString
            let wasKilled = try await Workspace.withTemporaryFolder { folder in
                try FileManager.default.createDirectory(
                    at: folder.appending(path: "ledger"), withIntermediateDirectories: true)
                try Data(stage.json.description.utf8).write(to: folder.appending(path: "setup.json"))
                let result = try TestChild.run("KillMatrixTests/runs", folder, place: place)
                let wasKilled = result.status == 128 + SIGKILL
                #expect(wasKilled || result.status == 0, "\(result.output)\(result.errors)")
                let open = try await withTaskExecutorPreference(loop) {
                    try await recover(stage, folder.path, loop, time)
                }
                #expect(open == [], "place \(place)")
                #expect(try await stage.snapshot() == before, "place \(place)")
                return wasKilled
            }
            guard wasKilled else { break }
            kills += 1
        }
        #expect(kills > 2)
        print("killed at \(kills) places")
    }
}

/// What the experiment hits, and how it is run.
private struct Stage: Sendable {
    let isFunction: Bool
    let url: String
    let bucket: String
    let instances: [String]
    /// The name of the group, the service, its cluster and the function.
    let name: String
    var request = ""

    /// Makes everything at moto.
    init(isFunction: Bool) async throws {
        self.isFunction = isFunction
        url = try MotoServer.shared.get().url
        (bucket, name) = (SafetyMoto.name("kill-state"), SafetyMoto.name("kill"))
        try await SafetyMoto.makeBucket(bucket)
        let made = try Command.run(
            Workspace.python, ["-c", Self.setup, name], environment: MotoServer.shared.get().environment)
        instances = made.output.split(whereSeparator: \.isWhitespace).map(String.init)
        guard instances.count == 2 else { throw ExperimentError(.invalid, made.errors) }
    }

    init(_ json: JSONValue) throws {
        func text(_ key: String) -> String { json[key]?.stringValue ?? "" }
        (isFunction, url, bucket) = (json["function"] == true, text("url"), text("bucket"))
        (name, request) = (text("name"), text("request"))
        instances = (json["instances"]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    var json: JSONValue {
        [
            "function": .bool(isFunction), "url": .string(url), "bucket": .string(bucket), "name": .string(name),
            "request": .string(request), "instances": .array(instances.map { .string($0) }),
        ]
    }

    private static let setup = """
        import boto3, io, os, sys, zipfile
        name = sys.argv[1]
        aws = lambda service: boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="eu-central-1")
        made = aws("ec2").run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2, InstanceType="t3.micro")
        scaling = aws("autoscaling")
        scaling.create_launch_configuration(LaunchConfigurationName=name, ImageId="ami-12c6146b", InstanceType="t3.micro")
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name, LaunchConfigurationName=name, MinSize=0, MaxSize=2, DesiredCapacity=1,
            AvailabilityZones=["eu-central-1a"])
        ecs = aws("ecs")
        ecs.create_cluster(clusterName=name)
        ecs.register_task_definition(family=name, containerDefinitions=[{"name": "a", "image": "a", "memory": 128}])
        ecs.create_service(cluster=name, serviceName=name, taskDefinition=name, desiredCount=3)
        role = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as file:
            file.writestr("main.py", "")
        aws("lambda").create_function(
            FunctionName=name, Runtime="python3.11", Role=role, Handler="main.handler", Code={"ZipFile": code.getvalue()})
        print(*(instance["InstanceId"] for instance in made["Instances"]))
        """

    /// Four kinds of change, one of them in the background, and rollbacks for two.
    private var document: JSONValue {
        func action(_ module: String, _ function: String, _ arguments: JSONValue, _ more: JSONObject = [:]) -> JSONValue
        {
            var activity: JSONObject = [
                "type": "action", "name": .string(function),
                "provider": [
                    "type": "python", "module": .string("chaosaws.\(module).actions"), "func": .string(function),
                    "arguments": arguments,
                ],
            ]
            for (key, value) in more { activity[key] = value }
            return .object(activity)
        }
        let ids = JSONValue.array(instances.map { .string($0) })
        let named = JSONValue.string(name)
        return [
            "title": .string("Kill \(request)"), "description": "d", "configuration": ["aws_region": "eu-central-1"],
            "method": [
                action("ec2", "stop_instances", ["instance_ids": ids], ["pauses": ["after": 5]]),
                action(
                    "awslambda", "put_function_concurrency", ["function_name": named, "concurrent_executions": 0],
                    ["background": true]),
                action("asg", "suspend_processes", ["asg_names": [named]]),
                action("ecs", "update_desired_count", ["cluster": named, "service": named, "desired_count": 0]),
            ],
            "rollbacks": [
                action("ec2", "start_instances", ["instance_ids": ids]),
                action("asg", "resume_processes", ["asg_names": [named]]),
            ],
        ]
    }

    var event: JSONValue { ["experiment": document, "restore": "always"] }

    // MARK: Ways to run it

    private var variables: [String: String] { awsVariables(at: url) }

    private func aws(_ http: any HTTPExecuting, _ loop: EventLoop) -> @Sendable () throws -> AWSConfiguration {
        { [variables] in try AWSConfiguration(environment: variables, http: http, time: .live(loop)) }
    }

    /// As the function.
    func invoke(
        _ event: JSONValue, _ time: TimeSource, _ loop: EventLoop, _ http: any HTTPExecuting
    ) async throws -> JSONValue {
        let own = [
            "EXPERIMENT_STATE": "s3://\(bucket)/state/", "EXPERIMENT_JOURNALS": "s3://\(bucket)/journals/",
            "EXPERIMENT_DURABLE": "state", "EXPERIMENT_METRICS": "off",
        ]
        let executor = try ChaosExecutor(
            variables.merging(own) { $1 }, loop, ChaosActivities.registry, time: time, aws: aws(http, loop))
        let context = InvocationContext(
            requestID: request, deadline: time.now() + .seconds(3_600),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let response = try await executor.handle(Array(event.description.utf8), context)
        guard case .bytes(let bytes) = response.body else { return nil }
        return try JSONValue(parsing: bytes)
    }

    func openRuns(_ time: TimeSource, _ loop: EventLoop) async throws -> [String] {
        let store = try StateStore.bucket(bucket, prefix: "state/", aws: aws(HTTPClient(loop: loop), loop)())
        return try await Ledger(store: store, time: time).runs().runs.map(\.record.run)
    }

    private func providers(_ time: TimeSource, _ loop: EventLoop, _ http: any HTTPExecuting) -> Providers {
        Providers(
            loop: loop, http: HTTPClient(loop: loop), registry: ChaosActivities.registry, aws: aws(http, loop),
            environment: variables, time: time, seed: 1)
    }

    /// As the command line does.
    func run(
        in folder: String, _ store: StateStore, _ time: TimeSource, _ loop: EventLoop, _ http: any HTTPExecuting
    ) async throws {
        let experiment = Experiment(reading: document.objectValue ?? [:])
        let plan = ExperimentExecution.Plan(
            run: request, experiment: experiment, source: "kill.json", options: RunOptions(),
            substitution: Substitution(configuration: experiment.configuration, secrets: [:]), restore: .always)
        let execution = ExperimentExecution(
            plan, providers: providers(time, loop, http),
            environment: RunEnvironment(node: "n", platform: "p", time: time), ledger: Ledger(store: store, time: time))
        _ = try await DurableRun.file(folder + "/run.jsonl").execute(time: time) { scope in
            _ = try await execution.run(on: scope, interruption: Interruption()) { _ in }
            return nil
        }
    }

    func recovery(_ ledger: Ledger, _ time: TimeSource, _ loop: EventLoop) -> Recovery {
        let providers = providers(time, loop, HTTPClient(loop: loop))
        let restorer = Restorer(ChaosActivities.registry, time: time) { record, entry in
            NativeActivity.Invocation(
                arguments: entry.arguments, configuration: record.configuration, secrets: [:], aws: try providers.aws(),
                loop: loop, time: time, deadline: time.now() + .seconds(600), seed: entry.seed)
        }
        let play: Recovery.PlayRollbacks = { run in
            let interruption = Interruption()
            interruption.raise(Interruption.Reason(.lost, "gone"))
            let execution = ExperimentExecution(
                ExperimentExecution.Plan(recovering: run.record), providers: providers,
                environment: RunEnvironment(node: "n", platform: "p", time: time), ledger: nil)
            return try await execution.run(
                on: DurableScope(inMemory: time), interruption: interruption, held: run
            ) { _ in }.rollbacks
        }
        return Recovery(ledger, restorer, playRollbacks: play)
    }

    /// What the experiment can change, as it is now.
    func snapshot() async throws -> [String: String] {
        func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws -> JSONValue {
            try await AWSClient(service, configuration: SafetyMoto.aws()).call(operation, input)
        }
        let named = JSONValue.string(name)
        let machines = try await call(
            .ec2, "DescribeInstances", ["InstanceIds": .array(instances.map { .string($0) })])
        let group = try await call(.autoScaling, "DescribeAutoScalingGroups", ["AutoScalingGroupNames": [named]])
        let service = try await call(.ecs, "DescribeServices", ["cluster": named, "services": [named]])
        let function = try await call(.lambda, "GetFunctionConcurrency", ["FunctionName": named])
        let states = (machines["Reservations"]?.arrayValue ?? []).flatMap { $0["Instances"]?.arrayValue ?? [] }
        return [
            "instances": states.map { $0["State"]?["Name"]?.stringValue ?? "" }.joined(separator: " "),
            "suspended": "\(group["AutoScalingGroups"]?[0]?["SuspendedProcesses"] ?? [])",
            "desired": "\(service["services"]?[0]?["desiredCount"] ?? nil)",
            "concurrency": "\(function["ReservedConcurrentExecutions"] ?? nil)",
        ]
    }
}

/// Ends the process at one of the requests that change something.
private struct DyingHTTP: HTTPExecuting {
    let client: HTTPClient
    let die: @Sendable () -> Void

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard Self.changes(request) else { return try await client.execute(request) }
        die()
        let response = try await client.execute(request)
        die()
        return response
    }

    private static func changes(_ request: HTTPRequest) -> Bool {
        if request.method == "GET" || request.method == "HEAD" { return false }
        var action = request.headers["X-Amz-Target"]?.split(separator: ".").last.map(String.init) ?? ""
        if case .bytes(let bytes) = request.body, action.isEmpty {
            let text = String(decoding: bytes.prefix(200), as: UTF8.self)
            if let start = text.firstRange(of: "Action=")?.upperBound { action = String(text[start...]) }
        }
        return !["Describe", "Get", "List"].contains { action.hasPrefix($0) }
    }
}

extension TimeSource {
    /// A clock that runs thirty times as fast as time does.
    fileprivate static func fast(_ loop: EventLoop, ahead: Duration = .zero) -> TimeSource {
        var source = live(loop)
        let start = Timestamp.now()
        source.now = { start + ahead + (Timestamp.now() - start) * 30 }
        source.sleep = { try await loop.sleep(for: $0 / 30) }
        return source
    }
}
