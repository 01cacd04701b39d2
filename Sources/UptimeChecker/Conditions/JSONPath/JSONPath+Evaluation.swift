import JSON
import RegularExpressions

extension JSONPath {
    /// The values that the query leads to, in order; `nil` when the body makes that too much work.
    func values(in root: JSONValue) -> [JSONValue]? {
        var evaluation = JSONPathEvaluation(root: root)
        return try? evaluation.values(of: self, from: root)
    }
}

/// One evaluation of a query; its work is bounded, whatever the body is.
struct JSONPathEvaluation {
    /// The body makes the query too much work.
    struct TooMuchWork: Error {}

    private static let maximumSteps = 2_000_000

    let root: JSONValue
    private var steps = 0
    /// What all searches of the evaluation may spend together.
    var effort = RegularExpression.standardEffort

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
            let indices = Self.indices(from: start, to: end, by: step, count: elements.count)
            try work(elements.count)
            found += indices.map { elements[$0] }
        case .filter(let filter):
            for child in node.children where try holds(filter, for: child) { found.append(child) }
        }
    }

    /// Counts work; ends the evaluation when it is too much.
    mutating func work(_ count: Int) throws(TooMuchWork) {
        steps += count
        if steps > Self.maximumSteps { throw TooMuchWork() }
    }

    /// RFC 9535, section 2.3.4.2.2.
    private static func indices(from start: Int?, to end: Int?, by step: Int, count: Int) -> [Int] {
        guard step != 0 else { return [] }
        let normal = { (index: Int) in index < 0 ? count + index : index }
        if step > 0 {
            let lower = min(max(normal(start ?? 0), 0), count)
            let upper = min(max(normal(end ?? count), 0), count)
            return Array(stride(from: lower, to: upper, by: step))
        }
        let upper = min(max(start.map(normal) ?? count - 1, -1), count - 1)
        let lower = min(max(end.map(normal) ?? -1, -1), count - 1)
        return Array(stride(from: upper, to: lower, by: step))
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
