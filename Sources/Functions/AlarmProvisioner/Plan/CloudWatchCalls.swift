import AWS
import Basics
import CloudWatchAlarms
import JSON

/// The reading calls of CloudWatch that planning, applying and importing share; counts them.
struct CloudWatchCalls: Sendable {
    let client: AWSClient
    private let counter = Locked(0)

    init(_ client: AWSClient) { self.client = client }

    var count: Int { counter.withLock { $0 } }

    func note(_ calls: Int = 1) { counter.withLock { $0 += calls } }

    /// Every page of `DescribeAlarms`, with all types of alarms that the service knows.
    func describe(_ input: JSONObject, _ deadline: Timestamp?, _ take: (JSONValue) -> Void) async throws {
        var isFirst = true
        do {
            try await describe(input, types: AlarmType.allCases, deadline) { page in
                isFirst = false
                take(page)
            }
        } catch let error as AWSError where error.refusesInput && isFirst {
            // A region or an emulator that does not know log alarms refuses the word at the first call.
            try await describe(input, types: [.metric, .composite], deadline, take)
        }
    }

    private func describe(
        _ input: JSONObject, types: [AlarmType], _ deadline: Timestamp?, _ take: (JSONValue) -> Void
    ) async throws {
        var input = input
        input["AlarmTypes"] = .array(types.map { .string($0.rawValue) })
        input["MaxRecords"] = 100
        while true {
            note()
            let page = try await client.call("DescribeAlarms", .object(input), deadline: deadline)
            take(page)
            guard let token = page["NextToken"]?.stringValue, !token.isEmpty else { return }
            guard input["NextToken"]?.stringValue != token else {
                throw AWSError(.invalidResponse, "DescribeAlarms gave the same page token twice")
            }
            input["NextToken"] = .string(token)
        }
    }

    /// The tags of each ARN, or why they cannot be listed.
    func tags(of arns: [String], _ deadline: Timestamp?) async -> [String: Result<[String: String], AWSError>] {
        let results = await arns.concurrentMap(atMost: AlarmReader.parallelCalls) { arn in
            (arn, await tags(of: arn, deadline))
        }
        return Dictionary(results) { $1 }
    }

    func tags(of arn: String, _ deadline: Timestamp?) async -> Result<[String: String], AWSError> {
        note()
        do {
            let output = try await client.call("ListTagsForResource", ["ResourceARN": .string(arn)], deadline: deadline)
            return .success(AlarmTags.read(output["Tags"]))
        } catch let error as AWSError {
            return .failure(error)
        } catch {
            return .failure(AWSError(.transport, "the run was stopped", underlying: error))
        }
    }

    func muteRuleARNs(_ deadline: Timestamp?) async throws -> [String] {
        var (arns, input): ([String], JSONObject) = ([], [:])
        while true {
            note()
            let page = try await client.call("ListAlarmMuteRules", .object(input), deadline: deadline)
            arns += (page["AlarmMuteRuleSummaries"]?.arrayValue ?? []).compactMap {
                $0["AlarmMuteRuleArn"]?.stringValue
            }
            guard let token = page["NextToken"]?.stringValue, !token.isEmpty else { return arns }
            guard input["NextToken"]?.stringValue != token else {
                throw AWSError(.invalidResponse, "ListAlarmMuteRules gave the same page token twice")
            }
            input["NextToken"] = .string(token)
        }
    }

    func muteRule(_ name: String, tags: [String: String], _ deadline: Timestamp?) async throws -> MuteRule {
        note()
        let output = try await client.call("GetAlarmMuteRule", ["AlarmMuteRuleName": .string(name)], deadline: deadline)
        return try MuteRule(describing: output, tags: tags)
    }
}

extension AWSError {
    /// Whether the service says that the input is wrong, rather than that the caller may not, or not now.
    var refusesInput: Bool {
        [
            "ValidationError", "ValidationException", "InvalidParameterValue", "InvalidParameterInput",
            "InvalidParameterCombination", "MissingParameter", "SerializationException",
        ].contains(code)
    }
}

extension Array {
    /// The elements in order, in arrays of at most so many.
    func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
