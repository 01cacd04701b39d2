import ArgumentParser
import Basics
import Configuration
import FunctionRuntime
import Glibc
import JSON
import LocalCloud
import Logging
import Notifier
import TextTables
import Transport

struct NotifyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Says who would get which events, and why; sends nothing.",
        discussion: """
            For each event: what it is read as, the notification in a line, each route with the condition that decided, \
            the outputs and whom they call. Nothing is sent and no secret is fetched.

            --expect says what has to be true of every notification: output=ops (it goes there), output=none (nobody \
            gets it), mention=@here, severity=critical, source=cloudwatch-alarm, title=PATTERN. It may be repeated. \
            --expectations names a file, YAML or JSON, with the events beside it:

              - {event: alarm.json, outputs: [ops, phone], mentions: ["@here"], severity: critical}
              - {event: dev-job.json, outputs: []}      nobody gets it
              - {event: backup.json, title: "Backup *"}

            outputs and mentions are exact, in any order; what is not named, is not asked.

            The exit status is 0 when every event is understood, reaches somebody, and all expectations are met; 1 \
            otherwise; 64 when a file cannot be used. An expectation that nobody gets an event allows that.

            Examples:
              tocsin notify test notifier.yaml alarm.json
              tocsin notify test notifier.yaml alarms/*.json --expect output=ops --expect severity=critical
              tocsin notify test notifier.yaml --expectations routes.yaml --output json
              tocsin notify test notifier.yaml alarm.json --at 2026-12-01T03:00Z
            """
    )

    /// How the result is printed.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Argument(help: ArgumentHelp("The rules: a file, s3://bucket/key or ssm:/parameter.", valueName: "rules"))
    var rules: String

    @Argument(help: ArgumentHelp("Events, a file each; - is standard input.", valueName: "events"))
    var events: [String] = []

    @Option(help: ArgumentHelp("What has to be true of every notification; may be repeated.", valueName: "key=value"))
    var expect: [String] = []

    @Option(help: ArgumentHelp("A file with events and what is expected of each.", valueName: "file"))
    var expectations: String?

    @Option(
        help: ArgumentHelp(
            "For when it is said what is muted, such as 2026-12-01T03:00Z; now by default.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("text or json.", valueName: "format"))
    var output = Output.text

    func run() async throws {
        let terminal = TerminalTraits(of: STDOUT_FILENO, environment: Environment.current().variables)
        let outcome = try await outcome()
        switch output {
        case .text: try printLine(outcome.text(width: terminal.size?.columns, colour: terminal.hasColour))
        case .json: try printLine(String(decoding: outcome.json.serialized(.pretty), as: UTF8.self))
        }
        if !outcome.isPassed { throw ExitCode.failure }
    }

    private func outcome() async throws -> RoutingTest {
        let everywhere: RoutingExpectation
        var cases: [RoutingExpectation.Case] = []
        do {
            everywhere = try RoutingExpectation(arguments: expect)
            if let expectations {
                cases = try RoutingExpectation.cases(in: try Files.read(expectations), file: expectations)
            }
        } catch {
            throw usageError("\(error)")
        }
        guard !events.isEmpty || !cases.isEmpty else {
            throw usageError("Name at least one file with an event, or --expectations with events in it.")
        }
        let notifier = try await notifier()
        var test = RoutingTest()
        for event in events { try await add(event, [everywhere], notifier, to: &test) }
        for entry in cases { try await add(entry.event, [everywhere, entry.expectation], notifier, to: &test) }
        return test
    }

    private func add(
        _ event: String, _ expectations: [RoutingExpectation], _ notifier: Notifier, to test: inout RoutingTest
    ) async throws {
        let bytes = try NotifyCommand.readEvent(event)
        var time: Timestamp?
        if let at {
            time = timestamp(at)
            if time == nil { throw usageError("--at: expected a time such as 2026-12-01T03:00Z, not \"\(at)\"") }
        }
        do {
            let trace = try await notifier.trace(bytes, at: time, context)
            test.add(event == "-" ? "Standard input" : event, trace, expectations)
        } catch {
            throw usageError("\(error)")
        }
    }

    private func notifier() async throws -> Notifier {
        // Nothing of the environment but what `env:NAME` and AWS need may change what the rules mean.
        var variables = Environment.current().variables
        for name in NotifyPreview.variables + ["NOTIFY_STATE", "NOTIFY_WAKE_QUEUE"] { variables[name] = nil }
        variables["NOTIFY_CONFIG"] = rules
        do {
            return try await Notifier(environment: Environment(variables), loop: EventLoop.onOwnThread())
        } catch {
            throw usageError("\(error)")
        }
    }

    private var context: InvocationContext {
        InvocationContext(
            requestID: "test", deadline: .now() + .seconds(30),
            logger: Logger(label: "notify") { _ in
                FunctionLogHandler(format: .text, level: .warning, sink: DescriptorLogSink(descriptor: STDERR_FILENO))
            })
    }
}
