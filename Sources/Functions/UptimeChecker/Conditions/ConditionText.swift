import Basics
import JSON

/// Splits the text of a condition into comparisons.
struct ConditionText {
    /// What separates two parts; it has a space on both sides.
    private enum Token: Hashable {
        case or
        case and
        case comparison(Comparison.Operator)
    }

    private struct Mark {
        let token: Token
        let range: Range<Int>
    }

    private static let joints: [(token: Token, bytes: [UInt8])] = [
        (.or, Array(" || ".utf8)), (.and, Array(" && ".utf8)),
    ]
    private static let operators: [(token: Token, bytes: [UInt8])] = Comparison.Operator.allCases.map {
        (.comparison($0), Array(" \($0.rawValue) ".utf8))
    }

    private let bytes: [UInt8]
    private var marks: [Mark] = []

    init(_ text: String) {
        bytes = Array(text.utf8)
        scan()
        if marks.allSatisfy({ $0.token == .or || $0.token == .and }) {
            // An unclosed bracket hides the operators after it. Gatus does not look at brackets, so try again without.
            marks = []
            for start in bytes.indices where bytes[start] == UInt8(ascii: " ") { note(Self.operators, at: start) }
        }
    }

    /// The comparisons: the outer array has the operands of `||`, the inner ones those of `&&`.
    /// - Parameter reviewed: whether to refuse comparisons that can mean nothing.
    func alternatives(reviewed: Bool) throws(ConditionError) -> [[Comparison]] {
        var result: [[Comparison]] = []
        for alternative in parts(of: 0..<bytes.count, at: .or) {
            var comparisons: [Comparison] = []
            for part in parts(of: alternative, at: .and) { comparisons.append(try comparison(in: part, reviewed)) }
            result.append(comparisons)
        }
        return result
    }

    private func comparison(in range: Range<Int>, _ isReviewed: Bool) throws(ConditionError) -> Comparison {
        for comparisonOperator in Comparison.Operator.allCases {
            // As in Gatus, the text after a second operator of the same kind is ignored.
            let sides = parts(of: range, at: .comparison(comparisonOperator))
            guard sides.count > 1 else { continue }
            let comparison = try Comparison(
                try Operand(bytes[sides[0]]), comparisonOperator, try Operand(bytes[sides[1]]), at: range.lowerBound)
            if isReviewed, let fault = secondComparison(in: range, of: comparison, sides) ?? comparison.fault {
                throw ConditionError(fault, at: range.lowerBound)
            }
            return comparison
        }
        let text = String(decoding: bytes[range].trimmed, as: UTF8.self)
        throw ConditionError(
            range.count == bytes.count
                ? "`\(text)` is no comparison: write ==, !=, <=, >=, < or > with a space on both sides, as in "
                    + "`[STATUS] == 200`"
                : "`\(text)` is no comparison: && and || join whole comparisons, as in `[STATUS] == 200 || "
                    + "[STATUS] == 204`; where they are part of a text, write pat(…)",
            at: range.lowerBound)
    }

    /// Why a range has more than one comparison, of which Gatus sees only one; nil when it has not.
    private func secondComparison(
        in range: Range<Int>, of comparison: Comparison, _ sides: [Range<Int>]
    ) -> String? {
        let advice = "write && or || between two comparisons, or pat(…) for a text that has an operator in it"
        if sides.count > 2 {
            return "what follows the second \(comparison.comparisonOperator.rawValue) has no effect: \(advice)"
        }
        let operators = marks.count { range.contains($0.range.lowerBound) && $0.token != .and && $0.token != .or }
        guard operators > 1 else { return nil }
        let text = [comparison.left, comparison.right].first { $0.placeholder == nil && $0.hasPlaceholderInside }
        return text.map { "`\($0.text)` is plain text here: \(advice)" }
    }

    /// The parts of a range that are separated by marks of a kind.
    private func parts(of range: Range<Int>, at token: Token) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        for mark in marks where mark.token == token {
            guard mark.range.lowerBound >= start && mark.range.upperBound <= range.upperBound else { continue }
            parts.append(start..<mark.range.lowerBound)
            start = mark.range.upperBound
        }
        return parts + [start..<range.upperBound]
    }

    /// Adds a mark if one of the kinds starts here.
    private mutating func note(_ kinds: [(token: Token, bytes: [UInt8])], at start: Int) {
        guard let kind = kinds.first(where: { bytes[start...].starts(with: $0.bytes) }) else { return }
        marks.append(Mark(token: kind.token, range: start..<start + kind.bytes.count))
    }

    /// Finds the marks outside of brackets and of quoted names in brackets.
    private mutating func scan() {
        var open: [UInt8] = []
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "("):
                if open.isEmpty && isFunctionOfText(before: position) {
                    position = endOfText(from: position)
                } else {
                    open.append(UInt8(ascii: ")"))
                }
            case UInt8(ascii: "["): open.append(UInt8(ascii: "]"))
            case UInt8(ascii: ")"), UInt8(ascii: "]"):
                if open.last == byte { open.removeLast() }
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                if open.contains(UInt8(ascii: "]")) { position = endOfQuote(from: position) }
            case UInt8(ascii: " ") where open.isEmpty:
                note(Self.operators, at: position)
                note(Self.joints, at: position)
            default: break
            }
            position += 1
        }
    }

    /// Whether the parenthesis opens the argument of `pat`, `any` or `regex`, in which brackets and quotes mean
    /// nothing.
    private func isFunctionOfText(before position: Int) -> Bool {
        Operand.textFunctions.contains { name in
            bytes[..<position].suffix(name.utf8.count).elementsEqual(name.utf8)
        }
    }

    /// The parenthesis that closes the one here, or the last byte.
    private func endOfText(from start: Int) -> Int {
        var depth = 0
        var position = start
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\\"): position += 1
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return position }
            default: break
            }
            position += 1
        }
        return bytes.count - 1
    }

    /// The quote that closes the one here, or the last byte.
    private func endOfQuote(from start: Int) -> Int {
        var position = start + 1
        while position < bytes.count, bytes[position] != bytes[start] {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position, bytes.count - 1)
    }
}

extension ArraySlice<UInt8> {
    /// The bytes without ASCII white space at both ends.
    var trimmed: ArraySlice<UInt8> {
        let rest = drop(while: \.isASCIIWhitespace)
        guard let last = rest.lastIndex(where: { !$0.isASCIIWhitespace }) else { return rest }
        return rest[...last]
    }
}
