import AWS
import ArgumentParser
import Basics
import Configuration
import ConfigurationSources
import FunctionRuntime
import Glibc
import JSON
import LocalCloud
import Logging
import Notifier
import TextTables
import Transport

struct NotifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify",
        abstract: "Sends the notifications of an event, or shows what would be sent and where to.",
        discussion: """
            The event is what the notifier gets: from SNS, SQS, EventBridge, CloudWatch, CloudMonitor, or any text. \
            The outputs come from --config, or from the notifier's variables in the environment (NOTIFY_CONFIG, \
            OUTPUT_KIND, SLACK_WEBHOOK_URL …). Secrets are fetched to send, never for a dry run, and never shown. \
            The exit status is 1 when something could not be sent, 64 when the call or the rules are wrong.

            --preview draws the messages as Slack, Teams and Discord show them, from the very payloads that they would \
            get: one page without scripts that loads nothing. What is cut or would be refused is marked, and named on \
            standard error. Without rules the three are drawn with their default settings.

            Examples:
              tocsin notify --event alarm.json --config notifier.yaml --dry-run
              tocsin notify --event alarm.json --preview alarm.html
              tocsin notify test notifier.yaml events/*.json
              tocsin notify --event - --config notifier.yaml < alarm.json
              OUTPUT_KIND=discord OUTPUT_URL=ssm:/alerts/discord tocsin notify --event alarm.json
              tocsin notify convert gatus.yaml > notifier.yaml
            """,
        subcommands: [NotifyTestCommand.self, NotifyConvertCommand.self]
    )

    @Option(help: ArgumentHelp("The event, JSON, a form or text; - for standard input.", valueName: "file"))
    var event: String?

    @Option(
        help: ArgumentHelp("The rules: a file, s3://bucket/key or ssm:/parameter.", valueName: "file")
    )
    var config: String?

    @Flag(help: "Show what would be sent; send nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Write a page that shows the messages; send nothing. - for standard output.", valueName: "file"))
    var preview: String?

    @Option(help: ArgumentHelp("How long sending may take, such as 30s or 2m.", valueName: "time"))
    var timeout = TimeSpan(.seconds(30))

    func run() async throws {
        let event = try await readEvent()
        var variables = Environment.current().variables
        if let config {
            variables["NOTIFY_CONFIG"] = config
            variables["NOTIFY_CONFIG_TEXT"] = nil
        } else if preview != nil, !NotifyPreview.variables.contains(where: { variables[$0]?.isEmpty == false }) {
            variables["NOTIFY_CONFIG_TEXT"] = NotifyPreview.sampleRules
        }
        let notifier: Notifier
        do {
            notifier = try await Notifier(environment: Environment(variables), loop: EventLoop.onOwnThread())
        } catch {
            throw usageError("\(error)")
        }
        notifier.logStartWarnings(to: context.logger)
        if let preview {
            let plan = try await notifier.plan(event, context)
            try NotifyPreview(plan, time: .now()).write(to: preview)
            if plan.notifications == 0 { warnOfNothing() }
        } else if dryRun {
            let terminal = TerminalTraits(of: STDOUT_FILENO, environment: variables)
            let plan = try await notifier.plan(event, context)
            try printLine(plan.text(for: terminal))
            if plan.notifications == 0 { warnOfNothing() }
        } else {
            try await send(event, with: notifier)
        }
    }

    private func send(_ event: [UInt8], with notifier: Notifier) async throws {
        do {
            let context = context
            let response = try await InvocationContext.$current.withValue(context) {
                try await notifier.handle(event, context)
            }
            guard case .bytes(let bytes) = response.body, let answer = try? JSONValue(parsing: bytes) else { return }
            try printLine("\(answer)")
            if answer["records"] == 0 { warnOfNothing() }
            // Both tell the sender, a queue or an HTTP client, to send the event again.
            let failed = answer["batchItemFailures"]?.arrayValue?.isEmpty == false
            if failed || answer["statusCode"]?.intValue ?? 200 != 200 { throw ExitCode.failure }
        } catch let error as NotifierError {
            printError("Error: \(error)")
            throw ExitCode.failure
        }
    }

    private var context: InvocationContext {
        InvocationContext(
            requestID: .randomUUID(), deadline: .now() + timeout.duration,
            logger: Logger(label: "notify") { _ in
                FunctionLogHandler(format: .text, level: .warning, sink: DescriptorLogSink(descriptor: STDERR_FILENO))
            }
        )
    }

    private func readEvent() async throws -> [UInt8] {
        guard let event else { throw usageError("which event? Add --event FILE, or --event - for standard input") }
        return try Self.readEvent(event)
    }

    /// What a file holds, or standard input for `-`.
    static func readEvent(_ event: String) throws -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = event == "-" ? try Files.readStandardInput() : try ConfigurationSource.bytes(ofFile: event)
        } catch {
            throw usageError("\(error)")
        }
        // A pipe whose first program has failed must not look like an alert that was sent.
        guard bytes.contains(where: { !$0.isASCIIWhitespace }) else {
            throw usageError("the event \(event == "-" ? "from standard input" : event) is empty")
        }
        return bytes
    }

    /// What a caller must know who looks for a message and finds none.
    private func warnOfNothing() { printError("Nothing was in the event: no notification.") }
}

extension DeliveryPlan {
    /// A table of the notifications and their outputs, then the content of each message.
    fileprivate func text(for terminal: TerminalTraits) -> String {
        let columns: [Table.Column] = [
            .init("NOTIFICATION"), .init("SEVERITY"), .init("OUTPUT"), .init("KIND", dropOrder: 1),
            .init("TO", dropOrder: 2), .init("RECORDS", dropOrder: 3),
        ]
        let rows = messages.map { message -> [Table.Cell] in
            [
                .init(message.title), message.severity.cell, .init(message.output.name),
                .init(message.output.kind), .init(message.address), .init(message.records.joined(separator: " ")),
            ]
        }
        let dropped = dropped.map { notification -> [Table.Cell] in
            [.init(notification.title), "", "dropped by a rule", "", "", .init(notification.record)]
        }
        let muted = decisions.compactMap { explained -> [Table.Cell]? in
            guard case .muted(let reason) = explained.decision.outcome else { return nil }
            return [
                .init(explained.title), explained.severity.cell, .init("\(reason)"), "", "", .init(explained.record),
            ]
        }
        var table = Table(columns, rows: rows + muted + dropped)
        let records = Set(messages.flatMap(\.records) + decisions.map(\.record))
        if records.count < 2 {  // nothing to tell apart
            table.columns.removeLast()
            for index in table.rows.indices { table.rows[index].removeLast() }
        }
        var parts = table.lines(width: terminal.size?.columns, colour: terminal.hasColour)
        for message in messages {
            let heading = "--- \(message.title) → \(message.output.name) (\(message.address))"
            parts += ["", heading.printableLines, message.body]
        }
        let totals = "\(counted(notifications, "notification")), \(counted(messages.count, "message"))"
        parts += ["", "\(totals). A dry run: nothing was sent."]
        return parts.joined(separator: "\n")
    }
}

extension Severity {
    fileprivate var cell: Table.Cell {
        switch self {
        case .critical: .init(rawValue, .bad)
        case .ok: .init(rawValue, .good)
        case .warning, .info: .init(rawValue)
        }
    }
}
