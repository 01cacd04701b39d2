import Basics
import Glibc
import LocalCloud
import Synchronization
import SystemPackage
import TextTables
import Transport
import UptimeChecker

/// The rounds of `tocsin check --watch` on a terminal, in place.
///
/// The summary and the time of the last round are always visible. What needs attention comes first, and what does not
/// fit is counted and can be scrolled to.
final class WatchScreen: Sendable {
    private struct State {
        var report: CheckReport?
        var next: Timestamp?
        /// The counts of a round that takes longer.
        var progress: String?
        /// What is to be told about the file.
        var messages: [String] = []
        var list = ScrolledList()
        /// The size that the rows of the list were made for; nil when they have to be made again.
        var size: TerminalTraits.Size?
        var heading: [String] = []
        var screen = LiveScreen()
    }

    /// The most lines of messages about the file.
    private static let maximumMessages = 4
    /// What needs attention first; the order within is the file's.
    private static let order: [CheckRow.State] = [.down, .timedOut, .notChecked, .inMaintenance, .up]

    private let environment: [String: String]
    private let state = Mutex(State())

    init(environment: [String: String]) { self.environment = environment }

    /// Shows the results of a round.
    /// - Throws: `Errno` when they cannot be written.
    func show(_ report: CheckReport, next: Timestamp?) throws {
        try update { state in
            (state.report, state.next, state.progress, state.size) = (report, next, nil, nil)
        }
    }

    /// Shows the counts of a round that runs; nil when it has ended.
    func show(progress: String?) { try? update { $0.progress = progress } }

    /// Shows what is to be told about the file.
    func tell(_ file: CheckFile) {
        let lines = file.problem?.split(separator: "\n").map(String.init) ?? []
        try? update { $0.messages = lines + file.run.unsetVariables.map { "Warning: \($0)" } }
    }

    /// Runs a body until it ends or `q` is pressed; other keys scroll.
    ///
    /// The terminal is restored at the end.
    func obeyingKeys(on loop: EventLoop, _ body: @escaping @Sendable () async throws -> Void) async throws {
        let keyboard = Keyboard()
        defer { keyboard?.restore() }
        try? update { $0.list.hasKeys = keyboard != nil }
        // Restored as soon as a signal comes: a second signal ends the process at once.
        try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await body() }
                group.addTask { try await self.redraw(on: loop, keyboard) }
                if let keyboard { group.addTask { try await self.obey(keyboard) } }
                defer { group.cancelAll() }
                try await group.next()
            }
        } onCancel: {
            keyboard?.restore()
        }
    }

    /// Returns when `q` is pressed.
    private func obey(_ keyboard: Keyboard) async throws {
        for await key in keyboard.keys {
            if key == .quit { return }
            try? update { state in
                guard let size = state.size else { return }
                state.list.scroll(key, height: size.lines - 1)
            }
        }
        // The terminal has no more keys. The rounds go on until a signal comes.
        try await Task.sleep(for: .seconds(366 * 86_400))
    }

    /// Draws again when the window's size has changed, and when the program is continued after Ctrl-Z.
    private func redraw(on loop: EventLoop, _ keyboard: Keyboard?) async throws {
        let signals = try await loop.signals(SIGWINCH, SIGCONT)
        while true {
            let number = try await signals.next()
            if number == SIGCONT { keyboard?.takeOver() }
            // The shell has written below the old lines meanwhile.
            try? update { if number == SIGCONT { $0.screen = LiveScreen() } }
        }
    }

    // MARK: Drawing

    private func update(_ change: (inout State) -> Void) throws {
        let traits = TerminalTraits(of: STDOUT_FILENO, environment: environment)
        try state.withLock { state in
            change(&state)
            guard let size = traits.size else { return }
            if state.size != size {
                Self.makeRows(&state, size, colour: traits.hasColour)
                state.size = size
            }
            state.list.head = Self.head(state, size, colour: traits.hasColour)
            let lines = state.list.lines(height: size.lines - 1, width: size.columns)
            let text = state.screen.redraw(lines, size: size)
            try FileDescriptor.standardOutput.writeAll(text.utf8)
        }
    }

    private static func head(_ state: State, _ size: TerminalTraits.Size, colour: Bool) -> [String] {
        var lines: [Table.Cell] = [.init(state.report?.summary ?? "No round has ended yet", .heading)]
        var times: [String] = []
        if let progress = state.progress { times.append(progress) }
        if let report = state.report { times.append("last round at \(report.startedAt.timeOfDay)") }
        if state.progress == nil, let next = state.next { times.append("next at \(next.timeOfDay)") }
        lines.append(.init(times.joined(separator: ", "), .faint))
        lines += state.messages.prefix(maximumMessages).map { .init($0, .bad) }
        let hidden = state.messages.count - maximumMessages
        if hidden > 0 { lines.append(.init("… \(counted(hidden, "more line"))", .bad)) }
        return Table([.init("")], rows: lines.map { [$0] }).lines(width: size.columns, colour: colour).dropFirst()
            + state.heading
    }

    /// The rows with their problems below them, the ones that need attention first.
    private static func makeRows(_ state: inout State, _ size: TerminalTraits.Size, colour: Bool) {
        guard let report = state.report else { return }
        let all = report.rows
        let rows = order.flatMap { wanted in all.filter { $0.state == wanted } }
        let table = rows.table.lines(width: size.columns, colour: colour)
        let details = rows.map { row -> [Table.Cell] in
            let attempts = row.attempts > 1 && row.state != .up ? ["after \(row.attempts) attempts"] : []
            return (row.problems + row.notes + attempts).map { .init("  " + $0) }
        }
        var lines = Table([.init("")], rows: details.joined().map { [$0] })
            .lines(width: size.columns, colour: colour)[1...]
        state.heading = Array(table.prefix(1))
        var tableLines = table.dropFirst()
        state.list.rows = zip(rows, details).map { row, details in
            let own = tableLines.prefix(row.withSteps.count)
            tableLines = tableLines.dropFirst(row.withSteps.count)
            defer { lines = lines.dropFirst(details.count) }
            return Array(own) + lines.prefix(details.count)
        }
    }
}

extension Timestamp {
    /// `14:03:20 UTC`.
    fileprivate var timeOfDay: String { iso8601(fractionDigits: 0).dropFirst(11).prefix(8) + " UTC" }
}
