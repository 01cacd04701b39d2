import RegularExpressions
import Testing

@Suite struct RegularExpressionTests {
    @Test(arguments: [
        ("ok", "all is ok here", true),
        ("^ok", "all is ok here", false),
        ("^$", "", true),
        ("", "anything", true),
        (#"^v\d+\.\d+$"#, "v12.3", true),
        (#"^v\d+\.\d+$"#, "v12.", false),
        ("(?i)MAINTENANCE", "in maintenance", true),
        ("(?i)straßE", "STRAßE", true),
        ("^.$", "é", true),
        ("^..$", "é", false),
        ("a.c", "a\nc", false),
        ("(?s)a.c", "a\nc", true),
        ("(?m)^b$", "a\nb\nc", true),
        (#"(\w)\1"#, "book", true),
        (#"(?<!no )error"#, "no error", false),
        (#"(?<!no )error"#, "an error", true),
        (#"\p{Cyrillic}+"#, "привет", true),
        ("a{2,3}?b", "aab", true),
        ("(?(R)a|(?:b(?R)?))", "bb", true),
    ])
    func search(_ pattern: String, _ text: String, _ expected: Bool) throws {
        #expect(try RegularExpression(pattern).matches(text) == expected)
    }

    @Test(arguments: [
        ("ab(c", 4, "missing closing parenthesis"),
        ("a[b", 3, "missing terminating ]"),
        ("é*+?x**", 3, "does not follow"),
        ("(?<n>a)(?<n>b)", 12, "same name"),
        (#"a\"#, 2, #"\ at end of pattern"#),
        (#"\C"#, 2, ""),
        ("a{99999}", 7, "number too big"),
        ("(?<=a+)b", 0, "lookbehind"),
    ])
    func errorsHaveThePlace(_ pattern: String, _ offset: Int, _ words: String) {
        let error = #expect(throws: RegularExpressionError.self) { try RegularExpression(pattern) }
        #expect(error?.code == .invalidPattern)
        #expect(error?.offset == offset, "\(String(describing: error))")
        #expect(words.isEmpty || error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test func longPatternsAreRefused() {
        for pattern in [
            String(repeating: "a", count: 20_000), String(repeating: "(", count: 5_000), "((a{999}){999}){999}",
        ] {
            #expect(throws: RegularExpressionError.self) { try RegularExpression(pattern) }
        }
    }

    /// Invalid UTF-8 is in no match, and text after it is found.
    @Test(arguments: [
        ("ok", [0xFF, 0x6F, 0x6B, 0xC3] as [UInt8], true),
        ("o.k", [0x6F, 0xFF, 0x6B], false),
        ("^ok", [0x80, 0x6F, 0x6B], false),
        ("é", [0xC3, 0xC3, 0xA9], true),
        ("\u{0}", [0x61, 0x00], true),
        ("a", [], false),
    ])
    func bytes(_ pattern: String, _ bytes: [UInt8], _ expected: Bool) throws {
        #expect(try RegularExpression(pattern).search(bytes[...]) == expected)
    }

    /// Without limits, each of these would take from seconds to the age of the universe.
    @Test(arguments: [
        ("(a+)+$", 40, "b"),
        ("a*bd", 1 << 20, "cd"),
        ("a*a*a*bd", 1 << 18, "cd"),
        ("(a|aa)+$", 200, "b"),
        ("((((a*)*)*)*)*bd", 100, "cd"),
        ("(?:a(?=a*bd))+", 1 << 18, "cd"),
        (".*.*.*=x", 1 << 18, "x"),
    ])
    func aSearchWithTooMuchWorkEnds(_ pattern: String, _ count: Int, _ end: String) throws {
        let text = [UInt8](String(repeating: "a", count: count).utf8) + [UInt8](end.utf8)
        let expression = try RegularExpression(pattern)
        let error = #expect(throws: RegularExpressionError.self) { try expression.search(text[...]) }
        #expect(error?.code == .limitReached)
        #expect(!expression.matches(String(decoding: text, as: UTF8.self)))
    }

    @Test func deepNestingTakesNoStackAndBoundedMemory() throws {
        let text = [UInt8](repeating: 0x28, count: 1 << 20) + [0x29]
        let error = #expect(throws: RegularExpressionError.self) {
            try RegularExpression(#"^(\((?:[^()]|(?1))*\))$"#).search(text[...])
        }
        #expect(error?.code == .limitReached)
    }

    /// A page with a million places at which a match might start is no attack.
    @Test func aLongTextIsSearchedToItsEnd() throws {
        let text =
            [UInt8](String(repeating: "<p>status: fine</p>\n", count: 50_000).utf8) + [UInt8]("status: down".utf8)
        #expect(try RegularExpression(#"status:\s*(down|failed)\b"#).search(text[...]))
        #expect(try RegularExpression("(?i)status: NEVER").search(text[...]) == false)
    }

    @Test func equalPatternsAreEqual() throws {
        #expect(try RegularExpression("a") == RegularExpression("a"))
        #expect(try Set([RegularExpression("a"), RegularExpression("a"), RegularExpression("b")]).count == 2)
    }
}
