import Basics
import RegularExpressions
import Testing

@Suite struct TextPatternTests {
    @Test(arguments: [
        ("", "", true), ("", "a", false), ("a", "a", true), ("a", "A", false), ("a", "ab", false), ("*", "", true),
        ("*", "anything", true), ("a*", "a", true), ("a*", "abc", true), ("a*", "ba", false), ("*a", "banana", true),
        ("*a", "bananas", false), ("?", "a", true), ("?", "", false), ("?", "ü", true), ("??", "a", false),
        ("a*b*c", "a-b-b-c", true), ("a*b*c", "a-c-b", false), ("*ab", "aab", true), ("**", "a", true),
        ("arn:*:ec2:*:instance/i-?", "arn:aws:ec2:eu-central-1:1:instance/i-1", true),
    ])
    func globs(glob: String, text: String, matches: Bool) {
        #expect(Glob(glob).matches(text) == matches)
    }

    @Test func aGlobOfManyStarsEnds() {
        let glob = Glob(String(repeating: "*a", count: 50) + "b")
        #expect(!glob.matches(String(repeating: "a", count: 2_000)))
    }

    @Test(arguments: [
        ("cpu", "cpu", true), ("cpu", "cpu-high", false), ("cpu*", "cpu-high", true), ("/cpu|mem/", "high mem", true),
        ("/^cpu$/", "cpu-high", false), ("/", "/", true), ("//", "anything", true),
    ])
    func patterns(pattern: String, text: String, matches: Bool) throws {
        #expect(try TextPattern(pattern).matches(text) == matches)
    }

    @Test(arguments: [(["a", "b*"], "bc", true), (["a", "b*"], "c", false), ([], "a", false), (["*"], nil, false)])
    func anyOfAList(patterns: [String], text: String?, matches: Bool) throws {
        #expect(try patterns.map { try TextPattern($0) }.matches(text) == matches)
    }

    @Test func wrongExpression() {
        #expect(throws: RegularExpressionError.self) { try TextPattern("/(/") }
    }
}
