import JSON

extension MotoTests.ChaosawsTests {
    private static let time: JSONObject = ["start_time": 1_795_000_000.5, "end_time": 1_795_000_060.0]

    private static func inTime(_ more: JSONObject) -> JSONValue {
        var arguments = time
        for (key, value) in more { arguments[key] = value }
        return .object(arguments)
    }

    private static let ids = (1...7).map { "1-6b00000\($0)-00000000000000000000000\($0)" }

    private static let traces: JSONObject = [
        "xray:GetTraceSummaries": [
            [
                "TraceSummaries": .array(ids.map { ["Id": .string($0), "HasError": true] }), "TracesProcessedCount": 7,
                "ApproximateTime": "2026-11-20T00:00:00Z",
            ]
        ],
        "xray:BatchGetTraces": [
            [
                "Traces": [
                    [
                        "Id": .string(ids[6]), "Duration": 0.25,
                        "Segments": [["Id": "1", "Document": "{\"name\": \"front\", \"http\": {\"status\": 500}}"]],
                    ]
                ], "UnprocessedTraceIds": [],
            ]
        ],
    ]
    private static let noTraces: JSONObject = [
        "xray:GetTraceSummaries": [["TraceSummaries": []]], "xray:BatchGetTraces": [["Traces": []]],
    ]
    private static let graph: JSONObject = [
        "xray:GetServiceGraph": [
            ["StartTime": "2026-11-20T00:00:00Z", "Services": [["ReferenceId": 1, "Name": "front"]]]
        ]
    ]
    private static let throttled: JSONValue = ["error": "InvalidRequestException", "message": "no", "status": 400]

    static let xray: [Case] =
        [
            inTime([:]), inTime(["quantity": 2]), inTime(["quantity": 9]),
            inTime([
                "filter_expression": "fault", "sampling": true,
                "sampling_strategy": ["Name": "FixedRate", "Value": 0.5],
            ]),
        ].map { Case("", "xray.probes.get_traces", $0, script: traces) }
        + [inTime([:]), inTime(["time_range_type": "Event"])].map {
            Case("", "xray.probes.get_traces_summaries", $0, script: traces)
        }
        + [inTime([:]), inTime(["raw_segments": true])].flatMap { arguments in
            [traces, noTraces].map { Case("", "xray.probes.get_most_recent_trace", arguments, script: $0) }
        }
        + [inTime([:]), inTime(["group_name": "Shop", "group_arn": "arn:aws:xray:eu-central-1:1:group/Shop"])].map {
            Case("", "xray.probes.get_service_graph", $0, script: graph)
        }
        + [
            Case("", "xray.probes.get_traces", inTime([:]), script: ["xray:GetTraceSummaries": [throttled]]),
            Case(
                "", "xray.probes.get_traces", inTime([:]),
                script: ["xray:GetTraceSummaries": [["TraceSummaries": []]], "xray:BatchGetTraces": [throttled]]),
            Case("", "xray.probes.get_service_graph", inTime([:]), script: ["xray:GetServiceGraph": [throttled]]),
            // The times that are sent are those of the call.
            Case("", "xray.probes.get_traces_summaries", [:], script: traces, except: ["StartTime", "EndTime"]),
            // moto's own answers are empty.
            Case("zones", "xray.probes.get_service_graph", [:], except: ["StartTime", "EndTime"]),
        ]
}
