/// A node of a YAML document (yaml.org, 1.2.2), with its place.
///
/// Aliases stand as what they refer to and merge keys (`<<`) are carried out. JSON is read as well.
public struct YAMLNode: Sendable {
    /// What a node is.
    public enum Kind: Sendable {
        /// A text, number, truth value or null.
        case scalar(YAMLScalar)
        /// A list.
        case sequence([YAMLNode])
        /// Members in order; keys are scalars, no two with the same text.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    /// The line on which the node begins, from 1; for an alias, where what it refers to begins.
    public let line: Int
    /// The column, from 1, in Unicode scalars.
    public let column: Int
    /// What the node is.
    public let kind: Kind
    /// Whether the node or anything within has an anchor, so that it may be there for aliases alone.
    public let hasAnchor: Bool

    init(_ kind: Kind, line: Int, column: Int, hasAnchor: Bool = false) {
        self.line = line
        self.column = column
        self.kind = kind
        self.hasAnchor = hasAnchor
    }

    /// Parses a document; without any content, it is null.
    /// - Throws: ``YAMLError`` with line and column, also for a second document, duplicate keys, and anything beyond
    ///   the limits.
    public init(parsing bytes: [UInt8], limits: YAMLLimits = .default) throws(YAMLError) {
        guard bytes.count <= limits.bytes else {
            throw YAMLError(
                code: .limit, message: "the text has \(bytes.count) bytes, more than \(limits.bytes): split it",
                line: 1, column: 1
            )
        }
        var composer = try YAMLComposer(YAMLEventReader(bytes.resolvingSurrogates()), limits: limits)
        self = try composer.document()
    }
}
