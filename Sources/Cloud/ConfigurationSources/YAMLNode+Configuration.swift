public import Configuration
public import JSON
public import YAML

extension YAMLNode: ConfigurationNode {
    /// The value of a scalar; nil for a list or a mapping.
    public var scalar: JSONValue? {
        if case .scalar(let scalar) = kind { scalar.value } else { nil }
    }

    /// The bytes of a `!!binary`; nil for anything else.
    public var binary: [UInt8]? {
        if case .scalar(let scalar) = kind { scalar.binary } else { nil }
    }

    /// The elements of a list; nil for anything else.
    public var elements: [any ConfigurationNode]? {
        if case .sequence(let elements) = kind { elements } else { nil }
    }

    /// The members of a mapping in order; nil for anything else.
    public var members: [(key: any ConfigurationNode, value: any ConfigurationNode)]? {
        guard case .mapping(let members) = kind else { return nil }
        return members.map { ($0.key, $0.value) }
    }
}
