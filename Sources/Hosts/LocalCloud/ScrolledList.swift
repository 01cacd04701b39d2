import Basics
import TextTables

/// Lines for a terminal: a head that is always visible, and below it rows that keys scroll.
///
/// What does not fit is counted in the last line, so that nobody takes a part for the whole.
public struct ScrolledList: Sendable {
    /// What stays on the screen; the first line is kept even where there is room for three lines only.
    public var head: [String] = []
    /// Each row is a line and the lines that belong to it.
    public var rows: [[String]] = []
    /// Whether there is a keyboard, so that the last line names its keys.
    public var hasKeys = false
    /// The first line that is visible of the rows' lines.
    private var top = 0

    /// An empty list.
    public init() {}

    /// The lines for a terminal.
    /// - Parameters:
    ///   - height: the most lines; at least 3 are assumed.
    ///   - width: what the last line is cut to: in a second line it would push the head off the screen.
    public func lines(height: Int, width: Int = .max) -> [String] {
        let window = window(height)
        let body = rows.joined()
        guard window.lines < body.count else { return window.head + body }
        let start = min(top, body.count - window.lines)
        return window.head + body.dropFirst(start).prefix(window.lines)
            + [footer(start, start + window.lines, width)]
    }

    /// Moves the rows as a key says; other keys do nothing.
    public mutating func scroll(_ key: TerminalKey, height: Int) {
        let page = window(height).lines
        let last = max(0, rows.reduce(0) { $0 + $1.count } - page)
        let current = min(top, last)
        switch key {
        case .up: top = current - 1
        case .down: top = current + 1
        case .pageUp: top = current - page
        case .pageDown: top = current + page
        case .top: top = 0
        case .bottom: top = last
        case .quit: break
        }
        top = max(0, min(top, last))
    }

    /// The head that there is room for, and how many of the rows' lines are visible below it.
    private func window(_ height: Int) -> (head: [String], lines: Int) {
        let height = max(3, height)
        let total = rows.reduce(0) { $0 + $1.count }
        if head.count + total <= height { return (head, total) }
        let kept = Array(head.prefix(height - 2))
        return (kept, height - kept.count - 1)
    }

    /// `… 12 more rows, 2 of them above: j/k, arrows or space to scroll, q to quit`.
    private func footer(_ start: Int, _ end: Int, _ width: Int) -> String {
        var position = 0
        var (above, below) = (0, 0)
        for row in rows {
            if position < start { above += 1 } else if position >= end { below += 1 }
            position += row.count
        }
        let hidden = above + below
        let what = hidden == 0 ? "more lines" : counted(hidden, "more row")
        let place = above == 0 || hidden == 0 ? "" : below == 0 ? " above" : ", \(above) of them above"
        let hints = hasKeys ? [": j/k, arrows or space to scroll, q to quit", ": j/k, q"] : []
        let footers = (hints + [""]).map { "… \(what)\(place)\($0)" }
        return footers.first { $0.displayWidth <= width } ?? footers[footers.count - 1].cut(to: width)
    }
}

/// A key that a list or the program obeys.
public enum TerminalKey: Sendable, Hashable, CaseIterable {
    /// `k`, the arrow.
    case up
    /// `j`, the arrow, Enter.
    case down
    /// `b`, Page Up.
    case pageUp
    /// Space, `f`, Page Down.
    case pageDown
    /// `g`, Home.
    case top
    /// `G`, End.
    case bottom
    /// `q`.
    case quit

    /// What a terminal sends for each.
    private static let sequences: [(text: String, key: TerminalKey)] = [
        ("\u{1B}[A", .up), ("\u{1B}OA", .up), ("k", .up), ("\u{1B}[B", .down), ("\u{1B}OB", .down), ("j", .down),
        ("\n", .down), ("\r", .down), ("\u{1B}[5~", .pageUp), ("b", .pageUp), ("\u{1B}[6~", .pageDown),
        (" ", .pageDown), ("f", .pageDown), ("\u{1B}[H", .top), ("\u{1B}OH", .top), ("\u{1B}[1~", .top), ("g", .top),
        ("\u{1B}[F", .bottom), ("\u{1B}OF", .bottom), ("\u{1B}[4~", .bottom), ("G", .bottom), ("q", .quit),
        ("Q", .quit),
    ]

    /// The keys in what was read from a terminal; everything else is left out.
    public static func keys(in bytes: some Collection<UInt8>) -> [TerminalKey] {
        var rest = Array(bytes)[...]
        var keys: [TerminalKey] = []
        while let first = rest.first {
            if let sequence = sequences.first(where: { rest.starts(with: $0.text.utf8) }) {
                keys.append(sequence.key)
                rest = rest.dropFirst(sequence.text.utf8.count)
            } else if first == 0x1B, let second = rest.dropFirst().first, second == UInt8(ascii: "[") {
                // An unknown sequence ends with a byte from @ to ~.
                rest = rest.dropFirst(2).drop { !(0x40...0x7E ~= $0) }.dropFirst()
            } else {
                rest = rest.dropFirst()
            }
        }
        return keys
    }
}
