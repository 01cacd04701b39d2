/// One parameter of a URL's query, not yet percent-encoded.
public struct QueryItem: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The value; nil for a name alone, as in `?uploads`.
    public var value: String?

    /// A parameter.
    public init(_ name: String, _ value: String?) {
        self.name = name
        self.value = value
    }

    /// The parameter in a URL: percent-encoded but for letters, digits, `-`, `.`, `_` and `~`.
    public var encoded: String {
        let name = percentEncoded(name)
        return value.map { "\(name)=\(percentEncoded($0))" } ?? name
    }
}
