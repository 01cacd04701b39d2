import Basics
import JSON
import Testing

@testable import Experiments

/// What the oracle cannot say: values that JSON cannot hold, limits, messages.
@Suite struct ToleranceTests {
    private let none = Substitution(configuration: [:], secrets: [:])

    private func isMet(_ tolerance: JSONValue, _ output: JSONValue) async throws -> Bool {
        try await Tolerance(tolerance).isMet(by: output, none) { _ in nil }
    }

    @Test("infinity is compared with a range, and not-a-number ends the run")
    func notFinite() async throws {
        let range: JSONValue = ["type": "range", "range": [0, 5]]
        #expect(try await !isMet(range, .double(.infinity)))
        await #expect(throws: ExperimentError.self) { try await isMet(range, .double(.nan)) }
    }

    @Test("a pattern that takes too much work is given up with an error and does not hang")
    func endlessSearch() async throws {
        let text = String(repeating: "a", count: 5_000)
        let error = await #expect(throws: ExperimentError.self) {
            try await isMet(["type": "regex", "pattern": "(a+)+$"], .string(text + "b"))
        }
        #expect(error?.code == .unforeseen)
    }

    @Test("a path that takes too much work is given up with an error and does not hang")
    func endlessPath() async throws {
        let list = JSONValue.array((0..<200).map { JSONValue($0) })
        let value = JSONValue.array((0..<200).map { _ in list })
        await #expect(throws: ExperimentError.self) {
            try await isMet(["type": "jsonpath", "path": "$..[?($..*=$..*)]"], value)
        }
    }

    @Test("nested filters and values cannot exhaust the stack", arguments: ["$[?(", "$[?(not ", "$[?(["])
    func deepPath(start: String) {
        let path = start.prefix(3) + String(repeating: start.dropFirst(3).description, count: 20_000)
        #expect(Tolerance.faults(of: ["type": "jsonpath", "path": .string(String(path))]).map(\.path) == ["path"])
    }

    @Test("nested groups cannot exhaust the stack")
    func deepPattern() {
        let pattern = String(repeating: "(", count: 20_000)
        #expect(Tolerance.faults(of: ["type": "regex", "pattern": .string(pattern)]).map(\.path) == ["pattern"])
    }

    @Test("a probe gets the output as its argument `value`, and its failure means that the tolerance is not met")
    func probe() async throws {
        let tolerance: JSONValue = ["type": "probe", "name": "p", "provider": ["arguments": ["limit": 3]]]
        var arguments: JSONValue?
        let isMet = try await Tolerance(tolerance).isMet(by: ["status": 200], none) { activity in
            arguments = activity["provider"]?["arguments"]
            return [0]
        }
        #expect(isMet)
        #expect(arguments == ["limit": 3, "value": ["status": 200]])
        #expect(try await !Tolerance(tolerance).isMet(by: 1, none) { _ in nil })
    }

    @Test(
        "a fault says where it is",
        arguments: [
            (1.5, ""), (nil, ""), (["type": "regexp"], "type"), ([:], "type"),
            (["type": "regex", "pattern": "("], "pattern"),
            (["type": "jsonpath", "path": "a.b"], "path"), (["type": "jsonpath", "path": " "], "path"),
            (["type": "range", "range": [1, "2"]], "range[1]"), (["type": "range", "range": [1]], "range"),
        ] as [(JSONValue, String)])
    func faults(tolerance: JSONValue, path: String) {
        #expect(Tolerance.faults(of: tolerance).map(\.path) == [path])
    }
}
