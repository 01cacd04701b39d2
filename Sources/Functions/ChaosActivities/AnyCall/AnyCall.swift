import AWS
import AWSResources
import Basics
import Experiments
import JMESPath
import JSON
import JSONPath

/// Any operation of AWS, and its undo by another call.
///
/// Before the change the reading call `before` is made, and its result kept. It proves the undo: the same call must
/// give the same result again. The parameters of the undo may refer to what was read: `{"$before": "<JMESPath>"}` to
/// the result before the change, `{"$now": "<JMESPath>"}` to that at the time of the undo. The result of the action
/// itself may be lost with its process, so it cannot be referred to.
enum AnyCall {
    /// The permissions that the arguments name; what is wrong in them the activity tells when it runs.
    static func calls(of arguments: JSONObject) -> [NativeActivity.Call] {
        guard let call = try? AWSCallRequest(of: arguments, isComplete: false) else { return [] }
        let others = ["before", "undo"].compactMap { name -> NativeActivity.Call? in
            guard let description = arguments[name]?.objectValue else { return nil }
            return try? AWSCallRequest(of: description, service: call.service, isComplete: false).call
        }
        return [call.call] + others
    }

    /// The resources that are named; without them the call itself, so that a guard sees that there is one.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let call = try AWSCallRequest(of: invocation.arguments)
        _ = try selection(invocation.arguments)
        _ = try UndoCalls(invocation, of: call)
        let region = try invocation.region()
        let resources = try resources(invocation)
        guard !resources.isEmpty else {
            return [NativeActivity.Target(kind: "aws:call", id: call.call.action, region: region)]
        }
        return resources.map { arn in
            NativeActivity.Target(
                kind: kind(of: arn), id: arn.name, region: arn.region ?? region, candidates: resources.count,
                arn: "\(arn)")
        }
    }

    /// The argument `resources`, each once.
    private static func resources(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> [ARN] {
        var found: [ARN] = []
        for resource in invocation.argument("resources").elements {
            guard let arn = ARN(resource.stringValue) else {
                throw .failedActivity("resources: \(resource) is no ARN")
            }
            if !found.contains(where: { "\($0)" == "\(arn)" }) { found.append(arn) }
        }
        return found
    }

    private static func kind(of arn: ARN) -> String {
        arn.resourceType.map { "\(arn.service):\($0)" } ?? arn.service
    }

    /// The target to which the undo belongs when that is another one: the call is one for all resources.
    static func undoneOtherwise(
        _ target: NativeActivity.Target, _ invocation: NativeActivity.Invocation
    ) throws(ExperimentError) -> String? {
        guard let first = try resources(invocation).first else { return nil }
        // The region of an ARN without one may be another where the undo runs.
        let isFirst =
            target.id == first.name && target.kind == kind(of: first)
            && first.region.map { $0 == target.region } ?? true
        return isFirst ? nil : first.name
    }

    @Sendable static func run(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let call = try AWSCallRequest(of: invocation.arguments)
        let select = try selection(invocation.arguments)
        let output = try await answer(of: call, hasPages: invocation.given("pages") != nil, invocation)
        do { return try select(output) } catch let error as ExperimentError {
            // The change has been made, so it must not look as if it had not.
            throw ExperimentError(error.code, "\(call.name) was called, but \(error.message)")
        }
    }

    static func answer(
        of call: AWSCallRequest, hasPages: Bool, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        let client = try invocation.client(call.service)
        guard hasPages, call.operation.pages != nil else {
            let result = try await client.result(call.operation.name, call.input)
            guard let body = call.operation.streamingOutput else { return result.outputWithMetadata }
            var output = result.outputWithMetadata.objectValue ?? [:]
            output[body] =
                (try? JSONValue(parsing: result.body)) ?? .string(String(decoding: result.body, as: UTF8.self))
            return .object(output)
        }
        return try await client.pages(call.operation.name, call.input)
    }

    /// What `jmespath` or `jsonpath` selects of a result; all of it without them.
    private static func selection(_ arguments: JSONObject) throws -> (JSONValue) throws -> JSONValue {
        let (jmespath, jsonpath) = (arguments["jmespath"]?.stringValue, arguments["jsonpath"]?.stringValue)
        guard jmespath == nil || jsonpath == nil else {
            throw ExperimentError.failedActivity("give jmespath or jsonpath, not both")
        }
        if let jmespath { return try select(by: jmespath, "jmespath") }
        guard let jsonpath else { return { $0 } }
        guard jsonpath.utf8.first == UInt8(ascii: "$") else {
            throw ExperimentError.failedActivity("jsonpath: must begin with $, as in $.services[0].status")
        }
        let path: JSONPath
        do { path = try JSONPath(Array(jsonpath.utf8)[1...]) } catch {
            throw ExperimentError.failedActivity("jsonpath: \(error)")
        }
        return { output in
            guard let values = path.values(in: output) else {
                throw ExperimentError.failedActivity("jsonpath: the evaluation takes too many steps")
            }
            return path.isSingular ? values.first ?? .null : .array(values)
        }
    }

    /// - Parameter what: where the expression is, for messages.
    static func select(by expression: String, _ what: String) throws -> (JSONValue) throws -> JSONValue {
        let path: JMESPath
        do { path = try JMESPath(expression) } catch { throw ExperimentError.failedActivity("\(what): \(error)") }
        return { output in
            do { return try path.value(in: output) } catch { throw ExperimentError.failedActivity("\(what): \(error)") }
        }
    }
}
