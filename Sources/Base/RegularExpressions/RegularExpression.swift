import CPCRE2

/// A regular expression in Perl's syntax (PCRE2) that is safe to use on texts from outside.
///
/// The work, the memory and the stack of a search are bounded, whatever the text is. The text need not be UTF-8.
/// Expressions are equal when their patterns are.
public struct RegularExpression: Sendable, Hashable {
    /// The pattern as it was written.
    public let pattern: String
    private let program: Program

    /// Compiles a pattern, such as `^v\d+\.` or `(?i)maintenance`.
    ///
    /// - Throws: ``RegularExpressionError`` with ``RegularExpressionError/Code/invalidPattern``.
    public init(_ pattern: String) throws(RegularExpressionError) {
        self.pattern = pattern
        program = try Program(pattern)
    }

    /// Compiles a pattern in the syntax of Go's `regexp` (RE2), such as `^+OK`.
    ///
    /// `$` is only the end of the text, and what stands for a place (`^`, `$`, `\b`) may be repeated. Patterns that Go
    /// refuses, such as those with references, may be taken.
    /// - Throws: ``RegularExpressionError`` with ``RegularExpressionError/Code/invalidPattern``.
    public init(go pattern: String) throws(RegularExpressionError) {
        self.pattern = pattern
        program = try Program(GoSyntax.perlPattern(of: pattern), PCRE2_DOLLAR_ENDONLY)
    }

    /// Whether the pattern matches anywhere in a text; false also when the search reaches its limit.
    public func matches(_ text: String) -> Bool {
        (try? search([UInt8](text.utf8)[...])) ?? false
    }

    /// The usual limit on the work of one search, in characters looked at: about a quarter of a second.
    public static let standardEffort = 50_000_000

    /// Whether the pattern matches anywhere in bytes.
    ///
    /// Invalid UTF-8 matches nothing.
    ///
    /// - Throws: ``RegularExpressionError`` with ``RegularExpressionError/Code/limitReached`` at the usual
    ///   limit.
    public func search(_ bytes: ArraySlice<UInt8>) throws(RegularExpressionError) -> Bool {
        var effort = Self.standardEffort
        return try search(bytes, effort: &effort)
    }

    /// Like ``search(_:)``, with a limit that several searches share.
    ///
    /// - Parameter effort: the work that is left, in characters looked at; the work of this search is subtracted.
    /// - Throws: ``RegularExpressionError`` with ``RegularExpressionError/Code/limitReached`` when the work is used
    ///   up.
    public func search(_ bytes: ArraySlice<UInt8>, effort: inout Int) throws(RegularExpressionError) -> Bool {
        try program.search(bytes, effort: &effort)
    }

    /// What the first match in bytes is, and what its groups are; nil without one.
    ///
    /// - Throws: as ``search(_:)``.
    public func firstMatch(in bytes: ArraySlice<UInt8>) throws(RegularExpressionError) -> RegularExpressionMatch? {
        var effort = Self.standardEffort
        guard let ranges = try program.ranges(bytes, effort: &effort) else { return nil }
        return RegularExpressionMatch(groups: ranges.map { $0.map { bytes[$0] } }, names: program.groupNames)
    }

    /// Whether the patterns are the same.
    public static func == (left: RegularExpression, right: RegularExpression) -> Bool { left.pattern == right.pattern }

    /// Hashes the pattern.
    public func hash(into hasher: inout Hasher) { hasher.combine(pattern) }
}

/// A compiled pattern.
///
/// It is unchecked Sendable because PCRE2 only reads it.
private final class Program: @unchecked Sendable {
    /// The longest pattern in bytes.
    private static let maximumPatternBytes = 16 << 10
    /// The most memory for backtracking points, in KiB.
    private static let maximumHeap: UInt32 = 8 << 10
    /// The most steps from one place at which a match may start.
    private static let maximumSteps: UInt32 = 1_000_000

    private let code: OpaquePointer

    init(_ pattern: String, _ furtherOptions: UInt32 = 0) throws(RegularExpressionError) {
        let bytes = [UInt8](pattern.utf8)
        guard bytes.count <= Self.maximumPatternBytes else {
            throw RegularExpressionError(
                code: .invalidPattern, message: "the pattern is longer than \(Self.maximumPatternBytes) bytes",
                offset: 0)
        }
        // AUTO_CALLOUT calls `Effort.count` before every item, which counts the work. NEVER_BACKSLASH_C forbids \C,
        // because it would match a part of a character.
        let options =
            furtherOptions | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT
        var number: Int32 = 0
        var offset = 0
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &number, &offset, nil) else {
            throw RegularExpressionError(
                code: .invalidPattern, message: Self.message(number),
                offset: String(decoding: bytes.prefix(offset), as: UTF8.self).count)
        }
        self.code = code
    }

    deinit { pcre2_code_free_8(code) }

    /// Whether the pattern occurs in the text.
    func search(_ text: ArraySlice<UInt8>, effort left: inout Int) throws(RegularExpressionError) -> Bool {
        guard let match = pcre2_match_data_create_8(1, nil) else { throw Self.outOfMemory }
        defer { pcre2_match_data_free_8(match) }
        return try search(text, match, effort: &left)
    }

    /// The ranges of the first match and its groups, nil for a group that took no part; nil without a match.
    func ranges(
        _ text: ArraySlice<UInt8>, effort left: inout Int
    ) throws(RegularExpressionError) -> [Range<Int>?]? {
        guard let match = pcre2_match_data_create_from_pattern_8(code, nil) else { throw Self.outOfMemory }
        defer { pcre2_match_data_free_8(match) }
        guard try search(text, match, effort: &left) else { return nil }
        guard let offsets = pcre2_get_ovector_pointer_8(match) else { return nil }
        return (0..<Int(pcre2_get_ovector_count_8(match))).map { group in
            let (start, end) = (offsets[2 * group], offsets[2 * group + 1])
            // Of a group without a part in the match both are PCRE2_UNSET, which is -1 here.
            return start >= 0 && start <= end ? text.startIndex + start..<text.startIndex + end : nil
        }
    }

    /// The numbers of the named groups.
    var groupNames: [String: Int] {
        var (count, size) = (UInt32(0), UInt32(0))
        var table: UnsafePointer<UInt8>?
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &size)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
        guard let table else { return [:] }
        var names: [String: Int] = [:]
        for entry in 0..<Int(count) {
            let start = table + entry * Int(size)  // two bytes of number, then the name and a zero
            names[String(cString: start + 2)] = Int(start[0]) << 8 | Int(start[1])
        }
        return names
    }

    private static let outOfMemory = RegularExpressionError(code: .system, message: "out of memory", offset: 0)

    private func search(
        _ text: ArraySlice<UInt8>, _ match: OpaquePointer, effort left: inout Int
    ) throws(RegularExpressionError) -> Bool {
        guard let context = pcre2_match_context_create_8(nil) else { throw Self.outOfMemory }
        defer { pcre2_match_context_free_8(context) }
        pcre2_set_match_limit_8(context, Self.maximumSteps)
        pcre2_set_heap_limit_8(context, Self.maximumHeap)
        var effort = Effort(left: left)
        defer { left = effort.left }
        let result = withUnsafeMutablePointer(to: &effort) { effort in
            pcre2_set_callout_8(context, { Effort.count($0, $1) }, effort)
            return text.withUnsafeBufferPointer { pcre2_match_8(code, $0.baseAddress, $0.count, 0, 0, match, context) }
        }
        if result >= 0 { return true }
        if result == PCRE2_ERROR_NOMATCH { return false }
        let isLimit = [
            PCRE2_ERROR_CALLOUT, PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_DEPTHLIMIT,
        ].contains(result)
        throw RegularExpressionError(
            code: isLimit ? .limitReached : .system,
            message: isLimit
                ? "the search was given up: this text takes too much work with this pattern" : Self.message(result),
            offset: 0)
    }

    /// PCRE2's message for one of its error numbers.
    private static func message(_ number: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(number, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, Int(length))), as: UTF8.self)
    }
}

/// The work that is left for a search, in characters looked at.
///
/// PCRE2's own limit is not enough: it counts steps from one starting place, but neither the starting places nor the
/// characters that one item passes. `a*b` in a megabyte of `a` takes hours within it. The distances between successive
/// callouts add up to the characters that were looked at.
private struct Effort {
    private(set) var left: Int
    private var position = 0

    init(left: Int) { self.left = left }

    /// The callout for PCRE2: returns 0 to continue, a negative number to end the search.
    static func count(_ block: UnsafeMutablePointer<pcre2_callout_block_8>?, _ data: UnsafeMutableRawPointer?) -> Int32
    {
        guard let block, let effort = data?.assumingMemoryBound(to: Effort.self) else { return 0 }
        let place = Int(block.pointee.current_position)
        effort.pointee.left -= 1 + abs(place - effort.pointee.position)
        effort.pointee.position = place
        return effort.pointee.left < 0 ? PCRE2_ERROR_CALLOUT : 0
    }
}

/// Why a regular expression cannot be used.
public struct RegularExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable, Hashable {
        /// The pattern is not a regular expression, or it is too long.
        case invalidPattern
        /// The text takes too much work or memory with this pattern.
        case limitReached
        /// Another failure of PCRE2, such as no memory.
        case system
    }

    /// What kind of failure it is.
    public let code: Code
    /// What is wrong.
    public let message: String
    /// The place in the pattern, in characters from 0; 0 for other codes.
    public let offset: Int

    /// The message, and for a pattern the place, counted from 1.
    public var description: String {
        code == .invalidPattern ? "\(message) (at character \(offset + 1) of the pattern)" : message
    }
}
