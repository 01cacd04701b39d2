import JSON
import RegularExpressions

/// The condition of a filter selector: `?@.price < 10 && @.isbn`.
indirect enum JSONPathFilter: Sendable, Hashable {
    case or([JSONPathFilter])
    case and([JSONPathFilter])
    case not(JSONPathFilter)
    /// Whether the query leads anywhere.
    case exists(Query)
    case comparison(Operand, Comparison.Operator, Operand)
    /// `match(…)` and `search(…)`; `match` is anchored at both ends.
    case matches(Operand, RegularExpression)

    /// A query from the root (`$`) or from the node that is tested (`@`).
    struct Query: Sendable, Hashable {
        var isRelative: Bool
        var path: JSONPath
    }

    /// What is compared: nothing, or one value.
    indirect enum Operand: Sendable, Hashable {
        case literal(JSONValue)
        case query(Query)
        /// `length(…)`: of text in characters, of an array or object in elements.
        case length(Operand)
        /// `count(…)`: how many nodes a query leads to.
        case count(Query)
        /// `value(…)`: the value of a query that leads to exactly one node.
        case value(Query)
    }
}
