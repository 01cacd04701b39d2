import Basics

/// A rule for composite alarms: which states of other rules' alarms make one.
public struct CompositeRule: Sendable, Hashable {
    /// Unique among all rules; other composites can name it.
    public var name: String
    /// Where it stands.
    public var origin: RuleOrigin
    /// What must be the case for ALARM.
    public var expression: CompositeExpression
    /// For what one composite each is made.
    public var each: Each
    /// Which accounts and regions; empty lists mean all.
    public var accounts: [String]
    /// Globs for regions; empty for all.
    public var regions: [String]
    /// Chooses the actions.
    public var severity: String
    /// The alarm's name; nil for `<prefix>-<rule>`, and the group's.
    public var alarmName: String?
    /// The description; nil for one that says how many alarms it combines.
    public var description: String?
    /// The rule, or alarm, that holds the actions back while it is in ALARM.
    public var suppressor: CompositeExpression.Reference?
    /// How long the composite waits for the suppressor, and goes on being held back after it, in seconds.
    public var suppressorWait: Int
    /// How long the actions are still held back after the suppressor, in seconds.
    public var suppressorExtension: Int
    /// More tags of the alarm, whose values may have placeholders.
    public var tags: [String: String]

    /// For what one composite each is made.
    public enum Each: Sendable, Hashable {
        /// Of all alarms of an account and region.
        case scope
        /// Of those of one resource.
        case resource
        /// Of those whose resources have the same value of a tag.
        case tag(String)
    }

    /// A rule.
    public init(
        name: String, origin: RuleOrigin, expression: CompositeExpression, each: Each = .scope,
        accounts: [String] = [], regions: [String] = [], severity: String = "critical", alarmName: String? = nil,
        description: String? = nil, suppressor: CompositeExpression.Reference? = nil, suppressorWait: Int = 120,
        suppressorExtension: Int = 180, tags: [String: String] = [:]
    ) {
        self.name = name
        self.origin = origin
        self.expression = expression
        self.each = each
        self.accounts = accounts
        self.regions = regions
        self.severity = severity
        self.alarmName = alarmName
        self.description = description
        self.suppressor = suppressor
        self.suppressorWait = suppressorWait
        self.suppressorExtension = suppressorExtension
        self.tags = tags
    }
}

/// The expression of a composite rule, such as `AT_LEAST(2, ALARM, (api-*)) AND NOT ALARM(deploying)`.
///
/// A bare word names a rule, with `*` and `?` several, and stands for all alarms that they make: `ALARM` of several is
/// true when any of them is in ALARM, as is `INSUFFICIENT_DATA`; `OK` when all are OK. A text in double quotes is the
/// full name of one alarm, whoever made it.
public indirect enum CompositeExpression: Sendable, Hashable {
    case state(State, Reference)
    case and([CompositeExpression])
    case or([CompositeExpression])
    case not(CompositeExpression)
    /// The count, or with `isPercent` the share, of alarms in a state.
    case atLeast(Int, isPercent: Bool, State, isNegated: Bool, [Reference])
    case constant(Bool)

    /// `ALARM`, `OK` or `INSUFFICIENT_DATA`.
    public enum State: String, Sendable, CaseIterable {
        case alarm = "ALARM"
        case ok = "OK"
        case insufficientData = "INSUFFICIENT_DATA"
    }

    /// What an expression names.
    public enum Reference: Sendable, Hashable {
        /// Rules, by a glob for their names.
        case rules(String)
        /// An alarm by its full name.
        case alarm(String)
    }

    /// Reads an expression.
    /// - Throws: ``FormulaError`` with the place.
    public init(parsing text: String) throws(FormulaError) {
        var parser = CompositeParser(text)
        self = try parser.whole()
    }

    /// Everything that it names.
    var references: [Reference] {
        switch self {
        case .state(_, let reference): [reference]
        case .and(let parts), .or(let parts): parts.flatMap(\.references)
        case .not(let part): part.references
        case .atLeast(_, _, _, _, let references): references
        case .constant: []
        }
    }
}

/// Reads a composite's expression by recursive descent; `NOT` binds most, then `AND`, then `OR`.
private struct CompositeParser {
    private static let depthLimit = 50
    private let characters: [Character]
    private var position = 0
    private var depth = 0

    init(_ text: String) { characters = Array(text) }

    mutating func whole() throws(FormulaError) -> CompositeExpression {
        let result = try disjunction()
        skipSpace()
        guard position == characters.count else { throw error("expected AND, OR or the end") }
        return result
    }

    private mutating func disjunction() throws(FormulaError) -> CompositeExpression {
        var parts = [try conjunction()]
        while take("OR") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func conjunction() throws(FormulaError) -> CompositeExpression {
        var parts = [try negation()]
        while take("AND") { parts.append(try negation()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func negation() throws(FormulaError) -> CompositeExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw error("it is nested more than \(Self.depthLimit) levels deep") }
        if take("NOT") { return .not(try negation()) }
        if takeSign("(") {
            let inner = try disjunction()
            try expect(")")
            return inner
        }
        return try term()
    }

    private mutating func term() throws(FormulaError) -> CompositeExpression {
        skipSpace()
        let start = position
        let word = word()
        switch word.uppercased() {
        case "TRUE": return .constant(true)
        case "FALSE": return .constant(false)
        case "AT_LEAST": return try atLeast()
        default: break
        }
        guard let state = CompositeExpression.State(rawValue: word.uppercased()) else {
            position = start
            let words = ["ALARM", "OK", "INSUFFICIENT_DATA", "AT_LEAST", "NOT", "TRUE", "FALSE"]
            let advice =
                word.isEmpty
                ? "expected ALARM(rule), OK(rule), INSUFFICIENT_DATA(rule), AT_LEAST(…) or NOT"
                : words.nearest(to: word.uppercased()).map { "\(word) is not known, did you mean \($0)?" }
                    ?? "\(word) has no state: write ALARM(\(word))"
            throw error(advice)
        }
        try expect("(")
        let reference = try reference()
        try expect(")")
        return .state(state, reference)
    }

    /// `(2, NOT OK, (a, b*))`, `(50%, ALARM, (a, b))`.
    private mutating func atLeast() throws(FormulaError) -> CompositeExpression {
        try expect("(")
        skipSpace()
        let start = position
        let number = word()
        let isPercent = takeSign("%")
        guard let count = Int(number), count >= 1, !isPercent || count <= 100 else {
            position = start
            throw error("expected a number of alarms from 1, or a share from 1% to 100%")
        }
        try expect(",")
        let isNegated = take("NOT")
        skipSpace()
        let place = position
        let name = word()
        guard let state = CompositeExpression.State(rawValue: name.uppercased()) else {
            position = place
            throw error("expected ALARM, OK or INSUFFICIENT_DATA, with NOT or without")
        }
        try expect(",")
        try expect("(")
        var references = [try reference()]
        while takeSign(",") { references.append(try reference()) }
        try expect(")")
        try expect(")")
        return .atLeast(count, isPercent: isPercent, state, isNegated: isNegated, references)
    }

    private mutating func reference() throws(FormulaError) -> CompositeExpression.Reference {
        skipSpace()
        guard position < characters.count, characters[position] == "\"" else {
            let name = word()
            guard !name.isEmpty else { throw error("expected the name of a rule, or of an alarm in double quotes") }
            return .rules(name)
        }
        let start = position
        position += 1
        var name = ""
        while position < characters.count, characters[position] != "\"" {
            if characters[position] == "\\", position + 1 < characters.count { position += 1 }
            name.append(characters[position])
            position += 1
        }
        guard position < characters.count, !name.isEmpty else {
            position = start
            throw error(name.isEmpty ? "the name is empty" : "the double quote is not closed")
        }
        position += 1
        return .alarm(name)
    }

    private mutating func word() -> String {
        var word = ""
        while position < characters.count, Self.isWordPart(characters[position]) {
            word.append(characters[position])
            position += 1
        }
        return word
    }

    private static func isWordPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "-_./*?:".contains(character)
    }

    private mutating func skipSpace() {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
    }

    private mutating func take(_ keyword: String) -> Bool {
        skipSpace()
        let start = position
        if word().uppercased() == keyword { return true }
        position = start
        return false
    }

    private mutating func takeSign(_ sign: Character) -> Bool {
        skipSpace()
        guard position < characters.count, characters[position] == sign else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ sign: Character) throws(FormulaError) {
        guard takeSign(sign) else { throw error("expected \(sign)") }
    }

    private func error(_ message: String) -> FormulaError { FormulaError(message, at: position + 1) }
}
