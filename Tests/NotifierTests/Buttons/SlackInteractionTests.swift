import Basics
import FunctionRuntime
import JSON
import StateStore
import TestSupport
import Testing
import Transport

@testable import Notifier

/// Presses from Slack's request to what Slack is told, with a chat that answers as Slack's Web API does.
@Suite struct SlackInteractionTests {
    private let clock = TestClock(Sample.time)
    private let log = LogLines()
    private let silenced = Locked<[String]>([])
    /// Silences that were ended elsewhere.
    private let ended = Locked<[String]>([])
    private let acknowledged = Locked<[String]>([])

    private struct Failure: Error {}

    /// A chat, and the parts of the notifier around it.
    private struct Bench {
        let chat: ChatServer
        let delivery: DeliveryContext
        let rules: Rules
        let interactions: SlackInteractions
    }

    private func makeBench(
        failing: Bool = false,
        _ behaviour: @escaping @Sendable (ServerRequest, Int) -> ChatServer.Behaviour = { _, _ in .accepts }
    ) throws -> Bench {
        let chat = try ChatServer { request, number in
            if request.target == "/api/files.getUploadURLExternal" {
                let host = request["Host"] ?? ""
                return .acceptsSaying(#"{"ok":true,"upload_url":"http://\#(host)/upload","file_id":"F1"}"#)
            }
            return behaviour(request, number)
        }
        let text = """
            outputs:
              ops: {kind: slack-bot, token: xoxb, channel: C1, server: "\(chat.url)/api", slack-signing-secret: \(SlackRequestTests.secret)}
              other: {kind: slack-bot, token: xoxb, channel: C2, server: "\(chat.url)/api", slack-signing-secret: another}
            """
        var delivery = try DeliveryContext.test(clock)
        let store = StateStore.memory(capacity: 100)
        delivery.buttons = ButtonStore(store: { store }, time: clock.source)
        let (silenced, acknowledged, ended) = (silenced, acknowledged, ended)
        let effects = SlackInteractions.Effects(
            newSilenceName: { "k3fpa" },
            silence: { alarm, deed, _ in
                if failing { throw Failure() }
                silenced.withLock { $0.append("\(alarm.incident) \(deed.user.name) \(deed.silence ?? "")") }
            },
            isSilenced: { deed, _ in !ended.withLock { $0.contains(deed.silence ?? "") } },
            acknowledge: { alarm, deed, _ in
                if failing { throw Failure() }
                acknowledged.withLock { $0.append("\(alarm.incident) \(deed.user.name)") }
            })
        return Bench(
            chat: chat, delivery: delivery, rules: try Rules(parsing: Array(text.utf8), environment: [:]),
            interactions: SlackInteractions(delivery: delivery, effects: effects))
    }

    /// Sends an alarm to an output, and tells the message's name.
    private func send(_ bench: Bench, _ notification: Notification = SentAlarmTests.alarm) async throws -> String {
        let output = try #require(bench.rules.outputs.first)
        let outcomes = await OutputDelivery(definition: output, delivery: bench.delivery)
            .deliver([PendingNotification(notification: notification)], until: clock.now + .seconds(20))
        #expect(outcomes == [.sent])
        return "1700000000.\(1_000_000 + bench.chat.requests.count - 1)"
    }

    private func press(
        _ action: String, _ message: String, _ bench: Bench, by user: String = "ada",
        secret: String = SlackRequestTests.secret,
        value: String = SentAlarmTests.sent.id, at time: Timestamp? = nil
    ) async throws -> JSONValue? {
        let payload = SlackRequestTests.payload(
            action, value: value, user: user, message: message, more: ["trigger_id": .string("\(user)\(action)")])
        let event = SlackRequestTests.event(payload, secret: secret, at: time ?? clock.now)
        return try await post(event, bench)
    }

    private func post(_ event: JSONValue, _ bench: Bench) async throws -> JSONValue? {
        let context = InvocationContext.test(clock, log: log)
        guard let request = SlackRequest(event) else { return nil }
        let response = try await InvocationContext.$current.withValue(context) {
            try await bench.interactions.response(
                to: request, bench.rules, until: context.deadline, context.logger)
        }
        return try response.map { try JSONValue(parsing: $0.text) }
    }

    private static func calls(_ bench: Bench, _ method: String) -> [JSONValue] {
        bench.chat.requests.filter { $0.target == "/api/" + method }
            .map { (try? JSONValue(parsing: $0.text)) ?? .string($0.text) }
    }

    @Test("silence: the silence is made, the message and its thread tell by whom and until when")
    func silence() async throws {
        let bench = try makeBench()
        defer { bench.chat.stop() }
        let message = try await send(bench)
        #expect(try await press("tocsin-silence", message, bench)?["statusCode"] == 200)
        #expect(silenced.withLock { $0 } == ["arn:cpu-high ada k3fpa"])
        let posts = Self.calls(bench, "chat.postMessage")
        #expect(posts.count == 2)
        #expect(posts.last?["thread_ts"] == .string(message))
        #expect(posts.last?["mrkdwn"] == false)
        #expect(
            posts.last?["text"]
                == "🔕 Silenced by ada until 2026-11-21 04:42 UTC. Silence k3fpa: tocsin silence end k3fpa ends it.")
        let updates = Self.calls(bench, "chat.update")
        #expect(updates.count == 1)
        #expect(updates[0]["ts"] == .string(message))
        #expect(updates[0].description.contains("Silenced by ada until 2026-11-21 04:42 UTC"))
    }

    @Test("a silence that was ended elsewhere can be made again")
    func endedElsewhere() async throws {
        let bench = try makeBench()
        defer { bench.chat.stop() }
        let message = try await send(bench)
        _ = try await press("tocsin-silence", message, bench)
        #expect(try await press("tocsin-silence", message, bench, by: "bob")?["statusCode"] == 200)
        #expect(silenced.withLock { $0.count } == 1)
        ended.withLock { $0.append("k3fpa") }
        #expect(try await press("tocsin-silence", message, bench, by: "eve")?["statusCode"] == 200)
        #expect(silenced.withLock { $0 } == ["arn:cpu-high ada k3fpa", "arn:cpu-high eve k3fpa"])
    }

    @Test("the second one is told who was first, and nothing is done twice")
    func second() async throws {
        let bench = try makeBench()
        defer { bench.chat.stop() }
        let message = try await send(bench)
        _ = try await press("tocsin-acknowledge", message, bench)
        #expect(try await press("tocsin-acknowledge", message, bench, by: "bob")?["statusCode"] == 200)
        #expect(acknowledged.withLock { $0 } == ["arn:cpu-high ada"])
        let told = Self.calls(bench, "chat.postEphemeral")
        #expect(told.count == 1)
        #expect(told[0]["user"] == "U1")
        #expect(told[0]["text"] == "Nothing to do: ✅ Acknowledged by ada at 2026-11-21 03:42 UTC.")
        #expect(Self.calls(bench, "chat.postMessage").count == 2)
    }

    @Test func manyAtOnceMakeOneSilence() async throws {
        let bench = try makeBench()
        defer { bench.chat.stop() }
        let message = try await send(bench)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask { _ = try await press("tocsin-silence", message, bench, by: "user\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(silenced.withLock { $0 }.count == 1)
        #expect(Self.calls(bench, "chat.postEphemeral").count == 11)
    }

    @Test func aRecordedRequestIsRefused() async throws {
        let bench = try makeBench()
        defer { bench.chat.stop() }
        let message = try await send(bench)
        let event = SlackRequestTests.event(
            SlackRequestTests.payload("tocsin-graph", value: SentAlarmTests.sent.id, message: message), at: clock.now)
        #expect(try await post(event, bench)?["statusCode"] == 200)
        #expect(try await post(event, bench)?["statusCode"] == 409)
        clock.advance(.seconds(301))
        #expect(try await post(event, bench)?["statusCode"] == 401)
        #expect(log.text.contains("more than five minutes old"))
    }

    @Test func whoIsNotSlackIsRefused() async throws {
        let bench = try makeBench()
        defer { bench.chat.stop() }
        let message = try await send(bench)
        let count = bench.chat.requests.count
        #expect(try await press("tocsin-silence", message, bench, secret: "guessed")?["statusCode"] == 401)
        #expect(bench.chat.requests.count == count)
        #expect(silenced.withLock { $0 } == [])
        #expect(!log.text.contains(SlackRequestTests.secret))
        // Other requests go their usual way.
        #expect(try await post(["headers": [:], "body": "payload={}"], bench) == nil)
    }

    @Test("an app acts only upon its own outputs, and upon alarms that were sent, in the message that was sent")
    func onlyWhatWasSent() async throws {
        let bench = try makeBench()
        defer { bench.chat.stop() }
        let message = try await send(bench)
        for (value, place, secret) in [
            (SentAlarmTests.sent.id, message, "another"), (SentAlarmTests.sent.id, "1.1", SlackRequestTests.secret),
            (String(repeating: "0", count: 32), message, SlackRequestTests.secret),
            ("../../etc/passwd", message, SlackRequestTests.secret), ("", message, SlackRequestTests.secret),
        ] {
            let answer = try await press("tocsin-silence", place, bench, by: value, secret: secret, value: value)
            #expect(answer?["statusCode"] == 200)
        }
        #expect(silenced.withLock { $0 } == [])
        #expect(Self.calls(bench, "chat.update") == [])
        let texts = Self.calls(bench, "chat.postEphemeral").compactMap { $0["text"]?.stringValue }
        #expect(texts.count == 5)
        #expect(texts.count { $0.contains("not known here") } == 4)
        #expect(texts.count { $0.contains("not the newest") } == 1)
    }

    @Test func aButtonThatOpensAPageDoesNothing() async throws {
        let bench = try makeBench()
        defer { bench.chat.stop() }
        let message = try await send(bench)
        let count = bench.chat.requests.count
        #expect(try await press("link-0", message, bench)?["statusCode"] == 200)
        #expect(bench.chat.requests.count == count)
    }

    @Test("what could not be done is told, and can be done by the next press")
    func failure() async throws {
        let bench = try makeBench(failing: true)
        defer { bench.chat.stop() }
        let message = try await send(bench)
        #expect(try await press("tocsin-silence", message, bench)?["statusCode"] == 500)
        #expect(Self.calls(bench, "chat.update") == [])
        #expect(Self.calls(bench, "chat.postEphemeral").map { $0["text"] } == ["It could not be done: try again."])
        let works = SlackInteractions(
            delivery: bench.delivery,
            effects: .init(
                newSilenceName: { "s2" }, silence: { _, _, _ in }, isSilenced: { _, _ in true },
                acknowledge: { _, _, _ in }))
        let again = Bench(chat: bench.chat, delivery: bench.delivery, rules: bench.rules, interactions: works)
        #expect(try await press("tocsin-silence", message, again, by: "bob")?["statusCode"] == 200)
        #expect(Self.calls(bench, "chat.update").count == 1)
    }

    @Test("Slack gets its answer in three seconds, whatever its API does")
    func slowSlack() async throws {
        let bench = try makeBench { request, _ in
            request.target == "/api/chat.update" ? .limits(seconds: 60) : .accepts
        }
        defer { bench.chat.stop() }
        let message = try await send(bench)
        let start = clock.now
        #expect(try await press("tocsin-silence", message, bench)?["statusCode"] == 200)
        #expect(clock.now - start < .seconds(3))
        #expect(silenced.withLock { $0 }.count == 1)
        #expect(log.text.contains("what was pressed is not shown in Slack"))
        // The next press finds it done, and shows it.
        _ = try await press("tocsin-silence", message, bench, by: "bob")
        #expect(Self.calls(bench, "chat.update").count == 2)
    }

    @Test("the end of the alarm keeps who has done what, and takes the buttons away")
    func theEnd() async throws {
        let bench = try makeBench()
        defer { bench.chat.stop() }
        let message = try await send(bench)
        _ = try await press("tocsin-acknowledge", message, bench)
        _ = try await send(bench, Sample.ok)
        let last = try #require(Self.calls(bench, "chat.update").last)
        #expect(last["ts"] == .string(message))
        #expect(last["attachments"]?[0]?["color"] == "good")
        #expect(last.description.contains("Acknowledged by ada"))
        #expect(!last.description.contains("tocsin-silence"))
    }

    @Test func withoutAPlaceForThemThereAreNoButtons() async throws {
        let bench = try makeBench()
        defer { bench.chat.stop() }
        var delivery = bench.delivery
        delivery.buttons = nil
        let bare = Bench(
            chat: bench.chat, delivery: delivery, rules: bench.rules,
            interactions: SlackInteractions(delivery: delivery, effects: bench.interactions.effects))
        _ = try await send(bare)
        #expect(!Self.calls(bench, "chat.postMessage")[0].description.contains("tocsin-silence"))
        _ = try await send(bench, SentAlarmTests.alarm.again)
        #expect(Self.calls(bench, "chat.postMessage")[1].description.contains("tocsin-silence"))
        #expect(try await press("tocsin-silence", "1.5", bare)?["statusCode"] == 200)
        #expect(log.text.contains("set NOTIFY_STATE"))
    }
}

extension Notification {
    /// Another message of the same alarm.
    fileprivate var again: Notification {
        var again = self
        again.dedupeKey += "-again"
        return again
    }
}
