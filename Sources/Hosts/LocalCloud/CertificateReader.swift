import AWS
public import Basics
import JSON

extension MetricReader {
    /// How far back the newest value is searched.
    private static var recentCertificates: Duration { .seconds(3_600) }

    /// Days until the certificates of endpoints end, by `group/name`, as the newest checks have measured them.
    /// - Throws: `AWSError`.
    public func certificateDays(at now: Timestamp) async throws -> [String: Int] {
        var names: [String] = []
        var queries: [JSONValue] = []
        let metrics = cloudWatch.pages(
            "ListMetrics", ["Namespace": "Monitoring/Uptime", "MetricName": "certificate-days"])
        for try await page in metrics {
            for metric in page["Metrics"]?.arrayValue ?? [] {
                let dimensions = metric["Dimensions"]?.arrayValue ?? []
                let parts = ["group", "name"].compactMap { name in
                    dimensions.first { $0["Name"]?.stringValue == name }?["Value"]?.stringValue
                }
                let identity: JSONValue = [
                    "Namespace": "Monitoring/Uptime", "MetricName": "certificate-days",
                    "Dimensions": .array(dimensions),
                ]
                queries.append([
                    "Id": .string("c\(names.count)"),
                    "MetricStat": ["Metric": identity, "Period": 60, "Stat": "Minimum"],
                ])
                names.append(parts.joined(separator: "/"))
            }
        }
        var days: [String: Int] = [:]
        // CloudWatch takes 500 queries in a call.
        for start in stride(from: 0, to: queries.count, by: 500) {
            let pages = cloudWatch.pages(
                "GetMetricData",
                [
                    "MetricDataQueries": .array(Array(queries[start..<min(start + 500, queries.count)])),
                    "StartTime": .string((now - Self.recentCertificates).iso8601),
                    "EndTime": .string((now + .seconds(1)).iso8601), "ScanBy": "TimestampDescending",
                ])
            for try await page in pages {
                for result in page["MetricDataResults"]?.arrayValue ?? [] {
                    let newest = zip(
                        (result["Timestamps"]?.arrayValue ?? []).map { $0.stringValue ?? "" },
                        (result["Values"]?.arrayValue ?? []).compactMap(\.doubleValue)
                    ).max { $0.0 < $1.0 }
                    guard let newest, let index = result["Id"]?.stringValue.flatMap({ Int($0.dropFirst()) }) else {
                        continue
                    }
                    days[names[index]] = Int(newest.1.rounded(.down))
                }
            }
        }
        return days
    }
}
