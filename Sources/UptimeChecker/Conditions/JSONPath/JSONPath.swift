import JSON

/// A JSONPath query (RFC 9535): the segments after `$` or `@`.
///
/// More lenient than the RFC, a name after a dot may have any character but `.`, `[`, `]`, `(`, `)`, `,`, `=`, `!`,
/// `<`, `>`, `&`, `|` and white space; stricter, the pattern of `match()` and `search()` has to be a literal.
struct JSONPath: Sendable, Hashable {
    /// A step from some nodes to others.
    struct Segment: Sendable, Hashable {
        /// `..`: from the nodes and all below them.
        var isDescendant: Bool
        var selectors: [Selector]
    }

    indirect enum Selector: Sendable, Hashable {
        case name(String)
        case index(Int)
        case wildcard
        case slice(start: Int?, end: Int?, step: Int)
        case filter(JSONPathFilter)
    }

    var segments: [Segment]

    /// Whether it can lead to one value at most.
    var isSingular: Bool {
        segments.allSatisfy { segment in
            guard !segment.isDescendant, segment.selectors.count == 1 else { return false }
            switch segment.selectors[0] {
            case .name, .index: return true
            case .wildcard, .slice, .filter: return false
            }
        }
    }

    init(segments: [Segment]) { self.segments = segments }

    /// Parses the segments of a query; the indices of the slice are the places that errors give.
    init(_ text: ArraySlice<UInt8>) throws(ConditionError) {
        var parser = JSONPathParser(text)
        segments = try parser.segments()
        try parser.expectEnd()
    }
}
