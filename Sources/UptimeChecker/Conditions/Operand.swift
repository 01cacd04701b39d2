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
