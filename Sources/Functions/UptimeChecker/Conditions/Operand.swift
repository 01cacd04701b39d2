import Basics
import JSON
import RegularExpressions

/// One side of a comparison.
struct Operand: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// Text that stands for itself.
        case text
        /// `pat(…)`.
        case pattern(GlobPattern)
        /// `any(…)`: the texts one of which it may be.
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

    /// Functions whose argument is text and not a placeholder.
    static let textFunctions = ["pat", "any", "regex"]

    /// As it was written, without white space around it.
    let text: String
    let kind: Kind

    /// Parses the side of a comparison; the indices of the slice are the places that errors give.
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

    /// The placeholder whose value it is about; `nil` for text.
    var placeholder: Placeholder? {
        switch kind {
        case .value(let placeholder), .length(let placeholder), .existence(let placeholder): placeholder
        case .text, .pattern, .any, .expression: nil
        }
    }

    /// The function whose name and parenthesis a side starts with.
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
            "\(name)(…) takes a placeholder, as in `\(name)([BODY].items)`; `\(String(decoding: argument, as: UTF8.self))` "
                + "is none", at: argument.startIndex)
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

/// What one side of a comparison is, for one observation.
struct ResolvedValue {
    /// The value as text; a body need not be UTF-8.
    var bytes: ArraySlice<UInt8>
    /// The number as Gatus writes it, when that differs: `1e+06`.
    var gatusNumber: String?

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    init(_ text: String, gatusNumber: String? = nil) {
        bytes = Array(text.utf8)[...]
        self.gatusNumber = gatusNumber
    }

    /// Whole milliseconds, cut towards zero.
    init(_ duration: Duration) { self.init("\(Int64(duration.inMilliseconds))") }
}

extension Operand {
    /// The value for an observation; what leads nowhere is `<text> (INVALID)`, as Gatus has it.
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

/// An observation as conditions see it; the body is parsed when the first of them asks, and once.
struct ObservedValues {
    /// Larger bodies are not parsed: the values of one take up to thirty times its size.
    private static let limits = JSONLimits(bytes: 2 << 20)

    let observation: Observation
    private var document: Document = .notParsed

    private enum Document {
        case notParsed, invalid
        case value(JSONValue)
    }

    init(_ observation: Observation) { self.observation = observation }

    /// The body as JSON; `nil` when it is none.
    mutating func json() -> JSONValue? {
        if case .notParsed = document { document = Self.parse(observation.body).map(Document.value) ?? .invalid }
        guard case .value(let value) = document else { return nil }
        return value
    }

    /// As Gatus's parser does, bytes that are not UTF-8 are replaced.
    private static func parse(_ body: [UInt8]) -> JSONValue? {
        do throws(JSONError) {
            return try JSONValue(parsing: body, limits: limits)
        } catch {
            guard error.code == .invalidUTF8 else { return nil }
            return try? JSONValue(parsing: String(decoding: body, as: UTF8.self), limits: limits)
        }
    }
}
