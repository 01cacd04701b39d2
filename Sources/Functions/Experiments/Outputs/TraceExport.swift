import Basics
import JSON
import Transport

extension JournalOutput {
    /// Spans for a collector of OpenTelemetry: OTLP over HTTP, as JSON.
    ///
    /// The run is the root; hypothesis, method and rollbacks are its children, activities theirs. All times are those
    /// of the journal.
    static func traces(_ settings: TraceSettings, http: any HTTPExecuting) -> Self {
        JournalOutput(name: "traces to \(settings.url)") { entry, deadline in
            let request = HTTPRequest(
                "POST", settings.url, headers: HTTPHeaders([("Content-Type", "application/json")] + settings.headers),
                body: .bytes(Self.spans(of: entry, service: settings.service).serialized()),
                totalTimeout: max(.seconds(1), min(.seconds(10), deadline - .now())))
            let response = try await http.execute(request)
            guard 200..<300 ~= response.status else {
                throw ExperimentError(.activityFailed, "\(settings.url) answered with status \(response.status)")
            }
            return nil
        }
    }

    /// The body of an export request: `{"resourceSpans": […]}`.
    static func spans(of entry: Entry, service: String) -> JSONValue {
        let trace = Digest.sha256Hex(entry.run).prefix(32)
        var spans: [JSONValue] = []
        func add(
            _ name: String, _ id: String, parent: String?, from start: Timestamp?, to end: Timestamp?,
            isError: Bool = false, _ attributes: JSONObject
        ) -> String {
            let span = String(Digest.sha256Hex("\(entry.run) \(id)").prefix(16))
            var json: JSONObject = [
                "traceId": .string(String(trace)), "spanId": .string(span), "name": .string(name), "kind": 1,
                "startTimeUnixNano": .string("\((start ?? entry.start).microseconds * 1_000)"),
                "endTimeUnixNano": .string("\((end ?? entry.end).microseconds * 1_000)"),
                "attributes": .array(attributes.map { ["key": .string($0.key), "value": ["stringValue": $0.value]] }),
                "status": ["code": isError ? 2 : 1],
            ]
            if let parent { json["parentSpanId"] = .string(parent) }
            spans.append(.object(json))
            return span
        }
        func time(_ record: JSONValue?, _ key: String) -> Timestamp? {
            record?[key]?.stringValue.flatMap { Timestamp(iso8601: $0) }
        }
        func addActivities(_ name: String, _ records: [JSONValue], parent: String) {
            guard !records.isEmpty else { return }
            let group = add(
                name, name, parent: parent, from: time(records.first, "start"), to: time(records.last, "end"), [:])
            for (index, record) in records.enumerated() {
                let activity = record["activity"]
                let title = activity?["name"]?.stringValue ?? ""
                let attributes: JSONObject = [
                    "chaostoolkit.activity.name": .string(title),
                    "chaostoolkit.activity.type": activity?["type"] ?? "",
                    "chaostoolkit.activity.status": record["status"] ?? "",
                ]
                _ = add(
                    title, "\(name) \(index)", parent: group, from: time(record, "start"), to: time(record, "end"),
                    isError: record["status"] != "succeeded", attributes)
            }
        }
        let attributes: JSONObject = [
            "chaostoolkit.experiment.title": .string(entry.title),
            "chaostoolkit.journal.status": entry.journal["status"] ?? "",
            "chaostoolkit.journal.deviated": .string(entry.journal["deviated"] == true ? "true" : "false"),
        ]
        let root = add("experiment", "", parent: nil, from: nil, to: nil, isError: entry.state == "failed", attributes)
        for phase in ["before", "after"] {
            let probes = entry.journal["steady_states"]?[phase]?["probes"]?.arrayValue ?? []
            addActivities("hypothesis \(phase)", probes, parent: root)
        }
        addActivities("method", entry.journal["run"]?.arrayValue ?? [], parent: root)
        addActivities("rollbacks", entry.journal["rollbacks"]?.arrayValue ?? [], parent: root)
        let resource: JSONValue = [
            "attributes": [["key": "service.name", "value": ["stringValue": .string(service)]]]
        ]
        return [
            "resourceSpans": [
                ["resource": resource, "scopeSpans": [["scope": ["name": "tocsin"], "spans": .array(spans)]]]
            ]
        ]
    }
}

/// Where spans go, by the variables of OpenTelemetry.
struct TraceSettings: Sendable, Hashable {
    var url: String
    var headers: [(name: String, value: String)]
    var service: String

    static func == (left: Self, right: Self) -> Bool { left.url == right.url && left.service == right.service }
    func hash(into hasher: inout Hasher) { hasher.combine(url) }

    /// Nil where `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` are not set.
    init?(environment: [String: String]) {
        let base = environment["OTEL_EXPORTER_OTLP_ENDPOINT"].map { ($0.hasSuffix("/") ? $0 : $0 + "/") + "v1/traces" }
        guard let url = environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] ?? base, !url.isEmpty else { return nil }
        self.url = url
        headers = (environment["OTEL_EXPORTER_OTLP_HEADERS"] ?? "").split(separator: ",").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { String($0.trimmingWhitespace) }
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
        service = environment["OTEL_SERVICE_NAME"] ?? "chaostoolkit"
    }
}
