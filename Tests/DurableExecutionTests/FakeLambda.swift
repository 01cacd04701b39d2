import AWS
import Basics
import DurableExecution
import JSON
import TestSupport
import Transport

/// The calls of Lambda's durable executions, with a record and with faults on demand.
final class FakeLambda: HTTPExecuting {
    enum Fault: Sendable {
        /// Nothing is recorded.
        case refused(Int, String, String)
        /// Recorded, and then the connection breaks.
        case lost
        /// Recorded, and this invocation may record nothing more.
        case noToken
    }

    struct Call: Sendable {
        let path: String
        let body: JSONValue

        /// Such as `STEP START 1`.
        var updates: [String] {
            body["Updates"]?.arrayValue?.map { update in
                ["Type", "Action", "Id"].compactMap { update[$0]?.stringValue }.joined(separator: " ")
            } ?? []
        }
    }

    private struct State {
        var operations: [(id: String, json: JSONObject)] = []
        var calls: [Call] = []
        var faults: [Int: Fault]
        var answers: [String: HTTPResponse] = [:]
        var token = 1
        /// What the next answer tells, beside the operations of its call.
        var changed: Set<String> = []

        func page(_ path: String, _ size: Int) -> HTTPResponse {
            // The event's first operation is the execution.
            let start = path.split(separator: "Marker=").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
            let rest = operations.dropFirst(start - 1)
            let next = start + size <= operations.count ? "\(start + size)" : ""
            return answer([
                "Operations": .array(rest.prefix(size).map { .object($0.json) }), "NextMarker": .string(next),
            ])
        }

        mutating func apply(_ json: JSONValue, _ now: Timestamp, _ fault: FakeLambda.Fault?) -> HTTPResponse {
            guard json["CheckpointToken"] == .string("token-\(token)") else {
                return HTTPResponse(
                    status: 400, headers: ["x-amzn-ErrorType": "InvalidParameterValueException"],
                    body: Array(#"{"message":"Invalid checkpoint token"}"#.utf8))
            }
            let cancelled = json["Updates"]?.arrayValue?.first { $0["Action"] == "CANCEL" }?["Id"]?.stringValue
            if let cancelled, operations.first(where: { $0.id == cancelled })?.json["Status"] != "STARTED" {
                return HTTPResponse(
                    status: 400, headers: ["x-amzn-ErrorType": "InvalidParameterValueException"],
                    body: Array(#"{"message":"Cannot cancel a WAIT that has already completed."}"#.utf8))
            }
            var touched = changed
            changed = []
            for update in json["Updates"]?.arrayValue ?? [] {
                guard let id = update["Id"]?.stringValue else { continue }
                let index = operations.firstIndex { $0.id == id } ?? operations.count
                if index == operations.count { operations.append((id, [:])) }
                operations[index].json = operation(operations[index].json, update, now)
                touched.insert(id)
            }
            token += 1
            let told = operations.filter { touched.contains($0.id) }.map { JSONValue.object($0.json) }
            var output: JSONObject = ["NewExecutionState": ["Operations": .array(told)]]
            if case .noToken = fault {} else { output["CheckpointToken"] = .string("token-\(token)") }
            return answer(.object(output))
        }

        private func operation(_ old: JSONObject, _ update: JSONValue, _ now: Timestamp) -> JSONObject {
            var new = old
            for key in ["Id", "ParentId", "Name", "Type", "SubType"] { new[key] = update[key] ?? old[key] }
            let statuses = [
                "START": "STARTED", "SUCCEED": "SUCCEEDED", "FAIL": "FAILED", "RETRY": "PENDING", "CANCEL": "CANCELLED",
            ]
            new["Status"] = .string(statuses[update["Action"]?.stringValue ?? ""] ?? "")
            var details: JSONObject = [:]
            details["Result"] = update["Payload"]
            details["Error"] = update["Error"]
            func end(_ seconds: JSONValue?) -> JSONValue {
                .integer((now + .seconds(seconds?.intValue ?? 0)).millisecondsSinceEpoch / 1_000)
            }
            switch update["Type"]?.stringValue {
            case "STEP":
                if let options = update["StepOptions"] {
                    details["NextAttemptTimestamp"] = end(options["NextAttemptDelaySeconds"])
                }
                details["Attempt"] = update["Action"] == "RETRY" ? 1 : 0
                new["StepDetails"] = .object(details)
            case "WAIT": new["WaitDetails"] = ["ScheduledEndTimestamp": end(update["WaitOptions"]?["WaitSeconds"])]
            case "CALLBACK": new["CallbackDetails"] = ["CallbackId": "callback-1"]
            case "CONTEXT":
                details["ReplayChildren"] = update["ContextOptions"]?["ReplayChildren"]
                new["ContextDetails"] = .object(details)
            default: break
            }
            return new
        }

        private func answer(_ json: JSONValue) -> HTTPResponse { HTTPResponse(status: 200, body: json.serialized()) }
    }

    static let arn = "arn:aws:lambda:eu-central-1:123456789012:function:f:1/durable-execution/name/id"

    let clock: TestClock
    /// Operations a page has at most.
    let pageSize: Int
    private let time: TimeSource
    private let state: Locked<State>

    /// - Parameter faults: by the number of the call, from 1.
    init(clock: TestClock, time: TimeSource? = nil, faults: [Int: Fault] = [:], pageSize: Int = .max) {
        (self.clock, self.pageSize, self.time) = (clock, pageSize, time ?? clock.source)
        state = Locked(State(faults: faults))
    }

    var calls: [Call] { state.withLock { $0.calls } }
    /// The updates of all calls, a list for each.
    var updates: [[String]] { calls.map(\.updates) }

    /// The record's operation with an id.
    subscript(id: String) -> JSONObject? { state.withLock { $0.operations.first { $0.id == id }?.json } }

    /// Puts steps into the record, named by their numbers.
    func fill(_ count: Int) {
        state.withLock { state in
            for number in 1...count {
                state.operations.append(
                    (
                        "\(number)",
                        [
                            "Id": .string("\(number)"), "Name": .string("\(number)"), "Type": "STEP", "SubType": "Step",
                            "Status": "SUCCEEDED", "StepDetails": ["Attempt": 1, "Result": "null"],
                        ]
                    ))
            }
        }
    }

    /// Ends a wait, or completes a callback, as the service does by itself.
    func complete(_ id: String, with result: String? = nil) {
        state.withLock { state in
            guard let index = state.operations.firstIndex(where: { $0.id == id }) else { return }
            state.operations[index].json["Status"] = "SUCCEEDED"
            if let result {
                state.operations[index].json["CallbackDetails"] = [
                    "CallbackId": "callback-1", "Result": .string(result),
                ]
            }
            state.changed.insert(id)
        }
    }

    /// The event of the next invocation.
    func event(input: JSONValue = [:]) -> JSONValue {
        let (operations, token) = state.withLock { ($0.operations.map { JSONValue.object($0.json) }, $0.token) }
        let execution: JSONValue = [
            "Id": "e", "Type": "EXECUTION", "Status": "STARTED", "StartTimestamp": 1_799_999_000_123,
            "ExecutionDetails": ["InputPayload": .string(input.description)],
        ]
        let all = [execution] + operations
        return [
            "DurableExecutionArn": .string(Self.arn), "CheckpointToken": .string("token-\(token)"),
            "InitialExecutionState": [
                "Operations": .array(Array(all.prefix(pageSize))),
                "NextMarker": .string(all.count > pageSize ? "\(pageSize)" : ""),
            ], "UpdatedOperationIds": [],
        ]
    }

    var aws: AWSConfiguration {
        get throws {
            try AWSConfiguration(
                environment: awsVariables(at: "http://127.0.0.1:1"), http: self, time: time)
        }
    }

    /// Invokes a function once.
    func invoke(
        input: JSONValue = [:], _ body: @Sendable (DurableScope) async throws -> JSONValue
    ) async throws -> JSONValue {
        guard let invocation = DurableInvocation(event(input: input)) else { throw Boom("no durable event") }
        return try await invocation.respond(aws: aws) { scope, _ in try await body(scope) }
    }

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        var json: JSONValue = [:]
        if case .bytes(let bytes) = request.body, !bytes.isEmpty { json = try JSONValue(parsing: bytes) }
        let path = String(request.url.drop { $0 != "2" }.split(separator: "2025-12-01").last ?? "")
        let now = clock.now
        let (response, isLost) = state.withLock { state -> (HTTPResponse, Bool) in
            state.calls.append(Call(path: path, body: json))
            if path.contains("callbacks") { return (HTTPResponse(status: 200, body: Array("{}".utf8)), false) }
            let fault = state.faults[state.calls.count]
            if case .refused(let status, let code, let message) = fault {
                return (
                    HTTPResponse(
                        status: status, headers: ["x-amzn-ErrorType": code],
                        body: Array(#"{"message":"\#(message)"}"#.utf8)), false
                )
            }
            if path.contains("/state") { return (state.page(path, pageSize), false) }
            let isNew = json["ClientToken"]?.stringValue.flatMap { state.answers[$0] } == nil
            let answer = isNew ? state.apply(json, now, fault) : state.answers[json["ClientToken"]?.stringValue ?? ""]
            state.answers[json["ClientToken"]?.stringValue ?? ""] = answer
            if case .lost = fault { return (HTTPResponse(status: 200), true) }
            return (answer ?? HTTPResponse(status: 500), false)
        }
        if isLost { throw TransportError(.connectionClosed, "the connection broke") }
        return response
    }
}
