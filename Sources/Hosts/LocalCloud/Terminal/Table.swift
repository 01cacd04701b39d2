import Basics

/// Text in columns that line up, fitted to a width.
public struct Table: Sendable {
    /// One column.
    public struct Column: Sendable {
        /// Its heading.
        public let title: String
        /// Whether its cells end, rather than start, at the same place.
        public let isRightAligned: Bool
        /// Which columns go first when there is too little room: the highest; 0 stays always.
        public let dropOrder: Int

        /// Describes a column.
        public init(_ title: String, rightAligned: Bool = false, dropOrder: Int = 0) {
            self.title = title
            self.isRightAligned = rightAligned
            self.dropOrder = dropOrder
        }
    }

    /// One cell.
    public struct Cell: Sendable, ExpressibleByStringLiteral {
        /// What it says; control characters are replaced when it is shown.
        public let text: String
        /// How it looks where there are colours.
        public let style: Style

        /// A cell with this text.
        public init(_ text: String, _ style: Style = .plain) {
            self.text = text.printable
            self.style = style
        }

        /// A plain cell.
        public init(stringLiteral text: String) { self.init(text) }
    }

    /// The narrowest that the first column gets before other columns are left out.
    static let narrowestFirstColumn = 8

    /// The columns; the first one is cut when there is too little room.
    public var columns: [Column]
    /// The rows, each with a cell per column.
    public var rows: [[Cell]]

    /// A table.
    public init(_ columns: [Column], rows: [[Cell]] = []) {
        self.columns = columns
        self.rows = rows
    }

    /// The table as lines of text, headings first, without spaces at their ends.
    /// - Parameters:
    ///   - width: how many columns a line may take; nil for as many as it needs.
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

    /// The columns that have room, by index, and how wide each is.
    private func layout(width: Int) -> (kept: [Int], widths: [Int]) {
        let natural = columns.indices.map { index in
            ([columns[index].title] + rows.map { $0[index].text }).map(\.displayWidth).max() ?? 0
        }
        var kept = Array(columns.indices)
        while true {
            let others = kept.dropFirst().reduce(0) { $0 + natural[$1] + 2 }
            let first = natural.first ?? 0
            let droppable = kept.filter { columns[$0].dropOrder > 0 }
            guard width - others < min(first, Self.narrowestFirstColumn),
                let next = droppable.max(by: { columns[$0].dropOrder < columns[$1].dropOrder })
            else { return (kept, kept.map { $0 == 0 ? max(0, min(first, width - others)) : natural[$0] }) }
            kept.removeAll { $0 == next }
        }
    }
}

/// How a piece of text looks on a terminal.
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
