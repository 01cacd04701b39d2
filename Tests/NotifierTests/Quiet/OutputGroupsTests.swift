import AWS
import Basics
import ConfigurationSources
import Foundation
import FunctionRuntime
import JSON
import TestSupport
import Testing
import Transport

@testable import Notifier

/// Groups, reminders and their ends by outputs that are no chat of Slack's kind: all of the way, over connections.
@Suite struct OutputGroupsTests {
    private static func makeFolder() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "groups-\(UUID().uuidString)")
    }

    /// What an output's requests are after two alarms of a group, a reminder and the alarms' ends.
    @Test(arguments: HTTPServiceTests.services)
    func groupsOverHTTP(_ service: HTTPServiceTests.Service) async throws {
        let server = try ScriptedServer { _ in service.accepted }
        defer { server.stop() }
        let folder = Self.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let rules: JSONValue = [
            "outputs": ["ops": .object(service.settings(at: server.url))],
            "routes": [["to": "ops", "group-by": [], "group-wait": "30s", "group-interval": "5m", "repeat": "1h"]],
        ]
        let simulation = try await QuietSimulation({ _ in rules.description }, folder: folder)
        let start = simulation.clock.now
        func event(_ end: Timestamp? = nil) -> JSONValue {
            QuietSimulation.event(
                ["Alpha", "Beta"].map {
                    QuietSimulation.alert($0, ["region": "eu"], startedAt: start, endedAt: end)
                })
        }
        var seen = 0
        /// The requests since the last call, as text.
        func news() -> [String] {
            defer { seen = server.requests.count }
            return server.requests.dropFirst(seen).map { "\($0.target) \($0.text.removingPercentEncoding ?? $0.text)" }
        }
        try await simulation.handle(event())
        #expect(news() == [], "they wait for one another")
        // Services that close an alert by its name get each alarm by itself.
        let count = service.kind == "opsgenie" ? 2 : 1
        try await simulation.run(for: .seconds(31))
        let first = news()
        #expect(first.count == count, "\(first)")
        for name in ["Alpha", "Beta"] { #expect(first.joined().contains(name)) }
        #expect(!first.joined().contains("Still"))
        try await simulation.run(for: .seconds(3_600))
        let reminders = news()
        #expect(reminders.count == count, "\(reminders)")
        for name in ["Alpha", "Beta"] { #expect(reminders.joined().contains(name)) }
        try await simulation.handle(event(simulation.clock.now))
        try await simulation.run(for: .seconds(301))
        let ends = news()
        #expect(ends.count == count, "\(ends)")
        if service.kind == "opsgenie" {
            #expect(first.allSatisfy { $0.hasPrefix("/v2/alerts {") }, "\(first)")
            #expect(reminders.allSatisfy { $0.hasPrefix("/v2/alerts {") && $0.contains("Still so") }, "\(reminders)")
            #expect(ends.allSatisfy { $0.contains("/close?identifierType=alias {") }, "\(ends)")
        }
        // Nothing reminds of what is over.
        try await simulation.run(for: .seconds(7_200))
        #expect(news() == [])
    }

    /// An alarm, its reminder and its end by SES, a topic and a bus of moto, the wake-up in its queue.
    @Test(.enabled(if: Workspace.hasPython, "needs moto: ./build.sh setup"), .timeLimit(.minutes(2)))
    func remindersByAWS() async throws {
        let name = "reminds-\(UInt32.random(in: 0...UInt32.max))"
        let clock = TestClock(.now())
        let aws: @Sendable () throws -> AWSConfiguration = {
            let time = clock.source(realSleep: { try await Task.sleep(for: $0) })
            return try AWSConfiguration(
                environment: MotoServer.shared.get().environment, http: Network.http.get(), time: time)
        }
        let (topicQueue, busQueue) = (
            try await AWSOutputTests.queue(name + "-topic"), try await AWSOutputTests.queue(name + "-bus")
        )
        let sns = try AWSClient(.sns, configuration: aws())
        let topic = try await sns.call("CreateTopic", ["Name": .string(name)])["TopicArn"] ?? ""
        _ = try await sns.call(
            "Subscribe", ["TopicArn": topic, "Protocol": "sqs", "Endpoint": .string(topicQueue.arn)])
        let events = try AWSClient(.eventBridge, configuration: aws())
        _ = try await events.call("CreateEventBus", ["Name": .string(name)])
        let place: JSONObject = ["Name": .string(name), "EventBusName": .string(name)]
        _ = try await events.call(
            "PutRule", .object(place.merging(["EventPattern": #"{"source":["tocsin.notifier"]}"#])))
        _ = try await events.call(
            "PutTargets",
            [
                "Rule": .string(name), "EventBusName": .string(name),
                "Targets": [["Id": "queue", "Arn": .string(busQueue.arn)]],
            ])
        _ = try await AWSClient(.sesv2, configuration: aws()).call(
            "CreateEmailIdentity", ["EmailIdentity": .string("\(name)@example.org")])
        let rules: JSONValue = [
            "outputs": [
                "mail": ["kind": "email", "from": .string("\(name)@example.org"), "to": "ops@example.org"],
                "next": ["kind": "sns", "topic": topic], "bus": ["kind": "eventbridge", "bus": .string(name)],
            ],
            "routes": [["to": ["mail", "next", "bus"], "repeat": "1h"]],
        ]
        let folder = Self.makeFolder()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = Environment([
            "NOTIFY_CONFIG_TEXT": rules.description, "NOTIFY_STATE": folder.path,
            "NOTIFY_WAKE_QUEUE": try await AWSOutputTests.queue(name + "-wakes").url,
        ])
        let notifier = try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: clock.source(realSleep: { try await Task.sleep(for: $0) }), executor: Network.loop.get(), aws: aws)
        func handle(_ event: JSONValue) async throws -> String {
            try await notifier.handle(event.serialized(), .test(clock)).text
        }
        let start = clock.now
        func event(_ end: Timestamp? = nil) -> JSONValue {
            QuietSimulation.event([QuietSimulation.alert(name, ["region": "eu"], startedAt: start, endedAt: end)])
        }
        _ = try await handle(event())
        clock.advance(.seconds(3_601))
        let reminded = try await handle(Wake.allGroups.json)
        #expect(reminded.contains(#""sent":3"#), "\(reminded)")
        _ = try await handle(event(clock.now))
        clock.advance(.seconds(301))
        _ = try await handle(Wake.allGroups.json)
        let response = try await Network.http.get().execute(
            HTTPRequest("GET", MotoServer.shared.get().url + "/moto-api/data.json"))
        let mails = try (JSONValue(parsing: response.body)["ses"]?["Message"]?.arrayValue ?? []).filter {
            $0["source"]?.stringValue == "\(name)@example.org"
        }
        let bodies = mails.map { $0["body"]?.stringValue ?? "" }
        #expect(bodies.map { $0.contains("Still so") } == [false, true, false])
        #expect(mails.last?["subject"]?.stringValue?.contains("RESOLVED") == true, "\(mails)")
        let published = try await AWSOutputTests.received(topicQueue.url).map { message in
            try JSONValue(parsing: message.body["Message"]?.stringValue ?? "")
        }
        let put = try await AWSOutputTests.received(busQueue.url).compactMap { $0.body["detail"] }
        for messages in [published, put] {
            let told = messages.map { message in
                let isReminder = message["fields"]?[0]?["name"] == "Still so"
                return "\(message["severity"]?.stringValue ?? "") \(isReminder)"
            }
            #expect(told.sorted() == ["critical false", "critical true", "ok false"], "\(messages)")
        }
    }
}

extension HTTPServiceTests.Service {
    /// The output's settings as the rules have them.
    func settings(at url: String) -> JSONObject {
        var settings: JSONObject = ["kind": .string(kind)]
        for (key, value) in secrets { settings[key] = .string(value) }
        settings[hasURL ? "url" : "server"] = .string(hasURL ? url + target : url)
        return settings.merging(options)
    }
}
