/// How one service takes text: what it wants escaped and how it counts.
///
/// It cuts plain text so that, escaped, it fits.
///
/// The cut is made in the plain text: so it never falls inside an escape, and not inside what is one character to
/// people either, unless that one alone is too long.
struct TextRules: Sendable {
    let escape: Escaping
    let unit: TextUnit

    /// What stands where text was left out.
    static let mark = "…"

    init(_ escape: Escaping, _ unit: TextUnit) {
        self.escape = escape
        self.unit = unit
    }

    /// The length of plain text once it is escaped.
    func length(_ text: some StringProtocol) -> Int { unit.count(escape(text)) }

    /// The text, escaped, and if need be cut to a length with `…` at its end.
    func fit(_ text: String, _ limit: Int) -> String {
        let escaped = escape(text)
        if unit.count(escaped) <= limit { return escaped }
        var rest = text[...]
        return escape(take(limit - unit.count(Self.mark), of: &rest)) + Self.mark
    }

    /// The plain text in pieces that fit once they are escaped, split at line ends or spaces where there are any.
    /// - Parameters:
    ///   - first: the limit of the first piece.
    ///   - others: the limit of the others.
    ///   - count: the most pieces; what is left then is cut with `…`.
    func pieces(_ text: String, first: Int, others: Int, count: Int) -> [String] {
        if length(text) <= first { return [text] }
        var rest = text[...]
        var pieces: [String] = []
        while !rest.isEmpty {
            let limit = pieces.isEmpty ? first : others
            if length(rest) <= limit {
                pieces.append(String(rest))
                break
            }
            if pieces.count == count - 1 {
                pieces.append(take(limit - unit.count(Self.mark), of: &rest) + Self.mark)
                break
            }
            pieces.append(String(take(limit, of: &rest, atSpaces: true)))
            if let next = rest.first, next.isNewline || next == " " { rest.removeFirst() }
        }
        return pieces
    }

    /// Takes as much from the front as fits, and at least one scalar.
    private func take(_ limit: Int, of text: inout Substring, atSpaces: Bool = false) -> Substring {
        var end = text.startIndex
        var room = limit
        // Big steps first: this is as fast as escaping once.
        for step in [1_024, 64, 8, 1] {
            while let next = text.index(end, offsetBy: step, limitedBy: text.endIndex), next > end {
                let needed = length(text[end..<next])
                if needed > room { break }
                (end, room) = (next, room - needed)
            }
        }
        // What is escaped in pieces may be shorter than in one by what looks like an address only when cut.
        while end > text.startIndex, length(text[..<end]) > limit { text.formIndex(before: &end) }
        if end == text.startIndex { end = endOfScalars(in: text, limit) }
        // A space in the first half would leave a short piece.
        if atSpaces, end < text.endIndex, let space = text[...end].lastIndex(where: { $0.isNewline || $0 == " " }),
            length(text[..<space]) * 2 > limit
        {
            end = space
        }
        defer { text = text[end...] }
        return text[..<end]
    }

    /// For one character of more code points than fit.
    private func endOfScalars(in text: Substring, _ limit: Int) -> Substring.Index {
        let scalars = text.unicodeScalars
        var (end, used) = (scalars.startIndex, 0)
        while end < scalars.endIndex {
            used += length(String(scalars[end]))
            if used > limit, end > scalars.startIndex { break }
            scalars.formIndex(after: &end)
        }
        return end
    }
}
