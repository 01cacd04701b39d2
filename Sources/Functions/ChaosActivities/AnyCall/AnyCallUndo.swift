import AWS
import Basics
import Experiments
import JSON

extension AnyCall {
    /// Calls what the argument `undo` says, until the reading call `before` gives what it gave before the change.
    ///
    /// It is made for the first resource alone: targets are put back each for itself and at the same time, and a call
    /// such as `RunInstances` would have its effect once for each.
    static let undo = NativeActivity.Undo(
        "makes the call that is given as undo, until the call given as before reads what it read then", calls: [],
        isWanted: { $0["undo"]?.objectValue != nil },
        capture: { invocation, target in
            guard try undoneOtherwise(target, invocation) == nil else { return .null }
            return try await UndoCalls(invocation)?.read() ?? .null
        },
        check: { invocation, target, before in
            if let first = try undoneOtherwise(target, invocation) {
                return .nothingLeft("the undo is one call for all resources: see \(first)")
            }
            guard let calls = try UndoCalls(invocation) else { return .nothingLeft("no undo is given") }
            let now = try await calls.read()
            if now["value"] == before["value"], now["missing"] != nil || now["value"] != nil {
                return .restored
            }
            guard let code = now["missing"]?.stringValue else { return .stillBroken(calls.difference(before, now)) }
            return .stillBroken("what \(calls.before.name) read before is gone (\(code))")
        },
        restore: { invocation, target, before in
            guard try undoneOtherwise(target, invocation) == nil, let calls = try UndoCalls(invocation) else { return }
            var isCalled = false
            while true {
                let now = try await calls.read()
                if now["value"] == before["value"] { return }
                if !isCalled { try await calls.undo(before: before, now: now) }
                isCalled = true
                // Services take their time until they tell the new state.
                guard invocation.time.now() + ActivityClient.pause < invocation.deadline else { return }
                if try await calls.read()["value"] == before["value"] { return }
                try await invocation.time.sleep(ActivityClient.pause)
            }
        })
}

/// The arguments `before` and `undo` of a call.
struct UndoCalls {
    let before: AWSCallRequest
    private let select: (JSONValue) throws -> JSONValue
    private let hasPages: Bool
    private let undo: JSONObject
    private let service: AWSService
    private let invocation: NativeActivity.Invocation

    /// - Returns: nil when no undo is given.
    /// - Throws: when one of the two is wrong, so that nothing is changed that could not be put back.
    init?(_ invocation: NativeActivity.Invocation, of call: AWSCallRequest? = nil) throws {
        guard let undo = invocation.given("undo")?.objectValue else { return nil }
        guard let reading = invocation.given("before")?.objectValue else {
            throw ExperimentError.failedActivity(
                "undo needs before: a call that only reads, whose result proves that all is as it was")
        }
        let call = try call ?? AWSCallRequest(of: invocation.arguments)
        try Self.check(reading, "before", ["service", "operation", "parameters", "jmespath", "pages"])
        try Self.check(undo, "undo", ["service", "operation", "parameters"])
        before = try AWSCallRequest(of: reading, service: call.service, what: "before")
        guard before.effect == .reads else {
            throw ExperimentError.failedActivity("before: \(before.name) may change something")
        }
        select = try AnyCall.select(by: reading["jmespath"]?.stringValue ?? "@", "before: jmespath")
        hasPages = reading["pages"] == true
        _ = try AWSCallRequest(of: undo, service: call.service, what: "undo", isComplete: false)
        try References.check(undo["parameters"] ?? [:])
        (self.undo, service, self.invocation) = (undo, call.service, invocation)
    }

    private static func check(_ description: JSONObject, _ what: String, _ known: [String]) throws(ExperimentError) {
        for key in description.keys where !known.contains(key) {
            let meant = known.nearest(to: key).map { ", did you mean \($0)?" } ?? ""
            throw .failedActivity("\(what): there is no \(key)\(meant)")
        }
    }

    /// What the reading call selects as `value`; `missing` with the error's code when it finds nothing.
    func read() async throws -> JSONValue {
        do {
            var output = try await AnyCall.answer(of: before, hasPages: hasPages, invocation).objectValue ?? [:]
            // It differs from call to call.
            output["ResponseMetadata"] = nil
            return ["value": try select(.object(output))]
        } catch let error as AWSFailure where error.code.tellsMissing || error.error.status == 404 {
            return ["missing": .string(error.code)]
        }
    }

    func undo(before: JSONValue, now: JSONValue) async throws {
        var call = undo
        call["parameters"] = try References.fill(
            undo["parameters"] ?? [:], ["$before": before["value"] ?? .null, "$now": now["value"] ?? .null])
        let request = try AWSCallRequest(of: call, service: service, what: "undo")
        _ = try await invocation.client(request.service).result(request.operation.name, request.input)
    }

    func difference(_ before: JSONValue, _ now: JSONValue) -> String {
        func text(_ value: JSONValue) -> String {
            guard let read = value["value"] else { return "not there" }
            let text = read.description
            return text.count > 200 ? "\(text.prefix(200))…" : text
        }
        return "\(self.before.name) reads \(text(now)), it was \(text(before))"
    }
}

/// Parameters such as `{"$before": "services[0].desiredCount"}`.
private enum References {
    private static let names = ["$before", "$now"]

    static func check(_ value: JSONValue) throws {
        _ = try replace(value) { _, path in
            _ = try AnyCall.select(by: path, "undo: \(path)")
            return .null
        }
    }

    static func fill(_ value: JSONValue, _ documents: JSONObject) throws -> JSONValue {
        try replace(value) { name, path in
            let found = try AnyCall.select(by: path, "undo: \(name)")(documents[name] ?? .null)
            guard !found.isNull else {
                throw ExperimentError.failedActivity("undo: {\"\(name)\": \"\(path)\"} selects nothing")
            }
            return found
        }
    }

    private static func replace(
        _ value: JSONValue, by body: (_ name: String, _ path: String) throws -> JSONValue
    ) rethrows -> JSONValue {
        switch value {
        case .array(let elements): return .array(try elements.map { try replace($0, by: body) })
        case .object(let members):
            if members.count == 1, let (name, path) = members.first, names.contains(name), let path = path.stringValue {
                return try body(name, path)
            }
            return .object(JSONObject(try members.map { ($0.key, try replace($0.value, by: body)) }))
        default: return value
        }
    }
}

extension String {
    /// Whether an error's code says that something does not exist.
    fileprivate var tellsMissing: Bool {
        ["NotFound", "NoSuch", "DoesNotExist", "NonExistent"].contains { containsBytes($0) }
    }
}
