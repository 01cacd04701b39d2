import JSON
import Testing

@testable import Experiments

@Suite struct SubstitutionTests {
    private let substitution = Substitution(
        configuration: ["name": "web", "count": 3], secrets: ["loose": "a secret in no scope", "k8s": ["token": "t0"]])

    @Test(
        "a text that is one variable keeps the value's type; any other text gets Python's text",
        arguments: [
            ("${count}", 3), ("$count", "3"), ("${count} pods", "3 pods"), ("$$count", "$count"),
            ("${gone}", "${gone}"),
            ("${token}", "t0"), ("$", "$"),
        ] as [(JSONValue, JSONValue)])
    func oneVariable(template: JSONValue, expected: JSONValue) {
        #expect(substitution.apply(to: template) == expected)
    }

    @Test("a secret in no scope is passed over, where Chaos Toolkit dies")
    func secretWithoutScope() {
        #expect(substitution.apply(to: "${loose} ${token}") == "${loose} t0")
    }

    @Test("the variables of a value are listed once, and those without a value apart")
    func variables() {
        let value: JSONValue = [
            "url": "http://$name/${path}", "list": ["${name}", "$$not", ["a": "${token}"]], "$key": 1,
        ]
        #expect(Substitution.variables(in: value) == ["name", "path", "token"])
        #expect(substitution.unknownVariables(in: value) == ["path"])
    }

    @Test("without configuration and secrets, arguments stay as they are, and a URL does not")
    func withoutVariables() {
        let empty = Substitution(configuration: [:], secrets: [:])
        #expect(empty.apply(toArguments: "a$$b") == "a$$b")
        #expect(empty.apply(to: "a$$b") == "a$b")
    }

    @Test(
        "floats are written as Python writes them, also those that JSON cannot hold",
        arguments: [
            (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"), (-0.0, "-0.0"), (1e16, "1e+16"),
            (9_999_999_999_999_998, "9999999999999998.0"),
            (0.0001, "0.0001"), (0.00001, "1e-05"), (1.5e-7, "1.5e-07"), (1e100, "1e+100"),
        ] as [(Double, String)])
    func floats(number: Double, text: String) {
        #expect(Python.str(.double(number)) == text)
    }
}
