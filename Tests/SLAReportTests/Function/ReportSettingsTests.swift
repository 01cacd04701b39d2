import Basics
import ConfigurationSources
import ServiceHistory
import Testing

@testable import SLAReport

@Suite struct ReportSettingsTests {
    @Test("only a place is needed; all else is as the original has it, or ours")
    func defaults() throws {
        let settings = try ReportSettings(["REPORTS_S3_BUCKET_NAME": "b"])
        #expect(settings.output == .bucket("b", prefix: "slamon/"))
        #expect(settings.namespaces == MetricNamespaces(tests: "SLA-Monitor", checks: "Monitoring/Uptime"))
        #expect(settings.ranges.map(\.text) == ["1d", "3d", "7d", "14d"])
        #expect(settings.environment == "dev")
        #expect(settings.listMaximumAge == .seconds(30))
        #expect(settings.parts == Set(ReportSettings.Part.allCases))
        #expect(settings.arithmetic == .mended)
        #expect(settings.objective == nil)
        #expect(settings.days == nil)
        #expect(settings.configuration == nil)
        #expect(settings.runnerBucket == nil)
        #expect(settings.ignored.isEmpty)
        #expect(settings.incidents == nil)
        // As Terraform has the schedule; who calls by hand has none.
        #expect(settings.every == .seconds(900))
        #expect(try ReportSettings(["REPORTS_S3_BUCKET_NAME": "b"], place: .machine).every == nil)
    }

    @Test(
        "how often the report is made",
        arguments: [("1h", 3_600), ("90", 90), ("1d", 86_400), ("0", nil), ("often", nil), ("-5m", nil)]
            as [(String, Int?)])
    func interval(text: String, seconds: Int?) {
        for place in [ReportSettings.Place.function, .machine] {
            let settings = try? ReportSettings(["REPORT_OUTPUT": "x", "REPORT_INTERVAL": text], place: place)
            #expect(settings?.every == seconds.map { .seconds($0) })
        }
    }

    @Test(
        "incidents are in AWS for a function, and also in a folder for a command",
        arguments: [
            ("s3://b", true, true), ("s3://b/p", true, true), ("dynamodb:t", true, true), ("s3://", false, false),
            ("dynamodb:", false, false), ("https://b", false, false), ("incidents", false, true),
            ("/var/incidents", false, true),
        ])
    func incidents(text: String, inFunction: Bool, onMachine: Bool) throws {
        for (place, isRight) in [(ReportSettings.Place.function, inFunction), (.machine, onMachine)] {
            do {
                let settings = try ReportSettings(["REPORT_OUTPUT": "x", "REPORT_INCIDENTS": text], place: place)
                #expect(isRight)
                #expect(settings.incidents == text)
            } catch {
                #expect(!isRight)
                let folder = place == .machine ? "a folder, " : ""
                #expect(error.message.contains("expected \(folder)s3://bucket/prefix or dynamodb:table"), "\(error)")
            }
        }
    }

    @Test("all variables")
    func all() throws {
        let settings = try ReportSettings([
            "REPORT_OUTPUT": "s3://out/p", "REPORTS_S3_BUCKET_NAME": "b", "TIME_RANGES": "30d, 12h",
            "AWS_ENV": "prod", "REPORT_SOURCES": "checks", "CLOUDWATCH_NAMESPACE": "Mine", "REPORT_FILES": "site",
            "SLARUNNER_S3BUCKETNAME": "runs", "SERVICES_LIST_TTL_SECONDS": "0", "REPORT_CONFIG": "report.yaml",
            "REPORT_OBJECTIVE": "99.5", "REPORT_ARITHMETIC": "original", "REPORT_DAYS": "30",
            "REPORT_TIME_ZONE": "Europe/Berlin", "REPORT_INCIDENTS": "dynamodb:incidents",
            "REPORTS_SQS_QUEUE_NAME": "q", "AWS_REGION": "eu-central-1", "REPORT_TITLE": "Shop",
            "REPORT_BASE_URL": "https://status.example.com/",
        ])
        #expect(settings.output == .bucket("out", prefix: "p/"))
        #expect(settings.ranges.map(\.text) == ["12h", "30d"])
        #expect(settings.ranges.seconds == 30 * 86_400)
        #expect(settings.ranges.days == 30)
        #expect(settings.namespaces == MetricNamespaces(tests: nil, checks: "Mine"))
        #expect(settings.parts == [.site])
        #expect(settings.objective == 99.5)
        #expect(settings.arithmetic == .original)
        #expect(settings.zone?.name == "Europe/Berlin")
        #expect(settings.configuration == .file("report.yaml"))
        #expect(settings.incidents == "dynamodb:incidents")
        #expect(settings.ignored.count == 1)
        #expect(settings.baseURL == "https://status.example.com")
    }

    @Test("every fault is told at once")
    func faults() throws {
        let error = #expect(throws: ReportError.self) {
            _ = try ReportSettings([
                "TIME_RANGES": "1d,3x,0s,456d", "AWS_ENV": "../a", "REPORT_OBJECTIVE": "101", "REPORT_DAYS": "456",
                "REPORT_TIME_ZONE": "Berlin", "REPORT_ARITHMETIC": "old", "REPORT_FILES": "pages",
                "REPORT_INCIDENTS": "here", "METRIC_NAMESPACE": "AWS/EC2", "REPORT_CONFIG": "s3://b",
                "SERVICES_LIST_TTL_SECONDS": "-1", "REPORT_BASE_URL": "status",
            ])
        }
        let message = try #require(error?.message)
        for part in [
            "TIME_RANGES[1]", "TIME_RANGES[2]", "TIME_RANGES[3]", "AWS_ENV", "REPORT_OBJECTIVE", "REPORT_DAYS",
            "REPORT_TIME_ZONE", "REPORT_ARITHMETIC", "REPORT_FILES", "REPORT_INCIDENTS", "METRIC_NAMESPACE",
            "REPORT_CONFIG", "SERVICES_LIST_TTL_SECONDS", "REPORT_BASE_URL", "REPORTS_S3_BUCKET_NAME",
        ] {
            #expect(message.contains(part), "\(message)")
        }
    }
}

@Suite struct ReportConfigurationTests {
    private func read(_ yaml: String) throws -> ReportConfiguration {
        try ReportConfiguration(parsing: Array(yaml.utf8))
    }

    @Test("services, planned work once and weekly, laid out in a time")
    func file() throws {
        let configuration = try read(
            """
            title: Shop
            timeZone: Europe/Berlin
            objective: 99.5
            days: 30
            incidents: {after: 10m}
            services:
              - {name: shop, displayName: Web shop, group: Customers, description: What they see, objective: 99.95}
              - {name: test, hidden: true}
            maintenance:
              - {title: Move, start: 2026-12-01T22:00:00Z, duration: 2h, services: [shop]}
              - {start: "2026-12-05T00:00:00+01:00", end: "2026-12-05T01:00:00+01:00"}
              - title: Patches
                weekly: {start: "03:00", duration: 1h, timezone: Europe/Berlin, every: [Sunday]}
            """)
        #expect(configuration.title == "Shop")
        #expect(configuration.zone?.name == "Europe/Berlin")
        #expect(configuration.objective == 99.5)
        #expect(configuration.incidentsAfter == .seconds(600))
        #expect(configuration.service("shop")?.objective == 99.95)
        #expect(configuration.service("test")?.isHidden == true)
        let from = try #require(Timestamp(iso8601: "2026-11-30T00:00:00Z"))
        let work = configuration.maintenance(in: from..<from + .seconds(8 * 86_400))
        #expect(work.map(\.title) == ["Move", "Maintenance", "Patches"])
        #expect(
            work.map { $0.range.lowerBound.iso8601 } == [
                "2026-12-01T22:00:00Z", "2026-12-04T23:00:00Z", "2026-12-06T02:00:00Z",
            ])
        #expect(work[0].services == ["shop"])
        #expect(configuration.unknownServices(among: ["shop"]) == ["test"])
    }

    @Test("every fault with its line")
    func faults() throws {
        let error = #expect(throws: (any Error).self) {
            _ = try read(
                """
                titel: Shop
                timeZone: Berlin
                objective: 200
                services:
                  - {displayName: x}
                  - {name: a}
                  - {name: a}
                maintenance:
                  - {title: no time}
                  - {start: 2026-12-01T22:00:00Z}
                  - {start: 2026-12-01T22:00:00Z, end: 2026-12-01T21:00:00Z}
                  - weekly: {start: "25:00", duration: 1h}
                """)
        }
        let text = "\(try #require(error))"
        for part in [
            "line 1: titel", "did you mean title?", "line 2: timeZone", "line 3: objective", "line 5", "line 7",
            "line 9", "line 10", "line 11", "line 12",
        ] {
            #expect(text.contains(part), "\(text)")
        }
    }

    @Test("identifiers are of one service each, and stay when others come")
    func identifiers() {
        func ids(_ services: [(String, String?, Bool)]) -> [String] {
            services.map {
                MeasuredService(name: $0.0, group: $0.1, kind: $0.2 ? .test : .check, series: [])
            }.reported(ReportConfiguration(), region: "r").map(\.id)
        }
        #expect(ids([("shop", nil, true), ("API v2", "web", false)]) == ["shop", "web-api-v2"])
        let clash = ids([("shop", nil, true), ("shop", nil, false), ("Shop", nil, true), ("商店", nil, true)])
        #expect(Set(clash).count == 4)
        #expect(clash[0] == "shop")
        #expect(clash[1].hasPrefix("shop-"))
        #expect(clash[3].hasPrefix("service-"))
        #expect(ids([("Shop", nil, true), ("shop", nil, true), ("x", nil, true)]).prefix(2) == [clash[2], "shop"])
        #expect(ids([(String(repeating: "a", count: 300), nil, true)])[0].utf8.count == 80)
    }

    @Test("hidden services are left out, and services that only the file has are read")
    func fromFile() throws {
        let configuration = try read(
            "services: [{name: gone}, {name: web/api}, {name: test, hidden: true}, {name: old, hidden: true}]")
        let found = ["shop", "test"].map { MeasuredService(name: $0, group: nil, kind: .test, series: []) }
        let services = found.reported(configuration, region: "eu-central-1")
        #expect(services.map(\.measured.fullName) == ["shop", "gone", "web/api"])
        #expect(services[1].measured.kind == .test)
        #expect(services[2].measured.kind == .check)
        #expect(services[2].measured.series[0].map(\.value) == ["web", "api", "eu-central-1"])
    }
}
