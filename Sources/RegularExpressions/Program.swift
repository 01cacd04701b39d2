import CPCRE2

/// A compiled pattern; PCRE2 only reads it, so threads may share it.
final class Program: @unchecked Sendable {
    /// Longer patterns are refused.
    private static let maximumPatternBytes = 16 << 10
    /// Backtracking points at a time, in KiB of memory.
    private static let maximumHeap: UInt32 = 8 << 10
    /// Steps from one place where a match may start.
    private static let maximumSteps: UInt32 = 1_000_000

    private let code: OpaquePointer

    init(_ pattern: String) throws(RegularExpressionError) {
        let bytes = [UInt8](pattern.utf8)
        guard bytes.count <= Self.maximumPatternBytes else {
            throw RegularExpressionError(
                code: .invalidPattern, message: "the pattern is longer than \(Self.maximumPatternBytes) bytes",
                offset: 0)
        }
        // Callouts before every item are what makes the work of a search countable. Without \C the text cannot be
        // looked at in the middle of a character.
        let options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT
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
        guard let match = pcre2_match_data_create_8(1, nil), let context = pcre2_match_context_create_8(nil) else {
            throw RegularExpressionError(code: .system, message: "out of memory", offset: 0)
        }
        defer {
            pcre2_match_data_free_8(match)
            pcre2_match_context_free_8(context)
        }
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

    /// PCRE2's own words for one of its error numbers.
    private static func message(_ number: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(number, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, Int(length))), as: UTF8.self)
    }
}
