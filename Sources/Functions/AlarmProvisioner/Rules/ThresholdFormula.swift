import Basics
import Glibc

/// A formula for a threshold, such as `0.9 * timeout_ms` or `min(0.1 * storage_bytes, 20 * 1024^3)`.
///
/// It has numbers, the raw values of ``Fact``, `+ - * / ^`, parentheses, `min`, `max`, and `%` behind a number for a
/// hundredth of it: `90% * timeout_ms`.
public struct ThresholdFormula: Sendable, Hashable {
    /// As it is written.
    public let text: String

    /// A formula that is known to be right; `ThresholdFormula(parsing:)` checks one of a file.
    public init(_ text: String) { self.text = text }

    /// A formula of a file.
    /// - Throws: ``FormulaError`` with the place, and the fact that was probably meant.
    public init(parsing text: String) throws(FormulaError) {
        _ = try FormulaExpression(parsing: text)
        self.text = text
    }

    /// The threshold for a resource, and why it is that: `0.9 × timeout_ms (3,000) = 2,700`.
    /// - Throws: ``FormulaError`` for a formula that cannot be read, a fact that is not known of the resource, and a
    ///   result that is no finite number.
    public func evaluated(_ facts: [Fact: Double]) throws(FormulaError) -> (value: Double, explanation: String) {
        let expression = try FormulaExpression(parsing: text)
        let value = try expression.threshold(facts)
        return (value, expression.explanation(facts, value))
    }
}

/// What is wrong with a formula, or why it has no value for a resource.
public struct FormulaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where, in characters from 1; nil when the formula is right and only has no value.
    public let position: Int?
    /// What is wrong and what to write.
    public let message: String

    init(_ message: String, at position: Int? = nil) {
        self.position = position
        self.message = message
    }

    /// Place and message: `character 7: there is no fact timeout_mss, did you mean timeout_ms?`.
    public var description: String { (position.map { "character \($0): " } ?? "") + message }
}

/// A formula as a tree.
indirect enum FormulaExpression: Sendable, Hashable {
    case number(Double)
    case fact(Fact)
    case negative(FormulaExpression)
    case operation(Operator, FormulaExpression, FormulaExpression)
    case extreme(isMaximum: Bool, [FormulaExpression])

    /// `+ - * / ^`.
    enum Operator: Character, Sendable {
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divided = "/"
        case power = "^"

        fileprivate var rank: Int {
            switch self {
            case .plus, .minus: 1
            case .times, .divided: 2
            case .power: 4
            }
        }

        fileprivate var sign: String {
            switch self {
            case .plus: " + "
            case .minus: " - "
            case .times: " × "
            case .divided: " / "
            case .power: "^"
            }
        }
    }

    init(parsing text: String) throws(FormulaError) {
        var parser = FormulaParser(text)
        self = try parser.whole()
    }

    /// The number itself, when the formula names no fact.
    var constant: Double? { facts.isEmpty ? try? threshold([:]) : nil }

    /// The facts that it names, each once, in their order.
    var facts: [Fact] {
        switch self {
        case .number: return []
        case .fact(let fact): return [fact]
        case .negative(let part): return part.facts
        case .operation(_, let left, let right): return (left.facts + right.facts).uniqued
        case .extreme(_, let parts): return parts.flatMap(\.facts).uniqued
        }
    }

    /// Its value for a resource.
    func threshold(_ facts: [Fact: Double]) throws(FormulaError) -> Double {
        let missing = self.facts.filter { facts[$0] == nil }
        guard missing.isEmpty else {
            throw FormulaError("\(missing.map(\.rawValue).joined(separator: " and ")) is not known of the resource")
        }
        let value = value(facts)
        guard value.isFinite else { throw FormulaError("the result is no number: a division by zero, or too large") }
        // Without this, 0.7 × 900 is 629.9999999999999.
        return value.magnitude < 1e6 && value.magnitude > 1e-3 ? (value * 1e9).rounded() / 1e9 : value
    }

    private func value(_ facts: [Fact: Double]) -> Double {
        switch self {
        case .number(let number): return number
        case .fact(let fact): return facts[fact] ?? .nan
        case .negative(let part): return -part.value(facts)
        case .operation(let sign, let left, let right):
            let (left, right) = (left.value(facts), right.value(facts))
            switch sign {
            case .plus: return left + right
            case .minus: return left - right
            case .times: return left * right
            case .divided: return left / right
            case .power: return pow(left, right)
            }
        case .extreme(let isMaximum, let parts):
            let values = parts.map { $0.value(facts) }
            return (isMaximum ? values.max() : values.min()) ?? .nan
        }
    }

    /// `0.9 × timeout_ms (3,000) = 2,700`.
    func explanation(_ facts: [Fact: Double], _ value: Double) -> String {
        text(facts, within: 0) + " = " + value.grouped
    }

    private func text(_ facts: [Fact: Double], within rank: Int) -> String {
        switch self {
        case .number(let number): return number.grouped
        case .fact(let fact): return fact.rawValue + " (" + (facts[fact]?.grouped ?? "unknown") + ")"
        case .negative(let part): return "-" + part.text(facts, within: 3)
        case .operation(let sign, let left, let right):
            let own = sign.rank
            let isRightBound = sign == .minus || sign == .divided
            let text =
                left.text(facts, within: sign == .power ? own + 1 : own) + sign.sign
                + right.text(facts, within: isRightBound ? own + 1 : own)
            return own < rank ? "(" + text + ")" : text
        case .extreme(let isMaximum, let parts):
            return (isMaximum ? "max(" : "min(") + parts.map { $0.text(facts, within: 0) }.joined(separator: ", ") + ")"
        }
    }
}

/// Reads a formula by recursive descent; nested deeper than ``depthLimit`` it is refused, so that a file cannot
/// exhaust the stack.
private struct FormulaParser {
    private static let depthLimit = 50
    private let characters: [Character]
    private var position = 0
    private var depth = 0

    init(_ text: String) { characters = Array(text) }

    mutating func whole() throws(FormulaError) -> FormulaExpression {
        let result = try sum()
        if let next = peek() { throw error("unexpected \(next), expected an operator such as * or +") }
        return result
    }

    private mutating func sum() throws(FormulaError) -> FormulaExpression {
        var left = try product()
        while let next = peek(), next == "+" || next == "-" || next == "−" {
            position += 1
            left = .operation(next == "+" ? .plus : .minus, left, try product())
        }
        return left
    }

    private mutating func product() throws(FormulaError) -> FormulaExpression {
        var left = try signed()
        while let next = peek(), next == "*" || next == "/" || next == "×" {
            position += 1
            left = .operation(next == "/" ? .divided : .times, left, try signed())
        }
        return left
    }

    private mutating func signed() throws(FormulaError) -> FormulaExpression {
        guard let next = peek(), next == "-" || next == "−" else { return try power() }
        position += 1
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw error("it is nested more than \(Self.depthLimit) levels deep") }
        return .negative(try signed())
    }

    /// `2^3^2` is `2^(3^2)`, and `-2^2` is `-(2^2)`.
    private mutating func power() throws(FormulaError) -> FormulaExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw error("it is nested more than \(Self.depthLimit) levels deep") }
        let base = try operand()
        guard peek() == "^" else { return base }
        position += 1
        return .operation(.power, base, try signed())
    }

    private mutating func operand() throws(FormulaError) -> FormulaExpression {
        guard let next = peek() else { throw error("the formula ends where a number or a fact is expected") }
        if next == "(" {
            position += 1
            let inner = try sum()
            try expect(")")
            return inner
        }
        if next.isASCIIDigit || next == "." {
            let number = try number()
            guard peek() == "%" else { return .number(number) }
            position += 1
            return .number(number / 100)
        }
        if next.isLetter || next == "_" { return try named() }
        throw error("unexpected \(next), expected a number, a fact or (")
    }

    private mutating func number() throws(FormulaError) -> Double {
        let start = position
        var text = ""
        while position < characters.count {
            let next = characters[position]
            let isExponentSign = (next == "-" || next == "+") && (text.last == "e" || text.last == "E")
            guard next.isASCIIDigit || next == "." || next == "_" || next == "e" || next == "E" || isExponentSign
            else { break }
            if next != "_" { text.append(next) }
            position += 1
        }
        guard let number = Double(text), number.isFinite else {
            throw FormulaError("\(text) is no number", at: start + 1)
        }
        return number
    }

    private mutating func named() throws(FormulaError) -> FormulaExpression {
        let start = position
        while position < characters.count, characters[position].isNamePart { position += 1 }
        let name = String(characters[start..<position])
        if name == "min" || name == "max", peek() == "(" {
            position += 1
            var parts = [try sum()]
            while peek() == "," {
                position += 1
                parts.append(try sum())
            }
            try expect(")")
            return .extreme(isMaximum: name == "max", parts)
        }
        if let fact = Fact(rawValue: name) { return .fact(fact) }
        let names = Fact.allCases.map(\.rawValue)
        let meant = names.nearest(to: name.lowercased()) ?? names.first { $0.hasPrefix(name.lowercased()) }
        let advice = meant.map { "did you mean \($0)?" } ?? "expected one of \(names.joined(separator: ", "))"
        throw FormulaError("there is no fact \(name), \(advice)", at: start + 1)
    }

    /// The next character that is no space; the position is at it afterwards.
    private mutating func peek() -> Character? {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
        return position < characters.count ? characters[position] : nil
    }

    private mutating func expect(_ character: Character) throws(FormulaError) {
        guard peek() == character else { throw error("expected \(character)") }
        position += 1
    }

    private func error(_ message: String) -> FormulaError { FormulaError(message, at: position + 1) }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
    fileprivate var isNamePart: Bool { isLetter || isNumber || self == "_" }
}

extension Array where Element: Hashable {
    /// Each element once, where it is first.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

extension Double {
    /// For people: `2,700`, `0.05`, `-1,234.5`; at most six digits behind the point.
    var grouped: String {
        guard isFinite, magnitude < 9e15 else { return description }
        let rounded = magnitude < 1e-3 ? magnitude : (magnitude * 1e6).rounded() / 1e6
        let whole = rounded.rounded(.down)
        let digits = Array(String(Int64(whole)))
        var text = sign == .minus && rounded > 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        guard rounded != whole else { return text }
        let plain = rounded.description
        // Very small numbers have an exponent.
        guard !plain.contains("e"), let point = plain.firstIndex(of: ".") else { return description }
        return text + plain[point...]
    }
}
