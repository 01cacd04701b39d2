import Basics
import Testing

@testable import UptimeChecker

@Suite struct VariableExpansionTests {
    /// As Gatus does it: `$$` first, then Go's `os.Expand`.
    @Test(arguments: [
        ("plain", "plain"), ("$NAME", "value"), ("${NAME}", "value"), ("a$NAME.b", "avalue.b"), ("${NAME}b", "valueb"),
        ("$NAMEb", ""), ("$_x1-", "under-"), ("$$NAME", "$NAME"), ("$$$NAME", "$value"), ("$$$$", "$$"), ("$$", "$"),
        ("$", "$"), ("a$", "a$"), ("$ a", "$ a"), ("$.a", "$.a"), ("$\"", "$\""), ("(a|b)$", "(a|b)$"), ("$é", "$é"),
        ("${}x", "x"), ("${x", "x"), ("${", ""), ("${A B}", "spaced"), ("${NAME:-d}", ""), ("$1a", "onea"), ("$@", ""),
        ("${1}", "one"), ("${*}", ""), ("$MONEY", "$5"), ("line\n$NAME\n", "line\nvalue\n"), ("$EMPTY|", "|"),
    ])
    func expansion(text: String, expected: String) {
        let environment = [
            "NAME": "value", "_x1": "under", "A B": "spaced", "1": "one", "MONEY": "$5", "EMPTY": "",
        ]
        let expansion = VariableExpansion(Array(text.utf8), environment: environment)
        #expect(String(decoding: expansion.text, as: UTF8.self) == expected)
    }

    @Test func variablesThatAreNotSet() throws {
        let file = "endpoints:\n- name: $SET\n  url: ${HOST}/$SET\n  conditions: ['[BODY] == $$1$1', '$HOST']\n"
        let unset = VariableExpansion(Array(file.utf8), environment: ["SET": ""]).unset
        #expect(unset.map(\.name) == ["HOST", "1"])
        #expect(unset.map(\.line) == [3, 4])
    }
}
