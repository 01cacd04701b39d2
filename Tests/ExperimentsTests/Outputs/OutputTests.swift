import AWS
import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import Experiments

/// Where journals go, and in which shape.
struct OutputTests {
    private static func record(_ name: String, _ status: String, _ output: JSONValue = "x") -> JSONValue {
        [
            "activity": ["name": .string(name), "type": "action"], "status": .string(status), "output": output,
            "start": "2026-11-28T10:00:01+00:00", "end": "2026-11-28T10:00:02.500000+00:00",
        ]
    }

    private static func entry(
        _ title: String = "t", _ more: JSONObject = [:], output: JSONValue = "x"
    ) -> JournalOutput.Entry {
        var journal: JSONObject = [
            "experiment": ["title": .string(title)], "start": "2026-11-28T10:00:00+00:00",
            "end": "2026-11-28T10:05:09.250000+00:00", "status": "completed", "deviated": false, "duration": 309.25,
            "steady_states": [
                "before": ["steady_state_met": true, "probes": [record("p", "succeeded", output)]], "after": nil,
                "during": [["probes": [record("p", "succeeded", output)]]],
            ],
            "run": [record("a", "succeeded", output), record("b", "failed", output)], "rollbacks": [],
        ]
        for (key, value) in more { journal[key] = value }
        return JournalOutput.Entry(run: "run-1", source: "a.json", journal: journal)
    }

    @Test(
        "only a run that completed, did not deviate and left nothing broken is done",
        arguments: [
            ([:], "done"), (["deviated": true], "failed"), (["status": "failed"], "failed"),
            (["status": "interrupted"], "failed"), (["tocsin": ["targets": [["outcome": "restored"]]]], "done"),
            (["tocsin": ["targets": [["outcome": "left"]]]], "done"),
            (["tocsin": ["targets": [["outcome": "restored"], ["outcome": "still-broken"]]]], "failed"),
        ] as [(JSONObject, String)])
    func state(_ more: JSONObject, _ state: String) { #expect(Self.entry("t", more).state == state) }

    @Test(
        "a title becomes a name of letters, digits and dashes",
        arguments: [
            ("Stop two of three", "Stop-two-of-three"), ("  a//b  ", "a-b"), ("", "experiment"), ("äöü", "experiment"),
            ("§", "experiment"), (String(repeating: "a", count: 81), String(repeating: "a", count: 80)),
            (String(repeating: "a", count: 79) + " b", String(repeating: "a", count: 79)),
        ])
    func slug(_ title: String, _ name: String) { #expect(JournalOutput.slug(title) == name) }

    @Test("spans are OTLP: one trace, the run as root, parts and activities below it, with the journal's times")
    func spans() throws {
        let json = JournalOutput.spans(of: Self.entry(), service: "shop")
        let resource = try #require(json["resourceSpans"]?[0])
        #expect(resource["resource"]?["attributes"]?[0] == ["key": "service.name", "value": ["stringValue": "shop"]])
        let spans = try #require(resource["scopeSpans"]?[0]?["spans"]?.arrayValue)
        #expect(
            spans.compactMap { $0["name"]?.stringValue } == [
                "experiment", "hypothesis before", "p", "method", "a", "b",
            ])
        #expect(Set(spans.compactMap { $0["traceId"]?.stringValue }).count == 1)
        #expect(spans.allSatisfy { $0["traceId"]?.stringValue?.count == 32 && $0["spanId"]?.stringValue?.count == 16 })
        #expect(Set(spans.compactMap { $0["spanId"]?.stringValue }).count == 6)
        #expect(spans[0]["parentSpanId"] == nil)
        #expect(spans[3]["parentSpanId"] == spans[0]["spanId"])
        #expect(spans[5]["parentSpanId"] == spans[3]["spanId"])
        #expect(spans[4]["startTimeUnixNano"] == "1795860001000000000")
        #expect(spans[4]["endTimeUnixNano"] == "1795860002500000000")
        #expect(spans.map { $0["status"]?["code"]?.intValue } == [1, 1, 1, 1, 1, 2])
    }

    @Test(
        "the addresses of the collector are OpenTelemetry's variables",
        arguments: [
            ([:], nil), (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"], "http://c:4318/v1/traces"),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/"], "http://c:4318/v1/traces"),
            (
                ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://d/x"],
                "http://d/x"
            ),
        ] as [([String: String], String?)])
    func collector(_ variables: [String: String], _ url: String?) {
        #expect(TraceSettings(environment: variables)?.url == url)
    }

    @Test("a journal that is too large for a message goes without its outputs, and the rest of it stays")
    func large() async throws {
        let requests = Locked<[String]>([])
        let sns = try ScriptedServer { request in
            requests.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) }
            return .http(
                200, body: "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>")
        }
        defer { sns.stop() }
        let http = try HTTPClient(loop: .onOwnThread())
        let output = JournalOutput.topic("arn:aws:sns:eu-central-1:123456789012:t") {
            try .init(
                environment: awsVariables(at: sns.url), http: http,
                time: .init(now: { .now() }, sleep: { _ in }, random: { 0 }))
        }
        for size in [100, 300_000] {
            let entry = Self.entry(output: .string(String(repeating: "z", count: size)))
            _ = try await output.write(entry, .now() + .seconds(30))
        }
        let bodies = requests.withLock { $0 }
        #expect(bodies.count == 2)
        #expect(bodies[0].contains(String(repeating: "z", count: 100)))
        #expect(bodies[1].utf8.count < 10_000)
        #expect(bodies[1].contains("left+out") || bodies[1].contains("left%20out"))
        #expect(bodies[1].contains("completed"))
    }

    @Test("an output that fails is told, and the others are written all the same")
    func failures() async throws {
        let good = JournalOutput(name: "good") { _, _ in "place" }
        let bad = JournalOutput(name: "bad") { _, _ in throw ExperimentError(.activityFailed, "no room") }
        let results = await JournalOutput.write(Self.entry(), to: [bad, good], until: .now() + .seconds(5))
        #expect(results.map(\.name) == ["bad", "good"])
        #expect(results[0].error?.contains("no room") == true)
        #expect(results[1].location == "place")
        #expect(results[1].error == nil)
    }
}
