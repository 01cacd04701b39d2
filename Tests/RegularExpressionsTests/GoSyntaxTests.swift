import Testing

@testable import RegularExpressions

@Suite struct GoSyntaxTests {
    /// Patterns as PCRE2 gets them.
    @Test(arguments: [
        ("^+OK", "(?:^)+OK"), ("$*x", "(?:$)*x"), (#"\b?x"#, #"(?:\b)?x"#), (#"\B+"#, #"(?:\B)+"#), ("a+", "a+"),
        (#"\^+"#, #"\^+"#), ("[^]+", "[^]+"), ("[^+]", "[^+]"), ("[]^+]^+", "[]^+](?:^)+"), (#"[\]^+]"#, #"[\]^+]"#),
        ("[[:alpha:]^+]", "[[:alpha:]^+]"), (#"\Q^+\E^+"#, #"\Q^+\E(?:^)+"#), (#"\Q^+"#, #"\Q^+"#), (#"a\"#, #"a\"#),
        ("[a", "[a"), ("", ""), ("^220 ([^ ]+) ESMTP (.+)$", "^220 ([^ ]+) ESMTP (.+)$"),
    ])
    func patterns(go: String, expected: String) { #expect(GoSyntax.perlPattern(of: go) == expected) }

    /// What Go's `regexp` says of a text, and what Perl's syntax says where it is something else.
    @Test(
        arguments: [
            ("a$", "a\n", false, true), ("(?m)a$", "a\n", true, true), ("a$", "a", true, true),
            ("^b", "a\nb", false, false),
            ("a.b", "a\nb", false, false), ("(?s)a.b", "a\nb", true, true), ("(?P<x>a)b", "ab", true, true),
        ] as [(String, String, Bool, Bool)])
    func meaning(pattern: String, text: String, go: Bool, perl: Bool) throws {
        #expect(try RegularExpression(go: pattern).matches(text) == go)
        #expect(try RegularExpression(pattern).matches(text) == perl)
    }

    @Test(arguments: ["(", "[a", "a**b(", #"\"#]) func wrongPatterns(pattern: String) {
        #expect(throws: RegularExpressionError.self) { try RegularExpression(go: pattern) }
    }

    /// Templates filled in from `^SSH-2.0-([^ -]+)(?: (?P<rest>.*))?$` on a text.
    @Test(arguments: [
        ("${1}", "OpenSSH_9"), ("$1", "OpenSSH_9"), ("<$1>", "<OpenSSH_9>"), ("$1x", ""), ("${1}x", "OpenSSH_9x"),
        ("${rest}", "Debian"), ("$rest!", "Debian!"), ("$0", "SSH-2.0-OpenSSH_9 Debian"), ("$7", ""), ("${none}", ""),
        ("$$1", "$1"), ("$", "$"), ("a$ b", "a$ b"), ("${1", "${1"), ("${}", "${}"), ("", ""),
    ])
    func templates(template: String, expected: String) throws {
        let expression = try RegularExpression(go: "^SSH-2.0-([^ -]+)(?: (?P<rest>.*))?$")
        let match = try #require(try expression.firstMatch(in: Array("SSH-2.0-OpenSSH_9 Debian".utf8)[...]))
        #expect(String(decoding: match.expand(Array(template.utf8)), as: UTF8.self) == expected)
    }

    @Test func groupsWithoutAPart() throws {
        let text = Array("xxab".utf8)
        let match = try #require(try RegularExpression("(a)(c)?(b)").firstMatch(in: text[1...]))
        #expect(match.groups.map { $0.map { String(decoding: $0, as: UTF8.self) } } == ["ab", "a", nil, "b"])
        #expect(match.groups[0]?.startIndex == 2)
        #expect(try RegularExpression("c").firstMatch(in: text[...]) == nil)
    }
}
