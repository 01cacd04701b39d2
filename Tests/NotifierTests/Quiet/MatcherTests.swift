import Basics
import JSON
import Testing

@testable import Notifier

@Suite struct MatcherTests {
    /// What Alertmanager's `ParseMatcher` takes, with our names; nil where it is refused.
    static let texts: [(text: String, canonical: String?)] = [
        ("severity=critical", #"severity="critical""#), ("title=x", #"title="x""#), ("title!=x", #"title!="x""#),
        ("title=~x.*", #"title=~"x.*""#), ("title!~x", #"title!~"x""#), ("  title  =  x  ", #"title="x""#),
        (#"title="x""#, #"title="x""#), (#"title=" x ""#, #"title=" x ""#), ("title=", #"title="""#),
        (#"title="a \"b\" \\ \n c""#, #"title="a \"b\" \\ \n c""#), (#"title=a\"b"#, #"title="a\"b""#),
        (#"title=a\zb"#, #"title="a\\zb""#), ("title==x", #"title="=x""#), ("title=a,b", #"title="a,b""#),
        ("tags.team=shop", #"tags.team="shop""#), ("fields.detail.jobs[0].name=~dev-.*", nil),
        ("fields.a=1", #"fields.a="1""#), ("alarm=cpu-high", #"alarm="cpu-high""#),
        ("title", nil), ("", nil), ("=x", nil), ("titel=x", nil), ("team=shop", nil), ("tags.=x", nil),
        (#"title="x"#, nil), (#"title=x""#, nil), (#"title="a"b""#, nil), ("title=~(", nil), ("title!~[", nil),
        ("severity=critcal", nil), ("source=cloudwatch-alrm", nil),
    ]

    @Test(arguments: texts.indices) func reads(row: Int) throws {
        let (text, canonical) = Self.texts[row]
        if text.hasPrefix("fields.detail") {
            #expect(try Matcher(text).description == #"fields.detail.jobs[0].name=~"dev-.*""#)
            return
        }
        guard let canonical else {
            #expect(throws: QuietError.self) { try Matcher(text) }
            return
        }
        let matcher = try Matcher(text)
        #expect(matcher.description == canonical)
        #expect(try Matcher(matcher.description) == matcher)
    }

    @Test(
        "a fault says what to write instead",
        arguments: [
            ("severity=critcal", "there is no critcal, did you mean critical?"),
            ("regoin=x", "regoin is unknown, did you mean region?"),
            ("team=shop", "team is unknown, expected state, account"), ("x", "expected name=value, name!=value"),
            ("title=~(", "is no regular expression"), (#"title="x"#, "a quotation mark in a value is written as"),
        ])
    func faults(text: String, fault: String) {
        let error = #expect(throws: QuietError.self) { try Matcher(text) }
        #expect(error?.message.contains(fault) == true, "\(String(describing: error))")
    }

    static let holding: [(String, Bool)] = [
        ("alarm=cpu-high", true), ("alarm=cpu", false), ("alarm=~cpu", false), ("alarm=~cpu.*", true),
        ("alarm=~a|cpu-high", true), ("alarm!~cpu.*", false), ("alarm!=x", true),
        ("severity=critical", true), ("severity!=critical", false), ("severity=~crit.*|warning", true),
        ("source=cloudwatch-alarm", true), ("state=ALARM", true), ("account=123456789012", true),
        ("region=~eu-.*", true), ("tags.team=web", true), ("tags.team!=web", false), ("tags.other=", true),
        ("tags.other!=x", true), ("tags.other=~.+", false), ("tags.other!~.+", true), ("detail-type=", true),
        ("fields.AlarmName=cpu-high", true), ("fields.Trigger.Dimensions.value=i-1", true),
        ("fields.Trigger.Dimensions.value=i-2", true), ("fields.Trigger.Dimensions.value=i-3", false),
        ("fields.Trigger.Dimensions.value!=i-1", false), ("fields.Trigger.Dimensions.value!=i-3", true),
        // The whole text, also where a line ends.
        ("title=~ALARM", false), ("title=~ALARM.*\n.*", false),
    ]

    @Test(arguments: holding) func holds(text: String, expected: Bool) throws {
        var alarm = Sample.alarm
        alarm.resource = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:cpu-high"
        alarm.message = [
            "AlarmName": "cpu-high", "Trigger": ["Dimensions": [["value": "i-1"], ["value": "i-2"]]],
        ]
        #expect(try Matcher(text).holds(for: alarm) == expected)
    }

    @Test(
        "names of alarms may have colons; other sources have their own",
        arguments: [
            ("arn:aws:cloudwatch:eu-central-1:1:alarm:a:b", Source.cloudWatchAlarm, "a:b"),
            ("a", .cloudWatchAlarm, "a"),
            ("x", .alertmanager, "HighLatency"), ("x", .grafana, "HighLatency"), ("x", .ec2, nil),
        ] as [(String, Source, String?)])
    func alarmNames(resource: String, source: Source, name: String?) {
        var alarm = Sample.alarm
        (alarm.resource, alarm.source, alarm.tags) = (resource, source, ["alertname": "HighLatency"])
        #expect(alarm.alarmName == name)
    }
}
