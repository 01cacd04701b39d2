import Basics
import JSON

extension EnvironmentSetting {
    /// What a wanted value does to the variable.
    enum Effect: Equatable {
        /// The variable is what is wanted.
        case none
        /// The container gets this text.
        case text(String)
        /// Why the rule does not allow the value; the text follows the name of the setting and a colon.
        case fault(String)
    }

    /// What a wanted value does: the container gets the text of the rule, not the one of the request.
    /// - Parameter present: what the container has; nil when it does not have the variable.
    func effect(of value: JSONValue, present: String?) -> Effect {
        if let present, rule.isVariable(.string(present), value) { return .none }
        if let fault = rule.fault(forVariable: value, present: present.map(JSONValue.string) ?? fallback) {
            return .fault(fault)
        }
        // Outside of the rule only the default is allowed.
        return .text(rule.text(ofVariable: value) ?? (fallback ?? value).pythonText)
    }
}

// MARK: - Values of variables

extension SettingRule {
    /// What is wrong with a wanted value of a variable; see ``fault(for:present:)``.
    func fault(forVariable value: JSONValue, present: JSONValue?) -> String? {
        if let present, isVariable(present, value) { return nil }
        return fault(for: value, pinnedAt: present) { _ in position(of: value) != nil }
    }

    /// Whether a variable that is `present` has a wanted value already.
    ///
    /// What a description told of it and is given back must change nothing: there `1.0` is 1 of the list `[1, 2]`.
    func isVariable(_ present: JSONValue, _ value: JSONValue) -> Bool {
        switch values {
        case .range: return Self.isSame(present, value)
        case .any: return Self.isSameVariable(present, value)
        case .list:
            guard let position = position(of: value) else { return Self.isSameVariable(present, value) }
            return position == self.position(of: present)
        }
    }

    /// The text that a container gets for a wanted value: the list's own, or Python's `str()` of the number.
    /// - Returns: nil for a value that the rule does not have.
    func text(ofVariable value: JSONValue) -> String? {
        switch values {
        case .list(let texts): position(of: value).map { texts[$0] }
        case .range: Self.numberText(value)
        case .any: value.pythonText
        }
    }

    /// The element of the file's list that a value means; nil for none.
    func element(of value: JSONValue) -> JSONValue? { position(of: value).map { elements[$0] } }

    /// The values of the list, with the types that they have in the file.
    private var elements: [JSONValue] {
        guard case .list(let texts) = values else { return [] }
        if let elements = entry["values"]?.arrayValue, elements.count == texts.count { return elements }
        return texts.map(JSONValue.string)
    }

    private func position(of value: JSONValue) -> Int? {
        guard case .list(let texts) = values else { return nil }
        let text = value.pythonText
        // `100` and `100.0` may both be in the list.
        return texts.firstIndex { $0.utf8.elementsEqual(text.utf8) }
            ?? elements.firstIndex { Self.isSameVariable($0, value) }
    }

    /// Whether two values of a variable are the same: texts by their bytes, and numbers by their value only where one
    /// of both is no text.
    static func isSameVariable(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let left = left.stringValue, let right = right.stringValue { return left.utf8.elementsEqual(right.utf8) }
        return isSame(left, right)
    }

    /// Python's `str()` of a number, or of the number that a text says: `90`, `90.0`, `1e+16`.
    private static func numberText(_ value: JSONValue) -> String? {
        guard let number = number(value) else { return nil }
        guard let text = value.stringValue else { return value.pythonText }
        return Int64(String(text.trimmingWhitespace)).map { String($0) } ?? number.pythonText
    }
}
