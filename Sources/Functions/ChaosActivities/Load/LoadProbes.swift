import AWS
import Basics
import Experiments
import JSON
import Transport

/// Whether a load kept to a limit, and the state of an alarm.
extension ChaosActivities {
    private static let sla: [NativeActivity.Argument] = [.init("sla", .any), .init("missed_percent", .any)]

    static var loadProbes: [NativeActivity] {
        [
            .aws(
                "resiliencyvr.load.probes", "load_probe_relative", .probe,
                "Whether fewer than missed_percent of the requests of the last minutes missed the limit sla.",
                arguments: [.init("testday", .any), .init("minutes", .any)] + sla, calls: LoadProbe.calls
            ) { invocation, _ in
                let minutes = invocation.argument("minutes")
                guard let number = minutes.doubleValue ?? Double(minutes.pythonText), number > 0, number <= 100_000
                else {
                    throw ExperimentError.failedActivity(
                        "minutes is \(minutes.pythonText), expected a number above 0")
                }
                let end = invocation.time.now()
                return .bool(try await LoadProbe(invocation, start: end - .seconds(60) * number, end: end).passes())
            },
            .aws(
                "resiliencyvr.load.probes", "load_probe_absolute", .probe,
                "Whether fewer than missed_percent of the requests of a time missed the limit sla.",
                arguments: [.init("testday", .any), .init("teststart", .text), .init("testend", .text)] + sla,
                calls: LoadProbe.calls
            ) { invocation, _ in
                let (start, end) = (try time("teststart", invocation), try time("testend", invocation))
                return .bool(try await LoadProbe(invocation, start: start, end: end).passes())
            },
        ]
    }

    /// As the originals write times: `2024-01-18 19:02:00.5`, here in UTC.
    private static func time(
        _ name: String, _ invocation: NativeActivity.Invocation
    ) throws(ExperimentError) -> Timestamp {
        let text = invocation.argument(name).pythonText
        var iso = text.replacingBytes(" ", with: "T")
        if !iso.hasSuffix("Z"), !iso.dropFirst(10).utf8.contains(where: { $0 == 0x2B || $0 == 0x2D }) { iso += "Z" }
        guard let time = Timestamp(iso8601: iso) else {
            throw .failedActivity("\(name) is \"\(text)\", expected a time such as 2024-01-18 19:02:00")
        }
        return time
    }

    static var alarmState: NativeActivity {
        .aws(
            "resiliencyvr.cloudwatch.probes", "probe_alarm_state", .probe,
            "Whether an alarm is in a state, and in which one it is.",
            arguments: [.init("alarm_name", .text), .init("alarm_state", .text)],
            calls: [.read("cloudwatch:DescribeAlarms")]
        ) { invocation, _ in
            let name = invocation.argument("alarm_name")
            let output = try await invocation.client(.cloudWatch).call(
                "DescribeAlarms", ["AlarmNames": [name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]])
            let alarms = (output["MetricAlarms"]?.elements ?? []) + (output["CompositeAlarms"]?.elements ?? [])
            guard let state = alarms.first?["StateValue"] else {
                throw ExperimentError.failedActivity("CloudWatch alarm name \(name.pythonText) not found")
            }
            return ["match": .bool(state == invocation.argument("alarm_state")), "alarm_state": state]
        }
    }
}

/// How many requests of a time missed a limit: as the loads of this process measured, or as a service tells.
///
/// The original asks a placeholder, `https://query-url`. Its protocol is kept for `load_query_url` of the
/// configuration; without one the measurements count.
private struct LoadProbe: Sendable {
    static let calls: [NativeActivity.Call] = [.read("ssm:GetParameter")]

    let invocation: NativeActivity.Invocation
    let start: Timestamp
    let end: Timestamp
    let allowed: Double

    init(_ invocation: NativeActivity.Invocation, start: Timestamp, end: Timestamp) throws(ExperimentError) {
        (self.invocation, self.start, self.end) = (invocation, start, end)
        let percent = invocation.argument("missed_percent")
        guard let allowed = percent.doubleValue ?? Double(percent.pythonText), (0...100).contains(allowed) else {
            throw .failedActivity("missed_percent is \(percent.pythonText), expected a number from 0 to 100")
        }
        self.allowed = allowed
    }

    func passes() async throws -> Bool { try await missedPercent() < allowed }

    private func missedPercent() async throws -> Double {
        if let url = invocation.configuration["load_query_url"]?.stringValue { return try await asked(url) }
        let limit = try LoadPlan.duration(invocation.argument("sla"), "sla", unit: .milliseconds(1))
        let (requests, missed) = LoadMeasurements.recent.missed(limit, from: start, to: end)
        guard requests > 0 else {
            throw ExperimentError.failedActivity(
                "no load of this run had requests from \(start.iso8601) to \(end.iso8601): run load_generate, or set "
                    + "load_query_url in the configuration")
        }
        return Double(missed) * 100 / Double(requests)
    }

    /// Logs in, has the day prepared, and asks for the statistics.
    private func asked(_ url: String) async throws -> Double {
        let parameter = try await invocation.client(.ssm)
            .call("GetParameter", ["Name": "query_token", "WithDecryption": true])
        let password = parameter["Parameter"]?["Value"]?.stringValue ?? ""
        let form = "userName=query_username&password=\(percentEncoded(password, spaceAsPlus: true))"
        let login = try await post(url, Array(form.utf8), "application/x-www-form-urlencoded", cookie: nil)
        let cookies = login.headers.filter { $0.name.lowercased() == "set-cookie" }
            .compactMap { $0.value.split(separator: ";").first.map(String.init) }
        let cookie = cookies.isEmpty ? nil : cookies.joined(separator: "; ")
        let day = invocation.argument("testday")
        _ = try await query(url, "create-database", ["testday": day], cookie)
        let response = try await query(
            url, "get-stats",
            ["sla": invocation.argument("sla"), "teststart": Self.text(start), "testend": Self.text(end)], cookie)
        // A table of two lines, with tabs between the columns.
        let table = try JSONValue(parsing: response.body)["body"]?["msg"]?[0]?["data"]?.stringValue ?? ""
        let rows = table.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        guard rows.count > 1, let column = rows[0].firstIndex(of: "missed_sla_percent"), column < rows[1].count,
            let missed = Double(rows[1][column].trimmingWhitespace)
        else {
            throw ExperimentError.failedActivity("the answer of load_query_url has no missed_sla_percent")
        }
        return missed
    }

    private func query(
        _ url: String, _ name: String, _ parameters: JSONObject, _ cookie: String?
    ) async throws -> HTTPResponse {
        let body: JSONValue = ["name": .string(name), "params": .object(parameters)]
        return try await post(url, body.serialized(), "application/json", cookie: cookie)
    }

    private func post(_ url: String, _ body: [UInt8], _ type: String, cookie: String?) async throws -> HTTPResponse {
        var request = HTTPRequest("POST", url, headers: ["Content-Type": type], body: .bytes(body))
        if let cookie { request.headers.set("Cookie", cookie) }
        let response = try await invocation.aws.http.execute(request)
        guard response.status < 400 else {
            throw ExperimentError.failedActivity("load_query_url answered with status \(response.status)")
        }
        return response
    }

    /// As Python writes a time.
    private static func text(_ time: Timestamp) -> JSONValue {
        .string(String(time.iso8601(fractionDigits: 6).replacingBytes("T", with: " ").dropLast()))
    }
}
