import Basics
import Glibc
import JSON
import LocalCloud
import Synchronization
import SystemPackage
import TextTables

/// The table of `tocsin up`: redrawn in place on a terminal, a line per new result elsewhere.
final class LiveTable: Sendable {
    private struct State {
        var statuses: [ServiceStatus] = []
        var notes: [String] = []
        var log: [String] = []
        var screen = LiveScreen()
        /// The first error of writing to standard output.
        var writeError: (any Error)?
        /// The names of the tests whose results are expected.
        var tests: [String] = []

        /// The tests that have no result yet; nil when all have one.
        var missing: String? {
            let arrived = Set(statuses.filter { $0.attempts > 0 }.map(\.service))
            let names = tests.filter { !arrived.contains($0) }
            return names.isEmpty ? nil : names.joined(separator: ", ")
        }

        var waiting: String? {
            missing.map { "Waiting for \($0): there is a result when a command has ended" }
        }
    }

    /// When it is said which tests have no result yet.
    private static let waitingNotice = Duration.seconds(10)

    private let environment: [String: String]
    private let start = Timestamp.now()
    private let state = Mutex(State())

    /// - Parameter tests: the names of the tests whose results are expected.
    init(tests: [String], environment: [String: String]) {
        self.environment = environment
        expect(tests)
    }

    /// Expects the results of other tests.
    func expect(_ tests: [String]) { state.withLock { $0.tests = tests } }

    /// Reads and shows the metrics every second until the limit has passed.
    /// - Parameter onRead: called with what was read; returns what is shown of it.
    func run(
        _ reader: MetricReader, limit: Duration?, onRead: ([ServiceStatus]) -> [ServiceStatus]
    ) async throws {
        let begin = ContinuousClock.now
        let end = limit.map { begin + $0 }
        var hasNoticed = false
        while true {
            show(onRead(reader.read()))
            if !hasNoticed, ContinuousClock.now - begin > Self.waitingNotice {
                hasNoticed = true
                if let waiting = state.withLock(\.waiting) { note(waiting) }
            }
            let next = ContinuousClock.now + .seconds(1)
            if let end, next > end {
                try await Task.sleep(until: end)
                show(onRead(reader.read()))
                return
            }
            try await Task.sleep(until: next)
        }
    }

    /// Says which tests have no result; nil when all have one.
    var missing: String? {
        state.withLock(\.missing).map { "No result of \($0) has arrived; there is one when a command has ended." }
    }

    /// Whether no result has arrived.
    var isEmpty: Bool { statuses.allSatisfy { $0.attempts == 0 } }

    /// The functions' last log lines, for the message that nothing has arrived.
    var lastLog: String {
        let lines = state.withLock { $0.log }
        return lines.isEmpty ? "" : " The function's last lines:\n  " + lines.joined(separator: "\n  ")
    }

    /// Prints the final table and the totals.
    /// - Throws: why they, or anything before them, could not be written.
    func showSummary() throws {
        if let error = state.withLock({ $0.writeError }) { throw error }
        try FileDescriptor.standardOutput.writeAll(summary().map { $0 + "\n" }.joined().utf8)
    }

    private func summary() -> [String] {
        let (attempts, successes) = statuses.reduce((0, 0)) { ($0.0 + $1.attempts, $0.1 + $1.successes) }
        let time = Duration.seconds((.now() - start).components.seconds).text
        let failures = attempts - successes
        let services = counted(statuses.count, "service")
        let total = "\(attempts) results of \(services) in \(time), \(failures) of them failures"
        if traits.size != nil { return ["", total] }  // the table stands just above
        return [""] + statuses.table(now: .now()).lines() + [total]
    }

    /// Shows a line below the table: a chat message or a failure; its control characters are replaced.
    func note(_ line: String) {
        let line = Table.Cell(line).text
        guard traits.size != nil else { return printError(line) }
        state.withLock { state in
            state.notes = state.notes.suffix(4) + [line]
        }
    }

    /// Keeps a line of a function's log for ``lastLog``.
    func keep(logLine: String) {
        state.withLock { $0.log = $0.log.suffix(9) + [Table.Cell(logLine).text] }
    }

    private var statuses: [ServiceStatus] { state.withLock { $0.statuses } }

    /// Read before each use, because a terminal's size changes.
    private var traits: TerminalTraits { TerminalTraits(of: STDOUT_FILENO, environment: environment) }

    private func show(_ statuses: [ServiceStatus]) {
        let traits = traits
        let output = state.withLock { state in
            let changed = statuses.filter { status in
                let known = state.statuses.first { $0.service == status.service }
                return status.last != nil && status.last != known?.last
            }
            state.statuses = statuses
            guard let size = traits.size else { return changed.map { $0.line + "\n" }.joined() }
            var lines = ["Nothing has arrived yet"] + (state.waiting.map { [$0] } ?? []).fitted(to: size.columns)
            if !statuses.isEmpty {
                lines = statuses.table(now: .now()).lines(width: size.columns, colour: traits.hasColour)
            }
            return state.screen.redraw(lines + state.notes.fitted(to: size.columns), size: size)
        }
        // A full disk or a closed pipe must not end the session before its time.
        do { try FileDescriptor.standardOutput.writeAll(output.utf8) } catch {
            state.withLock { $0.writeError = $0.writeError ?? error }
        }
    }
}

extension [String] {
    /// Each text cut to one line of a terminal.
    fileprivate func fitted(to width: Int) -> [String] {
        Table([.init("")], rows: map { [.init($0)] }).lines(width: width).dropFirst().map { $0 }
    }
}
