import AWS
import ArgumentParser
import Basics
import Configuration
import ConfigurationSources
import FunctionRuntime
import JSON
import LocalCloud
import Transport
import UptimeChecker

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks the endpoints of a file in Gatus's format, now and from here.",
        discussion: """
            The checks are those of the uptime-checker function. The exit status is 1 when something is down that is \
            not in a maintenance window, and 2 when the file has faults, which are named with their lines.

            Examples:
              tocsin check endpoints.yaml
              tocsin check endpoints.yaml --group core --watch 10s
              tocsin check endpoints.yaml --output junit > report.xml
              tocsin check - --name web --output json < endpoints.yaml
            """
    )

    /// The forms of the result.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, json, junit
    }

    @Argument(help: "The file, YAML or JSON: a path, s3://bucket/key or ssm:/parameter; - for standard input.")
    var file: String

    @Option(name: .shortAndLong, help: "How the result is written.")
    var output = Output.table

    @Option(
        help: ArgumentHelp(
            "Check only endpoints of this name, also those that are not enabled; may be repeated.", valueName: "name"))
    var name: [String] = []

    @Option(help: ArgumentHelp("Check only endpoints of this group; may be repeated.", valueName: "group"))
    var group: [String] = []

    @Option(help: ArgumentHelp("How long a round may take, such as 30s or 5m.", valueName: "time"))
    var timeout = TimeSpan(.seconds(300))

    @Option(
        defaultAsFlag: WatchInterval(TimeSpan(.seconds(60))),
        help: ArgumentHelp("Check again and again, this time after the last round began.", valueName: "time"))
    var watch: WatchInterval?

    func validate() throws {
        if let watch, watch.span == nil {
            throw ValidationError(
                "--watch \(watch) is out of range: give a time above 0 and up to 366 days, such as 10s.")
        }
        if watch != nil, output == .junit {
            throw ValidationError("--watch goes with --output table and json: JUnit XML is one document for one round.")
        }
    }

    func run() async throws {
        let environment = Environment.current().variables
        let loop = try EventLoop.onOwnThread()
        let run = try await readRun(environment, loop)
        let keys: [String]
        do {
            keys = try run.keys(named: name, inGroups: group)
        } catch {
            throw fault("Error: \(error)")
        }
        for line in run.unsetVariables { printError("Warning: \(line)") }
        for line in run.notUsed { printError("Not used: \(line)") }
        let display = CheckDisplay(output: output, watches: watch != nil, environment: environment)
        do {
            try await withStopSignals {
                repeat {
                    let start = ContinuousClock.now
                    try await round(run, keys, on: loop, display)
                    if let pause = watch?.span?.duration { try await Task.sleep(until: start + pause) }
                } while watch != nil
            }
        } catch is CancellationError {
            // Ctrl-C is the usual end of watching; a single round has no result then.
            if watch == nil { throw ExitCode(130) }
        }
        if !display.isUp { throw ExitCode.failure }
    }

    /// Runs one round and prints its results.
    private func round(
        _ run: UptimeRun, _ keys: [String], on loop: EventLoop, _ display: CheckDisplay
    ) async throws {
        let (start, clock) = (Timestamp.now(), ContinuousClock.now)
        let results = try await display.showingProgress(of: keys.count) { progress in
            try await withTaskExecutorPreference(loop) {
                try await run.results(named: keys, until: start + timeout.duration) { progress.add($0.isUp) }
            }
        }
        try Task.checkCancellation()
        do {
            try display.show(CheckReport(results, startedAt: start, duration: ContinuousClock.now - clock))
        } catch {
            throw fault("Error: The results cannot be written: \(error)")
        }
    }

    private func readRun(_ environment: [String: String], _ loop: EventLoop) async throws -> UptimeRun {
        let bytes: [UInt8]
        do {
            bytes =
                if file == "-" { try Files.readStandardInput() } else {
                    try await (ConfigurationSource(file) ?? .file(file)).load(
                        environment: [:],
                        remote: .awsFiles { try AWSConfiguration(environment: environment, loop: loop) })
                }
        } catch let error as AWSError where error.operation.isEmpty {
            throw fault("Error: \(error.message)")
        } catch {
            throw fault("Error: \(error)")
        }
        do {
            return try UptimeRun(parsing: bytes, environment: environment, loop: loop)
        } catch {
            throw fault("\(file == "-" ? "Standard input" : file) cannot be used:\n\(error)")
        }
    }

    /// Prints a fault in the file or the arguments; exit status 2.
    private func fault(_ message: String) -> ExitCode {
        printError(message)
        return ExitCode(2)
    }
}
