import Basics
import JSON
import ServiceHistory
import Testing

@testable import SLAReport

@Suite struct MendedSummaryTests {
    private static let end = Timestamp(secondsSinceEpoch: 1_795_964_460)
    private static let day = SLAReportInput.Range(text: "1d", length: .seconds(86_400))
    private static let hour = SLAReportInput.Range(text: "1h", length: .seconds(3_600))

    /// A result every minute, `S` or `F`, `.` for none; the last period ends with the report.
    private func history(_ text: String, kind: ServiceHistory.Kind = .test, length: Int = 60) -> ServiceHistory {
        let points = text.enumerated().compactMap { place, letter -> HistoryPoint? in
            guard letter != "." else { return nil }
            return HistoryPoint(
                start: Self.end - .seconds(60 * (text.count - place)), length: .seconds(length), attempts: 1,
                successes: letter == "S" ? 1 : 0, seconds: 0.5, maximumSeconds: Double(place))
        }
        return ServiceHistory(name: "shop", kind: kind, points: points)
    }

    private func files(
        _ history: ServiceHistory, ranges: [SLAReportInput.Range] = [day], logBucket: String? = "logs"
    ) throws -> [String: JSONValue] {
        let service = SLAReportInput.Service(id: "shop", displayName: "Web shop", history: history)
        let input = SLAReportInput(title: "", generatedAt: Self.end, environment: "prod", ranges: ranges)
        let files = OriginalReport(input, logBucket: logBucket).files(of: service)
        return try Dictionary(uniqueKeysWithValues: files.map { ($0.path, try JSONValue(parsing: $0.bytes)) })
    }

    private func summary(_ history: ServiceHistory, ranges: [SLAReportInput.Range] = [day]) throws -> JSONValue {
        try #require(try files(history, ranges: ranges)["prod/shop/summary.json"])
    }

    @Test("the series of which the original counts three outages and 0.01 minutes")
    func wholeText() throws {
        var history = history("FFFSSFS")
        history.objective = 60
        let service = SLAReportInput.Service(id: "shop", displayName: "Web shop", history: history)
        let input = SLAReportInput(title: "", generatedAt: Self.end, environment: "prod", ranges: [Self.day])
        let file = try #require(OriginalReport(input, logBucket: "logs").files(of: service).first)
        #expect(file.contentType == "application/json")
        #expect(
            String(decoding: file.bytes, as: UTF8.self) == """
                {
                  "serviceName": "shop",
                  "env": "prod",
                  "currentStatus": "SUCCESS",
                  "currentStatusDurationMins": 1,
                  "rangeSummaries": [
                    {
                      "timeRange": "1d",
                      "summary": {
                        "numAttempts": 7,
                        "numSuccesses": 3,
                        "successPercent": 42.85,
                        "failureMins": 4,
                        "numFailures": 4,
                        "numOutages": 2,
                        "maintenanceMins": 0,
                        "errorBudget": {
                          "allowedFailures": 2.8,
                          "leftPercent": -42.86,
                          "burnRate1h": 1.43,
                          "burnRate6h": 1.43,
                          "exhaustedOn": 1795964160
                        }
                      }
                    }
                  ],
                  "statusChanges": [
                    {
                      "status": "SUCCESS",
                      "fromTimestamp": 1795964400,
                      "toTimestamp": 1795964460,
                      "durationMins": 1,
                      "detailLocation": "s3://logs/shop/17959644"
                    },
                    {
                      "status": "FAILURE",
                      "fromTimestamp": 1795964340,
                      "toTimestamp": 1795964400,
                      "durationMins": 1,
                      "detailLocation": "s3://logs/shop/17959643"
                    },
                    {
                      "status": "SUCCESS",
                      "fromTimestamp": 1795964220,
                      "toTimestamp": 1795964340,
                      "durationMins": 2,
                      "detailLocation": "s3://logs/shop/17959642"
                    }
                  ],
                  "reportGeneratedOn": 1795964460,
                  "slaTarget": 60
                }
                """)
    }

    @Test(
        "the status now, since when in minutes, and how many changes were seen",
        arguments: [
            ("S", "SUCCESS", -1, 0), ("FFF", "FAILURE", -1, 0), ("SSFF", "FAILURE", 2, 1), ("FFSSS", "SUCCESS", 3, 1),
            // Results that are too long ago say nothing of now.
            ("SF.....", "UNKNOWN", 5, 2), ("SF....", "FAILURE", 5, 1), ("F......", "UNKNOWN", 6, 1),
            ("", "UNKNOWN", -1, 0),
            // A gap is neither good nor bad.
            ("SS......SS", "SUCCESS", 2, 2), ("SS....SS", "SUCCESS", -1, 0),
        ] as [(String, String, Double, Int)])
    func status(text: String, status: String, minutes: Double, changes: Int) throws {
        let summary = try summary(history(text))
        #expect(summary["currentStatus"]?.stringValue == status)
        #expect(summary["currentStatusDurationMins"]?.doubleValue == minutes)
        #expect(summary["statusChanges"]?.arrayValue?.count == changes)
    }

    @Test("a change before the longest range is known where the history goes further back")
    func olderChange() throws {
        let history = history("SF" + String(repeating: "S", count: 90))
        let summary = try summary(history, ranges: [Self.hour])
        #expect(summary["currentStatusDurationMins"]?.doubleValue == 90)
        #expect(summary["statusChanges"]?[0]?["durationMins"]?.doubleValue == 90)
    }

    @Test("changes are the newest first, each from the older time to the newer one")
    func changes() throws {
        let changes = try #require(try summary(history("SFFS......S"))["statusChanges"]?.arrayValue)
        #expect(changes.map { $0["status"]?.stringValue } == ["SUCCESS", "UNKNOWN", "SUCCESS", "FAILURE"])
        #expect(changes.map { $0["durationMins"]?.doubleValue } == [1, 6, 1, 2])
        #expect(changes.map { $0["detailLocation"]?.isNull } == [false, true, false, false])
        for (newer, older) in zip(changes, changes.dropFirst()) {
            #expect(newer["fromTimestamp"] == older["toTimestamp"])
        }
    }

    @Test("maintenance does not count, and nothing is known of it")
    func maintenance() throws {
        var history = history("SSFFFSS")
        history.maintenance = [Self.end - .seconds(5 * 60)..<Self.end - .seconds(2 * 60)]
        let summary = try summary(history)
        let numbers = try #require(summary["rangeSummaries"]?[0]?["summary"])
        #expect(numbers["numAttempts"] == 4)
        #expect(numbers["successPercent"] == 100)
        #expect(numbers["failureMins"] == 0)
        #expect(numbers["maintenanceMins"] == 3)
        #expect(summary["statusChanges"]?[1]?["status"] == "UNKNOWN")
        history.maintenance = [Self.end - .seconds(60)..<Self.end + .seconds(60)]
        #expect(try self.summary(history)["currentStatus"] == "UNKNOWN")
    }

    @Test("99.97 % is neither 99 nor 100; without results there is no percentage")
    func percent() throws {
        let few = history(String(repeating: "S", count: 700) + "F" + String(repeating: "S", count: 700))
        let numbers = try #require(try summary(few)["rangeSummaries"]?[0]?["summary"])
        #expect(numbers["successPercent"]?.doubleValue == 99.92)
        let nothing = try #require(try summary(history(""))["rangeSummaries"]?[0]?["summary"])
        #expect(nothing["successPercent"]?.isNull == true)
        #expect(nothing["numAttempts"] == 0)
        #expect(nothing["errorBudget"]?.isNull == true)
    }

    @Test("a history has Booleans, the newest first, and the time of the report; a shorter range has its beginning")
    func histories() throws {
        let text = "F" + String(repeating: "S", count: 59) + "SF"
        let files = try files(history(text), ranges: [Self.hour, Self.day])
        let day = try #require(files["prod/shop/history/1d.json"])
        let hour = try #require(files["prod/shop/history/1h.json"])
        #expect(day["history"]?.arrayValue?.count == 62)
        #expect(hour["history"]?.arrayValue?.count == 60)
        #expect(hour["history"]?[0] == ["timestamp": 1_795_964_400, "succeeded": false, "testExecutionSecs": 61])
        #expect(hour["history"]?[1] == ["timestamp": 1_795_964_340, "succeeded": true, "testExecutionSecs": 60])
        #expect(hour["history"]?[59]?["timestamp"] == 1_795_960_860)
        #expect(day["history"]?[61]?["succeeded"] == false)
        #expect(hour["reportGeneratedOn"] == 1_795_964_460)
    }

    @Test("a minute of which one result is bad has not succeeded")
    func partlyBad() throws {
        var history = history("S")
        history.points[0].attempts = 2
        history.points[0].seconds = nil
        history.points[0].maximumSeconds = nil
        let item = try files(history)["prod/shop/history/1d.json"]?["history"]?[0]
        #expect(item == ["timestamp": 1_795_964_400, "succeeded": false, "testExecutionSecs": nil])
    }

    @Test("the log's place is whole for a single result, what its minute has in common otherwise, and null without one")
    func logs() throws {
        func location(_ history: ServiceHistory, bucket: String? = "logs") throws -> JSONValue? {
            try files(history, logBucket: bucket)["prod/shop/summary.json"]?["statusChanges"]?[0]?["detailLocation"]
        }
        #expect(try location(history("SF", length: 0)) == "s3://logs/shop/1795964400_FAILURE")
        #expect(try location(history("SF")) == "s3://logs/shop/17959644")
        #expect(try location(history("SF"), bucket: nil)?.isNull == true)
        #expect(try location(history("SF", kind: .check))?.isNull == true)
    }

    @Test("the list has each test once, and no checks")
    func services() throws {
        let services = [("shop", ServiceHistory.Kind.test), ("mail", .test), ("shop", .test), ("web", .check)].map {
            SLAReportInput.Service(
                id: "id", displayName: "Name", history: ServiceHistory(name: $0, kind: $1))
        }
        let input = SLAReportInput(title: "", generatedAt: Self.end, services: services)
        let file = OriginalReport(input).servicesFile()
        #expect(file.path == "dev/services.json")
        let text = "[\n  {\n    \"service\": \"shop\"\n  },\n  {\n    \"service\": \"mail\"\n  }\n]"
        #expect(String(decoding: file.bytes, as: UTF8.self) == text)
        let none = OriginalReport(SLAReportInput(title: "", generatedAt: Self.end)).servicesFile()
        #expect(String(decoding: none.bytes, as: UTF8.self) == "[]")
    }
}
