import Basics
import JSON

extension JMESPath {
    /// A Pratt parser: each sign binds its left side with a power, and weaker ones end a projection.
    ///
    /// The powers are those of the Python package.
    struct Parser {
        /// Bounded so that nesting cannot exhaust the stack.
        private static let maximumDepth = 100
        private static let starPower = 20
        private static let filterPower = 21
        private static let flattenPower = 9
        private static let dotPower = 40
        private static let notPower = 45

        private let tokens: [PlacedToken]
        private var position = 0
        private var depth = 0

        /// The tokens, the last of which is the end.
        init(_ tokens: [PlacedToken]) { self.tokens = tokens }

        mutating func parse() throws(Fault) -> Expression {
            guard current != .end else { throw Fault("the expression is empty", at: nil) }
            let result = try expression(above: 0)
            guard current == .end else { throw unexpected("`.`, `[`, `|`, a comparison or the end") }
            return result
        }

        private var current: Token { tokens[position].token }
        private var next: Token { tokens[min(position + 1, tokens.count - 1)].token }
        private var offset: Int { tokens[position].offset }

        private mutating func advance() { position = min(position + 1, tokens.count - 1) }

        private mutating func take(_ symbol: Symbol) -> Bool {
            guard current == .symbol(symbol) else { return false }
            advance()
            return true
        }

        private mutating func expect(_ symbol: Symbol) throws(Fault) {
            guard take(symbol) else { throw unexpected("`\(symbol.rawValue)`") }
        }

        private func unexpected(_ expected: String) -> Fault {
            Fault("\(current.text) where \(expected) is expected", at: offset)
        }

        private mutating func expression(above power: Int) throws(Fault) -> Expression {
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.maximumDepth else {
                throw Fault("the expression is nested more than \(Self.maximumDepth) levels deep", at: offset)
            }
            var left = try prefix()
            while power < current.power { left = try infix(left) }
            return left
        }
    }
}

extension JMESPath.Token {
    /// How strongly the token binds what is on its left; 0 for one that ends an expression.
    fileprivate var power: Int {
        switch self {
        case .comparison: 5
        case .symbol(.pipe): 1
        case .symbol(.or): 2
        case .symbol(.and): 3
        case .symbol(.flatten): 9
        case .symbol(.filter): 21
        case .symbol(.dot): 40
        case .symbol(.openBracket): 55
        default: 0
        }
    }

    /// The token in a message about a mistake.
    fileprivate var text: String {
        switch self {
        case .name(let name): "`\(name)`"
        case .quotedName(let name): "`\"\(name)\"`"
        case .literal(let value): "the literal \(value)"
        case .number(let number): "`\(number)`"
        case .comparison(let comparison): "`\(comparison.rawValue)`"
        case .symbol(let symbol): "`\(symbol.rawValue)`"
        case .end: "the end"
        }
    }
}

extension JMESPath.Parser {
    /// What can begin an expression.
    private mutating func prefix() throws(JMESPath.Fault) -> JMESPath.Expression {
        let start = offset
        let token = current
        advance()
        switch token {
        case .literal(let value): return .literal(value)
        case .name(let name): return take(.openParenthesis) ? try call(name, at: start) : .field(name)
        case .quotedName(let name):
            guard current != .symbol(.openParenthesis) else {
                throw JMESPath.Fault("the name of a function has no quotes", at: start)
            }
            return .field(name)
        case .symbol(.current): return .current
        case .symbol(.star):
            return .valueProjection(.current, try projected(Self.starPower))
        case .symbol(.filter): return try filter(.current)
        case .symbol(.flatten): return .projection(.flatten(.current), try projected(Self.flattenPower))
        case .symbol(.openBrace): return try object()
        case .symbol(.openParenthesis):
            let inner = try expression(above: 0)
            try expect(.closeParenthesis)
            return inner
        case .symbol(.not): return .not(try expression(above: Self.notPower))
        case .symbol(.openBracket):
            if let element = try element(of: .current) { return element }
            return try list()
        case .symbol(.reference):
            throw JMESPath.Fault(
                "`&` stands only in front of a function's argument, as in sort_by(list, &name)", at: start)
        case .number, .comparison, .symbol, .end:
            position -= token == .end ? 0 : 1
            throw unexpected("a name, `*`, `[`, `{`, `@`, a literal or a function")
        }
    }

    /// What can continue an expression.
    private mutating func infix(_ left: JMESPath.Expression) throws(JMESPath.Fault) -> JMESPath.Expression {
        let token = current
        advance()
        switch token {
        case .comparison(let comparison): return .comparison(left, comparison, try expression(above: token.power))
        case .symbol(.pipe): return .chain(left, try expression(above: token.power))
        case .symbol(.or): return .or(left, try expression(above: token.power))
        case .symbol(.and): return .and(left, try expression(above: token.power))
        case .symbol(.flatten): return .projection(.flatten(left), try projected(Self.flattenPower))
        case .symbol(.filter): return try filter(left)
        case .symbol(.dot):
            if take(.star) { return .valueProjection(left, try projected(Self.dotPower)) }
            return .chain(left, try afterDot(Self.dotPower))
        default:
            guard let element = try element(of: left) else {
                throw unexpected("an index, a slice such as `0:2`, or `*`")
            }
            return element
        }
    }

    /// What follows a projection and applies to each of its elements.
    private mutating func projected(_ power: Int) throws(JMESPath.Fault) -> JMESPath.Expression {
        switch current {
        case .symbol(.openBracket), .symbol(.filter): return try expression(above: power)
        case .symbol(.dot):
            advance()
            return try afterDot(power)
        default:
            // Every other sign is weaker than a projection and ends it.
            return .current
        }
    }

    private mutating func afterDot(_ power: Int) throws(JMESPath.Fault) -> JMESPath.Expression {
        switch current {
        case .name, .quotedName, .symbol(.star): return try expression(above: power)
        case .symbol(.openBracket):
            advance()
            return try list()
        case .symbol(.openBrace):
            advance()
            return try object()
        default: throw unexpected("a name, `*`, `[` or `{`")
        }
    }

    /// An index, a slice or `[*]`, whose bracket has been taken; nil when something else comes next.
    private mutating func element(of left: JMESPath.Expression) throws(JMESPath.Fault) -> JMESPath.Expression? {
        switch current {
        case .symbol(.star) where next == .symbol(.closeBracket):
            advance()
            advance()
            return .projection(left, try projected(Self.starPower))
        case .number(let index) where next != .symbol(.colon):
            advance()
            try expect(.closeBracket)
            return .chain(left, .index(index))
        case .number, .symbol(.colon):
            let slice = try slice()
            return .projection(.chain(left, slice), try projected(Self.starPower))
        default: return nil
        }
    }

    private mutating func slice() throws(JMESPath.Fault) -> JMESPath.Expression {
        let start = number()
        try expect(.colon)
        let end = number()
        let stepOffset = offset
        let step = take(.colon) ? number() : nil
        guard current == .symbol(.closeBracket) else { throw unexpected("`]`, or a number or `:` of a slice") }
        advance()
        guard step != 0 else { throw JMESPath.Fault("the step of a slice cannot be 0", at: stepOffset) }
        return .slice(start: start, end: end, step: step ?? 1)
    }

    private mutating func number() -> Int? {
        guard case .number(let number) = current else { return nil }
        advance()
        return number
    }

    private mutating func filter(_ left: JMESPath.Expression) throws(JMESPath.Fault) -> JMESPath.Expression {
        let condition = try expression(above: 0)
        try expect(.closeBracket)
        let right = current == .symbol(.flatten) ? .current : try projected(Self.filterPower)
        return .filter(left, condition: condition, right)
    }

    /// A multi-select list, whose bracket has been taken.
    private mutating func list() throws(JMESPath.Fault) -> JMESPath.Expression {
        var elements: [JMESPath.Expression] = []
        repeat { elements.append(try expression(above: 0)) } while take(.comma)
        guard take(.closeBracket) else { throw unexpected("`,` or `]`") }
        return .list(elements)
    }

    /// A multi-select hash, whose brace has been taken.
    private mutating func object() throws(JMESPath.Fault) -> JMESPath.Expression {
        var members: [JMESPath.Member] = []
        repeat {
            let name: String
            switch current {
            case .name(let text), .quotedName(let text): name = text
            default: throw unexpected("the name of a member, as in `{id: InstanceId}`,")
            }
            advance()
            try expect(.colon)
            members.append(JMESPath.Member(name: name, value: try expression(above: 0)))
        } while take(.comma)
        guard take(.closeBrace) else { throw unexpected("`,` or `}`") }
        return .object(members)
    }

    /// A call, whose parenthesis has been taken.
    private mutating func call(_ name: String, at start: Int) throws(JMESPath.Fault) -> JMESPath.Expression {
        guard let function = JMESPath.Function(rawValue: name) else {
            let names = JMESPath.Function.allCases.map(\.rawValue)
            let hint =
                names.nearest(to: name).map { "did you mean \($0)()?" } ?? "use one of \(names.joined(separator: ", "))"
            throw JMESPath.Fault("there is no function \(name)(): \(hint)", at: start)
        }
        var arguments: [JMESPath.Argument] = []
        if !take(.closeParenthesis) {
            repeat { arguments.append(try argument(arguments.count + 1, of: function)) } while take(.comma)
            guard take(.closeParenthesis) else { throw unexpected("`,` or `)`") }
        }
        let expected = function.parameters.count
        guard arguments.count == expected || function.isVariadic && arguments.count > expected else {
            let count = counted(expected, "argument") + (function.isVariadic ? " or more" : "")
            throw JMESPath.Fault("\(name)() takes \(count), not \(arguments.count)", at: start)
        }
        return .call(JMESPath.Call(function: function, arguments: arguments, offset: start))
    }

    private mutating func argument(
        _ number: Int, of function: JMESPath.Function
    ) throws(JMESPath.Fault) -> JMESPath.Argument {
        let takesReference = function.takesReference(at: number - 1)
        let start = offset
        if take(.reference) {
            guard takesReference else {
                throw JMESPath.Fault(
                    "argument \(number) of \(function.rawValue)() is a value: leave out the `&`", at: start)
            }
            return .reference(try expression(above: 0))
        }
        guard !takesReference else {
            throw JMESPath.Fault(
                "argument \(number) of \(function.rawValue)() is an expression: write `&` in front", at: start)
        }
        return .value(try expression(above: 0))
    }
}
