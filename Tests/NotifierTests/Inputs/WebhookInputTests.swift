import Basics
import Events
import JSON
import Testing

@testable import Notifier

/// Webhooks of Alertmanager, Grafana and GitHub, Amazon Q's messages and CloudMonitor's newer events, from the examples
/// of their documentation.
@Suite struct WebhookInputTests {
    private static func group(_ alerts: String, _ rest: String = "") -> String {
        """
        {"receiver":"tocsin","status":"firing","groupLabels":{"alertname":"HighLatency"},\(rest)
        "commonLabels":{},"commonAnnotations":{},"externalURL":"http://alertmanager:9093","version":"4",
        "groupKey":"{}:{alertname=\\"HighLatency\\"}","truncatedAlerts":0,"alerts":[\(alerts)]}
        """
    }

    private static func alert(_ status: String, _ fingerprint: String, severity: String = "critical") -> String {
        """
        {"status":"\(status)","labels":{"alertname":"HighLatency","instance":"db-1:9100","severity":"\(severity)",
        "team_name":"shop"},"annotations":{"summary":"p99 is 3 s","runbook_url":"https://wiki.example.com/latency"},
        "startsAt":"2026-11-20T09:00:00Z",
        "endsAt":"\(status == "firing" ? "0001-01-01T00:00:00Z" : "2026-11-20T09:30:00Z")",
        "generatorURL":"http://prometheus:9090/graph?g0.expr=x","fingerprint":"\(fingerprint)"}
        """
    }

    private static func read(_ text: String, at time: String = "2026-11-20T10:00:00Z") -> [Notification] {
        IncomingEvent(
            parsing: Array(text.utf8), requestID: "r", receivedAt: Timestamp(iso8601: time) ?? Samples.receivedAt
        ).messages.flatMap(\.notifications)
    }

    @Test("each alert of Alertmanager is a notification, firing and resolved paired by fingerprint")
    func alertmanager() throws {
        let notifications = Self.read(Self.group(Self.alert("firing", "f1") + "," + Self.alert("resolved", "f2")))
        #expect(notifications.map(\.title) == ["FIRING: HighLatency (db-1:9100)", "RESOLVED: HighLatency (db-1:9100)"])
        #expect(notifications.map(\.severity) == [.critical, .ok])
        #expect(notifications.map(\.source.rawValue) == ["alertmanager", "alertmanager"])
        #expect(notifications.map(\.incidentKey) == ["alertmanager||f1", "alertmanager||f2"])
        let first = try #require(notifications.first)
        #expect(first.text == "p99 is 3 s")
        #expect(first.tags["team_name"] == "shop")
        #expect(first.fields.contains(Field("team_name", "shop")))
        #expect(first.links.map(\.title) == ["Runbook", "Graph", "Alertmanager"])
        #expect(first.message["fingerprint"] == "f1")
        let end = try #require(Self.read(Self.group(Self.alert("resolved", "f1"))).first)
        #expect(end.incidentKey == first.incidentKey)
        #expect(end.dedupeKey != first.dedupeKey)
    }

    @Test("an alert without a time is never taken for one that was told before")
    func withoutTime() {
        let text = #"{"alerts":[{"status":"firing","labels":{"alertname":"x"}}]}"#
        let keys = ["r1", "r2"].flatMap { id in
            IncomingEvent(parsing: Array(text.utf8), requestID: id, receivedAt: Samples.receivedAt).messages
                .flatMap(\.notifications).map(\.dedupeKey)
        }
        #expect(Set(keys).count == 2)
    }

    @Test("an alert that its group repeats is told again once a day")
    func repeats() throws {
        let text = Self.group(Self.alert("firing", "f1"))
        let keys = ["2026-11-20T09:00:05Z", "2026-11-20T20:00:00Z", "2026-11-21T10:00:00Z", "2026-11-21T20:00:00Z"]
            .compactMap { Self.read(text, at: $0).first?.dedupeKey }
        #expect(keys.count == 4)
        #expect(keys[0] == keys[1])
        #expect(keys[1] != keys[2])
        #expect(keys[2] == keys[3])
    }

    @Test(
        "the label severity of an alert",
        arguments: [
            ("warning", .warning), ("info", .info), ("none", .info), ("page", .critical), ("", .critical),
            ("whatever", .critical),
        ] as [(String, Severity)])
    func severity(label: String, severity: Severity) {
        let alert = Self.alert("firing", "f", severity: label)
        #expect(Self.read(Self.group(alert)).map(\.severity) == [severity])
    }

    @Test("Grafana's alerts have its own source, values and pages")
    func grafana() throws {
        let alert = """
            {"status":"firing","labels":{"alertname":"T2","grafana_folder":"GDev"},"annotations":{"description":"d"},
            "startsAt":"2026-11-20T09:00:00Z","endsAt":"0001-01-01T00:00:00Z","values":{"B":22.5,"C":1},
            "generatorURL":"https://play.grafana.org/alerting/1afz29v7z/edit","fingerprint":"c6eadffa33fcdf37",
            "silenceURL":"https://play.grafana.org/alerting/silence/new","dashboardURL":"","panelURL":"",
            "valueString":"[ var='B' value=22.5 ]"}
            """
        let notification = try #require(
            Self.read(Self.group(alert, #""orgId":1,"title":"[FIRING:1]","state":"alerting","#)).first)
        #expect(notification.title == "FIRING: T2")
        #expect(notification.source.rawValue == "grafana")
        #expect(notification.severity == .critical)
        #expect(notification.incidentKey == "grafana|1|c6eadffa33fcdf37")
        #expect(notification.links.map(\.title) == ["Graph", "Silence", "Grafana"])
        #expect(notification.fields.contains(Field("Values", "[ var='B' value=22.5 ]")))
    }

    @Test("alerts without any member are still told, each by itself")
    func missingMembers() {
        let texts = [
            #"{"alerts":[{"labels":{}},{}]}"#,
            #"{"alerts":[{"fingerprint":"f"},{"labels":{"alertname":{}},"startsAt":7}]}"#,
        ]
        for text in texts {
            let notifications = Self.read(text)
            #expect(notifications.count == 2)
            #expect(notifications.allSatisfy { $0.severity == .critical && !$0.title.isEmpty })
            #expect(notifications.first?.dedupeKey != notifications.last?.dedupeKey)
        }
        #expect(Self.read(#"{"alerts":[]}"#).map(\.source.rawValue) == ["json"])
        #expect(Self.read(#"{"alerts":[{"name":"x"}]}"#).map(\.source.rawValue) == ["json"])
    }

    private static func hook(_ member: String, _ subject: String, action: String = "completed") -> String {
        """
        {"action":"\(action)","\(member)":\(subject),"repository":{"full_name":"octo-org/shop"},
        "sender":{"login":"octocat"}}
        """
    }

    private static func run(_ status: String, _ conclusion: String) -> String {
        hook(
            "workflow_run",
            """
            {"name":"CI","head_branch":"main","head_sha":"acb5820ced9479c074f688cc328bf03f341a511d","run_number":562,
            "status":"\(status)","conclusion":\(conclusion),
            "html_url":"https://github.com/octo-org/shop/actions/runs/30433642",
            "event":"push","run_attempt":1,"updated_at":"2026-11-20T10:00:00Z",
            "head_commit":{"message":"Mend it\\n\\nmore"}}
            """)
    }

    private static func dependabot(_ state: String, _ severity: String) -> String {
        hook(
            "alert",
            """
            {"number":2,"state":"\(state)","html_url":"https://github.com/octo-org/shop/security/dependabot/2",
            "dependency":{"package":{"ecosystem":"pip","name":"django"},"manifest_path":"requirements.txt"},
            "security_advisory":{"ghsa_id":"GHSA-rf4j","cve_id":"CVE-2018-6188","severity":"\(severity)",
            "summary":"Disclosure"}}
            """, action: "created")
    }

    private static let hooks: [(text: String, severity: Severity, title: String, incident: String?)] = [
        (
            run("completed", #""failure""#), .critical, "GitHub: workflow CI failure in octo-org/shop (main)",
            "github|octo-org/shop|workflow|CI|main"
        ),
        (
            run("completed", #""success""#), .ok, "GitHub: workflow CI success in octo-org/shop (main)",
            "github|octo-org/shop|workflow|CI|main"
        ),
        (
            run("completed", #""cancelled""#), .warning, "GitHub: workflow CI cancelled in octo-org/shop (main)",
            "github|octo-org/shop|workflow|CI|main"
        ),
        (
            run("in_progress", "null"), .info, "GitHub: workflow CI in_progress in octo-org/shop (main)",
            "github|octo-org/shop|workflow|CI|main"
        ),
        (
            hook("deployment_status", #"{"state":"failure","environment":"production"}"#, action: "created"),
            .critical, "GitHub: deployment of octo-org/shop to production failure",
            "github|octo-org/shop|deployment|production"
        ),
        (
            hook("deployment_status", #"{"state":"success","environment":"production"}"#, action: "created"), .ok,
            "GitHub: deployment of octo-org/shop to production success",
            "github|octo-org/shop|deployment|production"
        ),
        (
            dependabot("open", "high"), .critical, "GitHub: Dependabot alert for django in octo-org/shop",
            "github|octo-org/shop|Dependabot|2"
        ),
        (
            dependabot("open", "medium"), .warning, "GitHub: Dependabot alert for django in octo-org/shop",
            "github|octo-org/shop|Dependabot|2"
        ),
        (
            dependabot("fixed", "high"), .ok, "GitHub: Dependabot alert for django in octo-org/shop, fixed",
            "github|octo-org/shop|Dependabot|2"
        ),
        (
            hook("release", #"{"tag_name":"v1.2","name":"v1.2","body":"notes"}"#, action: "published"), .info,
            "GitHub: release v1.2 of octo-org/shop published", nil
        ),
    ]

    @Test("GitHub's webhooks: severity, title and incident", arguments: hooks.indices)
    func gitHubEvents(index: Int) throws {
        let (text, severity, title, incident) = Self.hooks[index]
        let notification = try #require(Self.read(text).first)
        #expect(notification.source.rawValue == "github")
        #expect(notification.severity == severity)
        #expect(notification.title == title)
        #expect(notification.incidentKey == incident)
    }

    @Test("a failed deployment that a workflow made is the deployment's failure, not its running workflow")
    func deploymentOfWorkflow() throws {
        let members =
            #"{"state":"failure","environment":"production"},"workflow_run":{"name":"CD","status":"in_progress"}"#
        let notification = try #require(Self.read(Self.hook("deployment_status", members, action: "created")).first)
        #expect(notification.severity == .critical)
        #expect(notification.title == "GitHub: deployment of octo-org/shop to production failure")
    }

    @Test("a GitHub webhook without its members is told, another event is shown as JSON")
    func gitHubGaps() {
        for member in ["workflow_run", "deployment_status", "alert", "release"] {
            #expect(Self.read(Self.hook(member, "{}")).map(\.source.rawValue) == ["github"])
        }
        #expect(Self.read(Self.hook("issue", "{}")).map(\.source.rawValue) == ["json"])
    }

    @Test(
        "newer CloudMonitor events have resourceID, regionID and a status beside the name",
        arguments: [
            ("Executing", .critical, "ECS i-1: restart because of a system failure in progress in China (Hangzhou)"),
            ("Executed", .ok, "ECS i-1: restart because of a system failure completed in China (Hangzhou)"),
            ("Normal", .critical, "ECS i-1: restart because of a system failure in China (Hangzhou)"),
        ] as [(String, Severity, String)])
    func cloudMonitor(status: String, severity: Severity, title: String) throws {
        let text = """
            {"product":"ECS","resourceID":"acs:ecs:cn-hangzhou:1609982529920904:instance/i-1","regionID":"cn-hangzhou",
            "name":"Instance:SystemFailure.Reboot","status":"\(status)","userID":"1609982529920904",
            "content":{"instanceId":"i-1"}}
            """
        let notification = try #require(Self.read(text).first)
        #expect(notification.source.rawValue == "cloudmonitor-event")
        #expect(notification.severity == severity)
        #expect(notification.title == title)
        #expect(notification.region == "cn-hangzhou")
        #expect(notification.account == "1609982529920904")
        #expect(
            notification.incidentKey
                == "acs:ecs:cn-hangzhou:1609982529920904:instance/i-1|Instance:SystemFailure.Reboot")
    }

    @Test(
        "Markdown of Amazon Q becomes plain text, and never a mention or a link that hides where it leads",
        arguments: [
            ("took *3 hours*", "took 3 hours"), ("**bold** and _italic_ and ~~gone~~", "bold and italic and gone"),
            ("job_name_x and 2 * 3 * 4", "job_name_x and 2 * 3 * 4"), ("`a*b*c`", "a*b*c"), ("# Title", "Title"),
            ("- one\n* two", "• one\n• two"), ("```\ncode\n```", "code"), (":warning: slow", "⚠️ slow"),
            ("see [the docs](https://a.example/x)", "see the docs (https://a.example/x)"),
            ("[https://bank.example](https://evil.example)", "https://bank.example (https://evil.example)"),
            ("[x](javascript:y)", "[x](javascript:y)"), ("<https://evil.example|bank>", "bank (https://evil.example)"),
            ("<!channel> hi", "@channel hi"), ("*", "*"), ("**", "**"), ("[", "["), ("a **b", "a **b"),
        ])
    func markdown(text: String, plain: String) throws {
        let message: JSONValue = [
            "version": "1.0", "source": "custom",
            "content": ["textType": "client-markdown", "title": "t", "description": .string(text)],
        ]
        #expect(try #require(Self.read(message.description).first).text == plain)
    }

    @Test("a text full of marks is kept as it is")
    func longMarkdown() {
        for mark in ["[", "*", "`", ":"] {
            let text = String(repeating: mark + "a", count: 100_000)
            #expect(ChatMarkdown.plain(text) == text)
            let line = String(repeating: mark + "a", count: 1_100) + "\n*b*"
            #expect(ChatMarkdown.plain(line).hasSuffix("\nb"))
        }
    }

    /// The same for the tests with left out and replaced members.
    static let samples = (hooks.map(\.text) + [group(alert("firing", "f1") + "," + alert("resolved", "f2"))])
        .enumerated()
        .map { InputSample(name: "webhook-\($0.offset)", event: Array($0.element.utf8)) }
}
