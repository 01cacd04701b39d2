public import Basics

/// An expression of CloudWatch's metric math, parsed: `IF(FILL(m1, 0) > 5 AND m2 > 10, m1 / m2 * 100, 0)`.
///
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
public struct MetricMath: Sendable, Hashable {
    let root: Node

    /// A part of an expression.
    indirect enum Node: Sendable, Hashable {
        case number(Double)
        case text(String)
        /// The id of a query.
        case id(String, column: Int)
        case array([Node])
        case negated(Node)
        case binary(Operator, Node, Node)
        case call(MathFunction, [Node], column: Int)
        /// `REPEAT`, `LINEAR`, `ASC`, `DESC`; the name of a function as an argument is one, too.
        case keyword(String)
    }

    enum Operator: String, Sendable, CaseIterable {
        case or = "||"
        case and = "&&"
        case equal = "=="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divided = "/"
        case power = "^"

        /// How tightly it binds.
        var level: Int {
            switch self {
            case .or: 0
            case .and: 1
            case .equal, .notEqual, .lessOrEqual, .greaterOrEqual, .less, .greater: 2
            case .plus, .minus: 3
            case .times, .divided: 4
            case .power: 5
            }
        }
    }

    /// Parses an expression.
    /// - Throws: ``AlarmEvaluationError`` with the column, and the nearest function for an unknown one.
    public init(parsing text: String) throws(AlarmEvaluationError) {
        var parser = MathParser(tokens: try MathToken.all(in: text))
        root = try parser.expression(level: 0)
        try parser.expectEnd()
    }

    /// The ids of the queries that it reads by name, each once, in order.
    public var references: [String] {
        var found: [String] = []
        func visit(_ node: Node) {
            switch node {
            case .id(let id, _): if !found.contains(id) { found.append(id) }
            case .array(let nodes), .call(_, let nodes, _): nodes.forEach(visit)
            case .negated(let node): visit(node)
            case .binary(_, let left, let right):
                visit(left)
                visit(right)
            case .number, .text, .keyword: break
            }
        }
        visit(root)
        return found
    }
}

/// A word or sign of an expression.
private struct MathToken {
    enum Kind: Equatable {
        case number(Double)
        case word(String)
        case text(String)
        case sign(String)
        case end
    }

    var kind: Kind
    /// From 1.
    var column: Int

    static func all(in text: String) throws(AlarmEvaluationError) -> [MathToken] {
        let bytes = Array(text.utf8)
        var tokens: [MathToken] = []
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte.isASCIIWhitespace {
                place += 1
                continue
            }
            let start = place
            let kind: Kind
            if isDigit(byte) || byte == UInt8(ascii: ".") {
                kind = try number(bytes, &place)
            } else if byte.isASCIIAlphanumeric || byte == UInt8(ascii: "_") {
                place =
                    bytes[place...].firstIndex { !($0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_")) } ?? bytes.count
                kind = .word(String(decoding: bytes[start..<place], as: UTF8.self))
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                guard let end = bytes[(place + 1)...].firstIndex(of: byte) else {
                    throw AlarmEvaluationError(.badSyntax, "column \(start + 1): the text has no closing quote")
                }
                kind = .text(String(decoding: bytes[(place + 1)..<end], as: UTF8.self))
                place = end + 1
            } else {
                kind = try sign(bytes, &place)
            }
            tokens.append(MathToken(kind: kind, column: start + 1))
        }
        return tokens + [MathToken(kind: .end, column: bytes.count + 1)]
    }

    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

    /// `12`, `1.5`, `.5`, `1e3`, `2.5E-3`.
    private static func number(_ bytes: [UInt8], _ place: inout Int) throws(AlarmEvaluationError) -> Kind {
        let start = place
        while place < bytes.count, isDigit(bytes[place]) || bytes[place] == UInt8(ascii: ".") { place += 1 }
        if place < bytes.count, bytes[place].asciiLowercased == UInt8(ascii: "e") {
            var end = place + 1
            if end < bytes.count, bytes[end] == UInt8(ascii: "+") || bytes[end] == UInt8(ascii: "-") { end += 1 }
            if end < bytes.count, isDigit(bytes[end]) {
                while end < bytes.count, isDigit(bytes[end]) { end += 1 }
                place = end
            }
        }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        guard let value = Double(text) else {
            throw AlarmEvaluationError(.badSyntax, "column \(start + 1): \"\(text)\" is no number")
        }
        return .number(value)
    }

    private static func sign(_ bytes: [UInt8], _ place: inout Int) throws(AlarmEvaluationError) -> Kind {
        let pair = String(decoding: bytes[place..<min(place + 2, bytes.count)], as: UTF8.self)
        if ["||", "&&", "==", "!=", "<=", ">="].contains(pair) {
            place += 2
            return .sign(pair)
        }
        let single = String(decoding: bytes[place...place], as: UTF8.self)
        guard "+-*/^<>()[],".unicodeScalars.contains(where: { String($0) == single }) else {
            throw AlarmEvaluationError(
                .badSyntax, "column \(place + 1): \"\(pair.prefix(1))\" is no sign of metric math")
        }
        place += 1
        return .sign(single)
    }
}

/// Parses by precedence.
private struct MathParser {
    let tokens: [MathToken]
    var place = 0
    /// How deep brackets and functions are nested; the limit keeps a hostile text from using up the stack.
    private var depth = 0

    init(tokens: [MathToken]) { self.tokens = tokens }

    private var next: MathToken { tokens[place] }

    mutating func expectEnd() throws(AlarmEvaluationError) {
        guard next.kind == .end else { throw fault("expected an operator or the end, found \(found)") }
    }

    mutating func expression(level: Int) throws(AlarmEvaluationError) -> MetricMath.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth < 600 else { throw fault("the expression is nested too deeply") }
        guard level <= 5 else { return try operand() }
        var left = try expression(level: level + 1)
        while let sign = operatorSign(), sign.level == level {
            place += 1
            // A power of a power is computed from the right.
            left = .binary(sign, left, try expression(level: sign == .power ? level : level + 1))
        }
        return left
    }

    private func operatorSign() -> MetricMath.Operator? {
        switch next.kind {
        case .sign(let text): MetricMath.Operator(rawValue: text)
        case .word("AND"): .and
        case .word("OR"): .or
        default: nil
        }
    }

    private mutating func operand() throws(AlarmEvaluationError) -> MetricMath.Node {
        let token = next
        place += 1
        switch token.kind {
        case .number(let value): return .number(value)
        case .text(let text): return .text(text)
        case .sign("-"): return .negated(try expression(level: 5))
        case .sign("+"): return try expression(level: 5)
        case .sign("("):
            let inner = try expression(level: 0)
            try expect(")")
            return inner
        case .sign("["): return .array(try list(until: "]"))
        case .word(let word): return try named(word, token.column)
        case .sign, .end:
            place -= 1
            throw fault("expected a number, an id, a function or \"(\", found \(found)")
        }
    }

    private mutating func named(_ word: String, _ column: Int) throws(AlarmEvaluationError) -> MetricMath.Node {
        guard next.kind == .sign("(") else {
            if let first = word.utf8.first, 0x61...0x7A ~= first { return .id(word, column: column) }
            if MathFunction.keywords.contains(word) || MathFunction(rawValue: word) != nil { return .keyword(word) }
            let near = MathFunction.allNames.nearest(to: word).map { ", did you mean \($0)?" } ?? ""
            throw AlarmEvaluationError(
                .badSyntax,
                "column \(column): \"\(word)\" is neither a function nor an id, which begins with a small letter\(near)"
            )
        }
        guard let function = MathFunction(rawValue: word) else { throw unknownFunction(word, column) }
        place += 1
        let arguments = try list(until: ")")
        guard function.argumentCounts.contains(arguments.count) else {
            let (low, high) = (function.argumentCounts.lowerBound, function.argumentCounts.upperBound)
            let range = low == high ? counted(low, "argument") : "\(low) to \(high) arguments"
            throw AlarmEvaluationError(.badSyntax, "column \(column): \(word) takes \(range), not \(arguments.count)")
        }
        return .call(function, arguments, column: column)
    }

    private func unknownFunction(_ word: String, _ column: Int) -> AlarmEvaluationError {
        if MathFunction.notEvaluated.contains(word) {
            return AlarmEvaluationError(.notEvaluated, "column \(column): \(word) is not evaluated locally")
        }
        let near = MathFunction.allNames.nearest(to: word.uppercaseASCII)
        let hint =
            near.map { ", did you mean \($0)?" } ?? "; known are \(MathFunction.allNames.joined(separator: ", "))"
        return AlarmEvaluationError(.badSyntax, "column \(column): there is no function \(word)\(hint)")
    }

    private mutating func list(until end: String) throws(AlarmEvaluationError) -> [MetricMath.Node] {
        var nodes: [MetricMath.Node] = []
        if next.kind == .sign(end) {
            place += 1
            return nodes
        }
        while true {
            nodes.append(try expression(level: 0))
            guard next.kind == .sign(",") else {
                try expect(end)
                return nodes
            }
            place += 1
        }
    }

    private mutating func expect(_ sign: String) throws(AlarmEvaluationError) {
        guard next.kind == .sign(sign) else { throw fault("expected \"\(sign)\", found \(found)") }
        place += 1
    }

    private var found: String {
        switch next.kind {
        case .number(let value): "\(value)"
        case .word(let word): "\"\(word)\""
        case .text(let text): "the text \"\(text)\""
        case .sign(let sign): "\"\(sign)\""
        case .end: "the end"
        }
    }

    private func fault(_ message: String) -> AlarmEvaluationError {
        AlarmEvaluationError(.badSyntax, "column \(next.column): \(message)")
    }
}

extension String {
    fileprivate var uppercaseASCII: String {
        String(decoding: utf8.map { 0x61...0x7A ~= $0 ? $0 & 0xDF : $0 }, as: UTF8.self)
    }
}

/// The functions of metric math that are evaluated here.
enum MathFunction: String, Sendable, CaseIterable {
    case abs = "ABS"
    case average = "AVG"
    case ceil = "CEIL"
    case datapointCount = "DATAPOINT_COUNT"
    case diff = "DIFF"
    case diffTime = "DIFF_TIME"
    case fill = "FILL"
    case first = "FIRST"
    case last = "LAST"
    case floor = "FLOOR"
    case `if` = "IF"
    case log = "LOG"
    case log10 = "LOG10"
    case max = "MAX"
    case metricCount = "METRIC_COUNT"
    case metrics = "METRICS"
    case min = "MIN"
    case minute = "MINUTE"
    case hour = "HOUR"
    case day = "DAY"
    case date = "DATE"
    case month = "MONTH"
    case year = "YEAR"
    case epoch = "EPOCH"
    case period = "PERIOD"
    case rate = "RATE"
    case removeEmpty = "REMOVE_EMPTY"
    case runningSum = "RUNNING_SUM"
    case slice = "SLICE"
    case sort = "SORT"
    case standardDeviation = "STDDEV"
    case sum = "SUM"
    case timeSeries = "TIME_SERIES"

    static let allNames = allCases.map(\.rawValue)
    /// Words that stand as arguments.
    static let keywords = ["REPEAT", "LINEAR", "ASC", "DESC"]
    /// Functions that need what is only in CloudWatch: models, quotas, other services, all metrics of an account.
    static let notEvaluated = [
        "ANOMALY_DETECTION_BAND", "DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA", "SEARCH", "SERVICE_QUOTA",
    ]

    /// How many arguments it takes.
    var argumentCounts: ClosedRange<Int> {
        switch self {
        case .metrics: 0...1
        case .if, .slice: 2...3
        case .fill: 2...2
        case .sort: 3...4
        default: 1...1
        }
    }
}
