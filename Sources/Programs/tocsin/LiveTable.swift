import Basics
import Glibc
import JSON
import LocalCloud
import Synchronization
import SystemPackage

/// The table of `tocsin up`: redrawn in place on a terminal, a line per new result elsewhere.
final class LiveTable: Sendable {
    private struct State {
        var statuses: [ServiceStatus] = []
        var notes: [String] = []
        var log: [String] = []
        var screen = LiveScreen()
    }

    private let environment: [String: String]
    private let start = Timestamp.now()
    private let state = Mutex(State())

    init(environment: [String: String]) { self.environment = environment }

    /// Reads and shows the metrics every second until the limit has passed.
    func run(_ reader: MetricReader, limit: Duration?) async throws {
        let end = limit.map { ContinuousClock.now + $0 }
        while true {
            do {
                show(try await reader.read(since: start, now: .now(), previous: statuses))
            } catch {
                try Task.checkCancellation()
                note("\(error)")
            }
            let next = ContinuousClock.now + .seconds(1)
            if let end, next > end {
                try await Task.sleep(until: end)
                show(try await reader.read(since: start, now: .now(), previous: statuses))
                return
            }
            try await Task.sleep(until: next)
        }
    }

    /// Whether no result has arrived.
    var isEmpty: Bool { statuses.allSatisfy { $0.attempts == 0 } }

    /// The functions' last log lines, for the message that nothing has arrived.
    var lastLog: String {
        let lines = state.withLock { $0.log }
        return lines.isEmpty ? "" : " The function's last lines:\n  " + lines.joined(separator: "\n  ")
    }

    /// The final table and the totals.
    func summary() -> [String] {
        let (attempts, successes) = statuses.reduce((0, 0)) { ($0.0 + $1.attempts, $0.1 + $1.successes) }
        let time = Duration.seconds((.now() - start).components.seconds).text
        let failures = attempts - successes
        let services = counted(statuses.count, "service")
        let total = "\(attempts) results of \(services) in \(time), \(failures) of them failures"
        if traits.size != nil { return ["", total] }  // the table stands just above
        return [""] + statuses.table(now: .now()).lines() + [total]
    }

    /// Shows a line below the table: a chat message or a failure.
    func note(_ line: String) {
        guard traits.size != nil else { return printError(line) }
        state.withLock { state in
            state.notes = state.notes.suffix(4) + [line]
        }
    }

    /// Keeps a line of a function's log for ``lastLog``.
    func keep(logLine: String) {
        state.withLock { $0.log = $0.log.suffix(9) + [logLine] }
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
            var lines = ["Nothing has arrived yet"]
            if !statuses.isEmpty {
                lines = statuses.table(now: .now()).lines(width: size.columns, colour: traits.hasColour)
            }
            return state.screen.redraw(lines + state.notes.fitted(to: size.columns), size: size)
        }
        // A full disk or a closed pipe must not end the session.
        _ = try? FileDescriptor.standardOutput.writeAll(output.utf8)
    }
}

extension [String] {
    /// Each text cut to one line of a terminal.
    fileprivate func fitted(to width: Int) -> [String] {
        Table([.init("")], rows: map { [.init($0)] }).lines(width: width).dropFirst().map { $0 }
    }
}
