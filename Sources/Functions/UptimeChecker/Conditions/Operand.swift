import Basics
import JSON
import RegularExpressions

/// One side of a comparison.
struct Operand: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// Plain text.
        case text
        /// `pat(…)`.
        case pattern(GlobPattern)
        /// `any(…)`: the texts of which one must be equal.
        case any([String])
        /// `regex(…)`.
        case expression(RegularExpression)
        /// A placeholder.
        case value(Placeholder)
        /// `len(…)`.
        case length(of: Placeholder)
        /// `has(…)`.
        case existence(of: Placeholder)
    }

    /// The functions whose argument is text and not a placeholder.
    static let textFunctions = ["pat", "any", "regex"]

    /// As it was written, without white space at the ends.
    let text: String
    let kind: Kind

    /// Parses one side of a comparison.
    ///
    /// The offsets in errors are indices of the slice.
    init(_ slice: ArraySlice<UInt8>) throws(ConditionError) {
        let side = slice.trimmed
        text = String(decoding: side, as: UTF8.self)
        guard let name = Self.function(of: side) else {
            kind = try Placeholder(side).map(Kind.value) ?? .text
            return
        }
        guard side.last == UInt8(ascii: ")") else {
            throw ConditionError("`\(text)` lacks the parenthesis at its end: `\(name)(…)`", at: side.endIndex)
        }
        let argument = side.dropFirst(name.utf8.count + 1).dropLast()
        switch name {
        case "len": kind = .length(of: try Self.placeholder(argument, of: name))
        case "has": kind = .existence(of: try Self.placeholder(argument, of: name))
        case "pat": kind = .pattern(try GlobPattern(argument))
        case "regex": kind = .expression(try Self.expression(argument))
        default:
            kind = .any(
                argument.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
                    String(decoding: $0.trimmed, as: UTF8.self)
                })
        }
    }

    /// The placeholder that the operand refers to; nil for text.
    var placeholder: Placeholder? {
        switch kind {
        case .value(let placeholder), .length(let placeholder), .existence(let placeholder): placeholder
        case .text, .pattern, .any, .expression: nil
        }
    }

    /// The name of the function that a side calls; nil for plain text and placeholders.
    private static func function(of side: ArraySlice<UInt8>) -> String? {
        let name = side.prefix { $0 != UInt8(ascii: "(") }
        guard name.endIndex < side.endIndex else { return nil }
        return (["len", "has"] + textFunctions).first { name.elementsEqual($0.utf8) }
    }

    private static func placeholder(
        _ argument: ArraySlice<UInt8>, of name: String
    ) throws(ConditionError) -> Placeholder {
        if let placeholder = try Placeholder(argument.trimmed) { return placeholder }
        throw ConditionError(
            "\(name)(…) takes a placeholder, as in `\(name)([BODY].items)`; "
                + "`\(String(decoding: argument, as: UTF8.self))` is none", at: argument.startIndex)
    }

    private static func expression(_ argument: ArraySlice<UInt8>) throws(ConditionError) -> RegularExpression {
        let pattern = String(decoding: argument, as: UTF8.self)
        do {
            return try RegularExpression(pattern)
        } catch {
            let before = pattern.prefix(error.offset).utf8.count
            throw ConditionError(
                "`\(pattern)` is no regular expression: \(error.message)", at: argument.startIndex + before)
        }
    }
}

/// The value of an operand for one observation.
struct ResolvedValue {
    /// The value as text.
    ///
    /// Bytes, because a body need not be UTF-8.
    var bytes: ArraySlice<UInt8>
    /// A number in Gatus's format (`1e+06`) when that differs from ``bytes``; otherwise nil.
    var gatusNumber: String?

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    init(_ text: String, gatusNumber: String? = nil) {
        bytes = Array(text.utf8)[...]
        self.gatusNumber = gatusNumber
    }

    /// The duration in whole milliseconds, rounded towards zero.
    init(_ duration: Duration) { self.init("\(Int64(duration.inMilliseconds))") }
}

extension Operand {
    /// The value for an observation; `<text> (INVALID)`, as in Gatus, when there is none.
    func resolved(_ values: inout ObservedValues) -> ResolvedValue {
        switch kind {
        case .text, .pattern, .any, .expression: return ResolvedValue(text)
        case .value(let placeholder): return placeholder.value(&values) ?? invalid
        case .length(let placeholder): return placeholder.length(&values).map { ResolvedValue("\($0)") } ?? invalid
        case .existence(let placeholder): return ResolvedValue(placeholder.exists(&values) ? "true" : "false")
        }
    }

    private var invalid: ResolvedValue { ResolvedValue("\(text) (INVALID)") }
}

/// An observation for the evaluation of conditions: the body is parsed when a condition needs it, and only once.
struct ObservedValues {
    /// Larger bodies are not parsed, because parsed JSON takes up to thirty times the memory of its text.
    private static let limits = JSONLimits(bytes: 2 << 20)

    let observation: Observation
    /// What the steps of a suite share; nil for other endpoints.
    let context: SuiteContext?
    private var document: Document = .notParsed

    private enum Document {
        case notParsed, invalid
        case value(JSONValue)
    }

    init(_ observation: Observation, context: SuiteContext? = nil) {
        (self.observation, self.context) = (observation, context)
    }

    /// The body as JSON; nil when it is not JSON.
    mutating func json() -> JSONValue? {
        if case .notParsed = document { document = Self.parse(observation.body).map(Document.value) ?? .invalid }
        guard case .value(let value) = document else { return nil }
        return value
    }

    /// Invalid UTF-8 is replaced, as Gatus's parser does.
    private static func parse(_ body: [UInt8]) -> JSONValue? {
        do throws(JSONError) {
            return try JSONValue(parsing: body, limits: limits)
        } catch {
            guard error.code == .invalidUTF8 else { return nil }
            return try? JSONValue(parsing: String(decoding: body, as: UTF8.self), limits: limits)
        }
    }
}
