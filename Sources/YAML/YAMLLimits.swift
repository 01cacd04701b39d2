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
