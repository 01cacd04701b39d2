import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import Notifier

/// Groups, silences and inhibitions beside Alertmanager itself: the same alarms lead to the same messages.
@Suite(.timeLimit(.minutes(4))) struct AlertmanagerTests {
    @Test("the notifier sends what is expected", arguments: QuietScenario.all)
    func notifier(scenario: QuietScenario) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let messages = try await scenario.play(in: folder)
            #expect(scenario.byRegion(messages) == scenario.expected)
        }
    }

    @Test(
        "Alertmanager sends the same",
        .enabled(if: Alertmanager.isThere, "run ./build.sh test, which fetches prometheus-alertmanager"))
    func alertmanager() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let alertmanager = try Alertmanager(QuietScenario.all, folder: folder)
            defer { alertmanager.stop() }
            try await withThrowingTaskGroup(of: (Int, [String]).self) { group in
                for (index, scenario) in QuietScenario.all.enumerated() {
                    group.addTask { (index, try await alertmanager.play(scenario, index)) }
                }
                for try await (index, messages) in group {
                    let scenario = QuietScenario.all[index]
                    #expect(scenario.byRegion(messages) == scenario.expected, "\(scenario.name)")
                }
            }
        }
    }
}

/// Debian's Alertmanager with a route for each scenario, whose webhook is a server of the test.
private final class Alertmanager: Sendable {
    private static let folder = Workspace.root.appending(path: ".build/alertmanager")
    private static let program = folder.appending(path: "prometheus-alertmanager")
    static let isThere = FileManager.default.isExecutableFile(atPath: program.path)

    private let process = Process()
    private let hooks: ScriptedServer
    private let arrivals: [Arrivals]
    private let url: String

    init(_ scenarios: [QuietScenario], folder: URL) throws {
        let arrivals = scenarios.map { _ in Arrivals() }
        self.arrivals = arrivals
        hooks = try ScriptedServer { request in
            let index = Int(request.target.dropFirst()) ?? 0
            let alerts = (try? JSONValue(parsing: request.text))?["alerts"]?.arrayValue ?? []
            let names = alerts.map { alert in
                "\(alert["labels"]?["alertname"]?.stringValue ?? "?") \(alert["status"]?.stringValue ?? "?")"
            }
            arrivals[index].add(names.sorted().joined(separator: ", "))
            return .http(200)
        }
        let file = folder.appending(path: "alertmanager.yml")
        try Self.configuration(scenarios, hooks.url).write(to: file, atomically: true, encoding: .utf8)
        let output = Pipe()
        process.executableURL = Self.program
        process.currentDirectoryURL = Self.folder
        process.arguments = [
            "--config.file=\(file.path)", "--storage.path=\(folder.path)/data", "--cluster.listen-address=",
            "--web.listen-address=127.0.0.1:0",
        ]
        process.standardError = output
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var log = ""
        var address: String?
        while address == nil {
            let piece = output.fileHandleForReading.availableData
            guard !piece.isEmpty else { throw ServerError("Alertmanager ended before it listened:\n\(log)") }
            log += String(decoding: piece, as: UTF8.self)
            if let place = log.range(of: #"msg="Listening on" address="#), log[place.upperBound...].contains("\n") {
                address = String(log[place.upperBound...].prefix { !$0.isWhitespace })
            }
        }
        url = "http://\(address ?? "")/api/v2"
        // Its further lines must not fill the pipe.
        output.fileHandleForReading.readabilityHandler = { if $0.availableData.isEmpty { $0.readabilityHandler = nil } }
    }

    func stop() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        hooks.stop()
    }

    private static func configuration(_ scenarios: [QuietScenario], _ url: String) -> String {
        let routes = scenarios.enumerated().map { index, scenario in
            "    - {matchers: ['scenario=\"\(index)\"'], receiver: r\(index), group_by: [region], group_wait: "
                + "\(scenario.wait)s, group_interval: \(scenario.interval)s, repeat_interval: \(scenario.repeats)s}"
        }
        let receivers = scenarios.indices.map { "  - {name: r\($0), webhook_configs: [{url: '\(url)/\($0)'}]}" }
        let inhibitions = QuietScenario.inhibitions.map { rule in
            "  - {source_matchers: ['\(rule.source)'], target_matchers: ['\(rule.target)'], equal: [scenario, region]}"
        }
        return """
            route:
              receiver: r0
              routes:
            \(routes.joined(separator: "\n"))
            receivers:
            \(receivers.joined(separator: "\n"))
            inhibit_rules:
            \(inhibitions.joined(separator: "\n"))

            """
    }

    /// Plays a scenario.
    /// - Returns: the messages.
    func play(_ scenario: QuietScenario, _ index: Int) async throws -> [String] {
        var starts: [String: Timestamp] = [:]
        var silence = ""
        func alert(_ name: String, endedAt end: Timestamp? = nil) -> JSONValue {
            var labels = scenario.alarms[name] ?? [:]
            (labels["alertname"], labels["scenario"]) = (name, "\(index)")
            var object: JSONObject = [
                "labels": .object(JSONObject(labels.map { ($0.key, .string($0.value)) })),
                "startsAt": .string((starts[name] ?? .now()).iso8601),
            ]
            if let end { object["endsAt"] = .string(end.iso8601) }
            return .object(object)
        }
        for step in scenario.steps {
            switch step {
            case .fire(let names):
                for name in names { starts[name] = .now() }
                _ = try await call("POST", "/alerts", .array(names.map { alert($0) }))
            case .resolve(let names):
                _ = try await call("POST", "/alerts", .array(names.map { alert($0, endedAt: .now()) }))
            case .silence(let name):
                let now = Timestamp.now()
                let matchers = [("alertname", name), ("scenario", "\(index)")].map { name, value -> JSONValue in
                    ["name": .string(name), "value": .string(value), "isRegex": false, "isEqual": true]
                }
                let answer = try await call(
                    "POST", "/silences",
                    [
                        "matchers": .array(matchers), "startsAt": .string(now.iso8601),
                        "endsAt": .string((now + .seconds(3_600)).iso8601), "createdBy": "ada", "comment": "test",
                    ])
                silence = answer["silenceID"]?.stringValue ?? ""
            case .endSilence: _ = try await call("DELETE", "/silence/\(silence)", nil)
            case .messages(let count):
                guard await arrivals[index].reached(count) else {
                    throw ServerError("\(scenario.name): \(arrivals[index].all) and no more")
                }
            }
        }
        return arrivals[index].all
    }

    private func call(_ method: String, _ path: String, _ body: JSONValue?) async throws -> JSONValue {
        let response = try await Network.http.get().execute(
            HTTPRequest(
                method, url + path, headers: ["Content-Type": "application/json"],
                body: body.map { .bytes($0.serialized()) } ?? .none))
        guard response.status == 200 else {
            throw ServerError("\(path): \(response.status) \(String(decoding: response.body, as: UTF8.self))")
        }
        return (try? JSONValue(parsing: response.body)) ?? .null
    }
}

/// Messages as they come, for those who wait for a number of them.
private final class Arrivals: Sendable {
    private let state = Locked<(messages: [String], waiters: [(count: Int, gate: Gate)])>(([], []))

    var all: [String] { state.withLock { $0.messages } }

    func add(_ message: String) {
        state.withLock { state in
            state.messages.append(message)
            for waiter in state.waiters where waiter.count <= state.messages.count { waiter.gate.open() }
        }
    }

    /// Waits; gives up after 30 seconds.
    func reached(_ count: Int) async -> Bool {
        let gate = Gate()
        let isThere = state.withLock { state in
            state.waiters.append((count, gate))
            return state.messages.count >= count
        }
        return isThere ? true : await gate.opened()
    }
}
