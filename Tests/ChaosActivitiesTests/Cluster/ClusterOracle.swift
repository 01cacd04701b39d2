import AWS
import Basics
import ChaosActivities
import Experiments
import Foundation
import JSON
import TestSupport
import Testing
import Transport

/// The tests that share one scripted cluster, one after the other.
@Suite(.serialized, .enabled(if: Workspace.hasPython, "chaosk8s is missing: run ./build.sh setup"))
enum ClusterTests {}

/// A scripted cluster, and chaosk8s in a Python process that works on it; see oracle/cluster.py.
final class ClusterOracle: Sendable {
    /// The one of these tests; started by the first that asks.
    static let shared = Result { try ClusterOracle() }

    private static let sharedFolder = FileManager.default.temporaryDirectory
        .appending(path: "tocsin-" + UUID().uuidString)

    let server: KubernetesServer
    /// Where kubeconfig and files of cases are; `<folder>` in arguments.
    let folder = sharedFolder
    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())
    private let unread = Locked(Data())

    /// The path of the kubeconfig, whose context has the namespace `default`.
    var kubeconfig: String { folder.appending(path: "config").path }

    private init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(at: ClusterOracle.sharedFolder) }
        let certificates = try Certificates(in: folder)
        server = try KubernetesServer(
            certificate: certificates.issue("server"), authority: certificates.authority)
        let config = """
            apiVersion: v1
            kind: Config
            current-context: test
            contexts: [{name: test, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: "https://127.0.0.1:\(server.port)", \
            certificate-authority: authority.pem}}]
            users: [{name: u, user: {token: good}}]
            """
        try Data(config.utf8).write(to: folder.appending(path: "config"))
        process.executableURL = URL(fileURLWithPath: Workspace.python)
        process.arguments = [Workspace.root.appending(path: "Tests/ChaosActivitiesTests/oracle/cluster.py").path]
        var environment = ProcessInfo.processInfo.environment
        environment["KUBECONFIG"] = folder.appending(path: "config").path
        environment["TZ"] = "UTC"
        process.environment = environment
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        _ = try line()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Gives the cluster the objects of a setup, and nothing else; then a script of its own.
    func prepare(_ setup: ClusterSetup, _ script: JSONValue = [:]) throws {
        try server.script(["reset": true, "tokens": ["good": "ann"], "objects": .object(setup.objects)])
        try server.script(script)
    }

    /// Writes files that arguments name as `<folder>/…`.
    func write(_ files: [String: String]) throws {
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
    }

    /// Calls a function of chaosk8s.
    /// - Parameter choices: the names of the objects that its random choices take.
    func chaosk8s(_ name: String, _ arguments: JSONValue, choices: [String]) throws -> JSONValue {
        let parts = name.split(separator: ".").map(String.init)
        let request: JSONValue = [
            "module": .string("chaosk8s." + parts.dropLast().joined(separator: ".")),
            "function": .string(parts.last ?? ""), "arguments": arguments,
            "choices": .array(choices.map { .string($0) }),
        ]
        try input.fileHandleForWriting.write(contentsOf: request.serialized() + [0x0A])
        let answer = try line()
        if let failure = answer["failure"]?.stringValue { throw OracleError(description: failure) }
        return answer
    }

    /// The requests so far.
    func requests() throws -> [ClusterRequest] { try server.script().map(ClusterRequest.init) }

    private func line() throws -> JSONValue {
        try unread.withLock { unread in
            while true {
                if let end = unread.firstIndex(of: 0x0A) {
                    let line = [UInt8](unread[..<end])
                    unread = Data(unread[(end + 1)...])
                    return try JSONValue(parsing: line)
                }
                let piece = output.fileHandleForReading.availableData
                guard !piece.isEmpty else {
                    throw OracleError(description: "oracle/cluster.py ended: run ./build.sh setup")
                }
                unread += piece
            }
        }
    }
}

/// A native activity on the scripted cluster.
struct ClusterNative {
    let activity: NativeActivity
    let invocation: NativeActivity.Invocation

    /// - Parameters:
    ///   - name: without `chaosk8s.`: `pod.actions.terminate_pods`.
    ///   - arguments: those that an experiment gives; the defaults are added.
    init(
        _ name: String, _ arguments: JSONValue, _ oracle: ClusterOracle, time: TimeSource? = nil,
        configuration: JSONObject = [:], seed: UInt64 = 7
    ) throws {
        let parts = name.split(separator: ".").map(String.init)
        activity = try #require(
            ChaosActivities.registry.activity(
                module: "chaosk8s." + parts.dropLast().joined(separator: "."), function: parts.last ?? ""),
            "there is no chaosk8s.\(name)")
        let time = try time ?? .live(Network.loop.get())
        let variables = awsVariables(at: "http://127.0.0.1:1").merging(["KUBECONFIG": oracle.kubeconfig]) { $1 }
        var given = arguments.objectValue ?? [:]
        for argument in activity.arguments where given[argument.name] == nil {
            given[argument.name] = argument.fallback
        }
        invocation = NativeActivity.Invocation(
            arguments: given, configuration: configuration, secrets: [:],
            aws: try AWSConfiguration(environment: variables, http: Network.http.get(), time: time),
            loop: try Network.loop.get(), time: time, deadline: time.now() + .seconds(300), seed: seed)
    }

    /// What an engine does: resolves the targets and acts on them.
    func run() async throws -> (targets: [NativeActivity.Target], output: JSONValue) {
        let targets = try await activity.targets(invocation)
        return (targets, try await activity.run(invocation, targets))
    }

    /// `{"output"}`, or `{"error"}` with the message of the journal; and the targets.
    func result() async throws -> (targets: [NativeActivity.Target], result: JSONValue) {
        var targets: [NativeActivity.Target] = []
        do {
            targets = try await activity.targets(invocation)
            return (targets, ["output": try await activity.run(invocation, targets)])
        } catch let error as ExperimentError {
            #expect(error.code == .activityFailed)
            return (targets, ["error": .string(error.message)])
        }
    }

    /// The calls that the activity declares: `delete pods`.
    var declared: Set<String> {
        let activity = activity.resolved(for: invocation.arguments)
        return Set((activity.calls + (activity.undo?.calls ?? [])).map(\.action))
    }
}
