import Basics
import Foundation
import LocalHistory
import ServiceHistory
import TestSupport
import Testing

private let isBuilt =
    Workspace.hasPython
    && ["bin/sla-runner", "lambda/metric-writer.zip", "lambda/uptime-checker.zip", "lambda/notifier.zip"].allSatisfy {
        FileManager.default.fileExists(atPath: Workspace.root.appending(path: "dist/\($0)").path)
    }

/// The real `tocsin up` with external endpoints, whose results curl pushes.
@Suite(.enabled(if: isBuilt, "run ./build.sh first: dist/ is not there"), .timeLimit(.minutes(3)))
struct UpExternalTests {
    /// Pushes as a script does.
    /// - Returns: the status and the answer.
    private func push(_ url: String, _ options: String...) throws -> String {
        let curl = try Command.run(
            "curl", ["-sS", "--retry", "10", "-X", "POST", "-w", "%{http_code}"] + options + [url])
        try #require(curl.status == 0, "\(curl.errors)")
        return curl.output
    }

    @Test("a result that curl pushes is a service with history and messages, and a missing heartbeat is down")
    func pushes() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let text = """
                checks:
                  external-endpoints:
                    - name: backup
                      group: shop
                      token: $BACKUP_TOKEN
                      heartbeat: {interval: 10s}
                    - {name: manual, token: other}
                """
            try text.write(to: folder.appending(path: "tocsin.yaml"), atomically: true, encoding: .utf8)
            let up = try RunningTocsin(["up"], folder: folder, environment: ["BACKUP_TOKEN": "potato"])
            try up.wait(for: "Results of shop/backup are pushed to http://127.0.0.1:")
            try up.wait(for: "/shop_backup/external?success=true, and of 1 other external endpoint with their keys")
            let address = try #require(up.text.firstMatch(of: /pushed to (http:[0-9.:\/]+\/api\/v1\/endpoints\/)/)?.1)
            let token = ["-H", "Authorization: Bearer potato"]
            // The function starts: curl tries again until it is there.
            let url = "\(address)shop_backup/external?success"
            #expect(try push(url + "=false&error=disk+full", token[0], token[1]).hasSuffix("200"))
            try up.wait(for: "chat: DOWN: shop/backup: disk full")
            #expect(try push(url + "=true", token[0], token[1]) == "200")
            try up.wait(for: "chat: UP: shop/backup")
            // Refused by the function, and a page before it.
            #expect(try push(url + "=true", "-H", "Authorization: Bearer x").hasSuffix("invalid token\n401"))
            #expect(try push(url + "=true", token[0], token[1], "-H", "Origin: http://page.example").hasSuffix("403"))
            // Nothing comes any more.
            try up.wait(for: "chat: DOWN: shop/backup: heartbeat: no update received within 10 s")
            up.signal(SIGINT)
            #expect(up.end() == 0, "\(up.text)")
            #expect(!up.text.contains("potato"), "\(up.text)")
            let history = await HistoryDatabase.open(folder.appending(path: ".tocsin/history.sqlite").path) { _ in }
            let services = history.histories(until: .now())
            #expect(services.map(\.displayName) == ["shop/backup"])
            #expect(services.first?.points.contains { $0.successes > 0 } == true)
        }
    }
}
