import Basics
public import JSON

extension SettingRule {
    /// How far a value may be from a step, in steps: the original's tolerance.
    static let tolerance = 1.0 / 1_024

    /// What is wrong with a wanted value; nil for one that the rule allows.
    ///
    /// The text follows the name of the setting and a colon: `3 vCPU is not allowed, expected one of 0.25, 0.5, 1`. The
    /// present value is always allowed, because it changes nothing: an optimiser gives back what a description told it.
    /// - Parameter present: what the setting is now; nil when that is not known, so that a pinned one allows nothing.
    public func fault(for value: JSONValue, present: JSONValue?) -> String? {
        if let present, Self.isSame(value, present) { return nil }
        return fault(for: value, pinnedAt: present) { $0.contains { Self.isSame(.string($0), value) } }
    }

    /// What is wrong with a value that is not the present one.
    func fault(for value: JSONValue, pinnedAt present: JSONValue?, isListed: ([String]) -> Bool) -> String? {
        if isPinned {
            guard let present else { return "it is pinned, and its present value is not known" }
            return "it is pinned at \(text(present)), so it cannot become \(text(value)): "
                + "leave it out, or remove `pinned` from the configuration"
        }
        switch values {
        case .list(let texts):
            if isListed(texts) { return nil }
            let advice = texts.nearest(to: Self.text(value)).map { ", did you mean \($0)?" } ?? ""
            let known = texts.map { $0.isEmpty ? "\"\"" : $0 }.joined(separator: ", ")
            return "\(text(value)) is not allowed, expected one of \(known)\(advice)"
        case .range(let minimum, let maximum, let step):
            guard let number = Self.number(value) else {
                return "\(text(value)) is no number, expected \(Self.rangeText(minimum, maximum, step))"
            }
            if number == minimum || number == maximum { return nil }
            guard number > minimum, number < maximum else {
                return "\(text(value)) is not allowed, expected \(Self.rangeText(minimum, maximum, step))"
            }
            // A step of 0 is only accepted where the minimum is the maximum.
            let steps = (number - minimum) / step
            if step == 0 || abs(steps - steps.rounded()) <= Self.tolerance { return nil }
            let nearest = [steps.rounded(.down), steps.rounded(.up)].map { Self.text(of: minimum + $0 * step) }
            return "\(text(value)) is not allowed, expected \(Self.rangeText(minimum, maximum, step)): "
                + "the nearest are \(nearest.joined(separator: " and "))"
        case .any: return nil
        }
    }

    /// A value with the rule's unit: `0.5 vCPU`.
    public func text(_ value: JSONValue) -> String {
        let text = Self.text(value)
        // Texts are quoted, so that an empty one and one with spaces are seen.
        let isTrimmed = value.stringValue.map { $0.utf8.count == $0.trimmingWhitespace.utf8.count } ?? true
        guard isTrimmed, Self.number(value) != nil else { return value.stringValue == nil ? text : "\"\(text)\"" }
        return unit.map { $0.isEmpty ? text : "\(text) \($0)" } ?? text
    }

    private static func rangeText(_ minimum: Double, _ maximum: Double, _ step: Double) -> String {
        if minimum == maximum { return text(of: minimum) }
        return "\(text(of: minimum)) to \(text(of: maximum)) in steps of \(text(of: step))"
    }

    // MARK: Values

    /// Whether two values are the same size: numbers and texts of numbers by their value, true and false also by their
    /// names in any case, other texts by their bytes.
    ///
    /// Texts of variables are compared by ``isSameVariable(_:_:)``: `1.10` may be another version than `1.1`.
    public static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let left = number(left), let right = number(right) { return left == right }
        if left.boolValue != nil || right.boolValue != nil {
            return text(left).lowercased() == text(right).lowercased()
        }
        return text(left).utf8.elementsEqual(text(right).utf8)
    }

    /// The finite number that a value is, or that its text says; nil for anything else, also for true and false.
    public static func number(_ value: JSONValue) -> Double? {
        guard let text = value.stringValue else { return value.doubleValue.flatMap { $0.isFinite ? $0 : nil } }
        let trimmed = text.trimmingWhitespace
        // Swift alone would also read `0x10`, `inf` and `nan`.
        guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
        return Double(String(trimmed)).flatMap { $0.isFinite ? $0 : nil }
    }

    /// A value for people: texts as they are, 90.0 as `90`, true as `True`.
    public static func text(_ value: JSONValue) -> String {
        if case .double(let number) = value { return text(of: number) }
        return value.pythonText
    }

    /// A number without a fraction that is zero: `0.5`, `4`.
    public static func text(of number: Double) -> String {
        if let whole = Int64(exactly: number), abs(whole) < 1 << 53 { return String(whole) }
        return number.pythonText
    }
}
