import ArgumentParser
import FunctionRuntime
import LocalCloud

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Runs tests and checks through the whole system on this machine and shows what arrives.",
        discussion: """
            sla-runner runs each test and publishes to SNS; SQS takes the results to metric-writer. uptime-checker checks \
            each endpoint and publishes what goes down or comes up again, which notifier brings to a chat room. The \
            table shows what both have written to CloudWatch, and below it the chat. AWS is played by moto. Ctrl-C ends \
            everything that was started.

            Examples:
              tocsin up
              tocsin up --for 30s
              tocsin up --command 'web=curl -fsS localhost:8080' --for 10m
              tocsin up --endpoints gatus.yaml
            """
    )

    @Option(name: .customLong("for"), help: ArgumentHelp("End after this time, such as 30s or 2m.", valueName: "time"))
    var limit: TimeSpan?

    @Option(
        help: ArgumentHelp("A service's test instead of the examples; may be repeated.", valueName: "name=command"),
        transform: readTest)
    var command: [SLATest] = []

    @Option(help: ArgumentHelp("A Gatus file with endpoints to check instead of the examples.", valueName: "file"))
    var endpoints: String?

    @Option(help: ArgumentHelp("The function that takes the results.", valueName: "name"))
    var function = "metric-writer"

    @Option(help: ArgumentHelp("Path of moto_server; also TOCSIN_MOTO.", valueName: "path"))
    var moto: String?

    func run() async throws {
        let environment = Environment.current().variables
        let artifacts = Artifacts.ofThisProcess(environment: environment)
        let server = try artifacts.motoServer(moto ?? environment["TOCSIN_MOTO"])
        let isExample = command.isEmpty && endpoints == nil
        let session = UpSession(
            tests: isExample ? SLATest.examples : command, runner: try artifacts.tool("sla-runner"),
            endpoints: try endpoints.map(readEndpoints) ?? (isExample ? ExampleSite.endpoints : nil),
            resultWriter: function, environment: environment, display: LiveTable(environment: environment)
        )
        do {
            try await withStopSignals {
                try await artifacts.withFunctions(session.functions) { binaries in
                    try await LocalStack.run(server: server, progress: { printError($0) }) { stack in
                        try await session.run(stack, binaries: binaries, limit: limit?.duration)
                    }
                }
            }
        } catch is CancellationError {
            // Ctrl-C is how it is meant to end.
        }
        print(session.display.summary().joined(separator: "\n"))
        if session.display.isEmpty {
            printError("Nothing has arrived." + session.display.lastLog)
            throw ExitCode.failure
        }
    }
}

/// Reads `NAME=COMMAND`.
private func readTest(_ text: String) throws -> SLATest {
    guard let test = SLATest(text: text) else { throw ValidationError("\"\(text)\" is not of the form name=command.") }
    return test
}

private func readEndpoints(_ path: String) throws -> String {
    do {
        return String(decoding: try Files.read(path), as: UTF8.self)
    } catch {
        throw ValidationError("The endpoints file \(path) cannot be read: \(error)")
    }
}
