import Basics
import Configuration
import Glibc
import Testing

@Suite("Variables")
struct VariablesTests {
    enum Output: String, CaseIterable { case api, emf }

    @Test("every fault is named at once, secrets are not shown")
    func faults() throws {
        let environment = Environment([
            "COUNT": "x", "RATIO": "2", "FLAG": "perhaps", "PAUSE": "-1s", "OUTPUT": "printer", "EMPTY": "",
            "TOKEN": "hush",
        ])
        let error = #expect(throws: ConfigurationError.self) {
            try environment.parse { variables in
                _ = variables.requiredText("TOPIC", expected: "the ARN of a topic")
                _ = variables.requiredText("EMPTY")
                _ = variables.integer("COUNT", default: 1, in: 1...10)
                _ = variables.number("RATIO", default: 0.5, in: 0...1)
                _ = variables.flag("FLAG", default: false)
                _ = variables.duration("PAUSE", default: .seconds(1))
                _ = variables.choice("OUTPUT", default: Output.api)
                _ = variables.value("TOKEN", default: 0, expected: "a number", secret: true) { Int($0) }
            }
        }
        #expect(
            error?.faults.map(\.description) == [
                "TOPIC is not set, expected the ARN of a topic", "EMPTY is not set, expected a value",
                "COUNT is \"x\", expected a whole number from 1 to 10",
                "RATIO is \"2\", expected a number from 0.0 to 1.0",
                "FLAG is \"perhaps\", expected true or false",
                "PAUSE is \"-1s\", expected a duration such as 500ms, 30s, 5m or 1h30m",
                "OUTPUT is \"printer\", expected one of api, emf",
                "TOKEN is \"***\", expected a number",
            ])
        #expect(error?.description.hasPrefix("TOPIC is not set") == true)
        #expect(error.map { "\($0)".contains("hush") } == false)
    }

    @Test("unset and empty variables take the default")
    func defaults() throws {
        let environment = Environment(["A": "", "L": " a, ,b ,"])
        let values = try environment.parse { variables in
            (
                variables.integer("A", default: 7), variables.flag("A", default: true),
                variables.choice("A", default: Output.emf),
                variables.text("A", default: "z"), variables.texts("L").map(\.text),
                variables.choices("A", default: [Output.api])
            )
        }
        #expect(values == (7, true, .emf, "z", ["a", "b"], [.api]))
        #expect(environment["A"] == nil)
    }

    @Test(
        "whole numbers within a range",
        arguments: [
            ("1", 1), ("10", 10), ("0", nil), ("11", nil), ("+5", 5), ("5.0", nil), (" 5", nil),
            ("9999999999999999999", nil),
        ]
    )
    func integers(text: String, expected: Int?) {
        #expect((try? Environment(["N": text]).parse { $0.integer("N", default: 3, in: 1...10) }) == expected)
    }

    @Test(
        "times",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("30", .seconds(30)), ("30s", .seconds(30)), ("1.5m", .seconds(90)),
            ("2h", .seconds(7_200)), ("1m30s", .seconds(90)), ("PT1M30S", .seconds(90)), ("5d", .seconds(432_000)),
            ("0", nil), ("0s", nil), ("x", nil), ("5 min", nil), ("1e99", nil), ("٣", nil),
        ])
    func durations(text: String, expected: Duration?) {
        #expect((try? Environment(["T": text]).parse { $0.duration("T", default: .seconds(1)) }) == expected)
    }

    @Test(
        "truth values", arguments: [("TRUE", true), ("1", true), ("on", true), ("No", false), ("0", false), ("2", nil)])
    func flags(text: String, expected: Bool?) {
        #expect((try? Environment(["F": text]).parse { $0.flag("F", default: false) }) == expected)
    }

    @Test("an error of the body counts only without faults")
    func bodyThrows() {
        struct Other: Error {}
        #expect(throws: Other.self) { try Environment([:]).parse { _ in throw Other() } }
        #expect(throws: ConfigurationError.self) {
            try Environment([:]).parse { variables in
                _ = variables.requiredText("A")
                throw Other()
            }
        }
    }

    @Test("the process environment as a value")
    func current() {
        #expect(Environment.current().variables["PATH"] == getenv("PATH").map { String(cString: $0) })
    }
}
