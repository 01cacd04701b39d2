import AWS
import Basics
import Configuration
import ConfigurationSources
import Foundation
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

@Suite struct SettingsTests {
    static func settings(_ variables: [String: String]) throws -> ConfigurationSettings {
        try Environment(variables).parse { ConfigurationSettings($0) }
    }

    @Test(
        arguments: [
            ([:], .defaultURLs(timeout: .seconds(30))),
            (["UPTIME_CONFIG": "", "URLS_TO_MONITOR": "", "TIMEOUT": "5"], .defaultURLs(timeout: .seconds(5))),
            (["UPTIME_CONFIG": "conf/a.yaml"], .file(.file("conf/a.yaml"))),
            (["UPTIME_CONFIG": "s3://b/c/d.yaml"], .file(.object(bucket: "b", key: "c/d.yaml"))),
            (["UPTIME_CONFIG": "ssm:/a/b"], .file(.parameter("/a/b"))),
            (["UPTIME_CONFIG_TEXT": "endpoints: []"], .file(.text("endpoints: []"))),
            (
                ["URLS_TO_MONITOR": "https://a | http://b/c|| "],
                .urls(["https://a", "http://b/c"], timeout: .seconds(30))
            ),
            (["URLS_TO_MONITOR": "https://a", "TIMEOUT": "5"], .urls(["https://a"], timeout: .seconds(5))),
            (["URLS_TO_MONITOR": "a b|ftp://c"], .urls(["a b", "ftp://c"], timeout: .seconds(30))),
        ] as [([String: String], EndpointSource)])
    func source(variables: [String: String], expected: EndpointSource) throws {
        #expect(try Self.settings(variables).source == expected)
    }

    @Test func defaultsAndTheirOpposites() throws {
        let standard = ConfigurationSettings(source: .defaultURLs(timeout: .seconds(30)))
        #expect(try Self.settings([:]) == standard)
        #expect(standard.namespace == "Monitoring/Uptime")
        #expect(standard.maximumAge == .seconds(60))
        let variables = ["UPTIME_CONFIG_MAX_AGE": "5m", "CLOUDWATCH_NAMESPACE": "A/B", "PROXY": "http://me:pw@p:3128"]
        let expected = ConfigurationSettings(
            source: .defaultURLs(timeout: .seconds(30)), maximumAge: .seconds(300), namespace: "A/B",
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

    @Test func aFileBesideTheFunctionGoesBeforeTheDefaultList() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "uptime.yaml")
            #expect(try Self.settings(["LAMBDA_TASK_ROOT": folder.path]).source == .defaultURLs(timeout: .seconds(30)))
            try "endpoints: []".write(to: file, atomically: true, encoding: .utf8)
            #expect(try Self.settings(["LAMBDA_TASK_ROOT": folder.path]).source == .file(.file("uptime.yaml")))
            // Only a missing file is none: what else is wrong with the place shows when the file is read.
            #expect(try Self.settings(["LAMBDA_TASK_ROOT": file.path]).source == .file(.file("uptime.yaml")))
        }
    }

    @Test("without URLS_TO_MONITOR the original's default list is checked, with a warning")
    func defaultList() async throws {
        let environment = ["AWS_REGION": "eu-central-1"]
        let configuration = try UptimeChecker.Configuration(environment: Environment(environment))
        #expect(configuration.metrics == [.compatible])
        let file = try await configuration.settings.endpoints(
            environment: environment,
            aws: AWSConfiguration(environment: awsVariables(at: "http://a"), loop: TestAWS.loop.get()),
            time: .live(TestAWS.loop.get())
        ).current().value
        #expect(file.endpoints.map(\.name) == ["https://gitlab.com", "https://stallman.org"])
        #expect(file.warnings.count == 1)
        #expect(file.warnings.first?.hasPrefix("URLS_TO_MONITOR is not set and there is no uptime.yaml") == true)
    }

    /// As Python's aiohttp took them: a scheme in capitals and a space behind the host are requested, the others not.
    @Test(
        "an odd entry of URLS_TO_MONITOR is named and does not stop the others",
        arguments: [
            ("https://a", "https://a", nil), ("HTTP://a:81/x", "http://a:81/x", nil),
            ("http://a/b c?d=e f", "http://a/b%20c?d=e%20f", nil), ("https://me:hush@a/", "https://me:hush@a/", nil),
            ("example.com", nil, "has no scheme, did you mean https://example.com?"),
            ("//example.com/x", nil, "has no scheme, did you mean https://example.com/x?"),
            ("http:/example.com", nil, "has no scheme, did you mean https://example.com?"),
            ("me:hush@example.com", nil, "has no scheme, did you mean https://example.com?"),
            ("http:/me:hush@example.com", nil, "has no scheme, did you mean https://example.com?"),
            ("a b", nil, "has no scheme"), ("http://a b/", nil, "has a space or control character"),
            ("http://me:hu/sh@a/", nil, "has no host, or a wrong port"), ("http://", nil, "has no host"),
            ("ftp://me:hush@a/", nil, "begins with ftp://, and only http:// and https:// are checked"),
            ("tcp://a:1", nil, "begins with tcp://, and only"), ("ws://a", nil, "begins with ws://, and only"),
        ] as [(String, String?, String?)])
    func oddEntries(text: String, requested: String?, fault: String?) throws {
        let file = try UptimeConfiguration(urls: ["https://first", text], timeout: .seconds(5))
        let endpoint = try #require(file.endpoints.last)
        #expect(endpoint.target.url == requested)
        #expect((endpoint.target.kind == .http) == (fault == nil))
        #expect(file.warnings.count == (fault == nil ? 0 : 1))
        if let fault {
            #expect(file.warnings.first?.contains(fault) == true, "\(file.warnings)")
            #expect(file.warnings.first?.hasPrefix("URLS_TO_MONITOR: entry 2, ") == true)
        }
        for shown in file.warnings + [endpoint.name, PublicURL.text(endpoint.url)] {
            #expect(!shown.contains("hu"), "\(shown)")
        }
        #expect(file.endpoints.first?.target.url == "https://first")
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
