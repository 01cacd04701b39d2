import AlarmEvaluation
import AlarmProvisioner
import ArgumentParser
import Basics
import CloudWatchAlarms
import Configuration
import FunctionRuntime
import JSON
import LocalCloud
import TextTables
import YAML

struct AlarmsTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs alarms against recorded series and says whether they do what is expected of them.",
        discussion: """
            RULES is a rules file, an SLO file of Sloth or OpenSLO, a JSON or YAML file with alarms as PutMetricAlarm \
            and PutCompositeAlarm take them, or the output of `aws cloudwatch describe-alarms`. The file of --metrics \
            has the series and the expectations, the resources that rules make alarms of, and may have alarms and \
            mute rules of its own:

              start: 2026-11-28T17:00:00Z
              step: 1m
              resources:
                - {kind: lambda:function, name: shop, dimensions: {FunctionName: shop}, facts: {timeout_ms: 3000}}
              series:
                - namespace: AWS/Lambda
                  metric: Errors
                  dimensions: {FunctionName: shop}
                  values: 0x10 5x3 _x2          ten steps with 0, three with 5, two without data
              expect:
                - {at: 12m, alarm: shop-errors, state: ALARM, notifications: 1}
                - {at: 20m, from: 15m, alarm: shop-errors, state: OK, reason: "*not greater*"}

            1+2x4 is 1 3 5 7; 9*20 is twenty samples of 9 in one step, for percentiles. A series with `query` and \
            `labels` instead of a metric is one of the result of a query of Metrics Insights or PromQL.

            The alarms are evaluated as CloudWatch does it, metric math, composites and mute rules included. Anomaly \
            bands and log alarms are not; an expectation about one fails.

            The exit status is 0 when all expectations are met, 1 when one is not, and 2 when a file cannot be used.

            Examples:
              tocsin alarms test rules.yaml --metrics outage.yaml
              tocsin alarms test --metrics outage.yaml --changes
              aws cloudwatch describe-alarms | tocsin alarms test - --metrics outage.yaml --json
            """
    )

    @Argument(help: ArgumentHelp("Files with rules or alarms; - is standard input.", valueName: "rules"))
    var files: [String] = []

    @Option(
        name: .customLong("metrics"), help: ArgumentHelp("Series and expectations; may be repeated.", valueName: "file")
    )
    var metrics: [String]

    @Flag(help: "Print every change of state, too.")
    var changes = false

    @Flag(help: "Print the results as JSON.")
    var json = false

    func run() throws {
        let result: (output: String, isPassed: Bool)
        do {
            result = try self.result(
                colour: TerminalTraits(of: 1, environment: Environment.current().variables).hasColour)
        } catch {
            printError("Error: \(error.message)")
            throw ExitCode(2)
        }
        do {
            try printLine(result.output)
        } catch {
            printError("Error: The results cannot be written: \(error)")
            throw ExitCode(2)
        }
        if !result.isPassed { throw ExitCode.failure }
    }

    /// What is printed, and whether all expectations are met.
    func result(colour: Bool) throws(Fault) -> (output: String, isPassed: Bool) {
        var subject = AlarmTestSubject()
        for file in files { try subject.add(file, try Self.bytes(of: file)) }
        var outcomes: [AlarmTestOutcome] = []
        for file in metrics {
            let outcome = try Self.outcome(of: file, subject)
            guard changes || !outcome.report.results.isEmpty else {
                throw Fault(
                    message: "\(outcome.file) expects nothing, so nothing would be tested: write what should be "
                        + "under expect, or see what happens by --changes")
            }
            outcomes.append(outcome)
        }
        let text =
            json
            ? AlarmTestOutcome.json(outcomes)
            : outcomes.map { $0.text(withFile: outcomes.count > 1, withChanges: changes, colour: colour) }
                .joined(separator: "\n")
        return (text, outcomes.allSatisfy(\.report.isPassed))
    }

    /// A file that cannot be used.
    struct Fault: Error {
        let message: String
    }

    private static func bytes(of file: String) throws(Fault) -> [UInt8] {
        do {
            return try file == "-" ? Files.readStandardInput() : Files.read(file)
        } catch {
            throw Fault(message: "\(file) cannot be read: \(error)")
        }
    }

    private static func outcome(of file: String, _ subject: AlarmTestSubject) throws(Fault) -> AlarmTestOutcome {
        let bytes = try bytes(of: file)
        let name = AlarmTestSubject.name(file)
        do {
            let read = try AlarmTestFile(parsing: bytes)
            var test = read.test
            let made = try subject.desired(for: read)
            test.alarms += subject.alarms + made.alarms.map(\.alarm)
            test.muteRules += made.muteRules.map(\.rule)
            let notices = made.notices.map(\.text) + read.unreadSeries(test.alarms)
            return AlarmTestOutcome(file: name, start: test.start, notices: notices, report: try checked(test).run())
        } catch let error as ProvisionerError {
            throw Fault(message: error.message)  // It names the file with the rules.
        } catch {
            throw Fault(message: "\(name) cannot be used:\n\(error)")
        }
    }

    private static func checked(_ test: AlarmTest) throws(AlarmEvaluationError) -> AlarmTest {
        if let name = firstRepeated(test.alarms.map(\.name)) {
            throw AlarmEvaluationError(.badSyntax, "two alarms have the name \"\(name)\"")
        }
        if test.alarms.isEmpty {
            throw AlarmEvaluationError(
                .unknownName,
                "there are no alarms: name a file with alarms, or one with rules and list resources that they match")
        }
        return test
    }

    private static func firstRepeated(_ names: [String]) -> String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }
}

/// What is tested: alarms, and rules from which each test makes alarms for its own resources.
struct AlarmTestSubject {
    private(set) var alarms: [Alarm] = []
    private var rules: [RuleFile.Source] = []

    /// Takes a file: alarms when its form is theirs, rules otherwise.
    mutating func add(_ file: String, _ bytes: [UInt8]) throws(AlarmsTestCommand.Fault) {
        do {
            if let found = try Alarm.all(in: try YAMLNode(parsing: bytes).json) {
                alarms += found
                return
            }
        } catch let error as CloudWatchAlarmsError {
            throw AlarmsTestCommand.Fault(message: "\(Self.name(file)) cannot be used: \(error)")
        } catch {
            // The reader of rules tells what is wrong with the text, with its line.
        }
        rules.append(RuleFile.Source(name: Self.name(file), bytes: bytes))
    }

    /// The alarms that the rules make of a test's resources.
    func desired(for test: AlarmTestFile) throws(ProvisionerError) -> DesiredAlarms {
        guard !rules.isEmpty else { return DesiredAlarms() }
        return try OfflineRules.alarms(of: rules, for: test.resources, series: test.series, in: AlarmTestFile.scope)
    }

    static func name(_ file: String) -> String { file == "-" ? "Standard input" : file }
}

/// What became of one file, as text and as JSON.
struct AlarmTestOutcome {
    let file: String
    let start: Timestamp
    /// What the rules could not make.
    let notices: [String]
    let report: AlarmTest.Report

    func text(withFile: Bool, withChanges: Bool, colour: Bool) -> String {
        var lines = withFile ? ["\(file):"] : []
        if withChanges { lines += report.changes.map { line($0).printable } }
        let table = Table(
            [Table.Column(""), Table.Column("at", rightAligned: true), Table.Column("alarm"), Table.Column("")],
            rows: report.results.map { result in
                let expectation = result.expectation
                let isMet = result.failures.isEmpty
                return [
                    isMet ? Table.Cell("met", .good) : Table.Cell("FAILED", .bad),
                    Table.Cell(expectation.at.compactText), Table.Cell(expectation.alarm),
                    Table.Cell(isMet ? expectation.state.rawValue : result.failures.joined(separator: "; ")),
                ]
            })
        lines += table.lines(colour: colour).dropFirst()
        lines += notices.map { "note: \($0)".printable }
        for (name, reason) in report.notEvaluated.sorted(by: { $0.key < $1.key }) {
            lines.append("not evaluated: \(name): \(reason)".printable)
        }
        let met = report.results.count { $0.failures.isEmpty }
        lines.append("\(met) of \(counted(report.results.count, "expectation")) met")
        return lines.joined(separator: "\n")
    }

    private func line(_ change: AlarmStateChange) -> String {
        let series = change.contributor.map { contributor in
            let attributes = contributor.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return " {\(attributes.joined(separator: ", "))}"
        }
        let hold = change.hold.map { " (\($0.phrase))" } ?? (change.isAfterHold ? " (held back until now)" : "")
        let sent = change.actions.isEmpty ? "" : " → \(change.actions.joined(separator: ", "))"
        let states = "\(change.previous.state.rawValue) → \(change.current.state.rawValue)"
        return "\((change.time - start).compactText)  \(change.alarm.name)\(series ?? "") \(states)\(hold)\(sent): "
            + change.current.reason.text
    }

    /// A list of all outcomes when there are several, else the one.
    static func json(_ outcomes: [AlarmTestOutcome]) -> String {
        let values = outcomes.map(\.json)
        let value = values.count == 1 ? values[0] : .array(values)
        return String(decoding: value.serialized(.pretty), as: UTF8.self)
    }

    private var json: JSONValue {
        let results = report.results.map { result -> JSONValue in
            let expectation = result.expectation
            return [
                "alarm": .string(expectation.alarm), "at": .string(expectation.at.compactText),
                "line": expectation.line.map { JSONValue($0) } ?? .null,
                "expected": .string(expectation.state.rawValue), "state": .string(result.status.state.rawValue),
                "reason": .string(result.status.reason.text),
                "failures": .array(result.failures.map { .string($0) }),
            ]
        }
        let changes = report.changes.map { change -> JSONValue in
            [
                "time": .string(change.time.iso8601), "alarm": .string(change.alarm.name),
                "from": .string(change.previous.state.rawValue), "to": .string(change.current.state.rawValue),
                "reason": .string(change.current.reason.text), "actions": .array(change.actions.map { .string($0) }),
                "held": change.hold.map { .string($0.phrase) } ?? .null, "isLate": .bool(change.isAfterHold),
                "series": change.contributor.map { contributor in
                    .object(
                        JSONObject(
                            contributor.attributes.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
                } ?? .null,
            ]
        }
        let notEvaluated = report.notEvaluated.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        return [
            "file": .string(file), "passed": .bool(report.isPassed), "results": .array(results),
            "changes": .array(changes), "notices": .array(notices.map { .string($0) }),
            "notEvaluated": .object(JSONObject(notEvaluated)),
        ]
    }
}

extension ActionHold {
    fileprivate var phrase: String {
        switch self {
        case .muted(let rule, _): "muted by \(rule)"
        case .suppressor(let alarm): "suppressed by \(alarm)"
        case .waitPeriod: "waiting for the suppressor"
        case .extensionPeriod: "within the suppressor's extension"
        }
    }
}
