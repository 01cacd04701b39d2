internal import Basics

/// A text table that fits a terminal's width.
public struct Table: Sendable {
    /// A heading and how its column behaves.
    public struct Column: Sendable {
        /// The heading.
        public let title: String
        /// Whether the cells are aligned at their ends, as numbers are.
        public let isRightAligned: Bool
        /// The column with the highest order is left out first when there is too little room; 0 is never left out.
        public let dropOrder: Int

        /// A column that is never left out, unless `dropOrder` says so.
        public init(_ title: String, rightAligned: Bool = false, dropOrder: Int = 0) {
            self.title = title
            self.isRightAligned = rightAligned
            self.dropOrder = dropOrder
        }
    }

    /// A text and its style.
    public struct Cell: Sendable, ExpressibleByStringLiteral {
        /// Without control characters: they are replaced by U+FFFD.
        public let text: String
        /// The style, for terminals with colours.
        public let style: Style

        /// A cell; control characters of the text are replaced.
        public init(_ text: String, _ style: Style = .plain) {
            self.text = text.printable
            self.style = style
        }

        /// A cell in plain style.
        public init(stringLiteral text: String) { self.init(text) }
    }

    /// The columns.
    ///
    /// The first one is cut when there is too little room.
    public var columns: [Column]
    /// The rows, each with a cell per column.
    public var rows: [[Cell]]

    /// The width of the first column below which other columns are left out.
    private let narrowestFirstColumn: Int

    /// A table with these rows.
    /// - Parameter narrowestFirstColumn: the width of the first column below which other columns are left out.
    public init(_ columns: [Column], narrowestFirstColumn: Int = 8, rows: [[Cell]] = []) {
        self.columns = columns
        self.narrowestFirstColumn = narrowestFirstColumn
        self.rows = rows
    }

    /// The lines, headings first, without trailing spaces.
    /// - Parameters:
    ///   - width: the longest line, in terminal columns; nil for no limit.
    ///   - colour: whether to use terminal colours.
    public func lines(width: Int? = nil, colour: Bool = false) -> [String] {
        let (kept, widths) = layout(width: width ?? .max)
        let header = columns.map { Cell($0.title, .heading) }
        return ([header] + rows).map { row in
            let cells = zip(kept, widths).map { index, columnWidth in
                let text = row[index].text.cut(to: columnWidth)
                let padding = String(repeating: " ", count: columnWidth - text.displayWidth)
                let styled = colour ? row[index].style.applied(to: text) : text
                return columns[index].isRightAligned ? padding + styled : styled + padding
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// The indices of the columns that have room, and their widths.
    private func layout(width: Int) -> (kept: [Int], widths: [Int]) {
        let natural = columns.indices.map { index in
            ([columns[index].title] + rows.map { $0[index].text }).map(\.displayWidth).max() ?? 0
        }
        var kept = Array(columns.indices)
        while true {
            let others = kept.dropFirst().reduce(0) { $0 + natural[$1] + 2 }
            let first = natural.first ?? 0
            let droppable = kept.filter { columns[$0].dropOrder > 0 }
            guard width - others < min(first, narrowestFirstColumn),
                let next = droppable.max(by: { columns[$0].dropOrder < columns[$1].dropOrder })
            else { return (kept, kept.map { $0 == 0 ? max(0, min(first, width - others)) : natural[$0] }) }
            kept.removeAll { $0 == next }
        }
    }
}

/// The look of a text on a terminal.
public enum Style: Sendable {
    case plain, heading, good, bad, faint

    /// The text between this style's escape sequences.
    public func applied(to text: String) -> String {
        let code =
            switch self {
            case .plain: ""
            case .heading: "1"
            case .good: "32"
            case .bad: "1;31"
            case .faint: "2"
            }
        return code.isEmpty || text.isEmpty ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}

extension String {
    /// The text's width in terminal columns: two for East Asian wide characters and emoji, one for all others.
    public var displayWidth: Int { isPlainASCII ? utf8.count : reduce(0) { $0 + $1.displayWidth } }

    /// Whether each byte is a character of one column: most texts are, and need no division into characters.
    private var isPlainASCII: Bool { utf8.allSatisfy { (0x20...0x7E).contains($0) } }

    /// The text with control characters replaced, so that a name cannot send commands to the terminal.
    public var printable: String {
        if isPlainASCII { return self }
        return String(map { $0.unicodeScalars.contains(where: \.isInvisible) ? "\u{FFFD}" : $0 })
    }

    /// The text with all control characters but line ends replaced.
    public var printableLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
    }

    /// The text cut to this many columns, with an ellipsis where something is missing.
    public func cut(to width: Int) -> String {
        guard displayWidth > width else { return self }
        guard width > 0 else { return "" }
        var used = 1
        return prefix {
            used += $0.displayWidth
            return used <= width
        } + "…"
    }
}

extension Character {
    fileprivate var displayWidth: Int {
        guard let scalar = unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
