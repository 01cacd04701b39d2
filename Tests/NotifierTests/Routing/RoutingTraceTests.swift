import Basics
import Events
import JSON
import Testing

@testable import Notifier

/// Why a notification goes where it goes.
@Suite struct RoutingTraceTests {
    private static let rules = Result { () throws(NotifierError) in
        try Rules(
            parsing: Array(
                """
                outputs:
                  ops: {kind: slack, url: https://hooks.example/ops}
                  phone: {kind: pagerduty, key: "k"}
                routes:
                  - match: {source: [ec2, ecs]}
                    drop: true
                  - match: {fields: {password: "*", AlarmName: "db-*"}}
                    set: {severity: warning, title: "DB: {title}"}
                  - match: {at-least: warning, region: /^eu-/}
                    to: [ops, phone]
                    mention: "@here"
                    continue: true
                  - match: {severity: ok}
                    to: ops
                default: drop
                """.utf8), environment: [:])
    }

    private static func entries(_ message: JSONValue) throws -> [RoutingTrace.Entry] {
        let event = IncomingEvent(parsing: message.serialized(), requestID: "1", receivedAt: Sample.time)
        return RoutingTrace(event, try rules.get(), at: Sample.time).entries
    }

    private static func alarm(_ name: String, state: String = "ALARM", region: String = "eu-central-1") -> JSONValue {
        [
            "AlarmName": .string(name), "NewStateValue": .string(state), "OldStateValue": "OK",
            "NewStateReason": "r", "StateChangeTime": "2026-11-20T12:00:00.000+0000", "Region": "EU (Frankfurt)",
            "AlarmArn": .string("arn:aws:cloudwatch:\(region):123456789012:alarm:\(name)"), "password": "s3cr3t",
        ]
    }

    @Test func eachRouteIsToldUntilOneDecides() throws {
        let entry = try #require(try Self.entries(Self.alarm("db-1")).first)
        #expect(entry.format == "CloudWatch alarm")
        #expect(entry.problem == nil)
        #expect(entry.source == "cloudwatch-alarm")
        #expect(entry.severity == .critical)
        #expect(entry.state == "ALARM")
        #expect(entry.routes.map(\.number) == [1, 2, 3, 4, nil])
        #expect(entry.routes.map(\.line) == [5, 7, 9, 13, nil])
        #expect(entry.routes.map(\.isMatch) == [false, true, true, false, true])
        #expect(entry.routes.map(\.goesOn) == [false, true, true, false, false])
        let source = entry.routes[0].conditions
        #expect(source == [.init(key: "source", wanted: ["ec2", "ecs"], found: ["cloudwatch-alarm"], holds: false)])
        #expect(entry.routes[0].drops)
        #expect(entry.routes[1].changes == ["severity: warning", "title: DB: {title}"])
        // As the route before has left it.
        #expect(
            entry.routes[2].conditions == [
                .init(key: "at-least", wanted: ["warning"], found: ["warning"], holds: true),
                .init(key: "region", wanted: ["/^eu-/"], found: ["eu-central-1"], holds: true),
            ])
        #expect(entry.routes[4].drops)
        #expect(entry.destinations.map(\.output) == ["ops", "phone"])
        #expect(entry.destinations.map(\.kind) == ["slack", "pagerduty"])
        #expect(entry.destinations.allSatisfy { $0.title.hasPrefix("DB: ") })
        #expect(entry.destinations.map(\.severity) == [.warning, .warning])
        #expect(entry.destinations.map(\.mentions) == [["@here"], ["@here"]])
    }

    @Test func secretsAreNotShown() throws {
        let entry = try #require(try Self.entries(Self.alarm("db-1")).first)
        #expect(entry.routes[1].conditions.map(\.found) == [["***"], ["db-1"]])
        #expect(!"\(entry)".contains("s3cr3t"))
    }

    @Test func aDropEndsTheWay() throws {
        let event: JSONValue = [
            "source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "id": "1",
            "detail": ["instance-id": "i-1", "state": "stopped"], "region": "eu-central-1", "account": "123456789012",
            "time": "2026-11-20T12:00:00Z", "version": "0", "resources": [],
        ]
        let entry = try #require(try Self.entries(event).first)
        #expect(entry.routes.count == 1)
        #expect(entry.destinations == [])
    }

    @Test func nobodyWantsIt() throws {
        let entry = try #require(try Self.entries("hello").first)
        #expect(entry.format == "text")
        #expect(entry.routes.last?.number == nil)
        #expect(entry.routes.last?.drops == true)
        #expect(entry.destinations == [])
    }

    @Test func whatCannotBeReadIsTold() throws {
        let entry = try #require(try Self.entries(#"{"AlarmName": "#).first)
        #expect(entry.format == "text")
        #expect(entry.problem?.hasPrefix("not valid JSON") == true)
    }

    /// Where the trace says that an event goes, it goes.
    @Test(arguments: Samples.all)
    func itSaysWhatHappens(sample: InputSample) throws {
        let rules = try Self.rules.get()
        let entries = RoutingTrace(sample.incoming, rules, at: Sample.time).entries
        let notifications = sample.notifications
        #expect(entries.count == notifications.count)
        for (entry, notification) in zip(entries, notifications) {
            #expect(entry.destinations.map(\.output) == rules.destinations(of: notification).map(\.output))
            for route in entry.routes where route.number != nil {
                #expect(route.isMatch == route.conditions.allSatisfy(\.holds))
            }
        }
    }
}
