import Basics
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

extension Notification {
    /// The fields as a service has them, as far as there is room; the last one counts what was left out.
    /// - Parameters:
    ///   - count: the most that the service takes.
    ///   - room: what the service leaves for them all, counted as `make` counts.
    ///   - make: gives the service's form of a field, and how much room it takes.
    func facts<Fact>(count: Int, room: Int, _ make: (Field) -> (Fact, length: Int)) -> [Fact] {
        var facts: [Fact] = []
        var room = room - 100
        for field in fields {
            let (fact, length) = make(field)
            let isLast = facts.count + 1 == fields.count
            guard length <= room, facts.count < (isLast ? count : count - 1) else {
                return facts + [make(Field(TextRules.mark, "\(fields.count - facts.count) more")).0]
            }
            room -= length
            facts.append(fact)
        }
        return facts
    }
}

extension Severity {
    /// A coloured dot, for services without colours.
    var dot: String {
        switch self {
        case .critical: "🔴"
        case .warning: "🟠"
        case .info: "🔵"
        case .ok: "🟢"
        }
    }

    /// Red, green and blue as one number.
    var colour: Int64 {
        switch self {
        case .critical: 0xD3_2F_2F
        case .warning: 0xF2_A0_00
        case .info: 0x43_9F_E0
        case .ok: 0x2E_B8_86
        }
    }

    /// The colour as `#rrggbb`.
    var colourCode: String {
        let digits = String(colour, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// A text that begins with a severity's dot, with this severity's instead.
    func redotted(_ text: String) -> String {
        guard let first = text.first, Severity.allCases.contains(where: { $0.dot.first == first }) else { return text }
        return dot + text.dropFirst()
    }
}
