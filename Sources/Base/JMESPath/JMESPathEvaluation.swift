import JSON

extension JMESPath {
    /// One evaluation of an expression.
    ///
    /// Its work is bounded, because documents come from outside and expressions can multiply what they select.
    struct Evaluation {
        private let maximumSteps: Int
        private var steps = 0

        init(maximumSteps: Int) { self.maximumSteps = maximumSteps }

        /// Counts steps and ends the evaluation at the limit.
        mutating func work(_ count: Int) throws(Fault) {
            steps += count
            guard steps <= maximumSteps else {
                throw Fault("the evaluation takes more than \(maximumSteps) steps", at: nil)
            }
        }

        /// Counts the parts of a value, as often as they are repeated in it.
        mutating func measure(_ value: JSONValue) throws(Fault) {
            switch value {
            case .array(let elements):
                try work(1 + elements.count)
                for element in elements { try measure(element) }
            case .object(let object):
                try work(1 + object.count)
                for member in object { try measure(member.value) }
            case .string(let text): try work(1 + text.utf8.count / 64)
            default: break
            }
        }

        mutating func value(of expression: Expression, in node: JSONValue) throws(Fault) -> JSONValue {
            try work(1)
            switch expression {
            case .current: return node
            case .field(let name): return node[name] ?? .null
            case .index(let index):
                guard case .array(let elements) = node else { return .null }
                return node[index < 0 ? elements.count + index : index] ?? .null
            case .slice(let start, let end, let step):
                guard case .array(let elements) = node else { return .null }
                try work(elements.count)
                return .array(elements.slice(from: start, to: end, by: step))
            case .chain(let first, let second):
                return try value(of: second, in: try value(of: first, in: node))
            case .projection(let list, let right):
                guard case .array(let elements) = try value(of: list, in: node) else { return .null }
                return try projection(of: right, on: elements)
            case .valueProjection(let object, let right):
                guard case .object(let members) = try value(of: object, in: node) else { return .null }
                return try projection(of: right, on: members.values)
            case .filter(let list, let condition, let right):
                guard case .array(let elements) = try value(of: list, in: node) else { return .null }
                var kept: [JSONValue] = []
                for element in elements where try value(of: condition, in: element).isTrue { kept.append(element) }
                return try projection(of: right, on: kept)
            case .flatten(let list):
                guard case .array(let elements) = try value(of: list, in: node) else { return .null }
                return try flattened(elements)
            case .list(let expressions):
                guard !node.isNull else { return .null }
                var elements: [JSONValue] = []
                for expression in expressions { elements.append(try value(of: expression, in: node)) }
                return .array(elements)
            case .object(let members):
                guard !node.isNull else { return .null }
                var object = JSONObject()
                for member in members { object[member.name] = try value(of: member.value, in: node) }
                return .object(object)
            case .literal(let value): return value
            case .comparison(let left, let comparison, let right):
                return try compare(
                    try value(of: left, in: node), comparison, try value(of: right, in: node))
            case .or(let left, let right):
                let first = try value(of: left, in: node)
                return first.isTrue ? first : try value(of: right, in: node)
            case .and(let left, let right):
                let first = try value(of: left, in: node)
                return first.isTrue ? try value(of: right, in: node) : first
            case .not(let operand): return .bool(!(try value(of: operand, in: node).isTrue))
            case .call(let call): return try result(of: call, in: node)
            }
        }

        private mutating func projection(
            of right: Expression, on elements: [JSONValue]
        ) throws(Fault) -> JSONValue {
            if case .current = right { return .array(elements.filter { !$0.isNull }) }
            var results: [JSONValue] = []
            for element in elements {
                let result = try value(of: right, in: element)
                if !result.isNull { results.append(result) }
            }
            return .array(results)
        }

        private mutating func flattened(_ elements: [JSONValue]) throws(Fault) -> JSONValue {
            var result: [JSONValue] = []
            for element in elements {
                if case .array(let inner) = element {
                    try work(inner.count)
                    result += inner
                } else {
                    result.append(element)
                }
            }
            return .array(result)
        }

        /// True or false; null for an order of values that have none.
        private mutating func compare(
            _ left: JSONValue, _ comparison: ComparisonOperator, _ right: JSONValue
        ) throws(Fault) -> JSONValue {
            switch comparison {
            case .equal: return .bool(try areEqual(left, right))
            case .notEqual: return .bool(!(try areEqual(left, right)))
            case .below, .above, .atMost, .atLeast: break
            }
            let kind = left.kindName
            guard kind == right.kindName, kind == "number" || kind == "string" else { return .null }
            return switch comparison {
            case .below: .bool(left.isLess(than: right))
            case .above: .bool(right.isLess(than: left))
            case .atMost: .bool(!right.isLess(than: left))
            default: .bool(!left.isLess(than: right))
            }
        }

        mutating func areEqual(_ left: JSONValue, _ right: JSONValue) throws(Fault) -> Bool {
            try measure(left)
            return left.hasSameValue(as: right)
        }
    }
}

extension JSONValue {
    /// JMESPath's truth: all but `null`, `false` and what is empty.
    ///
    /// A zero is true.
    var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let object): !object.isEmpty
        case .integer, .unsigned, .double: true
        }
    }
}
