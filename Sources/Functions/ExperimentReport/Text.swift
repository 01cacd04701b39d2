internal import Basics
internal import JSON
internal import Markup

/// Turns what is in a journal, and numbers, into text for people.
enum Text {
    /// A text as one line without invisible characters, at most `limit` characters long.
    static func line(_ text: String, limit: Int = 200) -> String { text.onOneLine(limit: limit) }

    /// A value as one line: a text without quotes, anything else as JSON.
    static func line(_ value: JSONValue?, limit: Int = 200) -> String {
        switch value {
        case nil, .null: ""
        case .string(let text): line(text, limit: limit)
        case let value?: line(pruned(value, nodes: limit).description, limit: limit)
        }
    }

    /// A text of several lines, at most `limit` bytes of it, without invisible characters and without the terminal's
    /// colours.
    static func block(_ text: String, limit: Int) -> (text: String, isCut: Bool) {
        var block = ""
        var length = 0
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            if scalar == "\u{1B}" {
                skipEscapeSequence(&scalars)
                continue
            }
            if scalar == "\r" || scalar.isInvisible && scalar != "\n" && scalar != "\t" { continue }
            length += scalar.utf8.count
            if length > limit { return (block, true) }
            block.unicodeScalars.append(scalar)
        }
        return (block, false)
    }

    /// Skips what follows an escape character: `[31m` and the like.
    private static func skipEscapeSequence(_ scalars: inout String.UnicodeScalarView.Iterator) {
        guard scalars.next() == "[" else { return }
        while let scalar = scalars.next(), !("@"..."~").contains(scalar) {}
    }

    /// A value as text of several lines: a text as it is, anything else as indented JSON.
    static func block(_ value: JSONValue, limit: Int) -> (text: String, isCut: Bool) {
        if case .string(let text) = value { return block(text, limit: limit) }
        let short = pruned(value, nodes: limit / 8)
        let (text, isCut) = block(String(decoding: short.serialized(.pretty), as: UTF8.self), limit: limit)
        return (text, isCut || short != value)
    }

    /// The value with at most so many parts, so that a huge one is not written out only to be cut.
    static func pruned(_ value: JSONValue, nodes: Int) -> JSONValue {
        var left = nodes
        return pruned(value, &left, depth: 0)
    }

    private static func pruned(_ value: JSONValue, _ left: inout Int, depth: Int) -> JSONValue {
        left -= 1
        switch value {
        case .string(let text) where text.utf8.count > 4_096: return .string(line(text, limit: 4_096))
        case .array(let elements):
            var kept: [JSONValue] = []
            for element in elements {
                guard left > 0, depth < 16 else { break }
                kept.append(pruned(element, &left, depth: depth + 1))
            }
            if kept.count < elements.count { kept.append(.string("… \(elements.count - kept.count) more")) }
            return .array(kept)
        case .object(let members):
            var kept = JSONObject()
            for (key, value) in members {
                guard left > 0, depth < 16 else { break }
                kept[key] = pruned(value, &left, depth: depth + 1)
            }
            if kept.count < members.count { kept["…"] = .string("\(members.count - kept.count) more") }
            return .object(kept)
        default: return value
        }
    }

    // MARK: Numbers

    /// A number with a fixed number of digits behind the point, 0...6.
    static func fixed(_ number: Double, digits: Int) -> String {
        guard number.isFinite, number.magnitude < 1e12 else { return number.description }
        let scale = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000][digits]
        let whole = Int64((number.magnitude * Double(scale)).rounded())
        let (units, fraction) = whole.quotientAndRemainder(dividingBy: Int64(scale))
        let sign = number < 0 && whole != 0 ? "-" : ""
        guard digits > 0 else { return sign + String(units) }
        let behind = String(fraction)
        return "\(sign)\(units).\(String(repeating: "0", count: digits - behind.utf8.count))\(behind)"
    }

    /// A number without zeros at its end: `3`, `0.25`.
    static func number(_ number: Double) -> String {
        guard number.magnitude >= 0.0005 || number == 0 else { return number.description }
        var text = fixed(number, digits: 3)
        guard text.utf8.contains(UInt8(ascii: ".")), !text.utf8.contains(UInt8(ascii: "e")) else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// A whole number with commas: `10,000`.
    static func count(_ number: Int) -> String { number.withCommas }

    /// `1 run`, `10,000 runs`.
    static func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(Text.count(count)) \(count == 1 ? noun : plural ?? noun + "s")"
    }

    /// A part of a whole as a percentage, such as `75 %`.
    ///
    /// Never 100 % unless it is everything, never 0 % unless it is nothing.
    static func percent(_ part: Double, of whole: Double = 1) -> String {
        guard whole > 0 else { return "–" }
        let percent = part / whole * 100
        let rounded = percent.rounded()
        if rounded == 100, percent < 100 { return "99 %" }
        if rounded == 0, percent > 0 { return "1 %" }
        return "\(fixed(rounded, digits: 0)) %"
    }

    // MARK: Time

    /// A moment by its distance from the start of the run: `+1.5 s`.
    static func offset(_ seconds: Double) -> String { seconds < 0.001 ? "+0 s" : "+" + duration(seconds) }

    /// A length of time in seconds: `250 ms`, `1.5 s`, `2 m 10 s`.
    static func duration(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite else { return "–" }
        if seconds > 0, seconds < 0.001 { return "< 1 ms" }
        // Three digits are enough.
        let step: Double = seconds < 1 ? 1 : seconds < 10 ? 10 : 100
        let milliseconds = (min(max(seconds, 0), 1e9) * 1_000 / step).rounded(.down) * step
        return Duration.milliseconds(Int64(milliseconds)).text
    }

    /// A moment for people: `2026-11-28 12:48:14 UTC`.
    static func moment(_ moment: Timestamp?) -> String {
        guard let moment else { return "unknown" }
        let text = moment.iso8601(fractionDigits: 0)
        return "\(text.prefix(10)) \(text.dropFirst(11).dropLast()) UTC"
    }

    /// The first few of many names: `a; b; c and 2 more`.
    static func few(_ names: [String], limit: Int = 3) -> String {
        let more = names.count > limit ? " and \(count(names.count - limit)) more" : ""
        return names.prefix(limit).joined(separator: "; ") + more
    }

    /// `a`, `a and b`, `a, b and c`.
    static func list(_ parts: [String]) -> String {
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + " and " + last
    }
}

extension JSONValue? {
    /// The value; nil for `null`, too.
    var withoutNull: JSONValue? {
        switch self {
        case nil, .null?: Optional.none
        case let value?: value
        }
    }
}
