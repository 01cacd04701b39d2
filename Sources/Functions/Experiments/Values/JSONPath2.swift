import JSON

/// A JSONPath of the Python package jsonpath2, in which Chaos Toolkit's tolerances are written.
///
/// Not the dialect of the `JSONPath` module: a filter tests the node that it stands at and not its children, equality
/// is one `=`, `or` binds closer than `and`, texts have double quotes only and keep their backslashes, and
/// `$.a.length()` is a path. Results may repeat.
struct JSONPath2: Sendable {
    /// The steps behind `$`.
    private let steps: [Step]

    /// Parses a path.
    /// - Throws: what is wrong, and where.
    init(_ text: String) throws(JSONPath2Error) {
        var parser = try JSONPath2Parser(text)
        steps = try parser.path()
    }

    /// One step, from a node to some nodes.
    struct Step: Sendable {
        /// `..`: applies to the node and to everything below it.
        var isRecursive = false
        var selectors: [Selector]
    }

    indirect enum Selector: Sendable {
        case member(String)
        case element(Int)
        case wildcard
        case slice(start: Int?, end: Int?, step: Int?)
        case filter(Condition)
        /// The number or text that a path finds is the index or the key.
        case computed(Query)
        case call(Function, [Operand])
    }

    enum Function: String, CaseIterable, Sendable {
        case charAt, entries, keys, length, substring, values
    }

    /// A path within a path: from the node (`@`) or from the root (`$`).
    struct Query: Sendable {
        var isRelative: Bool
        var steps: [Step]
    }

    enum Operand: Sendable {
        case value(JSONValue)
        case query(Query)
    }

    indirect enum Condition: Sendable {
        case all([Condition])
        case any([Condition])
        case not(Condition)
        case some(Operand)
        case comparison(Operand, Comparison, Operand)
    }

    enum Comparison: String, Sendable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case atMost = "<="
        case greater = ">"
        case atLeast = ">="
    }
}

/// Why a text is not a path, or why a path cannot be evaluated.
struct JSONPath2Error: Error {
    let message: String
}

extension JSONPath2 {
    /// The values that the path finds, in order.
    /// - Throws: for a slice with step 0, and when the evaluation takes more than two million steps.
    func matches(in root: JSONValue) throws(JSONPath2Error) -> [JSONValue] {
        var evaluation = Evaluation(root: root)
        return try evaluation.matches(steps[...], at: root)
    }
}

private struct Evaluation {
    private static let maximumWork = 2_000_000

    let root: JSONValue
    private var work = 0

    init(root: JSONValue) { self.root = root }

    mutating func matches(
        _ steps: ArraySlice<JSONPath2.Step>, at node: JSONValue
    ) throws(JSONPath2Error) -> [JSONValue] {
        work += 1
        guard work <= Self.maximumWork else {
            throw JSONPath2Error(message: "the path takes too much work on this value")
        }
        guard let step = steps.first else { return [node] }
        var found: [JSONValue] = []
        for selector in step.selectors {
            for next in try select(selector, node) { found += try matches(steps.dropFirst(), at: next) }
        }
        if step.isRecursive {
            for child in Self.children(of: node) { found += try matches(steps, at: child) }
        }
        return found
    }

    private static func children(of node: JSONValue) -> [JSONValue] {
        node.arrayValue ?? node.objectValue?.values ?? []
    }

    private mutating func select(
        _ selector: JSONPath2.Selector, _ node: JSONValue
    ) throws(JSONPath2Error) -> [JSONValue] {
        switch selector {
        case .member(let name): return node[name].map { [$0] } ?? []
        case .element(let index): return Self.element(index, node)
        case .wildcard: return Self.children(of: node)
        case .slice(let start, let end, let step): return try Self.slice(node, start, end, step)
        case .filter(let condition): return try holds(condition, node) ? [node] : []
        case .computed(let query):
            return try values(of: .query(query), node).flatMap { key in
                if case .string(let name) = key { return node[name].map { [$0] } ?? [] }
                return Self.integer(key).map { Self.element($0, node) } ?? []
            }
        case .call(let function, let operands):
            var results: [JSONValue] = []
            for arguments in try combinations(of: operands, node) {
                if let result = Self.call(function, arguments, node) { results.append(result) }
            }
            return results
        }
    }

    /// Every combination of the values of several operands.
    private mutating func combinations(
        of operands: [JSONPath2.Operand], _ node: JSONValue
    ) throws(JSONPath2Error) -> [[JSONValue]] {
        var combinations: [[JSONValue]] = [[]]
        for operand in operands {
            let values = try values(of: operand, node)
            work += combinations.count * values.count
            guard work <= Self.maximumWork else {
                throw JSONPath2Error(message: "the path takes too much work on this value")
            }
            combinations = combinations.flatMap { start in values.map { start + [$0] } }
        }
        return combinations
    }

    private mutating func values(
        of operand: JSONPath2.Operand, _ node: JSONValue
    ) throws(JSONPath2Error) -> [JSONValue] {
        switch operand {
        case .value(let value): [value]
        case .query(let query): try matches(query.steps[...], at: query.isRelative ? node : root)
        }
    }
}

extension Evaluation {
    /// A whole number or a boolean, as an index.
    private static func integer(_ value: JSONValue) -> Int? {
        switch value {
        case .bool(let flag): flag ? 1 : 0
        case .integer(let number): Int(number)
        case .unsigned: Int.max
        case .null, .double, .string, .array, .object: nil
        }
    }

    private static func element(_ index: Int, _ node: JSONValue) -> [JSONValue] {
        guard case .array(let elements) = node else { return [] }
        return node[index < 0 ? index + elements.count : index].map { [$0] } ?? []
    }

    /// Python's `range(start, end, step)` over a list, as jsonpath2 computes the bounds.
    private static func slice(
        _ node: JSONValue, _ start: Int?, _ end: Int?, _ step: Int?
    ) throws(JSONPath2Error) -> [JSONValue] {
        guard case .array(let elements) = node else { return [] }
        let count = elements.count
        let step = step ?? 1
        guard step != 0 else { throw JSONPath2Error(message: "a slice with step 0 selects nothing: use 1 or more") }
        var first = start ?? 0
        if first < 0 { first += first.magnitude < count ? count : -first }
        var end = end ?? count
        if end < 0 { end += count }
        // Indices that no list has are passed over; negative ones count from the end once more.
        if step > 0 {
            end = min(end, count)
        } else {
            if first >= count { first -= ((first - count) / -step + 1) * -step }
            end = max(end, -count - 1)
        }
        return stride(from: first, to: end, by: step).flatMap { element($0, node) }
    }

    private static func call(
        _ function: JSONPath2.Function, _ arguments: [JSONValue], _ node: JSONValue
    ) -> JSONValue? {
        if case .string(let text) = node { return call(function, arguments, text: Array(text.unicodeScalars)) }
        guard arguments.isEmpty else { return nil }
        switch (function, node) {
        case (.entries, .object(let object)): return .array(object.map { .array([.string($0.key), $0.value]) })
        case (.entries, .array(let elements)):
            return .array(elements.enumerated().map { .array([JSONValue($0.offset), $0.element]) })
        case (.keys, .object(let object)): return .array(object.keys.map { .string($0) })
        case (.keys, .array(let elements)): return .array(elements.indices.map { JSONValue($0) })
        case (.length, .array(let elements)): return JSONValue(elements.count)
        case (.values, .object(let object)): return .array(object.values)
        case (.values, .array): return node
        default: return nil
        }
    }

    private static func call(
        _ function: JSONPath2.Function, _ arguments: [JSONValue], text: [Unicode.Scalar]
    ) -> JSONValue? {
        let numbers = arguments.compactMap(integer)
        guard numbers.count == arguments.count else { return nil }
        /// A bound of Python's slices.
        func bound(_ number: Int) -> Int { min(max(number < 0 ? number + text.count : number, 0), text.count) }
        switch (function, numbers.count) {
        case (.length, 0): return JSONValue(text.count)
        case (.charAt, 1):
            let index = numbers[0] < 0 ? numbers[0] + text.count : numbers[0]
            return text.indices.contains(index) ? .string(String(text[index])) : nil
        case (.substring, 1), (.substring, 2):
            let start = bound(numbers[0])
            let end = numbers.count == 2 ? max(bound(numbers[1]), start) : text.count
            return .string(String(String.UnicodeScalarView(text[start..<end])))
        default: return nil
        }
    }
}

extension Evaluation {
    private mutating func holds(
        _ condition: JSONPath2.Condition, _ node: JSONValue
    ) throws(JSONPath2Error) -> Bool {
        switch condition {
        case .all(let parts):
            for part in parts where try !holds(part, node) { return false }
            return true
        case .any(let parts):
            for part in parts where try holds(part, node) { return true }
            return false
        case .not(let part): return try !holds(part, node)
        case .some(.value(let value)): return Python.isTrue(value)
        case .some(let operand): return try !values(of: operand, node).isEmpty
        case .comparison(let left, let comparison, let right): return try compare(left, comparison, right, node)
        }
    }

    /// Whether it holds for any pair of values.
    ///
    /// Of several values on the left, all but the first find the values of a path on the right used up.
    private mutating func compare(
        _ left: JSONPath2.Operand, _ comparison: JSONPath2.Comparison, _ right: JSONPath2.Operand, _ node: JSONValue
    ) throws(JSONPath2Error) -> Bool {
        let (lefts, rights) = (try values(of: left, node), try values(of: right, node))
        if case .query = right {
            guard let first = lefts.first else { return false }
            return rights.contains { Self.holds(first, comparison, $0) }
        }
        return lefts.contains { left in rights.contains { Self.holds(left, comparison, $0) } }
    }

    private static func holds(_ left: JSONValue, _ comparison: JSONPath2.Comparison, _ right: JSONValue) -> Bool {
        switch comparison {
        case .equal: return Python.areEqual(left, right)
        case .notEqual: return !Python.areEqual(left, right)
        case .less, .atMost, .greater, .atLeast: break
        }
        guard let left = PythonNumber(left), let right = PythonNumber(right) else { return false }
        switch (comparison, left.order(to: right)) {
        case (.less, .less), (.atMost, .less), (.atMost, .same): return true
        case (.greater, .greater), (.atLeast, .greater), (.atLeast, .same): return true
        default: return false
        }
    }
}
