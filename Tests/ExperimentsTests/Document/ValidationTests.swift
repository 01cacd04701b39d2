import Basics
import Experiments
import JSON
import Testing

/// What a validation says: places, words, and the surprises of Chaos Toolkit.
@Suite struct ValidationTests {
    private static let registry = ActivityRegistry(
        [
            NativeActivity(
                "chaosaws.ec2.actions", "stop_instances", .action, "",
                arguments: [
                    .init("instance_ids", .list, .null), .init("force", .flag, false), .init("count", .integer, .null),
                    .init("share", .number, .null), .init("az", .text), .init("filter", .object, .null),
                ]
            ) { _, _ in nil }
        ], aliases: ["resiliencyvr.ec2.actions": "chaosaws.ec2.actions"])

    private static func findings(_ text: String, isStrict: Bool = false) throws -> [Finding] {
        let validation = ExperimentValidation(
            registry: registry, environment: ["PATH": "/bin:/usr/bin"], controlModules: ["tocsin.logging"],
            isStrict: isStrict)
        return validation.findings(
            in: try SourceDocument(parsing: Array(text.utf8), format: .yaml, name: "e.yaml"))
    }

    /// An experiment with one activity in the method, on one line.
    private static func method(_ activity: String) -> String {
        "title: t\ndescription: d\nmethod:\n- \(activity)\n"
    }

    private static func provider(_ provider: String) -> String {
        method("{type: action, name: a, provider: {\(provider)}}")
    }

    private static func tolerance(_ tolerance: String, _ provider: String = "type: process, path: sh") -> String {
        "title: t\ndescription: d\nmethod: []\nsteady-state-hypothesis:\n  title: h\n  probes:\n"
            + "  - {type: probe, name: a, tolerance: \(tolerance), provider: {\(provider)}}\n"
    }

    @Test("all faults are told at once, each with file, line, column, path and the nearest right word")
    func everythingAtOnce() throws {
        let text = """
            title: t
            desciption: d
            method:
              - type: acton
                name: a
                provider:
                  type: htpp
              - type: action
                name: b
                provider:
                  type: http
                  ulr: http://h/
                  headers: [a]
              - ref: c
              - type: action
                name: d
                provider: {type: python, module: chaosaws.ec2.action, func: stop_instances}
              - type: action
                name: e
                provider:
                  type: python
                  module: resiliencyvr.ec2.actions
                  func: stop_instance
              - type: action
                name: f
                provider:
                  type: python
                  module: chaosaws.ec2.actions
                  func: stop_instances
                  arguments: {instance_id: [i], force: "yes"}
            """
        let told = try Self.findings(text).text("e.yaml")
        #expect(
            told == """
                e.yaml:1:1: description: is missing
                e.yaml:2:1: warning: desciption: has no effect: did you mean description?
                e.yaml:4:11: method[0].type: there is no activity of type "acton": did you mean action?
                e.yaml:7:13: method[0].provider.type: there is no provider of type "htpp": did you mean http?
                e.yaml:11:7: method[1].provider.url: is missing
                e.yaml:12:7: warning: method[1].provider.ulr: has no effect: did you mean url?
                e.yaml:13:16: method[1].provider.headers: must be a mapping, a list is none: such as {Accept: text/plain}
                e.yaml:14:10: method[2].ref: no activity of the method or the hypothesis has the name "c": did you mean a?
                e.yaml:17:38: method[3].provider.module: there are no activities in chaosaws.ec2.action, and Python is not \
                run: did you mean chaosaws.ec2.actions?
                e.yaml:23:13: method[4].provider.func: resiliencyvr.ec2.actions has no activity stop_instance: did you mean \
                stop_instances?
                e.yaml:30:18: method[5].provider.arguments.az: is missing: chaosaws.ec2.actions.stop_instances needs it
                e.yaml:30:19: method[5].provider.arguments.instance_id: chaosaws.ec2.actions.stop_instances has no argument \
                instance_id: did you mean instance_ids?
                e.yaml:30:44: method[5].provider.arguments.force: chaosaws.ec2.actions.stop_instances takes true or false \
                here, and "yes" is none

                """)
    }

    @Test("a finding for programs has every part, null where it is unknown")
    func json() throws {
        let finding = try #require(
            try Self.findings(Self.provider("type: http, url: 'http://h/', expected_status: 5")).first)
        #expect(
            finding.json == [
                "severity": "warning", "line": 4, "column": 85, "path": "method[0].provider.expected_status",
                "message": "has no effect", "hint": "check the status by a tolerance in the hypothesis",
                "rule": "expected-status",
            ])
        let bare = Finding(.error, DocumentPath(), "m")
        #expect(
            bare.json == [
                "severity": "error", "line": nil, "column": nil, "path": "", "message": "m", "hint": nil, "rule": nil,
            ])
        #expect(bare.text("f") == "f: m")
    }

    @Test(
        "arguments are checked by their kinds, and variables when they are known",
        arguments: [
            ("az: a, instance_ids: [i], force: true, count: 1, share: 0.5, filter: {a: 1}", true), ("az: 1", false),
            ("az: '${zone}', force: $force, count: '${n}'", true), ("az: a, count: '${n}0'", false),
            ("az: null", false),
            ("az: a, instance_ids: i", false), ("az: a, count: 1.5", false), ("az: a, count: 2.0", true),
            ("az: a, share: 1", true), ("az: a, share: true", false), ("az: a, filter: []", false),
            ("az: a, force: 1", false), ("az: a, force: null", true), ("az: a, configuration: 1, secrets: 2", true),
        ])
    func kinds(arguments: String, isValid: Bool) throws {
        let provider = "type: python, module: chaosaws.ec2.actions, func: stop_instances, arguments: {\(arguments)}"
        #expect(try Self.findings(Self.provider(provider)).isValid == isValid)
    }

    @Test(
        "a surprise is a warning, and an error when the validation is strict",
        arguments: [
            (
                method("{type: action, name: a, timeout: 5, provider: {type: process, path: sh}}"),
                StrictRule.activityTimeout
            ),
            (provider("type: http, url: 'http://h/', expected_status: 200"), .expectedStatus),
            (tolerance("[0, 2]"), .pairOnStatus), (tolerance("ok"), .neverMet), (tolerance("true"), .neverMet),
            (tolerance("{type: regex, pattern: a}"), .missingTarget),
            (tolerance("{type: regex, pattern: a, target: status}"), .missingTarget),
            (tolerance("{type: range, range: [0, 1], target: stdot}"), .missingTarget),
            (tolerance("{type: jsonpath, path: $.a, target: body}"), .missingTarget),
            (tolerance("{type: probe, name: p, provider: {type: process, path: sh, arguments: {}}}"), .alwaysMet),
            ("title: t\ndescription: d\nmethod: []\nrollbacks: [{ref: none}]", .unknownReference),
            ("title: t\ndescription: d\nmethod: []\nruntime: {rollbacks: {strategy: alway}}", .unknownStrategy),
            ("title: t\ndescription: d\nmethod: []\nruntime: {hypothesis: {strategy: 5}}", .unknownStrategy),
            (method("{type: action, name: a, dry: false, provider: {type: process, path: sh}}"), .activityDry),
            (method("{type: probe, name: a, tolerance: 0, provider: {type: process, path: sh}}"), .ignoredKey),
            (method("{type: action, name: a, provider: {type: process, path: sh, secrets: [s]}}"), .ignoredKey),
            (provider("type: process, path: sh, arguments: 5"), .wrongShape),
            (provider("type: process, path: sh, timeout: '${t}'"), .wrongShape),
            (provider("type: http, url: example.com"), .wrongShape),
            ("title: t\ndescription: d\nmethod: []\ncontrols: [{name: c, provider: {type: pyhton}}]", .ignoredKey),
            (provider("type: http, url: 'http://h/', headers: {A: 5}"), .wrongShape),
            (provider("type: http, url: 'http://h/', timeout: [1, 2, 3]"), .wrongShape),
            (provider("type: http, url: 'http://h/', timeout: 0"), .wrongShape),
            (method("{type: action, name: a, pauses: {before: -1}, provider: {type: process, path: sh}}"), .wrongShape),
        ])
    func surprises(text: String, rule: StrictRule) throws {
        let usual = try Self.findings(text)
        #expect(usual.filter { $0.severity != .note }.map(\.rule) == [rule])
        #expect(usual.isValid)
        let strict = try Self.findings(text, isStrict: true)
        #expect(strict.map(\.severity) == [.error])
        #expect(strict.map(\.rule) == [rule])
    }

    @Test(
        "what does what it says is not warned about",
        arguments: [
            tolerance("[0, 1]"), tolerance("[0, 2, 4]"), tolerance("0"), tolerance("'${expected}'"),
            tolerance("[1, 9]", "type: python, module: chaosaws.ec2.actions, func: stop_instances, arguments: {az: a}"),
            tolerance("{type: regex, pattern: a, target: stdout}"), tolerance("{type: jsonpath, path: $.status}"),
            tolerance("{type: range, range: [1, 2], target: body}", "type: http, url: 'http://h/', timeout: [1, 2]"),
            provider("type: http, url: '${base}/a', timeout: '${t}', headers: {A: '5'}"),
            provider("type: process, path: sh, arguments: [-c, 5], timeout: 5"),
            method("{x-note: 1, type: action, name: a, provider: {type: process, path: sh}}"),
        ])
    func quiet(text: String) throws {
        #expect(try Self.findings(text, isStrict: true).isEmpty)
    }

    @Test(
        "deprecated and misleading things are told",
        arguments: [
            (provider("type: process, path: sh, arguments: {-c: a}"), "a mapping of arguments is deprecated"),
            (
                "title: t\ndescription: d\nmethod: []\nsecrets: {s: {v: {type: vault, key: k}}}",
                "without a path is deprecated"
            ),
            (
                "title: t\ndescription: d\nmethod: []\nruntime: {hypothesis: {strategy: continously}}",
                "write continuously"
            ),
            ("title: t\ndescription: d\nmethod: []\ntags: ab", "each character becomes a tag"),
            ("title: t\ndescription: d\nmethod: []\ncontributions: {safety: hgh}", "did you mean high?"),
            (
                "title: t\ndescription: d\nmethod: []\nruntime: {rollbacks: {strategy: always}}",
                "whatever the settings say"
            ),
            (
                "title: t\ndescription: d\nmethod: []\ncontrols: [{name: c, provider: {type: python, module: tocsin.loging}}]",
                "did you mean tocsin.logging?"
            ),
            (provider("type: http, url: 'http://h/', method: POSTT"), "did you mean POST?"),
            (
                method(
                    "{type: action, name: a, provider: {type: process, path: sh}}\n- {type: action, name: a, "
                        + "provider: {type: process, path: sh}}\n- ref: a"), "the last one is meant"
            ),
            (tolerance("0"), "ends with exit status 0"),
            (tolerance("{type: range, range: [2, 1], target: status}"), "never met"),
        ])
    func warnings(text: String, expected: String) throws {
        let findings = try Self.findings(text)
        #expect(findings.isValid)
        #expect(findings.text("e").containsBytes(expected))
    }

    @Test(
        "a program is found as shutil.which finds it, and what is not replaced is told",
        arguments: [
            ("sh", nil), ("/bin/sh", nil), ("/bin", "there is no program"), ("~/sh", "~ is not replaced"),
            ("${shell}", "variables are not replaced here"), ("sh -c", "into arguments"),
            ("/etc/passwd", "there is no program"),
        ] as [(String, String?)])
    func programs(path: String, expected: String?) throws {
        let findings = try Self.findings(Self.provider("type: process, path: '\(path)'"))
        #expect(findings.isValid == (expected == nil))
        #expect(findings.text("e").containsBytes(expected ?? ""))
    }

    @Test("the value of a variable is not shown")
    func hidesValues() throws {
        let validation = ExperimentValidation(registry: ActivityRegistry(), environment: ["TOKEN": "s3cret"])
        let document: JSONValue = [
            "title": "t", "description": "d", "method": [],
            "configuration": ["c": ["type": "env", "key": "TOKEN", "env_var_type": "int"]],
        ]
        let text = validation.findings(in: SourceDocument(document, name: "e")).text("e")
        #expect(text == "e: configuration.c.key: the value of the variable or its default is no whole number\n")
    }

    @Test("a key that stands twice in JSON is told, and the last one counts")
    func duplicateKey() throws {
        let text = #"{"title": "t", "description": "d",\n "method": [{}],\n "method": []}"#.replacingBytes(
            "\\n", with: "\n")
        let source = try SourceDocument(parsing: Array(text.utf8), format: .json, name: "e.json")
        var validation = ExperimentValidation(registry: ActivityRegistry(), environment: [:])
        let findings = validation.findings(in: source)
        #expect(findings.map(\.rule) == [.duplicateKey])
        #expect(findings.text("e").hasPrefix("e:3:2: warning: key \"method\" stands here again, first on line 2"))
        validation.isStrict = true
        #expect(!validation.findings(in: source).isValid)
    }

    @Test("a template of Fault Injection Service is validated by what it becomes")
    func template() throws {
        let text = """
            description: d
            stopConditions: [{source: none}]
            actions: {w: {actionId: 'aws:fis:wait', parameters: {duration: PT1M}}}
            """
        #expect(try Self.findings(text).isEmpty)
        let wrong = try Self.findings(text.replacingBytes("PT1M", with: "1m"))
        #expect(wrong.text("e").hasPrefix("e:3:64: actions.w.parameters.duration: must be a duration"))
    }

    @Test("an address that is refused is not shown, since it may have a password in it")
    func hidesAddresses() throws {
        let text = try Self.findings(Self.provider("type: http, url: 'ftp://user:s3cret@h/'")).text("e")
        #expect(text.containsBytes("must begin with http://"))
        #expect(!text.containsBytes("s3cret"))
    }

    @Test("every strict rule has a name of its own and both halves of its line")
    func strictRules() {
        let rules = StrictRule.all
        #expect(Set(rules.map(\.name)).count == rules.count)
        #expect(rules.allSatisfy { !$0.usual.isEmpty && !$0.strict.isEmpty })
        for rule in rules {
            #expect(StrictRule.text.containsBytes("\(rule.name): \(rule.usual)\n    -> \(rule.strict)\n"))
            #expect(StrictRule.markdown.containsBytes("| `\(rule.name)` | \(rule.usual) | \(rule.strict) |\n"))
        }
    }
}
