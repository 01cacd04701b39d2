import Basics
import CloudWatchAlarms
import JSON
import TestSupport

/// CloudWatch and the tagging API in memory, for what moto has not: composites, log alarms, mute rules and pages.
///
/// It refuses what CloudWatch refuses: deletions of two composites, of log alarms with others, of alarms that stand in
/// a composite, and of alarms that do not exist; composites of alarms that do not exist.
final class ScriptedCloudWatch: Sendable {
    struct State: Sendable {
        /// By name: what `DescribeAlarms` says.
        var alarms: [String: JSONObject] = [:]
        var muteRules: [String: JSONObject] = [:]
        var tags: [String: [String: String]] = [:]
        /// Whether alarms do not appear in the tagging API yet.
        var taggingLags = false
        /// Whether log alarms are unknown to the service.
        var isOld = false
        var pageSize = 100
    }

    let state = Locked(State())
    private let server: ScriptedServer
    private static let prefix = "arn:aws:cloudwatch:eu-central-1:123456789012:"

    init() throws {
        let state = state
        server = try ScriptedServer(answer: { request in
            let operation = request["X-Amz-Target"]?.split(separator: ".").last.map { String($0) } ?? ""
            guard let input = try? JSONValue(parsing: request.body) else { return .http(400, body: "{}") }
            let answer = state.withLock { Self.answer(operation, input, &$0) }
            switch answer {
            case .success(let output): return .http(200, body: output.serialized())
            case .failure(let fault):
                return .http(400, body: #"{"__type":"\#(fault.code)","message":"\#(fault.text)"}"#)
            }
        })
    }

    var url: String { server.url }

    private struct Fault: Error {
        let code: String
        let text: String
    }

    private static func answer(_ operation: String, _ input: JSONValue, _ state: inout State) -> Result<
        JSONValue, Fault
    > {
        let name = (input["AlarmName"] ?? input["Name"] ?? input["AlarmMuteRuleName"])?.stringValue ?? ""
        switch operation {
        case "PutMetricAlarm": return put(input, .metric, &state)
        case "PutLogAlarm": return put(input, .log, &state)
        case "PutCompositeAlarm":
            let rule = try? AlarmRuleExpression(parsing: input["AlarmRule"]?.stringValue ?? "")
            if let missing = rule?.alarms.first(where: { state.alarms[$0] == nil }) {
                return .failure(Fault(code: "ValidationError", text: "\(missing) does not exist"))
            }
            return put(input, .composite, &state)
        case "PutAlarmMuteRule":
            if state.muteRules[name] == nil {
                state.tags[prefix + "alarm-mute-rule:" + name] = AlarmTags.read(input["Tags"])
            }
            state.muteRules[name] = input.objectValue
            return .success([:])
        case "DeleteAlarmMuteRule":
            state.muteRules[name] = nil
            return .success([:])
        case "DeleteAlarms": return delete(input["AlarmNames"]?.arrayValue?.compactMap(\.stringValue) ?? [], &state)
        case "DescribeAlarms": return describe(input, state)
        case "ListAlarmMuteRules":
            let arns = state.muteRules.keys.sorted().map { prefix + "alarm-mute-rule:" + $0 }
            return .success(["AlarmMuteRuleSummaries": .array(arns.map { ["AlarmMuteRuleArn": .string($0)] })])
        case "GetAlarmMuteRule":
            return state.muteRules[name].map { .success(.object($0)) }
                ?? .failure(Fault(code: "ResourceNotFoundException", text: name))
        case "ListTagsForResource":
            return .success(["Tags": AlarmTags.list(state.tags[input["ResourceARN"]?.stringValue ?? ""] ?? [:])])
        case "TagResource":
            state.tags[input["ResourceARN"]?.stringValue ?? "", default: [:]]
                .merge(AlarmTags.read(input["Tags"])) { $1 }
            return .success([:])
        case "UntagResource":
            for key in input["TagKeys"]?.arrayValue ?? [] {
                state.tags[input["ResourceARN"]?.stringValue ?? ""]?[key.stringValue ?? ""] = nil
            }
            return .success([:])
        case "GetResources": return .success(resources(input, state))
        default: return .failure(Fault(code: "UnknownOperationException", text: operation))
        }
    }

    private static func put(_ input: JSONValue, _ type: AlarmType, _ state: inout State) -> Result<JSONValue, Fault> {
        guard var alarm = input.objectValue, let name = alarm["AlarmName"]?.stringValue else {
            return .failure(Fault(code: "MissingParameter", text: "AlarmName"))
        }
        if let other = state.alarms[name], other["Type"]?.stringValue != type.rawValue {
            return .failure(Fault(code: "ValidationError", text: "\(name) has another type"))
        }
        let arn = prefix + "alarm:" + name
        // As CloudWatch does it: tags count only for new alarms.
        if state.alarms[name] == nil { state.tags[arn] = AlarmTags.read(alarm["Tags"]) }
        alarm["Tags"] = nil
        alarm["AlarmArn"] = .string(arn)
        alarm["Type"] = .string(type.rawValue)
        state.alarms[name] = alarm
        return .success([:])
    }

    private static func delete(_ names: [String], _ state: inout State) -> Result<JSONValue, Fault> {
        let types = names.compactMap { state.alarms[$0]?["Type"]?.stringValue }
        if names.count > 100 { return .failure(Fault(code: "ValidationError", text: "more than 100 names")) }
        if types.count(where: { $0 == AlarmType.composite.rawValue }) > 1 {
            return .failure(Fault(code: "ValidationError", text: "two composites"))
        }
        if types.contains(AlarmType.log.rawValue), names.count > 1 {
            return .failure(Fault(code: "ValidationError", text: "a log alarm in a batch"))
        }
        if let gone = names.first(where: { state.alarms[$0] == nil }) {
            return .failure(Fault(code: "ResourceNotFound", text: "\(gone) does not exist"))
        }
        for (parent, alarm) in state.alarms where !names.contains(parent) {
            let rule = (alarm["AlarmRule"]?.stringValue).flatMap { try? AlarmRuleExpression(parsing: $0) }
            if let child = rule?.alarms.first(where: names.contains) {
                return .failure(Fault(code: "ValidationError", text: "\(child) stands in \(parent)"))
            }
        }
        for name in names {
            state.alarms[name] = nil
            state.tags[prefix + "alarm:" + name] = nil
        }
        return .success([:])
    }

    private static func describe(_ input: JSONValue, _ state: State) -> Result<JSONValue, Fault> {
        let types = input["AlarmTypes"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if state.isOld, types.contains(AlarmType.log.rawValue) {
            return .failure(Fault(code: "ValidationError", text: "LogAlarm is no type"))
        }
        var names = state.alarms.keys.sorted()
        if let wanted = input["AlarmNames"]?.arrayValue?.compactMap(\.stringValue) {
            names = names.filter(wanted.contains)
        }
        let start = Int(input["NextToken"]?.stringValue ?? "0") ?? 0
        let end = min(names.count, start + state.pageSize)
        var output: JSONObject = [:]
        for type in AlarmType.allCases where types.contains(type.rawValue) {
            let alarms = names[start..<end].compactMap { state.alarms[$0] }.filter {
                $0["Type"]?.stringValue == type.rawValue
            }
            output[type.list] = .array(
                alarms.map { alarm in
                    var alarm = alarm
                    alarm["Type"] = nil
                    return .object(alarm)
                })
        }
        if end < names.count { output["NextToken"] = .string("\(end)") }
        return .success(.object(output))
    }

    private static func resources(_ input: JSONValue, _ state: State) -> JSONValue {
        guard !state.taggingLags else { return ["ResourceTagMappingList": []] }
        let filters = input["TagFilters"]?.arrayValue ?? []
        let found = state.tags.filter { arn, tags in
            arn.contains(":alarm:")
                && filters.allSatisfy { filter in
                    let values = filter["Values"]?.arrayValue?.compactMap(\.stringValue) ?? []
                    return values.contains(tags[filter["Key"]?.stringValue ?? ""] ?? "")
                }
        }
        return [
            "PaginationToken": "",
            "ResourceTagMappingList": .array(
                found.sorted { $0.key < $1.key }.map {
                    ["ResourceARN": .string($0.key), "Tags": AlarmTags.list($0.value)]
                }),
        ]
    }
}
