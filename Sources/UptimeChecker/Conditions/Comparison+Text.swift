extension Comparison.Outcome {
    /// Values that a pattern is held against are cut after so many characters when they are shown, as in Gatus.
    private static let shownBesidePattern = 25
    /// Any other value after so many.
    private static let shownCharacters = 500

    /// The comparison with its values: `[STATUS] (500) == 200`.
    var text: String {
        let operands = (comparison.left, comparison.right)
        return side(operands.0, left, besidePattern: operands.1.isPattern)
            + " \(comparison.comparisonOperator.rawValue) "
            + side(operands.1, right, besidePattern: operands.0.isPattern)
    }

    private func side(_ operand: Operand, _ value: ResolvedValue, besidePattern: Bool) -> String {
        let limit = besidePattern ? Self.shownBesidePattern : Self.shownCharacters
        let shown = isNumeric ? number(operand, value) : operand.hidesValue ? "…" : value.shown(limit)
        if shown == operand.text { return shown }
        return shown == "\(operand.text) (INVALID)" ? shown : "\(operand.text) (\(shown))"
    }

    private var isNumeric: Bool {
        switch comparison.comparisonOperator {
        case .equal, .notEqual: false
        case .atMost, .atLeast, .above, .below: true
        }
    }

    /// What was compared; an expiration is shown as a duration.
    private func number(_ operand: Operand, _ value: ResolvedValue) -> String {
        switch operand.kind {
        case .value(.certificateExpiration), .value(.domainExpiration):
            DurationText.hours(milliseconds: value.number)
        case .text where NumberText.duration(value.bytes) != nil: operand.text
        default: "\(value.number)"
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

    /// Whether the value is a secret: cookies.
    fileprivate var hidesValue: Bool {
        guard case .value(.header(let name)) = kind else { return false }
        return name.lowercased() == "set-cookie"
    }
}

extension ResolvedValue {
    fileprivate func shown(_ limit: Int) -> String {
        guard bytes.count > limit else { return String(decoding: bytes, as: UTF8.self) }
        // No character has more than four bytes, so that a long body is not decoded as a whole.
        let start = String(decoding: bytes.prefix(4 * limit), as: UTF8.self).unicodeScalars.prefix(limit)
        return String(start) + "...(truncated)"
    }
}
