import Basics
import JSON

extension JMESPath {
    enum Token: Sendable, Hashable {
        case name(String)
        /// A name in double quotes, which cannot be a function's.
        case quotedName(String)
        case literal(JSONValue)
        case number(Int)
        case comparison(ComparisonOperator)
        case symbol(Symbol)
        case end
    }

    /// Longer ones come first, so that a lexer that tries all cases in order does not read `||` as `|`.
    enum Symbol: String, CaseIterable, Sendable {
        case flatten = "[]"
        case filter = "[?"
        case or = "||"
        case and = "&&"
        case dot = "."
        case star = "*"
        case openBracket = "["
        case closeBracket = "]"
        case openBrace = "{"
        case closeBrace = "}"
        case openParenthesis = "("
        case closeParenthesis = ")"
        case comma = ","
        case colon = ":"
        case current = "@"
        case reference = "&"
        case pipe = "|"
        case not = "!"
    }

    struct PlacedToken: Sendable {
        let token: Token
        let offset: Int
    }

    /// Divides an expression into tokens.
    struct Lexer {
        /// More than any expression needs; bounds the recursion of parser and evaluation.
        private static let maximumTokens = 1_000
        private static let maximumBytes = 64 << 10

        private let bytes: [UInt8]
        private var position = 0

        static func tokens(of text: String) throws(Fault) -> [PlacedToken] {
            guard text.utf8.count <= maximumBytes else {
                throw Fault("the expression is longer than \(maximumBytes) bytes", at: nil)
            }
            var lexer = Lexer(bytes: Array(text.utf8))
            var tokens: [PlacedToken] = []
            while true {
                lexer.skipSpace()
                let start = lexer.position
                let token = try lexer.next()
                tokens.append(PlacedToken(token: token, offset: start))
                if token == .end { return tokens }
                guard tokens.count < maximumTokens else {
                    throw Fault("the expression has more than \(maximumTokens) names and signs", at: start)
                }
            }
        }

        private init(bytes: [UInt8]) { self.bytes = bytes }

        private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

        private mutating func skipSpace() {
            while let byte = current, " \t\n\r".utf8.contains(byte) { position += 1 }
        }

        private mutating func next() throws(Fault) -> Token {
            guard let byte = current else { return .end }
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                return .name(
                    String(decoding: take { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }, as: UTF8.self))
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): return try number()
            case UInt8(ascii: "\""): return try quotedName()
            case UInt8(ascii: "'"): return .literal(.string(try rawString()))
            case UInt8(ascii: "`"): return .literal(try literal())
            default: break
            }
            for comparison in ComparisonOperator.allCases where take(comparison.rawValue) {
                return .comparison(comparison)
            }
            for symbol in Symbol.allCases where take(symbol.rawValue) { return .symbol(symbol) }
            throw unknown()
        }

        /// A sign that starts no token.
        private func unknown() -> Fault {
            let sign = String(decoding: bytes[position...].prefix(8), as: UTF8.self).unicodeScalars.first
            let hint =
                sign == "=" ? ": write == to compare" : sign == "$" ? ": JMESPath has no $, write @ or nothing" : ""
            return Fault("`\(sign.map { String($0) } ?? "")` has no meaning here\(hint)", at: position)
        }

        private mutating func take(while predicate: (UInt8) -> Bool) -> ArraySlice<UInt8> {
            let taken = bytes[position...].prefix(while: predicate)
            position += taken.count
            return taken
        }

        private mutating func take(_ text: String) -> Bool {
            guard bytes[position...].starts(with: text.utf8) else { return false }
            position += text.utf8.count
            return true
        }

        /// A whole number; one that no list is long enough for is the largest that can be calculated with.
        private mutating func number() throws(Fault) -> Token {
            let start = position
            let isNegative = take("-")
            let digits = take { 0x30...0x39 ~= $0 }
            guard !digits.isEmpty else { throw Fault("`-` needs digits behind it", at: start) }
            let limit = 1 << 53
            let magnitude = min(Int(String(decoding: digits, as: UTF8.self)) ?? limit, limit)
            return .number(isNegative ? -magnitude : magnitude)
        }

        /// The text between two delimiters; `body` gets each character behind a backslash and says what both become.
        private mutating func delimited(
            by delimiter: UInt8, _ name: String, escape: (UInt8) -> [UInt8]
        ) throws(Fault) -> [UInt8] {
            let start = position
            position += 1
            var content: [UInt8] = []
            while let byte = current {
                position += 1
                if byte == delimiter { return content }
                if byte == UInt8(ascii: "\\"), let escaped = current {
                    position += 1
                    content += escape(escaped)
                } else {
                    content.append(byte)
                }
            }
            throw Fault("\(name) is not closed", at: start)
        }

        private mutating func rawString() throws(Fault) -> String {
            let content = try delimited(by: UInt8(ascii: "'"), "the string in single quotes") { escaped in
                escaped == UInt8(ascii: "'") ? [escaped] : [UInt8(ascii: "\\"), escaped]
            }
            return String(decoding: content, as: UTF8.self)
        }

        private mutating func quotedName() throws(Fault) -> Token {
            let start = position
            let quote = UInt8(ascii: "\"")
            let content = try delimited(by: quote, "the name in double quotes") { [UInt8(ascii: "\\"), $0] }
            guard case .string(let name)? = try? JSONValue(parsing: [quote] + content + [quote]) else {
                throw Fault("the name in double quotes has a wrong escape: write it as JSON has it", at: start)
            }
            return .quotedName(name)
        }

        /// JSON between back quotes, and anything else as a string: the AWS CLI's users write `` `running` ``.
        private mutating func literal() throws(Fault) -> JSONValue {
            let start = position
            let content = try delimited(by: UInt8(ascii: "`"), "the literal in back quotes") { escaped in
                escaped == UInt8(ascii: "`") ? [escaped] : [UInt8(ascii: "\\"), escaped]
            }
            if let value = try? JSONValue(parsing: content) { return value }
            let quote = UInt8(ascii: "\"")
            let word = content.drop(while: \.isASCIIWhitespace)
            guard let value = try? JSONValue(parsing: [quote] + word + [quote]) else {
                throw Fault("the literal in back quotes is neither JSON nor plain text", at: start)
            }
            return value
        }
    }
}
