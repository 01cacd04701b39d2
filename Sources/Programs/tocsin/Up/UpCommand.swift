import ArgumentParser
import Basics
import FunctionRuntime
import LocalCloud
import UptimeChecker

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Runs tests and checks through the whole system on this machine and shows what arrives.",
        discussion: """
            sla-runner runs each test and publishes the results to SNS; metric-writer reads them from SQS. \
            uptime-checker checks each endpoint and publishes every change between up and down, which notifier sends \
            to a chat room. alarm-provisioner's code makes an alarm for each test and endpoint, on its metrics of ten \
            seconds, which goes to the same room. The table shows the metrics in CloudWatch, and below it the chat and \
            why tests fail. moto plays AWS: your own AWS_ variables and files are not used. Ctrl-C ends everything \
            that was started. The exit status is 1 when nothing has arrived, and when an experiment did not pass.

            Examples:
              tocsin up
              tocsin up --for 30s
              tocsin up --command 'web=curl -fsS localhost:8080' --for 10m
              tocsin up --endpoints gatus.yaml
              tocsin up --experiment docs/examples/search-outage.yaml --for 1m
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

    @Option(
        help: ArgumentHelp(
            "A chaos experiment that is run meanwhile; its variable SITE is the address of the example site.",
            valueName: "file"))
    var experiment: String?

    @Option(help: ArgumentHelp("The function that takes the results.", valueName: "name"))
    var function = "metric-writer"

    @Option(help: ArgumentHelp("Path of moto_server; also TOCSIN_MOTO.", valueName: "path"))
    var moto: String?

    func run() async throws {
        let environment = Environment.current().variables
        let artifacts = Artifacts.ofThisProcess(environment: environment)
        let server = try artifacts.motoServer(moto ?? environment["TOCSIN_MOTO"])
        let isExample = command.isEmpty && endpoints == nil
        let tests = isExample ? SLATest.examples : command
        let experiment: UpExperiment? =
            if let source = self.experiment { try await UpExperiment(source, environment: environment) } else { nil }
        let session = UpSession(
            tests: tests, runner: try artifacts.tool("sla-runner"),
            endpoints: try endpoints.map { try readEndpoints($0, environment) }
                ?? (isExample ? ExampleSite.endpoints : nil),
            isExample: isExample, experiment: experiment, resultWriter: function, environment: environment,
            display: LiveTable(tests: tests.map(\.service), environment: environment)
        )
        var isStopped = false
        do {
            try await withStopSignals {
                try await artifacts.withFunctions(session.functions) { binaries in
                    try await LocalStack.run(server: server, progress: { printError($0) }) { stack in
                        try await session.run(stack, binaries: binaries, limit: limit?.duration)
                    }
                }
            }
        } catch is CancellationError {
            isStopped = true  // Ctrl-C is the usual end, and no failure however early it comes.
        }
        do {
            try session.display.showSummary()
        } catch {
            printError("Error: The results cannot be written: \(error)")
            throw ExitCode.failure
        }
        if let missing = session.display.missing { printError(missing) }
        if session.display.isEmpty {
            printError("Nothing has arrived." + session.display.lastLog)
            if !isStopped { throw ExitCode.failure }
        }
        switch experiment?.outcome {
        case .failed(let reason):
            printError(reason)
            throw ExitCode.failure
        case .interrupted:
            printError("The experiment had not ended yet.")
            if !isStopped { throw ExitCode.failure }
        case .passed, nil: break
        }
    }
}

/// Reads `NAME=COMMAND`.
private func readTest(_ text: String) throws -> SLATest {
    guard let test = SLATest(text: text) else { throw ValidationError("\"\(text)\" is not of the form name=command.") }
    return test
}

/// The text of a Gatus file without faults.
private func readEndpoints(_ path: String, _ environment: [String: String]) throws -> String {
    let bytes: [UInt8]
    do {
        bytes = try path == "-" ? Files.readStandardInput() : Files.read(path)
    } catch {
        throw usageError("The endpoints file \(path) cannot be read: \(error)")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    do {
        // With the variables that the checker will see.
        let child = ChildEnvironment(user: environment, moto: Moto(endpoint: ""))
        for name in child.withheld(from: text) {
            printError("Warning: $\(name) is not passed on, because its name is one of AWS's or the functions' own")
        }
        let variables = child.function(configuration: text)
        let file = try UptimeConfiguration(parsing: bytes, environment: variables)
        for line in file.unsetVariables { printError("Warning: \(line)") }
        for line in file.notUsed { printError("Not used: \(line)") }
        for line in file.notCheckedLines { printError("Not checked: \(line)") }
        return text
    } catch {
        throw usageError("The endpoints file \(path) cannot be used:\n\(error)")
    }
}

/// One run of `tocsin up`: tests with metric-writer, checks with uptime-checker and notifier, and the table.
private struct UpSession: Sendable {
    let tests: [SLATest]
    let runner: String
    /// A Gatus file's text; nil to check nothing.
    let endpoints: String?
    /// Whether these are Tocsin's own examples, of which two fail on purpose.
    let isExample: Bool
    /// What is run meanwhile; nil for nothing.
    let experiment: UpExperiment?
    /// The name of the function that takes the tests' results.
    let resultWriter: String
    let environment: [String: String]
    let display: LiveTable

    /// How often uptime-checker is invoked.
    ///
    /// Each endpoint's own interval decides whether it is checked.
    private static let checkInterval = Duration.seconds(2)

    /// How often alarms are made for new metrics, and evaluated.
    private static let alarmInterval = Duration.seconds(2)

    /// The names of the functions that are needed.
    var functions: [String] {
        (tests.isEmpty ? [] : [resultWriter]) + (endpoints == nil ? [] : ["uptime-checker", "notifier"])
    }

    /// Runs everything until the limit has passed or the task is cancelled.
    func run(_ stack: LocalStack, binaries: [String: String], limit: Duration?) async throws {
        let what = [tests.map(\.service).joined(separator: ", "), endpoints == nil ? "" : "endpoints"]
        printError("Testing \(what.filter { !$0.isEmpty }.joined(separator: " and ")); Ctrl-C ends it")
        if isExample, experiment != nil {
            printError("payments fails on purpose, for five of every fifteen seconds")
        } else if isExample {
            printError("payments and shop/checkout fail on purpose, for five of every fifteen seconds")
        } else if tests.isEmpty {
            printError("No test runs; --command name=command adds one")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            if !tests.isEmpty { group.addTask { try await runTests(stack, binaries) } }
            if endpoints != nil || experiment != nil {
                group.addTask { try await runSite(stack, binaries) }
            }
            group.addTask {
                async let _ = UpAlarms.run(
                    environment: stack.moto.environment, topicARN: stack.resources.alarmsTopicARN,
                    every: Self.alarmInterval, note: { display.note($0) })
                await stack.alarmEvaluator.run(
                    every: Self.alarmInterval, onChange: { display.note($0) }, onFailure: { display.note($0) })
            }
            group.addTask { try await display.run(stack.reader, limit: limit) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func runTests(_ stack: LocalStack, _ binaries: [String: String]) async throws {
        // Metrics by the second and durations with their fractions: the table shows single tests.
        let settings = ["METRIC_RESOLUTION": "1", "METRIC_UNITS": "correct"]
        try await host(resultWriter, settings, stack, binaries) { function in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await stack.resources.poller.run(function) { display.note($0) } }
                for test in tests {
                    group.addTask {
                        let variables = ChildEnvironment(user: environment, moto: stack.moto).command
                        try await test.run(runner: runner, in: stack, environment: variables) { display.note($0) }
                    }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    /// Serves the example site and the chat, and does what needs them: checks, and the experiment.
    private func runSite(_ stack: LocalStack, _ binaries: [String: String]) async throws {
        // With an experiment the site fails only when that says so.
        try await ExampleSite.run(failsByItself: experiment == nil, onMessage: { display.note("chat: \($0)") }) {
            site in
            try await withThrowingTaskGroup(of: Void.self) { group in
                if let endpoints { group.addTask { try await runChecks(endpoints, site, stack, binaries) } }
                if let experiment {
                    group.addTask {
                        let variables = ChildEnvironment(user: environment, moto: stack.moto).command
                        try await experiment.run(variables.merging(["SITE": site.url]) { $1 }) { display.note($0) }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func runChecks(
        _ endpoints: String, _ site: ExampleSite, _ stack: LocalStack, _ binaries: [String: String]
    ) async throws {
        let settings = [
            "METRIC_RESOLUTION": "1", "UPTIME_CONFIG_TEXT": endpoints,
            "UPTIME_TOPIC_ARN": stack.resources.alarmsTopicARN,
        ]
        let checks = settings.merging(isExample ? ["SITE": site.url] : [:]) { $1 }
        let chat = [
            "OUTPUT_KIND": "webhook", "OUTPUT_URL": site.chatURL, "OUTPUT_BODY": ExampleSite.chatBody,
        ]
        try await host("notifier", chat, stack, binaries) { notifier in
            try await host("uptime-checker", checks, stack, binaries, configuration: endpoints) { checker in
                async let _ = stack.resources.alarmsPoller.run(notifier) { display.note($0) }
                try await Schedule.run(every: Self.checkInterval, checker) { display.note($0) }
            }
        }
    }

    private func host(
        _ name: String, _ settings: [String: String], _ stack: LocalStack, _ binaries: [String: String],
        configuration: String = "", _ body: @Sendable (LocalFunction) async throws -> Void
    ) async throws {
        let variables = ChildEnvironment(user: environment, moto: stack.moto).function(configuration: configuration)
        let description = FunctionDescription(
            name: name, binary: binaries[name] ?? "", environment: variables.merging(settings) { $1 })
        try await LocalFunction.host(
            description, log: { display.keep(logLine: $0) }, onExit: { display.note($0) }, body
        )
    }
}
