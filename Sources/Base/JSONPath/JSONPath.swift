public import JSON
import RegularExpressions

/// A JSONPath query (RFC 9535) without its `$`.
///
/// Other than in the RFC, a name after a dot may have any characters except `.`, `[`, `]`, `(`, `)`, `*`, `,`, `=`,
/// `!`, `<`, `>`, `&`, `|`, quotes and white space. The pattern of `match()` and `search()` must be a literal.
public struct JSONPath: Sendable, Hashable {
    /// One step of the query, from nodes to some of their descendants.
    struct Segment: Sendable, Hashable {
        /// `..`: the selectors apply to the nodes and all their descendants, not only to the nodes.
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

    /// Whether the query has at most one result, whatever the document is.
    public var isSingular: Bool {
        segments.allSatisfy { segment in
            guard !segment.isDescendant, segment.selectors.count == 1 else { return false }
            switch segment.selectors[0] {
            case .name, .index: return true
            case .wildcard, .slice, .filter: return false
            }
        }
    }

    init(segments: [Segment]) { self.segments = segments }

    /// Parses a query without its `$`.
    ///
    /// The offsets in errors are indices of the slice.
    public init(_ text: ArraySlice<UInt8>) throws(JSONPathError) {
        var parser = JSONPathParser(text)
        segments = try parser.segments()
        try parser.expectEnd()
    }
}

extension JSONPath {
    /// The results in document order; nil when the evaluation takes more than about 2 million steps.
    public func values(in root: JSONValue) -> [JSONValue]? {
        var evaluation = JSONPathEvaluation(root: root)
        return try? evaluation.values(of: self, from: root)
    }
}

/// One evaluation of a query.
///
/// Its work is bounded, because the document comes from outside.
private struct JSONPathEvaluation {
    /// The limit on steps, or on the work of regular expressions, was reached.
    struct TooMuchWork: Error {}

    private static let maximumSteps = 2_000_000

    private let root: JSONValue
    private var steps = 0
    /// The work that is left for all regular expressions of this evaluation.
    private var effort = RegularExpression.standardEffort

    init(root: JSONValue) { self.root = root }

    mutating func values(of path: JSONPath, from start: JSONValue) throws(TooMuchWork) -> [JSONValue] {
        var nodes = [start]
        for segment in path.segments {
            var next: [JSONValue] = []
            for node in nodes { try visit(node, segment, &next) }
            nodes = next
        }
        return nodes
    }

    private mutating func visit(
        _ node: JSONValue, _ segment: JSONPath.Segment, _ found: inout [JSONValue]
    ) throws(TooMuchWork) {
        for selector in segment.selectors { try select(selector, in: node, &found) }
        guard segment.isDescendant else { return }
        for child in node.children { try visit(child, segment, &found) }
    }

    private mutating func select(
        _ selector: JSONPath.Selector, in node: JSONValue, _ found: inout [JSONValue]
    ) throws(TooMuchWork) {
        try work(1)
        switch selector {
        case .name(let name): if let value = node[name] { found.append(value) }
        case .index(let index):
            guard case .array(let elements) = node else { return }
            if let value = node[index < 0 ? elements.count + index : index] { found.append(value) }
        case .wildcard:
            let children = node.children
            try work(children.count)
            found += children
        case .slice(let start, let end, let step):
            guard case .array(let elements) = node else { return }
            try work(elements.count)
            found += elements.slice(from: start, to: end, by: step)
        case .filter(let filter):
            for child in node.children where try holds(filter, for: child) { found.append(child) }
        }
    }

    /// Counts steps and ends the evaluation at the limit.
    private mutating func work(_ count: Int) throws(TooMuchWork) {
        steps += count
        if steps > Self.maximumSteps { throw TooMuchWork() }
    }
}

extension JSONValue {
    /// The elements of an array, the values of an object.
    fileprivate var children: [JSONValue] {
        switch self {
        case .array(let elements): elements
        case .object(let object): object.values
        case .null, .bool, .integer, .unsigned, .double, .string: []
        }
    }
}

extension JSONPathEvaluation {
    /// Whether a filter selects a node.
    private mutating func holds(_ filter: JSONPathFilter, for node: JSONValue) throws(TooMuchWork) -> Bool {
        try work(1)
        switch filter {
        case .or(let parts):
            for part in parts where try holds(part, for: node) { return true }
            return false
        case .and(let parts):
            for part in parts where try !holds(part, for: node) { return false }
            return true
        case .not(let part): return try !holds(part, for: node)
        case .exists(let query): return try !values(of: query, for: node).isEmpty
        case .comparison(let left, let comparisonOperator, let right):
            return compare(try value(of: left, for: node), comparisonOperator, try value(of: right, for: node))
        case .matches(let operand, let expression):
            guard case .string(let text) = try value(of: operand, for: node) else { return false }
            do throws(RegularExpressionError) {
                return try expression.search(Array(text.utf8)[...], effort: &effort)
            } catch {
                throw TooMuchWork()
            }
        }
    }

    private mutating func values(of query: JSONPathFilter.Query, for node: JSONValue) throws(TooMuchWork) -> [JSONValue]
    {
        try values(of: query.path, from: query.isRelative ? node : root)
    }

    /// The value of an operand; nil is the RFC's Nothing.
    private mutating func value(
        of operand: JSONPathFilter.Operand, for node: JSONValue
    ) throws(TooMuchWork) -> JSONValue? {
        switch operand {
        case .literal(let value): return value
        case .query(let query): return try values(of: query, for: node).first
        case .count(let query): return .integer(Int64(try values(of: query, for: node).count))
        case .value(let query):
            let values = try values(of: query, for: node)
            return values.count == 1 ? values.first : .none
        case .length(let operand):
            switch try value(of: operand, for: node) {
            case .string(let text): return .integer(Int64(text.unicodeScalars.count))
            case .array(let elements): return .integer(Int64(elements.count))
            case .object(let object): return .integer(Int64(object.count))
            default: return .none
            }
        }
    }

    /// RFC 9535, section 2.3.5.2.2.
    private func compare(_ left: JSONValue?, _ comparisonOperator: ComparisonOperator, _ right: JSONValue?) -> Bool {
        switch comparisonOperator {
        case .equal: areEqual(left, right)
        case .notEqual: !areEqual(left, right)
        case .below: isLess(left, right)
        case .above: isLess(right, left)
        case .atMost: isLess(left, right) || areEqual(left, right)
        case .atLeast: isLess(right, left) || areEqual(left, right)
        }
    }

    private func areEqual(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        switch (left, right) {
        case (.some(let left), .some(let right)): left.hasSameValue(as: right)
        case (.none, .none): true
        default: false
        }
    }

    private func isLess(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        guard let left, let right else { return false }
        return left.isLess(than: right)
    }
}

/// Why a text is not a query.
public struct JSONPathError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what to write instead, with an example that works.
    public let message: String
    /// The place of the mistake, as an index of the slice that was parsed.
    public let offset: Int

    init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The message and the place.
    public var description: String { "\(message) (at byte \(offset))" }
}
