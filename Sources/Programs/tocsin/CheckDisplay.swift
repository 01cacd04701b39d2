import Basics
import Glibc
import JSON
import LocalCloud
import Synchronization
import SystemPackage
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
    private let screen = Mutex(LiveScreen())
    private let known = Mutex<[String: CheckRow.State]>([:])
    private let verdict = Mutex(true)

    init(output: CheckCommand.Output, watches: Bool, environment: [String: String]) {
        self.output = output
        self.watches = watches
        self.environment = environment
    }

    /// Whether the last round found nothing down.
    var isUp: Bool { verdict.withLock { $0 } }

    /// Runs a round and shows its progress on a terminal from the third second on.
    func showingProgress<Result: Sendable>(
        of total: Int, _ body: @Sendable @escaping (Progress) async throws -> Result
    ) async throws -> Result {
        let progress = Progress()
        let traits = TerminalTraits(of: STDERR_FILENO, environment: environment)
        // A table that is redrawn in place has no room for another line.
        guard traits.size != nil, !(watches && terminal.size != nil) else { return try await body(progress) }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body(progress) }
            group.addTask {
                try? await Task.sleep(for: .seconds(2))
                guard !Task.isCancelled else { return nil }
                while !Task.isCancelled {
                    try? Self.write("\r\(progress.text(of: total))\u{1B}[K", to: .standardError)
                    try? await Task.sleep(for: .milliseconds(200))
                }
                try? Self.write("\r\u{1B}[K", to: .standardError)
                return nil
            }
            let result = try await group.next() ?? nil
            group.cancelAll()
            _ = try await group.next()
            guard let result else { throw CancellationError() }
            return result
        }
    }

    /// Prints the results of a round.
    /// - Throws: `Errno` when they cannot be written, such as on a full disk.
    func show(_ report: CheckReport) throws {
        verdict.withLock { $0 = report.isUp }
        let text =
            switch output {
            case .json: "\(report.jsonText)\n"
            case .junit: report.junit
            case .table: watches ? update(report) : lines(report).map { $0 + "\n" }.joined()
            }
        try Self.write(text, to: .standardOutput)
    }

    /// The table in place on a terminal; elsewhere a line for each endpoint whose state has changed.
    private func update(_ report: CheckReport) -> String {
        if let size = terminal.size { return screen.withLock { $0.redraw(lines(report, cut: true), size: size) } }
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
    /// - Parameter cut: whether all lines have to fit the terminal, or only the table.
    private func lines(_ report: CheckReport, cut: Bool = false) -> [String] {
        let terminal = terminal
        var details: [[Table.Cell]] = []
        for row in report.rows where row.state != .up || !row.notes.isEmpty {
            details.append([""])
            details.append([.init(row.endpoint + (row.attempts > 1 ? " (\(row.attempts) attempts)" : ""), .heading)])
            details += (row.problems + row.notes).map { [.init("  " + $0)] }
        }
        details += [[""], [.init(report.summary)]]
        return report.rows.table.lines(width: terminal.size?.columns, colour: terminal.hasColour)
            + Table([.init("")], rows: details).lines(
                width: cut ? terminal.size?.columns : nil, colour: terminal.hasColour
            )
            .dropFirst()
    }

    /// Read before each use, because a terminal's size changes.
    private var terminal: TerminalTraits { TerminalTraits(of: STDOUT_FILENO, environment: environment) }

    private static func write(_ text: String, to descriptor: FileDescriptor) throws {
        try descriptor.writeAll(text.utf8)
    }
}

extension CheckReport {
    /// `3 endpoints in 0.4 s: 1 down, 1 timed out`, `2 endpoints in 0.1 s: all up, 1 not checked`.
    fileprivate var summary: String {
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
        return "\(counted(states.count, "endpoint")) in \(duration.text): \(outcome)"
    }
}

extension [CheckRow] {
    /// A row per endpoint.
    fileprivate var table: Table {
        Table(
            [
                .init("ENDPOINT"), .init("STATE"), .init("STATUS", rightAligned: true, dropOrder: 2),
                .init("TIME", rightAligned: true, dropOrder: 1), .init("CERTIFICATE", rightAligned: true, dropOrder: 3),
            ],
            rows: map { row in
                [
                    .init(row.endpoint), row.state.cell, .init(row.status.map(String.init) ?? "-"),
                    .init(row.responseTime?.text ?? "-"), row.certificate,
                ]
            }
        )
    }
}

extension CheckRow {
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
        }
    }
}
