/// A formula for a threshold, such as `0.9 * timeout_ms` or `min(0.1 * storage_bytes, 20 * 1024^3)`.
///
/// It has numbers, the raw values of ``Fact``, `+ - * /`, parentheses, `min` and `max`.
public struct ThresholdFormula: Sendable, Hashable {
    /// As it is written.
    public let text: String

    /// A formula that is known to be right; `ThresholdFormula(parsing:)` checks one of a file.
    public init(_ text: String) { self.text = text }
}
