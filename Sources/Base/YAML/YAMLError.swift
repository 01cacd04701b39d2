/// Why a document could not be read, and where.
public struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable {
        /// The text breaks YAML's grammar.
        case syntax
        /// The text is not UTF-8, or has characters that YAML excludes.
        case encoding
        /// A mapping has the same key twice.
        case duplicateKey
        /// A key is a sequence or a mapping.
        case complexKey
        /// An alias refers to nothing, or to what it is part of.
        case unknownAlias
        /// The value of `<<` is no mapping or sequence of mappings.
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
    /// What was found and what to do.
    public let message: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    /// The message and its place: `found a tab … (line 3, column 1)`.
    public var description: String { "\(message) (line \(line), column \(column))" }
}

/// Bounds on what is read: a document from outside is refused before it exhausts memory or stack.
public struct YAMLLimits: Sendable, Hashable {
    /// 16 MiB, 64 levels, 500,000 nodes.
    public static let `default` = YAMLLimits()

    /// The longest input in bytes.
    public let bytes: Int
    /// How many sequences and mappings may lie within one another.
    public let depth: Int
    /// How many nodes the document may have, those that aliases and merge keys repeat counted again.
    public let nodes: Int

    /// Limits; what is not given keeps its default.
    public init(bytes: Int = 16 << 20, depth: Int = 64, nodes: Int = 500_000) {
        self.bytes = bytes
        self.depth = min(depth, 1_000)
        self.nodes = nodes
    }
}
