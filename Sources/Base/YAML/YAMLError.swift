/// Why a document could not be read, and where.
public struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable {
        /// The text does not follow YAML's grammar.
        case syntax
        /// The text is not UTF-8, or has characters that YAML excludes.
        case encoding
        /// A mapping has the same key twice.
        case duplicateKey
        /// A key is a sequence or a mapping.
        case complexKey
        /// An alias refers to an unknown anchor, or to a value that contains it.
        case unknownAlias
        /// The value of `<<` is neither a mapping nor a sequence of mappings.
        case wrongMerge
        /// A tag does not fit its text, such as `!!int x`.
        case wrongTag
        /// The stream has a second document.
        case secondDocument
        /// More bytes, levels or nodes than the limits allow.
        case limit
    }

    /// The kind of failure.
    public let code: Code
    /// What is wrong and what to do about it.
    public let message: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    /// The message and its place: `found a tab … (line 3, column 1)`.
    public var description: String { "\(message) (line \(line), column \(column))" }
}

/// Bounds on documents, so that one from outside cannot exhaust memory or stack.
public struct YAMLLimits: Sendable, Hashable {
    /// 16 MiB, 64 levels, 500,000 nodes.
    public static let `default` = YAMLLimits()

    /// The longest input in bytes.
    public let bytes: Int
    /// The most levels of nested sequences and mappings.
    public let depth: Int
    /// The most nodes of a document.
    ///
    /// Nodes that aliases and merge keys repeat count each time.
    public let nodes: Int

    /// Limits; what is not given keeps its default.
    public init(bytes: Int = 16 << 20, depth: Int = 64, nodes: Int = 500_000) {
        self.bytes = bytes
        self.depth = min(depth, 1_000)
        self.nodes = nodes
    }
}
