public import JSON

/// A text, and what it means.
public struct YAMLScalar: Sendable, Hashable {
    /// The text, escapes resolved.
    public let text: String
    /// What the text is read as: null, a truth value, a number or a string.
    ///
    /// As Go's yaml.v3 has it: YAML 1.2's core schema, and from 1.1 underscores in numbers, `0b` and octal with a
    /// leading 0; `yes`, `no`, `on` and `off` are strings. Infinity and not-a-number are doubles; dates are strings.
    public let value: JSONValue
    /// Whether it stood without quotes and tag, so that its text alone decided.
    public let isPlain: Bool
}
