import Basics
import Foundation
import JSON
import ServiceHistory
import TestSupport
import Testing

@testable import SLAReport

/// What the original wrote for a series, as `Tools/report-samples/record.js` has recorded it.
struct OriginalSample: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var service: SLAReportInput.Service
    var input: SLAReportInput
    var logBucket: String?
    /// The texts by paths below the prefix.
    var files: [String: String]

    static let all: [OriginalSample] = {
        let file = Workspace.root.appending(path: "Tests/SLAReportTests/Samples/original-report.json")
        let json = (try? Data(contentsOf: file)).flatMap { try? JSONValue(parsing: Array($0)) }
        return (json?.arrayValue ?? []).map(OriginalSample.init)
    }()

    private init(_ json: JSONValue) {
        testDescription = json["name"]?.stringValue ?? ""
        logBucket = json["logBucket"]?.stringValue
        files = [:]
        for (key, text) in json["files"]?.objectValue ?? [:] {
            files[String(key.dropFirst("slamon/".count))] = text.stringValue
        }
        // The original has the newest first.
        var points = (json["points"]?.arrayValue ?? []).map { Self.point($0, length: .seconds(60)) }
        if let message = json["message"] { points.insert(Self.point(message, length: .zero), at: 0) }
        let history = ServiceHistory(
            name: json["service"]?.stringValue ?? "", kind: .test, points: points.reversed())
        service = SLAReportInput.Service(id: "service", displayName: "Service", history: history)
        input = SLAReportInput(
            title: "Report", generatedAt: Timestamp(millisecondsSinceEpoch: json["now"]?.intValue ?? 0),
            environment: json["environment"]?.stringValue ?? "",
            ranges: (json["ranges"]?.stringValue ?? "").split(separator: ",").map { text in
                SLAReportInput.Range(text: String(text), length: .seconds(86_400) * (Int(text.dropLast()) ?? 0))
            },
            arithmetic: .original,
            services: (json["services"]?.arrayValue ?? []).map { name in
                let history = ServiceHistory(name: name.stringValue ?? "", kind: .test)
                return SLAReportInput.Service(id: "service", displayName: "Service", history: history)
            })
    }

    /// Such as `[1795964400, 1, 19.6719]`.
    private static func point(_ json: JSONValue, length: Duration) -> HistoryPoint {
        HistoryPoint(
            start: Timestamp(secondsSinceEpoch: json[0]?.doubleValue ?? 0), length: length, attempts: 1,
            successes: json[1] == 1 || json[1] == true ? 1 : 0, maximumSeconds: json[2]?.doubleValue)
    }
}
