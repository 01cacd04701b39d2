/// Bounds on what a parser accepts.
///
/// Input from outside is refused with an error before it can exhaust memory or stack.
public struct JSONLimits: Sendable, Hashable {
    /// The deepest nesting any parse accepts, whatever is asked for: destroying a value takes up to 300 bytes of stack
    /// a level, comparing two about 1 KB.
    public static let maximumDepth = 2_000

    /// 512 levels and 64 MiB.
    public static let `default` = JSONLimits()

    /// How many arrays and objects may be open at once; `[[1]]` has depth 2.
    ///
    /// Clamped to 0...`maximumDepth`.
    public let depth: Int
    /// The longest input in bytes; reading it may take some thirty times as much memory.
    ///
    /// Clamped to 0...2 GiB - 1.
    public let bytes: Int

    /// Makes limits; what is not given keeps its default.
    public init(depth: Int = 512, bytes: Int = 64 << 20) {
        self.depth = min(max(depth, 0), Self.maximumDepth)
        self.bytes = min(max(bytes, 0), Int(Int32.max))
    }
}
