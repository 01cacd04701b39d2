import Basics
import Foundation
import Notifier
import StateStore
import TestSupport
import Testing

private let isBuilt =
    Workspace.hasPython
    && ["bin/sla-runner", "lambda/metric-writer.zip", "lambda/uptime-checker.zip", "lambda/notifier.zip"].allSatisfy {
        FileManager.default.fileExists(atPath: Workspace.root.appending(path: "dist/\($0)").path)
    }

/// Silences and groups in `tocsin up`, with the functions in `dist/` and the local queue that wakes the notifier.
@Suite(.enabled(if: isBuilt, "run ./build.sh first: dist/ is not there"), .timeLimit(.minutes(3)))
struct UpSilenceTests {
    private static func write(_ text: String, _ folder: URL) throws {
        try text.write(to: folder.appending(path: "tocsin.yaml"), atomically: true, encoding: .utf8)
    }

    @Test("what goes off in a silence and lasts is sent when the silence ends, and not before")
    func silence() async throws {
        try await Workspace.withTemporaryFolder { folder in
            try Self.write(
                """
                checks:
                  endpoints:
                    - {name: api, url: "http://127.0.0.1:1/", interval: 1s, conditions: ["[STATUS] == 200"]}
                """, folder)
            let end = Timestamp.now() + .seconds(30)
            let added = try Command.run(
                BuiltTocsin.path,
                ["silence", "add", "title=~DOWN: api.*", "--until", end.iso8601(fractionDigits: 0)], folder: folder)
            #expect(added.status == 0, "\(added)")
            let up = try RunningTocsin(["up"], folder: folder, environment: [:])
            try up.wait(for: "chat: DOWN: api")
            #expect(Timestamp.now() >= end - .seconds(1))
            up.signal(SIGINT)
            #expect(up.end() == 0, "\(up.text)")
        }
    }

    @Test("what goes off together is one message, and is told again while it lasts; a restart goes on with it")
    func group() async throws {
        let chat = try ChatServer()
        defer { chat.stop() }
        try await Workspace.withTemporaryFolder { folder in
            try Self.write(
                """
                checks:
                  endpoints:
                    - {name: api, url: "http://127.0.0.1:1/", interval: 1s, conditions: ["[STATUS] == 200"]}
                    - {name: web, url: "http://127.0.0.1:1/", interval: 1s, conditions: ["[STATUS] == 200"]}
                notifications:
                  outputs: {ops: {kind: slack, url: "\(chat.url)/hook"}}
                  routes: [{match: {source: uptime}, to: ops, group-by: [], group-wait: 2s, group-interval: 2s, repeat: 4s}]
                """, folder)
            for session in 1...2 {
                let count = chat.accepted.count
                let up = try RunningTocsin(["up"], folder: folder, environment: [:])
                // In the second session they have been down for long: nothing but a reminder is to come.
                while chat.accepted.count < count + 2 {
                    try #require(up.isRunning, "session \(session): \(up.text)")
                    await Task.yield()
                }
                for message in chat.accepted[count...].filter({ $0.text.contains("DOWN") }) {
                    #expect(message.text.contains("DOWN: api"))
                    #expect(message.text.contains("DOWN: web"))
                }
                up.signal(SIGINT)
                #expect(up.end() == 0, "\(up.text)")
            }
        }
    }
}
