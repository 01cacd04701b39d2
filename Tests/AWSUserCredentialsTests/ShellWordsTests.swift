import Basics
import Foundation
import JSON
import TestSupport
import Testing



/// Commands are split as `shlex.split` of Python, which botocore uses.
@Suite(.enabled(if: Workspace.hasPython, "the oracle is Python: run ./build.sh setup")) struct ShellWordsTests {
    private static let lines = [
        "", "  ", "tool", "  tool  --a b\tc ", "'/a b/tool' x", #""/a b/tool" x"#, #"/a\ b/tool x"#, #"a''b c"d"e"#,
        "''",
        #"tool "" ''"#, #"a "b\"c" d"#, #"a "b\\c" "\n" "\$x""#, #"a 'b\c' 'd"e'"#, #"\a\\ \' \""#,
        "$HOME ~ * ; | #x &",
        "a\u{A0}b ü 'ö ä' 😀", "open 'quote", #"open "quote"#, #"end\"#, #"in "quote\"#, "e\u{301} \"\u{301}x\"",
    ]

    @Test func splitsLikePython() throws {
        let script = """
            import json, shlex, sys
            def split(line):
                try:
                    return shlex.split(line)
                except ValueError:
                    return None
            print(json.dumps([split(line) for line in json.load(sys.stdin)]))
            """
        let input = JSONValue.array(Self.lines.map { .string($0) }).description
        let result = try Command.run(Workspace.python, ["-c", script], input: input)
        let expected = try #require(JSONValue(parsing: result.output).arrayValue, "\(result.errors)")
        #expect(expected.count == Self.lines.count)
        for (line, expected) in zip(Self.lines, expected) {
            #expect(shellWords(line) == expected.arrayValue?.compactMap(\.stringValue), "\(line)")
        }
    }
}
