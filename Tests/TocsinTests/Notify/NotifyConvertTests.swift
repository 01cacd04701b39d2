import Foundation
import JSON
import TestSupport
import Testing

/// `tocsin notify convert`: the rules are read by the notifier itself, and send what Gatus would send.
@Suite struct NotifyConvertTests {
    private struct Converted {
        let status: Int32
        let rules: String
        let errors: String

        /// The variables that the rules name.
        var variables: [String] {
            rules.split(separator: "\n").filter { !$0.hasPrefix("#") }.flatMap { line in
                line.matches(of: /env:([A-Za-z0-9_]+)/).map { String($0.1) }
            }
        }
    }

    private static func convert(_ file: String) throws -> Converted {
        let result = try Command.run(BuiltTocsin.path, ["notify", "convert", "-"], input: file)
        return Converted(status: result.status, rules: result.output, errors: result.errors)
    }

    /// What `tocsin notify` does with the rules and an event.
    private static func notify(
        _ rules: String, _ event: JSONValue, _ variables: [String: String], isDry: Bool
    ) throws -> Command.Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "notifier.yaml")
        try Data(rules.utf8).write(to: file)
        return try Command.run(
            BuiltTocsin.path,
            ["notify", "--event", "-", "--config", file.path] + (isDry ? ["--dry-run"] : []),
            input: event.description, environment: variables)
    }

    private static func change(_ name: String, group: String? = nil, isDown: Bool = true) -> JSONValue {
        var endpoint: JSONObject = ["name": .string(name), "url": "https://\(name).example.org/"]
        endpoint["group"] = group.map { .string($0) }
        return [
            "type": "tocsin.uptime.change", "id": .string(UUID().uuidString), "state": isDown ? "down" : "up",
            "endpoint": .object(endpoint), "since": "2026-11-21T03:40:00Z", "at": "2026-11-21T03:42:00Z",
            "durationSeconds": 120, "failedConditions": ["[STATUS] (500) == 200"], "errors": [],
        ]
    }

    // MARK: Providers

    private static let custom = """
        {url: 'https://x.example/s3cr3t', method: POST, headers: {X-Key: s3cr3t, X-Team: ops}, \
        body: '{"text": "[ALERT_TRIGGERED_OR_RESOLVED]: [ENDPOINT_GROUP]/[ENDPOINT_NAME] [RESULT_ERRORS]"}'}
        """

    /// A provider's settings, the output's kind, and what cannot be turned.
    static let providers: [(type: String, settings: String, kind: String?, findings: [String])] = [
        ("slack", "{webhook-url: 'https://hooks.slack.com/services/T0/B0/s3cr3t'}", "slack", []),
        ("slack", "{webhook-url: $SLACK, title: Ours}", "slack", ["alerting.slack.title"]),
        (
            "discord", "{webhook-url: 'https://discord.com/api/webhooks/1/s3cr3t', message-content: '<@123>'}",
            "discord",
            ["alerting.discord.message-content"]
        ),
        (
            "mattermost", "{webhook-url: '${MM}', channel: ops, client: {insecure: true}}", "mattermost",
            ["alerting.mattermost.client.insecure"]
        ),
        ("rocketchat", "{webhook-url: 'https://chat.example/hooks/1/s3cr3t', channel: '#alerts'}", "rocket-chat", []),
        ("teams-workflows", "{webhook-url: 'https://prod.logic.azure.com/s3cr3t'}", "teams", []),
        (
            "googlechat", "{webhook-url: 'https://chat.googleapis.com/v1/spaces/A/messages?key=s3cr3t'}", "google-chat",
            []
        ),
        ("telegram", "{token: '1:s3cr3t', id: '0123456789', topic-id: '7'}", "telegram", []),
        ("pagerduty", "{integration-key: 's3cr3ts3cr3ts3cr3ts3cr3ts3cr3t12'}", "pagerduty", []),
        (
            "opsgenie", "{api-key: s3cr3t, tags: [a, b], entity-prefix: x-}", "opsgenie",
            ["alerting.opsgenie.entity-prefix"]
        ),
        ("matrix", "{access-token: s3cr3t, internal-room-id: '!a:example.org'}", "matrix", []),
        (
            "ntfy", "{topic: alerts, priority: 2, token: tk_s3cr3t, click: 'https://example.com', disable-cache: true}",
            "ntfy", []
        ),
        ("zulip", "{bot-email: b@z.example, bot-api-key: s3cr3t, domain: z.example, channel-id: 123456}", "zulip", []),
        ("aws-ses", "{region: us-east-1, from: a@example.com, to: 'b@example.com,c@example.com'}", "email", []),
        (
            "aws-ses", "{access-key-id: A, secret-access-key: s3cr3t, from: a@example.com, to: b@example.com}", "email",
            ["alerting.aws-ses.access-key-id", "alerting.aws-ses.secret-access-key"]
        ),
        (
            "custom", custom,
            "webhook", []
        ),
        ("custom", "{url: 'https://x.example/[ENDPOINT_NAME]', method: POST}", nil, ["alerting.custom.url"]),
        ("custom", "{url: 'https://x.example/'}", nil, ["alerting.custom.method"]),
        ("ntfy", "{topic: $TOPIC}", nil, ["alerting.ntfy.topic"]),
        ("pagerduty", "{}", nil, ["alerting.pagerduty.integration-key"]),
        ("slack", "{webhook-url: $SLACK, colour: red}", "slack", ["alerting.slack.colour"]),
        ("teams", "{webhook-url: 'https://x.webhook.office.com/s3cr3t'}", nil, ["alerting.teams"]),
        ("email", "{from: a@b.example, host: mail.example.com, port: 587, to: c@d.example}", nil, ["alerting.email"]),
        ("gotify", "{server-url: https://g.example, token: s3cr3t}", nil, ["alerting.gotify"]),
    ]

    @Test("an alert of each provider arrives, by rules that the notifier reads", arguments: providers.indices)
    func provider(row: Int) throws {
        let (type, settings, kind, findings) = Self.providers[row]
        let file = """
            alerting:
              \(type): \(settings)
            endpoints:
              - name: shop
                alerts: [{type: \(type), description: it is down, send-on-resolved: true}]

            """
        let converted = try Self.convert(file)
        #expect(converted.status == (findings.isEmpty ? 0 : 2), "\(converted.errors)")
        #expect(!converted.rules.contains("s3cr3t"))
        #expect(!converted.errors.contains("s3cr3t"))
        for finding in findings { #expect(converted.errors.contains(":2: \(finding): "), "\(converted.errors)") }
        #expect(converted.errors.split(separator: "\n").count == findings.count + (kind == nil ? 2 : 0))
        guard let kind else {
            #expect(converted.errors.contains("endpoints[0].alerts[0]: has no output here (see alerting.\(type)): "))
            #expect(converted.errors.contains("nobody hears of shop by it"))
            #expect(converted.rules.isEmpty)
            return
        }
        var variables: [String: String] = [:]
        for name in converted.variables { variables[name] = "https://host.example/\(name)" }
        let plan = try Self.notify(converted.rules, Self.change("shop"), variables, isDry: true)
        #expect(plan.status == 0, "\(plan.errors)\n\(converted.rules)")
        #expect(plan.output.contains(kind), "\(plan.output)")
        #expect(plan.output.contains("1 message."), "\(plan.output)")
        #expect(plan.output.contains("it is down") || type == "custom", "\(plan.output)")
    }

    // MARK: Routes

    private static let chats = """
        alerting:
          slack:
            webhook-url: $BASE
            default-alert: {send-on-resolved: true, failure-threshold: 5}
            overrides:
              - group: core
                webhook-url: $CORE
          mattermost:
            webhook-url: $OTHER
        endpoints:
          - name: shop
            alerts:
              - type: slack
                description: the shop is closed
              - type: mattermost
          - name: shop
            group: core
            alerts: [{type: slack}]
          - name: api
            group: core
            alerts:
              - type: slack
                enabled: false
              - type: mattermost
                failure-threshold: 2
          - name: docs*
            alerts:
              - type: slack
                provider-override: {webhook-url: $DOCS}
          - name: quiet

        """

    @Test("each change goes where Gatus would send it")
    func places() throws {
        let chat = try ChatServer()
        defer { chat.stop() }
        let converted = try Self.convert(Self.chats)
        #expect(converted.status == 2)
        // Both of mattermost's, of which one has Gatus's 3, are not slack's 5.
        #expect(converted.errors.contains(":25: endpoints[2].alerts[1].failure-threshold: is 2"), "\(converted.errors)")
        var variables: [String: String] = [:]
        for name in ["BASE", "CORE", "OTHER", "DOCS"] { variables[name] = "\(chat.url)/\(name)" }
        func targets(_ name: String, _ group: String?, isDown: Bool) throws -> [String] {
            let before = chat.accepted.count
            let result = try Self.notify(
                converted.rules, Self.change(name, group: group, isDown: isDown), variables, isDry: false)
            #expect(result.status == 0, "\(result.errors)\n\(converted.rules)")
            return chat.accepted.dropFirst(before).map(\.target).sorted()
        }
        #expect(try targets("shop", nil, isDown: true) == ["/BASE", "/OTHER"])
        #expect(chat.accepted.allSatisfy { $0.text.contains("DOWN: shop - the shop is closed") })
        #expect(try targets("shop", nil, isDown: false) == ["/BASE"], "mattermost has no send-on-resolved")
        #expect(try targets("shop", "core", isDown: true) == ["/CORE"])
        #expect(try targets("shop", "core", isDown: false) == ["/CORE"])
        #expect(try targets("api", "core", isDown: true) == ["/OTHER"], "one that is not enabled alerts nobody")
        #expect(try targets("api", "core", isDown: false) == [])
        #expect(try targets("docs*", nil, isDown: true) == ["/DOCS"])
        #expect(try targets("docs-2", nil, isDown: true) == [], "a name is no pattern")
        #expect(try targets("quiet", nil, isDown: true) == [])
    }

    @Test("a body of one's own says TRIGGERED or RESOLVED, and the endpoint")
    func custom() throws {
        let chat = try ChatServer()
        defer { chat.stop() }
        let file = """
            alerting:
              custom:
                url: $HOOK
                method: POST
                body: |
                  {"text": "[ALERT_TRIGGERED_OR_RESOLVED]: [ENDPOINT_GROUP] - [ENDPOINT_NAME] - [ALERT_DESCRIPTION]"}
                placeholders: {ALERT_TRIGGERED_OR_RESOLVED: {RESOLVED: operational}}
            endpoints:
              - name: a "b"
                group: g
                alerts: [{type: custom, send-on-resolved: true, description: see the runbook}]

            """
        let converted = try Self.convert(file)
        #expect(converted.status == 0, "\(converted.errors)")
        for isDown in [true, false] {
            _ = try Self.notify(
                converted.rules, Self.change("a \"b\"", group: "g", isDown: isDown), ["HOOK": chat.url + "/h"],
                isDry: false)
        }
        let texts = try chat.accepted.map { try JSONValue(parsing: $0.text)["text"] }
        #expect(
            texts == [
                "TRIGGERED: g - a \"b\" - see the runbook", "operational: g - a \"b\" - see the runbook",
            ], "\(converted.rules)")
    }

    @Test("most alerts' thresholds are the checker's, and the others are named with their lines")
    func thresholds() throws {
        let file = """
            alerting: {slack: {webhook-url: $A}, pagerduty: {integration-key: $B}}
            endpoints:
              - {name: a, alerts: [{type: slack}]}
              - {name: b, alerts: [{type: slack, failure-threshold: 10}]}
              - {name: c, alerts: [{type: slack, send-on-resolved: true, success-threshold: 5}]}
              - {name: d, alerts: [{type: slack, minimum-reminder-interval: 30m}]}
              - {name: e, alerts: [{type: slack}, {type: slack, failure-threshold: 3}, {type: gotify}]}

            """
        let converted = try Self.convert(file)
        #expect(converted.rules.contains("#   UPTIME_FAILURE_THRESHOLD=3\n#   UPTIME_SUCCESS_THRESHOLD=5\n"))
        #expect(
            converted.errors.split(separator: "\n").map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
                == [
                    "standard input:4: endpoints[1].alerts[0].failure-threshold:",
                    "standard input:6: endpoints[3].alerts[0].minimum-reminder-interval:",
                    "standard input:7: endpoints[4].alerts[1]:", "standard input:7: endpoints[4].alerts[2]:",
                ], "\(converted.errors)")
        #expect(converted.rules.contains("#   line 4, endpoints[1].alerts[0].failure-threshold: is 10"))
    }

    @Test("reminders become repeat where the end of an outage goes the same way")
    func reminders() throws {
        let file = """
            alerting:
              slack: {webhook-url: $A, default-alert: {send-on-resolved: true, minimum-reminder-interval: 30m}}
              mattermost: {webhook-url: $B, default-alert: {send-on-resolved: true}}
              custom: {url: $C, method: POST, body: '[ALERT_DESCRIPTION] [ALERT_TRIGGERED_OR_RESOLVED]'}
            endpoints:
              - {name: a, alerts: [{type: slack}]}
              - {name: b, alerts: [{type: slack, minimum-reminder-interval: 1h45m30s}]}
              - {name: c, alerts: [{type: slack, minimum-reminder-interval: 0}, {type: mattermost}]}
              - {name: d, alerts: [{type: slack, minimum-reminder-interval: 4m59s}]}
              - {name: e, alerts: [{type: slack, send-on-resolved: false}]}
              - name: f
                alerts: [{type: slack}, {type: mattermost}]
              - {name: g, alerts: [{type: custom, send-on-resolved: true, minimum-reminder-interval: 5m}]}
              - {name: h, alerts: [{type: mattermost, minimum-reminder-interval: soon}]}

            """
        let converted = try Self.convert(file)
        let reason = "only the end of an outage ends reminders, and it does not go to the same output"
        let (left, least) = ("is left out: all alerts of an endpoint are told again, or none", "of at least 5m")
        let expected = [
            "2: endpoints[4].alerts[0].minimum-reminder-interval: is left out: \(reason)",
            "2: endpoints[5].alerts[0].minimum-reminder-interval: \(left)",
            "9: endpoints[3].alerts[0].minimum-reminder-interval: is 4m59s, and Gatus takes a duration \(least)",
            "13: endpoints[6].alerts[0].minimum-reminder-interval: is left out: \(reason)",
            "14: endpoints[7].alerts[0].minimum-reminder-interval: is soon, and Gatus takes a duration \(least)",
        ]
        #expect(converted.errors == expected.map { "standard input:\($0)\n" }.joined())
        #expect(converted.rules.components(separatedBy: "\n  repeat: \"30m\"\n").count == 2)
        #expect(converted.rules.components(separatedBy: "\n  repeat: \"1h45m30s\"\n").count == 2)
        #expect(converted.rules.components(separatedBy: "\n  repeat: ").count == 3)
        #expect(converted.rules.contains("# Reminders (repeat) need NOTIFY_STATE and NOTIFY_WAKE_QUEUE"))
        let address = "https://a.example/x"
        let plan = try Self.notify(
            converted.rules, Self.change("a"), ["A": address, "B": address, "C": address], isDry: true)
        #expect(plan.status == 0, "\(plan.errors)\n\(converted.rules)")
        #expect(plan.output.contains("1 message."), "\(plan.output)")
    }

    @Test("a secret that stands in the file is one variable, however many outputs have it")
    func variables() throws {
        let file = """
            alerting:
              ntfy:
                topic: a
                token: tk_1
                overrides: [{group: g, topic: b}, {group: h, topic: c, token: tk_2}]
              custom: {url: 'https://x.example/', method: POST, body: '[ALERT_TRIGGERED_OR_RESOLVED]'}
            endpoints:
              - {name: a, alerts: [{type: ntfy}, {type: custom, send-on-resolved: true}]}

            """
        let converted = try Self.convert(file)
        #expect(converted.status == 0, "\(converted.errors)")
        #expect(
            converted.variables == [
                "GATUS_NTFY_TOKEN", "GATUS_NTFY_TOKEN", "GATUS_NTFY_H_TOKEN", "GATUS_CUSTOM_URL", "GATUS_CUSTOM_URL",
            ], "\(converted.rules)")
        #expect(
            converted.rules.contains(
                """
                #   GATUS_NTFY_TOKEN: line 4, alerting.ntfy.token
                #   GATUS_NTFY_H_TOKEN: line 5, alerting.ntfy.token
                #   GATUS_CUSTOM_URL: line 6, alerting.custom.url
                #

                """), "\(converted.rules)")
    }

    @Test("what cannot be read says why, and ends with 64")
    func wrongFiles() throws {
        #expect(try Self.convert("endpoints: []\n").status == 64)
        #expect(try Self.convert("endpoints: []\n").errors.contains("has no alerting:"))
        #expect(try Self.convert("a: [").errors.contains("is no YAML"))
        let missing = try Command.run(BuiltTocsin.path, ["notify", "convert", "/nowhere/gatus.yaml"])
        #expect(missing.status == 64)
        let without = try Command.run(BuiltTocsin.path, ["notify"])
        #expect(without.status == 64)
        #expect(without.errors.contains("--event"))
    }

    @Test("a name with a line end stays within its comment")
    func lineEnds() throws {
        let file = """
            alerting: {slack: {webhook-url: $A}, "x\\noutputs: {}": {a: b}}
            endpoints: [{name: "a\\nroutes: []", alerts: [{type: slack}]}]

            """
        let converted = try Self.convert(file)
        let plan = try Self.notify(
            converted.rules, Self.change("a\nroutes: []"), ["A": "https://a.example/x"], isDry: true)
        #expect(plan.status == 0, "\(plan.errors)\n\(converted.rules)")
        #expect(plan.output.contains("1 message."), "\(plan.output)")
    }
}
