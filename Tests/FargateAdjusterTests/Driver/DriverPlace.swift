import Foundation
import Glibc
import JSON
import TestSupport

/// A scripted server, a folder with `config.yaml`, and the built binary that is run with both.
final class DriverPlace: Sendable {
    let server: ECSServer
    let folder: URL
    private let variables: [String: String]

    init(
        services: JSONValue, configuration: JSONValue, variables: JSONObject = [:], plays: JSONObject = [:]
    ) throws {
        server = try ECSServer()
        folder = FileManager.default.temporaryDirectory.appending(path: "adjust-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(configuration.serialized()).write(to: folder.appending(path: "config.yaml"))
        let own = [
            "OPTUNE_CONFIG": folder.appending(path: "config.yaml").path, "HOME": folder.path,
            "XDG_STATE_HOME": folder.appending(path: "state").path, "AWS_DEFAULT_REGION": "eu-central-1",
            "ADJUST_INTERVAL": "10ms",
        ]
        self.variables = awsVariables(at: server.address).merging(own) { $1 }
            .merging(variables.compactMap { name, value in value.stringValue.map { (name, $0) } }) { $1 }
        try server.script(["services": services, "plays": .object(plays)])
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// Runs the driver to its end.
    func run(
        _ arguments: [String], input: String = "", more: [String: String] = [:]
    ) async throws -> DriverSamples.Answer {
        try await DriverProgram.run(arguments, input: input, environment: variables.merging(more) { $1 })
    }

    /// The present settings, as `--query` tells them.
    func describe() async throws -> JSONValue {
        let answer = try await run(["--query", "test"])
        guard answer.status == 0 else { throw ServerError("\(answer)") }
        return try JSONValue(parsing: answer.output)
    }

    /// Starts the driver.
    /// - Parameters:
    ///   - input: nil to leave its standard input open.
    ///   - ignoresHangUp: as under `nohup`.
    func start(
        _ arguments: [String], input: String?, more: [String: String] = [:], ignoresHangUp: Bool = false
    ) throws -> DriverProcess {
        try DriverProcess(
            arguments, input: input, environment: variables.merging(more) { $1 }, ignoresHangUp: ignoresHangUp)
    }

    /// What the first service is on, as the samples have it.
    func after() throws -> JSONValue {
        let state = try server.state()
        guard let service = state["services"]?.arrayValue?.first else { return .null }
        let tasks = state["taskDefinitions"]?.arrayValue ?? []
        let task = tasks.first { $0["taskDefinitionArn"] == service["taskDefinition"] } ?? .null
        return [
            "desiredCount": service["desiredCount"] ?? .null, "cpu": task["cpu"] ?? .null,
            "memory": task["memory"] ?? .null,
            "environment": task["containerDefinitions"]?[0]?["environment"] ?? [],
        ]
    }
}

/// The built binary while it runs.
final class DriverProcess: Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let ended = DispatchSemaphore(value: 0)

    init(_ arguments: [String], input text: String?, environment: [String: String], ignoresHangUp: Bool) throws {
        if ignoresHangUp {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", #"trap '' HUP; exec "$0" "$@""#, DriverProgram.path] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: DriverProgram.path)
            process.arguments = arguments
        }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
        guard let text else { return }
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
    }

    deinit {
        // Foundation keeps a process that has ended, and its pipes with it.
        try? input.fileHandleForWriting.close()
        try? output.fileHandleForReading.close()
    }

    /// Writes more than a pipe holds to standard input, so that it reads when this returns.
    func fillInput() async throws {
        signal(SIGPIPE, SIG_IGN)
        try await DriverProgram.blocking { [input] in
            try input.fileHandleForWriting.write(contentsOf: Data(repeating: 0x20, count: 1 << 18))
        }
    }

    /// The next line; nil at the end.
    func line() async throws -> String? {
        try await DriverProgram.blocking { [output] in
            var line: [UInt8] = []
            var byte: UInt8 = 0
            while read(output.fileHandleForReading.fileDescriptor, &byte, 1) == 1 {
                if byte == 0x0A { return String(decoding: line, as: UTF8.self) }
                line.append(byte)
            }
            return nil
        }
    }

    /// Reads lines up to one with this text.
    func line(with text: String) async throws -> String? {
        while let line = try await line() { if line.contains(text) { return line } }
        return nil
    }

    func closeOutput() { try? output.fileHandleForReading.close() }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for its end.
    /// - Returns: the exit status, or 128 + the signal that ended it.
    func status() async throws -> Int32 {
        try await DriverProgram.blocking { [ended] in ended.wait() }
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }
}
