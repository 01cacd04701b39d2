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
            rules.destinations(of: Sample.plain) == [
                .init(output: "a", mentions: [.here, .user("U1")]), .init(output: "b", mentions: [.here, .user("U1")]),
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
            "line 9: routes[1].to: makes no sense beside drop", "line 10: routes[2]: says neither to nor drop: true",
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

    @Test func secretsAreNotInFaults() {
        let file = "outputs: {a: {kind: slack, url: 's3cr3t'}, b: {kind: nothing, url: 's3cr3t', token: 's3cr3t'}}"
        let error = #expect(throws: NotifierError.self) { try Rules(parsing: Array(file.utf8), environment: [:]) }
        #expect(error?.message.contains("s3cr3t") == false)
    }
}
