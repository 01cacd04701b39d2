import AWS
import Basics
import Experiments
import JSON

/// The probes of `chaosaws.xray`.
extension ChaosActivities {
    static var xray: [NativeActivity] {
        let module = "chaosaws.xray.probes"
        let times: [NativeActivity.Argument] = [.init("start_time", .any, "3 minutes"), .init("end_time", .any, "now")]
        let choice =
            times + [
                .init("time_range_type", .text, "TraceId"),
                .init("filter_expression", .text, "groupname = \"Default\""), .init("sampling", .flag, false),
                .init("sampling_strategy", .object, .null),
            ]
        let calls: [NativeActivity.Call] = [.read("xray:GetTraceSummaries"), .read("xray:BatchGetTraces")]
        return [
            .aws(
                module, "get_traces", .probe, "The latest traces of a time, at most five.",
                arguments: choice + [.init("quantity", .integer, 5)], calls: calls
            ) { invocation, _ in
                try await Traces.latest(Int(invocation.argument("quantity").intValue ?? 5), invocation)
            },
            .aws(
                module, "get_traces_summaries", .probe, "The summaries of the traces of a time.", arguments: choice,
                calls: [.read("xray:GetTraceSummaries")]
            ) { invocation, _ in try await Traces.summaries(invocation) },
            .aws(
                module, "get_most_recent_trace", .probe,
                "The latest trace of a time; with raw_segments the documents of its segments.",
                arguments: choice + [.init("raw_segments", .flag, false)], calls: calls, run: Traces.mostRecent),
            .aws(
                module, "get_service_graph", .probe, "The services of a group and the calls between them.",
                arguments: times + [.init("group_name", .text, "Default"), .init("group_arn", .text, .null)],
                calls: [.read("xray:GetServiceGraph")], run: Traces.serviceGraph),
        ]
    }
}

/// Traces and service graphs of X-Ray.
private enum Traces {
    /// As many as the service gives at once.
    private static let maximumBatch = 5

    /// The summaries of all pages.
    ///
    /// chaosaws reads the first page only, so its latest traces are those of some time in between.
    static func summaries(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        try await told("XRay trace summaries failed") {
            var input = try range(invocation)
            input["TimeRangeType"] = invocation.argument("time_range_type")
            input["FilterExpression"] = invocation.argument("filter_expression")
            input["Sampling"] = invocation.argument("sampling")
            input["SamplingStrategy"] = invocation.given("sampling_strategy") ?? [:]
            let client = try invocation.client(.xRay)
            return try await allPages("TraceSummaries", input) { try await client.response("GetTraceSummaries", $0) }
        }
    }

    /// The last traces of the time, in order.
    static func latest(_ quantity: Int, _ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        // The service lists them in no order; a trace's id has its start: `1-<seconds in hexadecimal>-…`.
        let ids = try await summaries(invocation)["TraceSummaries"]?.elements.compactMap { $0["Id"]?.stringValue } ?? []
        let times = ids.map { $0.split(separator: "-").dropFirst().first ?? "" }
        let ordered = zip(times, ids).enumerated().sorted {
            ($0.element.0, $0.offset) < ($1.element.0, $1.offset)
        }.map(\.element.1)
        let chosen = ordered.suffix(max(0, min(quantity, maximumBatch)))
        return try await told("XRay batch traces failed") {
            try await invocation.client(.xRay).response("BatchGetTraces", ["TraceIds": JSONValue(texts: Array(chosen))])
        }
    }

    @Sendable static func mostRecent(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let traces = try await latest(1, invocation)
        guard invocation.given("raw_segments") != nil else { return traces }
        guard let trace = traces["Traces"]?[0] else { return [:] }
        let documents = (trace["Segments"]?.elements ?? []).compactMap { $0["Document"]?.stringValue }
        return .array(
            try documents.map { document in
                do { return try JSONValue(parsing: document) } catch {
                    throw ExperimentError.failedActivity("a segment of the trace is no JSON: \(error)")
                }
            })
    }

    @Sendable static func serviceGraph(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await told("XRay service graph failed") {
            var input = try range(invocation)
            input["GroupName"] = invocation.given("group_name")
            input["GroupARN"] = invocation.given("group_arn")
            let client = try invocation.client(.xRay)
            return try await allPages("Services", input) { try await client.response("GetServiceGraph", $0) }
        }
    }

    /// The time that the arguments mean.
    private static func range(_ invocation: NativeActivity.Invocation) throws -> JSONObject {
        let end = try RelativeTime.moment(invocation.argument("end_time"), before: invocation.time.now())
        let start = try RelativeTime.moment(invocation.argument("start_time"), before: end)
        return ["StartTime": .string(start.iso8601), "EndTime": .string(end.iso8601)]
    }

    /// The first page with the items of all others.
    private static func allPages(
        _ list: String, _ input: JSONObject, _ page: (JSONObject) async throws -> JSONValue
    ) async throws -> JSONValue {
        var output = try await page(input).objectValue ?? [:]
        var items = output[list]?.elements ?? []
        while let token = output["NextToken"], token.isTruthy {
            var input = input
            input["NextToken"] = token
            let next = try await page(input)
            items += next[list]?.elements ?? []
            output["NextToken"] = next["NextToken"]
        }
        output[list] = .array(items)
        return .object(output)
    }

    /// chaosaws catches everything here, also a time of the wrong form.
    private static func told(_ words: String, _ body: () async throws -> JSONValue) async throws -> JSONValue {
        try await failures({ "\(words): \($0)" }, body)
    }
}
