internal import Basics
public import JSON

/// A value of a configuration, whatever it was written in.
public struct ConfigurationValue {
    private enum Content {
        case node(any ConfigurationNode)
        case json(JSONValue)
        case variable(String)
    }

    private let content: Content

    /// A node of a YAML or JSON file.
    public init(_ node: any ConfigurationNode) { content = .node(node) }

    /// A JSON value without a place in a file.
    public init(_ json: JSONValue) { content = .json(json) }

    init(variable text: String) { content = .variable(text) }

    /// The line in the file; nil for what is in no file.
    var line: Int? {
        if case .node(let node) = content { node.line } else { nil }
    }

    var isNull: Bool {
        switch content {
        case .node(let node): node.isNull
        case .json(let value): value.isNull
        case .variable: false
        }
    }

    /// The node of a file; nil for what is in no file.
    var node: (any ConfigurationNode)? {
        if case .node(let node) = content { node } else { nil }
    }

    /// Whether the value, or one inside it, has an anchor.
    var hasAnchor: Bool {
        if case .node(let node) = content { node.hasAnchor } else { false }
    }

    var isVariable: Bool {
        if case .variable = content { true } else { false }
    }

    /// The value as JSON.
    public var json: JSONValue {
        switch content {
        case .node(let node): node.json
        case .json(let value): value
        case .variable(let text): .string(text)
        }
    }

    /// The text of any scalar; nil for a list or a mapping.
    public var text: String? {
        switch content {
        case .node(let node): node.text
        case .json(.array), .json(.object): nil
        case .json(let value): value.stringValue ?? value.description
        case .variable(let text): text
        }
    }

    /// The bytes of any scalar: those that `!!binary` stands for, otherwise of its text; nil for a list or a mapping.
    public var bytes: [UInt8]? { node?.binary ?? text.map { Array($0.utf8) } }

    /// The elements of a list, of a variable what stands between commas; nil for anything else.
    var elements: [ConfigurationValue]? {
        switch content {
        case .node(let node): return node.elements?.map { ConfigurationValue($0) }
        case .json(let value): return value.arrayValue?.map { ConfigurationValue($0) }
        case .variable(let text):
            return text.split(separator: ",").map(\.trimmingWhitespace).filter { !$0.isEmpty }
                .map { ConfigurationValue(variable: String($0)) }
        }
    }

    /// The members of a mapping in order; nil for anything else.
    var members: [(key: String, value: ConfigurationValue)]? {
        switch content {
        case .node(let node): return node.members?.map { ($0.key.text ?? "", ConfigurationValue($0.value)) }
        case .json(let value): return value.objectValue?.map { ($0.key, ConfigurationValue($0.value)) }
        case .variable: return nil
        }
    }

    /// A truth value.
    ///
    /// Variables also take `1`, `yes`, `on` and their opposites in any case; YAML the words of YAML 1.1.
    var flag: Bool? {
        switch content {
        case .json(let value): return value.boolValue
        case .variable(let text):
            switch text.lowercased() {
            case "true", "1", "yes", "on": return true
            case "false", "0", "no", "off": return false
            default: return nil
            }
        case .node(let node):
            guard let scalar = node.scalar else { return nil }
            if let value = scalar.boolValue { return value }
            switch node.text {
            case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": return true
            case "n", "N", "no", "No", "NO", "off", "Off", "OFF": return false
            default: return nil
            }
        }
    }

    var integer: Int64? {
        switch content {
        case .node(let node): node.scalar?.intValue
        case .json(let value): value.intValue
        case .variable(let text): Int64(text)
        }
    }

    var number: Double? {
        switch content {
        case .node(let node): node.scalar?.doubleValue
        case .json(let value): value.doubleValue
        case .variable(let text): Double(text)
        }
    }

    /// A length of time.
    ///
    /// A number without a unit counts seconds in a variable. Elsewhere it is wrong: in Gatus's own files it would be
    /// nanoseconds.
    var duration: Duration? {
        switch content {
        case .node(let node): node.scalar?.stringValue.flatMap { Duration(text: $0) }
        case .json(let value): value.stringValue.flatMap { Duration(text: $0) }
        case .variable(let text): Duration(text: text, bareUnit: .seconds(1))
        }
    }
}

/// A node of a configuration file, with its place; `YAMLNode` is one.
///
/// A protocol, so that functions without a file do not carry the parser of YAML.
public protocol ConfigurationNode {
    /// The line on which the node starts, from 1.
    var line: Int { get }
    /// Whether the node, or one in it, has an anchor.
    var hasAnchor: Bool { get }
    /// Whether the node is null or empty.
    var isNull: Bool { get }
    /// The text of a scalar of any kind; nil for a list or a mapping.
    var text: String? { get }
    /// The value of a scalar; nil for a list or a mapping.
    var scalar: JSONValue? { get }
    /// The bytes of a scalar that is written in Base64; nil for anything else.
    var binary: [UInt8]? { get }
    /// The whole node as JSON.
    var json: JSONValue { get }
    /// The elements of a list; nil for anything else.
    var elements: [any ConfigurationNode]? { get }
    /// The members of a mapping in order; nil for anything else.
    var members: [(key: any ConfigurationNode, value: any ConfigurationNode)]? { get }
}
