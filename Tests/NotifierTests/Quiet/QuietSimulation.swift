import AWS
import Basics
import Configuration
import ConfigurationSources
import Foundation
import FunctionRuntime
import JSON
import StateStore
import TestSupport
import Transport

@testable import Notifier

/// A notifier with a state and a queue by which it wakes itself, on a clock that moves from one wake-up to the next.
final class QuietSimulation {
    let clock: TestClock
    let chat: ChatServer
    let log = LogLines()
    let notifier: Notifier
    let silences: SilenceStore
    let store: StateStore
    /// Where the state is.
    let folder: URL
    private let queue: ScriptedServer
    private let wakes: Locked<[(due: Timestamp, body: String)]>
    private var count = 0

    /// The rules of an output `ops`, a Slack webhook, with routes or more.
    static func rules(_ more: String) -> (ChatServer) -> String {
        { "outputs: {ops: {kind: slack, url: \"\($0.url)/hook\"}}\n\(more)\n" }
    }

    /// - Parameters:
    ///   - folder: for the state; it is made.
    ///   - brokenQueue: whether the queue refuses what is sent to it.
    init(
        _ rules: (ChatServer) -> String, folder: URL, chat: ChatServer? = nil, clock: TestClock = TestClock(.now()),
        brokenQueue: @escaping @Sendable () -> Bool = { false }
    ) async throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.clock = clock
        self.folder = folder
        let chat = try chat ?? ChatServer()
        self.chat = chat
        let wakes = Locked<[(due: Timestamp, body: String)]>([])
        self.wakes = wakes
        queue = try ScriptedServer { request in
            if brokenQueue() { return .http(400, body: #"{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}"#) }
            guard let message = try? JSONValue(parsing: request.text), let body = message["MessageBody"]?.stringValue
            else { return .http(400, body: "{}") }
            let delay = Duration.seconds(message["DelaySeconds"]?.intValue ?? 0)
            wakes.withLock { $0.append((clock.now + delay, body)) }
            return .http(200, body: #"{"MessageId":"1"}"#)
        }
        let environment = Environment([
            "NOTIFY_CONFIG_TEXT": rules(chat), "NOTIFY_STATE": folder.path, "NOTIFY_DIGEST": "0",
            "NOTIFY_WAKE_QUEUE": queue.url + "/queue",
        ])
        let time = clock.source(realSleep: { try await Task.sleep(for: $0) })
        let variables = awsVariables(at: queue.url)
        notifier = try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: time, executor: Network.loop.get()
        ) {
            try AWSConfiguration(environment: variables, http: Network.http.get(), time: time)
        }
        store = .folder(folder.path)
        silences = SilenceStore(store, time: time)
    }

    deinit {
        chat.stop()
        queue.stop()
    }

    /// The notifier gets an event.
    @discardableResult
    func handle(_ event: JSONValue) async throws -> String {
        let context = InvocationContext.test(clock, log: log)
        return try await InvocationContext.$current.withValue(context) {
            try await notifier.handle(event.serialized(), context).text
        }
    }

    /// The wake-ups that wait, the first to come first.
    var waiting: [Timestamp] { wakes.withLock { $0.map(\.due).sorted() } }

    /// Nobody gets the wake-ups that wait.
    func loseWakes() { wakes.withLock { $0.removeAll() } }

    /// Moves the clock to the next wake-up and delivers it.
    /// - Returns: the notifier's answer; nil when nothing waits.
    @discardableResult
    func wake() async throws -> String? {
        let next = wakes.withLock { wakes -> (due: Timestamp, body: String)? in
            guard let index = wakes.indices.min(by: { wakes[$0].due < wakes[$1].due }) else { return nil }
            return wakes.remove(at: index)
        }
        guard let next else { return nil }
        if next.due > clock.now { clock.advance(next.due - clock.now) }
        count += 1
        return try await handle(["Records": [SampleEvents.queueRecord(id: "wake-\(count)", next.body)]])
    }

    /// Delivers wake-ups until so many messages were sent, or none is left within a day.
    func run(untilMessages count: Int) async throws {
        let limit = clock.now + .seconds(86_400)
        while chat.accepted.count < count, clock.now < limit, try await wake() != nil {}
    }

    /// Delivers the wake-ups of a time.
    func run(for length: Duration) async throws {
        let end = clock.now + length
        while let next = waiting.first, next <= end { try await wake() }
        if end > clock.now { clock.advance(end - clock.now) }
    }

    /// The messages that were sent, each with the alarms that it names: `A firing, B resolved`.
    func messages(naming names: [String]) -> [String] {
        chat.accepted.map { request in
            names.sorted().flatMap { name in
                ["firing", "resolved"].filter { request.text.contains("\($0.uppercased()): \(name)") }
                    .map { "\(name) \($0)" }
            }.joined(separator: ", ")
        }
    }

    /// An alert as Alertmanager tells it.
    static func alert(
        _ name: String, _ labels: [String: String], startedAt start: Timestamp, endedAt end: Timestamp? = nil
    ) -> JSONValue {
        var object: JSONObject = [
            "status": end == nil ? "firing" : "resolved", "startsAt": .string(start.iso8601),
            "fingerprint": .string(name),
            "labels": .object(
                JSONObject(
                    labels.merging(["alertname": name]) { $1 }.sorted { $0.key < $1.key }
                        .map { ($0.key, .string($0.value)) })),
        ]
        if let end { object["endsAt"] = .string(end.iso8601) }
        return .object(object)
    }

    /// The webhook's event for alerts.
    static func event(_ alerts: [JSONValue]) -> JSONValue { ["version": "4", "alerts": .array(alerts)] }
}

extension QuietScenario {
    /// The rules that say what Alertmanager's configuration says.
    private var rules: String {
        let inhibitions = Self.inhibitions.map { rule in
            "  - {source-matchers: [tags.\(rule.source)], target-matchers: [tags.\(rule.target)], equal: tags.region}"
        }
        return """
            routes:
              - {to: ops, group-by: tags.region, group-wait: \(wait)s, group-interval: \(interval)s, repeat: \(repeats)s}
            inhibit:
            \(inhibitions.joined(separator: "\n"))
            """
    }

    /// Plays the scenario with the notifier.
    /// - Returns: its messages.
    func play(in folder: URL) async throws -> [String] {
        let simulation = try await QuietSimulation(QuietSimulation.rules(rules), folder: folder)
        var starts: [String: Timestamp] = [:]
        for step in steps {
            switch step {
            case .fire(let names):
                for name in names { starts[name] = simulation.clock.now }
                try await simulation.handle(
                    QuietSimulation.event(
                        names.map { QuietSimulation.alert($0, alarms[$0] ?? [:], startedAt: simulation.clock.now) }))
            case .resolve(let names):
                let now = simulation.clock.now
                try await simulation.handle(
                    QuietSimulation.event(
                        names.map {
                            QuietSimulation.alert($0, alarms[$0] ?? [:], startedAt: starts[$0] ?? now, endedAt: now)
                        }))
            case .silence(let name):
                try await simulation.silences.add(
                    Silence(
                        id: "s1", matchers: [Matcher("alarm=\(name)")], author: "ada", reason: "",
                        start: simulation.clock.now, end: simulation.clock.now + .seconds(3_600)))
                // The list that was read a moment ago is used for some seconds.
                simulation.clock.advance(QuietState.maximumAge)
            case .endSilence: _ = try await simulation.silences.end("s1")
            case .messages(let count): try await simulation.run(untilMessages: count)
            }
        }
        return simulation.messages(naming: Array(alarms.keys))
    }
}
