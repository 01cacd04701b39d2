import Basics
import Configuration
import ConfigurationSources
import JSON
import Testing

@testable import Notifier

@Suite struct RulesTests {
    static let file = """
        outputs:
          ops: {kind: slack, url: https://hooks.example/ops}
          phone: {kind: pagerduty, key: "env:PAGER_KEY"}
          archive: {kind: webhook, url: "ssm:/archive"}
        routes:
          - match: {source: [ec2, ecs], title: "*scheduled*"}
            drop: true
          - match: {account: 123456789012, region: /^eu-/}
            to: archive
            continue: true
          - match: {at-least: critical, tags: {team: [shop, web]}}
            to: [ops, phone]
            mention: ["@here", "@U1"]
          - match: {severity: ok, state: OK, resource: "arn:aws:rds:*"}
            to: ops
        default: ops
        """

    private let rules: Result<Rules, NotifierError> = Result { () throws(NotifierError) in
        try Rules(parsing: Array(file.utf8), environment: ["PAGER_KEY": "secretsmanager:pager#key"])
    }

    private static func notification(_ change: (inout Notification) -> Void) -> Notification {
        var notification = Notification(
            title: "t", severity: .warning, time: Sample.time, source: .text, dedupeKey: "1"
        )
        change(&notification)
        return notification
    }

    static let table: [(Notification, [String])] = [
        (notification { _ in }, ["ops"]),
        (notification { $0.source = .ec2 }, ["ops"]),
        (notification { ($0.source, $0.title) = (.ecs, "a scheduled stop") }, []),
        (notification { ($0.account, $0.region) = ("123456789012", "eu-central-1") }, ["archive", "ops"]),
        (notification { ($0.account, $0.region) = ("123456789012", "us-east-1") }, ["ops"]),
        (notification { $0.account = "123456789012" }, ["ops"]),
        (
            notification {
                ($0.severity, $0.tags, $0.account, $0.region) = (
                    .critical, ["team": "web"], "123456789012", "eu-west-1"
                )
            },
            ["archive", "ops+2", "phone+2"]
        ),
        (notification { ($0.severity, $0.tags) = (.critical, ["team": "data"]) }, ["ops"]),
        (notification { ($0.severity, $0.tags) = (.warning, ["team": "web"]) }, ["ops"]),
        (notification { $0.severity = .critical }, ["ops"]),
    ]

    @Test(arguments: table.indices) func destinations(row: Int) throws {
        let (notification, expected) = Self.table[row]
        let found = try rules.get().destinations(of: notification).map { destination in
            destination.output + (destination.mentions.isEmpty ? "" : "+\(destination.mentions.count)")
        }
        #expect(found == expected)
    }

    @Test func secretsAreKeptApart() throws {
        let outputs = try rules.get().outputs
        #expect(outputs.map(\.name) == ["ops", "phone", "archive"])
        #expect(outputs[1].secrets == ["key": .managed(id: "pager", key: "key")])
        #expect(outputs[2].secrets == ["url": .parameter("/archive")])
    }

    @Test func anOutputReachedTwiceGetsOneNotification() throws {
        let rules = try Rules(
            parsing: Array(
                """
                outputs: {a: {kind: slack, url: "https://a.example"}, b: {kind: slack, url: "https://b.example"}}
                routes:
                  - {to: a, mention: "@here", continue: true}
                  - {to: [b, a], mention: ["@here", "@U1"]}
                """.utf8), environment: [:])
        #expect(
            rules.destinations(of: Sample.plain).map { "\($0.output) \($0.mentions.map(\.text))" } == [
                #"a ["@here", "@U1"]"#, #"b ["@here", "@U1"]"#,
            ])
    }

    @Test(arguments: [
        ("", ["a", "b"]), ("default: b", ["b"]), ("default: [b, a]", ["b", "a"]), ("default: drop", []),
    ])
    func defaults(line: String, expected: [String]) throws {
        let text = #"{"outputs": {a: {kind: slack, url: "https://a"}, b: {kind: slack, url: "https://b"}}}"#
        let file = "outputs: {a: {kind: slack, url: 'https://a'}, b: {kind: slack, url: 'https://b'}}\n\(line)\n"
        #expect(
            try Rules(parsing: Array(file.utf8), environment: [:]).destinations(of: Sample.plain).map(\.output)
                == expected)
        #expect(try Rules(parsing: Array(text.utf8), environment: [:]).outputs.count == 2)
    }

    @Test func everyFaultAtOnceWithItsLine() {
        let file = """
            outputs:
              ops: {kind: slack, url: "env:MISSING"}
              bad: {kind: nothing}
              nameless: {}
            routes:
              - match: {severity: bad, at-least: worse, title: /(/, colour: red}
                to: [ops, nobody]
              - drop: true
                to: ops
              - {}
              - {to: ops, continue: perhaps, mention: "@"}
            defaults: ops
            """
        let error = #expect(throws: NotifierError.self) { try Rules(parsing: Array(file.utf8), environment: [:]) }
        #expect(error?.code == .wrongConfiguration)
        let message = error?.message ?? ""
        for fault in [
            "line 2: outputs.ops.url: env:MISSING is not set",
            "line 3: outputs.bad.kind is \"nothing\", expected one of slack, slack-bot",
            "line 4: outputs.nameless.kind is not set, expected one of slack, slack-bot",
            "line 6: routes[0].match.severity is \"bad\", expected one of ok, info, warning, critical",
            "line 6: routes[0].match.at-least is \"worse\"", "line 6: routes[0].match.title: is no regular expression",
            "line 6: routes[0].match.colour: unknown key, expected one of severity, at-least, state, account,",
            "line 7: routes[0].to[1] is \"nobody\", expected one of the outputs: ops, bad",
            "line 9: routes[1].to: makes no sense beside drop",
            "line 10: routes[2]: says neither to nor set nor drop: true",
            "line 11: routes[3].continue is \"perhaps\", expected true or false",
            "line 11: routes[3].mention is \"@\", expected somebody, such as",
            "line 12: defaults: unknown key, did you mean default?",
        ] {
            #expect(message.contains(fault), "\(fault) in \(message)")
        }
    }

    @Test(arguments: [
        ("", "outputs: expected at least one output"), ("[", "neither YAML nor JSON"),
        ("outputs: []", "outputs: expected a mapping"),
        ("outputs: {}", "outputs: expected at least one output"),
        ("outputs: {a: {kind: slack, url: hooks/x}}", "outputs.a.url: expected a URL"),
        ("outputs: {a: {kind: slack, url: 5}}", "outputs.a.url: expected a URL"),
    ])
    func nothingToUse(file: String, fault: String) {
        let error = #expect(throws: NotifierError.self) { try Rules(parsing: Array(file.utf8), environment: [:]) }
        #expect(error?.message.contains(fault) == true, "\(String(describing: error))")
    }

    private static let glueEvent = StateReadingTests.event(
        "Glue Job State Change", "aws.glue",
        #"{"jobName":"dev-etl","state":"FAILED","runs":[{"id":1},{"id":2}],"app.kubernetes.io/name":"etl"}"#)

    @Test(
        "rules match on detail-type, AWS source and any field by path",
        arguments: [
            ("detail-type: Glue Job State Change", true), ("detail-type: [x, 'Glue *']", true),
            ("detail-type: Glue", false),
            ("aws-source: aws.glue", true), ("aws-source: /^aws/", true), ("aws-source: aws.ec2", false),
            ("fields: {detail.state: FAILED}", true), ("fields: {detail.state: [OK, FAILED]}", true),
            ("fields: {$.detail.state: FAILED}", true), ("fields: {detail.state: OK}", false),
            ("fields: {detail.state: FAILED, detail.jobName: 'dev-*'}", true),
            ("fields: {detail.state: FAILED, detail.jobName: 'prod-*'}", false),
            ("fields: {'detail.runs[1].id': 2}", true), ("fields: {'detail.runs[0].id': 2}", false),
            ("fields: {detail.runs.id: 2}", true), ("fields: {detail.runs.id: 3}", false),
            ("fields: {'detail.runs[2].id': 1}", false), ("fields: {detail.app.kubernetes.io/name: etl}", true),
            ("fields: {detail.missing: '*'}", false), ("fields: {detail: '*'}", false),
            ("fields: {account: 111122223333}, region: /^eu-/", true),
        ])
    func matchesByEvent(match: String, holds: Bool) throws {
        let file =
            "outputs: {a: {kind: slack, url: 'https://a'}}\nroutes: [{match: {\(match)}, to: a}]\ndefault: drop\n"
        let rules = try Rules(parsing: Array(file.utf8), environment: [:])
        let notification = try StateReadingTests.read(Self.glueEvent)
        #expect(!rules.destinations(of: notification).isEmpty == holds)
    }

    @Test("set changes severity, title and tags for its route and those after it")
    func set() throws {
        let file = """
            outputs:
              a: {kind: slack, url: "https://a"}
              b: {kind: slack, url: "https://b"}
              c: {kind: slack, url: "https://c"}
            routes:
              - {to: a, continue: true}
              - match: {fields: {detail.jobName: "dev-*"}}
                set: {severity: info, title: "Dev: {title}", tags: {team: data}}
              - {match: {at-least: warning}, drop: true}
              - {match: {tags: {team: data}}, to: b, continue: true}
            default: c
            """
        let rules = try Rules(parsing: Array(file.utf8), environment: [:])
        let notification = try StateReadingTests.read(Self.glueEvent)
        let found = rules.destinations(of: notification)
        #expect(found.map(\.output) == ["a", "b", "c"])
        #expect(found.map(\.notification.severity) == [.critical, .info, .info])
        #expect(found[0].notification == notification)
        #expect(found[1].notification.title == "Dev: Glue Job: dev-etl FAILED in Europe (Frankfurt)")
        #expect(found[2].notification.tags["team"] == "data")
    }

    @Test("set leaves the end of a fault its end")
    func setOfARecovery() throws {
        let file = "outputs: {a: {kind: slack, url: 'https://a'}}\nroutes: [{set: {severity: critical}, to: a}]"
        let rules = try Rules(parsing: Array(file.utf8), environment: [:])
        let alarm = try StateReadingTests.read(#"{"AlarmName":"a","NewStateValue":"OK"}"#)
        #expect(rules.destinations(of: alarm).map(\.notification.severity) == [.ok])
    }

    @Test(
        "faults of set and match are told at load",
        arguments: [
            ("{set: {severty: info}, to: a}", "routes[0].set.severty: unknown key, did you mean severity?"),
            ("{set: {severity: bad}, to: a}", "routes[0].set.severity is \"bad\", expected one of ok, info"),
            ("{set: {}, to: a}", "routes[0].set: expected at least one of severity, title and tags"),
            ("{set: info, to: a}", "routes[0].set: expected a mapping"),
            ("{set: {tags: [a]}, to: a}", "routes[0].set.tags: expected a mapping"),
            ("{set: {title: t}, drop: true}", "routes[0].set: makes no sense beside drop"),
            ("{set: {title: t}, mention: '@here'}", "routes[0].mention: makes no sense without to"),
            ("{match: {detail_type: x}, to: a}", "routes[0].match.detail_type: unknown key, did you mean detail-type?"),
            ("{match: {aws-sorce: x}, to: a}", "routes[0].match.aws-sorce: unknown key, did you mean aws-source?"),
            (
                "{match: {source: [ec2, cloudwatch-alrm]}, to: a}",
                "routes[0].match.source[1]: there is no cloudwatch-alrm, did you mean cloudwatch-alarm?"
            ),
            ("{match: {fields: {a..b: x}}, to: a}", "routes[0].match.fields.a..b: is no path of a member"),
            ("{match: {fields: {a: /(/}}, to: a}", "routes[0].match.fields.a: is no regular expression"),
        ])
    func faultsOfSet(route: String, fault: String) {
        let file = "outputs: {a: {kind: slack, url: 'https://a'}}\nroutes: [\(route)]"
        let error = #expect(throws: NotifierError.self) { try Rules(parsing: Array(file.utf8), environment: [:]) }
        #expect(error?.message.contains(fault) == true, "\(String(describing: error))")
    }

    @Test func secretsAreNotInFaults() {
        let file = "outputs: {a: {kind: slack, url: 's3cr3t'}, b: {kind: nothing, url: 's3cr3t', token: 's3cr3t'}}"
        let error = #expect(throws: NotifierError.self) { try Rules(parsing: Array(file.utf8), environment: [:]) }
        #expect(error?.message.contains("s3cr3t") == false)
    }
}
