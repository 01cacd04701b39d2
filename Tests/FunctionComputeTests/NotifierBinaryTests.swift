import Foundation
import JSON
import TestSupport
import Testing
import Transport

/// The program of `fc/notifier`, called as Function Compute calls it.
@Suite(.enabled(if: FunctionProgram.exists, "build the product notifier-fc"), .timeLimit(.minutes(3)))
struct NotifierBinaryTests {
    static let event = """
        {"ver":"1.0","id":"e-1","product":"ECS","resourceId":"acs:ecs:cn-hangzhou:1:instance/i-1","level":"CRITICAL",
         "name":"Instance:SystemFailure.Reboot:Executing","userId":"1","eventTime":"20261120T180005.058+0800",
         "regionId":"cn-hangzhou","content":{"instanceId":"i-1"}}
        """

    static func headers(_ id: String, _ path: String) -> HTTPHeaders {
        [
            "x-fc-request-id": id, "x-fc-control-path": path, "x-fc-function-timeout": "30",
            "x-fc-access-key-secret": "hidden",
        ]
    }

    /// Starts the function with a chat room as its output.
    func withFunction(
        chat behaviours: [ChatServer.Behaviour] = [],
        _ body: (FunctionProgram, HTTPClient, ChatServer) async throws -> Void
    ) async throws {
        let chat = try ChatServer(behaviours)
        defer { chat.stop() }
        let program = try FunctionProgram(["OUTPUT_KIND": "slack", "OUTPUT_URL": chat.url + "/hidden-hook"])
        try await body(program, HTTPClient(loop: try ServerTests.loop.get()), chat)
        #expect(program.stop() == 0, "\(program.log)")
        #expect(!program.log.contains("hidden"), "a secret is in the log: \(program.log)")
    }

    @Test func anEventReachesTheRoomAndMarkersTheLog() async throws {
        try await withFunction { program, client, chat in
            for (method, path) in [("POST", "/initialize"), ("GET", "/pre-freeze")] {
                let request = HTTPRequest(method, program.url + path, headers: Self.headers("hook", path))
                #expect(try await client.execute(request).status == 200)
            }
            let response = try await client.execute(
                HTTPRequest(
                    "POST", program.url + "/invoke", headers: Self.headers("1-a", "/invoke"),
                    body: .bytes(Array(Self.event.utf8))
                ))
            #expect(response.status == 200)
            #expect(response.headers["x-fc-status"] == "200")
            #expect(chat.accepted.count == 1)
            #expect(program.log.contains("FC Initialize End RequestId: hook\n"))
            #expect(program.log.contains("FC Invoke Start RequestId: 1-a\n"))
            #expect(program.log.contains("FC Invoke End RequestId: 1-a\n"))
        }
    }

    @Test func anUndeliveredMessageIsAFailure() async throws {
        try await withFunction(chat: [.declines("invalid_token")]) { program, client, chat in
            let request = HTTPRequest(
                "POST", program.url + "/invoke", headers: Self.headers("1-b", "/invoke"),
                body: .bytes(Array(Self.event.utf8))
            )
            let refused = try await client.execute(request)
            #expect(refused.status == 404)
            #expect(refused.headers["x-fc-status"] == "404")
            #expect(try JSONValue(parsing: refused.body)["errorType"]?.stringValue?.hasPrefix("Function.") == true)
            // Function Compute tries again.
            #expect(try await client.execute(request).status == 200)
            #expect(chat.accepted.count == 1)
        }
    }

    @Test func aThresholdCallbackComesByHTTP() async throws {
        try await withFunction { program, client, chat in
            let form =
                "alertName=cpu&alertState=ALERT&curValue=92&dimensions=%7BinstanceId%3Di-1%7D&metricName=CPU&timestamp=1795168805"
            var headers = Self.headers("1-c", "/http-invoke")
            headers.set("Content-Type", "application/x-www-form-urlencoded")
            let request = HTTPRequest("POST", program.url + "/", headers: headers, body: .bytes(Array(form.utf8)))
            let response = try await client.execute(request)
            #expect(response.status == 200)
            #expect(chat.accepted.count == 1)
            // A probe is answered and brings nothing.
            let probe = HTTPRequest("GET", program.url + "/", headers: Self.headers("1-d", "/http-invoke"))
            #expect(try await client.execute(probe).status == 200)
            #expect(chat.accepted.count == 1)
        }
    }

    @Test func thousandsAtOnceBesideBrokenConnections() async throws {
        try await withFunction { program, client, chat in
            let loop = try ServerTests.loop.get()
            let address = try #require(SocketAddress(ip: "127.0.0.1", port: UInt16(program.port)))
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<2_000 {
                    group.addTask {
                        let event = Self.event.replacingOccurrences(of: "e-1", with: "e-\(number)")
                        let request = HTTPRequest(
                            "POST", program.url + "/invoke", headers: Self.headers("r-\(number)", "/invoke"),
                            body: .bytes(Array(event.utf8)), connectTimeout: .seconds(60)
                        )
                        return try await client.execute(request).status
                    }
                }
                // Connections that send nonsense, half a request, or nothing.
                for noise in ["\u{16}\u{3}\u{1}", "POST /invoke HTTP/1.1\r\nContent-Length: 900\r\n\r\nhalf", ""] {
                    for _ in 0..<20 {
                        let connection = try await TCPConnection.connect(to: address, on: loop, timeout: .seconds(10))
                        try await connection.write(Array(noise.utf8))
                        group.addTask {
                            defer { connection.close() }
                            _ = try? await connection.read(atMost: 1, timeout: .milliseconds(200))
                            return 200
                        }
                    }
                }
                for try await status in group { #expect(status == 200) }
            }
            #expect(chat.accepted.count == 2_000, "each one once")
        }
    }

    @Test("after a failed callback, SIGTERM ends the process without a word, also of the server's library")
    func theEndAfterAFailureIsSilent() async throws {
        let chat = try ChatServer { _, _ in .declines("no_service") }
        defer { chat.stop() }
        let program = try FunctionProgram(["OUTPUT_KIND": "slack", "OUTPUT_URL": chat.url + "/hook"])
        let request = HTTPRequest(
            "POST", program.url + "/", headers: Self.headers("1-f", "/http-invoke"),
            body: .bytes(Array("alertName=cpu&alertState=ALERT".utf8))
        )
        let client = HTTPClient(loop: try ServerTests.loop.get())
        #expect(try await client.execute(request).status == 502)
        #expect(program.stop() == 0)
        #expect(program.log.hasSuffix("FC Invoke End RequestId: 1-f\n"), "\(program.log)")
    }

    /// The first SIGTERM waits for the request under way, which never ends.
    @Test func theSecondSignalEndsTheProcess() async throws {
        let asked = Gate()
        let chat = try ChatServer { _, _ in
            asked.open()
            return .stalls
        }
        defer { chat.stop() }
        let program = try FunctionProgram(["OUTPUT_KIND": "slack", "OUTPUT_URL": chat.url + "/hook"])
        let loop = try ServerTests.loop.get()
        let request = HTTPRequest(
            "POST", program.url + "/invoke", headers: Self.headers("1-e", "/invoke"),
            body: .bytes(Array(Self.event.utf8))
        )
        let answer = Task { try await HTTPClient(loop: loop).execute(request) }
        #expect(await asked.opened())
        program.terminate()
        let address = try #require(SocketAddress(ip: "127.0.0.1", port: UInt16(program.port)))
        await #expect(throws: TransportError.self) {
            while true { try await TCPConnection.connect(to: address, on: loop, timeout: .seconds(10)).close() }
        }
        #expect(program.stop() == 128 + SIGTERM)
        await #expect(throws: TransportError.self) { _ = try await answer.value }
    }

    @Test func aWrongSettingIsNamed() throws {
        let program = try FunctionProgram(["OUTPUT_KIND": "pigeon"], waits: false)
        #expect(program.waitForEnd() == 1)
        #expect(program.log.contains("OUTPUT_KIND"), "\(program.log)")
    }
}

extension FunctionProgram {
    private static let notifier = path(of: "notifier-fc")

    static let exists = notifier != nil

    /// Where the build has put a program; nil when it is not built.
    static func path(of name: String) -> String? {
        [Bundle.main.bundleURL.deletingLastPathComponent(), Bundle.main.bundleURL]
            .map { $0.appending(path: name).path }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Starts `notifier-fc`.
    convenience init(_ environment: [String: String], waits: Bool = true) throws {
        try self.init(path: Self.notifier ?? "", environment, waits: waits)
    }
}
