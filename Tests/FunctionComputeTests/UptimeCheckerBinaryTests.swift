import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

/// The program of `fc/uptime-checker`, called as Function Compute's timer calls it.
@Suite(.enabled(if: MonitoringProgram.canRun, "\(MonitoringProgram.reason)"), .timeLimit(.minutes(3)))
struct UptimeCheckerBinaryTests {
    /// A timer's event; its payload checks all endpoints, due or not.
    private static let timer =
        #"{"triggerTime":"2026-11-29T22:00:00Z","triggerName":"every-minute","payload":"{\"endpoints\":[]}"}"#

    /// A service that answers with the status it is told.
    private final class Service: Sendable {
        private let status: Locked<Int>
        let server: ScriptedServer

        init() throws {
            let status = Locked(200)
            self.status = status
            server = try ScriptedServer { _ in .http(status.withLock { $0 }, body: "ok") }
        }

        func answer(_ new: Int) { status.withLock { $0 = new } }
    }

    private static func file(_ url: String) -> String {
        #"{"endpoints":[{"name":"api","group":"shop","url":"\#(url)","conditions":["[STATUS] == 200"]}]}"#
    }

    /// A folder that is removed afterwards, as a mounted bucket.
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tocsin-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path)
    }

    @Test(
        "timer → checker → CloudMonitor, and by Function Compute's queue to the notifier and the chat, each change once"
    )
    func fromTheTimerToTheChat() async throws {
        let service = try Service()
        let chat = try ChatServer([])
        let api = try FunctionComputeServer()
        defer {
            chat.stop()
            api.stop()
        }
        let notifier = try FunctionProgram(["OUTPUT_KIND": "slack", "OUTPUT_URL": chat.url + "/hook"])
        let client = HTTPClient(loop: try ServerTests.loop.get())
        _ = try await client.execute(HTTPRequest("POST", api.url + "/function", body: .bytes(Array(notifier.url.utf8))))
        func told() async throws -> JSONValue {
            try JSONValue(parsing: try await client.execute(HTTPRequest("GET", api.url + "/state")).body)
        }
        try await withFolder { folder in
            try Self.file(service.server.url).write(toFile: folder + "/uptime.yaml", atomically: true, encoding: .utf8)
            let variables = [
                "UPTIME_CONFIG": folder + "/uptime.yaml", "UPTIME_STATE": "file://" + folder + "/state",
                "UPTIME_NOTIFIER": api.url + "/" + FunctionComputeServer.function,
            ]
            let first = try MonitoringProgram("uptime-checker-fc", variables)
            #expect(try await first.invoke(Self.timer).status == 200, "\(first.program.log)")
            #expect(try await told()["tasks"] == 0)
            service.answer(500)
            for _ in 1...2 { #expect(try await first.invoke(Self.timer).status == 200, "\(first.program.log)") }
            #expect(try await told()["tasks"] == 1)
            #expect(
                try first.data(by: "name").filter { $0.hasPrefix("success") } == [
                    "success api 0", "success api 0", "success api 1",
                ])
            #expect(first.program.stop() == 0)

            // Another instance knows from the folder that the endpoint is down.
            service.answer(200)
            let second = try MonitoringProgram("uptime-checker-fc", variables, monitor: first.monitor)
            #expect(try await second.invoke(Self.timer).status == 200, "\(second.program.log)")
            let state = try await told()
            #expect(state["tasks"] == 2)
            #expect(state["faults"] == [])
            #expect(state["deadLetters"] == [])
            #expect(second.program.stop() == 0)
            for log in [first.program.log, second.program.log] {
                #expect(!log.contains("hidden"), "a secret is in the log: \(log)")
            }
        }
        #expect(chat.accepted.count == 2)
        #expect(notifier.stop() == 0, "\(notifier.log)")
    }

    @Test("a change that the queue does not take fails the invocation, and the next run tells it")
    func aChangeIsNotLost() async throws {
        let service = try Service()
        service.answer(500)
        let api = try FunctionComputeServer(answering: 403)
        defer { api.stop() }
        let function = try MonitoringProgram(
            "uptime-checker-fc",
            [
                "UPTIME_CONFIG_TEXT": Self.file(service.server.url),
                "UPTIME_NOTIFIER": api.url + "/" + FunctionComputeServer.function,
            ])
        for _ in 1...2 {
            let failed = try await function.invoke(Self.timer)
            #expect(failed.status == 404)
            let text = String(decoding: failed.body, as: UTF8.self)
            #expect(
                text.contains("1 change not published, the next run tries again: tocsin-notifier not invoked"),
                "\(text)")
            #expect(text.contains("AccessDenied"))
        }
        #expect(try function.data(by: "name").filter { $0.hasPrefix("success") }.count == 2)
    }

    @Test func metricsThatWereNotTakenFailTheInvocation() async throws {
        let service = try Service()
        let denied: JSONValue = ["status": 403, "code": "NoPermission", "message": "not allowed"]
        let function = try MonitoringProgram(
            "uptime-checker-fc", ["UPTIME_CONFIG_TEXT": Self.file(service.server.url)], answers: [denied])
        let failed = try await function.invoke(Self.timer)
        #expect(failed.status == 404)
        #expect(String(decoding: failed.body, as: UTF8.self).contains("metrics not written"))
        #expect(try await function.invoke(Self.timer).status == 200)
        #expect(try function.data(by: "group").contains("success shop 1"))
    }

    @Test(
        arguments: [
            (["UPTIME_NOTIFIER": "tocsin-notifier"], "UPTIME_NOTIFIER"),
            (["UPTIME_NOTIFIER": "http://1.cn-hangzhou.fc.aliyuncs.com/f"], "UPTIME_NOTIFIER"),
            (["UPTIME_STATE": "s3://bucket/key"], "for AWS set AWS_REGION"),
            (["UPTIME_CONFIG": "s3://bucket/key"], "for AWS set AWS_REGION"),
            (["UPTIME_TOPIC_ARN": "arn:aws:sns:eu-central-1:1:t"], "for AWS set AWS_REGION"),
        ])
    func aWrongSettingIsNamed(variables: [String: String], message: String) throws {
        let program = try FunctionProgram(
            path: FunctionProgram.path(of: "uptime-checker-fc") ?? "",
            ["FC_REGION": "cn-hangzhou"].merging(variables) { $1 }, waits: false)
        #expect(program.waitForEnd() == 1)
        #expect(program.log.contains(message), "\(program.log)")
    }
}
