import Basics
import JSON

/// Parses a path of jsonpath2 by its grammar.
struct JSONPath2Parser {
    private enum Token: Equatable {
        /// A sign or one of the words of the grammar: `$`, `..`, `<=`, `and`.
        case sign(String)
        case name(String)
        case number(String)
        /// The characters between the quotes.
        case string(String)
    }

    private static let words: Set<String> = ["and", "not", "or", "true", "false", "null"]
    /// Longer signs come before their beginnings.
    private static let signs = [
        "..", ">=", "<=", "!=", "@", "$", ".", "*", "=", ">", "<", "{", "}", "[", "]", ":", ",", "(", ")", "?",
    ]
    private static let maximumDepth = 50

    private var tokens: ArraySlice<(token: Token, offset: Int)>
    private let end: Int
    private var depth = 0

    init(_ text: String) throws(JSONPath2Error) {
        var lexer = Lexer(rest: Array(text.unicodeScalars)[...])
        tokens = try lexer.tokens()[...]
        end = text.unicodeScalars.count
    }

    /// The whole path.
    mutating func path() throws(JSONPath2Error) -> [JSONPath2.Step] {
        guard take("$") else { throw unexpected("`$`, with which a path begins") }
        let steps = try steps()
        guard tokens.isEmpty else { throw unexpected("`.name`, `[\"name\"]`, `[0]`, `[*]`, `..name` or the end") }
        return steps
    }

    private mutating func take(_ sign: String) -> Bool {
        guard tokens.first?.token == .sign(sign) else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func expect(_ sign: String) throws(JSONPath2Error) {
        guard take(sign) else { throw unexpected("`\(sign)`") }
    }

    private func unexpected(_ expected: String) -> JSONPath2Error {
        let place = tokens.first.map { "at character \($0.offset + 1)" } ?? "at its end"
        return JSONPath2Error(message: "\(place), \(expected) is expected")
    }

    private mutating func steps() throws(JSONPath2Error) -> [JSONPath2.Step] {
        var steps: [JSONPath2.Step] = []
        while true {
            if take("..") {
                let isBracket = tokens.first?.token == .sign("[")
                steps.append(JSONPath2.Step(isRecursive: true, selectors: isBracket ? try brackets() : [try word()]))
            } else if take(".") {
                steps.append(JSONPath2.Step(selectors: [try word()]))
            } else if tokens.first?.token == .sign("[") {
                steps.append(JSONPath2.Step(selectors: try brackets()))
            } else {
                return steps
            }
        }
    }

    /// `name`, `name(…)` or `*`.
    private mutating func word() throws(JSONPath2Error) -> JSONPath2.Selector {
        if take("*") { return .wildcard }
        guard case .name(let name) = tokens.first?.token else { throw unexpected("a name or `*`") }
        tokens.removeFirst()
        return tokens.first?.token == .sign("(") ? try call(name) : .member(name)
    }

    private mutating func call(_ name: String) throws(JSONPath2Error) -> JSONPath2.Selector {
        guard let function = JSONPath2.Function(rawValue: name) else {
            let known = JSONPath2.Function.allCases.map { "\($0.rawValue)()" }.joined(separator: ", ")
            throw JSONPath2Error(message: "there is no function \(name)(): use one of \(known)")
        }
        try expect("(")
        var operands: [JSONPath2.Operand] = []
        if take(")") { return .call(function, operands) }
        repeat { operands.append(try operand()) } while take(",")
        try expect(")")
        return .call(function, operands)
    }

    private mutating func brackets() throws(JSONPath2Error) -> [JSONPath2.Selector] {
        try expect("[")
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth else { throw unexpected("less nesting") }
        var selectors: [JSONPath2.Selector] = []
        repeat { selectors.append(try bracketed()) } while take(",")
        try expect("]")
        return selectors
    }

    private mutating func bracketed() throws(JSONPath2Error) -> JSONPath2.Selector {
        switch tokens.first?.token {
        case .string(let name):
            tokens.removeFirst()
            return .member(name)
        case .name(let name):
            tokens.removeFirst()
            guard tokens.first?.token == .sign("(") else { throw unexpected("`(`, or the name in double quotes") }
            return try call(name)
        case .number:
            let index = try integer()
            return tokens.first?.token == .sign(":") ? try slice(from: index) : .element(index)
        case .sign(":"): return try slice(from: nil)
        case .sign("*"):
            tokens.removeFirst()
            return .wildcard
        case .sign("?"):
            tokens.removeFirst()
            try expect("(")
            let condition = try condition()
            try expect(")")
            return .filter(condition)
        case .sign("$"), .sign("@"): return .computed(try query())
        default: throw unexpected("a name in double quotes, an index, a slice, `*` or `?(…)`")
        }
    }

    private mutating func integer() throws(JSONPath2Error) -> Int {
        guard case .number(let text) = tokens.first?.token, text.utf8.allSatisfy({ $0 <= 0x39 && $0 != 0x2E }) else {
            throw unexpected("a whole number")
        }
        tokens.removeFirst()
        // No list is longer than this.
        let limit = 1 << 53
        return Int(text).map { min(max($0, -limit), limit) } ?? (text.hasPrefix("-") ? -limit : limit)
    }

    private mutating func slice(from start: Int?) throws(JSONPath2Error) -> JSONPath2.Selector {
        func isNumber(_ token: Token?) -> Bool { if case .number = token { true } else { false } }
        try expect(":")
        let end = isNumber(tokens.first?.token) ? try integer() : nil
        guard take(":") else { return .slice(start: start, end: end, step: nil) }
        return .slice(start: start, end: end, step: isNumber(tokens.first?.token) ? try integer() : nil)
    }

    private mutating func query() throws(JSONPath2Error) -> JSONPath2.Query {
        let isRelative = take("@")
        if !isRelative { try expect("$") }
        return JSONPath2.Query(isRelative: isRelative, steps: try steps())
    }

    private mutating func operand() throws(JSONPath2Error) -> JSONPath2.Operand {
        switch tokens.first?.token {
        case .sign("$"), .sign("@"): .query(try query())
        default: .value(try value())
        }
    }
}

extension JSONPath2Parser {
    /// `and` binds less than `or`.
    private mutating func condition() throws(JSONPath2Error) -> JSONPath2.Condition {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth else { throw unexpected("less nesting") }
        var parts: [JSONPath2.Condition] = []
        repeat { parts.append(try alternative()) } while take("and")
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func alternative() throws(JSONPath2Error) -> JSONPath2.Condition {
        var parts: [JSONPath2.Condition] = []
        repeat { parts.append(try test()) } while take("or")
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func test() throws(JSONPath2Error) -> JSONPath2.Condition {
        var isNegated = false
        while take("not") { isNegated.toggle() }
        let test = try positiveTest()
        return isNegated ? .not(test) : test
    }

    private mutating func positiveTest() throws(JSONPath2Error) -> JSONPath2.Condition {
        if take("(") {
            let inner = try condition()
            try expect(")")
            return inner
        }
        let left = try operand()
        guard case .sign(let sign) = tokens.first?.token, let comparison = JSONPath2.Comparison(rawValue: sign) else {
            return .some(left)
        }
        tokens.removeFirst()
        return .comparison(left, comparison, try operand())
    }

    private mutating func value() throws(JSONPath2Error) -> JSONValue {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth else { throw unexpected("less nesting") }
        guard let token = tokens.first?.token else { throw unexpected("a value or a path") }
        switch token {
        case .string(let text):
            tokens.removeFirst()
            return .string(text)
        case .number(let text):
            tokens.removeFirst()
            return Self.number(text)
        case .sign("true"), .sign("false"), .sign("null"):
            tokens.removeFirst()
            return token == .sign("null") ? .null : .bool(token == .sign("true"))
        case .sign("["):
            tokens.removeFirst()
            var elements: [JSONValue] = []
            if take("]") { return .array(elements) }
            repeat { elements.append(try value()) } while take(",")
            try expect("]")
            return .array(elements)
        case .sign("{"):
            tokens.removeFirst()
            var object = JSONObject()
            if take("}") { return .object(object) }
            repeat {
                guard case .string(let key) = tokens.first?.token else { throw unexpected("a key in double quotes") }
                tokens.removeFirst()
                try expect(":")
                object[key] = try value()
            } while take(",")
            try expect("}")
            return .object(object)
        case .sign, .name: throw unexpected("a value or a path")
        }
    }

    private static func number(_ text: String) -> JSONValue {
        guard text.utf8.allSatisfy({ $0 <= 0x39 && $0 != 0x2E }) else { return .double(Double(text) ?? .infinity) }
        if let number = Int64(text) { return .integer(number) }
        return UInt64(text).map { .unsigned($0) } ?? .double(Double(text) ?? .infinity)
    }

    /// Splits the text into tokens; always takes the longest one.
    private struct Lexer {
        var rest: ArraySlice<Unicode.Scalar>

        mutating func tokens() throws(JSONPath2Error) -> [(token: Token, offset: Int)] {
            var tokens: [(token: Token, offset: Int)] = []
            while let scalar = rest.first {
                let offset = rest.startIndex
                switch scalar {
                case " ", "\t", "\n", "\r": rest.removeFirst()
                case "_", "a"..."z", "A"..."Z":
                    let name = take { $0 == "_" || $0.isASCII && UInt8($0.value).isASCIIAlphanumeric }
                    tokens.append((words.contains(name) ? .sign(name) : .name(name), offset))
                case "-", "0"..."9": tokens.append((.number(try number()), offset))
                case "\"": tokens.append((.string(try string()), offset))
                default:
                    guard let sign = signs.first(where: { rest.starts(with: $0.unicodeScalars) }) else {
                        throw unreadable
                    }
                    rest = rest.dropFirst(sign.unicodeScalars.count)
                    tokens.append((.sign(sign), offset))
                }
            }
            return tokens
        }

        private var unreadable: JSONPath2Error {
            let hint =
                rest.first == "'"
                ? "use double quotes"
                : "names have ASCII letters, digits and _, all others are written in double quotes: $[\"name\"]"
            return JSONPath2Error(message: "character \(rest.startIndex + 1) cannot stand in a path: \(hint)")
        }

        private mutating func take(while predicate: (Unicode.Scalar) -> Bool) -> String {
            let taken = rest.prefix(while: predicate)
            rest = rest.dropFirst(taken.count)
            return String(String.UnicodeScalarView(taken))
        }

        /// A whole number without leading zeros.
        private mutating func whole() -> String? {
            guard rest.first != "0" else {
                rest.removeFirst()
                return "0"
            }
            let digits = take { "0"..."9" ~= $0 }
            return digits.isEmpty ? nil : digits
        }

        private mutating func number() throws(JSONPath2Error) -> String {
            let start = rest
            var text = rest.first == "-" ? "-" : ""
            if !text.isEmpty { rest.removeFirst() }
            guard let digits = whole() else {
                rest = start
                throw unreadable
            }
            text += digits
            var last = rest
            if rest.first == "." {
                rest.removeFirst()
                let fraction = take { "0"..."9" ~= $0 }
                if fraction.isEmpty { rest = last } else { text += "." + fraction }
            }
            last = rest
            if rest.first == "e" || rest.first == "E" {
                rest.removeFirst()
                var sign = ""
                if let scalar = rest.first, scalar == "-" || scalar == "+" {
                    sign = String(scalar)
                    rest.removeFirst()
                }
                if let exponent = whole() { text += "e" + sign + exponent } else { rest = last }
            }
            return text
        }

        /// A text in double quotes; escapes are checked, but stay as they are.
        private mutating func string() throws(JSONPath2Error) -> String {
            let start = rest
            rest.removeFirst()
            var text = String.UnicodeScalarView()
            while let scalar = rest.popFirst(), scalar.value >= 0x20 {
                if scalar == "\"" { return String(text) }
                text.append(scalar)
                guard scalar == "\\" else { continue }
                guard let letter = rest.popFirst() else { break }
                text.append(letter)
                if letter == "u" {
                    let digits = rest.prefix(4)
                    guard digits.count == 4, digits.allSatisfy(\.properties.isASCIIHexDigit) else { break }
                } else if !"\"\\/bfnrt".unicodeScalars.contains(letter) {
                    break
                }
            }
            throw JSONPath2Error(
                message: "the text that begins at character \(start.startIndex + 1) is not closed or has a wrong escape"
            )
        }
    }
}
