import AlibabaCloud
import Basics
import FunctionRuntime
import JSON
import Logging
import NIOHTTP1
import TestSupport
import Testing
import Transport

@testable import FunctionCompute

/// CloudMonitor's callback: taken at once, delivered from Function Compute's queue.
@Suite(.enabled(if: FunctionProgram.exists, "build the product notifier-fc"), .timeLimit(.minutes(3)))
struct CallbackTests {
    /// The function, Function Compute's API, and a chat room.
    private struct Fixture {
        let program: FunctionProgram
        let api: FunctionComputeServer
        let chat: ChatServer
        let client: HTTPClient

        /// What the HTTP trigger answers to a form.
        func call(_ form: String, id: String) async throws -> HTTPResponse {
            let headers: Transport.HTTPHeaders = [
                "x-fc-request-id": id, "x-fc-control-path": "/http-invoke", "x-fc-function-timeout": "30",
                "x-fc-function-name": FunctionComputeServer.function, "x-fc-qualifier": "LATEST",
                "x-fc-access-key-id": FunctionComputeServer.keyID,
                "x-fc-access-key-secret": FunctionComputeServer.secret,
                "x-fc-security-token": FunctionComputeServer.token,
                "Content-Type": "application/x-www-form-urlencoded",
            ]
            let request = HTTPRequest(
                "POST", program.url + "/?token=hidden-query", headers: headers, body: .bytes(Array(form.utf8)))
            return try await client.execute(request)
        }

        /// What the API has done, when nothing is under way any more.
        func state() async throws -> JSONValue {
            try JSONValue(parsing: try await client.execute(HTTPRequest("GET", api.url + "/state")).body)
        }
    }

    private func withFunction(
        answering status: Int? = nil, queue: String? = nil, chat: ChatServer, _ body: (Fixture) async throws -> Void
    ) async throws {
        let api = try FunctionComputeServer(answering: status)
        defer {
            api.stop()
            chat.stop()
        }
        let program = try FunctionProgram([
            "OUTPUT_KIND": "slack", "OUTPUT_URL": chat.url + "/hidden-hook", "CALLBACK_QUEUE": queue ?? api.url,
        ])
        let client = HTTPClient(loop: try ServerTests.loop.get())
        _ = try await client.execute(
            HTTPRequest("POST", api.url + "/function", body: .bytes(Array(program.url.utf8))))
        try await body(Fixture(program: program, api: api, chat: chat, client: client))
        #expect(program.stop() == 0, "\(program.log)")
        #expect(!program.log.contains("hidden"), "a secret is in the log: \(program.log)")
    }

    private static func alarm(_ time: Int) -> String {
        "alertName=cpu&alertState=ALERT&curValue=92&metricName=CPUUtilization&ruleId=r&timestamp=\(time)"
    }

    @Test("CloudMonitor's three calls are answered before the chat is, and the room gets one message")
    func callbacksDoNotWaitForTheChat() async throws {
        let gate = Gate()
        let chat = try ChatServer { _, _ in
            gate.wait()
            return .accepts
        }
        try await withFunction(chat: chat) { function in
            defer { gate.open() }
            for call in 1...3 {
                let answer = try await function.call(Self.alarm(1_795_000_000), id: "call-\(call)")
                #expect(answer.status == 202)
                #expect(String(decoding: answer.body, as: UTF8.self) == #"{"queued":true}"#)
            }
            #expect(chat.accepted.isEmpty)
            gate.open()
            let state = try await function.state()
            #expect(state == ["tasks": 1, "duplicates": 2, "attempts": 1, "deadLetters": [], "faults": []])
            #expect(chat.accepted.count == 1)
            #expect(chat.accepted.first?.text.contains("CPUUtilization") == true)
        }
    }

    @Test("an alarm that the chat refuses for good is tried again and ends in the dead letters, without the token")
    func refusedAlarmsEndInTheDeadLetters() async throws {
        try await withFunction(chat: ChatServer { _, _ in .declines("no_service") }) { function in
            let answer = try await function.call(Self.alarm(1_795_000_000), id: "call-1")
            #expect(answer.status == 202)
            let state = try await function.state()
            #expect(state["attempts"] == 4)
            let letters = state["deadLetters"]?.arrayValue?.compactMap(\.stringValue) ?? []
            #expect(letters.count == 1)
            #expect(letters.first?.contains(#""alertName":"cpu""#) == true)
            #expect(letters.first?.contains("hidden") == false)
        }
    }

    @Test("alarms of different times, and equal texts without a time, are different messages")
    func differentMessagesAreAllDelivered() async throws {
        try await withFunction(chat: ChatServer()) { function in
            for (number, form) in [Self.alarm(1), Self.alarm(2), "deployed", "deployed"].enumerated() {
                let answer = try await function.call(form, id: "call-\(number)")
                #expect(answer.status == 202)
            }
            let state = try await function.state()
            #expect(state["tasks"] == 4)
            #expect(function.chat.accepted.count == 4)
        }
    }

    @Test(
        "where the queue takes nothing for certain, the callback is delivered at once and the log says why",
        arguments: [(403, nil), (429, nil), (nil, "http://127.0.0.1:1")] as [(Int?, String?)])
    func aRefusedEventIsDeliveredAtOnce(status: Int?, queue: String?) async throws {
        try await withFunction(answering: status, queue: queue, chat: ChatServer()) { function in
            let answer = try await function.call(Self.alarm(1_795_000_000), id: "call-1")
            #expect(answer.status == 200)
            #expect(function.chat.accepted.count == 1)
            #expect(function.program.log.contains("request not queued, delivered at once"))
            if let status { #expect(function.program.log.contains("answered \(status): AccessDenied")) }
        }
    }

    @Test("where the queue may have taken the event, nothing is delivered and the caller is asked to call again")
    func anUnknownOutcomeIsNotDelivered() async throws {
        try await withFunction(answering: 500, chat: ChatServer()) { function in
            let answer = try await function.call(Self.alarm(1_795_000_000), id: "call-1")
            #expect(answer.status == 503)
            #expect(function.chat.requests.isEmpty)
        }
    }

    @Test func aProbeIsNotQueued() async throws {
        try await withFunction(chat: ChatServer()) { function in
            let answer = try await function.call("", id: "probe")
            #expect(answer.status == 200)
            let state = try await function.state()
            #expect(state["tasks"] == 0)
        }
    }

    @Test(
        arguments: [
            ("https://123.cn-hangzhou.fc.aliyuncs.com", "123.cn-hangzhou.fc.aliyuncs.com"),
            ("https://123.cn-hangzhou.fc.aliyuncs.com/", "123.cn-hangzhou.fc.aliyuncs.com"),
            ("http://127.0.0.1:9", "127.0.0.1:9"),
            ("http://123.cn-hangzhou.fc.aliyuncs.com", nil),  // the token would be readable on its way
            ("http://127.0.0.1.example.com", nil), ("https://user@fc.example", nil), ("123.fc.example", nil),
            ("https://fc.example/path", nil), ("true", nil),
        ] as [(String, String?)])
    func theQueueIsAnAddress(text: String, authority: String?) throws {
        let environment = Environment(["CALLBACK_QUEUE": text])
        if let authority {
            #expect(try ServerSettings(environment).queueEndpoint?.authority == authority)
        } else {
            #expect {
                try ServerSettings(environment)
            } throws: {
                "\($0)".contains("CALLBACK_QUEUE")
            }
        }
    }

    @Test("without a queue a callback's work ends before CloudMonitor calls again; an event has all its time")
    func theDeadlineOfACallback() async throws {
        let deadlines = Locked<[Timestamp]>([])
        let handler = ServerTests.Handler { _, context in
            deadlines.withLock { $0.append(context.deadline) }
            return FunctionResponse(bytes: [])
        }
        let invoker = Invoker(
            handler: handler, environment: Environment(["FC_TIMEOUT": "30"]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, httpTimeout: .seconds(4), write: { _ in },
            now: { Timestamp(secondsSinceEpoch: 1_000) }
        )
        _ = await invoker.reply(to: RequestTests.request(.POST, "/"))
        _ = await invoker.reply(to: RequestTests.request(.POST, "/invoke"))
        #expect(deadlines.withLock { $0 } == [1_004, 1_030].map { Timestamp(secondsSinceEpoch: $0) })
    }
}
