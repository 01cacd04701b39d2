public import Basics

/// Why something about alarms cannot be read.
public typealias CloudWatchAlarmsError = CodedError<CloudWatchAlarmsErrorCode>

/// The kinds of ``CloudWatchAlarmsError``.
public enum CloudWatchAlarmsErrorCode: String, ErrorCode {
    /// The text is no rule of a composite alarm.
    case wrongRule
    /// CloudWatch described an alarm or mute rule in a way that this version does not know.
    case unreadable
}

// MARK: - Writing

extension AlarmRuleExpression: CustomStringConvertible {
    /// The text of `AlarmRule`: `ALARM("a") AND (OK("b") OR NOT ALARM("c"))`.
    ///
    /// Names are always in quotes; AND and OR within each other always in parentheses, because CloudWatch does not
    /// document which binds closer.
    public var description: String {
        switch unwrapped {
        case .state(let state, let alarm): "\(state.rawValue)(\(Self.quoted(alarm)))"
        case .and(let parts): parts.isEmpty ? "TRUE" : Self.joined(parts, " AND ")
        case .or(let parts): parts.isEmpty ? "FALSE" : Self.joined(parts, " OR ")
        case .not(let part): "NOT \(part.operand)"
        case .constant(let value): value ? "TRUE" : "FALSE"
        case .atLeast(let quorum, let state, let isNegated, let alarms):
            "AT_LEAST(\(quorum), \(isNegated ? "NOT " : "")\(state.rawValue), "
                + "(\(alarms.map(Self.quoted).joined(separator: ", "))))"
        }
    }

    /// The text as a part of another one.
    private var operand: String {
        switch unwrapped {
        case .and(let parts) where parts.count > 1: "(\(self))"
        case .or(let parts) where parts.count > 1: "(\(self))"
        default: description
        }
    }

    /// AND and OR of one part are that part.
    private var unwrapped: AlarmRuleExpression {
        switch self {
        case .and(let parts) where parts.count == 1: parts[0].unwrapped
        case .or(let parts) where parts.count == 1: parts[0].unwrapped
        default: self
        }
    }

    private static func joined(_ parts: [AlarmRuleExpression], _ separator: String) -> String {
        parts.map(\.operand).joined(separator: separator)
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacingBytes("\\", with: "\\\\").replacingBytes("\"", with: "\\\"") + "\""
    }
}

extension AlarmRuleExpression.Quorum: CustomStringConvertible {
    /// `2` or `50%`.
    public var description: String {
        switch self {
        case .count(let count): "\(count)"
        case .percent(let percent): "\(percent)%"
        }
    }
}

extension AlarmRuleExpression {
    /// The names or ARNs of the alarms it is about, each once, in the order of the text.
    public var alarms: [String] {
        var (names, seen) = ([String](), Set<String>())
        visit { part in
            for name in part.ownAlarms where seen.insert(name).inserted { names.append(name) }
        }
        return names
    }

    /// What CloudWatch counts as elements: alarms, TRUE and FALSE, and parentheses around parts.
    public var elementCount: Int {
        var count = 0
        visit { part in
            switch part {
            case .state, .constant: count += 1
            case .atLeast(_, _, _, let alarms): count += alarms.count
            case .and(let parts), .or(let parts): count += parts.count > 1 ? 1 : 0
            case .not: break
            }
        }
        return count
    }

    /// The same rule without AND in AND, OR in OR, parts that stand alone, and ARNs where names do.
    public var normalized: AlarmRuleExpression {
        switch unwrapped {
        case .and(let parts): .and(Self.flattened(parts) { if case .and(let inner) = $0 { inner } else { nil } })
        case .or(let parts): .or(Self.flattened(parts) { if case .or(let inner) = $0 { inner } else { nil } })
        case .not(let part): .not(part.normalized)
        case .state(let state, let alarm): .state(state, alarm: alarm.alarmName)
        case .atLeast(let quorum, let state, let isNegated, let alarms):
            .atLeast(quorum, state, isNegated: isNegated, alarms: alarms.map(\.alarmName))
        case .constant: unwrapped
        }
    }

    private static func flattened(
        _ parts: [AlarmRuleExpression], _ inner: (AlarmRuleExpression) -> [AlarmRuleExpression]?
    ) -> [AlarmRuleExpression] {
        parts.map(\.normalized).flatMap { inner($0) ?? [$0] }
    }

    private var ownAlarms: [String] {
        switch self {
        case .state(_, let alarm): [alarm]
        case .atLeast(_, _, _, let alarms): alarms
        default: []
        }
    }

    /// Calls the body with this expression and all parts of it.
    func visit(_ body: (AlarmRuleExpression) -> Void) {
        body(self)
        switch self {
        case .and(let parts), .or(let parts): for part in parts { part.visit(body) }
        case .not(let part): part.visit(body)
        case .state, .atLeast, .constant: break
        }
    }
}

// MARK: - Reading

extension AlarmRuleExpression {
    /// Reads the text of `AlarmRule`, with names in quotes or without, and key words in capitals or small letters.
    ///
    /// NOT binds closer than AND, and AND closer than OR.
    /// - Throws: ``CloudWatchAlarmsError`` with the column, counted in bytes from 1, and what is expected there.
    public init(parsing text: String) throws(CloudWatchAlarmsError) {
        var parser = AlarmRuleParser(text)
        self = try parser.expression()
        try parser.expectEnd()
    }
}

private struct AlarmRuleParser {
    /// More parentheses within each other than that are refused: they would exhaust the stack.
    private static let maximumDepth = 100
    private static let words = ["ALARM", "OK", "INSUFFICIENT_DATA", "AT_LEAST", "NOT", "TRUE", "FALSE"]

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func expression() throws(CloudWatchAlarmsError) -> AlarmRuleExpression {
        var parts = [try conjunction()]
        while takeWord("OR") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    mutating func expectEnd() throws(CloudWatchAlarmsError) {
        skipSpace()
        guard position == bytes.count else { throw fault("AND, OR or the end is expected here") }
    }

    private mutating func conjunction() throws(CloudWatchAlarmsError) -> AlarmRuleExpression {
        var parts = [try operand()]
        while takeWord("AND") { parts.append(try operand()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func operand() throws(CloudWatchAlarmsError) -> AlarmRuleExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw fault("more than \(Self.maximumDepth) levels of parentheses") }
        if take("(") {
            let inner = try expression()
            try expect(")", "closes what was opened before")
            return inner
        }
        let start = position
        let word = takeWord()
        switch word.uppercased() {
        case "NOT": return .not(try operand())
        case "TRUE": return .constant(true)
        case "FALSE": return .constant(false)
        case "AT_LEAST": return try quorum()
        case let name:
            guard let state = AlarmState(rawValue: name) else {
                position = start
                throw unknown(word)
            }
            try expect("(", "stands before the alarm's name: \(name)(\"name\")")
            let alarm = try alarmName()
            try expect(")", "stands behind the alarm's name")
            return .state(state, alarm: alarm)
        }
    }

    private mutating func quorum() throws(CloudWatchAlarmsError) -> AlarmRuleExpression {
        try expect("(", "stands behind AT_LEAST: AT_LEAST(2, ALARM, (\"a\", \"b\"))")
        skipSpace()
        let digits = bytes[position...].prefix { 0x30...0x39 ~= $0 }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
            throw fault("how many alarms are needed is expected here: 2, or 50%")
        }
        position += digits.count
        let isPercent = take("%")
        try expect(",", "stands behind the number")
        let isNegated = takeWord("NOT")
        skipSpace()
        let start = position
        let word = takeWord()
        guard let state = AlarmState(rawValue: word.uppercased()) else {
            position = start
            throw fault("ALARM, OK or INSUFFICIENT_DATA, with or without NOT, is expected here")
        }
        try expect(",", "stands behind the state")
        try expect("(", "stands before the alarms' names")
        var alarms = [try alarmName()]
        while take(",") { alarms.append(try alarmName()) }
        try expect(")", "stands behind the alarms' names")
        try expect(")", "closes AT_LEAST")
        return .atLeast(isPercent ? .percent(number) : .count(number), state, isNegated: isNegated, alarms: alarms)
    }

    /// A name in quotes, or up to the next comma or parenthesis.
    private mutating func alarmName() throws(CloudWatchAlarmsError) -> String {
        skipSpace()
        var name: [UInt8] = []
        if take("\"") {
            while true {
                guard position < bytes.count else { throw fault("a quotation mark is missing behind the name") }
                var byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\"") { break }
                if byte == UInt8(ascii: "\\"), position < bytes.count {
                    byte = bytes[position]
                    position += 1
                }
                name.append(byte)
            }
        } else {
            name = Array(bytes[position...].prefix { $0 != UInt8(ascii: ")") && $0 != UInt8(ascii: ",") })
            position += name.count
            while name.last?.isASCIIWhitespace == true { name.removeLast() }
        }
        guard !name.isEmpty else { throw fault("an alarm's name is expected here") }
        return String(decoding: name, as: UTF8.self)
    }

    // MARK: Tokens

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position].isASCIIWhitespace { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(
        _ character: Unicode.Scalar, _ reason: String
    ) throws(CloudWatchAlarmsError) {
        guard take(character) else { throw fault("\(character) is expected here, which \(reason)") }
    }

    /// The next word of letters and `_`; empty when something else comes.
    private mutating func takeWord() -> String {
        skipSpace()
        let word = bytes[position...].prefix { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
        position += word.count
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func takeWord(_ expected: String) -> Bool {
        let start = position
        if takeWord().uppercased() == expected { return true }
        position = start
        return false
    }

    private func unknown(_ word: String) -> CloudWatchAlarmsError {
        guard !word.isEmpty else { return fault("ALARM(\"name\"), NOT, TRUE, FALSE or ( is expected here") }
        let nearest = Self.words.nearest(to: word.uppercased()).map { ", did you mean \($0)?" } ?? ""
        return fault("\(word) is not known\(nearest.isEmpty ? ": write ALARM(\"name\")" : nearest)")
    }

    private func fault(_ text: String) -> CloudWatchAlarmsError {
        CloudWatchAlarmsError(.wrongRule, "column \(position + 1): \(text)")
    }
}
