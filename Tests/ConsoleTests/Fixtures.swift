import Basics
import HTTPServer
import NIOHTTP1
import ServiceHistory
import StatusPages

@testable import Console

/// A console without a server: requests go to its handler.
struct TestConsole {
    let handler: ConsoleHandler
    let actions = RecordingActions()
    static let port = 40_123
    static let token = "0123456789abcdef0123456789abcdef"

    init(_ snapshot: ConsoleSnapshot = .sample) {
        let access = ConsoleAccess(token: Self.token)
        handler = ConsoleHandler(access: access, board: ConsoleBoard({ snapshot }, access: access), actions: actions)
        handler.port.withLock { $0 = Self.port }
    }

    /// The path of the page, and the cookie's pair as a browser sends it.
    var path: String { handler.access.path }
    var cookie: String { String(handler.access.setCookie.prefix { $0 != ";" }) }

    /// What the console's own page sends with a form.
    var formHeaders: HTTPHeaders {
        [
            "Host": "127.0.0.1:\(Self.port)", "Cookie": cookie, "Origin": "http://127.0.0.1:\(Self.port)",
            "Sec-Fetch-Site": "same-origin",
        ]
    }

    func send(
        _ method: HTTPMethod, _ uri: String, _ headers: HTTPHeaders, body: ReceivedRequest.Body = .complete([])
    ) async -> (status: UInt, headers: HTTPHeaders, text: String) {
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers)
        let reply = await handler.reply(to: ReceivedRequest(head: head, body: body))
        guard case .bytes(let bytes) = reply.body else { return (reply.status.code, reply.headers, "") }
        return (reply.status.code, reply.headers, String(decoding: bytes, as: UTF8.self))
    }

    /// Posts a form, with the form token unless another one is given.
    func post(
        _ action: String, _ fields: [(String, String)] = [], form: String? = nil, headers: HTTPHeaders? = nil
    ) async -> (status: UInt, headers: HTTPHeaders, text: String) {
        let all = [("form", form ?? handler.access.formToken)] + fields
        let body = all.map { "\($0.0)=\(percentEncoded($0.1))" }.joined(separator: "&")
        return await send(.POST, path + action, headers ?? formHeaders, body: .complete(Array(body.utf8)))
    }
}

/// Actions that are only written down.
final class RecordingActions: ConsoleActions {
    let done = Locked<[String]>([])
    let plan = Locked("step 1")
    let refusal = Locked<String?>(nil)

    private func record(_ text: String) -> String {
        done.withLock { $0.append(text) }
        return text
    }

    func check(service: String?) async throws -> String {
        if service == "broken" { throw ConsoleError(.incompleteForm, "broken: no <answer>") }
        return record("check \(service ?? "all")")
    }
    func plan(experiment id: String) async throws -> ConsolePlan {
        let text = plan.withLock { $0 }
        return ConsolePlan(text: text, digest: "digest of \(text)", refusal: refusal.withLock { $0 })
    }
    func run(experiment id: String, plan digest: String) async throws -> String {
        guard try await plan(experiment: id).digest == digest else {
            throw ConsoleError(.planHasChanged, "<The plan> has changed.")
        }
        return record("run \(id)")
    }
    func stopExperiment() async throws -> String { record("stop") }
    func sendTestEvent() async throws -> String { record("test event") }
    func silence(alarm: String, for duration: Duration) async throws -> String {
        record("silence \(alarm) \(duration.text)")
    }
}

extension ConsoleSnapshot {
    static let now = Timestamp(iso8601: "2026-11-28T14:03:20Z") ?? Timestamp(microseconds: 0)

    /// One of everything.
    static var sample: ConsoleSnapshot {
        var snapshot = ConsoleSnapshot(time: now, startedAt: now - .seconds(600))
        let history = ServiceHistory(
            name: "search", group: "shop", kind: .check,
            points: (0..<60).map { place in
                HistoryPoint(
                    start: now - .seconds(600 - place * 10), length: .zero, attempts: 1,
                    successes: (30..<36).contains(place) ? 0 : 1, seconds: 0.1)
            },
            causes: [.init(time: now - .seconds(300), text: "[STATUS] (503) == 200")])
        snapshot.services = [ServiceEntry(history: history, state: .up, lastResult: now, lastSeconds: 0.1)]
        snapshot.alarms = [
            Alarm(
                name: "shop/search", state: "OK", reason: "fine", since: now - .seconds(240), rule: "the rule “up”",
                condition: "Average of success < 0.7 for 10 s",
                changes: [
                    .init(time: now - .seconds(240), state: "OK", reason: "1"),
                    .init(time: now - .seconds(290), state: "ALARM", reason: "0"),
                ])
        ]
        snapshot.messages = [Message(time: now, title: "Down: shop/search", text: "503", tone: "bad")]
        snapshot.experiments = [
            Experiment(
                id: "outage.yaml", title: "An outage", state: .passed, outcome: "Passed.",
                activities: [
                    .init(name: "p", kind: "probe", start: now - .seconds(310), end: now - .seconds(309), isGood: true),
                    .init(
                        name: "a", kind: "action", start: now - .seconds(308), end: now - .seconds(250), isGood: true),
                    .init(
                        name: "p", kind: "probe", start: now - .seconds(249), end: now - .seconds(248), isGood: false),
                ])
        ]
        snapshot.functions = [
            Function(
                name: "notifier", invocations: 3, errors: 1, starts: 1, peakMemory: 12_582_912,
                recent: [
                    .init(time: now, milliseconds: 10), .init(time: now, milliseconds: 30, error: "no topic"),
                    .init(time: now, milliseconds: 20, coldStart: 21),
                ], log: ["INFO start"])
        ]
        snapshot.notes = [Note(time: now, text: "started")]
        return snapshot
    }
}
