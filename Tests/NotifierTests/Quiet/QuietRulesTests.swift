import Basics
import JSON
import Testing

@testable import Notifier

/// `group-by`, `repeat`, `mute` and `inhibit` in the rules, and what becomes of a notification by them.
@Suite struct QuietRulesTests {
    private static func rules(_ text: String) throws -> Rules {
        try Rules(
            parsing: Array(("outputs: {a: {kind: slack, url: 'https://a'}}\n" + text).utf8), environment: [:])
    }

    static let groupings: [(String, GroupTimes?, [String])] = [
        ("{to: a}", nil, []),
        ("{to: a, group-by: []}", .init(wait: .seconds(30), interval: .seconds(300), repeats: .seconds(14_400)), []),
        (
            "{to: a, group-by: [region, tags.team], group-wait: 10s, group-interval: 1m, repeat: 1h}",
            .init(wait: .seconds(10), interval: .seconds(60), repeats: .seconds(3_600)), ["region", "tags.team"]
        ),
        (
            "{to: a, group-by: region, group-wait: 0s, repeat: never}", .init(wait: .zero, interval: .seconds(300)),
            ["region"]
        ),
        (
            "{to: a, group-by: ...}", .init(wait: .seconds(30), interval: .seconds(300), repeats: .seconds(14_400)),
            ["incident"]
        ),
        // Each alarm by itself, at once and again.
        ("{to: a, repeat: 1h}", .init(wait: .zero, interval: .seconds(300), repeats: .seconds(3_600)), ["incident"]),
        ("{to: a, repeat: 1m}", .init(wait: .zero, interval: .seconds(60), repeats: .seconds(60)), ["incident"]),
    ]

    @Test(arguments: groupings.indices) func reads(row: Int) throws {
        let (route, times, names) = Self.groupings[row]
        let grouping = try Self.rules("routes: [\(route)]").routes[0].grouping
        #expect(grouping?.times == times)
        #expect(grouping?.group(of: Sample.alarm, to: "a").labels.map(\.name) ?? [] == names)
    }

    @Test(
        "faults of the keys",
        arguments: [
            ("routes: [{to: a, group-by: [regoin]}]", "routes[0].group-by[0]: regoin is unknown, did you mean region?"),
            ("routes: [{to: a, group-by: region, group-wait: 30}]", "routes[0].group-wait"),
            (
                "routes: [{to: a, group-by: region, group-wait: 2d}]",
                "routes[0].group-wait is \"2d\", expected at most 1d"
            ),
            ("routes: [{to: a, group-interval: 10ms}]", "routes[0].group-interval is \"10ms\", expected at least 1s"),
            ("routes: [{to: a, repeat: sometimes}]", "routes[0].repeat"),
            ("routes: [{to: a, repeat: 59s}]", "routes[0].repeat is \"59s\", expected at least 1m"),
            ("routes: [{drop: true, group-by: region}]", "routes[0].group-by: makes no sense beside drop"),
            ("routes: [{set: {title: t}, repeat: 1h}]", "routes[0].repeat: makes no sense without to"),
            ("mute: [{start: '25:00', duration: 1h}]", "mute[0].start"),
            ("mute: [{match: {regoin: x}, start: '23:00', duration: 1h}]", "mute[0].match.regoin: unknown key"),
            ("routes: [{to: a, mute: {match: {}, start: '23:00', duration: 1h}}]", "routes[0].mute.match: unknown key"),
            ("inhibit: [{source-matchers: [alarm=a]}]", "inhibit[0].target-matchers is not set, expected matchers"),
            (
                "inhibit: [{source-matchers: [x], target-matchers: [alarm=a]}]",
                "inhibit[0].source-matchers[0]: x: expected"
            ),
            (
                "inhibit: [{source-matchers: alarm=a, target-matchers: alarm=b, equal: [team]}]",
                "inhibit[0].equal[0]: team is unknown"
            ),
        ])
    func faults(text: String, fault: String) {
        let error = #expect(throws: NotifierError.self) { try Self.rules(text) }
        #expect(error?.message.contains(fault) == true, "\(String(describing: error))")
    }

    @Test("a decision says route, output and why")
    func decisions() throws {
        let now = try #require(Timestamp(iso8601: "2026-11-29T23:30:00Z"))
        let rules = try Self.rules(
            """
            routes:
              - {match: {title: "*noise*"}, drop: true}
              - {match: {region: us-east-1}, to: a, group-by: [region, tags.team], repeat: never}
              - {match: {region: eu-west-1}, to: a, mute: {start: "23:00", duration: 1h}}
              - {match: {region: ap-south-1}, to: a, repeat: 1h}
            mute: [{match: {severity: info}, start: "23:00", duration: 2h}]
            """)
        func text(_ change: (inout Notification) -> Void, _ mutes: Mutes? = nil) -> String {
            var notification = Sample.alarm
            change(&notification)
            return rules.decisions(for: notification, mutes: mutes, at: now).map {
                "\($0.route) \($0.output ?? "-"): \($0.text)"
            }.joined(separator: "; ")
        }
        #expect(text { $0.title = "some noise" } == "routes[0] -: dropped")
        #expect(text { _ in } == "default a: sent")
        #expect(
            text { $0.region = "us-east-1" }
                == "routes[1] a: waits 30 s in the group region=us-east-1, tags.team=web")
        #expect(text { $0.region = "eu-west-1" } == "routes[2] a: muted until 2026-11-30T00:00:00Z by routes[2].mute")
        #expect(
            text { $0.region = "ap-south-1" }
                == "routes[3] a: goes to the group incident=arn:cpu-high, told again every 1 h while it lasts")
        #expect(text { $0.severity = .info } == "default a: muted until 2026-11-30T01:00:00Z by mute[0]")
        let silence = try Silence(
            id: "k3fpa", matchers: [Matcher("alarm=arn:cpu-high")], author: "ada", reason: "new disks", start: now,
            end: now + .seconds(60))
        #expect(
            text({ _ in }, Mutes(silences: [silence]))
                == "default a: silenced by ada until 2026-11-29T23:31:00Z: new disks (silence k3fpa)")
    }

    @Test("a notification is stored and read again as it is")
    func stored() throws {
        var full = Sample.alarm
        full.graph = MetricGraph(region: "eu-west-1", widget: ["a": 1])
        full.slackPayload = ["text": "x"]
        full.event = EventName(source: "aws.glue", type: "Glue Job State Change")
        full.isTrusted = true
        for notification in [full, Sample.plain, .numbered(1)] {
            #expect(Notification(stored: notification.stored) == notification)
        }
        full.message = .string(String(repeating: "x", count: 9_000))
        #expect(full.withoutBulk.message == .null)
        var group = AlertGroup(
            GroupID(output: "a", labels: [.init(name: "region", value: "é=\n")]),
            .init(wait: .seconds(1), interval: .seconds(2), repeats: .seconds(3)), at: Sample.time)
        _ = group.insert(full, mentions: [.here, .user("U1")], at: Sample.time)
        #expect(AlertGroup(group.json) == group)
        let flush = group.flush(at: Sample.time + .seconds(1)) { _ in nil }
        let isNoted = group.finish(flush, at: Sample.time + .seconds(1))
        #expect(isNoted)
        #expect(AlertGroup(group.json) == group)
        #expect(AlertGroup(["output": "a"]) == nil)
    }
}
