import AWS
import Basics
import Configuration
import ConfigurationSources
import Testing

@testable import UptimeChecker

@Suite struct SettingsTests {
    static func settings(_ variables: [String: String]) throws -> ConfigurationSettings {
        try Environment(variables).parse { ConfigurationSettings($0) }
    }

    @Test(
        arguments: [
            ([:], .file(.file("uptime.yaml"))),
            (["UPTIME_CONFIG": "", "URLS_TO_MONITOR": ""], .file(.file("uptime.yaml"))),
            (["UPTIME_CONFIG": "conf/a.yaml"], .file(.file("conf/a.yaml"))),
            (["UPTIME_CONFIG": "s3://b/c/d.yaml"], .file(.object(bucket: "b", key: "c/d.yaml"))),
            (["UPTIME_CONFIG": "ssm:/a/b"], .file(.parameter("/a/b"))),
            (["UPTIME_CONFIG_TEXT": "endpoints: []"], .file(.text("endpoints: []"))),
            (
                ["URLS_TO_MONITOR": "https://a | http://b/c|| "],
                .urls(["https://a", "http://b/c"], timeout: .seconds(30))
            ),
            (["URLS_TO_MONITOR": "https://a", "TIMEOUT": "5"], .urls(["https://a"], timeout: .seconds(5))),
        ] as [([String: String], EndpointSource)])
    func source(variables: [String: String], expected: EndpointSource) throws {
        #expect(try Self.settings(variables).source == expected)
    }

    @Test func defaultsAndTheirOpposites() throws {
        let standard = ConfigurationSettings(source: .file(.file("uptime.yaml")))
        #expect(try Self.settings([:]) == standard)
        #expect(standard.namespace == "Monitoring/Uptime")
        #expect(standard.maximumAge == .seconds(60))
        let variables = ["UPTIME_CONFIG_MAX_AGE": "5m", "CLOUDWATCH_NAMESPACE": "A/B", "PROXY": "http://me:pw@p:3128"]
        let expected = ConfigurationSettings(
            source: .file(.file("uptime.yaml")), maximumAge: .seconds(300), namespace: "A/B",
            proxy: "http://me:pw@p:3128"
        )
        #expect(try Self.settings(variables) == expected)
    }

    @Test(
        arguments: [
            (
                ["UPTIME_CONFIG": "s3://b"],
                [#"UPTIME_CONFIG is "s3://b", expected a path, s3://bucket/key or ssm:/name"#]
            ),
            (
                ["UPTIME_CONFIG": "a", "URLS_TO_MONITOR": "hush"],
                [#"URLS_TO_MONITOR is "***", expected nothing, for UPTIME_CONFIG is set: unset one of them"#]
            ),
            (
                ["URLS_TO_MONITOR": " | "],
                [#"URLS_TO_MONITOR is "***", expected http:// or https:// URLs with | between them"#]
            ),
            (
                ["URLS_TO_MONITOR": "https://a | hush"],
                [#"URLS_TO_MONITOR is "***", expected http:// or https:// URLs with | between them"#]
            ),
            (
                [
                    "URLS_TO_MONITOR": "https://a", "TIMEOUT": "-1", "PROXY": "hush", "CLOUDWATCH_NAMESPACE": "AWS/X",
                    "UPTIME_CONFIG_MAX_AGE": "x",
                ],
                [
                    #"TIMEOUT is "-1", expected a duration such as 500ms, 30s, 5m or 1h30m"#,
                    #"UPTIME_CONFIG_MAX_AGE is "x", expected a duration such as 500ms, 30s, 5m or 1h30m"#,
                    #"CLOUDWATCH_NAMESPACE is "AWS/X", expected 1 to 255 ASCII characters that begin neither with a colon nor with AWS/"#,
                    #"PROXY is "***", expected a URL such as http://proxy:3128"#,
                ]
            ),
        ] as [([String: String], [String])])
    func faults(variables: [String: String], expected: [String]) {
        let error = #expect(throws: ConfigurationError.self) { try Self.settings(variables) }
        #expect(error?.faults.map(\.description) == expected)
    }

    /// Up with the statuses of the original, the URL as it was given.
    @Test func originalList() throws {
        let file = try UptimeConfiguration(urls: ["https://a", "https://a/b?c=d"], timeout: .seconds(5))
        #expect(file.endpoints.map(\.url) == ["https://a", "https://a/b?c=d"])
        #expect(file.endpoints.map(\.name) == ["https://a", "https://a/b?c=d"])
        #expect(file.endpoints.allSatisfy { $0.client.timeout == .seconds(5) && !$0.client.ignoresRedirect })
        for (status, isUp) in [
            (200, true), (204, true), (301, true), (302, true), (401, true), (404, true), (500, false), (403, false),
            (0, false),
        ] {
            let observation = Observation(status: status)
            let results = file.endpoints[0].conditions.evaluate(observation, showing: ConditionDisplay())
            #expect(results.allSatisfy(\.isMet) == isUp, "\(status)")
        }
    }
}
