import Basics
import JSON
import CloudWatchMetrics
import Testing
import Transport

@testable import UptimeChecker

@Suite struct CheckMetricsTests {
    private func table(_ result: CheckResult, _ sets: Set<MetricSet>) -> [String] {
        let data = result.metrics(sets, region: "eu-central-1", resolution: 60, runTime: runTime - .seconds(1))
        return data.map { datum in
            let dimensions = datum.dimensions.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            return "\((datum.timestamp - runTime).components.seconds) \(datum.name) \(datum.value) "
                + "\(datum.unit.rawValue) \(dimensions)"
        }
    }

    private func result(_ observation: Observation, group: String? = "shop") throws -> CheckResult {
        let endpoint = try Endpoint.sample("api", group: group)
        var result = CheckResult(of: endpoint, endedAt: runTime)
        result.take(
            CheckAttempt(observation, of: endpoint, startedAt: runTime, endedAt: runTime), of: endpoint)
        return result
    }

    @Test func compatibleIsTheOriginals() throws {
        #expect(try table(result(.status(200)), [.compatible]) == ["-1 uptime 1.0 None url=https://api.example.com/"])
        #expect(
            try table(result(.failure("refused")), [.compatible]) == ["-1 uptime 0.0 None url=https://api.example.com/"]
        )
    }

    @Test func standard() throws {
        var observation = Observation.status(200)
        #expect(
            try table(result(observation), [.standard]) == [
                "0 success 1.0 Count name=api,group=shop,region=eu-central-1",
                "0 response-time 100.0 Milliseconds name=api,group=shop,region=eu-central-1",
            ])
        observation.certificateExpiration = .seconds(86_400 * 30 + 43_200)
        #expect(
            try table(result(observation, group: nil), [.standard]).last
                == "0 certificate-days 30.5 None name=api,region=eu-central-1")
        #expect(
            try table(result(.failure("refused")), [.standard]) == [
                "0 success 0.0 Count name=api,group=shop,region=eu-central-1"
            ])
    }

    @Test func full() throws {
        var observation = Observation.status(503)
        observation.timings = HTTPTimings(
            nameLookup: .milliseconds(5), connect: .milliseconds(10), tls: .milliseconds(20),
            firstByte: .milliseconds(50), total: .milliseconds(100)
        )
        observation.domainExpiration = .seconds(-86_400)
        #expect(
            try table(result(observation, group: nil), [.full, .compatible]).map {
                $0.split(separator: " ").dropFirst().dropLast().joined(separator: " ")
            } == [
                "uptime 0.0 None", "success 0.0 Count", "response-time 100.0 Milliseconds",
                "name-lookup-time 5.0 Milliseconds", "connect-time 10.0 Milliseconds", "tls-time 20.0 Milliseconds",
                "first-byte-time 50.0 Milliseconds", "transfer-time 15.0 Milliseconds", "status-code 503.0 None",
                "domain-days -1.0 None", "conditions-failed 1.0 Count", "attempts 1.0 Count",
                "maintenance 0.0 Count",
            ])
    }

    @Test func anEndpointWithoutAnAttemptIsDown() throws {
        let result = CheckResult(of: try .sample("api"), endedAt: runTime)
        #expect(
            table(result, [.compatible, .standard]).map { $0.split(separator: " ")[1...2].joined(separator: " ") } == [
                "uptime 0.0", "success 0.0",
            ])
    }

    @Test func labelsAreDimensions() throws {
        var endpoint = try Endpoint.sample("api")
        endpoint.labels = [("name", "x"), ("none", ""), ("team", "Zürich")] + (0..<40).map { ("l\($0)", "v") }
        let result = CheckResult(of: endpoint, endedAt: runTime)
        let data = result.metrics([.standard], region: "r", resolution: 1, runTime: runTime)
        let dimensions = try #require(data.first).dimensions
        #expect(
            dimensions.prefix(4).map { "\($0.name)=\($0.value)" } == [
                "name=api", "region=r", "team=Z%C3%BCrich", "l0=v",
            ])
        #expect(dimensions.count <= 30)
        #expect(data.allSatisfy { $0.resolution == 1 && $0.fault(at: runTime) == nil })
    }

    @Test(arguments: [
        ("a b~", "a b~"), ("ä", "%C3%A4"), ("a\tb\u{7F}", "a%09b%7F"),
        (String(repeating: "x", count: 1_024), String(repeating: "x", count: 1_024)),
        (String(repeating: "x", count: 1_025), String(repeating: "x", count: 1_007) + "~"),
        (String(repeating: "ü", count: 300), String(repeating: "%C3%BC", count: 167) + "%C3%B"),
    ])
    func everyTextBecomesADimensionThatCloudWatchTakes(text: String, start: String) {
        let dimension = MetricDatum.Dimension(name: "url", text: text)
        let datum = MetricDatum(name: "m", dimensions: [dimension], timestamp: runTime, value: 1, unit: .none)
        #expect(dimension.value.hasPrefix(start))
        #expect(dimension.value.utf8.count <= 1_024)
        #expect(datum.fault(at: runTime) == nil)
    }

    @Test func longTextsThatDifferAtTheirEndStayApart() {
        let long = String(repeating: "x", count: 2_000)
        #expect(
            MetricDatum.Dimension(name: "url", text: long + "a") != MetricDatum.Dimension(name: "url", text: long + "b")
        )
    }

    @Test("two metrics for a group, however many endpoints it has; what is not up is down, as in success")
    func groups() throws {
        let endpoints = try [
            ("a", "shop", CheckResult.Outcome.up), ("b", nil, .up), ("c", "shop", .down), ("d", "shop", .up),
            ("e", "shop", .timedOut),
        ].map { name, group, outcome in
            var result = CheckResult(of: try Endpoint.sample(name, group: group), endedAt: runTime)
            result.outcome = outcome
            return result
        }
        let groups = GroupMetrics.all(of: endpoints)
        #expect(groups.map(\.keys) == [["shop_a", "shop_c", "shop_d", "shop_e"], ["_b"]])
        let data = groups.flatMap { $0.metrics(region: "r", resolution: 60, runTime: runTime) }
        #expect(
            data.map { "\($0.name) \($0.value) \($0.unit) \($0.dimensions.map { "\($0.name)=\($0.value)" })" } == [
                #"endpoints-up 2.0 count ["group=shop", "region=r"]"#,
                #"endpoints-down 2.0 count ["group=shop", "region=r"]"#,
                #"endpoints-up 1.0 count ["region=r"]"#, #"endpoints-down 0.0 count ["region=r"]"#,
            ])
        #expect(GroupMetrics.all(of: []).isEmpty)
    }
}
