import ArgumentParser
import Basics
import FunctionRuntime
import Glibc
import JSON
import LocalCloud
import SystemPackage

struct InvokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoke",
        abstract: "Runs a built function on one event, under a local Lambda Runtime API.",
        discussion: """
            The function's answer goes to standard output, its log and a line of figures to standard error. \
            The exit status is 1 when the function failed, or when it reports every record of a queue's event as \
            failed. The function sees your AWS_ and proxy variables and those of --env.

            Examples:
              tocsin invoke metric-writer --event event.json
              tocsin invoke metric-writer --event - --env METRIC_OUTPUT=emf < event.json
              tocsin invoke mine --binary .build/debug/mine --event event.json --timeout 5s
            """
    )

    @Argument(help: "The function: NAME of dist/lambda/NAME.zip.")
    var function: String

    @Option(help: ArgumentHelp("The event, JSON; - for standard input.", valueName: "file"))
    var event: String

    @Option(help: ArgumentHelp("A variable for the function; may be repeated.", valueName: "name=value"))
    var env: [Variable] = []

    @Option(help: ArgumentHelp("How long the function may take, such as 30s or 2m.", valueName: "time"))
    var timeout = TimeSpan(.seconds(30))

    @Option(help: ArgumentHelp("The program to run instead of the built function.", valueName: "path"))
    var binary: String?

    func run() async throws {
        let event = try readEvent()
        let variables = Environment.current().variables
        let result = try await withStopSignals {
            if let binary { return try await invoke(binary, event) }
            return try await Artifacts.ofThisProcess(environment: variables).withFunction(function) {
                try await invoke($0, event)
            }
        }
        try FileDescriptor.standardOutput.writeAll(result.payload + [UInt8(ascii: "\n")])
        printError(figures(result))
        if let error = result.error {
            printError("\(function) failed: \(error)")
            throw ExitCode.failure
        }
        try report(result, on: recordIDs(of: event))
    }

    /// Tells which records of a queue's event failed.
    /// - Throws: the exit status 1 when all of them did.
    private func report(_ result: InvocationResult, on records: [String]) throws {
        let failed = result.failedRecords(among: records)
        guard !failed.isEmpty else { return }
        let names = records.filter(failed.contains)
        printError(
            "\(function): \(names.count) of \(counted(records.count, "record")) failed: "
                + names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " …" : ""))
        if names.count == records.count { throw ExitCode.failure }
    }

    /// The message ids of an event from SQS; none for any other event.
    private func recordIDs(of event: [UInt8]) -> [String] {
        let records = (try? JSONValue(parsing: event))?["Records"]?.arrayValue ?? []
        return records.compactMap { $0["body"] == nil ? nil : $0["messageId"]?.stringValue }
    }

    private func invoke(_ path: String, _ event: [UInt8]) async throws -> InvocationResult {
        let description = FunctionDescription(
            name: function, binary: Files.absolute(path),
            environment: inheritedVariables().merging(env.map { ($0.name, $0.value) }) { $1 }, timeout: timeout.duration
        )
        return try await LocalFunction.host(description, log: { printError($0) }) { try await $0.invoke(event) }
    }

    /// What the function should know of this process's environment: how to reach AWS.
    private func inheritedVariables() -> [String: String] {
        Environment.current().variables.filter { name, _ in
            name.hasPrefix("AWS_") || name == "HOME" || name.uppercased().hasSuffix("_PROXY")
        }
    }

    private func readEvent() throws -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try event == "-" ? Files.readStandardInput() : Files.read(event)
        } catch {
            throw usageError("The event file \(event) cannot be read: \(error)")
        }
        do {
            _ = try JSONValue(parsing: bytes)
            return bytes
        } catch {
            throw usageError("The event \(event == "-" ? "on standard input" : "in \(event)") is not JSON: \(error)")
        }
    }

    private func figures(_ result: InvocationResult) -> String {
        let start = result.initDuration.map { ", start \($0.text)" } ?? ""
        let memory = result.maxMemory > 0 ? ", memory \(result.maxMemory / 1_000_000) MB" : ""
        return "-- \(result.requestID): \(result.duration.text)\(start)\(memory)"
    }
}

/// `NAME=VALUE` on the command line.
struct Variable: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        (name, value) = (String(parts[0]), String(parts[1]))
    }
}
