import RegularExpressions

extension Comparison {
    /// How a comparison turned out, for one observation.
    struct Outcome {
        let comparison: Comparison
        let isMet: Bool
        let left: ResolvedValue
        let right: ResolvedValue
    }

    func evaluate(_ values: inout ObservedValues) -> Outcome {
        let left = left.resolved(&values)
        let right = right.resolved(&values)
        let isMet =
            switch comparisonOperator {
            case .equal: areEqual(left, right) ?? false
            case .notEqual: !(areEqual(left, right) ?? true)
            case .atMost: left.number <= right.number
            case .atLeast: left.number >= right.number
            case .above: left.number > right.number
            case .below: left.number < right.number
            }
        return Outcome(comparison: self, isMet: isMet, left: left, right: right)
    }

    /// Whether the sides are equal by Gatus's rules; `nil` when a search had to be given up, so that neither `==` nor
    /// `!=` holds.
    private func areEqual(_ leftValue: ResolvedValue, _ rightValue: ResolvedValue) -> Bool? {
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

extension ResolvedValue {
    /// The value as the numeric operators take it: durations are milliseconds, fractions are cut off, and what is no
    /// number is 0.
    var number: Int64 {
        if let nanoseconds = NumberText.duration(bytes), nanoseconds != 0 { return nanoseconds / 1_000_000 }
        if let integer = NumberText.integer(bytes) { return integer }
        guard let number = NumberText.decimal(bytes), !number.isNaN else { return 0 }
        return Int64(exactly: number.rounded(.towardZero)) ?? (number < 0 ? .min : .max)
    }

    /// Whether it is exactly this text.
    fileprivate func equals(_ text: String) -> Bool {
        bytes.elementsEqual(text.utf8) || gatusNumber == text
    }

    /// Integers are compared as such, in any notation of Go's; everything else as text.
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
