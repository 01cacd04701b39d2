import AWS
import Basics
import Events
import Foundation
import JSON
import ServiceHistory
import TestSupport
import Testing

@testable import SLAReport

/// The function against moto.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized, .timeLimit(.minutes(3)))
struct SLAReporterTests {
    private static func queue(_ services: [String?], at time: Timestamp) -> JSONValue {
        [
            "Records": .array(
                services.enumerated().map { index, service in
                    let body =
                        service.map { SLAResult(timestamp: time, succeeded: false, service: $0, executionSecs: 7).json }
                        .map(\.description) ?? "nonsense"
                    return ["messageId": .string("m\(index)"), "body": .string(body), "eventSource": "aws:sqs"]
                })
        ]
    }

    @Test("a schedule writes everything; the same again writes only what the time changes")
    func schedule() async throws {
        let place = try await ReportPlace.inMoto(["AWS_ENV": "prod", "TIME_RANGES": "1h,1d"])
        try await place.putResults("shop", [true, false, true])
        try await place.putChecks("api", group: "web", [true, true, true])
        let answer = try await place.invoke(["source": "aws.events"])
        #expect(answer["state"] == "done", "\(answer)")
        #expect(answer["services"] == 2)
        #expect(answer["unwritten"] == [])
        let keys = try await place.keys()
        #expect(keys.contains("slamon/.report-state"))
        for key in ["services.json", "shop/summary.json", "shop/history/1h.json", "shop/history/1d.json"] {
            #expect(keys.contains("slamon/prod/\(key)"), "\(keys)")
        }
        let list = try JSONValue(parsing: await place.text("slamon/prod/services.json"))
        #expect(list.arrayValue?.compactMap { $0["service"]?.stringValue }.contains("shop") == true)
        let summary = try JSONValue(parsing: await place.text("slamon/prod/shop/summary.json"))
        #expect(summary["currentStatus"] == "SUCCESS", "\(summary)")
        let again = try await place.invoke([:])
        #expect(again["written"] == 0, "\(again)")
        #expect(again["unchanged"] == answer["written"])
    }

    @Test("nothing found is not a report of nothing: the last report stays")
    func nothingFound() async throws {
        let place = try await ReportPlace.inMoto()
        let error = await #expect(throws: ReportError.self) { _ = try await place.invoke([:]) }
        #expect(error?.code == .unreadable)
        #expect(error?.message.contains("Monitoring/Uptime") == true)
        #expect(try await place.keys().isEmpty)
    }

    @Test("a result from a queue writes its service's files, with a point that CloudWatch does not have yet")
    func result() async throws {
        let place = try await ReportPlace.inMoto(["AWS_ENV": "prod"])
        try await place.putResults("shop", [true, true, true])
        try await place.putResults("other", [true])
        let time = place.clock.now
        let answer = try await place.invoke(Self.queue(["shop", nil, "shop"], at: time))
        #expect(answer["batchItemFailures"]?.arrayValue?.map { $0["itemIdentifier"] } == ["m1"])
        let keys = try await place.keys()
        #expect(keys.contains("slamon/prod/shop/summary.json"))
        #expect(keys.contains("slamon/prod/services.json"))
        #expect(!keys.contains { $0.contains("other/") })
        #expect(!keys.contains("slamon/.report-state"))
        let summary = try JSONValue(parsing: await place.text("slamon/prod/shop/summary.json"))
        #expect(summary["currentStatus"] == "FAILURE", "\(summary)")
        let attempts = summary["rangeSummaries"]?[0]?["summary"]?["numAttempts"]
        #expect(attempts == 4, "\(summary)")
    }

    @Test("files of a service that is not reported any more go after a week, but not with a report that is not whole")
    func goneService() async throws {
        let place = try await ReportPlace.inMoto(["AWS_ENV": "prod", "TIME_RANGES": "1h"])
        try await place.putResults("shop", [true])
        try await place.putResults("web", [true])
        _ = try await place.invoke([:])
        func ofWeb() async throws -> [String] { try await place.keys().filter { $0.containsBytes("web") } }
        let all = try await ofWeb()
        for key in ["prod/web/summary.json", "prod/web/history/1h.json", "services/web.html", "badges/_web/health.svg"]
        {
            #expect(all.contains("slamon/\(key)"), "\(all)")
        }
        let hidden = ["REPORT_CONFIG_TEXT": "services: [{name: web, hidden: true}]"]
        place.clock.advance(.seconds(7 * 86_400))
        _ = try await place.invoke([:], hidden)
        #expect(try await ofWeb() == all)
        place.clock.advance(.seconds(86_400))
        let partial = hidden.merging(["REPORT_INCIDENTS": "s3://absent/incidents"]) { $1 }
        await #expect(throws: ReportError.self) { _ = try await place.invoke([:], partial) }
        #expect(try await ofWeb() == all)
        let answer = try await place.invoke([:], hidden)
        #expect(answer["removed"]?.intValue == Int64(all.count), "\(answer)")
        #expect(try await ofWeb().isEmpty)
        #expect(try await place.keys().contains("slamon/services/shop.html"))
    }

    @Test("the days of certificates are on the pages, of several regions the fewest")
    func certificates() async throws {
        let place = try await ReportPlace.inMoto()
        try await place.putChecks("api", [true], certificateDays: 12.9)
        try await place.putChecks("api", [true], certificateDays: 5.2, region: "us-east-1")
        try await place.putChecks("plain", [true])
        _ = try await place.invoke([:])
        let index = try await place.text("slamon/index.html")
        #expect(index.containsBytes("<span class=\"chip bad\">certificate: 5 days</span>"))
        #expect(!index.containsBytes("12 days"))
        #expect(try await place.text("slamon/services/api.html").containsBytes("Its certificate ends in 5 days."))
        #expect(try await !place.text("slamon/services/plain.html").containsBytes("certificate ends"))
    }

    @Test("a result from a queue and a schedule add up the same regions")
    func regions() async throws {
        let place = try await ReportPlace.inMoto(["AWS_ENV": "prod"])
        try await place.putResults("shop", [true, false, true])
        try await place.putResults("shop", [true, true], seconds: 6, region: "us-east-1")
        // CloudWatch has this result already.
        _ = try await place.invoke(Self.queue(["shop"], at: place.clock.now - .seconds(60)))
        let files = ["summary.json", "history/1d.json"].map { "slamon/prod/shop/\($0)" }
        var texts: [String] = []
        for file in files { texts.append(try await place.text(file)) }
        let summary = try JSONValue(parsing: texts[0])
        #expect(summary["rangeSummaries"]?[0]?["summary"]?["numAttempts"] == 5, "\(summary)")
        _ = try await place.invoke([:])
        for (file, text) in zip(files, texts) { #expect(try await place.text(file) == text) }
    }

    @Test("the regions of a test are listed once for several messages, and are unread when that is refused")
    func listedRegions() async throws {
        let server = try ScriptedServer { request in
            if request["x-amz-target"]?.hasSuffix("ListMetrics") == true {
                guard request.text.containsBytes("shop") else {
                    return .http(400, body: #"{"__type":"AccessDenied","message":"not allowed"}"#)
                }
                let dimensions = #"[{"Name":"Region","Value":"x"},{"Name":"Service","Value":"shop"}]"#
                return .http(200, body: #"{"Metrics":[{"Dimensions":\#(dimensions)}]}"#)
            }
            return .http(200, body: "{}")
        }
        let place = ReportPlace(at: server.url)
        let time = place.clock.now
        try await place.run { aws in
            let discovery = ServiceDiscovery(
                client: try AWSClient(.cloudWatch, configuration: aws), namespaces: MetricNamespaces(tests: "T"),
                deadline: nil)
            let series = TestSeries()
            for age in [0, 299, 300] {
                let services = try await series.services(["shop"], discovery, region: "y", at: time + .seconds(age))
                #expect(services.map { $0.series.map { $0.map(\.value) } } == [[["x", "shop"]]])
            }
            await #expect(throws: AWSError.self) {
                _ = try await series.services(["shop", "web"], discovery, region: "y", at: time)
            }
        }
        #expect(server.requests.count == 3)
    }

    @Test("no bucket: the records of results come again when others were no results, else the invocation fails")
    func unwritten() async throws {
        let place = try await ReportPlace.inMoto(["REPORTS_S3_BUCKET_NAME": "absent"])
        try await place.putResults("shop", [true])
        await #expect(throws: ReportError.self) {
            _ = try await place.invoke(Self.queue(["shop"], at: place.clock.now))
        }
        let error = await #expect(throws: ReportError.self) { _ = try await place.invoke([:]) }
        #expect(error?.code == .unwritten)
        #expect(error?.message.contains("s3://absent/slamon/") == true, "\(error as Any)")
    }

    @Test("events that are none")
    func wrongEvents() async throws {
        let place = try await ReportPlace.inMoto()
        for event: JSONValue in [
            ["Records": [["eventSource": "aws:s3", "s3": [:]]]],
            ["requestContext": ["http": ["method": "GET", "path": "/"]], "version": "2.0", "rawPath": "/"],
            Self.queue([nil], at: place.clock.now),
        ] {
            let error = await #expect(throws: ReportError.self) { _ = try await place.invoke(event) }
            #expect(error?.code == .invalid, "\(event)")
        }
    }

    @Test("titles, maintenance and incidents of the file; what it names and CloudWatch does not have is a warning")
    func configuration() async throws {
        let place = try await ReportPlace.inMoto([
            "REPORT_CONFIG_TEXT": """
            title: Shop
            services: [{name: shop, displayName: Web shop, objective: 50}, {name: shopp}]
            maintenance: [{start: 2026-11-29T11:58:00Z, duration: 1m, services: [shop]}]
            """,
            "REPORT_INCIDENTS": "s3://reports/incidents",
        ])
        try await place.putResults("shop", [true, false, true])
        let variables = place.variables
        let time = place.clock.source
        let summary = try await place.run { aws in
            let ghost = Incident(
                id: "20261129-ghost", title: "Ghost", impact: .major, services: ["nosuch/thing", "Web shop"],
                first: .init(id: "1", time: time.now(), status: .investigating, text: "?"))
            let created = try await IncidentStore(at: "s3://reports/incidents", time: time) { aws }.create(ghost)
            #expect(created)
            return try await ReportRun(environment: variables, time: time) { aws }.all(
                deadline: time.now() + .seconds(60))
        }
        #expect(summary.warnings.count == 2)
        #expect(summary.warnings[0].contains("did you mean shop?"))
        #expect(
            summary.warnings[1]
                == "the incident 20261129-ghost names the service nosuch/thing, which the report does not have")
        let shop = try #require(summary.services.first { $0.name == "Web shop" })
        // The failure at 11:58 is in the maintenance.
        #expect(shop.availability.last?.attempts == 2)
        #expect(shop.availability.last?.successes == 2)
        #expect(shop.budget?.objective == 50)
    }

    @Test("a command reads incidents of a folder and does not make one; its pages say how often they are made")
    func folderOfIncidents() async throws {
        let place = try await ReportPlace.inMoto()
        try await place.putResults("shop", [true])
        let time = place.clock.source
        try await Workspace.withTemporaryFolder { folder in
            let (incidents, site) = (folder.appending(path: "incidents").path, folder.appending(path: "site").path)
            let variables = place.variables.merging([
                "REPORT_INCIDENTS": incidents, "REPORT_OUTPUT": site, "REPORT_INTERVAL": "2h",
            ]) { $1 }
            func report() async throws -> ReportSummary {
                try await place.run { aws in
                    try await ReportRun(environment: variables, time: time) { aws }.all(
                        deadline: time.now() + .seconds(60))
                }
            }
            let none = try await report()
            #expect(none.warnings.count == 1)
            #expect(none.warnings.first?.contains("there is no folder \(incidents)") == true)
            #expect(none.isComplete)
            #expect(!FileManager.default.fileExists(atPath: incidents))
            let store = try IncidentStore(at: incidents, time: time) { throw CancellationError() }
            #expect(try await store.create(.failure(services: ["shop"])))
            place.clock.advance(.seconds(60))
            let one = try await report()
            #expect(one.warnings.isEmpty)
            #expect(one.isComplete)
            let page = try String(contentsOfFile: site + "/incidents/20261129-aaaaa.html", encoding: .utf8)
            #expect(page.contains("data-every=\"7200\""))
            #expect(page.contains("Checkout is slow"))
        }
        // In the function a folder would be empty at each start.
        let error = await #expect(throws: ReportError.self) {
            _ = try await place.invoke([:], ["REPORT_INCIDENTS": "/tmp/incidents"])
        }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("REPORT_INCIDENTS") == true)
    }

    @Test("a service that cannot be read whole is named, the others are written, and the invocation fails")
    func partlyRead() async throws {
        let noon = 1_795_953_600
        let server = try ScriptedServer { request in
            let target = request.headers.first { $0.name.lowercased() == "x-amz-target" }?.value ?? ""
            if target.hasSuffix(".ListMetrics") {
                let metrics = ["a", "b"].map { name -> JSONValue in
                    [
                        "Dimensions": [
                            ["Name": "Region", "Value": "r"], ["Name": "Service", "Value": .string(name)],
                        ]
                    ]
                }
                return .http(200, body: JSONValue.object(["Metrics": .array(metrics)]).serialized())
            }
            if target.hasSuffix(".GetMetricData") {
                let body = try? JSONValue(parsing: request.body)
                let results = (body?["MetricDataQueries"]?.arrayValue ?? []).map { query -> JSONValue in
                    let isB = query["MetricStat"]?["Metric"]?["Dimensions"]?[1]?["Value"] == "b"
                    return [
                        "Id": query["Id"] ?? "", "StatusCode": isB ? "InternalError" : "Complete",
                        "Timestamps": [.init(noon - 60)], "Values": [1.0],
                    ]
                }
                return .http(200, body: JSONValue.object(["MetricDataResults": .array(results)]).serialized())
            }
            if request.method == "PUT" { return .http(200, headers: [("ETag", "\"1\"")]) }
            return .http(404, body: "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")
        }
        let place = ReportPlace(at: server.url, ["REPORT_SOURCES": "tests", "TIME_RANGES": "1d"])
        let error = await #expect(throws: ReportError.self) { _ = try await place.invoke([:]) }
        #expect(error?.code == .unreadable)
        #expect(error?.message.contains("results of b from") == true, "\(error as Any)")
        #expect(error?.message.contains("results of a ") == false)
        let written = server.requests.filter { $0.method == "PUT" }.map(\.target)
        #expect(written.contains { $0.hasSuffix("/a/summary.json") }, "\(written)")
        #expect(written.contains { $0.hasSuffix("/.report-state") })
    }

    @Test("the point of a message is added only when it is newer than what CloudWatch has")
    func newestPoint() {
        func point(_ second: Int, _ successes: Int) -> HistoryPoint {
            HistoryPoint(
                start: Timestamp(secondsSinceEpoch: Double(second)), length: .seconds(60), attempts: 1,
                successes: successes)
        }
        var history = ServiceHistory(name: "a", kind: .test, points: [point(60, 1)])
        history.add(point(60, 0))
        history.add(point(0, 0))
        #expect(history.points == [point(60, 1)])
        history.add(point(120, 0))
        #expect(history.points == [point(60, 1), point(120, 0)])
    }
}
