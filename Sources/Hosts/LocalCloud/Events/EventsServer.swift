import AWS
import Basics
import HTTPServer
import JSON
import NIOHTTP1

/// `PutEvents` of EventBridge, which ``MotoGuard`` makes moto leave to this server.
///
/// moto's own knows few patterns and no functions.
///
/// Everything else of EventBridge is moto's.
struct EventsServer: RequestHandler {
    /// Nil until the local AWS runs.
    let bus: Locked<EventBus?>
    /// Says the time of events that bring none.
    var now: @Sendable () -> Timestamp = { .now() }

    /// EventBridge's own limit for a request, and room for its envelope.
    private static let maximumBytes = 1_100_000
    private static let maximumEntries = 10
    private static let json = "application/x-amz-json-1.1"

    func bodyLimit(for head: HTTPRequestHead) -> Int { Self.maximumBytes }

    func reply(to request: ReceivedRequest) async -> ServerReply {
        if let refusal = LocalCallers.refusal(request.head) { return refusal }
        guard case .complete(let body) = request.body else {
            return Self.refusal(.payloadTooLarge, "RequestEntityTooLarge", "a request has at most 1 MB")
        }
        guard let bus = bus.withLock({ $0 }) else {
            return Self.refusal(.serviceUnavailable, "ServiceUnavailable", "the local AWS is still starting")
        }
        guard let input = try? JSONValue(parsing: body) else {
            return Self.refusal(.badRequest, "SerializationException", "the body is no JSON")
        }
        let entries = input["Entries"]?.arrayValue ?? []
        guard (1...Self.maximumEntries).contains(entries.count) else {
            return Self.refusal(
                .badRequest, "ValidationException", "Entries has \(entries.count) members, allowed are 1 to 10")
        }
        var answers: [JSONValue] = []
        for entry in entries { answers.append(await answer(entry, bus)) }
        let failed = answers.count { $0["ErrorCode"] != nil }
        return Self.reply(["FailedEntryCount": JSONValue(failed), "Entries": .array(answers)])
    }

    private func answer(_ entry: JSONValue, _ bus: EventBus) async -> JSONValue {
        do {
            let event = try event(of: entry)
            let name = entry["EventBusName"]?.stringValue ?? EventBus.defaultBus
            try await bus.route(event, bus: name.split(separator: "/").last.map(String.init) ?? name)
            return ["EventId": event["id"] ?? ""]
        } catch let refusal as EventBus.Refusal {
            return ["ErrorCode": .string(refusal.code), "ErrorMessage": .string(refusal.message)]
        } catch let error as AWSError {
            return ["ErrorCode": .string(error.code), "ErrorMessage": .string(error.message)]
        } catch {
            return ["ErrorCode": "InternalException", "ErrorMessage": .string("\(error)")]
        }
    }

    /// The event that rules see.
    ///
    /// Other than EventBridge it takes the sources of AWS, so that rules for them can be tried.
    private func event(of entry: JSONValue) throws(EventBus.Refusal) -> JSONValue {
        func required(_ key: String) throws(EventBus.Refusal) -> String {
            if let text = entry[key]?.stringValue, !text.isEmpty { return text }
            throw EventBus.Refusal(
                code: "InvalidArgument",
                message: "Parameter \(key) is not valid. Reason: \(key) is a required argument.")
        }
        let (source, type) = (try required("Source"), try required("DetailType"))
        let text = try required("Detail")
        guard let detail = try? JSONValue(parsing: text), detail.objectValue != nil else {
            throw EventBus.Refusal(code: "MalformedDetail", message: "Detail is malformed: it must be a JSON object.")
        }
        let time = entry["Time"]?.doubleValue.map { Timestamp(secondsSinceEpoch: $0) } ?? now()
        return [
            "version": "0", "id": .string(.randomUUID()), "detail-type": .string(type), "source": .string(source),
            "account": .string(LocalPlace.account), "time": .string(time.iso8601(fractionDigits: 0)),
            "region": .string(LocalPlace.region), "resources": entry["Resources"] ?? [], "detail": detail,
        ]
    }

    private static func reply(_ value: JSONValue) -> ServerReply {
        ServerReply(headers: ["Content-Type": json], body: .bytes(value.serialized()))
    }

    private static func refusal(_ status: HTTPResponseStatus, _ code: String, _ message: String) -> ServerReply {
        let body: JSONValue = ["__type": .string(code), "message": .string(message)]
        return ServerReply(status: status, headers: ["Content-Type": json], body: .bytes(body.serialized()))
    }
}
