/// Two values and what they shall be to one another.
struct Comparison: Sendable, Hashable {
    /// In the order in which Gatus looks for them.
    enum Operator: String, CaseIterable, Sendable {
        case equal = "=="
        case notEqual = "!="
        case atMost = "<="
        case atLeast = ">="
        case above = ">"
        case below = "<"
    }

    let left: Operand
    let comparisonOperator: Operator
    let right: Operand

    /// Makes a comparison, unless it looks like a mistake.
    /// - Parameter offset: where it stands in its condition.
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
        (left.placeholder?.needs ?? []).union(right.placeholder?.needs ?? [])
    }
}

extension Operand {
    /// Whether a text was probably meant to be a placeholder: `[STAUS]`, `pat([BODY])`, `status`.
    fileprivate var looksLikePlaceholder: Bool {
        let bytes = Array(text.utf8)
        let isNameByte = { (byte: UInt8) in byte == UInt8(ascii: "_") || 0x41...0x5A ~= byte & 0xDF }
        for start in bytes.indices where bytes[start] == UInt8(ascii: "[") {
            let name = bytes[(start + 1)...].prefix(while: isNameByte)
            if !name.isEmpty && name.endIndex < bytes.count && bytes[name.endIndex] == UInt8(ascii: "]") { return true }
        }
        return (try? Placeholder(Array("[\(text)]".utf8)[...])) != nil
    }
}
