public import JSON

/// A JMESPath expression: the query language of botocore's waiters and of the AWS CLI's `--query`.
///
/// Does what the Python package `jmespath` 1.1.0 does, which the AWS CLI uses: strings can be ordered with `<` and the
/// like, and a literal that is no JSON is a string (`` `running` ``). Names of functions, and how many arguments they
/// have, are checked when the expression is parsed. Source: <https://jmespath.org/specification.html>.
public struct JMESPath: Sendable {
    /// The expression as it was written.
    public let text: String
    let expression: Expression

    /// Parses an expression.
    /// - Throws: `JMESPathError` with the place of the mistake.
    public init(_ text: String) throws(JMESPathError) {
        do {
            var parser = Parser(try Lexer.tokens(of: text))
            expression = try parser.parse()
        } catch {
            throw JMESPathError(error, in: text)
        }
        self.text = text
    }

    /// What the expression selects; `null` when there is nothing.
    ///
    /// - Throws: `JMESPathError` when a function gets a value of a wrong type, and when the evaluation takes more than
    ///   10 million steps.
    public func value(in document: JSONValue) throws(JMESPathError) -> JSONValue {
        try value(in: document, maximumSteps: 10_000_000)
    }

    func value(in document: JSONValue, maximumSteps: Int) throws(JMESPathError) -> JSONValue {
        var evaluation = Evaluation(maximumSteps: maximumSteps)
        do {
            let value = try evaluation.value(of: expression, in: document)
            // What multi-select lists repeat is shared in memory but not in a text, so it has to be bounded, too.
            try evaluation.measure(value)
            return value
        } catch {
            throw JMESPathError(error, in: text)
        }
    }
}

extension JMESPath {
    /// The syntax tree.
    indirect enum Expression: Sendable {
        /// `@`, or what an expression leaves out, as the part behind `[*]`.
        case current
        case field(String)
        case index(Int)
        /// The elements of a list from one index to another.
        case slice(start: Int?, end: Int?, step: Int)
        /// `a.b` and `a | b`: the second on the result of the first.
        case chain(Expression, Expression)
        /// `a[*].b`: the second on each element of the first, without the nulls.
        case projection(Expression, Expression)
        /// `a.*.b`: the same on the values of an object.
        case valueProjection(Expression, Expression)
        /// `a[?condition].b`: the same on the elements that fulfil a condition.
        case filter(Expression, condition: Expression, Expression)
        /// `a[]`: lists in a list become its elements.
        case flatten(Expression)
        case list([Expression])
        case object([Member])
        case literal(JSONValue)
        case comparison(Expression, ComparisonOperator, Expression)
        case or(Expression, Expression)
        case and(Expression, Expression)
        case not(Expression)
        case call(Call)
    }

    /// A member of `{name: expression}`.
    struct Member: Sendable {
        let name: String
        let value: Expression
    }

    /// `sort_by(list, &key)`.
    struct Call: Sendable {
        let function: Function
        let arguments: [Argument]
        /// The offset of the name.
        let offset: Int
    }

    enum Argument: Sendable {
        case value(Expression)
        /// `&expression`: the function evaluates it, once for each element.
        case reference(Expression)
    }

    /// A mistake at an offset of the text's UTF-8.
    struct Fault: Error {
        let message: String
        let offset: Int?

        init(_ message: String, at offset: Int?) {
            self.message = message
            self.offset = offset
        }
    }
}

/// Why a text is no JMESPath expression, or why an expression cannot be evaluated.
public struct JMESPathError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and what is expected instead.
    public let message: String
    /// The expression.
    public let expression: String
    /// The place of the mistake: the number of the character, from 1; nil when it is the whole expression.
    public let column: Int?

    init(_ fault: JMESPath.Fault, in text: String) {
        message = fault.message
        expression = text
        column = fault.offset.map { String(decoding: text.utf8.prefix($0), as: UTF8.self).unicodeScalars.count + 1 }
    }

    /// The message with the place and the expression, of which a long one is cut.
    public var description: String {
        let place =
            column.map { " (character \($0) of `\(expression.prefix(200))`)" } ?? " (`\(expression.prefix(200))`)"
        return message + place
    }
}
