public import JSON

/// Replaces `${name}` and `$name` by values of the configuration and the secrets, as Chaos Toolkit does.
public struct Substitution: Sendable {
    /// The resolved configuration.
    public var configuration: JSONObject
    /// The resolved secrets, by scope.
    public var secrets: JSONObject

    /// Values to substitute.
    public init(configuration: JSONObject, secrets: JSONObject) {
        self.configuration = configuration
        self.secrets = secrets
    }

    /// The value with everything replaced that is known.
    public func apply(to value: JSONValue) -> JSONValue { value }
}
