import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

/// What `init` writes and `discover` lists.
@Suite struct SkeletonTests {
    private static let stop = NativeActivity(
        "chaosaws.ec2.actions", "stop_instances", .action, "Stops instances.",
        arguments: [.init("instance_ids", .list, .null), .init("force", .flag, false), .init("az", .text)],
        undo: NativeActivity.Undo(
            "starts them", calls: [], capture: { _, _ in nil }, check: { _, _, _ in .restored },
            restore: { _, _, _ in })
    ) { _, _ in nil }
    private static let state = NativeActivity(
        "chaosaws.ec2.probes", "instance_state", .probe, "The state.", arguments: [.init("state", .text)]
    ) { _, _ in nil }
    private static let sleep = NativeActivity(
        "time", "sleep", .action, "Waits.", arguments: [.init("secs", .number)]
    ) { _, _ in nil }
    private static let registry = ActivityRegistry([stop, state, sleep])

    @Test("the answers become an experiment in the form of chaos init, which is valid")
    func skeleton() throws {
        var skeleton = ExperimentSkeleton(title: "t")
        #expect(skeleton.document == ["title": "t", "description": "N/A", "tags": [], "method": []])
        skeleton.hypothesis = "h"
        skeleton.probes = [.init(Self.state, arguments: ["state": "running"], tolerance: true)]
        skeleton.method = [.init(Self.stop, arguments: ["az": "a", "instance_ids": ["i-1"]])]
        skeleton.rollbacks = []
        let document = skeleton.document
        #expect(document.keys == ["title", "description", "tags", "steady-state-hypothesis", "method", "rollbacks"])
        #expect(
            document["steady-state-hypothesis"]?["probes"]?[0] == [
                "type": "probe", "name": "instance_state",
                "provider": [
                    "type": "python", "module": "chaosaws.ec2.probes", "func": "instance_state",
                    "arguments": ["state": "running"],
                ], "tolerance": true,
            ])
        #expect(
            document["method"]?[0]?["provider"]?["arguments"] == ["instance_ids": ["i-1"], "force": false, "az": "a"])
        let validation = ExperimentValidation(registry: Self.registry, environment: [:], isStrict: true)
        #expect(validation.findings(in: SourceDocument(.object(document), name: "e")).isEmpty)
    }

    @Test(
        "an answer is read by the kind of its argument",
        arguments: [
            (.text, "5", "5"), (.integer, " 5 ", 5), (.integer, "5.5", nil), (.integer, "x", nil),
            (.number, "5.5", 5.5),
            (.flag, "Yes", true), (.flag, "false", false), (.flag, "5", nil), (.list, "a, b", ["a", "b"]),
            (.list, "[1, \"b\"]", [1, "b"]), (.list, "[1", nil), (.object, "{\"a\": 1}", ["a": 1]), (.object, "a", nil),
            (.any, "[1]", [1]), (.any, "a", "a"), (.text, "", nil), (.text, "${zone}", "${zone}"),
            (.integer, "${n}", "${n}"),
        ] as [(NativeActivity.Argument.Kind, String, JSONValue?)])
    func answers(kind: NativeActivity.Argument.Kind, answer: String, expected: JSONValue?) {
        #expect((try? NativeActivity.Argument("a", kind).value(ofAnswer: answer)) == expected)
        #expect((try? NativeActivity.Argument("a", kind, "default").value(ofAnswer: " ")) == "default")
    }

    private static func discover(_ package: String?) throws -> JSONObject {
        try Discovery.document(
            of: registry, package: package, version: "1.2", id: "i",
            at: try #require(Timestamp(iso8601: "2026-01-02T03:04:05Z")),
            platform: ["system": "Linux"])
    }

    @Test("a discovery lists the activities of a package, of a module, or all")
    func discovery() throws {
        func names(_ package: String?) throws -> [String?] {
            try Self.discover(package)["activities"]?.arrayValue?.map { $0["name"]?.stringValue } ?? []
        }
        #expect(try names(nil) == ["stop_instances", "instance_state", "sleep"])
        #expect(try names("chaostoolkit-aws") == ["stop_instances", "instance_state"])
        #expect(try names("chaosaws.ec2.probes") == ["instance_state"])
        let error = #expect(throws: ExperimentError.self) { try names("chaostoolkit-awss") }
        #expect(error?.message == "there are no activities in chaostoolkit-awss: did you mean chaostoolkit-aws?")
        #expect(throws: ExperimentError.self) { try names("chaosaw") }
    }

    @Test(
        "a discovery has the keys of Chaos Toolkit's, in its order",
        .enabled(if: Workspace.hasPython, "needs Chaos Toolkit: run ./build.sh setup"))
    func discoveryShape() throws {
        let program =
            "import json; from chaoslib.discovery import discover; print(json.dumps(discover('chaostoolkit-aws', "
            + "discover_system=False, download_and_install=False)))"
        let result = try Command.run(Workspace.python, ["-c", program])
        #expect(result.status == 0, "\(result.errors)")
        let theirs = try #require(try JSONValue(parsing: result.output).objectValue)
        let ours = try Self.discover("chaostoolkit-aws")
        #expect(ours.keys == theirs.keys)
        #expect(ours["target"] == theirs["target"])
        #expect(ours["extension"]?["name"] == theirs["extension"]?["name"])
        let activity = try #require(theirs["activities"]?.arrayValue?.first { $0["name"] == "stop_instances" })
        let own = try #require(ours["activities"]?[0])
        #expect(own["mod"] == activity["mod"])
        #expect(own["arguments"]?[0] == activity["arguments"]?[0])
        #expect(own["arguments"]?[1] == ["name": "force", "default": false, "type": "boolean"])
        #expect(own["arguments"]?[2] == ["name": "az", "type": "string"])
        #expect(own["doc"] == "Stops instances.\nUndo: starts them.")
    }

    private static let values: [JSONValue] = [
        ["a": 1, "b": ["c": [1, 2.5, nil, true, "x"], "d": [:], "e": []]],
        [["a": 1, "b": 2], [1, [2, 3]], [[["a": 1]]]],
        "text", 5, [], [:], ["yes": "no", "n": "1", "x": "0x1", "12:30": "1e3"], ["": "", "a:b": "c: d", "#": "- a"],
        [
            "text": "two\nlines", "tab": "\t", "quote": "it's \"so\"", "end": "a ", "é": "é😀",
            "bell": "\u{7}\u{85}\u{FEFF}",
        ],
        ["date": "2026-01-02", "null": "null", "tilde": "~", "dots": "...", "dash": "-", "merge": "<<", "eq": "="],
    ]

    @Test("YAML that is written reads as the same value", arguments: values)
    func writesYAML(value: JSONValue) throws {
        let text = value.yamlText
        let read = try SourceDocument(parsing: Array(text.utf8), format: .yaml, name: "e.yaml").value
        #expect(read == value, "\(text)")
    }

    @Test(
        "YAML that is written reads as the same value for PyYAML",
        .enabled(if: Workspace.hasPython, "needs PyYAML: run ./build.sh setup"))
    func writesYAMLForPython() throws {
        let program =
            "import json, sys, yaml\nfor text in json.load(sys.stdin): print(json.dumps(yaml.safe_load(text)))"
        let texts = JSONValue.array(Self.values.map { .string($0.yamlText) })
        let result = try Command.run(Workspace.python, ["-c", program], input: texts.description)
        #expect(result.status == 0, "\(result.errors)")
        let read = try result.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(read == Self.values)
    }

    @Test("YAML is written with a line for each member, the first behind its dash")
    func layout() {
        let value: JSONValue = ["title": "a b", "method": [["name": "x", "arguments": ["-c", 5]], []], "none": nil]
        #expect(
            value.yamlText == """
                title: a b
                method:
                  - name: x
                    arguments:
                      - "-c"
                      - 5
                  - []
                none: null

                """)
    }
}
