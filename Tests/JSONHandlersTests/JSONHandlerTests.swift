import Basics
import FunctionRuntime
import JSON
import JSONHandlers
import Logging
import Testing

@Suite struct JSONHandlerTests {
    struct Order: Decodable {
        let item: String
        let count: Int
    }
    struct Receipt: Encodable {
        let text: String
    }
    struct SoldOut: Error {}

    private let handler = JSONHandler { (order: Order, context) in
        guard order.count < 100 else { throw SoldOut() }
        return Receipt(text: "\(order.count) \(order.item) \(context.requestID)")
    }

    private func answer(to event: String) async throws -> FunctionResponse {
        let context = InvocationContext(requestID: "id-1", deadline: .now(), logger: Logger(label: "test"))
        return try await handler.handle(Array(event.utf8), context)
    }

    @Test("the event is decoded, and what the closure returns is the response")
    func response() async throws {
        let response = try await answer(to: #"{"item": "tea", "count": 2, "other": null}"#)
        #expect(response.contentType == "application/json")
        guard case .bytes(let bytes) = response.body else {
            Issue.record("not at once")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"text":"2 tea id-1"}"#)
    }

    @Test(
        "an event of another shape is named by its path, and the closure does not run",
        arguments: [
            (#"{"item": "tea", "count": "100"}"#, "count: expected Int, found "), ("{}", "item: "), ("{", ""), ("", ""),
            ("[]", "expected object, found "),
        ])
    func wrongEvent(event: String, message: String) async throws {
        let error = try #require(await #expect(throws: JSONError.self) { try await answer(to: event) })
        #expect(error.description.hasPrefix(message), "\(error)")
    }

    @Test("a closure that returns nothing answers null")
    func noResult() async throws {
        let items = Locked<[String]>([])
        let handler = JSONHandler { (order: Order, context) in
            guard order.count < 100 else { throw SoldOut() }
            items.withLock { $0.append(order.item) }
        }
        let context = InvocationContext(requestID: "id-1", deadline: .now(), logger: Logger(label: "test"))
        let response = try await handler.handle(Array(#"{"item": "tea", "count": 2}"#.utf8), context)
        guard case .bytes(let bytes) = response.body else {
            Issue.record("not at once")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "null")
        #expect(items.withLock { $0 } == ["tea"])
        await #expect(throws: SoldOut.self) {
            try await handler.handle(Array(#"{"item": "tea", "count": 100}"#.utf8), context)
        }
    }

    @Test("a closure of one expression answers what it returns")
    func oneExpression() async throws {
        let handler = JSONHandler { (order: Order, _) in Receipt(text: order.item) }
        let context = InvocationContext(requestID: "id-1", deadline: .now(), logger: Logger(label: "test"))
        let response = try await handler.handle(Array(#"{"item": "tea", "count": 2}"#.utf8), context)
        guard case .bytes(let bytes) = response.body else {
            Issue.record("not at once")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"text":"tea"}"#)
    }

    @Test("what the closure throws is what the invocation fails with")
    func failure() async throws {
        let error = try #require(
            await #expect(throws: SoldOut.self) { try await answer(to: #"{"item": "tea", "count": 100}"#) })
        #expect(ErrorReport(error).type == "Function.SoldOut")
    }
}
