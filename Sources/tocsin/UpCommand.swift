import ArgumentParser
import Foundation
import LocalCloud

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Runs SLA tests through the whole system on this machine and shows what arrives.",
        discussion: """
            sla-runner runs each test and publishes to SNS; SQS takes the results to the function; the table \
            shows what it has written to CloudWatch. AWS is played by moto. Ctrl-C ends everything that was started.

            Examples:
              tocsin up
              tocsin up --for 30s
              tocsin up --command 'web=curl -fsS localhost:8080' --for 10m
            """
    )

    @Option(name: .customLong("for"), help: ArgumentHelp("End after this time, such as 30s or 2m.", valueName: "time"))
    var limit: TimeSpan?

    @Option(
        help: ArgumentHelp("A service's test instead of the examples; may be repeated.", valueName: "name=command"),
        transform: readTest)
    var command: [SLATest] = []

    @Option(help: ArgumentHelp("The function that takes the results.", valueName: "name"))
    var function = "metric-writer"

    @Option(help: ArgumentHelp("Path of moto_server; also TOCSIN_MOTO.", valueName: "path"))
    var moto: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let artifacts = Artifacts.ofThisProcess()
        let server = try artifacts.motoServer(moto ?? environment["TOCSIN_MOTO"])
        let runner = try artifacts.tool("sla-runner")
        let display = LiveTable(environment: environment)
        do {
            try await withStopSignals {
                try await artifacts.withFunction(function) { binary in
                    try await LocalStack.run(server: server, progress: { printError($0) }) { stack in
                        try await watch(stack, runner: runner, binary: binary, environment, display)
                    }
                }
            }
        } catch is CancellationError {
            // Ctrl-C is how it is meant to end.
        }
        print(display.summary().joined(separator: "\n"))
        if display.isEmpty {
            printError("Nothing has arrived." + display.lastLog)
            throw ExitCode.failure
        }
    }

    /// Runs the function, the tests and the table until the time is over or the task cancelled.
    private func watch(
        _ stack: LocalStack, runner: String, binary: String, _ environment: [String: String], _ display: LiveTable
    ) async throws {
        var description = FunctionDescription(name: function, binary: binary, environment: stack.moto.environment)
        // Metrics by the second and durations with their fractions: the table shows single tests.
        description.environment.merge(["METRIC_RESOLUTION": "1", "METRIC_UNITS": "correct"]) { $1 }
        let tests = command.isEmpty ? SLATest.examples : command
        let trouble: @Sendable (String) -> Void = { line in display.note(line) }
        printError("Testing \(tests.map(\.service).joined(separator: ", ")); Ctrl-C ends it")
        try await LocalFunction.host(description, log: { display.keep(logLine: $0) }, trouble: trouble) { function in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await stack.resources.poller.run(function, trouble: trouble) }
                for test in tests {
                    group.addTask { try await test.run(runner: runner, in: stack, environment: environment) }
                }
                group.addTask { try await display.run(stack.reader, limit: limit?.duration) }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }
}

/// Reads `NAME=COMMAND`.
private func readTest(_ text: String) throws -> SLATest {
    guard let test = SLATest(text: text) else { throw ValidationError("\"\(text)\" is not of the form name=command.") }
    return test
}
