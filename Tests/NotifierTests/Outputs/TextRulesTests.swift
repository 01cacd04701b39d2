import Basics
import JSON
import Testing

@testable import Notifier

@Suite struct TextRulesTests {
    static let html = TextRules(Escaping(["&": "&amp;", "<": "&lt;"]), .utf16)
    static let bytes = TextRules(Escaping(), .bytes)
    static let json = TextRules(Escaping(), .jsonBytes)

    @Test(arguments: [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("", 3, ""),
        // Counted after escaping, and never cut inside an escape.
        ("a&b", 7, "a&amp;b"), ("a&bc", 7, "a&amp;…"), ("a&bc", 6, "a…"), ("&&", 9, "&amp;…"),
        // Never inside a surrogate pair or a grapheme cluster.
        ("🔥🔥", 4, "🔥🔥"), ("🔥🔥", 3, "🔥…"), ("e\u{301}e\u{301}e", 4, "e\u{301}…"),
        ("x👩‍👩‍👧y", 9, "x…"), ("x👩‍👩‍👧y", 10, "x👩‍👩‍👧y"),
    ])
    func fits(_ text: String, _ limit: Int, _ expected: String) {
        #expect(Self.html.fit(text, limit) == expected)
    }

    @Test(arguments: [("äb", 3, "äb"), ("ääbb", 6, "ääbb"), ("ääbb", 5, "ä…")])
    func countsBytes(_ text: String, _ limit: Int, _ expected: String) {
        #expect(Self.bytes.fit(text, limit) == expected)
    }

    @Test(arguments: [("a\nb", 4, "a\nb"), ("a\n\"\\", 7, "a\n\"\\"), ("a\n\"\\", 6, "a\n…")])
    func countsJSONBytes(_ text: String, _ limit: Int, _ expected: String) {
        #expect(Self.json.fit(text, limit) == expected)
    }

    @Test func controlCharactersAreRemoved() {
        #expect(Escaping()("a\u{0}b\u{1B}[1m\tc\r\nd\u{7F}") == "ab[1m\tc\nd")
    }

    @Test func longGraphemeClusterIsCutInside() {
        let zalgo = "a" + String(repeating: "\u{301}", count: 100)
        #expect(zalgo.count == 1)
        #expect(Self.html.fit(zalgo, 10).utf16.count == 10)
        #expect(Self.html.pieces(zalgo, first: 10, others: 20, count: 99).joined().unicodeScalars.count == 101)
    }

    @Test func piecesAreSplitAtSpacesWhichAreDropped() {
        #expect(Self.html.pieces("aaa bbb ccc", first: 8, others: 8, count: 9) == ["aaa bbb", "ccc"])
        #expect(Self.html.pieces("aaa\nbbb\nccc", first: 5, others: 5, count: 9) == ["aaa", "bbb", "ccc"])
        #expect(Self.html.pieces("aaaaaaaaaa", first: 4, others: 3, count: 9) == ["aaaa", "aaa", "aaa"])
        // Not at a space that would leave a short piece.
        #expect(Self.html.pieces("a bbbbbbbb", first: 8, others: 8, count: 9) == ["a bbbbbb", "bb"])
        #expect(Self.html.pieces("", first: 8, others: 8, count: 9) == [""])
    }

    @Test func theLastPieceIsMarkedWhenThereIsMore() {
        #expect(Self.html.pieces("aaaabbbbcccc", first: 4, others: 4, count: 2) == ["aaaa", "bbb…"])
        #expect(Self.html.pieces("aaaabbbb", first: 4, others: 4, count: 2) == ["aaaa", "bbbb"])
        #expect(Self.html.pieces("aaaab", first: 4, others: 4, count: 1) == ["aaa…"])
    }

    @Test(arguments: [1, 2, 3, 5, 8, 13, 100])
    func piecesFit(_ extra: Int) {
        let limit = 12 + extra
        let text = Sample.long(2_000).text
        let pieces = Self.html.pieces(text, first: limit, others: limit, count: 10_000)
        #expect(pieces.allSatisfy { Self.html.length($0) <= limit })
        #expect(pieces.joined().filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace })
    }

    @Test(arguments: [
        ("see https://a.example/x_y?z=1&b=*c* _d_", "see https://a.example/x_y?z=1&b=\\*c\\* \\_d\\_"),
        ("xhttps://a_b", "xhttps://a\\_b"), ("http://", "http://"), ("h_", "h\\_"),
    ])
    func urlsAreNotEscaped(_ text: String, _ expected: String) {
        #expect(Escaping.backslashes(before: "_*")(text) == expected)
    }

    @Test(arguments: [
        ("@here", "@\u{2060}here"), ("a @b", "a @\u{2060}b"), ("ops@example.org", "ops@example.org"),
        ("(@x", "(@\u{2060}x"),
    ])
    func mentionsInTextAreBroken(_ text: String, _ expected: String) {
        #expect(Escaping(breaksMentions: true)(text) == expected)
    }

    @Test(arguments: [
        ("https://example.org/a?b=c&d=%20#e", "https://example.org/a?b=c&d=%20#e"),
        ("https://x,@**all**", "https://x,@%2A%2Aall%2A%2A"), ("https://x @all", "https://x%20@all"),
        ("https://x/(a)`b`\n\u{E9}", "https://x/%28a%29%60b%60%0A%C3%A9"),
    ])
    func linksInMarkdownNeitherEndNorMention(_ url: String, _ expected: String) {
        #expect(url.encodedForMarkdown == expected)
    }

    @Test(arguments: [("2.5", Duration.milliseconds(2_500)), ("1e300", nil), ("-1", nil), ("\"1\"", nil)])
    func timesToWaitAreTimes(_ json: String, _ expected: Duration?) throws {
        #expect(ServiceResponse.wait(seconds: try JSONValue(parsing: json)) == expected)
    }

    @Test(arguments: [
        ("@here", Mention.here), ("here", .here), ("@channel", .everyone), ("@everyone", .everyone), ("ALL", .everyone),
        ("@U012", .user("U012")), ("ann", .user("ann")), ("@group:S1", .group("S1")), ("group:S1", .group("S1")),
        ("@ann:example.org", .user("@ann:example.org")), ("", nil), ("@", nil), ("@group:", nil),
    ])
    func mentionsOfTheRulesFile(_ text: String, _ expected: Mention?) {
        #expect(Mention(text) == expected)
    }
}
