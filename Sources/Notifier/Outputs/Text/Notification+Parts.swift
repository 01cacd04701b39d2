import JSON

extension Notification {
    /// What one of the messages says that a notification is split into; plain text.
    struct Part: Sendable {
        /// Where it stands, from 0.
        ///
        /// The first one has the facts and links too.
        var index: Int
        /// Its number when there are several, ` (2/3)`.
        var number: String
        /// The text, or its piece.
        var text: String

        var isFirst: Bool { index == 0 }
    }

    /// Splits the notification by its text.
    /// - Parameters:
    ///   - first: what the service leaves for the text of the first part.
    ///   - others: what it leaves for the others'.
    ///   - count: the most parts.
    func parts(_ rules: TextRules, first: Int, others: Int, count: Int) -> [Part] {
        let pieces = rules.pieces(text, first: first, others: others, count: count)
        return pieces.enumerated().map { index, piece in
            Part(index: index, number: pieces.count > 1 ? " (\(index + 1)/\(pieces.count))" : "", text: piece)
        }
    }

    /// The title as one line that fits, escaped, with the part's number.
    func title(of part: Part, _ rules: TextRules, _ limit: Int) -> String {
        let line = title.split { $0.isNewline }.joined(separator: " ")
        return rules.fit(line, limit - part.number.utf8.count) + part.number
    }

    /// What stands small below: where it comes from, and when; fields need not say it again.
    var footer: String { "\(origin) · \(time.iso8601(fractionDigits: 0))" }

    /// The footer without the time.
    var origin: String { [source.rawValue, account, region].compactMap { $0 }.joined(separator: " · ") }
}
