import Basics
import JSON

extension Notification {
    /// One of the messages that a long notification is split into.
    struct Part: Sendable {
        /// From 0; the first part has the fields and links too.
        var index: Int
        /// ` (2/3)`, or empty when there is only one part.
        var number: String
        /// This part of the notification's text, plain.
        var text: String

        var isFirst: Bool { index == 0 }

        /// All of a notification, for services that take any length.
        static func whole(_ notification: Notification) -> Part { Part(index: 0, number: "", text: notification.text) }
    }

    /// Splits the notification where its text is too long for one message.
    /// - Parameters:
    ///   - first: the limit for the text of the first part, in the rules' unit.
    ///   - others: the limit for the text of each other part.
    ///   - count: the most parts.
    func parts(_ rules: TextRules, first: Int, others: Int, count: Int) -> [Part] {
        let pieces = rules.pieces(text, first: first, others: others, count: count)
        return pieces.enumerated().map { index, piece in
            Part(index: index, number: pieces.count > 1 ? " (\(index + 1)/\(pieces.count))" : "", text: piece)
        }
    }

    /// The title as one line, escaped, cut to the limit, with the part's number.
    func title(of part: Part, _ rules: TextRules, _ limit: Int) -> String {
        let line = title.split { $0.isNewline }.joined(separator: " ")
        return rules.fit(line, limit - part.number.utf8.count) + part.number
    }

    /// Source, account, region and time.
    var footer: String { "\(origin) · \(time.iso8601(fractionDigits: 0))" }

    /// Source, account and region.
    var origin: String { [source.rawValue, account, region].compactMap { $0 }.joined(separator: " · ") }
}

extension Notification {
    /// The first fields, as many as fit, in the service's form; a last one tells how many were left out.
    /// - Parameters:
    ///   - count: the most fields that the service accepts.
    ///   - room: the limit for all fields together, in the unit of the lengths that `format` returns.
    ///   - format: returns the service's form of a field and its length.
    func fittingFields<Formatted>(
        count: Int, room: Int, _ format: (Field) -> (Formatted, length: Int)
    ) -> [Formatted] {
        var result: [Formatted] = []
        // The last one, which counts the rest, needs at most 100.
        var room = room - 100
        for field in fields {
            let (formatted, length) = format(field)
            let isLast = result.count + 1 == fields.count
            guard length <= room, result.count < (isLast ? count : count - 1) else {
                return result + [format(Field(TextRules.mark, "\(fields.count - result.count) more")).0]
            }
            room -= length
            result.append(formatted)
        }
        return result
    }
}

extension Severity {
    /// A coloured dot, for texts without colours.
    var dot: String {
        switch self {
        case .critical: "🔴"
        case .warning: "🟠"
        case .info: "🔵"
        case .ok: "🟢"
        }
    }

    /// `0xRRGGBB`.
    var colour: Int64 {
        switch self {
        case .critical: 0xD3_2F_2F
        case .warning: 0xF2_A0_00
        case .info: 0x43_9F_E0
        case .ok: 0x2E_B8_86
        }
    }

    /// `#rrggbb`.
    var colourCode: String {
        let digits = String(colour, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// The same text with this severity's dot in place of another's at its start.
    func redotted(_ text: String) -> String {
        guard let first = text.first, Severity.allCases.contains(where: { $0.dot.first == first }) else { return text }
        return dot + text.dropFirst()
    }
}
