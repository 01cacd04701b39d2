import Basics
import Glibc
import JSON
import LocalCloud
import Synchronization
import SystemPackage
import TextTables
import Transport
import UptimeChecker

/// Prints the rounds of `tocsin check`: results on standard output, progress on standard error if it is a terminal.
final class CheckDisplay: Sendable {
    /// The counts of a round that is running.
    final class Progress: Sendable {
        private let counts = Mutex((done: 0, failed: 0))

        func add(_ isUp: Bool) {
            counts.withLock {
                $0.done += 1
                if !isUp { $0.failed += 1 }
            }
        }

        /// `42 of 100 checked, 3 not up`.
        func text(of total: Int) -> String {
            let (done, failed) = counts.withLock { $0 }
            return "\(done) of \(total) checked" + (failed > 0 ? ", \(failed) not up" : "")
        }
    }

    private let output: CheckCommand.Output
    private let watches: Bool
    private let environment: [String: String]
    /// Where rounds are shown in place: a table on a terminal.
    private let screen: WatchScreen?
    private let known = Mutex<[String: CheckRow.State]>([:])
    private let last = Mutex<CheckReport?>(nil)

    init(output: CheckCommand.Output, watches: Bool, environment: [String: String]) {
        self.output = output
        self.watches = watches
        self.environment = environment
        let isTerminal = TerminalTraits(of: STDOUT_FILENO, environment: environment).size != nil
        screen = watches && output == .table && isTerminal ? WatchScreen(environment: environment) : nil
    }

    /// The report of the last round that has ended.
    var lastReport: CheckReport? { last.withLock { $0 } }

    /// Runs a body until it ends or a key ends it; on a terminal the keys also scroll.
    func obeyingKeys(on loop: EventLoop, _ body: @escaping @Sendable () async throws -> Void) async throws {
        guard let screen else { return try await body() }
        try await screen.obeyingKeys(on: loop, body)
    }

    /// Tells that the file is another one, or why the last good one is still in use.
    func tell(_ file: CheckFile) {
        if let screen { return screen.tell(file) }
        guard file.problem == nil else { return printError(file.problem ?? "") }
        printError("\(file.place) has changed and is in use.")
        for line in file.run.unsetVariables { printError("Warning: \(line)") }
        for line in file.run.notUsed { printError("Not used: \(line)") }
    }

    /// Runs a round and shows its progress on a terminal.
    func showingProgress<Result: Sendable>(
        of total: Int, _ body: @Sendable @escaping (Progress) async throws -> Result
    ) async throws -> Result {
        let progress = Progress()
        let traits = TerminalTraits(of: STDERR_FILENO, environment: environment)
        guard screen != nil || traits.size != nil else { return try await body(progress) }
        let screen = screen
        return try await withProgress {
            progress.text(of: total)
        } on: { text in
            if let screen { screen.show(progress: text) } else { showProgressLine(text) }
        } of: {
            try await body(progress)
        }
    }

    /// Prints the results of a round.
    /// - Parameter next: when the next one begins.
    /// - Throws: `Errno` when they cannot be written, such as on a full disk.
    func show(_ report: CheckReport, next: Timestamp?) throws {
        last.withLock { $0 = report }
        if let screen { return try screen.show(report, next: next) }
        let text =
            switch output {
            case .json: "\(report.jsonText)\n"
            case .junit: report.junit
            case .table: watches ? update(report) : lines(report).map { $0 + "\n" }.joined()
            }
        try Self.write(text, to: .standardOutput)
    }

    /// A line for each endpoint whose state has changed.
    private func update(_ report: CheckReport) -> String {
        // The line of a suite names the steps that failed.
        let changed = report.rows.filter { row in
            known.withLock { $0.updateValue(row.state, forKey: row.endpoint) } != row.state
        }
        return changed.map { row in
            let problems = row.problems.isEmpty ? "" : ": " + row.problems.joined(separator: "; ")
            let time = report.startedAt.iso8601(fractionDigits: 0)
            let line = "\(time) \(row.endpoint) \(row.state.cell.text)\(problems)"
            return Table.Cell(line).text + "\n"
        }.joined()
    }

    /// The table, the problems of each endpoint, and the totals.
    private func lines(_ report: CheckReport) -> [String] {
        let terminal = TerminalTraits(of: STDOUT_FILENO, environment: environment)
        var details: [[Table.Cell]] = []
        for row in report.rows {
            let hasTrace = row.withSteps.contains { !$0.trace.isEmpty }
            guard row.state != .up || !row.notes.isEmpty || hasTrace else { continue }
            details.append([""])
            details.append([.init(row.endpoint + (row.attempts > 1 ? " (\(row.attempts) attempts)" : ""), .heading)])
            details += (row.problems + row.notes).map { [.init("  " + $0)] }
            details += row.trace.map { [.init("    " + $0, .faint)] }
            // Problems and remarks of steps are among those of the suite.
            for step in row.steps where !step.trace.isEmpty {
                details.append([.init("  \(step.endpoint)", .heading)])
                details += step.trace.map { [.init("    " + $0, .faint)] }
            }
        }
        details += [[""], [.init(report.summary)]]
        return report.rows.table.lines(width: terminal.size?.columns, colour: terminal.hasColour)
            + Table([.init("")], rows: details).lines(colour: terminal.hasColour).dropFirst()
    }

    private static func write(_ text: String, to descriptor: FileDescriptor) throws {
        try descriptor.writeAll(text.utf8)
    }
}

extension CheckReport {
    /// `3 endpoints in 0.4 s: 1 down, 1 timed out`, `2 endpoints and 1 suite in 0.1 s: all up, 1 not checked`.
    var summary: String {
        let all = rows.map(\.state)
        let states = all.filter { $0 != .notChecked }
        var parts = [(CheckRow.State.down, "down"), (.timedOut, "timed out"), (.inMaintenance, "in maintenance")]
            .compactMap { state, word in
                let count = states.count { $0 == state }
                return count > 0 ? "\(count) \(word)" : nil
            }
        if parts.isEmpty { parts = ["all up"] }
        if all.count > states.count { parts.append("\(all.count - states.count) not checked") }
        let outcome = parts.joined(separator: ", ")
        var what = [counted(endpointCount, "endpoint"), counted(suiteCount, "suite")]
        if suiteCount == 0 { what.removeLast() } else if endpointCount == 0 { what.removeFirst() }
        return "\(what.joined(separator: " and ")) in \(duration.text): \(outcome)"
    }
}

extension [CheckRow] {
    /// A row per endpoint; the steps of a suite stand below it.
    var table: Table {
        let rows: [[Table.Cell]] = flatMap { row in
            [row.cells(indent: "")] + row.steps.map { $0.cells(indent: "  ") }
        }
        return Table(
            [
                .init("ENDPOINT"), .init("STATE"), .init("STATUS", rightAligned: true, dropOrder: 2),
                .init("TIME", rightAligned: true, dropOrder: 1), .init("CERTIFICATE", rightAligned: true, dropOrder: 3),
            ],
            rows: rows)
    }
}

extension CheckRow {
    /// - Parameter indent: before the name.
    fileprivate func cells(indent: String) -> [Table.Cell] {
        [
            .init(indent + endpoint), state.cell, .init(status.map(String.init) ?? "-"),
            .init(responseTime?.text ?? "-"), certificate,
        ]
    }

    /// The certificate's remaining validity: `62 d`.
    fileprivate var certificate: Table.Cell {
        guard let days = certificateDays else { return .init("-", .faint) }
        return days < 0 ? .init("expired", .bad) : .init("\(days) d", days < 14 ? .bad : .plain)
    }
}

extension CheckRow.State {
    fileprivate var cell: Table.Cell {
        switch self {
        case .up: .init("up", .good)
        case .down: .init("DOWN", .bad)
        case .timedOut: .init("TIMEOUT", .bad)
        case .inMaintenance: .init("maintenance", .faint)
        case .notChecked: .init("not checked", .heading)
        case .skipped: .init("skipped", .faint)
        }
    }
}
