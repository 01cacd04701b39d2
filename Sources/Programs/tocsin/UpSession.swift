import LocalCloud

/// What one `tocsin up` runs: tests and metric-writer, checks with uptime-checker and notifier, the table.
struct UpSession: Sendable {
    let tests: [SLATest]
    let runner: String
    /// A Gatus file's text; nil to check nothing.
    let endpoints: String?
    /// The function that takes the tests' results.
    let resultWriter: String
    let environment: [String: String]
    let display: LiveTable

    /// How often uptime-checker is invoked; each endpoint's own interval decides whether it is checked.
    private static let rhythm = Duration.seconds(2)

    /// The functions that take part.
    var functions: [String] {
        (tests.isEmpty ? [] : [resultWriter]) + (endpoints == nil ? [] : ["uptime-checker", "notifier"])
    }

    /// Runs everything until the time is over or the task cancelled.
    func run(_ stack: LocalStack, binaries: [String: String], limit: Duration?) async throws {
        let what = [tests.map(\.service).joined(separator: ", "), endpoints == nil ? "" : "endpoints"]
        printError("Testing \(what.filter { !$0.isEmpty }.joined(separator: " and ")); Ctrl-C ends it")
        try await withThrowingTaskGroup(of: Void.self) { group in
            if !tests.isEmpty { group.addTask { try await runTests(stack, binaries) } }
            if let endpoints { group.addTask { try await runChecks(endpoints, stack, binaries) } }
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
                    group.addTask { try await test.run(runner: runner, in: stack, environment: environment) }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private func runChecks(_ endpoints: String, _ stack: LocalStack, _ binaries: [String: String]) async throws {
        try await ExampleSite.run(onMessage: { display.note("chat: \($0)") }) { site in
            let checks = [
                "METRIC_RESOLUTION": "1", "UPTIME_CONFIG_TEXT": endpoints, "SITE": site.url,
                "UPTIME_TOPIC_ARN": stack.resources.alarmsTopicARN,
            ]
            let chat = [
                "OUTPUT_KIND": "webhook", "OUTPUT_URL": site.chatURL, "OUTPUT_BODY": #"{"text":"{{title}}"}"#,
            ]
            try await host("notifier", chat, stack, binaries) { notifier in
                try await host("uptime-checker", environment.merging(checks) { $1 }, stack, binaries) { checker in
                    async let _ = stack.resources.alarmsPoller.run(notifier) { display.note($0) }
                    try await Schedule.run(every: Self.rhythm, checker) { display.note($0) }
                }
            }
        }
    }

    private func host(
        _ name: String, _ settings: [String: String], _ stack: LocalStack, _ binaries: [String: String],
        _ body: @Sendable (LocalFunction) async throws -> Void
    ) async throws {
        let description = FunctionDescription(
            name: name, binary: binaries[name] ?? "", environment: settings.merging(stack.moto.environment) { $1 }
        )
        try await LocalFunction.host(
            description, log: { display.keep(logLine: $0) }, trouble: { display.note($0) }, body
        )
    }
}
