import Basics
import JSON
import RegularExpressions

/// A comparison of two operands, such as `[STATUS] == 200`.
struct Comparison: Sendable, Hashable {
    typealias Operator = ComparisonOperator

    let left: Operand
    let comparisonOperator: Operator
    let right: Operand

    /// - Parameter offset: the comparison's place in its condition, in bytes.
    /// - Throws: for a comparison that looks like a mistake: without a placeholder, or `regex(…)` with `<`.
    init(_ left: Operand, _ comparisonOperator: Operator, _ right: Operand, at offset: Int) throws(ConditionError) {
        self.left = left
        self.comparisonOperator = comparisonOperator
        self.right = right
        for side in [left, right] {
            if case .expression = side.kind, comparisonOperator != .equal, comparisonOperator != .notEqual {
                throw ConditionError("regex(…) goes with == and !=, as in `[BODY] == \(side.text)`", at: offset)
            }
        }
        guard left.placeholder == nil && right.placeholder == nil else { return }
        for side in [left, right] where side.looksLikePlaceholder {
            throw ConditionError(
                "`\(side.text)` is plain text, so no answer changes this comparison: the placeholders are "
                    + Placeholder.names, at: offset)
        }
    }

    var needs: Condition.Needs {
        left.needs.union(right.needs)
    }
}

extension Operand {
    /// The values that a check has to find out for it.
    var needs: Condition.Needs {
        if case .length(of: .body) = kind { return .bodyLength }
        return placeholder?.needs ?? []
    }
}

extension Operand {
    /// Whether a text was probably meant as a placeholder: `[STAUS]`, `pat([BODY])`, `status`.
    var looksLikePlaceholder: Bool {
        hasPlaceholderInside || (try? Placeholder(Array("[\(text)]".utf8)[...])) != nil
    }

    /// Whether a name in brackets is part of the text.
    var hasPlaceholderInside: Bool {
        let bytes = Array(text.utf8)
        let isNameByte = { (byte: UInt8) in byte == UInt8(ascii: "_") || 0x41...0x5A ~= byte & 0xDF }
        for start in bytes.indices where bytes[start] == UInt8(ascii: "[") {
            let name = bytes[(start + 1)...].prefix(while: isNameByte)
            if !name.isEmpty && name.endIndex < bytes.count && bytes[name.endIndex] == UInt8(ascii: "]") { return true }
        }
        return false
    }
}

extension Comparison {
    /// The result of a comparison for one observation.
    struct Outcome {
        let comparison: Comparison
        let isMet: Bool
        let left: ResolvedValue
        let right: ResolvedValue
    }

    func evaluate(_ values: inout ObservedValues) -> Outcome {
        let leftValue = left.resolved(&values)
        let rightValue = right.resolved(&values)
        let isMet =
            switch comparisonOperator {
            case .equal: areEqual(leftValue, rightValue) ?? false
            case .notEqual: !(areEqual(leftValue, rightValue) ?? true)
            case .atMost, .atLeast, .above, .below:
                comparisonOperator.holds(left.number(of: leftValue), right.number(of: rightValue))
            }
        return Outcome(comparison: self, isMet: isMet, left: leftValue, right: rightValue)
    }

    /// Whether the sides are equal by Gatus's rules.
    ///
    /// nil when a regular expression reached its limit: then neither `==` nor `!=` holds.
    func areEqual(_ leftValue: ResolvedValue, _ rightValue: ResolvedValue) -> Bool? {
        switch (left.kind, right.kind) {
        case (.expression(let expression), _): expression.isFound(in: rightValue)
        case (_, .expression(let expression)): expression.isFound(in: leftValue)
        case (.pattern(let one), .pattern(let other)): one == other
        case (.pattern(let pattern), _): pattern.matches(rightValue)
        case (_, .pattern(let pattern)): pattern.matches(leftValue)
        case (.any(let one), .any(let other)): one == other
        case (.any(let options), _): options.contains { rightValue.equals($0) }
        case (_, .any(let options)): options.contains { leftValue.equals($0) }
        default: leftValue.isEqual(to: rightValue)
        }
    }
}

extension Operand {
    /// The value for `<`, `>`, `<=` and `>=`, as in Gatus: durations in milliseconds, numbers without their fraction, 0
    /// for anything else.
    func number(of value: ResolvedValue) -> Int64 {
        if let number = value.number { return number }
        if case .text = kind { return value.length ?? 0 }
        return 0
    }
}

extension ResolvedValue {
    /// The number, or the milliseconds of a duration in Go's form; nil for any other text.
    var number: Int64? {
        let nanoseconds = DurationText.nanoseconds(bytes, .go)
        if let nanoseconds, nanoseconds != 0 { return nanoseconds / 1_000_000 }
        if let integer = NumberText.integer(bytes) { return integer }
        guard let number = NumberText.decimal(bytes), !number.isNaN else { return nanoseconds }
        return Int64(exactly: number.rounded(.towardZero)) ?? (number < 0 ? .min : .max)
    }

    /// The milliseconds of a length of time as it may stand in a condition: also `30d`, `2w`, `P30D` and `500 ms`.
    var length: Int64? { DurationText.nanoseconds(bytes.filter { !$0.isASCIIWhitespace }).map { $0 / 1_000_000 } }

    /// Whether the value is exactly this text, also in Gatus's number format.
    fileprivate func equals(_ text: String) -> Bool {
        bytes.elementsEqual(text.utf8) || gatusNumber == text
    }

    /// Integers in any of Go's notations are compared by value, everything else as text.
    fileprivate func isEqual(to other: ResolvedValue) -> Bool {
        if let integer = NumberText.integer(bytes), let otherInteger = NumberText.integer(other.bytes) {
            return integer == otherInteger
        }
        if bytes == other.bytes { return true }
        return gatusNumber.map { other.bytes.elementsEqual($0.utf8) } ?? false
            || other.gatusNumber.map { bytes.elementsEqual($0.utf8) } ?? false
    }
}

extension GlobPattern {
    fileprivate func matches(_ value: ResolvedValue) -> Bool {
        matches(value.bytes) || value.gatusNumber.map { matches(Array($0.utf8)[...]) } ?? false
    }
}

extension RegularExpression {
    fileprivate func isFound(in value: ResolvedValue) -> Bool? { try? search(value.bytes) }
}

extension Comparison.Outcome {
    /// The most characters that are shown of a value beside a pattern, as in Gatus.
    private static let shownBesidePattern = 25
    /// The most characters that are shown of any other value.
    private static let shownCharacters = 500

    /// The comparison with its values: `[STATUS] (500) == 200`.
    func text(hiding mask: SecretMask) -> String {
        let operands = (comparison.left, comparison.right)
        return side(operands.0, left, besidePattern: operands.1.isPattern, mask)
            + " \(comparison.comparisonOperator.rawValue) "
            + side(operands.1, right, besidePattern: operands.0.isPattern, mask)
    }

    private func side(
        _ operand: Operand, _ value: ResolvedValue, besidePattern: Bool, _ mask: SecretMask
    ) -> String {
        let text = mask.masked(ours: operand.text)
        let isOurs = operand.placeholder == nil
        if isOurs, text != operand.text { return text }
        let mask = isOurs || operand.isMeasured ? .none : mask
        let limit = besidePattern ? Self.shownBesidePattern : Self.shownCharacters
        if !isNumeric, value.bytes.count <= limit, value.bytes.elementsEqual("\(operand.text) (INVALID)".utf8) {
            return "\(text) (INVALID)"
        }
        let shown =
            isNumeric ? mask.masked(number(operand, value)) : operand.hidesValue ? "…" : value.shown(limit, mask)
        return shown == operand.text ? text : "\(text) (\(shown))"
    }

    private var isNumeric: Bool {
        switch comparison.comparisonOperator {
        case .equal, .notEqual: false
        case .atMost, .atLeast, .above, .below: true
        }
    }

    /// The number that was compared; an expiration in hours, minutes and seconds.
    private func number(_ operand: Operand, _ value: ResolvedValue) -> String {
        switch operand.kind {
        case .value(let placeholder) where placeholder.isExpiration:
            GatusDuration.hours(milliseconds: value.number ?? 0)
        case .text where value.length != nil: operand.text
        default: "\(operand.number(of: value))"
        }
    }
}

extension Operand {
    fileprivate var isPattern: Bool {
        switch kind {
        case .pattern, .expression: true
        case .text, .any, .value, .length, .existence: false
        }
    }

    /// Whether the value is one that the check has measured, and no text of the server: a secret `500` is not in it.
    fileprivate var isMeasured: Bool {
        switch kind {
        case .length, .existence: true
        case .value(.field(let field)): field.values != .text
        case .value, .text, .pattern, .any, .expression: false
        }
    }

    /// Whether the value may be a secret: `Set-Cookie`.
    fileprivate var hidesValue: Bool {
        guard case .value(.header(let name)) = kind else { return false }
        return name.lowercased() == "set-cookie"
    }
}

extension ResolvedValue {
    /// How many bytes of a value are looked at, beyond those that are shown, for a secret across the cut.
    private static let maskedBytes = 4_096

    /// The value as text, without secrets, cut to a number of characters.
    fileprivate func shown(_ limit: Int, _ mask: SecretMask) -> String {
        // A character has at most four bytes, so a part of a long body is enough.
        let part = bytes.prefix(4 * limit + Self.maskedBytes)
        // Secrets go before the cut, which would leave a part of one.
        let text = mask.masked(String(decoding: part, as: UTF8.self))
        guard text.utf8.count > limit || part.count < bytes.count else { return text }
        return String(text.unicodeScalars.prefix(limit)) + "...(truncated)"
    }
}
