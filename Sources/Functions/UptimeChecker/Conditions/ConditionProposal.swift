import Basics

/// Finds what was probably meant by a condition that is refused, for "did you mean …?".
///
/// It reads the condition as people write them: `and`, a comma or nothing between comparisons, operators without
/// spaces, `2xx`, `200, 201`, `True`, `30 days`. A proposal is only made when it is a valid condition itself.
struct ConditionProposal {
    /// A comparison as it was read; the values behind the operator are alternatives.
    private struct Draft {
        var left: String
        var comparisonOperator: String
        var values: [String]
        /// What joins it to the one before.
        var joint: String
    }

    /// The condition that was probably meant; nil when nobody knows.
    static func condition(for text: String) -> String? {
        guard let tokens = Tokens(text)?.tokens, let drafts = drafts(tokens) else { return nil }
        var result = ""
        for draft in drafts {
            guard let comparison = comparison(draft) else { return nil }
            result += result.isEmpty ? comparison : " \(draft.joint) \(comparison)"
        }
        guard result != text, (try? Condition(result, isReviewed: true)) != nil else { return nil }
        return result
    }

    // MARK: Comparisons

    private static func drafts(_ tokens: [Token]) -> [Draft]? {
        var drafts: [Draft] = []
        var joint = "&&"
        // The words since the last joint or operator, by commas.
        var words: [[String]] = [[]]
        var open: (left: String, comparisonOperator: String)?

        /// Ends the comparison that is open; without one, the words are further values of the one before.
        func close() -> Bool {
            let values = words.map { $0.joined(separator: " ") }.filter { !$0.isEmpty }
            words = [[]]
            if let comparison = open {
                open = nil
                guard !values.isEmpty else { return false }
                drafts.append(
                    Draft(
                        left: comparison.left, comparisonOperator: comparison.comparisonOperator, values: values,
                        joint: joint))
                return true
            }
            guard !values.isEmpty else { return true }
            if drafts.isEmpty || placeholder(values[0]) != nil {
                // A truth value alone: `has([BODY].errors)`.
                guard values.count == 1, let side = placeholder(values[0]) else { return false }
                drafts.append(Draft(left: side, comparisonOperator: "==", values: ["true"], joint: joint))
                return true
            }
            guard joint == "||" else { return false }
            drafts[drafts.count - 1].values += values
            return true
        }

        for token in tokens {
            switch token {
            case .word(let word): words[words.count - 1].append(word)
            case .comma: words.append([])
            case .joint(let next):
                guard close() else { return nil }
                joint = next
            case .comparison(let next):
                if let comparison = open {
                    // A second operator: the comparison before it ends in front of the last placeholder.
                    guard let last = words[words.count - 1].popLast() else { return nil }
                    if words == [[]] {
                        // `200 <= [STATUS] < 300`
                        drafts.append(
                            Draft(
                                left: comparison.left, comparisonOperator: comparison.comparisonOperator,
                                values: [last], joint: joint))
                        open = nil
                    } else if !close() {
                        return nil
                    }
                    (open, joint, words) = ((last, next), "&&", [[]])
                } else {
                    // A comma or a space may stand for a joint here as well.
                    guard let left = words[words.count - 1].popLast() else { return nil }
                    if !words.joined().isEmpty {
                        guard !drafts.isEmpty, placeholder(left) != nil, close() else { return nil }
                    }
                    (open, words) = ((left, next), [[]])
                }
            }
        }
        if open != nil, words.joined().isEmpty { return nil }
        return close() ? drafts : nil
    }

    private static func comparison(_ draft: Draft) -> String? {
        if let side = placeholder(draft.left) {
            let values = draft.values.map { placeholder($0) ?? $0 }
            return comparison(side, draft.comparisonOperator, values, isReversed: false)
        }
        guard draft.values.count == 1, let side = placeholder(draft.values[0]) else { return nil }
        return comparison(side, draft.comparisonOperator, [draft.left], isReversed: true)
    }

    private static func comparison(
        _ side: String, _ comparisonOperator: String, _ values: [String], isReversed: Bool
    ) -> String? {
        func text(_ comparisonOperator: String, _ value: String) -> String {
            isReversed ? "\(value) \(comparisonOperator) \(side)" : "\(side) \(comparisonOperator) \(value)"
        }
        guard let kind = (try? Operand(Array(side.utf8)[...]))?.values else { return nil }
        guard ["==", "!="].contains(comparisonOperator) else {
            return values.count == 1 ? text(comparisonOperator, ValueText(values[0]).number(for: kind)) : nil
        }
        if kind == .time || kind == .expiration, values.count == 1, comparisonOperator == "==", !isReversed,
            ResolvedValue(ValueText(values[0]).number(for: kind)).length != nil
        {
            return text(kind == .time ? "<=" : ">=", ValueText(values[0]).number(for: kind))
        }
        let options = values.flatMap { ValueText($0).options(for: kind) }
        if options.count == 1 {
            if kind == .status, comparisonOperator == "==", !isReversed, let range = ValueText(options[0]).range {
                return "\(side) >= \(range.0) && \(side) <= \(range.1)"
            }
            return text(comparisonOperator, options[0])
        }
        if options.allSatisfy({ !$0.hasSuffix(")") }) {
            return text(comparisonOperator, "any(\(options.joined(separator: ", ")))")
        }
        return options.map { text(comparisonOperator, $0) }
            .joined(separator: comparisonOperator == "==" ? " || " : " && ")
    }

    // MARK: Placeholders

    /// The placeholder, alone or in `len(…)` or `has(…)`, that a text is or was meant as; nil for anything else.
    private static func placeholder(_ text: String) -> String? {
        for function in ["len", "has"] where text.hasPrefix(function + "(") && text.hasSuffix(")") {
            return placeholder(String(text.dropFirst(4).dropLast())).map { "\(function)(\($0))" }
        }
        let isInBrackets = text.hasPrefix("[")
        let name = text.dropFirst(isInBrackets ? 1 : 0).prefix { $0.isLetter || $0 == "_" }
        var rest = text[name.endIndex...]
        if isInBrackets {
            guard rest.first == "]" else { return nil }
            rest = rest.dropFirst()
        }
        let names = Placeholder.fields.map(\.name) + [Placeholder.bodyName, Placeholder.headersName]
        let bare = names.map { String($0.dropFirst().dropLast()) }
        // Without brackets only a name in full: `status`, and no text that is like one.
        let known = bare.first { $0 == name.uppercased() } ?? (isInBrackets ? bare.nearest(to: name.uppercased()) : nil)
        guard let known, isInBrackets || rest.isEmpty || rest.hasPrefix(".") || rest.hasPrefix("[") else { return nil }
        return "[\(bare.contains(name.uppercased()) && isInBrackets ? String(name) : known)]\(rest)"
    }
}

// MARK: - Values

/// A value as people write it.
private struct ValueText {
    private let text: String

    init(_ text: String) {
        let isQuoted = ["\"", "'"].contains { text.count > 1 && text.hasPrefix($0) && text.hasSuffix($0) }
        self.text = isQuoted ? String(text.dropFirst().dropLast()) : text
    }

    private static let units: [(names: [String], unit: String)] = [
        (["ms", "msec", "millis", "millisecond", "milliseconds"], "ms"),
        (["s", "sec", "secs", "second", "seconds"], "s"), (["m", "min", "mins", "minute", "minutes"], "m"),
        (["h", "hr", "hrs", "hour", "hours"], "h"), (["d", "day", "days"], "d"), (["w", "week", "weeks"], "w"),
    ]

    /// A number or a length of time: `30 days` is `30d`.
    func number(for kind: Placeholder.Values) -> String {
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let word = text.dropFirst(digits.count).trimmingWhitespace.lowercased()
        guard !digits.isEmpty, let unit = Self.units.first(where: { $0.names.contains(word) })?.unit else {
            return text
        }
        return kind == .status || kind == .count ? String(digits) : digits + unit
    }

    /// `200-299`.
    var range: (String, String)? {
        let parts = text.split(separator: "-").map { String($0.trimmingWhitespace) }
        guard parts.count == 2, parts.allSatisfy(\.isStatus) else { return nil }
        return (parts[0], parts[1])
    }

    /// The values that the text lists: those in `any(…)`, and in a text what stands between bars, slashes and spaces.
    func options(for kind: Placeholder.Values) -> [String] {
        guard kind != .text else { return [text] }
        let isList = text.hasPrefix("any(") && text.hasSuffix(")") || text.hasPrefix("(") || text.hasPrefix("[")
        let isPattern = text.hasPrefix("pat(") && text.hasSuffix(")")
        let inside = !isList && !isPattern ? text : String(text.drop { $0 != "(" && $0 != "[" }.dropFirst().dropLast())
        let separators = isPattern ? "" : ",|/;" + (kind == .status ? " " : "")
        let parts = inside.split { separators.contains($0) }.map { String($0.trimmingWhitespace) }
        return parts.filter { !$0.isEmpty }.map { ValueText($0).option(for: kind, isPattern: isPattern) }
    }

    private func option(for kind: Placeholder.Values, isPattern: Bool) -> String {
        switch kind {
        case .status:
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            let rest = text.dropFirst(digits.count)
            if rest == ".0" { return String(digits) }
            guard !digits.isEmpty, !rest.isEmpty, rest.allSatisfy({ "xX*?.".contains($0) }) else {
                return isPattern ? "pat(\(text))" : text
            }
            return "pat(\(digits)*)"
        case .flag:
            switch text.lowercased() {
            case "true", "1", "yes", "on", "y", "t": return "true"
            case "false", "0", "no", "off", "n", "f": return "false"
            default: return text
            }
        case .dnsCode: return Placeholder.Values.dnsCodes.filter { !$0.isEmpty }.nearest(to: text.uppercased()) ?? text
        case .count, .time, .expiration, .address, .text: return isPattern ? "pat(\(text))" : text
        }
    }
}

extension String {
    fileprivate var isStatus: Bool { utf8.count == 3 && utf8.allSatisfy { 0x30...0x39 ~= $0 } }
}

// MARK: - Tokens

private enum Token {
    case word(String)
    case comma
    case joint(String)
    case comparison(String)
}

/// The words, operators and joints of a condition, with spaces or without.
private struct Tokens {
    private(set) var tokens: [Token] = []
    private var word: [UInt8] = []

    private static let comparisons = [
        "=": "==", "==": "==", "===": "==", "!=": "!=", "!==": "!=", "<>": "!=", "<": "<", ">": ">", "<=": "<=",
        "=<": "<=", ">=": ">=", "=>": ">=",
    ]

    /// nil when a bracket is not closed, or an operator is none.
    init?(_ text: String) {
        var depth = 0
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            if depth == 0, byte.isASCIIWhitespace || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") {
                endWord()
                if !byte.isASCIIWhitespace { tokens.append(.comma) }
                rest.removeFirst()
            } else if depth == 0, let run = Self.run(of: "=!<>~", in: rest) ?? Self.run(of: "&|", in: rest) {
                endWord()
                guard let token = Self.token(run) else { return nil }
                tokens.append(token)
                rest.removeFirst(run.utf8.count)
            } else {
                word.append(byte)
                rest.removeFirst()
            }
        }
        guard depth == 0 else { return nil }
        endWord()
    }

    private static func run(of bytes: String, in text: ArraySlice<UInt8>) -> String? {
        let run = text.prefix { bytes.utf8.contains($0) }
        return run.isEmpty ? nil : String(decoding: run, as: UTF8.self)
    }

    private static func token(_ run: String) -> Token? {
        switch run {
        case "&", "&&": .joint("&&")
        case "|", "||": .joint("||")
        default: comparisons[run].map { .comparison($0) }
        }
    }

    private mutating func endWord() {
        guard !word.isEmpty else { return }
        let text = String(decoding: word, as: UTF8.self)
        word = []
        switch text.lowercased() {
        case "and": tokens.append(.joint("&&"))
        case "or": tokens.append(.joint("||"))
        default: tokens.append(.word(text))
        }
    }
}
