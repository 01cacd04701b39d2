import Basics
import Experiments
import JSON
import Testing

/// Experiments are read with the places of their values and with what their references name.
@Suite struct ParsingTests {
    private static let yaml = """
        title: a
        description: b
        steady-state-hypothesis:
          title: fine
          probes:
            - name: ping
              type: probe
              tolerance: 0
              background: true
              provider: {type: process, path: "true"}
            - ref: ping
              tolerance: [0, 1]
        method:
          - ref: ping
            background: true
          - name: stop
            type: action
            background: true
            provider:
              type: http
              url: "http://example.com/"
            controls: [{name: c, provider: {type: python, module: m}}]
          - ref: stop
        rollbacks:
          - ref: start
        """

    private static func parse(_ text: String, _ format: SourceDocument.Format = .yaml) throws -> Experiment {
        try Experiment(parsing: Array(text.utf8), format: format, name: "e.yaml")
    }

    @Test(
        "a path leads to line and column, in YAML and in JSON",
        arguments: [
            (SourceDocument.Format.yaml, "method:\n  - a: 1\n  - provider:\n      url: x\n", 4, 12),
            (.json, "{\"method\": [{\"a\": 1},\n {\"provider\": {\"url\":\n  \"x\"}}]}", 3, 3),
            (.any, "{\"method\": [0, {\"provider\": {\"url\": \"x\"}}]}", 1, 37),
        ])
    func positions(format: SourceDocument.Format, text: String, line: Int, column: Int) throws {
        let source = try SourceDocument(parsing: Array(text.utf8), format: format, name: "e")
        let path = DocumentPath("method")[1]["provider"]["url"]
        #expect(path.description == "method[1].provider.url")
        #expect(source.position(of: path).map { [$0.line, $0.column] } == [line, column])
        // What is missing has the place of what it is missing in.
        #expect(source.position(of: path["none"])?.line == line)
    }

    @Test("a key with special characters is quoted in a path")
    func quotedPath() {
        #expect(DocumentPath("configuration", "a.b")[0].description == "configuration[\"a.b\"][0]")
        #expect(DocumentPath("steady-state-hypothesis", "title").description == "steady-state-hypothesis.title")
    }

    @Test("a reference gets the activity of that name, but the background and tolerance of its own place")
    func references() throws {
        let experiment = try Self.parse(Self.yaml)
        let method = experiment.method
        #expect(method.map(\.name) == ["ping", "stop", "stop"])
        #expect(method.map(\.isBackground) == [true, true, false])
        #expect(method.map(\.line) == [14, 16, 23])
        #expect(method[2].controls.map(\.name) == ["c"])
        let probes = try #require(experiment.hypothesis).probes
        #expect(probes.map(\.tolerance) == [0, [0, 1]])
        #expect(probes[1].declaration == probes[0].declaration)
        #expect(probes.map(\.isBackground) == [false, false])
        #expect(experiment.rollbacks.map(\.unknownReference) == ["start"])
    }

    @Test("of activities with one name the last counts, and those of the hypothesis come after the method")
    func lastWins() throws {
        let experiment = try Self.parse(
            """
            method:
              - {name: a, type: action, provider: {n: 1}}
              - {name: a, type: action, provider: {n: 2}}
              - {name: b, type: action, provider: {n: 3}}
              - ref: a
              - ref: b
              - {name: c, ref: a}
              - ref: c
              - ref: ""
            steady-state-hypothesis: {title: t, probes: [{name: b, type: probe, provider: {n: 4}}]}
            rollbacks:
              - {name: d, type: action, provider: {n: 5}}
              - ref: d
            """)
        #expect(experiment.method.map { $0.provider["n"] } == [1, 2, 3, 2, 4, 2, nil, nil])
        #expect(experiment.method.map(\.unknownReference) == [nil, nil, nil, nil, nil, nil, "c", nil])
        #expect(experiment.rollbacks[1].unknownReference == "d")
    }

    @Test(
        "documents that are not valid are read all the same",
        arguments: [
            "{a: 1}", "{method: null}", "{method: 1, rollbacks: {a: 1}, controls: x}",
            "{method: [1, null, {ref: [1]}]}",
            "{steady-state-hypothesis: [1], method: []}", "{steady-state-hypothesis: {probes: [1]}}",
            "{steady-state-hypothesis: {}}",
        ])
    func lenient(text: String) throws {
        let experiment = try Self.parse(text)
        #expect(experiment.method.count == (text.contains("[1, null") ? 3 : 0))
        #expect((experiment.hypothesis == nil) == !text.contains("{probes"))
    }

    @Test(
        "what is no mapping is refused with its kind",
        arguments: [
            ("[1]", "there is a list"), ("text", "there is a string"), ("", "there is nothing"),
            ("{}", "there is nothing"),
        ])
    func noMapping(text: String, expected: String) throws {
        let error = #expect(throws: ExperimentError.self) { try Self.parse(text) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains(expected) == true)
    }

    @Test(
        "a text that cannot be read is refused with file, line and column",
        arguments: [
            (SourceDocument.Format.json, "{\"a\":\n  x}", "e.yaml:2:3: this is no JSON"),
            (.yaml, "a: [1\nb: 2", "e.yaml:2:"),
            (.any, "{a: [1", "e.yaml:2:1: "),
        ])
    func unreadable(format: SourceDocument.Format, text: String, expected: String) throws {
        let error = #expect(throws: ExperimentError.self) { try Self.parse(text, format) }
        #expect(error?.code == .notReadable)
        #expect(error?.message.hasPrefix(expected) == true, "\(error?.message ?? "")")
    }
}
